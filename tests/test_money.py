"""Amounts: from text, exact, rounded half up."""

from __future__ import annotations

import pickle
from decimal import Decimal

import pytest

from budgetgen.money import Amount, plain_text, printed_wan_yuan, round_half_up


def test_an_amount_in_wan_yuan_is_held_in_yuan() -> None:
    assert Amount.from_wan_yuan(Decimal("145.09")) == 1450900
    assert Amount(1450900).wan_yuan == Decimal("145.09")


@pytest.mark.parametrize(
    ("written", "margin"), [("145.09", "50"), ("20", "50"), ("145.0940", "0.5"), ("0.000001", "0.005"), ("0.00", "0")]
)
def test_the_margin_is_half_a_step_of_the_last_digit_and_20_counts_as_20_00(written: str, margin: str) -> None:
    assert Amount.from_wan_yuan(Decimal(written)).margin == Decimal(margin)


def test_an_amount_in_yuan_is_exact() -> None:
    assert Amount("1450900.55").margin == 0


def test_floats_are_refused() -> None:
    with pytest.raises(TypeError, match="never from float"):
        Amount(0.1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="never from float"):
        Amount.from_wan_yuan(0.1)  # type: ignore[arg-type]


def test_amounts_survive_pickling_with_their_margin() -> None:
    back = pickle.loads(pickle.dumps(Amount.from_wan_yuan(Decimal("1.23"))))
    assert (back, back.margin, type(back)) == (12300, 50, Amount)


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [("467.45", 1, "467.5"), ("28.25", 1, "28.3"), ("-28.25", 1, "-28.3"), ("0.005", 2, "0.01"), ("2.675", 2, "2.68")],
)
def test_ties_go_away_from_zero(value: str, places: int, rounded: str) -> None:
    assert round_half_up(Decimal(value), places) == Decimal(rounded)


def test_printed_precision_is_a_hundred_yuan() -> None:
    assert printed_wan_yuan(Decimal(49)) == 0
    assert printed_wan_yuan(Decimal(50)) == Decimal("0.01")


@pytest.mark.parametrize(
    ("value", "strip", "text"),
    [
        ("840.70", False, "840.70"),
        ("840.70", True, "840.7"),
        ("40.00", True, "40"),
        ("-0.00", False, "0.00"),
        ("1E+3", False, "1000"),
    ],
)
def test_plain_text_has_no_exponent_and_no_negative_nothing(value: str, strip: bool, text: str) -> None:
    assert plain_text(Decimal(value), strip_zeros=strip) == text


def test_an_amount_of_nothing_said_is_nothing() -> None:
    assert (Amount(), Amount().margin) == (0, 0)
