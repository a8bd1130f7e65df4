"""A packet as a page shows it: its tables and documents as HTML in which every number is marked by its figure.

A mark is `<button class="n" data-n="12">840.70</button>`, its number that of the figure in the list beside it; a gap that
is still to be filled in is `<button class="n gap" …>`. Every text of the files is escaped: nothing of theirs can run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from lxml import etree

from budgetgen.figures import Blank
from budgetgen.issues import Findings
from budgetgen.layout import XLSX, PacketFile
from budgetgen.office.cells import cell_area, column_name, column_number
from budgetgen.office.package import Package
from budgetgen.office.workbook_reader import Book
from budgetgen.packet.render import Packet
from budgetgen.preview import Mark, html_blocks
from budgetgen.records import record
from budgetgen.template import CellPlace, ParagraphPlace, Printed, Rendered
from budgetgen.verify import read_cells
from budgetgen.web.as_data import Figures

if TYPE_CHECKING:
    from budgetgen.published.document import Published, Table

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_DOCUMENT_PART = "word/document.xml"
_PIXELS = 7
"""Of one character of a column's width."""


def look(
    packet: Packet, names: Sequence[str], figures: Figures, wanted: Collection[str] | None = None
) -> list[dict[str, Any]]:
    """Each file of a packet, called `names`, with its panels: the sheets of a workbook, a document as one page.

    A panel has its `id`, its `title`, what is `printed` on it in its order (figure's number, text), and its `html` where
    its id is `wanted`; without `wanted` all have it.
    """
    return [
        {"name": name, "title": file.label, "panels": list(_panels(str(number), file, rendered, figures, wanted))}
        for number, (name, (file, rendered)) in enumerate(zip(names, packet.files.items(), strict=True))
    ]


def _panels(
    number: str, file: PacketFile, rendered: Rendered, figures: Figures, wanted: Collection[str] | None
) -> Iterator[dict[str, Any]]:
    if file.suffix != XLSX:
        marked = [p for p in rendered.printed if isinstance(p.place, ParagraphPlace) and p.place.part == _DOCUMENT_PART]
        html = _document(rendered.data, marked, figures) if wanted is None or number in wanted else None
        yield {"id": number, "title": file.label, "paper": True, "printed": _told(marked, figures), "html": html}
        return
    printed: dict[str, dict[CellPlace, Printed]] = {}
    for item in rendered.printed:
        if isinstance(item.place, CellPlace):
            printed.setdefault(item.place.sheet, {})[item.place] = item
    ids = {name: f"{number}-{at}" for at, name in enumerate(_sheets(rendered.data))}
    chosen = [name for name, id_ in ids.items() if wanted is None or id_ in wanted]
    shown = (
        {s["name"]: s["html"] for s in workbook_html(rendered.data, _marks(printed, figures), chosen)} if chosen else {}
    )
    for name, id_ in ids.items():
        told = _told(printed.get(name, {}).values(), figures)
        yield {"id": id_, "title": name, "paper": False, "printed": told, "html": shown.get(name)}


def _told(printed: Iterable[Printed], figures: Figures) -> list[tuple[int, str]]:
    return [(figures.number(item.value), item.text) for item in printed]


def _button(item: Printed, figures: Figures) -> tuple[str, str]:
    gap = " gap" if isinstance(item.value, Blank) else ""
    # One number of a table is a stop of the Tab key, the arrow keys lead to the others.
    return f'<button type="button" class="n{gap}" tabindex="-1" data-n="{figures.number(item.value)}">', "</button>"


# --------------------------------------------------------------------------------------------------------- documents


def _document(data: bytes, printed: Iterable[Printed], figures: Figures) -> str:
    marks: dict[int, list[Mark]] = {}
    for item in printed:
        place = item.place
        if isinstance(place, ParagraphPlace):
            marks.setdefault(place.paragraph, []).append(Mark(place.start, place.end, *_button(item, figures)))
    ordered = {n: _apart(sorted(found)) for n, found in marks.items()}
    return "\n".join(html_blocks(data, ordered))


def _apart(marks: Sequence[Mark]) -> list[Mark]:
    """Marks without those that lie within another one."""
    kept: list[Mark] = []
    for mark in marks:
        if not kept or mark.start >= kept[-1].end:
            kept.append(mark)
    return kept


def document_html(data: bytes) -> str:
    """A document of anybody's, its paragraphs and tables named as an audit counts them. Damaged: it is none."""
    return "\n".join(html_blocks(data, names=True))


def published_html(document: Published) -> str:
    """What was read of a published file: its paragraphs and tables in their order, named as `document_html` names them."""
    tables = {after: [t for t in document.tables if t.after == after] for after in {t.after for t in document.tables}}
    blocks = [_grid(t) for t in tables.get(0, ())]
    for number, paragraph in enumerate(document.paragraphs, 1):
        blocks.append(f'<p id="p{paragraph.number}" class="text">{escape(paragraph.text)}</p>')
        blocks += [_grid(t) for t in tables.get(number, ())]
    return "\n".join(blocks)


def _grid(table: Table) -> str:
    rows = ("".join(f"<td>{escape(c.text) if c.own else ''}</td>" for c in row) for row in table.rows)
    return f'<table id="t{table.number}">{"".join(f"<tr>{row}</tr>" for row in rows)}</table>'


# --------------------------------------------------------------------------------------------------------- workbooks


