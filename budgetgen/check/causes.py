"""Issues grouped by cause: one wrong amount is one issue with its consequences under it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from budgetgen.issues import Issue

_FEW = 4
"""An issue that rests on no more inputs than these points at one of them, whatever its difference."""


@dataclass(frozen=True)
class Cause:
    """What is most likely one fault: the issue that comes nearest to it, the others, and the inputs all rest on."""

    head: Issue
    consequences: tuple[Issue, ...]
    suspects: tuple[str, ...]

    @property
    def all(self) -> tuple[Issue, ...]:
        """The issue and its consequences."""
        return (self.head, *self.consequences)


class _Group:
    def __init__(self, issue: Issue) -> None:
        self.issues = [issue]
        self.common = frozenset(issue.paths or (issue.path,))

    def takes(self, issue: Issue) -> bool:
        """Whether `issue` rests on the same inputs, and differs by as much or rests on little else."""
        paths = frozenset(issue.paths or (issue.path,))
        if issue.waived != self.issues[0].waived or not self.common & paths:
            return False
        same = bool(issue.difference) and any(issue.difference == i.difference for i in self.issues)
        if not same and len(paths) > _FEW:
            return False
        self.common &= paths
        self.issues.append(issue)
        return True


def by_cause(issues: Iterable[Issue]) -> list[Cause]:
    """Every issue once: the gravest causes first, in each the issue that rests on the fewest inputs.

    Issues belong together where they rest on an input in common and are off by the same amount (a wrong line breaks
    its own balance, its table's and the packet's alike), or where each rests on a few inputs only.
    """
    groups: list[_Group] = []
    for issue in sorted(issues, key=lambda i: (len(i.paths) or 1, -i.level)):
        if not issue.path or not any(group.takes(issue) for group in groups):
            groups.append(_Group(issue))
    causes = [_cause(g) for g in groups]
    return sorted(causes, key=lambda c: (bool(c.head.waived), -max(i.level for i in c.all), _place(c.head)))


def _cause(group: _Group) -> Cause:
    head = min(group.issues, key=lambda i: (-i.level, len(i.paths)))
    rest = tuple(i for i in group.issues if i is not head)
    return Cause(head, rest, tuple(p for p in head.paths if p in group.common))


def _place(issue: Issue) -> tuple[str, int, str, str]:
    place = issue.place
    return (place.file if place else "", place.line if place else 0, place.cell if place else "", issue.rule)
