"""What a unit's accounts are: frozen, each field declared once with its Chinese name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from budgetgen.issues import Issue, SourceRef
from budgetgen.model.expenses import AgencyRunning, Festival, Meetings, ThreePublic, Trainings
from budgetgen.model.fields import (
    FIRST_YEAR,
    LAST_YEAR,
    Declared,
    EconomicCode,
    Prose,
    SignedYuan,
    Year,
    Yuan,
    declare,
    key_of,
    unit_of,
)
from budgetgen.model.lines import FISCAL_FUNDS, NIL, Fund, Line
from budgetgen.model.performance import Performance
from budgetgen.model.statements import ChangeReasons, PriorYear, Procurement, StateAssets, Term, Waiver
from budgetgen.model.unit import Unit
from budgetgen.money import Amount


class Accounts(Declared):
    """One unit's year: everything a packet needs. Amounts are in 元."""

    profile: Prose = declare("版式", default="", note="不填用默认版式")
    year: Year = declare("年度", note="决算年度，如 2024")
    money_unit: Literal["元", "万元"] = declare("金额单位", note="本文件金额的单位：元或万元")
    unit: Unit = declare("单位")
    lines: list[Line] = declare("收支明细")
    non_fiscal_surplus_used: Yuan = declare(
        "使用非财政拨款结余", label="使用非财政拨款结余（含专用结余）", unit="元", default=NIL
    )
    surplus_distribution: SignedYuan = declare("结余分配", unit="元", default=NIL)
    economic: dict[EconomicCode, SignedYuan] = declare(
        "基本支出经济分类", unit="元", default={}, note="经济分类款（5 位）: 金额"
    )
    three_public: ThreePublic | None = declare("三公经费", optional=True)
    prior_year: PriorYear = declare("上年", default=PriorYear())
    agency_running: AgencyRunning | None = declare("机关运行经费", optional=True)
    meetings: Meetings | None = declare("会议费", optional=True)
    trainings: Trainings | None = declare("培训费", optional=True)
    festivals: list[Festival] | None = declare("节庆活动", optional=True, note="没有填“无”")
    procurement: Procurement | None = declare("政府采购", optional=True)
    assets: StateAssets | None = declare("国有资产", optional=True)
    performance: Performance | None = declare("预算绩效", optional=True)
    reasons: ChangeReasons = declare("变动原因", default=ChangeReasons())
    glossary: list[Term] | None = declare("名词解释", optional=True, note="不填用版式的固定解释")
    stated: dict[Prose, SignedYuan] = declare(
        "数字核定", unit="元", default={}, note="指标名: 核定的数（尾差以它为准）"
    )
    prior_file: Prose = declare("上年文件", default="", note="上年的数据文件，如 ../2023/unit.yaml，用来核对上年数")
    waivers: list[Waiver] = declare("豁免", default=[], note="经核对不用改的问题，仍列在检查报告里")


@dataclass(frozen=True)
class Loaded:
    """Accounts as read: with the place of every value and what the reader noticed.

    `pending` are paths that still say 【待填写】, or that the file cannot tell: what stands there is a stand-in or nothing.
    """

    accounts: Accounts
    sources: Mapping[str, SourceRef] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
    pending: tuple[str, ...] = ()

    def place(self, path: str) -> SourceRef | None:
        """Where the value of `path` stands, or the nearest part around it that has a place."""
        while path and path not in self.sources:
            path = _parent(path)
        return self.sources.get(path)


def _parent(path: str) -> str:
    cut = max(path.rfind("."), path.rfind("["))
    return path[:cut] if cut > 0 else ""


def child_path(path: str, key: str) -> str:
    """`收支明细[2013102]` and `支出` → `收支明细[2013102].支出`."""
    return f"{path}.{key}" if path else key


def item_path(path: str, index: int, item: object) -> str:
    """The path of one of a list's items: by its own key where it has one, else counted from 1."""
    return entry_path(path, item.key if isinstance(item, Line) else str(index + 1))


def entry_path(path: str, key: str) -> str:
    """`收支明细` and `2013102` → `收支明细[2013102]`."""
    return f"{path}[{key}]"


__all__ = [
    "FIRST_YEAR",
    "FISCAL_FUNDS",
    "LAST_YEAR",
    "Accounts",
    "Amount",
    "Declared",
    "Fund",
    "Line",
    "Loaded",
    "Waiver",
    "child_path",
    "entry_path",
    "item_path",
    "key_of",
    "unit_of",
]
