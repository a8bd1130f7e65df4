"""The 填报表.xlsx: the same input as the YAML, sheet by sheet. Read here; written by `budgetgen.input.workbook.writer`."""

from __future__ import annotations

from budgetgen.input.workbook.package import OLE, ZIP, Book, open_book
from budgetgen.input.workbook.reader import is_form, read_form, read_form_head

__all__ = ["OLE", "ZIP", "Book", "is_form", "open_book", "read_form", "read_form_head"]
