"""Rules as a 版式 sets them: switched off, or at another level."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from budgetgen.check.complete import GAP_RULES
from budgetgen.issues import Issue, Level, near_miss

FIXED = GAP_RULES
"""Rules that no 版式 changes: what is not filled in is never published as if it were."""


def with_levels(issues: Iterable[Issue], levels: Mapping[str, Level | None]) -> Iterator[Issue]:
    """`issues` without those of rules that are off, the others at their rule's level; notes (尾差) stay notes."""
    for issue in issues:
        level = levels.get(issue.rule, issue.level) if issue.rule not in FIXED else issue.level
        if level is not None:
            yield issue if issue.level is Level.NOTE else replace(issue, level=level)


def unknown_rules(levels: Mapping[str, Level | None], profile: str, known: Collection[str]) -> Iterator[Issue]:
    """An issue for each rule that a 版式 sets and that there is not, or that it must leave as it is."""
    for rule in levels:
        if rule in FIXED or rule not in known:
            why = "不能改" if rule in FIXED else f"不存在{near_miss(rule, known)}"
            cause = f"版式“{profile}”的“规则”里写了 {rule}，这条规则{why}。"
            yield Issue("PROFILE-007", Level.WARNING, cause, "改正编号，或删去这一行。")
