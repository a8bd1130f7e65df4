"""Values put into a person's 填报表.xlsx: the cells that hold them are written anew, every other part and style stays.

Where a value goes that is not there yet, the form's own reader says: it reads a copy in which every blank cell that it
would read holds 【待填写】, and names the cell of every path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import count

from lxml import etree

from budgetgen.form import layout
from budgetgen.form.form_reader import read_form
from budgetgen.form.layout import plain
from budgetgen.input import raw
from budgetgen.input.bind import bind
from budgetgen.issues import Findings, Rejected
from budgetgen.model import Accounts, entry_path
from budgetgen.office.cells import Cell, Kind, cell_area, column_name, column_number
from budgetgen.office.package import BOOK, Damaged, Package, extended, parse_xml, serialized
from budgetgen.office.workbook_reader import Book, Row
from budgetgen.records import record
from budgetgen.web.typed_values import CannotSetError, ModelOf, Typed, lines_of, typed_at

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,8})?")
_CELL = re.compile(r"![A-Z]+\d+$")
_PENDING = "【待填写】"
_CHAIN = "xl/calcChain.xml"
_TABLES: Mapping[str, Callable[[str], bool]] = {
    layout.LINES: lambda title: title not in ("科目", "资金", *layout.COMPUTED),
    layout.THREE_PUBLIC: lambda title: title != "项目",
    layout.ECONOMIC: lambda title: title == layout.AMOUNT_HEADER,
}
"""Of the sheets with a table: the columns whose cells are filled in, as against those that say what a row is."""


@record
class Form:
    """A 填报表 as far as values are put into it: path → its cell (`收支明细!F12`), cell → its text, the model of its 版式."""

    cells: Mapping[str, str]
    texts: Mapping[str, str]
    model: type[Accounts]

    @classmethod
    def read(cls, data: bytes, file: str, model_of: ModelOf) -> Form | None:
        """It, or None where the file is none or lacks a sheet or a header."""
        try:
            book = Book(Package(data, file), Findings())
            rows = [(name, row) for name in book.names for row in book.sheet(name).rows]
            texts = {f"{n}!{column_name(c)}{row.number}": x.text for n, row in rows for c, x in row.cells.items()}
            cells, model = _places(book, model_of)
            return cls(cells, texts, model)
        except (Damaged, CannotSetError):
            return None

    def held(self, path: str, typed: Typed) -> tuple[str, str]:
        """The first cell of what is typed at a path, and what stands there; blank where it has no place."""
        cells = list(_room(path, self.cells)) if typed.listed else [self.cells[path]] if path in self.cells else []
        told = (self.texts.get(cell, "") for cell in cells)
        return (cells[0], "\n".join(filter(None, told))) if cells else ("", "")


def set_in_form(data: bytes, file: str, values: Mapping[str, str], model_of: ModelOf = lambda _, __: Accounts) -> bytes:
    """The workbook with each value (by its path) in its cell. CannotSetError: a path has no cell in it."""
    package = Package(data, file)
    book = Book(package, Findings())
    places, model = _places(book, model_of)
    cells: dict[str, dict[str, tuple[str, bool]]] = {}
    for path, value in values.items():
        typed = typed_at(path, model)
        if typed is None:
            raise CannotSetError(f"“{path}”不是能直接填的一项，请在填报表里改")
        for cell, text in _spread(path, typed, value, places):
            sheet, _, at = cell.rpartition("!")
            cells.setdefault(sheet, {})[at] = text, typed.numeric
    parts = {book.part(sheet): _filled(package.read(book.part(sheet)), told) for sheet, told in cells.items()}
    emptied = {at for told in cells.values() for at in told}
    return extended(package, {**parts, BOOK: _recalculated(package.read(BOOK)), **_chain(package, emptied)})


def _places(book: Book, model_of: ModelOf) -> tuple[Mapping[str, str], type[Accounts]]:
    """The cell of every path that the form holds or has room for, and the model of its 版式."""
    _fill_blanks(book)
    try:
        tree = read_form(book, Findings(), model_of)
    except Rejected as e:
        raise CannotSetError("填报表缺少工作表或表头，先照所说的补好") from e
    told = (raw.text_under(tree, key).replace(_PENDING, "") for key in ("版式", "材料"))
    model = model_of(*told)
    sources = bind(tree, Findings(), unfilled=True, model=model).sources
    return {path: place.cell for path, place in sources.items() if _CELL.search(place.cell)}, model


def _fill_blanks(book: Book) -> None:
    for name in book.names:
        sheet, called = book.sheet(name), plain(name)
        wanted = next((w for title, w in _TABLES.items() if called.startswith(title)), None)
        if wanted is not None:
            sheet.rows[:] = _filled_rows(sheet.rows, wanted)
        elif called.startswith((*layout.FORMS, *layout.LAST_FORMS)):
            sheet.rows[:] = _filled_rows(sheet.rows, lambda title: title == layout.CONTENT)


def _filled_rows(rows: list[Row], wanted: Callable[[str], bool]) -> Iterator[Row]:
    """The rows, with 【待填写】 in the blank cells of the columns that are `wanted`, below the row of the headers."""
    head = max(rows[:40], key=lambda row: len(row.cells), default=None)
    for row in list(rows):
        if head is None or row.number <= head.number or not any(c.kind is Kind.TEXT for c in row.cells.values()):
            yield row
            continue
        columns = [c for c, cell in head.cells.items() if wanted(cell.text.strip())]
        blank = {c: Cell(Kind.TEXT, _PENDING) for c in columns if c not in row.cells}
        yield replace(row, cells=dict(sorted({**row.cells, **blank}.items())))


def _spread(path: str, typed: Typed, value: str, places: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The cells of a value: one, or of a list one for each of its lines; what the list held beyond is emptied."""
    if not typed.listed:
        if path not in places:
            raise CannotSetError(f"填报表里没有“{typed.label}”这一格，请在 Excel 或 WPS 里填")
        yield places[path], "\n".join(lines_of(value)) if typed.many else value.strip()
        return
    lines = list(lines_of(value))
    room = list(_room(path, places))
    if len(room) < len(lines):
        raise CannotSetError(f"填报表里“{typed.label}”的行不够，请在 Excel 或 WPS 里插入行")
    yield from zip(room, [*lines, *[""] * (len(room) - len(lines))], strict=True)


