"""Where the lines and cells of a template stand in the output: axes of rows and columns, references, formulas."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from budgetgen.office.cells import column_name, column_number
from budgetgen.records import record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


Scope = tuple[int, ...]
"""The turn of each loop that a line stands in, outermost first."""


@record
class Band:
    """Neighbouring lines of the template that go together: `first` to `last`, in the loops `loops`.

    Most bands are one line; a stretch of lines that the file does not mention is one band.
    """

    first: int
    last: int
    loops: tuple[int, ...] = ()
    vanishes: bool = False

    @property
    def size(self) -> int:
        """How many lines."""
        return self.last - self.first + 1


class Axis:
    """The bands of one template in order, and the instances of each in one render."""

    __slots__ = ("_firsts", "_grouped", "bands", "instances", "limit", "next")

    def __init__(self, bands: Sequence[Band], limit: int) -> None:
        self.bands = bands
        self.limit = limit
        self.instances: list[list[tuple[int, Scope]]] = [[] for _ in bands]
        self.next = 1
        self._firsts = [b.first for b in bands]
        self._grouped: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def add(self, index: int, scope: Scope) -> int:
        """One more instance of a band; the number of its first line."""
        at = self.next
        self._grouped.clear()
        self.instances[index].append((at, scope))
        self.next += self.bands[index].size
        return at

    def index_of(self, line: int) -> int:
        """The band that holds a line of the template."""
        return bisect_right(self._firsts, line) - 1

    def loops_of(self, line: int) -> tuple[int, ...]:
        """The loops that a line of the template stands in."""
        return self.bands[self.index_of(line)].loops if self.bands and line <= self.bands[-1].last else ()

    def runs(self, first: int, last: int, loops: tuple[int, ...] = (), scope: Scope = ()) -> list[tuple[int, int]]:
        """The lines of the output that the template's `first` to `last` became, as stretches in order.

        With `loops` and `scope`, as seen from a line in these loops at these turns.
        """
        if not self.bands:
            return [(first, last)]
        plain = self._between(first, last)
        if plain:
            return [plain]
        found = sorted(self._stretches(first, last, loops, scope))
        joined: list[tuple[int, int]] = []
        for start, end in found:
            if joined and start == joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        return joined

    def span(self, first: int, last: int, loops: tuple[int, ...] = (), scope: Scope = ()) -> tuple[int, int] | None:
        """From the first to the last line of the output; None where all of them vanished."""
        plain = self._between(first, last)
        if plain:
            return plain
        found = list(self._stretches(first, last, loops, scope))
        return (min(s for s, _ in found), max(e for _, e in found)) if found else None

    def nearest(self, line: int) -> int:
        """Where a line of the template stands first in the output, or else the first of those that come behind it."""
        if not self.bands:
            return line
        index = self.index_of(line)
        band = self.bands[index]
        if line > band.last:
            return self.next + line - self.bands[-1].last - 1
        if self.instances[index]:
            return self.instances[index][0][0] + line - band.first
        return min((found[0][0] for found in self.instances[index + 1 :] if found), default=self.next)

    def _between(self, first: int, last: int) -> tuple[int, int] | None:
        """The easy case: `first` and `last` stand in no loop, and both came; all between them is one stretch."""
        if not self.bands:
            return first, last
        low, high = self.index_of(first), self.index_of(last)
        start, end = self.bands[low], self.bands[high]
        if start.loops or end.loops or last > end.last or not self.instances[low] or not self.instances[high]:
            return None
        return self.instances[low][0][0] + first - start.first, self.instances[high][0][0] + last - end.first

    def groups(self, first: int, last: int) -> Sequence[tuple[int, int]]:
        """One stretch for each turn of the loops that `first` to `last` all stand in: how a merge repeats."""
        if (first, last) not in self._grouped:
            self._grouped[first, last] = [*self._turns(first, last)]
        return self._grouped[first, last]

    def _turns(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        if not self.bands:
            yield first, last
            return
        index = self.index_of(first)
        band = self.bands[index]
        if last <= band.last:
            offset, length = first - band.first, last - first
            for start, _ in self.instances[index]:
                yield start + offset, start + offset + length
            return
        covered = [i for i in self._covered(first, last) if not self.bands[i].vanishes]
        depth = _shared_depth([self.bands[i].loops for i in covered])
        ends: dict[Scope, tuple[int, int]] = {}
        for index in covered:
            for start, end, scope in self._clipped(index, first, last):
                low, high = ends.get(scope[:depth], (start, end))
                ends[scope[:depth]] = (min(low, start), max(high, end))
        tail = self._tail(first, last)
        if tail:
            low, high = ends.get((), tail)
            ends[()] = (min(low, tail[0]), max(high, tail[1]))
        yield from ends.values()

    def _covered(self, first: int, last: int) -> range:
        if not self.bands:
            return range(0)
        return range(max(0, self.index_of(first)), self.index_of(last) + 1)

    def _clipped(self, index: int, first: int, last: int) -> Iterator[tuple[int, int, Scope]]:
        band = self.bands[index]
        low, high = max(first, band.first) - band.first, min(last, band.last) - band.first
        if low <= high:
            for start, scope in self.instances[index]:
                yield start + low, start + high, scope

    def _stretches(self, first: int, last: int, loops: tuple[int, ...], scope: Scope) -> Iterator[tuple[int, int]]:
        for index in self._covered(first, last):
            depth = _shared_depth([self.bands[index].loops, loops]) if loops else 0
            for start, end, turn in self._clipped(index, first, last):
                if turn[:depth] == scope[:depth]:
                    yield start, end
        tail = self._tail(first, last)
        if tail:
            yield tail

    def _tail(self, first: int, last: int) -> tuple[int, int] | None:
        """Lines after the template's last one move along with it."""
        end = self.bands[-1].last if self.bands else 0
        if last <= end:
            return None
        shift = self.next - 1 - end
        low, high = max(first, end + 1) + shift, last + shift
        if last >= self.limit:
            high = self.limit
        return (low, min(high, self.limit)) if low <= self.limit else None


