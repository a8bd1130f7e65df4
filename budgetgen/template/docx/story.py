"""One story of a document (its body, a header, a footer, its notes), compiled into a script that writes its whole part."""

from __future__ import annotations

import copy
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from budgetgen.template.docx.document_tags import Found, Placed, TagFinder
from budgetgen.template.docx.filled_story import EMPTIED, FILLED, Column, Filling, Shell
from budgetgen.template.docx.word_xml import (
    CHART,
    DOC_PROPERTIES,
    RELATED,
    TBL,
    TC,
    TEXT_BOX,
    TR,
    P,
    R,
    T,
    ancestor,
    keep_spaces,
    serialized,
    tidy,
    w,
)
from budgetgen.template.language.package_parts import Slots, remove, serialize
from budgetgen.template.language.rendered import TemplateError
from budgetgen.template.language.script import Script, Source
from budgetgen.template.language.tags import names_given, unescape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from budgetgen.expression import Environment
    from budgetgen.template.docx.filled_story import PlacedParts

_BEFORE_SPAN = frozenset(map(w, ("cnfStyle", "tcW")))
_BEFORE_MERGE = _BEFORE_SPAN | set(map(w, ("gridSpan", "hMerge")))
_BEFORE_SHADE = _BEFORE_MERGE | set(map(w, ("vMerge", "tcBorders")))
"""What stands before these properties of a cell."""
_HEADS = frozenset(map(w, ("tblPr", "tblGrid", "tblPrEx", "trPr", "tcPr", "bookmarkStart", "bookmarkEnd")))
_CONTAINERS = frozenset({TC, TEXT_BOX, *map(w, ("hdr", "ftr", "footnote", "endnote"))})
"""What needs a paragraph in it, come what may."""


class Code(NamedTuple):
    """A piece of the script that the engine puts in by itself: an expression's value, or a statement."""

    code: str
    place: str = ""
    is_output: bool = False


class Verbatim(NamedTuple):
    """Characters for the filled text that no XML may hold: marks for what looks at it last."""

    text: str


class DrawnChart(NamedTuple):
    """A chart that the story shows, by the id of the relation to it."""

    relation: str


Slot = Placed | Code | Verbatim | DrawnChart


class Story:
    """A compiled part. `text` is its XML for one namespace, figure marks still in it; passages are laid aside."""

    def __init__(self, root: etree._Element, env: Environment, file: str, part: str, label: str) -> None:
        self._env = env
        tidy(root)
        found = TagFinder(file, label).find(root)
        self.has_tags = bool(found.tags)
        slots: Slots[Slot] = Slots()
        if any(p.loops for p in found.tags):
            _renew_ids(root, slots)
        shells = _Shells(found.tags)
        self._shells: Sequence[Shell] = shells.made
        self._columns = _Cells(slots, found.tags).columns
        _Realizer(slots, file).realize(found)
        for text in root.iter(T):
            if text.text and "_" in text.text:
                text.text = unescape(text.text)
        for chart in root.iter(CHART):
            if relation := chart.get(RELATED):
                chart.set(RELATED, slots.mark(DrawnChart(relation)))
        source = Source()
        around: list[list[str]] = [[]]
        for piece in slots.cut(serialize(root)):
            _write(piece, source, shells, around)
        self._script = Script(source, env, file, part)

    def text(self, namespace: Mapping[str, object], placed: PlacedParts) -> str:
        """TemplateError: a tag that cannot be filled."""
        filling = Filling(self._shells, self._columns, self._env, placed)
        return filling.finished(self._script.text(namespace, filling.names))


def _write(piece: str | Slot, source: Source, shells: _Shells, around: list[list[str]]) -> None:
    """Add one piece to the script; `around` are the names that the blocks around it have given, outermost first."""
    if isinstance(piece, str):
        source.literal(piece)
    elif isinstance(piece, Verbatim):
        source.literal(piece.text)
    elif isinstance(piece, DrawnChart):
        names = ", ".join(f"{n!r}: {n}" for n in dict.fromkeys(n for block in around for n in block))
        source.output(f"_chart({piece.relation!r}, {{{names}}})", "图表")
    elif isinstance(piece, Code):
        (source.output if piece.is_output else source.statement)(piece.code, piece.place)
    elif piece.tag.is_output:
        call = {"p": "_block", "r": "_runs"}.get(piece.level, "_text")
        source.output(f"{call}({shells.number(piece)}, ({piece.tag.code}))", piece.place)
    else:
        tag = piece.tag
        if tag.closes:
            around.pop()
        if tag.opens:
            around.append([])
        around[-1] += names_given(tag)
        source.statement(tag.code, piece.place)


