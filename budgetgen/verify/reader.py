"""A light reader of what was written: the cells of a workbook, the paragraphs of a document, as text."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from zipfile import ZipFile

from lxml import etree

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CELL, _VALUE = f"{_S}c", f"{_S}v"
_PARAGRAPH, _TEXT = f"{_W}p", f"{_W}t"
_MARKS = {f"{_W}tab": "\t", f"{_W}br": "\n"}
_TEXT_BOX = b"txbxContent"
Cells = Mapping[tuple[str, str], str]
"""(sheet, cell) → its value as text."""


def read_cells(data: bytes) -> dict[tuple[str, str], str]:
    """(sheet, cell) → the cell's value as text, of a workbook's bytes."""
    with ZipFile(io.BytesIO(data)) as package:
        strings = _shared_strings(package)
        cells: dict[tuple[str, str], str] = {}
        for title, part in _sheet_parts(package):
            for cell in _parse(package.read(part)).iter(_CELL):
                cells[title, str(cell.get("r"))] = _cell_text(cell, strings)
        return cells


def _parse(data: bytes) -> etree._Element:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _shared_strings(package: ZipFile) -> list[str]:
    name = "xl/sharedStrings.xml"
    if name not in package.namelist():
        return []
    return [_joined(item) for item in _parse(package.read(name)).iter(f"{_S}si")]


def _joined(element: etree._Element) -> str:
    return "".join(t.text or "" for t in element.iter(f"{_S}t"))


def _sheet_parts(package: ZipFile) -> Iterator[tuple[str, str]]:
    relations = _parse(package.read("xl/_rels/workbook.xml.rels"))
    targets = {str(r.get("Id")): str(r.get("Target")) for r in relations}
    for sheet in _parse(package.read("xl/workbook.xml")).iter(f"{_S}sheet"):
        target = targets[str(sheet.get(f"{_R}id"))]
        yield str(sheet.get("name")), target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _cell_text(cell: etree._Element, strings: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return _joined(cell)
    value = next((child.text for child in cell if child.tag == _VALUE), None)
    if kind == "s" and value is not None:
        return strings[int(value)]
    return value or ""


def read_paragraphs(data: bytes, part: str = "word/document.xml") -> list[str]:
    """The text of each paragraph of a document's part, those in tables included, in order."""
    with ZipFile(io.BytesIO(data)) as package:
        xml = package.read(part)
    root = _parse(xml)
    if _TEXT_BOX in xml:  # a text box has paragraphs inside a paragraph
        return ["".join(_pieces(p)) for p in root.iter(_PARAGRAPH)]
    found: list[list[str]] = []
    for element in root.iter(_PARAGRAPH, _TEXT, *_MARKS):
        tag = element.tag
        if tag == _PARAGRAPH:
            found.append([])
        elif found:
            found[-1].append(element.text or "" if tag == _TEXT else _MARKS[str(tag)])
    return ["".join(pieces) for pieces in found]


def _pieces(paragraph: etree._Element) -> Iterator[str]:
    for element in paragraph.iter(_TEXT, *_MARKS):
        yield element.text or "" if element.tag == _TEXT else _MARKS[str(element.tag)]
