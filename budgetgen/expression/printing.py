"""How values are printed: figures worded as prose has them, texts escaped, and every figure marked where it stands.

Marks are control characters around a printed figure, with its number. The writer of a file takes them out again: so every
figure's place is known, through phrases, filters and joins alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from jinja2 import Undefined
from jinja2.exceptions import SecurityError, TemplateRuntimeError
from jinja2.utils import missing
from markupsafe import Markup, escape, soft_str

from budgetgen.classification import numeral
from budgetgen.expression.bounds import check_length, sized, spend, spend_text
from budgetgen.figures import PERCENT, YUAN, Blank, Figure
from budgetgen.issues import FORBIDDEN, forbidden_characters
from budgetgen.money import WAN_YUAN_PLACES, YUAN_PER_WAN, plain_text, round_half_up
from budgetgen.records import record

MAX_PRINTED = 500_000
"""Figures that one render may print."""
_MEMORY = 20_000
"""Figures and texts whose words are kept."""
_LONGEST_KEPT = 200
_CONTAINERS = (list, tuple, dict, set)
_LONGEST_TOLD = 40
_MOST_PLACES = 4
_MOST_NUMERAL = 99
_MAX_PLACES = 10
_WHOLES = (0, 100)
"""Per cents that say “nothing” and “all”: no other may be printed as one of them."""

# The three marks are control characters that XML forbids, so no value that reaches a file can hold one.
_OPEN, _MIDDLE, _CLOSE = "\x01", "\x02", "\x03"
ASIDE = "\x0e"
"""Stands on both sides of the number of something that was laid aside."""
MARKED = re.compile(f"{_OPEN}(\\d+){_MIDDLE}([^{_CLOSE}]*){_CLOSE}")


@dataclass(slots=True)
class Ink:
    """What one render prints: the figures and gaps behind the marks, in order, and what is too large for a text."""

    values: list[Figure | Blank] = field(default_factory=list)
    aside: list[object] = field(default_factory=list)

    def mark(self, value: Figure | Blank, text: str) -> str:
        """`text`, escaped already, as the print of `value`."""
        if len(self.values) >= MAX_PRINTED:
            raise SecurityError(f"模板印的数太多（超过 {MAX_PRINTED} 个）")
        self.values.append(value)
        return f"{_OPEN}{len(self.values) - 1}{_MIDDLE}{text}{_CLOSE}"


_INK: ContextVar[Ink | None] = ContextVar("ink", default=None)


def marked(value: Figure | Blank, text: str) -> str:
    """`text`, escaped already, as the print of `value`; marked while a render is inking."""
    ink = _INK.get()
    return text if ink is None else ink.mark(value, text)


def laid_aside(thing: object) -> Markup:
    """What stands for `thing` in a text until the text is done. ValueError: nothing is being rendered."""
    ink = _INK.get()
    if ink is None:
        raise ValueError("nothing can be laid aside outside a render")
    ink.aside.append(thing)
    return Markup(f"{ASIDE}{len(ink.aside) - 1}{ASIDE}")  # noqa: S704 - a mark of ours


def printed_values() -> list[Figure | Blank]:
    """The figures behind the marks of this render; none outside one."""
    ink = _INK.get()
    return [] if ink is None else ink.values


@contextmanager
def inking() -> Iterator[Ink]:
    """While it is open, every printed figure is marked and kept in the `Ink` it yields.

    Opened again inside, it yields the same: what was filled for one file may be printed in another.
    """
    open_already = _INK.get()
    if open_already is not None:
        yield open_already
        return
    ink = Ink()
    token = _INK.set(ink)
    try:
        yield ink
    finally:
        _INK.reset(token)


def mark(value: Figure | Blank, text: str) -> Markup:
    """`text` as the print of `value`: escaped, and marked while a render is inking."""
    escaped = text if isinstance(value, Figure) else escape(text)  # digits, or words of a gap
    return str.__new__(Markup, marked(value, escaped))


def unmark(text: str) -> tuple[str, list[tuple[int, int, int]]]:
    """`text` without its marks, and for each mark (start, end, index into `Ink.values`) in the clean text."""
    if _OPEN not in text:
        return text, []
    pieces = MARKED.split(text)
    spans: list[tuple[int, int, int]] = []
    at = len(pieces[0])
    for index, inner, after in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        end = at + len(inner)
        spans.append((at, end, int(index)))
        at = end + len(after)
    del pieces[1::3]
    return "".join(pieces), spans


@record
class InYuan:
    """An amount to be printed in 元: a number in a worksheet's cell, marked text anywhere else."""

    figure: Figure

    def __str__(self) -> str:
        return mark(self.figure, plain_text(round_half_up(self.figure.value, 2), strip_zeros=False))

    __html__ = __str__


