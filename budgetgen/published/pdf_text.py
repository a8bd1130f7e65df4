"""A PDF as paragraphs and tables: lines are put together to the paragraphs that they were, tables over their pages.

A PDF knows only where each character stands.

        一、收入支出决算总体情况说明               ← would have had room: ends
        2024年度收入、支出总计840.70万元。与上   ← full
        年相比，减少12.84万元，下降1.50%。          ← ends
                       — 12 —                    ← foot: falls out
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from statistics import median

from budgetgen.office.package import Damaged
from budgetgen.published.grid import Box, Mark
from budgetgen.published.pdf_layout import (
    ENDS,
    NUMBERED,
    SNAP,
    Laid,
    Line,
    Part,
    PdfCell,
    edges_of,
    is_full,
    joined,
    lay_out,
    parts_words,
)
from budgetgen.published.pdf_pages import bounded, pages_of
from budgetgen.records import record

_INDENT = 1.2
_FAR = 4.5
_PITCH = 1.9
_SIZES = 1.25
_SAME = 4.0
_FOOT = re.compile(r"[-—–―－·•.第页共/\s]*\d{1,4}[-—–―－·•.页共/第\s\d]*")
_DIVISION = re.compile(r"^第[一二三四五六七八九十]+部[分份]$")
"""A heading whose name stands on the lines below it: they are one."""
_LEADER = re.compile(r"[.…·]{3,}\s*\d{1,3}$")
_EDGE = 0.13
"""Head and foot are the uppermost and lowest parts of a page."""
_OFTEN = 3
_LEAD = 8
_AGAIN = re.compile(r"[（(]?续表?[）)]?")
_WIDE = 0.6
_FEW_LINES = 5
_NUMBER = re.compile(r"-?[\d,，]+(?:\.\d*)?%?")
_GARBLED = re.compile(r"\(cid:\d+\)")
_FEW_CHARS, _MUCH, _TOLD = 40, 0.3, 10


@record
class PdfText:
    """One paragraph with its place and its first page."""

    text: str
    mark: Mark
    page: int


@record
class PdfTable:
    """One table: its cells as (row, column, last row, last column, text, mark), its first page."""

    cells: Sequence[tuple[int, int, int, int, str, Mark]]
    page: int


@record
class PdfContent:
    """All that a PDF says in its order, and words on the pages that could not be read."""

    blocks: Sequence[PdfText | PdfTable]
    faults: Sequence[str]


def read_pdf(data: bytes) -> PdfContent:
    """What a PDF says. Damaged: it can't be read, is locked, takes too much, or holds pictures of text only."""
    with bounded() as watch:
        laid = [lay_out(page) for page in pages_of(data, watch)]
        _refuse_pictures(laid)
        _drop_feet(laid)
        blocks = list(_blocks(laid))
    return PdfContent(blocks, list(_faults(laid)))


def _refuse_pictures(laid: Sequence[Laid]) -> None:
    chars = sum(len(line.text) for p in laid for line in p.all_lines())
    garbled = sum(len(_GARBLED.findall(line.text)) for p in laid for line in p.all_lines())
    if chars <= _FEW_CHARS and any(p.page.pictured for p in laid):
        raise Damaged("PDF 是扫描件，只有图片没有文字")
    if chars <= _FEW_CHARS and laid and all(p.page.fault for p in laid):
        raise Damaged(f"PDF 的每一页都{laid[0].page.fault}")
    if not chars:
        raise Damaged("PDF 里没有文字")
    if garbled > _MUCH * chars:
        raise Damaged("PDF 的字体没有带文字编码，认不出是什么字")


def _faults(laid: Sequence[Laid]) -> Iterator[str]:
    bad = [f"第{p.page.number}页{p.page.fault}" for p in laid if p.page.fault]
    if bad:
        yield f"{'、'.join(bad[:_TOLD])}{'等' if len(bad) > _TOLD else ''}，没有读。"
    scanned = [str(p.page.number) for p in laid if p.page.pictured and not p.lines and not p.tables]
    if scanned:
        yield f"第{'、'.join(scanned[:_TOLD])}页是图片，没有读。"


