"""What was found, as text, as JSON, and as one HTML file that prints well."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from budgetgen import resources
from budgetgen.check.causes import Cause, by_cause
from budgetgen.expression import environment
from budgetgen.issues import Issue, Level
from budgetgen.model import Accounts

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
