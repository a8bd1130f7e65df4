"""What a night brings, brought about by `benchmarks/faults.py` with fewer units than there."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are found and disks made small as Linux does")


def night(which: str) -> None:
    ran = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "faults.py"), "20", "--only", which],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, encoding="utf-8", check=False, timeout=900,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]
    if "skipped: " in ran.stdout:
        pytest.skip(ran.stdout.partition("skipped: ")[2].strip())


def test_bad_inputs_killed_workers_a_hang_and_a_broken_template() -> None:
    night("faults")


def test_the_whole_run_killed_and_gone_on_with() -> None:
    night("kill")


def test_a_disk_that_fills_up() -> None:
    night("disk")


def test_a_cluster_that_loses_a_worker() -> None:
    if importlib.util.find_spec("distributed") is None:
        pytest.skip("Dask is not installed")
    night("cluster")
