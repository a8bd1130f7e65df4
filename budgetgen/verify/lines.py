"""A file as its lines: rows of tables and sentences, each with what a hand may change in it, its numbers and its words of direction.

    公开01 | 五、教育支出 | 840.70 | …            a row of a worksheet or of a table in a document: column → text
    2024年度收入合计840.70万元，比上年增加3.20万元。   a sentence: all of it in column 0

Lines are the same in every program's copy of a file: they know nothing of parts, runs, blanks and how XML is written.
"""

from __future__ import annotations

import re
from binascii import crc32
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Context, InvalidOperation
from functools import cached_property
from typing import NamedTuple

from lxml import etree

from budgetgen.office.cells import column_number
from budgetgen.office.package import BOOK, DOCUMENT, ChangedParts, Package, parse_xml, refuse_broken
from budgetgen.verify import PARAGRAPH, is_plain, is_plain_word, paragraph_text, plain_text, read_cells

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TABLE, _TABLE_END, _CELL = b"<w:tbl>", b"</w:tbl>", b"<w:tc>"
_ROW = re.compile(rb"<w:tr(?=[ >])")
_SENTENCE = re.compile(r"[^。；！？\n]*[。；！？\n]?")
SENTENCE_ENDS = "。；！？\n"
_WORDS = "增加|减少|增长|下降|上升|降低|持平|大于|小于|高于|低于|超出|节约"
DIRECTION = re.compile(_WORDS)
TOKENS = rf"(?:(?<![\w.)）])-)?\d[\d,]*(?:\.\d+)?|{_WORDS}"
"""What is told one by one: numbers, and words that say which way one went."""
_TOKEN = re.compile(TOKENS)
_SURE_DIGITS = Context(prec=12)
_LONG_NUMBER = re.compile(r"-?\d+\.\d{6,}|-?\d.*[eE].*")
CHECK = 64 * 64 - 1
"""The checks of lines are no greater."""
WHOLE = -1
"""The place of a figure that is all that its cell holds."""
Block = str | Mapping[int, Sequence[str]]
"""A paragraph's text; or a row of a table, column → the texts of its cell's paragraphs."""


class Spot(NamedTuple):
    """Where in its line something stands: the column, and the how-manieth of the cell's tokens, from 0, or WHOLE."""

    column: int
    token: int


class Line:
    """One row or sentence. `group`: the sheet, or the part; `at`: the row from 1, or the paragraph from 0 in which it begins.

    `sentence` counts those of a paragraph from 1; it is 0 for a row. `cells`: column → text, of those that say something,
    the paragraphs of a cell parted by line ends; `paragraphs`: how many each cell of a document's row has.
    """

    def __init__(
        self, group: str, at: int, sentence: int, cells: dict[int, str], paragraphs: Sequence[int] = ()
    ) -> None:
        self.group, self.at, self.sentence, self.cells = group, at, sentence, cells
        self._paragraphs = paragraphs
        self._tokens: dict[int, list[re.Match[str]]] = {}

    def cell(self, column: int) -> str:
        """The text of one cell; blank where it says nothing."""
        return self.cells.get(column, "")

    @cached_property
    def words(self) -> str:
        """All that it says, without blanks."""
        return "".join("".join(self.cells.values()).split())

    def paragraph_of(self, column: int) -> int:
        """The first paragraph of a cell."""
        return self.at + sum(self._paragraphs[: column - 1]) if column else self.at

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
        for column, text in self.cells.items():
            if DIRECTION.search(text):
                yield from (Spot(column, n) for n, t in enumerate(self.tokens(column)) if not t[0][-1].isdecimal())

    def check(self, texts: Mapping[Spot, str]) -> int:
        """A checksum of its other words, had it these texts at these spots."""
        by_column: dict[int, dict[int, str]] = {}
        for (column, token), text in texts.items():
            by_column.setdefault(column, {})[token] = text
        return check_of(
            (c, self._with(c, by_column.get(c, {}))) for c in self.cells if WHOLE not in by_column.get(c, {})
        )

    def _with(self, column: int, texts: Mapping[int, str]) -> str:
        text, tokens = self.cell(column), self.tokens(column) if texts else ()
        for n in sorted((n for n in texts if n < len(tokens)), reverse=True):
            text = f"{text[: tokens[n].start()]}{texts[n]}{text[tokens[n].end() :]}"
        return text


def check_of(said: Iterable[tuple[int, str]]) -> int:
    """A checksum of texts in columns, blanks aside."""
    return sum([words_check(text) * weight(column) for column, text in said]) & CHECK


def words_check(text: str) -> int:
    """The checksum of one text, blanks aside."""
    return crc32("".join(text.split()).encode(errors="surrogatepass"))


def weight(column: int) -> int:
    """By what a column's checksum counts, so that texts that change places are told."""
    return 2 * column + 1


def read_lines(data: bytes) -> dict[str, list[Line]]:
    """The lines that say something of a workbook or of a document's body and charts, in their order, by sheet or part.

    Damaged, ValueError, KeyError, IndexError: it can't be read.
    """
    package = Package(data)
    found: dict[str, list[Line]] = {}
    if BOOK in package:
        for (sheet, row), cells in read_rows(data).items():
            found.setdefault(sheet, []).append(Line(sheet, row, 0, cells))
        return found
    xml = package.read(DOCUMENT)
    refuse_broken(xml)
    lines = list(_document_lines(read_blocks(xml)))
    charts = [line for _, _, line in read_charts(package, xml)]
    return {group: each for group, each in ((DOCUMENT, lines), (CHARTS, charts)) if each}


