"""Figures, comparisons and gaps."""

from __future__ import annotations

from decimal import Decimal

import pytest

from budgetgen.figures import BUDGET, PERCENT, YUAN, Blank, Figure, Group, Series, change, completion, nested, share
from budgetgen.issues import Level


def wan(text: str, name: str = "数") -> Figure:
    return Figure(name, Decimal(text) * 10000)


@pytest.mark.parametrize(
    ("now", "before", "case", "amount", "rate"),
    [
        ("840.70", "1196.62", "减", "355.92", "29.74"),
        ("9.00", "4.74", "增", "4.26", "89.87"),
        ("5.38", "0", "上年为零", "5.38", None),
        ("0", "53.94", "减", "53.94", "100.00"),
        ("3.50", "3.50", "平", "0.00", None),
        ("3.5000", "3.5049", "平", "0.00", None),  # prints as 0.00
        ("3.5000", "3.5050", "减", "0.01", "0.14"),
        ("0", "0", "平", "0.00", None),
        ("5", "0.001", "上年为零", "5.00", None),  # a base that prints as 0.00 has no rate
    ],
)
def test_a_change_is_decided_at_printed_precision(now, before, case, amount, rate) -> None:
    result = change(wan(now), wan(before))
    assert isinstance(result, Group)
    assert result["情形"] == case
    assert result.value("额").printed == Decimal(amount)
    found = result["率"]
    assert (round(found.value, 2) if isinstance(found, Figure) else None) == (Decimal(rate) if rate else None)


def test_a_change_knows_exactly_one_direction() -> None:
    for now, before in (("1", "2"), ("2", "1"), ("1", "1"), ("1", "0"), ("0", "0"), ("-1", "0")):
        result = change(wan(now), wan(before))
        assert isinstance(result, Group)
        assert [result[c] for c in ("增", "减", "平")].count(True) == 1


def test_against_a_budget_of_nothing_the_case_says_so() -> None:
    result = change(wan("5"), wan("0"), BUDGET)
    assert isinstance(result, Group)
    assert result["情形"] == "预算为零"


@pytest.mark.parametrize(
    ("actual", "budget", "case", "rate"),
    [
        ("93.49", "20", "大于", "467.45"),
        ("40", "40", "等于", "100"),
        ("0", "40", "小于", "0"),
        ("10", "0", "大于", None),
        ("0", "0", "等于", None),
        ("3.5049", "3.4951", "等于", None),  # both print as 3.50
    ],
)
def test_completion(actual, budget, case, rate) -> None:
    result = completion(wan(actual), wan(budget))
    assert isinstance(result, Group)
    assert result["情形"] == case
    if rate is not None:
        assert result.value("率").value == Decimal(rate)


def test_a_share_of_nothing_is_nothing() -> None:
    assert share(wan("0"), wan("0")).value == 0  # type: ignore[union-attr]
    assert share(wan("1"), wan("4")).value == 25  # type: ignore[union-attr]


def test_what_is_computed_from_a_gap_is_that_gap() -> None:
    gap = Blank("上年.收支总计")
    assert change(wan("1"), gap) is gap
    assert completion(wan("1"), gap) is gap
    assert share(gap, wan("1")) is gap
    assert str(gap) == "【待填写：上年·收支总计】"


def test_a_row_that_is_not_there_is_a_row_of_zeros() -> None:
    rows = Series("支出.类", {}, ("支出.合计",))
    assert rows.row("201").value("支出.合计").value == 0  # type: ignore[union-attr]
    assert len(rows) == 0


def test_dotted_columns_become_groups() -> None:
    tree = nested("行", {"支出.合计": 1, "支出.基本": 2, "年初预算": 3})
    assert tree["年初预算"] == 3
    block = tree["支出"]
    assert isinstance(block, Group)
    assert (block["合计"], block["基本"]) == (1, 2)


def test_money_prints_in_wan_yuan_and_counts_as_they_are() -> None:
    assert Figure("数", Decimal(123456)).printed == Decimal("12.35")
    assert Figure("数", Decimal("12.345"), PERCENT).printed == Decimal("12.345")
    assert not Figure("数", Decimal(49))
    assert Figure("数", Decimal(50))
    assert Figure("数", Decimal(1), "个")
    assert not Figure("数", Decimal(0), "个")


def test_a_figure_knows_its_leaves_in_order() -> None:
    one, two, three = (Figure(n, Decimal(1), path=n) for n in "甲乙丙")
    inner = Figure("和", Decimal(2), operands=(one, two))
    outer = Figure("总", Decimal(3), operands=(three, inner))
    assert [leaf.name for leaf in outer.leaves()] == ["丙", "甲", "乙"]
    assert list(one.leaves()) == [one]


def test_what_stands_beside_a_figure_or_a_gap_is_found_under_its_name() -> None:
    figure = Figure("数", Decimal(1), related={"较上年": 5})
    assert (figure.lookup("较上年"), figure.names()) == (5, ("较上年",))
    with pytest.raises(KeyError):
        figure.lookup("完成")
    gap = Blank("路径", related={"较上年": 5})
    assert (gap.lookup("较上年"), gap.names()) == (5, ())
    assert gap.lookup("完成") is gap
    assert list(gap) == [gap]
    assert not gap
    assert gap.level is Level.ERROR


