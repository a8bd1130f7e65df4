"""A filled sheet → the rows of its XML, as high as their texts need."""

from __future__ import annotations

import math
from itertools import count, repeat
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import escape

from budgetgen.office.cells import column_name
from budgetgen.template.docx.table_pages import lines_of
from budgetgen.template.language.package_parts import Pieces
from budgetgen.template.language.rendered import CellPlace, Printed, RowText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from budgetgen.figures import Blank, Figure
    from budgetgen.template.docx.word_rows import ColumnWidths
    from budgetgen.template.xlsx.cell_styles import Shown, Styles
    from budgetgen.template.xlsx.references import Layout, Reference, Scope
    from budgetgen.template.xlsx.sheet_plan import CellPlan, Filled, RowPlan, SheetPlan
    from budgetgen.template.xlsx.sheet_reader import RawCell


_POINTS_PER_CHARACTER, _PADDING = 5.25, 1.25
"""A column's width in points: of each character that it is wide, and what is not for the text."""
_NARROW = 0.55
"""How wide characters are that are not as wide as they are high."""
_LINE, _AROUND = 1.35, 6.0
"""The height of a line in sizes of its font, and what a row adds, in points."""
_MOST = 409.0
"""The height that Excel allows a row."""


class _Wrapped(NamedTuple):
    """A cell whose text may take several lines: its plan, where its value stands in its row (-1: nowhere), its room.

    `one` is how high its row is for one line, `most` how many characters this has for certain.
    """

    plan: CellPlan
    value: int
    room: float
    size: float
    one: float
    most: float


class RowHeights:
    """The heights of the rows of one sheet whose template fixes none."""

    def __init__(self, plan: SheetPlan, styles: Styles, widths: ColumnWidths, merges: Sequence[Reference]) -> None:
        self._plan = plan
        self._rows: dict[int, tuple[float, list[_Wrapped]]] = {}
        """How high a row is with nothing filled in, and the cells that take a value."""
        for index, row in enumerate(plan.rows):
            if row.raw is not None and not row.raw.is_fixed and not row.band.vanishes:
                found = list(_wrapped(row, styles, widths, merges))
                if found:
                    empty = max(_height(lines_of(c.plan.raw.text) if c.value < 0 else (), c) for c in found)
                    self._rows[index] = empty, [c for c in found if c.value >= 0]

    def of(self, filled: Filled) -> Mapping[int, float]:
        """Heights in points by the rows of the output."""
        if not self._rows:
            return {}
        heights: dict[int, float] = {}
        joined = {(j.top, j.column): j for j in filled.layout.joined if j.bottom > j.top}
        tall: list[tuple[int, int, float]] = []
        for index, number, _, shown, *_ in self._plan.shown(filled):
            if index not in self._rows:
                continue
            highest, cells = self._rows[index]
            for cell in cells:
                said = shown[cell.value]
                if not (lines := said.lines):
                    continue
                height = cell.one if len(lines) == 1 and said.widest < cell.most else _height(lines, cell)
                if joined and (run := joined.get((number, cell.plan.raw.column))):
                    tall.append((run.top, run.bottom, height))
                elif height > highest:
                    highest = height
            heights[number] = highest
        for top, bottom, height in tall:
            lacking = height - sum(heights.get(row, 0.0) for row in range(top, bottom + 1))
            if lacking > 0 and bottom in heights:
                heights[bottom] = min(heights[bottom] + lacking, _MOST)
        return heights


def _wrapped(row: RowPlan, styles: Styles, widths: ColumnWidths, merges: Sequence[Reference]) -> Iterator[_Wrapped]:
    """The cells of a row that wrap, but for those that are merged with rows below."""
    line = row.band.first
    across = {m.left: m for m in merges if m.top <= line <= m.bottom}
    slots = {id(cell): index for index, cell in enumerate(row.filled)}
    for cell in row.cells:
        style, column = styles[cell.raw.style], cell.raw.column
        merge = across.get(column)
        if not style.wrap or (merge is not None and merge.top != merge.bottom):
            continue
        width = sum(widths[c] for c in range(column, (merge.right if merge else column) + 1))
        room = max(width * _POINTS_PER_CHARACTER - _PADDING, 1.0)
        size = style.font.size
        yield _Wrapped(cell, slots.get(id(cell), -1), room, size, _row_height(1, size), 0.99 * room / size)


def _height(lines: Sequence[tuple[int, int, int]], cell: _Wrapped) -> float:
    """Of a text whose lines are so wide."""
    count = sum(max(1, math.ceil(cell.size * (wide + _NARROW * narrow) / cell.room)) for wide, narrow, _ in lines)
    return _row_height(max(count, 1), cell.size)


def _row_height(lines: int, size: float) -> float:
    return min(round(lines * size * _LINE + _AROUND, 1), _MOST)


