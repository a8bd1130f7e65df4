"""One unit of a department as it was read, and what there is to say of it; the rules of this step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path, PureWindowsPath
from posixpath import normpath
from types import MappingProxyType

from budgetgen.issues import Issue, Level, SourceRef
from budgetgen.model import Loaded, Payment, Share

UNREAD, OTHER_YEAR, TWICE, CYCLE, INCOMPLETE = "DEPT-001", "DEPT-002", "DEPT-003", "DEPT-004", "DEPT-005"
FAULTY_UNIT, DRAFT_UNIT, OTHER_NAME = "DEPT-006", "DEPT-007", "DEPT-008"
STATED, UNKNOWN, LONE_LINE, TWO_NAMES = "DEPT-009", "DEPT-010", "DEPT-011", "DEPT-012"
DISAGREED, UNSETTLED, PRIOR_SUM = "DEPT-013", "DEPT-014", "DEPT-015"
RULES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        UNREAD: ("决算单位的数据读得出来", "错误", "数据文件在所写的地方，本身没有读不懂的地方。不能豁免"),
        OTHER_YEAR: ("决算单位的数据是同一年度的", "错误", "部门决算由同一年度的单位决算汇总。不能豁免"),
        TWICE: ("一个决算单位只汇总一次", "错误", "直接列的和下级部门里的合起来不重复。不能豁免"),
        CYCLE: ("部门不汇总自己", "错误", "决算单位的数据里不能又有本部门；逐级汇总不能太深。不能豁免"),
        INCOMPLETE: ("各决算单位和本级都有数据", "错误", "少一个单位，汇总数就少一块。本级以外的不能豁免"),
        FAULTY_UNIT: ("决算单位本身没有错误", "错误", "单位有错误，汇总数也不对"),
        DRAFT_UNIT: ("决算单位不是草稿", "警告", "单位还有没填的，部门也只是草稿。不能豁免"),
        OTHER_NAME: ("决算单位的名称与它的数据一致", "警告", "部门里写的名称印在正文"),
        STATED: (
            "部门写的数等于各单位之和",
            "错误",
            "错误的以各单位之和为准；数量、上年数、自评是警告，以部门写的为准",
        ),
        UNKNOWN: ("各单位都填了同样的事项", "提示", "有单位没有填的，汇总不出，要由部门自己填"),
        LONE_LINE: ("部门写了原因的科目，单位里有", "警告", "没有单位用这个科目，这一行不汇总"),
        TWO_NAMES: ("各单位的科目名称一致", "错误", "同一编码只能有一个名称，部门可以自己写一个"),
        DISAGREED: ("内部往来两边一致", "错误", "收付双方都写，金额相同，才能抵销"),
        UNSETTLED: ("内部往来都已抵销", "警告", "上级补助收入与对附属单位补助支出、附属单位上缴收入与上缴上级支出"),
        PRIOR_SUM: ("有内部往来的，上年数由部门填", "警告", "各单位上年数之和没有抵销上年的内部往来"),
    }
)
"""What consolidating finds: id → title, level, source."""
UNITS, OWN_FILE = "单位.决算单位", "单位.本级数据"
"""Where a department names its units' inputs, and that of its own 本级."""


@dataclass(frozen=True)
class Part:
    """One unit of a department: `at` is the path of its 数据 in the department's input, `name` its name there.

    `own` is the department's own 本级. `stopping` are the errors that keep its own packet from being written; `draft`
    says that its packet would be one. `files` are all inputs that were read for it.
    """

    name: str
    at: str
    loaded: Loaded
    own: bool = False
    stopping: tuple[Issue, ...] = ()
    draft: bool = False
    files: frozenset[Path] = frozenset()

    @property
    def names(self) -> frozenset[str]:
        """The names under which other units may speak of it."""
        unit = self.loaded.accounts.unit
        below = {u.name for u in unit.subordinates or ()}
        return frozenset({self.name, unit.name, *below, *(p.unit for p in self.payments)})

    @property
    def payments(self) -> tuple[Payment, ...]:
        """What it states of payments to and from others; of a department, what is not settled within it."""
        if self.loaded.accounts.unit.names_inputs:
            return self.loaded.payments
        return self.loaded.stated_payments

    def share(self, path: str, amount: Decimal) -> Share:
        """What it gives to the amount under `path`."""
        unit, loaded = self.loaded.accounts.unit, self.loaded
        return Share(unit.name, path, amount, loaded.place(path), loaded.shares.get(path, ()))

    def issues(self, department: Loaded) -> Iterator[Issue]:
        """What the department is told of its unit: errors, gaps, another name."""
        place, unit = department.place(self.at), self.loaded.accounts.unit
        if self.stopping:
            more = f"，共 {len(self.stopping)} 个" if len(self.stopping) > 1 else ""
            cause = f"{unit.name} 的数据有错误{more}：{self.stopping[0]}"
            yield Issue(FAULTY_UNIT, Level.ERROR, cause, "先改好这个单位的数据。", self.at, place)
        if self.draft:
            cause = f"{unit.name} 还有没填的内容，只能生成草稿。"
            yield Issue(DRAFT_UNIT, Level.WARNING, cause, "先填好这个单位的数据。", self.at, place)
        if not self.own and self.name != unit.name:
            cause = f"这里写作“{self.name}”，它的数据里是“{unit.name}”。"
            yield Issue(OTHER_NAME, Level.WARNING, cause, "改成同一个全称。", self.at, place)


def renamed(loaded: Loaded, folder: str) -> Loaded:
    """The same unit with all its places told from the department's folder: `../某站/unit.yaml`."""
    return replace(
        loaded,
        sources={path: _moved(ref, folder) for path, ref in loaded.sources.items()},
        shares={path: tuple(_share(s, folder) for s in shares) for path, shares in loaded.shares.items()},
        payments=tuple(replace(p, place=_moved(p.place, folder) if p.place else None) for p in loaded.payments),
    )


def retold(issue: Issue, folder: str) -> Issue:
    """A unit's issue with its place told from the department's folder."""
    return replace(issue, place=_moved(issue.place, folder)) if issue.place else issue


def _share(share: Share, folder: str) -> Share:
    place = _moved(share.place, folder) if share.place else None
    return replace(share, place=place, parts=tuple(_share(s, folder) for s in share.parts))


def _moved(ref: SourceRef, folder: str) -> SourceRef:
    if not folder or PureWindowsPath(ref.file).anchor or ref.file.startswith("/"):
        return ref
    return replace(ref, file=normpath(f"{folder}/{ref.file}"))
