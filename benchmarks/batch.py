"""`budgetgen batch` on invented units: `python benchmarks/batch.py [--units 2000] [--few 200] [--rounds 1] [--jobs 2]`.

Each row is one run of the command, as a process of its own: wall time, time for each unit, processor time for each unit
(its workers', and the parent's), the peak memory of the parent and of the largest worker. Then what has to hold: two
jobs against one, many units against few. On a busy machine the processor times tell more than the clock; `--rounds`
repeats every run and keeps the fastest.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from generate import generate

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
MEASURED = """
import atexit, json, resource, sys
def tell():
    own, workers = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    told = [own.ru_maxrss, own.ru_utime + own.ru_stime, workers.ru_maxrss, workers.ru_utime + workers.ru_stime]
    open(sys.argv.pop(1), "w").write(json.dumps(told))
from budgetgen.cli import main
place = sys.argv[1]
atexit.register(tell)
argv, sys.argv = sys.argv, [sys.argv[0], *sys.argv[2:]]
atexit.register(lambda: setattr(sys, "argv", argv))
main()
"""


@dataclass(frozen=True)
class Row:
    units: int
    jobs: int
    wall: float
    parent_mb: float
    parent_cpu: float
    worker_mb: float
    worker_cpu: float

    def __str__(self) -> str:
        return (
            f"{self.units:6} {self.jobs:5} {self.wall:8.1f} {self.wall / self.units * 1000:9.1f}"
            f" {self.worker_cpu / self.units * 1000:11.1f} {self.parent_cpu / self.units * 1000:11.2f}"
            f" {self.parent_mb:10.1f} {self.worker_mb:10.1f}"
        )


def measured(inputs: list[Path], jobs: int, place: Path) -> Row:
    """One run of the command over `inputs`."""
    listed, told, out = place / "清单.txt", place / "told.json", place / "结果"
    listed.write_text("\n".join(map(str, inputs)), encoding="utf-8")
    command = [sys.executable, "-c", MEASURED, str(told), "batch", str(listed), "-o", str(out), "--jobs", str(jobs)]
    begun = time.perf_counter()
    subprocess.run(command, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - begun
    own_kb, own_cpu, worker_kb, worker_cpu = json.loads(told.read_text(encoding="utf-8"))
    lines = (out / "outcomes.jsonl").read_bytes().count(b"\n")
    packets = sum(1 for p in out.rglob("*.docx"))
    assert lines == packets == len(inputs), f"{len(inputs)} inputs, {lines} outcomes, {packets} packets"
    shutil.rmtree(out)
    return Row(len(inputs), jobs, wall, own_kb / 1024, own_cpu, worker_kb / 1024, worker_cpu)


def best(inputs: list[Path], jobs: int, place: Path, rounds: int) -> Row:
    rows = []
    for _ in range(rounds):
        rows.append(measured(inputs, jobs, place))
        print(rows[-1], flush=True)
    return min(rows, key=lambda r: r.wall)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=2000)
    parser.add_argument("--few", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="budgetgen-batch-") as name:
        inputs = generate(given.units, given.seed, Path(name, "数据"))
        # Units of all kinds, as many of each among the few as among the many.
        few = inputs[:: max(1, given.units // given.few)][: given.few]
        print(" units  jobs  wall, s  ms a unit  worker, ms  parent, ms  parent, MB  worker, MB")
        small = best(few, given.jobs, Path(name), given.rounds)
        alone = best(inputs, 1, Path(name), given.rounds)
        many = best(inputs, given.jobs, Path(name), given.rounds)
    print(f"throughput, {given.jobs} jobs against 1: {alone.wall / many.wall:.2f} times")
    for what, of in (("wall", lambda r: r.wall), ("processor", lambda r: r.worker_cpu + r.parent_cpu)):
        print(f"{what} time a unit, many against few: {of(many) / many.units / (of(small) / small.units):.3f} times")
    print(f"parent's peak memory, many against few: {many.parent_mb / small.parent_mb:.3f} times")


if __name__ == "__main__":
    main()
