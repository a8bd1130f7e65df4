"""What is wrong, where, and how it is mended: the one form in which every step reports."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]"
"""What no XML file can hold, as a pattern; none of it is printable."""


class Level(IntEnum):
    """How grave an issue is. An error stops a packet from being written."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The level as users read it."""
        return {Level.NOTE: "提示", Level.WARNING: "警告", Level.ERROR: "错误"}[self]


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Where a value was read: a line of a text file (counted from 1) or a cell of a workbook."""

    file: str
    line: int = 0
    cell: str = ""

    def __str__(self) -> str:
        if self.cell:
            return f"{self.file} {self.cell}"
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding.

    `rule` is the id of the rule that found it (`INPUT-003`, `CROSS-012`), `path` the value's path in the accounts
    (`收支明细[2013102].支出.项目`), `place` where a person finds it, `cause` what is wrong with both figures, `mend`
    what to do. `paths` are all input values that the finding rests on, `figures` the names and amounts it holds against
    each other, `difference` what lies between them; `waived` is the reason for which the unit lets it stand.
    """

    rule: str
    level: Level
    cause: str
    mend: str = ""
    path: str = ""
    place: SourceRef | None = None
    paths: tuple[str, ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    difference: str = ""
    waived: str = ""

    @property
    def stops(self) -> bool:
        """Whether it keeps a packet from being written."""
        return self.level is Level.ERROR and not self.waived

    def __str__(self) -> str:
        where = f"{self.place} " if self.place else ""
        what = f"{self.path}：" if self.path else ""
        mend = f" {self.mend}" if self.mend else ""
        return f"{where}{self.level.label} {self.rule} {what}{self.cause}{mend}"


class Rejected(Exception):  # noqa: N818 - it carries findings about the user's input, not a failure of the program
    """A step could not give a result; `issues` say why."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("\n".join(map(str, self.issues)))


def near_miss(name: str, known: Iterable[str]) -> str:
    """`，是否想写“…”？` with the nearest known name, or an empty text where none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - most runs find nothing wrong

    candidates = [k for k in known if k]
    close = get_close_matches(name, candidates, n=1, cutoff=0.5)
    if not close:
        close = [k for k in candidates if name and (name in k or k in name)][:1]
    return f"，是否想写“{close[0]}”？" if close else ""


def forbidden_characters(text: str) -> list[str]:
    """Characters of `text` that no XML file can hold, as `U+0001`."""
    return (
        [] if text.replace("\n", "").isprintable() else sorted({f"U+{ord(c):04X}" for c in re.findall(FORBIDDEN, text)})
    )
