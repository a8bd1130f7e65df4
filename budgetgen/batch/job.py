"""What workers do: look whose an input is, compare two, and build one unit: its packet, its check report, its outcome.

What a packet rests on is kept as digests: a later run knows by them whether it still holds.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from budgetgen import __version__, resources
from budgetgen.batch.outcome import Ending, Outcome
from budgetgen.check import GAP_RULES, by_cause
from budgetgen.check.report import as_html, issue_text
from budgetgen.compute import Computed
from budgetgen.figures import Figure, Group
from budgetgen.issues import Issue, Level, Rejected, visible
from budgetgen.layout import Kind, Profile, read_kind, read_profile, shelves
from budgetgen.model import Accounts
from budgetgen.model.declarations import fields_of
from budgetgen.money import plain_text
from budgetgen.office.files import DISK_FULL, clear_left_over, file_name, remove_files, write_files
from budgetgen.pipeline import Built, Examined, deliver, examine
from budgetgen.reading import Head, files_behind, load, read_head
from budgetgen.records import record

_NAMED = "引用"
_DIGITS = 32
_PIECE = 2**20
CHANGED = "BATCH-005"
REPORTS = "检查报告"
_CAUSES = 3
"""Causes that the table tells; the check report has all."""


@record
class Settings:
    """What the user chose for all units of a run."""

    profile: str = ""
    templates: tuple[Path, ...] = ()
    pdf: bool = False
    kind: str = ""
    marks: bool = True

    @property
    def digest(self) -> str:
        """Tells settings apart; folders of templates do so by their content, not by where they are."""
        return _digest(f"{self.profile}\n{self.kind}\n{self.pdf}\n{self.marks}\n{len(self.templates)}".encode())


def file_digest(path: Path) -> str:
    """The digest of a file's content. OSError: it can't be read."""
    found = sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
    return found.hexdigest()[:_DIGITS]


def _digest_of(path: Path) -> str:
    """The digest of a file that an input names; blank where it can't be read, which the packet then rests on."""
    try:
        return file_digest(path)
    except OSError:
        return ""


def fingerprint(
    data: str, settings: Settings, profile: Profile, named: Iterable[str], source: Path, kind: Kind | None
) -> dict[str, Any]:
    """What a packet rests on. `data` is the digest of its input; `named` are the files that the input names."""
    return {
        "数据": data,
        "版式": profile.name,
        "模板": _layout_digest(profile),
        "材料": [kind.title, _kept_digest(*kind.state)] if kind else [],
        "设置": settings.digest,
        "程序": _program(),
        _NAMED: {name: _digest_of(source.parent / name) for name in named},
    }


def still_holds(earlier: Mapping[str, Any], settings: Settings, source: Path) -> bool:
    """Whether nothing that a packet rests on has changed since. What can't be read has changed."""
    try:
        if (earlier["程序"], earlier["设置"]) != (_program(), settings.digest) or file_digest(source) != earlier[
            "数据"
        ]:
            return False
        places = shelves(settings.templates, source.parent)
        kind = read_kind(earlier["材料"][0], places)
        profile = read_profile(earlier["版式"], places)
        return earlier == fingerprint(earlier["数据"], settings, profile, earlier[_NAMED], source, kind)
    except (OSError, Rejected, LookupError, TypeError, ValueError):
        return False


