"""The lines of a file that was rendered, with what they print: from what the render tells of its rows and paragraphs.

What it does not tell (a frame's own paragraphs, a cell that holds more than its value) is read from its XML as files are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import unescape
from typing import Any, NamedTuple

from budgetgen.figures import Blank, Figure
from budgetgen.office.cells import column_number
from budgetgen.office.package import BOOK, DOCUMENT, Package
from budgetgen.template import CellPlace, ChartPlace, Paragraph, ParagraphPlace, Passage, Printed, Rendered, Table
from budgetgen.verify import plain_cell, plain_text
from budgetgen.verify.lines import (
    CHARTS,
    DIRECTION,
    SENTENCE_ENDS,
    TOKENS,
    WHOLE,
    Block,
    Line,
    Spot,
    check_of,
    held,
    is_plain_stretch,
    joined,
    plain_blocks,
    read_blocks,
    read_charts,
    read_rows,
    weight,
    words_check,
)

_HELD = re.compile(r"-?[\d.]+(?:[eE][+-]?\d+)?")
"""A number as a worksheet holds it, which may have more digits than it shows."""
_PIECE = re.compile(f"[{SENTENCE_ENDS}]|{TOKENS}")
_NUMBER = "0"
"""What stands in for the number that a cell of a worksheet holds: it says something, but is none of the row's other words."""
Stretch = tuple[int, int, "Figure | Blank", str]
"""A figure (or gap) in a text: from where to where, and as which text."""


class PrintedLine(NamedTuple):
    """A line and what it prints: names (of a word of direction blank), places and texts of these; the check of its other words."""

    names: tuple[str, ...]
    spots: tuple[Spot, ...]
    texts: Sequence[str]
    check: int


def printed_lines(rendered: Rendered) -> dict[str, list[PrintedLine]]:
    """The lines by sheet or part, those that `read_lines` finds in the file; of gaps (【待填写】) nothing is kept."""
    if rendered.sheets is not None:
        found = _sheets(rendered)
    elif BOOK in Package(rendered.data):
        found = _read_sheets(rendered)
    else:
        found = {DOCUMENT: list(_document(rendered)), CHARTS: list(_charts(rendered))}
    return {group: lines for group, lines in found.items() if lines}


# ------------------------------------------------------------------------------------------------------- sentences


@lru_cache(maxsize=4096)
def _still_lines(text: str) -> tuple[PrintedLine, ...]:
    """The sentences of a paragraph without figures, which is likely to come again."""
    return tuple(_sentence_lines(text, ()))


def _sentence_lines(text: str, prints: Iterable[Stretch]) -> Iterator[PrintedLine]:
    figures = iter([(start, end, value.name) for start, end, value, _ in prints if isinstance(value, Figure)])
    first, last, name = next(figures, _NO_MORE)
    begin, number = 0, -1
    names, numbers, texts = list[str](), list[int](), list[str]()
    for found in _PIECE.finditer(text):
        piece, (start, end) = found[0], found.span()
        if piece in SENTENCE_ENDS:
            yield from _sentence(text[begin:end], names, numbers, texts)
            begin, number = end, -1
            names, numbers, texts = [], [], []
            continue
        number += 1
        while last <= start:
            first, last, name = next(figures, _NO_MORE)
        if first < end:
            names.append(name)
            first, last, name = next(figures, _NO_MORE)
        elif piece[-1].isdecimal():
            continue
        else:
            names.append("")
        numbers.append(number)
        texts.append(piece)
    yield from _sentence(text[begin:], names, numbers, texts)


_NO_MORE = (1 << 60, 1 << 60, "")


def _sentence(text: str, names: list[str], numbers: list[int], texts: list[str]) -> Iterator[PrintedLine]:
    if text and not text.isspace():
        yield PrintedLine(tuple(names), _tokens(tuple(numbers)), texts, check_of([(0, text)]))


@lru_cache(maxsize=4096)
def _tokens(numbers: tuple[int, ...]) -> tuple[Spot, ...]:
    return tuple(Spot(0, n) for n in numbers)


# ------------------------------------------------------------------------------------------------------------ rows


