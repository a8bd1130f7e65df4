"""What the user named (files, folders, patterns, lists of them) → the inputs of a run, and which of them are refused."""

from __future__ import annotations

import glob
import os
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import NamedTuple

from budgetgen.batch import outcome
from budgetgen.batch.folder import Line
from budgetgen.batch.outcome import Outcome
from budgetgen.issues import Issue, Level, Rejected, SourceRef, refusal
from budgetgen.layout import Kind
from budgetgen.office.files import encoding_of, folder_name
from budgetgen.reading import YAML_SUFFIXES, Head, may_be_input
from budgetgen.records import record
from budgetgen.resources import OWN_FOLDER

LIST_SUFFIXES = (".txt", ".lst", ".list")
_PATTERN = "*?["
_LONGEST = 200
NOT_FOUND, NOT_A_LIST = "BATCH-001", "BATCH-002"
WRONG_INPUTS = frozenset({NOT_FOUND, NOT_A_LIST})
"""What is wrong with what the user named, not with any input."""


_FEW = 3


@record
class Candidate:
    """A file that may be an input; one that somebody named is one, whatever is in it. `fault`: why it is no path at all."""

    path: str
    named: bool
    fault: str = ""


def candidates(given: Iterable[str], leave_out: Path) -> Iterator[Candidate]:
    """The files under what was `given`, in order; the folder `leave_out`, where packets go, is not looked into.

    Rejected where something that was given on the command line is not there.
    """
    for text in given:
        yield from _under(text, Path(), leave_out, listed=False)


def _under(text: str, base: Path, leave_out: Path, *, listed: bool) -> Iterator[Candidate]:
    try:
        path = base / Path(text).expanduser()
        path.stat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError, RuntimeError) as e:  # too long; with a NUL; the home of nobody
        why = "太长，或系统不认" if isinstance(e, OSError) else "有不能用的字符" if "\0" in text else "没有这个用户"
        if not listed:
            raise _wrong(NOT_FOUND, f"不能作路径（{why}）：{_short(text)}。", "核对名称和所在的文件夹。") from e
        yield Candidate(_short(text), named=True, fault=why)
        return
    if path.is_dir():
        yield from _walk(path, leave_out)
    elif path.suffix.lower() in LIST_SUFFIXES and path.is_file() and not listed:
        for line in _lines(path):
            yield from _under(line, path.parent, leave_out, listed=True)
    elif path.exists():
        yield Candidate(str(path), named=True)
    elif _is_pattern(text):
        yield from _matching(str(path), leave_out)
    elif listed:
        # A list may be older than the folder: what is gone is told among the outcomes and stops nothing.
        yield Candidate(str(path), named=True)
    else:
        raise _wrong(NOT_FOUND, f"没有这个文件或文件夹：{text}。", "核对名称和所在的文件夹。")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _is_pattern(text: str) -> bool:
    return any(c in text for c in _PATTERN)


def _matching(pattern: str, leave_out: Path) -> Iterator[Candidate]:
    """What a pattern matches: shells on Windows pass it on as it is."""
    found = False
    for text in glob.iglob(pattern, recursive=True):  # noqa: PTH207 - patterns with a drive or a root, too
        found = True
        path = Path(text)
        if path.is_dir():
            yield from _walk(path, leave_out)
        elif may_be_input(path.name):
            yield Candidate(text, named=False)
    if not found:
        raise _wrong(NOT_FOUND, f"没有与“{pattern}”相符的文件。", "核对名称和所在的文件夹。")


def _walk(folder: Path, leave_out: Path) -> Iterator[Candidate]:
    """The files below a folder that may be inputs by their names; links to folders are not followed."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if _is_looked_into(Path(place, f), leave_out))
        for file in sorted(files):
            if may_be_input(file):
                yield Candidate(str(Path(place, file)), named=False)


def _is_looked_into(folder: Path, leave_out: Path) -> bool:
    return not folder.name.startswith(".") and folder.name != OWN_FOLDER and folder.absolute() != leave_out


def _lines(path: Path) -> Iterator[str]:
    """The paths in a list, one a line; blank lines and those that begin with # say nothing. Read as it is used."""
    try:
        with path.open(encoding=encoding_of(path)) as file:
            for line in file:
                entry = line.strip().strip('"')
                if entry and not entry.startswith("#"):
                    yield entry
    except (OSError, UnicodeDecodeError) as e:
        why = refusal(e) if isinstance(e, OSError) else "既不是 UTF-8，也不是 GBK"
        cause = f"读不出来（{why}）。"
        raise _wrong(NOT_A_LIST, cause, "用记事本另存为，“编码”选 UTF-8，每行写一个路径。", SourceRef(str(path))) from e


def _wrong(rule: str, cause: str, mend: str, place: SourceRef | None = None) -> Rejected:
    return Rejected([Issue(rule, Level.ERROR, cause, mend, place=place)])


# --------------------------------------------------------------------------------------------- the inputs of one run


_NOWHERE = Line(0, 0)


class State(Enum):
    """An input that was found; whose packet is to be built; whose outcome is known."""

    FOUND = auto()
    PLANNED = auto()
    SETTLED = auto()


