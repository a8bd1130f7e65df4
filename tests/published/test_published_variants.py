"""The same nine tables in other shapes give the same accounts."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from read_back import accounts, each_once, packet

from budgetgen.model import Accounts

UNITS = ("区委办", "样样都有")


def reshaped(sheet: Worksheet, move: Callable[[int, int], tuple[int, int]]) -> None:
    """Move every cell and merge of `sheet` to where `move` puts its row and column."""
    held = [(c.row, c.column, c.value, copy(c.number_format)) for row in sheet.iter_rows() for c in row]
    merges = [m.bounds for m in sheet.merged_cells.ranges]
    for merge in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(merge.coord)
    for row, column, _, _ in held:
        sheet.cell(row, column).value = None
    for row, column, value, form in held:
        cell = sheet.cell(*move(row, column))
        cell.value, cell.number_format = value, form
    for left, top, right, bottom in merges:
        (r0, c0), (r1, c1) = move(top, left), move(bottom, right)
        sheet.merge_cells(start_row=r0, start_column=c0, end_row=r1, end_column=c1)


def two_more_title_rows(book: Workbook) -> None:
    for sheet in book:
        reshaped(sheet, lambda row, column: (row + 2, column))
        sheet["A1"], sheet["A2"] = "附件2", "某市2024年部门决算公开表"


def shuffled_and_renamed(book: Workbook) -> None:
    book._sheets.reverse()
    for number, sheet in enumerate(book, 1):
        sheet.title = f"Sheet{number}"


def an_extra_column_in_front(book: Workbook) -> None:
    for sheet in book:
        reshaped(sheet, lambda row, column: (row, column + 1))


def an_unknown_column_behind(book: Workbook) -> None:
    for sheet in book:
        sheet.cell(5, sheet.max_column + 1).value = "备用"


def a_list_of_the_tables_in_front(book: Workbook) -> None:
    titles = [sheet["A1"].value for sheet in book]
    front = book.create_sheet("目录", 0)
    for number, title in enumerate(titles, 1):
        front.cell(number, 1).value = title


def thousands_as_text(book: Workbook) -> None:
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, float):
                    cell.value = format(Decimal(format(cell.value, ".15g")), ",f")


def codes_as_numbers(book: Workbook) -> None:
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and re.fullmatch(r"\d{3}|\d{5}|\d{7}", cell.value):
                    cell.value = int(cell.value)


def codes_in_three_columns(book: Workbook) -> None:
    """科目代码 as 类, 款 and 项, only the new digits in each."""
    for sheet in book:
        if sheet["B5"].value != "科目名称" or sheet["A4"].value != "项目":
            continue
        reshaped(sheet, lambda row, column: (row, column if column == 1 else column + 2))
        for merge in [m for m in sheet.merged_cells.ranges if m.min_col == 1 and m.max_col > 3 and m.min_row > 4]:
            sheet.unmerge_cells(merge.coord)
        sheet.merge_cells("A5:C5")
        for row in range(6, sheet.max_row + 1):
            code = str(sheet.cell(row, 1).value or "")
            if code.isdigit():
                for column, piece in enumerate((code[:3], code[3:5], code[5:7]), 1):
                    sheet.cell(row, column).value = piece or None


def only_the_new_digits_of_each_level(book: Workbook) -> None:
    """类, 款 and 项 in their own columns, each on its row without those above it."""
    for sheet in book:
        if sheet["A4"].value != "科目代码":
            continue
        for merge in [m for m in sheet.merged_cells.ranges if m.max_col <= 3 and m.min_row > 5]:
            sheet.unmerge_cells(merge.coord)
        for row in range(6, sheet.max_row + 1):
            code = str(sheet.cell(row, 1).value or "")
            if code.isdigit() and len(code) > 3:
                sheet.cell(row, 1).value = None
                sheet.cell(row, (len(code) - 1) // 2).value = code[-2:]


def personnel_and_running_expense_within_basic(book: Workbook) -> None:
    """公开03 with 其中：人员经费 behind 基本支出."""
    for sheet in book:
        if not str(sheet["A1"].value).startswith("支出决算"):
            continue
        basic = next(c.column for c in sheet[4] if c.value == "基本支出")
        reshaped(sheet, lambda row, column, last=basic: (row, column if column <= last else column + 1))
        sheet.cell(4, basic + 1).value = "其中：人员经费"
        for row in range(7, sheet.max_row + 1):
            if isinstance(sheet.cell(row, basic).value, float):
                sheet.cell(row, basic + 1).value = 1.5


def in_yuan(book: Workbook) -> None:
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, float):
                    cell.value = float(Decimal(format(cell.value, ".15g")) * 10000)
                elif isinstance(cell.value, int) and cell.number_format != "General" and cell.value > 0:
                    cell.value *= 10000
                elif isinstance(cell.value, str) and cell.value.endswith("单位：万元"):
                    cell.value = cell.value.replace("万元", "元")


def headings_not_merged(book: Workbook) -> None:
    for sheet in book:
        for merge in [m for m in sheet.merged_cells.ranges if 3 < m.min_row < 8]:
            sheet.unmerge_cells(merge.coord)


def headings_written_in_every_cell(book: Workbook) -> None:
    for sheet in book:
        for merge in [m for m in sheet.merged_cells.ranges if 3 < m.min_row < 8]:
            first = sheet.cell(merge.min_row, merge.min_col).value
            sheet.unmerge_cells(merge.coord)
            for row in range(merge.min_row, merge.max_row + 1):
                for column in range(merge.min_col, merge.max_col + 1):
                    sheet.cell(row, column).value = first


VARIANTS = (
    two_more_title_rows, shuffled_and_renamed, an_extra_column_in_front, an_unknown_column_behind,
    a_list_of_the_tables_in_front, thousands_as_text, codes_as_numbers, codes_in_three_columns, only_the_new_digits_of_each_level,
    personnel_and_running_expense_within_basic, in_yuan, headings_not_merged, headings_written_in_every_cell,
)  # fmt: skip


@pytest.mark.parametrize(("variant", "unit", "profile"), each_once(VARIANTS, UNITS, ["tianyuan", "zhuzhou-approval"]))
def test_another_shape_gives_the_same_accounts(
    variant: Callable[[Workbook], None], unit: str, profile: str, tmp_path: Path
) -> None:
    path = tmp_path / "2024年度.xlsx"
    path.write_bytes(packet(unit, profile).workbook.data)
    plain = accounts(path).accounts
    book = openpyxl.load_workbook(path)
    variant(book)
    book.save(path)
    assert content(accounts(path).accounts) == content(plain)


def content(accounts: Accounts) -> dict[str, object]:
    """Everything but the 金额单位 that the file is written in."""
    return {k: v for k, v in vars(accounts).items() if k != "money_unit"}
