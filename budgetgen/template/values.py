"""What a value is in a cell: a number, or text."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from budgetgen.expression import InYuan
from budgetgen.figures import YUAN, Figure, Group, Series

if TYPE_CHECKING:
    from budgetgen.expression import Environment
    from budgetgen.template.numberformat import NumberFormat, Shown


def shown_number(value: object, form: NumberFormat) -> tuple[Shown, Figure | None] | None:
    """The number that a value is in a cell, and its figure; None where it is none.

    Money stands in 万元, unless it was asked for in 元.
    """
    if isinstance(value, Figure):
        return form.cell(value.value, in_wan=value.unit == YUAN), value
    if isinstance(value, InYuan):
        return form.cell(value.figure.value, in_wan=False), value.figure
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return form.cell(Decimal(value), in_wan=False), None
    if isinstance(value, float):
        return form.cell(Decimal(repr(value)), in_wan=False), None
    return None


def text_of(value: object, env: Environment) -> str:
    """Any other value as escaped text, which may hold figure marks.

    TypeError or Jinja's own: it is undefined, or nothing that can be printed.
    """
    if isinstance(value, (Group, Series, dict, list, tuple)):
        raise TypeError("是一组数据，不是一个数，不能直接打印")
    text = str(env.show(value))
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
