"""The zip package of an .xlsx or .docx from a stranger: opened within bounds, its parts read without entities."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from budgetgen.input.findings import Findings, Rule
from budgetgen.issues import Rejected, SourceRef

MAX_FILE = 30_000_000
MAX_PART = 60_000_000
MAX_ALL = 200_000_000
MAX_RATIO = 200
"""How many times larger than its packed form a part of more than `_SMALL` bytes may be. Real sheets reach 30."""
MAX_PARTS = 5_000
_SMALL = 1_000_000
_OLE = b"\xd0\xcf\x11\xe0"
_MEND = "用 Excel、WPS 打开后另存为 .xlsx（文档另存为 .docx）再试。"
_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError)


class Package:
    """An open package. Whatever is wrong with it goes to `findings`, and stops the reading (`Rejected`)."""

    def __init__(self, path: Path, findings: Findings) -> None:
        self.file = path.name
        self._findings = findings
        self._zip = self._opened(path)
        self._check()

    def __contains__(self, part: object) -> bool:
        return part in self._names

    def tree(self, part: str) -> etree._Element:
        """The root of a part, which must be there."""
        self._clean(part)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            with self._zip.open(part) as stream:
                return etree.parse(stream, parser).getroot()
        except (*_BROKEN, KeyError, etree.XMLSyntaxError) as e:
            raise self._broken(f"其中的 {part} 读不出来（{_short(e)}）。") from e

    def elements(self, part: str, *tags: str) -> Iterator[etree._Element]:
        """The part's elements of `tags`, one at a time; what lies before them is let go."""
        self._clean(part)
        try:
            with self._zip.open(part) as stream:
                options = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
                for _, element in etree.iterparse(stream, events=("end",), tag=tags, **options):
                    yield element
                    element.clear()
                    while element.getprevious() is not None and (parent := element.getparent()) is not None:
                        del parent[0]
        except (*_BROKEN, KeyError, etree.XMLSyntaxError) as e:
            raise self._broken(f"其中的 {part} 读不出来（{_short(e)}）。") from e

    def close(self) -> None:
        """Let go of the file."""
        self._zip.close()

    def _opened(self, path: Path) -> zipfile.ZipFile:
        try:
            if path.stat().st_size > MAX_FILE:
                raise self._broken(f"文件超过 {MAX_FILE // 1_000_000} MB。", Rule.TOO_LARGE)
            with path.open("rb") as file:
                if file.read(4) == _OLE:
                    raise self._broken("文件有密码，或是旧的 .xls、.doc 格式。")
            return zipfile.ZipFile(path)
        except FileNotFoundError as e:
            raise self._broken(f"没有这个文件：{path}。", Rule.UNREADABLE) from e
        except _BROKEN as e:
            raise self._broken("文件打不开：不是 Excel 或 Word 文件，或已损坏。") from e

    def _check(self) -> None:
        parts = self._zip.infolist()
        self._names = {p.filename for p in parts}
        bloated = [p for p in parts if p.file_size > _SMALL and p.file_size > MAX_RATIO * max(p.compress_size, 1)]
        total = sum(p.file_size for p in parts)
        if bloated or len(parts) > MAX_PARTS or total > MAX_ALL or any(p.file_size > MAX_PART for p in parts):
            self._zip.close()
            raise self._broken(f"解开后有 {total // 1_000_000} MB，大得不像报表，没有打开。", Rule.TOO_LARGE)

    def _clean(self, part: str) -> None:
        """A part that declares entities of its own is refused: no office program writes one."""
        try:
            with self._zip.open(part) as stream:
                head = stream.read(4096)
        except (*_BROKEN, KeyError) as e:
            raise self._broken(f"缺少 {part}。") from e
        if b"<!DOCTYPE" in head.replace(b"\0", b""):
            raise self._broken(f"其中的 {part} 带有外部定义，没有打开。")

    def _broken(self, cause: str, rule: Rule = Rule.PACKAGE) -> Rejected:
        self._findings.error(rule, cause, _MEND, SourceRef(self.file))
        return Rejected(self._findings.issues())


def _short(error: BaseException) -> str:
    return str(error).splitlines()[0][:80] if str(error) else type(error).__name__
