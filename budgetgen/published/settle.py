"""Printed totals against computed figures: which ones the accounts must keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from budgetgen.figures import Figure
from budgetgen.issues import Issue, Level, Rule, SourceRef
from budgetgen.model import Accounts, Amount
from budgetgen.money import plain_text
from budgetgen.published.gather import Stated

Compute = Callable[[Accounts], Mapping[str, Figure]]
"""Accounts → their figures by name."""
_MOST_PASSES = 8
"""Tables have four levels of totals: 项, 款, 类 and 合计."""


@dataclass(frozen=True)
class Settled:
    """Accounts with their 数字核定, the cells of these by path, and what was noticed."""

    accounts: Accounts
    places: Mapping[str, SourceRef]
    issues: tuple[Issue, ...]


def settle(accounts: Accounts, totals: Sequence[Stated], compute: Compute) -> Settled:
    """`accounts` with those totals as 数字核定 that differ from the figure computed from their parts.

    Whether a difference is rounding is for the rule on stated values to say. A total that is kept is itself a part of
    others: computing goes on until no further total differs.
    """
    kept: dict[str, Amount] = {}
    places: dict[str, SourceRef] = {}
    for _ in range(_MOST_PASSES):
        figures = compute(accounts)
        differing = [t for t in totals if t.name in figures and t.name not in kept]
        differing = [t for t in differing if t.amount != figures[t.name].value]
        if not differing:
            break
        for total in differing:
            kept.setdefault(total.name, total.amount)
            places.setdefault(f"数字核定[{total.name}]", total.place)
        accounts = accounts.replaced(stated=dict(kept))
    needed = _needed(accounts, kept, figures, compute)
    places = {path: place for path, place in places.items() if path[len("数字核定[") : -1] in needed}
    return Settled(accounts.replaced(stated=needed), places, tuple(_odd(totals, figures)))


def _needed(
    accounts: Accounts, kept: Mapping[str, Amount], figures: Mapping[str, Figure], compute: Compute
) -> dict[str, Amount]:
    """Of the totals `kept`, those without which another amount would be printed.

    A total whose parts come to it by their own 数字核定 needs none; of several names of one fact, the first is enough.
    """

    def lost(stated: Mapping[str, Amount]) -> str:
        found = compute(accounts.replaced(stated=stated))
        return next((n for n, a in kept.items() if n not in stated and found[n].value != a), "")

    needed = {n: a for n, a in kept.items() if _parts(figures[n]).value != a}
    while name := lost(needed):
        needed[name] = kept[name]
    # A total that was kept first may have become the sum of its parts by those that followed.
    figures = compute(accounts.replaced(stated=needed))
    for idle in [n for n in needed if _parts(figures[n]).value == needed[n]]:
        others = {n: a for n, a in needed.items() if n != idle}
        if not lost(others):
            needed = others
    return needed


def _parts(figure: Figure) -> Figure:
    """The figure as computed, where a stated amount stands in its place."""
    return figure.operands[0] if figure.path.startswith("数字核定[") else figure


def _odd(totals: Sequence[Stated], figures: Mapping[str, Figure]) -> Iterator[Issue]:
    """Totals that two cells print differently, and those without any part."""
    first: dict[str, Stated] = {}
    for total in totals:
        other = first.setdefault(total.name, total)
        if other.amount != total.amount:
            yield _two(other, total, f"数字核定[{total.name}]")
        elif total.name not in figures and total.amount:
            yield _alone(total)


def _two(one: Stated, other: Stated, path: str) -> Issue:
    rounding = abs(one.amount - other.amount) <= one.amount.margin + other.amount.margin
    cause = f"{one.name} 有两个数：{one.place.cell} 是 {_told(one)}，{other.place.cell} 是 {_told(other)}"
    end = "，只是尾差。" if rounding else "。"
    level = Level.NOTE if rounding else Level.WARNING
    return Issue(Rule.TABLE_TOTAL.code, level, cause + end, "" if rounding else "核对两张表。", path, other.place)


def _alone(total: Stated) -> Issue:
    cause = f"{total.place.cell} 的 {total.name} 是 {_told(total)}，明细里没有它的组成部分。"
    return Issue(Rule.TABLE_TOTAL.code, Level.WARNING, cause, "核对明细表。", "", total.place)


def _told(total: Stated) -> str:
    return f"{plain_text(total.amount.wan_yuan, strip_zeros=True)} 万元"
