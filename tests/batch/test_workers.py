"""Worker processes: whose call killed its worker, which one never ends, and that the others never notice."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from budgetgen.batch.workers import Died, Failed, NoWorkers, Pool, TimedOut

ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="processes are stopped and found as Linux does")


def own_pid(_: object) -> int:
    return os.getpid()


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Two workers, which each test leaves as good as they were."""
    with Pool(2, 3) as two:
        list(two.run(time.sleep, [0.0, 0.0]))
        yield two


def test_a_call_that_raises_is_told_and_its_worker_goes_on(pool: Pool) -> None:
    results = dict(pool.run(int, ["1", "一二", "甲", "4"]))
    assert (results["1"], results["4"]) == (1, 4)
    failed = results["甲"]
    assert isinstance(failed, Failed)
    assert failed.cause.startswith("程序出错：ValueError：")
    assert "Traceback" in failed.details


def test_a_worker_that_ends_loses_its_own_call_alone(pool: Pool) -> None:
    results = [*pool.run(time.sleep, [0.0, 0.01]), *pool.run(os._exit, [7]), *pool.run(time.sleep, [0.02, 0.03])]
    assert dict(results)[7] == Died("工作进程自己结束了（退出码 7）。", "")
    assert sorted(a for a, r in results if r is None) == [0.0, 0.01, 0.02, 0.03]


def test_a_call_that_never_ends_is_ended_and_the_others_are_not(pool: Pool) -> None:
    results = dict(pool.run(time.sleep, [60.0, 0.1, 0.2, 0.3]))
    assert results == {60.0: TimedOut(3), 0.1: None, 0.2: None, 0.3: None}


def test_a_call_that_runs_out_of_memory_is_told_and_its_worker_renewed(pool: Pool) -> None:
    results = dict(pool.run(bytearray, [10**17, 3]))
    assert results == {10**17: Failed("内存不够。", "", memory=True), 3: bytearray(3)}


@pytest.mark.outside
@ON_LINUX
def test_a_killed_worker_is_told_with_what_it_said_last(pool: Pool) -> None:
    results = dict(pool.run(crash, [1]))
    died = results[1]
    assert isinstance(died, Died)
    assert died.cause == "工作进程崩溃了（信号 11）。"
    assert "Segmentation fault" in died.details
    assert list(pool.run(kill_self, [1])) == [(1, Died("工作进程被系统或别人结束了（信号 9），多半是内存不够。", ""))]
    assert list(pool.run(time.sleep, [0.0])) == [(0.0, None)]


def crash(_: int) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def kill_self(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.outside
@ON_LINUX
def test_workers_that_are_killed_while_they_wait_are_replaced(pool: Pool) -> None:
    for _, pid in list(pool.run(own_pid, range(4))):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert [r for _, r in pool.run(time.sleep, [0.0, 0.0, 0.0])] == [None] * 3


@pytest.mark.outside
@ON_LINUX
def test_a_worker_that_hears_nothing_is_ended_all_the_same(pool: Pool) -> None:
    assert list(pool.run(stop_self, [1])) == [(1, TimedOut(3))]
    assert list(pool.run(time.sleep, [0.0])) == [(0.0, None)]


def stop_self(_: int) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def test_a_call_that_can_not_be_sent_or_given_back(pool: Pool) -> None:
    results = [r for _, r in pool.run(make_lock, [1])] + [r for _, r in pool.run(lambda a: a, [1])]
    assert [type(r) for r in results] == [Failed, Failed]
    assert list(pool.run(time.sleep, [0.0])) == [(0.0, None)]


def make_lock(_: int) -> object:
    return threading.Lock()


def test_arguments_are_taken_when_a_worker_is_free(pool: Pool) -> None:
    taken: list[float] = []

    def arguments() -> Iterator[float]:
        for _ in range(20):
            taken.append(len(taken))
            yield 0.0

    results = pool.run(time.sleep, arguments())
    next(results)
    assert len(taken) <= 3
    list(results)
    assert len(taken) == 20


@pytest.mark.outside
def test_workers_take_no_modules_from_where_the_user_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pickle.py").write_text("raise SystemExit(9)", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with Pool(1, 60) as pool:
        assert list(pool.run(time.sleep, [0.0])) == [(0.0, None)]


@pytest.mark.outside
def test_workers_that_do_not_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pickle.py").write_text("raise ImportError('this pickle is none')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Pool(1, 60) as pool, pytest.raises(NoWorkers):
        list(pool.run(time.sleep, [0.0]))


@pytest.mark.outside
@ON_LINUX
def test_workers_end_with_their_parent() -> None:
    script = (
        "import os, sys, time\nsys.path.append('tests/batch')\nfrom test_workers import own_pid\n"
        "from budgetgen.batch.workers import Pool\n"
        "with Pool(1, 60) as pool:\n"
        "    print(*(r for _, r in pool.run(own_pid, [0])), flush=True)\n"
        "    for _ in pool.run(time.sleep, [50.0]): pass\n"
    )
    root = Path(__file__).parents[2]
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=root, env={**os.environ, "PYTHONPATH": str(root)}
    )  # fmt: skip
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    for _ in range(100):
        if not _runs(pid):
            return
        time.sleep(0.1)
    raise AssertionError(pid)


def _runs(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path("/proc", str(pid), "status").read_text(encoding="utf-8")
    except OSError:
        return False
