"""WITHIN: what one input states twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from budgetgen.check.rules import compared, rule
from budgetgen.compute import Computed
from budgetgen.figures import CATALOGUE, Figure
from budgetgen.issues import Issue, Level, near_miss
from budgetgen.model import Loaded

_MOST_CELLS = 5


@rule("WITHIN-001", "核定数与计算数一致", "各表合计等于其组成部分之和", Level.ERROR)
def stated_equals_computed(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """Each stated value against the figure computed from its parts."""
    for name, stated in loaded.accounts.stated.items():
        if name not in computed.summed:
            continue
        parts = replace(computed.summed[name], name="各部分之和")
        path = f"数字核定[{name}]"
        own = Figure("核定数", stated, path=path, margin=stated.margin)
        if own.value == parts.value:
            continue
        cause, mend = f"核定数与算出的数不同{_cells(parts, loaded)}", "改核定数，或改它的组成部分。"
        yield compared("WITHIN-001", Level.ERROR, own, parts, cause, mend, loaded, path)


def _cells(total: Figure, loaded: Loaded) -> str:
    """Where the parts of a total stand, where they were read from tables: a few cells and how many there are."""
    places = [place.cell for leaf in total.leaves() if (place := loaded.place(leaf.path)) and place.cell]
    more = f"等 {len(places)} 处" if len(places) > _MOST_CELLS else ""
    return f"（各部分在 {'、'.join(places[:_MOST_CELLS])}{more}）" if places else ""


@rule("WITHIN-005", "核定的指标名有效", "数字核定只写名称表中的数", Level.ERROR)
def stated_names_are_known(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """A stated value whose name no figure has."""
    for name in loaded.accounts.stated:
        if name not in computed.figures:
            path = f"数字核定[{name}]"
            if name in loaded.sources:
                cause, mend = f"“{name}”是填的数，不用核定。", "直接改它，删去这一行。"
            else:
                known = [*computed.figures, *(e.name for e in CATALOGUE)]
                cause, mend = f"没有“{name}”这个数{near_miss(name, known)}", "改名，或删去这一行。"
            yield Issue("WITHIN-005", Level.ERROR, cause, mend, path, loaded.place(path))
