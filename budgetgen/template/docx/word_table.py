"""A filled sheet as a Word table: the second writer over the same plan and the same values."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import TYPE_CHECKING

from markupsafe import escape

from budgetgen.expression import unmark
from budgetgen.template.docx.word_rows import (
    CellLook,
    ColumnWidths,
    Grid,
    RowMaker,
    RowShape,
    ShapeMaker,
    TableFiller,
    WordRow,
    cell_text,
    row_height,
    row_properties,
    table_properties,
)
from budgetgen.template.docx.word_xml import read_text
from budgetgen.template.language.rendered import Passage, Table, WordTable
from budgetgen.template.xlsx.sheet_plan import Remembered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from budgetgen.template.xlsx.cell_styles import NumberFormat, Styles
    from budgetgen.template.xlsx.references import Reference
    from budgetgen.template.xlsx.sheet_plan import CellPlan, Filled, RowPlan, SheetPlan

_APART = (
    b'<w:p><w:pPr><w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
    b'<w:ind w:firstLineChars="0" w:firstLine="0"/><w:rPr><w:sz w:val="2"/></w:rPr></w:pPr></w:p>'
)
"""What keeps two tables apart that stand on top of each other: a paragraph that one cannot see."""
_GAP = "　"
RESTARTS, CONTINUES = "restart", "continue"
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
        self._apart = self._second_table(plans)
        self._rows = [
            maker.row(p, header=self._is_header(i), first=self._is_first(i))
            for i, p in enumerate(body, start=self._first)
        ]
        self._open = f"<w:tbl>{table_properties(width, maker.line)}{self._grid.xml}".encode()
        self._shapes: dict[tuple[int, tuple[str, ...]], RowShape] = {}
        self._known = Remembered[bytes]()
        self._still: dict[int, tuple[str, bool]] = {}
        self._loose: dict[tuple[int, int, int], CellLook] = {}

    def table(self, filled: Filled) -> WordTable:
        """TemplateError: a value that cannot be printed, or a formula (Word calculates none)."""
        title, notes = "", []
        head: list[tuple[RowPlan, Sequence[object]]] = []
        body: list[tuple[RowShape, Sequence[object]]] = []
        roles = _roles(self._merges, filled)
        joined = _joined_roles(filled)
        apart = -1
        for index, number, _, values in filled.rows:
            plan = self._plan.rows[index]
            if plan.raw is None or plan.raw.hidden:
                continue
            if self._first <= index <= self._last:
                apart = len(body) if index == self._apart else apart
                body.append((self._shape(index, number, roles, joined), values))
                continue
            texts = [t for t in self._texts(plan, values, filled) if t]
            if not texts:
                continue
            if index > self._last:
                notes.append(_GAP.join(texts))
            elif not title:
                title = _GAP.join(texts)
            else:
                head.append((plan, values))
        tables: list[Table] = []
        filler = TableFiller(self._plan, filled, self._known)
        for plan, values in head:
            self._loose_row(plan, values, filled, filler)
        for at, (shape, values) in enumerate(body):
            if at == apart and (above := filler.table(self._open)):
                tables.append(above._replace(xml=above.xml + _APART, paragraphs=above.paragraphs + 1))
                filler = TableFiller(self._plan, filled, self._known)
            filler.row(shape, values)
        last = filler.table(self._open)
        return WordTable(title, Passage([*tables, last] if last else tables), tuple(notes))

    def _second_table(self, plans: Sequence[RowPlan]) -> int:
        """The row where a second table begins, -1 for none: Word repeats only the rows that a table begins with."""
        titles = self._titles
        below = (i for i in range(self._first + 1, self._last + 1) if titles and plans[i].band.first == titles.top)
        return next(below, -1)

    def _is_first(self, index: int) -> bool:
        return index in (self._first, self._apart)

    def _is_header(self, index: int) -> bool:
        if self._titles is None:
            return index == self._first
        top = self._titles.top if self._apart >= 0 else 1
        return top <= self._plan.rows[index].band.first <= self._titles.bottom

    def _used_columns(self, body: Sequence[RowPlan], widths: ColumnWidths) -> list[int]:
        """From the first to the last column that the bordered rows use, but for hidden ones."""
        used = [
            c.raw.column
            for p in body
            for c in p.cells
            if c.is_filled or c.raw.runs or c.raw.value or self._styles[c.raw.style].borders
        ]
        return [c for c in range(min(used), max(used) + 1) if widths[c] > 0] if used else []

    def _shape(
        self, index: int, number: int, roles: Sequence[dict[int, str]], joined: Mapping[tuple[int, int], str]
    ) -> RowShape:
        """The row of the template for a row of the output: what vertical merges make of it there, made once."""
        row = self._rows[index - self._first]
        found = (
            tuple(roles[c.merge].get(number, "") if c.merge >= 0 else "" for c in row.cells) if row.is_merged else ()
        )
        if joined:
            found = found or ("",) * len(row.cells)
            found = tuple(
                joined.get((number, c.plan.raw.column), role) if c.plan else role
                for c, role in zip(row.cells, found, strict=True)
            )
        if (index, found) not in self._shapes:
            self._shapes[index, found] = self._made(row, found or ("",) * len(row.cells))
        return self._shapes[index, found]

    def _made(self, row: WordRow, roles: Sequence[str]) -> RowShape:
        maker = ShapeMaker(row.open, row.height)
        for cell, role in zip(row.cells, roles, strict=True):
            look, plan = cell.look, cell.plan
            begin = look.restart if role else look.open
            if role == CONTINUES:
                maker.still(look.continued)
            elif plan is not None and plan.is_filled:
                maker.slot(begin, cell.slot, plan, self._form(plan), look)
            else:
                text, is_number = self._static_text(plan) if plan else ("", False)
                maker.still(begin + look.inside(text, is_number=is_number))
        return maker.shape()

    def _form(self, cell: CellPlan) -> NumberFormat | None:
        return self._styles[cell.raw.style].format if cell.expression else None

    def _text(self, cell: CellPlan, value: object, filled: Filled) -> tuple[str, bool]:
        """Escaped text with marks, and whether it is a number."""
        if not cell.is_filled:
            if id(cell) not in self._still:
                self._still[id(cell)] = self._static_text(cell)
            return self._still[id(cell)]
        return cell_text(self._plan, cell, self._form(cell), value, filled)

    def _static_text(self, cell: CellPlan) -> tuple[str, bool]:
        raw = cell.raw
        if raw.formula is not None:
            raise self._plan.failure(cell, "公式不能放进 Word 表格，请改写成标签")
        if raw.metadata:
            raise self._plan.failure(cell, "放在单元格里的图片不能放进 Word 表格")
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

    def _loose_row(self, plan: RowPlan, values: Sequence[object], filled: Filled, filler: TableFiller) -> None:
        """A row without borders: as in a worksheet, texts run on over the empty cells beside them."""
        by_plan = dict(zip(map(id, plan.filled), values, strict=True))
        found = [(c, *self._text(c, by_plan.get(id(c)), filled)) for c in plan.cells]
        shown = [(c, text, is_number) for c, text, is_number in found if text.strip()]
        cells = [
            (self._loose_look(cell, left, right), text, is_number)
            for (cell, text, is_number), (left, right) in zip(shown, self._shared_out(shown), strict=True)
        ]
        height = plan.raw.height if plan.raw else None
        filler.loose_row(row_properties(height, header=True), row_height(height), cells)

    def _loose_look(self, cell: CellPlan, left: int, right: int) -> CellLook:
        key = (cell.raw.style, left, right)
        if key not in self._loose:
            self._loose[key] = self._maker.loose_cell(cell, left, right)
        return self._loose[key]

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
                    roles[top] = RESTARTS
                    roles.update(dict.fromkeys(range(top + 1, bottom + 1), CONTINUES))
        found.append(roles)
    return found


def _joined_roles(filled: Filled) -> dict[tuple[int, int], str]:
    """Row of the output and column → where cells that values joined begin, and where they go on."""
    roles: dict[tuple[int, int], str] = {}
    for run in filled.layout.joined:
        if run.bottom > run.top:
            roles[run.top, run.column] = RESTARTS
            roles.update({(row, run.column): CONTINUES for row in range(run.top + 1, run.bottom + 1)})
    return roles


def _text_width(text: str, size: float) -> int:
    """About how wide a text is, in twips."""
    plain = read_text(unmark(text)[0])
    return round(sum(_WIDE if ord(c) > _WIDE_FROM else _NARROW for c in plain) * size) + _MARGIN
