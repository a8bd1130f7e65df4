"""The tables of a .docx as grids; the paragraphs over a table (its title, its unit line) stand as its first rows."""

from __future__ import annotations

import re
from itertools import islice

from lxml import etree

from budgetgen.issues import SourceRef
from budgetgen.office import Package
from budgetgen.office.package import DOCUMENT
from budgetgen.published.grid import MAX_COLUMNS, MAX_ROWS, Cell, Grid, spread
from budgetgen.published.join import joined

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CONTINUED = re.compile("续表?[）)]?$|^[（(]?续")
_ABOVE = 5
"""How many paragraphs over a table may belong to it."""


def read_tables(package: Package) -> tuple[list[Grid], list[str]]:
    """The tables of the body in order, and the paragraphs before the first one (the cover).

    A table that was cut in two, with its heading again or without, is one.
    """
    body = package.root(DOCUMENT).find(f"{_W}body")
    grids: list[Grid] = []
    above: list[str] = []
    cover: list[str] = []
    number = 0
    for block in body if body is not None else ():
        if block.tag == f"{_W}tbl":
            number += 1
            lead = above[-_ABOVE:]
            grid = _table(block, number, lead, package.file)
            before = grids[-1] if grids else None
            if before and all(_CONTINUED.search(text) for text in lead) and (whole := joined(before, grid, len(lead))):
                grids[-1] = whole
            else:
                grids.append(grid)
            above = []
        elif block.tag == f"{_W}p" and (text := _text(block).strip()):
            above.append(text)
            if not grids:
                cover.append(text)
    return grids, cover


def _text(node: etree._Element) -> str:
    parts = node.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}p")
    return "".join(part.text or "" if part.tag == f"{_W}t" else " " for part in parts)


def _table(table: etree._Element, number: int, above: list[str], file: str) -> Grid:
    name = f"第{number}个表格"
    place = SourceRef(file, cell=name)
    rows: list[list[Cell]] = []
    merges: list[tuple[int, int, int, int]] = []
    open_merges: dict[int, tuple[int, int, int, int]] = {}
    for r, row in enumerate(islice(table.iterchildren(f"{_W}tr"), MAX_ROWS)):
        cells: list[Cell] = []
        for cell in row.iterchildren(f"{_W}tc"):
            left, span = len(cells), min(_span(cell), MAX_COLUMNS)
            at = SourceRef(file, cell=f"{name}第{r + 1}行第{left + 1}列")
            cells += [Cell(_text(cell).strip(), at)] + [Cell("", at)] * (span - 1)
            _merge(cell, (r, left, r, left + span - 1), open_merges, merges)
        rows.append(cells[:MAX_COLUMNS])
    merges += open_merges.values()
    width = max([len(row) for row in rows] + [1])
    for line in rows:
        line.extend([Cell("", place)] * (width - len(line)))
    for merge in merges:
        spread(rows, *merge)
    lead = [[Cell(text, place), *[Cell("", place)] * (width - 1)] for text in above]
    return Grid(name, place, lead + rows)


def _span(cell: etree._Element) -> int:
    mark = cell.find(f"{_W}tcPr/{_W}gridSpan")
    value = str(mark.get(f"{_W}val")) if mark is not None else "1"
    return int(value) if value.isdigit() and 0 < int(value) <= MAX_COLUMNS else 1


def _merge(
    cell: etree._Element,
    area: tuple[int, int, int, int],
    open_merges: dict[int, tuple[int, int, int, int]],
    merges: list[tuple[int, int, int, int]],
) -> None:
    """Keep a merge to the right, and grow or begin one downwards (`vMerge`)."""
    top, left, bottom, right = area
    mark = cell.find(f"{_W}tcPr/{_W}vMerge")
    running = open_merges.get(left)
    if mark is not None and mark.get(f"{_W}val") != "restart" and running is not None:
        open_merges[left] = (running[0], left, bottom, max(running[3], right))
        return
    if running is not None:
        merges.append(open_merges.pop(left))
    if mark is not None:
        open_merges[left] = area
    elif right > left:
        merges.append((top, left, bottom, right))
