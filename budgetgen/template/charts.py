"""Charts that maintainers drew in Word or Excel, filled: series, categories, values, labels; fonts and colours stay theirs.

A chart in a document brings a data sheet of its own, which is a template like any other (`charts_data`). In a workbook the
ranges that a chart names grow with their rows, and what the chart keeps of them is read there again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Protocol

from lxml import etree

from budgetgen.expression import unmark
from budgetgen.office.cells import cell_area, column_name
from budgetgen.office.package import Damaged, Parts, parse_xml, read_parts, undeflated
from budgetgen.records import record
from budgetgen.template.charts_data import (
    LABELS,
    Cells,
    ChartData,
    ChartSeries,
    arranged,
    in_words,
    is_number,
    own_rows,
    read_sheet,
    without_tables,
)
from budgetgen.template.language.package_parts import (
    RELATION,
    XmlPart,
    parse,
    related,
    relations_of,
    remove,
    serialize,
)
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
_C15 = "{http://schemas.microsoft.com/office/drawing/2012/chart}"
_BEFORE_CATEGORIES = ("idx", "order", "tx", "spPr", "invertIfNegative", "explosion", "pictureOptions", "marker", "dPt", "dLbls", "trendline", "errBars")  # fmt: skip
_BEFORE_LABELS = _BEFORE_CATEGORIES[:-3]
_LABEL_LOOKS = ("numFmt", "spPr", "txPr", "dLblPos")
_SHOWN = ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize")


@record
class FilledChart:
    """A filled chart: its own part, all of its parts, what it prints, and what it says in words.

    `copied` are those of its parts that the template has not → the one there that each is like.
    """

    part: str
    parts: Mapping[str, bytes]
    printed: Sequence[Printed]
    words: str
    copied: Mapping[str, str]


class ChartTemplate:
    """A chart of a document whose data sheet holds tags."""

    def __init__(
        self, part: str, book: DataSheet, text: XmlPart, embedded: str, kept: Mapping[str, bytes], env: Environment
    ) -> None:
        self.part, self._book, self._text, self._embedded = part, book, text, embedded
        self._kept, self._env = kept, env
        self.parts = (part, *([embedded] if embedded else []), *kept)
        """All parts that are the chart's alone."""

    @classmethod
    def of(cls, parts: Parts, part: str, env: Environment, file: str, compile_sheet: Compile) -> ChartTemplate | None:
        """The chart at `part`; None where nothing in it is to be filled. TemplateError: its data sheet can't be used."""
        beside = dict(related(parts, part, file))
        embedded = next((p for p, kind in beside.items() if kind == "package" and p.endswith(".xlsx")), "")
        root = parse(parts[part], file, part)
        try:
            sheets = without_tables(read_parts(parts[embedded])) if embedded else own_rows(root)
        except Damaged as error:
            raise TemplateError(file, "图表", f"图表的数据表读不出来：{error}") from None
        if not any(has_tags("".join(parse(d, file, n).itertext())) for n, d in sheets.items() if n.endswith(".xml")):  # type: ignore[arg-type]
            return None
        book = compile_sheet(Path(embedded or "图表.xlsx"), env, sheets)
        for point in [p for ser in root.iter(f"{_C}ser") for p in ser.iter(f"{_C}pt")]:
            remove(point)  # what Word keeps of the data sheet: its tags
        text = XmlPart(root, env, file, "图表")
        kept = {p: parts[p] for p in (*(p for p in beside if p != embedded), relations_of(part)) if p in parts}
        return cls(part, book, text, embedded, kept, env)

    def fill(self, namespace: Mapping[str, object], number: int = 1) -> FilledChart:
        """The chart for the `number`-th time in one document. TemplateError: a tag that cannot be filled."""
        data = self._book.render(namespace)
        cells, alone = self._as_printed(data)
        shown = arranged(cells)
        root = parse_xml(unmark(self._text.text(namespace))[0].encode())
        write_series(root, self._book.sheets[0], shown)
        names = {part: _again(part, number) for part in self.parts}
        columns = {s.column: (n, False) for n, s in enumerate(shown.series)}
        columns |= {s.column + 1: (n, True) for n, s in enumerate(shown.series) if s.labels}
        printed: list[Printed] = []
        for place, value, text in data.printed:
            area = cell_area(place.cell) if isinstance(place, CellPlace) else None
            if area and area[1] in columns and area[0] > 1:
                series, label = columns[area[1]]
                said = cells[area[:2]] if area[:2] in alone else text
                printed.append(Printed(ChartPlace(names[self.part], series, area[0] - 2, label), value, said))
        parts = {names[self.part]: serialize(root).encode()}
        if self._embedded:
            parts[names[self._embedded]] = undeflated(data.data)
        copied = {new: old for old, new in names.items() if new != old}
        if copied:
            parts |= {names[part]: _renamed(part, kept, names) for part, kept in self._kept.items()}
        return FilledChart(names[self.part], parts, printed, in_words(shown), copied)

    def _as_printed(self, data: Rendered) -> tuple[Cells, Collection[tuple[int, int]]]:
        """The cells of the filled data sheet, and those with an amount that is a label by itself: as it is printed, not as it is exactly."""
        cells, numbers = read_sheet(data.data)
        shown, alone = dict(cells), set()
        for place, value, text in data.printed:
            area = cell_area(place.cell) if isinstance(place, CellPlace) else None
            if area and area[:2] in numbers and cells.get((1, area[1])) == LABELS:
                unformatted = text == cells[area[:2]]
                shown[area[:2]] = unmark(str(self._env.show(value)))[0] if unformatted else text
                alone.add(area[:2])
        return shown, alone


