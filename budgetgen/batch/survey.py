"""What workers find out of each input before anything is built: whose it is, and whether its earlier packet still holds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from budgetgen.batch.basis import Settings, file_digest, still_holds
from budgetgen.batch.outcome import Outcome
from budgetgen.issues import Rejected
from budgetgen.model import Accounts
from budgetgen.model.declarations import fields_of
from budgetgen.reading import Head, load, read_head


@dataclass(frozen=True, slots=True)
class Query:
    """An input to look at; `earlier` is its outcome in a run before."""

    id: int
    path: str
    named: bool
    out: Path
    settings: Settings
    earlier: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Surveyed:
    """An input's head; `holds`: its earlier packet is there and would be the same."""

    head: Head
    holds: bool


def survey(query: Query) -> Surveyed:
    """Look at one input."""
    return Surveyed(read_head(Path(query.path)), query.earlier is not None and _holds(query, query.earlier))


def _holds(query: Query, earlier: Outcome) -> bool:
    folder = query.out / earlier.folder
    if query.settings.pdf and not any(name.endswith(".pdf") for name in earlier.files):
        return False  # LibreOffice may be there by now
    try:
        there = all(file_digest(folder / name) == digest for name, digest in earlier.files.items())
        there = there and (not earlier.report or (query.out / earlier.report).is_file())
    except OSError:
        return False
    return earlier.ending.written and there and still_holds(earlier.basis, query.settings, Path(query.path))


@dataclass(frozen=True, slots=True)
class Pair:
    """A unit.yaml and a 填报表 beside it for the same unit and year."""

    first: Path
    second: Path


def difference(pair: Pair) -> str:
    """What two inputs for one unit say differently; blank where they are equal."""
    try:
        one, two = load(pair.first).accounts, load(pair.second).accounts
    except Rejected as e:
        return f"有一份读不出来：{e.issues[0].cause.rstrip('。')}"
    keys = [s.label for s in fields_of(Accounts).values() if getattr(one, s.name) != getattr(two, s.name)]
    return f"内容不同：{'、'.join(keys)}" if keys else ""
