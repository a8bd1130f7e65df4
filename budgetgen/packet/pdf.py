"""Office files to PDF through LibreOffice, where it is installed: one call for any number of files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from budgetgen.issues import Issue, Level, SourceRef
from budgetgen.office.files import placed
from budgetgen.office.libreoffice import convert, find_office

MOST_FILES = 50
"""How many paths one command line surely holds on every system."""


def to_pdf(files: Sequence[Path], timeout: float = 0) -> tuple[tuple[Path, ...], tuple[Issue, ...]]:
    """Each of `files` as a PDF beside it, moved into place whole; a warning for each that could not be made.

    `timeout` is in seconds, by default what the number of files needs.
    """
    program = find_office()
    if not program:
        mend = "安装 LibreOffice（免费）后再生成一次，或用 Word、WPS 打开文件另存为 PDF。"
        return (), tuple(_missed(files, "没有找到 LibreOffice，没有生成 PDF；其他文件已写好。", mend))
    made: list[Path] = []
    missed: list[Issue] = []
    for some in _rounds(files):
        pdfs, trouble = _convert(program, some, timeout)
        made += pdfs
        lacking = [f for f in some if f.with_suffix(".pdf") not in pdfs]
        mend = "关掉打开着的同名 PDF 再生成一次，或用 Word、WPS 打开文件另存为 PDF。"
        missed += _missed(lacking, f"LibreOffice 没有转成 PDF{trouble}；其他文件已写好。", mend)
    return tuple(made), tuple(missed)


def _rounds(files: Iterable[Path]) -> Iterator[list[Path]]:
    """The files of each call: as many as a command line holds, no two whose PDFs have one name."""
    left = list(files)
    while left:
        some: dict[str, Path] = {}
        for file in left:
            if len(some) < MOST_FILES:
                some.setdefault(file.stem, file)
        yield list(some.values())
        left = [f for f in left if f not in some.values()]


def _convert(program: str, files: Sequence[Path], timeout: float) -> tuple[list[Path], str]:
    """The PDFs that one call made and moved into place, and a word on what went wrong."""
    with tempfile.TemporaryDirectory(prefix="budgetgen-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        trouble = convert(program, "pdf", files, folder, timeout)
        places = {folder / f"{f.stem}.pdf": f.with_suffix(".pdf") for f in files}
        return [target for pdf, target in places.items() if pdf.is_file() and _placed(pdf, target)], trouble


def _placed(made: Path, target: Path) -> bool:
    """Move a finished PDF to its place, through the target's own folder so that it appears there whole."""
    try:
        with placed(target) as aside:
            shutil.copyfile(made, aside)
    except OSError:
        return False
    return True


def _missed(files: Iterable[Path], cause: str, mend: str) -> Iterator[Issue]:
    for file in files:
        pdf = file.with_suffix(".pdf")
        stale = "旁边的 PDF 是以前的，与这次写的文件可能不同。" if pdf.exists() else ""
        yield Issue("PDF-001", Level.WARNING, f"{cause}{stale}", mend, place=SourceRef(str(pdf)))