def _again(part: str, number: int) -> str:
    """The name of a chart's part where it comes for the `number`-th time."""
    if number == 1:
        return part
    head, dot, ending = part.rpartition(".xml.rels" if part.endswith(".xml.rels") else PurePosixPath(part).suffix)
    return f"{head}again{number}{dot}{ending}"


def _renamed(part: str, data: bytes, names: Mapping[str, str]) -> bytes:
    """A part beside a chart that comes again: its relations lead to the new parts."""
    if not part.endswith(".rels"):
        return data
    root = parse_xml(data)
    for relation in root.iter(RELATION):
        target = relation.get("Target") or ""
        old = next((p for p in names if PurePosixPath(p).name == PurePosixPath(target).name), "")
        if old:
            relation.set("Target", str(PurePosixPath(target).with_name(PurePosixPath(names[old]).name)))
    return serialize(root).encode()


def write_series(root: etree._Element, sheet: str, shown: ChartData) -> None:
    """Let the chart show `shown`: the series that it has keep their looks, further ones look as the last."""
    for plot in _plots(root):
        drawn = plot.findall(f"{_C}ser")
        for extra in drawn[len(shown.series) :]:
            plot.remove(extra)
        for number, one in enumerate(shown.series):
            if number >= len(drawn):
                drawn.append(_another(drawn[-1], number))
            _write(drawn[number], sheet, shown, one)


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


def _write(ser: etree._Element, sheet: str, shown: ChartData, one: ChartSeries) -> None:
    count, name = len(shown.categories), column_name(one.column)
    quoted, last = "'" + sheet.replace("'", "''") + "'", max(count + 1, 2)
    head = etree.Element(f"{_C}tx")
    _cache(etree.SubElement(head, f"{_C}strRef"), f"{quoted}!${name}$1", [one.name], "str")
    names, values = etree.Element(f"{_C}cat"), etree.Element(f"{_C}val")
    kind = "multiLvlStr" if len(shown.levels) > 1 else "str"
    area = f"{quoted}!$A$2:${column_name(len(shown.levels))}${last}"
    _cache(etree.SubElement(names, f"{_C}{kind}Ref"), area, shown.categories, kind, levels=shown.levels)
    form = ser.findtext(f"{_C}val/{_C}numRef/{_C}numCache/{_C}formatCode") or "General"
    _cache(etree.SubElement(values, f"{_C}numRef"), f"{quoted}!${name}$2:${name}${last}", one.values, "num", form)
    _put(ser, head, ("idx", "order"))
    _put(ser, names, _BEFORE_CATEGORIES)
    _put(ser, values, (*_BEFORE_CATEGORIES, "cat"))
    for point in ser.findall(f"{_C}dPt"):
        index = point.find(f"{_C}idx")
        if index is not None and int(index.get("val", "0")) >= count:
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


