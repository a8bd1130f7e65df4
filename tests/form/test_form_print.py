"""The form as it is printed and folded: pages that can be read, columns that nobody needs out of the way, totals to fix."""

from __future__ import annotations

from io import BytesIO

import openpyxl
import pytest
from books import UNIT, changed, read_book

from budgetgen.form.writer import Asked, write_form_book
from budgetgen.reading import loads

FIGURES = ["收入.合计", "支出.合计"]


@pytest.fixture(scope="module")
def book() -> openpyxl.Workbook:
    data = write_form_book(loads(UNIT, "unit.yaml").accounts, ["standard"], Asked(figures=FIGURES))
    return openpyxl.load_workbook(BytesIO(data))


def test_wide_sheets_print_side_by_side_with_their_first_columns_again(book: openpyxl.Workbook) -> None:
    sheets = {name: book[name] for name in ("收支明细", "三公经费", "绩效指标", "绩效项目")}
    assert {name: (s.page_setup.fitToWidth, s.print_title_cols) for name, s in sheets.items()} == {
        "收支明细": (2, "$A:$C"),
        "三公经费": (2, "$A:$A"),
        "绩效指标": (2, "$A:$A"),
        "绩效项目": (4, "$A:$A"),
    }
    assert all(s.print_title_rows and s.freeze_panes for s in sheets.values())


def test_columns_of_other_funds_and_own_names_are_folded(book: openpyxl.Workbook) -> None:
    sheet = book["收支明细"]
    headers = {c.column_letter: c.value for c in sheet[5]}
    folded = [headers[k] for k, d in sheet.column_dimensions.items() if d.hidden and d.outlineLevel]
    assert folded == [
        "收入·上级补助收入", "收入·事业收入", "收入·经营收入", "收入·附属单位上缴收入", "收入·其他收入",
        "支出·上缴上级支出", "支出·经营支出", "支出·对附属单位补助支出", "类名称", "款名称", "项名称",
    ]  # fmt: skip


def test_totals_to_fix_are_chosen_from_a_list(book: openpyxl.Workbook) -> None:
    sheet = book["其他事项"]
    rows = [row for row in sheet.iter_rows() if row[0].value == "数字核定"]
    assert [[c.value for c in row[1:4]] for row in rows] == [[None, None, None]] * 2
    lists = {str(v.sqref): v.formula1 for v in sheet.data_validations.dataValidation if v.type == "list"}
    assert [lists[row[1].coordinate] for row in rows] == ["科目表!$H$1:$H$2"] * 2
    assert [book["科目表"][f"H{n}"].value for n in (1, 2)] == FIGURES


def test_a_blank_row_of_totals_to_fix_says_nothing() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["其他事项"]
        sheet.append(["数字核定", None, None, None])
        sheet.append(["数字核定", "支出.合计", None, 20])

    accounts = read_book(changed(change)).accepted.accounts
    assert list(accounts.stated) == ["支出.合计"]
