"""A file of any kind → accounts: YAML, 填报表, or the nine tables of a workbook or a published document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.figures import Figure
from budgetgen.input import Rule, read
from budgetgen.issues import Issue, Level, SourceRef
from budgetgen.model import Accounts, Loaded

_SHOWN = 3


def load(path: Path | str, *, unfilled: bool = False) -> Loaded:
    """Read one unit's accounts; what a file is, its content says.

    Totals that tables print and their parts contradict come as 数字核定. What still has to be filled in is named in
    `pending`; an amount that says 【待填写】 is an error unless `unfilled`. Raises `Rejected` with every fault found.
    """
    told = read(path, unfilled=unfilled)
    loaded = told if isinstance(told, Loaded) else told.settled(figures_of)
    if unfilled or not loaded.pending:
        return loaded
    return replace(loaded, issues=(*loaded.issues, still_to_fill(loaded.pending, Level.WARNING, loaded.place(""))))


def still_to_fill(pending: Sequence[str], level: Level, place: SourceRef | None) -> Issue:
    """How much is still to be filled in; what is built meanwhile is a draft."""
    more = "等" if len(pending) > _SHOWN else ""
    cause = f"还有 {len(pending)} 处待填写：{'、'.join(pending[:_SHOWN])}{more}。"
    return Issue(Rule.PENDING.code, level, cause, "逐处填好再生成；用不着的删掉。", place=place)


def figures_of(accounts: Accounts) -> Mapping[str, Figure]:
    """The figures of accounts by name, without a 版式 and without checks."""
    return compute(accounts, read_classification(accounts.year)).figures
