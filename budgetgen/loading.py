"""A file of any kind → accounts: YAML, 填报表, or the nine tables of a workbook or a published document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.figures import Figure
from budgetgen.input import read
from budgetgen.model import Accounts, Loaded


def load(path: Path | str, *, unfilled: bool = False) -> Loaded:
    """Read one unit's accounts; what a file is, its content says.

    Totals that tables print and their parts contradict come as 数字核定. What still has to be filled in is named in
    `pending`; an amount that says 【待填写】 is an error unless `unfilled`. Raises `Rejected` with every fault found.
    """
    told = read(path, unfilled=unfilled)
    return told if isinstance(told, Loaded) else told.settled(figures_of)


def figures_of(accounts: Accounts) -> Mapping[str, Figure]:
    """The figures of accounts by name, without a 版式 and without checks."""
    return compute(accounts, read_classification(accounts.year)).figures
