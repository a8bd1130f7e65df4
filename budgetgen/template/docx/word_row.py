"""The rows of a sheet as rows of a Word table, made ready: all that is not filled is text already."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from budgetgen.template.docx.word_cell import Borders, CellLook, cell_look, row_height, row_properties
from budgetgen.template.xlsx.styles import SIDES, Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from budgetgen.template.docx.word_columns import Grid
    from budgetgen.template.xlsx.references import Reference
    from budgetgen.template.xlsx.sheet import CellPlan, RowPlan
    from budgetgen.template.xlsx.styles import Styles


@dataclass(slots=True)
class WordCell:
    """A cell of a row: its look, its plan and the place of its value among the row's, the merge that runs through it."""

    look: CellLook
    plan: CellPlan | None
    slot: int
    merge: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class WordRow:
    """A row: how it begins, how high it is (in twips, 0 for as high as need be), and its cells."""

    open: str
    height: int
    cells: tuple[WordCell, ...]
    is_merged: bool
    """Whether vertical merges run through it."""


@dataclass(frozen=True, slots=True)
class _Area:
    """The columns of a cell as Word has it, and the index of the merge over them that has several rows."""

    left: int
    right: int
    anchor: int
    merge: int


class RowMaker:
    """Makes the rows of one table."""

    def __init__(self, rows: Sequence[RowPlan], merges: Sequence[Reference], styles: Styles, grid: Grid) -> None:
        self._merges, self._styles, self._grid = merges, styles, grid
        self.line = self._common_line(rows)

    def row(self, plan: RowPlan, *, header: bool, first: bool) -> WordRow:
        """One bordered row. The first states its borders, so that they win over the rows above it."""
        areas = self._areas(plan.band.first)
        styles = {c.raw.column: self._styles[c.raw.style] for c in plan.cells}
        borders = [self._borders(a, styles) for a in areas]
        plain = self.line is not None and all(b == dict.fromkeys(SIDES, self.line) for b in borders)
        slots = {c.raw.column: i for i, c in enumerate(plan.filled)}
        plans = {c.raw.column: c for c in plan.cells}
        cells = []
        for area, lines in zip(areas, borders, strict=True):
            style = styles.get(area.anchor) or styles.get(area.left) or Style(self._styles.format(0))
            look = cell_look(style, None if plain and not first else lines, *self._grid.span(area.left, area.right))
            slot = slots.get(area.anchor, -1)
            cells.append(WordCell(look, plans.get(area.anchor), slot, area.merge, area.left, area.right))
        height = plan.raw.height if plan.raw else None
        merged = any(c.merge >= 0 for c in cells)
        return WordRow(row_properties(height, header=header), row_height(height), tuple(cells), merged)

    def loose_cell(self, cell: CellPlan, left: int, right: int) -> CellLook:
        """A cell of a row above the table, without borders."""
        return cell_look(self._styles[cell.raw.style], {}, *self._grid.span(left, right))

    def _common_line(self, rows: Sequence[RowPlan]) -> tuple[str, str] | None:
        """The line that most cells of the table have all around."""
        around = Counter(
            found["top"]
            for row in rows
            for cell in row.cells
            for found in [self._styles[cell.raw.style].borders]
            if len(found) == len(SIDES) and len(set(found.values())) == 1
        )
        return around.most_common(1)[0][0] if around else None

    def _areas(self, row: int) -> list[_Area]:
        over = [(m, i) for i, m in enumerate(self._merges) if m.top <= row <= m.bottom]
        areas: list[_Area] = []
        for column in self._grid.columns:
            if areas and column <= areas[-1].right:
                continue
            merge, index = next(((m, i) for m, i in over if m.left <= column <= m.right), (None, -1))
            if merge is None:
                areas.append(_Area(column, column, column, -1))
            else:
                areas.append(_Area(column, merge.right, merge.left, index if merge.top != merge.bottom else -1))
        return areas

    def _borders(self, area: _Area, styles: dict[int, Style]) -> Borders:
        """The outer lines of what a cell covers: each side as the outermost cell on it says."""
        inside = [styles[c].borders for c in sorted(styles) if area.left <= c <= area.right]
        if not inside:
            return {}
        sides = {"left": inside[0], "top": inside[0], "bottom": inside[0], "right": inside[-1]}
        return {side: found[side] for side, found in sides.items() if side in found}
