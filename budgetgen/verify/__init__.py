"""Reads back what was written and holds it against the figures: nothing else knows where a figure stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from difflib import SequenceMatcher
from functools import cached_property, partial
from html import unescape
from typing import overload

from lxml import etree

from budgetgen.figures import YUAN, Figure
from budgetgen.issues import Issue, Level, SourceRef
from budgetgen.money import YUAN_PER_WAN
from budgetgen.office.cells import cell_area
from budgetgen.office.package import ChangedParts, Damaged, Package, parse_xml, refuse_broken
from budgetgen.template import CellPlace, ChartPlace, ParagraphPlace, Printed, Rendered
from budgetgen.template.charts_data import read_sheet
from budgetgen.verify.spots import Spots

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VALUE, _TEXT = f"{_S}v", f"{_S}t"
_DECLARED = rb"\s*(?:<\?xml[^>]*encoding=[\"']UTF-8[\"'][^>]*\?>)?\s*"
_WORD_HEAD = re.compile(_DECLARED + rb"<w:\w+ [^>]*xmlns:w=", re.IGNORECASE)
_SHEET_HEAD = re.compile(_DECLARED + rb"<worksheet [^>]*xmlns=", re.IGNORECASE)
_ODD = (b"<w:txbxContent", b"\r")
"""What only a tree tells apart: text boxes inside paragraphs, line ends that XML reads as others; and comments."""
_CELL = b'<c r="'
_CELL_VALUE, _CELL_TEXT = re.compile(b"<v>([^<]*)</v>"), re.compile(b"<t(?: [^>]*)?>([^<]*)</t>")
PARAGRAPH = re.compile(b"<w:p(?=[ >/])")
_WORD_TEXT = re.compile(rb"<w:(?:t(?: [^>]*)?>([^<]*)</w:t>|(tab|br)(?:/| w:type))")
_PLAIN_NUMBER = re.compile(r'<c r="([A-Z]+[0-9]+)"(?: s="[0-9]+")?><v>(-?[0-9]{1,17}(?:\.[0-9]{1,17})?)</v></c>')
_MARKS = {b"": b"", b"tab": b"\t", b"br": b"\n"}
_LONG = 8
"""Paragraphs that are the same one after another, so many that they are those that stood there."""
Cells = Mapping[tuple[str, str], str]
"""(sheet, cell) → its value as text."""
_NOT_DIGITS = re.compile(r"[^\d.-]")
# A worksheet's number is a double and means its 15 significant digits: 93.48999999999999 is 93.49.
_AS_EXCEL = Context(prec=15, rounding=ROUND_HALF_EVEN)


def read_cells(data: bytes) -> dict[tuple[str, str], str]:
    """(sheet, cell) → the cell's value as text, of a workbook's bytes."""
    book = _Workbook(Package(data))
    return {(sheet, cell): text for sheet in book.sheets for cell, text in book.texts(sheet).items() if text}


class _Workbook:
    """A workbook whose sheets are read when they are asked for. Damaged: it can't be, or a sheet of it."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._parts = dict(sheet_parts(package))
        self._sheets: dict[str, bytes] = {}
        self._numbers: dict[str, dict[str, str]] = {}
        self._texts: dict[str, Mapping[str, str]] = {}

    @property
    def sheets(self) -> Iterable[str]:
        return self._parts

    @cached_property
    def _strings(self) -> list[str]:
        return _shared_strings(self._package)

    def _sheet(self, sheet: str) -> bytes:
        """A sheet that is written plainly; blank for one that only its tree tells of, and where there is none."""
        if sheet not in self._sheets:
            xml = self._package.read(self._parts[sheet]) if sheet in self._parts else b""
            plain = _SHEET_HEAD.match(xml) and is_plain(xml) and xml.count(b"<c ") == xml.count(_CELL)
            if plain:
                refuse_broken(xml)
            self._sheets[sheet] = xml if plain else b""
        return self._sheets[sheet]

    def numbers(self, sheet: str) -> dict[str, str]:
        """The cells that hold numbers as we write them, by their names."""
        if sheet not in self._numbers:
            self._numbers[sheet] = dict(_PLAIN_NUMBER.findall(self._sheet(sheet).decode()))
        return self._numbers[sheet]

    def text(self, sheet: str, cell: str) -> str:
        """The value of a cell as text; blank where there is none."""
        if not (xml := self._sheet(sheet)):
            return self.texts(sheet).get(cell, "")
        _, begin, rest = xml.partition(b'%b%b"' % (_CELL, cell.encode()))
        return plain_cell(rest.partition(_CELL)[0], self._strings) if begin else ""

    def texts(self, sheet: str) -> Mapping[str, str]:
        """The cells of a sheet by their names."""
        if sheet not in self._texts:
            self._texts[sheet] = dict(self._read(sheet)) if sheet in self._parts else {}
        return self._texts[sheet]

    def _read(self, sheet: str) -> Iterator[tuple[str, str]]:
        if xml := self._sheet(sheet):
            for piece in xml.split(_CELL)[1:]:
                name, _, rest = piece.partition(b'"')
                yield name.decode(), plain_cell(rest, self._strings)
            return
        for cell in self._package.root(self._parts[sheet]).iter(f"{_S}c"):
            yield cell.get("r", ""), _cell_text(cell, self._strings)


