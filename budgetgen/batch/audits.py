"""Many packets audited in one run: each by a worker, one that can't be read never stops the rest, a stopped run goes on.

With a folder, what was found is written there: the annotated copies, the tables of all findings, and a line for each packet.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain, count
from pathlib import Path, PurePosixPath
from typing import Any

from budgetgen import __version__
from budgetgen.audit import audit, year_of
from budgetgen.audit.annotate import annotated
from budgetgen.audit.beside import NOTHING, Beside
from budgetgen.audit.packets import PacketSource, SourceFile, packets_of, read_packet, shown_name
from budgetgen.audit.relations import Finding
from budgetgen.audit.texts import unit_name
from budgetgen.batch.audit_outcome import LEVELS, Audited, AuditRun, Outcome, Verdict, told
from budgetgen.batch.folder import Journal, RunFolder
from budgetgen.batch.job import file_digest
from budgetgen.batch.outcome import failed
from budgetgen.batch.run import Call, Progress, Runner
from budgetgen.batch.workers import Pool
from budgetgen.check.report import issue_text
from budgetgen.issues import Issue, Rejected
from budgetgen.office.files import DISK_FULL, clear_left_over, file_name, write_files
from budgetgen.published.document import OLD_BOOKS, OLD_TEXTS, Published
from budgetgen.records import record

AUDITS = "audits.jsonl"
_MARK = "审核"
NO_ROOM = "磁盘满了"


# ------------------------------------------------------------------------------------------------ one packet


@record
class AuditJob:
    """One packet to audit; `copies` name its annotated files below `out`, without which none are written."""

    number: int
    source: PacketSource
    out: Path | None = None
    copies: tuple[str, ...] = ()
    earlier: Audited | None = None
    beside: Beside = NOTHING


@record
class Unchanged:
    """Nothing that an earlier outcome rests on has changed."""


def audit_one(job: AuditJob) -> Audited | Unchanged:
    """Audit one packet, and write its annotated copies. Nothing raises for bad input."""
    begun = time.perf_counter()
    source = job.source
    rests_on = _rests_on(source, job.beside)
    if job.earlier is not None and job.out is not None and _holds(job.earlier, rests_on, job.out):
        return Unchanged()
    outcome = Audited(source.name, Verdict.UNREADABLE, [f.place for f in source.files], rests_on=rests_on)
    try:
        document = read_packet(source)
        findings = audit(document, job.beside)
    except Rejected as e:
        return replace(outcome, issues=[_said(i) for i in e.issues], seconds=_since(begun))
    told_all = [told(document, f) for f in findings]
    levels = {f.level for f in findings}
    verdict = Verdict.WRONG if LEVELS[0] in levels else Verdict.DOUBTFUL if LEVELS[1] in levels else Verdict.CLEAN
    issues, copies, full = list(document.issues), {}, False
    if job.out is not None:
        try:
            copies = _copies(job, job.out, document, findings, issues)
        except Rejected as e:
            issues += e.issues
            full = any(i.rule == DISK_FULL for i in e.issues)
    return replace(
        outcome,
        verdict=verdict,
        unit=unit_name(document),
        year=year_of(document),
        findings=told_all,
        issues=[_said(i) for i in issues],
        copies=copies,
        seconds=_since(begun),
        disk_full=full,
    )


def _copies(
    job: AuditJob, out: Path, document: Published, findings: Sequence[Finding], issues: list[Issue]
) -> dict[str, str]:
    """The annotated copies that were written; what can't be is added to `issues`. Rejected: the system refuses."""
    names = {file.place: name for file, name in zip(job.source.files, job.copies, strict=True)}
    written = {}
    for file, kind, data in annotated(job.source, document, findings):
        if isinstance(data, Issue):
            issues.append(data)
            continue
        name = str(PurePosixPath(names[file.place]).with_suffix(kind))
        (path,) = write_files((out / name).parent, {PurePosixPath(name).name: data}, lambda *_: ())
        written[name] = file_digest(path)
    return written


def _rests_on(source: PacketSource, beside: Beside) -> dict[str, str]:
    found = {"程序": __version__}
    for path in {*(f.path for f in source.files), *filter(None, (beside.prior, beside.unit)), *beside.units}:
        try:
            found[str(path)] = file_digest(path)
        except OSError:
            found[str(path)] = ""
    return found


def _holds(earlier: Audited, rests_on: Mapping[str, str], out: Path) -> bool:
    if earlier.verdict in (Verdict.CRASHED, Verdict.NOT_DONE) or dict(earlier.rests_on) != dict(rests_on):
        return False
    try:
        return all(file_digest(out / name) == digest for name, digest in earlier.copies.items())
    except OSError:
        return False


def _said(issue: Issue) -> str:
    return issue_text(issue).replace("\n    → ", "")


def _since(begun: float) -> float:
    return round(time.perf_counter() - begun, 3)


# ------------------------------------------------------------------------------------------------ all of them


@record
class AuditOptions:
    """How a run goes about it."""

    jobs: int
    timeout: float
    resume: bool = False
    beside: Beside = NOTHING


@contextmanager
def audit_all(given: Sequence[Path], out: Path | None, options: AuditOptions, progress: Progress) -> Iterator[AuditRun]:
    """Audit the packets of all that was `given`; the run's outcomes can be read inside.

    With `out` their copies and tables are written there. Rejected where the run itself can't be.
    """
    sources = [s for s in packets_of(given) if out is None or not _made_by_us(s, out)]
    if out is None:
        yield _Auditing(given, sources, None, {}, options, progress, lambda outcome: lambda: outcome).run()
        return
    with RunFolder(out) as folder:
        journal = Journal(folder.path / AUDITS, Audited, resume=options.resume, make_room=folder.make_room)
        with closing(journal):
            earlier = dict(_earlier(journal)) if options.resume else {}
            folder.keep_room(len(sources), options.jobs)

            def write(outcome: Audited) -> Outcome:
                return partial(journal.read, journal.append(outcome))

            run = _Auditing(given, sources, out, earlier, options, progress, write).run()
            folder.make_room()
            _write_tables(folder, run)
            yield run


