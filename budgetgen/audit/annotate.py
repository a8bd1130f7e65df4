"""The files of a packet once more, with what was found written at the words: comments, notes, highlights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from budgetgen.audit.docx_comments import with_comments
from budgetgen.audit.packets import PacketSource, SourceFile
from budgetgen.audit.pdf_highlights import with_highlights
from budgetgen.audit.relations import Finding
from budgetgen.audit.remarks import Remark, remarks
from budgetgen.audit.xlsx_notes import with_notes
from budgetgen.issues import Issue, Level, Rejected, SourceRef
from budgetgen.office.package import DOCUMENT, Damaged, Package
from budgetgen.published.document import Published, modernized

UNMARKED = "AUDIT-090"


class _Writer(Protocol):
    def __call__(self, data: bytes, remarks: Sequence[Remark]) -> bytes:
        """The file with the remarks in it. Damaged: it is not whole."""


_WRITERS: Mapping[str, _Writer] = {".docx": with_comments, ".xlsx": with_notes, ".pdf": with_highlights}


def annotated(
    source: PacketSource, document: Published, findings: Sequence[Finding]
) -> Iterator[tuple[SourceFile, str, bytes | Issue]]:
    """Each file of a packet in which something was found, with comments, and its ending; or why there is no such copy.

    An old file (.doc, .xls) comes as the new one that it was read from.
    """
    told = remarks(document, findings)
    for file in source.files:
        own = [r for r in told if r.place.file == file.place]
        if not own:
            continue
        try:
            data = file.data()
            kind = _kind(data)
            if not kind:
                data = modernized(data, file.place)
                kind = _kind(data)
            yield file, kind, _WRITERS[kind](data, own)
        except (Damaged, Rejected) as e:
            cause = e.issues[0].cause if isinstance(e, Rejected) else f"{e}。"
            mend = "用 Word 或 WPS 另存为 .docx 再审核。"
            told_of = Issue(UNMARKED, Level.WARNING, f"写不进批注：{cause}", mend, place=SourceRef(file.place))
            yield file, "", told_of


def _kind(data: bytes) -> str:
    """The ending of a file by its content; blank for an old one. Damaged: it is a broken package."""
    if data[:1024].find(b"%PDF-") >= 0:
        return ".pdf"
    if data[:2] != b"PK":
        return ""
    return ".docx" if DOCUMENT in Package(data) else ".xlsx"
