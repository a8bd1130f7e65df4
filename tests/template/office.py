"""Templates made by the libraries that everyone uses, and what those libraries read back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import docx
import openpyxl

from budgetgen.figures import Figure


def sheet_file(path: Path, rows, shape=None, title="表") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if shape:
        shape(sheet)
    book.save(path)
    return path


def document_file(path: Path, content) -> Path:
    document = docx.Document()
    if callable(content):
        content(document)
    else:
        for paragraph in content:
            document.add_paragraph(paragraph)
    document.save(path)
    return path


def cells(sheet):
    """The sheet's values, row by row."""
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def lines(document):
    return [p.text for p in document.paragraphs]


def yuan(value, name="额"):
    return Figure(name, Decimal(value))
