"""The registry of rules: ids never change meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from budgetgen.compute import Computed
from budgetgen.figures import Figure
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded
from budgetgen.money import WAN_YUAN_PLACES, YUAN_PER_WAN, plain_text

Find = Callable[[Loaded, Computed], Iterator[Issue]]


@dataclass(frozen=True)
class Rule:
    """One relation: its id, its Chinese name, where it comes from, and the function that finds breaches."""

    id: str
    title: str
    source: str
    find: Find


RULES: dict[str, Rule] = {}


def rule(rule_id: str, title: str, source: str) -> Callable[[Find], Find]:
    """Register a function as the rule of that id."""

    def register(find: Find) -> Find:
        if rule_id in RULES:
            raise ValueError(f"rule {rule_id} is there already")
        RULES[rule_id] = Rule(rule_id, title, source, find)
        return find

    return register


def in_wan_yuan(yuan: Decimal) -> str:
    """An amount with all its digits, two decimals at least: `840.70 万元`."""
    exact = yuan / YUAN_PER_WAN
    decimals = len(plain_text(exact, strip_zeros=True).partition(".")[2])
    return f"{exact:.{max(WAN_YUAN_PLACES, decimals)}f} 万元"


def both(left: Figure, right: Figure) -> str:
    """Two figures with their names, and their difference."""
    told = "，".join(f"{f.name} {in_wan_yuan(f.value)}" for f in (left, right))
    return f"{told}，相差 {in_wan_yuan(abs(left.value - right.value))}"


def by_rounding(left: Figure, right: Figure) -> bool:
    """Whether rounding of their leaves alone can tell the two apart (尾差)."""
    return abs(left.value - right.value) <= left.margin + right.margin


def differs(rule_id: str, left: Figure, right: Figure, cause: str, mend: str, loaded: Loaded) -> Iterator[Issue]:
    """An error where the two differ by more than rounding (尾差); else a warning if they print differently, or a note."""
    if left.value == right.value:
        return
    path = next((f.path for f in (*left.leaves(), *right.leaves()) if f.path), "")
    place = loaded.place(path)
    if not by_rounding(left, right):
        yield Issue(rule_id, Level.ERROR, f"{cause}：{both(left, right)}。", mend, path, place)
    elif left.printed == right.printed:
        yield Issue(rule_id, Level.NOTE, f"{cause}，只是尾差：{both(left, right)}。", "", path, place)
    else:
        settle = f"在 数字核定 里把“{left.name}”和“{right.name}”写成同一个数。"
        yield Issue(
            rule_id, Level.WARNING, f"{cause}，虽只是尾差，公开时看得出：{both(left, right)}。", settle, path, place
        )
