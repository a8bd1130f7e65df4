"""`check` of a packet that somebody published: what is wrong in it, then what an input made of its tables still lacks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from budgetgen.audit import audit
from budgetgen.audit.packets import packets_of, read_packet
from budgetgen.audit.remarks import as_issues
from budgetgen.issues import Issue, Level, Rejected, Rule, SourceRef
from budgetgen.pipeline import Examined, examine

_TOLD = ("WITHIN-", "CROSS-", Rule.PENDING.code, Rule.TABLE_UNTOLD.code)
"""Rules that hold tables and their totals against each other, and those that sum up what is told one by one."""


def check_published(source: Path, **chosen: Any) -> Examined:
    """A published document or workbook examined; `chosen` as `examine` takes it. Nothing raises.

    The rules of accounts are left out that the audit has better: it sees each cell, and the sentences. A document that no
    accounts can be made of is told with its faults all the same.
    """
    try:
        document = read_packet(packets_of([source])[0])
    except Rejected as e:
        return Examined(e.issues)
    found = list(as_issues(document, audit(document)))
    seen = examine(source, **chosen)
    if seen.loaded is not None:
        kept = (i for i in seen.issues if not i.rule.startswith(_TOLD))
        return replace(seen, issues=(*found, *kept))
    if broken := [i for i in seen.issues if i.rule == Rule.UNREADABLE.code]:
        return replace(seen, issues=(*found, *broken))  # nothing is right of a file that could be read in part alone
    faults = [i for i in seen.issues if i.level is Level.ERROR]
    first = f"，如：{faults[0].cause.rstrip('。')}" if faults else ""
    cause = f"这个文件还读不成填报的数据（{len(faults)} 处读不懂{first}）。"
    mend = "要用它生成材料的，先改好这些地方；只审核的不用管。"
    note = Issue(Rule.TABLE_ROW.code, Level.NOTE, cause, mend, place=SourceRef(source.name))
    return replace(seen, issues=(*found, note))
