"""The zip package of an .xlsx or .docx: opened within bounds, its parts read without entities, links or macros."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO

from lxml import etree

from budgetgen.issues import Findings, Rule, SourceRef

MAX_PART = 128 * 2**20
MAX_PACKAGE = 256 * 2**20
MAX_PARTS = 5000
MAX_TREE = 32 * 2**20
"""A part that is held as a tree, and not read row by row, is no larger."""
MAX_RATIO = 200
"""A sheet of formatted blanks packs 20 to 1; what packs ten times better was made to hurt."""
RATIO_MATTERS = 2**20
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How an old .xls or .doc begins, and a file with a password."""
BOOK, DOCUMENT = "xl/workbook.xml", "word/document.xml"
RESAVE = "用 Excel 或 WPS 打开，另存为 .xlsx（文档另存为 .docx）再试。"
_HEAD = 4096
_BROKEN = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, struct.error, OSError, KeyError,
    etree.XMLSyntaxError,
)  # fmt: skip


class Damaged(Exception):  # noqa: N818 - caught by whoever asked for the part, who knows what it was for
    """A part that is not there, cannot be unpacked, is no XML, or is more than may be read."""


class Package:
    """An open package: its parts by name."""

    def __init__(self, package: zipfile.ZipFile, file: str) -> None:
        self.file = file
        self._zip = package
        self._parts = {part.filename: part for part in package.infolist()}

    def __contains__(self, part: object) -> bool:
        return part in self._parts

    def size(self, part: str) -> int:
        """The bytes of a part, unpacked."""
        return self._parts[part].file_size

    def read(self, part: str) -> bytes:
        """A part that is to be held whole."""
        with self.stream(part) as stream:
            if self.size(part) > MAX_TREE:
                raise Damaged("太大")
            data = stream.read()
        if b"<!DOCTYPE" in data[:_HEAD].replace(b"\0", b""):
            raise Damaged("带有外部定义")
        return data

    def root(self, part: str) -> etree._Element:
        """The root of a part that is held as a tree."""
        with self._told():
            return parsed(self.read(part))

    @contextmanager
    def stream(self, part: str) -> Iterator[IO[bytes]]:
        """A part to be read piece by piece; whatever is wrong with it while it is read is `Damaged`."""
        with self._told(), self._zip.open(part) as stream:
            yield stream

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except _BROKEN as e:
            raise Damaged(type(e).__name__) from e


def parsed(data: bytes) -> etree._Element:
    """The root of an XML text that declares nothing of its own."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    refuse_definitions(root)
    return root


def refuse_definitions(root: etree._Element) -> None:
    """No office program declares entities: a part that does was made to hurt."""
    if root.getroottree().docinfo.internalDTD is not None:
        raise Damaged("带有外部定义")


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
        package = zipfile.ZipFile(BytesIO(data))
    except (*_BROKEN, ValueError):
        findings.error(Rule.FILE_KIND, "文件坏了，或不是 Excel 工作簿（.xlsx）、Word 文档（.docx）。", RESAVE, place)
        return None
    entries = package.infolist()
    fault = _out_of_bounds(entries)
    if fault:
        findings.error(Rule.TOO_LARGE, fault, "核对文件的来源；可靠的话，" + RESAVE, place)
        return None
    names = {e.filename for e in entries}
    if not names & {BOOK, DOCUMENT}:
        findings.error(Rule.FILE_KIND, "这不是 Excel 工作簿（.xlsx），也不是 Word 文档（.docx）。", RESAVE, place)
        return None
    if any(n.startswith("xl/externalLinks/") for n in names):
        findings.note(Rule.IGNORED, "文件引用了别的工作簿，只读保存下来的值，不打开那些文件。", "", place)
    if any(n.endswith("vbaProject.bin") for n in names):
        findings.note(Rule.IGNORED, "文件里有宏，没有运行。", "", place)
    return Package(package, file)


def _out_of_bounds(entries: list[zipfile.ZipInfo]) -> str:
    total = sum(e.file_size for e in entries)
    if len(entries) > MAX_PARTS or total > MAX_PACKAGE or any(e.file_size > MAX_PART for e in entries):
        return f"解压后太大（上限 {MAX_PACKAGE // 2**20} MB）。"
    for entry in entries:
        if entry.file_size > RATIO_MATTERS and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            return f"压缩得不寻常（{entry.filename} 解压后大 {MAX_RATIO} 倍以上），不像正常的文件。"
    return ""
