"""The templates of a kind read backwards: what they print of a sample says what stands where in a published packet."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from functools import lru_cache

from budgetgen.classification import LATEST, read_classification
from budgetgen.inversion.filled import filled
from budgetgen.inversion.learned import filled_samples, learn, learn_wording
from budgetgen.inversion.patterns import Learned
from budgetgen.inversion.told import Told, year_of
from budgetgen.inversion.told_sentences import ProseReader
from budgetgen.inversion.told_tables import read_table
from budgetgen.inversion.worded import best_wording, printed_wording, values_of
from budgetgen.issues import Rejected
from budgetgen.layout import XLSX, Kind, Profile, Shelf, kinds, profile_names, read_profile
from budgetgen.published.document import Published

_LEAST = 20
"""A packet of which less is understood is of another kind."""


def recognized(published: Published, places: Sequence[Shelf], profile: str = "") -> Told | None:
    """What a packet states, in the words of the kind and 版式 that understand most of it; None where none does.

    Only kinds that have a sample are looked at: first which workbook has such tables, then which 版式 with that workbook
    has such sentences. `profile` names the 版式 in place of all.
    """
    alike: dict[tuple[str, ...], list[tuple[Kind, Profile]]] = {}
    for kind in kinds(places):
        for name in (profile,) if profile else profile_names(places):
            with suppress(Rejected):
                made = read_profile(name, places, kind)
                books = (str(made.template(file)) for file in kind.of(XLSX))
                alike.setdefault((kind.name, *books), []).append((kind, made))
    best: Told | None = None
    group: list[tuple[Kind, Profile]] = []
    for several in alike.values():
        learned = learn(*several[0], tables_only=True)
        told = hear(published, learned) if learned else None
        if told is not None and told.tables and told.weight > max(_LEAST, best.weight if best else 0):
            best, group = told, several
    profiles = sorted((made for _, made in group), key=lambda made: len(made.chain))
    if any(made.open_settings for made in profiles):
        return _in_its_words(group[0][0], published, profiles)
    told_in = (hear(published, learned) for one in group if (learned := learn(*one)))
    return max(told_in, key=lambda told: (told.weight, -len(told.learned.profile.chain)), default=None)


def _in_its_words(kind: Kind, published: Published, profiles: Sequence[Profile]) -> Told:
    """What a packet tells in the 版式 among `profiles` that is most like it, in the words that the unit chose.

    It is read again in the words that the last reading showed, until these stay.
    """
    learned = _widened(kind, profiles[0])
    told = hear(published, learned)
    profile, wording = profiles[0], told.wording
    for _ in range(_MOST_READINGS):
        before = profile, wording
        profile, wording = best_wording(told, published, profiles, wording)
        profiles = [profile]  # a second reading knows more facts, no other words
        if (profile, wording) == before:
            break
        learned = deepcopy(learned)
        learned.profile, learned.model = profile, profile.model
        learn_wording(learned, replace(profile, chosen=values_of(profile, wording)))
        told = hear(published, learned)
    told.wording = wording
    return told


@lru_cache(maxsize=32)
def _widened(kind: Kind, profile: Profile) -> Learned:
    """What is learned of a 版式, and every choice of wording said once."""
    learned = deepcopy(learn(kind, profile))
    assert learned is not None
    for number in range(_VARIANTS):
        chosen = (
            (one.name, one.choices[_choice(number, place, len(one.choices))][1])
            for place, one in enumerate(profile.open_settings)
        )
        learn_wording(learned, replace(profile, chosen=tuple(chosen)))
    return learned


_VARIANTS = 4


def _choice(number: int, place: int, count: int) -> int:
    """Which of a setting's choices the variant `number` has: of neighbours with two choices all pairs come, of others each choice."""
    if count == 2:  # noqa: PLR2004 - yes or no
        return (number & 1, number >> 1, (number ^ number >> 1) & 1)[place % 3]
    return (number + place) % count


_MOST_READINGS = 3
"""So often is a packet read again in the words that the last reading showed."""


def whole_wording(told: Told, published: Published) -> Told:
    """The same with what the document words otherwise outside of its narratives too."""
    if told.learned.profile.open_settings:
        told.wording = {**told.wording, **printed_wording(told, published, told.wording)}
    return told


def hear(published: Published, learned: Learned) -> Told:
    """What a packet states in the words of a 版式; little where it is of another."""
    told = Told(learned, year_of(published))
    codes = read_classification(min(told.year, LATEST))
    for table in published.tables:
        read_table(told, table, codes)
    ProseReader(told, published, codes).read()
    return told


__all__ = ["Learned", "Told", "filled", "filled_samples", "hear", "learn", "recognized", "whole_wording"]
