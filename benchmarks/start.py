"""How long `budgetgen build` takes from the shell, beside the imports that such a program usually begins with.

    python benchmarks/start.py [pairs]

Each pair runs both, one after the other, in fresh processes: so their ratio holds though the machine's speed drifts. The
first series builds with what earlier runs keep in the cache, the second with an empty cache each time. Told are medians:
CPU and wall-clock milliseconds, and the ratio of each pair's.

Measure an installed package (`pip install .`): a checkout's own modules may be compiled anew in every run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "tianyuan-party-office" / "unit.yaml"
IMPORTS = "import openpyxl, docx, jinja2, yaml, typer, pydantic"
PAIRS = 15


class Took(NamedTuple):
    """One process, in milliseconds."""

    cpu: float
    wall: float


def run(arguments: list[str], cache: Path) -> Took:
    """Run Python with `arguments` to its end."""
    environment = {**os.environ, "BUDGETGEN_CACHE": str(cache)}
    before, began = os.times(), time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL, check=True)
    wall, after = time.perf_counter() - began, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Took(cpu * 1000, wall * 1000)


def series(title: str, pairs: int, out: Path, *, cold: bool) -> None:
    """Run pairs and tell of them."""
    build = ["-m", "budgetgen", "build", str(EXAMPLE), "-o", str(out / "packet")]
    warm = out / "cache"
    run(build, warm)
    ours, theirs = [], []
    for number in range(pairs):
        ours.append(run(build, out / f"cold-{number}" if cold else warm))
        theirs.append(run(["-c", IMPORTS], warm))
    for kind in Took._fields:
        both = [(getattr(a, kind), getattr(b, kind)) for a, b in zip(ours, theirs, strict=True)]
        build_ms, import_ms = (median(times) for times in zip(*both, strict=True))
        ratio = median(a / b for a, b in both)
        print(f"{title:<6}{kind:<6}{build_ms:8.0f}{import_ms:10.0f}{ratio:8.2f}")


def main() -> None:
    """Both series."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    print(f"{'cache':<6}{'':<6}{'build':>8}{'imports':>10}{'ratio':>8}")
    with tempfile.TemporaryDirectory() as folder:
        series("warm", pairs, Path(folder), cold=False)
        series("cold", pairs, Path(folder), cold=True)


if __name__ == "__main__":
    main()
