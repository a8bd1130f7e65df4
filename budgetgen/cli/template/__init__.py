"""`budgetgen template`: what a maintainer of 版式 needs."""

from __future__ import annotations

from budgetgen.cli.template.frame import template

__all__ = ["template"]
