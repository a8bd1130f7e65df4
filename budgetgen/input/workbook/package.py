"""An .xlsx as a package: opened within bounds, its sheets read cell by cell with their types.

The XML is read directly: libraries for spreadsheets give a blank for an error value or a formula that was never computed.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from posixpath import join, normpath
from typing import Any, BinaryIO, cast

from lxml import etree

from budgetgen.input.findings import Findings, Rule
from budgetgen.input.workbook import OLE
from budgetgen.input.workbook.cells import Cell, Kind, plain_number
from budgetgen.input.workbook.styles import Styles, read_styles
from budgetgen.issues import SourceRef

MAX_PART = 128 * 2**20
MAX_PACKAGE = 256 * 2**20
MAX_PARTS = 5000
MAX_RATIO = 200
"""A sheet of formatted blanks packs 20 to 1; what packs ten times better was made to hurt."""
RATIO_MATTERS = 2**20
SMALL = 4 * 2**20
"""A sheet up to this size is read at once, a larger one row by row."""
MAX_STRINGS = 32 * 2**20
MAX_ROWS = 20_000
"""Rows with a value that one sheet may have."""
MAX_CELLS = 500_000
_BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, struct.error, OSError)
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_RELATION = re.compile(r"\{[^}]*/relationships\}id")
_ROWS: Any = etree.XPath("/*/*/*[local-name()='row'][*] | /*/*/*[local-name()='mergeCell']")
_FILLED: Any = etree.XPath("*[*]")
"""The cells of a row that hold anything: a form has many that are only formatted."""
_PIECE = 2**20
_EMPTY_CELL = re.compile(rb'<c r="[A-Z]+[0-9]+"[^<>]*/>')
_EMPTY_ROW = re.compile(rb'<row r="[0-9]+"[^<>]*(?:/>|>\s*</row>)')
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_RESAVE = "用 Excel 或 WPS 打开，另存为 .xlsx 再试。"


@dataclass(frozen=True, slots=True)
class Row:
    """Cells with a value by column (from 1); `number` from 1."""

    number: int
    cells: Mapping[int, Cell]


@dataclass(slots=True)
class Sheet:
    """One sheet's rows that hold anything, and its merged ranges."""

    name: str
    rows: list[Row] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)


class Book:
    """An open workbook. Sheets are read when asked for, once."""

    def __init__(self, package: zipfile.ZipFile, file: str, findings: Findings) -> None:
        self.file = file
        self._package = package
        self._findings = findings
        self._names = frozenset(package.namelist())
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

    def sheet(self, name: str) -> Sheet:
        """The sheet's rows; an issue and what was read so far where it is broken or too large."""
        if name not in self._read:
            sheet = self._read[name] = Sheet(name)
            try:
                self._fill(sheet)
            except (*_BROKEN, etree.XMLSyntaxError, ValueError, KeyError, IndexError) as e:
                cause = f"工作表“{name}”坏了，读不出来（{type(e).__name__}）。"
                self._findings.error(Rule.UNREADABLE, cause, _RESAVE, self.place(name))
        return self._read[name]

    def _fill(self, sheet: Sheet) -> None:
        if self._styles is None:
            self._styles = read_styles(self._root("xl/styles.xml"))
        cells = 0
        part = self._parts[sheet.name]
        with self._package.open(part) as stream:
            whole = self._package.getinfo(part).file_size <= SMALL
            for element in _ROWS(_parsed(stream.read())) if whole else _elements(stream):
                if element.tag.endswith("}mergeCell"):
                    sheet.merged.append(element.get("ref", ""))
                elif len(element):
                    # Rows may come without their number: then they follow the one before.
                    last = sheet.rows[-1].number if sheet.rows else 0
                    row = Row(int(element.get("r") or last + 1), dict(self._cells(element)))
                    if row.cells:
                        sheet.rows.append(row)
                        cells += len(row.cells)
                if len(sheet.rows) > MAX_ROWS or cells > MAX_CELLS or len(sheet.merged) > MAX_ROWS:
                    cause = f"工作表“{sheet.name}”的内容太多（超过 {MAX_ROWS} 行）。"
                    mend = "一个单位的填报表只有几百行，核对是不是选错了文件。"
                    self._findings.error(Rule.TOO_LARGE, cause, mend, self.place(sheet.name))
                    return

    def _cells(self, row: etree._Element) -> Iterator[tuple[int, Cell]]:
        column = 0
        for element in row if row[0].get("r") is None else _FILLED(row):
            address = element.get("r")
            column = column_number(address) if address else column + 1
            cell = self._cell(element) if len(element) else None
            if cell is not None:
                yield column, cell

    def _cell(self, element: etree._Element) -> Cell | None:
        kind = element.get("t", "n")
        last = element[-1]
        if kind == "inlineStr":
            text = _text(last)
            return Cell(Kind.TEXT, text) if text else None
        value = last.text or "" if last.tag.endswith("}v") else None
        formula = value is None or len(element) > 1
        if not value:
            # A formula that gave an empty text was computed; one without any value never was.
            return Cell(Kind.UNCOMPUTED, "") if formula and (value is None or kind != "str") else None
        if kind == "s":
            text = self._string(int(value))
            return Cell(Kind.TEXT, text) if text else None
        if kind == "n":
            return cast(Styles, self._styles).number(plain_number(value), int(element.get("s") or 0))
        return Cell(_KINDS.get(kind, Kind.TEXT), unescaped(value))

    def _string(self, index: int) -> str:
        """A shared string, worked out when a cell first asks for it."""
        if self._strings is None:
            part = "xl/sharedStrings.xml"
            if part in self._names and self._package.getinfo(part).file_size > MAX_STRINGS:
                raise ValueError(part)
            root = self._root(part)
            self._strings = [] if root is None else list(root)
        item = self._strings[index]
        if not isinstance(item, str):
            item = self._strings[index] = _text(item)
        return item

    def _root(self, part: str) -> etree._Element | None:
        if part not in self._names:
            return None
        with self._package.open(part) as stream:
            return _parsed(stream.read())

    def _sheet_parts(self) -> Iterator[tuple[str, str]]:
        book, relations = self._root("xl/workbook.xml"), self._root("xl/_rels/workbook.xml.rels")
        if book is None or relations is None:
            raise zipfile.BadZipFile("no workbook")
        targets = {r.get("Id"): str(r.get("Target", "")) for r in relations}
        for element in book.iter(f"{_MAIN}sheet", f"{_STRICT}sheet"):
            reference = next((v for k, v in element.attrib.items() if _RELATION.fullmatch(str(k))), None)
            target = targets.get(cast("str | None", reference), "")
            part = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
            if part in self._names and "worksheet" in part:
                yield str(element.get("name", "")), part


