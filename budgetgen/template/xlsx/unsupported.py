"""What the engine neither moves nor fills: found in a workbook and refused by name, before it prints something wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from budgetgen.template.language.package_parts import Refusal, parse, related
from budgetgen.template.xlsx.references import MAX_COLUMN, MAX_ROW, Axis, Formula, Reference, lone_references, unquote
from budgetgen.template.xlsx.sheet_reader import q

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from budgetgen.template.xlsx.sheet_plan import CellPlan, SheetPlan
    from budgetgen.template.xlsx.workbook_parts import Book

_CONTROLS = "按钮等控件"
_KINDS = {
    "drawing": "图片或图形", "comments": "批注", "table": "表格（列表对象）", "pivotTable": "数据透视表",
    "vmlDrawing": _CONTROLS,
}  # fmt: skip
_LENIENT = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
"""Excel's own VML is not always XML: texts of buttons hold `<br>`."""
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
    for part, data in book.parts.items():
        if part.startswith("xl/charts/chart"):
            for formula in parse(data, book.file, part).iter("{*}f"):
                yield from _charted(formula.text or "", growing)


def _charted(text: str, growing: Mapping[str, int]) -> Iterator[Refusal]:
    for piece in Formula.parse(text).pieces:
        if not isinstance(piece, str):
            sheet, ref = unquote(piece[0]), piece[1]
            if ref.bottom >= growing.get(sheet, ref.bottom + 1):
                yield Refusal(sheet, f"图表引用的 {ref} 会增减，图表不会随之改变")


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
    root = etree.fromstring(vml, _LENIENT)
    rows = [0]
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
