"""A workbook: its sheets read cell by cell with their types.

The XML is read directly: libraries for spreadsheets give a blank for an error value or a formula that was never computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from posixpath import join, normpath
from typing import Any, BinaryIO, cast

from lxml import etree

from budgetgen.issues import Findings, Rule, SourceRef
from budgetgen.office.cells import Cell, Kind, Styles, column_number, plain_number, read_styles, unescaped
from budgetgen.office.package import (
    BOOK,
    MAX_MARKS,
    NOT_XML,
    RESAVE,
    SWITCHES,
    Damaged,
    Package,
    TooLarge,
    Unpacking,
    parse_xml,
    refuse_definitions,
    refuse_tree_with_definitions,
)
from budgetgen.records import record

MAX_ROWS = 20_000
"""Rows with a value that one sheet may have."""
MAX_CELLS = 500_000
_STRINGS = "xl/sharedStrings.xml"
_RELATION = "/relationships}id"
_KINDS = {"b": Kind.TRUTH, "e": Kind.ERROR, "d": Kind.DATE, "str": Kind.TEXT}
SMALL = 4 * 2**20
"""A sheet up to this size is read at once, a larger one row by row."""
_PIECE = 2**20
_EMPTY_CELL = re.compile(rb'<c r="[A-Z]+[0-9]+"[^<>]*(?:/>|></c>)')
_EMPTY_ROW = re.compile(rb'<row r="[0-9]+"[^<>]*(?:/>|>\s*</row>)')
_FORMULA = re.compile(rb"<f>[^<]*</f>")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_WANTED = tuple(f"{space}{tag}" for space in (_MAIN, _STRICT) for tag in ("row", "mergeCell"))
_ROWS: Any = etree.XPath("/*/*/*[local-name()='row'][*] | /*/*/*[local-name()='mergeCell']")


@record
class Row:
    """Cells with a value by column (from 1); `number` from 1."""

    number: int
    cells: Mapping[int, Cell]


@dataclass(slots=True)
class Sheet:
    """One sheet's rows that hold anything, and its merged ranges; `cut` where it has more than may be read."""

    name: str
    rows: list[Row] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    cut: bool = False


class Book:
    """An open workbook. Sheets are read when asked for, once."""

    def __init__(self, package: Package, findings: Findings) -> None:
        self.file = package.file
        self._package = package
        self._findings = findings
        self._parts = dict(self._sheet_parts())
        self._strings: list[str | etree._Element] | None = None
        self._styles: Styles | None = None
        self._read: dict[str, Sheet] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The sheets' names in the file's order."""
        return tuple(self._parts)

    def place(self, sheet: str, cell: str = "") -> SourceRef:
        """`收支明细!F12` of this file; without `cell` the sheet."""
        return SourceRef(self.file, cell=f"{sheet}!{cell}" if cell else sheet)

    def part(self, name: str) -> str:
        """The part of the package that holds a sheet. KeyError: there is none of that name."""
        return self._parts[name]

    def sheet(self, name: str) -> Sheet:
        """The sheet's rows; an issue and what was read so far where it is broken."""
        if name not in self._read:
            sheet = self._read[name] = Sheet(name)
            try:
                self._fill(sheet)
            except (Damaged, ValueError, KeyError, IndexError) as e:
                why = e if isinstance(e, Damaged) else type(e).__name__
                cause = f"工作表“{name}”坏了，读不出来（{why}）。"
                self._findings.error(Rule.UNREADABLE, cause, RESAVE, self.place(name))
        return self._read[name]

    def _fill(self, sheet: Sheet) -> None:
        if self._styles is None:
            self._styles = read_styles(self._root("xl/styles.xml"))
        cells = 0
        for element in self._elements(self._parts[sheet.name]):
            if element.tag.endswith("}mergeCell"):
                sheet.merged.append(element.get("ref", ""))
            elif len(element):
                # Rows may come without their number: then they follow the one before.
                last = sheet.rows[-1].number if sheet.rows else 0
                row = Row(int(element.get("r") or last + 1), self._cells(element))
                if row.cells:
                    sheet.rows.append(row)
                    cells += len(row.cells)
            if len(sheet.rows) > MAX_ROWS or cells > MAX_CELLS or len(sheet.merged) > MAX_ROWS:
                sheet.cut = True
                return

    def _elements(self, part: str) -> Iterator[etree._Element]:
        """The rows that hold anything, and the merged ranges."""
        stream = self._package.stream(part)
        if self._package.size(part) <= SMALL:
            yield from rows_of(parse_xml(lean(stream.read())))
        else:
            yield from rows_streamed(stream)

    def _cells(self, row: etree._Element) -> dict[int, Cell]:
        cells: dict[int, Cell] = {}
        column = 0
        for element in row:
            address = element.get("r")
            column = column_number(address) if address else column + 1
            if len(element):
                cell = self._cell(element)
                if cell is not None:
                    cells[column] = cell
        return cells

    def _cell(self, element: etree._Element) -> Cell | None:
        kind, last = element.get("t"), element[-1]
        if kind == "inlineStr":
            text = _text(last)
            return Cell(Kind.TEXT, text) if text else None
        value = last.text or "" if last.tag.endswith("}v") else None
        if not value:
            # A formula that gave an empty text was computed; one without any value never was.
            formula = value is None or len(element) > 1
            return Cell(Kind.UNCOMPUTED, "") if formula and (value is None or kind != "str") else None
        if kind is None or kind == "n":
            return cast(Styles, self._styles).number(plain_number(value), int(element.get("s") or 0))
        if kind == "s":
            text = self._string(int(value))
            return Cell(Kind.TEXT, text) if text else None
        return Cell(_KINDS.get(kind, Kind.TEXT), unescaped(value))

    def _string(self, index: int) -> str:
        """A shared string, worked out when a cell first asks for it."""
        if self._strings is None:
            root = self._root(_STRINGS)
            self._strings = [] if root is None else list(root)
        item = self._strings[index]
        if not isinstance(item, str):
            item = self._strings[index] = _text(item)
        return item

    def _root(self, part: str) -> etree._Element | None:
        return self._package.root(part) if part in self._package else None

    def _sheet_parts(self) -> Iterator[tuple[str, str]]:
        relations = self._package.root("xl/_rels/workbook.xml.rels")
        targets = {r.get("Id"): str(r.get("Target", "")) for r in relations}
        for element in self._package.root(BOOK).iter("{*}sheet"):
            reference = next((v for k, v in element.attrib.items() if str(k).endswith(_RELATION)), None)
            target = targets.get(cast("str | None", reference), "")
            part = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
            if part in self._package and "worksheet" in part:
                yield str(element.get("name", "")), part


