"""A published document or workbook as paragraphs and tables, each with its place; nothing is refused for what it says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from lxml import etree

from budgetgen.issues import Findings, Issue, Level, Rejected, Rule, SourceRef
from budgetgen.money import plain_text
from budgetgen.office.package import DOCUMENT, RESAVE, Damaged, Package
from budgetgen.office.workbook_reader import open_book
from budgetgen.published.find import titled
from budgetgen.published.grid import NOWHERE, Cell, Grid, Mark, gridded, read_sheets, read_tables

MAX_FILE = 64 * 2**20
READABLE = (".docx", ".xlsx", ".pdf")
"""Endings of the files that are read."""
_NO_PDF = '没有装读 PDF 的部件：pip install "budgetgen[pdf]"，或把文件转成 .docx 再审核。'
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"^[一二三四五六七八九十]+、")
_BODY = re.compile(r"^一、收入支出决算总体")
_AFTER_BODY = re.compile(r"^第四部分|^名词解释$")
_PAGE_NUMBER = re.compile(r"[\s.…·]*\d{1,3}$")
_MAX_HEADING = 80
_ABOVE = 6
"""So many paragraphs over a table are kept with it."""


@dataclass(frozen=True)
class Paragraph:
    """One paragraph: counted from 1, its text, the heading `一、…` over it, and the part of the packet it stands in.

    `part`: 目录 (the contents), 前 (cover, duties, tables), 说明 (情况说明), 附 (terms and attachments).
    `number` is counted over all files of a packet; `file` is the one that it stands in, `mark` its place there, `page` its
    page from 1 where that is known.
    """

    number: int
    text: str
    section: str = ""
    part: str = "前"
    mark: Mark = NOWHERE
    file: str = ""
    page: int = 0

    @property
    def bare(self) -> str:
        """The text without any blanks."""
        return re.sub(r"\s+", "", self.text)


@dataclass(frozen=True)
class Table:
    """One table: counted from 1, its rows of cells, the paragraphs right above it, how many paragraphs come before.

    `file` and `page` as a paragraph's; each cell has its mark.
    """

    number: int
    grid: Grid
    above: Sequence[str]
    after: int = 0
    file: str = ""
    page: int = 0

    @property
    def rows(self) -> Sequence[Sequence[Cell]]:
        """The rows of the table itself."""
        return self.grid.rows[self.grid.above or 0 :]

    def line(self, row: int) -> str:
        """The own texts of a row, joined by blanks, as they stand there."""
        return " ".join(c.text for c in self.rows[row] if c.own and c.text)


@dataclass(frozen=True)
class Published:
    """What a file, or the files of one packet, say in their order; `issues` tell what could not be read of it."""

    name: str
    paragraphs: Sequence[Paragraph]
    tables: Sequence[Table]
    issues: Sequence[Issue] = ()


def read_published(path: Path) -> Published:
    """Read a file that anybody published. Rejected: it cannot be opened or is of another kind."""
    try:
        if path.stat().st_size > MAX_FILE:
            raise refused(str(path), Rule.TOO_LARGE, f"文件超过 {MAX_FILE // 2**20} MB，没有读。")
        data = path.read_bytes()
    except OSError:
        raise refused(str(path), Rule.UNREADABLE, "读不到这个文件。") from None
    return read_published_bytes(data, str(path))


def read_published_bytes(data: bytes, file: str) -> Published:
    """As `read_published`, of a file's bytes; `file` is its name with its ending."""
    kind = Path(file).suffix.lower()
    try:
        if kind == ".docx":
            return _from_document(file, Package(data, file))
        if kind == ".xlsx":
            return _from_workbook(file, data)
        if kind == ".pdf":
            return _from_pdf(file, data)
    except Damaged as e:
        raise refused(file, Rule.UNREADABLE, f"{e}，读不出来。") from None
    raise refused(file, Rule.FILE_KIND, "审核读 .docx、.xlsx 和 .pdf。" + RESAVE)


def refused(file: str, rule: Rule, cause: str) -> Rejected:
    """What is raised for a file that can't be read."""
    return Rejected([Issue(rule.code, Level.ERROR, cause, rule.mend, place=SourceRef(file))])


def _from_workbook(file: str, data: bytes) -> Published:
    findings = Findings()
    book = open_book(Package(data, file), findings)
    if book is None:
        raise Rejected(findings.issues())
    tables = [Table(n, _printed(grid), (), file=file) for n, grid in enumerate(read_sheets(book), start=1)]
    return Published(Path(file).stem, (), tables)


def _printed(grid: Grid) -> Grid:
    """The grid with amounts as two decimals where they carry more: a workbook keeps exact values behind the printed."""
    rows = [[_rounded(cell) for cell in row] for row in grid.rows]
    return replace(grid, rows=rows)


