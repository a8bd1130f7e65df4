"""A filled sheet as a Word table: the second writer over the same plan and the same values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from itertools import pairwise, repeat
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup, escape

from budgetgen.expression import unmark
from budgetgen.template.docx.table_pages import (
    CONTINUES,
    RESTARTS,
    Cell,
    Pages,
    Room,
    Row,
    line_count,
    paginate,
    widths_of,
)
from budgetgen.template.docx.word_rows import (
    PLAIN,
    CellLook,
    ColumnWidths,
    Grid,
    RowMaker,
    RowShape,
    Setting,
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
from budgetgen.template.language.tags import Tag
from budgetgen.template.xlsx.sheet_plan import CellPlan, Remembered
from budgetgen.template.xlsx.sheet_reader import RawCell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from budgetgen.template.xlsx.cell_styles import NumberFormat, Styles
    from budgetgen.template.xlsx.references import Reference
    from budgetgen.template.xlsx.sheet_plan import Filled, RowPlan, SheetPlan

_APART = (
    b'<w:p><w:pPr><w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
    b'<w:ind w:firstLineChars="0" w:firstLine="0"/><w:rPr><w:sz w:val="2"/></w:rPr></w:pPr></w:p>'
)
"""What keeps two tables apart that stand on top of each other: a paragraph that one cannot see."""
_NEW_PAGE = _APART.replace(b"<w:pPr>", b"<w:pPr><w:pageBreakBefore/>", 1)
_GAP = "　"
_AGAIN, _LONGEST_AGAIN = "（续）", 30
"""What a merged cell says on its next page after what it says, or alone where that is long."""
_CARRIED = CellPlan(RawCell(0, 0, 0), (Tag("{{", "", "", 0, 0),))
"""What stands in for the plan of a cell that is given its text."""
_NOTE_SIZE, _NOTE_LINE = 180, 260
"""About how wide a character of a note is, and how high a line, in twips."""
_NARROW, _WIDE, _MARGIN = 11, 20, 120
"""About how wide a narrow and a wide character are, in twips per point of the font, and what a cell adds."""


@dataclass(frozen=True, slots=True)
class SheetAbout:
    """What the table is made from: the plan, its merges, its widths, its title rows."""

    plan: SheetPlan
    merges: Sequence[Reference]
    widths: ColumnWidths
    titles: Reference | None


class _BodyRow(NamedTuple):
    """A row to be written: its plan's index, its values, and what vertical merges make of its cells."""

    plan_index: int
    values: Sequence[object]
    roles: tuple[str, ...]


