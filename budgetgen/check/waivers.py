"""豁免: issues that a unit lets stand with a reason. They stay in the report, marked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from budgetgen.check.complete import GAP_RULES
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded, Waiver

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
