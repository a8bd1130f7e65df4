"""The run's own book: every input, what was decided of it and where its outcome stands in outcomes.jsonl.

It is a database without a name, which SQLite keeps on the disk beyond a small cache and which is gone when the run is:
what the run knows of a million inputs takes no memory.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

_TABLES = """
CREATE TABLE input (
    id INTEGER PRIMARY KEY, path BLOB NOT NULL, key BLOB NOT NULL UNIQUE, named INTEGER NOT NULL,
    name TEXT NOT NULL DEFAULT '', year INTEGER NOT NULL DEFAULT 0, holds INTEGER NOT NULL DEFAULT 0,
    folder TEXT NOT NULL DEFAULT '', folded TEXT NOT NULL DEFAULT '', twin BLOB NOT NULL DEFAULT x'',
    state INTEGER NOT NULL DEFAULT 0,
    place INTEGER, length INTEGER, rank INTEGER, errors INTEGER, warnings INTEGER, kept INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX by_unit ON input (name, year);
CREATE INDEX by_folder ON input (folded);
CREATE TABLE earlier (key BLOB PRIMARY KEY, place INTEGER NOT NULL, length INTEGER NOT NULL);
"""
FOUND, PLANNED, SETTLED = 0, 1, 2
"""An input that was found; whose packet is to be built; whose outcome is known."""
_PAGE = 500
# What is put into the statements below are constants of this module; values go in as parameters.
_COLUMNS = "id, path, name, year, named, folder, twin, holds"


@dataclass(frozen=True, slots=True)
class Entry:
    """One input. `folder` is its packet's, `twin` a file that says the same; `holds`: an earlier packet still does."""

    id: int
    path: str
    name: str
    year: int
    named: bool
    folder: str
    twin: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Where an outcome stands in outcomes.jsonl; `kept`: it is an earlier run's."""

    place: int
    length: int
    kept: bool = False


class Ledger:
    """See the module. One thread writes and reads it."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.execute("PRAGMA cache_size = -1024")
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("PRAGMA synchronous = OFF")
        self._base.executescript(_TABLES)

    def close(self) -> None:
        """Let it go."""
        self._base.close()

    def add(self, path: str, *, named: bool) -> None:
        """An input that was found; one that was found before counts once."""
        self._base.execute(
            "INSERT INTO input (path, key, named) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET named = max(named, excluded.named)",
            (os.fsencode(path), _key(path), named),
        )

    def remove(self, entry: int) -> None:
        """A file that turned out to be no input."""
        self._base.execute("DELETE FROM input WHERE id = ?", (entry,))

    def identify(self, entry: int, name: str, year: int, folder: str, folded: str, *, holds: bool) -> None:
        """Whose input it is, and the folder of its packet; `folded` is the same for folders that are one on some system."""
        self._base.execute(
            "UPDATE input SET name = ?, year = ?, folder = ?, folded = ?, holds = ?, state = ? WHERE id = ?",
            (_storable(name), year, _storable(folder), _storable(folded), holds, PLANNED, entry),
        )

    def count(self, *states: int) -> int:
        """How many inputs there are, or are in one of `states`."""
        where = f" WHERE state IN ({','.join('?' * len(states))})" if states else ""
        return int(self._base.execute(f"SELECT count(*) FROM input{where}", states).fetchone()[0])  # noqa: S608

    def entries(self, state: int) -> Iterator[Entry]:
        """The inputs in a state, in the order found; what they become meanwhile does not disturb it."""
        last = 0
        while True:
            page = f"SELECT {_COLUMNS} FROM input WHERE state = ? AND id > ? ORDER BY id LIMIT {_PAGE}"  # noqa: S608
            rows = self._base.execute(page, (state, last)).fetchall()
            if not rows:
                return
            yield from map(_entry, rows)
            last = rows[-1][0]

    def repeated_units(self) -> Iterator[list[Entry]]:
        """Planned inputs for one unit and year, where there are several."""
        yield from self._groups("name, year", "name != ''")

    def shared_folders(self) -> Iterator[list[Entry]]:
        """Planned inputs whose packets would be in one folder."""
        yield from self._groups("folded", "folded != ''")

    def _groups(self, columns: str, where: str) -> Iterator[list[Entry]]:
        found = self._base.execute(
            f"SELECT {columns} FROM input WHERE state = {PLANNED} AND {where} GROUP BY {columns} HAVING count(*) > 1"  # noqa: S608
        )
        same = " AND ".join(f"{c.strip()} = ?" for c in columns.split(","))
        # Taken out whole: such groups are few, and the caller changes the table while it goes on.
        for values in found.fetchall():
            group = f"SELECT {_COLUMNS} FROM input WHERE state = {PLANNED} AND {same} ORDER BY id"  # noqa: S608
            rows = self._base.execute(group, values)
            yield [_entry(r) for r in rows.fetchall()]

    def join(self, entry: int, twin: str) -> None:
        """Note that another file says the same as this input."""
        self._base.execute("UPDATE input SET twin = ? WHERE id = ?", (os.fsencode(twin), entry))

    def settle(self, entry: int, line: Line, rank: tuple[int, int, int]) -> None:
        """The outcome of an input: where it stands, and its ending, errors and warnings for the table's order."""
        self._base.execute(
            "UPDATE input SET state = ?, place = ?, length = ?, kept = ?, rank = ?, errors = ?, warnings = ? WHERE id = ?",
            (SETTLED, line.place, line.length, line.kept, *rank, entry),
        )

    def settled(self) -> Iterator[Line]:
        """Where the outcomes stand, those that need a person first."""
        cursor = self._base.execute(
            f"SELECT place, length, kept FROM input WHERE state = {SETTLED} ORDER BY rank, errors DESC, warnings DESC, id"  # noqa: S608
        )
        while rows := cursor.fetchmany(_PAGE):
            yield from (Line(place, length, bool(kept)) for place, length, kept in rows)

    def remember(self, source: str, line: Line) -> None:
        """Where an earlier run's outcome of a file stands; the last one counts."""
        self._base.execute("REPLACE INTO earlier VALUES (?, ?, ?)", (_key(source), line.place, line.length))

    def remembered(self, source: str) -> Line | None:
        """Where the earlier outcome of a file stands, if there is one."""
        found = self._base.execute("SELECT place, length FROM earlier WHERE key = ?", (_key(source),)).fetchone()
        return Line(found[0], found[1], kept=True) if found else None


def _key(source: str) -> bytes:
    return os.fsencode(os.path.normcase(os.path.realpath(source)))


def _storable(text: str) -> str:
    """SQLite takes no lone surrogates; a name that has some is refused anyway."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _entry(row: tuple[int, bytes, str, int, int, str, bytes, int]) -> Entry:
    number, path, name, year, named, folder, twin, holds = row
    return Entry(number, os.fsdecode(path), name, year, bool(named), folder, os.fsdecode(twin), bool(holds))
