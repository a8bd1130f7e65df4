"""What is still to be filled in, cell by cell in the order of the form, apart from what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from budgetgen.check.rules import GAP_RULES
from budgetgen.form import layout
from budgetgen.input import ABSENT
from budgetgen.issues import Issue, Level, SourceRef
from budgetgen.model import Loaded
from budgetgen.model.extra_fields import EXTRAS
from budgetgen.model.wording import path_words

GAPS = (GAP_RULES | ABSENT) - {"INPUT-049"}
"""Rules whose issues with a path say that something is not filled in."""
_CELL = re.compile(r"([A-Z]+)([0-9]+)")
_ORDER = (*layout.SHEETS, EXTRAS)


@dataclass(frozen=True, slots=True)
class ToFill:
    """One thing to fill in: what it is in words of the form, and where; `stops` where nothing is written without it."""

    path: str
    words: str
    place: SourceRef | None
    hint: str
    stops: bool

    @property
    def sheet(self) -> str:
        """The sheet of the form; blank elsewhere."""
        return self.place.cell.partition("!")[0] if self.place else ""

    @property
    def cell(self) -> str:
        """The cell on its sheet; blank elsewhere."""
        return self.place.cell.partition("!")[2] if self.place else ""


def is_to_fill(issue: Issue) -> bool:
    """Whether an issue says that something is not filled in, and not that something is wrong."""
    return issue.rule in GAPS and bool(issue.path)


def to_fill(issues: Iterable[Issue], loaded: Loaded | None = None) -> tuple[ToFill, ...]:
    """What `issues`, and the paths that `loaded` says are pending, ask to be filled in, each once."""
    found: dict[str, ToFill] = {}
    for issue in filter(is_to_fill, issues):
        hint = issue.mend if issue.rule in ABSENT else ""
        item = ToFill(issue.path, path_words(issue.path), issue.place, hint, issue.level is Level.ERROR)
        found.setdefault(issue.path, item)
    for path in loaded.pending if loaded else ():
        found.setdefault(path, ToFill(path, path_words(path), loaded.place(path) if loaded else None, "", stops=False))
    return tuple(sorted(found.values(), key=lambda item: place_order(item.place)))


def place_order(place: SourceRef | None) -> tuple[str, int, int, str, int, int]:
    """Places as one meets them: by file, line, sheet as the form has them, row, column; numbers as numbers."""
    if place is None:
        return ("", 0, 0, "", 0, 0)
    sheet, _, cell = place.cell.partition("!")
    known = next((n for n, name in enumerate(_ORDER) if layout.plain(sheet).startswith(name) and n), len(_ORDER))
    letters, row = _CELL.fullmatch(cell).groups() if _CELL.fullmatch(cell) else ("", "0")  # type: ignore[union-attr]
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return (place.file, place.line, known, sheet, int(row), column)


def by_sheet(items: Sequence[ToFill]) -> dict[str, list[ToFill]]:
    """The same by sheet of the form, or by line of a text file."""
    found: dict[str, list[ToFill]] = {}
    for item in items:
        place = item.place
        found.setdefault(item.sheet or (f"第{place.line}行" if place and place.line else ""), []).append(item)
    return found
