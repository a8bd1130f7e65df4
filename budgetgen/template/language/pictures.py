"""Pictures that templates place by name: found in folders that they never leave, measured without being decoded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from budgetgen.issues import near_miss

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

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


@dataclass(frozen=True, slots=True)
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