def _marks(printed: Mapping[str, Mapping[CellPlace, Printed]], figures: Figures) -> Callable[[CellPlace, str], str]:
    def shown(place: CellPlace, text: str) -> str:
        item = printed.get(place.sheet, {}).get(place)
        if item is None:
            return escape(text)
        opening, closing = _button(item, figures)
        return f"{opening}{escape(item.text)}{closing}"

    return shown


def _sheets(data: bytes) -> Sequence[str]:
    return Book(Package(data), Findings()).names


def workbook_html(
    data: bytes, shown: Callable[[CellPlace, str], str], wanted: Collection[str] | None = None
) -> Iterator[dict[str, str]]:
    """Each sheet of a workbook, or those `wanted`, as a table; `shown` gives the HTML of a cell's text. Damaged: it is no workbook."""
    package = Package(data)
    book, texts = Book(package, Findings()), read_cells(data)
    boxed = _boxed(package)
    for name in book.names:
        if wanted is None or name in wanted:
            sheet = _Sheet(name, package.root(book.part(name)), texts, boxed)
            yield {"name": name, "html": "".join(sheet.html(shown))}


def plain_cell(_place: CellPlace, text: str) -> str:
    """A cell that is marked by nothing."""
    return escape(text)


@record
class _Format:
    """What is seen of a cell's format: whether lines are around it, whether it is bold, how its text stands."""

    lined: bool
    bold: bool
    place: str

    @property
    def classes(self) -> str:
        """It as classes of HTML."""
        return " ".join(filter(None, ("l" if self.lined else "", "b" if self.bold else "", self.place)))


def _boxed(package: Package) -> list[_Format]:
    """The formats that cells name by their number."""
    root = package.root("xl/styles.xml")
    borders = [any(len(side) or side.get("style") for side in border) for border in root.iterfind(f"{_S}borders/*")]
    fonts = [font.find(f"{_S}b") is not None for font in root.iterfind(f"{_S}fonts/*")]
    found = []
    for xf in root.iterfind(f"{_S}cellXfs/*"):
        aligned = xf.find(f"{_S}alignment")
        place = aligned.get("horizontal", "") if aligned is not None else ""
        lined, bold = (_nth(flags, xf.get(key)) for flags, key in ((borders, "borderId"), (fonts, "fontId")))
        found.append(_Format(lined, bold, place if place in ("center", "right", "left") else ""))
    return found


def _nth(flags: Sequence[bool], number: str | None) -> bool:
    at = int(number or 0)
    return at < len(flags) and flags[at]


class _Sheet:
    """One sheet: which cells cover others, how wide its columns are, what stands in its cells."""

    def __init__(
        self, name: str, root: etree._Element, texts: Mapping[tuple[str, str], str], formats: Sequence[_Format]
    ) -> None:
        self._name, self._root, self._texts, self._formats = name, root, texts, formats
        self._spans: dict[tuple[int, int], tuple[int, int]] = {}
        self._covered: set[tuple[int, int]] = set()
        self._width = 1
        for merged in root.iter(f"{_S}mergeCell"):
            top, left, bottom, right = cell_area(merged.get("ref", "")) or (0, 0, 0, 0)
            self._spans[top, left] = bottom - top + 1, right - left + 1
            self._covered |= {(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)} - {(top, left)}
            self._width = max(self._width, right)
        for (sheet, cell), text in texts.items():
            if sheet == name and text:
                self._width = max(self._width, column_number(cell))

    def html(self, shown: Callable[[CellPlace, str], str]) -> Iterator[str]:
        """The table."""
        yield f'<table class="sheet"><caption>{escape(self._name)}</caption><colgroup>'
        widths = dict(self._columns())
        yield from (f'<col width="{widths.get(n, 9) * _PIXELS:.0f}">' for n in range(1, self._width + 1))
        yield "</colgroup>"
        for row in self._root.iter(f"{_S}row"):
            if row.get("hidden") not in ("1", "true"):
                yield f"<tr>{''.join(self._row(row, shown))}</tr>"
        yield "</table>"

    def _columns(self) -> Iterator[tuple[int, float]]:
        for col in self._root.iterfind(f"{_S}cols/{_S}col"):
            first, last = int(col.get("min", "1")), int(col.get("max", "1"))
            for number in range(first, min(last, self._width) + 1):
                yield number, min(float(col.get("width", "9")), 90)

    def _row(self, row: etree._Element, shown: Callable[[CellPlace, str], str]) -> Iterator[str]:
        number = int(row.get("r", "0"))
        cells = {column_number(cell.get("r", "A1")): cell for cell in row.iterchildren(f"{_S}c")}
        for column in range(1, self._width + 1):
            if (number, column) in self._covered:
                continue
            at = f"{column_name(column)}{number}"
            cell = cells.get(column)
            style = int(cell.get("s", "0")) if cell is not None else 0
            form = self._formats[style] if style < len(self._formats) else None
            tall, wide = self._spans.get((number, column), (1, 1))
            spans = (f' rowspan="{tall}"' if tall > 1 else "") + (f' colspan="{wide}"' if wide > 1 else "")
            classes = f' class="{form.classes}"' if form and form.classes else ""
            text = shown(CellPlace(self._name, at), self._texts.get((self._name, at), ""))
            yield f'<td{classes}{spans} data-c="{at}">{text}</td>'
