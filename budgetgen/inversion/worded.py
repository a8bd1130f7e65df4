"""How a published packet words what its 版式 leaves open: the choices with which its own figures read most like it.

What a packet tells is printed again with one choice after another, and held against what it says. A narrative is told
again only where a setting that it asked for changes; what stands outside of narratives is seen in the whole packet.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from markupsafe import Markup

from budgetgen.classification import LATEST, read_classification
from budgetgen.compute import Computed, compute
from budgetgen.expression import WORDING_NAMES
from budgetgen.figures import Group
from budgetgen.inversion.filled import filled
from budgetgen.inversion.told import Told
from budgetgen.issues import Rejected
from budgetgen.layout import DOCX, SECTION_SUFFIX, XLSX, Kind, Profile
from budgetgen.model.extra_fields import OpenSetting, fitted
from budgetgen.packet.narratives import Narratives, Phrases, with_chosen
from budgetgen.packet.profile_check import placed_narratives
from budgetgen.packet.render import PacketRenderer
from budgetgen.published.document import Published
from budgetgen.template import TemplateError
from budgetgen.verify import read_paragraphs

Wording = Mapping[str, str]
"""Names of open settings → the words that are chosen; what is not named is as the 版式 has it."""
_MOST_PASSES = 3
_PIECE = 2
"""What a piece of text weighs beside its characters."""
_OF_TABLES = "表中"


def best_wording(
    told: Told, published: Published, profiles: Sequence[Profile], begun: Wording
) -> tuple[Profile, Wording]:
    """The 版式 among `profiles` that reads most like a packet, and what its narratives word otherwise than that.

    `begun` is the wording to begin with.
    """
    likeness = _Likeness(published)
    searches = [_Search(profile, told, published.name, likeness) for profile in profiles]
    found = [(search, search.in_narratives(begun)) for search in searches]
    best, wording = max(found, key=lambda one: (one[0].narrated(one[1]), one[0].printed(one[1]), -len(one[1])))
    return best.profile, wording


def printed_wording(told: Told, published: Published, wording: Wording) -> Wording:
    """What the document words otherwise outside of narratives, beside their `wording`."""
    return _Search(told.learned.profile, told, published.name, _Likeness(published)).elsewhere(wording)


class _Likeness:
    """How much texts are like a published packet's: words and marks side by side, clauses, sentences."""

    def __init__(self, published: Published) -> None:
        cells = (c.text for t in published.tables for row in t.rows for c in row if c.own)
        self._wanted = _counted((*(p.text for p in published.paragraphs), *cells))

    def score(self, lines: Iterable[str]) -> int:
        """What is there too, by its length, less how much is not: other words of another length weigh the same."""
        alike = 0
        for piece, n in _counted(lines).items():
            there = min(n, self._wanted[piece])
            alike += (len(piece) + _PIECE) * there - _PIECE * (n - there)
        return alike


class _Search:
    """A 版式 and what may be chosen in it, for one unit's figures."""

    def __init__(self, profile: Profile, told: Told, file: str, likeness: _Likeness) -> None:
        self.profile, self._kind, self._likeness = profile, told.learned.kind, likeness
        accounts = fitted(filled(told, file).accounts, profile.model)
        self._computed = compute(accounts, read_classification(min(told.year, LATEST)))
        self._telling = Telling(profile, self._kind, self._computed)
        self.narrated({})  # tells which settings narratives ask for

    def in_narratives(self, chosen: Wording) -> Wording:
        """What reads better than the 版式's own, setting by setting, until nothing does."""
        several = [one for one in self.profile.open_settings if self._telling.asks_for(one.name)]
        for _ in range(_MOST_PASSES):
            before = chosen
            chosen = self._better(several, chosen, self.narrated)
            if chosen == before:
                break
        return chosen

    def elsewhere(self, wording: Wording) -> Wording:
        """As `in_narratives`, of the settings that these do not ask for."""
        several = [one for one in self.profile.open_settings if not self._telling.asks_for(one.name)]
        of_tables = [one for one in several if one.name in WORDING_NAMES]
        others = [one for one in several if one not in of_tables]
        found = self._better(others, {}, lambda chosen: self.printed({**wording, **chosen}))
        return {**found, **self._better(of_tables, {}, self._tabled)}

    def _better(self, several: Sequence[OpenSetting], chosen: Wording, score: Callable[[Wording], int]) -> Wording:
        """Each setting with the choice that scores best, the others as they are; what the 版式 has itself is not named."""
        best = score(chosen)
        for one in several:
            own = _usual(one, self._telling.settings)
            for word, _ in one.choices:
                trial = {**chosen, one.name: word}
                trial = {name: word for name, word in trial.items() if (name, word) != (one.name, own)}
                if trial != chosen and (found := score(trial)) > best:
                    chosen, best = trial, found
        return chosen

    def narrated(self, wording: Wording) -> int:
        """How much the narratives are like the packet."""
        lines = self._telling.lines(wording)
        return self._likeness.score(line for section in lines.values() for line in section)

    def printed(self, wording: Wording) -> int:
        """How much the whole document is; 0 where it can't be made."""
        settings = with_chosen(self._telling.settings, values_of(self.profile, wording))
        with suppress(Rejected, TemplateError):
            packet = self._telling.renderer.render(self._computed, settings=Group("设置", settings))
            texts = (r.data for f, r in packet.files.items() if f.suffix == DOCX)
            return self._likeness.score(line for data in texts for line in read_paragraphs(data) if line)
        return 0

    def _tabled(self, wording: Wording) -> int:
        """How much the amounts in tables are; 0 where these can't be made."""
        with suppress(Rejected, TemplateError):
            made = PacketRenderer(replace(self.profile, chosen=values_of(self.profile, wording)), self._kind)
            books = made.render(self._computed, suffix=XLSX).files.values()
            return self._likeness.score(one.text for book in books for one in book.printed)
        return 0