def refuse_forbidden(text: str) -> None:
    """TemplateRuntimeError: `text` holds characters that no XML file can hold; they are named."""
    if not text.isprintable() and (forbidden := forbidden_characters(text)):
        shown, named = re.sub(FORBIDDEN, "\ufffd", text)[:20], "、".join(forbidden)
        raise TemplateRuntimeError(f"“{shown}”含有文件不能容纳的字符：{named}")


AS_TABLE = "照表"
"""Amounts in tables have the decimals, commas and zeros of the workbook's own number format."""
TABLE_DECIMALS = {"整数": "", "两位": ".00"}
TABLE_THOUSANDS = {"有": "#,##0", "没有": "0"}
TABLE_ZEROS = {"空白": "", "0": "0", "0.00": "0.00"}
"""What 表中小数, 表中千分位 and 表中零 may say, each with its part of a number format."""


@record
class Wording:
    """How a 版式 words numbers in prose and tables; its `说明/设置.j2` sets these by their Chinese names."""

    percent_places: int = 2
    whole_percent_plain: bool = True
    rounded_percent_zeros: bool = True
    amount_zeros: bool = True
    table_decimals: str = AS_TABLE
    table_thousands: str = AS_TABLE
    table_zero: str = AS_TABLE

    @property
    def has_own_formats(self) -> bool:
        """Whether amounts in tables are worded otherwise than their workbook formats them."""
        return {self.table_decimals, self.table_thousands, self.table_zero} != {AS_TABLE}


WORDING_NAMES = {
    "百分比小数": "percent_places",
    "整百分比不带小数": "whole_percent_plain",
    "百分比末尾零": "rounded_percent_zeros",
    "金额末尾零": "amount_zeros",
    "表中小数": "table_decimals",
    "表中千分位": "table_thousands",
    "表中零": "table_zero",
}


TWO, TWO_ALWAYS, WHOLE_PLAIN, STRIPPED = "两位", "零也两位", "整数不带", "去末尾零"
DECIMALS = (TWO, TWO_ALWAYS, WHOLE_PLAIN, STRIPPED)
"""How decimals of an amount in 万元 are written: 28.50 10.00 0; 28.50 10.00 0.00; 28.50 10 0; 28.5 10 0."""


def amount_text(value: Figure, decimals: str = TWO, *, grouped: bool = False) -> str:
    """An amount in 万元, its `decimals` one of DECIMALS; `grouped`: with commas between thousands."""
    amount = round_half_up(value.value / YUAN_PER_WAN, WAN_YUAN_PLACES)
    bare = (
        decimals == STRIPPED
        or (decimals == TWO and amount.is_zero())
        or (decimals == WHOLE_PLAIN and amount == amount.to_integral_value())
    )
    text = plain_text(amount, strip_zeros=bare)
    whole, point, rest = text.partition(".")
    return f"{int(whole):,}{point}{rest}" if grouped and abs(amount) >= 1 else text


def percent_text(value: Figure, wording: Wording, places: int | None = None) -> str:
    """A per cent value; what would round to 0 or to 100 but is neither gets more decimals, up to four, until it shows.

    What does not show at four decimals either is worded with the usual ones.
    """
    exact, places = value.value, wording.percent_places if places is None else places
    if wording.whole_percent_plain and exact == exact.to_integral_value():
        return plain_text(exact.to_integral_value(), strip_zeros=False)
    rounded = round_half_up(exact, places)
    if rounded in _WHOLES and rounded != exact:
        finer = (round_half_up(exact, p) for p in range(places + 1, _MOST_PLACES + 1))
        rounded = next((r for r in finer if r not in _WHOLES), rounded)
    return plain_text(rounded, strip_zeros=not wording.rounded_percent_zeros)


def figure_text(value: Figure, wording: Wording) -> str:
    """A figure as prose prints it when the template says nothing more."""
    if value.unit == YUAN:
        return amount_text(value, TWO if wording.amount_zeros else STRIPPED)
    if value.unit == PERCENT:
        return percent_text(value, wording)
    return plain_text(value.value, strip_zeros=True)


def _in_numerals(value: object) -> str:
    if not isinstance(value, int) or not 0 <= value <= _MOST_NUMERAL:
        raise TemplateRuntimeError(f"中文数字用于 0 到 {_MOST_NUMERAL} 的整数")
    return numeral(value)


