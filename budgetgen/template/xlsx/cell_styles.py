"""How a cell looks: its font, borders and fill, and what its number format makes of a number (ECMA-376 part 1, 18.8)."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, TypeVar

from lxml import etree
from markupsafe import escape

from budgetgen.expression import TABLE_DECIMALS, TABLE_THOUSANDS, TABLE_ZEROS
from budgetgen.money import YUAN_PER_WAN, plain_text
from budgetgen.records import record
from budgetgen.template.docx.word_xml import CLOSE, RUN
from budgetgen.template.language.package_parts import serialize
from budgetgen.template.xlsx.sheet_reader import q

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from budgetgen.expression import Wording


BUILTIN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?",
    13: "# ??/??", 14: "yyyy/m/d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 22: "yyyy/m/d h:mm",
    37: "#,##0;-#,##0", 38: "#,##0;[Red]-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;[Red]-#,##0.00",
    41: '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', 42: '_ ¥* #,##0_ ;_ ¥* -#,##0_ ;_ ¥* "-"_ ;_ @_ ',
    43: '_ * #,##0.00_ ;_ * -#,##0.00_ ;_ * "-"??_ ;_ @_ ',
    44: '_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* "-"??_ ;_ @_ ', 48: "##0.0E+0", 49: "@",
}  # fmt: skip
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<general>General|G/通用格式)|(?P<digits>[0#?][0#?,]*(?:\.[0#?]*)?|\.[0#?]+)|(?P<percent>%)|(?P<text>@)"
    r"|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?\d+(?:\.\d+)?)$")
_CURRENCY = re.compile(r"\$([^-]*)(?:-[0-9A-Fa-f]+)?$")
_TESTS = {
    "<": Decimal.__lt__, ">": Decimal.__gt__, "<=": Decimal.__le__, ">=": Decimal.__ge__,
    "=": Decimal.__eq__, "<>": Decimal.__ne__,
}  # fmt: skip
_PLAIN = re.compile(r"[-\d,.%]*$")
_MEMORY = 5000
_ZERO = 2
_GENERAL_DIGITS = 11
_MOST_DECIMALS = 30  # Excel's bound
_STEPS = [Decimal(1).scaleb(-places) for places in range(_MOST_DECIMALS + 1)]
"""The last place kept, by how many decimals are shown."""
_UNSUPPORTED = re.compile(r"[ymdhsEe]|/", re.IGNORECASE)


@dataclass(slots=True)
class Shown:
    """A value as it shows in a cell, made once for worksheet and document."""

    cell: bytes
    """A worksheet's cell from behind its style on."""
    word: bytes
    """A document's cell from behind the properties of its paragraph on."""
    text: str
    """What a reader sees."""
    held: str = ""
    """The number that a worksheet's cell holds."""
    is_number: bool = False
    """Whether it stands right unless told otherwise."""
    wraps: bool = False
    """Whether it has line breaks."""
    lines: Sequence[tuple[int, int, int]] = ()
    """How wide its lines are, as `lines_of` tells it; nothing of what takes one line in any case."""
    widest: float = 0.0
    """The widest of them, in characters."""


class Numbers(dict[Decimal, Shown]):
    """Numbers that have been shown, and those that have not yet when they are asked for."""

    __slots__ = ("_text", "_unit")

    def __init__(self, text: Callable[[Decimal], str], unit: Decimal) -> None:
        super().__init__()
        self._text, self._unit = text, unit

    def __missing__(self, value: Decimal) -> Shown:
        if len(self) > _MEMORY:
            self.clear()
        number = value / self._unit if self._unit != 1 else Decimal(value)
        text = self._text(number)
        xml = text if _PLAIN.match(text) else str(escape(text))
        held, word = plain_text(number, strip_zeros=True), f"{RUN}{xml}{CLOSE}".encode()
        found = self[value] = Shown(f"><v>{held}</v></c>".encode(), word, text, held, is_number=True)
        return found