# ------------------------------------------------------------------------------------------------ heads and feet


def _drop_feet(laid: Sequence[Laid]) -> None:
    """Take away page numbers."""
    for page in laid:
        page.lines = [line for line in page.lines if not (_at_edge(line) and _FOOT.fullmatch(line.text))]


def _running(laid: Sequence[Laid]) -> set[str]:
    """What stands word for word at the edge of most pages."""
    often = Counter(t for p in laid for t in {_bare(line) for line in p.lines if _at_edge(line)})
    return {t for t, n in often.items() if n >= _OFTEN and n * 2 >= len(laid)}


def _at_edge(line: Line) -> bool:
    height = line.page.height
    return line.bottom < _EDGE * height or line.top > (1 - _EDGE) * height


# ------------------------------------------------------------------------------------------------ paragraphs


def _margins(laid: Sequence[Laid]) -> None:
    """Where the text of each page begins and ends: by its own wide lines, or those of the pages of its size."""
    alike: dict[tuple[int, int], list[Line]] = defaultdict(list)
    for p in laid:
        alike[round(p.page.width), round(p.page.height)] += p.lines
    for p in laid:
        whole = alike[round(p.page.width), round(p.page.height)]
        own = [line for line in p.lines if _wide(line)] if len(p.lines) >= _FEW_LINES else []
        wide = own or [line for line in whole if _wide(line)]
        p.left = min((line.x0 for line in wide or whole), default=0.0)
        p.right = max((line.edge for line in wide), default=p.page.width - p.left)


def _wide(line: Line) -> bool:
    return line.x1 - line.x0 > _WIDE * line.page.width


@dataclass
class _Open:
    """A paragraph that may go on."""

    laid: Laid
    lines: list[Line]

    def goes_on(self, laid: Laid, line: Line) -> bool:
        """Whether `line` belongs to this paragraph."""
        last = self.lines[-1]
        size = last.size
        if not 1 / _SIZES < line.size / size < _SIZES:
            return False
        if _DIVISION.match(_bare(self.lines[0])) and last.page is line.page:
            return self.laid.centred(last) and laid.centred(line)
        if len(self.lines) == 1 and last.x0 > self.laid.left + _FAR * size:
            return False
        if last.page is line.page and line.top - last.top > _PITCH * max(size, self._pitch()):
            return False
        if not is_full(last, line, self.laid.right):
            return False
        numbered = NUMBERED.match(line.text)
        first = self.lines[0]
        flush = first.x0 > self.laid.left + size and line.x0 < laid.left + size / 2
        if _LEADER.search(last.text) or (numbered and last.text.endswith(ENDS) and not flush):
            return False
        if line.x0 <= laid.left + _INDENT * size:
            return True
        if len(self.lines) == 1 and self.laid.centred(last) and laid.centred(line):
            return not numbered  # a title of two lines
        # Indented as a whole, or one indented first line under another.
        begun = last.text.endswith(ENDS) or NUMBERED.match(self.lines[0].text)
        return not begun and not numbered and abs((line.x0 - laid.left) - (last.x0 - self.laid.left)) < size / 2

    def _pitch(self) -> float:
        pitches = [b.top - a.top for a, b in pairwise(self.lines) if a.page is b.page]
        return median(pitches) if pitches else self.lines[-1].size * 1.3

    def closed(self) -> PdfText:
        """The paragraph as it is."""
        pairs = pairwise([None, *self.lines])
        text, boxes = joined((line, before is not None and parts_words(before, line)) for before, line in pairs if line)
        return PdfText(text, Mark(boxes=boxes), self.lines[0].page.number)


def _blocks(laid: Sequence[Laid]) -> Sequence[PdfText | PdfTable]:
    """Paragraphs and tables in their order."""
    _margins(laid)
    flow = _Flow(_running(laid))
    for page in laid:
        things: list[Line | Part] = sorted([*page.lines, *page.tables], key=lambda t: t.top)
        for thing in things:
            flow.part(thing) if isinstance(thing, Part) else flow.line(page, thing)
    flow.settle()
    return flow.blocks