def _made_by_us(source: PacketSource, out: Path) -> bool:
    """Whether a packet is what an earlier run wrote, in a folder of its own below what was given."""
    return bool(source.files) and all(f.path.absolute().is_relative_to(out.absolute()) for f in source.files)


def _earlier(journal: Journal[Audited]) -> Iterator[tuple[tuple[str, ...], Outcome]]:
    """What an earlier run found, by the files; what it did not do tells nothing of what was done before it."""
    for outcome, line in journal.earlier():
        if outcome.verdict is not Verdict.NOT_DONE:
            yield tuple(outcome.sources), partial(journal.read, line)


def _key(source: PacketSource) -> tuple[str, ...]:
    return tuple(f.place for f in source.files)


@contextmanager
def _workers(count: int, options: AuditOptions) -> Iterator[Call]:
    """Who audits: one packet is done here, several by workers."""
    if count == 1:
        yield lambda function, jobs: ((job, function(job)) for job in jobs)
        return
    with Pool(min(options.jobs, count), options.timeout) as pool:
        yield pool.run


class _Auditing:
    """Holds the parts of a run together. `keep` takes an outcome, and gives what reads it back."""

    def __init__(
        self, given: Sequence[Path], sources: Sequence[PacketSource], out: Path | None,
        earlier: Mapping[tuple[str, ...], Outcome], options: AuditOptions, progress: Progress,
        keep: Callable[[Audited], Outcome],
    ) -> None:  # fmt: skip
        self._given, self._sources, self._out, self._earlier = given, sources, out, earlier
        self._options, self._runner, self._keep = options, Runner(progress), keep
        self._found: dict[int, Outcome] = {}
        self._run = AuditRun()

    def run(self) -> AuditRun:
        count = len(self._sources)
        with self._runner.under_way("加上 -j 1 再试。"), _workers(count, self._options) as call:
            self._runner.go_through("审核", count, call, audit_one, self._jobs(), self._settle)
        self._run.stopped = self._runner.stopped
        for number, source in enumerate(self._sources):
            if number not in self._found:
                places, cause = [f.place for f in source.files], f"{self._run.stopped}，没有审核。"
                self._take(number, Audited(source.name, Verdict.NOT_DONE, places, issues=[cause]))
        self._run.outcomes = [self._found[n] for n in sorted(self._found)]
        return self._run

    def _jobs(self) -> Iterator[AuditJob]:
        taken: set[str] = set()
        for number, source in enumerate(self._sources):
            copies = tuple(_copy_name(f, self._given, taken) for f in source.files) if self._out else ()
            known = self._earlier.get(_key(source))
            earlier = known() if known else None
            out = self._out.absolute() if self._out else None
            yield AuditJob(number, source, out, copies, earlier, self._options.beside)

    def _settle(self, job: AuditJob, found: Any) -> Verdict:
        if isinstance(found, Unchanged) and job.earlier is not None:
            self._run.kept += 1
            self._found[job.number] = self._earlier[_key(job.source)]
            self._run.verdicts[job.earlier.verdict] += 1
            return job.earlier.verdict
        if isinstance(found, Audited):
            outcome = found
        else:
            told_of = failed(job.source.name, found)
            places = [f.place for f in job.source.files]
            outcome = Audited(job.source.name, Verdict.CRASHED, places, issues=[told_of.cause], details=told_of.details)
        if outcome.disk_full:
            self._runner.stopped = NO_ROOM
        self._take(job.number, outcome)
        return outcome.verdict

    def _take(self, number: int, outcome: Audited) -> None:
        self._found[number] = self._keep(outcome)
        self._run.verdicts[outcome.verdict] += 1


def _copy_name(file: SourceFile, given: Sequence[Path], taken: set[str]) -> str:
    """The path of an annotated copy below the run's folder, as the file lies in the folder that was given: that of no other."""
    name = Path(file.name)
    inside = next(
        (file.path.parent.relative_to(g).parts for g in given if file.path.is_relative_to(g) and g.is_dir()), ()
    )
    zipped = (file.path.stem, *PurePosixPath(shown_name(file.member)).parts[:-1]) if file.member else ()
    folder = "".join(f"{file_name(part)}/" for part in (*inside, *zipped) if part not in ("..", "/"))
    stem, near = file_name(name.stem), file_name(file.path.parent.name)
    names = chain((stem, f"{near}-{stem}"), (f"{near}-{stem}-{n}" for n in count(2)))
    ending = {**dict.fromkeys(OLD_TEXTS, ".docx"), **dict.fromkeys(OLD_BOOKS, ".xlsx")}.get(file.suffix, file.suffix)
    paths = (f"{folder}{n}.{_MARK}{ending}" for n in names)
    path = next(p for p in paths if p.casefold() not in taken)
    taken.add(path.casefold())
    return path


def _write_tables(folder: RunFolder, run: AuditRun) -> None:
    """审核结果.xlsx and .html, each moved into place when it is whole."""
    from budgetgen.batch import audit_tables  # noqa: PLC0415 - workers need no openpyxl

    clear_left_over(folder.path)
    try:
        with folder.placed(audit_tables.BOOK) as aside:
            audit_tables.write_book(aside, run)
        with folder.placed(audit_tables.PAGE) as aside:
            audit_tables.write_report(aside, run)
    except OSError as e:
        raise folder.refused(e) from e