def plain_cell(xml: bytes, strings: Sequence[str] = ()) -> str:
    """The value of a cell as text, from its XML behind its name, where it is plain."""
    attributes, _, inside = xml.partition(b">")
    if attributes.endswith(b"/"):
        return ""
    if b' t="inlineStr"' in attributes:
        return unescape(b"".join(_CELL_TEXT.findall(inside)).decode())
    if found := _CELL_VALUE.search(inside):
        return strings[int(found[1])] if b' t="s"' in attributes else unescape(found[1].decode())
    return ""


def is_plain_word(xml: bytes) -> bool:
    """Whether the texts of a document's part are found without a tree."""
    return bool(_WORD_HEAD.match(xml)) and is_plain(xml)


def is_plain(xml: bytes) -> bool:
    """Whether XML is as office programs write it, so that its texts are found without a tree."""
    commented = b"!" in xml and b"<!" in xml  # one character is found much faster
    return not commented and not any(odd in xml for odd in _ODD)


def _shared_strings(package: Package) -> list[str]:
    name = "xl/sharedStrings.xml"
    if name not in package:
        return []
    return [_joined(item) for item in package.root(name).iter(f"{_S}si")]


def _joined(element: etree._Element) -> str:
    return "".join([t.text or "" for t in element.iter(_TEXT)])


def sheet_parts(package: Package) -> Iterator[tuple[str, str]]:
    """Sheet → its part, in the order of the workbook."""
    relations = package.root("xl/_rels/workbook.xml.rels")
    targets = {str(r.get("Id")): str(r.get("Target")) for r in relations}
    for sheet in package.root("xl/workbook.xml").iter(f"{_S}sheet"):
        target = targets[str(sheet.get(f"{_R}id"))]
        yield str(sheet.get("name")), target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _cell_text(cell: etree._Element, strings: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return _joined(cell)
    value = cell.findtext(_VALUE)
    return strings[int(value)] if kind == "s" and value is not None else value or ""


def read_paragraphs(data: bytes, part: str = "word/document.xml") -> list[str]:
    """The text of each paragraph of a document's part, those in tables included, in order."""
    return list(_paragraphs(Package(data), part))


class _PlainParagraphs(Sequence[str]):
    """Paragraphs whose texts are put together when they are asked for."""

    def __init__(self, xml: bytes) -> None:
        self._pieces = PARAGRAPH.split(xml)[1:]
        self._texts: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._pieces)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [plain_text(p) for p in self._pieces[at]]
        if at not in self._texts:
            self._texts[at] = plain_text(self._pieces[at])
        return self._texts[at]

    def shows(self, at: int, start: int, end: int, text: str) -> bool:
        """Whether a paragraph has this text there, in no longer number."""
        if not start:  # a cell, mostly: its bytes say at a glance that it is all there is
            piece = self._pieces[at]
            alone = b">%b</w:t>" % text.encode() in piece and piece.count(b"</w:t>") == 1
            if alone and b"<w:tab" not in piece and b"<w:br" not in piece:
                return True
        return whole(self[at], start, end) == text


