"""An input's accounts whole: a department's with the figures of its units in them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from posixpath import normpath

from budgetgen.consolidate import Read, Reading, consolidate, gather
from budgetgen.issues import Rejected
from budgetgen.loading import load
from budgetgen.model import Accounts, Loaded


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


def files_behind(source: Path, accounts: Accounts | None = None) -> tuple[str, ...]:
    """The further files that an input's packet rests on, told from its folder: last year's, a department's units', theirs.

    `accounts` are the input's own where they are at hand. What can't be read is named, and rests on nothing.
    """
    found: dict[str, None] = {}
    _follow(source.parent, source.name, accounts, found, last=False)
    found.pop(source.name, None)
    return tuple(found)


def _follow(folder: Path, name: str, accounts: Accounts | None, found: dict[str, None], *, last: bool) -> None:
    """Add `name` and what it rests on; of a file of `last` year only the units count."""
    found[name] = None
    if accounts is None:
        try:
            accounts = load(folder / name).accounts
        except Rejected:
            return
    units = [accounts.unit.own_file, *(u.file for u in accounts.unit.subordinates or ())]
    named = [(file, last) for file in units] + [(accounts.prior_file if not last else "", True)]
    for file, prior in named:
        below = normpath(PurePosixPath(name).parent / file.strip().replace("\\", "/")) if file.strip() else ""
        if below and below not in found:
            _follow(folder, below, None, found, last=prior)