def _renew_ids(root: etree._Element, slots: Slots[Slot]) -> None:
    """Bookmarks and drawings get their numbers at render where the story has loops that could repeat them."""

    def renew(element: etree._Element, attribute: str, kind: str) -> None:
        key = element.get(attribute)
        if key or kind != "name":
            element.set(attribute, slots.mark(Code(f"_id({kind!r}, {(key or '0')!r})", is_output=True)))

    for element in root.iter(w("bookmarkStart"), w("bookmarkEnd")):
        renew(element, w("id"), "start" if element.tag == w("bookmarkStart") else "end")
        renew(element, w("name"), "name")
    for element in root.iter(DOC_PROPERTIES):
        renew(element, "id", "drawing")


class _Shells:
    """What text gets around it that takes an output's place: the paragraph's and the run's properties."""

    def __init__(self, tags: Iterable[Placed]) -> None:
        self.made: list[Shell] = []
        self._numbers: dict[int, int] = {}
        for placed in tags:
            if placed.tag.is_output:
                self._numbers[id(placed)] = len(self.made)
                self.made.append(_shell(placed))

    def number(self, placed: Placed) -> int:
        """Which of `made` is the tag's."""
        return self._numbers[id(placed)]


def _shell(placed: Placed) -> Shell:
    run, properties = placed.text.getparent(), placed.paragraph.find(w("pPr"))
    fonts = serialized(run.find(w("rPr"))) if run is not None else ""
    if properties is None:
        before, section = "<w:p>", False
    else:
        plain = copy.deepcopy(properties)
        for part in (found := plain.findall(w("sectPr"))):
            plain.remove(part)
        section = bool(found)
        placed.paragraph.append(plain)  # where the namespaces are declared
        before = f"<w:p>{serialized(plain)}"
        placed.paragraph.remove(plain)
    alone = run is not None and run.getparent() is placed.paragraph and not section
    return Shell(before, f'<w:r>{fonts}<w:t xml:space="preserve">', can_part=alone or placed.level == "p")


class _Cells:
    """What tags say of cells: their columns, their colour, with which they are merged; and the grids that follow."""

    def __init__(self, slots: Slots[Slot], tags: Sequence[Placed]) -> None:
        self._slots = slots
        self.columns: list[Column] = []
        by_cell: dict[etree._Element, dict[str, Placed]] = {}
        tables: dict[etree._Element, None] = {}
        self._compared: dict[etree._Element, int] = {}
        for placed in tags:
            if placed.level == "cell":
                by_cell.setdefault(placed.element, {})[placed.tag.keyword] = placed
                if placed.tag.keyword == "vm" and placed.argument:
                    self._compared.setdefault(_table_of(placed.element), len(self._compared))
            if placed.level == "tc" or placed.tag.keyword in ("colspan", "hm"):
                tables.setdefault(_table_of(placed.element))
        self._spans: dict[etree._Element, str] = {}
        for number, (cell, own) in enumerate(by_cell.items()):
            self._cell(cell, own, number)
        for table in tables:
            self._grid(table)
        for table, number in self._compared.items():
            _put_first(table, slots.mark(Code(f"_anew({number})", is_output=True)))
            for row in _rows(table):
                _put_first(row, slots.mark(Code(f"_below({number})", is_output=True)))

    def _cell(self, cell: etree._Element, own: Mapping[str, Placed], number: int) -> None:
        properties = _properties(cell)
        repeated = own.get("hm")
        if "colspan" in own or repeated:
            self._span(cell, properties, own.get("colspan"), repeated, number)
        if shade := own.get("cellbg"):
            _replace(
                properties,
                "shd",
                _BEFORE_SHADE,
                {"val": "clear", "color": "auto", "fill": self._value(f"_fill(({shade.argument}))", shade)},
            )
        if merged := own.get("vm"):
            self._merge(cell, properties, merged, number)

    def _span(
        self,
        cell: etree._Element,
        properties: etree._Element,
        spanning: Placed | None,
        repeated: Placed | None,
        number: int,
    ) -> None:
        tag = repeated or spanning
        if tag is None:
            return
        own = properties.find(w("gridSpan"))
        width = f"({spanning.argument})" if spanning else str(_number(own))
        name = self._spans[cell] = f"_span{number}"
        _put_first(cell, self._statement(f"set {name} = _span({width}{', loop.length' if repeated else ''})", tag))
        _replace(properties, "gridSpan", _BEFORE_SPAN, {"val": self._value(name, tag)})
        if repeated:
            _put_before(cell, self._statement("if loop.first", repeated))
            cell.tail = self._statement("endif", repeated) + (cell.tail or "")

    def _merge(self, cell: etree._Element, properties: etree._Element, tag: Placed, number: int) -> None:
        """All that stands in the cell comes once, where it is merged from; below only an empty paragraph."""
        top = f"_top{number}"
        column = sum(_span_of(c) for c in cell.itersiblings(TC, preceding=True))
        table = self._compared.get(_table_of(cell))
        told = f"_merged({table}, {column}, ({tag.argument}))" if tag.argument else "loop.first"
        _put_first(cell, self._statement(f"set {top} = {told}", tag))
        _replace(properties, "vMerge", _BEFORE_MERGE, {"val": self._value(f"'restart' if {top} else 'continue'", tag)})
        first = cell.find(P)
        empty = etree.SubElement(cell, P)
        empty.text = ""
        if first is not None and (look := first.find(w("pPr"))) is not None:
            empty.append(copy.deepcopy(look))
        properties.tail = self._statement(f"if {top}", tag) + (properties.tail or "")
        _put_before(empty, self._statement("else", tag))
        empty.tail = self._statement("endif", tag)

    def _grid(self, table: etree._Element) -> None:
        """The table's grid and the widths of its cells are known when its rows are."""
        grid = table.find(w("tblGrid"))
        if grid is None:
            return
        widths = [int(c.get(w("w")) or 0) for c in grid.iterfind(w("gridCol"))]
        for row in _rows(table):
            outside = sum(
                _number(e, 0) for e in row.iterfind(f"{w('trPr')}/*") if e.tag in (w("gridBefore"), w("gridAfter"))
            )
            for cell in row.iter(TC):
                if _table_of(cell) is table:
                    self._width(cell)
            _put_first(row, self._slots.mark(Code(f"_row({outside})", is_output=True)))
        _put_last(table, self._slots.mark(Code("_table_end()", is_output=True)))
        self.columns.append(Column(serialized(grid), tuple(widths)))
        remove(grid, self._slots.mark(Code(f"_table({len(self.columns) - 1})", is_output=True)))

    def _width(self, cell: etree._Element) -> None:
        properties = _properties(cell)
        width = properties.find(w("tcW"))
        code = f"_cell({self._spans.get(cell) or _span_of(cell)}, {serialized(width)!r})"
        if width is None:
            _put_first(properties, self._slots.mark(Code(code, is_output=True)))
        else:
            remove(width, self._slots.mark(Code(code, is_output=True)))

    def _value(self, code: str, tag: Placed) -> str:
        return self._slots.mark(Code(code, tag.place, is_output=True))

    def _statement(self, code: str, tag: Placed) -> str:
        return self._slots.mark(Code(code, tag.place))


