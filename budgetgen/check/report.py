"""What was found: at the levels that a 版式 sets, less what a unit waives, by cause; as text, JSON and HTML that prints well."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from budgetgen import resources
from budgetgen.check.rules import GAP_RULES
from budgetgen.expression import environment
from budgetgen.issues import Issue, Level, near_miss
from budgetgen.model import Accounts, Loaded, Waiver

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
    causes = [_grouped(g) for g in groups]
    return sorted(causes, key=lambda c: (bool(c.head.waived), -max(i.level for i in c.all), _place(c.head)))


def _grouped(group: _Group) -> Cause:
    head = min(group.issues, key=lambda i: (-i.level, len(i.paths)))
    rest = tuple(i for i in group.issues if i is not head)
    return Cause(head, rest, tuple(p for p in head.paths if p in group.common))


def _place(issue: Issue) -> tuple[str, int, str, str]:
    place = issue.place
    return (place.file if place else "", place.line if place else 0, place.cell if place else "", issue.rule)


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


UNUSED, REFUSED = "COMPLETE-008", "COMPLETE-009"


def waived(issues: Iterable[Issue], loaded: Loaded) -> list[Issue]:
    """`issues` with those marked that the unit waives; waivers that meet nothing, or must not, are told."""
    waivers = loaded.accounts.waivers
    if not waivers:
        return list(issues)
    used: set[int] = set()
    out: list[Issue] = []
    for issue in issues:
        index = next((n for n, w in enumerate(waivers) if _meets(w, issue)), None)
        if index is None or issue.rule in GAP_RULES:
            out.append(issue)
        else:
            used.add(index)
            out.append(replace(issue, waived=waivers[index].reason))
    return [*out, *(_told(w, n, loaded) for n, w in enumerate(waivers) if n not in used)]


def _meets(waiver: Waiver, issue: Issue) -> bool:
    if waiver.rule != issue.rule:
        return False
    path = waiver.path
    return not path or issue.path == path or issue.path.startswith((f"{path}.", f"{path}["))


def _told(waiver: Waiver, index: int, loaded: Loaded) -> Issue:
    path = f"豁免[{index + 1}]"
    place = loaded.place(path)
    if waiver.rule in GAP_RULES:
        cause = f"{waiver.rule} 不能豁免：没填的内容不能公开。"
        return Issue(REFUSED, Level.WARNING, cause, "填上内容，删去这条豁免。", path, place)
    cause = f"这条豁免没有用到：没有“{waiver.rule}”在“{waiver.path or '任何路径'}”的问题。"
    return Issue(UNUSED, Level.NOTE, cause, "问题已经改好的，删去它；否则核对编号和路径。", path, place)


_TEMPLATE = "检查报告.html.j2"


def as_text(issues: Iterable[Issue]) -> str:
    """One cause after another, the gravest first: what and where, what to do, and what follows from it."""
    causes = by_cause(issues)
    return "\n".join([*(cause_text(c) for c in causes), summary(causes)])


def cause_text(cause: Cause) -> str:
    """A cause in a few lines."""
    lines = [issue_text(cause.head)]
    if len(cause.consequences) > 0:
        lines.append("    连带的问题：")
        lines += [f"      {_level(i)} {i.rule} {i.path}{'：' if i.path else ''}{i.cause}" for i in cause.consequences]
    return "\n".join(lines)


def issue_text(issue: Issue) -> str:
    """An issue in two lines: what and where, and what to do."""
    place = f"（{issue.place}）" if issue.place else ""
    path = f"{issue.path}：" if issue.path else "" if issue.place else "："
    mend = f"\n    → {issue.mend}" if issue.mend and not issue.waived else ""
    waived = f"\n    已豁免：{issue.waived}" if issue.waived else ""
    return f"{_level(issue)} {issue.rule}{place}{path}{issue.cause}{mend}{waived}"


def summary(causes: Sequence[Cause]) -> str:
    """How many causes of each level, in one line."""
    counts = count(causes)
    return "、".join(f"{name} {n} 处" for name, n in counts.items() if n) or "没有发现问题"


def count(causes: Iterable[Cause]) -> dict[str, int]:
    """Causes by the gravest level in each, waived ones apart."""
    counts = {**{level.label: 0 for level in reversed(Level)}, "已豁免": 0}
    for cause in causes:
        counts["已豁免" if cause.head.waived else cause.head.level.label] += 1
    return counts


def as_json(issues: Iterable[Issue], accounts: Accounts | None) -> str:
    """The same as JSON: keys and their order never change; absent texts are blank, absent lists empty."""
    causes = by_cause(issues)
    told = {**_unit(accounts), "计数": count(causes), "问题": [_cause(c) for c in causes]}
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def as_html(issues: Iterable[Issue], accounts: Accounts | None) -> str:
    """The same as one HTML file without any other beside it."""
    causes = by_cause(issues)
    template = resources.templates("html", _TEMPLATE).read_text(encoding="utf-8")
    names = {**_unit(accounts), "计数": count(causes), "问题": [_cause(c) for c in causes]}
    return environment().from_string(template).render(names)


FORMATS: Mapping[str, Callable[[Iterable[Issue], Accounts | None], str]] = {
    "text": lambda issues, _: as_text(issues) + "\n",
    "json": as_json,
    "html": as_html,
}


def _unit(accounts: Accounts | None) -> dict[str, Any]:
    return {"单位": accounts.unit.name if accounts else "", "年度": accounts.year if accounts else 0}


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        **_issue(cause.head),
        "可疑项": list(cause.suspects) if cause.consequences else [],
        "连带": [_issue(i) for i in cause.consequences],
    }


def _issue(issue: Issue) -> dict[str, Any]:
    return {
        "规则": issue.rule,
        "级别": issue.level.label,
        "路径": issue.path,
        "位置": str(issue.place or ""),
        "原因": issue.cause,
        "数": [{"名称": name, "数": amount} for name, amount in issue.figures],
        "相差": issue.difference,
        "改法": issue.mend,
        "豁免": issue.waived,
    }


def _level(issue: Issue) -> str:
    return f"{issue.level.label}（已豁免）" if issue.waived else issue.level.label
