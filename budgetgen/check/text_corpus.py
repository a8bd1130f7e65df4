"""The texts of one unit, laid end to end, and the words and patterns of `config/checks/texts.yaml` that rules look for.

A rule looks through all texts at once; it reads, never mends.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, groupby

from budgetgen.input import raw
from budgetgen.issues import Issue, Level
from budgetgen.layout.settings import WRONG_VALUE, KeyedFile
from budgetgen.model import Accounts, Loaded
from budgetgen.model.accounts import all_values
from budgetgen.model.declarations import TextKind as Kind
from budgetgen.records import record
from budgetgen.resources import config

_AROUND = 8
_LONGEST = 20
_DIGIT = re.compile("[0-9@]")


SENTENCES = frozenset({Kind.REASON, Kind.PROSE})
"""What the unit says of its year, in its own words."""
ALL = frozenset(Kind) - {Kind.SETTING}
_NUMERIC = frozenset[Kind]()


@record
class UnitText:
    """One text of the input: its path, its key, and what it is."""

    path: str
    key: str
    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Found:
    """What a pattern matched in one text; `at` is counted in that text."""

    written: UnitText
    match: re.Match[str]
    at: int

    @property
    def end(self) -> int:
        """Where the match ends in its text."""
        return self.at + len(self.match[0])

    @property
    def excerpt(self) -> str:
        """The match and a few characters around it, as a message quotes them."""
        text, first = self.written.text, max(0, self.at - _AROUND)
        last = min(len(text), min(self.end, self.at + _LONGEST) + _AROUND)
        head, tail = "…" if first else "", "…" if last < len(text) else ""
        return f"“{head}{text[first:last]}{tail}”".replace("\n", " ")


class Corpus:
    """Every text that a unit wrote, in the order of the input."""

    __slots__ = ("_of", "_starts", "joined", "texts")

    def __init__(self, texts: Iterable[UnitText]) -> None:
        self.texts = tuple(texts)
        self.joined = "\n".join(t.text for t in self.texts)
        self._starts = tuple(accumulate((len(t.text) + 1 for t in self.texts), initial=0))
        self._of: dict[frozenset[Kind], Corpus] = {}

    @property
    def numeric(self) -> Corpus:
        """The texts that hold a digit, or an address: what rules on numbers look through."""
        if _NUMERIC not in self._of:
            self._of[_NUMERIC] = Corpus(t for t in self.texts if _DIGIT.search(t.text))
        return self._of[_NUMERIC]

    def _of_kinds(self, kinds: frozenset[Kind]) -> Corpus:
        if kinds not in self._of:
            self._of[kinds] = Corpus(t for t in self.texts if t.kind in kinds)
        return self._of[kinds]

    def at(self, offset: int) -> UnitText:
        """The text that stands at an offset of `joined`."""
        return self.texts[bisect_right(self._starts, offset) - 1]

    def find(self, pattern: Pattern, kinds: frozenset[Kind] = ALL) -> Iterator[Found]:
        """What `pattern`, which never runs over a line's end, matches in texts of these kinds."""
        if kinds != ALL:
            yield from self._of_kinds(kinds).find(pattern)
            return
        for match in pattern.finditer(self.joined):
            index = bisect_right(self._starts, match.start()) - 1
            yield Found(self.texts[index], match, match.start() - self._starts[index])

    def once(self, pattern: Pattern, kinds: frozenset[Kind] = ALL) -> Iterator[Found]:
        """The first match in each text."""
        for _, found in groupby(self.find(pattern, kinds), key=lambda f: f.written.path):
            yield next(found)


_latest: tuple[Accounts | None, Corpus] = (None, Corpus(()))


def corpus(loaded: Loaded) -> Corpus:
    """The texts of `loaded`, gathered once for all rules."""
    global _latest  # noqa: PLW0603 - a memory of one: rules run one after the other on the same unit
    kept, texts = _latest
    if kept is not loaded.accounts:
        texts = Corpus(_gather(loaded.accounts))
        _latest = loaded.accounts, texts
    return texts


def _gather(accounts: Accounts) -> Iterator[UnitText]:
    for held in all_values(accounts):
        kind = held.spec.text
        if kind in ALL and isinstance(held.value, str) and held.value:
            yield UnitText(held.path, held.spec.key, held.value, kind)


