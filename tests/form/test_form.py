"""A form as people leave it: columns moved, rows between, notes below; and what is wrong told with its cell."""

from __future__ import annotations

import openpyxl
import pytest
from books import UNIT, at, changed, fact, read_book
from openpyxl.worksheet.worksheet import Worksheet
from said import read
from shared import SHARED

WANTED = read(UNIT).accepted.accounts


def test_moved_inserted_and_hidden_columns_do_no_harm() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["收支明细"]
        sheet.insert_cols(2, 2)
        sheet["B5"].value, sheet["B6"].value = "经办人", "张三"
        sheet.column_dimensions["A"].hidden = True
        last, moved = sheet.max_column + 1, sheet[at(sheet, "年初预算")].column
        for row, left in ((5, "备用"), (6, None)):  # 年初预算 goes to the end
            sheet.cell(row, last).value = sheet.cell(row, moved).value
            sheet.cell(row, moved).value = left

    outcome = read_book(changed(change))
    assert outcome.accepted.accounts == WANTED
    outcome.notes("填报表.xlsx 收支明细!B5", "“经办人”这一列不认识，没有读")


def test_rows_between_blank_rows_notes_and_totals_do_no_harm() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["收支明细"]
        for column in range(1, sheet.max_column + 1):
            sheet.cell(20, column).value = sheet.cell(6, column).value
            sheet.cell(6, column).value = None
        sheet["A22"].value, sheet[at(sheet, "支出·项目支出", 22)].value = "合计", 20
        sheet["A24"].value = "填报人：张三"
        book["单位"].insert_rows(1, 3)
        book["其他事项"]["A200"].value = "以上由财务科填写"
        book["文字"]["D200"].value = "审核：李四"
        book.create_sheet("草稿")["A1"].value = "科目"

    outcome = read_book(changed(change))
    assert outcome.accepted.accounts == WANTED
    outcome.notes("填报表.xlsx 收支明细!A22", "“合计”是合计行，没有读")
    outcome.notes("填报表.xlsx 文字!D200", "没有读")
    outcome.notes("填报表.xlsx 收支明细!A24", "“填报人：张三”", "没有读")


def test_headers_may_be_printed_labels_or_keys() -> None:
    for name in ("支出·项目", "支出.项目", "项目支出", "支出 · 项目支出"):

        def change(book: openpyxl.Workbook, name: str = name) -> None:
            sheet = book["收支明细"]
            sheet[at(sheet, "支出·项目支出", 5)].value = name

        assert read_book(changed(change)).accepted.accounts == WANTED


def test_a_renamed_header_is_named_with_its_near_miss() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["收支明细"]
        sheet[at(sheet, "年初预算", 5)].value = "年初预算数额"

    outcome = read_book(changed(change))
    assert outcome.loaded is None
    assert "没有“年初预算数额”这个表头，是否想写“年初预算”？" in outcome.said


def test_a_header_twice() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book["收支明细"]["AH5"].value = "年初预算"

    outcome = read_book(changed(change))
    outcome.refuses("填报表.xlsx 收支明细!AH5", "表头“年初预算”有两列")


def test_a_header_that_is_needed_and_missing() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book["收支明细"]["A5"].value = "甲"

    assert "表头里没有“科目”" in read_book(changed(change)).said


def test_a_missing_sheet() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book["收支明细"].title = "收支明表"
        del book["文字"]

    outcome = read_book(changed(change))
    outcome.refuses("填报表.xlsx", "没有工作表“收支明细”，有一张“收支明表”，是不是改了名？", "改回“收支明细”")
    outcome.refuses("填报表.xlsx", "没有工作表“文字”。", "从空白填报表复制这张工作表")
    assert len(outcome.errors) == 2, "what is missing with a sheet is no fault besides"


def test_a_sheet_of_another_name_is_known_by_its_headers() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book["三公经费"].title = "Sheet9"
        book["经济分类"].title = "Sheet7"

    outcome = read_book(changed(change))
    outcome.refuses("填报表.xlsx", "没有工作表“三公经费”，有一张“Sheet9”")
    outcome.refuses("填报表.xlsx", "没有工作表“经济分类”，有一张“Sheet7”")
    assert len(outcome.errors) == 2


