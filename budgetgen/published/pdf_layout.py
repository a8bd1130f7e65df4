"""One page of a PDF laid out: its lines, its tables as frames of cells with the lines in them.

What belongs together is told by whether a line is full: whether the first word of the next one had no room behind it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Any

from budgetgen.published.grid import Box
from budgetgen.published.pdf_pages import Char, Page

SNAP = 3.0
"""Ruled lines that lie so near are one, in points."""
_ROOM = 0.45
"""Characters of one line differ less in the height of their middles than this part of their size."""
_GAP = 1.0
"""A gap of so many sizes between two characters is a blank."""
_PADDING = 8.0
_OFTEN = 3
ENDS = tuple("。；：！？;:!?")
_OPENING, _CLOSING = "（(《〈“‘【[〔「『", "，。、；：？！）)》〉”’】]〕」』%％,.;:?!…"
_WORD = re.compile(r"[0-9A-Za-z.,%％\-—/:+]")
NUMBERED = re.compile(
    r"^\s*(?:第[一二三四五六七八九十]+部分|[一二三四五六七八九十]+、|[（(](?:[一二三四五六七八九十]+|\d{1,2})[）)]|\d{1,2}[.、](?!\d))"
)


# ------------------------------------------------------------------------------------------------ lines


@dataclass(slots=True)
class Line:
    """Characters that stand beside each other, from the left to the right."""

    page: Page
    chars: list[Char]
    text: str = ""
    starts: list[int] = field(default_factory=list)
    """Where each character's text begins in the line's."""

    def __post_init__(self) -> None:
        self.chars.sort(key=lambda c: c.x0)
        while self.chars and self.chars[-1].text.isspace():
            self.chars.pop()
        while self.chars and self.chars[0].text.isspace():
            self.chars.pop(0)
        before: Char | None = None
        for char in self.chars:
            if before is not None and not (before.text + char.text).isspace():
                gap = char.x0 - before.x1 > _GAP * max(char.size, before.size)
                if gap and not self.text.endswith(" ") and not char.text.isspace():
                    self.text += " "
            self.starts.append(len(self.text))
            self.text += " " if char.text.isspace() else char.text
            before = char

    @property
    def x0(self) -> float:
        """Where it begins."""
        return self.chars[0].x0

    @property
    def x1(self) -> float:
        """Where it ends."""
        return max(c.x1 for c in self.chars)

    @property
    def edge(self) -> float:
        """Where it ends without marks that hang over the margin."""
        return max((c.x1 for c in self.chars if c.text not in _CLOSING), default=self.x1)

    @property
    def top(self) -> float:
        """Its upper edge."""
        return min(c.top for c in self.chars)

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return max(c.bottom for c in self.chars)

    @property
    def size(self) -> float:
        """The size of its type."""
        return median(c.size for c in self.chars)

    def first_word(self) -> float:
        """How wide the first part is that can't be broken: a character with the marks that stick to it, or a number.

        A number that follows such a mark (务。2023) sticks to it too, as LibreOffice breaks lines.
        """
        last, started = self.chars[0], False
        for before, char in pairwise([Char("", 0, 0, 0, 0), *self.chars]):
            sticks = (
                char.text in _CLOSING
                or before.text in _OPENING
                or (_WORD.match(char.text) and (before.text in _CLOSING or _WORD.match(before.text)))
            )
            if started and not sticks:
                break
            last, started = char, True
        return last.x1 - self.x0

    def boxes(self, at: int) -> Iterator[Box]:
        """The places of the characters, for a line that begins at `at` in its text."""
        for char, start in zip(self.chars, self.starts, strict=True):
            x0, top, x1, bottom = self.page.on_sheet((char.x0, char.top, char.x1, char.bottom))
            yield Box(at + start, at + start + len(char.text), self.page.number, x0, top, x1, bottom)


def _lines(page: Page, chars: Iterable[Char]) -> list[Line]:
    """Characters put together to lines, from above."""
    lines: list[list[Char]] = []
    height = 0.0
    for char in sorted(chars, key=lambda c: c.middle):
        if lines and char.middle - height <= _ROOM * max(char.size, lines[-1][-1].size):
            lines[-1].append(char)
            height += (char.middle - height) / len(lines[-1])
        else:
            lines.append([char])
            height = char.middle
    return [line for line in (Line(page, found) for found in lines) if line.chars]


def is_full(before: Line, line: Line, right: float) -> bool:
    """Whether the first word of `line` had no room any more behind `before`."""
    return right - before.x1 < line.first_word() + 0.1 * before.size


def closes_up(before: Line, line: Line, right: float) -> bool:
    """Whether nothing stands between two lines of a cell: the first is full, and no word ends there."""
    return is_full(before, line, right) and not parts_words(before, line)


def parts_words(before: Line, line: Line) -> bool:
    """Whether the break between two lines stands for a blank between Latin words."""
    at = before.text[-1:] + line.text[:1]
    return at.isascii() and at.isalpha()


def joined(lines: Iterable[tuple[Line, bool]]) -> tuple[str, tuple[Box, ...]]:
    """The text of lines, each with whether a blank stands before it, and where its characters stand."""
    text = ""
    boxes: list[Box] = []
    for line, blank in lines:
        text += " " if blank else ""
        boxes += line.boxes(len(text))
        text += line.text
    return text, tuple(boxes)


# ------------------------------------------------------------------------------------------------ a page


@dataclass
class Laid:
    """A page laid out: the lines outside of its tables, and its tables."""

    page: Page
    lines: list[Line] = field(default_factory=list)
    tables: list[Part] = field(default_factory=list)
    left: float = 0.0
    right: float = 0.0

    def centred(self, line: Line) -> bool:
        """Whether a line has as much room on its left as on its right."""
        return abs((line.x0 - self.left) - (self.right - line.x1)) < line.size

    def all_lines(self) -> Iterator[Line]:
        """Every line of the page, those in cells as well."""
        yield from self.lines
        for table in self.tables:
            for cell in table.cells:
                yield from cell.lines


@dataclass(slots=True)
class PdfCell:
    """One cell on a page: its frame, and the lines in it."""

    x0: float
    top: float
    x1: float
    bottom: float
    page: Page
    lines: list[Line] = field(default_factory=list)

    @property
    def right(self) -> float:
        """How far its text can reach."""
        return self.x1 - min(_PADDING, max(self.lines[0].x0 - self.x0, 0) if self.lines else 0)

    @property
    def text(self) -> str:
        """What stands in it."""
        return joined(self.spaced())[0].strip()

    def spaced(self, above: PdfCell | None = None) -> Iterator[tuple[Line, bool]]:
        """Its lines, each with whether a blank stands before it; `above` is the part on the page before."""
        before, right = (above.lines[-1], above.right) if above and above.lines else (None, 0.0)
        for line in self.lines:
            yield line, before is not None and not closes_up(before, line, right)
            before, right = line, self.right


@dataclass
class Part:
    """What stands of a table on one page."""

    page: Page
    cells: list[PdfCell]

    @property
    def x0(self) -> float:
        """Where it begins."""
        return min(c.x0 for c in self.cells)

    @property
    def x1(self) -> float:
        """Where it ends."""
        return max(c.x1 for c in self.cells)

    @property
    def top(self) -> float:
        """Its upper edge."""
        return min(c.top for c in self.cells)

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return max(c.bottom for c in self.cells)

    def first_row(self) -> list[str]:
        """The texts of its uppermost cells."""
        top = self.top
        cells = sorted((c for c in self.cells if c.top < top + SNAP), key=lambda c: c.x0)
        return [re.sub(r"\s", "", c.text) for c in cells]


def lay_out(page: Page) -> Laid:
    """The lines and tables of a page, which is emptied."""
    laid = Laid(page)
    inside: dict[int, list[Char]] = defaultdict(list)
    outside: list[Char] = []
    laid.tables = [Part(page, [PdfCell(*box, page) for box in cells]) for cells in _tables(page)]
    cells = [c for t in laid.tables for c in t.cells]
    bands = _bands(cells)
    for char in page.chars:
        x, y = (char.x0 + char.x1) / 2, char.middle
        at = next(
            (
                n
                for n in bands.get(int(y) // _BAND, ())
                if cells[n].x0 <= x <= cells[n].x1 and cells[n].top <= y <= cells[n].bottom
            ),
            None,
        )
        outside.append(char) if at is None else inside[at].append(char)
    for number, chars in inside.items():
        cells[number].lines = _lines(page, chars)
    laid.tables = [t for t in laid.tables if any(c.lines for c in t.cells)]
    laid.lines = _lines(page, outside)
    page.chars, page.edges = [], []
    return laid


_BAND = 20


def _bands(cells: Sequence[PdfCell]) -> Mapping[int, list[int]]:
    """The cells by the bands of the page that they touch: a character is looked for in few of them."""
    bands: dict[int, list[int]] = defaultdict(list)
    for number, cell in enumerate(cells):
        for band in range(int(cell.top) // _BAND, int(cell.bottom) // _BAND + 1):
            bands[band].append(number)
    return bands


_Edge = dict[str, Any]
_SETTINGS = (SNAP, SNAP, SNAP, SNAP)
_FEWEST = 4
_POINTS = 6_000


def _tables(page: Page) -> list[list[tuple[float, float, float, float]]]:
    """The tables of a page as the frames of their cells."""
    if len(page.edges) < _FEWEST:
        return []
    from pdfplumber.table import cells_to_tables, edges_to_intersections, intersections_to_cells, merge_edges  # noqa: PLC0415

    edges = merge_edges(page.edges, *_SETTINGS)
    edges = [e for e in edges if max(e["x1"] - e["x0"], e["bottom"] - e["top"]) >= SNAP]
    points = edges_to_intersections(_closed(edges), SNAP, SNAP)
    if len(points) > _POINTS:
        return []
    tables: list[list[tuple[float, float, float, float]]] = cells_to_tables(intersections_to_cells(points))
    return tables


def _closed(edges: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the sides that a table leaves open: beside rows that are ruled, and where a page cuts a cell.

    │ 产出 │ 数量 │ 5 │        │ 产出 │ 数量 │ 5 │
    │ 指标 ├──────┼───┤   →    │ 指标 ├──────┼───┤
    │      │ 质量 │ 5 │        │      │ 质量 │ 5 │
           └──────┴───┘        └──────┴──────┴───┘
    """
    flat = [e for e in edges if e["orientation"] == "h"]
    upright = [e for e in edges if e["orientation"] == "v"]
    return [*flat, *_sides(flat, upright), *upright, *_ends(flat, upright, "top"), *_ends(flat, upright, "bottom")]