@pytest.mark.parametrize(
    ("now", "before", "amount", "rate"),
    [(150, 100, 50, 50), (100, 150, 50, "33.33"), (-100, 200, 300, 150), (300, 200, 100, 50)],
)
def test_a_change_keeps_its_amount_rate_and_operands(now: int, before: int, amount: int, rate: object) -> None:
    current, base = wan(str(now), "今"), wan(str(before), "昔")
    result = change(current, base)
    assert isinstance(result, Group)
    assert result.name == "今.较上年"
    told = result.value("额")
    assert isinstance(told, Figure)
    assert (told.value, told.name, told.unit, told.operands) == (amount * 10000, "今.较上年.额", YUAN, (current, base))
    found = result.value("率")
    assert isinstance(found, Figure)
    assert round(found.value, 2) == Decimal(str(rate))
    assert (found.name, found.unit, found.operands) == ("今.较上年.率", PERCENT, (current, base))
    assert (result["增"], result["减"], result["平"]) == (now > before, now < before, False)
    assert (result["本数"], result["基数"]) == (current, base)


def test_a_change_of_counts_is_in_their_unit() -> None:
    result = change(Figure("辆数", Decimal(3), "辆"), Figure("上年", Decimal(2), "辆"))
    assert isinstance(result, Group)
    told = result.value("额")
    assert isinstance(told, Figure)
    assert (told.value, told.unit, result["情形"]) == (1, "辆", "增")


@pytest.mark.parametrize(
    ("actual", "budget", "cases", "rate"),
    [
        ("30", "20", (True, False, False, False), "150"),
        ("10", "20", (False, True, False, False), "50"),
        ("20", "20", (False, False, True, False), "100"),
        ("20.004", "20", (False, False, True, False), "100"),
        ("0", "0", (False, False, True, True), None),
        ("1", "0", (True, False, False, True), None),
    ],
)
def test_completion_says_each_case(actual: str, budget: str, cases: tuple[bool, ...], rate: str | None) -> None:
    spent, planned = wan(actual, "决算"), wan(budget, "预算")
    result = completion(spent, planned)
    assert isinstance(result, Group)
    assert tuple(result[k] for k in ("大于", "小于", "等于", "预算为零")) == cases
    found = result["率"]
    assert (found.value if isinstance(found, Figure) else None) == (Decimal(rate) if rate else None)
    assert (result.name, result["决算"], result["预算"]) == ("决算.完成", spent, planned)
    assert completion(Blank("决算"), planned) == Blank("决算")
    assert completion(spent, Blank("预算")) == Blank("预算")


def test_a_share_is_part_of_whole_in_per_cent() -> None:
    part, whole = wan("1", "部分"), wan("8", "总额")
    found = share(part, whole)
    assert isinstance(found, Figure)
    assert (found.value, found.unit, found.name, found.operands) == (
        Decimal("12.5"), PERCENT, "占比(部分, 总额)", (part, whole),
    )  # fmt: skip
    nothing = share(part, wan("0"))
    assert isinstance(nothing, Figure)
    assert nothing.value == 0
    assert share(part, Blank("总额")) == Blank("总额")


def test_a_series_is_in_order_of_code_and_knows_its_rows() -> None:
    rows = Series("类", {c: Group(c, {"编码": c}) for c in ("208", "201")}, ("合计",))
    assert rows.codes() == ("201", "208")
    assert [row.name for row in rows] == ["201", "208"]
    assert ("201" in rows, "301" in rows, len(rows)) == (True, False, 2)
    assert rows["208"] is rows.row("208")
    assert rows[0] is rows.row("201")  # type: ignore[comparison-overlap]
    assert rows[1:] == [rows.row("208")]  # type: ignore[comparison-overlap]
    absent = rows.row("301")
    assert (absent.name, absent["编码"], absent.value("合计").name) == ("类[301]", "301", "类[301].合计")  # type: ignore[union-attr]


def test_what_stands_beside_a_figure_is_no_part_of_it() -> None:
    """Figures and gaps are alike by their own values, and are shown without their comparisons."""
    alone, beside = Figure("数", Decimal(1)), Figure("数", Decimal(1), related={"较上年": 5})
    assert alone == beside
    assert repr(alone) == repr(beside)
    assert Blank("路径") == Blank("路径", related={"较上年": 5})
    assert repr(Blank("路径")) == repr(Blank("路径", related={"较上年": 5}))


def test_a_group_is_shown_by_its_name_and_names() -> None:
    assert repr(Group("行", {"合计": 1, "基本": 2})) == "<行: 合计、基本>"
    assert repr(Group("", {"合计": 1})) == "<数据: 合计>"


def test_a_row_of_zeros_is_made_once() -> None:
    rows = Series("支出.类", {}, ("合计",))
    assert rows.row("201") is rows.row("201")
