"""WITHIN: what one input states twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from budgetgen.check.rules import differs, rule
from budgetgen.compute import Computed
from budgetgen.compute.book import STATED
from budgetgen.figures import CATALOGUE, Figure
from budgetgen.issues import Issue, Level, near_miss
from budgetgen.model import Loaded


@rule("WITHIN-001", "核定数与计算数一致", "各表合计等于其组成部分之和", Level.ERROR)
def stated_equals_computed(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """Each stated value against the figure computed from its parts."""
    for name, stated in loaded.accounts.stated.items():
        figure = computed.figures.get(name)
        if figure is None:
            continue
        parts = figure.operands[0] if figure.operation == STATED else figure
        own = Figure("核定数", stated, path=f"数字核定[{name}]", margin=stated.margin)
        yield from differs(
            "WITHIN-001", own, replace(parts, name="各部分之和"), "核定数与算出的数不同",
            "改核定数，或改它的组成部分。", loaded,
        )  # fmt: skip


@rule("WITHIN-005", "核定的指标名有效", "数字核定只写名称表中的数", Level.ERROR)
def stated_names_are_known(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """A stated value whose name no figure has."""
    for name in loaded.accounts.stated:
        if name not in computed.figures:
            path = f"数字核定[{name}]"
            known = [*computed.figures, *(e.name for e in CATALOGUE)]
            cause = f"没有“{name}”这个数{near_miss(name, known)}"
            yield Issue("WITHIN-005", Level.ERROR, cause, "改名，或删去这一行。", path, loaded.place(path))
