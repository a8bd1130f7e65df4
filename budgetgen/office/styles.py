"""What a number format says of a value: that it is a date, and how many decimals were meant to be seen."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from budgetgen.office.cells import Cell, Kind

_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_NO_CODE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DATE_LETTERS = re.compile(r"[ymdhs]|年|月|日", re.IGNORECASE)
_EXACT = re.compile(r"#,##0\.(0{3,8})")


@dataclass(frozen=True, slots=True)
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
