"""The zip package of an .xlsx or .docx: the one place where zips are opened and XML is parsed, within bounds, and written.

Files come from strangers. What a package says of its parts is not believed: each is unpacked in pieces and given up where
it grows beyond the size that was said. Packages are written fast and always to the same bytes.
"""

from __future__ import annotations

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any, NamedTuple
from xml.parsers.expat import ExpatError, ParserCreate

from lxml import etree

from budgetgen.issues import Findings, Rule, SourceRef

try:
    from isal import isal_zlib as _fast
except ImportError:  # where it has no wheel
    _fast = None  # type: ignore[assignment, unused-ignore]
_INFLATE: Any = _fast or zlib

MAX_PART = 128 * 2**20
MAX_PACKAGE = 256 * 2**20
MAX_PARTS = 5000
MAX_TREE = 32 * 2**20
"""A part that is held as a tree, and not read row by row, is no larger."""
MAX_MARKS = 5_000_000
"""Tags and attributes of one part: a parser makes an object of a hundred bytes and more of each."""
MAX_RATIO = 200
"""A sheet of formatted blanks packs 20 to 1; what packs ten times better was made to hurt."""
RATIO_MATTERS = 2**20
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How an old .xls or .doc begins, and a file with a password."""
BOOK, DOCUMENT = "xl/workbook.xml", "word/document.xml"
RESAVE = "用 Excel 或 WPS 打开，另存为 .xlsx（文档另存为 .docx）再试。"
SWITCHES: Any = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
"""How every parser of ours is set: nothing is fetched, nothing grows."""
NOT_XML = "不是完好的 XML"
_PARSER = etree.XMLParser(**SWITCHES)
_LENIENT = etree.XMLParser(recover=True, **SWITCHES)
_DEFINITIONS = (b"<!DOCTYPE", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be"))
_HAS_DEFINITIONS = "带有外部定义"
_PIECE = 2**20
_METHODS = {9: "deflate64", 12: "bzip2", 14: "lzma", 93: "zstd", 95: "xz"}
_ENCRYPTED = 1
_NO_PACKAGE = (
    zipfile.BadZipFile, NotImplementedError, struct.error, ValueError, EOFError, OSError, OverflowError, IndexError,
)  # fmt: skip
_TIME, _DATE = 0, 1 << 5 | 1  # midnight of 1980-01-01, the first moment that zip knows
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_UTF8, _DEFLATED, _VERSION = 0x800, 8, 20


class Damaged(Exception):  # noqa: N818 - caught by whoever asked for the part, who knows what it was for
    """A package or part that is not there, cannot be unpacked, is no XML, or is more than may be read; says in Chinese why."""


class TooLarge(Damaged):
    """It is more than may be read, or made to hurt."""


class Package:
    """An open package: its parts by name. Damaged: it is no zip, or says of itself what no office program writes."""

    def __init__(self, data: bytes, file: str = "") -> None:
        self.file = file
        self._data = data
        try:
            with zipfile.ZipFile(BytesIO(data)) as package:
                entries = [e for e in package.infolist() if not e.is_dir()]
        except _NO_PACKAGE:
            raise Damaged("文件坏了，不是完好的压缩包") from None
        _check_bounds(entries)
        self._parts = {part.filename: part for part in entries}

    def __contains__(self, part: object) -> bool:
        return part in self._parts

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def size(self, part: str) -> int:
        """The bytes of a part, unpacked, as the package says."""
        return self._parts[part].file_size

    def checksum(self, part: str) -> int:
        """The CRC-32 of a part, as the package says."""
        return self._parts[part].CRC

    def read(self, part: str, most: int = MAX_TREE) -> bytes:
        """A part that is to be held whole."""
        stream = self.stream(part)
        if self.size(part) > most:
            raise TooLarge(f"{part} 太大（上限 {most // 2**20} MB）")
        return stream.read()

    def root(self, part: str) -> etree._Element:
        """The root of a part that is held as a tree."""
        try:
            return parse_xml(self.read(part))
        except Damaged as e:
            raise type(e)(f"{part} {e}" if part not in str(e) else str(e)) from None

    def stream(self, part: str) -> Unpacking:
        """A part to be read piece by piece."""
        if part not in self._parts:
            raise Damaged(f"缺少 {part}")
        return Unpacking(self._parts[part], self.packed(part))

    def packed(self, part: str) -> bytes:
        """A part as it stands in the package: the directory knows its size, even where the local header does not."""
        entry = self._parts[part]
        header = self._data[entry.header_offset : entry.header_offset + _LOCAL.size]
        if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
            raise Damaged(f"{part} 的开头不见了")
        names = struct.unpack_from("<2H", header, 26)
        start = entry.header_offset + _LOCAL.size + sum(names)
        return self._data[start : start + entry.compress_size]

    def is_deflated(self, part: str) -> bool:
        """Whether the part stands there deflated."""
        return self._parts[part].compress_type == zipfile.ZIP_DEFLATED


class Unpacking:
    """A part as it is unpacked, never beyond the size that its package said. Damaged: it is not what was said."""

    def __init__(self, entry: zipfile.ZipInfo, packed: bytes) -> None:
        self._name, self._size, self._checksum = entry.filename, entry.file_size, entry.CRC
        self._rest = packed
        self._inflate = _INFLATE.decompressobj(-15) if entry.compress_type == zipfile.ZIP_DEFLATED else None
        self._read = self._sum = 0
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """The next bytes, at most `size`, all without it; blank at the end."""
        if size >= 0:
            return self._piece(size)
        return b"".join(iter(lambda: self._piece(_PIECE), b""))

    def _piece(self, size: int) -> bytes:
        if self._ended or not size:
            return b""
        wanted = min(size, self._size + 1 - self._read)
        if self._inflate is None:
            piece, self._rest = self._rest[:wanted], self._rest[wanted:]
        else:
            try:
                piece = self._inflate.decompress(self._rest, wanted)
            except _INFLATE.error:
                raise Damaged(f"{self._name} 的压缩数据坏了") from None
            self._rest = self._inflate.unconsumed_tail
        self._read += len(piece)
        self._sum = _INFLATE.crc32(piece, self._sum)
        if self._read > self._size:
            raise TooLarge(f"{self._name} 解压出来比文件里说的大")
        if not piece:
            self._end()
        return piece

    def _end(self) -> None:
        self._ended = True
        if self._read < self._size or (self._inflate is not None and not self._inflate.eof):
            raise Damaged(f"{self._name} 不完整")
        if self._sum != self._checksum:
            raise Damaged(f"{self._name} 与校验码不符")


def parse_xml(data: bytes) -> etree._Element:
    """The root of an XML text that declares nothing of its own and is small enough to be held. Damaged: it is none such."""
    refuse_definitions(data)
    if data.count(b"<") + data.count(b"=") > MAX_MARKS:
        raise TooLarge("内容太多")
    try:
        root = etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as e:
        raise Damaged(f"{NOT_XML}（第 {e.lineno or 1} 行）") from e
    except (ValueError, LookupError) as e:
        raise Damaged(NOT_XML) from e
    refuse_tree_with_definitions(root)
    return root


def serialized(root: etree._Element) -> bytes:
    """An XML part as Office programs write it."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def refuse_broken(data: bytes) -> None:
    """Go through an XML text without keeping anything of it. Damaged: it is not whole."""
    try:
        ParserCreate().Parse(data, True)  # noqa: FBT003 - the last piece
    except ExpatError as e:
        raise Damaged(f"{NOT_XML}（第 {e.lineno} 行）") from e


