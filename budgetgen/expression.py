"""The one language of tags, conditions and rules: Jinja, sandboxed, with Chinese names and Decimal inside.

A printed figure leaves a mark in the text it is printed in (`mark`), which the writer of a file takes out again
(`unmark`): so every figure's place is known, through macros, filters and joins alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, StrictUndefined
from jinja2.exceptions import SecurityError, TemplateRuntimeError, UndefinedError
from jinja2.utils import missing
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from budgetgen.classification import numeral
from budgetgen.figures import PERCENT, YUAN, Blank, Figure, Group, Series, share
from budgetgen.issues import near_miss
from budgetgen.money import WAN_YUAN_PLACES, YUAN_PER_WAN, plain_text, round_half_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# The three marks are control characters that XML forbids, so no value that reaches a file can hold one.
_OPEN, _MIDDLE, _CLOSE = "\x01", "\x02", "\x03"
MARKED = re.compile(f"{_OPEN}(\\d+){_MIDDLE}([^{_CLOSE}]*){_CLOSE}")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")


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


# ---------------------------------------------------------------------------------------------- marks in text


@dataclass(slots=True)
class Ink:
    """What one render prints: the figures and gaps behind the marks, in order."""

    values: list[Figure | Blank] = field(default_factory=list)


_INK: ContextVar[Ink | None] = ContextVar("ink", default=None)


@contextmanager
def inking() -> Iterator[Ink]:
    """While it is open, every printed figure is marked and kept in the `Ink` it yields."""
    ink = Ink()
    token = _INK.set(ink)
    try:
        yield ink
    finally:
        _INK.reset(token)


def mark(value: Figure | Blank, text: str) -> Markup:
    """`text` as the print of `value`: escaped, and marked while a render is inking."""
    ink = _INK.get()
    if ink is None:
        return escape(text)
    ink.values.append(value)
    return Markup(f"{_OPEN}{len(ink.values) - 1}{_MIDDLE}{escape(text)}{_CLOSE}")  # noqa: S704 - escaped just here


def unmark(text: str) -> tuple[str, list[tuple[int, int, int]]]:
    """`text` without its marks, and for each mark (start, end, index into `Ink.values`) in the clean text."""
    if _OPEN not in text:
        return text, []
    out: list[str] = []
    spans: list[tuple[int, int, int]] = []
    at = length = 0
    for found in MARKED.finditer(text):
        before, inner = text[at : found.start()], found[2]
        out += (before, inner)
        length += len(before)
        spans.append((length, length + len(inner), int(found[1])))
        length += len(inner)
        at = found.end()
    out.append(text[at:])
    return "".join(out), spans


def forbidden_characters(text: str) -> list[str]:
    """Characters of `text` that no XML file can hold, as `U+0001`."""
    return sorted({f"U+{ord(c):04X}" for c in _FORBIDDEN.findall(text)})


@dataclass(frozen=True, slots=True)
class InYuan:
    """An amount to be printed in 元: a number in a worksheet's cell, marked text anywhere else."""

    figure: Figure

    def __str__(self) -> str:
        return mark(self.figure, plain_text(round_half_up(self.figure.value, 2), strip_zeros=False))

    __html__ = __str__


def refuse_forbidden(text: str) -> None:
    """TemplateRuntimeError: `text` holds characters that no XML file can hold; they are named."""
    if not text.isprintable() and _FORBIDDEN.search(text):
        shown, named = _FORBIDDEN.sub("\ufffd", text)[:20], "、".join(forbidden_characters(text))
        raise TemplateRuntimeError(f"“{shown}”含有文件不能容纳的字符：{named}")


# ------------------------------------------------------------------------------------------ numbers in prose


def amount_text(value: Figure, *, zeros: bool) -> str:
    """An amount in 万元 with two decimals, nothing as 0; without zeros at the end where `zeros` is false."""
    amount = round_half_up(value.value / YUAN_PER_WAN, WAN_YUAN_PLACES)
    return plain_text(amount, strip_zeros=not zeros or amount.is_zero())


def percent_text(value: Figure, wording: Wording, places: int | None = None) -> str:
    """A per cent value; what would round to nothing gets more decimals, up to four, until it shows."""
    exact, places = value.value, wording.percent_places if places is None else places
    if wording.whole_percent_plain and exact == exact.to_integral_value():
        return plain_text(exact.to_integral_value(), strip_zeros=False)
    while exact and places < 4 and round_half_up(exact, places).is_zero():
        places += 1
    return plain_text(round_half_up(exact, places), strip_zeros=not wording.rounded_percent_zeros)


def figure_text(value: Figure, wording: Wording) -> str:
    """A figure as prose prints it when the template says nothing more."""
    if value.unit == YUAN:
        return amount_text(value, zeros=wording.amount_zeros)
    if value.unit == PERCENT:
        return percent_text(value, wording)
    return plain_text(value.value, strip_zeros=True)


def _filters(wording: Wording) -> dict[str, Callable[..., object]]:
    def printed(text: Callable[[Figure], str]) -> Callable[[object], object]:
        def apply(value: object) -> object:
            if isinstance(value, Figure):
                return mark(value, text(value))
            if isinstance(value, Blank):
                return mark(value, str(value))
            raise SecurityError(f"“{value}”不是数字，不能按数字格式打印")

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