def _paragraphs(package: Package, part: str) -> Sequence[str]:
    xml = package.read(part)
    if is_plain_word(xml):
        refuse_broken(xml)
        return _PlainParagraphs(xml)
    return [paragraph_text(p) for p in parse_xml(xml).iter(f"{_W}p")]


def plain_text(xml: bytes) -> str:
    """The text of a paragraph of a part that is plain, from its XML."""
    text = b"".join([t or _MARKS[mark] for t, mark in _WORD_TEXT.findall(xml)]).decode()
    return unescape(text) if "&" in text else text


def paragraph_text(paragraph: etree._Element) -> str:
    """The text of a `w:p`, without that of text boxes in it."""
    marks = {f"{_W}{name.decode()}": mark.decode() for name, mark in _MARKS.items() if name}
    found = (
        e
        for e in paragraph.iter(f"{_W}t", *marks)
        if e.getparent().tag == f"{_W}r" and next(e.iterancestors(f"{_W}p")) is paragraph  # type: ignore[union-attr]
    )
    return "".join(e.text or "" if e.tag == f"{_W}t" else marks[str(e.tag)] for e in found)


def verify(rendered: Rendered, data: bytes, file: str = "") -> list[Issue]:
    """Hold `data`, a file as it now is, against what `rendered` printed: every figure that is not where it was.

    `rendered` is the render that the file was written from. A hand that changed one cell or one sentence is told with
    both texts.
    """
    try:
        package, where = Package(data), spots(data)
        wrong = [*_verify_cells(rendered.printed, package, where, file), *_verify_paragraphs(rendered, package, file)]
        return [*wrong, *_verify_charts(rendered.printed, package, where, file)]
    except (Damaged, KeyError, ValueError, IndexError) as e:
        return [Issue("VERIFY-001", Level.ERROR, f"读不回来：{e}", "重新生成。", place=SourceRef(file))]


def spots(data: bytes) -> Spots:
    """Names the places of a file as a reader finds them."""
    book: list[_Workbook] = []

    def cells(sheet: str) -> Mapping[str, str]:
        book[:] = book or [_Workbook(Package(data))]
        return book[0].texts(sheet)

    return Spots(data, cells)


def _verify_cells(printed: Iterable[Printed], package: Package, where: Spots, file: str) -> Iterator[Issue]:
    book: _Workbook | None = None
    sheet, numbers = "", dict[str, str]()
    for item in printed:
        place, value, text = item
        if type(place) is not CellPlace:
            continue
        book = book or _Workbook(package)
        if place.sheet != sheet:
            sheet, numbers = place.sheet, book.numbers(place.sheet)
        number = numbers.get(place.cell)
        if number is not None and type(value) is Figure and _is_exactly(number, value, text):
            continue
        found = book.text(*place)
        if not shows(found, item):
            yield told(item, found, SourceRef(file, cell=where.of(place)))


def _is_exactly(number: str, figure: Figure, text: str) -> bool:
    """Whether a number is the figure's, to the last digit: most are, and are told without rounding any.

    Of money, in 万元 and printed so: its text has the same whole part.
    """
    held = Decimal(number)
    if not held or figure.unit != YUAN:
        return held == figure.value
    in_wan_yuan = number.partition(".")[0] == text.replace(",", "").partition(".")[0]
    return in_wan_yuan and held.scaleb(_WAN_DIGITS) == figure.value


_WAN_DIGITS = 4
"""One 万元 in 元 has so many noughts."""


