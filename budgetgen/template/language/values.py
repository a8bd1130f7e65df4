"""What a value is in a cell: a number, or text."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from budgetgen.expression import InYuan
from budgetgen.figures import YUAN, Figure, Group, Series

T = TypeVar("T")
_MEMORY, _LONGEST = 5000, 200

if TYPE_CHECKING:
    from budgetgen.expression import Environment
    from budgetgen.template.xlsx.numberformat import NumberFormat, Shown


class Remembered(dict[str, T]):
    """What plain texts have become in cells: the names of accounts come again in every unit. Long ones are forgotten."""

    __slots__ = ()

    def __setitem__(self, text: str, made: T) -> None:
        if len(self) >= _MEMORY:
            self.clear()
        if len(text) <= _LONGEST:
            super().__setitem__(text, made)


def shown_number(value: object, form: NumberFormat) -> tuple[Shown, Figure | None] | None:
    """The number that a value is in a cell, and its figure; None where it is none.

    Money stands in 万元, unless it was asked for in 元.
    """
    if isinstance(value, Figure):
        return (form.in_wan if value.unit == YUAN else form.as_is)[value.value], value
    if isinstance(value, InYuan):
        return form.as_is[value.figure.value], value.figure
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return form.as_is[Decimal(value)], None
    if isinstance(value, float):
        return form.as_is[Decimal(repr(value))], None
    return None


def text_of(value: object, env: Environment) -> str:
    """Any other value as escaped text, which may hold figure marks.

    TypeError or Jinja's own: it is undefined, or nothing that can be printed.
    """
    if isinstance(value, (Group, Series, dict, list, tuple)):
        raise TypeError("是一组数据，不是一个数，不能直接打印")
    text = str(env.show(value))
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
