"""What a cell holds, by its type: a number, a text, and what is no value."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cache, lru_cache
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from books import UNIT, at, changed, form, read_book, repacked

from budgetgen.issues import Level
from budgetgen.office.cells import cell_area, plain_number

AMOUNT = "支出·项目支出"


@lru_cache(typed=True)
def spending(value: Any, style: Callable[[Any], None] = lambda _cell: None) -> bytes:
    """The form with `value` as 支出·项目支出 of its one line."""

    def change(book: openpyxl.Workbook) -> None:
        cell = book["收支明细"][at(book["收支明细"], AMOUNT)]
        cell.value = value
        style(cell)

    return changed(change)


@cache
def place() -> str:
    sheet = openpyxl.load_workbook(BytesIO(form()))["收支明细"]
    return f"填报表.xlsx 收支明细!{at(sheet, AMOUNT)}"


@pytest.mark.parametrize(
    ("stored", "meant"),
    [
        ("145.09000000000003", "145.09"),
        ("145.09", "145.09"),
        ("20", "20"),
        ("1E-2", "0.01"),
        ("1.2E+3", "1200"),
        ("0.1", "0.1"),
        ("0.30000000000000004", "0.3"),
        ("-3.3000000000000003", "-3.3"),
        ("99999999999.99", "99999999999.99"),
        ("1_000", "1_000"),
        ("١٢", "١٢"),
        ("nan", "nan"),
    ],
)
def test_a_number_means_its_shortest_decimal_of_15_digits(stored: str, meant: str) -> None:
    assert plain_number(stored) == meant


@pytest.mark.parametrize("stored", ["1_000", "nan", "-inf", "1e99999", "0x1F"])
def test_what_is_stored_as_a_number_and_is_none_is_refused(stored: str) -> None:
    data = repacked(spending(777.25), lambda _name, part: part.replace(b"<v>777.25</v>", f"<v>{stored}</v>".encode()))
    read_book(data).refuses(place(), f"“{stored}”")


def test_a_number_with_the_noise_of_a_double_is_exact() -> None:
    line = read_book(spending(145.09000000000003)).accepted.accounts.lines[0]
    assert str(line.expenditure.project.wan_yuan) == "145.09"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "是逻辑值"),
        (date(2024, 5, 1), "是日期"),
        ("=1/0", "是还没有算出结果的公式"),
        ("二十", "不是金额"),
        ("93.49万", "只写数字：93.49"),
    ],
)
def test_what_is_no_amount_is_named_with_its_cell(value: Any, words: str) -> None:
    read_book(spending(value)).refuses(place(), words)


def test_an_error_value_is_no_blank() -> None:
    def error(cell: Any) -> None:
        cell.data_type = "e"

    read_book(spending("#REF!", error)).refuses(place(), "是错误值（#REF!）")


def test_a_formula_counts_with_the_value_that_was_saved() -> None:
    computed = re.compile(rb"(<f>10\+11</f>)<v ?/?>(</v>)?")
    data = repacked(spending("=10+11"), lambda _name, part: computed.sub(rb"\1<v>21</v>", part))
    assert read_book(data).accepted.accounts.lines[0].expenditure.project == 210000


def test_a_text_that_is_a_number_is_normalised_and_said() -> None:
    outcome = read_book(spending("１,234.50"))
    assert outcome.accepted.accounts.lines[0].expenditure.project == 12345000
    outcome.notes(place(), "按 1234.50 读取")


def test_a_negative_amount_where_none_may_be() -> None:
    def change(book: openpyxl.Workbook) -> None:
        sheet = book["收支明细"]
        sheet[at(sheet, "年初预算")].value = -5

    outcome = read_book(changed(change))
    assert [i.rule for i in outcome.errors] == ["INPUT-019"]
    assert "收支明细!" in str(outcome.errors[0].place)


def test_a_code_may_be_a_number_or_a_text() -> None:
    for code in (2013102, "2013102"):

        def change(book: openpyxl.Workbook, code: Any = code) -> None:
            book["收支明细"]["A6"].value = code

        assert read_book(changed(change)).accepted.accounts.lines[0].code == "2013102"


def test_text_that_begins_with_an_equals_sign_stays_text() -> None:
    text = UNIT.replace("年初预算: 20", '年初预算: 20, 差异原因: "=1+1"')
    assert read_book(form(text)).accepted.accounts.lines[0].reason == "=1+1"


def test_decimals_that_were_written_are_kept() -> None:
    text = UNIT.replace("财政拨款: 20", "财政拨款: 145.0940").replace("项目: 20", "项目: 145.0940")
    amount = read_book(form(text)).accepted.accounts.lines[0].revenue.fiscal_appropriation
    assert (amount, amount.margin) == (1450940, 0.5)


def test_an_amount_with_more_digits_than_a_double_holds_is_kept_as_text() -> None:
    text = UNIT.replace("万元", "元").replace("财政拨款: 20", "财政拨款: 99999999999999.99")
    loaded = read_book(form(text)).accepted
    assert str(loaded.accounts.lines[0].revenue.fiscal_appropriation) == "99999999999999.99"
    assert all(i.level is Level.NOTE for i in loaded.issues)


@pytest.mark.parametrize(
    ("reference", "area"),
    [
        ("B2:D5", (2, 2, 5, 4)),
        ("$A$1", (1, 1, 1, 1)),
        ("A1:XFD1048576", (1, 1, 1048576, 16384)),
        ("B:D", None),
        ("", None),
    ],
)
def test_the_rows_and_columns_of_a_range(reference: str, area: tuple[int, ...] | None) -> None:
    assert cell_area(reference) == area
