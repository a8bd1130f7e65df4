"""Files of Excel and Word from strangers: the package opened within bounds, a workbook's cells read with their types."""

from __future__ import annotations

from budgetgen.office.cells import Cell, Kind
from budgetgen.office.package import Damaged, Package, TooLarge, open_package, parse_xml
from budgetgen.office.workbook_reader import Book, Row, Sheet, open_book

__all__ = [
    "Book",
    "Cell",
    "Damaged",
    "Kind",
    "Package",
    "Row",
    "Sheet",
    "TooLarge",
    "open_book",
    "open_package",
    "parse_xml",
]
