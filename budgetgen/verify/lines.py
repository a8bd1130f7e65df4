"""A file as its lines: rows of tables and sentences, each with what a hand may change in it, its numbers and its words of direction.

    公开01 | 五、教育支出 | 840.70 | …            a row of a worksheet or of a table in a document: column → text
    2024年度收入合计840.70万元，比上年增加3.20万元。   a sentence: all of it in column 0

Lines are the same in every program's copy of a file: they know nothing of parts, runs, blanks and how XML is written.
"""

from __future__ import annotations

import re
from binascii import crc32
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, InvalidOperation
from functools import cached_property
from html import unescape
from typing import NamedTuple

from lxml import etree

from budgetgen.office.cells import column_number
from budgetgen.office.package import BOOK, DOCUMENT, ChangedParts, Package, parse_xml, refuse_broken
from budgetgen.verify import (
    PARAGRAPH,
    is_plain_sheet,
    is_plain_word,
    paragraph_text,
    plain_text,
    read_cells,
    sheet_parts,
)

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TABLE, _TABLE_END, _CELL = b"<w:tbl>", b"</w:tbl>", b"<w:tc>"
_ROW = re.compile(rb"<w:tr(?=[ >])")
_TEXT = re.compile(rb"<w:t(?: [^>]*)?>([^<]+)<")
_SHEET_CELL = re.compile(rb'<c r="([A-Z]+)([0-9]+)"[^>]*>(?:<v>([^<]*)</v>|<is><t[^>]*>([^<]*)</t></is>)</c>')
_STRANGE = (b't="s"', b"<f>", b"<f ", b"<rPh", b"<r>")
"""What a sheet of another program has in its cells."""
_SENTENCE = re.compile(r"[^。；！？\n]*[。；！？\n]?")
_WORDS = "增加|减少|增长|下降|上升|降低|持平|大于|小于|高于|低于|超出|节约"
_DIRECTION = re.compile(_WORDS)
_TOKEN = re.compile(rf"(?:(?<![\w.)）])-)?\d[\d,]*(?:\.\d+)?|{_WORDS}")
"""What is told one by one: numbers, and words that say which way one went."""
_SURE_DIGITS = Context(prec=12)
_LONG_NUMBER = re.compile(r"-?\d+\.\d{6,}|-?\d.*[eE].*")
WHOLE = -1
"""The place of a figure that is all that its cell holds."""


class Spot(NamedTuple):
    """Where in its line something stands: the column, and the how-manieth of the cell's tokens, from 0, or WHOLE."""

    column: int
    token: int


