"""What a packet can't do without, as a blank form shows it: marked, coloured while blank, counted on the first sheet."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest

from budgetgen.check.report import ToFill
from budgetgen.convert import new
from budgetgen.pipeline import examine

_ADDRESS = re.compile(r"'([^']+)'!\$([A-Z]+)\$(\d+)")


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (written,) = new(tmp_path_factory.mktemp("blank"))
    return written


@pytest.fixture(scope="module")
def asked(form: Path) -> tuple[ToFill, ...]:
    return examine(form).to_fill


@pytest.fixture(scope="module")
def book(form: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(form)


def test_what_the_check_asks_for_is_coloured_and_nothing_else(
    asked: tuple[ToFill, ...], book: openpyxl.Workbook
) -> None:
    lit = {
        f"{sheet.title}!{area.sqref}"
        for sheet in book
        for area in sheet.conditional_formatting
        for rule in area.rules
        if rule.formula[0].startswith(("LEN(", "COUNTA("))
    }
    assert {f"{item.sheet}!{item.cell}" for item in asked} == lit
    assert len(asked) > 40


def test_it_is_said_beside_its_name_which_stays_as_it_was(book: openpyxl.Workbook) -> None:
    marked = {c.value for sheet in book for row in sheet.iter_rows() for c in row if "必填" in c.number_format}
    assert {"年度", "名称", "科目", "全年预算", "团组", "一级指标"} <= marked
    assert not {"版式", "购置数", "另设"} & marked


def test_the_first_sheet_counts_the_blank_cells_of_each_sheet(
    asked: tuple[ToFill, ...], book: openpyxl.Workbook
) -> None:
    guide = book["填报说明"]
    links = {c.value: c.hyperlink.location for (c,) in guide.iter_rows(max_col=1) if c.hyperlink}
    firsts = {item.sheet: f"'{item.sheet}'!{item.cell}" for item in reversed(asked)}
    assert links == firsts
    assert list(links) == list(dict.fromkeys(item.sheet for item in asked))
    total = next(c.value for (c,) in guide.iter_rows(min_col=2, max_col=2) if str(c.value).startswith("="))
    assert {f"{s}!{col}{row}" for s, col, row in _ADDRESS.findall(str(total))} >= {f"{i.sheet}!{i.cell}" for i in asked}