def open_book(package: Package, findings: Findings) -> Book | None:
    """The workbook of a package; None with an issue where its list of sheets is broken."""
    try:
        return Book(package, findings)
    except Damaged as e:
        cause = f"文件坏了，或不是 Excel 工作簿：读不出有哪些工作表（{e}）。"
        findings.error(Rule.FILE_KIND, cause, RESAVE, SourceRef(package.file))
        return None


def _text(element: etree._Element) -> str:
    """The text of a shared or inline string: its runs without the reading aids (拼音) beside them."""
    if len(element) == 1 and len(element[0]) == 0:
        return unescaped(element[0].text or "")
    runs = (
        child.text or ""
        for child in element.iter()
        if isinstance(child.tag, str) and child.tag.endswith("}t") and not _in_phonetic(child)
    )
    return unescaped("".join(runs))


def _in_phonetic(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag.endswith("}rPh")


def lean(data: bytes) -> bytes:
    """Whole elements of a sheet without empty rows and cells, and without what its formulas say.

    Only how programs write them is known here; what is written otherwise stays, and is read as well.
    """
    return _EMPTY_ROW.sub(b"", _EMPTY_CELL.sub(b"", _FORMULA.sub(b"<f/>", data)))


def rows_of(root: etree._Element) -> Iterator[etree._Element]:
    """The rows with cells, and the merged ranges, of a sheet that is held whole."""
    yield from _ROWS(root)


def rows_streamed(stream: Unpacking) -> Iterator[etree._Element]:
    """The same of a large sheet, one by one; each is let go after its use."""
    parser = etree.iterparse(cast(BinaryIO, _Lean(stream)), tag=_WANTED, **SWITCHES)
    try:
        for number, (_, element) in enumerate(parser):
            if not number:
                refuse_tree_with_definitions(element)
            yield element
            parent = element.getparent()
            element.clear()
            if parent is not None:
                while element.getprevious() is not None:
                    del parent[0]
    except etree.XMLSyntaxError as e:
        raise Damaged(f"{NOT_XML}（第 {e.lineno or 1} 行）") from e


class _Lean:
    """A stream that is made lean as it is read."""

    def __init__(self, stream: Unpacking) -> None:
        self._stream = stream
        self._rest = b""
        self._marks = 0

    def read(self, _size: int = -1) -> bytes:
        """The next piece; blank at the end."""
        piece = b""
        while not piece:
            data = self._stream.read(_PIECE)
            if not data:
                piece, self._rest = self._rest, b""
                return piece
            data = self._rest + data
            cut = data.rfind(b">") + 1 or len(data)
            self._rest = data[cut:]
            piece = lean(data[:cut])
        refuse_definitions(piece)
        self._marks += piece.count(b"<") + piece.count(b"=")
        if self._marks > MAX_MARKS:
            raise TooLarge("内容太多")
        return piece