def _cache(
    ref: etree._Element,
    formula: str,
    values: Sequence[str],
    kind: str,
    form: str = "",
    levels: Sequence[Sequence[str]] = (),
) -> None:
    """Fill a `strRef`, `numRef` or `multiLvlStrRef`: the range that it names, and its values."""
    for old in list(ref):
        ref.remove(old)
    etree.SubElement(ref, f"{_C}f").text = formula
    cache = etree.SubElement(ref, f"{_C}{kind}Cache")
    if kind == "num":
        etree.SubElement(cache, f"{_C}formatCode").text = form or "General"
    etree.SubElement(cache, f"{_C}ptCount", val=str(len(values)))
    if kind == "multiLvlStr":
        for level in reversed(levels):  # the nearest first
            _points(etree.SubElement(cache, f"{_C}lvl"), level)
    else:
        _points(cache, values)


def _points(cache: etree._Element, values: Sequence[str]) -> None:
    for index, value in enumerate(values):
        if value:
            etree.SubElement(etree.SubElement(cache, f"{_C}pt", idx=str(index)), f"{_C}v").text = value


def _label(ser: etree._Element, labels: Sequence[str]) -> None:
    """Say each label as it is printed, looking as the label of its point does, or as the series' labels do; those stay."""
    made = ser.find(f"{_C}dLbls")
    if made is None or made.find(f"{_C}delete") is not None:
        made = etree.Element(f"{_C}dLbls")
        _show(made)
        _put(ser, made, _BEFORE_LABELS)
    own: dict[str, Mapping[str, etree._Element]] = {}
    for drawn in made.findall(f"{_C}dLbl"):
        made.remove(drawn)
        parts = {etree.QName(e).localname: e for e in drawn}
        own[parts["idx"].get("val", "") if "idx" in parts else ""] = parts
    look = {etree.QName(e).localname: e for e in made}
    for index, text in enumerate(labels):
        made.insert(index, _one_label(index, text, {**look, **own.get(str(index), {})}))
    for found in list(ser.iter(f"{_C15}datalabelsRange")):
        if (extension := found.getparent()) is not None:
            remove(extension)  # labels from cells, in Word's own way
    for found in list(made.iter(f"{_C15}showDataLabelsRange")):
        remove(found)


def _one_label(index: int, text: str, look: Mapping[str, etree._Element]) -> etree._Element:
    """The label of one point. Its text has its own format: Word does not look at `txPr` where there is a text."""
    one = etree.Element(f"{_C}dLbl")
    etree.SubElement(one, f"{_C}idx", val=str(index))
    if not text:
        etree.SubElement(one, f"{_C}delete", val="1")
        return one
    if "layout" in look:
        one.append(deepcopy(look["layout"]))
    rich = etree.SubElement(etree.SubElement(one, f"{_C}tx"), f"{_C}rich")
    drawn = look["tx"].find(f"{_C}rich") if "tx" in look else None
    body = look.get("txPr") if drawn is None else drawn
    paragraph = None if body is None else body.find(f"{_A}p")
    before = [] if body is None else [e for e in body if etree.QName(e).localname in ("bodyPr", "lstStyle")]
    rich.extend(map(deepcopy, before) if before else [etree.Element(f"{_A}bodyPr")])
    said = etree.SubElement(rich, f"{_A}p")
    run = etree.Element(f"{_A}r")
    if paragraph is not None:
        said.extend(map(deepcopy, paragraph.findall(f"{_A}pPr")))
        run.extend(map(deepcopy, paragraph.findall(f"{_A}r/{_A}rPr")[:1]))
    said.append(run)
    etree.SubElement(run, f"{_A}t").text = text
    one.extend(deepcopy(look[tag]) for tag in _LABEL_LOOKS if tag in look)
    _show(one)
    return one


def _show(target: etree._Element) -> None:
    for tag in _SHOWN:
        etree.SubElement(target, f"{_C}{tag}", val="1" if tag == "showVal" else "0")


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
        if kind == "num" and ref.getparent().tag == f"{_C}cat" and not all(map(is_number, values)):
            kind, ref.tag = "str", f"{_C}strRef"  # categories that are words
        _cache(ref, now, values if kind == "str" else [v if is_number(v) else "" for v in values], kind, form)
    return serialize(root).encode()
