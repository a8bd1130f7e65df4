"""One unit, from its input to its packet, its check report and its outcome. This is what workers do."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from budgetgen.batch.basis import Settings, basis_of, file_digest
from budgetgen.batch.outcome import TOTALS, Ending, Outcome
from budgetgen.check import GAP_RULES, by_cause
from budgetgen.check.report import as_html, issue_text
from budgetgen.compute import Computed
from budgetgen.figures import Figure, Group
from budgetgen.issues import Issue, Level, Rejected
from budgetgen.money import plain_text
from budgetgen.office.files import DISK_FULL, clear_left_over, file_name, remove_files, write_files
from budgetgen.pipeline import Built, Examined, deliver, examine
from budgetgen.reading import files_behind

CHANGED = "BATCH-005"
REPORTS = "检查报告"
_CAUSES = 3
"""Causes that the table tells; the check report has all."""


@dataclass(frozen=True, slots=True)
class Task:
    """One unit to build. `name` and `year` are what its head says; `folder` is the packet's in `out`."""

    id: int
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
    return f"{folder}.html" if folder else f"{file_name(source.stem)}~{mark}.html"


def build_unit(task: Task) -> Outcome:
    """Build one unit; its packet, its check report and its outcome. Nothing raises for bad input."""
    begun = time.perf_counter()
    if task.folder:
        clear_left_over(task.out / task.folder)  # of a worker that was killed at this very unit
    seen, data = _examined(task)
    built = deliver(seen, task.out / task.folder, pdf=task.settings.pdf) if task.folder else Built((), seen.issues)
    outcome = _outcome(task, seen, built, data)
    try:
        report = _write_report(task, seen, built.issues)
    except Rejected as e:
        full = any(i.rule == DISK_FULL for i in e.issues)
        outcome, report = replace(outcome, disk_full=outcome.disk_full or full), ""
    return replace(outcome, report=report, seconds=round(time.perf_counter() - begun, 3))


def _examined(task: Task) -> tuple[Examined, str]:
    """The unit examined, and the digest of the input that was read; an error where it is not the unit that was planned."""
    settings = task.settings
    try:
        before = file_digest(task.source)
    except OSError:
        before = ""
    seen = examine(task.source, profile=settings.profile, templates=settings.templates)
    accounts = seen.loaded.accounts if seen.loaded else None
    if accounts is not None and (accounts.unit.name, accounts.year) != (task.name, task.year):
        cause = "数据文件在批量进行中改过，或别的程序正在写它。"
        return Examined(
            (*seen.issues, Issue(CHANGED, Level.ERROR, cause, "用 --resume 再做一次。")), seen.loaded
        ), before
    return seen, before


def _outcome(task: Task, seen: Examined, built: Built, data: str) -> Outcome:
    accounts = seen.loaded.accounts if seen.loaded else None
    counts = _counted(built.issues)
    stops = [c.head for c in by_cause(built.issues) if c.head.stops]
    written = {p.name: file_digest(p) for p in built.files}
    ending = Ending.FAULTY if not built.files else Ending.DRAFT if built.draft else Ending.FINAL
    gaps = _gaps(built.issues) if ending is Ending.DRAFT else ""
    basis = {}
    if written and seen.profile and seen.loaded:
        named = files_behind(task.source, seen.loaded.accounts)
        basis = basis_of(data, task.settings, seen.profile, named, task.source)
    return Outcome(
        source=str(task.source),
        ending=ending,
        cause=gaps or "\n".join(issue_text(i) for i in stops[:_CAUSES]),
        name=accounts.unit.name if accounts else task.name,
        year=accounts.year if accounts else task.year,
        profile=seen.profile.name if seen.profile else accounts.profile if accounts else "",
        errors=counts[Level.ERROR],
        warnings=counts[Level.WARNING],
        notes=counts[Level.NOTE],
        totals=_totals(seen.computed) if seen.computed and accounts and not accounts.performance_only else {},
        folder=task.folder if written else "",
        files=written,
        twin=task.twin,
        basis=basis,
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


def _totals(computed: Computed) -> dict[str, str]:
    """The key totals, in 元; what a unit does not have is left out."""
    found = {name: _figure(computed.tree, path) for name, path in TOTALS.items()}
    return {name: plain_text(f.value, strip_zeros=True) for name, f in found.items() if f is not None}


def _figure(tree: Group, path: str) -> Figure | None:
    try:
        found = tree.at(path)
    except KeyError:
        return None
    return found if isinstance(found, Figure) else None


def _write_report(task: Task, seen: Examined, issues: tuple[Issue, ...]) -> str:
    """The check report's place; blank, and none from before, where there is nothing to report."""
    folder = task.out / REPORTS
    if not issues:
        remove_files(folder, [task.report])
        return ""
    text = as_html(issues, seen.loaded.accounts if seen.loaded else None)
    write_files(folder, {task.report: text.encode("utf-8", "replace")}, lambda *_: ())
    return f"{REPORTS}/{task.report}"
