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
