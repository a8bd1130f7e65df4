"""Tables as they stand in the sheets of a workbook or in a document: cells with what was typed, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice

from lxml import etree

from budgetgen.input.scalars import MAX_DECIMALS
from budgetgen.issues import SourceRef
from budgetgen.money import plain_text
from budgetgen.office.cells import Cell as Typed
from budgetgen.office.cells import Kind, cell_area, column_name
from budgetgen.office.package import DOCUMENT, Package
from budgetgen.office.workbook_reader import Book

MAX_ROWS, MAX_COLUMNS = 5_000, 200
"""No published table comes near them; what lies beyond is not read."""
_BLANK = re.compile(r"[\s\u3000\u200b\ufeff]+")
_BRACKETS = str.maketrans({"(": "（", ")": "）", ":": "：", "/": "／"})


@dataclass(frozen=True, slots=True)
class Box:
    """Words on a page of a PDF: characters [start, end) of the text that they belong to, the page (from 1), and where.

    Points from the page's upper left corner, as pdfplumber tells them.
    """

    start: int
    end: int
    page: int
    x0: float
    top: float
    x1: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a text stands in the file itself, for whoever marks it there.

    In a document: the package's `part`, and the `number` (from 0) of the `w:p`, for a cell of the `w:tc`, among all of
    that part. In a workbook: the name of the sheet as `part`, and the cell (C7). In a PDF: the boxes.
    """

    part: str = ""
    number: int = -1
    cell: str = ""
    boxes: tuple[Box, ...] = ()


NOWHERE = Mark()


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text (a number: its shortest decimal), or `fault`, the words for why it holds none.

    `own` is false where a merged neighbour's text covers the cell.
    """

    text: str
    place: SourceRef
    fault: str = ""
    own: bool = True
    mark: Mark = NOWHERE

    @property
    def label(self) -> str:
        """The text without blanks and line breaks, brackets full-width."""
        return _BLANK.sub("", self.text).translate(_BRACKETS)


@dataclass(frozen=True)
class Grid:
    """A rectangle of cells under the name of its sheet, or its number in the document.

    `above` is how many of its first rows are paragraphs that stand over a document's table; None in a workbook.
    """

    name: str
    place: SourceRef
    rows: Sequence[Sequence[Cell]]
    above: int | None = None

    def labels(self, row: int) -> list[str]:
        """The labels of one row, covered cells included."""
        return [cell.label for cell in self.rows[row]]

    def heading(self, column: int, first: int, last: int) -> str:
        """The labels over `column` in rows [first, last), joined by `/`, each once.

        A blank over a label belongs to the group at its left, whether or not the group's cells are merged.
        """
        own = [row[column].label for row in self.rows[first:last]]
        words: list[str] = []
        for number, row in enumerate(self.rows[first:last]):
            label = own[number]
            if not label and any(own[number:]):
                label = next((c.label for c in reversed(row[:column]) if c.label), "")
            if label and label not in words[-1:]:
                words.append(label)
        return "/".join(words)

    def texts(self) -> Iterator[Cell]:
        """Own cells with a text, row by row."""
        return (cell for row in self.rows for cell in row if cell.own and cell.text)


def spread(rows: list[list[Cell]], top: int, left: int, bottom: int, right: int) -> None:
    """Cover the cells of a merge (counted from 0, ends included) with its first one."""
    if top >= len(rows):
        return
    first = rows[top][left] if left < len(rows[top]) else None
    if first is None:
        return
    covering = replace(first, own=False)
    for row in range(top, min(bottom + 1, len(rows))):
        for column in range(left, min(right + 1, len(rows[row]))):
            if (row, column) != (top, left):
                rows[row][column] = covering


_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+", re.ASCII)


def read_sheets(book: Book) -> list[Grid]:
    """Every worksheet in the book's order."""
    return [_grid(book, name) for name in book.names]


def _grid(book: Book, name: str) -> Grid:
    sheet = book.sheet(name)
    cells = {
        (row.number - 1, column - 1): _cell(typed, book, name, f"{column_name(column)}{row.number}")
        for row in sheet.rows
        if row.number <= MAX_ROWS
        for column, typed in row.cells.items()
        if column <= MAX_COLUMNS
    }
    areas = (area for reference in sheet.merged if (area := cell_area(reference)))
    merges = [
        (top - 1, left - 1, min(bottom - 1, MAX_ROWS), min(right - 1, MAX_COLUMNS))
        for top, left, bottom, right in areas
    ]
    return Grid(name, book.place(name), _rectangle(cells, merges, book, name))


