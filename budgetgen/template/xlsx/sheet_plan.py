"""One worksheet, compiled: its rows as plans, and the script that says which come, how often, with which values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from markupsafe import Markup, escape

from budgetgen.expression import InYuan, Trusted, marked, printed_values, unmark
from budgetgen.figures import YUAN, Blank, Figure
from budgetgen.records import record
from budgetgen.template.docx.table_pages import lines_of, widest
from budgetgen.template.docx.word_xml import CLOSE, CLOSE_EMPTY, RUN, break_text, read_text
from budgetgen.template.language.package_parts import encode
from budgetgen.template.language.rendered import Picture, TemplateError
from budgetgen.template.language.script import is_same, run_cause, text_of
from budgetgen.template.xlsx.cell_styles import Shown
from budgetgen.template.xlsx.references import MAX_COLUMN, MAX_ROW, Axis, Band, Joined, Layout

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from budgetgen.expression import Environment
    from budgetgen.template.language.rendered import FilledRow
    from budgetgen.template.language.script import Script
    from budgetgen.template.language.tags import Tag
    from budgetgen.template.xlsx.cell_styles import NumberFormat
    from budgetgen.template.xlsx.references import Scope
    from budgetgen.template.xlsx.sheet_reader import RawCell, RawRow


T = TypeVar("T")
_MEMORY, _LONGEST = 5000, 200


class Remembered(dict[str, T]):
    """What plain texts have become in cells: the names of accounts come again in every unit. Long ones are forgotten."""

    __slots__ = ()

    def stored(self) -> tuple[()]:
        """Nothing: what units say is not kept between runs."""
        return ()

    def revive(self) -> None:
        """Begin anew."""

    def __setitem__(self, text: str, made: T) -> None:
        if len(self) >= _MEMORY:
            self.clear()
        if len(text) <= _LONGEST:
            super().__setitem__(text, made)


def _number(value: object, form: NumberFormat) -> tuple[Shown, Figure | None] | None:
    """The number that a value is in a cell, and its figure; None where it is none.

    Money stands in 万元, unless it was asked for in 元.
    """
    if isinstance(value, Figure):
        return (form.in_wan if value.unit == YUAN else form.as_is)[value.value], value
    if isinstance(value, InYuan):
        return form.as_is[value.figure.value], value.figure
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return form.as_is[Decimal(value)], None
    if isinstance(value, float):
        return form.as_is[Decimal(repr(value))], None
    return None


RUN_MARK = "\x04"
"""Stands in a filled text where a run of a rich string begins, followed by the run's index and RUN_MARK again."""


MAX_TEXT = 32_767
"""Characters that a cell can hold (Excel's bound)."""
_ONLY_IN_WORD = frozenset("\a\f")
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_RUN = re.compile(f"{RUN_MARK}(\\d+){RUN_MARK}")
NOTHING = Shown(b"/>", CLOSE_EMPTY.encode(), "")
CellPrint = tuple[int, int, int, "Figure | Blank", str]
"""A figure (or gap) in a row: in which of its filled cells, from where to where in the text, and as which text."""


class ShownRow(NamedTuple):
    """A row of the output: its plan's index, its number, its turns of loops, its filled cells, the figures in them.

    `said` is what a worksheet holds in each cell, None for a figure by itself; `wraps`: whether one has line breaks.
    """

    plan: int
    number: int
    scope: Scope
    cells: Sequence[Shown]
    prints: Sequence[CellPrint]
    said: Sequence[str | None]
    wraps: bool = False


@record
class CellPlan:
    """A cell: `raw` as read, its tags, and its `expression` if it is one single output (with blanks `around` it).

    `join` is the expression of its `{% vm … %}`: cells on top of each other are merged while it stays the same.
    """

    raw: RawCell
    tags: tuple[Tag, ...] = ()
    expression: str = ""
    around: tuple[str, str] = ("", "")
    column_loops: tuple[int, ...] = ()
    column_scope: Scope = ()
    join: str = ""
    form: NumberFormat | None = None
    """What shows its number, if it is one single output."""
    is_plain: bool = False
    """Whether it holds nothing but its value."""

    @property
    def is_filled(self) -> bool:
        """Whether its content comes from tags."""
        return bool(self.tags)


