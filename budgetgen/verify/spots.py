"""Where a reader finds what was printed: the nearest heading above a sentence; table, row and column of a cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property

from lxml import etree

from budgetgen.office.cells import column_number
from budgetgen.office.package import DOCUMENT, Package
from budgetgen.template import CellPlace, ChartPlace, ParagraphPlace
from budgetgen.template.language.package_parts import relations_of

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SAID = (f"{_W}t", f"{_W}tab")
_STYLES = "word/styles.xml"
_OUTSIDE = {"header": "页眉", "footer": "页脚", "footnotes": "脚注", "endnotes": "尾注"}
_NUMBERED = r"(?:第[一二三四五六七八九十]+部分|[一二三四五六七八九十]+、)[^。；]{1,40}$"
_TABLE = re.compile(r"(?:预算)?公开\s*\d+(?:-\d+)?\s*表")
_WORDS = r"(?s)[一-鿿].*[一-鿿]"
"""These are compiled where they are first needed: few files are other than they were written."""
_ADDRESS = re.compile(r"([A-Z]+)(\d+)")
_ENTRY = re.compile(r"(.+?)\t+(\d+)")
_CAPTION = re.compile(r"图\s*(\d+)\s*[：:]?\s*([^）)]*)")
_QUOTED, _NAMED, _ABOVE, _HEAD_ROWS, _BELOW = 10, 24, 4, 3, 4
Grid = Mapping[tuple[int, int], str]
"""(row, column), both from 1 → the text of the cell."""


class Spots:
    """Names the places of one file; `cells` gives a sheet's cells and their texts. Reads only what is asked for."""

    def __init__(self, data: bytes, cells: Callable[[str], Mapping[str, str]]) -> None:
        self._data, self._cells = data, cells
        self._grids: dict[str, Grid] = {}
        self._parts: dict[str, _Part] = {}

    def of(self, place: CellPlace | ParagraphPlace | ChartPlace) -> str:
        """`公开01 第9行“六、科学技术支出” 决算数（F9）`, `三、…说明 第2段“2024年度收入合计…”`. Damaged: it can't be read."""
        match place:
            case CellPlace():
                return self._cell(place)
            case ParagraphPlace():
                return self.paragraph(place.part, place.paragraph)
            case ChartPlace():
                return self._chart(place)

    def paragraph(self, part: str, number: int) -> str:
        """The place of a `w:p` of a part, counted from 0."""
        return self._part(part).named(number)

    def page(self, place: CellPlace | ParagraphPlace | ChartPlace) -> str:
        """The page that the contents give for the heading or table under which it stands; blank where they give none."""
        if not isinstance(place, ParagraphPlace) or place.part != DOCUMENT:
            return ""
        return self._part(DOCUMENT).page(place.paragraph)

    def _part(self, part: str) -> _Part:
        if part not in self._parts:
            self._parts[part] = _Part(Package(self._data), part)
        return self._parts[part]

    def _cell(self, place: CellPlace) -> str:
        if place.sheet not in self._grids:
            self._grids[place.sheet] = dict(_grid(self._cells(place.sheet)))
        found = _ADDRESS.fullmatch(place.cell)
        if not found:
            return str(place)
        row, column = int(found[2]), column_number(found[1])
        return f"{_named(place.sheet, self._grids[place.sheet], row, column)}（{place.cell}）"

    def _chart(self, place: ChartPlace) -> str:
        package = Package(self._data)
        root = package.root(place.part)
        series = list(root.iter(f"{_C}ser"))[place.series]
        name = series.findtext(f"{_C}tx//{_C}v") or f"第{place.series + 1}组"
        point = series.findtext(f"{_C}cat//{_C}pt[@idx='{place.point}']/{_C}v") or f"第{place.point + 1}项"
        title = "".join(t.text or "" for t in root.iterfind(f"{_C}chart/{_C}title//{_A}t")).strip()
        called = (
            DOCUMENT in package and self._part(DOCUMENT).caption(place.part)
        ) or f"图{f'“{title}”' if title else '表'}"
        return f"{called} 系列“{name}” 类别“{point}”{'的标签' if place.label else ''}"


