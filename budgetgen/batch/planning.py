"""What is decided before anything is built: whose packet goes where, and which inputs are refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from budgetgen.batch import causes
from budgetgen.batch.ledger import Entry, Ledger
from budgetgen.batch.outcome import Outcome
from budgetgen.batch.pool import Pool
from budgetgen.batch.survey import Pair, difference
from budgetgen.office.files import folder_name
from budgetgen.reading import YAML_SUFFIXES, Head

_FEW = 3


def place_of(head: Head) -> tuple[str, str]:
    """The folder of a unit's packet, and the same name as systems see it that know no case."""
    folder = folder_name(head.name, head.year) if head.name else ""
    return folder, unicodedata.normalize("NFC", folder).casefold()


def refusals(ledger: Ledger, pool: Pool[Any]) -> Iterator[tuple[Entry, Outcome]]:
    """Inputs that are not to be built, because another one is for the same unit or goes to the same place.

    Of a unit.yaml and a 填报表 beside it that say the same, the second is joined to the first and no more an input.
    """
    for entries in ledger.repeated_units():
        if not _are_twins(entries):
            for entry in entries:
                others = _others(entry, entries)
                yield entry, causes.repeated(entry.path, others, len(entries), entry.name, entry.year)
            continue
        first, second = sorted(entries, key=lambda e: not _is_yaml(e))
        found = _difference(pool, first, second)
        if found:
            yield first, causes.differing(first.path, second.path, found, first.name, first.year)
            yield second, causes.differing(second.path, first.path, found, second.name, second.year)
        else:
            ledger.remove(second.id)
            ledger.join(first.id, second.path)
    for entries in ledger.shared_folders():
        for entry in entries:
            yield entry, causes.sharing(entry.path, _others(entry, entries), entry.folder, entry.name, entry.year)


def _is_yaml(entry: Entry) -> bool:
    return Path(entry.path).suffix.lower() in YAML_SUFFIXES


def _are_twins(entries: list[Entry]) -> bool:
    """Whether they are a YAML and a 填报表 in one folder."""
    return (
        len(entries) == 2  # noqa: PLR2004 - twins are two
        and len({Path(e.path).parent.absolute() for e in entries}) == 1
        and len({_is_yaml(e) for e in entries}) > 1
    )


def _difference(pool: Pool[Any], first: Entry, second: Entry) -> str:
    """What two inputs say differently; blank where they are equal."""
    ((_, found),) = pool.run(difference, [Pair(Path(first.path), Path(second.path))])
    return found if isinstance(found, str) else "比不出来：读它们的工作进程没有做完"


def _others(entry: Entry, entries: list[Entry]) -> list[str]:
    """A few of the others."""
    return [e.path for e in entries[: _FEW + 1] if e is not entry][:_FEW]