def _sides(flat: Sequence[_Edge], upright: Sequence[_Edge]) -> Iterator[_Edge]:
    """Upright edges at both ends of rows that begin and end alike."""
    rows: dict[tuple[int, int], list[_Edge]] = defaultdict(list)
    for edge in flat:
        rows[round(edge["x0"] / SNAP), round(edge["x1"] / SNAP)].append(edge)
    for alike in rows.values():
        top, bottom = min(e["top"] for e in alike), max(e["top"] for e in alike)
        x0, x1 = alike[0]["x0"], alike[0]["x1"]
        crossing = [e for e in upright if e["top"] < bottom and e["bottom"] > top]
        if len(alike) < _OFTEN or not any(x0 + SNAP < e["x0"] < x1 - SNAP for e in crossing):
            continue
        for x in (x0, x1):
            if not any(abs(e["x0"] - x) <= SNAP for e in crossing):
                yield {**alike[0], "x0": x, "x1": x, "top": top, "bottom": bottom, "orientation": "v"}


def _ends(flat: Sequence[_Edge], upright: Sequence[_Edge], end: str) -> Iterator[_Edge]:
    """Flat edges between two neighbouring upright ones that end at one height with nothing between them."""
    sign = 1 if end == "bottom" else -1
    for height in edges_of(e[end] for e in upright):
        inside = height - sign * 2 * SNAP
        there = sorted((e for e in upright if e["top"] <= inside <= e["bottom"]), key=lambda e: e["x0"])
        for left, right in pairwise(there):
            if any(abs(e[end] - height) > SNAP for e in (left, right)):
                continue
            at = max(left[end] * sign, right[end] * sign) * sign
            ruled = any(
                abs(e["top"] - at) <= SNAP and e["x0"] <= left["x0"] + SNAP and e["x1"] >= right["x0"] - SNAP
                for e in flat
            )
            if not ruled:
                near = next((e["top"] for e in flat if abs(e["top"] - at) <= SNAP), at)
                yield {**left, "x0": left["x0"], "x1": right["x0"], "top": near, "bottom": near, "orientation": "h"}


def edges_of(places: Iterable[float]) -> list[float]:
    """Places that lie within `SNAP` of each other, once."""
    found: list[float] = []
    for place in sorted(places):
        if not found or place - found[-1] > SNAP:
            found.append(place)
    return found
