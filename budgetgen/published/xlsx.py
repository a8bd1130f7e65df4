"""The sheets of a workbook as grids: a number, a text, an error and an empty formula stay apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from budgetgen.input.numbers import MAX_DECIMALS
from budgetgen.issues import SourceRef
from budgetgen.money import plain_text
from budgetgen.office import Book, Kind
from budgetgen.office.cells import Cell as Typed
from budgetgen.office.cells import column_name, column_number
from budgetgen.published.grid import MAX_COLUMNS, MAX_ROWS, Cell, Grid, spread

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


def read_sheets(book: Book) -> list[Grid]:
    """Every worksheet in the book's order."""
    return [_grid(book, name) for name in book.names]


def _grid(book: Book, name: str) -> Grid:
    sheet = book.sheet(name)
    cells = {
        (row.number - 1, column - 1): _cell(typed, book.place(name, f"{column_name(column)}{row.number}"))
        for row in sheet.rows
        if row.number <= MAX_ROWS
        for column, typed in row.cells.items()
        if column <= MAX_COLUMNS
    }
    merges = [merge for reference in sheet.merged if (merge := _range(reference))]
    return Grid(name, book.place(name), _rectangle(cells, merges, book, name))


def _cell(typed: Typed, place: SourceRef) -> Cell:
    fault = typed.fault.removeprefix("是")
    if fault:
        return Cell("", place, f"{fault} {typed.text}" if typed.kind is Kind.ERROR else fault)
    return Cell(_number(typed.text) if typed.kind is Kind.NUMBER else typed.text, place)


def _number(text: str) -> str:
    """What a formula leaves beyond the eighth decimal is dropped: it is less than a hundredth of 分."""
    if len(text.partition(".")[2]) <= MAX_DECIMALS:
        return text
    return plain_text(round(Decimal(text), MAX_DECIMALS), strip_zeros=True)


def _rectangle(
    cells: Mapping[tuple[int, int], Cell], merges: list[tuple[int, int, int, int]], book: Book, name: str
) -> list[list[Cell]]:
    height = max((r for r, _ in cells), default=-1) + 1
    width = max((c for _, c in cells), default=-1) + 1
    rows = [
        [cells.get((r, c)) or Cell("", book.place(name, f"{column_name(c + 1)}{r + 1}")) for c in range(width)]
        for r in range(height)
    ]
    for merge in merges:
        spread(rows, *merge)
    return rows


def _range(reference: str) -> tuple[int, int, int, int] | None:
    first, _, last = reference.partition(":")
    start, end = _position(first), _position(last or first)
    return (*start, min(end[0], MAX_ROWS), min(end[1], MAX_COLUMNS)) if start and end else None


def _position(reference: str) -> tuple[int, int] | None:
    found = _REFERENCE.fullmatch(reference)
    return (int(found[2]) - 1, column_number(found[1]) - 1) if found else None
