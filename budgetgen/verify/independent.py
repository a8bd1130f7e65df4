"""A second reading of what was written, by programs that are not ours: openpyxl, python-docx, and LibreOffice.

None of them knows how the files were made; each figure must be where the render says, for all of them.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isclose
from pathlib import Path

import docx
import openpyxl
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from budgetgen.figures import Figure
from budgetgen.issues import Issue, Level, SourceRef
from budgetgen.office.cells import column_name
from budgetgen.office.libreoffice import convert, find_office
from budgetgen.template import CellPlace, ParagraphPlace, Printed, Rendered
from budgetgen.verify import Cells, as_printed, changed, shows, spots, told

_BODY = "word/document.xml"
_NOTES = ("footnotes+xml", "endnotes+xml")
"""The ends of what kinds of parts python-docx leaves unread."""
# Every sheet as a file of its own, each cell as its number format shows it.
_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1"
_SAME = 1e-14
"""How far two doubles may lie apart that are one number of 15 digits, as a worksheet keeps it."""
WORKBOOKS, DOCUMENTS, OFFICE = "openpyxl", "python-docx", "LibreOffice"


def verify_independently(rendered: Rendered, data: bytes, name: str) -> list[Issue]:
    """Hold each printed figure against what other programs read at its place; `data` are the bytes that were written.

    LibreOffice reads them where it is installed.
    """
    issues = list(_in_cells(rendered, data, name) if _is_workbook(rendered) else _in_paragraphs(rendered, data, name))
    if program := find_office():
        with tempfile.TemporaryDirectory(prefix="budgetgen-", ignore_cleanup_errors=True) as scratch:
            issues += _by_office(program, rendered, data, name, Path(scratch))
    return issues


def readers() -> tuple[str, ...]:
    """The programs that read here."""
    return (WORKBOOKS, DOCUMENTS, OFFICE) if find_office() else (WORKBOOKS, DOCUMENTS)


def _is_workbook(rendered: Rendered) -> bool:
    return any(isinstance(p.place, CellPlace) for p in rendered.printed)


def _told(by: str, issue: Issue) -> Issue:
    return replace(
        issue, cause=f"{by} 读出来不对：{issue.cause}", mend="这是程序的错，请把数据文件和这段话发给开发者。"
    )


def _unread(by: str, name: str, why: object) -> Issue:
    return Issue("VERIFY-001", Level.ERROR, f"{by} 读不回来：{why}", "重新生成。", place=SourceRef(name))


# --------------------------------------------------------------------------------------- openpyxl, python-docx


def _in_cells(rendered: Rendered, data: bytes, name: str) -> Iterator[Issue]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(data))
    except Exception as e:  # noqa: BLE001 - whatever openpyxl makes of a broken file
        yield _unread(WORKBOOKS, name, e)
        return
    where = spots(data)
    for item in rendered.printed:
        if isinstance(item.place, CellPlace):
            value = book[item.place.sheet][item.place.cell].value if item.place.sheet in book else None
            if not _holds(value, item):
                yield _told(WORKBOOKS, told(item, str(value), SourceRef(name, cell=where.of(item.place))))


def _holds(value: object, item: Printed) -> bool:
    """Whether what openpyxl gives is the figure; of a number it gives the nearest double, which is no text."""
    if isinstance(value, (int, float)) and isinstance(item.value, Figure):
        return isclose(value, float(as_printed(item.value, item.text)), rel_tol=_SAME, abs_tol=_SAME)
    return shows("" if value is None else str(value), item)


def _in_paragraphs(rendered: Rendered, data: bytes, name: str) -> Iterator[Issue]:
    try:
        texts = _paragraphs(data)
    except Exception as e:  # noqa: BLE001 - whatever python-docx makes of a broken file
        yield _unread(DOCUMENTS, name, e)
        return
    where = spots(data)
    for place, item in _places(rendered):
        part = texts.get(place.part, ())
        text = part[place.paragraph] if place.paragraph < len(part) else ""
        found = text[place.start : place.end]
        if found != item.text:
            yield _told(DOCUMENTS, told(item, found, SourceRef(name, cell=where.of(place))))


def _places(rendered: Rendered) -> Iterator[tuple[ParagraphPlace, Printed]]:
    return ((p.place, p) for p in rendered.printed if isinstance(p.place, ParagraphPlace))


def _paragraphs(data: bytes) -> dict[str, list[str]]:
    """Part → the text of its paragraphs, those in tables included, as python-docx reads them."""
    document = docx.Document(io.BytesIO(data))
    texts: dict[str, list[str]] = {}
    for part in document.part.package.iter_parts():
        root = getattr(part, "element", None)
        if root is None and part.content_type.endswith(_NOTES):
            root = parse_xml(part.blob)
        if root is not None:
            found = root.iter(qn("w:p"))
            texts[str(part.partname).lstrip("/")] = [Paragraph(p, document).text for p in found]
    return texts


# ------------------------------------------------------------------------------------------------- LibreOffice


def _by_office(program: str, rendered: Rendered, data: bytes, name: str, folder: Path) -> Iterator[Issue]:
    """What LibreOffice shows in each cell; what it keeps of each paragraph when it saves the document anew."""
    kind = _CSV if _is_workbook(rendered) else "docx"
    source, target = folder / f"packet{Path(name).suffix}", folder / "read"
    source.write_bytes(data)
    trouble = convert(program, kind, [source], target)
    made = sorted(target.glob("packet*")) if target.is_dir() else []
    if not made:
        yield _unread(OFFICE, name, trouble.strip("（）") or "没有读出内容")
    elif _is_workbook(rendered):
        yield from _shown_in_cells(rendered, _shown(made), data, name)
    else:
        yield from _kept_in_paragraphs(rendered, data, made[0].read_bytes(), name)


def _shown(files: Sequence[Path]) -> Cells:
    """(sheet, cell) → its text as shown, from a file per sheet: `packet-公开01.csv`."""
    cells: dict[tuple[str, str], str] = {}
    for file in files:
        sheet = file.stem.removeprefix("packet-")
        with file.open(encoding="utf-8", newline="") as lines:
            for row, texts in enumerate(csv.reader(lines), 1):
                cells |= {(sheet, f"{column_name(c)}{row}"): text for c, text in enumerate(texts, 1)}
    return cells


def _shown_in_cells(rendered: Rendered, cells: Cells, data: bytes, name: str) -> Iterator[Issue]:
    where = spots(data)
    for item in rendered.printed:
        if isinstance(item.place, CellPlace):
            found = cells.get((item.place.sheet, item.place.cell), "").strip()
            if found.replace(",", "") != item.text.replace(",", "") and not _says(found, item):
                yield _told(OFFICE, told(item, found, SourceRef(name, cell=where.of(item.place))))


def _says(found: str, item: Printed) -> bool:
    """Whether a text, as opposed to a number, holds the figure; a number must look as it was printed."""
    return not found.replace(",", "").replace(".", "").lstrip("-").isdecimal() and shows(found, item)


def _kept_in_paragraphs(rendered: Rendered, data: bytes, kept: bytes, name: str) -> Iterator[Issue]:
    then, now = _paragraphs(data)[_BODY], _paragraphs(kept)[_BODY]
    items = [(place, item) for place, item in _places(rendered) if place.part == _BODY]
    yield from (_told(OFFICE, issue) for issue in changed(items, then, now, spots(data), name))
