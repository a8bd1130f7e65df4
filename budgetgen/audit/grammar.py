"""The reading grammar: phrases with slots, from `config/reading/*.yaml`, and what they hear in a paragraph."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field
from functools import cache, lru_cache
from typing import Any

import yaml

from budgetgen.input.yaml import LOADER
from budgetgen.inversion.plain import Plain
from budgetgen.records import record
from budgetgen.resources import config

UP, DOWN, LEVEL = 1, -1, 0
_WORDS = {
    "增加": UP, "增长": UP, "上升": UP, "上涨": UP, "提高": UP, "增多": UP, "大于": UP, "高于": UP, "多于": UP, "超过": UP, "超出": UP,
    "减少": DOWN, "降低": DOWN, "下降": DOWN, "下滑": DOWN, "小于": DOWN, "低于": DOWN, "少于": DOWN, "节约": DOWN,
    "等于": LEVEL,
}  # fmt: skip
_SLOT = re.compile(r"\{(?=[^{}]*[一-龥.<])([^{}%#±]+)([%#±]?)\}")
"""A slot names a figure; `{2,40}` counts."""
_MACRO = re.compile("~([一-龥]+)~")
_PATTERNS = {
    "": r"(?P<s{0}>-?(?<![\d.])\d{{1,15}}(?:\.\d{{1,8}})?)(?P<u{0}>万元|元|万|亿元)",
    "%": r"(?P<s{0}>-?\d{{1,9}}(?:\.\d{{1,8}})?)%",
    "#": r"(?P<s{0}>\d{{1,9}}(?:\.\d{{1,8}})?)",
    "±": f"(?P<s{{0}}>{'|'.join(_WORDS)})了?",
}


def sign_of(word: str) -> int:
    """1, −1 or 0 for a word of change."""
    return _WORDS[word]


@record
class Phrase:
    """One phrase: its pattern, its slots (name, kind) in the pattern's order, and where it may be used."""

    source: str
    pattern: re.Pattern[str]
    slots: Sequence[tuple[str, str]]
    section: re.Pattern[str] | None = None
    part: str = ""
    subject: str = ""
    whole: str = ""
    level: bool = False


@record
class Grammar:
    """All phrases, and the names that sentences have for figures.

    `wholes`: what a share names; `of`: what one shares that names nothing (a figure's beginning → the whole); `names`: what is said of a
    subject → the figure under it; `cells`: figures that a table prints under a name of its own; `either`: figures of which one must agree;
    `same`: names heard and printed that are one figure; `rules`: the rules of the rulebook that published statements must keep; `kinds`: the packets that it reads; `misspelt`: words that are
    often written wrong, and `spelt`, where they are none.
    """

    phrases: Sequence[Phrase]
    wholes: Mapping[str, str]
    of: Mapping[str, str]
    names: Mapping[str, str]
    cells: Mapping[str, Sequence[str]]
    either: Mapping[str, Sequence[str]]
    same: Sequence[str]
    rules: Sequence[str]
    kinds: Sequence[str]
    misspelt: Mapping[str, str]
    spelt: Sequence[str]


@record
class Heard:
    """One slot that was filled: its name (`.` first: of the subject), kind, words, unit, and its span in the text."""

    name: str
    kind: str
    text: str
    unit: str
    start: int
    end: int
    groups: Mapping[str, str] = field(default_factory=dict)


@cache
def read_grammar(name: str = "final-accounts") -> Grammar:
    """The grammar of one kind of packet."""
    data = read_way(f"{name}.yaml")
    macros = {word: _spelled(str(pattern), data["词"]) for word, pattern in data["词"].items()}
    phrases = [_phrase(entry, macros) for entry in data["句"]]
    return Grammar(
        phrases,
        data["整体"],
        data["占"],
        data["名"],
        data["表"],
        data["或"],
        data["同名"],
        data["规则"],
        data["材料"],
        data["错字"],
        data["不是错字"],
    )


def read_sample() -> dict[str, Any]:
    """A unit of which every narrative has something to say, last year's amounts and the budgets told as this year's."""
    return read_way("sample.yaml")


def read_way(file: str) -> dict[str, Any]:
    """What a file of `config/reading` says."""
    data: dict[str, Any] = yaml.load(config("reading", file).read_text(encoding="utf-8"), LOADER)  # noqa: S506 - a safe one
    return data


def _spelled(pattern: str, macros: Mapping[str, str]) -> str:
    """A pattern with what its ~words~ stand for."""
    while _MACRO.search(pattern):
        pattern = _MACRO.sub(lambda m: macros[m[1]], pattern)
    return pattern


def _phrase(entry: Mapping[str, Any], macros: Mapping[str, str]) -> Phrase:
    source, slots = str(entry["式"]), []

    def place(found: re.Match[str]) -> str:
        slots.append((found[1], found[2]))
        return _PATTERNS[found[2]].format(len(slots) - 1)

    pattern = re.compile(_SLOT.sub(place, _spelled(source, macros)))
    section = re.compile(entry["节"]) if "节" in entry else None
    return Phrase(
        source,
        pattern,
        slots,
        section,
        entry.get("部分", ""),
        entry.get("主语", ""),
        entry.get("占", ""),
        bool(entry.get("平")),
    )


@lru_cache(maxsize=256)
def _usable(section: str, part: str) -> tuple[Phrase, ...]:
    phrases = read_grammar().phrases
    return tuple(p for p in phrases if p.part in ("", part) and (p.section is None or p.section.search(section)))


def listen(text: Plain, section: str, part: str) -> list[tuple[Phrase, re.Match[str], list[Heard]]]:
    """The phrases of a paragraph from left to right, none over another."""
    usable = _usable(section, part)
    waiting = {n: m for n, p in enumerate(usable) if (m := p.pattern.search(text.text))}
    heard, at = [], 0
    while waiting:
        for n in [n for n, m in waiting.items() if m.start() < at]:
            again = usable[n].pattern.search(text.text, at)
            if again:
                waiting[n] = again
            else:
                del waiting[n]
        if not waiting:
            break
        n = min(waiting, key=lambda k: (waiting[k].start(), k))
        match, phrase = waiting[n], usable[n]
        heard.append((phrase, match, _slots(phrase, match)))
        at = max(match.end(), match.start() + 1)
    return heard


def _slots(phrase: Phrase, match: re.Match[str]) -> list[Heard]:
    groups = {k: v for k, v in match.groupdict().items() if v}
    return [
        Heard(name, kind, match[f"s{n}"], kind or match[f"u{n}"], match.start(f"s{n}"), match.end(f"s{n}"), groups)
        for n, (name, kind) in enumerate(phrase.slots)
        if match[f"s{n}"] is not None
    ]
