"""The units that a department's input names: each found, read once, of the same year, and in no circle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from os.path import normpath
from pathlib import Path, PurePosixPath, PureWindowsPath

from budgetgen.consolidate.parts import (
    CYCLE,
    INCOMPLETE,
    OTHER_YEAR,
    OWN_FILE,
    TWICE,
    UNITS,
    UNREAD,
    Part,
    renamed,
    retold,
)
from budgetgen.issues import Issue, Level, Rejected
from budgetgen.model import Loaded, child_path, entry_path
from budgetgen.model.unit import Unit

MOST_LEVELS = 5
"""Departments within departments, the outermost counted."""
_INPUTS = (".yaml", ".yml", ".xlsx")


@dataclass(frozen=True)
class Reading:
    """A unit's input as it was read: `loaded` is None where it could not be. `files` are all that were read for it."""

    loaded: Loaded | None
    issues: tuple[Issue, ...] = ()
    draft: bool = False
    files: frozenset[Path] = frozenset()


Read = Callable[[Path, tuple[Path, ...]], Reading]
"""Reads the input at a path, given the departments that it is a part of, the outermost first."""


@dataclass(frozen=True)
class _Entry:
    """One input as the department names it."""

    name: str
    file: str
    at: str
    own: bool = False

    @property
    def folder(self) -> str:
        """The folder of the input, seen from the department's."""
        parent = str(PurePosixPath(self.file).parent)
        return "" if parent == "." else parent


def gather(department: Loaded, source: Path, above: tuple[Path, ...], read: Read) -> list[Part]:
    """Every unit of `department`, whose input is `source`, in the order of its file, 本级 first.

    Raises `Rejected` with every fault where a unit's figures cannot be had.
    """
    chain = (*above, source.resolve())
    found = _Gathering(department)
    if len(chain) > MOST_LEVELS:
        found.fault(CYCLE, f"部门里有部门，超过 {MOST_LEVELS} 层。", "由上一级直接列出单位。", UNITS)
        raise Rejected(found.faults)
    for entry in _entries(department.accounts.unit):
        found.take(entry, source.parent, chain, read)
    found.once()
    if found.faults:
        raise Rejected([*department.issues, *found.faults])
    return found.parts


def _entries(unit: Unit) -> Iterator[_Entry]:
    if unit.own_file:
        yield _Entry(unit.name, _posix(unit.own_file), OWN_FILE, own=True)
    for number, below in enumerate(unit.subordinates or (), 1):
        yield _Entry(below.name, _posix(below.file), child_path(entry_path(UNITS, str(number)), "数据"))


def _posix(file: str) -> str:
    return file.strip().replace("\\", "/")


class _Gathering:
    def __init__(self, department: Loaded) -> None:
        self.parts: list[Part] = []
        self.faults: list[Issue] = []
        self._department = department
        self._seen: dict[Path, str] = {}

    def fault(self, rule: str, cause: str, mend: str, at: str) -> None:
        self.faults.append(Issue(rule, Level.ERROR, cause, mend, at, self._department.place(at)))

    def take(self, entry: _Entry, folder: Path, chain: tuple[Path, ...], read: Read) -> None:
        """Read one unit, unless it cannot be one of the department's."""
        if not entry.file:
            cause = f"没有写“{entry.name}”的数据，汇总数会少了它。"
            self.fault(INCOMPLETE, cause, "写上它的数据文件；都不汇总的，只列名称，不写数据。", entry.at)
            return
        if PureWindowsPath(entry.file).anchor or PurePosixPath(entry.file).suffix.lower() not in _INPUTS:
            cause = f"“{entry.file}”不能用作单位的数据。"
            self.fault(UNREAD, cause, "写相对本文件的路径，如 ../某站/unit.yaml 或 某站/填报表.xlsx。", entry.at)
            return
        path = Path(normpath(folder / entry.file))
        actual = path.resolve()
        if actual in chain:
            self.fault(CYCLE, f"“{entry.file}”就是本部门，或上一级部门。", "部门不能是自己的决算单位，删去。", entry.at)
        elif actual in self._seen:
            cause = f"“{entry.file}”在 {self._seen[actual]} 已经列过。"
            self.fault(TWICE, cause, "留下一个。", entry.at)
        else:
            self._seen[actual] = entry.at
            self._read(entry, path, read(path, chain))

    def _read(self, entry: _Entry, path: Path, reading: Reading) -> None:
        loaded, year = reading.loaded, self._department.accounts.year
        issues = tuple(retold(i, entry.folder) for i in reading.issues)
        if loaded is None:
            first = next(i for i in issues if i.stops)
            why = f"{first.place} {first.rule} {first.cause}" if first.place else first.cause
            self.fault(UNREAD, f"“{entry.name}”的数据读不出来：{why}", f"先改好它：{first.mend}", entry.at)
        elif loaded.accounts.year != year:
            cause = f"“{entry.name}”的数据是 {loaded.accounts.year} 年度的，本部门是 {year} 年度。"
            self.fault(OTHER_YEAR, cause, "换成同一年度的数据文件。", entry.at)
        else:
            stopping = tuple(i for i in issues if i.stops)
            files = reading.files | {path.resolve()}
            told = renamed(loaded, entry.folder)
            self.parts.append(Part(entry.name, entry.at, told, entry.own, stopping, reading.draft, files))

    def once(self) -> None:
        """No unit is there twice, by its file or by its name, at whatever level."""
        files: dict[Path, Part] = {}
        names: dict[str, Part] = {}
        for part in self.parts:
            name = part.loaded.accounts.unit.name
            other = next((files[f] for f in sorted(part.files) if f in files), None) or names.get(name)
            if other:
                cause = f"{name} 与 {other.loaded.accounts.unit.name}（{other.at}）是同一个单位，或含有同一个单位。"
                self.fault(TWICE, cause, "留下一个；名称相同而不是同一单位的，各写全称。", part.at)
            files |= dict.fromkeys(part.files, part)
            names[name] = part