def _row(cells: Mapping[int, str], placed: Iterable[tuple[int, Stretch]]) -> Iterator[PrintedLine]:
    """A row by its cells that say something, and the figures in its columns; nothing where none does."""
    if not cells:
        return
    line = Line("", 0, 0, dict(cells))
    found: dict[Spot, tuple[str, str]] = {}
    for column, (start, end, value, shown) in placed:
        if isinstance(value, Figure) and (spot := line.spot(column, start, end)):
            text = " ".join(shown.split()) if spot.token == WHOLE else line.shown(spot) or ""
            found.setdefault(spot, (value.name, text))
    for spot in line.directions():
        found.setdefault(spot, ("", line.shown(spot) or ""))
    spots = tuple(sorted(found))
    texts = {spot: found[spot][1] for spot in spots}
    yield PrintedLine(tuple(found[s][0] for s in spots), spots, [*texts.values()], line.check(texts))


def _plain_row(
    columns: Sequence[int],
    still: tuple[tuple[int, str], ...],
    cells: Sequence[str | bytes | None],
    prints: Sequence[Any],
) -> PrintedLine | None:
    """A row of figures that stand by themselves and of texts without words of direction; None: it is none such."""
    check, is_odd = _still_cells(still)
    alone = []
    for column, cell in zip(columns, cells, strict=True):
        if cell is None:
            alone.append(column)
        elif cell:
            words, moves = _words(cell)
            check += words * weight(column)
            is_odd |= moves
    if is_odd or len(alone) < len(prints):
        return None
    names = tuple([p[-2].name for p in prints])
    return PrintedLine(names, _wholes(tuple(alone)), [p[-1] for p in prints], check)


@lru_cache(maxsize=4096)
def _still_cells(still: tuple[tuple[int, str], ...]) -> tuple[int, bool]:
    return sum(words_check(t) * weight(c) for c, t in still), any(DIRECTION.search(t) for _, t in still)


@lru_cache(maxsize=20_000)
def _words(cell: str | bytes) -> tuple[int, bool]:
    text = _text_of(cell)
    return words_check(text), DIRECTION.search(text) is not None


def _text_of(cell: str | bytes) -> str:
    """What a cell says that a render tells of."""
    if isinstance(cell, str):
        return cell
    return plain_text(cell) if cell.startswith(b"<w:") else held(plain_cell(cell))


@lru_cache(maxsize=4096)
def _wholes(columns: tuple[int, ...]) -> tuple[Spot, ...]:
    return tuple(Spot(c, WHOLE) for c in columns)


def _says(text: str) -> bool:
    return bool(text) and not text.isspace()


# ------------------------------------------------------------------------------------------------------- workbooks


def _sheets(rendered: Rendered) -> dict[str, list[PrintedLine]]:
    found: dict[str, list[PrintedLine]] = {}
    done = 0
    for sheet, rows in (rendered.sheets or {}).items():
        lines = found[sheet] = []
        for (columns, still), _, cells, end in rows:
            prints = rendered.printed[done:end]
            done = end
            if line := _plain_row(columns, still, cells, prints):
                if prints or line.check:
                    lines.append(line)
                continue
            texts = dict(still) | {
                c: _NUMBER if t is None else _text_of(t) for c, t in zip(columns, cells, strict=True)
            }
            lines += _sheet_row({c: t for c, t in texts.items() if _says(t)}, prints)
    return found