class Line:
    """One row or sentence. `group`: the sheet, or the part; `at`: the row from 1, or the paragraph from 0 in which it begins.

    `sentence` counts those of a paragraph from 1, and begins at `start` in it; it is 0 for a row. `cells`: column → text, of
    those that say something.
    """

    def __init__(self, group: str, at: int, sentence: int, cells: dict[int, str] | None = None, start: int = 0) -> None:
        self.group, self.at, self.sentence, self.start = group, at, sentence, start
        self._cells = cells
        self._row = b""
        self._xml: Sequence[bytes] = ()
        self._texts: dict[int, str] = {}
        self._paragraphs: Sequence[int] = ()
        self._tokens: dict[int, list[re.Match[str]]] = {}

    @classmethod
    def of_row(cls, at: int, row: bytes) -> Line:
        """A row of a document's table from its XML, which is looked into when it is asked for."""
        line = cls(DOCUMENT, at, 0)
        line._row, line._xml = row, row.split(_CELL)[1:]
        return line

    @property
    def paragraphs(self) -> int:
        """How many paragraphs a row of a document has."""
        return len(PARAGRAPH.findall(self._row))

    @classmethod
    def of_texts(cls, at: int, texts: Mapping[int, Sequence[str]]) -> Line:
        """A row from the texts of its cells' paragraphs."""
        joined = {n: "\n".join(t) for n, t in sorted(texts.items())}
        line = cls(DOCUMENT, at, 0, {n: text for n, text in joined.items() if text and not text.isspace()})
        line._paragraphs = [len(texts.get(n, ())) for n in range(1, max(texts) + 1)]
        return line

    @property
    def cells(self) -> dict[int, str]:
        """Column → text; the paragraphs of a cell are parted by line ends."""
        if self._cells is None:
            texts = {n: self.cell(n) for n in range(1, len(self._xml) + 1)}
            self._cells = {n: text for n, text in texts.items() if text}
        return self._cells

    def cell(self, column: int) -> str:
        """The text of one cell; blank where it says nothing."""
        if self._cells is not None:
            return self._cells.get(column, "")
        if not 0 < column <= len(self._xml):
            return ""
        if column not in self._texts:
            text = "\n".join(map(plain_text, PARAGRAPH.split(self._xml[column - 1])[1:]))
            self._texts[column] = "" if text.isspace() else text
        return self._texts[column]

    @property
    def _counts(self) -> Sequence[int]:
        """How many paragraphs each cell has."""
        if not self._paragraphs:
            one_each = self.paragraphs == len(self._xml)
            self._paragraphs = [1 if one_each else len(PARAGRAPH.findall(cell)) for cell in self._xml]
        return self._paragraphs

    @cached_property
    def words(self) -> str:
        """All that it says, without blanks."""
        if self._cells is None:
            text = b"".join(_TEXT.findall(self._row)).decode()
            return "".join((unescape(text) if "&" in text else text).split())
        return "".join("".join(self._cells.values()).split())

    def place_of(self, paragraph: int) -> tuple[int, int]:
        """The column of a paragraph of the document, -1 where it is none of this line; and by how much it is on in the cell."""
        if self.sentence:
            return (0, -self.start) if paragraph == self.at else (-1, 0)
        number = paragraph - self.at
        for column, count in enumerate(self._counts, 1):
            if number < count:
                before = self.cell(column).split("\n")[:number] if number else ()
                return column, sum(len(text) + 1 for text in before)
            number -= count
        return -1, 0

    def paragraph_of(self, column: int) -> int:
        """The first paragraph of a cell."""
        return self.at + sum(self._counts[: column - 1]) if column else self.at

    @property
    def text(self) -> str:
        """All of it, as people read it."""
        return " ".join(" ".join(text.split()) for text in self.cells.values())

    def tokens(self, column: int) -> Sequence[re.Match[str]]:
        """The numbers and directions of a cell."""
        if column not in self._tokens:
            self._tokens[column] = list(_TOKEN.finditer(self.cell(column)))
        return self._tokens[column]

    def shown(self, spot: Spot) -> str | None:
        """What stands at a spot; None where the line has no such."""
        if spot.token == WHOLE:
            return self.cell(spot.column).strip()
        tokens = self.tokens(spot.column)
        return tokens[spot.token][0] if spot.token < len(tokens) else None

    def spot(self, column: int, start: int, end: int) -> Spot | None:
        """The spot of a stretch of a cell's text; None where no token stands there."""
        text = self.cell(column)
        if self.sentence == 0 and not text[:start].strip() and not text[end:].strip():
            return Spot(column, WHOLE)
        found = (n for n, t in enumerate(self.tokens(column)) if t.start() < end and start < t.end())
        return next((Spot(column, n) for n in found), None)

    def directions(self) -> Iterator[Spot]:
        """Where its words of direction stand."""
        if not _DIRECTION.search(self.words):
            return
        for column in self.cells:
            for n, token in enumerate(self.tokens(column)):
                if not token[0][-1].isdecimal():
                    yield Spot(column, n)

    def with_texts(self, texts: Mapping[Spot, str]) -> str:
        """Its words with these texts at these spots."""
        by_column: dict[int, dict[int, str]] = {}
        for (column, token), text in texts.items():
            by_column.setdefault(column, {})[token] = text
        said = []
        for column in sorted({*self.cells, *by_column}):
            changed = by_column.get(column, {})
            text = changed[WHOLE] if WHOLE in changed else self.cells.get(column, "")
            if WHOLE not in changed:
                tokens = self.tokens(column) if changed else ()
                for n in sorted((n for n in changed if n < len(tokens)), reverse=True):
                    text = f"{text[: tokens[n].start()]}{changed[n]}{text[tokens[n].end() :]}"
            said.append(text)
        return "".join("".join(said).split())


