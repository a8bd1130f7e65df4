"""How long somebody waits at the page, and how much memory it takes: started, a first packet, a value changed.

    python benchmarks/page.py [dist/决算公开.html ...] [--unit unit.yaml] [--rounds 3] [--serve]

needs `pip install -e ".[browser]"`, Chromium and its driver. Each round opens every page by file:// in a browser of its own,
with no name leading anywhere; `--serve` adds the same page from `budgetgen serve`. Seconds on the clock, and in brackets
those of the processor, of all of the browser's and the server's processes; where other programs run, only these compare.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.web.browser import PAGE, Browser, chromium  # noqa: E402 - from the root of the repository

EXAMPLE = ROOT / "examples" / "tianyuan-party-office" / "unit.yaml"
CHANGES = 4
TICKS = os.sysconf("SC_CLK_TCK")
Measured = dict[str, tuple[float, float]]


def family() -> list[Path]:
    """The running processes that descend from this one."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, left = set(), {os.getpid()}
    while left:
        left = {child for child, parent in parents.items() if parent in left} - found
        found |= left
    return [Path("/proc", str(number)) for number in found]


def processor() -> float:
    """Seconds of the processor that all of them have used."""
    used = 0
    for path in family():
        try:
            used += sum(map(int, (path / "stat").read_text().rpartition(")")[2].split()[11:13]))
        except OSError:
            continue
    return used / TICKS


def memory() -> float:
    """Megabytes that all of them hold, what several share counted once."""
    total = 0
    for path in family():
        try:
            lines = (path / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


@contextmanager
def measured(found: Measured, name: str) -> Iterator[None]:
    """How long what is done takes; of what is done several times the median."""
    wall, used = time.monotonic(), processor()
    yield
    found[name] = time.monotonic() - wall, processor() - used


def until(seen: Callable[[], object]) -> None:
    """Wait, looking often."""
    end = time.monotonic() + 120
    while not seen():
        if time.monotonic() > end:
            sys.exit("nothing came in two minutes")
        time.sleep(0.01)


def resting(window: Browser) -> bool:
    return window.text("#engine-says").startswith("就绪")


def used(window: Browser, address: str, unit: Path) -> tuple[Measured, float, float]:
    """What each step took, and the memory of an empty window and at the end."""
    found: Measured = {}
    empty = memory()
    with measured(found, "就绪"):
        window.driver.get(address)
        until(lambda: resting(window))
    with measured(found, "第一次"):
        window.driver.find_element("id", "file-input").send_keys(str(unit))
        until(lambda: window.js("return document.querySelectorAll('#panel .n').length") and resting(window))
    changes: list[tuple[float, float]] = []
    for number in range(CHANGES):
        window.one("#panel .n").click()
        window.wait(lambda: window.all("#drawer .field input"))
        until(lambda: resting(window))
        field = window.all("#drawer .field input")[0]
        field.clear()
        one: Measured = {}
        with measured(one, "改"):
            field.send_keys(f"{1234 + number}.56", "\n")
            until(lambda: resting(window))
        changes.append(one["改"])
    found["改一个数"] = statistics.median(c[0] for c in changes), statistics.median(c[1] for c in changes)
    return found, empty, memory()


@contextmanager
def served() -> Iterator[str]:
    """Where `budgetgen serve` answers."""
    command = [sys.executable, "-u", "-m", "budgetgen", "serve", "--no-browser"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True, encoding="utf-8") as running:
        try:
            line = running.stdout.readline() if running.stdout else ""
            yield line[line.index("http") :].strip()
        finally:
            running.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", type=Path, nargs="*", default=[PAGE])
    parser.add_argument("--unit", type=Path, default=EXAMPLE)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", action="store_true")
    chosen = parser.parse_args()
    for _ in range(chosen.rounds):
        for page in chosen.pages:
            with tempfile.TemporaryDirectory() as folder, chromium(Path(folder), cut_off=True) as window:
                told(page.parent.name + "/" + page.name, *used(window, page.resolve().as_uri(), chosen.unit.resolve()))
        if chosen.serve:
            with (
                tempfile.TemporaryDirectory() as folder,
                served() as address,
                chromium(Path(folder), cut_off=False) as w,
            ):
                told("budgetgen serve", *used(w, address, chosen.unit.resolve()))


def told(name: str, found: Measured, empty: float, full: float) -> None:
    """One line."""
    times = "  ".join(f"{step} {wall:.2f} ({cpu:.2f})" for step, (wall, cpu) in found.items())
    print(f"{name}: {times}  内存 {full:.0f} MB，空窗口 {empty:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
