"""A value typed in the page goes into the person's own 填报表: one cell changes, every style and other cell stays."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

import openpyxl
import pytest

from budgetgen.convert import convert, new
from budgetgen.input.yaml_writer import unbind
from budgetgen.office.package import Package
from budgetgen.reading import loads
from budgetgen.web.form_edit import set_in_form
from budgetgen.web.typed_values import CannotSetError


@pytest.fixture(scope="module")
def form(example: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The example as a 填报表, with a colour of the person's own."""
    path, _ = convert(example, tmp_path_factory.mktemp("form") / "填报表.xlsx")
    book = openpyxl.load_workbook(path)
    book["收支明细"]["E6"].fill = openpyxl.styles.PatternFill("solid", fgColor="FF123456")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@lru_cache(maxsize=4)
def cells(data: bytes) -> dict[tuple[str, str], tuple[object, int]]:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return {(s.title, c.coordinate): (c.value, c.style_id) for s in book for row in s for c in row}


def changed(before: bytes, after: bytes) -> dict[tuple[str, str], object]:
    was, now = cells(before), cells(after)
    assert {k: style for k, (_, style) in was.items()} == {k: style for k, (_, style) in now.items()}
    return {k: v for k, (v, _) in now.items() if was[k][0] != v}


def test_an_amount_goes_into_its_cell_and_nothing_else_changes(form: bytes) -> None:
    loaded = loads(form, "填报表.xlsx")
    line = loaded.accounts.lines[0]
    path = f"收支明细[{line.key}].收入.财政拨款"
    edited = set_in_form(form, "填报表.xlsx", {path: "1234.56"})
    (cell,) = changed(form, edited)
    assert loaded.sources[path].cell == "!".join(cell)
    assert changed(form, edited)[cell] == 1234.56
    told = unbind(loads(edited, "填报表.xlsx").accounts)["收支明细"][0]
    assert told["收入"]["财政拨款"] == "1234.5600"  # as the number format shows it
    before, after = Package(form), Package(edited)
    same = [p for p in before if before.read(p) == after.read(p)]
    assert set(before) - set(same) == {"xl/workbook.xml", next(p for p in before if p.endswith("sheet3.xml"))}


def test_what_was_blank_finds_its_cell(form: bytes) -> None:
    line = loads(form, "填报表.xlsx").accounts.lines[0]
    values = {
        f"收支明细[{line.key}].差异原因": "年中追加",
        "三公经费.因公出国费.人次": "0",
        "上年.收支总计": "12.5",
    }
    edited = set_in_form(form, "填报表.xlsx", values)
    told = unbind(loads(edited, "填报表.xlsx").accounts)
    assert told["收支明细"][0]["差异原因"] == "年中追加"
    assert set(changed(form, edited).values()) <= {"年中追加", 0, 12.5}


def test_a_list_takes_a_row_for_each_line(tmp_path: Path) -> None:
    (blank,) = new(tmp_path)
    form = blank.read_bytes()
    edited = set_in_form(form, "填报表.xlsx", {"单位.名称": "某局", "单位.职责": "甲。\n乙。", "年度": "2024"})
    assert sorted(map(str, changed(form, edited).values())) == ["2024", "乙。", "某局", "甲。"]


def test_a_text_that_looks_like_a_formula_stays_text(form: bytes) -> None:
    edited = set_in_form(form, "填报表.xlsx", {"单位.名称": "=1+1"})
    (value,) = changed(form, edited).values()
    assert value == "=1+1"
    assert loads(edited, "填报表.xlsx").accounts.unit.name == "=1+1"


@pytest.mark.parametrize("path", ["没有.这个", "收支明细[2299999].收入.财政拨款", "收支明细"])
def test_what_has_no_cell_is_refused(form: bytes, path: str) -> None:
    with pytest.raises(CannotSetError):
        set_in_form(form, "填报表.xlsx", {path: "1"})