def _layout_digest(profile: Profile) -> str:
    """All files of a 版式 and the rules that hold for it."""
    beside = (resources.WORDS, resources.NUMBERS)
    words = (shelf.settings / "checks" / name for shelf in profile.shelves for name in beside)
    rules = [p for p in (*profile.rulebooks(), *words) if p.is_file()]
    state = (*profile.state, *((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in rules))
    return _state_digest(state, tuple((s.folder, s.settings) for s in profile.shelves))


@lru_cache(maxsize=64)
def _state_digest(state: tuple[tuple[str, int, int], ...], roots: tuple[tuple[Path, Path], ...]) -> str:
    told = (f"{_place(Path(path), roots)} {_kept_digest(path, changed, size)}" for path, changed, size in state)
    return _digest("\n".join(sorted(told)).encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=4096)
def _kept_digest(path: str, _changed: int, _size: int) -> str:
    return file_digest(Path(path))


def _place(path: Path, roots: Iterable[tuple[Path, Path]]) -> str:
    """Where a file is on the shelves, wherever these are: a moved folder of templates is the same one."""
    for number, folders in enumerate(roots):
        for folder in folders:
            if path.is_relative_to(folder):
                return f"{number} {path.relative_to(folder).as_posix()}"
    return str(path)


@cache
def _program() -> str:
    """The program's version and the code tables that go with it."""
    files = sorted(resources.config("codes").iterdir())
    return f"{__version__} {_digest(b''.join(p.read_bytes() for p in files if p.is_file()))[:8]}"


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()[:_DIGITS]


@record
class Query:
    """An input to look at; `earlier` is its outcome in a run before."""

    number: int
    path: Path
    out: Path
    settings: Settings
    earlier: Outcome | None = None


@record
class Surveyed:
    """An input's head; `holds`: its earlier packet is there and would be the same."""

    head: Head
    kind: Kind
    holds: bool


def survey(query: Query) -> Surveyed:
    """Look at one input."""
    head = read_head(query.path)
    return Surveyed(
        head, _kind(head, query.settings, query.path), query.earlier is not None and _holds(query, query.earlier)
    )


def _kind(head: Head, settings: Settings, path: Path) -> Kind:
    """The kind of packet that an input is for; one that there is not is told when it is built."""
    places = shelves(settings.templates, path.parent)
    try:
        return read_kind(settings.kind or head.material, places, head.sections)
    except Rejected:
        return read_kind(places=shelves())


def _holds(query: Query, earlier: Outcome) -> bool:
    folder = query.out / earlier.folder
    if query.settings.pdf and not any(name.endswith(".pdf") for name in earlier.files):
        return False  # LibreOffice may be there by now
    try:
        there = all(file_digest(folder / name) == digest for name, digest in earlier.files.items())
        there = there and (not earlier.report or (query.out / earlier.report).is_file())
    except OSError:
        return False
    return earlier.ending.written and there and still_holds(earlier.fingerprint, query.settings, query.path)


@record
class Pair:
    """A unit.yaml and a 填报表 beside it for the same unit and year."""

    first: Path
    second: Path


def difference(pair: Pair) -> str:
    """What two inputs for one unit say differently; blank where they are equal."""
    try:
        one, two = load(pair.first).accounts, load(pair.second).accounts
    except Rejected as e:
        return f"有一份读不出来：{e.issues[0].cause.rstrip('。')}"
    keys = [s.label for s in fields_of(Accounts).values() if getattr(one, s.name) != getattr(two, s.name)]
    return f"内容不同：{'、'.join(keys)}" if keys else ""


@record
class Job:
    """One unit to build. `name` and `year` are what its head says; `folder` is the packet's in `out`."""

    number: int
    source: Path
    name: str
    year: int
    out: Path
    folder: str
    report: str
    settings: Settings
    twin: str = ""


def report_name(source: Path, folder: str) -> str:
    """The name of a unit's check report: its packet's, or where that is not known one of the input's own."""
    mark = sha256(str(source.absolute()).encode("utf-8", "replace")).hexdigest()[:6]
    return f"{folder}.html" if folder else f"{file_name(visible(source.stem))}~{mark}.html"


def build_unit(job: Job) -> Outcome:
    """Build one unit; its packet, its check report and its outcome. Nothing raises for bad input."""
    begun = time.perf_counter()
    if job.folder:
        clear_left_over(job.out / job.folder)  # of a worker that was killed at this very unit
    seen, data = _examined(job)
    built = Built((), seen.issues)
    if job.folder:
        built = deliver(seen, job.out / job.folder, pdf=job.settings.pdf, marks=job.settings.marks)
    outcome = _outcome(job, seen, built, data)
    try:
        report = _write_report(job, seen, built.issues)
    except Rejected as e:
        full = any(i.rule == DISK_FULL for i in e.issues)
        outcome, report = replace(outcome, disk_full=outcome.disk_full or full), ""
    return replace(outcome, report=report, seconds=round(time.perf_counter() - begun, 3))


def _examined(job: Job) -> tuple[Examined, str]:
    """The unit examined, and the digest of the input that was read; an error where it is not the unit that was planned."""
    settings = job.settings
    try:
        before = file_digest(job.source)
    except OSError:
        before = ""
    seen = examine(job.source, profile=settings.profile, templates=settings.templates, kind=settings.kind)
    accounts = seen.loaded.accounts if seen.loaded else None
    if accounts is not None and (accounts.unit.name, accounts.year) != (job.name, job.year):
        cause = "数据文件在批量进行中改过，或别的程序正在写它。"
        return Examined(
            (*seen.issues, Issue(CHANGED, Level.ERROR, cause, "用 --resume 再做一次。")), seen.loaded
        ), before
    return seen, before


def _outcome(job: Job, seen: Examined, built: Built, data: str) -> Outcome:
    accounts = seen.loaded.accounts if seen.loaded else None
    counts = _counted(built.issues)
    stops = [c.head for c in by_cause(built.issues) if c.head.stops]
    written = {p.name: file_digest(p) for p in built.files}
    ending = Ending.FAULTY if not built.files else Ending.DRAFT if built.draft else Ending.FINAL
    gaps = _gaps(built.issues) if ending is Ending.DRAFT else ""
    rests_on = {}
    if written and seen.profile and seen.loaded:
        named = files_behind(job.source, seen.loaded.accounts)
        rests_on = fingerprint(data, job.settings, seen.profile, named, job.source, seen.kind)
    return Outcome(
        source=str(job.source),
        ending=ending,
        cause=gaps or "\n".join(issue_text(i) for i in stops[:_CAUSES]),
        name=accounts.unit.name if accounts else job.name,
        year=accounts.year if accounts else job.year,
        profile=seen.profile.name if seen.profile else accounts.profile if accounts else "",
        errors=counts[Level.ERROR],
        warnings=counts[Level.WARNING],
        notes=counts[Level.NOTE],
        kind=seen.kind.title if seen.kind else "",
        totals=_totals(seen.computed, seen.kind) if seen.computed and seen.kind else {},
        folder=job.folder if written else "",
        files=written,
        twin=job.twin,
        fingerprint=rests_on,
        disk_full=any(i.rule == DISK_FULL for i in built.issues),
    )


def _counted(issues: Iterable[Issue]) -> Mapping[Level, int]:
    heads = [c.head for c in by_cause(issues) if not c.head.waived]
    return {level: sum(h.level is level for h in heads) for level in Level}


def _gaps(issues: Iterable[Issue]) -> str:
    """Why a packet is a draft."""
    gaps = [i for i in issues if i.rule in GAP_RULES]
    more = f"，共 {len(gaps)} 处" if len(gaps) > _CAUSES else ""
    return "待填写：" + "、".join(i.path or i.cause for i in gaps[:_CAUSES]) + more


def _totals(computed: Computed, kind: Kind) -> dict[str, str]:
    """The key totals of the kind, in 元; what a unit does not have is left out."""
    found = {name: _figure(computed.tree, path) for name, path in kind.totals}
    return {name: plain_text(f.value, strip_zeros=True) for name, f in found.items() if f is not None}


def _figure(tree: Group, path: str) -> Figure | None:
    try:
        found = tree.at(path)
    except KeyError:
        return None
    return found if isinstance(found, Figure) else None


def _write_report(job: Job, seen: Examined, issues: tuple[Issue, ...]) -> str:
    """The check report's place; blank, and none from before, where there is nothing to report."""
    folder = job.out / REPORTS
    if not issues:
        remove_files(folder, [job.report])
        return ""
    shown = [replace(i, cause=visible(i.cause)) for i in issues]
    text = as_html(shown, seen.loaded.accounts if seen.loaded else None)
    write_files(folder, {job.report: text.encode("utf-8", "replace")}, lambda *_: ())
    return f"{REPORTS}/{job.report}"
