"""Workbooks that openpyxl makes, saved as Excel's schema and other readers want them."""

from __future__ import annotations

import posixpath
import re
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from lxml import etree
from openpyxl import Workbook
from openpyxl.styles import Font

from budgetgen.office.package import parse_xml, read_parts, write_package

_FONT = (
    "b", "i", "strike", "condense", "extend", "outline", "shadow", "u", "vertAlign", "sz", "color", "name", "family",
    "charset", "scheme",
)  # fmt: skip
"""The order in which the schema wants what a font says; openpyxl has another, which strict readers refuse."""
_CORE, _TYPES = "docProps/core.xml", "[Content_Types].xml"
_COMMENT = re.compile(r"xl/comments/comment(\d+)\.xml")
_DRAWING = re.compile(r"xl/drawings/(?:comments|legacy)Drawing(\d+)")
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def save_workbook(book: Workbook, path: Path) -> None:
    """Write a workbook of any size. OSError: the system refuses."""
    Font.__elements__ = _FONT
    book.save(path)


def workbook_bytes(book: Workbook) -> bytes:
    """A workbook's file: no moment of saving in it, its parts named and linked as Excel does (exceljs finds no others)."""
    moment = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    book.properties.created = book.properties.modified = moment
    book.properties.creator = "budgetgen"
    stream = BytesIO()
    Font.__elements__ = _FONT
    book.save(stream)
    parts: dict[str, bytes] = {}
    for name, part in read_parts(stream.getvalue()).items():
        if name == _CORE:
            parts[name] = _MODIFIED.sub(rb"\g<1>2000-01-01T00:00:00Z", part)
        elif name == _TYPES:
            parts[name] = _renamed(part, "PartName")
        elif name.endswith(".rels"):
            parts[name] = _renamed(part, "Target", posixpath.dirname(posixpath.dirname(name)))
        else:
            parts[_as_excel(name)] = part
    return write_package(parts)


def _as_excel(part: str) -> str:
    return _DRAWING.sub(r"xl/drawings/vmlDrawing\1", _COMMENT.sub(r"xl/comments\1.xml", part))


def _renamed(data: bytes, attribute: str, folder: str | None = None) -> bytes:
    """A list of parts with their new names: relative to `folder`, or absolute without one."""
    root = parse_xml(data)
    for element in root:
        target = str(element.get(attribute, ""))
        if target.startswith("/"):
            target = _as_excel(target)
            element.set(attribute, target if folder is None else posixpath.relpath(target, f"/{folder}"))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
