"""A light reader of what was written: the cells of a workbook, the paragraphs of a document, as text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from xml.parsers.expat import ParserCreate

from lxml import etree

from budgetgen.office.package import Package, parse_xml

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VALUE, _TEXT = f"{_S}v", f"{_S}t"
_DECLARED = rb"\s*(?:<\?xml[^>]*encoding=[\"']UTF-8[\"'][^>]*\?>)?\s*"
_WORD_HEAD = re.compile(_DECLARED + rb"<w:\w+ [^>]*xmlns:w=", re.IGNORECASE)
_SHEET_HEAD = re.compile(_DECLARED + rb"<worksheet [^>]*xmlns=", re.IGNORECASE)
_ODD = (b"<!", b"<w:txbxContent", b"\r")
"""What only a tree tells apart: comments, text boxes inside paragraphs, line ends that XML reads as others."""
_CELL_XML = re.compile(r'<c r="([A-Z]+[0-9]+)"([^>]*[^>/])?>(.*?)</c>', re.DOTALL)
_CELL_VALUE, _CELL_TEXT = re.compile("<v>([^<]*)</v>"), re.compile("<t(?: [^>]*)?>([^<]*)</t>")
_PARAGRAPH = re.compile("<w:p(?=[ >/])")
_WORD_TEXT = re.compile(r"<w:t(?: [^>]*)?>([^<]*)</w:t>|<w:(tab|br)(?:/| w:type)")
_MARKS = {"tab": "\t", "br": "\n"}
Cells = Mapping[tuple[str, str], str]
"""(sheet, cell) → its value as text."""


def read_cells(data: bytes) -> dict[tuple[str, str], str]:
    """(sheet, cell) → the cell's value as text, of a workbook's bytes."""
    package = Package(data)
    strings = _shared_strings(package)
    cells: dict[tuple[str, str], str] = {}
    for title, part in _sheet_parts(package):
        xml = package.read(part)
        found = _plain_cells(xml, strings) if _is_plain(xml, _SHEET_HEAD) else _tree_cells(xml, strings)
        cells |= {(title, place): text for place, text in found}
    return cells


def _is_plain(xml: bytes, head: re.Pattern[bytes]) -> bool:
    """Whether the XML is as office programs write it, so that its texts are found without a tree. ExpatError: it is broken."""
    if not head.match(xml) or any(odd in xml for odd in _ODD):
        return False
    ParserCreate().Parse(xml, True)  # noqa: FBT003 - the last piece
    return True


def _plain_cells(xml: bytes, strings: list[str]) -> Iterator[tuple[str, str]]:
    for place, attributes, inside in _CELL_XML.findall(xml.decode("utf-8")):
        if ' t="inlineStr"' in attributes:
            yield place, unescape("".join(_CELL_TEXT.findall(inside)))
        elif found := _CELL_VALUE.search(inside):
            yield place, strings[int(found[1])] if ' t="s"' in attributes else unescape(found[1])


def _tree_cells(xml: bytes, strings: list[str]) -> Iterator[tuple[str, str]]:
    return ((cell.get("r", ""), _cell_text(cell, strings)) for cell in parse_xml(xml).iter(f"{_S}c") if len(cell))


def _shared_strings(package: Package) -> list[str]:
    name = "xl/sharedStrings.xml"
    if name not in package:
        return []
    return [_joined(item) for item in package.root(name).iter(f"{_S}si")]


def _joined(element: etree._Element) -> str:
    return "".join([t.text or "" for t in element.iter(_TEXT)])


def _sheet_parts(package: Package) -> Iterator[tuple[str, str]]:
    relations = package.root("xl/_rels/workbook.xml.rels")
    targets = {str(r.get("Id")): str(r.get("Target")) for r in relations}
    for sheet in package.root("xl/workbook.xml").iter(f"{_S}sheet"):
        target = targets[str(sheet.get(f"{_R}id"))]
        yield str(sheet.get("name")), target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _cell_text(cell: etree._Element, strings: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return _joined(cell)
    value = cell.findtext(_VALUE)
    return strings[int(value)] if kind == "s" and value is not None else value or ""


def read_paragraphs(data: bytes, part: str = "word/document.xml") -> list[str]:
    """The text of each paragraph of a document's part, those in tables included, in order."""
    xml = Package(data).read(part)
    if _is_plain(xml, _WORD_HEAD):
        return [_plain_text(p) for p in _PARAGRAPH.split(xml.decode("utf-8"))[1:]]
    return [_paragraph_text(p) for p in parse_xml(xml).iter(f"{_W}p")]


def _plain_text(xml: str) -> str:
    found = _WORD_TEXT.findall(xml)
    if not found:
        return ""
    text = "".join([t or _MARKS.get(mark, "") for t, mark in found])
    return unescape(text) if "&" in text else text


def _paragraph_text(paragraph: etree._Element) -> str:
    marks = {f"{_W}{name}": mark for name, mark in _MARKS.items()}
    found = (
        e
        for e in paragraph.iter(f"{_W}t", *marks)
        if e.getparent().tag == f"{_W}r" and next(e.iterancestors(f"{_W}p")) is paragraph  # type: ignore[union-attr]
    )
    return "".join(e.text or "" if e.tag == f"{_W}t" else marks[str(e.tag)] for e in found)
