"""A run: find the inputs, see whose they are, refuse what can't be, build the rest, tell the outcomes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import replace
from enum import Enum
from itertools import takewhile
from pathlib import Path
from typing import Any, Protocol

from budgetgen.batch import outcome as outcomes_of
from budgetgen.batch.folder import OUTCOMES, Journal, Line, RunFolder
from budgetgen.batch.inputs import NOT_FOUND, Input, Inputs, State, candidates, file_key, refusals
from budgetgen.batch.job import REPORTS, Job, Pair, Query, Settings, build_unit, difference, report_name, survey
from budgetgen.batch.outcome import NO_WORKERS, Ending, Outcome, of_run
from budgetgen.batch.workers import Died, Failed, NoWorkers, Pool, TimedOut
from budgetgen.issues import Rejected
from budgetgen.office.files import clear_left_over
from budgetgen.reading import Nature
from budgetgen.records import record

Results = Iterator[tuple[Any, Any]]
Call = Callable[[Callable[[Any], Any], Iterable[Any]], Results]
_MOST_SUSPECTS = 1000
DISK_FULL = "磁盘满了"
FIRST_FAULT = "前面有单位没有写出，按 --fail-fast 停止"
INTERRUPTED = "运行被中断"
_RANK = {ending: number for number, ending in enumerate(Ending)}


class Progress(Protocol):
    """How a run tells where it is. `total` is 0 where it is not known."""

    def begin(self, title: str, total: int) -> None:
        """A new stretch of work, in place of the one before."""

    def step(self, ending: Enum | None = None) -> None:
        """One more is done, and how it ended."""

    def end(self) -> None:
        """No more is to come, for whatever reason."""


@record
class Options:
    """How a run goes about it, whatever it builds."""

    jobs: int
    timeout: float
    resume: bool = False
    fail_fast: bool = False
    scheduler: str = ""


@record
class Summary:
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


def run(
    given: Sequence[str], out: Path, settings: Settings, options: Options, progress: Progress, pool: Pool | None = None
) -> Summary:
    """Build every unit under what was `given` into `out`, by the workers of `pool`, or by its own.

    Rejected where the run itself can't be: nothing is there, or `out` can't be written or is in use.
    """
    from budgetgen.batch.results import BOOK, PAGE  # noqa: PLC0415 - workers, which import this, need no openpyxl

    with RunFolder(out) as folder:
        # Nothing of an earlier run is touched before it is clear that there is something to do.
        inputs = _found(given, out, progress)
        folder.take_away((BOOK, PAGE))
        runner = Runner(progress)
        with closing(_Outcomes(folder, runner, resume=options.resume, fail_fast=options.fail_fast)) as outcomes:
            workers = nullcontext(pool) if pool else Pool(options.jobs, options.timeout)
            return _Run(folder, settings, options, runner, inputs, outcomes).run(workers)


def _found(given: Sequence[str], out: Path, progress: Progress) -> Inputs:
    """Everything that may be an input."""
    progress.begin("查找数据文件", 0)
    inputs = Inputs()
    for found in candidates(given, out.absolute()):
        inputs.add(found)
        progress.step()
    return inputs


class Runner:
    """Goes through the jobs of a run, whatever they are; `stopped` says why no more is begun, blank while all goes on."""

    def __init__(self, progress: Progress) -> None:
        self.stopped = ""
        self._progress = progress

    @contextmanager
    def under_way(self, mend: str) -> Iterator[None]:
        """The time of a run's jobs, which a person may interrupt. Rejected where workers do not start; `mend` says what to try."""
        try:
            yield
        except KeyboardInterrupt:
            self.stopped = INTERRUPTED
        except NoWorkers as e:
            raise Rejected([of_run(NO_WORKERS, f"工作进程启动不了：{e}", mend)]) from e
        finally:
            self._progress.end()

    def go_through(
        self, title: str, count: int, call: Call, function: Callable[[Any], Any], jobs: Iterable[Any],
        settle: Callable[[Any, Any], Enum | None],
    ) -> None:  # fmt: skip
        """Have `function` done for each job; `settle` takes what came of it, or how it failed, and tells how that ends.

        A job whose worker died is tried again at the end, when no other is under way: a worker may die of another's hunger
        for memory, or by a hand, and only the call that kills it alone is to blame.
        """
        self._progress.begin(title, count)
        suspects: list[Any] = []
        for job, found in call(function, takewhile(lambda _: not self.stopped, jobs)):
            if isinstance(found, Died) and len(suspects) < _MOST_SUSPECTS:
                suspects.append(job)
            else:
                self._progress.step(settle(job, found))
        for suspect in suspects:
            for job, found in call(function, [suspect]):
                self._progress.step(settle(job, found))


