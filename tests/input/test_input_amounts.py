"""How an amount may be typed, and what each other form is told."""

from __future__ import annotations

from decimal import Decimal

import pytest
from said import HEAD, Outcome, read

PLACE = "收支明细[2013102].年初预算"


def budget(typed: str, unit: str = "万元") -> Outcome:
    """A file whose line 6 is `年初预算: <typed>`."""
    return read(HEAD.replace("万元", unit) + f"  年初预算: {typed}\n")


@pytest.mark.parametrize(
    ("typed", "unit", "yuan", "margin"),
    [
        ("93.49", "万元", "934900", "50"),
        ("20", "万元", "200000", "50"),
        ("145.0940", "万元", "1450940", "0.5"),
        ("0.000001", "万元", "0.01", "0.005"),
        ("999999999999999", "万元", "9999999999999990000", "50"),
        ("93.49", "元", "93.49", "0"),
        ("20", "元", "20", "0"),
        ('"20.5"', "元", "20.5", "0"),
        ("0", "元", "0", "0"),
        ("-0", "万元", "0", "0"),
        ("无", "万元", "0", "0"),
    ],
)
def test_a_plain_number_is_read_without_a_word(typed: str, unit: str, yuan: str, margin: str) -> None:
    outcome = budget(typed, unit)
    amount = outcome.accepted.accounts.lines[0].initial_budget
    assert amount is not None
    assert (amount, amount.margin, outcome.said) == (Decimal(yuan), Decimal(margin), "")
    assert str(amount)[:1] != "-"


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [
        ("１，２３４.５", "1234.5"),
        ("１２３４．５０", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1,234,567", "1234567"),
        ("+12.3", "12.3"),
        ("\u300012.3", "12.3"),
    ],
)
def test_an_unambiguous_number_is_normalised_and_noted(typed: str, read_as: str) -> None:
    outcome = budget(typed, "元")
    assert outcome.accepted.accounts.lines[0].initial_budget == Decimal(read_as)
    if typed != "\u300012.3":
        outcome.notes("unit.yaml:6", f"{PLACE}：“{typed}”按 {read_as} 读取")


@pytest.mark.parametrize(
    ("typed", "unit", "words"),
    [
        ("1:30", "万元", ("“1:30”像是时间，不是金额",)),
        ("010", "万元", ("“010”前面有多余的 0", "如果是 10，就写 10")),
        ("-00.5", "万元", ("前面有多余的 0", "-0.5")),
        ("12.345万", "万元", ("“12.345万”带了单位", "金额单位是万元", "只写数字：12.345。")),
        ("12.345万", "元", ("“12.345万”带了单位", "金额单位是元", "只写数字：123450。")),
        ("12.3万元", "元", ("只写数字：123000。",)),
        ("1,234.5元", "万元", ("只写数字：0.12345。",)),
        ("１００元整", "万元", ("只写数字：0.01。",)),
        ("¥100", "元", ("只写数字：100。",)),
        ("1.2亿", "万元", ("只写数字：12000。",)),
        ("abc", "万元", ("“abc”不是金额", "没有的写 0")),
        ("一百", "万元", ("“一百”不是金额",)),
        ("nan", "万元", ("“nan”不是金额",)),
        (".inf", "万元", ("“.inf”不是金额",)),
        ("0x1F", "万元", ("不是金额",)),
        ("1_000", "万元", ("不是金额",)),
        ("١٢", "万元", ("不是金额",)),
        ("1e3", "万元", ("“1e3”是科学计数法", "写成普通数字：1000。")),
        ("1.5E-2", "万元", ("写成普通数字：0.015。",)),
        ("1e99", "万元", ("科学计数法", "如 1000")),
        ("12.3.4", "万元", ("“12.3.4”有两个小数点",)),
        ("1，2", "万元", ("“1，2”的逗号位置不对",)),
        ("12,34.5", "万元", ("“12,34.5”的逗号位置不对",)),
        ("5%", "万元", ("“5%”是百分比",)),
        ("2024-01-31", "万元", ("像是日期",)),
        (".5", "万元", ("小数点前没有数字", "0.5")),
        ("5.", "万元", ("小数点后没有数字",)),
        ("1 234", "万元", ("中间有空格",)),
        ("+-5", "万元", ("正负号写法不对",)),
        ("1234567890123456", "万元", ("整数部分超过 15 位",)),
        ("1.123456789", "万元", ("有 9 位小数，最多 8 位",)),
        ("1.234", "元", ("“1.234”的小数超过两位", "到分")),
        ("9" * 500, "万元", ("整数部分超过 15 位",)),
        ("9." * 500, "万元", ("有两个小数点",)),
        ("0，决算：3", "万元", ("冒号、逗号是全角的", "“0, 决算: 3”")),
        ("[1, 2]", "万元", ("这里应是一个值，写成了一个列表",)),
        ("{基本: 1}", "万元", ("这里应是一个值，写成了一组键值",)),
        ("-12.3", "万元", ("“-12.3”是负数，这里不能为负",)),
        ("(12.3)", "万元", ("“(12.3)”是负数，这里不能为负",)),
    ],
)
def test_any_other_form_is_refused_with_what_to_write(typed: str, unit: str, words: tuple[str, ...]) -> None:
    outcome = budget(typed, unit)
    assert len(outcome.errors) == 1
    outcome.refuses("unit.yaml:6", PLACE, *words)


@pytest.mark.parametrize("typed", ["-12.3", "(12.3)", "－12.3", "（12.3）", "−12.3"])
def test_a_correction_may_be_negative_in_a_line(typed: str) -> None:
    outcome = read(HEAD + f"  支出: {{项目: {typed}}}\n")
    assert outcome.accepted.accounts.lines[0].expenditure.project == Decimal(-123000)
    assert "unit.yaml:6 警告 INPUT-019 收支明细[2013102].支出.项目" in outcome.said
    assert f"“{typed}”是负数" in outcome.said


def test_a_thousands_separator_in_braces_cuts_the_amount() -> None:
    outcome = read(HEAD + "  支出: {项目: 1,234.5}\n")
    outcome.refuses("unit.yaml:6", "“234.5”不是键，像是被逗号切断的金额", "千位分隔符")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("6人", ("“6人”带了单位", "只写数字：6。")),
        ("六", ("“六”不是整数",)),
        ("6.5", ("“6.5”不是整数",)),
        ("06", ("多余的 0", "就写 6")),
        ("-1", ("-1 不在 0 到",)),
    ],
)
def test_a_count_is_a_whole_number(typed: str, words: tuple[str, ...]) -> None:
    read(HEAD + f"国有资产: {{其他用车: {typed}}}\n").refuses("unit.yaml:6", "国有资产.其他用车", *words)


@pytest.mark.parametrize(("typed", "cars"), [("6", 6), ("６", 6), ("无", 0), ("1,200", 1200)])
def test_counts_that_are_read(typed: str, cars: int) -> None:
    assets = read(HEAD + f"国有资产:\n  其他用车: {typed}\n").accepted.accounts.assets
    assert assets is not None
    assert assets.other_cars == cars


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("1999", ("1999 不在 2000 到 2100 之间",)),
        ("2101", ("2101 不在 2000 到 2100 之间",)),
        ("24", ("24 不在 2000 到 2100 之间",)),
        ("2024年", ("“2024年”带了单位", "只写数字：2024")),
        ("今年", ("不是整数",)),
        ("无", ("0 不在 2000 到 2100 之间",)),
    ],
)
def test_the_year_is_within_reach(typed: str, words: tuple[str, ...]) -> None:
    read(HEAD.replace("2024", typed)).refuses("unit.yaml:1", "年度", *words)
