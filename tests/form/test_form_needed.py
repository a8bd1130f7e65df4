"""What a packet can't do without, as a blank form shows it: marked, coloured while blank, counted on the first sheet."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest

from budgetgen.check.report import ToFill
from budgetgen.convert import convert, new
from budgetgen.pipeline import examine

EXAMPLE = Path(__file__).parents[2] / "examples" / "tianyuan-party-office" / "unit.yaml"
_ADDRESS = re.compile(r"'([^']+)'!\$([A-Z]+)\$(\d+)")


LATER = "经济分类"
"""What is needed once 基本支出 is filled in."""


@pytest.fixture(scope="module", params=["", "部门预算公开", "采购意向公开"])
def form(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    (written,) = new(tmp_path_factory.mktemp("blank"), kind=request.param)
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
    assert {f"{item.sheet}!{item.cell}" for item in asked} == lit != set()


def marked(book: openpyxl.Workbook) -> set[tuple[str, object]]:
    return {(s.title, c.value) for s in book for row in s.iter_rows() for c in row if "必填" in c.number_format}


def test_it_is_said_beside_its_name_which_stays_as_it_was(book: openpyxl.Workbook) -> None:
    said = {name for _, name in marked(book)}
    own = {"预算明细": {"科目"}, "采购项目": {"采购项目名称"}}
    of_kind = next(
        (names for sheet, names in own.items() if sheet in book.sheetnames), {"科目", "全年预算", "团组", "一级指标"}
    )
    assert {"年度", "名称"} | of_kind <= said
    assert not {"版式", "购置数", "另设"} & said


def test_a_form_that_was_converted_or_rolled_forward_says_the_same(tmp_path: Path) -> None:
    (blank,) = new(tmp_path / "空白", profile="tianyuan")
    for name, next_year in (("同年", False), ("下年", True)):
        made, _ = convert(EXAMPLE, tmp_path / f"{name}.xlsx", next_year=next_year)
        book = openpyxl.load_workbook(made)
        assert marked(book) == marked(openpyxl.load_workbook(blank))
        count = next(
            str(c.value) for (c,) in book["填报说明"].iter_rows(min_col=2, max_col=2) if str(c.value).startswith("=")
        )
        assert ("COUNTIF('收支明细'" in count) is next_year  # 【待填写】 is to be filled in as well
        assert "COUNTBLANK('单位'!$D$" in count


def test_the_first_sheet_counts_the_blank_cells_of_each_sheet(
    asked: tuple[ToFill, ...], book: openpyxl.Workbook
) -> None:
    guide = book["填报说明"]
    links = {c.value: c.hyperlink.location for (c,) in guide.iter_rows(max_col=1) if c.hyperlink}
    assert links.pop(LATER, "'经济分类'!C7") == "'经济分类'!C7"
    firsts = {item.sheet: f"'{item.sheet}'!{item.cell}" for item in reversed(asked)}
    assert links == firsts
    assert list(links) == list(dict.fromkeys(item.sheet for item in asked))
    total = next(c.value for (c,) in guide.iter_rows(min_col=2, max_col=2) if str(c.value).startswith("="))
    assert {f"{s}!{col}{row}" for s, col, row in _ADDRESS.findall(str(total))} >= {f"{i.sheet}!{i.cell}" for i in asked}
