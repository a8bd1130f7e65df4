"""A filled sheet as a Word table: the second writer over the same plan and the same values."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from budgetgen.expression import mark, unmark
from budgetgen.figures import Blank
from budgetgen.template.outcome import Blocks, TemplateError, WordTable
from budgetgen.template.references import MAX_COLUMN, column_letters
from budgetgen.template.sheet import RUN_MARK
from budgetgen.template.values import number_of
from budgetgen.template.sheet_xml import q
from budgetgen.template.word_cell import CellFormat

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml import etree

    from budgetgen.template.axis import Axis
    from budgetgen.template.references import Reference
    from budgetgen.template.sheet import CellPlan, Filled, RowPlan, SheetPlan
    from budgetgen.template.styles import Styles

_DEFAULT_WIDTH = 9.14
_RUNS = re.compile(f"{RUN_MARK}\\d+{RUN_MARK}")


class ColumnWidths:
    """The widths of a sheet's columns in characters; hidden ones are 0."""

    def __init__(self, root: etree._Element) -> None:
        form = root.find(q("sheetFormatPr"))
        given = form.get("defaultColWidth") if form is not None else None
        self._default = float(given) if given else _DEFAULT_WIDTH
        self._widths: dict[int, float] = {}
        for column in root.iterfind(f"{q('cols')}/{q('col')}"):
            width = 0.0 if column.get("hidden") in ("1", "true") else float(column.get("width") or self._default)
            for number in range(int(column.get("min") or 1), min(int(column.get("max") or 1), 1024) + 1):
                self._widths[number] = width

    def spread(self, columns: Axis) -> ColumnWidths:
        """The widths of columns that loops have repeated."""
        if not columns.bands:
            return self
        spread = copy.copy(self)
        spread._widths = {  # noqa: SLF001 - its own kind
            start + offset: self[band.first + offset]
            for band, found in zip(columns.bands, columns.instances, strict=True)
            for start, _ in found
            for offset in range(band.size)
        }
        return spread

    def __getitem__(self, column: int) -> float:
        return self._widths.get(column, self._default)


@dataclass(frozen=True, slots=True)
class SheetAbout:
    """What the table is made from: the plan, its merges, its widths, its title rows, and the template's file name."""

    plan: SheetPlan
    merges: Sequence[Reference]
    widths: ColumnWidths
    titles: Reference | None
    file: str


@dataclass(slots=True)
class _Cell:
    """One cell of a Word row: the columns it covers and the merge that runs through it, if it has several rows."""

    plan: CellPlan | None
    left: int
    right: int
    slot: int = -1
    merge: int = -1


