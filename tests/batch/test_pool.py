"""Worker processes: whose call killed its worker, which one never ends, and that the others never notice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from budgetgen.batch.messages import Failed
from budgetgen.batch.pool import Died, NoWorkers, Pool, TimedOut
from budgetgen.batch.run import surely

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="processes are stopped and found as Linux does")


def test_a_call_that_raises_is_told_and_its_worker_goes_on() -> None:
    with Pool[str](1, 60) as pool:
        results = dict(pool.run(int, ["1", "一二", "甲", "4"]))
    assert (results["1"], results["4"]) == (1, 4)
    failed = results["甲"]
    assert isinstance(failed, Failed)
    assert failed.cause.startswith("程序出错：ValueError：")
    assert "Traceback" in failed.details


def test_a_worker_that_ends_loses_its_own_call_alone() -> None:
    with Pool[float](2, 60) as pool:
        results = [*pool.run(time.sleep, [0.0, 0.01]), *pool.run(os._exit, [7]), *pool.run(time.sleep, [0.02, 0.03])]
    died = dict(results)[7]
    assert died == Died("工作进程自己结束了（退出码 7）。", "")
    assert [a for a, r in results if r is None] == [0.0, 0.01, 0.02, 0.03]


def test_a_call_that_never_ends_is_ended_and_the_others_are_not() -> None:
    with Pool[float](2, 1.5) as pool:
        begun = time.monotonic()
        results = dict(pool.run(time.sleep, [60.0, 0.1, 0.2, 0.3]))
    assert time.monotonic() - begun < 30
    assert results == {60.0: TimedOut(1.5), 0.1: None, 0.2: None, 0.3: None}


def test_a_call_that_runs_out_of_memory_is_told_and_its_worker_renewed() -> None:
    with Pool[int](1, 60) as pool:
        results = list(pool.run(bytearray, [10**17, 3]))
    assert results == [(10**17, Failed("内存不够。", "", memory=True)), (3, bytearray(3))]


@ON_LINUX
def test_a_worker_that_hears_nothing_is_ended_all_the_same() -> None:
    with Pool[float](1, 2) as pool:
        list(pool.run(time.sleep, [0.0]))
        (pid,) = pool.pids()
        threading.Timer(0.3, os.kill, (pid, signal.SIGSTOP)).start()
        assert list(pool.run(time.sleep, [1.0])) == [(1.0, TimedOut(2))]
        assert list(pool.run(time.sleep, [0.0])) == [(0.0, None)]
        assert pool.pids() != [pid]


def test_a_call_that_the_worker_does_not_know() -> None:
    with Pool[float](1, 60) as pool:
        ((_, died),) = pool.run(_unknown, [0.0])
        assert list(pool.run(time.sleep, [0.0])) == [(0.0, None)]
    assert isinstance(died, Died)
    assert "No module named 'test_pool'" in died.details


def _unknown(_: float) -> None:
    """A function of a module that workers can't import."""


@ON_LINUX
def test_a_killed_worker_is_named_and_its_call_tried_again() -> None:
    with Pool[float](1, 60) as pool:
        list(pool.run(time.sleep, [0.0]))
        os.kill(pool.pids()[0], signal.SIGKILL)
        assert list(surely(pool.run, time.sleep, [0.0, 0.01])) == [(0.01, None), (0.0, None)]


def test_arguments_are_taken_when_a_worker_is_free() -> None:
    taken: list[float] = []

    def arguments() -> Iterator[float]:
        for _ in range(20):
            taken.append(len(taken))
            yield 0.0

    with Pool[float](2, 60) as pool:
        results = pool.run(time.sleep, arguments())
        next(results)
        assert len(taken) <= 3
        list(results)
    assert len(taken) == 20


def test_workers_take_no_modules_from_where_the_user_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pickle.py").write_text("raise SystemExit(9)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    with Pool[float](1, 60) as pool:
        assert list(pool.run(time.sleep, [0.0])) == [(0.0, None)]


def test_workers_that_do_not_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pickle.py").write_text("raise ImportError('this pickle is none')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Pool[float](2, 60) as pool, pytest.raises(NoWorkers, match="this pickle is none"):
        list(pool.run(time.sleep, [0.0]))


@ON_LINUX
def test_workers_end_with_their_parent() -> None:
    script = (
        "import os, time\nfrom budgetgen.batch.pool import Pool\n"
        "with Pool(2, 60) as pool:\n"
        "    for _ in pool.run(time.sleep, [0.0, 0.1, 0.1]): pass\n"
        "    print(*pool.pids(), flush=True)\n"
        "    for _ in pool.run(time.sleep, [50.0, 50.0]): pass\n"
    )
    root = str(Path(__file__).parents[2])
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root}
    )
    with parent:
        assert parent.stdout is not None
        pids = [int(p) for p in parent.stdout.readline().split()]
        assert len(pids) == 2
        parent.kill()
    for _ in range(100):
        left = [p for p in pids if Path("/proc", str(p), "cmdline").exists() and _runs(p)]
        if not left:
            return
        time.sleep(0.1)
    raise AssertionError(left)


def _runs(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path("/proc", str(pid), "status").read_text(encoding="utf-8")
    except OSError:
        return False
