"""The same packet as other fillers need it: their templates at their kindest, and their values ready as texts and numbers.

All is taken from a packet that this engine has made, so both sides print the same. The workbook template has its rows and
styles already. The document template is lean: plain paragraphs with one tag for each printed number, no phrase, no
condition, no heading that is decided; tables of plain cells, their rows of figures one loop each.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import takewhile
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import docx
import openpyxl
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree

from budgetgen.packet.render import Packet
from budgetgen.template import CellPlace, Rendered

_NUMBER = re.compile(r"-?[\d,]+(?:\.\d+)?%?$")
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@dataclass
class Content:
    """What a packet prints, apart from how it looks."""

    cells: dict[str, list[tuple[str, str | float]]] = field(default_factory=dict)
    """For each sheet of all workbooks its filled cells."""
    blocks: list[str | list[list[str]]] = field(default_factory=list)
    """Paragraphs with a tag for each printed number, and tables as rows of texts."""
    numbers: list[str] = field(default_factory=list)
    """What the paragraphs' tags print."""


def content_of(packet: Packet) -> Content:
    content = Content(dict(_filled_cells(packet)))
    document = docx.Document(BytesIO(packet.document.data))
    spans: dict[int, list[tuple[int, int]]] = {}
    for printed in packet.document.printed:
        spans.setdefault(printed.place.paragraph, []).append((printed.place.start, printed.place.end))
    numbers = {p: n for n, p in enumerate(document.element.body.iter(f"{_W}p"))}
    for block in document.iter_inner_content():
        if isinstance(block, Paragraph):
            text = "".join(t.text or "" for t in block._p.iter(f"{_W}t"))
            content.blocks.append(_tagged(text, spans.get(numbers[block._p], []), content.numbers))
        elif isinstance(block, Table):
            content.blocks.append([_texts(row) for row in block._tbl.tr_lst])
    return content


def _texts(row: Any) -> list[str]:
    return ["".join(t.text or "" for t in cell.iter(f"{_W}t")) for cell in row.tc_lst]


def _tagged(text: str, spans: list[tuple[int, int]], numbers: list[str]) -> str:
    out, at = [], 0
    for start, end in spans:
        out += [text[at:start], f"\x00{len(numbers)}\x00"]
        numbers.append(text[start:end])
        at = end
    return "".join([*out, text[at:]])


def _filled_cells(packet: Packet) -> Iterator[tuple[str, list[tuple[str, str | float]]]]:
    """The cells that hold a figure, or a text from a tag (which this engine writes inline)."""
    for workbook in workbooks_of(packet):
        yield from _filled_sheets(workbook)


def workbooks_of(packet: Packet) -> list[Rendered]:
    """The nine tables, and those of 绩效自评."""
    return [rendered for file, rendered in packet.files.items() if file.suffix == "xlsx"]


def _filled_sheets(workbook: Rendered) -> Iterator[tuple[str, list[tuple[str, str | float]]]]:
    figures = {p.place for p in workbook.printed}
    with ZipFile(BytesIO(workbook.data)) as package:
        relations = etree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
        targets = {r.get("Id"): r.get("Target") for r in relations}
        for sheet in etree.fromstring(package.read("xl/workbook.xml")).iter(f"{_SHEET}sheet"):
            name = sheet.get("name")
            root = etree.fromstring(package.read(posixpath.join("/xl", targets[sheet.get(_RELATION)])[1:]))
            found: list[tuple[str, str | float]] = []
            for cell in root.iter(f"{_SHEET}c"):
                place, value = cell.get("r"), cell.findtext(f"{_SHEET}v")
                if cell.get("t") == "inlineStr":
                    found.append((place, "".join(t.text or "" for t in cell.iter(f"{_SHEET}t"))))
                elif CellPlace(name, place) in figures and value:
                    found.append((place, float(value)))
            yield name, found


def parts_of(rows: list[list[str]]) -> tuple[list[list[str]], list[list[str]]]:
    """A table's head, which never changes, and its rows of figures."""
    head = list(takewhile(lambda row: not any(_NUMBER.match(c) for c in row), rows))
    many = min(len(head), len(rows) - 1)  # a table without figures, of a secret project, has rows too
    return head[:many], rows[many:]