class PacketKey(NamedTuple):
    """What a packet is known by: two inputs with one key are for the same packet."""

    name: str
    year: int
    kind: str


_UNKNOWN = PacketKey("", 0, "")


@dataclass(slots=True)
class Input:
    """One input, and what has been decided of it so far.

    `folder` is its packet's, `twin` a file that says the same; `holds`: an earlier packet still does. `line` is where its
    outcome stands, `rank` its ending's place in the table, its errors and warnings.
    """

    number: int
    path: str
    named: bool
    fault: str = ""
    key: PacketKey = _UNKNOWN
    folder: str = ""
    twin: str = ""
    holds: bool = False
    state: State = State.FOUND
    line: Line = _NOWHERE
    rank: tuple[int, int, int] = (0, 0, 0)

    @property
    def name(self) -> str:
        """The unit's name."""
        return self.key.name

    @property
    def year(self) -> int:
        """The year."""
        return self.key.year

    @property
    def is_yaml(self) -> bool:
        """Whether it is YAML, by its name."""
        return Path(self.path).suffix.lower() in YAML_SUFFIXES

    def identify(self, head: Head, kind: Kind, *, holds: bool) -> None:
        """Plan its packet, of that kind."""
        self.key = PacketKey(head.name, head.year, kind.name)
        self.folder = folder_name(head.name, head.year, kind.folder) if head.name else ""
        self.holds, self.state = holds, State.PLANNED

    def settle(self, line: Line, rank: tuple[int, int, int]) -> None:
        """Note where its outcome stands."""
        self.line, self.rank, self.state = line, rank, State.SETTLED


@dataclass(slots=True)
class Inputs:
    """The inputs of a run, in the order found; a file that was found before counts once."""

    _by_file: dict[str, Input] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._by_file)

    def add(self, found: Candidate) -> None:
        """An input that was found."""
        key = file_key(found.path)
        known = self._by_file.get(key)
        if known is None:
            self._by_file[key] = Input(len(self._by_file), found.path, found.named, found.fault)
        else:
            known.named = known.named or found.named

    def remove(self, entry: Input) -> None:
        """A file that turned out to be no input."""
        del self._by_file[file_key(entry.path)]

    def count(self, state: State) -> int:
        """How many inputs are in a state."""
        return sum(e.state is state for e in self._by_file.values())

    def within(self, state: State) -> Iterator[Input]:
        """The inputs in a state; what they become meanwhile does not disturb it."""
        yield from [e for e in self._by_file.values() if e.state is state]

    def settled(self) -> list[Input]:
        """Those whose outcome is known, those that need a person first."""
        found = [e for e in self._by_file.values() if e.state is State.SETTLED]
        return sorted(found, key=lambda e: (e.rank[0], -e.rank[1], -e.rank[2], e.number))

    def alike(self, feature: Callable[[Input], Hashable]) -> list[list[Input]]:
        """Planned inputs of which several have the same feature; a blank one is none."""
        groups: dict[Hashable, list[Input]] = {}
        for entry in self.within(State.PLANNED):
            if found := feature(entry):
                groups.setdefault(found, []).append(entry)
        return [group for group in groups.values() if len(group) > 1]


def file_key(path: str) -> str:
    """One text for one file, by whatever path it is named; what can be no path stays as it is."""
    try:
        return os.path.normcase(os.path.realpath(path))
    except (OSError, ValueError):
        return path


def refusals(inputs: Inputs, difference: Callable[[Input, Input], str]) -> Iterator[tuple[Input, Outcome]]:
    """Inputs that are not to be built, because another one is for the same packet or goes to the same place.

    Of a unit.yaml and a 填报表 beside it that say the same (no `difference`), the second is joined to the first and is no
    more an input.
    """
    for entries in inputs.alike(lambda e: e.key if e.name else None):
        if not _are_twins(entries):
            for entry in entries:
                yield entry, outcome.repeated(entry.path, _others(entry, entries), len(entries), entry.name, entry.year)
            continue
        first, second = sorted(entries, key=lambda e: not e.is_yaml)
        found = difference(first, second)
        if found:
            yield first, outcome.differing(first.path, second.path, found, first.name, first.year)
            yield second, outcome.differing(second.path, first.path, found, second.name, second.year)
        else:
            inputs.remove(second)
            first.twin = second.path
    for entries in inputs.alike(lambda e: _folded(e.folder)):
        for entry in entries:
            yield entry, outcome.sharing(entry.path, _others(entry, entries), entry.folder, entry.name, entry.year)


def _folded(folder: str) -> str:
    """A folder's name as systems see it that know no case."""
    return unicodedata.normalize("NFC", folder).casefold()


def _are_twins(entries: list[Input]) -> bool:
    """Whether they are a YAML and a 填报表 in one folder."""
    return (
        len(entries) == 2  # noqa: PLR2004 - twins are two
        and len({Path(e.path).parent.absolute() for e in entries}) == 1
        and len({e.is_yaml for e in entries}) > 1
    )


def _others(entry: Input, entries: list[Input]) -> list[str]:
    """A few of the others."""
    return [e.path for e in entries[: _FEW + 1] if e is not entry][:_FEW]
