"""Which of the nine tables a file has, and where: by title and headings, never by order, sheet name or position."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from budgetgen.issues import Findings, Rule
from budgetgen.published.grid import Cell, Grid
from budgetgen.published.kinds import KINDS, Kind, titled

_HEAD_ROWS = 20
"""Titles stand in the first rows of a sheet."""
_UNIT = re.compile(r"(?<!编制)(?<!填报)单位：?（?(?:人民币)?(万元|元|千元|百元|亿元)")
_OWNER = re.compile(
    r"(?:部门|编制单位|填报单位|部门（单位）|单位名称|单位)：(.*?)(?:金额单位.*|单位：[万千百亿]?元.*)?"
)
_NEEDED = frozenset({"02", "03", "05"})
_ENOUGH = 3
_YEAR = re.compile(r"(?<![0-9])(20[0-9]{2})\s*年?度")


@dataclass(frozen=True)
class Found:
    """One of the nine tables: its grid, the row of its title, its 金额单位 and the unit that it names."""

    kind: Kind
    grid: Grid
    row: int
    money_unit: str
    owner: str


@dataclass(frozen=True)
class Missing:
    """A table that was not found, and the sheet that is probably meant for it (blank where none is)."""

    kind: Kind
    likely: str


def find_tables(grids: Sequence[Grid], findings: Findings) -> tuple[dict[str, Found], list[Missing]]:
    """The tables by number, and those that are missing; two grids with one title are an error."""
    found: dict[str, Found] = {}
    for grid in grids:
        at = _title(grid)
        if at is None:
            continue
        kind, row = at
        if kind.number in found:
            cause = f"“{kind.name}”有两处：{found[kind.number].grid.place.cell} 和 {grid.place.cell}。"
            findings.error(Rule.TABLE_TWICE, cause, "删掉不要的一张。", grid.place)
            continue
        head = [c for r in grid.rows[: row + _HEAD_ROWS] for c in r if c.own and c.text]
        found[kind.number] = Found(kind, grid, row, _money_unit(head), _owner(head))
    missing = [Missing(k, _likely(k, grids, found)) for k in KINDS if k.number not in found]
    _tell(found, missing, findings)
    return found, missing


def find_year(texts: Sequence[str]) -> int | None:
    """The year that `texts` (cover, titles, file name) name; None where they name none, or two."""
    years = {int(y) for text in texts for y in _YEAR.findall(text)}
    return years.pop() if len(years) == 1 else None


def _title(grid: Grid) -> tuple[Kind, int] | None:
    """The table whose title stands over the headings that it must have; a list of titles has none below."""
    last: tuple[Kind, int] | None = None
    for row, cells in enumerate(grid.rows[:_HEAD_ROWS]):
        for cell in cells:
            kind = titled(cell.label) if cell.own and cell.text else None
            if kind is not None and len(_below(grid, row) & set(kind.marks)) >= _ENOUGH - 1:
                last = kind, row
    return last


def _below(grid: Grid, row: int) -> set[str]:
    return {c.label for r in grid.rows[row + 1 :] for c in r}


def _likely(kind: Kind, grids: Sequence[Grid], found: Mapping[str, Found]) -> str:
    taken = {id(f.grid) for f in found.values()}
    best, sheet = 0, ""
    for grid in grids:
        labels = {c.label for r in grid.rows[:60] for c in r}
        score = len(labels & set(kind.marks))
        if id(grid) not in taken and score >= max(_ENOUGH, len(kind.marks) - 1) and score > best:
            best, sheet = score, grid.place.cell
    return sheet


def _money_unit(head: Sequence[Cell]) -> str:
    return next((m[1] for c in head if (m := _UNIT.search(c.label))), "")


def _owner(head: Sequence[Cell]) -> str:
    for cell in head:
        found = _OWNER.fullmatch(cell.label)
        if found and found[1] and not _UNIT.search(cell.label[: len(found[1]) + 3]):
            return found[1]
    return ""


def _tell(found: Mapping[str, Found], missing: Sequence[Missing], findings: Findings) -> None:
    for number in sorted(found):
        table = found[number]
        cause = f"公开{number} {table.kind.name}：{table.grid.place.cell}。"
        findings.note(Rule.TABLE_FOUND, cause, "", table.grid.place)
    if not found:
        return
    place = next(iter(found.values())).grid.place
    for gap in missing:
        hint = f"，“{gap.likely}”像是它，但没有这个标题" if gap.likely else ""
        cause = f"没有找到公开{gap.kind.number} {gap.kind.name}{hint}。"
        mend = f"在表的最上面写标题“{gap.kind.name}”，或补上这张表。"
        tell = findings.error if gap.kind.number in _NEEDED else findings.warn
        tell(Rule.TABLE_MISSING, cause, mend, type(place)(place.file))