class RowWriter:
    """One row of the template, ready to be written at any number."""

    def __init__(self, plan: RowPlan, styles: Styles, numbers: dict[int, int]) -> None:
        end = ">" if plan.cells else "/>"
        self.head = f'"{plan.raw.attributes if plan.raw else ""}{end}'.encode()
        self._plain = f"{plan.raw.plain if plan.raw else ''}{end}"
        self.formulas = tuple(c for c in plan.cells if not c.is_filled and c.raw.formula is not None)
        self._wrapped = tuple(f'"{_style(styles.wrapping(c.raw.style))}'.encode() for c in plan.filled)
        still = [
            (c.raw.column, c.raw.text or c.raw.value) for c in plan.cells if c.raw.formula is None and not c.is_filled
        ]
        self.letters = tuple(column_name(c.raw.column) for c in plan.filled)
        self.text = RowText(tuple(c.raw.column for c in plan.filled), tuple(s for s in still if s[1]))
        self.is_written = plan.raw is not None
        self.loops = plan.band.loops
        self.row = Pieces(self._pieces(plan, numbers), 2 + len(plan.filled) + len(self.formulas))
        """Gaps: its number, its head, the filled cells and the formulas."""

    def _pieces(self, plan: RowPlan, numbers: dict[int, int]) -> Iterator[bytes | int]:
        yield from (b'<row r="', 0, 1)
        filled, formulas = count(2), count(2 + len(plan.filled))
        for cell in plan.cells:
            raw = cell.raw
            yield from (f'<c r="{column_name(raw.column)}'.encode(), 0)
            if cell.is_filled:
                yield from (f'"{_style(raw.style)}'.encode(), next(filled))
            elif raw.formula is not None:
                yield next(formulas)
            else:
                yield f'"{_style(raw.style)}{raw.metadata}{static_content(raw, numbers)}'.encode()
        if plan.cells:
            yield b"</row>"

    def with_height(self, height: float) -> bytes:
        """The head with this height instead of the template's."""
        return f'" ht="{height}" customHeight="1"{self._plain}'.encode()

    def wrapping(self, pieces: Sequence[bytes], cells: Sequence[Shown]) -> Sequence[bytes]:
        """The pieces of a row with the styles that texts with line breaks need."""
        found = [*pieces]
        for gap, (shown, style) in enumerate(zip(cells, self._wrapped, strict=True), 2):
            if shown.wraps:
                found[self.row.place(gap) - 1] = style
        return found


def _style(number: int) -> str:
    return f' s="{number}"' if number else ""


def static_content(raw: RawCell, numbers: dict[int, int]) -> str:
    """A cell without tags, from after its style on."""
    if raw.type == "s" and raw.value:
        return f' t="s"><v>{numbers[int(raw.value)]}</v></c>'
    if raw.type == "is" and raw.runs:
        return f' t="inlineStr"><is>{rich_xml(raw)}</is></c>'
    if not raw.value:
        return "/>"
    kind = "" if raw.type == "n" else f' t="{raw.type}"'
    return f"{kind}><v>{escape(raw.value)}</v></c>"


def rich_xml(raw: RawCell) -> str:
    """A string's runs as the content of `is`."""
    if not any(r.properties for r in raw.runs):
        return f'<t xml:space="preserve">{escape(raw.text)}</t>'
    return "".join(f'<r>{r.properties}<t xml:space="preserve">{escape(r.text)}</t></r>' for r in raw.runs)


class SheetWriter:
    """Writes the rows of one sheet and notes what they print."""

    def __init__(
        self, plan: SheetPlan, styles: Styles, numbers: dict[int, int], heights: RowHeights | None = None
    ) -> None:
        self._plan, self._heights = plan, heights
        self._writers = [RowWriter(r, styles, numbers) for r in plan.rows]

    def rows(self, filled: Filled, printed: list[Printed], layout_of: Callable[[str], Layout | None]) -> bytes:
        """The content of `sheetData`. What it shows is added to `printed`, what it says to the rows of `filled`."""
        out: list[bytes] = []
        before, places = len(printed), list[str]()
        figures: list[Figure | Blank] = []
        texts: list[str] = []
        heights = self._heights.of(filled) if self._heights else {}
        for index, number, scope, cells, prints, said, wraps in self._plan.shown(filled):
            writer = self._writers[index]
            if not writer.is_written:
                continue
            digits, letters = str(number), writer.letters
            for at, _, _, figure, text in prints:
                places.append(letters[at] + digits)
                figures.append(figure)
                texts.append(text)
            filled.written.append((writer.text, number, said, before + len(figures)))
            values = [digits.encode(), writer.with_height(heights[number]) if number in heights else writer.head]
            values += [shown.cell for shown in cells]
            if writer.formulas:
                values += (_formula(f, digits, layout_of, (writer.loops, scope)) for f in writer.formulas)
            pieces = writer.row.filled(values)
            out += writer.wrapping(pieces, cells) if wraps else pieces
        # NamedTuples made by their classes take twice as long: of a fill 5 %.
        found = map(tuple.__new__, repeat(CellPlace), zip(repeat(filled.layout.name), places, strict=False))
        printed += map(tuple.__new__, repeat(Printed), zip(found, figures, texts, strict=True))
        return b"".join(out)


def _formula(
    cell: CellPlan, row: str, layout_of: Callable[[str], Layout | None], turns: tuple[tuple[int, ...], Scope]
) -> bytes:
    """A formula's cell from its style on, without the value that it had in the template."""
    raw = cell.raw
    assert raw.formula is not None
    text = escape(raw.formula.text(layout_of, (*turns, cell.column_loops, cell.column_scope)))
    kind = f' t="array" ref="{column_name(raw.column)}{row}"' if raw.array else ""
    return f'"{_style(raw.style)}{raw.metadata}><f{kind}>{text}</f></c>'.encode()
