"""Rules: ids never change meaning. A rule is written down as data (`written.py`), or a function where it must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from budgetgen.compute import Computed
from budgetgen.figures import PERCENT, YUAN, Figure
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded
from budgetgen.money import WAN_YUAN_PLACES, YUAN_PER_WAN, plain_text, round_half_up

_PERCENT_PLACES = 4
"""Decimals of a per cent value that tell enough of it."""
Find = Callable[[Loaded, Computed], Iterator[Issue]]


@dataclass(frozen=True)
class Rule:
    """One relation: its id, its Chinese name, where it comes from, and the function that finds breaches.

    `level` is that of its issues, for the reference; None where they differ.
    """

    id: str
    title: str
    source: str
    find: Find
    level: Level | None = None


RULES: dict[str, Rule] = {}
"""The rules that are functions."""


def rule(rule_id: str, title: str, source: str, level: Level | None = None) -> Callable[[Find], Find]:
    """Register a function as the rule of that id."""

    def register(find: Find) -> Find:
        if rule_id in RULES:
            raise ValueError(f"rule {rule_id} is there already")
        RULES[rule_id] = Rule(rule_id, title, source, find, level)
        return find

    return register


def in_wan_yuan(yuan: Decimal) -> str:
    """An amount with all its digits, two decimals at least: `840.70 万元`."""
    exact = yuan / YUAN_PER_WAN
    decimals = len(plain_text(exact, strip_zeros=True).partition(".")[2])
    return f"{exact:.{max(WAN_YUAN_PLACES, decimals)}f} 万元"


def told(value: Decimal, unit: str) -> str:
    """A value with its unit, as messages print it."""
    if unit == YUAN:
        return in_wan_yuan(value)
    exact = value if unit != PERCENT else round_half_up(value, _PERCENT_PLACES)
    return f"{plain_text(exact, strip_zeros=True)} {unit}"


def both(left: Figure, right: Figure) -> str:
    """Two figures with their names, and their difference."""
    named = "，".join(f"{f.name} {told(f.value, f.unit)}" for f in (left, right))
    return f"{named}，相差 {told(abs(left.value - right.value), left.unit)}"


def by_rounding(left: Figure, right: Figure) -> bool:
    """Whether rounding of their leaves alone can tell the two apart (尾差)."""
    return abs(left.value - right.value) <= left.margin + right.margin


def leaf_paths(*figures: Figure) -> tuple[str, ...]:
    """The input paths that `figures` rest on, each once."""
    return tuple(dict.fromkeys(leaf.path for figure in figures for leaf in figure.leaves() if leaf.path))


def compared(
    rule_id: str,
    level: Level,
    left: Figure,
    right: Figure,
    cause: str,
    mend: str,
    loaded: Loaded,
    path: str = "",
    settle: str = "",
) -> Issue:
    """What is said of two figures that do not stand as they should: a note (尾差) where rounding alone explains it.

    Where `settle` says how a reader is spared the difference, one that can be seen in print is a warning.
    """
    paths = leaf_paths(left, right)
    path = path or next(iter(paths), "")
    if not by_rounding(left, right):
        said = f"{cause}：{both(left, right)}。"
    elif settle and left.printed != right.printed:
        level, mend = min(level, Level.WARNING), settle
        said = f"{cause}，虽只是尾差，公开时看得出：{both(left, right)}。"
    else:
        level, mend = Level.NOTE, ""
        said = f"{cause}，只是尾差：{both(left, right)}。"
    return Issue(
        rule_id, level, said, mend, path, loaded.place(path),
        tuple(dict.fromkeys((path, *paths))) if path else paths,
        tuple((f.name, told(f.value, f.unit)) for f in (left, right)),
        told(abs(left.value - right.value), left.unit),
    )  # fmt: skip
