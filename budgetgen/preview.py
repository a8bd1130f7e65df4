"""A 版式 as it looks with one unit's data: rendered as its files now are, to PDF or a page of HTML, and anew when one is saved."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from lxml import etree

from budgetgen.issues import Issue, Level, Rejected, SourceRef, refusal
from budgetgen.layout import DOCX, XLSX
from budgetgen.office.files import placed
from budgetgen.office.libreoffice import convert, find_office
from budgetgen.office.package import DOCUMENT, Package
from budgetgen.packet.render import Packet
from budgetgen.pipeline import examine
from budgetgen.records import record
from budgetgen.resources import shelves

FOLDER = "预览"
SECONDS = 0.5
"""How often files are looked at."""
_PASSING = ("~$", ".~lock", "~", ".")
"""How the names of files begin that Word, LibreOffice and editors keep only while they work."""
_SETTINGS = ("profiles", "glossary", "checks", "kinds")
State = Mapping[Path, tuple[int, int]]
"""File → when it was last written, and its size."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADINGS = {f"heading {n}": f"h{n}" for n in range(1, 7)}
_PLACES = {"center": "center", "right": "right", "end": "right"}
_PAGE = """\
<!DOCTYPE html>
<html lang="zh-CN">
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ max-width: 60em; margin: 2em auto; padding: 0 1em; font-family: "FangSong", "仿宋", serif; line-height: 1.7 }}
p {{ margin: 0 }} p.text {{ text-indent: 2em }} .center {{ text-align: center }} .right {{ text-align: right }}
table {{ border-collapse: collapse; margin: 0.5em 0; font-size: 0.8em; line-height: 1.3 }}
td {{ border: 1px solid #888; padding: 0.1em 0.4em; vertical-align: middle }} td p.text {{ text-indent: 0 }}
mark {{ background: #fe3 }}
</style>
{body}
</html>
"""


@record
class Shown:
    """What one rendering wrote, and what it noticed. `same` where the files from before still hold."""

    files: tuple[Path, ...]
    issues: tuple[Issue, ...]
    same: bool = False


class Preview:
    """Renders one unit again and again; `unit` and the files of the 版式 are read anew each time."""

    def __init__(
        self,
        unit: Path,
        out: Path | None = None,
        *,
        profile: str = "",
        templates: Sequence[Path] = (),
        html: bool = False,
    ) -> None:
        self._unit, self._profile, self._templates = unit, profile, tuple(templates)
        self._folder = out or unit.parent / FOLDER
        self._office = "" if html else find_office()
        self._last: dict[str, bytes] = {}

    @property
    def is_pdf(self) -> bool:
        """Whether PDFs are made: LibreOffice is there, and HTML was not asked for."""
        return bool(self._office)

    def show(self) -> Shown:
        """Render, and write what has changed since last time. Errors come as issues; the files from before then stay."""
        seen = examine(self._unit, profile=self._profile, templates=self._templates)
        if seen.packet is None:
            return Shown((), seen.issues)
        now = {file.template: rendered.data for file, rendered in seen.packet.files.items()}
        changed = {name: data for name, data in now.items() if self._last.get(name) != data}
        try:
            files = self._printed(changed) if self.is_pdf else self._page(seen.packet, changed)
        except Rejected as e:
            return Shown((), (*seen.issues, *e.issues))
        self._last = now
        return Shown(files, seen.issues, same=not changed)

    def _printed(self, changed: Mapping[str, bytes]) -> tuple[Path, ...]:
        """A PDF for each of the files that changed."""
        if not changed:
            return ()
        with tempfile.TemporaryDirectory(prefix="budgetgen-", ignore_cleanup_errors=True) as scratch:
            sources = [Path(scratch, name) for name in changed]
            for source, data in zip(sources, changed.values(), strict=True):
                source.write_bytes(data)
            trouble = convert(self._office, "pdf", sources, Path(scratch, "pdf"))
            made = [Path(scratch, "pdf", f"{source.stem}.pdf") for source in sources]
            if not all(pdf.is_file() for pdf in made):
                cause = f"LibreOffice 没有转成 PDF{trouble}。"
                raise Rejected([Issue("PDF-001", Level.ERROR, cause, "加 --html 看网页，或再试一次。")])
            return tuple(self._placed(pdf.name, pdf.read_bytes()) for pdf in made)

    def _page(self, packet: Packet, changed: Mapping[str, bytes]) -> tuple[Path, ...]:
        """Each document as a page; the tables stand in it."""
        if not changed:
            return ()
        documents = {file.template: rendered for file, rendered in packet.files.items() if file.suffix == DOCX}
        return tuple(
            self._placed(f"{Path(name).stem}.html", to_html(document.data, Path(name).stem).encode())
            for name, document in documents.items()
        )

    def _placed(self, name: str, data: bytes) -> Path:
        """The file, moved into place whole."""
        target = self._folder / name
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with placed(target) as aside:
                aside.write_bytes(data)
        except OSError as e:
            cause = f"写不进去（{refusal(e)}）。"
            mend = "关掉打开着它的程序，或用 -o 指定另一个文件夹。"
            raise Rejected([Issue("OUTPUT-003", Level.ERROR, cause, mend, place=SourceRef(str(target)))]) from e
        return target

    def state(self) -> State:
        """The files that a rendering depends on, as they are now."""
        found: dict[Path, tuple[int, int]] = {}
        for path in (self._unit, *self._template_files()):
            with suppress(OSError):
                stat = path.stat()
                found[path] = (stat.st_mtime_ns, stat.st_size)
        return found

    def _template_files(self) -> Iterator[Path]:
        for shelf in shelves(self._templates, self._unit.parent):
            folders = [shelf.folder / kind for kind in (XLSX, DOCX)] + [shelf.settings / kind for kind in _SETTINGS]
            for folder in folders:
                yield from (p for p in folder.rglob("*") if not p.name.startswith(_PASSING) and p.is_file())