def _shared_depth(paths: Sequence[tuple[int, ...]]) -> int:
    """How many loops, from outside in, all of `paths` have in common."""
    if not paths:
        return 0
    depth = 0
    for turn in zip(*paths, strict=False):
        if len(set(turn)) != 1:
            break
        depth += 1
    return depth


MAX_ROW, MAX_COLUMN = 1_048_576, 16_384
_CELL = re.compile(r"(\$?)([A-Z]{1,3})(\$?)(\d{1,7})$")
_ROW = re.compile(r"()()(\$?)(\d{1,7})$")
_COLUMN = re.compile(r"(\$?)([A-Z]{1,3})()()$")
_IN_FORMULA = re.compile(
    r"""(?P<skip>"(?:[^"]|"")*"|\[[^\]]*\])"""
    r"""|(?P<sheet>(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!)?(?<![\w.$])"""
    r"""(?P<ref>\$?[A-Z]{1,3}\$?\d{1,7}(?::\$?[A-Z]{1,3}\$?\d{1,7})?|\$?\d{1,7}:\$?\d{1,7}|\$?[A-Z]{1,3}:\$?[A-Z]{1,3})"""
    r"""(?![\w(.!])""",
    re.IGNORECASE,
)
_CALL = re.compile(r"""'[^']*'|"[^"]*"|(?P<name>[\w.]*)\(|\)""")
_NEXT = re.compile(r"\s*[,)]")
_OVER_RANGES = frozenset(
    [
        "SUM",
        "SUMIF",
        "SUMIFS",
        "SUMPRODUCT",
        "SUMSQ",
        "COUNT",
        "COUNTA",
        "COUNTBLANK",
        "COUNTIF",
        "COUNTIFS",
        "AVERAGE",
        "AVERAGEA",
        "AVERAGEIF",
        "AVERAGEIFS",
        "MAX",
        "MAXA",
        "MAXIFS",
        "MIN",
        "MINA",
        "MINIFS",
        "PRODUCT",
        "SUBTOTAL",
        "AGGREGATE",
        "MEDIAN",
        "MODE",
        "LARGE",
        "SMALL",
        "RANK",
        "STDEV",
        "STDEVP",
        "VAR",
        "VARP",
        "AND",
        "OR",
        "CONCAT",
        "TEXTJOIN",
        "LOOKUP",
        "VLOOKUP",
        "HLOOKUP",
        "XLOOKUP",
        "INDEX",
        "MATCH",
        "XMATCH",
        "ROWS",
        "COLUMNS",
        "UNIQUE",
        "SORT",
        "FILTER",
    ]
)
"""Functions whose arguments may be a cell as well as many."""


