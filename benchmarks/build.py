"""A whole warm `build` of each example, step by step, beside openpyxl and docxtpl filling the same packet.

    python benchmarks/build.py [--rounds 30] [--profile]

`build` reads the input, computes, checks, fills its files, writes them and reads them back. Times are processor time in
milliseconds, the best of the rounds; `--profile` tells which functions the first example's build spends it in.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import tempfile
from functools import partial
from pathlib import Path

from engine import Work, fill_by_docxtpl, fill_by_openpyxl, in_turn
from others import content_of
from packets import EXAMPLES

from budgetgen.check import check
from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.layout import read_kind, read_profile, shelves
from budgetgen.office.files import write_files
from budgetgen.pipeline import build, renderer_of
from budgetgen.reading import load
from budgetgen.verify import verify


def steps(path: Path, folder: Path) -> dict[str, Work]:
    """Each step by itself, on what the steps before it made; and the whole."""
    places = shelves([], path.parent)
    loaded = load(path)
    profile = read_profile(loaded.accounts.profile, places)
    codes = read_classification(loaded.accounts.year)
    computed = compute(loaded.accounts, codes)
    kind = read_kind(loaded.accounts.kind, places, loaded.accounts.sections_told)
    packet = renderer_of(profile, kind).render(computed)
    files = {file.template: rendered for file, rendered in packet.files.items()}
    data = {name: rendered.data for name, rendered in files.items()}
    return {
        "build": lambda: build(path, folder / "packet"),
        "load": lambda: load(path),
        "profile": lambda: read_profile(loaded.accounts.profile, places),
        "compute": lambda: compute(loaded.accounts, codes),
        "check": lambda: check(loaded, computed, profile, None),
        "render": lambda: renderer_of(profile, kind).render(computed),
        "write": lambda: write_files(folder / "written", data, lambda *_: ()),
        "verify": lambda: [verify(rendered, rendered.data, name) for name, rendered in files.items()],
    }


def others(path: Path, folder: Path) -> dict[str, Work]:
    loaded = load(path)
    computed = compute(loaded.accounts, read_classification(loaded.accounts.year))
    packet = renderer_of(read_profile(loaded.accounts.profile), read_kind(told=loaded.accounts.sections_told)).render(
        computed
    )
    content = content_of(packet)
    return {
        "openpyxl": fill_by_openpyxl(packet, content, folder),
        "docxtpl": fill_by_docxtpl(content, folder),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    for path in EXAMPLES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            best = in_turn(given.rounds, steps(path, folder) | others(path, folder), frozenset({"openpyxl", "docxtpl"}))
        naive = best["openpyxl"] + best["docxtpl"]
        print(
            f"{path.parent.name}: build {best['build']:.1f}, {best['build'] / naive:.2f} × openpyxl + docxtpl ({naive:.1f})"
        )
        print("  " + "  ".join(f"{step} {ms:.1f}" for step, ms in best.items() if step != "build"))
    if given.profile:
        with tempfile.TemporaryDirectory() as name:
            work = partial(build, EXAMPLES[0], Path(name) / "packet")
            work()
            profile = cProfile.Profile()
            for _ in range(given.rounds):
                profile.runcall(work)
            pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
