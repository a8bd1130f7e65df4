"""The workbook's cell styles: what a Word table needs of them, and twins that wrap their text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from lxml import etree

from budgetgen.template.language.slots import serialize
from budgetgen.template.xlsx.numberformat import BUILTIN, NumberFormat
from budgetgen.template.xlsx.sheet_xml import q

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T")
SIDES = ("top", "left", "bottom", "right")


@dataclass(frozen=True, slots=True)
class Font:
    """What of a font a Word table keeps."""

    name: str = "宋体"
    size: float = 11
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    color: str = ""


@dataclass(frozen=True, slots=True)
class Style:
    """One cell format. `borders` maps a side to (line, colour); colours are RRGGBB or blank."""

    format: NumberFormat
    font: Font = Font()
    fill: str = ""
    borders: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    horizontal: str = "general"
    vertical: str = "bottom"
    wrap: bool = False
    indent: int = 0
    rotation: int = 0


class Styles:
    """`styles.xml`. A style that a template asks to wrap gets a twin, so the part may grow while compiling."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._formats = {int(f.get("numFmtId") or 0): f.get("formatCode") or "" for f in root.iter(q("numFmt"))}
        self._ready: dict[int, NumberFormat] = {}
        self._colors = [
            c.get("rgb") or "" for c in root.iterfind(f"{q('colors')}/{q('indexedColors')}/{q('rgbColor')}")
        ]
        self._fonts = [self._font(f) for f in root.iterfind(f"{q('fonts')}/{q('font')}")]
        self._fills = [self._fill(f) for f in root.iterfind(f"{q('fills')}/{q('fill')}")]
        self._borders = [self._border(b) for b in root.iterfind(f"{q('borders')}/{q('border')}")]
        self._table = root.find(q("cellXfs"))
        self._xfs = list(self._table) if self._table is not None else []
        self.changed = False
        self._styles: dict[int, Style] = {}
        self._twins: dict[int, int] = {}

    @property
    def xml(self) -> bytes:
        """The part with its twins."""
        return serialize(self._root).encode()

    def __getitem__(self, index: int) -> Style:
        if index not in self._styles:
            self._styles[index] = self._style(index)
        return self._styles[index]

    def wrapping(self, index: int) -> int:
        """The number of the style that is `index` with wrapped text."""
        if self[index].wrap or self._table is None or index >= len(self._xfs):
            return index
        if index not in self._twins:
            twin = etree.fromstring(etree.tostring(self._xfs[index]))
            alignment = twin.find(q("alignment"))
            if alignment is None:
                alignment = etree.Element(q("alignment"))
                twin.insert(0, alignment)
            alignment.set("wrapText", "1")
            twin.set("applyAlignment", "1")
            self._table.append(twin)
            self._xfs.append(twin)
            self._table.set("count", str(len(self._xfs)))
            self._twins[index] = len(self._xfs) - 1
            self.changed = True
        return self._twins[index]

    def format(self, number: int) -> NumberFormat:
        """The number format with that id."""
        if number not in self._ready:
            self._ready[number] = NumberFormat(self._formats.get(number) or BUILTIN.get(number, "General"))
        return self._ready[number]

    def _style(self, index: int) -> Style:
        if index >= len(self._xfs):
            return Style(self.format(0))
        xf = self._xfs[index]
        alignment = xf.find(q("alignment"))
        about: Mapping[str, str] = alignment.attrib if alignment is not None else {}  # type: ignore[assignment]
        return Style(
            self.format(int(xf.get("numFmtId") or 0)),
            _at(self._fonts, xf.get("fontId"), Font()),
            _at(self._fills, xf.get("fillId"), ""),
            _at(self._borders, xf.get("borderId"), {}),
            about.get("horizontal", "general"),
            about.get("vertical", "bottom"),
            about.get("wrapText") in ("1", "true"),
            int(about.get("indent", 0)),
            int(about.get("textRotation", 0)),
        )

    def _font(self, font: etree._Element) -> Font:
        def value(name: str) -> str | None:
            found = font.find(q(name))
            return None if found is None else found.get("val") or "1"

        def on(name: str) -> bool:
            return value(name) not in (None, "0", "false", "none")

        size = value("sz")
        return Font(
            value("name") or "宋体", float(size) if size else 11, on("b"), on("i"), on("u"), on("strike"),
            self._color(font.find(q("color"))),
        )  # fmt: skip

    def _fill(self, fill: etree._Element) -> str:
        pattern = fill.find(q("patternFill"))
        if pattern is None or pattern.get("patternType") != "solid":
            return ""
        return self._color(pattern.find(q("fgColor")))

    def _border(self, border: etree._Element) -> dict[str, tuple[str, str]]:
        sides: dict[str, tuple[str, str]] = {}
        for side in SIDES:
            found = border.find(q(side))
            if found is not None and found.get("style") not in (None, "none"):
                sides[side] = (found.get("style") or "", self._color(found.find(q("color"))))
        return sides

    def _color(self, color: etree._Element | None) -> str:
        """RRGGBB; blank for automatic, theme and unknown colours."""
        if color is None:
            return ""
        indexed = color.get("indexed")
        rgb = color.get("rgb") or (_at(self._colors, indexed, "") if indexed else "")
        return rgb[-6:].upper() if len(rgb) >= len("RRGGBB") else ""


def _at(items: Sequence[T], index: str | None, default: T) -> T:
    number = int(index or 0)
    return items[number] if number < len(items) else default