def _read_sheets(rendered: Rendered) -> dict[str, list[PrintedLine]]:
    """Of a workbook of which only its bytes tell."""
    found: dict[str, list[PrintedLine]] = {}
    prints: dict[tuple[str, int], list[Printed]] = {}
    for item in rendered.printed:
        if isinstance(item.place, CellPlace):
            row = int(item.place.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
            prints.setdefault((item.place.sheet, row), []).append(item)
    for (sheet, row), cells in read_rows(rendered.data).items():
        found.setdefault(sheet, []).extend(_sheet_row(cells, prints.get((sheet, row), ())))
    return found


def _sheet_row(cells: Mapping[int, str], prints: Iterable[Printed]) -> Iterator[PrintedLine]:
    after: dict[int, int] = {}
    placed = []
    for place, value, text in prints:
        if not isinstance(place, CellPlace):
            continue
        column = column_number(place.cell.rstrip("0123456789"))
        cell = cells.get(column, "")
        start = cell.find(text, after.get(column, 0)) if text and not _HELD.fullmatch(cell) else -1
        after[column] = start + len(text)
        placed.append((column, (start, start + len(text), value, text) if start >= 0 else (0, len(cell), value, text)))
    return _row(cells, placed)


# ------------------------------------------------------------------------------------------------------- documents


def _document(rendered: Rendered) -> Iterator[PrintedLine]:
    story, read = rendered.story, plain_blocks
    if story is None or not all(is_plain_stretch(s.encode()) for s in story if isinstance(s, str)):
        story, read = [Package(rendered.data).read(DOCUMENT).decode()], read_blocks
    at = done = 0
    for piece in story:
        if isinstance(piece, Passage):
            for item in piece.items:
                yield from _table(item) if isinstance(item, Table) else _paragraph(item)
                at, done = at + item.paragraphs, done + len(item.prints)
            continue
        prints: dict[int, list[Stretch]] = {}
        blocks = list(read(piece.encode()))
        last = at + sum(1 if isinstance(b, str) else sum(map(len, b.values())) for b in blocks)
        for place, value, text in rendered.printed[done:]:
            if not isinstance(place, ParagraphPlace) or place.part != DOCUMENT or place.paragraph >= last:
                break
            prints.setdefault(place.paragraph, []).append((place.start, place.end, value, text))
            done += 1
        yield from _blocks(blocks, at, prints)
        at = last


def _paragraph(item: Paragraph) -> Iterable[PrintedLine]:
    text = unescape(item.text) if "&" in item.text else item.text
    return _sentence_lines(text, [p[1:] for p in item.prints]) if item.prints else _still_lines(text)


def _table(table: Table) -> Iterator[PrintedLine]:
    done = 0
    for (columns, still), base, cells, end in table.rows:
        prints = table.prints[done:end]
        done = end
        if line := _plain_row(columns, still, cells, prints):
            if line.check or any(line.texts):
                yield line
            continue
        placed = [(p[0] - base + 1, p[1:]) for p in prints]
        shown = {column: stretch[-1] for column, stretch in placed}
        texts = dict(still) | {c: shown[c] if t is None else _text_of(t) for c, t in zip(columns, cells, strict=True)}
        yield from _row({c: t for c, t in texts.items() if _says(t)}, placed)


def _blocks(blocks: Iterable[Block], at: int, prints: Mapping[int, Sequence[Stretch]]) -> Iterator[PrintedLine]:
    """Lines of paragraphs and rows that begin with the paragraph `at`; `prints` by paragraphs."""
    for block in blocks:
        if isinstance(block, str):
            yield from _sentence_lines(block, prints[at]) if at in prints else _still_lines(block)
            at += 1
            continue
        placed: list[tuple[int, Stretch]] = []
        for column, texts in block.items():
            shift = 0
            for text in texts:
                placed += ((column, (s + shift, e + shift, *what)) for s, e, *what in prints.get(at, ()))  # type: ignore[misc]
                at, shift = at + 1, shift + len(text) + 1
        yield from _row(joined(block), placed)


def _charts(rendered: Rendered) -> Iterator[PrintedLine]:
    if rendered.story is not None and not any("<c:chart " in s for s in rendered.story if isinstance(s, str)):
        return
    prints: dict[tuple[str, int], list[Printed]] = {}
    for item in rendered.printed:
        if isinstance(item.place, ChartPlace):
            prints.setdefault((item.place.part, item.place.series), []).append(item)
    package = Package(rendered.data)
    for part, series, line in read_charts(package, package.read(DOCUMENT)):
        points = ((p.place.point + 2, p) for p in prints.get((part, series), ()) if isinstance(p.place, ChartPlace))
        yield from _row(line.cells, ((c, (0, len(line.cell(c)), p.value, p.text)) for c, p in points))
