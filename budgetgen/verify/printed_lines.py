"""The lines of a file that was rendered, with what they print: from what the render tells of its rows and paragraphs.

What it does not tell (a frame's own paragraphs, a cell that holds more than its value) is read from its XML as files are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import unescape
from typing import NamedTuple

from budgetgen.figures import Blank, Figure
from budgetgen.office.cells import column_number
from budgetgen.office.package import BOOK, DOCUMENT, Package
from budgetgen.template import CellPlace, ChartPlace, Paragraph, ParagraphPlace, Passage, Printed, Rendered, Table
from budgetgen.template.language.rendered import FilledRow
from budgetgen.verify.lines import (
    CHARTS,
    DIRECTION,
    SENTENCE_ENDS,
    TOKENS,
    WHOLE,
    Block,
    Line,
    Spot,
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
_TOKEN, _PIECE = re.compile(TOKENS), re.compile(f"[{SENTENCE_ENDS}]|{TOKENS}")
_NUMBER = "0"
"""What stands in for the number that a cell of a worksheet holds: it says something, but is none of the row's other words."""
Stretch = tuple[int, int, "Figure | Blank", str]
"""A figure (or gap) in a text: from where to where, and as which text."""


class Form:
    """What a line prints: names of figures (of a word of direction blank) and their places. Lines that print alike share one."""

    __slots__ = ("names", "spots")

    def __init__(self, names: tuple[str, ...], spots: tuple[Spot, ...]) -> None:
        self.names, self.spots = names, spots


class PrintedLine(NamedTuple):
    """A line: what it prints, the texts of that in order, and the check of its other words."""

    form: Form
    texts: Sequence[str]
    check: int


def printed_lines(rendered: Rendered) -> dict[str, list[PrintedLine]]:
    """The lines by sheet or part, those that `read_lines` finds in the file; of gaps (【待填写】) nothing is kept."""
    if rendered.sheets is not None:
        found = _sheets(rendered)
    elif rendered.story is None and BOOK in Package(rendered.data):
        found = _read_sheets(rendered)
    else:
        found = {DOCUMENT: list(_document(rendered)), CHARTS: list(_charts(rendered))}
    return {group: lines for group, lines in found.items() if lines}


# ------------------------------------------------------------------------------------------------------- sentences


@lru_cache(maxsize=4096)
def _still_lines(text: str) -> Sequence[PrintedLine]:
    """The sentences of a paragraph without figures, which is likely to come again."""
    return _sentence_lines(text, ())


def _sentence_lines(text: str, prints: Iterable[Stretch]) -> list[PrintedLine]:
    figures = iter([(start, end, value.name) for start, end, value, _ in prints if isinstance(value, Figure)])
    first, last, name = next(figures, _NO_MORE)
    lines: list[PrintedLine] = []
    names, numbers, texts = list[str](), list[int](), list[str]()
    begin = number = 0
    for found in (*_PIECE.finditer(text), None):
        if found is None or (piece := found[0]) in SENTENCE_ENDS:
            sentence = text[begin : found.end()] if found else text[begin:]
            if sentence and not sentence.isspace():
                form = _in_sentence(tuple(names), tuple(numbers)) if names else _NOTHING
                lines.append(_new(PrintedLine, (form, texts, words_check(sentence))))
            names, numbers, texts = [], [], []
            begin, number = found.end() if found else 0, 0
            continue
        start, end = found.span()
        while last <= start:
            first, last, name = next(figures, _NO_MORE)
        if first < end:
            names.append(name)
            first, last, name = next(figures, _NO_MORE)
        elif piece[-1].isdecimal():
            number += 1
            continue
        else:
            names.append("")
        numbers.append(number)
        texts.append(piece)
        number += 1
    return lines


_NO_MORE = (1 << 60, 1 << 60, "")
_NOTHING = Form((), ())
_new = tuple.__new__  # by its class a line takes three times as long: a sixth of all that its list costs


@lru_cache(maxsize=4_096)
def _in_sentence(names: tuple[str, ...], numbers: tuple[int, ...]) -> Form:
    return Form(names, tuple(Spot(0, n) for n in numbers))


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
    check = sum(words_check(text) * weight(c) for c, text in cells.items() if (c, WHOLE) not in found)
    yield PrintedLine(_form(tuple(found[s][0] for s in spots), spots), [found[s][1] for s in spots], check)


@lru_cache(maxsize=4_096)
def _form(names: tuple[str, ...], spots: tuple[Spot, ...]) -> Form:
    return Form(names, spots)


