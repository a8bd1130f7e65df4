"""A cell's value with its type: what stands there, what its number format says of it, and why it may not be used."""

from __future__ import annotations

import re
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from budgetgen.money import plain_text
from budgetgen.records import record

_DIGITS = 15
"""Significant digits that a spreadsheet's number holds for certain."""
_AREA = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})(?::\$?([A-Z]{1,3})\$?([0-9]{1,7}))?", re.ASCII)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_STORED = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_SHORT = re.compile(r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,2})?")
_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_NO_CODE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DATE_LETTERS = re.compile(r"[ymdhs]|年|月|日", re.IGNORECASE)
_EXACT = re.compile(r"#,##0\.(0{3,8})")


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
    if _SHORT.fullmatch(text) or not _STORED.fullmatch(text):
        return text  # what is no number of a spreadsheet (1_000, nan) is left for the reader of amounts to refuse
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


def cell_area(reference: str) -> tuple[int, int, int, int] | None:
    """`B2:D5` → (2, 2, 5, 4): first row and column, last row and column, from 1; None for what is no range of cells."""
    found = _AREA.fullmatch(reference)
    if found is None:
        return None
    last_column, last_row = found[3] or found[1], found[4] or found[2]
    return int(found[2]), column_number(found[1]), int(last_row), column_number(last_column)


@lru_cache(maxsize=20_000)
def column_name(number: int) -> str:
    """28 → `AB`."""
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name


@record
class Styles:
    """Per cell style: whether it shows a date, and the decimals that an amount was written with beyond two."""

    dates: tuple[bool, ...]
    decimals: tuple[int, ...]

    def number(self, text: str, style: int) -> Cell:
        """The cell of a number in this style.

        An amount of 145.0940 is known more closely than one of 145.094: the filled form says so in its format.
        """
        if style >= len(self.dates):
            return Cell(Kind.NUMBER, text)
        if self.dates[style]:
            return Cell(Kind.DATE, text)
        places = self.decimals[style]
        if places:
            whole, _, decimals = text.partition(".")
            text = f"{whole}.{decimals.ljust(places, '0')}"
        return Cell(Kind.NUMBER, text)


def read_styles(root: etree._Element | None) -> Styles:
    """The styles of a workbook; none where it has no part for them."""
    if root is None:
        return Styles((), ())
    codes = {e.get("numFmtId", ""): str(e.get("formatCode", "")) for e in root.iter("{*}numFmt")}
    formats = [str(e.get("numFmtId", "0")) for group in root.iter("{*}cellXfs") for e in group]
    return Styles(
        tuple(_is_date(i, codes.get(i, "")) for i in formats), tuple(_decimals(codes.get(i, "")) for i in formats)
    )


def _is_date(number: str, code: str) -> bool:
    if not code:
        return number.isdigit() and int(number) in _BUILT_IN_DATES
    return _DATE_LETTERS.search(_NO_CODE.sub("", code)) is not None


def _decimals(code: str) -> int:
    found = _EXACT.fullmatch(code)
    return len(found[1]) if found else 0
