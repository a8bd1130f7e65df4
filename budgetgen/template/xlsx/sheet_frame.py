"""What stands around a sheet's rows, and moves with them: merges, formats, validations, breaks, links, headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree
from markupsafe import escape

from budgetgen.office.cells import column_name
from budgetgen.records import record
from budgetgen.template.language.package_parts import Pattern, Slots, fragment, serialize
from budgetgen.template.xlsx.references import Formula, Reference
from budgetgen.template.xlsx.sheet_reader import q

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from budgetgen.template.xlsx.references import Layout

    LayoutOf = Callable[[str], "Layout | None"]
    Slot = Callable[["Layout", "LayoutOf"], str]

_BEFORE_MERGES = (
    "sheetData", "sheetCalcPr", "sheetProtection", "protectedRanges", "scenarios", "autoFilter", "sortState",
    "dataConsolidate", "customSheetViews",
)  # fmt: skip
_PRINT_PARTS = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")


_BEHIND_DRAWING = (
    "legacyDrawing", "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems",
    "tableParts", "extLst",
)  # fmt: skip


class Rows:
    """The slot for the rows themselves."""


class DrawingLink:
    """The slot for the element that ties a drawing to a sheet which has none in the template."""


class SheetFrame:
    """The part but for its rows: literal XML and functions of the layout, in order."""

    def __init__(self, root: etree._Element) -> None:
        self._slots: Slots[Slot | int | Rows | DrawingLink] = Slots()
        self.merges: list[Reference] = []
        self.headers: list[etree._Element] = []
        self._drawing(root)
        self._data(root)
        self._merges(root)
        self._dimension(root)
        self._widths(root)
        for name in ("conditionalFormatting", "dataValidation", "ignoredError", "protectedRange", "selection"):
            for element in root.iter(q(name)):
                self._ranges(element)
        for element in root.iter(q("pane")):
            self._pane(element)
        for element in root.iter(q("hyperlink")):
            self._slots.replace(element, _OneEach(_reference(element, "ref"), Pattern(element, "ref")))
        for name in ("autoFilter", "sortState", "sortCondition"):
            for element in root.iter(q(name)):
                element.set("ref", self._slots.mark(_Spanning(_reference(element, "ref"))))
        for name in ("rowBreaks", "colBreaks"):
            for element in root.findall(q(name)):
                self._slots.replace(element, _Breaks.of(element, name))
        self._root = root

    def pieces(self) -> list[str | Slot | int | Rows | DrawingLink]:
        """The part from its first byte to its last."""
        return list(self._slots.cut(serialize(self._root)))

    def text_slot(self, element: etree._Element, slot: int) -> None:
        """Let the text of `element` be the header text number `slot`."""
        element.text = self._slots.mark(slot)

    def _drawing(self, root: etree._Element) -> None:
        if root.find(q("drawing")) is not None:
            return
        element = etree.Element(q("drawing"))
        behind = [e for e in root if e.tag in map(q, _BEHIND_DRAWING) or not str(e.tag).startswith(q(""))]
        root.insert(root.index(behind[0]) if behind else len(root), element)
        self._slots.replace(element, DrawingLink())

    def _data(self, root: etree._Element) -> None:
        data = root.find(q("sheetData"))
        if data is None:
            raise ValueError("没有 sheetData")
        for child in list(data):
            data.remove(child)
        data.text = self._slots.mark(Rows())
        for name in _PRINT_PARTS:
            self.headers += root.iter(q(name))

    def _dimension(self, root: etree._Element) -> None:
        element = root.find(q("dimension"))
        if element is not None:
            element.set("ref", self._slots.mark(_Spanning(_reference(element, "ref"))))

    def _widths(self, root: etree._Element) -> None:
        element = root.find(q("cols"))
        if element is not None and len(element):
            self._slots.replace(element, _ColumnWidths.of(element))

    def _merges(self, root: etree._Element) -> None:
        element = root.find(q("mergeCells"))
        if element is None:  # values may merge cells where the template merges none
            element = etree.Element(q("mergeCells"))
            before = [e for name in _BEFORE_MERGES for e in root.iterchildren(q(name))]
            before[-1].addnext(element)
        self.merges = [Reference.parse(m.get("ref") or "") for m in element]
        self._slots.replace(element, _Merges.of(self.merges))

    def _pane(self, element: etree._Element) -> None:
        """Frozen rows and columns stay the same ones, however many they have become."""
        for attribute, rows in (("ySplit", True), ("xSplit", False)):
            count = element.get(attribute) or ""
            if "frozen" in (element.get("state") or "") and count.isdigit() and int(count):
                element.set(attribute, self._slots.mark(_Frozen(int(count), rows)))
        if element.get("topLeftCell"):
            ref = _reference(element, "topLeftCell")
            element.set("topLeftCell", self._slots.mark(_First(ref)))

    def _ranges(self, element: etree._Element) -> None:
        """An element whose `sqref` falls into stretches; it goes when they all vanish, but for a mere selection."""
        refs = tuple(Reference.parse(r) for r in (element.get("sqref") or "A1").split())
        first = refs[0]
        if element.tag == q("selection"):
            active = Reference.parse(element.get("activeCell") or "A1")
            element.set("sqref", self._slots.mark(_Stretched(refs, active)))
            if element.get("activeCell"):
                element.set("activeCell", self._slots.mark(_First(active)))
            return
        inner: Slots[Slot] = Slots()
        element.set("sqref", inner.mark(_Stretched(refs)))
        for formula in element.iter(q("formula"), q("formula1"), q("formula2")):
            formula.text = inner.mark(_RelativeFormula(Formula.parse(formula.text or ""), first))
        self._slots.replace(element, _Whole(tuple(inner.cut(fragment(element))), refs))


def joined_columns(
    layout: Layout, merges: Sequence[Reference]
) -> tuple[frozenset[tuple[int, int]], Mapping[tuple[int, int], int]]:
    """Cells (row, column) that values joined with others, and how far to the right the merge that each stands in goes."""
    inside = frozenset((row, j.column) for j in layout.joined if j.bottom > j.top for row in range(j.top, j.bottom + 1))
    wide = {
        (top, m.left): m.right for m in merges if m.top == m.bottom for top, _ in layout.rows.groups(m.top, m.bottom)
    }
    return inside, wide


def _letters(layout: Layout, left: int, right: int) -> Sequence[tuple[str, str]]:
    return [(column_name(a), column_name(b)) for a, b in layout.columns.groups(left, right)]


def _reference(element: etree._Element, attribute: str) -> Reference:
    return Reference.parse(element.get(attribute) or "A1")


@record
class _Spanning:
    """A range as one, from the first of its cells to the last."""

    ref: Reference

    def __call__(self, layout: Layout, _: LayoutOf) -> str:
        return str(layout.spans(self.ref) or "A1")


@record
class _First:
    ref: Reference

    def __call__(self, layout: Layout, _: LayoutOf) -> str:
        return str(layout.nearest(self.ref))


@record
class _Frozen:
    """How many rows or columns the first `count` of the template have become."""

    count: int
    rows: bool

    def __call__(self, layout: Layout, _: LayoutOf) -> str:
        found = (layout.rows if self.rows else layout.columns).span(1, self.count)
        return str(found[1] if found else 1)


@record
class _Stretched:
    """The stretches that ranges fell into; where there are none, the cell nearest to `otherwise`."""

    refs: tuple[Reference, ...]
    otherwise: Reference | None = None

    def __call__(self, layout: Layout, _: LayoutOf) -> str:
        found = " ".join(str(s) for r in self.refs for s in layout.stretches(r))
        return found or (str(layout.nearest(self.otherwise)) if self.otherwise else "")


@record
class _RelativeFormula:
    """A formula that is relative to the first cell of its ranges."""

    formula: Formula
    first: Reference

    def __call__(self, layout: Layout, layout_of: LayoutOf) -> str:
        loops = layout.rows.loops_of(self.first.top)
        index = layout.rows.index_of(self.first.top) if layout.rows.bands else -1
        turns = layout.rows.instances[index] if index >= 0 else []
        scope = turns[0][1] if turns else ()
        return str(escape(self.formula.text(layout_of, (loops, scope, (), ()))))


@record
class _Whole:
    """An element that goes when all of its ranges have vanished."""

    pieces: tuple[str | Slot, ...]
    refs: tuple[Reference, ...]

    def __call__(self, layout: Layout, layout_of: LayoutOf) -> str:
        if not any(True for r in self.refs for _ in layout.stretches(r)):
            return ""
        return "".join(p if isinstance(p, str) else p(layout, layout_of) for p in self.pieces)


@record
class _OneEach:
    """An element once for every stretch that its range fell into."""

    ref: Reference
    pattern: Pattern

    def __call__(self, layout: Layout, _: LayoutOf) -> str:
        return "".join(self.pattern.xml({"ref": str(stretch)}) for stretch in layout.stretches(self.ref))


@record
class _ColumnWidths:
    """The `col` elements in the order of their columns, which loops may have mixed."""

    columns: tuple[tuple[int, int, Pattern], ...]

    @classmethod
    def of(cls, element: etree._Element) -> _ColumnWidths:
        return cls(tuple((int(c.get("min") or 1), int(c.get("max") or 1), Pattern(c, "min", "max")) for c in element))

    def __call__(self, layout: Layout, _: LayoutOf) -> str:
        found = sorted(
            (first, last, index)
            for index, (low, high, _) in enumerate(self.columns)
            for first, last in layout.columns.runs(low, high)
        )
        out = [self.columns[index][2].xml({"min": str(first), "max": str(last)}) for first, last, index in found]
        return f"<cols>{''.join(out)}</cols>" if out else ""


@record
class _Breaks:
    """Page breaks after the lines that their lines became."""

    name: str
    breaks: tuple[tuple[int, Pattern], ...]

    @classmethod
    def of(cls, element: etree._Element, name: str) -> _Breaks:
        return cls(name, tuple((int(b.get("id") or 0), Pattern(b, "id")) for b in element))

    def __call__(self, layout: Layout, _: LayoutOf) -> str:
        axis = layout.rows if self.name == "rowBreaks" else layout.columns
        out = [pattern.xml({"id": str(last)}) for line, pattern in self.breaks for _, last in axis.groups(line, line)]
        if not out:
            return ""
        return f'<{self.name} count="{len(out)}" manualBreakCount="{len(out)}">{"".join(out)}</{self.name}>'


@record
class _Merges:
    """The merges of the template and those that values made; `still` are the columns of the former where none repeat."""

    merges: tuple[Reference, ...]
    still: tuple[tuple[tuple[str, str]], ...]

    @classmethod
    def of(cls, merges: Sequence[Reference]) -> _Merges:
        return cls(tuple(merges), tuple(((column_name(m.left), column_name(m.right)),) for m in merges))

    def __call__(self, layout: Layout, _: LayoutOf) -> str:
        rows = layout.rows
        cells: list[str] = []
        hidden, wide = joined_columns(layout, self.merges) if layout.joined else (frozenset(), {})
        for merge, still in zip(self.merges, self.still, strict=True):
            letters = _letters(layout, merge.left, merge.right) if layout.columns.bands else still
            for left, right in letters:
                for top, bottom in rows.groups(merge.top, merge.bottom):
                    if (top != bottom or left != right) and (top, merge.left) not in hidden:
                        cells.append(f'<mergeCell ref="{left}{top}:{right}{bottom}"/>')
        for one in layout.joined:
            if one.bottom > one.top:
                right = column_name(wide.get((one.top, one.column), one.column))
                cells.append(f'<mergeCell ref="{column_name(one.column)}{one.top}:{right}{one.bottom}"/>')
        return f'<mergeCells count="{len(cells)}">{"".join(cells)}</mergeCells>' if cells else ""


def doubled(value: object) -> object:
    """A value for the header of a sheet, where `&` begins a code and stands for itself when doubled."""
    return value.replace("&", "&&") if isinstance(value, str) else value
