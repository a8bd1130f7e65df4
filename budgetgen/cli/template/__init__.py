"""`budgetgen template`: what a maintainer of 版式 needs."""

from __future__ import annotations

from budgetgen.cli.template import checking, finding, listing, making, vocabulary

__all__ = ["checking", "finding", "listing", "making", "vocabulary"]
