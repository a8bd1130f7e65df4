"""TEXT: what a unit wrote itself. Words and patterns are data (`config/checks/texts.yaml`); a rule reads, never mends."""

from __future__ import annotations

from budgetgen.check.texts import amounts, blocks, leftovers, marks, numbering, privacy, reasons, units, years

__all__ = ["amounts", "blocks", "leftovers", "marks", "numbering", "privacy", "reasons", "units", "years"]
