"""What tables tell only in part: read as far as it goes, the rest named."""

from __future__ import annotations

from copy import deepcopy
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.document import Document
from docx.table import Table
from read_back import INPUTS, accounts, built, packet, reading

from budgetgen.reading import loads

UNIT = "样样都有"


def cut(document: Document, title: str, rows: int, *, heading: int) -> None:
    """Cut the table that stands under the paragraph `title` in two after `rows` rows, `heading` of them repeated."""
    table = next(t for t in document.tables if title in text_above(t))
    second = deepcopy(table._tbl)
    table._tbl.addnext(second)
    blank = document.element.body.makeelement(table._tbl.getnext().tag.replace("}tbl", "}p"), {})
    table._tbl.addnext(blank)
    for row in table._tbl.tr_lst[rows:]:
        table._tbl.remove(row)
    for row in second.tr_lst[heading:rows]:
        second.remove(row)


def text_above(table: Table) -> str:
    above = list(table._tbl.itersiblings(preceding=True))[:3]
    return "".join("".join(e.itertext()) for e in above) + table.rows[0].cells[0].text


@pytest.mark.parametrize("heading", [0, 3], ids=["no heading again", "heading again"])
@pytest.mark.parametrize("title", ["支出决算表", "收入支出决算总表"])
def test_a_word_table_cut_in_two_is_one(title: str, heading: int, tmp_path: Path) -> None:
    path = tmp_path / "2024年度.docx"
    path.write_bytes(packet(UNIT, "tianyuan").document.data)
    whole = accounts(path).accounts
    document = docx.Document(str(path))
    tables = len(document.tables)
    cut(document, title, 9, heading=heading)
    assert len(document.tables) == tables + 1
    document.save(str(path))
    assert accounts(path).accounts == whole


def spoilt(tmp_path: Path, sheet: str, values: dict[str, object]) -> Path:
    book = openpyxl.load_workbook(BytesIO(packet(UNIT, "tianyuan").workbook.data))
    for cell, value in values.items():
        book[sheet][cell] = value
    book.save(tmp_path / "2024年度.xlsx")
    return tmp_path / "2024年度.xlsx"


def test_a_draft_s_amount_that_is_still_to_be_filled_in_is_not_there(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(BytesIO(packet(UNIT, "tianyuan").workbook.data))
    last = next(c for c in reversed(book["公开09"][8]) if c.value is not None).coordinate
    told = reading(spoilt(tmp_path, "公开09", {last: "【待填写：三公经费.公务接待费.决算】"}))
    assert told.loaded is not None
    assert told.loaded.accounts.three_public is not None
    assert told.loaded.accounts.three_public.official_reception.actual is None
    assert "三公经费.公务接待费.决算" in told.loaded.pending


def test_numbers_over_the_columns_are_no_amounts(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(BytesIO(packet(UNIT, "tianyuan").workbook.data))
    sheet = book["公开09"]
    for merge in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(merge.coord)
    numbered = [c.value for c in sheet[7]]
    assert [n for n in numbered if n is not None][:3] in ([1, 2, 3], ["1", "2", "3"])
    book.save(tmp_path / "2024年度.xlsx")
    told = accounts(tmp_path / "2024年度.xlsx").accounts.three_public
    assert told is not None
    assert told.overseas_travel.actual != 10000


def test_two_totals_that_contradict_each_other_are_both_told_and_reading_ends(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(BytesIO(packet(UNIT, "tianyuan").workbook.data))
    rows = [r for r in book["公开04"].iter_rows() if any(c.value == "本年支出合计" for c in r)]
    cell = next(c for c in reversed(rows[0]) if isinstance(c.value, (int, float)))
    told = reading(spoilt(tmp_path, "公开04", {cell.coordinate: 9_999_999.99}))
    assert told.loaded is not None
    assert 99_999_999_900 in told.loaded.accounts.stated.values()


def test_carry_over_that_belongs_to_no_line_is_named(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(BytesIO(packet("区委办", "tianyuan").workbook.data))
    opening = [r for r in book["公开04"].iter_rows() if r[0].value == "国有资本经营预算财政拨款"]
    opening[0][2].value = 5
    book.save(tmp_path / "2024年度.xlsx")
    assert (
        "国有资本经营的年初、年末结转和结余只有合计，没有一个科目可以记，没有读"
        in reading(tmp_path / "2024年度.xlsx").said
    )


def test_one_account_in_two_funds_is_told_apart_by_its_spending_and_said(tmp_path: Path) -> None:
    text = INPUTS["样样都有"].read_text(encoding="utf-8")
    again = "- {科目: 2230105, 收入: {财政拨款: 70000}, 支出: {项目: 70000}, 年初预算: 70000}\n"
    loaded = loads(text.replace("收支明细:\n", f"收支明细:\n{again}", 1), "unit.yaml")
    path = tmp_path / "2024年度.xlsx"
    path.write_bytes(built(loaded, "tianyuan").workbook.data)
    told = reading(path)
    assert told.loaded is not None
    received = {n.fund: n.revenue.fiscal_appropriation for n in told.loaded.accounts.lines if n.code == "2230105"}
    assert received == {n.fund: n.revenue.fiscal_appropriation for n in loaded.accounts.lines if n.code == "2230105"}
    assert "2230105 有两种资金，收入决算表只有合计，收入暂按各自的支出分开" in told.said
