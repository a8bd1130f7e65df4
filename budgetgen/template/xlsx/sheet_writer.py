"""A filled sheet → the rows of its XML, as high as their texts need."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup, escape

from budgetgen.expression import unmark
from budgetgen.figures import YUAN, Blank, Figure
from budgetgen.office.cells import column_name
from budgetgen.template.docx.table_pages import widths_of
from budgetgen.template.language.rendered import CellPlace, Picture, Printed, RowText
from budgetgen.template.xlsx.references import Reference
from budgetgen.template.xlsx.sheet_plan import RUN_MARK, Remembered, shown_number
from budgetgen.template.xlsx.workbook_parts import PictureAt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from budgetgen.template.docx.word_rows import ColumnWidths
    from budgetgen.template.language.rendered import FilledRow
    from budgetgen.template.xlsx.cell_styles import NumberFormat, Styles
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
    """A cell whose text may take several lines: its plan, where its value stands in its row (-1: nowhere), its room."""

    plan: CellPlan
    value: int
    room: float
    size: float


class RowHeights:
    """The heights of the rows of one sheet whose template fixes none."""

    def __init__(self, plan: SheetPlan, styles: Styles, widths: ColumnWidths, merges: Sequence[Reference]) -> None:
        self._rows: dict[int, tuple[float, list[_Wrapped]]] = {}
        """How high a row is with nothing filled in, and the cells that take a value."""
        for index, row in enumerate(plan.rows):
            if row.raw is not None and not row.raw.is_fixed and not row.band.vanishes:
                found = list(_wrapped(row, styles, widths, merges))
                if found:
                    empty = max(_height(c.plan.raw.text if c.value < 0 else "", c) for c in found)
                    self._rows[index] = empty, [c for c in found if c.value >= 0]

    def of(self, filled: Filled) -> Mapping[int, float]:
        """Heights in points by the rows of the output."""
        if not self._rows:
            return {}
        heights: dict[int, float] = {}
        joined = {(j.top, j.column): j for j in filled.layout.joined if j.bottom > j.top}
        tall: list[tuple[int, int, float]] = []
        for index, number, _, values in filled.rows:
            if index not in self._rows:
                continue
            highest, cells = self._rows[index]
            for cell in cells:
                if not (text := _text(cell, values)):
                    continue
                height = _height(text, cell)
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
        yield _Wrapped(cell, slots.get(id(cell), -1), room, style.font.size)


def _text(cell: _Wrapped, values: Sequence[object]) -> str:
    value = values[cell.value]
    if not isinstance(value, str) or not value:
        return ""
    text = unmark(value)[0]
    return str(Markup(text).unescape()) if isinstance(value, Markup) or not cell.plan.expression else text  # noqa: S704 - our own text


def _height(text: str, cell: _Wrapped) -> float:
    lines = 0
    for line in text.replace(RUN_MARK, "").split("\n"):
        wide, narrow, _ = widths_of(line)
        lines += max(1, math.ceil(cell.size * (wide + _NARROW * narrow) / cell.room))
    return min(round(lines * cell.size * _LINE + _AROUND, 1), _MOST)


MAX_TEXT = 32_767
"""Characters that a cell can hold (Excel's bound)."""
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_RUN = re.compile(f"{RUN_MARK}(\\d+){RUN_MARK}")


class _Slot(NamedTuple):
    """A cell to be filled: the part of its row that it begins, and what stands around its content."""

    part: int
    cell: CellPlan
    format: NumberFormat | None
    letters: str
    style: str
    wrapped: str
    is_plain: bool
    """Whether it holds nothing but its value."""


class RowWriter:
    """One row of the template, ready to be written at any number."""

    def __init__(self, plan: RowPlan, styles: Styles, numbers: dict[int, int]) -> None:
        attributes = plan.raw.attributes if plan.raw else ""
        self.parts = ['<row r="']
        """The row, cut wherever its number stands in it."""
        self.formulas: list[tuple[int, CellPlan, str]] = []
        found: list[tuple[int, CellPlan]] = []
        end = ">" if plan.cells else "/>"
        self._opening, self._plain = f'"{attributes}{end}', f"{plan.raw.plain if plan.raw else ''}{end}"
        before = self._opening
        for index, cell in enumerate(plan.cells):
            raw = cell.raw
            self.parts.append(f'{before}<c r="{column_name(raw.column)}')
            style = _style(raw.style) + raw.metadata
            before = ""
            if cell.is_filled:
                found.append((len(self.parts), cell))
            elif raw.formula is not None:
                self.formulas.append((len(self.parts), cell, style))
            else:
                before = f'"{style}{static_content(raw, numbers)}'
            if index == len(plan.cells) - 1:
                before += "</row>"
        self.parts.append(before)
        self.slots = [_slot(part, cell, styles) for part, cell in found]
        still = (
            (c.raw.column, c.raw.text or c.raw.value) for c in plan.cells if not c.is_filled and c.raw.formula is None
        )
        self.text = RowText(tuple(c.raw.column for _, c in found), tuple(s for s in still if s[1]))
        self.is_written = plan.raw is not None
        self.loops = plan.band.loops

    def with_height(self, start: str, height: float) -> str:
        """What stands behind the row's number, up to its next, with this height instead of the template's."""
        return f'" ht="{height}" customHeight="1"{self._plain}{start.removeprefix(self._opening)}'


def _style(number: int) -> str:
    return f' s="{number}"' if number else ""


def _slot(part: int, cell: CellPlan, styles: Styles) -> _Slot:
    raw = cell.raw
    return _Slot(
        part, cell, styles[raw.style].format if cell.expression else None, column_name(raw.column),
        _style(raw.style), _style(styles.wrapping(raw.style)), bool(cell.expression) and cell.around == ("", ""),
    )  # fmt: skip


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


@dataclass(slots=True)
class Prints:
    """What the rows of a sheet show: `figures`, `rows` and `pictures` are added to; `marked` are the figures behind marks."""

    marked: Sequence[Figure | Blank]
    figures: list[Printed] = field(default_factory=list)
    rows: list[FilledRow] = field(default_factory=list)
    pictures: list[PictureAt] = field(default_factory=list)


class SheetWriter:
    """Writes the rows of one sheet and notes what they print."""

    def __init__(
        self, plan: SheetPlan, styles: Styles, numbers: dict[int, int], heights: RowHeights | None = None
    ) -> None:
        self._plan, self._styles, self._heights = plan, styles, heights
        self._writers = [RowWriter(r, styles, numbers) for r in plan.rows]
        self._texts = Remembered[str]()

    def rows(self, filled: Filled, printed: Prints, layout_of: Callable[[str], Layout | None]) -> str:
        """The content of `sheetData`."""
        out: list[str] = []
        name, add, texts = filled.layout.name, printed.figures.append, self._texts
        new = tuple.__new__  # a NamedTuple made by its class takes four times as long: with documents, 7 % of a fill
        heights = self._heights.of(filled) if self._heights else {}
        for index, number, scope, values in filled.rows:
            writer = self._writers[index]
            if not writer.is_written:
                continue
            digits, parts, said = str(number), writer.parts, list[str | bytes | None]()
            if writer.slots or writer.formulas:
                parts = parts.copy()
                for slot, value in zip(writer.slots, values, strict=True):
                    part, _, form, letters, style, _, is_plain = slot
                    if type(value) is Figure and form is not None:
                        shown, text, _ = (form.in_wan if value.unit == YUAN else form.as_is)[value.value]
                        add(new(Printed, (new(CellPlace, (name, letters + digits)), value, text)))
                        parts[part] = f'"{style}><v>{shown}</v></c>{parts[part]}'
                        said.append(None)
                    elif is_plain and type(value) is str and value in texts:
                        parts[part] = f'"{style}{texts[value]}{parts[part]}'
                        said.append(value)
                    else:
                        place = CellPlace(name, letters + digits)
                        cell = self._cell(slot, value, place, filled, printed)
                        parts[part] = cell + parts[part]
                        said.append(cell.encode(errors="surrogatepass"))
                for at, calculated, style in writer.formulas:
                    place = CellPlace(filled.layout.name, column_name(calculated.raw.column) + digits)
                    parts[at] = _formula(calculated, style, place.cell, layout_of, (writer.loops, scope)) + parts[at]
            printed.rows.append((writer.text, number, said, len(printed.figures)))
            if number in heights:
                parts = [parts[0], writer.with_height(parts[1], heights[number]), *parts[2:]]
            out.append(digits.join(parts))
        return "".join(out)

    def _cell(self, slot: _Slot, value: object, place: CellPlace, filled: Filled, printed: Prints) -> str:
        """A cell from behind its number on."""
        if slot.format is not None and (found := shown_number(value, slot.format)) is not None:
            shown, figure = found
            if figure is not None:
                printed.figures.append(Printed(place, figure, shown.text))
            return f'"{slot.style}><v>{shown.number}</v></c>'
        if isinstance(value, bool):
            return f'"{slot.style} t="b"><v>{int(value)}</v></c>'
        if isinstance(value, Picture) and slot.is_plain:
            at = Reference.parse(place.cell)
            printed.pictures.append(PictureAt(at.top, at.left, value))
            return f'"{slot.style}/>'
        return self._text(slot, value, place, filled, printed)

    def _text(self, slot: _Slot, value: object, place: CellPlace, filled: Filled, printed: Prints) -> str:
        cell = slot.cell
        if isinstance(value, Blank):
            printed.figures.append(Printed(place, value, str(value)))
            text = str(escape(str(value)))
        else:
            text, spans = unmark(self._plan.value_text(cell, value, filled))
            for start, end, index in spans:
                shown = str(Markup(text[start:end]).unescape())  # noqa: S704 - our own text
                printed.figures.append(Printed(place, printed.marked[index], shown))
        if not text:
            return f'"{slot.style}/>'
        self._check_length(cell, text)
        if "_x" in text:
            text = _ESCAPED.sub("_x005F_", text)
        content = f' t="inlineStr"><is>{_rich(cell.raw, text)}</is></c>'
        if "\n" in text:
            return f'"{slot.wrapped}{content}'
        if type(value) is str and slot.is_plain and "_x" not in text:
            self._texts[value] = content
        return f'"{slot.style}{content}'

    def _check_length(self, cell: CellPlan, text: str) -> None:
        if len(text) > MAX_TEXT and len(Markup(text).unescape()) > MAX_TEXT:  # noqa: S704 - our own text
            raise self._plan.failure(cell, f"超过单元格的上限 {MAX_TEXT} 字")


def _formula(
    cell: CellPlan, style: str, place: str, layout_of: Callable[[str], Layout | None],
    turns: tuple[tuple[int, ...], Scope],
) -> str:  # fmt: skip
    """The formula where it now stands, without the value that it had in the template."""
    if cell.raw.formula is None:
        raise ValueError(f"{place} holds no formula")
    text = escape(cell.raw.formula.text(layout_of, (*turns, cell.column_loops, cell.column_scope)))
    kind = f' t="array" ref="{place}"' if cell.raw.array else ""
    return f'"{style}><f{kind}>{text}</f></c>'


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
