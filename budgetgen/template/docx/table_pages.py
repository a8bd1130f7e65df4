"""Where a table whose cells are merged over rows begins another page.

Word and its like cut such a table anywhere: a merged cell then lacks its lower line, and what it says stands on the
first page only. So the pages are reckoned here, from the texts and the widths of the cells, and each becomes a table:

    | 绩效指标 | 产出指标 | 数量 |            | 绩效指标 | 产出指标       | 数量 |
    |          |          | 质量 |    page    |----------------------------------|
    |          |          | 时效 |   ──────>  | 绩效指标 | 产出指标（续） | 时效 |
    |          | 效益指标 | 社会 |            |          | 效益指标       | 社会 |
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RESTARTS, CONTINUES = "restart", "continue"
LEADINGS = (1.25, 1.15)
"""The height of a line in sizes of its font: as is usual, and where a table has to be closer."""
_WIDE = re.compile("[\u2e81-\U0010ffff]+")
"""Characters that are as wide as they are high."""
FEWEST = 5
"""Rows that stand on a page, at least, unless the whole table has fewer."""
_NARROW, _GAP = 0.55, 0.25
"""How wide other characters are, and what stands between the two kinds."""
_LINE = 10
"""What the line below a row takes."""
_LEAST = 260
"""A row with one line of text, in twips."""
_SURE = 0.97
"""How full a page is planned: no two programs break all lines alike."""
_FULL = 0.6
"""How full a page must be for a break that cuts fewer merged cells."""
_TALL = 0.4
"""A row that takes more of a page than this may be cut itself."""


class Room(NamedTuple):
    """What a page leaves for a table, in twips: where it begins below its title, and on the next ones."""

    first: int
    next: int


Cell = tuple[int, str, float]
"""A cell for reckoning: its column, what a vertical merge makes of it, how high its text is, set solid."""


class Row(NamedTuple):
    """A row: how high it is at least, in twips, the highest of its cells but for merged ones, and those that say something or are merged."""

    height: int
    highest: float
    cells: Sequence[Cell]


class Joint(NamedTuple):
    """A cell over the rows from `top` to `bottom`, and how high its text is."""

    column: int
    top: int
    bottom: int
    height: float


class Pages(NamedTuple):
    """The rows with which pages begin (but for the first), how high rows are, which may be cut, how lines are set."""

    starts: tuple[int, ...] = ()
    heights: tuple[int, ...] = ()
    cut: frozenset[int] = frozenset()
    leading: float = 0.0
    header: range = range(0)
    joints: tuple[Joint, ...] = ()

    def repeated(self, start: int) -> range:
        """The rows that stand above the row with which a page begins."""
        return self.header if start >= self.header.stop else range(0)

    def is_kept(self, row: int, end: int) -> bool:
        """Whether a row stays on one page with the next: where less than five lines would follow before the row `end`."""
        if not self.heights:
            return end - FEWEST <= row < end - 1
        return 0 < sum(self.heights[row + 1 : end]) < FEWEST * _LEAST

    def carried(self, start: int) -> dict[int, int]:
        """Columns of the cells that go on in the row with which a page begins → the row where each began."""
        above = self.repeated(start)
        return {j.column: j.top for j in self.joints if j.top < start <= j.bottom and j.top not in above}


def paginate(rows: Sequence[Row], header: range, room: Room, below: int) -> Pages:
    """Pages for a table and what stands `below` it, its lines closer where that saves a page; none are told of a table without merged cells."""
    joints = tuple(_joints(rows))
    if not joints:
        return Pages()
    best: Pages | None = None
    for leading in LEADINGS:
        heights = [max(row.height, round(row.highest * leading)) + _LINE for row in rows]
        grown = [(j, round(j.height * leading) + _LINE) for j in joints]
        starts, laid, cut = _Paginator([*heights, below] if below else heights, grown, header, room).pages()
        found = Pages(tuple(s for s in starts if s < len(rows)), laid, cut, leading, header, joints)
        if best is None or len(found.starts) < len(best.starts):
            best = found
        if not best.starts:  # no page to be saved
            break
    assert best is not None
    return best


def _joints(rows: Sequence[Row]) -> Iterator[Joint]:
    going: dict[int, list[int]] = {}
    heights: dict[int, float] = {}
    for number, row in enumerate(rows):
        for column, role, height in row.cells:
            if column in going:
                if role == CONTINUES:
                    going[column][1] = number
                    continue
                top, bottom = going.pop(column)
                yield Joint(column, top, bottom, heights[column])
            if role:
                going[column], heights[column] = [number, number], height
    for column, (top, bottom) in going.items():
        yield Joint(column, top, bottom, heights[column])


def line_count(lines: Sequence[tuple[int, int, int]], width: float) -> int:
    """How many lines a text whose own lines are so wide takes in a cell that is `width` of its characters wide."""
    whole = max(math.floor(width), 1) if width < math.inf else width
    ems = [wide + _NARROW * narrow + _GAP * changes for wide, narrow, changes in lines]
    return max(sum(1 if one <= width else math.ceil(one / whole) for one in ems), 1)


def widest(lines: Sequence[tuple[int, int, int]]) -> float:
    """How wide the widest line is, in characters."""
    return max([wide + _NARROW * narrow + _GAP * changes for wide, narrow, changes in lines], default=0.0)


def lines_of(text: str) -> Sequence[tuple[int, int, int]]:
    """What `widths_of` tells of each line; nothing of an empty text."""
    return tuple([widths_of(line) for line in text.split("\n")]) if text else ()


def widths_of(text: str) -> tuple[int, int, int]:
    """How many characters are as wide as they are high, how many are not, and how often the two kinds change."""
    runs = _WIDE.findall(text)
    if not runs:
        return 0, len(text), 0
    wide = sum(map(len, runs))
    return wide, len(text) - wide, 2 * len(runs) - text.startswith(runs[0]) - text.endswith(runs[-1])


class _Paginator:
    """Lays the rows of one table on pages; the rows of `header` are repeated on those that begin below it."""

    def __init__(self, rows: Sequence[int], joints: Sequence[tuple[Joint, int]], header: range, room: Room) -> None:
        self._rows, self._header, self._room = rows, header, room
        self._joints = [(j.top, j.bottom, h, h > sum(rows[j.top : j.bottom + 1])) for j, h in joints]
        """From and to which rows, how high, and whether it is higher than these are together."""
        self._repeated = sum(rows[i] for i in header)

    def pages(self) -> tuple[list[int], tuple[int, ...], frozenset[int]]:
        """Where pages begin, how high rows are, which may be cut: as few pages as there can be, merged cells cut the least."""
        count, begin = len(self._rows), 0
        starts: list[int] = []
        heights: list[int] = []
        cut: set[int] = set()
        while begin < count:
            end = self._fitting(begin, cut)
            if end < count:
                end = self._best(begin, end)
            heights += self._heights(begin, end)
            starts.append(end)
            begin = end
        return starts[:-1], tuple(heights), frozenset(cut)

    def _limit(self, begin: int) -> int:
        """What a page holds that begins with the row `begin`."""
        if not begin:
            return round(self._room.first * _SURE)
        repeated = self._repeated if self._header and begin >= self._header.stop else 0
        return round(self._room.next * _SURE) - repeated

    def _heights(self, begin: int, end: int) -> list[int]:
        """How high the rows are, where a page begins with `begin`."""
        heights = list(self._rows[begin:end])
        for top, bottom, height, is_high in self._joints:
            if begin <= top < end and (is_high or bottom >= end):
                last = min(bottom, end - 1) - begin
                lacking = height - sum(heights[top - begin : last + 1])
                if lacking > 0:
                    heights[last] += lacking
        return heights

    def _fitting(self, begin: int, cut: set[int]) -> int:
        """The row behind the last that has room where `begin` begins a page; rows that must be cut go on."""
        ends = range(begin + 1, len(self._rows) + 1)
        if (whole := self._cut_rows(begin, ends[-1])) is not None:
            cut |= whole
            return ends[-1]
        end = ends[bisect_left(ends, 1, key=lambda e: self._cut_rows(begin, e) is None) - 1]
        cut |= self._cut_rows(begin, end) or set()
        return end

    def _cut_rows(self, begin: int, end: int) -> set[int] | None:
        """The rows that must be cut where those from `begin` to `end` stand on one page; None where they have no room on it."""
        used, page = 0, self._limit(begin)
        found: set[int] = set()
        for index, height in enumerate(self._heights(begin, end), begin):
            used += height
            if used > page:
                if height <= _TALL * page and index > begin:
                    return None
                found.add(index)
                used, page = (used - page) % self._room.next, self._room.next - self._repeated
        return found

    def _best(self, begin: int, end: int) -> int:
        """The row before which a page that could hold those up to `end` ends best."""
        latest = max(min(end, len(self._rows) - FEWEST), begin + 1)
        least = _FULL * self._limit(begin)
        allowed = [
            row
            for row in range(begin + 1, latest + 1)
            if row not in self._header[1:] and row != self._header.stop
        ]  # fmt: skip
        full = allowed[bisect_left(allowed, least, key=lambda row: sum(self._heights(begin, row))) :]
        full = [row for row in full if row - begin >= FEWEST]
        return min(full or allowed[-1:] or [end], key=lambda row: (self._cuts(row), -row))

    def _cuts(self, row: int) -> int:
        return sum(top < row <= bottom for top, bottom, *_ in self._joints)
