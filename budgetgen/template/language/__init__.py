"""The tags that both formats share."""