def changes(preview: Preview, before: State, seconds: float = SECONDS) -> Iterator[list[Path]]:
    """Wait for files to be saved: which of them changed, came or went since `before`, each time anew.

    A file is waited for until it has stood still once: programs save in several steps. Ends only by KeyboardInterrupt.
    """
    while True:
        time.sleep(seconds)
        now = preview.state()
        while now != before:
            time.sleep(seconds)
            settled, now = now, preview.state()
            if now == settled:
                yield [p for p in sorted({*before, *now}) if before.get(p) != now.get(p)]
                before = now


class Mark(NamedTuple):
    """A stretch of a paragraph's text, as `ParagraphPlace` counts it, and the tags that stand around it."""

    start: int
    end: int
    opening: str
    closing: str


Marks = Mapping[int, Sequence[Mark]]
"""Number of a `w:p` in the document, from 0 → its marks from left to right, none of which overlap."""


def to_html(document: bytes, title: str) -> str:
    """The page of a document's bytes. Headers, footers and pages are left out."""
    return _PAGE.format(title=escape(title), body="\n".join(html_blocks(document)))


def html_blocks(document: bytes, marks: Marks = MappingProxyType({}), *, names: bool = False) -> Iterator[str]:
    """A document's paragraphs and tables as elements of HTML, every text of theirs escaped.

    With `names` the body's own paragraphs and tables are called `p1`, `p2` … and `t1`, `t2` …, as an audit counts them.
    Damaged: it is no document.
    """
    package = Package(document)
    root = package.root(DOCUMENT)
    body = root.find(f"{_W}body")
    if body is None:
        body = root
    numbers = {paragraph: number for number, paragraph in enumerate(root.iter(f"{_W}p"))}
    styles = _styles(package.root("word/styles.xml")) if "word/styles.xml" in package else {}
    called: dict[etree._Element, str] = {}
    if names:
        for letter in "p", "tbl":
            called |= {e: f"{letter[0]}{n}" for n, e in enumerate(body.iterchildren(f"{_W}{letter}"), 1)}
    yield from _Blocks(styles, numbers, marks, called).of(body)


class _Style(NamedTuple):
    """A style of paragraphs: its name, and where its text stands."""

    name: str
    place: str


_NO_STYLE = _Style("", "")
_DEEPEST = 12


def _styles(root: etree._Element) -> dict[str, _Style]:
    """Style id → the style; where its text stands it may have from the one that it is based on."""
    found = {str(s.get(f"{_W}styleId")): s for s in root.iter(f"{_W}style")}
    told: dict[str, _Style] = {}
    for key, style in found.items():
        name, place, at = _value(style, "name").lower(), "", style
        for _ in range(_DEEPEST):
            place = place or _property(at, "jc")
            at = found.get(_value(at, "basedOn"), at)
        told[key] = _Style(name, place)
    return told


def _value(element: etree._Element, name: str) -> str:
    found = element.find(f"{_W}{name}")
    return "" if found is None else str(found.get(f"{_W}val"))


