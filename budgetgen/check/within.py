"""WITHIN: what one input states twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from budgetgen.check.rules import compared, in_wan_yuan, rule
from budgetgen.compute import Computed
from budgetgen.figures import CATALOGUE, Figure, Group
from budgetgen.issues import Issue, Level, near_miss
from budgetgen.model import Loaded, Payment
from budgetgen.money import ZERO

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


@rule("WITHIN-030", "内部往来不大于收支明细", "内部往来是收支明细中上级补助等收支的一部分", Level.ERROR)
def payments_are_within_lines(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """Payments that a unit states of its department, against the line's amount that they are part of."""
    stated: dict[str, list[Payment]] = {}
    for payment in loaded.stated_payments:
        stated.setdefault(payment.column, []).append(payment)
    for column, payments in stated.items():
        total, whole = sum((p.amount for p in payments), ZERO), _entered(computed, column)
        margin = sum((p.amount.margin for p in payments), ZERO)
        if total > whole + margin:
            first = payments[0]
            cause = f"内部往来的{first.kind} {in_wan_yuan(total)}，大于 {column} {in_wan_yuan(whole)}。"
            mend = "核对金额和科目；往来要记在“资金”为非财政拨款的那一行里。"
            yield Issue("WITHIN-030", Level.ERROR, cause, mend, first.path, first.place, (first.path, column))
    for payment in (p for found in stated.values() for p in found if p.partner == loaded.accounts.unit.name):
        cause = f"内部往来的对方写成了本单位“{payment.partner}”。"
        yield Issue("WITHIN-030", Level.ERROR, cause, "写对方单位的全称。", payment.path, payment.place)


def _entered(computed: Computed, column: str) -> Decimal:
    """The amount of a line under its path; nothing where there is no such line."""
    lines = computed.tree["收支明细"]
    found = (line for line in lines if isinstance(line, Group)) if isinstance(lines, list) else ()
    line = next((line for line in found if column.startswith(f"{line.name}.")), None)
    value = line.at(column.removeprefix(f"{line.name}.")) if line else None
    return value.value if isinstance(value, Figure) else ZERO