# ---------------------------------------------------------------------------------------------- the sandbox


class Missing(StrictUndefined):
    """An undefined name: stops the render and tells the names that are near."""

    @property
    def is_omitted_else(self) -> bool:
        """Whether it is only what `{{ x if y }}` gives where y is false: nothing."""
        return self._undefined_name is None and self._undefined_obj is missing

    def _fail_with_undefined_error(self, *_: object, **__: object) -> Any:
        raise UndefinedError(self._words())

    __str__ = __iter__ = __len__ = __bool__ = __eq__ = __ne__ = __hash__ = _fail_with_undefined_error
    __call__ = __getitem__ = __add__ = __radd__ = __lt__ = __gt__ = __le__ = __ge__ = _fail_with_undefined_error
    __contains__ = __int__ = __float__ = __sub__ = __mul__ = __truediv__ = _fail_with_undefined_error

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise UndefinedError(self._words())

    def _words(self) -> str:
        owner = self._undefined_obj
        known = owner.names() if isinstance(owner, (Figure, Group)) else ()
        inside = f"“{owner.name}”中" if isinstance(owner, (Figure, Group)) and owner.name else ""
        return f"{inside}没有“{self._undefined_name}”这个名称{near_miss(str(self._undefined_name), known)}"


class Environment(ImmutableSandboxedEnvironment):
    """Jinja with the tree's look-ups: `n.items` is the field `items`, and Python's own attributes are out of reach."""

    MAX_RANGE = 100_000

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, (Figure, Group, Blank)):
            try:
                return obj.lookup(attribute)
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        if isinstance(obj, Series):
            return self.undefined(obj=obj, name=attribute)
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, (Figure, Group, Blank)):
            return self.getattr(obj, str(argument))
        return super().getitem(obj, argument)


def environment(
    wording: Wording | None = None,
    loader: BaseLoader | None = None,
    names: Mapping[str, object] | None = None,
    text: Callable[[str], str] = str,
) -> Environment:
    """A sandboxed environment whose output is XML text: escaped, figures worded as `wording` says and marked.

    `names` are functions and tables that every template sees, beside the figure functions; `text` is applied to each
    plain text that is printed, before it is escaped.
    """
    wording = wording or Wording()

    def finalize(value: object) -> object:
        if isinstance(value, Figure):
            return mark(value, figure_text(value, wording))
        if isinstance(value, Blank):
            return mark(value, str(value))
        if isinstance(value, Decimal):
            return plain_text(value, strip_zeros=False)
        if value is None or (isinstance(value, Missing) and value.is_omitted_else):
            return ""
        if type(value) is not str:
            return value
        refuse_forbidden(value)
        return text(value)

    def join(values: Iterable[object], between: str = "") -> Markup:
        return escape(between).join(escape(finalize(v)) for v in values)

    env = Environment(
        loader=loader, autoescape=True, undefined=Missing, finalize=finalize, keep_trailing_newline=True,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
    )
    env.filters.update(_filters(wording))
    env.filters.update({"补齐": padded, "join": join})
    env.globals.update({"占比": share, "并排": side_by_side})
    env.globals.update(names or {})
    return env


class EmptyRow(Group):
    """A row that only fills a form: every cell of it is empty."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("", {})

    def lookup(self, name: str) -> object:
        return None

    def __bool__(self) -> bool:
        return False


def padded(rows: object, length: int) -> list[object]:
    """补齐: the rows, and empty rows after them up to `length`."""
    items = list(rows)  # type: ignore[call-overload]
    return [*items, *(EmptyRow() for _ in range(length - len(items)))]


def side_by_side(*columns: object) -> list[tuple[object, ...]]:
    """并排: several lists as rows; a list that is shorter goes on with empty rows."""
    lists = [list(c) for c in columns]  # type: ignore[call-overload]
    longest = max((len(c) for c in lists), default=0)
    return list(zip(*(padded(c, longest) for c in lists), strict=True))


# ------------------------------------------------------------------------------------- what people really type

_WIDE = str.maketrans({"（": "(", "）": ")", "，": ",", "：": ":", "【": "[", "】": "]", "　": " ", "｜": "|", "．": ".",
                       "～": "~", "\xa0": " ",
                       "＝": "=", "＋": "+", "－": "-", "＊": "*", "／": "/", "＜": "<", "＞": ">", "！": "!", "％": "%",
                       "“": '"', "”": '"', "‘": "'", "’": "'", "＂": '"', "＇": "'"})  # fmt: skip
QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "”": "”", "’": "’"}
"""Marks that begin a string in a tag, and the mark that ends it."""


def read_as_ascii(code: str) -> str:
    """The inside of a tag with full-width marks as ASCII, except in the strings that it quotes.

    Word processors type `表（“公开01”）`; a string ends at the mark that closes the one it began with.
    """
    out: list[str] = []
    closing, escaped = "", False
    for char in code:
        if escaped:
            escaped = False
            out.append(char)
        elif closing:
            escaped = char == "\\"
            if char == closing:
                closing = ""
                out.append(char.translate(_WIDE))
            else:
                out.append(f"\\{char}" if char in "\"'" else char)
        else:
            closing = QUOTES.get(char, "")
            out.append(char.translate(_WIDE))
    return "".join(out)

