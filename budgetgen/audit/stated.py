"""What a packet states: the name of a figure, the number as printed, its place; and what printed digits leave open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
BLANK = "空"
_DIGITS = re.compile(r"-?\d[\d,，]{0,19}(?:\.\d{1,8})?", re.ASCII)
"""What is longer is no amount of a packet."""
_NOTHING = frozenset({"", "无", "—", "-", "——", "／", "/"})


@dataclass(frozen=True, eq=False)
class Statement:
    """One number as it is printed: `value` in 万元, per cent or pieces; `fine` is the place that its text is exact to.

    `quote` are the words around it, word for word; `text` is the number itself (空 where a cell is blank).
    """

    name: str
    value: Decimal
    text: str
    where: str
    quote: str
    fine: Decimal = CENT
    spot: tuple[int, int, int] = (0, 0, 0)
    """(0, paragraph, position) or (table, row, column): the order in the file, and what says which two stand together."""

    @property
    def blank(self) -> bool:
        """Whether nothing is printed there."""
        return self.text == BLANK

    @property
    def low(self) -> Decimal:
        """The least exact amount that prints so, or that is cut to it."""
        return self.value - self.fine / 2

    @property
    def high(self) -> Decimal:
        """The greatest exact amount that prints so."""
        return self.value + self.fine / 2


def number_of(text: str) -> Decimal | None:
    """The number of a cell's text; a blank, 无 or a dash is 0, words are None."""
    bare = re.sub(r"\s+", "", text)
    if bare in _NOTHING:
        return Decimal(0)
    return Decimal(re.sub("[,，]", "", bare)) if _DIGITS.fullmatch(bare) else None


def unit_of(text: str) -> Decimal:
    """The place value of the last printed digit: 0.01 for 3.50, 1 for 40."""
    _, point, decimals = text.partition(".")
    return Decimal(1).scaleb(-len(decimals)) if point else Decimal(1)


def agree(a: Statement, b: Statement) -> bool:
    """Whether two printed numbers can be of one amount: the longer rounds or is cut to the shorter, or 0.01 apart."""
    if abs(a.value - b.value) <= CENT and min(a.fine, b.fine) <= CENT:
        return True
    short, long = (a, b) if a.fine >= b.fine else (b, a)
    if short.fine == long.fine:
        return a.value == b.value
    modes = (ROUND_HALF_UP, ROUND_DOWN)
    return any(long.value.quantize(short.fine, mode) == short.value for mode in modes)


def show(value: Decimal, places: int = 2) -> str:
    """A number as a finding tells it."""
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