def parse_leniently(data: bytes) -> etree._Element | None:
    """What can be made out of a part that is not always XML: texts of buttons in Excel's own VML hold `<br>`."""
    return etree.fromstring(data, _LENIENT)


def refuse_tree_with_definitions(root: etree._Element) -> None:
    """As `refuse_definitions`, for those that a rare encoding hid."""
    if root.getroottree().docinfo.internalDTD is not None:
        raise Damaged(_HAS_DEFINITIONS)


def refuse_definitions(data: bytes) -> None:
    """No office program declares entities: a part that does was made to hurt."""
    if any(definition in data for definition in _DEFINITIONS):
        raise Damaged(_HAS_DEFINITIONS)


def open_package(data: bytes, file: str, findings: Findings) -> Package | None:
    """The package in `data`; None with an issue where it is none, is broken, has a password or is made to hurt."""
    place = SourceRef(file)
    if data.startswith(OLE[:4]):
        locked = "EncryptedPackage".encode("utf-16-le") in data
        cause = "文件有打开密码。" if locked else "这是旧格式（.xls、.doc）或加密的文件。"
        mend = "在 Excel 或 WPS 里去掉密码后保存再试。" if locked else RESAVE
        findings.error(Rule.FILE_KIND, cause, mend, place)
        return None
    try:
        package = Package(data, file)
    except TooLarge as e:
        findings.error(Rule.TOO_LARGE, f"{e}。", "核对文件的来源；可靠的话，" + RESAVE, place)
        return None
    except Damaged as e:
        cause = f"文件坏了，或不是 Excel 工作簿（.xlsx）、Word 文档（.docx）：{e}。"
        findings.error(Rule.FILE_KIND, cause, RESAVE, place)
        return None
    names = set(package)
    if not names & {BOOK, DOCUMENT}:
        findings.error(Rule.FILE_KIND, "这不是 Excel 工作簿（.xlsx），也不是 Word 文档（.docx）。", RESAVE, place)
        return None
    if any(n.startswith("xl/externalLinks/") for n in names):
        findings.note(Rule.IGNORED, "文件引用了别的工作簿，只读保存下来的值，不打开那些文件。", "", place)
    if any(n.endswith("vbaProject.bin") for n in names):
        findings.note(Rule.IGNORED, "文件里有宏，没有运行。", "", place)
    return package


