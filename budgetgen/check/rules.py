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


def both(left: Figure, right: Figure) -> str:
    """Two figures and their difference, in 万元 with all their digits."""
    return f"{amount(left)} 与 {amount(right)}，相差 {_digits(abs(left.value - right.value))}"


def amount(figure: Figure) -> str:
    """`收入.合计 840.70 万元`, with as many decimals as the amount has, two at least."""
    return f"{figure.name} {_digits(figure.value)}"


def _digits(yuan: Decimal) -> str:
    exact = yuan / YUAN_PER_WAN
    decimals = len(plain_text(exact, strip_zeros=True).partition(".")[2])
    return f"{exact:.{max(WAN_YUAN_PLACES, decimals)}f} 万元"


def differs(rule_id: str, left: Figure, right: Figure, cause: str, mend: str, loaded: Loaded) -> Iterator[Issue]:
    """An error where the two differ by more than rounding, a note (尾差) where rounding alone tells them apart."""
    if left.value == right.value:
        return
    within = abs(left.value - right.value) <= left.margin + right.margin
    level = Level.NOTE if within else Level.ERROR
    tail = "（尾差）" if within else ""
    path = next((f.path for f in left.leaves() if f.path), "")
    yield Issue(rule_id, level, f"{cause}{tail}：{both(left, right)}。", "" if within else mend, path, loaded.place(path))