def shows(found: str, item: Printed) -> bool:
    """Whether a cell holds the figure: as the number that it was printed as, or as a number within its text."""
    try:
        number = _AS_EXCEL.create_decimal(found)
    except InvalidOperation:
        return _says(found, item.text)
    if not isinstance(item.value, Figure):
        return item.text == found
    wanted = _AS_EXCEL.plus(as_printed(item.value, item.text))
    # 87.25714285714285|71… in the file is 87.25714285714285 to one reader, which rounds the other way at 15 digits.
    return number.is_finite() and abs(number - wanted) <= abs(wanted).scaleb(-14)


def _says(found: str, text: str) -> bool:
    """Whether a number stands in words as it was printed."""
    starts = (m.start() for m in re.finditer(re.escape(text), found))
    return any(whole(found, s, s + len(text)) == text for s in starts)


def as_printed(figure: Figure, text: str) -> Decimal:
    """The figure's number in a worksheet: money in 万元, or in 元 where its text is nearer to that."""
    if figure.unit != YUAN:
        return figure.value
    shown = Decimal(_NOT_DIGITS.sub("", text) or 0)
    wan_yuan = figure.value / YUAN_PER_WAN
    return figure.value if abs(shown - figure.value) < abs(shown - wan_yuan) else wan_yuan


def _verify_paragraphs(rendered: Rendered, package: Package, file: str) -> Iterator[Issue]:
    by_part: dict[str, list[tuple[ParagraphPlace, Printed]]] = {}
    for item in rendered.printed:
        if type(item[0]) is ParagraphPlace:
            by_part.setdefault(item[0].part, []).append((item[0], item))
    for part, items in by_part.items():
        now = _paragraphs(package, part)
        count = len(now)
        shows_there = now.shows if isinstance(now, _PlainParagraphs) else partial(_shows_there, now)
        wrong = [
            (place, item)
            for place, item in items
            for _, paragraph, start, end in [place]
            if paragraph >= count or not shows_there(paragraph, start, end, item[2])
        ]
        if wrong:
            yield from changed(wrong, read_paragraphs(rendered.data, part), list(now), spots(rendered.data), file)


def _shows_there(now: Sequence[str], at: int, start: int, end: int, text: str) -> bool:
    return whole(now[at], start, end) == text


def _verify_charts(printed: Iterable[Printed], package: Package, where: Spots, file: str) -> Iterator[Issue]:
    """What the points of charts hold, in the chart itself and in its data sheet; a gap is a point that is not there."""
    points: dict[str, list[tuple[ChartPlace, Printed]]] = {}
    for item in printed:
        if type(item[0]) is ChartPlace and isinstance(item.value, Figure):
            points.setdefault(item[0].part, []).append((item[0], item))
    for part, items in points.items():
        series = list(package.root(part).iter(f"{_C}ser"))
        cells = _data_sheet(package, part)
        for place, item in items:
            found = _point(series[place.series], place)
            held = [found] if place.label else [found, _cell(series[place.series], place, cells, found)]
            for shown in held:
                if not (_says(shown, item.text) if place.label else shows(shown, item)):
                    yield told(item, shown, SourceRef(file, cell=where.of(place)))
                    break


def _cell(
    series: etree._Element, place: ChartPlace, cells: Mapping[tuple[int, int], str] | None, otherwise: str
) -> str:
    """What the cell of the data sheet holds that a point is of; `otherwise` where there is no data sheet."""
    area = cell_area((series.findtext(f"{_C}val/{_C}numRef/{_C}f") or "").rpartition("!")[2].replace("$", ""))
    return cells.get((area[0] + place.point, area[1]), "") if area and cells is not None else otherwise


def _data_sheet(package: Package, part: str) -> Mapping[tuple[int, int], str] | None:
    """The cells of the data sheet that a chart brings, None where it brings none; a damaged one holds nothing."""
    try:
        book = ChangedParts(package).related(part, "package")
        return read_sheet(package.read(book))[0] if book else None
    except (Damaged, KeyError, ValueError):
        return {}