def _document_lines(blocks: Iterable[Block]) -> Iterator[Line]:
    at = 0
    for block in blocks:
        if isinstance(block, str):
            yield from (Line(DOCUMENT, at, n, {0: sentence}) for n, sentence in enumerate(sentences(block), 1))
            at += 1
        else:
            line = Line(
                DOCUMENT, at, 0, joined(block), [len(block.get(n, ())) for n in range(1, max(block, default=0) + 1)]
            )
            if line.cells:
                yield line
            at += sum(map(len, block.values()))


def joined(row: Mapping[int, Sequence[str]]) -> dict[int, str]:
    """Column → text, of the cells that say something."""
    texts = ((column, "\n".join(paragraphs)) for column, paragraphs in row.items())
    return {column: text for column, text in texts if text and not text.isspace()}


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph, with what ends them."""
    return [found[0] for found in _SENTENCE.finditer(text) if found[0].strip()]


CHARTS = "图表"
"""The group of a document's charts: a line is a series, its name in column 1, then its points."""
_FIRST_CHART, _A_CHART = 10**8, 1000
_CHART = re.compile(rb'<c:chart [^>]*r:id="([^"]+)"')
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def read_charts(package: Package, xml: bytes) -> Iterator[tuple[str, int, Line]]:
    """Each series with its part and number, the charts in the order in which the text `xml` has them: programs name their parts anew."""
    names = [name.decode() for name in _CHART.findall(xml)]
    relations = ChangedParts(package) if names else None
    for number, name in enumerate(names):
        part = relations.target(DOCUMENT, name) if relations else ""
        series = package.root(part).iter(f"{_C}ser") if part else ()
        for n, each in enumerate(series):
            points = {int(p.get("idx", "0")): p.findtext(f"{_C}v", "") for p in each.iter(f"{_C}pt") if _is_value(p)}
            cells = {1: each.findtext(f"{_C}tx//{_C}v") or "", **{idx + 2: points[idx] for idx in sorted(points)}}
            if said := {c: t for c, t in cells.items() if t}:
                yield part, n, Line(CHARTS, _FIRST_CHART + number * _A_CHART + n, 0, said)


def _is_value(point: etree._Element) -> bool:
    return next(point.iterancestors(f"{_C}val"), None) is not None


def chart_words(line: Line, column: int) -> str:
    """Which chart, series and point a column of a line is: `第1个图表“支出”第3项`."""
    number, series = divmod(line.at - _FIRST_CHART, _A_CHART)
    name = line.cell(1) or f"第{series + 1}组"
    return f"第{number + 1}个图表“{name}”" + (f"第{column - 1}项" if column > 1 else "")


# ------------------------------------------------------------------------------------------------------- workbooks


def read_rows(data: bytes) -> dict[tuple[str, int], dict[int, str]]:
    """The rows of a workbook that say something: sheet, row → column → text."""
    rows: dict[tuple[str, int], dict[int, str]] = {}
    for (sheet, name), text in read_cells(data).items():
        if text and not text.isspace():
            letters = name.rstrip("0123456789")
            rows.setdefault((sheet, int(name[len(letters) :])), {})[column_number(letters)] = held(text)
    return rows


def held(text: str) -> str:
    """What a cell of a worksheet holds: of a long number the digits that all programs keep."""
    if not _LONG_NUMBER.fullmatch(text):
        return text
    try:
        return f"{_SURE_DIGITS.create_decimal(text).normalize():f}"
    except InvalidOperation:
        return text


# ------------------------------------------------------------------------------------------------------- documents


def read_blocks(xml: bytes) -> Iterator[Block]:
    """The paragraphs and rows of a document's body in order."""
    return plain_blocks(xml) if is_plain_word(xml) and is_plain_stretch(xml) else _tree(xml)


def is_plain_stretch(xml: bytes) -> bool:
    """Whether a document's body, or a stretch of it, is written plainly and holds whole tables, none in another."""
    return is_plain(xml) and all(t.count(_TABLE_END) == (n > 0) for n, t in enumerate(xml.split(_TABLE)))


def plain_blocks(xml: bytes) -> Iterator[Block]:
    """The same of a plain stretch."""
    before, *tables = xml.split(_TABLE)
    yield from map(plain_text, PARAGRAPH.split(before)[1:])
    for table in tables:
        rows, _, after = table.partition(_TABLE_END)
        for row in _ROW.split(rows)[1:]:
            cells = enumerate(row.split(_CELL)[1:], 1)
            yield {n: [*map(plain_text, PARAGRAPH.split(cell)[1:])] for n, cell in cells}
        yield from map(plain_text, PARAGRAPH.split(after)[1:])


def _tree(xml: bytes) -> Iterator[Block]:
    """Of a document that has tables in tables, which belong to the cells that hold them, or text boxes."""
    row: etree._Element | None = None
    cells: dict[int, list[str]] = {}
    for paragraph in parse_xml(xml).iter(f"{_W}p"):
        outer = list(paragraph.iterancestors(f"{_W}tr", f"{_W}tc"))
        if cells and (not outer or outer[-1] is not row):
            yield cells
            cells = {}
        row = outer[-1] if outer else None
        if len(outer) > 1:
            column = 1 + sum(1 for _ in outer[-2].itersiblings(f"{_W}tc", preceding=True))
            cells.setdefault(column, []).append(paragraph_text(paragraph))
        else:
            yield paragraph_text(paragraph)
    if cells:
        yield cells
