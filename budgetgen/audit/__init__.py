"""A published packet held against itself: what contradicts what, where, and what should stand there."""

from __future__ import annotations

from budgetgen.audit.auditor import audit_file

__all__ = ["audit_file"]
