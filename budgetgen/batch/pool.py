"""Worker processes, each with one call at a time: so it is known whose call killed its worker, or never ended.

`concurrent.futures` and `multiprocessing.Pool` lose every call under way when one worker dies, and can't end one call.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import budgetgen
from budgetgen.batch.messages import READY, Failed, receive, send

Argument = TypeVar("Argument")
Result = TypeVar("Result")
START_SECONDS = 120.0
_GRACE = 5.0
"""How long a worker that was told to end may take to clear up."""
_MOST_FAILED_STARTS = 3
_TAIL = 2000


@dataclass(frozen=True, slots=True)
class Died:
    """The worker ended during the call. `cause` says how, `details` what it said last."""

    cause: str
    details: str


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The call took longer than it may; its worker was ended."""

    seconds: float


class NoWorkers(Exception):  # noqa: N818 - what happened, not whose error it is
    """Workers do not start; the message says what they said."""


class _Worker(Generic[Argument]):
    """One process and the thread that waits for its answers."""

    def __init__(self, answers: SimpleQueue[tuple[_Worker[Argument], Any]]) -> None:
        self.call: Argument | None = None
        self.busy = False
        self.ready = False
        self.ending = False
        self.deadline = time.monotonic() + START_SECONDS
        self._answers = answers
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the worker is dead
        # -P: no module is taken from the folder that the user happens to be in, which may hold strangers' files.
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "budgetgen.batch.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, env=_environment(),
        )  # fmt: skip
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        try:
            with self.process.stdout as stream:
                while True:
                    self._answers.put((self, receive(stream)))
        except EOFError:
            pass
        except Exception:  # noqa: BLE001 - what came is no answer, for whatever reason: the worker is of no more use
            self.process.kill()
        self._answers.put((self, EOFError))

    def begin(self, function: Callable[[Argument], object], argument: Argument, timeout: float) -> None:
        """Send a call."""
        assert self.process.stdin is not None
        self.call, self.busy, self.deadline = argument, True, time.monotonic() + timeout
        with suppress(OSError):  # it has just died: its end is in the queue
            send(self.process.stdin, (function, argument))

    def end(self) -> None:
        """Tell it to end, or end it where it should have ended before."""
        if self.ending:
            self.process.kill()
        else:
            self.leave()
            self.process.terminate()

    def leave(self) -> None:
        """Give it no more calls: it is about to end."""
        self.ending, self.deadline = True, time.monotonic() + _GRACE

    def death(self) -> Died:
        """How it died, once its pipe has closed."""
        code = self.process.wait()
        with self._said as said:
            said.seek(0, os.SEEK_END)
            said.seek(max(0, said.tell() - _TAIL))
            words = said.read().decode("utf-8", "replace").strip()
        return Died(_how(code), words)

    def close(self) -> None:
        """End it where it still runs; it ends by itself when its pipe closes."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._said.close()


class Pool(Generic[Argument]):
    """As many workers as `jobs`. `timeout` is how long one call may take."""

    def __init__(self, jobs: int, timeout: float) -> None:
        self._jobs = jobs
        self.timeout = timeout
        self._answers: SimpleQueue[tuple[_Worker[Any], Any]] = SimpleQueue()
        self._workers: list[_Worker[Any]] = []
        self._failed_starts = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End all workers, whatever they do."""
        workers, self._workers = self._workers, []
        for worker in workers:
            if worker.busy:
                worker.process.kill()
            worker.close()

    def pids(self) -> list[int]:
        """The workers' processes."""
        return [w.process.pid for w in self._workers]

    def run(
        self, function: Callable[[Argument], Result], arguments: Iterable[Argument]
    ) -> Iterator[tuple[Argument, Result | Failed | Died | TimedOut]]:
        """Call `function` with each argument; results as they come, each with its argument.

        Arguments are taken one by one when a worker is free. Raises NoWorkers where processes can't be started.
        """
        waiting = iter(arguments)
        more = True
        while more or any(w.busy for w in self._workers):
            while more and (worker := self._free()) is not None:
                try:
                    worker.begin(function, next(waiting), self.timeout)
                except StopIteration:
                    more = False
            found = self._next()
            if found is not None:
                yield found

    def _free(self) -> _Worker[Any] | None:
        """A worker that is ready; new ones are started up to the number of jobs."""
        while len(self._workers) < self._jobs:
            self._workers.append(_Worker(self._answers))
        return next((w for w in self._workers if w.ready and not w.busy and not w.ending), None)

    def _next(self) -> tuple[Any, Any] | None:
        """Wait for something to happen: a result, or None where nothing is known yet."""
        waits = [w.deadline for w in self._workers if w.busy or not w.ready or w.ending]
        if not waits:
            return None
        try:
            worker, answer = self._answers.get(timeout=max(0.0, min(waits) - time.monotonic()))
        except Empty:
            for worker in self._workers:
                if (worker.busy or not worker.ready or worker.ending) and worker.deadline <= time.monotonic():
                    worker.end()
            return None
        if worker not in self._workers:
            return None  # one that was closed
        if answer is EOFError:
            return self._buried(worker)
        if answer == READY and not worker.ready:
            worker.ready, self._failed_starts = True, 0
            return None
        worker.busy = False
        if isinstance(answer, Failed) and answer.memory:
            worker.leave()
        return worker.call, answer

    def _buried(self, worker: _Worker[Any]) -> tuple[Any, Any] | None:
        """Take a dead worker out; the result of its call, if it had one."""
        self._workers.remove(worker)
        death = worker.death()
        worker.close()
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= _MOST_FAILED_STARTS:
                raise NoWorkers(f"{death.cause}\n{death.details}".strip())
        if not worker.busy:
            return None
        return worker.call, TimedOut(self.timeout) if worker.ending else death


def _environment() -> dict[str, str]:
    """The parent's, in which a child finds this very package."""
    home = str(Path(budgetgen.__file__).parent.parent)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH", ""))))}


def _how(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"工作进程自己结束了（退出码 {code}）。"
    if sys.platform != "win32" and -code == signal.SIGKILL:
        return "工作进程被系统或别人结束了（信号 9），多半是内存不够。"
    return f"工作进程崩溃了（信号 {-code}）。"
