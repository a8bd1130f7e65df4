"""What a file of Excel or Word is: a 填报表, or a packet's nine tables."""

from __future__ import annotations

from budgetgen.input import raw
from budgetgen.input.disclosure import Disclosed, read_document, read_sheets_of
from budgetgen.input.findings import Findings
from budgetgen.input.office import open_book, open_package
from budgetgen.input.office.package import BOOK
from budgetgen.input.workbook.reader import is_form, read_form


def read_office(data: bytes, file: str, findings: Findings) -> raw.Mapping | Disclosed | None:
    """The tree of a 填报表, or what the nine tables of a workbook or a document tell; None with an issue where neither.

    A workbook is a 填报表 by the names of its sheets, and holds the tables by their titles.
    """
    package = open_package(data, file, findings)
    if package is None:
        return None
    if BOOK not in package:
        return read_document(package, findings)
    book = open_book(package, findings)
    if book is None:
        return None
    return read_form(book, findings) if is_form(book) else read_sheets_of(book, findings)