@record
class Reference:
    """A cell or a range. Whole rows have no column marks, whole columns no row marks."""

    top: int
    left: int
    bottom: int
    right: int
    kind: str = "cell"  # cell, range, rows or columns
    fixed: tuple[str, str, str, str] = ("", "", "", "")  # the $ before left, top, right, bottom

    @classmethod
    def parse(cls, text: str) -> Reference:
        """ValueError: `text` is no reference."""
        first, _, second = text.upper().partition(":")
        for pattern, kind in ((_CELL, "range"), (_ROW, "rows"), (_COLUMN, "columns")):
            start, end = pattern.match(first), pattern.match(second or first)
            if start and end and (second or kind == "range"):
                return cls._of(start.groups(), end.groups(), kind if second else "cell")
        raise ValueError(f"{text} 不是单元格引用")

    @classmethod
    def _of(cls, start: tuple[str, ...], end: tuple[str, ...], kind: str) -> Reference:
        top, bottom = (int(start[3]), int(end[3])) if start[3] else (1, MAX_ROW)
        left, right = (column_number(start[1]), column_number(end[1])) if start[1] else (1, MAX_COLUMN)
        fixed = (start[0], start[2], end[0], end[2])
        return cls(min(top, bottom), min(left, right), max(top, bottom), max(left, right), kind, fixed)

    def moved(self, top: int, left: int, bottom: int, right: int) -> Reference:
        """Other cells with the same dollar signs."""
        kind = "range" if self.kind == "cell" and (top, left) != (bottom, right) else self.kind
        return Reference(top, left, bottom, right, kind, self.fixed)

    def shifted(self, rows: int, columns: int) -> Reference:
        """Its relative parts moved, as a formula's are when it is copied."""
        f = self.fixed
        return Reference(
            self.top + (0 if f[1] else rows), self.left + (0 if f[0] else columns),
            self.bottom + (0 if f[3] else rows), self.right + (0 if f[2] else columns), self.kind, f,
        )  # fmt: skip

    def __str__(self) -> str:
        left, top, right, bottom = self.fixed
        if self.kind == "rows":
            return f"{top}{self.top}:{bottom}{self.bottom}"
        first, last = left + column_name(self.left), right + column_name(self.right)
        if self.kind == "columns":
            return f"{first}:{last}"
        if self.kind == "cell":
            return f"{first}{top}{self.top}"
        return f"{first}{top}{self.top}:{last}{bottom}{self.bottom}"


@dataclass(slots=True)
class Joined:
    """Cells of one column that `{% vm … %}` made one, from row `top` to `bottom` of the output."""

    column: int
    top: int
    bottom: int


@dataclass(slots=True)
class Layout:
    """One filled sheet: where its rows and columns went, its name, and the cells that its values merged."""

    rows: Axis
    columns: Axis
    name: str = ""
    joined: list[Joined] = field(default_factory=list)

    def spans(self, ref: Reference, origin: Origin | None = None) -> Reference | None:
        """`ref` in the output as one range, from the first of its rows and columns to the last; None if all vanished."""
        row_loops, row_scope, column_loops, column_scope = origin or ((), (), (), ())
        rows = self.rows.span(ref.top, ref.bottom, row_loops, row_scope)
        columns = self.columns.span(ref.left, ref.right, column_loops, column_scope)
        return ref.moved(rows[0], columns[0], rows[1], columns[1]) if rows and columns else None

    def nearest(self, ref: Reference) -> Reference:
        """The cell of the output where the first of `ref` stands, or else what comes behind it."""
        row, column = self.rows.nearest(ref.top), self.columns.nearest(ref.left)
        return ref.moved(row, column, row, column)

    def stretches(self, ref: Reference) -> Iterator[Reference]:
        """`ref` in the output as the ranges that it fell into."""
        for top, bottom in self.rows.runs(ref.top, ref.bottom):
            for left, right in self.columns.runs(ref.left, ref.right):
                yield ref.moved(top, left, bottom, right)

    def groups(self, ref: Reference) -> Iterator[Reference]:
        """`ref` in the output once for each turn of the loops it stands in."""
        for top, bottom in self.rows.groups(ref.top, ref.bottom):
            for left, right in self.columns.groups(ref.left, ref.right):
                yield ref.moved(top, left, bottom, right)


