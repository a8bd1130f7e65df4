"""PDFs drawn for tests: texts and ruled lines at given places, without any program that makes PDFs."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

SIZE = 10.0
_FONT = (
    b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType0"
    b"/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/DW 1000/W[1 95 500]"
    b"/FontDescriptor<</Type/FontDescriptor/FontName/STSong-Light/Ascent 880/Descent -120/Flags 6>>>>]>>"
)


@dataclass
class Sheet:
    """One page: texts at (left, top), lines; points from the upper left corner. Characters are 10 high, Chinese ones 10 wide."""

    width: float = 300
    height: float = 400
    rotate: int = 0
    marks: list[str] = field(default_factory=list)

    def text(self, left: float, top: float, text: str, *, size: float = SIZE, matrix: str = "") -> Sheet:
        words = text.encode("utf-16-be").hex()
        at = matrix or f"1 0 0 1 {left} {self.height - top - 0.88 * size}"
        self.marks.append(f"BT /F {size} Tf {at} Tm <{words}> Tj ET")
        return self

    def line(self, x0: float, y0: float, x1: float, y1: float) -> Sheet:
        self.marks.append(f"{x0} {self.height - y0} m {x1} {self.height - y1} l S")
        return self

    def table(self, left: float, top: float, widths: Sequence[float], rows: Sequence[Sequence[str]]) -> Sheet:
        """A ruled table: rows are 20 high, or more where a cell's text (\\n) has several lines."""
        edges = [left + sum(widths[:n]) for n in range(len(widths) + 1)]
        y = top
        self.line(edges[0], y, edges[-1], y)
        for row in rows:
            height = max(20, *(14 * len(text.split("\n")) + 6 for text in row))
            for x, text in zip(edges, row, strict=False):
                for n, piece in enumerate(text.split("\n")):
                    self.text(x + 2, y + 5 + 14 * n, piece)
            for x in edges:
                self.line(x, y, x, y + height)
            y += height
            self.line(edges[0], y, edges[-1], y)
        return self


def drawn(*sheets: Sheet, trailer: bytes = b"", more: Sequence[bytes] = ()) -> bytes:
    """A PDF of these pages; `more` are further objects, numbered from 4 + 2 × pages."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(len(sheets)))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(sheets)), _FONT]
    for n, sheet in enumerate(sheets):
        box = f"[0 0 {sheet.width} {sheet.height}]".encode()
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox%s/Rotate %d/Contents %d 0 R/Resources<</Font<</F 3 0 R>>>>>>"
            % (box, sheet.rotate, 5 + 2 * n)
        )
        objects.append(stream("\n".join(sheet.marks).encode()))
    return assembled([*objects, *more], trailer)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A deflated stream."""
    packed = zlib.compress(data)
    return b"<</Length %d/Filter/FlateDecode%s>>stream\n%s\nendstream" % (len(packed), entries, packed)


def assembled(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of numbered objects, the catalogue first."""
    out, places = bytearray(b"%PDF-1.5\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out) + b"trailer<</Root 1 0 R/Size %d%s>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, start)
