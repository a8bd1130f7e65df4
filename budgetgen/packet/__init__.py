"""A packet: figures and a 版式 become the files that are published."""
