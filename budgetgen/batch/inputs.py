"""What the user named (files, folders, patterns, lists of them) → the files that may be inputs, one by one."""

from __future__ import annotations

import codecs
import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from budgetgen.issues import Issue, Level, Rejected, SourceRef
from budgetgen.reading import may_be_input
from budgetgen.resources import OWN_FOLDER

LIST_SUFFIXES = (".txt", ".lst", ".list")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PATTERN = "*?["
NOT_FOUND, NOT_A_LIST = "BATCH-001", "BATCH-002"
WRONG_INPUTS = frozenset({NOT_FOUND, NOT_A_LIST})
"""What is wrong with what the user named, not with any input."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be an input; one that somebody named is one, whatever is in it."""

    path: str
    named: bool


def candidates(given: Iterable[str], leave_out: Path) -> Iterator[Candidate]:
    """The files under what was `given`, in order; the folder `leave_out`, where packets go, is not looked into.

    Rejected where something that was given on the command line is not there.
    """
    for text in given:
        yield from _under(text, Path(), leave_out, listed=False)


def _under(text: str, base: Path, leave_out: Path, *, listed: bool) -> Iterator[Candidate]:
    path = base / Path(text).expanduser()
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
        with path.open(encoding=_encoding(path)) as file:
            for line in file:
                entry = line.strip().strip('"')
                if entry and not entry.startswith("#"):
                    yield entry
    except (OSError, UnicodeDecodeError) as e:
        cause = f"读不出来（{getattr(e, 'strerror', '') or '既不是 UTF-8，也不是 GBK'}）。"
        raise _wrong(NOT_A_LIST, cause, "用记事本另存为，“编码”选 UTF-8，每行写一个路径。", SourceRef(str(path))) from e


def _encoding(path: Path) -> str:
    """How a list is written, seen by reading it through."""
    with path.open("rb") as file:
        if file.read(2) in _UTF16:
            return "utf-16"
    try:
        with path.open(encoding="utf-8") as file:
            for _ in file:
                pass
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"


def _wrong(rule: str, cause: str, mend: str, place: SourceRef | None = None) -> Rejected:
    return Rejected([Issue(rule, Level.ERROR, cause, mend, place=place)])
