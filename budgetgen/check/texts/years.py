"""TEXT-003: a year that is not the packet's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from budgetgen.check.rules import rule
from budgetgen.check.texts.corpus import SENTENCES, Found, Kind, corpus, told
from budgetgen.check.texts.words import words
from budgetgen.compute import Computed
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded

_YEAR = re.compile(
    r"(?<![0-9〔\[（(—–~～至到-])(20[0-9]{2})[ 　]?年(?![0-9]?号)|二[〇○零]([〇○零一二三四五六七八九]{2})年"
)
_DIGITS = {**{d: str(n) for n, d in enumerate("〇一二三四五六七八九")}, "○": "0", "零": "0"}
_OPENING, _CLOSING = "《“", "》”"
_BEFORE, _BEHIND = 12, 20
_QUOTED = 200
"""How far before a year its quotation may open."""


@rule("TEXT-003", "文字中的年份是本年度", "沿用上年文字时，年份应改为本年度")
def years_are_the_packets(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """Another year where the text tells of this one. Titles, quotations and names that carry a year keep it."""
    own, texts, told_paths = loaded.accounts.year, corpus(loaded), set()
    named = [t.text for t in texts.texts if t.kind is Kind.NAME and "年" in t.text]
    for found in texts.find(_YEAR, SENTENCES):
        year = _year(found.match)
        if year == own or found.written.path in told_paths or _fits(found, year > own) or _in_name(found, named):
            continue
        told_paths.add(found.written.path)
        level = (
            Level.WARNING if year >= own - 1 or found.written.text[found.end : found.end + 1] == "度" else Level.NOTE
        )
        cause = f"{found.excerpt}写的是 {year} 年，本套材料是 {own} 年度。"
        yield told("TEXT-003", level, found, cause, f"核对是不是沿用了别的年份的文字，是就改成 {own} 年。", loaded)


def _year(match: re.Match[str]) -> int:
    return int(match[1]) if match[1] else 2000 + int("".join(_DIGITS[c] for c in match[2]))


def _fits(found: Found, coming: bool) -> bool:  # noqa: FBT001 - one fact of the year that is looked at
    """Whether the year may be another: quoted, compared with, a starting point, or one that is planned for."""
    text, patterns = found.written.text, words().patterns
    before, behind = text[max(0, found.at - _BEFORE) : found.at], text[found.end : found.end + _BEHIND]
    first = max(0, found.at - _QUOTED)
    quoted = any(
        text.rfind(o, first, found.at) > text.rfind(c, first, found.at) for o, c in zip(_OPENING, _CLOSING, strict=True)
    )
    return bool(
        quoted
        or patterns["年份前式样"].search(before)
        or patterns["年份后式样"].match(behind)
        or (coming and patterns["下年后式样"].match(behind))
    )


def _in_name(found: Found, named: list[str]) -> bool:
    """Whether the year is part of a name (a project's) that the input gives."""
    text = found.written.text
    return any(text.find(name, max(0, found.end - len(name)), found.at + len(name)) >= 0 for name in named)
