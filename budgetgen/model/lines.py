"""收支明细: one line per 功能科目（项）× 资金, from which tables 01–05, 07 and 08 all come (FIELDS 1.2)."""

from __future__ import annotations

from typing import Literal

from budgetgen.model.fields import Declared, Prose, Yuan, declare
from budgetgen.money import Amount

Fund = Literal["一般公共预算", "政府性基金", "国有资本经营", "非财政拨款"]
FISCAL_FUNDS: tuple[Fund, ...] = ("一般公共预算", "政府性基金", "国有资本经营")
NIL = Amount(0)


class Revenue(Declared):
    """本年收入 by kind (table 公开02)."""

    fiscal_appropriation: Yuan = declare("财政拨款", label="财政拨款收入", unit="元", default=NIL)
    superior_subsidy: Yuan = declare("上级补助", label="上级补助收入", unit="元", default=NIL)
    institutional: Yuan = declare("事业", label="事业收入", unit="元", default=NIL)
    operating: Yuan = declare("经营", label="经营收入", unit="元", default=NIL)
    subordinate_remittance: Yuan = declare("附属单位上缴", label="附属单位上缴收入", unit="元", default=NIL)
    other: Yuan = declare("其他", label="其他收入", unit="元", default=NIL)


class Expenditure(Declared):
    """本年支出 by kind (table 公开03)."""

    basic: Yuan = declare("基本", label="基本支出", unit="元", default=NIL)
    project: Yuan = declare("项目", label="项目支出", unit="元", default=NIL)
    to_superior: Yuan = declare("上缴上级", label="上缴上级支出", unit="元", default=NIL)
    operating: Yuan = declare("经营", label="经营支出", unit="元", default=NIL)
    to_subordinates: Yuan = declare("对附属单位补助", label="对附属单位补助支出", unit="元", default=NIL)


class OpeningCarryover(Declared):
    """年初结转和结余."""

    basic: Yuan = declare("基本", label="基本支出结转", unit="元", default=NIL)
    project: Yuan = declare("项目", label="项目支出结转和结余", unit="元", default=NIL)


class ClosingCarryover(Declared):
    """年末结转和结余."""

    basic: Yuan = declare("基本", label="基本支出结转", unit="元", default=NIL)
    project_carryover: Yuan = declare("项目结转", label="项目支出结转", unit="元", default=NIL)
    project_surplus: Yuan = declare("项目结余", label="项目支出结余", unit="元", default=NIL)


class FiscalSplit(Declared):
    """财政拨款收入 of a line, split as the 13-column table 05 of 财决批复 wants it."""

    basic: Yuan = declare("基本", label="基本支出收入", unit="元", default=NIL)
    project: Yuan = declare("项目", label="项目支出收入", unit="元", default=NIL)


class Line(Declared):
    """One 项 of one fund."""

    code: Prose = declare("科目", note="功能分类科目编码，7 位（项级）")
    fund: Fund = declare("资金", default="一般公共预算", note="一般公共预算、政府性基金、国有资本经营、非财政拨款")
    class_name: Prose = declare("类名称", default="", note="科目表没有该类，或名称不同时填")
    section_name: Prose = declare("款名称", default="", note="科目表没有该款，或名称不同时填")
    item_name: Prose = declare("项名称", default="", note="科目表没有该项，或名称不同时填")
    revenue: Revenue = declare("收入", default=Revenue())
    fiscal_split: FiscalSplit | None = declare("财政拨款收入分项", optional=True)
    expenditure: Expenditure = declare("支出", default=Expenditure())
    opening: OpeningCarryover = declare("年初结转", default=OpeningCarryover())
    closing: ClosingCarryover = declare("年末结转", default=ClosingCarryover())
    initial_budget: Yuan | None = declare("年初预算", unit="元", optional=True, note="一般公共预算必填，没有填 0")
    reason: Prose | None = declare("差异原因", optional=True, note="决算与年初预算不同的原因，不写句号、不写增减")

    @property
    def key(self) -> str:
        """What tells the line from all others: its code, and its fund where that is not 一般公共预算."""
        return self.code if self.fund == "一般公共预算" else f"{self.code}·{self.fund}"
