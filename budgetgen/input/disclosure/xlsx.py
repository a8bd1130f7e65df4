"""The sheets of an .xlsx as grids, read from its XML: a number, a text, an error and an empty formula stay apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from posixpath import join, normpath

from lxml import etree

from budgetgen.input.disclosure.grid import MAX_COLUMNS, MAX_ROWS, Cell, Grid, spread
from budgetgen.input.disclosure.package import Package
from budgetgen.input.numbers import MAX_DECIMALS
from budgetgen.issues import SourceRef
from budgetgen.money import plain_text

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
BOOK, MACROS = "xl/workbook.xml", "xl/vbaProject.bin"
_MOST_MERGES = 20_000
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")
_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Number formats of dates and times that Excel has built in."""
_DATED = re.compile(r"[ymdhsYMDHS年月日]")
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')


def read_sheets(package: Package) -> list[Grid]:
    """Every worksheet in the book's order."""
    shared, dated = _shared(package), _dated(package)
    links = {
        link.get("Id"): normpath(join("/xl", str(link.get("Target")))).lstrip("/")
        for link in package.tree("xl/_rels/workbook.xml.rels")
    }
    sheets = []
    for sheet in package.tree(BOOK).iter(f"{_MAIN}sheet"):
        part = links.get(sheet.get(_REL), "")
        if part in package and "worksheets/" in part:
            sheets.append(_sheet(package, part, str(sheet.get("name")), shared, dated))
    return sheets


def _shared(package: Package) -> list[str]:
    part = "xl/sharedStrings.xml"
    if part not in package:
        return []
    return [_joined(item) for item in package.tree(part).iter(f"{_MAIN}si")]


def _joined(item: etree._Element) -> str:
    """The text of a cell's runs; phonetic readings above them (rPh) are no part of it."""
    runs = (t for t in item.iter(f"{_MAIN}t") if (p := t.getparent()) is None or p.tag != f"{_MAIN}rPh")
    return "".join(t.text or "" for t in runs)


def _dated(package: Package) -> frozenset[str]:
    """The cell styles that show a number as a date or time."""
    part = "xl/styles.xml"
    if part not in package:
        return frozenset()
    root = package.tree(part)
    own = {f.get("numFmtId"): str(f.get("formatCode")) for f in root.iter(f"{_MAIN}numFmt")}
    formats = root.find(f"{_MAIN}cellXfs")
    ids = [str(x.get("numFmtId") or "0") for x in formats] if formats is not None else []
    return frozenset(str(n) for n, i in enumerate(ids) if _is_date(i, own))


def _is_date(number: str, own: Mapping[str | None, str]) -> bool:
    if number in own:
        return bool(_DATED.search(_QUOTED.sub("", own[number])))
    return number.isdigit() and int(number) in _DATES


def _sheet(package: Package, part: str, name: str, shared: list[str], dated: frozenset[str]) -> Grid:
    file = package.file
    cells: dict[tuple[int, int], Cell] = {}
    merges: list[tuple[int, int, int, int]] = []
    for element in package.elements(part, f"{_MAIN}c", f"{_MAIN}row", f"{_MAIN}mergeCell"):
        if element.tag == f"{_MAIN}row":
            continue
        if element.tag == f"{_MAIN}mergeCell":
            if len(merges) < _MOST_MERGES and (merge := _range(str(element.get("ref")))):
                merges.append(merge)
            continue
        at = _position(str(element.get("r")))
        if at and len(element) and at[0] < MAX_ROWS and at[1] < MAX_COLUMNS:
            text, fault = _content(element, shared, dated)
            if text or fault:
                cells[at] = Cell(text, SourceRef(file, cell=f"{name}!{element.get('r')}"), fault)
    return Grid(name, SourceRef(file, cell=name), _rectangle(cells, merges, file, name))


def _rectangle(
    cells: Mapping[tuple[int, int], Cell], merges: list[tuple[int, int, int, int]], file: str, name: str
) -> list[list[Cell]]:
    height = max((r for r, _ in cells), default=-1) + 1
    width = max((c for _, c in cells), default=-1) + 1
    rows = [
        [cells.get((r, c)) or Cell("", SourceRef(file, cell=f"{name}!{_letters(c)}{r + 1}")) for c in range(width)]
        for r in range(height)
    ]
    for merge in merges:
        spread(rows, *merge)
    return rows


def _content(cell: etree._Element, shared: list[str], dated: frozenset[str]) -> tuple[str, str]:
    """(text, fault) of a cell."""
    kind, value = cell.get("t", "n"), cell.findtext(f"{_MAIN}v") or ""
    if kind == "inlineStr":
        return _joined(cell), ""
    if kind == "s":
        return (shared[int(value)], "") if value.isdigit() and int(value) < len(shared) else ("", "文字丢失")
    if kind == "e":
        return "", f"错误值 {value}"
    if kind == "b":
        return "", "逻辑值（是／否）"
    if kind == "d":
        return "", "日期"
    if not value:
        return ("", "没有算出结果的公式") if cell.find(f"{_MAIN}f") is not None and kind != "str" else ("", "")
    if kind == "str":
        return value, ""
    if cell.get("s", "") in dated:
        return "", "日期"
    return _number(value)


def _number(value: str) -> tuple[str, str]:
    """A number is a double, and means its shortest decimal of 15 digits (145.09399999999999 is 145.094).

    What a formula leaves beyond the eighth decimal is dropped: it is less than a hundredth of 分.
    """
    try:
        number = Decimal(format(float(value), ".15g"))
        return plain_text(round(number, MAX_DECIMALS), strip_zeros=True), ""
    except (ValueError, ArithmeticError):
        return "", "认不出的数"


def _position(reference: str) -> tuple[int, int] | None:
    found = _REFERENCE.fullmatch(reference)
    if not found:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def _range(reference: str) -> tuple[int, int, int, int] | None:
    first, _, last = reference.partition(":")
    start, end = _position(first), _position(last or first)
    return (*start, min(end[0], MAX_ROWS), min(end[1], MAX_COLUMNS)) if start and end else None


def _letters(column: int) -> str:
    text, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text
