"""What a night brings, brought about by `benchmarks/faults.py` with fewer units than there."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.outside,
    pytest.mark.skipif(sys.platform != "linux", reason="workers are found and disks made small as Linux does"),
]
Nights = tuple[dict[str, str], str]


@pytest.fixture(scope="module")
def nights() -> Nights:
    """What each night ended with, and what went wrong."""
    ran = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "faults.py"), "18"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, encoding="utf-8", check=False, timeout=1800,
    )  # fmt: skip
    told = (line.partition(" ") for line in ran.stdout.splitlines())
    return {which: words.strip() for which, _, words in told}, ran.stderr


def ended(nights: Nights, which: str) -> str:
    told, errors = nights
    assert told.get(which, "FAILED") != "FAILED", errors
    if told[which].startswith("skipped: "):
        pytest.skip(told[which])
    return told[which]


def test_bad_inputs_killed_workers_a_hang_and_a_broken_template(nights: Nights) -> None:
    assert "4 packets as built alone, 14 bad inputs named" in ended(nights, "faults")


def test_the_whole_run_killed_and_gone_on_with(nights: Nights) -> None:
    assert "of 18 units, all packets as built alone" in ended(nights, "kill")


def test_a_disk_that_fills_up(nights: Nights) -> None:
    assert "of 18 packets fitted, the others named the full disk; all after --resume" in ended(nights, "disk")


def test_a_cluster_that_loses_a_worker(nights: Nights) -> None:
    if importlib.util.find_spec("distributed") is None:
        pytest.skip("Dask is not installed")
    assert "18 packets as built alone, one of two workers killed" in ended(nights, "cluster")
