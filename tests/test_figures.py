"""Figures, comparisons and gaps."""

from __future__ import annotations

from decimal import Decimal

import pytest

from budgetgen.figures import BUDGET, Blank, Figure, Group, Series, change, completion, nested, share


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
    assert str(gap) == "【待填写：上年.收支总计】"


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
