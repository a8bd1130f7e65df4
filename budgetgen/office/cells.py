"""A cell's value with its type: what stands there, and why it may not be used."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from budgetgen.money import plain_text

_DIGITS = 15
"""Significant digits that a spreadsheet's number holds for certain."""
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SHORT = re.compile(r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,2})?")


class Kind(Enum):
    """The type of a value; a blank cell has none. The words say what is wrong where a plain value is wanted."""

    NUMBER = ""
    TEXT = " "
    TRUTH = "是逻辑值"
    DATE = "是日期"
    ERROR = "是错误值"
    UNCOMPUTED = "是还没有算出结果的公式"


class Cell(NamedTuple):
    """One value as text: a number in plain digits, a text as typed."""

    kind: Kind
    text: str

    @property
    def fault(self) -> str:
        """Why it is no value to read; blank for numbers and texts."""
        return self.kind.value.strip()


def plain_number(text: str) -> str:
    """A stored double as the shortest decimal of 15 digits that it means: 145.09000000000003 → 145.09."""
    if _SHORT.fullmatch(text):
        return text
    number = float(text)
    return plain_text(Decimal(format(number, f".{_DIGITS}g")), strip_zeros=True)


def unescaped(text: str) -> str:
    """`_x000D_` is how a workbook writes a character that XML would lose."""
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text


@lru_cache(maxsize=20_000)
def column_number(address: str) -> int:
    """`AB12` → 28."""
    number = 0
    for letter in address.rstrip("0123456789$").lstrip("$"):
        number = number * 26 + ord(letter.upper()) - 64
    return number


def column_name(number: int) -> str:
    """28 → `AB`."""
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name
