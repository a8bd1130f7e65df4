"""Templates are made in the tests, filled, and read back with the libraries that everyone uses."""

from __future__ import annotations

from io import BytesIO

import docx
import openpyxl
import pytest
from office import document_file, sheet_file

from budgetgen import template
from budgetgen.expression import environment


@pytest.fixture
def env():
    return environment()


@pytest.fixture
def fill_sheet(tmp_path, env):
    """Rows of a sheet and names → the sheet as openpyxl reads it; `shape` may dress the template first."""

    def fill(rows, names, shape=None, title="表"):
        path = sheet_file(tmp_path / "t.xlsx", rows, shape, title)
        rendered = template.compile(path, env).render(names)
        sheet = openpyxl.load_workbook(BytesIO(rendered.data)).worksheets[0]
        sheet.printed = {str(p.place): p.text for p in rendered.printed}
        return sheet

    return fill


@pytest.fixture
def fill_document(tmp_path, env):
    """Paragraphs (or a function that builds a document) and names → the document as python-docx reads it."""

    def fill(content, names):
        path = document_file(tmp_path / "t.docx", content)
        rendered = template.compile(path, env).render(names)
        document = docx.Document(BytesIO(rendered.data))
        document.printed = rendered.printed
        return document

    return fill
