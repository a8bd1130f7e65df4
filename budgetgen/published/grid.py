"""Tables as they stand in the sheets of a workbook or in a document: cells with what was typed, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from budgetgen.input.scalars import MAX_DECIMALS
from budgetgen.issues import SourceRef
from budgetgen.money import plain_text
from budgetgen.office.cells import Cell as Typed
from budgetgen.office.cells import Kind, cell_area, column_name
from budgetgen.office.workbook_reader import Book
from budgetgen.records import record

MAX_ROWS, MAX_COLUMNS = 5_000, 200
"""No published table comes near them; what lies beyond is not read."""
_BLANK = re.compile(r"[\s\u3000\u200b\ufeff]+")
_BRACKETS = str.maketrans({"(": "（", ")": "）", ":": "：", "/": "／"})


@record
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


@record
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


@record
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


@record
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


ABOVE = 5
"""How many paragraphs over a table may belong to it."""


def gridded(
    cells: Sequence[tuple[int, int, int, int, str, Mark]], number: int, above: Sequence[str], file: str
) -> Grid:
    """The grid of a table whose cells are given as (row, column, last row, last column, text, mark); see `word.read_tables`."""
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
    lead = [[Cell(text, place), *[Cell("", place)] * (width - 1)] for text in above[-ABOVE:]]
    return Grid(name, place, lead + rows, above=len(lead))
