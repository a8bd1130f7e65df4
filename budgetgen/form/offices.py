"""What a file of Excel or Word is: a 填报表, or a packet's nine tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from budgetgen.form.reader import is_form, read_form
from budgetgen.input import raw
from budgetgen.issues import Findings
from budgetgen.office import open_book, open_package
from budgetgen.office.package import BOOK

if TYPE_CHECKING:
    from budgetgen.published import Disclosed


def read_office(data: bytes, file: str, findings: Findings) -> raw.Mapping | Disclosed | None:
    """The tree of a 填报表, or what the nine tables of a workbook or a document tell; None with an issue where neither.

    A workbook is a 填报表 by the names of its sheets, and holds the tables by their titles.
    """
    package = open_package(data, file, findings)
    if package is None:
        return None
    book = open_book(package, findings) if BOOK in package else None
    if book is not None and is_form(book):
        return read_form(book, findings)
    if findings.failed:
        return None
    from budgetgen.published import read_document, read_sheets_of  # noqa: PLC0415 - few runs read a packet

    return read_document(package, findings) if book is None else read_sheets_of(book, findings)
