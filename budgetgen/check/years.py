"""YEAR: reasons against the direction of what they explain."""

from __future__ import annotations

from collections.abc import Iterator

from budgetgen.check.rules import leaf_paths, rule
from budgetgen.compute import Computed
from budgetgen.compute.three_public import ITEMS
from budgetgen.figures import Figure, Group, Series
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded

_RISE, _FALL = "增加", "减少"
_REASONS = {"完成年初预算": "预算差异原因", "较上年": "上年差异原因"}


@rule("YEAR-007", "增加和减少不用同一个原因", "原因要说明为什么增、为什么减")
def reasons_fit_their_direction(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """One reason that is given both for a rise and for a fall."""
    seen: dict[str, dict[str, tuple[str, ...]]] = {}
    for reason, direction, paths in _reasons(computed.tree):
        seen.setdefault(reason, {}).setdefault(direction, paths)
    for reason, told in seen.items():
        if len(told) > 1:
            rise, fall = told[_RISE][0], told[_FALL][0]
            cause = f"“{reason}”既说明增加（{rise}），又说明减少（{fall}）。"
            yield Issue(
                "YEAR-007",
                Level.WARNING,
                cause,
                "分别写明各自的原因。",
                fall,
                loaded.place(fall),
                (*told[_FALL], *told[_RISE]),
            )


def _reasons(tree: Group) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every reason given for a figure that moved: (reason, direction, its path and those of the amount)."""
    items = tree.at("一般公共预算.项")
    for row in items if isinstance(items, Series) else ():
        yield from _told(row["差异原因"], row["完成"], f"收支明细[{row['编码']}].差异原因")
    for item in (*ITEMS, "合计"):
        for comparison, key in _REASONS.items():
            name = f"三公经费.{item}.{key}"
            yield from _told(tree.at(name), tree.at(f"三公经费.决算.{item}.{comparison}"), name)


def _told(reason: object, comparison: object, path: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    if isinstance(reason, str) and isinstance(comparison, Group):
        names = comparison.names()
        rises, falls = ("大于", "小于") if "大于" in names else ("增", "减")
        if comparison[rises] or comparison[falls]:
            amount = comparison["决算" if "决算" in names else "本数"]
            paths = leaf_paths(amount) if isinstance(amount, Figure) else ()
            yield reason, _RISE if comparison[rises] else _FALL, (path, *paths)