@record
class RowPlan:
    """A row of the template (or a stretch of rows that the file leaves out) and the cells in it."""

    band: Band
    raw: RawRow | None = None
    cells: tuple[CellPlan, ...] = ()
    filled: tuple[CellPlan, ...] = ()

    @classmethod
    def of(cls, band: Band, raw: RawRow, cells: Sequence[CellPlan]) -> RowPlan:
        """The row of these cells."""
        return cls(band, raw, tuple(cells), tuple(c for c in cells if c.is_filled))


@dataclass(slots=True)
class Filled:
    """A sheet's rows with their values: for each its plan's index, its number in the output and its turns of loops.

    Of a sheet that comes several times, `title` is what it wants to be called (blank where it says nothing) and `item`
    what it is there for.
    """

    layout: Layout
    names: Mapping[str, object]
    title: str = ""
    item: object = None
    rows: list[tuple[int, int, Scope, Sequence[object]]] = field(default_factory=list)
    header_texts: Sequence[str] = ()
    shown: Sequence[ShownRow] | None = None
    pictures: list[tuple[int, CellPlan, Picture]] = field(default_factory=list)
    """Pictures in cells, each with its row."""
    written: list[FilledRow] = field(default_factory=list)


@dataclass(slots=True)
class SheetPlan:
    """The compiled sheet. `fill` runs its script; the writers take it from there."""

    name: str
    file: str
    env: Environment
    script: Script
    rows: list[RowPlan]
    columns: list[Band]
    """Bands of columns; empty unless the sheet has tags that repeat or drop columns."""
    copied: str = ""
    """`for` or `if`, where a `{%ts … %}` says how often the whole sheet comes; else blank: it comes once."""
    known: Remembered[Shown] = field(default_factory=Remembered)
    """Plain texts that have been shown before."""

    def fill(self, namespace: Mapping[str, object]) -> list[Filled]:
        """Evaluate every tag of the sheet, once for each time that it comes. TemplateError: where one fails."""
        collector = _Collector(self, namespace)
        self.script.text(namespace, collector.names)
        for filled in collector.found:
            for axis, what in ((filled.layout.rows, "行"), (filled.layout.columns, "列")):
                if axis.next - 1 > axis.limit:
                    raise TemplateError(self.file, self.name, f"超出工作表的{what}数上限 {axis.limit}")
        return collector.found

    def failure(self, cell: CellPlan, cause: str) -> TemplateError:
        """`cause`, at the cell of the template."""
        return TemplateError(self.file, f"{self.name}!{cell.raw.name}", cause)

    def shown(self, filled: Filled) -> Sequence[ShownRow]:
        """The rows as they show, made once for all that write them. TemplateError: a value that cannot be printed."""
        if filled.shown is not None:
            return filled.shown
        found: list[ShownRow] = []
        plans, known, new = self.rows, self.known, tuple.__new__
        for index, number, scope, values in filled.rows:
            cells: list[Shown] = []
            prints: list[CellPrint] = []
            said: list[str | None] = []
            wraps = False
            for at, (cell, value) in enumerate(zip(plans[index].filled, values, strict=True)):
                kind, form = type(value), cell.form
                if kind is Figure and form is not None:
                    shown = (form.in_wan if value.unit == YUAN else form.as_is)[value.value]  # type: ignore[attr-defined]
                    prints.append((at, 0, len(shown.text), value, shown.text))  # type: ignore[arg-type]
                    said.append(None)
                elif kind is str and cell.is_plain and value in known:
                    shown = known[value]  # type: ignore[index]
                    said.append(shown.text)
                elif kind is int and form is not None and (shown := form.as_is[value]).text:  # type: ignore[index]
                    said.append(shown.held)
                elif value is None:
                    shown = NOTHING
                    said.append("")
                else:
                    shown, more = self.show(cell, value, filled)
                    prints += [(at, *one) for one in more]
                    said.append(shown.held or shown.text)
                    wraps |= shown.wraps
                    if isinstance(value, Picture):
                        filled.pictures.append((number, cell, value))
                cells.append(shown)
            found.append(new(ShownRow, (index, number, scope, cells, prints, said, wraps)))
        filled.shown = found
        return found

    def show(
        self, cell: CellPlan, value: object, filled: Filled
    ) -> tuple[Shown, Sequence[tuple[int, int, Figure | Blank, str]]]:
        """A value as it shows in its cell, and the figures in its text."""
        found = _number(value, cell.form) if cell.form is not None else None
        if found is not None:
            shown, figure = found
            if figure is not None:
                return shown, [(0, len(shown.text), figure, shown.text)]
            return (shown if shown.text else Shown(shown.cell, NOTHING.word, "", shown.held, is_number=True)), ()
        if isinstance(value, bool):
            return Shown(f' t="b"><v>{int(value)}</v></c>'.encode(), f"{RUN}{value}{CLOSE}".encode(), str(value)), ()
        if isinstance(value, Picture) and cell.is_plain:
            return Shown(b"/>", b"", ""), ()
        marked_text, values = self.marked_text(cell, value, filled), printed_values()
        text, spans = unmark(_RUN.sub("", marked_text))
        in_runs = unmark(marked_text)[0] if RUN_MARK in marked_text else text
        shown = self._shown_text(cell, text, in_runs, measured=isinstance(value, str))
        if type(value) is str and cell.is_plain and not shown.wraps:
            self.known[value] = shown
        prints = []
        for start, end, index in spans:
            first, said = len(read_text(text[:start])), read_text(text[start:end])
            prints.append((first, first + len(said), values[index], said))
        return shown, prints

    def _shown_text(self, cell: CellPlan, text: str, in_runs: str, *, measured: bool) -> Shown:
        """Escaped text, also with marks where its runs begin, as it shows; `measured` where its length counts for heights."""
        if not text:
            return NOTHING
        plain = read_text(text)
        if len(plain) > MAX_TEXT:
            raise self.failure(cell, f"超过单元格的上限 {MAX_TEXT} 字")
        kept = _ESCAPED.sub("_x005F_", in_runs) if "_x" in in_runs else in_runs
        word = encode(f"{RUN}{break_text(text)}{CLOSE}", self.file, self.name)  # so it is looked at for both
        content = f' t="inlineStr"><is>{_rich(cell.raw, kept)}</is></c>'.encode()
        lines = lines_of(plain) if measured else ()
        return Shown(content, word, plain, wraps="\n" in text, lines=lines, widest=widest(lines))

    def marked_text(self, cell: CellPlan, value: object, filled: Filled) -> str:
        """A value as escaped text with marks of figures, and of runs where the cell has some."""
        if cell.form is not None and (found := _number(value, cell.form)):
            text = str(escape(found[0].text))
            return text if found[1] is None else marked(found[1], text)
        if isinstance(value, Blank):
            return marked(value, str(escape(value)))
        return self.value_text(cell, value, filled)

    def value_text(self, cell: CellPlan, value: object, filled: Filled) -> str:
        """A value that is no number as escaped text. TemplateError: it is undefined, or nothing that can be printed."""
        if value is None:
            return ""
        try:
            text = text_of(value, self.env)
        except Exception as error:
            cause = run_cause(error, lambda: filled.names)
            if isinstance(value, str) and not _ONLY_IN_WORD.isdisjoint(value):
                cause += "；另起一段的 \\a、另起一页的 \\f 只能用在 Word 文件里，工作表里换行用 \\n"
            raise self.failure(cell, cause) from error
        return f"{cell.around[0]}{text}{cell.around[1]}" if text else ""

    def spread(self, columns: Axis) -> SheetPlan:
        """The plan with its columns as `columns` has repeated them: then every cell stands where it will be written."""
        places = sorted(
            (start, index, scope) for index, found in enumerate(columns.instances) for start, scope in found
        )
        rows = [
            replace(r, cells=cells, filled=tuple(c for c in cells if c.is_filled))
            for r in self.rows
            for cells in [tuple(_spread_cells(r.cells, self.columns, places))]
        ]
        return replace(self, rows=rows)