def _grid(cells: Mapping[str, str]) -> Iterator[tuple[tuple[int, int], str]]:
    for name, text in cells.items():
        if found := _ADDRESS.fullmatch(name):
            yield (int(found[2]), column_number(found[1])), text


def _named(table: str, grid: Grid, row: int, column: int) -> str:
    """Table, row with its words, and the words above the column."""
    before = (grid.get((row, c), "") for c in range(column - 1, 0, -1))
    above = [grid.get((r, column), "") for r in range(row - 1, 0, -1)]
    label = _first(before)
    # A head without a digit, for 完成值 of the rows above may be words with a number.
    head = _first(t for t in above if not re.search(r"\d", t)) or _first(above)
    return f"{table} 第{row}行{f'“{label}”' if label else ''}{f' {head}' if head else ''}"


def _first(texts: Iterator[str] | list[str]) -> str:
    """The first text of words, without blanks, cut."""
    return next((_short(t) for t in texts if re.search(_WORDS, t)), "")


def _short(text: str) -> str:
    return re.sub(r"\s+", "", text)[:_NAMED]


class _Part:
    """A part of a document: its paragraphs, tables and headings."""

    def __init__(self, package: Package, part: str) -> None:
        self._package, self._part = package, part
        self._paragraphs = list(package.root(part).iter(f"{_W}p"))
        self._tables: dict[etree._Element, tuple[Grid, Mapping[etree._Element, tuple[int, int]]]] = {}

    def named(self, number: int) -> str:
        """Where the paragraph stands, with its first words."""
        if number >= len(self._paragraphs):
            return "文末"
        paragraph = self._paragraphs[number]
        if (cell := next(paragraph.iterancestors(f"{_W}tc"), None)) is not None:
            return self._in_table(cell)
        text = _text(paragraph)
        quoted = f"“{text[:_QUOTED]}{'…' if len(text) > _QUOTED else ''}”" if text else "（空白）"
        if self._part != DOCUMENT:
            kind = re.sub(r"\d*\.xml$", "", self._part.rpartition("/")[2])
            return f"{_OUTSIDE.get(kind, '正文以外')} {quoted}"
        heading, count = self._above(number)
        if count == 0:
            return f"标题{quoted}"
        return f"{heading[:_NAMED] or '封面'} 第{count}段{quoted}"

    def _above(self, number: int) -> tuple[str, int]:
        """The nearest heading and how many paragraphs with a text come after it up to this one; 0: it is the heading."""
        heading, count = self._outline[number]
        return heading, count if heading else max(count, 1)

    @cached_property
    def _outline(self) -> list[tuple[str, int]]:
        found: list[tuple[str, int]] = []
        heading, count = "", 0
        for paragraph in self._paragraphs:
            text = "" if next(paragraph.iterancestors(f"{_W}tc"), None) is not None else _text(paragraph)
            if text and self._is_heading(paragraph, text):
                heading, count = text, 0
            elif text:
                count += 1
            found.append((heading, count))
        return found

    def page(self, number: int) -> str:
        """The page of the contents for the heading above a paragraph, or for the title of the table that it stands in."""
        if number >= len(self._paragraphs):
            return ""
        cell = next(self._paragraphs[number].iterancestors(f"{_W}tc"), None)
        titles = self._titles(next(cell.iterancestors(f"{_W}tbl"))) if cell is not None else []
        headings = dict.fromkeys(heading for heading, _ in reversed(self._outline[: number + 1]))
        return next((self._contents[t] for t in map(_plain, (*titles, *headings)) if t in self._contents), "")

    @cached_property
    def _contents(self) -> dict[str, str]:
        """The entries of the contents with their pages."""
        found: dict[str, str] = {}
        for paragraph in self._paragraphs:
            pieces = (
                e.text or "" if e.tag == f"{_W}t" else "\t" for e in paragraph.iterfind(f".//{_W}r/*") if e.tag in _SAID
            )
            if entry := _ENTRY.fullmatch("".join(pieces).strip()):
                found.setdefault(_plain(entry[1]), entry[2])
        return found

    def caption(self, chart: str) -> str:
        """What the document says below a chart: 图1“支出决算结构图”; blank where it says nothing."""
        relations = self._package.root(relations_of(self._part))
        ids = {r.get("Id") for r in relations if str(r.get("Target")).rpartition("/")[2] == chart.rpartition("/")[2]}
        for number, paragraph in enumerate(self._paragraphs):
            if any(c.get(f"{_R}id") in ids for c in paragraph.iter(f"{_C}chart")):
                below = (_CAPTION.search(_text(p)) for p in self._paragraphs[number : number + _BELOW])
                return next((f"图{said[1]}“{said[2]}”" for said in below if said), "")
        return ""

    def _is_heading(self, paragraph: etree._Element, text: str) -> bool:
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        if style is not None and style.get(f"{_W}val") in self._headings:
            return True
        return paragraph.find(f"{_W}pPr/{_W}outlineLvl") is not None or bool(re.match(_NUMBERED, text))

    @cached_property
    def _headings(self) -> frozenset[str]:
        """The styles that have a level in the contents."""
        if _STYLES not in self._package:
            return frozenset()
        styles = self._package.root(_STYLES).iter(f"{_W}style")
        return frozenset(str(s.get(f"{_W}styleId")) for s in styles if s.find(f"{_W}pPr/{_W}outlineLvl") is not None)

    def _in_table(self, cell: etree._Element) -> str:
        table = next(cell.iterancestors(f"{_W}tbl"))
        grid, places = self._table(table)
        return _named(self._title(table, grid), grid, *places.get(cell, (0, 0)))

    def _table(self, table: etree._Element) -> tuple[Grid, Mapping[etree._Element, tuple[int, int]]]:
        """The texts of a table's cells, and where each stands."""
        if table not in self._tables:
            grid: dict[tuple[int, int], str] = {}
            places: dict[etree._Element, tuple[int, int]] = {}
            rows = [row for row in table.iter(f"{_W}tr") if next(row.iterancestors(f"{_W}tbl")) is table]
            for number, row in enumerate(rows, 1):
                column = 1
                for each in row.iterchildren(f"{_W}tc"):
                    places[each] = (number, column)
                    span = each.find(f"{_W}tcPr/{_W}gridSpan")
                    width = int(span.get(f"{_W}val") or 1) if span is not None else 1
                    grid |= {(number, c): _text(each) for c in range(column, column + width)}
                    column += width
            self._tables[table] = grid, places
        return self._tables[table]

    def _title(self, table: etree._Element, grid: Grid) -> str:
        """The table's number, in its first rows or above it; else the title above it, or the heading."""
        above = self._titles(table)
        first = [t for (row, _), t in grid.items() if row <= _HEAD_ROWS]
        numbers = (found[0] for t in (*first, *above) if (found := _TABLE.search(t)))
        return next(
            iter((*numbers, *(_short(t) for t in above if "表" in t), *map(_short, above), *self._heading(table))),
            "表格",
        )

    def _heading(self, table: etree._Element) -> list[str]:
        """The heading above a table, where there is one."""
        first = next(table.iter(f"{_W}p"), None)
        heading = self._above(self._paragraphs.index(first))[0] if first is not None else ""
        return [f"{_short(heading)} 的表"] if heading else []

    def _titles(self, table: etree._Element) -> list[str]:
        """The texts above a table, the nearest first."""
        above: list[str] = []
        before = table.getprevious()
        while before is not None and before.tag == f"{_W}p" and len(above) < _ABOVE:
            above += [t] if (t := _text(before)) else []
            before = before.getprevious()
        return above


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _text(element: etree._Element) -> str:
    return "".join(t.text or "" for t in element.iter(f"{_W}t")).strip()
