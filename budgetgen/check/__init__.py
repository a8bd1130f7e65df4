"""Rules over figures and stated values. A rule is one small function with an id; it reports and repairs nothing."""

from __future__ import annotations

from budgetgen.check import complete, texts, within
from budgetgen.check.complete import GAP_RULES, find_gaps
from budgetgen.check.levels import unknown_rules, with_levels
from budgetgen.check.rules import RULES, Rule
from budgetgen.compute import Computed
from budgetgen.issues import Issue
from budgetgen.model import Loaded


def check(loaded: Loaded, computed: Computed) -> list[Issue]:
    """Every rule's findings on one unit, in the order of the rules."""
    return [issue for rule in RULES.values() for issue in rule.find(loaded, computed)]


__all__ = [
    "GAP_RULES",
    "RULES",
    "Rule",
    "check",
    "complete",
    "find_gaps",
    "texts",
    "unknown_rules",
    "with_levels",
    "within",
]