def _check_bounds(entries: list[zipfile.ZipInfo]) -> None:
    names = {e.filename.lower() for e in entries}
    if len(names) != len(entries):
        raise Damaged("压缩包中有重名的文件")
    if len(entries) > MAX_PARTS or sum(e.file_size for e in entries) > MAX_PACKAGE:
        raise TooLarge(f"解压后太大（上限 {MAX_PACKAGE // 2**20} MB、{MAX_PARTS} 个文件）")
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED:
            raise Damaged(f"{entry.filename} 有密码")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            method = _METHODS.get(entry.compress_type, str(entry.compress_type))
            raise Damaged(f"{entry.filename} 的压缩方法（{method}）不是 Excel 和 Word 用的")
        if entry.file_size > MAX_PART:
            raise TooLarge(f"{entry.filename} 解压后太大（上限 {MAX_PART // 2**20} MB）")
        if entry.file_size > RATIO_MATTERS and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise TooLarge(f"压缩得不寻常（{entry.filename} 解压后大 {MAX_RATIO} 倍以上），不像正常的文件")


# -------------------------------------------------------------------------------------------------------- writing


def deflate(data: bytes) -> bytes:
    """Raw deflate; with isal where it is installed (the bytes are the same on one installation)."""
    return _fast.compress(data, 1, -15) if _fast is not None else deflate_well(data)


def deflate_well(data: bytes) -> bytes:
    """The same as small as can be, which takes longer."""
    plain = zlib.compressobj(6, zlib.DEFLATED, -15)
    return plain.compress(data) + plain.flush()


def checksum(data: bytes) -> int:
    """The CRC-32 that a zip's directory keeps."""
    return _INFLATE.crc32(data)  # type: ignore[no-any-return]


class Parts(dict[str, bytes]):
    """The parts of a package by name, in the order of its file; `packed` has them as they were deflated there."""

    def __init__(self) -> None:
        super().__init__()
        self.packed: dict[bytes, bytes] = {}
        """Content → the same content deflated."""


def read_parts(data: bytes) -> Parts:
    """All parts of a package. Damaged: as `Package`."""
    package, parts = Package(data), Parts()
    for name in package:
        part = parts[name] = package.read(name, MAX_PART)
        if package.is_deflated(name):
            parts.packed[part] = package.packed(name)
    return parts


