"""Charts that maintainers drew in Word or Excel, filled: series, categories, values, labels; fonts and colours stay theirs.

A chart in a document brings a data sheet of its own. That sheet is a template like any other, its header on top:

    |        | {{ 年度 - 1 }}年        | {{ 年度 }}年             | 标签                 |
    | {%tr for 类 in 支出.类 %} |      |                          |                      |
    | {{ 类.名称 }} | {{ 类.上年 }}   | {{ 类.合计 }}            | {{ 类.合计 }}万元    |
    | {%tr endfor %} |                |                          |                      |

The first column names the categories, each further one is a series; 标签 holds the labels of the series before it. In a
workbook the ranges that a chart names grow with their rows, and what the chart keeps of them is read there again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Protocol

from lxml import etree

from budgetgen.expression import unmark
from budgetgen.office.cells import cell_area, column_name
from budgetgen.office.package import Damaged, Parts, parse_xml, read_parts
from budgetgen.template.language.package_parts import XmlPart, parse, related, serialize
from budgetgen.template.language.rendered import CellPlace, ChartPlace, Printed, TemplateError
from budgetgen.template.language.tags import has_tags

if TYPE_CHECKING:
    from budgetgen.expression import Environment
    from budgetgen.template.language.rendered import Rendered

    class DataSheet(Protocol):
        """The compiled workbook that a chart brings."""

        @property
        def sheets(self) -> tuple[str, ...]:
            """The names of its worksheets."""

        def render(self, namespace: Mapping[str, object]) -> Rendered:
            """The whole workbook."""

    Compile = Callable[[Path, Environment, Parts], DataSheet]

_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LABELS = "标签"
_BEFORE_CATEGORIES = ("idx", "order", "tx", "spPr", "invertIfNegative", "explosion", "pictureOptions", "marker", "dPt", "dLbls", "trendline", "errBars")  # fmt: skip
_BEFORE_LABELS = _BEFORE_CATEGORIES[:-3]
_LABEL_PARTS = ("numFmt", "spPr", "txPr", "dLblPos", "showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize", "separator")  # fmt: skip
_SHOWN = ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize")
_MOST_TOLD = 12
Cells = Mapping[tuple[int, int], str]
"""(row, column) → the cell's value as text."""


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """One series: its name, its values (blank: none), its labels where it has any, and the column that it stands in."""

    name: str
    values: Sequence[str]
    labels: Sequence[str]
    column: int


@dataclass(frozen=True, slots=True)
class FilledChart:
    """A filled chart: its parts, what it prints, and what it says in words; `points` is how many categories there are."""

    parts: Mapping[str, bytes]
    printed: Sequence[Printed]
    words: str
    points: int


class ChartTemplate:
    """A chart of a document whose data sheet holds tags."""

    def __init__(self, part: str, book: DataSheet, text: XmlPart, embedded: str, kept: Sequence[str]) -> None:
        self.part, self._book, self._text, self._embedded = part, book, text, embedded
        self.parts = (part, embedded, *kept)
        """All parts that are the chart's alone."""

    @classmethod
    def of(cls, parts: Parts, part: str, env: Environment, file: str, compile_sheet: Compile) -> ChartTemplate | None:
        """The chart at `part`; None where nothing in it is to be filled. TemplateError: its data sheet can't be used."""
        beside = dict(related(parts, part, file))
        embedded = next((p for p, kind in beside.items() if kind == "package" and p.endswith(".xlsx")), "")
        try:
            sheets = read_parts(parts[embedded]) if embedded else Parts()
        except Damaged as error:
            raise TemplateError(file, "图表", f"图表的数据表读不出来：{error}") from None
        if not any(has_tags("".join(parse(d, file, n).itertext())) for n, d in sheets.items() if n.endswith(".xml")):  # type: ignore[arg-type]
            return None
        book = compile_sheet(Path(embedded), env, sheets)
        text = XmlPart(parse(parts[part], file, part), env, file, "图表")
        folder, name = PurePosixPath(part).parent, PurePosixPath(part).name
        kept = [*(p for p in beside if p != embedded), str(folder / "_rels" / f"{name}.rels")]
        return cls(part, book, text, embedded, kept)

    def fill(self, namespace: Mapping[str, object]) -> FilledChart:
        """TemplateError: a tag that cannot be filled."""
        data = self._book.render(namespace)
        sheet = self._book.sheets[0]
        cells = read_sheet(data.data)
        categories, series = arranged(cells)
        root = parse_xml(unmark(self._text.text(namespace))[0].encode())
        write_series(root, sheet, categories, series)
        columns = {s.column: (n, False) for n, s in enumerate(series)}
        columns |= {s.column + 1: (n, True) for n, s in enumerate(series) if s.labels}
        printed: list[Printed] = []
        for place, value, text in data.printed:
            area = cell_area(place.cell) if isinstance(place, CellPlace) else None
            if area and area[1] in columns and area[0] > 1:
                number, label = columns[area[1]]
                printed.append(Printed(ChartPlace(self.part, number, area[0] - 2, label), value, text))
        parts = {self.part: serialize(root).encode(), self._embedded: data.data}
        return FilledChart(parts, printed, in_words(categories, series), len(categories))


