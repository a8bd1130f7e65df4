"""How high rows must be for their texts: neither Excel nor LibreOffice fits a row to a merged cell by itself."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from budgetgen.expression import unmark
from budgetgen.template.xlsx.sheet import RUN_MARK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from budgetgen.template.docx.word_rows import ColumnWidths
    from budgetgen.template.xlsx.references import Reference
    from budgetgen.template.xlsx.sheet import CellPlan, Filled, RowPlan, SheetPlan
    from budgetgen.template.xlsx.styles import Styles

_POINTS_PER_CHARACTER, _PADDING = 5.25, 1.25
"""A column's width in points: of each character that it is wide, and what is not for the text."""
_WIDE_FROM, _NARROW = 0x2E80, 0.55
_LINE, _AROUND = 1.35, 6.0
"""The height of a line in sizes of its font, and what a row adds, in points."""
_MOST = 409.0
"""The height that Excel allows a row."""
_FIXED = re.compile(' customHeight="(?:1|true)"')
"""A height that a person has set; any other is only what the row had when the template was saved."""


class _Wrapped(NamedTuple):
    """A cell whose text may take several lines: its plan, where its value stands in its row (-1: nowhere), its room."""

    plan: CellPlan
    value: int
    room: float
    size: float


class RowHeights:
    """The heights of the rows of one sheet whose template fixes none."""

    def __init__(self, plan: SheetPlan, styles: Styles, widths: ColumnWidths, merges: Sequence[Reference]) -> None:
        self._rows: dict[int, list[_Wrapped]] = {}
        for index, row in enumerate(plan.rows):
            if row.raw is not None and not _FIXED.search(row.raw.attributes) and not row.band.vanishes:
                found = list(_wrapped(row, styles, widths, merges))
                if found:
                    self._rows[index] = found

    def of(self, filled: Filled) -> Mapping[int, float]:
        """Heights in points by the rows of the output."""
        if not self._rows:
            return {}
        heights: dict[int, float] = {}
        joined = {(j.top, j.column): j for j in filled.layout.joined if j.bottom > j.top}
        tall: list[tuple[int, int, float]] = []
        for index, number, _, values in filled.rows:
            for cell in self._rows.get(index, ()):
                height = _height(_text(cell, values), cell)
                run = joined.get((number, cell.plan.raw.column))
                if run:
                    tall.append((run.top, run.bottom, height))
                    height = _height("", cell)
                heights[number] = max(heights.get(number, 0.0), height)
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
    if cell.value < 0:
        return cell.plan.raw.text
    value = values[cell.value]
    if not isinstance(value, str):
        return ""
    text = unmark(value)[0]
    return str(Markup(text).unescape()) if isinstance(value, Markup) or not cell.plan.expression else text  # noqa: S704 - our own text


def _height(text: str, cell: _Wrapped) -> float:
    size = cell.size
    lines = sum(
        max(1, math.ceil(sum(size if ord(c) > _WIDE_FROM else size * _NARROW for c in line) / cell.room))
        for line in text.replace(RUN_MARK, "").split("\n")
    )
    return min(round(lines * size * _LINE + _AROUND, 1), _MOST)
