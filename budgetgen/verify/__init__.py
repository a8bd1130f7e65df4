"""Reads back what was written and holds it against the figures: nothing else knows where a figure stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from difflib import SequenceMatcher
from html import unescape

from lxml import etree

from budgetgen.figures import YUAN, Figure
from budgetgen.issues import Issue, Level, SourceRef
from budgetgen.money import YUAN_PER_WAN
from budgetgen.office.package import Damaged, Package, parse_xml, refuse_broken
from budgetgen.template import CellPlace, ParagraphPlace, Printed, Rendered

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VALUE, _TEXT = f"{_S}v", f"{_S}t"
_DECLARED = rb"\s*(?:<\?xml[^>]*encoding=[\"']UTF-8[\"'][^>]*\?>)?\s*"
_WORD_HEAD = re.compile(_DECLARED + rb"<w:\w+ [^>]*xmlns:w=", re.IGNORECASE)
_SHEET_HEAD = re.compile(_DECLARED + rb"<worksheet [^>]*xmlns=", re.IGNORECASE)
_ODD = (b"<!", b"<w:txbxContent", b"\r")
"""What only a tree tells apart: comments, text boxes inside paragraphs, line ends that XML reads as others."""
_CELL_XML = re.compile(r'<c r="([A-Z]+[0-9]+)"([^>]*[^>/])?>(.*?)</c>', re.DOTALL)
_CELL_VALUE, _CELL_TEXT = re.compile("<v>([^<]*)</v>"), re.compile("<t(?: [^>]*)?>([^<]*)</t>")
_PARAGRAPH = re.compile("<w:p(?=[ >/])")
_WORD_TEXT = re.compile(r"<w:t(?: [^>]*)?>([^<]*)</w:t>|<w:(tab|br)(?:/| w:type)")
_MARKS = {"tab": "\t", "br": "\n"}
Cells = Mapping[tuple[str, str], str]
"""(sheet, cell) → its value as text."""
_NOT_DIGITS = re.compile(r"[^\d.-]")
# A worksheet's number is a double and means its 15 significant digits: 93.48999999999999 is 93.49.
_AS_EXCEL = Context(prec=15, rounding=ROUND_HALF_EVEN)


def read_cells(data: bytes) -> dict[tuple[str, str], str]:
    """(sheet, cell) → the cell's value as text, of a workbook's bytes."""
    package = Package(data)
    strings = _shared_strings(package)
    cells: dict[tuple[str, str], str] = {}
    for title, part in _sheet_parts(package):
        xml = package.read(part)
        found = _plain_cells(xml, strings) if _is_plain(xml, _SHEET_HEAD) else _tree_cells(xml, strings)
        cells |= {(title, place): text for place, text in found}
    return cells


def _is_plain(xml: bytes, head: re.Pattern[bytes]) -> bool:
    """Whether the XML is as office programs write it, so that its texts are found without a tree. Damaged: it is broken."""
    if not head.match(xml) or any(odd in xml for odd in _ODD):
        return False
    refuse_broken(xml)
    return True


def _plain_cells(xml: bytes, strings: list[str]) -> Iterator[tuple[str, str]]:
    for place, attributes, inside in _CELL_XML.findall(xml.decode("utf-8")):
        if ' t="inlineStr"' in attributes:
            yield place, unescape("".join(_CELL_TEXT.findall(inside)))
        elif found := _CELL_VALUE.search(inside):
            yield place, strings[int(found[1])] if ' t="s"' in attributes else unescape(found[1])


def _tree_cells(xml: bytes, strings: list[str]) -> Iterator[tuple[str, str]]:
    return ((cell.get("r", ""), _cell_text(cell, strings)) for cell in parse_xml(xml).iter(f"{_S}c") if len(cell))


def _shared_strings(package: Package) -> list[str]:
    name = "xl/sharedStrings.xml"
    if name not in package:
        return []
    return [_joined(item) for item in package.root(name).iter(f"{_S}si")]


def _joined(element: etree._Element) -> str:
    return "".join([t.text or "" for t in element.iter(_TEXT)])


def _sheet_parts(package: Package) -> Iterator[tuple[str, str]]:
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
    xml = Package(data).read(part)
    if _is_plain(xml, _WORD_HEAD):
        return [_plain_text(p) for p in _PARAGRAPH.split(xml.decode("utf-8"))[1:]]
    return [_paragraph_text(p) for p in parse_xml(xml).iter(f"{_W}p")]


def _plain_text(xml: str) -> str:
    found = _WORD_TEXT.findall(xml)
    if not found:
        return ""
    text = "".join([t or _MARKS.get(mark, "") for t, mark in found])
    return unescape(text) if "&" in text else text


def _paragraph_text(paragraph: etree._Element) -> str:
    marks = {f"{_W}{name}": mark for name, mark in _MARKS.items()}
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
        if any(isinstance(p.place, CellPlace) for p in rendered.printed):
            return list(_verify_cells(rendered.printed, read_cells(data), file))
        return list(_verify_paragraphs(rendered, data, file))
    except (Damaged, KeyError, ValueError, IndexError) as e:
        return [Issue("VERIFY-001", Level.ERROR, f"读不回来：{e}", "重新生成。", place=SourceRef(file))]


def _verify_cells(printed: Iterable[Printed], cells: Cells, file: str) -> Iterator[Issue]:
    for item in printed:
        if not isinstance(item.place, CellPlace):
            continue
        found = cells.get((item.place.sheet, item.place.cell), "")
        if not shows(found, item):
            yield told(item, found, SourceRef(file, cell=str(item.place)))


def shows(found: str, item: Printed) -> bool:
    """Whether a cell holds the figure: as the number that it was printed as, or as a number within its text."""
    try:
        number = _AS_EXCEL.create_decimal(found)
    except InvalidOperation:
        starts = (m.start() for m in re.finditer(re.escape(item.text), found))
        return any(whole(found, s, s + len(item.text)) == item.text for s in starts)
    if not isinstance(item.value, Figure):
        return item.text == found
    wanted = _AS_EXCEL.plus(as_printed(item.value, item.text))
    # 87.25714285714285|71… in the file is 87.25714285714285 to one reader, which rounds the other way at 15 digits.
    return number.is_finite() and abs(number - wanted) <= abs(wanted).scaleb(-14)


def as_printed(figure: Figure, text: str) -> Decimal:
    """The figure's number in a worksheet: money in 万元, or in 元 where its text is nearer to that."""
    if figure.unit != YUAN:
        return figure.value
    shown = Decimal(_NOT_DIGITS.sub("", text) or 0)
    wan_yuan = figure.value / YUAN_PER_WAN
    return figure.value if abs(shown - figure.value) < abs(shown - wan_yuan) else wan_yuan