def test_a_header_row_that_is_lost_is_all_that_is_said() -> None:
    outcome = read_book(changed(lambda book: book["单位"].delete_rows(4)))
    outcome.refuses("填报表.xlsx 单位", "找不到表头")
    assert len(outcome.errors) == 1


FORMS = [] if SHARED is None else [("delsheet", 1), ("rensheet", 1), ("sheetspace", 0), ("renhead", 2), ("renrow", 3)]


@pytest.mark.skipif(SHARED is None, reason="no folder of broken forms")
@pytest.mark.parametrize(("name", "errors"), FORMS)
def test_what_people_do_to_sheets_and_headings_is_said_once(name: str, errors: int) -> None:
    assert SHARED
    outcome = read_book((SHARED / "broken" / "forms" / f"{name}.xlsx").read_bytes())
    assert len(outcome.errors) == errors
    assert "没有填" not in outcome.said
    if name == "rensheet":
        outcome.refuses("填报表.xlsx", "没有工作表“三公经费”，有一张“三公”，是不是改了名？")


def test_two_sheets_that_match() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book["收支明细"].title = "收支明细1"
        book.copy_worksheet(book["收支明细1"]).title = "收支明细2"

    read_book(changed(change)).refuses("填报表.xlsx", "“收支明细1”、“收支明细2”")


def test_merged_cells_in_data() -> None:
    def change(book: openpyxl.Workbook) -> None:
        book["收支明细"].merge_cells("H6:I6")

    read_book(changed(change)).refuses("填报表.xlsx 收支明细!H6", "H6:I6 是合并单元格")


def test_a_fact_that_is_not_known_is_named_with_its_near_miss() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["其他事项"]
        cell = sheet[fact(sheet, "会议费", "合计")]
        cell.value = 3
        sheet.cell(cell.row, 2).value = "合计数"

    outcome = read_book(changed(change))
    assert "没有“合计数”这个项目，是否想写“合计”？" in outcome.said
    assert "其他事项!B" in outcome.said


def test_an_unknown_three_public_item() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["三公经费"]
        sheet["A6"].value, sheet["B6"].value = "公务接待费用", 3

    assert "没有“公务接待费用”这个项目，是否想写“公务接待费”？" in read_book(changed(change)).said


def test_a_nothing_for_a_whole_section() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["其他事项"]
        row = sheet.max_row + 1
        for number, (section, item) in enumerate([("会议费", ""), ("节庆活动", "")]):
            put(sheet, row + number, section, item, "无")

    accounts = read_book(changed(change)).accepted.accounts
    assert accounts.meetings is not None
    assert (accounts.meetings.total, accounts.festivals) == (0, [])


def test_items_of_a_list_are_told_apart_by_their_number() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["其他事项"]
        row = sheet.max_row + 1
        for number, (item, value, mark) in enumerate(
            [("名称", "甲会", 8), ("名称", "乙会", 9), ("人数", 5, 9), ("人数", 4, 8)]
        ):
            put(sheet, row + number, "会议费", f"会议·{item}", value, mark)

    meetings = read_book(changed(change)).accepted.accounts.meetings
    assert meetings is not None
    assert [(m.name, m.persons) for m in meetings.events] == [("甲会", 4), ("乙会", 5)]


def test_a_fact_that_is_given_twice() -> None:
    def change(book: openpyxl.Workbook) -> None:
        put(book["文字"], book["文字"].max_row + 1, "单位", "名称", "乙局")

    assert "“名称”写了两次，前一次在 填报表.xlsx 单位!D9" in read_book(changed(change)).said


def test_the_issues_of_amounts_that_disagree_name_the_cell() -> None:
    outcome = read_book(changed(lambda book: book["收支明细"].__setitem__("A6", "2013199999")))
    outcome.refuses("填报表.xlsx 收支明细!A6", "不是项级科目")


def put(sheet: Worksheet, row: int, section: str, item: str, value: object, number: object = None) -> None:
    for column, content in enumerate((section, item, number, value), 1):
        sheet.cell(row, column).value = content  # type: ignore[assignment]