def checksum(words: str) -> int:
    """A checksum of the words of a line."""
    return crc32(words.encode())


@dataclass(frozen=True)
class Lines:
    """All lines of a file that say something, in their order. `rows`: sheet, row → line; of a chart its part, series → line."""

    all: list[Line] = field(default_factory=list)
    rows: dict[tuple[str, int], Line] = field(default_factory=dict)

    @cached_property
    def starts(self) -> Sequence[int]:
        """Where each line begins."""
        return [line.at for line in self.all]

    def groups(self) -> Mapping[str, list[Line]]:
        """The lines by sheet or part."""
        found: dict[str, list[Line]] = {}
        for line in self.all:
            found.setdefault(line.group, []).append(line)
        return found

    def stretch(self, paragraph: int, start: int, end: int) -> tuple[Line, Spot] | None:
        """Where a stretch of a paragraph of a document stands; None where there is no token."""
        n = bisect_right(self.starts, paragraph) - 1
        while n >= 0 and self.all[n].at == paragraph and self.all[n].start > start:
            n -= 1
        if n < 0:
            return None
        line = self.all[n]
        column, shift = line.place_of(paragraph)
        spot = line.spot(column, start + shift, end + shift) if column >= 0 else None
        return (line, spot) if spot else None


def read_lines(data: bytes, *, own: bool = False) -> Lines:
    """The lines of a workbook or of a document's body. Damaged, ValueError, KeyError, IndexError: it can't be read.

    One of our `own` that has just been made need not be held for broken.
    """
    package = Package(data)
    if BOOK in package:
        return _sheets(package, data, own=own)
    xml = package.read(DOCUMENT)
    if not own:
        refuse_broken(xml)
    tables = xml.split(_TABLE)
    nested = any(t.count(_TABLE_END) != (n > 0) for n, t in enumerate(tables))
    lines = _tree(xml) if nested or not is_plain_word(xml) else _plain(tables)
    _add_charts(lines, package, xml)
    return lines


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph, with what ends them."""
    return [found[0] for found in _sentences(text)]


def _sentences(text: str) -> Iterator[re.Match[str]]:
    return (m for m in _SENTENCE.finditer(text) if m[0].strip())


CHARTS = "图表"
"""The group of a document's charts: a line is a series, its name in column 1, then its points."""
_FIRST_CHART, _A_CHART = 10**8, 1000
_CHART = re.compile(rb'<c:chart [^>]*r:id="([^"]+)"')
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def _add_charts(lines: Lines, package: Package, xml: bytes) -> None:
    """The charts in the order in which the text has them: programs name their parts anew."""
    names = [name.decode() for name in _CHART.findall(xml)]
    relations = ChangedParts(package) if names else None
    for number, name in enumerate(names):
        part = relations.target(DOCUMENT, name) if relations else ""
        series = package.root(part).iter(f"{_C}ser") if part else ()
        for n, each in enumerate(series):
            points = {int(p.get("idx", "0")): p.findtext(f"{_C}v", "") for p in each.iter(f"{_C}pt") if _is_value(p)}
            cells = {1: each.findtext(f"{_C}tx//{_C}v") or "", **{idx + 2: points[idx] for idx in sorted(points)}}
            line = Line(CHARTS, _FIRST_CHART + number * _A_CHART + n, 0, {c: t for c, t in cells.items() if t})
            lines.rows[part, n] = line
            lines.all.append(line)


def _is_value(point: etree._Element) -> bool:
    return next(point.iterancestors(f"{_C}val"), None) is not None


