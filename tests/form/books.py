"""Filled forms for the tests: made by the writer, changed as a user's hand or a stranger's program would."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet
from said import Outcome

from budgetgen.form.writer import write_form_book
from budgetgen.issues import Rejected
from budgetgen.reading import loads

UNIT = """\
年度: 2024
金额单位: 万元
单位: {名称: 甲局, 类型: 部门}
收支明细:
- {科目: 2013102, 收入: {财政拨款: 20}, 支出: {项目: 20}, 年初预算: 20}
"""


@cache
def form(text: str = UNIT) -> bytes:
    """The 填报表 of a YAML text."""
    return write_form_book(loads(text, "unit.yaml").accounts, ["standard"])


def changed(change: Callable[[openpyxl.Workbook], None], text: str = UNIT) -> bytes:
    """The form, opened and changed by another program."""
    book = openpyxl.load_workbook(BytesIO(form(text)))
    change(book)
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def repacked(data: bytes, change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> bytes:
    """The package with each part changed, and others added."""
    stream = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, part in (extra or {}).items():
            new.writestr(name, part)
    return stream.getvalue()


def at(sheet: Worksheet, header: str, row: int = 6) -> str:
    """The address of a column's cell, by the header in row 5."""
    return next(f"{c.column_letter}{row}" for c in sheet[5] if c.value == header)


def fact(sheet: Worksheet, section: str, item: str) -> str:
    """The address of a fact's content on a form sheet."""
    return next(f"D{r[0].row}" for r in sheet.iter_rows(min_row=5) if (r[0].value, r[1].value or "") == (section, item))


def read_book(data: bytes, name: str = "填报表.xlsx") -> Outcome:
    try:
        loaded = loads(data, name)
    except Rejected as e:
        return Outcome(None, e.issues)
    return Outcome(loaded, loaded.issues)


ROOT = Path(__file__).parent.parent.parent
CASES = sorted([*ROOT.glob("examples/*/unit.yaml"), *ROOT.glob("tests/cases/*.yaml")])