Said = tuple[int, Sequence[tuple[int, str]]]
"""The checksum of a text, and its words of direction, each with its number among the text's tokens."""


def _plain_row(
    row: FilledRow, names: tuple[str, ...], texts: list[str], read: Callable[[str], Said]
) -> PrintedLine | None:
    """A row whose figures stand by themselves; None: it is none such."""
    (columns, still), _, cells, _ = row
    total, moving = _still_cells(still)
    alone = []
    for column, cell in zip(columns, cells):  # noqa: B905 - they are as many
        if cell is None:
            alone.append(column)
        elif cell:
            check, moves = read(cell)
            total += check * (2 * column + 1)  # `weight`, a call less for each cell
            if moves:
                moving = (*moving, (column, moves))
    if len(alone) != len(names):
        return None
    if moving:
        return _moving_row(zip(alone, names, texts, strict=True), moving, total)
    return _new(PrintedLine, (_in_cells(names, tuple(alone)) if names else _NOTHING, texts, total))


def _moving_row(
    figures: Iterable[tuple[int, str, str]], moving: Sequence[tuple[int, Sequence[tuple[int, str]]]], check: int
) -> PrintedLine:
    """A row of such figures (column, name and text of each) in whose texts words of direction stand."""
    found = {Spot(column, WHOLE): (name, text) for column, name, text in figures}
    found |= {Spot(column, number): ("", word) for column, moves in moving for number, word in moves}
    spots = tuple(sorted(found))
    return PrintedLine(_form(tuple(found[s][0] for s in spots), spots), [found[s][1] for s in spots], check)


@lru_cache(maxsize=4_096)
def _in_cells(names: tuple[str, ...], columns: tuple[int, ...]) -> Form:
    return Form(names, tuple(Spot(c, WHOLE) for c in columns))


@lru_cache(maxsize=4096)
def _still_cells(still: tuple[tuple[int, str], ...]) -> tuple[int, tuple[tuple[int, Sequence[tuple[int, str]]], ...]]:
    """What texts in columns add to a check, and their words of direction."""
    said = [(column, *_said(text)) for column, text in still]
    return sum(check * weight(c) for c, check, _ in said), tuple((c, moves) for c, _, moves in said if moves)


@lru_cache(maxsize=4_096)
def _said(text: str) -> Said:
    tokens = (found[0] for found in _TOKEN.finditer(text)) if DIRECTION.search(text) else ()
    return words_check(text), [(n, word) for n, word in enumerate(tokens) if not word[-1].isdecimal()]


@lru_cache(maxsize=4_096)
def _said_in_sheet(text: str) -> Said:
    return _said(held(text))


def _says(text: str) -> bool:
    return bool(text) and not text.isspace()


# ------------------------------------------------------------------------------------------------------- workbooks


def _sheets(rendered: Rendered) -> dict[str, list[PrintedLine]]:
    found: dict[str, list[PrintedLine]] = {}
    names, shown = tuple([getattr(p[1], "name", "") for p in rendered.printed]), [p[2] for p in rendered.printed]
    done = 0
    for sheet, rows in (rendered.sheets or {}).items():
        lines = found[sheet] = []
        for row in rows:
            end = row[-1]
            if line := _plain_row(row, names[done:end], shown[done:end], _said_in_sheet):
                if line[1] or line[2]:
                    lines.append(line)
            else:
                texts = {c: _NUMBER if t is None else held(t) for c, t in _texts(row)}
                lines += _sheet_row({c: t for c, t in texts.items() if _says(t)}, rendered.printed[done:end])
            done = end
    return found


def _texts(row: FilledRow) -> Iterator[tuple[int, str | None]]:
    """What stands in a row's columns; None for a figure by itself."""
    (columns, still), _, cells, _ = row
    yield from still
    yield from zip(columns, cells, strict=True)


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
    names, shown = tuple([getattr(p[3], "name", "") for p in table.prints]), [p[4] for p in table.prints]
    done = 0
    for row in table.rows:
        end, base = row[-1], row[1]
        if line := _plain_row(row, names[done:end], shown[done:end], _said):
            if line[2] or any(line[1]):
                yield line
        else:
            placed = [(p[0] - base + 1, p[1:]) for p in table.prints[done:end]]
            said = {column: stretch[-1] for column, stretch in placed}
            texts = {c: said[c] if t is None else t for c, t in _texts(row)}
            yield from _row({c: t for c, t in texts.items() if _says(t)}, placed)
        done = end


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