Origin = tuple[tuple[int, ...], "Scope", tuple[int, ...], "Scope"]
"""The place that a formula stands in: its rows' loops and turns, its columns' loops and turns."""


@record
class Formula:
    """A formula cut into text and references; a reference carries the sheet that it names, if any."""

    pieces: tuple[str | tuple[str, Reference], ...]
    source: str = ""

    @classmethod
    def parse(cls, text: str) -> Formula:
        """The references of `text`; strings, functions and names are left alone."""
        pieces: list[str | tuple[str, Reference]] = []
        at = 0
        for found in _IN_FORMULA.finditer(text):
            if found["ref"] is None:
                continue
            pieces += (text[at : found.start()], ((found["sheet"] or "")[:-1], Reference.parse(found["ref"])))
            at = found.end()
        return cls((*pieces, text[at:]), text)

    def shifted(self, rows: int, columns: int) -> Formula:
        """The formula as it is when copied `rows` down and `columns` to the right."""
        return Formula(tuple(p if isinstance(p, str) else (p[0], p[1].shifted(rows, columns)) for p in self.pieces))

    def text(self, layout_of: Callable[[str], Layout | None], origin: Origin | None = None) -> str:
        """The formula in the output. `layout_of` gives a sheet by name (blank: the formula's own)."""
        return "".join(p if isinstance(p, str) else _moved(p, layout_of, origin) for p in self.pieces)


def lone_references(formula: Formula) -> Iterator[tuple[str, Reference]]:
    """The single cells that a formula reckons with one by one: all but those that a function takes as a range.

    `=B4*2` and `=ROUND(B4,2)` need one cell; `=SUM(B4)` also understands what `B4` becomes when its row repeats.
    """
    before = ""
    for index, piece in enumerate(formula.pieces):
        if isinstance(piece, str):
            before += piece
            continue
        after = formula.pieces[index + 1]
        is_argument = before.rstrip().endswith(("(", ",")) and isinstance(after, str) and _NEXT.match(after)
        if piece[1].kind == "cell" and not (is_argument and _function_around(before) in _OVER_RANGES):
            yield piece
        before += "A1"


def _function_around(before: str) -> str:
    """The function in whose parentheses the text of a formula ends."""
    open_functions: list[str] = []
    for found in _CALL.finditer(before):
        if found[0] == ")":
            del open_functions[-1:]
        elif found["name"] is not None:
            open_functions.append(found["name"].upper().rpartition(".")[2])
    return open_functions[-1] if open_functions else ""


def unquote(sheet: str) -> str:
    """A sheet's name as it is, from a formula."""
    return sheet[1:-1].replace("''", "'") if sheet.startswith("'") else sheet


def quote(sheet: str) -> str:
    """A sheet's name as a formula needs it."""
    plain = re.fullmatch(r"[^\W\d][\w.]*", sheet) and not _CELL.match(sheet.upper())
    return sheet if plain else "'" + sheet.replace("'", "''") + "'"


def _moved(piece: tuple[str, Reference], layout_of: Callable[[str], Layout | None], origin: Origin | None) -> str:
    sheet, ref = piece
    layout = layout_of(unquote(sheet))
    if layout is None:
        return f"{sheet}!{ref}" if sheet else str(ref)
    moved = layout.spans(ref, None if sheet else origin)
    if moved is None:
        return "0"  # what vanished adds nothing: a total over no rows is zero, not #REF!
    return f"{quote(layout.name)}!{moved}" if sheet else str(moved)