class PackedPart(NamedTuple):
    """One part ready to be written: checksum and size of its content, its local header with data, its directory record but for the offset."""

    name: str
    checksum: int
    size: int
    local: bytes
    record: tuple[bytes, bytes]

    @classmethod
    def of(cls, name: str, data: bytes, packed: bytes = b"") -> PackedPart:
        """A part of this content, packed already or not."""
        return cls.packed(name, packed or deflate(data), checksum(data), len(data))

    @classmethod
    def packed(cls, name: str, packed: bytes, crc: int, size: int, *, deflated: bool = True) -> PackedPart:
        """A part that is packed already; `crc` and `size` are those of its content."""
        encoded = name.encode()
        flags = 0 if name.isascii() else _UTF8
        common = (flags, _DEFLATED if deflated else 0, _TIME, _DATE, crc, len(packed), size, len(encoded), 0)
        local = _LOCAL.pack(b"PK\x03\x04", _VERSION, *common)
        central = _CENTRAL.pack(b"PK\x01\x02", _VERSION, _VERSION, *common, 0, 0, 0, 0, 0)
        return cls(name, crc, size, local + encoded + packed, (central[:-4], encoded))

    def central(self, offset: int) -> bytes:
        """Its directory record."""
        return self.record[0] + offset.to_bytes(4, "little") + self.record[1]


class WrittenPackage(bytes):
    """A package that knows of which parts it was written: those that its `writer` writes every time, and the others."""

    writer: PackageWriter
    others: Sequence[PackedPart]


class PackageWriter:
    """Writes a package of which most parts never change: those are packed once, when it is made."""

    def __init__(self, parts: Parts, changing: Collection[str]) -> None:
        self.revive(PackedPart.of(n, d, parts.packed.get(d, b"")) for n, d in parts.items() if n not in changing)

    @classmethod
    def of(cls, package: Package) -> PackageWriter:
        """One that writes the parts of a package as they are packed in it."""
        return cls._of(
            PackedPart.packed(
                n, package.packed(n), package.checksum(n), package.size(n), deflated=package.is_deflated(n)
            )
            for n in package
        )

    @classmethod
    def _of(cls, parts: Iterable[PackedPart]) -> PackageWriter:
        writer = cls.__new__(cls)
        writer.revive(parts)
        return writer

    def stored(self) -> tuple[tuple[PackedPart, ...]]:
        """What is kept of it between runs."""
        return (self.parts,)

    def revive(self, parts: Iterable[PackedPart]) -> None:
        """Take the parts that never change."""
        self.parts = tuple(parts)
        self._body = b"".join([part.local for part in self.parts])
        records, self._end = _records(self.parts, 0)
        self._directory = b"".join(records)

    def with_parts(self, parts: Mapping[str, bytes], without: str = "") -> PackageWriter:
        """One that writes these parts too, and in place of those of the same name, but none called `without`."""
        kept = [part for part in self.parts if part.name not in parts]
        added = (PackedPart.of(name, data) for name, data in parts.items() if name != without)
        return self._of([*kept, *added])

    def with_packed(self, parts: Iterable[PackedPart]) -> PackageWriter:
        """One that writes these parts too."""
        return self._of([*self.parts, *parts])

    def write(self, changing: Mapping[str, bytes]) -> WrittenPackage:
        """The whole file: the static parts, then `changing` in its order."""
        return self.whole([PackedPart.of(name, data) for name, data in changing.items()])

    def whole(self, others: Sequence[PackedPart]) -> WrittenPackage:
        """The whole file: the static parts, then `others`."""
        records, offset = _records(others, self._end)
        directory = b"".join([self._directory, *records])
        count = len(self.parts) + len(others)
        end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), offset, 0)
        data = WrittenPackage(b"".join([self._body, *(part.local for part in others), directory, end]))
        data.writer, data.others = self, others
        return data


def _records(parts: Iterable[PackedPart], offset: int) -> tuple[list[bytes], int]:
    """The directory records of parts that stand from `offset` on, and where they end."""
    records = []
    for part in parts:
        records.append(part.central(offset))
        offset += len(part.local)
    return records, offset


def extended(package: Package, parts: Mapping[str, bytes]) -> bytes:
    """A package with more parts, or others of the same name; all the rest stands in it as it was packed."""
    return PackageWriter.of(package).with_parts(parts).whole(())


def write_package(parts: Mapping[str, bytes]) -> bytes:
    """A package of these parts, in their order."""
    return PackageWriter(Parts(), ()).write(parts)


