"""A workbook with notes at cells of it, and the cells coloured; every part that this does not touch stays as it was packed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import deepcopy

from lxml import etree

from budgetgen.audit.docx_comments import AUTHOR
from budgetgen.audit.remarks import Remark
from budgetgen.issues import FORBIDDEN
from budgetgen.office.cells import cell_area
from budgetgen.office.package import BOOK, ChangedParts, Package

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
S = f"{{{_MAIN}}}"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_COMMENTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_NO_COMMENTS = f'<comments xmlns="{_MAIN}"><authors/><commentList/></comments>'
_AFTER = frozenset(
    f"{S}{n}"
    for n in (
        "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
    )
)  # fmt: skip
"""What must stand behind a sheet's `legacyDrawing`."""
_COLOURS = {"错误": "FFF8CBAD", "疑点": "FFFFE699"}
_OTHER = "FFDDEBF7"
_SPACES = (
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_NO_SHAPES = (
    f"<xml {_SPACES}>"
    '<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype></xml>'
)
_SHAPE = (
    f"<xml {_SPACES}>"
    '<v:shape id="{id}" type="#_x0000_t202" style="position:absolute;visibility:hidden" fillcolor="#ffffe1"'
    ' o:insetmode="auto"><v:fill color2="#ffffe1"/><v:path o:connecttype="none"/>'
    '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>'
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape></xml>"
)
_WIDE, _LINE = 5, 34
"""A note is so many columns wide, which holds so many characters a line."""


def with_notes(data: bytes, remarks: Sequence[Remark]) -> bytes:
    """The workbook with a note and a colour for each cell that is remarked on. Damaged: it is not whole."""
    changed = ChangedParts(Package(data))
    wanted: dict[str, dict[str, list[Remark]]] = defaultdict(lambda: defaultdict(list))
    for remark in remarks:
        if remark.place.mark.cell:
            wanted[remark.place.mark.part][remark.place.mark.cell].append(remark)
    sheets = sheets_of(changed)
    styles = _Styles(changed)
    for number, (sheet, cells) in enumerate(wanted.items(), start=1):
        if sheet in sheets:
            lines = {cell: [line for remark in found for line in remark.lines] for cell, found in cells.items()}
            put_notes(changed, sheets[sheet], lines, number)
            _colour(changed.root(sheets[sheet]), cells, styles)
    return changed.whole()


def sheets_of(changed: ChangedParts) -> Mapping[str, str]:
    """Name of a sheet → its part."""
    return {
        s.get("name", ""): part
        for s in changed.root(BOOK).iter(f"{S}sheet")
        if (part := changed.target(BOOK, s.get(_ID, "")))
    }


# -------------------------------------------------------------------------------------------------------- notes


def put_notes(
    changed: ChangedParts, sheet: str, cells: Mapping[str, Sequence[str]], number: int, author: str = AUTHOR
) -> None:
    """Lines at cells, below what a note says there already; `number` tells the sheets apart."""
    part = changed.related(sheet, "comments") or _new_comments(changed, sheet)
    comments = changed.root(part, _NO_COMMENTS)
    authors, listed = comments.find(f"{S}authors"), comments.find(f"{S}commentList")
    if authors is None or listed is None:
        return
    etree.SubElement(authors, f"{S}author").text = author
    known = {c.get("ref"): c for c in listed}
    shapes = _shapes(changed, sheet)
    for n, (cell, lines) in enumerate(cells.items()):
        if cell in known:
            _say(known[cell], lines)
            continue
        comment = etree.SubElement(listed, f"{S}comment", ref=cell, authorId=str(len(authors) - 1))
        etree.SubElement(comment, f"{S}text")
        _say(comment, lines)
        shapes.append(_shape(cell, lines, f"_x0000_s{number * 4096 + n + 2048}"))


def own_notes(changed: ChangedParts, sheet: str, mark: str) -> None:
    """Take away what stands in a sheet's notes from `mark` on, and a note of which nothing is left, with its shape."""
    part = changed.related(sheet, "comments")
    if not part:
        return
    for comment in list(changed.root(part).iter(f"{S}comment")):
        texts = list(comment.iter(f"{S}t"))
        whole = "".join(t.text or "" for t in texts)
        at = whole.find(mark)
        if at < 0:
            continue
        left = len(whole[:at].rstrip("\n"))
        for text in texts:
            kept = (text.text or "")[:left]
            left -= len(kept)
            text.text = kept
        if not whole[:at].strip():
            listed = comment.getparent()
            if listed is not None:
                listed.remove(comment)
            _take_shape(changed, sheet, comment.get("ref", ""))


def _take_shape(changed: ChangedParts, sheet: str, cell: str) -> None:
    link = changed.root(sheet).find(f"{S}legacyDrawing")
    part = changed.target(sheet, link.get(_ID, "")) if link is not None else ""
    top, left, _, _ = cell_area(cell) or (0, 0, 0, 0)
    for shape in list(changed.root(part, lenient=True)) if part else ():
        found = {e.tag.rpartition("}")[2]: (e.text or "").strip() for e in shape.iter() if isinstance(e.tag, str)}
        if (found.get("Row"), found.get("Column")) == (str(top - 1), str(left - 1)):
            shape.getparent().remove(shape)  # type: ignore[union-attr]


def _new_comments(changed: ChangedParts, sheet: str) -> str:
    part = changed.free("xl/comments{}.xml")
    changed.relate(sheet, "comments", part)
    changed.declare(_COMMENTS, part)
    return part


def _say(comment: etree._Element, lines: Sequence[str]) -> None:
    text = comment.find(f"{S}text")
    if text is None:
        return
    before = "\n" if len(text) else ""
    run = etree.SubElement(text, f"{S}r")
    etree.SubElement(etree.SubElement(run, f"{S}rPr"), f"{S}sz", val="9")
    said = etree.SubElement(run, f"{S}t", {_SPACE: "preserve"})
    said.text = before + re.sub(FORBIDDEN, "�", "\n".join(lines))


def _shapes(changed: ChangedParts, sheet: str) -> etree._Element:
    """The drawing of a sheet's notes, to be added to; Excel's own is not always XML."""
    root = changed.root(sheet)
    link = root.find(f"{S}legacyDrawing")
    if link is not None and (part := changed.target(sheet, link.get(_ID, ""))):
        return changed.root(part, lenient=True)
    part = changed.free("xl/drawings/vmlDrawing{}.vml")
    changed.declare(_VML, extension="vml")
    link = etree.Element(f"{S}legacyDrawing", {_ID: changed.relate(sheet, "vmlDrawing", part)})
    behind = next((n for n, e in enumerate(root) if e.tag in _AFTER), len(root))
    root.insert(behind, link)
    return changed.root(part, _NO_SHAPES)


def _shape(cell: str, lines: Sequence[str], name: str) -> etree._Element:
    top, left, _, _ = cell_area(cell) or (1, 1, 1, 1)
    height = sum(1 + len(line) // _LINE for line in lines) + 1
    anchor = f"{left},12,{max(top - 2, 0)},4,{left + _WIDE},12,{max(top - 2, 0) + height},4"
    return etree.fromstring(_SHAPE.format(id=name, anchor=anchor, row=top - 1, column=left - 1))[0]


# ------------------------------------------------------------------------------------------------------- colours


class _Styles:
    """The formats of cells; for each that is met one more that is filled."""

    def __init__(self, changed: ChangedParts) -> None:
        part = changed.related(BOOK, "styles")
        self._root = changed.root(part) if part else None
        self._filled: dict[tuple[int, str], int] = {}
        self._fills: dict[str, int] = {}

    def filled(self, style: int, colour: str) -> int:
        """The format that is as `style` and filled; `style` itself where the book has no formats."""
        formats = self._root.find(f"{S}cellXfs") if self._root is not None else None
        if formats is None or style >= len(formats):
            return style
        if (style, colour) not in self._filled:
            new = deepcopy(formats[style])
            new.set("fillId", str(self._fill(colour)))
            new.set("applyFill", "1")
            formats.append(new)
            formats.set("count", str(len(formats)))
            self._filled[style, colour] = len(formats) - 1
        return self._filled[style, colour]

    def _fill(self, colour: str) -> int:
        assert self._root is not None
        fills = self._root.find(f"{S}fills")
        if fills is None:
            return 0
        if colour not in self._fills:
            pattern = etree.SubElement(etree.SubElement(fills, f"{S}fill"), f"{S}patternFill", patternType="solid")
            etree.SubElement(pattern, f"{S}fgColor", rgb=colour)
            etree.SubElement(pattern, f"{S}bgColor", indexed="64")
            fills.set("count", str(len(fills)))
            self._fills[colour] = len(fills) - 1
        return self._fills[colour]


def _colour(root: etree._Element, cells: Mapping[str, Sequence[Remark]], styles: _Styles) -> None:
    """Fill the cells, those that are not there as well."""
    data = root.find(f"{S}sheetData")
    if data is None:
        return
    rows = {r.get("r", ""): r for r in data}
    for cell, remarks in cells.items():
        row = rows.get(re.sub("[A-Z]+", "", cell))
        if row is None:
            continue
        there = {c.get("r", ""): c for c in row}
        colour = _COLOURS.get(remarks[0].level, _OTHER)
        found = there[cell] if cell in there else _added(row, cell)
        style = found.get("s", "0")
        found.set("s", str(styles.filled(int(style) if style.isdigit() else 0, colour)))


def _added(row: etree._Element, cell: str) -> etree._Element:
    """A blank cell in its place."""

    def column(reference: str) -> int:
        return (cell_area(reference) or (0, 0))[1]

    new = etree.Element(f"{S}c", r=cell)
    behind = next((n for n, c in enumerate(row) if column(c.get("r", "")) > column(cell)), len(row))
    row.insert(behind, new)
    return new
