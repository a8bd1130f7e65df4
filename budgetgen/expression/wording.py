"""How figures are worded in prose: decimals, end zeros, per cent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jinja2.exceptions import TemplateRuntimeError

from budgetgen.classification import numeral
from budgetgen.expression.marks import InYuan, mark
from budgetgen.figures import PERCENT, YUAN, Blank, Figure
from budgetgen.money import WAN_YUAN_PLACES, YUAN_PER_WAN, plain_text, round_half_up

_MOST_PLACES = 4
_WHOLES = (0, 100)
"""Per cents that say “nothing” and “all”: no other may be printed as one of them."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How a 版式 words numbers in prose; its `说明/设置.j2` sets these by their Chinese names."""

    percent_places: int = 2
    whole_percent_plain: bool = True
    rounded_percent_zeros: bool = True
    amount_zeros: bool = True


WORDING_NAMES = {
    "百分比小数": "percent_places",
    "整百分比不带小数": "whole_percent_plain",
    "百分比末尾零": "rounded_percent_zeros",
    "金额末尾零": "amount_zeros",
}


def amount_text(value: Figure, *, zeros: bool) -> str:
    """An amount in 万元 with two decimals, nothing as 0; without zeros at the end where `zeros` is false."""
    amount = round_half_up(value.value / YUAN_PER_WAN, WAN_YUAN_PLACES)
    return plain_text(amount, strip_zeros=not zeros or amount.is_zero())


def percent_text(value: Figure, wording: Wording, places: int | None = None) -> str:
    """A per cent value; what would round to 0 or to 100 but is neither gets more decimals, up to four, until it shows.

    What does not show at four decimals either is worded with the usual ones.
    """
    exact, places = value.value, wording.percent_places if places is None else places
    if wording.whole_percent_plain and exact == exact.to_integral_value():
        return plain_text(exact.to_integral_value(), strip_zeros=False)
    roundings = (round_half_up(exact, p) for p in range(places, max(places, _MOST_PLACES) + 1))
    rounded = next((r for r in roundings if r not in _WHOLES or r == exact), round_half_up(exact, places))
    return plain_text(rounded, strip_zeros=not wording.rounded_percent_zeros)


def figure_text(value: Figure, wording: Wording) -> str:
    """A figure as prose prints it when the template says nothing more."""
    if value.unit == YUAN:
        return amount_text(value, zeros=wording.amount_zeros)
    if value.unit == PERCENT:
        return percent_text(value, wording)
    return plain_text(value.value, strip_zeros=True)


def number_filters(wording: Wording) -> dict[str, Callable[..., object]]:
    """The filters that print numbers: 万元, 万元简, 元, 百分比, 中文数字."""

    def printed(text: Callable[[Figure], str]) -> Callable[[object], object]:
        def apply(value: object) -> object:
            if isinstance(value, Figure):
                return mark(value, text(value))
            if isinstance(value, Blank):
                return mark(value, str(value))
            raise TemplateRuntimeError(f"“{value}”不是数字，不能按数字格式打印")

        return apply

    def percent(value: object, places: int | None = None) -> object:
        return printed(lambda f: percent_text(f, wording, places))(value)

    def in_yuan(value: object) -> object:
        return InYuan(value) if isinstance(value, Figure) else printed(str)(value)

    def in_wan_yuan(value: object, short: bool = False) -> object:  # noqa: FBT001, FBT002 - a template's argument
        return printed(lambda f: amount_text(f, zeros=not short))(value)

    return {
        "万元": in_wan_yuan,
        "万元简": lambda value: in_wan_yuan(value, short=True),
        "中文数字": numeral,
        "元": in_yuan,
        "百分比": percent,
    }