class _Realizer:
    """Puts slots into the tree where the tags are, and takes out the elements that tags stand for."""

    def __init__(self, slots: Slots[Slot], file: str) -> None:
        self._slots, self._file = slots, file

    def realize(self, found: Found) -> None:
        """TemplateError: a section break would vanish with its paragraph."""
        whole: dict[etree._Element, list[Placed]] = {}
        for placed in found.tags:
            if placed.level in ("p", "tr", "tc"):
                whole.setdefault(placed.element, []).append(placed)
        runs: dict[etree._Element, None] = {}
        for text, segments in found.segments.items():
            run = text.getparent()
            if any(not isinstance(s, str) and s.level in ("p", "tr", "tc") for s in segments) or run is None:
                continue
            runs.setdefault(run)
        for run in runs:
            self._rewrite(run, found)
        self._mark_hollows(whole)
        for element, tags in whole.items():
            self._take_out(element, tags)

    def _mark_hollows(self, whole: Iterable[etree._Element]) -> None:
        """Rows and tables that may be left without cells go; what may be left without paragraphs gets an empty one."""
        marked: set[etree._Element] = set()
        for element in whole:
            for holder in element.iterancestors():
                if holder not in marked and holder.tag in _CONTAINERS:
                    marked.add(holder)
                    self._mark(holder, FILLED)
                elif holder not in marked and holder.tag in (TR, TBL):
                    marked.add(holder)
                    self._mark(holder, EMPTIED)
                if holder.tag not in (TR, TBL, w("sdt"), w("sdtContent")):
                    break

    def _mark(self, holder: etree._Element, marks: Sequence[str]) -> None:
        """`marks` are four: before the holder, before and after what may be missing in it, after the holder."""
        before, begin, end, after = (self._slots.mark(Verbatim(m)) if m else "" for m in marks)
        heads = list(takewhile(lambda e: e.tag in _HEADS, holder))
        _put_last(holder, end)
        if heads:
            heads[-1].tail = begin + (heads[-1].tail or "")
        else:
            _put_first(holder, begin)
        if holder.getparent() is not None:
            _put_before(holder, before)
            holder.tail = after + (holder.tail or "")

    def _rewrite(self, run: etree._Element, found: Found) -> None:
        """A run with tags: slots in its texts, cut in two where a tag stands between runs."""
        lifted = any(not isinstance(s, str) and s.level == "r" for t in run.iter(T) for s in found.segments.get(t, []))
        if not lifted:
            for text in list(run.iter(T)):
                if text in found.segments:
                    self._fill(text, found.segments[text])
            if not _has_content(run):
                remove(run)
            return
        for part in self._cut(run, found):
            if isinstance(part, str):
                _put_before(run, part)
            elif _has_content(part):
                run.addprevious(part)
        remove(run)

    def _cut(self, run: etree._Element, found: Found) -> list[etree._Element | str]:
        """The run as runs and slots; every new run has the old one's properties."""
        parts: list[etree._Element | str] = [_like(run)]
        for child in list(run):
            if child.tag == w("rPr"):
                continue
            segments = found.segments.get(child)
            if segments is None:
                _last_run(parts, run).append(child)
                continue
            pending: list[str | Placed] = []
            for segment in segments:
                if not isinstance(segment, str) and segment.level == "r":
                    self._text_into(parts, run, pending)
                    pending = []
                    parts.append(self._slots.mark(segment))
                else:
                    pending.append(segment)
            self._text_into(parts, run, pending)
        return parts

    def _text_into(self, parts: list[etree._Element | str], run: etree._Element, segments: list[str | Placed]) -> None:
        if segments:
            text = etree.SubElement(_last_run(parts, run), T)
            self._fill(text, segments)

    def _fill(self, text: etree._Element, segments: list[str | Placed]) -> None:
        text.text = "".join(s if isinstance(s, str) else self._slots.mark(s) for s in segments)
        keep_spaces(text)
        if not text.text:
            parent = text.getparent()
            if parent is not None:
                parent.remove(text)

    def _take_out(self, element: etree._Element, tags: list[Placed]) -> None:
        section = element.find(f"{w('pPr')}/{w('sectPr')}") if element.tag == P else None
        if section is not None and any(not t.tag.is_output for t in tags):
            raise TemplateError(self._file, tags[0].place, f"{tags[0].tag} 所在段落带有分节符，会随它消失")
        for mark in list(element.iter(w("bookmarkStart"), w("bookmarkEnd"))):
            element.addprevious(mark)
        kept = [self._slots.mark(t) for t in tags if not t.tag.is_comment]
        if section is not None:
            leftover = etree.Element(P)
            # It stays as low as the paragraph was: a line of text could need one more page.
            height = [e for e in element.find(w("pPr")) if e.tag in (w("spacing"), w("rPr"))]  # type: ignore[union-attr]
            etree.SubElement(leftover, w("pPr")).extend([*height, section])
            element.addnext(leftover)
        remove(element, "".join(kept))


