"""What a value is in a cell: a number, or text."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from markupsafe import escape

from budgetgen.expression import InYuan
from budgetgen.figures import YUAN, Figure, Group, Series
from budgetgen.money import YUAN_PER_WAN

if TYPE_CHECKING:
    from budgetgen.expression import Environment


def number_of(value: object) -> tuple[Decimal, Figure | None] | None:
    """The number that a value is in a cell (money in 万元, unless it was asked for in 元), and its figure."""
    if isinstance(value, Figure):
        return (value.value / YUAN_PER_WAN if value.unit == YUAN else value.value), value
    if isinstance(value, InYuan):
        return value.figure.value, value.figure
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Decimal(value), None
    if isinstance(value, float):
        return Decimal(repr(value)), None
    return None


def text_of(value: object, env: Environment) -> str:
    """Any other value as escaped text, which may hold figure marks.

    ValueError or Jinja's own: it is undefined, or nothing that can be printed.
    """
    value = env.finalize(value) if env.finalize else value
    if isinstance(value, (Group, Series, dict, list, tuple)):
        raise ValueError("是一组数据，不是一个数，不能直接打印")
    text = str(escape(value))
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
