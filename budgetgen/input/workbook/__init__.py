"""The 填报表.xlsx: the same input as the YAML, sheet by sheet. Read here; written by `budgetgen.input.workbook.writer`."""

from __future__ import annotations

from budgetgen.input.workbook.reader import is_form, read_form

__all__ = ["is_form", "read_form"]