def read_sheet(book: bytes) -> Cells:
    """The cells of the first worksheet of a book that we wrote."""
    parts = read_parts(book)
    strings = shared_strings(parts.get("xl/sharedStrings.xml", b""))
    name = min((p for p in parts if re.fullmatch(r"xl/worksheets/[^/]+\.xml", p)), key=lambda p: (len(p), p))
    return cells_of(parts[name], strings)


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


def arranged(cells: Cells) -> tuple[list[str], list[ChartSeries]]:
    """Categories and series of a data sheet: header on top, categories on the left; a row without a name ends it."""
    rows = 1
    while cells.get((rows + 1, 1)):
        rows += 1
    columns = 1
    while cells.get((1, columns + 1)):
        columns += 1
    series: list[ChartSeries] = []
    for column in range(2, columns + 1):
        values = [cells.get((row, column), "") for row in range(2, rows + 1)]
        if cells[1, column] == LABELS and series:
            last = series[-1]
            series[-1] = ChartSeries(last.name, last.values, values, last.column)
        else:
            series.append(ChartSeries(cells[1, column], [v if _is_number(v) else "" for v in values], (), column))
    return [cells[row, 1] for row in range(2, rows + 1)], series


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", text))


def in_words(categories: Sequence[str], series: Sequence[ChartSeries]) -> str:
    """What the chart shows, for who cannot see it: `基本支出 84.07，项目支出 12.00`."""
    told = []
    for one in series:
        shown = one.labels or one.values
        pairs = [f"{c} {v}" for c, v in zip(categories, shown, strict=True) if v][:_MOST_TOLD]
        told.append((f"{one.name}：" if len(series) > 1 else "") + "，".join(pairs))
    return "；".join(told)


def write_series(root: etree._Element, sheet: str, categories: Sequence[str], series: Sequence[ChartSeries]) -> None:
    """Let the chart show `series`: the ones that it has keep their looks, further ones look as the last."""
    for plot in _plots(root):
        drawn = plot.findall(f"{_C}ser")
        for extra in drawn[len(series) :]:
            plot.remove(extra)
        for number, one in enumerate(series):
            if number >= len(drawn):
                drawn.append(_another(drawn[-1], number))
            _write(drawn[number], sheet, categories, one)


def _plots(root: etree._Element) -> Iterable[etree._Element]:
    """The first group of series; a chart of several groups is filled where it has one series group only."""
    return [e for e in root.iter() if isinstance(e.tag, str) and e.find(f"{_C}ser") is not None][:1]


def _another(last: etree._Element, number: int) -> etree._Element:
    made = deepcopy(last)
    for tag in ("idx", "order"):
        found = made.find(f"{_C}{tag}")
        if found is not None:
            found.set("val", str(number))
    for painted in made.findall(f"{_C}spPr"):
        made.remove(painted)  # a colour of its own
    for unique in made.findall(f"{_C}extLst"):
        made.remove(unique)  # an id that is the last one's
    last.addnext(made)
    return made


def _write(ser: etree._Element, sheet: str, categories: Sequence[str], one: ChartSeries) -> None:
    last, name = len(categories) + 1, column_name(one.column)
    quoted = "'" + sheet.replace("'", "''") + "'"
    head = etree.Element(f"{_C}tx")
    _cache(etree.SubElement(head, f"{_C}strRef"), f"{quoted}!${name}$1", [one.name], "str")
    names, values = etree.Element(f"{_C}cat"), etree.Element(f"{_C}val")
    _cache(etree.SubElement(names, f"{_C}strRef"), f"{quoted}!$A$2:$A${max(last, 2)}", categories, "str")
    form = ser.findtext(f"{_C}val/{_C}numRef/{_C}numCache/{_C}formatCode") or "General"
    _cache(
        etree.SubElement(values, f"{_C}numRef"), f"{quoted}!${name}$2:${name}${max(last, 2)}", one.values, "num", form
    )
    _put(ser, head, ("idx", "order"))
    _put(ser, names, _BEFORE_CATEGORIES)
    _put(ser, values, (*_BEFORE_CATEGORIES, "cat"))
    for point in ser.findall(f"{_C}dPt"):
        index = point.find(f"{_C}idx")
        if index is not None and int(index.get("val", "0")) >= len(categories):
            ser.remove(point)
    if one.labels:
        _label(ser, one.labels)


def _put(ser: etree._Element, new: etree._Element, before: Sequence[str]) -> None:
    """`new` in place of the one of its name, else behind those that stand before it."""
    old = ser.find(str(new.tag))
    if old is not None:
        ser.replace(old, new)
        return
    there = [e for e in ser if isinstance(e.tag, str) and etree.QName(e).localname in before]
    if there:
        there[-1].addnext(new)
    else:
        ser.insert(0, new)


