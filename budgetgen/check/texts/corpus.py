"""The texts of one unit, laid end to end: a rule looks through all of them at once."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, groupby

from budgetgen.issues import Issue, Level
from budgetgen.model import Accounts, Loaded
from budgetgen.model.declarations import TextKind as Kind
from budgetgen.model.walk import values_in

_AROUND = 8
_LONGEST = 20
_DIGIT = re.compile("[0-9]")


SENTENCES = frozenset({Kind.REASON, Kind.PROSE})
"""What the unit says of its year, in its own words."""
ALL = frozenset(Kind) - {Kind.SETTING}


@dataclass(frozen=True, slots=True)
class Written:
    """One text of the input: its path, its key, and what it is."""

    path: str
    key: str
    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Found:
    """What a pattern matched in one text; `at` is counted in that text."""

    written: Written
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

    __slots__ = ("_numeric", "_starts", "joined", "texts")

    def __init__(self, texts: Iterable[Written]) -> None:
        self.texts = tuple(texts)
        self.joined = "\n".join(t.text for t in self.texts)
        self._starts = tuple(accumulate((len(t.text) + 1 for t in self.texts), initial=0))
        self._numeric: Corpus | None = None

    @property
    def numeric(self) -> Corpus:
        """The texts that hold a digit: what rules on numbers look through."""
        if self._numeric is None:
            self._numeric = Corpus(t for t in self.texts if _DIGIT.search(t.text))
        return self._numeric

    def find(self, pattern: re.Pattern[str], kinds: frozenset[Kind] = ALL) -> Iterator[Found]:
        """What `pattern`, which never runs over a line's end, matches in texts of these kinds."""
        for match in pattern.finditer(self.joined):
            index = bisect_right(self._starts, match.start()) - 1
            if self.texts[index].kind in kinds:
                yield Found(self.texts[index], match, match.start() - self._starts[index])

    def once(self, pattern: re.Pattern[str], kinds: frozenset[Kind] = ALL) -> Iterator[Found]:
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


def _gather(accounts: Accounts) -> Iterator[Written]:
    for held in values_in(accounts):
        kind = held.spec.text
        if kind in ALL and isinstance(held.value, str) and held.value:
            yield Written(held.path, held.spec.key, held.value, kind)


def told(rule_id: str, level: Level, found: Found | Written, cause: str, mend: str, loaded: Loaded) -> Issue:
    """An issue of the text in which something was found."""
    path = found.path if isinstance(found, Written) else found.written.path
    return Issue(rule_id, level, cause, mend, path, loaded.place(path))
