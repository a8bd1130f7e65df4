"""A workbook template, compiled once; each render fills its sheets and writes the whole file.

What the engine neither moves nor fills is found when it is compiled, and refused by name before it prints something wrong.
"""

from __future__ import annotations

import posixpath
from collections import ChainMap
from typing import TYPE_CHECKING

from lxml import etree

from budgetgen.expression import bounded, inking, unmark
from budgetgen.office.package import PackageWriter, parse_leniently
from budgetgen.records import record
from budgetgen.template.charts import printed_in, refilled, without_points
from budgetgen.template.charts_data import cells_of, shared_strings
from budgetgen.template.docx.word_rows import ColumnWidths, cell_styles
from budgetgen.template.docx.word_table import SheetAbout, WordWriter
from budgetgen.template.language.package_parts import (
    PROPERTIES,
    Refusal,
    encode,
    free_parts,
    parse,
    read_package,
    related,
    tagged_elsewhere,
    text_parts,
)
from budgetgen.template.language.rendered import CellPlace, Printed, Rendered, TemplateError, damage_told, raise_error
from budgetgen.template.language.script import TaggedText
from budgetgen.template.language.tags import has_tags
from budgetgen.template.xlsx.cell_styles import Style
from budgetgen.template.xlsx.references import MAX_COLUMN, MAX_ROW, Axis, Formula, Reference, lone_references, unquote
from budgetgen.template.xlsx.sheet_compiler import compile_sheet, sheet_name
from budgetgen.template.xlsx.sheet_frame import DrawingLink, Rows, SheetFrame, doubled
from budgetgen.template.xlsx.sheet_reader import SheetReader, q
from budgetgen.template.xlsx.sheet_writer import RowHeights, SheetWriter
from budgetgen.template.xlsx.workbook_parts import (
    DRAWING_LINK,
    Book,
    PictureAt,
    PlacedSheet,
    SheetIndex,
    WorkbookPart,
    make_copyable,
    picture_parts,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from budgetgen.expression import Environment
    from budgetgen.office.package import Parts
    from budgetgen.template.charts_data import Cells
    from budgetgen.template.docx.table_pages import Room
    from budgetgen.template.language.rendered import FilledRow, Report, WordTable
    from budgetgen.template.xlsx.references import Layout
    from budgetgen.template.xlsx.sheet_plan import CellPlan, Filled, SheetPlan


class WorkbookRenderer:
    """A compiled `.xlsx`. Rendering changes nothing in it: one renderer serves any number of units."""

    sheets: tuple[str, ...]
    """The names of the worksheets as they are in the template."""

    def __init__(self, path: Path, env: Environment, report: Report | None = None, parts: Parts | None = None) -> None:
        """`parts` are those of a workbook that stands in another file, where `path` is its name there."""
        self._file = path.name
        report = report or raise_error
        with damage_told(path.name, "工作簿"):
            book = Book(read_package(path) if parts is None else parts, env, path.name)
            for part, data in list(_charts(book.parts)):
                book.parts[part] = without_points(data)
            self._workbook = WorkbookPart(book)
        self._sheets: dict[str, _CompiledSheet] = {}
        for name, part in book.worksheets.items():
            try:
                with damage_told(path.name, name):
                    self._sheets[name] = _CompiledSheet(book, name, part, self._workbook.titles.get(name))
            except TemplateError as error:
                report(error)
        self.sheets = tuple(self._sheets)
        with damage_told(path.name, "工作簿"):
            self._refuse(book, report)
        copied = {name: sheet.part for name, sheet in self._sheets.items() if sheet.plan.copied}
        book.finish(copies=bool(copied))
        self._workbook.finish(book)
        self._index = SheetIndex(book, copied)
        self._order = book.names
        self._properties = text_parts(book.parts, env, path.name)
        self._changing = {*book.worksheets.values(), book.main, *self._properties, *self._index.changing}
        self._parts = book.parts
        self._charts = dict(_charts(book.parts))
        self._strings = shared_strings(book.parts.get(book.strings_part, b"")) if self._charts else []
        self._changing |= self._charts.keys()
        self._package = PackageWriter(book.parts, self._changing)

    def _refuse(self, book: Book, report: Report) -> None:
        filled = frozenset({*book.worksheets.values(), book.main, book.strings_part, *PROPERTIES})
        plans = {name: sheet.plan for name, sheet in self._sheets.items()}
        for refusal in (*refused(book, plans), *tagged_elsewhere(book.parts, filled, book.file)):
            report(TemplateError(book.file, refusal.place, refusal.cause))

    def render(self, namespace: Mapping[str, object]) -> Rendered:
        """The whole workbook. TemplateError: a tag that cannot be filled, a value that no workbook can hold."""
        with inking():
            return self.write(self.fill(namespace))

    def fill(self, namespace: Mapping[str, object]) -> FilledBook:
        """Every tag of its sheets with its value. TemplateError: a tag that cannot be filled.

        What it gives serves one render (`inking`): it is written as a file and read for tables of a document.
        """
        with bounded():
            names = self._workbook.names(namespace)
            filled = {name: sheet.fill(namespace) for name, sheet in self._sheets.items()}
            return FilledBook(namespace, self._placed(filled, names), filled)

    def write(self, book: FilledBook) -> Rendered:
        """The file of a filled workbook. TemplateError: as `render`."""
        if not book.placed:
            raise TemplateError(self._file, "", "一张工作表也没有")
        printed: list[Printed] = []
        rows: dict[str, Sequence[FilledRow]] = {}
        pictures: dict[str, list[PictureAt]] = {}
        parts: dict[str, bytes] = {}
        layouts = {p.template: p.layout for p in book.placed if p.layout}
        with bounded():
            for one in (p for p in book.placed if p.part):
                filled = book.sheets[one.template][one.copy]
                parts[one.part] = self._sheets[one.template].xml(filled, layouts, printed)
                rows[one.name] = filled.written
                if filled.pictures:
                    at = (PictureAt(row, cell.raw.column, picture) for row, cell, picture in filled.pictures)
                    pictures[one.part] = [*at]
            workbook = self._workbook.xml(book.placed, book.namespace)
            parts[self._workbook.part] = encode(workbook, self._file, "工作簿")
            parts.update(self._index.parts(book.placed))
            for part, text in self._properties.items():
                parts[part] = encode(unmark(text.text(book.namespace))[0], self._file, part)
            if self._charts:
                charts = self._refilled_charts(book, parts, layouts)
                cells = {p.place: p for p in printed if isinstance(p.place, CellPlace)}
                printed += [p for part, data in charts.items() for p in printed_in(part, data, cells)]
                parts |= charts
        package = self._package
        if pictures:
            parts |= picture_parts(ChainMap(parts, self._parts), book.placed, pictures, self._file)
            package = PackageWriter(self._parts, {*self._changing, *parts})
        return Rendered(package.write(parts), tuple(printed), sheets=rows)

    def _refilled_charts(
        self, book: FilledBook, parts: Mapping[str, bytes], layouts: Mapping[str, Layout]
    ) -> dict[str, bytes]:
        """The charts with their ranges as they are now, and what these hold."""
        written = {p.name: parts[p.part] for p in book.placed if p.part}

        def moved(text: str) -> str:
            return Formula.parse(text).text(layouts.get)

        def cells(sheet: str) -> Cells:
            return cells_of(written[sheet], self._strings) if sheet in written else {}

        return {part: refilled(data, moved, cells) for part, data in self._charts.items()}

    def _placed(self, filled: Mapping[str, Sequence[Filled]], names: Mapping[str, str]) -> list[PlacedSheet]:
        """The sheets of the output in order, each layout told its name."""
        taken = {names[n].casefold() for n in self._order if n not in filled or not self._sheets[n].plan.copied}
        placed: list[PlacedSheet] = []
        free: dict[str, Iterator[str]] = {}
        for name in self._order:
            if name not in filled:
                placed.append(PlacedSheet(name, names[name]))
                continue
            for copy, one in enumerate(filled[name]):
                one.layout.name = names[name]
                if self._sheets[name].plan.copied:
                    one.layout.name = sheet_name(one.title, names[name], taken)
                    taken.add(one.layout.name.casefold())
                part = self._sheets[name].part
                if copy:
                    folder = posixpath.dirname(part)
                    part = next(free.setdefault(folder, free_parts(self._parts, f"{folder}/sheet{{}}.xml")))
                placed.append(PlacedSheet(name, one.layout.name, copy, one.layout, part))
        return placed

    def cell_styles(self) -> dict[str, str]:
        """The paragraph styles that a document needs for its tables: id → properties. They depend on the template alone."""
        return {id_: xml for sheet in self._sheets.values() for id_, xml in cell_styles(sheet.looks()).items()}

    def word_table(
        self,
        sheet: str,
        filled: FilledBook | Mapping[str, object],
        *,
        width: int,
        room: Room | None = None,
        item: object = None,
    ) -> WordTable | None:
        """The sheet, filled already or from these names, as a table `width` twips wide; None where it does not come.

        `room` says how high the pages are, where cells that are merged over rows are to be cut by pages; `item` for which item of its list, where it comes once for each. KeyError: no such sheet; LookupError: it
        comes for each and nothing, or nothing in its list, says which is meant.
        """
        found = self._sheets[sheet]
        copies = filled.sheets[sheet] if isinstance(filled, FilledBook) else found.fill(filled)
        if found.plan.copied == "for":
            copies = [c for c in copies if item is not None and c.item is item]
            if not copies:
                raise LookupError(f"“{sheet}”会重复，要写明是哪一项，如 表(“{sheet}”, 项目)")
        return found.word_table(copies[0], width, room) if copies else None


@record
class FilledBook:
    """A workbook's sheets with their values, each as often as it comes: `placed` are they in order, with their names."""

    namespace: Mapping[str, object]
    placed: Sequence[PlacedSheet]
    sheets: Mapping[str, Sequence[Filled]]


class _CompiledSheet:
    """One sheet of the template with everything that writes it."""

    def __init__(self, book: Book, name: str, part: str, titles: Reference | None) -> None:
        root = book.root(part)
        data = root.find(q("sheetData"))
        raw = SheetReader(book.strings, book.file, name).rows(data) if data is not None else ()
        self.name, self.part = name, part
        self._styles, self._numbers, self._titles = book.styles, book.shared.numbers, titles
        self.plan = compile_sheet(name, raw, book.env, book.file, book.styles)
        if self.plan.copied:
            make_copyable(book, part, root)
        self._widths = ColumnWidths(root)
        frame = SheetFrame(root)
        self._merges = frame.merges
        headers = [h for h in frame.headers if has_tags(h.text or "")]
        self._headers = [
            TaggedText(h.text or "", book.env, book.file, f"{name} 的页眉页脚", shown=doubled) for h in headers
        ]
        for index, header in enumerate(headers):
            frame.text_slot(header, index)
        self._pieces = [p.encode() if isinstance(p, str) else p for p in frame.pieces()]
        self._writers: dict[object, SheetWriter] = {}
        self._word_writers: dict[object, WordWriter] = {}
        self._writer(self.plan, (), None)

    def looks(self) -> Iterator[Style]:
        """The looks of its cells, and that of a cell which the template does not have."""
        styles = self._styles
        used = {cell.raw.style for row in self.plan.rows for cell in row.cells}
        yield Style(styles.format(0))
        yield from (styles[number] for number in sorted(used))

    def fill(self, namespace: Mapping[str, object]) -> list[Filled]:
        """Its rows with their values, once for each time that it comes."""
        found = self.plan.fill(namespace)
        for filled in found:
            filled.header_texts = [unmark(h.text(namespace))[0] for h in self._headers]
        return found

    def xml(self, filled: Filled, layouts: Mapping[str, Layout], printed: list[Printed]) -> bytes:
        """The whole part. What it shows is added to `printed`. TemplateError: a character that no XML may hold."""
        layout = filled.layout

        def layout_of(name: str) -> Layout | None:
            return layouts.get(name) if name else layout

        out: list[bytes] = []
        for piece in self._pieces:
            if isinstance(piece, bytes):
                out.append(piece)
            elif isinstance(piece, Rows):
                writer = self._writer(*self._spread(filled), filled.layout)
                out.append(writer.rows(filled, printed, layout_of))
            elif isinstance(piece, DrawingLink):
                out.append(DRAWING_LINK.encode() if filled.pictures else b"")
            else:
                made = filled.header_texts[piece] if isinstance(piece, int) else piece(layout, layout_of)
                out.append(encode(made, self.plan.file, self.name))
        return b"".join(out)

    def word_table(self, filled: Filled, width: int, room: Room | None) -> WordTable:
        """The filled sheet as a table for a document."""
        plan, key = self._spread(filled)
        if (width, key) not in self._word_writers:
            columns = filled.layout.columns
            merges = [m for ref in self._merges for m in _across(ref, filled.layout)]
            about = SheetAbout(plan, merges, self._widths.spread(columns), self._titles)
            self._word_writers[width, key] = WordWriter(about, self._styles, width)
        return self._word_writers[width, key].table(filled, room)

    def _spread(self, filled: Filled) -> tuple[SheetPlan, object]:
        """The plan with columns as they were repeated, and what tells such plans apart."""
        columns = filled.layout.columns
        if not columns.bands:
            return self.plan, ()
        key = tuple(tuple(start for start, _ in found) for found in columns.instances)
        return self.plan.spread(columns), key

    def _writer(self, plan: SheetPlan, key: object, layout: Layout | None) -> SheetWriter:
        if (
            plan is not self.plan and layout is not None
        ):  # formulas in repeated columns know their turns, another in each render
            merges = [m for ref in self._merges for m in _across(ref, layout)]
            heights = RowHeights(plan, self._styles, self._widths.spread(layout.columns), merges)
            return SheetWriter(plan, self._styles, self._numbers, heights)
        if key not in self._writers:
            heights = RowHeights(plan, self._styles, self._widths, self._merges)
            self._writers[key] = SheetWriter(plan, self._styles, self._numbers, heights)
        return self._writers[key]


def _across(ref: Reference, layout: Layout) -> list[Reference]:
    """A merge with its columns as they were repeated, its rows as in the template."""
    return [ref.moved(ref.top, left, ref.bottom, right) for left, right in layout.columns.groups(ref.left, ref.right)]


_CONTROLS = "按钮等控件"
_KINDS = {
    "drawing": "图片或图形", "comments": "批注", "table": "表格（列表对象）", "pivotTable": "数据透视表",
    "vmlDrawing": _CONTROLS,
}  # fmt: skip
_BOTTOM_ROW = 6
"""Where the anchor of a VML shape has it: column, offset, row, offset of its first corner, then of its last."""


def refused(book: Book, plans: Mapping[str, SheetPlan]) -> Iterator[Refusal]:
    """Everything in the sheets of the workbook that would not come out right."""
    yield from _unmoved(book, plans)
    yield from _copied_references(plans)
    yield from _lone_references(plans)


def _unmoved(book: Book, plans: Mapping[str, SheetPlan]) -> Iterator[Refusal]:
    """What stands at or below the first row of a sheet that comes and goes, and would not move along."""
    growing = {name: line for name, plan in plans.items() if (line := _first_moving(plan))}
    for name, line in growing.items():
        part = book.worksheets[name]
        for target, kind in related(book.parts, part, book.file):
            if kind in _KINDS and _lowest(book, target, kind) >= line:
                yield _below(name, _KINDS[kind], line)
        root = book.root(part)
        if any(_anchored(e, line) for e in root.iter(q("anchor"))):
            yield _below(name, _CONTROLS, line)
        for element in root.iter("{*}extLst"):
            if any(etree.QName(e).localname in ("f", "sqref") for e in element.iter("{*}f", "{*}sqref")):
                yield Refusal(name, "扩展的条件格式、数据验证或迷你图不会随行移动，请改用普通的")
    copied = {name for name, plan in plans.items() if plan.copied}
    for part, data in _charts(book.parts) if copied else ():
        for formula in parse(data, book.file, part).iter("{*}f"):
            yield from _charted(formula.text or "", copied)


def _charts(parts: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    return ((part, data) for part, data in parts.items() if part.startswith("xl/charts/chart"))


def _charted(text: str, copied: Collection[str]) -> Iterator[Refusal]:
    """A chart of a sheet that comes several times or not at all: it would not know which."""
    for piece in Formula.parse(text).pieces:
        if not isinstance(piece, str) and unquote(piece[0]) in copied:
            yield Refusal(unquote(piece[0]), "图表引用了会重复的工作表，图表不会随之改变")


def _first_moving(plan: SheetPlan) -> int:
    """The first row that loops or tags move, 1 where columns do, 0 where nothing does."""
    if plan.columns:
        return 1
    return next((r.band.first for r in plan.rows if r.band.loops or r.band.vanishes), 0)


def _below(sheet: str, what: str, line: int) -> Refusal:
    return Refusal(sheet, f"{what}在会增减的行（第{line}行）以下，不会随行移动，请移到上方或去掉")


def _anchored(anchor: etree._Element, line: int) -> bool:
    """Whether an embedded object reaches that row."""
    return any(int(row.text or 0) + 1 >= line for row in anchor.iter("{*}row"))


def _lowest(book: Book, part: str, kind: str) -> int:
    """The lowest row that an attachment of a sheet is bound to; 0 for none."""
    if kind == "vmlDrawing":
        return _lowest_control(book.parts[part])
    root = book.root(part)
    if kind == "drawing":
        rows = [int(r.text or 0) + 1 for anchor in root for r in anchor.iter("{*}row")]
    elif kind == "comments":
        rows = [Reference.parse(c.get("ref") or "A1").bottom for c in root.iter("{*}comment")]
    else:
        places = [root.get("ref"), *(e.get("ref") for e in root.iter("{*}location"))]
        rows = [Reference.parse(p).bottom for p in places if p]
    return max(rows, default=0)


def _lowest_control(vml: bytes) -> int:
    """The lowest row that a button or check box of an old drawing reaches; comments are told by their own part."""
    root, rows = parse_leniently(vml), [0]
    for data in root.iter("{*}ClientData") if root is not None else ():
        corners = (data.findtext("{*}Anchor") or "").split(",")
        if data.get("ObjectType") != "Note" and len(corners) > _BOTTOM_ROW and corners[_BOTTOM_ROW].strip().isdigit():
            rows.append(int(corners[_BOTTOM_ROW]) + 1)
    return max(rows)


def _formulas(plans: Mapping[str, SheetPlan]) -> Iterator[tuple[str, CellPlan, Formula]]:
    """Sheet, cell and formula of every cell that has one."""
    for name, plan in plans.items():
        for cell in (c for row in plan.rows for c in row.cells):
            if cell.raw.formula is not None:
                yield name, cell, cell.raw.formula


def _copied_references(plans: Mapping[str, SheetPlan]) -> Iterator[Refusal]:
    """Formulas that name a sheet which comes several times or not at all: they would not know which."""
    copied = {name for name, plan in plans.items() if plan.copied}
    for name, cell, formula in _formulas(plans) if copied else ():
        for piece in formula.pieces:
            if not isinstance(piece, str) and unquote(piece[0]) in copied:
                cause = f"公式引用了会重复的工作表“{unquote(piece[0])}”，改成标签"
                yield Refusal(f"{name}!{cell.raw.name}", cause)


def _lone_references(plans: Mapping[str, SheetPlan]) -> Iterator[Refusal]:
    """Formulas that reckon with one cell of a row or column that repeats, from outside of it: it would be many cells."""
    axes = {n: (Axis([r.band for r in p.rows], MAX_ROW), Axis(p.columns, MAX_COLUMN)) for n, p in plans.items()}
    for name, cell, formula in _formulas(plans):
        here = [axis.loops_of(at) for axis, at in zip(axes[name], (cell.raw.row, cell.raw.column), strict=True)]
        for sheet, ref in lone_references(formula):
            other = unquote(sheet) or name
            if other not in axes or (sheet and plans[other].copied):
                continue
            there = [axis.loops_of(at) for axis, at in zip(axes[other], (ref.top, ref.left), strict=True)]
            shared = [()] * len(there) if sheet else here
            if any(loops != own[: len(loops)] for loops, own in zip(there, shared, strict=True)):
                cause = f"公式里的 {ref} 会重复，生成后不止一格：求和写 SUM({ref})，逐行计算就写在同一行里"
                yield Refusal(f"{name}!{cell.raw.name}", cause)