def _cell(typed: Typed, book: Book, sheet: str, cell: str) -> Cell:
    place, mark, fault = book.place(sheet, cell), Mark(sheet, cell=cell), typed.fault.removeprefix("是")
    if fault:
        return Cell("", place, f"{fault} {typed.text}" if typed.kind is Kind.ERROR else fault, mark=mark)
    return Cell(_number(typed.text) if typed.kind is Kind.NUMBER else typed.text, place, mark=mark)


def _blank(book: Book, sheet: str, cell: str) -> Cell:
    return Cell("", book.place(sheet, cell), mark=Mark(sheet, cell=cell))


def _number(text: str) -> str:
    """What a formula leaves beyond the eighth decimal is dropped: it is less than a hundredth of 分."""
    if len(text.partition(".")[2]) <= MAX_DECIMALS or not _DECIMAL.fullmatch(text):
        return text
    return plain_text(round(Decimal(text), MAX_DECIMALS), strip_zeros=True)


def _rectangle(
    cells: Mapping[tuple[int, int], Cell], merges: list[tuple[int, int, int, int]], book: Book, name: str
) -> list[list[Cell]]:
    height = max((r for r, _ in cells), default=-1) + 1
    width = max((c for _, c in cells), default=-1) + 1
    rows = [
        [cells.get((r, c)) or _blank(book, name, f"{column_name(c + 1)}{r + 1}") for c in range(width)]
        for r in range(height)
    ]
    for merge in merges:
        spread(rows, *merge)
    return rows


_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_ABOVE = 5
"""How many paragraphs over a table may belong to it."""


def read_tables(package: Package) -> tuple[list[Grid], list[str]]:
    """The tables of the body in order, and the paragraphs before the first one (the cover).

    The paragraphs over a table (its title, its unit line) stand as its first rows.
    """
    root = package.root(DOCUMENT)
    body = root.find(f"{_W}body")
    numbers = {cell: n for n, cell in enumerate(root.iter(f"{_W}tc"))}
    grids: list[Grid] = []
    above: list[str] = []
    cover: list[str] = []
    number = 0
    for block in body if body is not None else ():
        if block.tag == f"{_W}tbl":
            number += 1
            grids.append(_table(block, number, above[-_ABOVE:], package.file, numbers))
            above = []
        elif block.tag == f"{_W}p" and (text := _text(block).strip()):
            above.append(text)
            if not grids:
                cover.append(text)
    return grids, cover


def _text(node: etree._Element) -> str:
    parts = node.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}p")
    return "".join(part.text or "" if part.tag == f"{_W}t" else " " for part in parts)


def _table(
    table: etree._Element, number: int, above: list[str], file: str, numbers: Mapping[etree._Element, int]
) -> Grid:
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
            mark = Mark(DOCUMENT, numbers[cell])
            cells += [Cell(_text(cell).strip(), at, mark=mark)] + [Cell("", at, mark=mark)] * (span - 1)
            _merge(cell, (r, left, r, left + span - 1), open_merges, merges)
        rows.append(cells[:MAX_COLUMNS])
    merges += open_merges.values()
    width = max([len(row) for row in rows] + [1])
    for line in rows:
        line.extend([Cell("", place)] * (width - len(line)))
    for merge in merges:
        spread(rows, *merge)
    lead = [[Cell(text, place), *[Cell("", place)] * (width - 1)] for text in above]
    return Grid(name, place, lead + rows, above=len(lead))


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


def gridded(
    cells: Sequence[tuple[int, int, int, int, str, Mark]], number: int, above: Sequence[str], file: str
) -> Grid:
    """The grid of a table whose cells are given as (row, column, last row, last column, text, mark); see `read_tables`."""
    name = f"第{number}个表格"
    place = SourceRef(file, cell=name)
    height = max(bottom for _, _, bottom, _, _, _ in cells) + 1
    width = max(right for _, _, _, right, _, _ in cells) + 1
    rows = [
        [Cell("", SourceRef(file, cell=f"{name}第{r + 1}行第{c + 1}列")) for c in range(width)] for r in range(height)
    ]
    for top, left, _, _, text, mark in cells:
        rows[top][left] = replace(rows[top][left], text=text.strip(), mark=mark)
    for top, left, bottom, right, _, _ in cells:
        spread(rows, top, left, bottom, right)
    lead = [[Cell(text, place), *[Cell("", place)] * (width - 1)] for text in above[-_ABOVE:]]
    return Grid(name, place, lead + rows, above=len(lead))