def number_filters(wording: Wording) -> dict[str, Callable[..., object]]:
    """The filters that print numbers: 万元, 万元简, 元, 百分比, 中文数字."""

    def printed(text: Callable[[Figure], str]) -> Callable[[object], object]:
        def apply(value: object) -> object:
            if isinstance(value, Figure):
                return mark(value, text(value))
            if isinstance(value, Blank):
                return mark(value, str(value))
            shown = "一组数据" if isinstance(value, _CONTAINERS) else f"“{str(value)[:_LONGEST_TOLD]}”"
            raise TemplateRuntimeError(f"{shown}不是数字，不能按数字格式打印")

        return apply

    def percent(value: object, places: int | None = None) -> object:
        if places is not None and not (isinstance(places, int) and 0 <= places <= _MAX_PLACES):
            raise TemplateRuntimeError(f"百分比的小数位数是 0 到 {_MAX_PLACES}")
        return printed(lambda f: percent_text(f, wording, places))(value)

    def in_yuan(value: object) -> object:
        return InYuan(value) if isinstance(value, Figure) else printed(str)(value)

    def in_wan_yuan(value: object, decimals: object = TWO, grouped: bool = False) -> object:  # noqa: FBT001, FBT002 - a template's arguments
        style = decimals if isinstance(decimals, str) else STRIPPED if decimals else TWO
        if style not in DECIMALS:
            raise TemplateRuntimeError(f"万元的小数写“{'”“'.join(DECIMALS)}”之一，不是“{style[:_LONGEST_TOLD]}”")
        return printed(lambda f: amount_text(f, style, grouped=grouped))(value)

    return {
        "万元": in_wan_yuan,
        "万元简": lambda value: in_wan_yuan(value, STRIPPED),
        "中文数字": _in_numerals,
        "元": in_yuan,
        "百分比": percent,
    }


class Printer:
    """What outputs print: figures worded as `wording` says and marked, plain texts through `text`."""

    def __init__(self, wording: Wording, text: Callable[[str], str]) -> None:
        self._wording, self._text = wording, text
        self._worded: dict[tuple[Decimal, str], str] = {}
        self._shown: dict[str, str] = {}

    def finalize(self, value: object) -> object:
        """A value as it is printed, not yet escaped unless it is markup."""
        if isinstance(value, Figure):
            return mark(value, figure_text(value, self._wording))
        if isinstance(value, Blank):
            return mark(value, str(value))
        if isinstance(value, Decimal):
            return plain_text(value, strip_zeros=False)
        if value is None or (isinstance(value, Undefined) and is_omitted_else(value)):
            return ""
        if isinstance(value, _CONTAINERS):
            raise TemplateRuntimeError("是一组数据，不是一个数，不能直接打印")
        if type(value) is not str:
            return value
        refuse_forbidden(value)
        return self._text(value)

    def show(self, value: Any) -> str:
        """A value as it is printed, escaped."""
        kind = type(value)
        if kind is Figure:
            return self._figure(value)
        if kind is Markup:
            return str.__str__(value)
        if kind is not str:
            return spend_text(escape(self.finalize(value)))
        shown = self._shown.get(value)
        if shown is None:
            shown = spend_text(str(escape(self.finalize(value))))
            _keep(self._shown, value, shown)
        return shown

    def joined(self, *values: object) -> Any:
        """What `~` makes: each side as it is printed; escaped where one of them is."""
        pieces = [v if type(v) is str or type(v) is Markup else self._side(v) for v in values]
        check_length(sum(map(len, pieces)))
        if Markup in map(type, pieces):
            return sized(Markup("".join([p if type(p) is Markup else escape(p) for p in pieces])))  # noqa: S704 - escaped
        return sized("".join(pieces))

    def _side(self, value: object) -> str:
        if isinstance(value, (Figure, Blank, Decimal)):
            return Markup(self.show(value))  # noqa: S704 - escaped
        return soft_str(self.finalize(value) if isinstance(value, _CONTAINERS) else value)

    def _figure(self, value: Figure) -> str:
        key = (value.value, value.unit)
        printed = self._worded.get(key)
        if printed is None:
            printed = figure_text(value, self._wording)  # digits: nothing in them is to be escaped
            _keep(self._worded, key, printed)
        return marked(value, printed)

    def join(self, values: Iterable[object], between: str = "") -> Markup:
        """The filter `join`: each value as it is printed."""
        pieces, length, comma = [], 0, self.show(between)
        for value in values:
            spend(1)
            pieces.append(self.show(value))
            length += len(pieces[-1]) + len(comma)
            check_length(length)
        return Markup(comma.join(pieces))  # noqa: S704 - escaped


def _keep(known: dict[Any, str], key: object, text: str) -> None:
    """Texts that come again and again are worked out once."""
    if len(known) >= _MEMORY:
        known.clear()
    if len(text) <= _LONGEST_KEPT:
        known[key] = text


def is_omitted_else(value: Undefined) -> bool:
    """Whether it is only what `{{ x if y }}` gives where y is false: nothing."""
    return value._undefined_name is None and value._undefined_obj is missing  # noqa: SLF001 - Jinja has no other word for it
