"""A PDF with highlights and notes at words of it: added behind the file, whose own bytes stay as they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from budgetgen.audit.docx_comments import AUTHOR
from budgetgen.audit.remarks import Place, Remark
from budgetgen.office.package import Damaged
from budgetgen.published.grid import Box
from budgetgen.published.pdf_pages import bounded

if TYPE_CHECKING:
    from pypdf import PageObject

_COLOURS = {"错误": (0.97, 0.73, 0.66), "疑点": (1.0, 0.88, 0.54)}
_OTHER = (0.74, 0.84, 0.93)
_PRINTED = 4
"""The flag of an annotation that is printed too."""
_SNAP = 2.0
"""Points by which words of one line may stand higher or lower."""
_Corners = tuple[float, float, float, float]


def with_highlights(data: bytes, remarks: Sequence[Remark]) -> bytes:
    """The PDF with a highlight and a note for each remark; what stands on two pages has one on each.

    Damaged: it is not whole, or takes more time or memory than reading may.
    """
    try:
        from pypdf import PdfWriter  # noqa: PLC0415 - an extra
    except ImportError:
        raise Damaged('没有装写 PDF 的部件：pip install "budgetgen[pdf]"') from None
    by_page: dict[int, list[tuple[Remark, list[Box]]]] = defaultdict(list)
    for remark in remarks:
        for page, lines in _lines(remark.place).items():
            by_page[page].append((remark, lines))
    held = BytesIO()
    try:
        with bounded():
            writer = PdfWriter(BytesIO(data), incremental=True)
            for number, noted in by_page.items():
                if number <= len(writer.pages):
                    _annotate(writer, writer.pages[number - 1], noted)
            writer.write(held)
    except Damaged:
        raise
    except Exception as e:  # pypdf raises what it likes of files that are not whole
        raise Damaged(f"PDF 的内部结构不合规（{type(e).__name__}）") from e
    return held.getvalue()


def _lines(place: Place) -> Mapping[int, list[Box]]:
    """The words of a place by page, those of one line as one box."""
    found: dict[int, list[Box]] = defaultdict(list)
    for box in place.mark.boxes:
        if not place.in_cell and not (box.start < place.end and place.start < box.end):
            continue
        lines = found[box.page]
        last = lines[-1] if lines else None
        if last is not None and abs(last.top - box.top) <= _SNAP and abs(last.bottom - box.bottom) <= _SNAP:
            lines[-1] = Box(
                last.start, box.end, box.page, min(last.x0, box.x0), min(last.top, box.top), max(last.x1, box.x1),
                max(last.bottom, box.bottom),
            )  # fmt: skip
        else:
            lines.append(box)
    return found


def _annotate(writer: Any, page: PageObject, noted: Sequence[tuple[Remark, list[Box]]]) -> None:
    from pypdf.generic import (  # noqa: PLC0415
        ArrayObject,
        DictionaryObject,
        FloatObject,
        NameObject,
        NumberObject,
        TextStringObject,
    )

    annotations = page.get("/Annots")
    listed = annotations.get_object() if annotations is not None else None
    if not isinstance(listed, ArrayObject):
        listed = ArrayObject()
        page[NameObject("/Annots")] = listed
    for remark, lines in noted:
        corners = [_on_page(page, line) for line in lines]
        quads = [n for x0, y0, x1, y1 in corners for n in (x0, y1, x1, y1, x0, y0, x1, y0)]
        rectangle = (
            min(c[0] for c in corners), min(c[1] for c in corners),
            max(c[2] for c in corners), max(c[3] for c in corners),
        )  # fmt: skip
        colour = _COLOURS.get(remark.level, _OTHER)
        highlight = DictionaryObject({
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Highlight"),
            NameObject("/Rect"): ArrayObject(map(FloatObject, rectangle)),
            NameObject("/QuadPoints"): ArrayObject(map(FloatObject, quads)),
            NameObject("/C"): ArrayObject(map(FloatObject, colour)),
            NameObject("/F"): NumberObject(_PRINTED),
            NameObject("/T"): TextStringObject(AUTHOR),
            NameObject("/Contents"): TextStringObject("\n".join(remark.lines)),
        })  # fmt: skip
        listed.append(writer._add_object(highlight))  # noqa: SLF001 - its public way takes no quads of several lines


def _on_page(page: PageObject, box: Box) -> _Corners:
    """A box as the reader tells it (turned as the page is shown, down from its upper edge) → in the page's own coordinates."""
    left, low, right, high = (float(n) for n in page.mediabox)
    turn = page.rotation % 360
    tall = right - left if turn in (90, 270) else high - low
    ends = list(_turned((box.x0, tall - box.bottom), turn, (left, low, right, high)))
    ends += _turned((box.x1, tall - box.top), turn, (left, low, right, high))
    across, up = sorted(x for x, _ in ends), sorted(y for _, y in ends)
    return across[0], up[0], across[-1], up[-1]


def _turned(point: tuple[float, float], turn: int, sheet: _Corners) -> Iterator[tuple[float, float]]:
    """A point of the shown page, from its lower left corner, on the sheet that is shown turned by `turn` degrees."""
    across, up = point
    left, low, right, high = sheet
    match turn:
        case 90:
            yield right - up, across + low
        case 180:
            yield right - across, high - up
        case 270:
            yield up + left, high - across
        case _:
            yield across + left, up + low
