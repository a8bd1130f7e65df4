"""收支明细: one line per 功能科目（项）× 资金, from which tables 01–05, 07 and 08 all come (FIELDS 1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, get_args

from budgetgen.model.fields import Declared, FunctionalCode, Phrase, Prose, SignedYuan, Yuan, declare
from budgetgen.money import Amount

Fund = Literal["一般公共预算", "政府性基金", "国有资本经营", "非财政拨款"]
FISCAL_FUNDS: tuple[Fund, ...] = ("一般公共预算", "政府性基金", "国有资本经营")
GENERAL_PUBLIC_BUDGET: Fund = "一般公共预算"
NIL = Amount(0)


class Revenue(Declared):
    """本年收入 by kind (table 公开02)."""

    fiscal_appropriation: SignedYuan = declare("财政拨款", label="财政拨款收入", unit="元", default=NIL)
    superior_subsidy: SignedYuan = declare("上级补助", label="上级补助收入", unit="元", default=NIL)
    institutional: SignedYuan = declare("事业", label="事业收入", unit="元", default=NIL)
    operating: SignedYuan = declare("经营", label="经营收入", unit="元", default=NIL)
    subordinate_remittance: SignedYuan = declare("附属单位上缴", label="附属单位上缴收入", unit="元", default=NIL)
    other: SignedYuan = declare("其他", label="其他收入", unit="元", default=NIL)


class Expenditure(Declared):
    """本年支出 by kind (table 公开03)."""

    basic: SignedYuan = declare("基本", label="基本支出", unit="元", default=NIL)
    project: SignedYuan = declare("项目", label="项目支出", unit="元", default=NIL)
    to_superior: SignedYuan = declare("上缴上级", label="上缴上级支出", unit="元", default=NIL)
    operating: SignedYuan = declare("经营", label="经营支出", unit="元", default=NIL)
    to_subordinates: SignedYuan = declare("对附属单位补助", label="对附属单位补助支出", unit="元", default=NIL)


class OpeningCarryover(Declared):
    """年初结转和结余."""

    basic: SignedYuan = declare("基本", label="基本支出结转", unit="元", default=NIL)
    project: SignedYuan = declare("项目", label="项目支出结转和结余", unit="元", default=NIL)


class ClosingCarryover(Declared):
    """年末结转和结余."""

    basic: SignedYuan = declare("基本", label="基本支出结转", unit="元", default=NIL)
    project_carryover: SignedYuan = declare("项目结转", label="项目支出结转", unit="元", default=NIL)
    project_surplus: SignedYuan = declare("项目结余", label="项目支出结余", unit="元", default=NIL)


class FiscalSplit(Declared):
    """财政拨款收入 of a line, split as the 13-column table 05 of 财决批复 wants it."""

    basic: SignedYuan = declare("基本", label="基本支出收入", unit="元", default=NIL)
    project: SignedYuan = declare("项目", label="项目支出收入", unit="元", default=NIL)


class Line(Declared):
    """One 项 of one fund."""

    identity: ClassVar[tuple[str, ...]] = ("code", "fund")

    code: FunctionalCode = declare("科目", note="功能分类科目编码，7 位（项级）")
    fund: Fund = declare(
        "资金", default=GENERAL_PUBLIC_BUDGET, note="一般公共预算、政府性基金、国有资本经营、非财政拨款"
    )
    class_name: Prose = declare("类名称", default="", note="科目表没有该类，或名称不同时填")
    section_name: Prose = declare("款名称", default="", note="科目表没有该款，或名称不同时填")
    item_name: Prose = declare("项名称", default="", note="科目表没有该项，或名称不同时填")
    revenue: Revenue = declare("收入", default=Revenue())
    fiscal_split: FiscalSplit | None = declare("财政拨款收入分项", optional=True)
    expenditure: Expenditure = declare("支出", default=Expenditure())
    opening: OpeningCarryover = declare("年初结转", default=OpeningCarryover())
    closing: ClosingCarryover = declare("年末结转", default=ClosingCarryover())
    initial_budget: Yuan | None = declare("年初预算", unit="元", optional=True, note="一般公共预算必填，没有填 0")
    reason: Phrase | None = declare("差异原因", optional=True, note="决算与年初预算不同的原因，不写句号、不写增减")

    @classmethod
    def item_key(cls, values: Mapping[str, str]) -> str:
        """Its code, and its fund where that is not 一般公共预算; blank without a code of digits and a known fund."""
        code, fund = values.get("code", ""), values.get("fund") or GENERAL_PUBLIC_BUDGET
        known = code.isascii() and code.isdigit() and fund in get_args(Fund)
        return _key(code, fund) if known else ""


def _key(code: str, fund: str) -> str:
    return code if fund == GENERAL_PUBLIC_BUDGET else f"{code}·{fund}"
