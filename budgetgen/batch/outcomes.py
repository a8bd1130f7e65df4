"""The outcomes of a run as they come: written, counted, and whether the run has to stop for one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from budgetgen.batch.causes import FULL, of_run
from budgetgen.batch.folder import RunFolder
from budgetgen.batch.journal import NAME, Journal
from budgetgen.batch.ledger import Entry, Ledger
from budgetgen.batch.outcome import Ending, Outcome
from budgetgen.batch.rows import row
from budgetgen.issues import Rejected

DISK_FULL = "磁盘满了"
FIRST_FAULT = "前面有单位没有写出，按 --fail-fast 停止"
INTERRUPTED = "运行被中断"
_RANK = {ending: number for number, ending in enumerate(Ending)}


class Outcomes:
    """Outcomes of the inputs in `ledger`. `stopped` says why nothing more is to be begun, blank while all goes on."""

    def __init__(self, folder: RunFolder, ledger: Ledger, *, resume: bool, fail_fast: bool) -> None:
        self.endings: Counter[Ending] = Counter()
        self.kept = 0
        self.stopped = ""
        self._fail_fast = fail_fast
        self._folder = folder
        self._ledger = ledger
        self._journal = Journal(folder.path / NAME, resume=resume, make_room=self._make_room)

    def close(self) -> None:
        """Let the file go."""
        self._journal.close()

    def _make_room(self) -> bool:
        self.stopped = DISK_FULL
        return self._folder.make_room()

    def remember(self) -> None:
        """Take up what earlier runs have left. What they did not do tells nothing of what was done before."""
        for outcome, line in self._journal.earlier():
            if outcome.ending is not Ending.NOT_DONE:
                self._ledger.remember(outcome.source, line)

    def earlier(self, path: str) -> Outcome | None:
        """What became of an input in an earlier run."""
        line = self._ledger.remembered(path)
        return self._journal.read(line) if line else None

    def settle(self, entry: int, outcome: Outcome) -> None:
        """Write the outcome of an input. Rejected where that can't be done."""
        try:
            line = self._journal.append(outcome)
        except OSError as e:
            cause = f"写不进去：{e.strerror or e}。"
            raise Rejected([of_run(FULL, cause, "清理磁盘后加上 --resume 再运行。", self._folder.path / NAME)]) from e
        self._count(outcome)
        self._ledger.settle(entry, line, (_RANK[outcome.ending], outcome.errors, outcome.warnings))
        if outcome.disk_full:
            self.stopped = DISK_FULL
        elif self._fail_fast and not outcome.ending.written:
            self.stopped = self.stopped or FIRST_FAULT

    def keep(self, entry: Entry) -> bool:
        """Let an input's earlier outcome stand, if its packet is where it would be now; whether it was so."""
        line = self._ledger.remembered(entry.path)
        earlier = self._journal.read(line) if line else None
        if line is None or earlier is None or earlier.folder != entry.folder:
            return False
        self._count(earlier)
        self.kept += 1
        self._ledger.settle(entry.id, line, (_RANK[earlier.ending], earlier.errors, earlier.warnings))
        return True

    def _count(self, outcome: Outcome) -> None:
        self.endings[outcome.ending] += 1

    def rows(self) -> Iterator[tuple[object, ...]]:
        """The rows of the table, those that need a person first."""
        for line in self._ledger.settled():
            yield row(self._journal.read(line), kept=line.kept)
