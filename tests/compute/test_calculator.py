"""Sums and differences: their amounts, and how far rounding of their parts may put them off."""

from __future__ import annotations

from decimal import Decimal

import pytest

from budgetgen.compute.calculator import STATED, Calculator, tolerance
from budgetgen.figures import CATALOGUE, YUAN, Blank, Figure
from budgetgen.model import Amount


def figure(name: str, value: str, margin: str = "0") -> Figure:
    return Figure(name, Decimal(value), path=name, margin=Decimal(margin))


@pytest.mark.parametrize(
    ("parts", "value", "margin"),
    [
        ([], "0", "0"),
        ([("甲", "7", "0")], "7", "0"),
        ([("甲", "7", "50"), ("乙", "5", "20")], "12", "70"),
        ([("甲", "7", "50"), ("乙", "-5", "20"), ("丙", "1", "3")], "3", "73"),
        ([("甲", "0", "50"), ("乙", "5", "20")], "5", "70"),
    ],
)
def test_a_total_adds_amounts_and_margins(parts: list[tuple[str, str, str]], value: str, margin: str) -> None:
    made = Calculator({})
    total = made.total("合计", [figure(*part) for part in parts])
    assert isinstance(total, Figure)
    assert (total.name, total.value, total.margin, total.unit, total.operation) == (
        "合计", Decimal(value), Decimal(margin), YUAN, "合计",
    )  # fmt: skip
    assert [o.name for o in total.operands] == [name for name, *_ in parts]
    assert made.figures == {"合计": total}


def test_a_total_leaves_out_what_is_exactly_nothing_and_keeps_its_unit() -> None:
    total = Calculator({}).total("合计", [figure("甲", "0"), figure("乙", "3")], "个")
    assert isinstance(total, Figure)
    assert [o.name for o in total.operands] == ["乙"]
    assert total.unit == "个"


def test_the_first_gap_is_the_total() -> None:
    first, second = Blank("甲"), Blank("乙")
    made = Calculator({})
    assert made.total("合计", [figure("丙", "1"), first, second]) is first
    assert made.difference("差", figure("丙", "1"), first, second) is first
    assert made.difference("差", second, first) is second
    assert made.figures == {}


@pytest.mark.parametrize(
    ("minuend", "subtrahends", "value", "margin"),
    [
        (("甲", "10", "50"), [("乙", "4", "20")], "6", "70"),
        (("甲", "10", "50"), [("乙", "4", "20"), ("丙", "3", "5")], "3", "75"),
        (("甲", "10", "50"), [], "10", "50"),
        (("甲", "1", "0"), [("乙", "4", "0")], "-3", "0"),
    ],
)
def test_a_difference_takes_all_subtrahends_and_adds_margins(
    minuend: tuple[str, str, str], subtrahends: list[tuple[str, str, str]], value: str, margin: str
) -> None:
    found = Calculator({}).difference("差", figure(*minuend), *(figure(*s) for s in subtrahends))
    assert isinstance(found, Figure)
    assert (found.value, found.margin, found.unit, found.operation) == (Decimal(value), Decimal(margin), YUAN, "相减")
    assert [o.name for o in found.operands] == [minuend[0], *(s[0] for s in subtrahends)]


@pytest.mark.parametrize(
    ("stated", "own", "margin", "printed"),
    [
        ("1000", "50", "50", "1000"),  # what is computed, exactly
        ("1100", "50", "50", "1100"),  # just within both margins
        ("900", "50", "50", "900"),
        ("1101", "50", "50", "1000"),  # just beyond them
        ("899", "50", "50", "1000"),
        ("1050", "0", "50", "1050"),
        ("1051", "0", "50", "1000"),
        ("1050", "50", "0", "1050"),
        ("1001", "0", "0", "1000"),
    ],
)
def test_a_stated_amount_stands_where_rounding_alone_tells_it_apart(
    stated: str, own: str, margin: str, printed: str
) -> None:
    made = Calculator({"合计": Amount(stated, Decimal(own))})
    total = made.total("合计", [figure("甲", "600", margin), figure("乙", "400")])
    assert isinstance(total, Figure)
    assert total.value == Decimal(printed)
    assert total.margin == Decimal(margin)
    taken = total.operation == STATED
    assert taken == (printed == stated)
    assert total.path == ("数字核定[合计]" if taken else "")
    summed = made.summed()["合计"]
    assert (summed.value, summed.operation) == (1000, "合计")
    if taken:
        assert total.operands == (summed,)
        assert total.unit == YUAN


def test_one_fact_has_its_stated_amount_under_every_name() -> None:
    stated = {"收入合计": Amount(1001, Decimal(1))}
    parts = [figure("甲", "600", "5"), figure("乙", "400", "5")]
    first = Calculator(stated)
    first.total("收入合计", parts)
    facts = first.facts()
    assert facts == {frozenset({"甲", "乙"}): "收入合计"}
    again = Calculator(stated, facts)
    inner = again.total("其中", parts[:1])
    assert isinstance(inner, Figure)
    assert inner.value == 600
    other = again.total("财政拨款合计", [inner, parts[1]])
    assert isinstance(other, Figure)
    assert (other.value, other.operation, other.path) == (1001, STATED, "数字核定[收入合计]")
    different = again.total("别的", [parts[1]])
    assert isinstance(different, Figure)
    assert different.value == 400


def test_tolerance_is_both_margins() -> None:
    assert tolerance(Amount(1, Decimal(50)), figure("甲", "1", "7")) == 57


@pytest.mark.parametrize(
    "name",
    [
        "支出.基本", "支出.类", "支出.类[*].编码", "支出.类[*].款", "支出.项[*].基本", "收支总计.较上年.增", "收支总计.较上年.率",
        "一般公共预算.完成.大于", "一般公共预算.完成.率",
    ],
)  # fmt: skip
def test_every_name_that_a_table_a_change_or_a_completion_gives_is_in_the_catalogue(name: str) -> None:
    assert name in CATALOGUE
