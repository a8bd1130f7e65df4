"""Rules over figures and stated values: data where they can be, small functions where they must; nothing is repaired."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from budgetgen.check import rules, text_figures, text_style
from budgetgen.check.book import Rulebook, Written, rulebook
from budgetgen.check.report import Cause, by_cause, unknown_rules, waived, with_levels
from budgetgen.check.rules import GAP_RULES, RULES, Rule, asked_for, find_gaps
from budgetgen.compute import Computed
from budgetgen.figures import Group
from budgetgen.issues import Issue
from budgetgen.layout import Kind, Profile, read_kind
from budgetgen.model import Loaded


def check(
    loaded: Loaded,
    computed: Computed,
    profile: Profile | None = None,
    others: Mapping[str, Group] | None = None,
    kind: Kind | None = None,
) -> list[Issue]:
    """Every rule's findings on one unit, at the levels that its 版式 sets, or else its kind of packet, by default the usual one.

    `others` are the trees of other packets, by the names that rules have for them.

    Without a 版式, all rules that ship are looked at. Rejected where a file of rules is faulty.
    """
    kind = kind or read_kind()
    book = rulebook(profile, kind)
    limits: Mapping[str, Decimal] = dict(profile.limits) if profile else {}
    found = asked_for(book.find(loaded, computed, others or {}, limits), kind.sections)
    if profile is None:
        return list(found)
    own = dict(profile.rules)
    return [
        *unknown_rules(own, profile.name, rulebook(profile).rules),
        *with_levels(found, {**dict(kind.rules), **own}),
    ]


__all__ = [
    "GAP_RULES",
    "RULES",
    "Cause",
    "Rule",
    "Rulebook",
    "Written",
    "asked_for",
    "by_cause",
    "check",
    "find_gaps",
    "rulebook",
    "rules",
    "text_figures",
    "text_style",
    "unknown_rules",
    "waived",
    "with_levels",
]