class _Flow:
    """Takes lines and parts of tables in their order, and puts together what goes on."""

    def __init__(self, running: set[str]) -> None:
        self.blocks: list[PdfText | PdfTable] = []
        self._running = running
        self._paragraph: _Open | None = None
        self._table: list[Part] = []
        self._lead: list[str] = []
        self._waiting: list[tuple[Laid, Line, bool]] = []
        """Lines at the head of a page, each with whether it stood over the table too: what comes next says what they are."""

    def line(self, laid: Laid, line: Line) -> None:
        """A line outside of tables."""
        bare = _bare(line)
        over = any(bare == t or _AGAIN.sub("", bare) in ("", t) for t in self._lead[-_LEAD:])
        follows = self._table and line.page.number == self._table[-1].page.number + 1
        if (bare in self._running and _at_edge(line)) or (follows and over):
            self._waiting.append((laid, line, over))
            return
        self._end_table()
        self._emit_waiting(table=False)
        self._text(laid, line)

    def part(self, part: Part) -> None:
        """What stands of a table on a page: lines over it that wait are repeated with it, or are its title."""
        repeated = any(over for _, _, over in self._waiting)
        if self._table and _continues(self._table, part, waited=repeated):
            self._waiting = []
        else:
            self._end_table()
            self._emit_waiting(table=True)
        self._end_paragraph()
        self._table.append(part)

    def settle(self) -> None:
        """The end: what is open is closed."""
        self._end_table()
        self._emit_waiting(table=False)
        self._end_paragraph()

    def _emit_waiting(self, *, table: bool) -> None:
        """Lines that waited are texts; what runs over the pages is one only over a table, as its title may."""
        waiting, self._waiting = self._waiting, []
        for laid, line, _ in waiting:
            if table or _bare(line) not in self._running:
                self._text(laid, line)

    def _text(self, laid: Laid, line: Line) -> None:
        self._lead.append(_bare(line))
        if self._paragraph and self._paragraph.goes_on(laid, line):
            self._paragraph.lines.append(line)
            self._paragraph.laid = laid
            return
        self._end_paragraph()
        self._paragraph = _Open(laid, [line])

    def _end_paragraph(self) -> None:
        if self._paragraph:
            self.blocks.append(self._paragraph.closed())
        self._paragraph = None

    def _end_table(self) -> None:
        if self._table:
            self.blocks.append(_table(self._table))
            self._lead = []
        self._table = []


def _bare(line: Line) -> str:
    return re.sub(r"\s", "", line.text)


# ------------------------------------------------------------------------------------------------ tables over pages


def _continues(parts: Sequence[Part], other: Part, *, waited: bool) -> bool:
    """Whether a table goes on on the next page: it is as wide there, and does not begin anew.

    `waited`: lines over it are repeated, so its heading must be as well.
    """
    last = parts[-1]
    if other.page.number != last.page.number + 1 or abs((last.x1 - last.x0) - (other.x1 - other.x0)) > _SAME:
        return False
    first, again = parts[0].first_row(), other.first_row()
    if first == again or waited:
        return first == again
    return not _titled(other) and first[:1] != again[:1]


def _titled(part: Part) -> bool:
    """Whether a table begins with one cell over its whole width."""
    first = min(part.cells, key=lambda c: (c.top, c.x0))
    return first.x1 - first.x0 > part.x1 - part.x0 - SNAP and bool(first.lines)


def _table(parts: Sequence[Part]) -> PdfTable:
    """The parts of a table as one grid: columns are the left edges of all cells, rows the upper edges, page under page."""
    lefts = edges_of([c.x0 - p.x0 for p in parts for c in p.cells])
    placed: list[tuple[int, int, int, int, list[PdfCell]]] = []
    rows = 0
    for part in parts:
        tops = edges_of([c.top for c in part.cells])
        grid = []
        for cell in part.cells:
            top, left = _index(tops, cell.top), _index(lefts, cell.x0 - part.x0)
            bottom, right = _last(tops, cell.bottom), _last(lefts, cell.x1 - part.x0)
            grid.append((top, left, max(bottom, top), max(right, left), [cell]))
        grid.sort(key=lambda c: c[:2])
        if placed:
            grid = _without_heading(placed, grid)
            grid = _mended(placed, grid, rows)
        placed += [(t + rows, le, b + rows, r, cells) for t, le, b, r, cells in grid]
        rows = max((b for _, _, b, _, _ in placed), default=-1) + 1
    cells = [(t, le, b, r, *_cell_text(found)) for t, le, b, r, found in placed]
    return PdfTable(cells, parts[0].page.number)


