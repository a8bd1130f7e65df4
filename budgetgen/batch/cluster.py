"""The same work on a Dask cluster, through its `concurrent.futures` executor.

A worker of the cluster does each call in a process of its own (`pool`), as a run on one machine does: what crashes or
hangs is ended and told there, and costs no other unit. What is lost with a whole worker, the scheduler gives to another.
Every worker must see the inputs and the run's folder, by the same paths.
"""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from queue import Empty, SimpleQueue
from secrets import token_hex
from types import TracebackType
from typing import Any, Self

from budgetgen import __version__
from budgetgen.batch.job import Job, build_unit
from budgetgen.batch.outcome import CLUSTER, of_run
from budgetgen.batch.workers import Died, NoWorkers, Pool, Unseen
from budgetgen.issues import Rejected
from budgetgen.records import record

_CONNECT_SECONDS = 20
_PATIENCE = 120.0
"""How long a cluster may be without any worker."""
_LOOK_SECONDS = 5.0
_AHEAD = 3
"""Calls under way for each thread of the cluster: enough that none waits, few enough that memory stays."""
SIGN = ".批量共享"
_kept = threading.local()


@record
class Call:
    """What is sent to the cluster.

    `sign` is what the run's folder holds, for a worker to know it by; `there`: the input is there, seen from the run.
    """

    job: Job
    timeout: float
    sign: str
    there: bool


def answer(sent: bytes) -> bytes:
    """Do a job on a worker of the cluster, in a process of its own. This is what the cluster runs."""
    call: Call = pickle.loads(sent)  # noqa: S301 - from the run that the cluster serves
    if not sees(call):
        return pickle.dumps(Unseen())
    pool = getattr(_kept, "pool", None)
    if pool is None or pool.timeout != call.timeout:
        pool = _kept.pool = Pool(1, call.timeout)
    ((_, result),) = pool.run(build_unit, [call.job])
    return pickle.dumps(result)


def version() -> str:
    """The version of this package on a worker of the cluster."""
    return __version__


def sees(call: Call) -> bool:
    """Whether this machine has the run's folder, which holds the sign, and the input."""
    try:
        sign = (call.job.out / SIGN).read_text(encoding="ascii")
        return sign == call.sign and call.job.source.exists() == call.there
    except OSError:
        return False


class Cluster:
    """A connection to the scheduler at `address`. Rejected where there is none, or it is of no use."""

    def __init__(self, address: str, timeout: float, out: Path) -> None:
        self._timeout = timeout
        self._out = out
        self._sign = token_hex(16)
        self._done: SimpleQueue[tuple[Any, Future[bytes]]] = SimpleQueue()
        self._client = _connected(address)
        self._executor: Executor = self._client.get_executor(pure=False)
        (self._out / SIGN).write_text(self._sign, encoding="ascii")

    def __enter__(self) -> Self:
        try:
            self._check_version()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let the cluster go, whatever it still does for this run."""
        self._executor.shutdown(wait=False)
        self._client.close()
        (self._out / SIGN).unlink(missing_ok=True)

    def _check_version(self) -> None:
        try:
            there = self._executor.submit(version).result(_PATIENCE)
        except Exception as e:
            cause = f"集群上不能运行 budgetgen（{type(e).__name__}：{e}）。"
            raise Rejected([of_run(CLUSTER, cause, "在集群的每台机器上装同一版本的 budgetgen。")]) from e
        if there != __version__:
            cause = f"集群上的 budgetgen 是 {there}，这里是 {__version__}。"
            raise Rejected([of_run(CLUSTER, cause, "装成同一版本。")])

    def run(self, _build: Callable[[Job], Any], jobs: Iterable[Job]) -> Iterator[tuple[Job, Any]]:
        """Build each job's unit; as `Pool.run`, results as they come."""
        waiting = iter(jobs)
        under_way, more = 0, True
        while more or under_way:
            while more and under_way < self._most():
                job = next(waiting, None)
                if job is None:
                    more = False
                else:
                    self._submit(job)
                    under_way += 1
            if not under_way:
                break
            job, result = self._next()
            under_way -= 1
            yield job, result

    def _submit(self, job: Job) -> None:
        call = Call(job, self._timeout, self._sign, job.source.exists())
        future = self._executor.submit(answer, pickle.dumps(call))
        future.add_done_callback(lambda done: self._done.put((job, done)))

    def _next(self) -> tuple[Job, Any]:
        """The next result. Raises NoWorkers where the cluster has had no worker for long."""
        alone = 0.0
        while True:
            try:
                job, future = self._done.get(timeout=_LOOK_SECONDS)
            except Empty:
                alone = 0.0 if self._client.nthreads() else alone + _LOOK_SECONDS
                if alone >= _PATIENCE:
                    raise NoWorkers("集群上没有工作节点。") from None
                continue
            try:
                return job, pickle.loads(future.result())  # noqa: S301 - from the cluster that serves this run
            except Exception as e:  # noqa: BLE001 - a worker of the cluster is lost for good, in whatever way
                return job, Died(f"集群的工作节点没有做完（{type(e).__name__}）。", str(e))

    def _most(self) -> int:
        """How many calls are worth having under way."""
        threads: int = sum(self._client.nthreads().values())
        return _AHEAD * max(1, threads)


def _connected(address: str) -> Any:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra
    except ImportError as e:
        cause = "没有安装 Dask，不能用集群。"
        raise Rejected([of_run(CLUSTER, cause, '运行 pip install "budgetgen[cluster]"。')]) from e
    try:
        client: Any = Client
        return client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as e:
        cause = f"连不上集群 {address}（{e}）。"
        raise Rejected([of_run(CLUSTER, cause, "核对地址，看调度器是否在运行。")]) from e