class WordWriter:
    """Makes the table of one sheet at one width."""

    def __init__(self, about: SheetAbout, styles: Styles, width: int) -> None:
        self._about, self._styles = about, styles
        plans = about.plan.rows
        bordered = [i for i, p in enumerate(plans) if self._has_border(p)]
        self._first, self._last = (bordered[0], bordered[-1]) if bordered else (len(plans), -1)
        self._columns = self._used_columns()
        self._widths = _scaled([about.widths[c] for c in self._columns], width)
        self._merged = {(m.top, m.left): i for i, m in enumerate(about.merges)}
        self._rows = [self._cells(p) for p in plans]
        self._width = width

    def table(self, filled: Filled) -> WordTable:
        title, notes, head, body = "", [], [], []
        running = _Merges(self._about.merges, filled)
        for index, number, _, values in filled.rows:
            plan = self._about.plan.rows[index]
            if plan.raw is None or plan.raw.hidden:
                continue
            if self._first <= index <= self._last:
                body.append(self._row(index, number, values, filled, running, header=self._is_header(index)))
                continue
            texts = [t for t in self._texts(plan, values, filled) if t]
            if not texts:
                continue
            if index > self._last:
                notes.append("　".join(texts))
            elif not title:
                title = "　".join(texts)
            else:
                head.append(self._loose_row(plan, values, filled))
        grid = "".join(f'<w:gridCol w:w="{w}"/>' for w in self._widths)
        rows = "".join(head + body)
        table = f"<w:tbl>{self._properties()}<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>" if rows else ""
        return WordTable(title, Blocks(table), tuple(notes))

    def _properties(self) -> str:
        return (
            f'<w:tblPr><w:tblW w:w="{self._width}" w:type="dxa"/><w:jc w:val="center"/><w:tblLayout w:type="fixed"/>'
            '<w:tblCellMar><w:left w:w="45" w:type="dxa"/><w:right w:w="45" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        )

    def _has_border(self, plan: RowPlan) -> bool:
        return any(self._styles[c.raw.style].borders for c in plan.cells)

    def _is_header(self, index: int) -> bool:
        titles = self._about.titles
        return self._about.plan.rows[index].band.first <= titles.bottom if titles else index == self._first

    def _used_columns(self) -> list[int]:
        """From the first to the last column that the bordered rows use, but for hidden ones."""
        used = [
            c.raw.column
            for p in self._about.plan.rows[self._first : self._last + 1]
            for c in p.cells
            if c.is_filled or c.raw.runs or c.raw.value or self._styles[c.raw.style].borders
        ]
        return [c for c in range(min(used), max(used) + 1) if self._about.widths[c] > 0] if used else []

    def _cells(self, plan: RowPlan) -> list[_Cell]:
        """The cells of a row as Word has them: merged columns as one, columns in between as empty ones."""
        number, out = plan.band.first, []
        slots = {c.raw.column: i for i, c in enumerate(plan.filled)}
        by_column = {c.raw.column: c for c in plan.cells}
        over = [(m, i) for i, m in enumerate(self._about.merges) if m.top <= number <= m.bottom]
        columns = iter(self._columns)
        for column in columns:
            merge, index = next(((m, i) for m, i in over if m.left <= column <= m.right), (None, -1))
            right = column
            while merge and right < merge.right and right < self._columns[-1]:
                right = next(columns, right)
            anchor = merge.left if merge else column
            several = index if merge and merge.top != merge.bottom else -1
            out.append(_Cell(by_column.get(anchor), column, right, slots.get(anchor, -1), several))
        return out

    def _row(self, index: int, number: int, values: Sequence[object], filled: Filled, running: _Merges, *, header: bool) -> str:
        plan = self._about.plan.rows[index]
        out = [self._row_properties(plan, header=header)]
        for cell in self._rows[index]:
            vertical = running.role(cell.merge, number)
            content = "" if vertical == "continue" else self._content(cell, values, filled)
            out.append(self._cell_format(cell, plan).xml(content, vertical, self._span_width(cell)))
        out.append("</w:tr>")
        return "".join(out)

    def _row_properties(self, plan: RowPlan, *, header: bool) -> str:
        height = plan.raw.height if plan.raw else None
        rule = f'<w:trHeight w:val="{round(height * 20)}" w:hRule="atLeast"/>' if height else ""
        return f'<w:tr><w:trPr><w:cantSplit/>{rule}{"<w:tblHeader/>" if header else ""}</w:trPr>'

    def _cell_format(self, cell: _Cell, plan: RowPlan) -> CellFormat:
        styles = [self._styles[c.raw.style] for c in plan.cells if cell.left <= c.raw.column <= cell.right]
        own = cell.plan
        style = self._styles[own.raw.style if own else 0] if own or not styles else styles[0]
        kind = own.raw.type if own and not own.is_filled else ""
        borders = dict(style.borders) if own else {}
        if styles:
            borders.update({s: b for s, b in styles[-1].borders.items() if s == "right"})
            for side in ("top", "bottom", "left"):
                if side in styles[0].borders:
                    borders[side] = styles[0].borders[side]
        return CellFormat(style, tuple(borders.items()), self._span(cell), is_number=kind == "n")

    def _span(self, cell: _Cell) -> int:
        return sum(cell.left <= c <= cell.right for c in self._columns)

    def _span_width(self, cell: _Cell) -> int:
        return sum(w for c, w in zip(self._columns, self._widths, strict=True) if cell.left <= c <= cell.right)

    def _content(self, cell: _Cell, values: Sequence[object], filled: Filled) -> tuple[str, bool] | str:
        if cell.plan is None:
            return ""
        return self._cell_text(cell.plan, values[cell.slot] if cell.slot >= 0 else None, filled)

    def _cell_text(self, cell: CellPlan, value: object, filled: Filled) -> tuple[str, bool]:
        """Escaped text with marks, and whether it is a number (which stands right unless told otherwise)."""
        style = self._styles[cell.raw.style]
        if not cell.is_filled:
            return self._static_text(cell)
        number = number_of(value) if cell.expression else None
        if number:
            text = style.format.text(number[0])
            return (str(mark(number[1], text)) if number[1] else str(escape(text))), True
        if isinstance(value, Blank):
            return str(mark(value, str(value))), False
        text = self._about.plan.value_text(cell, value, filled)
        return (_RUNS.sub("", text) if RUN_MARK in text else text), False

    def _static_text(self, cell: CellPlan) -> tuple[str, bool]:
        raw = cell.raw
        if raw.formula is not None:
            raise self._about.plan.failure(cell, "公式不能放进 Word 表格，请改写成标签")
        if raw.runs:
            return str(escape(raw.text)), False
        if raw.type == "n" and raw.value:
            try:
                return str(escape(self._styles[raw.style].format.text(Decimal(raw.value)))), True
            except InvalidOperation:
                return str(escape(raw.value)), False
        return str(escape(raw.value)), False

    def _texts(self, plan: RowPlan, values: Sequence[object], filled: Filled) -> Iterator[str]:
        slots = {id(c): i for i, c in enumerate(plan.filled)}
        for cell in plan.cells:
            index = slots.get(id(cell), -1)
            yield self._cell_text(cell, values[index] if index >= 0 else None, filled)[0].strip()

    def _loose_row(self, plan: RowPlan, values: Sequence[object], filled: Filled) -> str:
        """A row without borders: as in a worksheet, texts run on over the empty cells beside them."""
        slots = {id(c): i for i, c in enumerate(plan.filled)}
        texts = []
        for cell in plan.cells:
            index = slots.get(id(cell), -1)
            text, is_number = self._cell_text(cell, values[index] if index >= 0 else None, filled)
            if text.strip():
                texts.append((cell, text, is_number))
        out = [self._row_properties(plan, header=True)]
        for (cell, text, is_number), (left, right) in zip(texts, self._shared_out(texts), strict=True):
            piece = _Cell(cell, left, right)
            look = CellFormat(self._styles[cell.raw.style], (), self._span(piece), is_number=False)
            out.append(look.xml((text, is_number), "", self._span_width(piece)))
        return "".join([*out, "</w:tr>"])

    def _shared_out(self, texts: Sequence[tuple[CellPlan, str, bool]]) -> list[tuple[int, int]]:
        """The columns for each text of a loose row: boundaries lie where the texts fit best."""
        columns, bounds = self._columns, [0]
        for (cell, text, _), (following, next_text, _) in zip(texts, texts[1:], strict=False):
            low = next((i for i, c in enumerate(columns) if c > cell.raw.column), len(columns) - 1)
            high = next((i for i, c in enumerate(columns) if c >= following.raw.column), len(columns) - 1)
            low, high = max(low, bounds[-1] + 1), max(high, bounds[-1] + 1)
            if self._styles[following.raw.style].horizontal == "right":
                need = _text_width(next_text, self._styles[following.raw.style].font.size)
                while high > low and sum(self._widths[high:]) < need:
                    high -= 1
            bounds.append(min(high, len(columns) - 1))
        bounds.append(len(columns))
        return [(columns[a], columns[max(a, b - 1)]) for a, b in zip(bounds, bounds[1:], strict=False)]


class _Merges:
    """Which rows of the output a merge over several rows begins in, and which continue it."""

    def __init__(self, merges: Sequence[Reference], filled: Filled) -> None:
        self._roles: list[dict[int, str]] = []
        for merge in merges:
            roles: dict[int, str] = {}
            if merge.top != merge.bottom:
                for top, bottom in filled.layout.rows.groups(merge.top, merge.bottom):
                    if top != bottom:
                        roles[top] = "restart"
                        roles.update(dict.fromkeys(range(top + 1, bottom + 1), "continue"))
            self._roles.append(roles)

    def role(self, merge: int, number: int) -> str:
        """`restart`, `continue` or blank for the row `number` of the output."""
        return self._roles[merge].get(number, "") if merge >= 0 else ""


def _scaled(widths: Sequence[float], total: int) -> list[int]:
    """`widths` in proportion so that they make up `total` exactly."""
    whole = sum(widths) or 1
    bounds, at = [0], 0.0
    for width in widths:
        at += width
        bounds.append(round(at / whole * total))
    return [b - a for a, b in zip(bounds, bounds[1:], strict=False)]


def _text_width(text: str, size: float) -> int:
    """About how wide a text is, in twips."""
    plain = str(Markup(unmark(text)[0]).unescape())
    return round(sum(20 if ord(c) > 0x2E80 else 11 for c in plain) * size) + 120


__all__ = ["MAX_COLUMN", "ColumnWidths", "SheetAbout", "TemplateError", "WordWriter", "column_letters"]