@record
class _Section:
    """One of the parts that semicolons separate: text before and after the digits, and how the digits are cut."""

    before: str = ""
    after: str = ""
    whole: str = ""
    decimals: str = ""
    thousands: bool = False
    scale: int = 0
    general: bool = False
    takes_text: bool = False
    has_digits: bool = False
    condition: tuple[str, Decimal] | None = None

    def holds(self, value: Decimal) -> bool:
        return self.condition is not None and bool(_TESTS[self.condition[0]](value, self.condition[1]))

    def text(self, value: Decimal) -> str:
        """`value` (not negative unless General) with its literals."""
        if self.general:
            return f"{self.before}{general_text(value)}{self.after}"
        return f"{self.before}{self.digits(value)}{self.after}" if self.has_digits else self.before + self.after

    def digits(self, value: Decimal) -> str:
        scaled = value.scaleb(self.scale) if self.scale else value
        rounded = scaled.quantize(_STEPS[len(self.decimals)], ROUND_HALF_UP)
        whole, _, decimals = format(abs(rounded), ",f" if self.thousands else "f").partition(".")
        least = self.whole.count("0")
        if whole == "0" and not least:
            whole = ""
        if len(whole) < least:
            whole = whole.zfill(least)
        for kept in range(len(decimals), 0, -1):
            if self.decimals[kept - 1] == "0" or decimals[kept - 1] != "0":
                return f"{whole}.{decimals[:kept]}"
        return f"{whole}." if self.decimals else whole


@dataclass(slots=True)
class NumberFormat:
    """A format code made ready. Codes that need a calendar or fractions fall back to General."""

    code: str
    sections: tuple[_Section, ...] = ()
    as_is: Numbers = field(init=False, repr=False)
    """Each number as a cell shows it."""
    in_wan: Numbers = field(init=False, repr=False)
    """Each amount in 元 as a cell shows it in 万元."""
    _numeric: list[_Section] = field(init=False, repr=False)
    _has_conditions: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.sections = tuple(_section(part) for part in _split(self.code)) or (_section("General"),)
        self._numeric = [s for s in self.sections[:3] if not s.takes_text] or [_section("General")]
        self._has_conditions = any(s.condition for s in self._numeric)
        self.as_is, self.in_wan = Numbers(self._text, Decimal(1)), Numbers(self._text, YUAN_PER_WAN)

    def stored(self) -> tuple[str]:
        """Its code; numbers that were shown are not kept between runs."""
        return (self.code,)

    def revive(self, code: str) -> None:
        """Let it be the format of this code."""
        self.code = code
        self.__post_init__()

    def text(self, value: Decimal) -> str:
        """The number as the cell shows it; ties round away from zero."""
        return self.as_is[value].text

    def label(self, text: str) -> str:
        """A text as the cell shows it: the fourth section, or the only one, may add to it."""
        for section in self.sections[3:4] or self.sections[:1]:
            if section.takes_text:
                return f"{section.before}{text}{section.after}"
        return text

    def _text(self, value: Decimal) -> str:
        section, signed = self._choose(value)
        if section.general or not signed:
            return section.text(value if signed else abs(value))
        rounds_to_zero = not section.digits(abs(value)).strip("0.,")
        return f"{'' if rounds_to_zero else '-'}{section.text(abs(value))}"

    def _choose(self, value: Decimal) -> tuple[_Section, bool]:
        """The section for `value`, and whether it leaves the minus sign to us."""
        sections = self._numeric
        if self._has_conditions:
            chosen = next((s for s in sections if s.condition and s.holds(value)), None)
            chosen = chosen or next((s for s in sections if not s.condition), sections[-1])
            return chosen, value < 0
        if value < 0 and len(sections) > 1:
            return sections[1], False
        if value == 0 and len(sections) > _ZERO:
            return sections[_ZERO], False
        return sections[0], value < 0


