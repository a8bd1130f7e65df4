"""Reading a filled 填报表: every cell with its type, beside openpyxl's read-only mode on the same file.

    python benchmarks/reading.py [rounds]

Both read all sheets that hold input, every cell. Times are the best of the rounds, in milliseconds; the whole of `load`
(cells, binding, code tables) is told besides.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl

from budgetgen.form import layout
from budgetgen.form.writer import write_form_book
from budgetgen.issues import Findings
from budgetgen.office.package import open_package
from budgetgen.office.workbook_reader import open_book
from budgetgen.reading import load, loads

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "tianyuan-party-office" / "unit.yaml"


def best(rounds: int, work: Callable[[], object]) -> float:
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times) * 1000


def ours(data: bytes) -> int:
    package = open_package(data, "填报表.xlsx", Findings())
    assert package is not None
    book = open_book(package, Findings())
    assert book is not None
    return sum(len(row.cells) for name in layout.SHEETS for row in book.sheet(name).rows)


def theirs(data: bytes) -> int:
    book = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True)
    return sum(cell.value is not None for name in layout.SHEETS for row in book[name].iter_rows() for cell in row)


def main(rounds: int) -> None:
    data = write_form_book(load(EXAMPLE).accounts, [])
    mine, other = best(rounds, lambda: ours(data)), best(rounds, lambda: theirs(data))
    print(f"budgetgen {mine:8.1f} ms\nopenpyxl  {other:8.1f} ms\nratio     {mine / other:8.2f}")
    print(f"load      {best(rounds, lambda: loads(data, '填报表.xlsx')):8.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
