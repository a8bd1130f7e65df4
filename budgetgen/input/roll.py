"""Last year's accounts → the input of the year after, as each field's declaration says: kept, taken from this year, asked anew.

A text that told last year's story is no text of this year's: it travels beside the accounts, as a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from budgetgen.figures import Figure
from budgetgen.model import Accounts, Amount, Declared, child_path, entry_path, item_path
from budgetgen.model.accounts import value_at, values_in
from budgetgen.model.declarations import (
    Choice,
    FieldSpec,
    Lines,
    ListOf,
    Money,
    NextYear,
    Score,
    Section,
    Shape,
    TableOf,
    Takes,
    Whole,
    fields_of,
)
from budgetgen.model.performance import ROW_FIGURES
from budgetgen.money import ZERO
from budgetgen.records import record

_Part = TypeVar("_Part", bound=Declared)
_YEAR = re.compile(r"20[0-9]{2}")


@record
class Rolled:
    """Next year's accounts, and what a file of them must say besides.

    `notes`: path → last year's text. Never counted as given: a writer puts each beside its path as a comment or a
    cell's note. `pending`: paths of what was given last year and must be given anew, to be written as 【待填写】 (a
    stand-in of 0 or nothing holds their place in `accounts`).
    """

    accounts: Accounts
    notes: Mapping[str, str] = field(default_factory=dict)
    pending: tuple[str, ...] = ()


def next_year(accounts: Accounts, figures: Mapping[str, Figure]) -> Rolled:
    """The input of the year after `accounts`, whose computed `figures` become its 上年."""
    told = accounts.lines or accounts.unit.names_inputs  # without them the totals are those of nothing
    roller = _Roller(figures, totals=bool(told))
    rolled = roller.part(accounts, "", ())
    return Rolled(rolled.replaced(year=accounts.year + 1), roller.notes, tuple(roller.pending))


@dataclass
class _Roller:
    """Rolls one unit's accounts, and gathers what they said."""

    figures: Mapping[str, Figure]
    totals: bool = True
    notes: dict[str, str] = field(default_factory=dict)
    pending: list[str] = field(default_factory=list)

    def part(self, part: _Part, path: str, around: tuple[Declared, ...]) -> _Part:
        """What stays of a part that stands in those `around` it; fields left out take their default."""
        parts: tuple[Declared, ...] = (*around, part)
        kept = {s.name: self._field(parts, s, child_path(path, k)) for k, s in fields_of(type(part)).items()}
        return type(part)(**{name: value for name, value in kept.items() if value is not None})

    def _field(self, parts: tuple[Declared, ...], spec: FieldSpec, path: str) -> Any:
        """What a field of the last of `parts` holds next year; None for nothing."""
        value, becomes = getattr(parts[-1], spec.name), spec.next_year
        if isinstance(becomes, Takes):
            return self._taken(becomes, parts, path)
        if value is None or becomes is NextYear.KEPT:
            return value
        if isinstance(spec.shape, Section) and becomes is not NextYear.EMPTIED:
            return self.part(value, path, parts)
        if value == spec.default or (becomes is NextYear.LASTING and not _YEAR.search(str(value))):
            return value
        if becomes is NextYear.EACH:
            items = ((item_path(path, n, item), item) for n, item in enumerate(value))
            return [self.part(item, at, parts) for at, item in items if item.lasts]
        return self._emptied(spec, value, path, asked=becomes is not NextYear.EMPTIED)

    def _taken(self, takes: Takes, parts: tuple[Declared, ...], path: str) -> Amount | None:
        """The amount that stands this year where `takes` says; None where none does."""
        if takes.figure:
            return _amount(self.figures.get(takes.figure)) if self.totals else None
        section = path.rpartition(".")[0]
        found = [self._at(key, parts, section) for key in takes.keys]
        if any(amount is None for amount in found):
            return None
        amounts = [amount for amount in found if amount is not None]
        return Amount(sum(amounts, ZERO), sum((a.margin for a in amounts), ZERO))

    def _at(self, key: str, parts: tuple[Declared, ...], section: str) -> Amount | None:
        """The amount under `key`, seen from the nearest part that has it; else what the accounts make of it."""
        keys = key.split(".")
        part = next(p for p in reversed(parts) if keys[0] in fields_of(type(p)))
        stated = value_at(part, keys)
        if isinstance(stated, Amount):
            return stated
        name = f"{section}.{key}"
        return _amount(self.figures.get(ROW_FIGURES.get(name, name)))

    def _emptied(self, spec: FieldSpec, value: Any, path: str, *, asked: bool) -> dict[str, Amount] | None:
        """Keep what an emptied field said, and where it is `asked` for anew its path; 0 holds the place of each code."""
        self.notes |= dict(_texts(spec, value, path))
        if asked and isinstance(spec.shape, TableOf):
            self.pending += [entry_path(path, code) for code in value]
            return {code: Amount(0) for code in value}
        if asked:
            self.pending.append(path)
        return stand_in(spec.shape) if spec.required else None


def stand_in(shape: Shape) -> Any:
    """What holds the place of a value that must be given anew."""
    match shape:
        case Choice(words):
            return words[0]
        case Whole(least):
            return least
        case Money():
            return Amount(0)
        case Score():
            return ZERO
        case Lines() | ListOf():
            return []
        case _:
            return ""


def _amount(figure: Figure | None) -> Amount | None:
    return Amount(figure.value, figure.margin) if figure is not None else None


def _texts(spec: FieldSpec, value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Path → text of every text in a field's value. Paragraphs, and parts that stand for a text, are one text."""
    if isinstance(value, str) and spec.text is not None:
        yield path, value
    elif isinstance(value, Declared):
        yield from ((h.path, h.value) for h in values_in(value, path) if isinstance(h.value, str) and h.spec.text)
    elif isinstance(value, list) and (isinstance(spec.shape, Lines) or (spec.part is not None and spec.part.short)):
        lines = [line for item in value for line in _lines(item)]
        if any(lines):
            yield path, "\n".join(filter(None, lines))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(spec, item, item_path(path, index, item))


def _lines(item: object) -> Iterator[str]:
    if isinstance(item, Declared):
        yield from (str(held.value) for held in values_in(item))
    else:
        yield str(item)
