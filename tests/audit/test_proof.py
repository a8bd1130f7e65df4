"""What printed digits leave open: a difference that they explain is no finding, the nearest one that they don't is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from budgetgen.audit.relations import adds_up, diagnose, equal, ratio
from budgetgen.audit.stated import Statement, agree, number_of, unit_of


def said(text: str, *, fine: str = "") -> Statement:
    value = number_of(text)
    assert value is not None
    return Statement("", value, text, f"表 {text}", f"行 {text}", Decimal(fine) if fine else unit_of(text))


@pytest.mark.parametrize(
    ("rate", "part", "whole", "level"),
    [
        ("93.17", "27.07", "29.05", ""),  # the exact amounts behind may give it
        ("93.27", "27.07", "29.05", "错误"),
        ("10", "0.13", "1.30", ""),
        ("9.6", "0.13", "1.30", ""),  # small amounts leave much open
        ("12.0", "0.13", "1.30", "错误"),
        ("44.56", "2104.76", "4723.85", ""),
        ("44.55", "2104.76", "4723.85", "提示"),  # cut, not rounded
        ("44.53", "2104.76", "4723.85", "错误"),
        ("28.3", "1.13", "4.00", ""),
        ("38.9", "3.50", "9.00", ""),
        ("87.7", "3.50", "9.00", "错误"),
        ("0", "0", "12.00", ""),
        ("100", "0", "0", "错误"),
    ],
)
def test_a_rate_of_two_amounts(rate: str, part: str, whole: str, level: str) -> None:
    relation = ratio(said(rate), said(part, fine="0.01"), said(whole, fine="0.01"), "AUDIT-013")
    assert (relation.holds, relation.level) == ((True, relation.level) if not level else (False, level))


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("660.55", "660.56", True),
        ("660.54", "660.56", False),
        ("167.6", "167.69", True),  # cut in its last place
        ("167.7", "167.69", True),
        ("167.8", "167.69", False),
        ("40", "40.00", True),
        ("41", "40.00", False),
        ("5,487.18", "5487.18", True),
    ],
)
def test_one_amount_printed_twice(one: str, two: str, same: bool) -> None:
    assert agree(said(one), said(two)) is same
    assert agree(said(two), said(one)) is same


@pytest.mark.parametrize(("total", "holds"), [("9.00", True), ("9.02", True), ("9.06", False)])
def test_parts_that_are_rounded_each(total: str, holds: bool) -> None:
    assert adds_up(said(total), [said("5.38"), said("3.50"), said("0.13")], "AUDIT-001").holds is holds


def test_the_number_that_explains_most_is_blamed() -> None:
    """The row's cell breaks its row and two other tables: one finding at the cell, the rest under it."""
    wrong, right, other, part, rest = said("93.94"), said("93.49"), said("93.49"), said("50.00"), said("43.49")
    relations = [
        equal(right, other, "AUDIT-004"),
        equal(wrong, right, "AUDIT-004"),
        equal(wrong, other, "AUDIT-004"),
        adds_up(wrong, [part, rest], "AUDIT-002"),
        adds_up(right, [part, rest], "AUDIT-002"),
    ]
    (finding,) = diagnose(relations)
    assert (finding.stated, finding.expected) == ("93.94", "93.49（表 93.49）")
    assert len(finding.also) == 2


def test_two_numbers_alone_are_told_both() -> None:
    (finding,) = diagnose([equal(said("3647.80"), said("3508.11"), "AUDIT-010")])
    assert finding.quote == ["行 3647.80", "行 3508.11"]


def test_the_places_that_are_held_against_each_other() -> None:
    """Each place once, the wrong one first; a sum tells the sum and its parts."""
    total, one, two = (replace(said(t), spot=(3, r, 2)) for r, t in enumerate(("9.06", "5.56", "3.40")))
    (finding,) = diagnose([adds_up(total, [one, two], "AUDIT-001")])
    assert [(s.text, s.where, s.spot) for s in finding.sides] == [
        ("9.06", "表 9.06", (3, 0, 2)),
        ("5.56", "表 5.56", (3, 1, 2)),
        ("3.40", "表 3.40", (3, 2, 2)),
    ]
