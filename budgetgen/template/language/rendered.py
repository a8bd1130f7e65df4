"""What a render gives back: the file, where each figure stands in it, passages for documents; the one way in which it fails.

And pictures that templates place by name: found in folders that they never leave, measured without being decoded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from budgetgen.expression import laid_aside
from budgetgen.issues import near_miss
from budgetgen.records import record

if TYPE_CHECKING:
    from pathlib import Path

    from budgetgen.figures import Blank, Figure


class CellPlace(NamedTuple):
    """A cell of a written workbook."""

    sheet: str
    cell: str

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell}"


class ParagraphPlace(NamedTuple):
    """A stretch of text in a written document.

    `paragraph` counts the `w:p` of the part in document order from 0, those in tables included; `start` and `end` are
    offsets into its text (every `w:t`, with tabs and breaks as the characters they stand for).
    """

    part: str
    paragraph: int
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.part} 第{self.paragraph + 1}段 {self.start}–{self.end}"


class ChartPlace(NamedTuple):
    """A point of a chart: its part, which series, which category, both counted from 0; `label`: what is written beside it."""

    part: str
    series: int
    point: int
    label: bool = False

    def __str__(self) -> str:
        return f"{self.part} 系列{self.series + 1} 第{self.point + 1}项"


class Printed(NamedTuple):
    """One figure (or gap) that was printed: where, and as which text."""

    place: CellPlace | ParagraphPlace | ChartPlace
    value: Figure | Blank
    text: str


class RowText(NamedTuple):
    """What a row of a table says in every file, column → text, and the columns that are filled; columns count from 1."""

    columns: tuple[int, ...]
    still: tuple[tuple[int, str], ...]


FilledRow = tuple[RowText, int, Sequence[str | None], int]
"""A row that was written: its number (in a worksheet) or first paragraph (in a table), what stands in the columns that
are filled (None: a figure by itself), and how many prints there are up to its end."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The bytes of a whole file, and everything that was printed in it, in reading order.

    What it says besides, as it was written: of a workbook the rows of its `sheets`, of a document its `story`, XML and
    passages in turn. None: only the bytes tell.
    """

    data: bytes
    printed: tuple[Printed, ...]
    sheets: Mapping[str, Sequence[FilledRow]] | None = field(default=None, compare=False, repr=False)
    story: Sequence[str | Passage] | None = field(default=None, compare=False, repr=False)


class Blocks(Markup):
    """Block-level WordprocessingML (paragraphs and tables), as `{{p x }}` takes it."""

    __slots__ = ()


class Runs(Markup):
    """Run-level WordprocessingML (`w:r` elements), as `{{r x }}` takes it."""

    __slots__ = ()


@record
class WordTable:
    """A filled sheet for a document. `title` and `notes` are XML-escaped text that may hold figure marks."""

    title: str
    table: Passage
    notes: tuple[str, ...]


Report = Callable[["TemplateError"], None]
"""Takes faults where they are to be gathered."""


def raise_error(error: TemplateError) -> None:
    """The report that gathers nothing."""
    raise error


@contextmanager
def damage_told(file: str, place: str) -> Iterator[None]:
    """While it is open, what cannot be understood of a damaged file is told as a TemplateError."""
    try:
        yield
    except (ValueError, LookupError, ArithmeticError) as error:
        raise TemplateError(file, place, f"有看不懂的内容（{error}），请用 Excel 或 Word 打开，重新另存") from error


class TemplateError(Exception):
    """A template that cannot be compiled or filled: which file, where in it, and why (in Chinese)."""

    def __init__(self, file: str, place: str, cause: str) -> None:
        self.file = file
        self.place = place
        self.cause = cause
        super().__init__(f"{file} {place}：{cause}" if place else f"{file}：{cause}")

    def __reduce__(self) -> tuple[type[TemplateError], tuple[str, str, str]]:
        return type(self), (self.file, self.place, self.cause)


Print = tuple[int, int, int, "Figure | Blank", str]
"""One figure (or gap) in a passage: in which of its paragraphs, from where to where, and as which text."""


class Paragraph(NamedTuple):
    """One paragraph of a style. `text` is its escaped text, line breaks and tabs as characters; `runs` are its XML.

    `kept` are further properties, as XML, of one that is to stay with others on a page.
    """

    style: str
    text: str
    runs: str
    prints: Sequence[Print] = ()
    paragraphs: int = 1
    kept: str = ""

    @property
    def xml(self) -> str:
        """The whole paragraph."""
        return f'<w:p><w:pPr><w:pStyle w:val="{self.style}"/>{self.kept}</w:pPr>{self.runs}</w:p>'


class Table(NamedTuple):
    """One table, in UTF-8 already. `heights` are those of its rows in twips, 0 where a row says nothing.

    `starts_page`: what ends the one above it begins a page.
    """

    xml: bytes
    paragraphs: int
    heights: Sequence[int]
    prints: Sequence[Print] = ()
    starts_page: bool = False
    rows: Sequence[FilledRow] = ()


class Passage:
    """Items in order, as `{{p x }}` takes them. Wherever a template prints it, it is laid aside until all is filled."""

    __slots__ = ("items",)

    def __init__(self, items: Iterable[Paragraph | Table]) -> None:
        self.items = tuple(items)

    def __html__(self) -> Markup:
        return laid_aside(self)

    __str__ = __html__

    def __bool__(self) -> bool:
        return bool(self.items)

    def pieces(self) -> Iterator[str | bytes]:
        """Its XML."""
        return (item.xml for item in self.items)


PICTURE = "图"
"""What templates call to place one."""
EMU_PER_CM = 360_000
_EMU = {
    "cm": EMU_PER_CM,
    "厘米": EMU_PER_CM,
    "mm": 36_000,
    "毫米": 36_000,
    "in": 914_400,
    "英寸": 914_400,
    "pt": 12_700,
    "磅": 12_700,
}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(" + "|".join(_EMU) + ")")
_LONGEST = 100 * EMU_PER_CM
_MAX_BYTES, _MAX_TOGETHER = 20 * 2**20, 60 * 2**20
_SUFFIXES = (".png", ".jpg", ".jpeg")
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_USUAL_DPI = 96
_MARKER, _JFIF = 0xFF, 0xE0
_METRES_PER_INCH = Decimal("0.0254")
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""The JPEG markers that begin a frame: each says the picture's size."""


