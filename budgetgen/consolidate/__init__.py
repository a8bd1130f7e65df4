"""Units → department: the figures of the units that an input names, summed into its own accounts.

What is a sum and what is the department's own text stands in docs/部门汇总.md. Nothing is read here: `gather` is given
how a unit's input is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from budgetgen.consolidate.department_units import (
    DISAGREED,
    INCOMPLETE,
    OWN_FILE,
    Part,
    Read,
    Reading,
    gather,
    left_over,
    settle,
)
from budgetgen.consolidate.sums import Sums
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded


def consolidate(department: Loaded, parts: Sequence[Part]) -> Loaded:
    """The department's accounts with its units' figures in them; what does not fit together is among its issues.

    A figure that the department states itself is held against its units' sum.
    """
    settled = settle(department, parts)
    sums = Sums(department, parts, settled.taken_out)
    accounts = sums.accounts()
    return replace(
        department,
        accounts=accounts,
        sources=sums.sources,
        shares=sums.shares,
        payments=settled.carried,
        issues=(
            *department.issues,
            *_misplaced(department),
            *(issue for part in parts for issue in part.issues(department)),
            *settled.issues,
            *sums.issues,
            *left_over(accounts, settled, department),
        ),
    )


def _misplaced(department: Loaded) -> Iterator[Issue]:
    """A department has accounts of its own beside its units', and its units state their payments."""
    unit = department.accounts.unit
    if not unit.own_file:
        cause = f"没有写本级的数据，汇总数里没有 {unit.name} 本级。"
        mend = "写上本级自己的数据文件；本级没有单独的决算，可以豁免。"
        yield Issue(INCOMPLETE, Level.ERROR, cause, mend, OWN_FILE, department.place(OWN_FILE))
    for payment in department.stated_payments:
        cause = "部门的数据里写了内部往来，没有抵销。"
        mend = "移到收付双方各自的数据里；部门付的，写在本级的数据里。"
        yield Issue(DISAGREED, Level.ERROR, cause, mend, payment.path, payment.place)


__all__ = ["Part", "Read", "Reading", "consolidate", "gather"]