def _point(series: etree._Element, place: ChartPlace) -> str:
    """What a chart holds at a point: its number, or what is written beside it."""
    if not place.label:
        return series.findtext(f"{_C}val/{_C}numRef/{_C}numCache/{_C}pt[@idx='{place.point}']/{_C}v", "")
    labels = (e for e in series.iterfind(f"{_C}dLbls/{_C}dLbl") if e.find(f"{_C}idx[@val='{place.point}']") is not None)
    return "".join(t.text or "" for label in labels for t in label.iter(f"{_A}t"))


def changed(
    items: Iterable[tuple[ParagraphPlace, Printed]], then: list[str], now: list[str], where: Spots, file: str
) -> Iterator[Issue]:
    """Of `items`, those that no longer stand in their paragraph, wherever that has moved to; `where` names those of `then`."""
    moved = _aligned(then, now)
    for place, item in items:
        target = moved.get(place.paragraph)
        before, after = then[place.paragraph], "" if target is None else now[target]
        found = whole(after, *_moved(before, after, place.start, place.end))
        if found != whole(before, place.start, place.end):
            gone = "" if after.strip() else "（这一段不见了）"
            yield told(item, found, SourceRef(file, cell=f"{where.of(place)}{gone}"))


def _aligned(then: list[str], now: list[str]) -> dict[int, int]:
    """Paragraphs of `then` → their places in `now`.

    Between long stretches that are the same, paragraphs are paired one by one where there are as many: the cells of a
    row hold like amounts, and one that was changed is not one of its neighbours that has moved.
    """
    pairs: dict[int, int] = {}
    a = b = 0
    for block in SequenceMatcher(None, then, now, autojunk=False).get_matching_blocks():
        if 0 < block.size < _LONG:
            continue
        gap = block.a - a, block.b - b
        pairs |= _paired(then[a : block.a], now[b : block.b], a, b) if gap[0] != gap[1] else _in_step(a, b, gap[0])
        pairs |= _in_step(block.a, block.b, block.size)
        a, b = block.a + block.size, block.b + block.size
    return pairs


def _in_step(a: int, b: int, count: int) -> dict[int, int]:
    return dict(zip(range(a, a + count), range(b, b + count), strict=True))


def _paired(then: list[str], now: list[str], a: int, b: int) -> dict[int, int]:
    pairs: dict[int, int] = {}
    for kind, a0, a1, b0, b1 in SequenceMatcher(None, then, now, autojunk=False).get_opcodes():
        if kind in ("equal", "replace"):
            pairs.update(zip(range(a + a0, a + a1), range(b + b0, b + b1), strict=False))
    return pairs


def _moved(before: str, after: str, start: int, end: int) -> tuple[int, int]:
    """Where `before`'s [start:end] is in `after`: shifted where only the text around it changed, else what took its place."""
    left = _common(before, after)
    right = min(_common(before[::-1], after[::-1]), len(before) - left, len(after) - left)
    shift = len(after) - len(before)
    return start if start <= left else start + shift if start >= len(before) - right else left, (
        end if end <= left else end + shift
    )


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def whole(text: str, start: int, end: int) -> str:
    """[start:end] of `text` with the digits that touch it: 840.70 in 1840.70 is another number."""
    while 0 < start <= len(text) and (text[start - 1] == "." or text[start - 1].isdecimal()):
        start -= 1
    while 0 <= end < len(text) and (text[end] == "." or text[end].isdecimal()):
        end += 1
    return text[start:end]


def told(item: Printed, found: str, place: SourceRef) -> Issue:
    """A figure that is not where it was printed: `found` stands there."""
    name = item.value.name if isinstance(item.value, Figure) else item.value.path
    cause = f"这里的 {name} 应是“{item.text}”，现在是“{found or '空白'}”。"
    return Issue("VERIFY-002", Level.ERROR, cause, "改回来；数字要改，先改输入再生成。", name, place)