class _Outcomes:
    """The outcomes as they come: written, counted; some stop the `runner`."""

    def __init__(self, folder: RunFolder, runner: Runner, *, resume: bool, fail_fast: bool) -> None:
        self.endings: Counter[Ending] = Counter()
        self.kept = 0
        self._runner = runner
        self._fail_fast = fail_fast
        self._folder = folder
        self._journal = Journal(folder.path / OUTCOMES, Outcome, resume=resume, make_room=self._make_room)
        # What an earlier run did not do tells nothing of what was done before it.
        known = self._journal.earlier() if resume else ()
        self._earlier = {file_key(o.source): line for o, line in known if o.ending is not Ending.NOT_DONE}

    def close(self) -> None:
        """Let the file go."""
        self._journal.close()

    def _make_room(self) -> bool:
        self._runner.stopped = DISK_FULL
        return self._folder.make_room()

    def earlier(self, path: str) -> Outcome | None:
        """What became of an input in an earlier run."""
        line = self._earlier.get(file_key(path)) if self._earlier else None
        return self._journal.read(line) if line else None

    def settle(self, entry: Input, outcome: Outcome) -> None:
        """Write the outcome of an input. Rejected where that can't be done."""
        self._settle(entry, outcome, self._journal.append(outcome))
        if outcome.disk_full:
            self._runner.stopped = DISK_FULL
        elif self._fail_fast and not outcome.ending.written:
            self._runner.stopped = self._runner.stopped or FIRST_FAULT

    def keep(self, entry: Input) -> None:
        """Let an input's earlier outcome stand, if its packet is where it would be now."""
        line = self._earlier.get(file_key(entry.path))
        earlier = self._journal.read(line) if line else None
        if line is not None and earlier is not None and earlier.folder == entry.folder:
            self.kept += 1
            self._settle(entry, earlier, Line(line.place, line.length, kept=True))

    def _settle(self, entry: Input, outcome: Outcome, line: Line) -> None:
        self.endings[outcome.ending] += 1
        entry.settle(line, (_RANK[outcome.ending], outcome.errors, outcome.warnings))

    def of(self, entries: Iterable[Input]) -> Iterator[tuple[Outcome, bool]]:
        """The outcomes of inputs, and whether each is kept from before."""
        return ((self._journal.read(e.line), e.line.kept) for e in entries)