def _spread_cells(
    cells: Sequence[CellPlan], bands: Sequence[Band], places: Sequence[tuple[int, int, Scope]]
) -> list[CellPlan]:
    by_column = {c.raw.column: c for c in cells}
    out = []
    for start, index, scope in places:
        band = bands[index]
        for offset in range(min(band.size, max(by_column, default=0) - band.first + 1)):
            cell = by_column.get(band.first + offset)
            if cell:
                raw = replace(cell.raw, column=start + offset, origin=cell.raw.name)
                out.append(replace(cell, raw=raw, column_loops=band.loops, column_scope=scope))
    return out


def _rich(raw: RawCell, text: str) -> str:
    """Filled text as the content of `is`, in the runs that it was marked with."""
    if RUN_MARK not in text:
        return f'<t xml:space="preserve">{text}</t>'
    pieces = _RUN.split(text)
    out = [f'<t xml:space="preserve">{pieces[0]}</t>'] if pieces[0] else []
    for index, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if piece:
            out.append(f'<r>{raw.runs[int(index)].properties}<t xml:space="preserve">{piece}</t></r>')
    return "".join(out)


class _Collector:
    """What a sheet's script calls: it notes rows, columns and values as they come."""

    def __init__(self, plan: SheetPlan, namespace: Mapping[str, object]) -> None:
        self.found: list[Filled] = []
        self._plan, self._namespace = plan, namespace
        self._bands = [r.band for r in plan.rows]
        self._depths = [len(b.loops) for b in self._bands]
        self._turns = 0
        self._values: list[object] = []
        if not plan.copied:
            self._begin()
        calls = (self.row, self.turn, self.column, self.column_turn, self.value, self.spread_row, self.join, self.copy)
        self.names: dict[str, object] = {f"_{call.__name__}": Trusted(call) for call in calls}

    def _begin(self, title: str = "", item: object = None) -> None:
        axes = Axis(self._bands, MAX_ROW), Axis(self._plan.columns, MAX_COLUMN)
        filled = Filled(Layout(*axes, self._plan.name), self._namespace, title, item)
        self.found.append(filled)
        self._rows, self._axis, self._columns = filled.rows, filled.layout.rows, filled.layout.columns
        self._joined = filled.layout.joined
        self._keys: dict[int, tuple[object, Joined]] = {}
        self._scope: Scope = ()
        self._column_scope: Scope = ()

    def copy(self, item: object, title: object) -> None:
        """The sheet comes once more, for `item`."""
        self._begin(str(Markup(unmark(str(title))[0]).unescape()), item)  # noqa: S704 - our own text

    def row(self, index: int, *values: object) -> None:
        """A row with the values of its filled cells."""
        scope = self._scope = self._scope[: self._depths[index]]
        self._rows.append((index, self._axis.add(index, scope), scope, values))

    def turn(self, depth: int) -> None:
        """A loop over rows that is `depth` deep begins another turn."""
        self._turns += 1
        self._scope = (*self._scope[: depth - 1], self._turns)

    def column(self, index: int) -> None:
        """A band of columns."""
        scope = self._column_scope = self._column_scope[: len(self._columns.bands[index].loops)]
        self._columns.add(index, scope)

    def column_turn(self, depth: int) -> None:
        """A loop over columns that is `depth` deep begins another turn."""
        self._turns += 1
        self._column_scope = (*self._column_scope[: depth - 1], self._turns)

    def value(self, value: object) -> None:
        """The value of one filled cell of a row whose columns are repeated; `spread_row` ends the row."""
        self._values.append(value)

    def join(self, column: int, key: object, value: object) -> object:
        """The value of a cell of the row that comes next, which joins the one above it if their keys are the same.

        Then it is None: only the uppermost cell of a merge holds something.
        """
        at = self._axis.next
        before, above = self._keys.get(column, (None, None))
        if above is not None and above.bottom == at - 1 and is_same(before, key):
            above.bottom = at
            return None
        joined = Joined(column, at, at)
        self._keys[column] = (key, joined)
        self._joined.append(joined)
        return value

    def spread_row(self, index: int) -> None:
        """A row with the values noted since the last one."""
        values, self._values = self._values, []
        self.row(index, *values)
