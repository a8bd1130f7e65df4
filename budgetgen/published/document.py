"""A published document or workbook as paragraphs and tables, each with its place; nothing is refused for what it says."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from budgetgen.issues import Findings, Issue, Level, Rejected, Rule, SourceRef
from budgetgen.money import plain_text
from budgetgen.office.libreoffice import convert, find_office
from budgetgen.office.package import BOOK, DOCUMENT, OLE, RESAVE, Damaged, Package, TooLarge
from budgetgen.office.workbook_reader import open_book
from budgetgen.published.find import CONTINUED, goes_on, joined, titled
from budgetgen.published.grid import NOWHERE, Cell, Grid, Mark, gridded, read_sheets
from budgetgen.published.word import WordText, read_word
from budgetgen.records import record

MAX_FILE = 64 * 2**20
_MODERN = (".docx", ".docm", ".xlsx", ".xlsm", ".pdf")
OLD_TEXTS, OLD_BOOKS = (".doc", ".wps", ".rtf"), (".xls", ".et")
READABLE = (*_MODERN, *OLD_TEXTS, *OLD_BOOKS)
"""Endings of the files that are read, the old ones through LibreOffice."""
_ZIP, _HEAD = b"PK", 1024
_LOCKED, _SHEETS = ("EncryptedPackage".encode("utf-16-le"), "Workbook".encode("utf-16-le"))
_NO_PDF = '没有装读 PDF 的部件：pip install "budgetgen[pdf]"，或把文件转成 .docx 再审核。'
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"^[一二三四五六七八九十]+、")
_GLUED = re.compile(r"^[一二三四五六七八九十]+、[^，。；：]{2,36}?说明(?=20\d\d年|本[年部单]|[（(]一[）)])")
"""A heading and its first sentence in one line."""
_BODY = re.compile(r"^一、(?:关于)?(?:20\d\d年度?)?(?:收入支出|收支)(?:决算)?总体")
_AFTER_BODY = re.compile(r"^第四部[分份]|^名词解释$")
_PAGE_NUMBER = re.compile(r"[\s.…·]*\d{1,3}$")
_MAX_HEADING = 80
_TITLES = 12
"""A table's title stands in its first rows."""
_ABOVE = 6
"""So many paragraphs over a table are kept with it."""


@record
class Paragraph:
    """One paragraph: counted from 1, its text, the heading `一、…` over it, and the part of the packet it stands in.

    `part`: 目录 (the contents), 前 (cover, duties, tables), 说明 (情况说明), 附 (terms and attachments).
    `number` is counted over all files of a packet; `file` is the one that it stands in, `mark` its place there, `page` its
    page from 1 where that is known. `lead` is a number (一、) that Word counts and prints before it: no text of the file.
    """

    number: int
    text: str
    section: str = ""
    part: str = "前"
    mark: Mark = NOWHERE
    file: str = ""
    page: int = 0
    lead: str = ""

    @property
    def bare(self) -> str:
        """The text without any blanks, behind the number that is counted."""
        return re.sub(r"\s+", "", self.lead + self.text)


@record
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


@record
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
    """As `read_published`, of a file's bytes; `file` is its name with its ending. What it is, its content says."""
    try:
        if data.startswith(_ZIP) and Path(file).suffix.lower() in READABLE:
            package = Package(data, file)
            if DOCUMENT in package:
                return _from_document(file, package)
            if BOOK in package:
                return _from_workbook(file, package)
        elif b"%PDF-" in data[:_HEAD]:
            return _from_pdf(file, data)
    except TooLarge as e:
        raise refused(file, Rule.TOO_LARGE, f"{e}，没有读。") from None
    except Damaged as e:
        raise refused(file, Rule.UNREADABLE, f"{e}，读不出来。") from None
    return _from_old(file, data)


def _from_old(file: str, data: bytes) -> Published:
    """What Word, Excel and WPS wrote before, read through LibreOffice where it is installed."""
    try:
        package = Package(modernized(data, file), file)
        return _from_document(file, package) if DOCUMENT in package else _from_workbook(file, package)
    except Damaged as e:
        raise refused(file, Rule.UNREADABLE, f"{e}，读不出来。") from None


