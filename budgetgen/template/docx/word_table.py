"""A filled sheet as a Word table: the second writer over the same plan and the same values."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from itertools import pairwise, repeat
from typing import TYPE_CHECKING

from markupsafe import escape

from budgetgen.expression import unmark
from budgetgen.records import record
from budgetgen.template.docx.table_pages import (
    CONTINUES,
    RESTARTS,
    Cell,
    Pages,
    Room,
    Row,
    line_count,
    lines_of,
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
    row_height,
    row_properties,
    table_properties,
)
from budgetgen.template.docx.word_xml import CLOSE, CLOSE_EMPTY, RUN, break_text, read_text
from budgetgen.template.language.package_parts import encode
from budgetgen.template.language.rendered import Passage, Table, WordTable
from budgetgen.template.language.tags import Tag
from budgetgen.template.xlsx.cell_styles import Shown
from budgetgen.template.xlsx.sheet_plan import NOTHING, CellPlan
from budgetgen.template.xlsx.sheet_reader import RawCell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from budgetgen.template.xlsx.cell_styles import Styles
    from budgetgen.template.xlsx.references import Reference
    from budgetgen.template.xlsx.sheet_plan import CellPrint, Filled, RowPlan, SheetPlan, ShownRow

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


@record
class SheetAbout:
    """What the table is made from: the plan, its merges, its widths, its title rows."""

    plan: SheetPlan
    merges: Sequence[Reference]
    widths: ColumnWidths
    titles: Reference | None


_BodyRow = tuple["ShownRow", tuple[str, ...]]
"""A row to be written, and what vertical merges make of its cells; nothing where there are none."""


class WordWriter:
    """Makes the table of one sheet at one width."""

    def __init__(self, about: SheetAbout, styles: Styles, width: int) -> None:
        self._plan, self._titles, self._styles = about.plan, about.titles, styles
        plans = about.plan.rows
        bordered = [i for i, p in enumerate(plans) if any(styles[c.raw.style].borders for c in p.cells)]
        self._first, self._last = (bordered[0], bordered[-1]) if bordered else (len(plans), -1)
        body = plans[self._first : self._last + 1]
        self._grid = Grid(self._used_columns(body, about.widths), about.widths, width)
        self._maker = RowMaker(body, about.merges, styles, self._grid)
        self._apart = self._second_table(plans)
        self._tall = [(i, m) for i, m in enumerate(about.merges) if m.top != m.bottom]
        self._open = f"<w:tbl>{table_properties(width, self._maker.line)}{self._grid.xml}".encode()
        self._rows: dict[tuple[int, Setting], WordRow] = {}
        self._shapes: dict[tuple[int, tuple[str, ...], Setting], RowShape] = {}
        self._headers = frozenset(i for i in range(self._first, self._last + 1) if self._is_header(i))
        self._roles_of: dict[tuple[object, ...], tuple[str, ...]] = {}
        self._still: dict[tuple[int, int], Shown] = {}
        self._loose: dict[tuple[int, int, int], CellLook] = {}

    def table(self, filled: Filled, room: Room | None = None) -> WordTable:
        """The table, its merged cells cut by pages where `room` says how high these are.

        TemplateError: a value that cannot be printed, or a formula (Word calculates none).
        """
        title, notes = "", []
        body: list[_BodyRow] = []
        filler, roles, rows = TableFiller(), self._roles(filled), self._plan.shown(filled)
        pictures = {number: cell for number, cell, _ in filled.pictures}
        for row, (index, number, _, values) in zip(rows, filled.rows, strict=True):
            plan = self._plan.rows[index]
            if plan.raw is None or plan.raw.hidden:
                continue
            if number in pictures:
                raise self._plan.failure(pictures[number], "图片不能放进文本里的表，请直接写在文本里")
            if self._first <= index <= self._last:
                body.append((row, self._row_roles(index, roles[number]) if number in roles else ()))
            elif index < self._first and title:
                self._loose_row(plan, row, filler)
            elif texts := [t for t in self._texts(plan, values, filled) if t]:
                if index > self._last:
                    notes.append(_GAP.join(texts))
                else:
                    title = _GAP.join(texts)
        pages = self._pages(body, notes, room) if room else Pages()
        tables = self._tables(body, pages, filler, is_followed=bool(notes))
        return WordTable(title, Passage(tables), tuple(notes))

    def _tables(
        self, body: Sequence[_BodyRow], pages: Pages, filler: TableFiller, *, is_followed: bool
    ) -> Iterator[Table]:
        """The rows as tables: one, two where the sheet has two, one more for each page where cells are cut by pages."""
        settings = [Setting(is_kept, leading=pages.leading) for is_kept in (False, True)]
        heights = pages.heights or (0,) * len(body)
        begin, starts_page = 0, False
        for end in (*pages.starts, len(body)):
            carried = pages.carried(begin) if begin else {}
            if begin and (above := filler.table(self._open, starts_page=starts_page)):
                yield above._replace(xml=above.xml + _NEW_PAGE, paragraphs=above.paragraphs + 1)
                filler, starts_page = TableFiller(), True
            for again in pages.repeated(begin) if begin else ():
                filler.row(self._shape(*body[again], Setting(leading=pages.leading)), body[again][0], heights[again])
            for at in range(begin, end):
                row, roles = body[at]
                if (
                    row.plan == self._apart
                    and at > begin
                    and (above := filler.table(self._open, starts_page=starts_page))
                ):
                    yield above._replace(xml=above.xml + _APART, paragraphs=above.paragraphs + 1)
                    filler, starts_page = TableFiller(), False
                setting = settings[pages.is_kept(at, end) or (is_followed and at == len(body) - 1)]
                if at in pages.cut:
                    setting = setting._replace(cut=True)
                if at == begin and carried:
                    told = {column: self._told_again(body[top][0], column) for column, top in carried.items()}
                    shape = self._carrying(row, roles, setting, told)
                    row = _with_more(row, told.values(), shape)
                else:
                    shape = self._shape(row, roles, setting)
                filler.row(shape, row, heights[at])
            begin = end
        if last := filler.table(self._open, starts_page=starts_page):
            yield last

    def _pages(self, body: Sequence[_BodyRow], notes: Sequence[str], room: Room) -> Pages:
        """Where pages begin; as they come in a table whose cells are merged in its header alone."""
        if not any(any(roles) for row, roles in body if roles and row.plan not in self._headers):
            return Pages()
        rows = [self._measured(*row) for row in body]
        headers = [at for at, (row, _) in enumerate(body) if row.plan in self._headers]
        header = range(headers[0], headers[-1] + 1) if headers and self._apart >= 0 else range(0)
        below = sum(line_count(lines_of(read_text(unmark(n)[0])), self._grid.total / _NOTE_SIZE) for n in notes)
        return paginate(rows, header, room, below * _NOTE_LINE)

    def _measured(self, row: ShownRow, roles: Sequence[str]) -> Row:
        word_row, cells, highest = self._row(row.plan), list[Cell](), 0.0
        for cell, role in zip(word_row.cells, roles or repeat(""), strict=False):
            said = row.cells[cell.slot] if cell.slot >= 0 else cell
            lines = said.lines
            height = cell.size * (len(lines) or 1 if said.widest <= cell.ems else line_count(lines, cell.ems))
            if lines or role:
                cells.append((cell.left, role, height))
            if not role and height > highest:
                highest = height
        return Row(word_row.height, highest, cells)

    def _told_again(self, row: ShownRow, column: int) -> tuple[Shown, Sequence[CellPrint]]:
        """A merged cell where it goes on on another page, and the figures in it."""
        cell = next(c for c in self._row(row.plan).cells if c.left == column)
        if cell.plan is None:
            return NOTHING, ()
        shown = row.cells[cell.slot] if cell.slot >= 0 else self._static(cell.plan)
        if not 0 < len(shown.text) <= _LONGEST_AGAIN:
            return Shown(b"", f"{RUN}{_AGAIN}{CLOSE}".encode(), _AGAIN), ()
        word = shown.word.removesuffix(CLOSE.encode()) + f"{_AGAIN}{CLOSE}".encode()
        return Shown(b"", word, shown.text + _AGAIN), [p for p in row.prints if p[0] == cell.slot]

    def _carrying(self, row: ShownRow, roles: Sequence[str], setting: Setting, carried: Iterable[int]) -> RowShape:
        """The shape of a row with which a page begins: cells that go on begin again, with texts of their own at the end."""
        word_row = self._row(row.plan, setting)
        slots = {column: len(row.cells) + number for number, column in enumerate(carried)}
        cells = tuple(
            replace(c, plan=_CARRIED, slot=slots[c.left]) if c.left in slots else c for c in word_row.cells
        )  # fmt: skip
        again = tuple(RESTARTS if c.left in slots else r for c, r in zip(word_row.cells, roles, strict=True))
        return self._made(replace(word_row, cells=cells), again)

    def _row(self, index: int, setting: Setting = PLAIN) -> WordRow:
        """A row of the template, made once for each setting."""
        if (index, setting) not in self._rows:
            plan, is_first = self._plan.rows[index], index in (self._first, self._apart)
            header = index in self._headers
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

    def _roles(self, filled: Filled) -> Mapping[int, dict[int, str]]:
        """Rows of the output where merges over several rows begin or go on: by the index of a merge, or by −1 − the column of cells that values joined."""
        found: dict[int, dict[int, str]] = {}

        def add(key: int, top: int, bottom: int) -> None:
            if top != bottom:
                found.setdefault(top, {})[key] = RESTARTS
                for row in range(top + 1, bottom + 1):
                    found.setdefault(row, {})[key] = CONTINUES

        for index, merge in self._tall:
            for top, bottom in filled.layout.rows.groups(merge.top, merge.bottom):
                add(index, top, bottom)
        for run in filled.layout.joined:
            add(-1 - run.column, run.top, run.bottom)
        return found

    def _row_roles(self, index: int, roles: Mapping[int, str]) -> tuple[str, ...]:
        """What vertical merges make of the cells of a row of the output."""
        key = (index, *roles.items())
        if key not in self._roles_of:
            cells = self._row(index).cells
            found = [(c.plan and roles.get(-1 - c.plan.raw.column)) or roles.get(c.merge, "") for c in cells]
            self._roles_of[key] = tuple(found)
        return self._roles_of[key]

    def _shape(self, row: ShownRow, roles: tuple[str, ...], setting: Setting) -> RowShape:
        """The row of the template for a row of the output, made once."""
        key = (row.plan, roles, setting)
        if key not in self._shapes:
            word_row = self._row(row.plan, setting)
            self._shapes[key] = self._made(word_row, roles or ("",) * len(word_row.cells))
        return self._shapes[key]

    def _made(self, row: WordRow, roles: Sequence[str]) -> RowShape:
        maker = ShapeMaker(row.open, row.height)
        for cell, role in zip(row.cells, roles, strict=True):
            look, plan = cell.look, cell.plan
            begin = look.restart if role else look.open
            if role == CONTINUES:
                maker.continued(look.continued)
            elif plan is not None and plan.is_filled:
                maker.slot(begin, cell.slot, look)
            else:
                maker.still(begin, look, self._shown(plan) if plan else NOTHING)
        return maker.shape()

    def _static(self, cell: CellPlan) -> Shown:
        """A cell without tags, made once."""
        place = cell.raw.row, cell.raw.column
        if place not in self._still:
            self._still[place] = self._shown(cell)
        return self._still[place]

    def _shown(self, cell: CellPlan) -> Shown:
        text, is_number = self._static_text(cell)
        xml = f"{RUN}{break_text(str(escape(text)))}{CLOSE}" if text else CLOSE_EMPTY
        return Shown(b"", encode(xml, self._plan.file, self._plan.name), text, is_number=is_number)

    def _static_text(self, cell: CellPlan) -> tuple[str, bool]:
        raw = cell.raw
        if raw.formula is not None:
            raise self._plan.failure(cell, "公式不能放进 Word 表格，请改写成标签")
        if raw.metadata:
            raise self._plan.failure(cell, "放在单元格里的图片不能放进 Word 表格")
        if raw.type == "n" and raw.value:
            try:
                return self._styles[raw.style].format.text(Decimal(raw.value)), True
            except InvalidOperation:
                return raw.value, False
        return (raw.text if raw.runs else raw.value), False

    def _texts(self, plan: RowPlan, values: Sequence[object], filled: Filled) -> Iterator[str]:
        """What the cells of a row say, escaped and with marks."""
        filled_cells = iter(zip(plan.filled, values, strict=True))
        for cell in plan.cells:
            text = (
                self._plan.marked_text(*next(filled_cells), filled)
                if cell.is_filled
                else escape(self._static(cell).text)
            )
            yield text.strip(" \t\n")

    def _loose_row(self, plan: RowPlan, row: ShownRow, filler: TableFiller) -> None:
        """A row without borders: as in a worksheet, texts run on over the empty cells beside them."""
        numbers = iter(range(len(row.cells)))
        found = [(c, next(numbers) if c.is_filled else -1) for c in plan.cells]
        shown = [(c, at, row.cells[at] if at >= 0 else self._static(c)) for c, at in found]
        shown = [one for one in shown if one[2].text.strip()]
        if not shown:
            return
        height = plan.raw.height if plan.raw else None
        maker = ShapeMaker(row_properties(height, header=True), row_height(height))
        for (cell, at, said), (left, right) in zip(shown, self._shared_out([(c, s) for c, _, s in shown]), strict=True):
            look = self._loose_look(cell, left, right)
            if at >= 0:
                maker.slot(look.open, at, look)
            else:
                maker.still(look.open, look, said)
        filler.row(maker.shape(), row)

    def _loose_look(self, cell: CellPlan, left: int, right: int) -> CellLook:
        key = (cell.raw.style, left, right)
        if key not in self._loose:
            self._loose[key] = self._maker.loose_cell(cell, left, right)
        return self._loose[key]

    def _shared_out(self, texts: Sequence[tuple[CellPlan, Shown]]) -> list[tuple[int, int]]:
        """The columns for each text of a loose row: each gets those up to the next; one that stands right, its need."""
        columns, widths, bounds = self._grid.columns, self._grid.widths, [0]
        for (cell, _), (following, shown) in pairwise(texts):
            low = next((i for i, c in enumerate(columns) if c > cell.raw.column), len(columns) - 1)
            high = next((i for i, c in enumerate(columns) if c >= following.raw.column), len(columns) - 1)
            low, high = max(low, bounds[-1] + 1), max(high, bounds[-1] + 1)
            style = self._styles[following.raw.style]
            if style.horizontal == "right":
                need = _text_width(shown.text, style.font.size)
                while high > low and sum(widths[high:]) < need:
                    high -= 1
            bounds.append(min(high, len(columns) - 1))
        bounds.append(len(columns))
        return [(columns[a], columns[max(a, b - 1)]) for a, b in pairwise(bounds)]


def _with_more(row: ShownRow, more: Iterable[tuple[Shown, Sequence[CellPrint]]], shape: RowShape) -> ShownRow:
    """The row with further cells behind its own, the figures in the order in which `shape` has them."""
    cells, said, prints = [*row.cells], [*row.said], [*row.prints]
    for shown, found in more:
        prints += ((len(cells), *p[1:]) for p in found)
        cells.append(shown)
        said.append(shown.text)
    prints.sort(key=lambda one: shape.places.get(one[0], 0))
    return row._replace(cells=cells, said=said, prints=prints)


def _text_width(text: str, size: float) -> int:
    """About how wide a text is, in twips."""
    wide, narrow, _ = widths_of(text)
    return round((_WIDE * wide + _NARROW * narrow) * size) + _MARGIN