class Telling:
    """The narratives that a 版式's documents place, told of one unit's figures in any wording."""

    def __init__(self, profile: Profile, kind: Kind, computed: Computed) -> None:
        self.renderer = PacketRenderer(profile, kind)
        self._profile, self._names = profile, self.renderer.names(computed)
        self._usual = self.renderer.narratives
        self.settings = {name: self._usual.settings[name] for name in self._usual.settings.names()}
        placed = placed_narratives(profile)
        self._sections = [name for name in self._usual.sections() if f"{name}{SECTION_SUFFIX}" in placed]
        self._worded: dict[tuple[tuple[str, str], ...], Narratives] = {}
        self._known: dict[tuple[object, ...], list[str]] = {}
        self._asked: dict[str, frozenset[str]] = {}

    def asks_for(self, setting: str) -> bool:
        """Whether a narrative that was told asked for a setting, or prints numbers as it says."""
        top = setting.partition(".")[0]
        if top in WORDING_NAMES:
            return not top.startswith(_OF_TABLES)
        return any(top in asked for asked in self._asked.values())

    def lines(self, wording: Wording) -> Mapping[str, Sequence[str]]:
        """The paragraphs of each narrative; none of one that can't be told."""
        chosen = values_of(self._profile, wording)
        settings = with_chosen(self.settings, chosen)
        of_numbers = tuple(one for one in chosen if one[0] in WORDING_NAMES)
        if of_numbers not in self._worded:
            self._worded[of_numbers] = self._usual.worded(of_numbers) if of_numbers else self._usual
        narratives = self._worded[of_numbers]
        return {name: self._told(name, narratives, settings, of_numbers) for name in self._sections}

    def _told(
        self, name: str, narratives: Narratives, settings: Mapping[str, object], of_numbers: tuple[object, ...]
    ) -> list[str]:
        asked = self._asked.get(name, frozenset())
        key = (name, of_numbers, *((n, str(settings.get(n))) for n in sorted(asked)))
        if name not in self._asked or key not in self._known:
            watched = _Watched(settings)
            lines: list[str] = []
            with suppress(Rejected, TemplateError):
                phrases = Phrases(narratives.env, {**self._names, "设置": watched})
                lines = [str(Markup(text).unescape()) for _, text in narratives.told(name, phrases)]  # noqa: S704 - to be unescaped
            asked = self._asked[name] = asked | watched.asked
            key = (name, of_numbers, *((n, str(settings.get(n))) for n in sorted(asked)))
            self._known[key] = lines
        return self._known[key]


class _Watched(Group):
    """Settings that tell which of them were asked for."""

    __slots__ = ("asked",)

    def __init__(self, settings: Mapping[str, object]) -> None:
        super().__init__("设置", settings)
        self.asked: set[str] = set()

    def lookup(self, name: str) -> object:
        """As of any group."""
        self.asked.add(name)
        return super().lookup(name)


def values_of(profile: Profile, wording: Wording) -> tuple[tuple[str, str], ...]:
    """The settings with the values that the chosen words stand for."""
    return tuple(
        (one.name, dict(one.choices)[wording[one.name]]) for one in profile.open_settings if one.name in wording
    )


def _usual(one: OpenSetting, settings: dict[str, object]) -> str:
    """The word that a setting has in the 版式; blank where it has none of the choices."""
    found = (word for word, value in one.choices if with_chosen(settings, [(one.name, value)]) == settings)
    return next(found, "")


_TOKEN = re.compile(r"\d+|[一-龥]+|\S")
_CLAUSE = re.compile("[^，。；：]+[，。；：]?")
_WIDE = str.maketrans({"(": "（", ")": "）", ":": "：", ";": "；", "．": ".", '"': "“"})


def _counted(lines: Iterable[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in lines:
        found.update(_split(line))
    return found


@lru_cache(maxsize=20000)
def _split(line: str) -> tuple[str, ...]:
    """Pairs of words and marks, clauses with their mark, sentences."""
    text = re.sub(r"(?<!\d),|,(?!\d{3})", "，", re.sub(r"\s", "", line)).translate(_WIDE)
    tokens = ["", *_TOKEN.findall(text), ""]
    pairs = (f"{a}|{b}" for a, b in pairwise(tokens))
    return (*pairs, *_CLAUSE.findall(text), *(f"{s}。" for s in text.split("。") if s))
