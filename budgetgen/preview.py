"""A 版式 as it looks with one unit's data: rendered as its files now are, to PDF or HTML, and anew when one is saved."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from budgetgen.issues import Issue, Level, Rejected, SourceRef
from budgetgen.layout import DOCX, XLSX
from budgetgen.office.files import placed
from budgetgen.office.libreoffice import convert, find_office
from budgetgen.packet.html import to_html
from budgetgen.packet.render import Packet
from budgetgen.pipeline import examine
from budgetgen.resources import shelves

FOLDER = "预览"
SECONDS = 0.5
"""How often files are looked at."""
_PASSING = ("~$", ".~lock", "~", ".")
"""How the names of files begin that Word, LibreOffice and editors keep only while they work."""
_SETTINGS = ("profiles", "glossary", "checks", "kinds")
State = Mapping[Path, tuple[int, int]]
"""File → when it was last written, and its size."""


@dataclass(frozen=True)
class Shown:
    """What one rendering wrote, and what it noticed. `same` where the files from before still hold."""

    files: tuple[Path, ...]
    issues: tuple[Issue, ...]
    same: bool = False


class Preview:
    """Renders one unit again and again; `unit` and the files of the 版式 are read anew each time."""

    def __init__(
        self,
        unit: Path,
        out: Path | None = None,
        *,
        profile: str = "",
        templates: Sequence[Path] = (),
        html: bool = False,
    ) -> None:
        self._unit, self._profile, self._templates = unit, profile, tuple(templates)
        self._folder = out or unit.parent / FOLDER
        self._office = "" if html else find_office()
        self._last: dict[str, bytes] = {}

    @property
    def is_pdf(self) -> bool:
        """Whether PDFs are made: LibreOffice is there, and HTML was not asked for."""
        return bool(self._office)

    def show(self) -> Shown:
        """Render, and write what has changed since last time. Errors come as issues; the files from before then stay."""
        seen = examine(self._unit, profile=self._profile, templates=self._templates)
        if seen.packet is None:
            return Shown((), seen.issues)
        now = {file.template: rendered.data for file, rendered in seen.packet.files.items()}
        changed = {name: data for name, data in now.items() if self._last.get(name) != data}
        try:
            files = self._printed(changed) if self.is_pdf else self._page(seen.packet, changed)
        except Rejected as e:
            return Shown((), (*seen.issues, *e.issues))
        self._last = now
        return Shown(files, seen.issues, same=not changed)

    def _printed(self, changed: Mapping[str, bytes]) -> tuple[Path, ...]:
        """A PDF for each of the files that changed."""
        if not changed:
            return ()
        with tempfile.TemporaryDirectory(prefix="budgetgen-", ignore_cleanup_errors=True) as scratch:
            sources = [Path(scratch, name) for name in changed]
            for source, data in zip(sources, changed.values(), strict=True):
                source.write_bytes(data)
            trouble = convert(self._office, "pdf", sources, Path(scratch, "pdf"))
            made = [Path(scratch, "pdf", f"{source.stem}.pdf") for source in sources]
            if not all(pdf.is_file() for pdf in made):
                cause = f"LibreOffice 没有转成 PDF{trouble}。"
                raise Rejected([Issue("PDF-001", Level.ERROR, cause, "加 --html 看网页，或再试一次。")])
            return tuple(self._placed(pdf.name, pdf.read_bytes()) for pdf in made)

    def _page(self, packet: Packet, changed: Mapping[str, bytes]) -> tuple[Path, ...]:
        """Each document as a page; the tables stand in it."""
        if not changed:
            return ()
        documents = {file.template: rendered for file, rendered in packet.files.items() if file.suffix == DOCX}
        return tuple(
            self._placed(f"{Path(name).stem}.html", to_html(document.data, Path(name).stem).encode())
            for name, document in documents.items()
        )

    def _placed(self, name: str, data: bytes) -> Path:
        """The file, moved into place whole."""
        target = self._folder / name
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with placed(target) as aside:
                aside.write_bytes(data)
        except OSError as e:
            cause = f"写不进去（{e.strerror or e}）。"
            mend = "关掉打开着它的程序，或用 -o 指定另一个文件夹。"
            raise Rejected([Issue("OUTPUT-003", Level.ERROR, cause, mend, place=SourceRef(str(target)))]) from e
        return target

    def state(self) -> State:
        """The files that a rendering depends on, as they are now."""
        found: dict[Path, tuple[int, int]] = {}
        for path in (self._unit, *self._template_files()):
            with suppress(OSError):
                stat = path.stat()
                found[path] = (stat.st_mtime_ns, stat.st_size)
        return found

    def _template_files(self) -> Iterator[Path]:
        for shelf in shelves(self._templates, self._unit.parent):
            folders = [shelf.folder / kind for kind in (XLSX, DOCX)] + [shelf.settings / kind for kind in _SETTINGS]
            for folder in folders:
                yield from (p for p in folder.rglob("*") if not p.name.startswith(_PASSING) and p.is_file())


def changes(preview: Preview, before: State, seconds: float = SECONDS) -> Iterator[list[Path]]:
    """Wait for files to be saved: which of them changed, came or went since `before`, each time anew.

    A file is waited for until it has stood still once: programs save in several steps. Ends only by KeyboardInterrupt.
    """
    while True:
        time.sleep(seconds)
        now = preview.state()
        while now != before:
            time.sleep(seconds)
            settled, now = now, preview.state()
            if now == settled:
                yield [p for p in sorted({*before, *now}) if before.get(p) != now.get(p)]
                before = now
