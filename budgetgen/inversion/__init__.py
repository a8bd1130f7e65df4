"""The templates of a kind read backwards: what they print of a sample says what stands where in a published packet."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from budgetgen.classification import LATEST, read_classification
from budgetgen.inversion.filled import filled
from budgetgen.inversion.learned import learn
from budgetgen.inversion.patterns import Learned
from budgetgen.inversion.told import Told, year_of
from budgetgen.inversion.told_sentences import ProseReader
from budgetgen.inversion.told_tables import read_table
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
    told_in = (hear(published, learned) for one in group if (learned := learn(*one)))
    return max(told_in, key=lambda told: (told.weight, -len(told.learned.profile.chain)), default=None)


def hear(published: Published, learned: Learned) -> Told:
    """What a packet states in the words of a 版式; little where it is of another."""
    told = Told(learned, year_of(published))
    codes = read_classification(min(told.year, LATEST))
    for table in published.tables:
        read_table(told, table, codes)
    ProseReader(told, published, codes).read()
    return told


__all__ = ["Learned", "Told", "filled", "hear", "learn", "recognized"]