def _cache(ref: etree._Element, formula: str, values: Sequence[str], kind: str, form: str = "") -> None:
    """Fill a `strRef` or `numRef`: the range that it names, and its values."""
    for old in list(ref):
        ref.remove(old)
    etree.SubElement(ref, f"{_C}f").text = formula
    cache = etree.SubElement(ref, f"{_C}{kind}Cache")
    if kind == "num":
        etree.SubElement(cache, f"{_C}formatCode").text = form or "General"
    etree.SubElement(cache, f"{_C}ptCount", val=str(len(values)))
    for index, value in enumerate(values):
        if value:
            etree.SubElement(etree.SubElement(cache, f"{_C}pt", idx=str(index)), f"{_C}v").text = value


def _label(ser: etree._Element, labels: Sequence[str]) -> None:
    """Say each label as it is printed, looking as the series' labels do."""
    old = ser.find(f"{_C}dLbls")
    look = {etree.QName(e).localname: e for e in old} if old is not None else {}
    made = etree.Element(f"{_C}dLbls")
    for index, text in enumerate(labels):
        one = etree.SubElement(made, f"{_C}dLbl")
        etree.SubElement(one, f"{_C}idx", val=str(index))
        if not text:
            etree.SubElement(one, f"{_C}delete", val="1")
            continue
        rich = etree.SubElement(etree.SubElement(one, f"{_C}tx"), f"{_C}rich")
        etree.SubElement(rich, f"{_A}bodyPr")
        paragraph = etree.SubElement(rich, f"{_A}p")
        etree.SubElement(etree.SubElement(paragraph, f"{_A}r"), f"{_A}t").text = text
        _look(one, look)
    _look(made, look)
    _put(ser, made, _BEFORE_LABELS)


def _look(target: etree._Element, look: Mapping[str, etree._Element]) -> None:
    for tag in _LABEL_PARTS:
        if tag in _SHOWN:
            etree.SubElement(target, f"{_C}{tag}", val="1" if tag == "showVal" else "0")
        elif tag in look and tag != "separator":
            target.append(deepcopy(look[tag]))


# --------------------------------------------------------------------------------------------- charts of workbooks


def without_points(chart: bytes) -> bytes:
    """A chart without what it keeps of its ranges: that is the template's, tags among it."""
    root = parse_xml(chart)
    for point in list(root.iter(f"{_C}pt")):
        parent = point.getparent()
        assert parent is not None
        parent.remove(point)
    return serialize(root).encode()


def printed_in(part: str, chart: bytes, cells: Mapping[CellPlace, Printed]) -> Iterator[Printed]:
    """What a workbook's chart shows of the figures that are printed in `cells`."""
    for number, series in enumerate(parse_xml(chart).iter(f"{_C}ser")):
        sheet, _, area = (series.findtext(f"{_C}val/{_C}numRef/{_C}f") or "").rpartition("!")
        span = cell_area(area.replace("$", ""))
        if span is None:
            continue
        name = sheet[1:-1].replace("''", "'") if sheet.startswith("'") else sheet
        places = ((r, c) for r in range(span[0], span[2] + 1) for c in range(span[1], span[3] + 1))
        for point, (row, column) in enumerate(places):
            if item := cells.get(CellPlace(name, f"{column_name(column)}{row}")):
                yield Printed(ChartPlace(part, number, point), item.value, item.text)


def refilled(chart: bytes, moved: Callable[[str], str], cells: Callable[[str], Cells]) -> bytes:
    """A workbook's chart over the cells that were written: `moved` gives a range as it is now, `cells` those of a sheet."""
    root: Any = parse_xml(chart)
    for formula in list(root.iter(f"{_C}f")):
        before, ref = formula.text or "", formula.getparent()
        now = moved(before)
        sheet, _, area = now.rpartition("!")
        kind, span = etree.QName(ref).localname.removesuffix("Ref"), cell_area(area.replace("$", ""))
        if kind not in ("str", "num"):
            formula.text = now if span else before
            continue
        form = ref.findtext(f"{_C}numCache/{_C}formatCode") or ""
        if span is None:  # its rows have all gone
            _cache(ref, before, (), kind, form)
            continue
        there = cells(sheet[1:-1].replace("''", "'") if sheet.startswith("'") else sheet)
        values = [there.get((r, c), "") for r in range(span[0], span[2] + 1) for c in range(span[1], span[3] + 1)]
        if kind == "num" and ref.getparent().tag == f"{_C}cat" and not all(map(_is_number, values)):
            kind, ref.tag = "str", f"{_C}strRef"  # categories that are words
        _cache(ref, now, values if kind == "str" else [v if _is_number(v) else "" for v in values], kind, form)
    return serialize(root).encode()
