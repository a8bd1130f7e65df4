"""Marks that printed figures leave in a text: control characters around them, with the figure's number.

The writer of a file takes them out again: so every figure's place is known, through phrases, filters and joins alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from jinja2.exceptions import TemplateRuntimeError
from markupsafe import Markup, escape

from budgetgen.figures import Blank, Figure
from budgetgen.issues import FORBIDDEN, forbidden_characters
from budgetgen.money import plain_text, round_half_up

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
    return Markup(marked(value, escape(text)))  # noqa: S704 - escaped just here


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


@dataclass(frozen=True, slots=True)
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