_CENT = Decimal("0.01")
_LONG = re.compile(r"-?\d+\.\d{3,}")


def _rounded(cell: Cell) -> Cell:
    if not _LONG.fullmatch(cell.text):
        return cell
    exact = Decimal(cell.text)
    return replace(cell, text=plain_text(exact.quantize(_CENT, ROUND_HALF_UP), strip_zeros=False))


def _from_document(file: str, package: Package) -> Published:
    grids, _ = read_tables(package)
    root = package.root(DOCUMENT)
    body = root.find(f"{_W}body")
    numbers = {paragraph: n for n, paragraph in enumerate(root.iter(f"{_W}p"))}
    order = _Order(file)
    for block in body if body is not None else ():
        if block.tag == f"{_W}p":
            order.text(_text(block), Mark(DOCUMENT, numbers[block]))
        elif block.tag == f"{_W}tbl" and len(order.tables) < len(grids):
            order.table(grids[len(order.tables)])
    return order.published()


def _from_pdf(file: str, data: bytes) -> Published:
    try:
        from budgetgen.published.pdf_text import PdfText, read_pdf  # noqa: PLC0415 - pdfplumber is an extra

        content = read_pdf(data)
    except ImportError:
        raise refused(file, Rule.FILE_KIND, _NO_PDF) from None
    order = _Order(file)
    for block in content.blocks:
        if isinstance(block, PdfText):
            order.text(block.text, block.mark, block.page)
        else:
            order.table(gridded(block.cells, len(order.tables) + 1, order.above, file), block.page)
    return order.published(
        [Issue(Rule.UNREADABLE.code, Level.WARNING, f, place=SourceRef(file)) for f in content.faults]
    )


class _Order:
    """What a file says as it comes: paragraphs that are not blank, and tables with the paragraphs over them."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._texts: list[str] = []
        self._marks: list[Mark] = []
        self._pages: list[int] = []
        self.tables: list[Table] = []
        self.above: list[str] = []

    def text(self, text: str, mark: Mark, page: int = 0) -> None:
        """A paragraph."""
        if text.strip():
            self._texts.append(text)
            self._marks.append(mark)
            self._pages.append(page)
            self.above.append(text.strip())

    def table(self, grid: Grid, page: int = 0) -> None:
        """A table."""
        self.tables.append(Table(len(self.tables) + 1, grid, self.above[-_ABOVE:], len(self._texts), self._file, page))
        self.above = []

    def published(self, issues: Sequence[Issue] = ()) -> Published:
        """All that came."""
        paragraphs = _paragraphs(self._texts, self._marks)
        told = [replace(p, file=self._file, page=page) for p, page in zip(paragraphs, self._pages, strict=True)]
        return Published(Path(self._file).stem, told, self.tables, issues)


def text_pieces(paragraph: etree._Element) -> list[tuple[etree._Element, str]]:
    """The nodes whose words make the text of a paragraph, in order, each with its words."""
    stops = set(paragraph.iter(f"{_W}tabs"))
    nodes = (n for n in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br") if n.getparent() not in stops)
    return [(node, node.text or "" if node.tag == f"{_W}t" else " ") for node in nodes]


def _text(paragraph: etree._Element) -> str:
    return "".join(words for _, words in text_pieces(paragraph))


def _paragraphs(texts: Sequence[str], marks: Sequence[Mark]) -> list[Paragraph]:
    """The paragraphs with their parts; headings of the contents are told by their page numbers."""
    bare = [re.sub(r"\s+", "", text) for text in texts]
    starts = [n for n, t in enumerate(bare) if _BODY.match(t) and not _PAGE_NUMBER.search(t)]
    start = starts[-1] if starts else None
    end = next((n for n in range((start or 0) + 1, len(bare)) if _AFTER_BODY.match(bare[n])), len(bare))
    if start is None:
        start = end = len(bare) if any(titled(t) for t in bare) else 0
    contents = next((n for n, t in enumerate(bare) if t in ("目录", "目次")), None)
    found, section, part = [], "", "前"
    for n, text in enumerate(texts):
        if (
            contents is not None
            and n >= contents
            and n < start
            and _PAGE_NUMBER.search(bare[n])
            and len(bare[n]) < _MAX_HEADING
        ):
            found.append(Paragraph(n + 1, text, "目录", "目录", marks[n]))
            continue
        if _HEADING.match(bare[n]) and len(bare[n]) < _MAX_HEADING and "。" not in bare[n]:
            section = bare[n]
        part = "前" if n < start else "说明" if n < end else "附"
        found.append(Paragraph(n + 1, text, section, part, marks[n]))
    return found
