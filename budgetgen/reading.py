"""An input's accounts whole: a department's with the figures of its units in them."""

from __future__ import annotations

from pathlib import Path

from budgetgen.consolidate import Read, Reading, consolidate, gather
from budgetgen.issues import Rejected
from budgetgen.loading import load
from budgetgen.model import Loaded


def read(path: Path | str, above: tuple[Path, ...] = ()) -> tuple[Loaded, tuple[Path, ...]]:
    """An input's accounts, and all files that they come from; a department's units are read, and not checked.

    `above` are the departments of which it is a unit. Raises `Rejected` as `load` does.
    """
    return read_whole(Path(path), above, _unchecked)


def _unchecked(path: Path, above: tuple[Path, ...]) -> Reading:
    try:
        loaded, inputs = read(path, above)
    except Rejected as e:
        return Reading(None, e.issues)
    return Reading(loaded, loaded.issues, files=frozenset(inputs))


def read_whole(source: Path, above: tuple[Path, ...], unit: Read) -> tuple[Loaded, tuple[Path, ...]]:
    """As `read`, where `unit` reads, and may check, each unit of a department."""
    loaded, own = load(source), source.resolve()
    if not loaded.accounts.unit.names_inputs:
        return loaded, (own,)
    parts = gather(loaded, source, above, unit)
    return consolidate(loaded, parts), (own, *sorted({f for part in parts for f in part.files}))