def told(rule_id: str, level: Level, found: Found | UnitText, cause: str, mend: str, loaded: Loaded) -> Issue:
    """An issue of the text in which something was found."""
    path = found.path if isinstance(found, UnitText) else found.written.path
    return Issue(rule_id, level, cause, mend, path, loaded.place(path))


_PATTERNS = (
    "占位式样", "说明残留式样", "年份前式样", "年份后式样", "下年后式样", "自称式样", "重字式样", "增加式样", "减少式样",
)  # fmt: skip
_WORDS = (
    "不是地名", "机构后缀", "机构后不算", "常提到的机构", "不是本年数", "金额词", "叠词", "不比方向", "涉密字样",
    "敏感字样", "敏感除外", "空话",
)  # fmt: skip
_LABELLED = ("同名数", "同名占比")
_PARTS = ("说法", "数", "部分", "总数")


class AnyOf:
    """Several patterns that are looked for as one. Each by itself is found faster than all as alternatives: `re` skips to its first character."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """`re.error` where one is no pattern."""
        self._patterns = tuple(re.compile(p, re.MULTILINE) for p in patterns)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """The matches in order; where they overlap, the one that begins first."""
        end = 0
        for match in sorted((m for p in self._patterns for m in p.finditer(text)), key=re.Match.start):
            if match.start() >= end:
                yield match
                end = match.end()

    def search(self, text: str) -> bool:
        """Whether one of them is found in `text`."""
        return any(p.search(text) for p in self._patterns)

    def match(self, text: str) -> bool:
        """Whether `text` begins as one of them says."""
        return any(p.match(text) for p in self._patterns)


Pattern = re.Pattern[str] | AnyOf


@record
class Labelled:
    """Ways of saying what some figures are: names of amounts, or of the part and the whole of a share."""

    sayings: tuple[str, ...]
    names: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    wholes: tuple[str, ...] = ()


@record
class Words:
    """The lists by their name in the file."""

    patterns: Mapping[str, AnyOf]
    lists: Mapping[str, tuple[str, ...]]
    labelled: Mapping[str, tuple[Labelled, ...]]

    def any_of(self, name: str) -> str:
        """The words of a list as a part of a pattern, the longest first."""
        return any_of(self.lists[name])


def any_of(words: Iterable[str]) -> str:
    """Words as alternatives of a pattern, the longest first."""
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))


@cache
def words() -> Words:
    """The file's content, read once per process. Rejected with every fault of it."""
    file = KeyedFile(config("checks", "texts.yaml"), (*_PATTERNS, *_WORDS, *_LABELLED), _PARTS)
    patterns: dict[str, AnyOf] = {}
    lists: dict[str, tuple[str, ...]] = {}
    labelled: dict[str, tuple[Labelled, ...]] = {}
    for entry in file.entries():
        if entry.key in _PATTERNS:
            patterns[entry.key] = _pattern(file, entry)
        elif entry.key in _WORDS:
            lists[entry.key] = _texts(file, entry)
        else:
            labelled[entry.key] = tuple(_labelled(file, node) for node in file.items(entry))
    missing = [k for k in (*_PATTERNS, *_WORDS, *_LABELLED) if not {k} & {*patterns, *lists, *labelled}]
    if missing:
        file.fault(WRONG_VALUE, f"没有写“{'”“'.join(missing)}”。", "补上，没有的写空的列表。")
    file.stop()
    return Words(patterns, lists, labelled)


def _texts(file: KeyedFile, entry: raw.Entry) -> tuple[str, ...]:
    nodes = (entry.value,) if isinstance(entry.value, raw.Scalar) and entry.value.text else file.items(entry)
    return tuple(file.text(raw.Entry(entry.key, node.ref, node)) for node in nodes)


def _pattern(file: KeyedFile, entry: raw.Entry) -> AnyOf:
    return AnyOf(text for text in _texts(file, entry) if _is_pattern(text, file, entry))


def _is_pattern(text: str, file: KeyedFile, entry: raw.Entry) -> bool:
    try:
        re.compile(text, re.MULTILINE)
    except re.error as e:
        file.fault(WRONG_VALUE, f"“{entry.key}”里的“{text}”不是正则表达式（{e}）。", "改过来。", entry.ref)
        return False
    return True


def _labelled(file: KeyedFile, node: raw.Node) -> Labelled:
    found = {e.key: _texts(file, e) for e in file.entries_of(node, _PARTS, "每个说法")}
    return Labelled(*(found.get(part, ()) for part in _PARTS))