def modernized(data: bytes, file: str) -> bytes:
    """An old file as the .docx or .xlsx that LibreOffice makes of it. Rejected: there is none, or it makes none."""
    kind = Path(file).suffix.lower()
    if not data:
        raise refused(file, Rule.UNREADABLE, "文件是空的。")
    if _LOCKED in data:
        raise refused(file, Rule.FILE_KIND, "文件有打开密码，去掉密码再审核。")
    if kind in _MODERN and not data.startswith(OLE):
        raise refused(file, Rule.UNREADABLE, f"文件坏了，不是完好的 {kind}。")
    if kind not in (*OLD_TEXTS, *OLD_BOOKS, *_MODERN):
        raise refused(file, Rule.FILE_KIND, f"审核不读 {kind or '没有扩展名的文件'}，读 {'、'.join(READABLE)}。")
    program = find_office()
    if not program:
        raise refused(file, Rule.FILE_KIND, f"{kind} 是老格式，这里没有装 LibreOffice，读不了。{RESAVE}")
    book = kind in OLD_BOOKS or (kind in _MODERN and _SHEETS in data)
    wanted, filters = (".xlsx", "xlsx:Calc MS Excel 2007 XML") if book else (".docx", "docx:MS Word 2007 XML")
    with tempfile.TemporaryDirectory(prefix="budgetgen-", ignore_cleanup_errors=True) as scratch:
        source = Path(scratch, f"packet{'.xls' if book else '.doc'}")
        source.write_bytes(data)
        trouble = convert(program, filters, [source], Path(scratch))
        made = source.with_suffix(wanted)
        if not made.is_file():
            raise refused(file, Rule.UNREADABLE, f"LibreOffice 读不了这个文件{trouble}。{RESAVE}")
        return made.read_bytes()


def holds_nine(published: Published) -> bool:
    """Whether a packet holds a table with the title of one of the nine of 决算."""
    near = (text for table in published.tables for text in table.above)
    heads = (c.text for table in published.tables for row in table.rows[:_TITLES] for c in row if c.own and c.text)
    return any(titled(re.sub(r"\s+", "", text)) for text in (*near, *heads))


def refused(file: str, rule: Rule, cause: str) -> Rejected:
    """What is raised for a file that can't be read."""
    return Rejected([Issue(rule.code, Level.ERROR, cause, rule.mend, place=SourceRef(file))])


def _from_workbook(file: str, package: Package) -> Published:
    findings = Findings()
    book = open_book(package, findings)
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
    word = read_word(package)
    order = _Order(file)
    for block in word.blocks():
        if isinstance(block, WordText):
            order.text(block.text, block.mark, block.page, block.lead)
        else:
            order.table(word.grid(block.element, len(order.tables) + 1, order.above), block.page)
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
        self._leads: list[str] = []
        self.tables: list[Table] = []
        self.above: list[str] = []

    def text(self, text: str, mark: Mark, page: int = 0, lead: str = "") -> None:
        """A paragraph."""
        if text.strip():
            self._leads.append(lead)
            self._texts.append(text)
            self._marks.append(mark)
            self._pages.append(page)
            self.above.append(text.strip())

    def table(self, grid: Grid, page: int = 0) -> None:
        """A table, or the rest of the last one where nothing but its title again or 续表 stands between."""
        last = self.tables[-1] if self.tables else None
        if last and all(CONTINUED.search(t) or t in last.above for t in self.above) and goes_on(last.grid, grid):
            whole = joined(last.grid, grid)
            if whole is not None:
                self.tables[-1] = replace(last, grid=whole)
                return
        self.tables.append(Table(len(self.tables) + 1, grid, self.above[-_ABOVE:], len(self._texts), self._file, page))
        self.above = []

    def published(self, issues: Sequence[Issue] = ()) -> Published:
        """All that came."""
        parts = _parts([re.sub(r"\s+", "", lead + t) for lead, t in zip(self._leads, self._texts, strict=True)])
        told = zip(self._texts, parts, self._marks, self._pages, self._leads, strict=True)
        paragraphs = [
            Paragraph(n, text, section, part, mark, self._file, page, lead)
            for n, (text, (section, part), mark, page, lead) in enumerate(told, start=1)
        ]
        return Published(Path(self._file).stem, paragraphs, self.tables, issues)


def _parts(bare: Sequence[str]) -> list[tuple[str, str]]:
    """The section and the part of each paragraph; headings of the contents are told by their page numbers."""
    starts = [n for n, t in enumerate(bare) if _BODY.match(t) and not _PAGE_NUMBER.search(t)]
    start = starts[-1] if starts else None
    end = next((n for n in range((start or 0) + 1, len(bare)) if _AFTER_BODY.match(bare[n])), len(bare))
    if start is None:
        start = end = len(bare) if any(titled(t) for t in bare) else 0
    contents = next((n for n, t in enumerate(bare) if t in ("目录", "目次")), None)
    found, section = [], ""
    for n, text in enumerate(bare):
        listed = contents is not None and contents <= n < start
        if listed and _PAGE_NUMBER.search(text) and len(text) < _MAX_HEADING:
            found.append(("目录", "目录"))
            continue
        section = _heading(text) or section
        found.append((section, "前" if n < start else "说明" if n < end else "附"))
    return found


def _heading(text: str) -> str:
    """The heading that a paragraph is, or begins with where its first sentence stands in the same line."""
    if _HEADING.match(text) and len(text) < _MAX_HEADING and "。" not in text:
        return text
    glued = _GLUED.match(text)
    return glued[0] if glued else ""
