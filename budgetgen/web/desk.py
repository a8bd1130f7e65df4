"""The files of one question, laid out in a folder of their own while it is answered; and what each of them is."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from budgetgen.form.form_reader import is_form
from budgetgen.issues import Findings, Issue, Level, Rejected, Rule
from budgetgen.layout import Shelf, accounts_model, shelves
from budgetgen.model import Accounts
from budgetgen.office.files import is_office
from budgetgen.office.package import BOOK, open_package
from budgetgen.office.workbook_reader import open_book
from budgetgen.pipeline import Examined, examine
from budgetgen.reading import YAML_SUFFIXES, Head, Nature, read_head
from budgetgen.records import record
from budgetgen.resources import OWN_FOLDER
from budgetgen.verify.changes import State, verdict_of

MOST_FILES = 3000
MOST_BYTES = 256 * 2**20
Files = Mapping[str, bytes]
"""Files by name; one that lies in a folder has the folder's name before its own: `templates/xlsx/本市/公开表.xlsx`."""


@record
class Remembered:
    """An input as it was examined, the digest of its files and of what was asked of them, and the folder that they lay in."""

    digest: str
    seen: Examined
    folder: str


@dataclass
class Memory:
    """What one who asks again and again keeps from question to question: the last input, so that it need not be examined again."""

    last: Remembered | None = None


@dataclass(frozen=True)
class Desk:
    """The files in their folder, and of which of them is asked: `main` a unit's input, `prior` last year's file."""

    folder: Path
    main: str = ""
    prior: str = ""
    profile: str = ""
    kind: str = ""
    names: frozenset[str] = field(default=frozenset())
    digest: str = ""
    """Of the files and of what is asked of them."""
    memory: Memory | None = None

    def path(self, name: str) -> Path:
        """A file's path. Rejected: there is none of that name."""
        if name not in self.names:
            raise Rejected([Issue(Rule.UNREADABLE.code, Level.ERROR, f"没有文件“{name}”。", "重新选一次。")])
        return self.folder / name

    @cached_property
    def _examined(self) -> Remembered:
        found = self.memory.last if self.memory else None
        if found is None or found.digest != self.digest:
            prior = self.path(self.prior) if self.prior else None
            seen = examine(self.path(self.main), profile=self.profile, prior=prior, kind=self.kind)
            found = Remembered(self.digest, seen, str(self.folder))
        if self.memory:
            self.memory.last = found
        return found

    @cached_property
    def seen(self) -> Examined:
        """The input, examined once for all that is asked of it; its files are those of this desk."""
        found = self._examined
        before = Path(found.folder)
        here = (self.folder / p.relative_to(before) if p.is_relative_to(before) else p for p in found.seen.inputs)
        return replace(found.seen, inputs=tuple(here))

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that what is told of the input may name."""
        return (str(self.folder), *([self._examined.folder] if "_examined" in vars(self) else []))

    @property
    def places(self) -> tuple[Shelf, ...]:
        """Where 版式 are looked for."""
        return shelves(beside=(self.folder / self.main).parent)

    def model_of(self, name: str, material: str) -> type[Accounts]:
        """The model of accounts in the 版式 and for the kind of packet that are asked for, or else that an input names."""
        return accounts_model(self.profile or name, self.places, self.kind or material)


@contextmanager
def laid_out(files: Files, ask: Mapping[str, Any], memory: Memory | None = None) -> Iterator[Desk]:
    """The desk with these files on it, cleared when it is left. Rejected: a name leads out of the folder, or too much."""
    if len(files) > MOST_FILES or sum(map(len, files.values())) > MOST_BYTES:
        cause = f"文件太多或太大：最多 {MOST_FILES} 个，共 {MOST_BYTES // 2**20} MB。"
        raise Rejected([Issue(Rule.TOO_LARGE.code, Level.ERROR, cause, Rule.TOO_LARGE.mend)])
    with tempfile.TemporaryDirectory(prefix="budgetgen-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch).resolve()
        for name, data in files.items():
            target = folder / _safe(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        told = {key: str(ask.get(key) or "") for key in ("main", "prior", "profile", "kind")}
        yield Desk(folder, **told, names=frozenset(files), digest=_digest(files, told), memory=memory)


def _digest(files: Files, told: Mapping[str, str]) -> str:
    found = hashlib.sha256(repr(sorted(told.items())).encode())
    for name in sorted(files):
        found.update(f"\n{name}\n{len(files[name])}\n".encode())
        found.update(files[name])
    return found.hexdigest()


def _safe(name: str) -> PurePosixPath:
    """The name as a path within a folder. Rejected: it is none."""
    path = PurePosixPath(name)
    bad = "\\" in name or "\0" in name or path.is_absolute() or ".." in path.parts or bool(PureWindowsPath(name).drive)
    if bad or not path.parts or any(len(part.encode()) > _LONGEST for part in path.parts):
        raise Rejected([Issue(Rule.UNREADABLE.code, Level.ERROR, f"不能用这个文件名：{name[:60]}。", "给文件改个名。")])
    return path


_LONGEST = 200
FORM, YAML, TABLES, DOCUMENT, PDF, TEMPLATE, OTHER = "form", "yaml", "tables", "document", "pdf", "template", "other"
TITLES = {
    FORM: "填报表", YAML: "数据文件（YAML）", TABLES: "公开的表（xlsx）", DOCUMENT: "公开文本（docx）",
    PDF: "PDF", TEMPLATE: "版式的文件", OTHER: "认不出的文件",
}  # fmt: skip


def what_is(desk: Desk, name: str, data: bytes) -> dict[str, Any]:
    """What a file is, whose, and of which year, as far as its head shows it; nothing is refused."""
    path, findings = desk.path(name), Findings()
    kind, head = OTHER, Head(Nature.OTHER)
    if name.startswith(f"{OWN_FOLDER}/"):
        kind = TEMPLATE
    elif data.startswith(b"%PDF-"):
        kind = PDF
    elif is_office(data, name):
        package = open_package(data, name, findings)
        book = open_book(package, findings) if package is not None and BOOK in package else None
        if package is not None and book is None and not findings.failed:
            kind = DOCUMENT
        elif book is not None:
            kind = FORM if is_form(book) else TABLES
    elif path.suffix.lower() in YAML_SUFFIXES:
        kind = YAML
    if kind in (FORM, YAML):
        head = read_head(path)
    return {
        "name": name,
        "kind": kind,
        "title": TITLES[kind],
        "unit": head.name,
        "year": head.year,
        "material": head.material,
        "hand": _hand(data) if kind in (TABLES, DOCUMENT) else None,
        "issues": findings.issues(),
    }


def _hand(data: bytes) -> str | None:
    """What a hand has changed in a file of ours; blank where nothing, None where it is not ours."""
    verdict = verdict_of(data)
    if not verdict.state.known:
        return None
    return "" if verdict.state is State.UNTOUCHED else verdict.words