def _room(path: str, places: Mapping[str, str]) -> Iterator[str]:
    """The cells of a list's items, in order."""
    for number in count(1):
        inside = entry_path(path, str(number))
        cell = places.get(inside) or next((c for p, c in places.items() if p.startswith(f"{inside}.")), "")
        if not cell:
            return
        yield cell


# ----------------------------------------------------------------------------------------------------------- writing


def _filled(xml: bytes, told: Mapping[str, tuple[str, bool]]) -> bytes:
    """A sheet's XML with these texts in its cells; their styles stay."""
    root = parse_xml(xml)
    rows = {int(row.get("r") or 0): row for row in root.iter(f"{_S}row")}
    for at, (text, numeric) in told.items():
        top, left, _, _ = cell_area(at) or (0, 0, 0, 0)
        row = rows.get(top)
        if row is None:
            raise CannotSetError(f"填报表里没有 {at} 这一格")
        _write(_cell(row, left, top), text, numeric=numeric)
    return serialized(root)


def _cell(row: etree._Element, column: int, number: int) -> etree._Element:
    """The row's cell in a column, made where there is none."""
    for position, cell in enumerate(row):
        here = column_number(cell.get("r", ""))
        if here == column:
            return cell
        if here > column:
            made = etree.Element(f"{_S}c", r=f"{column_name(column)}{number}")
            row.insert(position, made)
            return made
    return etree.SubElement(row, f"{_S}c", r=f"{column_name(column)}{number}")


def _write(cell: etree._Element, text: str, *, numeric: bool) -> None:
    for child in list(cell):
        cell.remove(child)
    cell.attrib.pop("t", "")
    if numeric and _PLAIN.fullmatch(text):
        etree.SubElement(cell, f"{_S}v").text = text
    elif text:
        cell.set("t", "inlineStr")
        written = etree.SubElement(etree.SubElement(cell, f"{_S}is"), f"{_S}t")
        written.text = text
        written.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _recalculated(xml: bytes) -> bytes:
    """The workbook's part, saying that sums are to be worked out when it is opened: they rest on what was changed."""
    root = parse_xml(xml)
    found = root.find(f"{_S}calcPr")
    if found is None:
        found = etree.Element(f"{_S}calcPr")
        after = [e for e in root if etree.QName(e).localname in ("sheets", "definedNames", "externalReferences")]
        root.insert(root.index(after[-1]) + 1 if after else len(root), found)
    found.set("fullCalcOnLoad", "1")
    return serialized(root)


def _chain(package: Package, cells: set[str]) -> dict[str, bytes]:
    """The order of calculation without cells that may have held a formula and hold a value now."""
    if _CHAIN not in package:
        return {}
    root = parse_xml(package.read(_CHAIN))
    for entry in [e for e in root if e.get("r") in cells]:
        root.remove(entry)
    return {_CHAIN: serialized(root)} if len(root) else {}
