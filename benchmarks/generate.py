"""Invented units to build, of all kinds and sizes: `python benchmarks/generate.py N --seed S -o DIR`.

Writes N valid inputs, `DIR/00001/unit.yaml` and so on: the same for the same seed, on every platform; the n-th unit
does not depend on N. `--forms P` writes P percent of them as 填报表.xlsx in place of YAML. `--departments D` writes D
departments besides, `DIR/D00001/部门.yaml` with its units' inputs around it, and in `DIR/D00001/expected.json` what the
nine tables of 版式 standard must come to, in 分, as the generator adds it up itself.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from invented.departments import invent_department
from invented.draw import Draw
from invented.plan import PROFILES, plan
from invented.unit import invent
from invented.writing import write

YEAR = 2024


def generate(count: int, seed: int, out: Path, *, profile: str = "", year: int = YEAR, forms: int = 0) -> list[Path]:
    """Write `count` units and return their files."""
    return [_unit(index, seed, out / f"{index:05d}", profile, year, forms) for index in range(1, count + 1)]


def _unit(index: int, seed: int, folder: Path, profile: str, year: int, forms: int) -> Path:
    path = folder / "unit.yaml"
    write(path, invent(seed, plan(seed, index, year, profile)).tree)
    return _as_form(path) if Draw(seed, index, "form").chance(forms) else path


def generate_departments(count: int, seed: int, out: Path, *, profile: str = "", year: int = YEAR) -> list[Path]:
    """Write `count` departments and return their own files."""
    files = []
    for index in range(1, count + 1):
        folder = out / f"D{index:05d}"
        inputs, expected = invent_department(seed, index, year, profile)
        for file, tree in inputs.items():
            write(folder / file, tree)
        text = json.dumps(expected, ensure_ascii=False, indent=1) + "\n"
        (folder / "expected.json").write_bytes(text.encode("utf-8"))
        files.append(folder / "部门.yaml")
    return files


def _as_form(path: Path) -> Path:
    from budgetgen.convert import convert  # noqa: PLC0415 - only forms need it

    form, _ = convert(path, path.with_name("填报表.xlsx"), overwrite=True)
    path.unlink()
    return form


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--profile", choices=PROFILES, default="", help="one 版式 only; by default all take turns")
    parser.add_argument("--year", type=int, default=YEAR)
    parser.add_argument("--departments", type=int, default=0, metavar="D", help="departments besides the units")
    parser.add_argument("--forms", type=int, default=0, metavar="P", help="percent written as 填报表.xlsx")
    given = parser.parse_args()
    files = generate(given.count, given.seed, given.out, profile=given.profile, year=given.year, forms=given.forms)
    departments = generate_departments(given.departments, given.seed, given.out, profile=given.profile, year=given.year)
    print(f"{len(files)} units and {len(departments)} departments in {given.out}")


if __name__ == "__main__":
    main()