@record
class Picture:
    """A picture as it is placed: its bytes (`kind` is png or jpeg), its size in EMU, what is read out in its stead."""

    data: bytes
    kind: str
    width: int
    height: int
    text: str = ""

    def __str__(self) -> str:
        raise TypeError("图片不能和别的字连在一起，也不能写在说明里：在文本里或一格里单独写 {{ 图(…) }}")

    __html__ = __str__


def picture_of(data: bytes, width: str = "", height: str = "", text: str = "") -> Picture:
    """`data` at `width` and `height` (`3cm`; the missing one follows, without both its own size). ValueError."""
    kind, own_width, own_height = _measured(data)
    wide, high = _emu(width, "宽"), _emu(height, "高")
    wide = wide or (high * own_width // own_height if high else own_width)
    high = high or wide * own_height // own_width
    if not (0 < wide <= _LONGEST and 0 < high <= _LONGEST):
        raise ValueError("太大或太小：宽、高最多 100cm")
    return Picture(data, kind, wide, high, text)


def picture_finder(folders: Sequence[Path]) -> Callable[..., Picture]:
    """The function 图(名称, 宽="", 高="", 说明=""): a file of that name in the first of `folders` that has it."""
    known: dict[str, bytes] = {}

    def picture(name: object, 宽: object = "", 高: object = "", 说明: object = "") -> Picture:  # noqa: N803 - as templates write it
        name = str(name)
        if name not in known:
            known[name] = _find(name, folders).read_bytes()
            if sum(map(len, known.values())) > _MAX_TOGETHER:
                raise LookupError(f"图片加起来太大（上限 {_MAX_TOGETHER // 2**20} MB）")
        try:
            return picture_of(known[name], str(宽), str(高), str(说明))
        except ValueError as error:
            raise ValueError(f"图片“{name}”：{error}") from None

    return picture


def _find(name: str, folders: Sequence[Path]) -> Path:
    """LookupError: no such file, or a name that is none of a file in the folder itself."""
    if not name or name.startswith(".") or any(c in '/\\:*?"<>|' or not c.isprintable() for c in name):
        raise LookupError(f"图片只写文件名，不写文件夹：{name!r}")
    if not name.lower().endswith(_SUFFIXES):
        raise LookupError(f"图片“{name}”不是 png 或 jpg 文件")
    for folder in folders:
        path = folder / name
        if path.is_file() and path.resolve().parent == folder.resolve():
            if path.stat().st_size > _MAX_BYTES:
                raise LookupError(f"图片“{name}”过大（上限 {_MAX_BYTES // 2**20} MB）")
            return path
    meant = near_miss(name, list(_pictures_in(folders))) or "。"
    raise LookupError(f"没有图片“{name}”{meant}图片放在版式或数据文件的文件夹里")


def _pictures_in(folders: Sequence[Path]) -> Iterator[str]:
    for folder in folders:
        if folder.is_dir():
            yield from (p.name for p in folder.iterdir() if p.name.lower().endswith(_SUFFIXES))


def _emu(length: str, what: str) -> int:
    """`3cm`, `25mm`, `1in`, `72pt` or their Chinese names in EMU; 0 for blank."""
    if not length.strip():
        return 0
    found = _LENGTH.fullmatch(length.strip().lower())
    if not found:
        raise ValueError(f'{what}写作“{length}”，要写成如 {what}="3cm"')
    size = int(Decimal(found[1]) * _EMU[found[2]])
    if not 0 < size <= _LONGEST:
        raise ValueError(f"{what}“{length}”太大或太小，最多 100cm")
    return size


def _measured(data: bytes) -> tuple[str, int, int]:
    """Kind, width and height in EMU. ValueError: neither PNG nor JPEG, or broken."""
    if data.startswith(_PNG) and data[12:16] == b"IHDR":
        wide, high, per_inch = *_pair(data, 16, 4), _png_dpi(data)
        kind = "png"
    elif data.startswith(_JPEG):
        wide, high, per_inch = _jpeg_size(data)
        kind = "jpeg"
    else:
        raise ValueError("不是 png 或 jpg 图片")
    if not wide or not high:
        raise ValueError("图片损坏：没有大小")
    return kind, wide * 914_400 // per_inch, high * 914_400 // per_inch


def _pair(data: bytes, at: int, size: int) -> tuple[int, int]:
    return int.from_bytes(data[at : at + size], "big"), int.from_bytes(data[at + size : at + 2 * size], "big")


def _png_dpi(data: bytes) -> int:
    at = data.find(b"pHYs", 0, 4096)
    if at < 0 or data[at + 12 : at + 13] != b"\x01":
        return _USUAL_DPI
    return round(_pair(data, at + 4, 4)[0] * _METRES_PER_INCH) or _USUAL_DPI


def _jpeg_size(data: bytes) -> tuple[int, int, int]:
    """Width, height, dots per inch: the segments are gone over to the first that begins a frame."""
    at, per_inch = 2, _USUAL_DPI
    while at + 9 < len(data) and data[at] == _MARKER:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _MARKER:
            at += 1
            continue
        if marker == _JFIF and data[at + 4 : at + 8] == b"JFIF":
            across, unit = int.from_bytes(data[at + 12 : at + 14], "big"), data[at + 11]
            per_inch = {1: across, 2: round(across * Decimal("2.54"))}.get(unit, _USUAL_DPI) or _USUAL_DPI
        if marker in _FRAMES:
            high, wide = _pair(data, at + 5, 2)
            return wide, high, per_inch
        at += 2 + length
    raise ValueError("图片损坏：没有大小")
