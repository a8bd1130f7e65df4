"""The reading grammar: phrases with slots, from `config/reading/*.yaml`, and what they hear in a paragraph."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from budgetgen.resources import config

UP, DOWN, LEVEL = 1, -1, 0
_WORDS = {
    "增加": UP, "增长": UP, "上升": UP, "大于": UP, "高于": UP,
    "减少": DOWN, "降低": DOWN, "下降": DOWN, "小于": DOWN, "低于": DOWN, "等于": LEVEL,
}  # fmt: skip
_SLOT = re.compile(r"\{([^{}%#±\d,]*)([%#±]?)\}")
_PATTERNS = {
    "": r"(-?(?<![\d.])\d{1,15}(?:\.\d{1,8})?)(万元|元|万)",
    "%": r"(-?\d{1,9}(?:\.\d{1,8})?)%",
    "#": r"(\d{1,9}(?:\.\d{1,8})?)",
    "±": f"({'|'.join(_WORDS)})了?",
}
_FULL = str.maketrans({"(": "（", ")": "）", ":": "：", ";": "；", "％": "%", "﹪": "%"})
_DROPPED = frozenset("“”\"‘’'")


def sign_of(word: str) -> int:
    """1, −1 or 0 for a word of change."""
    return _WORDS[word]


@dataclass(frozen=True)
class Plain:
    """A text for matching, without blanks and quotation marks, and where each character stands in the original."""

    text: str
    index: Sequence[int]
    original: str

    def quote(self, start: int, end: int, room: int = 22) -> str:
        """The words around [start, end), word for word, to the ends of their clause at most."""
        low = max(start - room, 0)
        for n in range(start - 1, low - 1, -1):
            if self.text[n] in "。；":
                low = n + 1
                break
        high = min(end + 8, len(self.text))
        first = self.index[low]
        last = self.index[high - 1] + 1
        return self.original[first:last].strip()


def plain(text: str) -> Plain:
    """Blanks and quotation marks dropped, marks full-width, commas out of numbers."""
    kept: list[str] = []
    index: list[int] = []
    for n, character in enumerate(text):
        if character.isspace() or character in _DROPPED or character in "\u200b\ufeff":
            continue
        if character in ",，" and re.match(r"\d{3}(?!\d)", text[n + 1 : n + 5].strip()) and kept and kept[-1].isdigit():
            continue
        kept.append("，" if character == "," else character.translate(_FULL))
        index.append(n)
    return Plain("".join(kept), index, text)


@dataclass(frozen=True)
class Phrase:
    """One phrase: its pattern, its slots in the pattern's order (name, kind, group), and where it may be used."""

    pattern: re.Pattern[str]
    slots: Sequence[tuple[str, str, int]]
    section: str = ""
    part: str = ""
    subject: str = ""
    total: bool = False
    level: bool = False


@dataclass(frozen=True)
class Grammar:
    """All phrases, the wholes that shares name, and the cells that print a figure of a sentence."""

    phrases: Sequence[Phrase]
    wholes: Mapping[str, str]
    cells: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Heard:
    """One slot that was filled: its name (`.` first: of the subject), kind, words, unit, and its span in the text."""

    name: str
    kind: str
    text: str
    unit: str
    start: int
    end: int
    phrase: Phrase
    groups: Mapping[str, str] = field(default_factory=dict)


@cache
def read_grammar(name: str = "final-accounts") -> Grammar:
    """The grammar of one kind of packet."""
    data: dict[str, Any] = yaml.safe_load(config("reading", f"{name}.yaml").read_text(encoding="utf-8"))
    return Grammar([_phrase(entry) for entry in data["句"]], data["整体"], data["表"])


def _phrase(entry: Mapping[str, Any]) -> Phrase:
    source, slots, parts, at, groups = str(entry["式"]), [], [], 0, 0
    for found in _SLOT.finditer(source):
        before = source[at : found.start()]
        groups += re.compile(_balanced(before)).groups if before else 0
        slots.append((found[1], found[2], groups + 1))
        groups += 2 if not found[2] else 1
        parts += [before, _PATTERNS[found[2]]]
        at = found.end()
    pattern = re.compile("".join(parts) + source[at:])
    return Phrase(
        pattern,
        slots,
        entry.get("节", ""),
        entry.get("部分", ""),
        entry.get("主语", ""),
        bool(entry.get("总")),
        bool(entry.get("平")),
    )


def _balanced(piece: str) -> str:
    """A piece of a pattern that may end inside a group, made whole so that its groups can be counted."""
    return "".join("()" for _ in re.findall(r"(?<!\\)\((?:\?P<|(?!\?))", piece))


def listen(text: Plain, section: str, part: str) -> list[tuple[Phrase, re.Match[str], list[Heard]]]:
    """The phrases of a paragraph from left to right, none over another."""
    usable = [p for p in read_grammar().phrases if p.section in section and p.part in ("", part)]
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
        groups = {k: v for k, v in match.groupdict().items() if v}
        slots = [
            Heard(name, kind, match[g], kind or match[g + 1], match.start(g), match.end(g), phrase, groups)
            for name, kind, g in phrase.slots
            if match[g] is not None
        ]
        heard.append((phrase, match, slots))
        at = max(match.end(), match.start() + 1)
    return heard
