"""Templates made by the libraries that everyone uses, and what those libraries read back."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

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


def parts_of(data: bytes | Path) -> dict[str, bytes]:
    """The parts of a package, given as a file or its bytes."""
    with ZipFile(BytesIO(data) if isinstance(data, bytes) else data) as package:
        return {name: package.read(name) for name in package.namelist()}


def with_parts(path: Path, changed: Mapping[str, str | bytes]) -> Path:
    """The package at `path` with these parts new or instead of its own."""
    parts = parts_of(path) | changed
    with ZipFile(path, "w", ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return path
