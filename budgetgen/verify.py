"""Reads back what was written and holds it against the figures: nothing else knows where a figure stands."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from lxml import etree

from budgetgen.figures import Figure
from budgetgen.issues import Issue, Level, SourceRef
from budgetgen.template import CellPlace, ParagraphPlace, Printed, Rendered

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
Cells = Mapping[tuple[str, str], str]


def verify(rendered: Rendered, data: bytes, file: str = "") -> list[Issue]:
    """Hold `data`, a file as it now is, against what `rendered` printed: every figure that is not where it was.

    `rendered` is the render that the file was written from. A hand that changed one cell or one sentence is told with
    both texts.
    """
    try:
        if any(isinstance(p.place, CellPlace) for p in rendered.printed):
            return list(_verify_cells(rendered.printed, read_cells(data), file))
        return list(_verify_paragraphs(rendered, data, file))
    except (BadZipFile, KeyError, etree.XMLSyntaxError) as e:
        return [Issue("VERIFY-001", Level.ERROR, f"读不回来：{e}", "重新生成。", place=SourceRef(file))]


# --------------------------------------------------------------------------------------------------- workbook


def read_cells(data: bytes) -> dict[tuple[str, str], str]:
    """(sheet, cell) → the cell's value as text, of a workbook's bytes."""
    with ZipFile(io.BytesIO(data)) as package:
        strings = _shared_strings(package)
        cells: dict[tuple[str, str], str] = {}
        for title, part in _sheet_parts(package):
            for cell in _parse(package.read(part)).iter(f"{_S}c"):
                cells[title, str(cell.get("r"))] = _cell_text(cell, strings)
        return cells


def _parse(data: bytes) -> etree._Element:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))


def _shared_strings(package: ZipFile) -> list[str]:
    name = "xl/sharedStrings.xml"
    if name not in package.namelist():
        return []
    return [_joined(item) for item in _parse(package.read(name)).iter(f"{_S}si")]


def _joined(element: etree._Element) -> str:
    return "".join(t.text or "" for t in element.iter(f"{_S}t"))


def _sheet_parts(package: ZipFile) -> Iterator[tuple[str, str]]:
    relations = _parse(package.read("xl/_rels/workbook.xml.rels"))
    targets = {str(r.get("Id")): str(r.get("Target")) for r in relations}
    for sheet in _parse(package.read("xl/workbook.xml")).iter(f"{_S}sheet"):
        target = targets[str(sheet.get(f"{_R}id"))]
        yield str(sheet.get("name")), target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _cell_text(cell: etree._Element, strings: list[str]) -> str:
    kind, value = cell.get("t"), cell.findtext(f"{_S}v")
    if kind == "s" and value is not None:
        return strings[int(value)]
    if kind == "inlineStr":
        return _joined(cell)
    return value or ""


def _verify_cells(printed: Iterable[Printed], cells: Cells, file: str) -> Iterator[Issue]:
    for item in printed:
        if not isinstance(item.place, CellPlace):
            continue
        found = cells.get((item.place.sheet, item.place.cell), "")
        if not _shows(found, item):
            yield _told(item, found or "空白", SourceRef(file, cell=str(item.place)))


def _shows(found: str, item: Printed) -> bool:
    """Whether a cell holds the figure: as a number in 万元 or its own unit, or within its text."""
    try:
        number = Decimal(found)
    except InvalidOperation:
        return item.text in found
    if not isinstance(item.value, Figure):
        return item.text == found
    return number in (item.value.value, item.value.value / 10000)


# --------------------------------------------------------------------------------------------------- document


def read_paragraphs(data: bytes, part: str = "word/document.xml") -> list[str]:
    """The text of each paragraph of a document's part, those in tables included, in order."""
    with ZipFile(io.BytesIO(data)) as package:
        root = _parse(package.read(part))
    return [_paragraph_text(p) for p in root.iter(f"{_W}p")]


def _paragraph_text(paragraph: etree._Element) -> str:
    marks = {f"{_W}tab": "\t", f"{_W}br": "\n"}
    return "".join(e.text or "" if e.tag == f"{_W}t" else marks[e.tag] for e in paragraph.iter(f"{_W}t", *marks))


def _verify_paragraphs(rendered: Rendered, data: bytes, file: str) -> Iterator[Issue]:
    by_part: dict[str, list[tuple[ParagraphPlace, Printed]]] = {}
    for item in rendered.printed:
        if isinstance(item.place, ParagraphPlace):
            by_part.setdefault(item.place.part, []).append((item.place, item))
    for part, items in by_part.items():
        now = read_paragraphs(data, part)
        wrong = [(p, i) for p, i in items if p.paragraph >= len(now) or now[p.paragraph][p.start : p.end] != i.text]
        if wrong:
            yield from _changed(wrong, read_paragraphs(rendered.data, part), now, file)


def _changed(
    items: Iterable[tuple[ParagraphPlace, Printed]], then: list[str], now: list[str], file: str
) -> Iterator[Issue]:
    """Of `items`, those that no longer stand in their paragraph, wherever that has moved to."""
    moved = _aligned(then, now)
    for place, item in items:
        target = moved.get(place.paragraph)
        before, after = then[place.paragraph], "" if target is None else now[target]
        found = _replaced(before, after, place.start, place.end)
        if found != item.text:
            shown = re.sub(r"\s+", " ", after)[:40] or "（这一段不见了）"
            yield _told(item, found or "空白", SourceRef(file, cell=f"第{place.paragraph + 1}段“{shown}”"))


def _aligned(then: list[str], now: list[str]) -> dict[int, int]:
    """Paragraphs of `then` → their places in `now`."""
    pairs: dict[int, int] = {}
    for kind, a0, a1, b0, b1 in SequenceMatcher(None, then, now, autojunk=False).get_opcodes():
        if kind in ("equal", "replace"):
            pairs.update(zip(range(a0, a1), range(b0, b1), strict=False))
    return pairs


def _replaced(before: str, after: str, start: int, end: int) -> str:
    """What `after` has where `before` has [start:end]."""
    if before == after:
        return after[start:end]
    left, right = 0, 0
    while left < min(len(before), len(after)) and before[left] == after[left]:
        left += 1
    while right < min(len(before), len(after)) - left and before[-1 - right] == after[-1 - right]:
        right += 1
    if end <= left:
        return after[start:end]
    if start >= len(before) - right:
        shift = len(after) - len(before)
        return after[start + shift : end + shift]
    widened = after[min(start, left) : len(after) - min(right, len(before) - end)]
    return widened[max(0, start - left) :] if start > left else widened


def _told(item: Printed, found: str, place: SourceRef) -> Issue:
    name = item.value.name if isinstance(item.value, Figure) else item.value.path
    cause = f"这里的 {name} 应是“{item.text}”，现在是“{found}”。"
    return Issue("VERIFY-002", Level.ERROR, cause, "改回来；数字要改，先改输入再生成。", name, place)


def verify_file(rendered: Rendered, path: Path) -> list[Issue]:
    """`verify` for a file on disk."""
    return verify(rendered, path.read_bytes(), path.name)
