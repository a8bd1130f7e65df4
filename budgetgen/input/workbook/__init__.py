"""The 填报表.xlsx: the same input as the YAML, sheet by sheet. Read here; written by `budgetgen.input.workbook.writer`."""

from __future__ import annotations

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How an old .xls begins, and an .xlsx with a password."""
ZIP = b"PK\x03\x04"
"""How an .xlsx begins, and every zip."""