def undeflated(data: bytes) -> bytes:
    """A package with its parts as they are: inside another it is a part, which must not depend on what deflates here."""
    package, parts = Package(data), []
    for name in package:
        content = package.read(name, MAX_PART)
        parts.append(PackedPart.packed(name, content, checksum(content), len(content), deflated=False))
    return PackageWriter(Parts(), ()).whole(parts)


TYPES = "[Content_Types].xml"
_PACKAGE_SPACE = "http://schemas.openxmlformats.org/package/2006"
_RELATION_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATION = f"{{{_PACKAGE_SPACE}/relationships}}Relationship"
_NO_RELATIONS = f'<Relationships xmlns="{_PACKAGE_SPACE}/relationships"/>'


class ChangedParts:
    """Parts of a package that are changed or added, and what tells of them; all others stay as they are packed.

    Damaged: a part that is to be changed is not whole.
    """

    def __init__(self, package: Package) -> None:
        self._package = package
        self._roots: dict[str, etree._Element] = {}

    def root(self, part: str, empty: str = "", *, lenient: bool = False) -> etree._Element:
        """A part to be changed; where there is none, a new one that begins as `empty`. `lenient`: it need not be XML."""
        if part not in self._roots:
            if part not in self._package and empty:
                found: etree._Element | None = parse_xml(empty.encode())
            elif lenient:
                found = parse_leniently(self._package.read(part))
            else:
                found = self._package.root(part)
            if found is None:
                raise Damaged(f"{part} {NOT_XML}")
            self._roots[part] = found
        return self._roots[part]

    def peek(self, part: str) -> etree._Element:
        """A part as it is, to be looked at."""
        return self._roots[part] if part in self._roots else self._package.root(part)

    def free(self, pattern: str) -> str:
        """The name of a part that there is not: `pattern` with a number."""
        taken = {p.casefold() for p in (*self._package, *self._roots)}
        return next(n for k in range(1, len(taken) + 2) if (n := pattern.format(k)).casefold() not in taken)

    def target(self, part: str, name: str) -> str:
        """The part that `part` refers to by the id `name`; blank where there is none."""
        return next((self._path(part, r) for r in self._relations(part) if r.get("Id") == name), "")

    def related(self, part: str, kind: str) -> str:
        """The part that `part` refers to as `kind` (the last word of the relation's type); blank where there is none."""
        for relation in self._relations(part).iter(_RELATION):
            if relation.get("Type", "").rpartition("/")[2] == kind and relation.get("TargetMode") != "External":
                return self._path(part, relation)
        return ""

    def _path(self, part: str, relation: etree._Element) -> str:
        """The part that a relation leads to; blank where it is not in the package."""
        target = relation.get("Target", "")
        path = posixpath.normpath(posixpath.join(f"/{posixpath.dirname(part)}", target)).lstrip("/")
        return path if path in self._package or path in self._roots else ""

    def relate(self, part: str, kind: str, target: str) -> str:
        """Let `part` refer to `target`; the id."""
        relations = self._relations(part)
        taken = {r.get("Id") for r in relations}
        name = next(n for k in range(len(taken) + 1) if (n := f"rIdAdded{k + 1}") not in taken)
        path = posixpath.relpath(target, posixpath.dirname(part))
        etree.SubElement(relations, _RELATION, Id=name, Type=f"{_RELATION_KINDS}/{kind}", Target=path)
        return name

    def _relations(self, part: str) -> etree._Element:
        folder, name = posixpath.split(part)
        return self.root(f"{folder}/_rels/{name}.rels".lstrip("/"), _NO_RELATIONS)

    def declare(self, kind: str, part: str = "", extension: str = "") -> None:
        """Say of which content type a new part is, or all that end so, where that is not said yet."""
        key, value = ("PartName", f"/{part}") if part else ("Extension", extension)
        types = self.root(TYPES)
        if all(t.get(key, "").lower() != value.lower() for t in types):
            element = etree.Element(
                f"{{{_PACKAGE_SPACE}/content-types}}{'Override' if part else 'Default'}",
                {key: value, "ContentType": kind},
            )
            types.append(element) if part else types.insert(0, element)

    def parts(self) -> dict[str, bytes]:
        """The parts that are changed or new."""
        return {part: serialized(root) for part, root in self._roots.items()}

    def whole(self) -> bytes:
        """The package with all of it."""
        return extended(self._package, self.parts())