def _like(run: etree._Element) -> etree._Element:
    new = etree.Element(R)
    properties = run.find(w("rPr"))
    if properties is not None:
        new.append(copy.deepcopy(properties))
    return new


def _last_run(parts: list[etree._Element | str], run: etree._Element) -> etree._Element:
    last = parts[-1]
    if isinstance(last, str):
        last = _like(run)
        parts.append(last)
    return last


def _has_content(run: etree._Element) -> bool:
    return any(c.tag != w("rPr") for c in run)


def _put_before(element: etree._Element, text: str) -> None:
    before, parent = element.getprevious(), element.getparent()
    if before is not None:
        before.tail = (before.tail or "") + text
    elif parent is not None:
        parent.text = (parent.text or "") + text


def _put_first(element: etree._Element, text: str) -> None:
    element.text = text + (element.text or "")


def _put_last(element: etree._Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _replace(properties: etree._Element, name: str, before: Iterable[str], attributes: Mapping[str, str]) -> None:
    """A property of a cell in its place among the others."""
    old = properties.find(w(name))
    if old is not None:
        remove(old)
    new = etree.Element(w(name), {w(k): v for k, v in attributes.items()})
    earlier = [e for e in properties if e.tag in before]
    if earlier:
        tail, earlier[-1].tail = earlier[-1].tail, None
        earlier[-1].addnext(new)
        earlier[-1].tail = tail
    else:
        properties.insert(0, new)


def _properties(cell: etree._Element) -> etree._Element:
    found = cell.find(w("tcPr"))
    if found is None:
        found = etree.Element(w("tcPr"))
        cell.insert(0, found)
    return found


def _rows(table: etree._Element) -> list[etree._Element]:
    return [row for row in table.iter(TR) if _table_of(row) is table]


def _table_of(element: etree._Element) -> etree._Element:
    table = ancestor(element, TBL)
    if table is None:
        raise ValueError("cells and rows stand in tables")
    return table


def _number(element: etree._Element | None, usual: int = 1) -> int:
    value = element.get(w("val")) if element is not None else None
    return int(value) if value and value.isdigit() else usual


def _span_of(cell: etree._Element) -> int:
    return _number(cell.find(f"{w('tcPr')}/{w('gridSpan')}"))
