"""The data sheet of a chart: its rows as a template, and what it says once it is filled.

Its header stands on top:

    |        | {{ 年度 - 1 }}年        | {{ 年度 }}年             | 标签                 |
    | {%tr for 类 in 支出.类 %} |      |                          |                      |
    | {{ 类.名称 }} | {{ 类.上年 }}   | {{ 类.合计 }}            | {{ 类.合计 }}万元    |
    | {%tr endfor %} |                |                          |                      |

The first column names the categories, and so do further ones without a header of their own (those of Word's categories on
several levels: the last is the nearest); each other one is a series; 标签 holds the labels of the series before it. The
table that Word lays over the data is taken off: its header may not change, and here it does. A chart that brings no data
sheet (LibreOffice's) has its rows in its categories: `{{ 类.名称 }}｜{{ 类.合计 }}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from budgetgen.office.cells import cell_area
from budgetgen.office.package import Parts, parse_xml, read_parts
from budgetgen.records import record
from budgetgen.template.language.package_parts import CONTENT_TYPES, RELATION, remove, serialize
from budgetgen.template.language.tags import has_tags

if TYPE_CHECKING:
    from lxml import etree

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LABELS = "标签"
_MOST_TOLD = 12
_NAMELESS = re.compile(r"\s*(?:(?:列|Column)\d*)?")
"""The header of a column that has none, or the one that a table gives it."""
_BETWEEN = "｜"
"""Parts the cells of a row in a chart without a data sheet."""
Cells = Mapping[tuple[int, int], str]
"""(row, column) → the cell's value as text."""


@record
class ChartSeries:
    """One series: its name, its values (blank: none), its labels where it has any, and the column that it stands in."""

    name: str
    values: Sequence[str]
    labels: Sequence[str]
    column: int


@record
class ChartData:
    """What a chart shows: its categories by level, the nearest last (blank: as above), and its series."""

    levels: Sequence[Sequence[str]]
    series: Sequence[ChartSeries]

    @property
    def categories(self) -> Sequence[str]:
        """The nearest level's."""
        return self.levels[-1]


def without_tables(sheets: Parts) -> Parts:
    """A workbook without the tables that are laid over its cells."""
    kept = Parts()
    kept.update((name, part) for name, part in sheets.items() if not name.startswith("xl/tables/"))
    for name in [n for n in kept if n.startswith("xl/worksheets/")] if len(kept) < len(sheets) else ():
        root = parse_xml(kept[name])
        told = [
            e for e in root.iter(f"{_S}tableParts", RELATION) if not (e.get("Type") or "/table").rpartition("/table")[2]
        ]
        for element in told:
            remove(element)
        kept[name] = serialize(root).encode()
    types = parse_xml(kept[CONTENT_TYPES])
    for element in [e for e in types if (e.get("PartName") or "").startswith("/xl/tables/")]:
        remove(element)
    kept[CONTENT_TYPES] = serialize(types).encode()
    return kept


def own_rows(root: etree._Element) -> Parts:
    """The data sheet of a chart that brings none: the first series' categories, each a row whose cells ｜ parts."""
    series = list(root.iter(f"{_C}ser"))
    rows = [e.text or "" for ser in series[:1] for e in ser.iterfind(f"{_C}cat//{_C}v")]
    if not any(map(has_tags, rows)):
        return Parts()
    from openpyxl import Workbook  # noqa: PLC0415 - few charts bring no data sheet

    width = max(row.count(_BETWEEN) for row in rows)
    names = [ser.findtext(f"{_C}tx//{_C}v") or "" for ser in series]
    head = [cell for name in names for cell in ((name, LABELS) if width > len(names) else (name,))]
    book = Workbook()
    sheet: Any = book.active
    sheet.title = "Sheet1"
    for row in (["", *head], *(row.split(_BETWEEN) for row in rows)):
        sheet.append([cell.strip() for cell in row])
    out = BytesIO()
    book.save(out)
    return read_parts(out.getvalue())


def read_sheet(book: bytes) -> tuple[Cells, frozenset[tuple[int, int]]]:
    """The cells of the first worksheet of a book that we wrote, and which of them are numbers."""
    parts = read_parts(book)
    strings = shared_strings(parts.get("xl/sharedStrings.xml", b""))
    name = min((p for p in parts if re.fullmatch(r"xl/worksheets/[^/]+\.xml", p)), key=lambda p: (len(p), p))
    numbers = (cell_area(c.get("r", "")) for c in parse_xml(parts[name]).iter(f"{_S}c") if c.get("t", "n") == "n")
    return cells_of(parts[name], strings), frozenset(area[:2] for area in numbers if area)


def shared_strings(part: bytes) -> list[str]:
    """The texts that the cells of a workbook share."""
    return [_text(item) for item in parse_xml(part)] if part else []


def cells_of(sheet: bytes, strings: Sequence[str]) -> Cells:
    """The cells of one worksheet."""
    found: dict[tuple[int, int], str] = {}
    for cell in parse_xml(sheet).iter(f"{_S}c"):
        area, kind = cell_area(cell.get("r", "")), cell.get("t", "")
        value = cell.findtext(f"{_S}v") or ""
        shown = _text(cell) if kind == "inlineStr" else strings[int(value)] if kind == "s" and value else value
        if area and shown:
            found[area[0], area[1]] = shown
    return found


def _text(element: etree._Element) -> str:
    return "".join(t.text or "" for t in element.iter(f"{_S}t"))


def arranged(cells: Cells) -> ChartData:
    """Categories and series of a data sheet: header on top, categories on the left; a row without a name ends it."""
    levels = 1
    while _NAMELESS.fullmatch(cells.get((1, levels + 1), "")) and any(c > levels + 1 for r, c in cells if r == 1):
        levels += 1
    rows = 1
    while cells.get((rows + 1, levels)):
        rows += 1
    columns = levels
    while cells.get((1, columns + 1)):
        columns += 1
    series: list[ChartSeries] = []
    for column in range(levels + 1, columns + 1):
        values = [cells.get((row, column), "") for row in range(2, rows + 1)]
        if cells[1, column] == LABELS and series:
            last = series[-1]
            series[-1] = ChartSeries(last.name, last.values, values, last.column)
        else:
            series.append(ChartSeries(cells[1, column], [v if is_number(v) else "" for v in values], (), column))
    named = [[cells.get((row, level), "") for row in range(2, rows + 1)] for level in range(1, levels + 1)]
    return ChartData(named, series)


def is_number(text: str) -> bool:
    """Whether a cell's text is a number."""
    return bool(re.fullmatch(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", text))


def in_words(shown: ChartData) -> str:
    """What the chart shows, for who cannot see it: `基本支出 84.07，项目支出 12.00`."""
    told = []
    for one in shown.series:
        pairs = [f"{c} {v}" for c, v in zip(shown.categories, one.labels or one.values, strict=True) if v][:_MOST_TOLD]
        told.append((f"{one.name}：" if len(shown.series) > 1 else "") + "，".join(pairs))
    return "；".join(told)
