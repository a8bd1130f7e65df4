"""Office files as zip packages: read once within bounds, written fast and always to the same bytes."""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from lxml import etree

from budgetgen.expression import forbidden_characters
from budgetgen.template.language.rendered import TemplateError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

try:
    from isal import isal_zlib as _fast
except ImportError:  # where it has no wheel
    _fast = None  # type: ignore[assignment, unused-ignore]

MAX_PART = 64 * 2**20
MAX_PACKAGE = 256 * 2**20
MAX_PARTS = 5000
_TIME, _DATE = 0, 1 << 5 | 1  # midnight of 1980-01-01, the first moment that zip knows
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_UTF8, _DEFLATED, _VERSION = 0x800, 8, 20
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=False)

_FORBIDDEN = bytes(c for c in range(32) if c not in (9, 10, 13))


def deflate(data: bytes) -> bytes:
    """Raw deflate; with isal where it is installed (the bytes are the same on one installation)."""
    if _fast is not None:
        return _fast.compress(data, 1, -15)
    plain = zlib.compressobj(6, zlib.DEFLATED, -15)
    return plain.compress(data) + plain.flush()


def checksum(data: bytes) -> int:
    """The CRC-32 that a zip's directory keeps."""
    return zlib.crc32(data) if _fast is None else _fast.crc32(data)


def parse(data: bytes, file: str, part: str) -> etree._Element:
    """The part's root. TemplateError: it is no XML, or brings a DTD."""
    try:
        root = etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as error:
        raise TemplateError(file, part, f"不是完好的 XML：{error}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise TemplateError(file, part, "不接受带 DTD 的 XML")
    return root


def encode(xml: str, file: str, place: str) -> bytes:
    """TemplateError: a character that no XML may hold."""
    try:
        data = xml.encode()
    except UnicodeEncodeError:
        data = b"\x00"
    if len(data.translate(None, _FORBIDDEN)) != len(data) or "\ufffe" in xml or "\uffff" in xml:
        raise TemplateError(file, place, f"含有文件不能容纳的字符：{'、'.join(forbidden_characters(xml))}")
    return data


class Parts(dict[str, bytes]):
    """The parts of a package by name, in the order of its file; `packed` has them as they were deflated there."""

    def __init__(self) -> None:
        super().__init__()
        self.packed: dict[bytes, bytes] = {}
        """Content → the same content deflated."""


def read_package(path: Path) -> Parts:
    """TemplateError: no zip, too large, repeated or odd names."""
    parts = Parts()
    if path.stat().st_size > MAX_PACKAGE:
        raise TemplateError(path.name, "", f"文件过大（上限 {MAX_PACKAGE // 2**20} MB）")
    try:
        file = path.read_bytes()
        with zipfile.ZipFile(BytesIO(file)) as package:
            entries = [e for e in package.infolist() if not e.is_dir()]
            _check_bounds(entries, path.name)
            for entry in entries:
                data = parts[entry.filename] = _read(package, entry)
                if entry.compress_type == zipfile.ZIP_DEFLATED:
                    parts.packed[data] = _packed(file, entry)
            return parts
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, struct.error) as error:
        raise TemplateError(path.name, "", f"不是完好的 Office 文件：{error}") from None


def _read(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with package.open(entry) as stream:
        data = stream.read(entry.file_size + 1)
    if len(data) > entry.file_size:
        raise zipfile.BadZipFile(f"{entry.filename}：大小与目录不符")
    return data


def _packed(file: bytes, entry: zipfile.ZipInfo) -> bytes:
    """The deflated bytes of a part: the directory knows their number, even where the local header does not."""
    names = struct.unpack_from("<2H", file, entry.header_offset + 26)
    start = entry.header_offset + _LOCAL.size + sum(names)
    return file[start : start + entry.compress_size]


def _check_bounds(entries: list[zipfile.ZipInfo], file: str) -> None:
    names = [e.filename.lower() for e in entries]
    if len(set(names)) != len(names):
        raise TemplateError(file, "", "压缩包中有重名的文件")
    if len(entries) > MAX_PARTS or sum(e.file_size for e in entries) > MAX_PACKAGE:
        raise TemplateError(file, "", f"解压后过大（上限 {MAX_PACKAGE // 2**20} MB、{MAX_PARTS} 个文件）")
    for entry in entries:
        if entry.file_size > MAX_PART:
            raise TemplateError(file, entry.filename, f"解压后过大（上限 {MAX_PART // 2**20} MB）")
        if ".." in entry.filename.split("/") or entry.filename.startswith("/"):
            raise TemplateError(file, entry.filename, "压缩包中的文件名越出包外")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One part ready to be written: its local header with data, and its directory record but for the offset."""

    local: bytes
    record: tuple[bytes, bytes]

    @classmethod
    def of(cls, name: str, data: bytes, packed: bytes = b"") -> _Entry:
        packed = packed or deflate(data)
        crc, encoded = checksum(data), name.encode()
        flags = 0 if name.isascii() else _UTF8
        common = (flags, _DEFLATED, _TIME, _DATE, crc, len(packed), len(data), len(encoded), 0)
        local = _LOCAL.pack(b"PK\x03\x04", _VERSION, *common)
        central = _CENTRAL.pack(b"PK\x01\x02", _VERSION, _VERSION, *common, 0, 0, 0, 0, 0)
        return cls(local + encoded + packed, (central[:-4], encoded))

    def central(self, offset: int) -> bytes:
        return self.record[0] + offset.to_bytes(4, "little") + self.record[1]


class PackageWriter:
    """Writes a package of which most parts never change: those are packed once, when it is made."""

    def __init__(self, parts: Parts, changing: Collection[str]) -> None:
        entries = [_Entry.of(n, d, parts.packed.get(d, b"")) for n, d in parts.items() if n not in changing]
        self._body = b"".join(e.local for e in entries)
        self._count = len(entries)
        records, offset = [], 0
        for entry in entries:
            records.append(entry.central(offset))
            offset += len(entry.local)
        self._directory = b"".join(records)

    def write(self, changing: Mapping[str, bytes]) -> bytes:
        """The whole file: the static parts, then `changing` in its order."""
        body, records, offset = [self._body], [self._directory], len(self._body)
        for name, data in changing.items():
            entry = _Entry.of(name, data)
            body.append(entry.local)
            records.append(entry.central(offset))
            offset += len(entry.local)
        directory = b"".join(records)
        count = self._count + len(changing)
        end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), offset, 0)
        return b"".join([*body, directory, end])
