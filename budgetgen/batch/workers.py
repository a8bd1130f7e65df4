"""Worker processes, of which a call that raises, hangs or kills its worker costs no other: pebble's pool, made whole.

Every worker is a fresh Python, never a fork: the same on every system, and it may be started from a cluster's worker.
It ends with its parent, whatever it does; what it last wrote is kept, for whoever looks into its death.
"""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from budgetgen.records import record
from budgetgen.resources import collect_seldom

Argument = TypeVar("Argument")
Result = TypeVar("Result")
_STOPPED, _NO_MEMORY = 143, 71
_MOST_BREAKS = 3
_TAIL = 2000


@record
class Failed:
    """A call that raised: `cause` in one line, `details` for whoever mends the program."""

    cause: str
    details: str
    memory: bool = False


@record
class Died:
    """The worker ended during the call. `cause` says how, `details` what it said last."""

    cause: str
    details: str


@record
class TimedOut:
    """The call took longer than it may; its worker was ended."""

    seconds: float


@record
class Unseen:
    """A worker of a cluster does not see the run's folder or the input."""


class NoWorkers(Exception):  # noqa: N818 - what happened, not whose error it is
    """Workers do not start; the message says what is known."""


_SAFE = "PYTHONSAFEPATH"


class Pool:
    """As many workers as `jobs`. `timeout` is how long one call may take."""

    def __init__(self, jobs: int, timeout: float) -> None:
        self._jobs = jobs
        self.timeout = timeout
        self._breaks = 0
        # A new Python takes no module from the folder that the user happens to be in, which may hold strangers' files.
        self._usual = os.environ.get(_SAFE)
        os.environ[_SAFE] = "1"
        me = multiprocessing.current_process()
        if me.daemon:
            me.daemon = False  # a Dask nanny's worker, which may otherwise have no processes of its own
        self._said = TemporaryDirectory(prefix="budgetgen-", ignore_cleanup_errors=True)
        self._workers = self._started()

    def _started(self) -> ProcessPool:
        spawn = multiprocessing.get_context("spawn")
        return ProcessPool(self._jobs, initializer=_begin, initargs=(self._said.name,), context=spawn)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End all workers, whatever they do."""
        _end(self._workers)
        self._said.cleanup()
        if self._usual is None:
            os.environ.pop(_SAFE, None)
        else:
            os.environ[_SAFE] = self._usual

    def run(
        self, function: Callable[[Argument], Result], arguments: Iterable[Argument]
    ) -> Iterator[tuple[Argument, Result | Failed | Died | TimedOut]]:
        """Call `function` with each argument; results as they come, each with its argument.

        Arguments are taken one by one when a worker is free. Raises NoWorkers where processes can't be started.
        """
        done: SimpleQueue[tuple[Argument, Future[Any]]] = SimpleQueue()
        waiting = iter(arguments)
        under_way, more = 0, True
        while more or under_way:
            while more and under_way < self._jobs:
                try:
                    argument = next(waiting)
                except StopIteration:
                    more = False
                else:
                    self._call(function, argument, done)
                    under_way += 1
            if not under_way:
                return
            argument, future = done.get()
            try:
                result = self._result(future)
            except BrokenProcessPool as e:
                self._renew(e)
                self._call(function, argument, done)
                continue
            under_way -= 1
            yield argument, result

    def _call(
        self,
        function: Callable[[Argument], object],
        argument: Argument,
        done: SimpleQueue[tuple[Argument, Future[Any]]],
    ) -> None:
        while True:
            try:
                future = self._workers.schedule(_answer, (function, argument), timeout=self.timeout)
            except (RuntimeError, BrokenProcessPool) as e:  # it broke while nobody waited for it
                self._renew(e)
            else:
                future.add_done_callback(lambda future: done.put((argument, future)))
                return

    def _result(self, future: Future[Any]) -> Any:
        """What a call gave, in whatever way it ended. BrokenProcessPool: nothing, the pool has come to its end."""
        try:
            result = future.result()
        except TimeoutError:
            result = TimedOut(self.timeout)
        except ProcessExpired as e:
            code = e.exitcode if e.exitcode is not None else 1
            result = (
                Failed("内存不够。", "", memory=True) if code == _NO_MEMORY else Died(_how(code), self._last_said(e))
            )
        except BrokenProcessPool:
            raise
        except Exception as e:  # noqa: BLE001 - a call that can't be sent or understood, for whatever reason
            result = Failed(f"程序出错：{type(e).__name__}：{e}", traceback.format_exc())
        self._breaks = 0
        return result

    def _renew(self, why: Exception) -> None:
        """A pool in place of one that broke: all its workers were ended at once, or do not start."""
        if self._workers.active:
            return
        self._breaks += 1
        if self._breaks >= _MOST_BREAKS:
            raise NoWorkers(str(why)) from why
        _end(self._workers)
        self._workers = self._started()

    def _last_said(self, death: ProcessExpired) -> str:
        try:
            with Path(self._said.name, str(death.pid)).open("rb") as said:
                said.seek(0, os.SEEK_END)
                said.seek(max(0, said.tell() - _TAIL))
                return said.read().decode("utf-8", "replace").strip()
        except OSError:
            return ""


def _end(workers: Any) -> None:
    workers.stop()
    workers.join()


def _begin(said: str) -> None:
    """What a worker does first."""
    with Path(said, str(os.getpid())).open("ab") as file:
        os.dup2(file.fileno(), 1)  # nothing that a library prints is for the user
        os.dup2(file.fileno(), 2)
    collect_seldom()
    faulthandler.enable()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_STOPPED))  # so that files aside are cleared and LibreOffice ends
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(parent: int) -> None:
    connection.wait([parent])
    os._exit(0)


def _answer(function: Callable[[Any], Any], argument: Any) -> Any:
    """Do a call in a worker."""
    try:
        return function(argument)
    except MemoryError:
        os._exit(_NO_MEMORY)  # a fresh process has its memory in one piece
    except SystemExit:
        os._exit(_STOPPED)
    except Exception as e:  # noqa: BLE001 - one unit's failure, of whatever kind, is told and never ends the run
        return Failed(f"程序出错：{type(e).__name__}：{e}", traceback.format_exc())


def _how(code: int) -> str:
    """How a process ended, in words."""
    if code >= 0:
        return f"工作进程自己结束了（退出码 {code}）。"
    if sys.platform != "win32" and -code == signal.SIGKILL:
        return "工作进程被系统或别人结束了（信号 9），多半是内存不够。"
    return f"工作进程崩溃了（信号 {-code}）。"
