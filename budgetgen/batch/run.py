"""A run: find the inputs, see whose they are, refuse what can't be, build the rest, tell the outcomes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from budgetgen.batch import causes, page, workbook
from budgetgen.batch.basis import Settings
from budgetgen.batch.folder import RunFolder
from budgetgen.batch.inputs import NOT_FOUND, candidates
from budgetgen.batch.ledger import FOUND, PLANNED, Entry, Ledger
from budgetgen.batch.messages import Failed
from budgetgen.batch.outcome import Ending, Outcome
from budgetgen.batch.outcomes import INTERRUPTED, Outcomes
from budgetgen.batch.planning import place_of, refusals
from budgetgen.batch.pool import Died, NoWorkers, Pool, TimedOut
from budgetgen.batch.progress import Progress
from budgetgen.batch.survey import Query, survey
from budgetgen.batch.unit import REPORTS, Task, build_unit, report_name
from budgetgen.issues import Rejected
from budgetgen.office.files import clear_left_over
from budgetgen.reading import Kind

Argument = TypeVar("Argument")
Result = TypeVar("Result")
Results = Iterator[tuple[Any, Any]]
Call = Callable[[Callable[[Any], Any], Iterable[Any]], Results]
_MOST_SUSPECTS = 1000


@dataclass(frozen=True, slots=True)
class Options:
    """How a run goes about it, whatever it builds."""

    jobs: int
    timeout: float
    resume: bool = False
    fail_fast: bool = False
    scheduler: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """How a run ended: how many ended how, how many of these are from before, how many files were no inputs.

    `stopped` says why it stopped early, if it did.
    """

    endings: Counter[Ending]
    kept: int
    others: int
    stopped: str

    @property
    def all_written(self) -> bool:
        """Whether every unit has its packet."""
        return all(ending.written for ending in self.endings)


def run(given: Sequence[str], out: Path, settings: Settings, options: Options, progress: Progress) -> Told:
    """Build every unit under what was `given` into `out`.

    Rejected where the run itself can't be: nothing is there, or `out` can't be written or is in use.
    """
    with RunFolder(out) as folder, closing(Ledger()) as ledger:
        # Nothing of an earlier run is touched before it is clear that there is something to do.
        _find(given, out, ledger, progress)
        folder.take_away((workbook.NAME, page.NAME))
        outcomes = Outcomes(folder, ledger, resume=options.resume, fail_fast=options.fail_fast)
        with closing(outcomes):
            if options.resume:
                outcomes.remember()
            return _Run(folder, settings, options, progress, ledger, outcomes).run()


def _find(given: Sequence[str], out: Path, ledger: Ledger, progress: Progress) -> None:
    """Everything that may be an input, into the ledger."""
    progress.begin("查找数据文件", 0)
    for found in candidates(given, out.absolute()):
        ledger.add(found.path, named=found.named)
        progress.step()


class _Run:
    """Holds the parts of a run together; each step leaves the ledger ready for the next."""

    def __init__(
        self, folder: RunFolder, settings: Settings, options: Options, progress: Progress, ledger: Ledger, outcomes: Outcomes
    ) -> None:  # fmt: skip
        self._folder = folder
        self._out = folder.path
        self._settings = settings
        self._options = options
        self._progress = progress
        self._ledger = ledger
        self._outcomes = outcomes

    def run(self) -> Told:
        others = 0
        try:
            with Pool[Any](self._options.jobs, self._options.timeout) as pool:
                others = self._identify(pool)
                if not self._ledger.count():
                    raise Rejected(
                        [causes.of_run(NOT_FOUND, "没有找到数据文件。", "数据文件是 unit.yaml 或填报表.xlsx。")]
                    )
                self._refuse(pool)
                self._folder.keep_room(self._ledger.count(), self._options.jobs)
                self._keep()
                self._build(pool)
        except KeyboardInterrupt:
            self._outcomes.stopped = INTERRUPTED
        except NoWorkers as e:
            raise Rejected(
                [causes.of_run(causes.NO_WORKERS, f"工作进程启动不了：{e}", "先用 build 试一个单位。")]
            ) from e
        finally:
            self._progress.end()
        self._leave_undone()
        self._write_results()
        return Told(self._outcomes.endings, self._outcomes.kept, others, self._outcomes.stopped)

    def _identify(self, pool: Pool[Any]) -> int:
        """Whose each input is; files that are none are left out, and counted."""
        others = 0
        self._progress.begin("识别", self._ledger.count(FOUND))
        for query, found in surely(pool.run, survey, map(self._query, self._ledger.entries(FOUND))):
            if isinstance(found, (Failed, Died, TimedOut)):
                self._outcomes.settle(query.id, causes.failed(query.path, found))
            elif found.head.kind is Kind.OTHER and not query.named:
                others += 1
                self._ledger.remove(query.id)
            else:
                head = found.head
                self._ledger.identify(query.id, head.name, head.year, *place_of(head), holds=found.holds)
            self._progress.step()
        return others

    def _query(self, entry: Entry) -> Query:
        earlier = self._outcomes.earlier(entry.path) if self._options.resume else None
        return Query(entry.id, entry.path, entry.named, self._out, self._settings, earlier)

    def _refuse(self, pool: Pool[Any]) -> None:
        for entry, outcome in refusals(self._ledger, pool):
            self._outcomes.settle(entry.id, outcome)

    def _keep(self) -> None:
        """Let packets stand that still hold."""
        for entry in self._ledger.entries(PLANNED):
            if entry.holds:
                self._outcomes.keep(entry)

    def _build(self, pool: Pool[Any]) -> None:
        self._progress.begin("生成", self._ledger.count(PLANNED))
        if self._options.scheduler:
            from budgetgen.batch.cluster import Cluster  # noqa: PLC0415 - an extra

            with Cluster(self._options.scheduler, self._options.timeout, self._out, pool) as cluster:
                self._build_all(cluster.run)
        else:
            self._build_all(pool.run)

    def _build_all(self, call: Call) -> None:
        for task, found in surely(call, build_unit, self._tasks()):
            if isinstance(found, Outcome):
                outcome = found
            else:
                outcome = causes.failed(str(task.source), found, task.name, task.year)
                clear_left_over(self._out / task.folder)
            self._outcomes.settle(task.id, outcome)
            self._progress.step(outcome.ending)

    def _tasks(self) -> Iterator[Task]:
        """The units to build, until the run has to stop."""
        for entry in self._ledger.entries(PLANNED):
            if self._outcomes.stopped:
                return
            path = Path(entry.path)
            report = report_name(path, entry.folder)
            yield Task(
                entry.id, path, entry.name, entry.year, self._out, entry.folder, report, self._settings, entry.twin
            )

    def _leave_undone(self) -> None:
        """Tell what was not begun."""
        if not self._outcomes.stopped:
            return
        self._folder.make_room()
        for state in (FOUND, PLANNED):
            for entry in self._ledger.entries(state):
                outcome = causes.not_done(entry.path, self._outcomes.stopped, entry.name, entry.year)
                self._outcomes.settle(entry.id, outcome)

    def _write_results(self) -> None:
        """The table, as a workbook and as a page, each moved into place when it is whole."""
        self._folder.make_room()
        clear_left_over(self._out / REPORTS)
        count = self._ledger.count()
        counts = {e.value: self._outcomes.endings[e] for e in Ending}
        try:
            with self._folder.placed(workbook.NAME) as aside:
                workbook.write_workbook(aside, self._outcomes.rows(), count)
            with self._folder.placed(page.NAME) as aside:
                page.write_page(aside, self._outcomes.rows(), count, counts)
        except OSError as e:
            raise self._folder.refused(e) from e


def surely(call: Call, function: Callable[[Any], Any], arguments: Iterable[Any]) -> Results:
    """Results of all calls; one whose worker died is tried again at the end, when no other is under way.

    A worker may die of another's hunger for memory, or by a hand: only the call that kills it alone is to blame.
    """
    suspects: list[Any] = []
    for argument, found in call(function, arguments):
        if isinstance(found, Died) and len(suspects) < _MOST_SUSPECTS:
            suspects.append(argument)
        else:
            yield argument, found
    for suspect in suspects:
        yield from call(function, [suspect])


def usual_jobs() -> int:
    """As many workers as there are processors for this process."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