class WordWriter:
    """Makes the table of one sheet at one width."""

    def __init__(self, about: SheetAbout, styles: Styles, width: int) -> None:
        self._plan, self._merges, self._titles, self._styles = about.plan, about.merges, about.titles, styles
        plans = about.plan.rows
        bordered = [i for i, p in enumerate(plans) if any(styles[c.raw.style].borders for c in p.cells)]
        self._first, self._last = (bordered[0], bordered[-1]) if bordered else (len(plans), -1)
        body = plans[self._first : self._last + 1]
        self._grid = Grid(self._used_columns(body, about.widths), about.widths, width)
        self._maker = RowMaker(body, about.merges, styles, self._grid)
        self._apart = self._second_table(plans)
        self._open = f"<w:tbl>{table_properties(width, self._maker.line)}{self._grid.xml}".encode()
        self._rows: dict[tuple[int, Setting], WordRow] = {}
        self._shapes: dict[tuple[int, tuple[str, ...], Setting], RowShape] = {}
        self._known = Remembered[bytes]()
        self._still: dict[tuple[int, int], tuple[str, bool]] = {}
        self._loose: dict[tuple[int, int, int], CellLook] = {}

    def table(self, filled: Filled, room: Room | None = None) -> WordTable:
        """The table, its merged cells cut by pages where `room` says how high these are.

        TemplateError: a value that cannot be printed, or a formula (Word calculates none).
        """
        title, notes = "", []
        head: list[tuple[RowPlan, Sequence[object]]] = []
        body: list[_BodyRow] = []
        roles, joined = _roles(self._merges, filled), _joined_roles(filled)
        for index, number, _, values in filled.rows:
            plan = self._plan.rows[index]
            if plan.raw is None or plan.raw.hidden:
                continue
            if self._first <= index <= self._last:
                body.append(_BodyRow(index, values, self._row_roles(index, number, roles, joined)))
                continue
            texts = [t for t in self._texts(plan, values, filled) if t.strip()]
            if not texts:
                continue
            if index > self._last:
                notes.append(_GAP.join(texts))
            elif not title:
                title = _GAP.join(texts)
            else:
                head.append((plan, values))
        pages = self._pages(body, notes, room) if room else Pages()
        filler = TableFiller(self._plan, filled, self._known)
        for plan, values in head:
            self._loose_row(plan, values, filled, filler)
        tables = self._tables(body, pages, filled, filler, is_followed=bool(notes))
        return WordTable(title, Passage(tables), tuple(notes))

    def _tables(
        self, body: Sequence[_BodyRow], pages: Pages, filled: Filled, filler: TableFiller, *, is_followed: bool
    ) -> Iterator[Table]:
        """The rows as tables: one, two where the sheet has two, one more for each page where cells are cut by pages."""
        ends = (*pages.starts, len(body))
        end = ends[0]
        starts_page = False
        for at, row in enumerate(body):
            begins = at in pages.starts
            is_apart = row.plan_index == self._apart and at > 0
            if (begins or is_apart) and (above := filler.table(self._open, starts_page=starts_page)):
                between = _NEW_PAGE if begins else _APART
                yield above._replace(xml=above.xml + between, paragraphs=above.paragraphs + 1)
                filler, starts_page = TableFiller(self._plan, filled, self._known), begins
            carried: dict[int, str] = {}
            if begins:
                end = next(e for e in ends if e > at)
                for again in pages.repeated(at):
                    shape = self._shape(body[again], Setting(leading=pages.leading))
                    filler.row(shape, body[again].values, pages.heights[again])
                carried = {c: self._told_again(body[top], c, filled) for c, top in pages.carried(at).items()}
            is_kept = pages.is_kept(at, end) or (is_followed and at == len(body) - 1)
            setting = Setting(is_kept, at in pages.cut, pages.leading)
            shape = self._carrying(row, setting, carried) if carried else self._shape(row, setting)
            filler.row(shape, [*row.values, *carried.values()], pages.heights[at] if pages.heights else 0)
        if last := filler.table(self._open, starts_page=starts_page):
            yield last

    def _pages(self, body: Sequence[_BodyRow], notes: Sequence[str], room: Room) -> Pages:
        """Where pages begin; as they come in a table whose cells are merged in its header alone."""
        if not any(any(row.roles) for row in body if not self._is_header(row.plan_index)):
            return Pages()
        rows = [self._measured(row) for row in body]
        headers = [at for at, row in enumerate(body) if self._is_header(row.plan_index)]
        header = range(headers[0], headers[-1] + 1) if headers and self._apart >= 0 else range(0)
        below = sum(line_count(read_text(unmark(n)[0]), self._grid.total / _NOTE_SIZE) for n in notes)
        return paginate(rows, header, room, below * _NOTE_LINE)

    def _measured(self, row: _BodyRow) -> Row:
        word_row, cells, size = self._row(row.plan_index), list[Cell](), 0.0
        for cell, role in zip(word_row.cells, row.roles or repeat(""), strict=False):
            value = row.values[cell.slot] if cell.slot >= 0 else cell.text
            text = read_text(unmark(value)[0]) if isinstance(value, str) and value else ""
            if text or role:
                cells.append(Cell(cell.left, role, text, cell.ems, cell.size))
            if not role and cell.size > size:
                size = cell.size
        return Row(word_row.height, tuple(cells), size)

    def _told_again(self, row: _BodyRow, column: int, filled: Filled) -> str:
        """The text of a merged cell where it goes on on another page."""
        cell = next(c for c in self._row(row.plan_index).cells if c.left == column)
        if cell.plan is None:
            return ""
        text, _ = self._text(cell.plan, row.values[cell.slot] if cell.slot >= 0 else None, filled)
        return Markup(f"{text}{_AGAIN}" if 0 < len(unmark(text)[0]) <= _LONGEST_AGAIN else _AGAIN)  # noqa: S704 - escaped there

    def _carrying(self, row: _BodyRow, setting: Setting, carried: Mapping[int, str]) -> RowShape:
        """The shape of a row with which a page begins: cells that go on begin again, with values of their own at the end."""
        word_row = self._row(row.plan_index, setting)
        slots = {column: len(row.values) + number for number, column in enumerate(carried)}
        cells = tuple(
            replace(c, plan=_CARRIED, slot=slots[c.left]) if c.left in slots else c for c in word_row.cells
        )  # fmt: skip
        roles = tuple(RESTARTS if c.left in slots else r for c, r in zip(word_row.cells, row.roles, strict=True))
        return self._made(replace(word_row, cells=cells), roles)

    def _row(self, index: int, setting: Setting = PLAIN) -> WordRow:
        """A row of the template, made once for each setting."""
        if (index, setting) not in self._rows:
            plan, is_first = self._plan.rows[index], index in (self._first, self._apart)
            header = self._is_header(index)
            self._rows[index, setting] = self._maker.row(plan, header=header, first=is_first, setting=setting)
        return self._rows[index, setting]

    def _second_table(self, plans: Sequence[RowPlan]) -> int:
        """The row where a second table begins, -1 for none: Word repeats only the rows that a table begins with."""
        titles = self._titles
        below = (i for i in range(self._first + 1, self._last + 1) if titles and plans[i].band.first == titles.top)
        return next(below, -1)

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

    def _row_roles(
        self, index: int, number: int, roles: Sequence[dict[int, str]], joined: Mapping[tuple[int, int], str]
    ) -> tuple[str, ...]:
        """What vertical merges make of the cells of a row of the output; nothing where there are none."""
        row = self._row(index)
        found = (
            tuple(roles[c.merge].get(number, "") if c.merge >= 0 else "" for c in row.cells) if row.is_merged else ()
        )
        if joined:
            found = found or ("",) * len(row.cells)
            found = tuple(
                joined.get((number, c.plan.raw.column), role) if c.plan else role
                for c, role in zip(row.cells, found, strict=True)
            )
        return found

    def _shape(self, row: _BodyRow, setting: Setting) -> RowShape:
        """The row of the template for a row of the output, made once."""
        key = (row.plan_index, row.roles, setting)
        if key not in self._shapes:
            word_row = self._row(row.plan_index, setting)
            self._shapes[key] = self._made(word_row, row.roles or ("",) * len(word_row.cells))
        return self._shapes[key]

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
                maker.still(begin + look.inside(text, is_number=is_number), text)
        return maker.shape()

    def _form(self, cell: CellPlan) -> NumberFormat | None:
        return self._styles[cell.raw.style].format if cell.expression else None

    def _text(self, cell: CellPlan, value: object, filled: Filled) -> tuple[str, bool]:
        """Escaped text with marks, and whether it is a number."""
        if not cell.is_filled:
            place = cell.raw.row, cell.raw.column
            if place not in self._still:
                self._still[place] = self._static_text(cell)
            return self._still[place]
        return cell_text(self._plan, cell, self._form(cell), value, filled)

    def _static_text(self, cell: CellPlan) -> tuple[str, bool]:
        raw = cell.raw
        if raw.formula is not None:
            raise self._plan.failure(cell, "公式不能放进 Word 表格，请改写成标签")
        if raw.metadata:
            raise self._plan.failure(cell, "放在单元格里的图片不能放进 Word 表格")
        if raw.type == "n" and raw.value:
            try:
                return str(escape(self._styles[raw.style].format.text(Decimal(raw.value)))), True
            except InvalidOperation:
                return str(escape(raw.value)), False
        return str(escape(raw.text if raw.runs else raw.value)), False

    def _texts(self, plan: RowPlan, values: Sequence[object], filled: Filled) -> Iterator[str]:
        by_plan = dict(zip(map(id, plan.filled), values, strict=True))
        for cell in plan.cells:
            yield self._text(cell, by_plan.get(id(cell)), filled)[0].strip(" \t\n")

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
    wide, narrow, _ = widths_of(read_text(unmark(text)[0]))
    return round((_WIDE * wide + _NARROW * narrow) * size) + _MARGIN