def _cell_text(cells: Sequence[PdfCell]) -> tuple[str, Mark]:
    """The text of a cell that a page may have torn, and where it stands; the frame of a blank one."""
    pairs = pairwise([None, *cells])
    text, boxes = joined(spaced for above, cell in pairs if cell for spaced in cell.spaced(above))
    if not boxes:
        first = cells[0]
        frame = first.page.on_sheet((first.x0, first.top, first.x1, first.bottom))
        boxes = (Box(0, 0, first.page.number, *frame),)
    return text, Mark(boxes=boxes)


def _index(edges: Sequence[float], place: float) -> int:
    return min(range(len(edges)), key=lambda n: abs(edges[n] - place))


def _last(edges: Sequence[float], end: float) -> int:
    return sum(1 for e in edges if e < end - SNAP) - 1


_Placed = tuple[int, int, int, int, list[PdfCell]]


def _row_texts(grid: Sequence[_Placed], row: int) -> list[tuple[int, str]]:
    return [(left, re.sub(r"\s", "", "".join(c.text for c in cells))) for top, left, _, _, cells in grid if top == row]


def _without_heading(placed: Sequence[_Placed], grid: list[_Placed]) -> list[_Placed]:
    """The rows of a part without the heading that is repeated on its page."""
    first = _row_texts(grid, 0)
    if not any(t for _, t in first) or any(_NUMBER.match(t) for _, t in first):
        return grid
    rows = max(b for _, _, b, _, _ in placed) + 1
    begun = next((n for n in range(rows) if _row_texts(placed, n) == first), None)
    if begun is None:
        return grid
    height = max(b for _, _, b, _, _ in grid) + 1
    pairs = ((_row_texts(placed, begun + n), _row_texts(grid, n)) for n in range(height))
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return [(t - same, le, b - same, r, cells) for t, le, b, r, cells in grid if t >= same]


def _mended(placed: list[_Placed], grid: list[_Placed], rows: int) -> list[_Placed]:
    """A part whose first row goes on with the last one of `placed`: what is torn is put together there."""
    if not grid:
        return grid
    above = {(le, r): n for n, (_, le, b, r, _) in enumerate(placed) if b == rows - 1}
    below = [c for c in grid if c[0] == 0]
    pairs = [(placed[above[le, r]], c) for c in below for le, r in [(c[1], c[3])] if (le, r) in above]
    if not _torn(pairs, below):
        return grid
    for upper, lower in pairs:
        upper[4].extend(lower[4])
    return [(t - 1, le, b - 1, r, cells) for t, le, b, r, cells in grid if t > 0]


def _flows(before: Line, line: Line, right: float) -> bool:
    """Whether `line` goes on with the sentence of a line that is full."""
    begins = NUMBERED.match(line.text) and before.text.endswith(ENDS)
    return is_full(before, line, right) and not begins


def _torn(pairs: Sequence[tuple[_Placed, _Placed]], below: Sequence[_Placed]) -> bool:
    """Whether a row was torn by the page: its texts go on below, and nothing else stands there."""
    going = [(upper[4][-1], lower[4][0]) for upper, lower in pairs if lower[4][0].lines]
    if len(pairs) < len(below) or not going or any(_NUMBER.fullmatch(under.text) for _, under in going):
        return False
    if all(above.lines and _flows(above.lines[-1], under.lines[0], above.right) for above, under in going):
        return True
    # A text of several paragraphs, torn between two of them: beside it the row's own name does not stand again.
    name, again = min(pairs, key=lambda p: p[0][1])
    return bool(name[4][-1].lines) and not again[4][0].lines and all(len(above.lines) > 1 for above, _ in going)