@record
class _Blocks:
    """Writes elements: knows the styles' names, the paragraphs' numbers and marks, what elements are called."""

    styles: Mapping[str, _Style]
    numbers: Mapping[etree._Element, int]
    marks: Marks
    called: Mapping[etree._Element, str]

    def of(self, parent: etree._Element) -> Iterator[str]:
        """All paragraphs and tables right under an element."""
        for element in parent:
            if element.tag == f"{_W}p":
                yield self._paragraph(element)
            elif element.tag == f"{_W}tbl":
                yield self._table(element)
            elif element.tag == f"{_W}sdt":
                for content in element.iter(f"{_W}sdtContent"):
                    yield from self.of(content)

    def _paragraph(self, paragraph: etree._Element) -> str:
        style = self.styles.get(_property(paragraph, "pStyle"), _NO_STYLE)
        tag = _HEADINGS.get(style.name, "p")
        place = _PLACES.get(_property(paragraph, "jc") or style.place, "text")
        text = "".join(_marked(list(_pieces(paragraph)), self.marks.get(self.numbers[paragraph], ())))
        return f'<{tag}{self._id(paragraph)} class="{place}">{text or "&nbsp;"}</{tag}>'

    def _id(self, element: etree._Element) -> str:
        return f' id="{self.called[element]}"' if element in self.called else ""

    def _table(self, table: etree._Element) -> str:
        rows = [[_Cell(cell) for cell in row.iterchildren(f"{_W}tc")] for row in table.iterchildren(f"{_W}tr")]
        lines = []
        for number, row in enumerate(rows):
            cells, column = [], 0
            for cell in row:
                if not cell.goes_on:
                    spans = f"{_span('colspan', cell.width)}{_span('rowspan', _depth(rows[number + 1 :], column))}"
                    cells.append(f"<td{spans}>{''.join(self.of(cell.element))}</td>")
                column += cell.width
            lines.append(f"<tr>{''.join(cells)}</tr>")
        return f"<table{self._id(table)}>\n" + "\n".join(lines) + "\n</table>"


class _Piece(NamedTuple):
    """A stretch of text that looks alike; `text` counts as the document counts it."""

    text: str
    bold: bool
    highlighted: bool

    def html(self, start: int, end: int) -> str:
        """A part of it, with its look."""
        text = escape(self.text[start:end]).replace("\t", "\u3000").replace("\n", "<br>")
        if text and self.highlighted:
            text = f"<mark>{text}</mark>"
        return f"<b>{text}</b>" if text and self.bold else text


def _pieces(paragraph: etree._Element) -> Iterator[_Piece]:
    characters = {f"{_W}tab": "\t", f"{_W}br": "\n"}
    for run in paragraph.iter(f"{_W}r"):
        text = "".join(
            e.text or "" if e.tag == f"{_W}t" else characters[str(e.tag)] for e in run.iter(f"{_W}t", *characters)
        )
        bold, lit = (run.find(f"{_W}rPr/{_W}{name}") is not None for name in ("b", "highlight"))
        yield _Piece(text, bold, lit)


def _marked(pieces: Sequence[_Piece], marks: Sequence[Mark]) -> Iterator[str]:
    """The text of a paragraph with its marks, which may begin and end within pieces."""
    at = 0
    for mark in marks:
        yield _between(pieces, at, mark.start)
        yield f"{mark.opening}{_between(pieces, mark.start, mark.end)}{mark.closing}"
        at = mark.end
    yield _between(pieces, at, sum(len(piece.text) for piece in pieces))


def _between(pieces: Sequence[_Piece], start: int, end: int) -> str:
    """The text from `start` to `end`, counted over all pieces."""
    parts, at = [], 0
    for piece in pieces:
        parts.append(piece.html(max(start - at, 0), max(end - at, 0)))
        at += len(piece.text)
    return "".join(parts)


def _property(paragraph: etree._Element, name: str) -> str:
    found = paragraph.find(f"{_W}pPr/{_W}{name}")
    return "" if found is None else str(found.get(f"{_W}val"))


class _Cell:
    """A cell: how many columns it takes, and whether it only goes on with the one above."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        span, merge = (element.find(f"{_W}tcPr/{_W}{name}") for name in ("gridSpan", "vMerge"))
        self.width = 1 if span is None else int(span.get(f"{_W}val") or 1)
        self.goes_on = merge is not None and merge.get(f"{_W}val") != "restart"


def _depth(below: Sequence[Sequence[_Cell]], column: int) -> int:
    """How many rows a cell at `column` takes with those `below` it that go on with it."""
    depth = 1
    for row in below:
        at = 0
        for cell in row:
            if at == column and cell.goes_on:
                break
            at += cell.width
        else:
            return depth
        depth += 1
    return depth


def _span(name: str, count: int) -> str:
    return f' {name}="{count}"' if count > 1 else ""