def general_text(value: Decimal) -> str:
    """As many digits as needed, at most eleven."""
    if not value:
        return "0"
    places = max(0, min(_GENERAL_DIGITS - 2, _GENERAL_DIGITS - 1 - value.adjusted()))
    text = format(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _split(code: str) -> list[str]:
    """The code's sections; semicolons in quotes, brackets and after a backslash do not count."""
    parts, at = [""], 0
    for found in _TOKEN.finditer(code):
        at = found.end()
        if found["other"] == ";":
            parts.append("")
        else:
            parts[-1] += found[0]
    return parts if at else []


def _section(code: str) -> _Section:
    before, after, condition = "", "", None
    digits, scale, percent, general, takes_text = "", 0, False, False, False
    for found in _TOKEN.finditer(code):
        kind, literal = found.lastgroup, ""
        if kind == "digits" and not digits:
            digits = found[0]
        elif kind == "general":
            general = True
        elif kind == "text":
            takes_text = True
        elif kind == "bracket":
            literal, condition = _bracket(found["bracket"], condition)
        elif kind == "other" and _UNSUPPORTED.match(found[0]):
            return _Section(general=True)
        elif kind == "percent":
            percent, literal = True, "%"
        elif kind in ("quoted", "escaped", "other"):
            literal = found[kind]
        if digits or general or takes_text:
            after += literal
        else:
            before += literal
    whole, _, decimals = digits.partition(".")
    thousands = "," in whole.rstrip(",")
    scale = -3 * (len(whole) - len(whole.rstrip(","))) + (2 if percent else 0)
    return _Section(
        before, after, whole.replace(",", ""), decimals.replace(",", "")[:_MOST_DECIMALS], thousands, scale, general, takes_text,
        bool(digits), condition,
    )  # fmt: skip


def _bracket(inside: str, condition: tuple[str, Decimal] | None) -> tuple[str, tuple[str, Decimal] | None]:
    """The text that `[¥]`-like brackets print, and the condition that `[<1]`-like ones set; colours print nothing."""
    found = _CONDITION.match(inside)
    if found:
        return "", (found[1], Decimal(found[2]))
    currency = _CURRENCY.match(inside)
    return (currency[1] if currency else ""), condition


T = TypeVar("T")
SIDES = ("top", "left", "bottom", "right")


@record
class Font:
    """What of a font a Word table keeps."""

    name: str = "宋体"
    size: float = 11
    bold: bool = False
    italic: bool = False
    underline: bool = False
    strike: bool = False
    color: str = ""


@record
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


_AMOUNT = re.compile(r"(#,##0|General)(\.0+)?$")


def amount_code(code: str, wording: Wording) -> str:
    """A number format with decimals, commas and zeros of amounts as they are worded; any other stays as it is.

    A format of amounts has commas (`#,##0.00`), or several parts (`General;-General;`).
    """
    parts = _split(code)
    found = _AMOUNT.match(parts[0]) if parts else None
    if not found or (found[1] == "General" and len(parts) == 1):
        return code
    digits = found[0]
    if found[1] != "General":
        places = TABLE_DECIMALS.get(wording.table_decimals, found[2] or "")
        digits = TABLE_THOUSANDS.get(wording.table_thousands, found[1]) + places
    zero = TABLE_ZEROS.get(wording.table_zero, parts[_ZERO] if len(parts) > _ZERO else None)
    if zero is not None:
        return ";".join((digits, f"-{digits}", zero, *parts[_ZERO + 1 :]))
    return ";".join((digits, *(f"-{digits}" for _ in parts[1:])))


class Styles:
    """`styles.xml`. A style that a template asks to wrap gets a twin, so the part may grow while compiling."""

    def __init__(self, root: etree._Element, wording: Wording | None = None) -> None:
        """`wording` says how amounts are written."""
        self._root = root
        reworded = wording is not None and wording.has_own_formats and _reword(root, wording)
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
        self.changed = reworded
        self._styles: dict[int, Style] = {}
        self._twins: dict[int, int] = {}

    def stored(self) -> tuple[dict[int, Style], dict[int, int], dict[int, str]]:
        """The styles, their twins and the codes of number formats."""
        return {index: self[index] for index in range(len(self._xfs))}, self._twins, self._formats

    def revive(self, styles: dict[int, Style], twins: dict[int, int], formats: dict[int, str]) -> None:
        """Let them be those of a workbook that is compiled: no further twins are made."""
        self._styles, self._twins, self._formats, self._ready = styles, twins, formats, {}
        self._table, self._xfs, self.changed = None, [], False

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
        if index not in self._twins:
            if self[index].wrap or self._table is None or index >= len(self._xfs):
                return index
            twin = deepcopy(self._xfs[index])
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


def _reword(root: etree._Element, wording: Wording) -> bool:
    """Give cell formats the number formats that `wording` asks for; whether any has another now."""
    formats = root.find(q("numFmts"))
    formats = etree.Element(q("numFmts")) if formats is None else formats
    codes = {int(f.get("numFmtId") or 0): f.get("formatCode") or "" for f in formats}
    changed = False
    for xf in root.iterfind(f"{q('cellXfs')}/{q('xf')}"):
        number = int(xf.get("numFmtId") or 0)
        code = codes.get(number) or BUILTIN.get(number, "General")
        worded = amount_code(code, wording)
        if worded == code:
            continue
        changed = True
        own = next((n for n, c in codes.items() if c == worded), max((_LAST_BUILTIN, *codes)) + 1)
        if own not in codes:
            codes[own] = worded
            etree.SubElement(formats, q("numFmt"), numFmtId=str(own), formatCode=worded)
            formats.set("count", str(len(codes)))
        xf.set("numFmtId", str(own))
        xf.set("applyNumberFormat", "1")
    if changed and formats.getparent() is None:
        root.insert(0, formats)
    return changed


_LAST_BUILTIN = 163
"""The last id that is no workbook's own."""


def _at(items: Sequence[T], index: str | None, default: T) -> T:
    number = int(index or 0)
    return items[number] if number < len(items) else default