def _verify_paragraphs(rendered: Rendered, data: bytes, file: str) -> Iterator[Issue]:
    by_part: dict[str, list[tuple[ParagraphPlace, Printed]]] = {}
    for item in rendered.printed:
        if isinstance(item.place, ParagraphPlace):
            by_part.setdefault(item.place.part, []).append((item.place, item))
    for part, items in by_part.items():
        now = read_paragraphs(data, part)
        wrong = [
            (p, i) for p, i in items if p.paragraph >= len(now) or whole(now[p.paragraph], p.start, p.end) != i.text
        ]
        if wrong:
            yield from changed(wrong, read_paragraphs(rendered.data, part), now, file)


def changed(
    items: Iterable[tuple[ParagraphPlace, Printed]], then: list[str], now: list[str], file: str
) -> Iterator[Issue]:
    """Of `items`, those that no longer stand in their paragraph, wherever that has moved to."""
    moved = _aligned(then, now)
    for place, item in items:
        target = moved.get(place.paragraph)
        before, after = then[place.paragraph], "" if target is None else now[target]
        found = whole(after, *_moved(before, after, place.start, place.end))
        if found != whole(before, place.start, place.end):
            shown = re.sub(r"\s+", " ", after)[:40] or "（这一段不见了）"
            yield told(item, found, SourceRef(file, cell=f"第{place.paragraph + 1}段“{shown}”"))


def _aligned(then: list[str], now: list[str]) -> dict[int, int]:
    """Paragraphs of `then` → their places in `now`."""
    pairs: dict[int, int] = {}
    for kind, a0, a1, b0, b1 in SequenceMatcher(None, then, now, autojunk=False).get_opcodes():
        if kind in ("equal", "replace"):
            pairs.update(zip(range(a0, a1), range(b0, b1), strict=False))
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