def chart_words(line: Line, column: int) -> str:
    """Which chart, series and point a column of a line is: `第1个图表“支出”第3项`."""
    number, series = divmod(line.at - _FIRST_CHART, _A_CHART)
    name = line.cell(1) or f"第{series + 1}组"
    return f"第{number + 1}个图表“{name}”" + (f"第{column - 1}项" if column > 1 else "")


# ------------------------------------------------------------------------------------------------------- workbooks


def _sheets(package: Package, data: bytes, *, own: bool) -> Lines:
    parts = dict(sheet_parts(package))
    xmls = {sheet: package.read(part) for sheet, part in parts.items()}
    lines = Lines()
    if own and all(is_plain_sheet(xml) and not any(s in xml for s in _STRANGE) for xml in xmls.values()):
        for sheet, xml in xmls.items():
            for letters, row, number, text in _SHEET_CELL.findall(xml):
                _add_cell(lines, sheet, int(row), letters.decode(), unescape((number or text).decode()))
    else:
        for (sheet, name), text in read_cells(data).items():
            letters = name.rstrip("0123456789")
            _add_cell(lines, sheet, int(name[len(letters) :]), letters, text)
    return lines


def _add_cell(lines: Lines, sheet: str, row: int, letters: str, text: str) -> None:
    if not text or text.isspace():
        return
    line = lines.rows.get((sheet, row))
    if line is None:
        line = lines.rows[sheet, row] = Line(sheet, row, 0, {})
        lines.all.append(line)
    line.cells[column_number(letters)] = _shortened(text) if _LONG_NUMBER.fullmatch(text) else text


def _shortened(text: str) -> str:
    """A long number at the digits that all programs keep."""
    try:
        return f"{_SURE_DIGITS.create_decimal(text).normalize():f}"
    except InvalidOperation:
        return text


# ------------------------------------------------------------------------------------------------------- documents


def _plain(tables: Sequence[bytes]) -> Lines:
    """Of the XML between the beginnings of tables."""
    lines: list[Line] = []
    at = _add_paragraphs(lines, 0, map(plain_text, PARAGRAPH.split(tables[0])[1:]))
    for table in tables[1:]:
        rows, _, after = table.partition(_TABLE_END)
        for row in _ROW.split(rows)[1:]:
            line = Line.of_row(at, row)
            if line.words:
                lines.append(line)
            at += line.paragraphs
        at = _add_paragraphs(lines, at, map(plain_text, PARAGRAPH.split(after)[1:]))
    return Lines(lines)


def _add_paragraphs(lines: list[Line], at: int, texts: Iterable[str]) -> int:
    """Add the sentences of paragraphs that begin with the one `at`; the number of the next."""
    for text in texts:
        if text and not text.isspace():
            lines.extend(Line(DOCUMENT, at, n, {0: m[0]}, m.start()) for n, m in enumerate(_sentences(text), 1))
        at += 1
    return at


def _tree(xml: bytes) -> Lines:
    """Of a document that has tables in tables, which belong to the cells that hold them, or text boxes."""
    lines: list[Line] = []
    at, row = 0, None
    cells: dict[int, list[str]] = {}

    def end_row() -> int:
        if not cells:
            return at
        line = Line.of_texts(at, cells)
        if line.words:
            lines.append(line)
        count = sum(map(len, cells.values()))
        cells.clear()
        return at + count

    for paragraph in parse_xml(xml).iter(f"{_W}p"):
        outer = list(paragraph.iterancestors(f"{_W}tr", f"{_W}tc"))
        if not outer or outer[-1] is not row:
            at = end_row()
            row = outer[-1] if outer else None
        if len(outer) > 1:
            column = 1 + sum(1 for _ in outer[-2].itersiblings(f"{_W}tc", preceding=True))
            cells.setdefault(column, []).append(paragraph_text(paragraph))
        else:
            at = _add_paragraphs(lines, at, [paragraph_text(paragraph)])
    end_row()
    return Lines(lines)