_KINDS = {"b": Kind.TRUTH, "e": Kind.ERROR, "d": Kind.DATE, "str": Kind.TEXT}


def open_book(data: bytes, file: str, findings: Findings) -> Book | None:
    """The workbook in `data`; None with an issue where it is none, is broken, has a password or is made to hurt."""
    place = SourceRef(file)
    if data.startswith(OLE):
        locked = "EncryptedPackage".encode("utf-16-le") in data
        cause = "文件有打开密码。" if locked else "这是旧格式（.xls）或加密的文件。"
        mend = "在 Excel 或 WPS 里去掉密码后保存再试。" if locked else _RESAVE
        findings.error(Rule.FILE_KIND, cause, mend, place)
        return None
    try:
        package = zipfile.ZipFile(BytesIO(data))
        entries = package.infolist()
        fault = _out_of_bounds(entries)
        if fault:
            findings.error(Rule.TOO_LARGE, fault, "核对文件的来源；可靠的话，" + _RESAVE, place)
            return None
        names = {e.filename for e in entries}
        if "xl/workbook.xml" not in names:
            findings.error(Rule.FILE_KIND, "这不是 Excel 工作簿（.xlsx）。", _RESAVE, place)
            return None
        book = Book(package, file, findings)
    except (*_BROKEN, etree.XMLSyntaxError, ValueError, KeyError):
        findings.error(Rule.FILE_KIND, "文件坏了，或不是 Excel 工作簿（.xlsx）。", _RESAVE, place)
        return None
    if any(n.startswith("xl/externalLinks/") for n in names):
        findings.note(Rule.IGNORED, "文件引用了别的工作簿，只读保存下来的值，不打开那些文件。", "", place)
    if any(n.endswith("vbaProject.bin") for n in names):
        findings.note(Rule.IGNORED, "文件里有宏，没有运行。", "", place)
    return book


def _out_of_bounds(entries: list[zipfile.ZipInfo]) -> str:
    total = sum(e.file_size for e in entries)
    if len(entries) > MAX_PARTS or total > MAX_PACKAGE or any(e.file_size > MAX_PART for e in entries):
        return f"解压后太大（上限 {MAX_PACKAGE // 2**20} MB）。"
    for entry in entries:
        if entry.file_size > RATIO_MATTERS and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            return f"压缩得不寻常（{entry.filename} 解压后大 {MAX_RATIO} 倍以上），不像正常的工作簿。"
    return ""


def _parsed(data: bytes) -> etree._Element:
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("DTD")
    return root


class _Lean:
    """A sheet's part without the rows and cells that are only formatted: a parser would make an object of each."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._rest = b""

    def read(self, _size: int = -1) -> bytes:
        """The next piece; blank at the end."""
        lean = b""
        while not lean:
            data = self._stream.read(_PIECE)
            if not data:
                lean, self._rest = self._rest, b""
                return lean
            data = self._rest + data
            cut = data.rfind(b">") + 1
            self._rest = data[cut:]
            lean = _EMPTY_ROW.sub(b"", _EMPTY_CELL.sub(b"", data[:cut]))
        return lean


def _elements(stream: Any) -> Iterator[etree._Element]:
    """The rows and merged ranges of a large sheet one by one; each is let go after its use."""
    wanted = [f"{space}{tag}" for space in (_MAIN, _STRICT) for tag in ("row", "mergeCell")]
    parser = etree.iterparse(
        cast(BinaryIO, _Lean(stream)), tag=wanted, resolve_entities=False, no_network=True, load_dtd=False
    )
    checked = False
    for _, element in parser:
        if not checked and element.getroottree().docinfo.internalDTD is not None:
            raise ValueError("DTD")
        checked = True
        yield element
        parent = element.getparent()
        element.clear()
        if parent is not None:
            while element.getprevious() is not None:
                del parent[0]


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


def unescaped(text: str) -> str:
    """`_x000D_` is how a workbook writes a character that XML would lose."""
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text


def column_number(address: str) -> int:
    """`AB12` → 28."""
    return _column(address.rstrip("0123456789").replace("$", ""))


@lru_cache(maxsize=20_000)
def _column(letters: str) -> int:
    number = 0
    for letter in letters.rstrip("0123456789"):
        number = number * 26 + ord(letter.upper()) - 64
    return number


def column_name(number: int) -> str:
    """28 → `AB`."""
    name = ""
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(65 + rest) + name
    return name