class _Run:
    """Holds the parts of a run together; each step leaves the inputs ready for the next."""

    def __init__(
        self, folder: RunFolder, settings: Settings, options: Options, runner: Runner, inputs: Inputs,
        outcomes: _Outcomes,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._out = folder.path.absolute()  # workers may be started elsewhere
        self._settings = settings
        self._options = options
        self._runner = runner
        self._inputs = inputs
        self._outcomes = outcomes

    def run(self, workers: AbstractContextManager[Pool]) -> Summary:
        others = 0
        with self._runner.under_way("先用 build 试一个单位。"), workers as pool:
            others = self._identify(pool)
            if not len(self._inputs):
                raise Rejected([of_run(NOT_FOUND, "没有找到数据文件。", "数据文件是 unit.yaml 或填报表.xlsx。")])
            for entry, outcome in refusals(self._inputs, lambda a, b: _difference(pool, a, b)):
                self._outcomes.settle(entry, outcome)
            self._folder.keep_room(len(self._inputs), self._options.jobs)
            for entry in self._inputs.within(State.PLANNED):
                if entry.holds:
                    self._outcomes.keep(entry)
            self._build(pool)
        self._leave_undone()
        self._write_results()
        return Summary(self._outcomes.endings, self._outcomes.kept, others, self._runner.stopped)

    def _identify(self, pool: Pool) -> int:
        """Whose each input is; files that are none are left out, and counted."""
        for entry in self._inputs.within(State.FOUND):
            if entry.fault:
                self._outcomes.settle(entry, outcomes_of.no_path(entry.path, entry.fault))
        entries = {e.number: e for e in self._inputs.within(State.FOUND)}

        def settle(query: Query, found: Any) -> None:
            entry = entries[query.number]
            if isinstance(found, (Failed, Died, TimedOut)):
                self._outcomes.settle(entry, outcomes_of.failed(entry.path, found))
            elif found.head.nature is Nature.OTHER and not entry.named:
                self._inputs.remove(entry)
            else:
                entry.identify(found.head, found.kind, holds=found.holds)

        before = len(self._inputs)
        self._runner.go_through("识别", len(entries), pool.run, survey, map(self._query, entries.values()), settle)
        return before - len(self._inputs)

    def _query(self, entry: Input) -> Query:
        earlier = self._outcomes.earlier(entry.path) if self._options.resume else None
        return Query(entry.number, Path(entry.path).absolute(), self._out, self._settings, earlier)

    def _build(self, pool: Pool) -> None:
        if self._options.scheduler:
            from budgetgen.batch.cluster import Cluster  # noqa: PLC0415 - an extra

            with Cluster(self._options.scheduler, self._options.timeout, self._out) as cluster:
                self._build_all(cluster.run)
        else:
            self._build_all(pool.run)

    def _build_all(self, call: Call) -> None:
        entries = {e.number: e for e in self._inputs.within(State.PLANNED)}

        def settle(job: Job, found: Any) -> Ending:
            entry = entries[job.number]
            if isinstance(found, Outcome):
                outcome = replace(found, source=entry.path)
            else:
                outcome = outcomes_of.failed(entry.path, found, job.name, job.year)
                clear_left_over(self._out / job.folder)
            self._outcomes.settle(entry, outcome)
            return outcome.ending

        self._runner.go_through("生成", len(entries), call, build_unit, map(self._job, entries.values()), settle)

    def _job(self, entry: Input) -> Job:
        path = Path(entry.path).absolute()
        report = report_name(path, entry.folder)
        return Job(
            entry.number, path, entry.name, entry.year, self._out, entry.folder, report, self._settings, entry.twin
        )

    def _leave_undone(self) -> None:
        """Tell what was not begun."""
        if not self._runner.stopped:
            return
        self._folder.make_room()
        for state in (State.FOUND, State.PLANNED):
            for entry in self._inputs.within(state):
                outcome = outcomes_of.not_done(entry.path, self._runner.stopped, entry.name, entry.year)
                self._outcomes.settle(entry, outcome)

    def _write_results(self) -> None:
        """The table, as a workbook and as a page, each moved into place when it is whole."""
        from budgetgen.batch import results  # noqa: PLC0415 - workers need no openpyxl

        self._folder.make_room()
        clear_left_over(self._out / REPORTS)
        entries = self._inputs.settled()
        counts = {e.value: self._outcomes.endings[e] for e in Ending}
        told = (outcome for outcome, _ in self._outcomes.of(entries))
        columns = results.columns(told)
        try:
            with self._folder.placed(results.BOOK) as aside:
                listing = results.outcomes_listing(columns, self._rows(entries, columns), len(entries))
                results.write_workbook(aside, [listing])
            with self._folder.placed(results.PAGE) as aside:
                results.write_page(aside, columns, self._rows(entries, columns), len(entries), counts)
        except OSError as e:
            raise self._folder.refused(e) from e

    def _rows(self, entries: Iterable[Input], columns: Sequence[Any]) -> Iterator[tuple[object, ...]]:
        from budgetgen.batch.results import row  # noqa: PLC0415 - as above

        return (row(outcome, columns, kept=kept) for outcome, kept in self._outcomes.of(entries))


def _difference(pool: Pool, first: Input, second: Input) -> str:
    """What two inputs say differently; blank where they are equal."""
    ((_, found),) = pool.run(difference, [Pair(Path(first.path).absolute(), Path(second.path).absolute())])
    return found if isinstance(found, str) else "比不出来：读它们的工作进程没有做完"


def usual_jobs() -> int:
    """As many workers as there are processors for this process."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
