"""What stands around a sheet's rows, and moves with them: merges, formats, validations, breaks, links, headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree
from markupsafe import escape

from budgetgen.office.cells import column_name
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
            self._slots.replace(element, _one_each(element))
        for name in ("autoFilter", "sortState", "sortCondition"):
            for element in root.iter(q(name)):
                element.set("ref", self._slots.mark(_spanning(_reference(element, "ref"))))
        for name in ("rowBreaks", "colBreaks"):
            for element in root.findall(q(name)):
                self._slots.replace(element, _breaks(element))
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
            element.set("ref", self._slots.mark(_spanning(_reference(element, "ref"))))

    def _widths(self, root: etree._Element) -> None:
        element = root.find(q("cols"))
        if element is not None and len(element):
            self._slots.replace(element, _column_widths(element))

    def _merges(self, root: etree._Element) -> None:
        element = root.find(q("mergeCells"))
        if element is None:  # values may merge cells where the template merges none
            element = etree.Element(q("mergeCells"))
            before = [e for name in _BEFORE_MERGES for e in root.iterchildren(q(name))]
            before[-1].addnext(element)
        self.merges = [Reference.parse(m.get("ref") or "") for m in element]
        self._still_letters = [((column_name(m.left), column_name(m.right)),) for m in self.merges]
        self._slots.replace(element, self._merged)

    def _merged(self, layout: Layout, _: LayoutOf) -> str:
        rows = layout.rows
        cells: list[str] = []
        hidden, wide = joined_columns(layout, self.merges) if layout.joined else (frozenset(), {})
        for merge, still in zip(self.merges, self._still_letters, strict=True):
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

    def _pane(self, element: etree._Element) -> None:
        """Frozen rows and columns stay the same ones, however many they have become."""
        for attribute, rows in (("ySplit", True), ("xSplit", False)):
            count = element.get(attribute) or ""
            if "frozen" in (element.get("state") or "") and count.isdigit() and int(count):
                element.set(attribute, self._slots.mark(_frozen(int(count), rows=rows)))
        if element.get("topLeftCell"):
            ref = _reference(element, "topLeftCell")
            element.set("topLeftCell", self._slots.mark(_first(ref)))

    def _ranges(self, element: etree._Element) -> None:
        """An element whose `sqref` falls into stretches; it goes when they all vanish, but for a mere selection."""
        refs = [Reference.parse(r) for r in (element.get("sqref") or "A1").split()]
        first = refs[0]
        if element.tag == q("selection"):
            active = Reference.parse(element.get("activeCell") or "A1")
            element.set("sqref", self._slots.mark(_stretched(refs, active)))
            if element.get("activeCell"):
                element.set("activeCell", self._slots.mark(_first(active)))
            return
        inner: Slots[Slot] = Slots()
        element.set("sqref", inner.mark(_stretched(refs)))
        for formula in element.iter(q("formula"), q("formula1"), q("formula2")):
            formula.text = inner.mark(_formula(Formula.parse(formula.text or ""), first))
        pieces = list(inner.cut(fragment(element)))
        self._slots.replace(element, _whole(pieces, refs))


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


def _spanning(ref: Reference) -> Slot:
    def write(layout: Layout, _: LayoutOf) -> str:
        return str(layout.spans(ref) or "A1")

    return write


def _first(ref: Reference) -> Slot:
    def write(layout: Layout, _: LayoutOf) -> str:
        return str(layout.nearest(ref))

    return write


def _frozen(count: int, *, rows: bool) -> Slot:
    def write(layout: Layout, _: LayoutOf) -> str:
        found = (layout.rows if rows else layout.columns).span(1, count)
        return str(found[1] if found else 1)

    return write


def _stretched(refs: list[Reference], otherwise: Reference | None = None) -> Slot:
    def write(layout: Layout, _: LayoutOf) -> str:
        found = " ".join(str(s) for r in refs for s in layout.stretches(r))
        return found or (str(layout.nearest(otherwise)) if otherwise else "")

    return write


def _formula(formula: Formula, first: Reference) -> Slot:
    """A formula that is relative to the first cell of its ranges."""

    def write(layout: Layout, layout_of: LayoutOf) -> str:
        loops = layout.rows.loops_of(first.top)
        index = layout.rows.index_of(first.top) if layout.rows.bands else -1
        turns = layout.rows.instances[index] if index >= 0 else []
        scope = turns[0][1] if turns else ()
        return str(escape(formula.text(layout_of, (loops, scope, (), ()))))

    return write


def _whole(pieces: list[str | Slot], refs: list[Reference]) -> Slot:
    def write(layout: Layout, layout_of: LayoutOf) -> str:
        if not any(True for r in refs for _ in layout.stretches(r)):
            return ""
        return "".join(p if isinstance(p, str) else p(layout, layout_of) for p in pieces)

    return write


def _one_each(element: etree._Element) -> Slot:
    """The element once for every stretch that its range fell into."""
    ref = _reference(element, "ref")
    pattern = Pattern(element, "ref")

    def write(layout: Layout, _: LayoutOf) -> str:
        return "".join(pattern.xml({"ref": str(stretch)}) for stretch in layout.stretches(ref))

    return write


def _column_widths(element: etree._Element) -> Slot:
    """The `col` elements in the order of their columns, which loops may have mixed."""
    columns = [(int(c.get("min") or 1), int(c.get("max") or 1), Pattern(c, "min", "max")) for c in element]

    def write(layout: Layout, _: LayoutOf) -> str:
        found = sorted(
            (first, last, index)
            for index, (low, high, _) in enumerate(columns)
            for first, last in layout.columns.runs(low, high)
        )
        out = [columns[index][2].xml({"min": str(first), "max": str(last)}) for first, last, index in found]
        return f"<cols>{''.join(out)}</cols>" if out else ""

    return write


def _breaks(element: etree._Element) -> Slot:
    """Page breaks after the lines that their lines became."""
    rows = element.tag == q("rowBreaks")
    breaks = [(int(b.get("id") or 0), Pattern(b, "id")) for b in element]
    name = "rowBreaks" if rows else "colBreaks"

    def write(layout: Layout, _: LayoutOf) -> str:
        axis = layout.rows if rows else layout.columns
        out = [pattern.xml({"id": str(last)}) for line, pattern in breaks for _, last in axis.groups(line, line)]
        if not out:
            return ""
        return f'<{name} count="{len(out)}" manualBreakCount="{len(out)}">{"".join(out)}</{name}>'

    return write


def doubled(value: object) -> object:
    """A value for the header of a sheet, where `&` begins a code and stands for itself when doubled."""
    return value.replace("&", "&&") if isinstance(value, str) else value
