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
from budgetgen.office.package import Damaged
from budgetgen.published.document import Published

UNMARKED = "AUDIT-090"


class _Writer(Protocol):
    def __call__(self, data: bytes, remarks: Sequence[Remark]) -> bytes:
        """The file with the remarks in it. Damaged: it is not whole."""


_WRITERS: Mapping[str, _Writer] = {".docx": with_comments, ".xlsx": with_notes, ".pdf": with_highlights}


def annotated(
    source: PacketSource, document: Published, findings: Sequence[Finding]
) -> Iterator[tuple[SourceFile, bytes | Issue]]:
    """Each file of a packet in which something was found, with comments; or why there is no such copy."""
    told = remarks(document, findings)
    for file in source.files:
        own = [r for r in told if r.place.file == file.place]
        if not own:
            continue
        writer = _WRITERS.get(file.suffix)
        if writer is None:
            yield file, _unmarked(file, f"{file.suffix} 文件写不进批注，只列在审核结果里。")
            continue
        try:
            yield file, writer(file.data(), own)
        except (Damaged, Rejected) as e:
            cause = e.issues[0].cause if isinstance(e, Rejected) else f"{e}。"
            yield file, _unmarked(file, f"写不进批注：{cause}")


def _unmarked(file: SourceFile, cause: str) -> Issue:
    return Issue(UNMARKED, Level.WARNING, cause, "用 Word 或 WPS 另存为 .docx 再审核。", place=SourceRef(file.place))
