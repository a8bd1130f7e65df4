"""A filled sheet as a Word table: the second writer over the same plan and the same values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from budgetgen.expression import marked, unmark
from budgetgen.figures import Blank
from budgetgen.template.outcome import Blocks, WordTable
from budgetgen.template.sheet import RUN_MARK
from budgetgen.template.values import shown_number
from budgetgen.template.word_cell import CLOSE, CLOSE_EMPTY, row_properties, table_properties
from budgetgen.template.word_columns import ColumnWidths, Grid
from budgetgen.template.word_row import RowMaker, WordCell, WordRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from budgetgen.template.references import Reference
    from budgetgen.template.sheet import CellPlan, Filled, RowPlan, SheetPlan
    from budgetgen.template.styles import Styles

_RUNS = re.compile(f"{RUN_MARK}\\d+{RUN_MARK}")
_PLAIN = re.compile(r"[-\d,.%]*$")
_GAP = "　"
_WIDE_FROM = 0x2E80
_NARROW, _WIDE, _MARGIN = 11, 20, 120
"""About how wide a narrow and a wide character are, in twips per point of the font, and what a cell adds."""


@dataclass(frozen=True, slots=True)
class SheetAbout:
    """What the table is made from: the plan, its merges, its widths, its title rows."""

    plan: SheetPlan
    merges: Sequence[Reference]
    widths: ColumnWidths
    titles: Reference | None


class WordWriter:
    """Makes the table of one sheet at one width."""

    def __init__(self, about: SheetAbout, styles: Styles, width: int) -> None:
        self._plan, self._merges, self._titles, self._styles = about.plan, about.merges, about.titles, styles
        plans = about.plan.rows
        bordered = [i for i, p in enumerate(plans) if any(styles[c.raw.style].borders for c in p.cells)]
        self._first, self._last = (bordered[0], bordered[-1]) if bordered else (len(plans), -1)
        body = plans[self._first : self._last + 1]
        self._grid = Grid(self._used_columns(body, about.widths), about.widths, width)
        maker = self._maker = RowMaker(body, about.merges, styles, self._grid)
        self._rows = [
            maker.row(p, header=self._is_header(i), first=i == self._first)
            for i, p in enumerate(body, start=self._first)
        ]
        self._open = f"<w:tbl>{table_properties(width, maker.line)}{self._grid.xml}"
        self._ready: dict[tuple[int, int], str] = {}

    def table(self, filled: Filled) -> WordTable:
        """TemplateError: a value that cannot be printed, or a formula (Word calculates none)."""
        title, notes = "", []
        head: list[str] = []
        body: list[str] = []
        roles, joined = _roles(self._merges, filled), _joined_roles(filled)
        for index, number, _, values in filled.rows:
            plan = self._plan.rows[index]
            if plan.raw is None or plan.raw.hidden:
                continue
            if self._first <= index <= self._last:
                self._body_row(index, number, values, filled, (roles, joined), body)
                continue
            texts = [t for t in self._texts(plan, values, filled) if t]
            if not texts:
                continue
            if index > self._last:
                notes.append(_GAP.join(texts))
            elif not title:
                title = _GAP.join(texts)
            else:
                head.append(self._loose_row(plan, values, filled))
        rows = "".join([*head, *body])
        return WordTable(title, Blocks(f"{self._open}{rows}</w:tbl>" if rows else ""), tuple(notes))

    def _is_header(self, index: int) -> bool:
        return self._plan.rows[index].band.first <= self._titles.bottom if self._titles else index == self._first

    def _used_columns(self, body: Sequence[RowPlan], widths: ColumnWidths) -> list[int]:
        """From the first to the last column that the bordered rows use, but for hidden ones."""
        used = [
            c.raw.column
            for p in body
            for c in p.cells
            if c.is_filled or c.raw.runs or c.raw.value or self._styles[c.raw.style].borders
        ]
        return [c for c in range(min(used), max(used) + 1) if widths[c] > 0] if used else []

    def _body_row(
        self, index: int, number: int, values: Sequence[object], filled: Filled,
        merged: tuple[Sequence[dict[int, str]], dict[tuple[int, int], str]], out: list[str],
    ) -> None:  # fmt: skip
        roles, joined = merged
        row: WordRow = self._rows[index - self._first]
        out.append(row.open)
        for at, cell in enumerate(row.cells):
            role = roles[cell.merge].get(number, "") if cell.merge >= 0 else ""
            if joined and cell.plan:
                role = joined.get((number, cell.plan.raw.column), role)
            look = cell.look
            if role == "continue":
                out.append(look.continued)
                continue
            if cell.slot < 0 and not role:
                out.append(self._still(index, at, cell, filled))
                continue
            text, is_number = self._text(cell.plan, values[cell.slot] if cell.slot >= 0 else None, filled)
            out += (look.restart if role else look.open, look.for_number if is_number else look.for_text)
            if text:
                out += (look.run, text, CLOSE)
            else:
                out.append(CLOSE_EMPTY)
        out.append("</w:tr>")

    def _still(self, index: int, at: int, cell: WordCell, filled: Filled) -> str:
        """A cell without tags, made once."""
        if (index, at) not in self._ready:
            text, is_number = self._text(cell.plan, None, filled)
            self._ready[index, at] = cell.look.xml(text, is_number=is_number)
        return self._ready[index, at]

    def _text(self, cell: CellPlan | None, value: object, filled: Filled) -> tuple[str, bool]:
        """Escaped text with marks, and whether it is a number (which stands right unless told otherwise)."""
        if cell is None:
            return "", False
        if not cell.is_filled:
            return self._static_text(cell)
        number = shown_number(value, self._styles[cell.raw.style].format) if cell.expression else None
        if number:
            text = number[1] if _PLAIN.match(number[1]) else escape(number[1])
            return (marked(number[2], text) if number[2] is not None else text), True
        if isinstance(value, Blank):
            return marked(value, escape(value)), False
        text = self._plan.value_text(cell, value, filled)
        return (_RUNS.sub("", text) if RUN_MARK in text else text), False

    def _static_text(self, cell: CellPlan) -> tuple[str, bool]:
        raw = cell.raw
        if raw.formula is not None:
            raise self._plan.failure(cell, "公式不能放进 Word 表格，请改写成标签")
        if raw.type == "n" and raw.value:
            try:
                return escape(self._styles[raw.style].format.text(Decimal(raw.value))), True
            except InvalidOperation:
                return escape(raw.value), False
        return escape(raw.text if raw.runs else raw.value), False

    def _texts(self, plan: RowPlan, values: Sequence[object], filled: Filled) -> Iterator[str]:
        by_plan = dict(zip(map(id, plan.filled), values, strict=True))
        for cell in plan.cells:
            yield self._text(cell, by_plan.get(id(cell)), filled)[0].strip()

    def _loose_row(self, plan: RowPlan, values: Sequence[object], filled: Filled) -> str:
        """A row without borders: as in a worksheet, texts run on over the empty cells beside them."""
        by_plan = dict(zip(map(id, plan.filled), values, strict=True))
        found = [(c, *self._text(c, by_plan.get(id(c)), filled)) for c in plan.cells]
        shown = [(c, text, is_number) for c, text, is_number in found if text.strip()]
        out = [row_properties(plan.raw.height if plan.raw else None, header=True)]
        for (cell, text, is_number), (left, right) in zip(shown, self._shared_out(shown), strict=True):
            out.append(self._maker.loose_cell(cell, left, right).xml(text, is_number=is_number))
        return "".join([*out, "</w:tr>"])

    def _shared_out(self, texts: Sequence[tuple[CellPlan, str, bool]]) -> list[tuple[int, int]]:
        """The columns for each text of a loose row: each gets those up to the next; one that stands right, its need."""
        columns, widths, bounds = self._grid.columns, self._grid.widths, [0]
        for (cell, *_), (following, text, _) in pairwise(texts):
            low = next((i for i, c in enumerate(columns) if c > cell.raw.column), len(columns) - 1)
            high = next((i for i, c in enumerate(columns) if c >= following.raw.column), len(columns) - 1)
            low, high = max(low, bounds[-1] + 1), max(high, bounds[-1] + 1)
            style = self._styles[following.raw.style]
            if style.horizontal == "right":
                need = _text_width(text, style.font.size)
                while high > low and sum(widths[high:]) < need:
                    high -= 1
            bounds.append(min(high, len(columns) - 1))
        bounds.append(len(columns))
        return [(columns[a], columns[max(a, b - 1)]) for a, b in pairwise(bounds)]


def _roles(merges: Sequence[Reference], filled: Filled) -> list[dict[int, str]]:
    """For each merge over several rows: the rows of the output where it begins, and where it goes on."""
    found: list[dict[int, str]] = []
    for merge in merges:
        roles: dict[int, str] = {}
        if merge.top != merge.bottom:
            for top, bottom in filled.layout.rows.groups(merge.top, merge.bottom):
                if top != bottom:
                    roles[top] = "restart"
                    roles.update(dict.fromkeys(range(top + 1, bottom + 1), "continue"))
        found.append(roles)
    return found


def _joined_roles(filled: Filled) -> dict[tuple[int, int], str]:
    """Row of the output and column → where cells that values joined begin, and where they go on."""
    roles: dict[tuple[int, int], str] = {}
    for run in filled.layout.joined:
        if run.bottom > run.top:
            roles[run.top, run.column] = "restart"
            roles.update({(row, run.column): "continue" for row in range(run.top + 1, run.bottom + 1)})
    return roles


def _text_width(text: str, size: float) -> int:
    """About how wide a text is, in twips."""
    plain = str(Markup(unmark(text)[0]).unescape())  # noqa: S704 - escaped text of ours
    return round(sum(_WIDE if ord(c) > _WIDE_FROM else _NARROW for c in plain) * size) + _MARGIN