def make_document(content: Content, path: Path, *, carbone: bool = False) -> dict[str, Any]:
    """The template for docxtpl or carbone, and its values."""
    document = docx.Document()
    values: dict[str, Any] = {"n": content.numbers}
    tag = (lambda m: f"{{d.n[{m[1]}]}}") if carbone else (lambda m: f"{{{{ n[{m[1]}] }}}}")
    for index, block in enumerate(content.blocks):
        if isinstance(block, str):
            document.add_paragraph(re.sub("\x00(\\d+)\x00", tag, block))
            continue
        head, body = parts_of(block)
        columns = max(map(len, block))
        values[f"t{index}"] = [{f"c{i}": c for i, c in enumerate(row + [""] * (columns - len(row)))} for row in body]
        loop = _carbone_loop(index, columns) if carbone else _jinja_loop(index, columns)
        table = document.add_table(len(head) + len(loop), columns, style="Table Grid")
        for row, texts in zip(table.rows, [*head, *loop], strict=True):
            for cell, text in zip(row.cells, texts, strict=False):
                cell.text = text
    document.save(path)
    return values


def _jinja_loop(index: int, columns: int) -> list[list[str]]:
    row = [f"{{{{ r.c{i} }}}}" for i in range(columns)]
    return [[f"{{%tr for r in t{index} %}}"], row, ["{%tr endfor %}"]]


def _carbone_loop(index: int, columns: int) -> list[list[str]]:
    return [[f"{{d.t{index}[{at}].c{i}}}" for i in range(columns)] for at in ("i", "i+1")]


def make_workbook_for_carbone(content: Content, path: Path) -> dict[str, Any]:
    """Every sheet as one loop over its filled rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    values = {}
    for number, (name, cells) in enumerate(content.cells.items()):
        rows: dict[int, list[str | float]] = {}
        for place, value in cells:
            rows.setdefault(int(re.sub("[A-Z]+", "", place)), []).append(value)
        columns = max(map(len, rows.values()), default=1)
        sheet = book.create_sheet(name)
        for row in _carbone_loop(number, columns):
            sheet.append(row)
        values[f"t{number}"] = [{f"c{i}": v for i, v in enumerate(row)} for row in rows.values()]
    book.save(path)
    return values


# ------------------------------------------------------------------------------- what a careful person writes by hand


@dataclass
class HandWritten:
    """All cells of a workbook with one of a few looks, its merges and widths, as a script for xlsxwriter has them."""

    sheets: dict[str, list[tuple[int, int, Any, tuple[bool, str]]]] = field(default_factory=dict)
    merges: dict[str, list[tuple[int, int, int, int]]] = field(default_factory=dict)
    widths: dict[str, dict[int, float]] = field(default_factory=dict)


def hand_written(workbook: Rendered) -> HandWritten:
    """A finished workbook as such a script would write it: bordered or not, and a number format, is all of a look."""
    book, made = openpyxl.load_workbook(BytesIO(workbook.data)), HandWritten()
    for sheet in book:
        merged = [(m.min_row - 1, m.min_col - 1, m.max_row - 1, m.max_col - 1) for m in sheet.merged_cells.ranges]
        hidden = {(r, c) for m in merged for r in range(m[0], m[2] + 1) for c in range(m[1], m[3] + 1)} - {
            m[:2] for m in merged
        }
        made.merges[sheet.title] = merged
        made.widths[sheet.title] = {n: sheet.column_dimensions[k].width for n, k in enumerate(sheet.column_dimensions)}
        made.sheets[sheet.title] = [
            (c.row - 1, c.column - 1, c.value, (bool(c.border.left.style), c.number_format))
            for row in sheet.iter_rows()
            for c in row
            if (c.value is not None or c.border.left.style) and (c.row - 1, c.column - 1) not in hidden
        ]
    return made


def tagged_document(document: Rendered) -> tuple[str, list[str], dict[str, bytes]]:
    """The finished document.xml with a tag for each number that it prints, these numbers, and the other parts.

    Sentences, rows and contents stand in it as they are: it fills in numbers and decides nothing.
    """
    with ZipFile(BytesIO(document.data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    pieces = re.split(r"(?=<w:p[ >])", parts.pop("word/document.xml").decode())
    printed = sorted((i for i in document.printed if i.place.part == "word/document.xml"), key=lambda i: i.place)
    numbers: list[str] = []
    for item in (i for i in reversed(printed) if i.text):
        at = item.place.paragraph + 1
        pattern = f"(>[^<{{]*){re.escape(item.text)}([^<]*</w:t>)"
        pieces[at], found = re.subn(pattern, rf"\g<1>{{{{ n[{len(numbers)}] }}}}\g<2>", pieces[at], count=1)
        numbers += [item.text] * found
    return "".join(pieces), numbers, parts
