"""A word on every page of a file that can't be published: 草稿, 底稿."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lxml import etree

from budgetgen.office.package import BOOK, DOCUMENT, ChangedParts, Package, parse_xml
from budgetgen.template import Rendered

DRAFT = "草稿"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_X = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_HEADER_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"
_SHAPE_SPACES = (
    f'xmlns:w="{_W[1:-1]}" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w10="urn:schemas-microsoft-com:office:word"'
)
_EMPTY = f"<w:hdr {_SHAPE_SPACES}><w:p/></w:hdr>"
_SHAPE = (
    f"<w:r {_SHAPE_SPACES}><w:rPr><w:noProof/></w:rPr><w:pict>"
    '<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" path="m@7,l@8,m@5,21600l@6,21600e">'
    '<v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/><v:f eqn="sum 21600 0 @1"/>'
    '<v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/><v:f eqn="if @0 21600 @1"/>'
    '<v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/></v:formulas>'
    '<v:path textpathok="t" o:connecttype="custom" o:connectlocs="@9,0;@10,10800;@11,21600;@12,10800"/>'
    '<v:textpath on="t" fitshape="t"/></v:shapetype>'
    '<v:shape id="PowerPlusWaterMarkObject{number}" o:spid="_x0000_s{number}" type="#_x0000_t136" alt="{word}" '
    'style="position:absolute;margin-left:0;margin-top:0;width:320pt;height:160pt;rotation:315;z-index:-251658752;'
    "mso-position-horizontal:center;mso-position-horizontal-relative:margin;"
    'mso-position-vertical:center;mso-position-vertical-relative:margin" o:allowincell="f" fillcolor="silver" stroked="f">'
    '<v:fill opacity=".5"/><v:textpath style="font-family:&quot;黑体&quot;;font-size:1pt" string="{word}"/>'
    "</v:shape></w:pict></w:r>"
)
_FIRST_SHAPE = 2049
"""The id that Word gives the first shape of a header."""
_ON_SHEETS = "&L&16&K808080{word}"
_BEFORE_HEADERS = (
    "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "sheetCalcPr", "sheetProtection",
    "protectedRanges", "scenarios", "autoFilter", "sortState", "dataConsolidate", "customSheetViews", "mergeCells",
    "phoneticPr", "conditionalFormatting", "dataValidations", "hyperlinks", "printOptions", "pageMargins", "pageSetup",
)  # fmt: skip
"""What stands before a worksheet's headers (CT_Worksheet)."""


def stamped(rendered: Rendered, word: str = DRAFT) -> Rendered:
    """The same file with `word` on every page. Damaged: a part that is no XML."""
    package = Package(rendered.data)
    parts = ChangedParts(package)
    if DOCUMENT in package:
        _mark_document(parts, word)
    else:
        for part in [p for p in package if p.startswith("xl/worksheets/") and "/_rels/" not in p]:
            _mark_sheet(parts.root(part), _ON_SHEETS.format(word=word))
    assert BOOK in package or DOCUMENT in package
    return replace(rendered, data=parts.whole())


def _mark_document(parts: ChangedParts, word: str) -> None:
    """Every header that there is, and one for sections that have none of the usual kind (they take it from those before)."""
    root = parts.root(DOCUMENT)
    references = list(root.iter(f"{_W}headerReference"))
    for part in sorted({parts.target(DOCUMENT, r.get(f"{_R}id") or "") for r in references} - {""}):
        _add_shape(parts, part, word)
    first: Any = next(root.iter(f"{_W}sectPr"), None)
    if first is None or any(r.get(f"{_W}type", "default") == "default" for r in first.iter(f"{_W}headerReference")):
        return
    part = parts.free("word/header{}.xml")
    parts.root(part, _EMPTY)
    _add_shape(parts, part, word)
    parts.declare(_HEADER_TYPE, part)
    name = parts.relate(DOCUMENT, "header", part)
    first.insert(0, first.makeelement(f"{_W}headerReference", {f"{_W}type": "default", f"{_R}id": name}))


def _add_shape(parts: ChangedParts, part: str, word: str) -> None:
    root = parts.root(part)
    paragraph = next(root.iter(f"{_W}p"), None)
    if paragraph is None:
        paragraph = etree.SubElement(root, f"{_W}p")
    number = _FIRST_SHAPE + sum(1 for _ in root.iter("{urn:schemas-microsoft-com:vml}shape"))
    paragraph.append(parse_xml(_SHAPE.replace("{number}", str(number)).replace("{word}", word).encode()))


def _mark_sheet(root: etree._Element, left_head: str) -> None:
    headers: Any = root.find(f"{_X}headerFooter")
    if headers is None:
        headers = root.makeelement(f"{_X}headerFooter", {})
        place = sum(1 for e in root if etree.QName(e).localname in _BEFORE_HEADERS)
        root.insert(place, headers)
    for kind, first in (("oddHeader", True), ("evenHeader", False), ("firstHeader", False)):
        header = headers.find(f"{_X}{kind}")
        if header is None and first:
            header = headers.makeelement(f"{_X}{kind}", {})
            headers.insert(0, header)
        if header is not None:
            text = header.text or ""
            left = text.find("&L")
            header.text = f"{text[:left]}{left_head}　{text[left + 2 :]}" if left >= 0 else f"{left_head}{text}"
