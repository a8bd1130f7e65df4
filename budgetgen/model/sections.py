"""The sections of an input but 预算绩效 and 绩效自评: the unit, 收支明细, 三公经费 and what part three tells (FIELDS 1.1–1.9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, get_args

from budgetgen.model.declarations import ClassCode, Declared, FunctionalCode, Phrase, Prose, SignedYuan, Yuan, declare
from budgetgen.money import Amount


class SubordinateDuty(Declared):
    """What one unit of a department does."""

    unit: Prose = declare("单位", note="所属单位的简称")
    text: Prose = declare("职责", note="该单位的职责，一段话")


class DisclosedUnit(Declared):
    """One unit of a department. Where it names its input, its figures are summed into the department's."""

    short: ClassVar[str] = "name"

    name: Prose = declare("名称", note="单位全称，印在正文")
    file: Prose = declare("数据", default="", note="汇总部门填：该单位的数据文件，相对本文件，如 ../某站/unit.yaml")


class Unit(Declared):
    """名称, 职责, 机构设置 and 决算单位构成."""

    name: Prose = declare("名称", note="单位全称，印在封面和正文")
    table_name: Prose = declare("表头名称", default="", note="九张表“部门：”后的名称，不填用全称")
    kind: Literal["部门", "单位"] = declare("类型", note="部门决算填“部门”，单位决算填“单位”")
    duty_lead: Prose = declare("职责引言", default="", note="职责列表前的一段话")
    duties: list[Prose] | None = declare("职责", optional=True, note="部门职责，一条一项")
    subordinate_duties: list[SubordinateDuty] = declare("所属单位职责", default=[], note="所属单位的职责")
    offices: list[Prose] | None = declare("内设机构", optional=True, note="内设机构名称，没有填“无”")
    office_count: int | None = declare("内设机构数", unit="个", optional=True, note="只列出部分机构时的总数")
    other_offices: Phrase = declare("另设", default="", note="如：机关党支部（人事科）")
    subordinates: list[DisclosedUnit] | None = declare(
        "决算单位", optional=True, note="除本级外纳入决算汇总公开的单位，没有填“无”"
    )
    own_file: Prose = declare("本级数据", default="", note="汇总部门填：本级自己的数据文件，相对本文件")
    platform: Phrase | None = declare("公开平台", optional=True, note="决算在哪里公开")
    listed_classes: list[ClassCode] = declare(
        "列示类", default=[], note="没有数也要在简表中列出的功能科目类，如上年有数的 207"
    )

    @property
    def names_inputs(self) -> bool:
        """Whether it is a department whose figures come from its units' own inputs."""
        return bool(self.own_file or any(u.file for u in self.subordinates or ()))


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


class ThreePublicReasons(Declared):
    """Why the total of 三公经费 differs."""

    budget_reason: Phrase | None = declare("预算差异原因", optional=True, note="决算与预算不同的原因")
    prior_reason: Phrase | None = declare("上年差异原因", optional=True, note="决算与上年不同的原因")


class ThreePublicItem(ThreePublicReasons):
    """One item of 三公经费, of 财政拨款 (一般公共预算, 政府性基金 and 国有资本经营 together)."""

    initial_budget: Yuan | None = declare("年初预算", unit="元", optional=True)
    adjusted_budget: Yuan | None = declare("全年预算", unit="元", optional=True, note="按规定程序调整后的预算数")
    actual: Yuan | None = declare("决算", label="决算数", unit="元", optional=True)
    prior_actual: Yuan | None = declare("上年决算", unit="元", optional=True)


class Delegation(Declared):
    """One group that went abroad."""

    name: Prose = declare("团组", note="团组名称")
    amount: Yuan = declare("金额", unit="元")
    purpose: Phrase = declare("用途", default="", note="主要用于什么")


class OverseasTravel(ThreePublicItem):
    """因公出国（境）费."""

    groups: int | None = declare("团组", label="因公出国（境）团组", unit="个", optional=True)
    persons: int | None = declare("人次", label="因公出国（境）人次", unit="人次", optional=True)
    content: Phrase | None = declare("内容", optional=True, note="开支内容，不写句号")
    delegations: list[Delegation] = declare("团组名单", default=[], note="逐个团组列明时填")


class VehiclePurchase(ThreePublicItem):
    """公务用车购置费."""

    vehicles: int | None = declare("购置数", label="公务用车购置数", unit="辆", optional=True)


class VehicleRunning(ThreePublicItem):
    """公务用车运行维护费."""

    vehicles: int | None = declare(
        "保有量", label="公务用车保有量", unit="辆", optional=True, note="年末开支财政拨款的公务用车"
    )
    purpose: Phrase | None = declare("用途", optional=True, note="如：加油费、通行费、维修费、保险费")


class OfficialReception(ThreePublicItem):
    """公务接待费."""

    groups: int | None = declare("团组", label="来访团组", unit="个", optional=True)
    guests: int | None = declare("人次", label="来宾人次", unit="人次", optional=True)
    content: Phrase | None = declare("内容", optional=True, note="主要接待什么，不写句号")


class ThreePublic(Declared):
    """The four items and the reasons of their total."""

    overseas_travel: OverseasTravel = declare("因公出国费", label="因公出国（境）费")
    vehicle_purchase: VehiclePurchase = declare("公务用车购置费")
    vehicle_running: VehicleRunning = declare("公务用车运行维护费")
    official_reception: OfficialReception = declare("公务接待费")
    total: ThreePublicReasons = declare("合计", default=ThreePublicReasons())


class AgencyRunning(Declared):
    """机关运行经费 of 行政 and 参公 units; others state 无."""

    actual: Yuan | None = declare("决算", label="机关运行经费", unit="元", optional=True)
    initial_budget: Yuan | None = declare("年初预算", unit="元", optional=True)
    prior_actual: Yuan | None = declare("上年决算", unit="元", optional=True)
    reason: Phrase | None = declare("原因", optional=True)


class Meeting(Declared):
    """One meeting."""

    name: Prose = declare("名称")
    persons: int = declare("人数", unit="人")
    content: Phrase = declare("内容", default="")
    venue: Yuan | None = declare("场租费", unit="元", optional=True)
    meals: Yuan | None = declare("用餐费", unit="元", optional=True)
    other: Yuan | None = declare("其他费用", unit="元", optional=True)


class Meetings(Declared):
    """会议费 and what it was spent for."""

    total: Yuan | None = declare("合计", label="会议费", unit="元", optional=True)
    events: list[Meeting] = declare("会议", default=[])


class Training(Declared):
    """One training."""

    name: Prose = declare("名称")
    persons: int = declare("人数", unit="人")
    content: Phrase = declare("内容", default="")
    amount: Yuan | None = declare("金额", unit="元", optional=True)
    remark: Prose = declare("注", default="", note="如：赴厦门学习")


class Trainings(Declared):
    """培训费 and what it was spent for."""

    total: Yuan | None = declare("合计", label="培训费", unit="元", optional=True)
    events: list[Training] = declare("培训", default=[])


class Festival(Declared):
    """One 节庆, 晚会, 论坛 or 赛事."""

    name: Prose = declare("名称")
    persons: int = declare("人数", unit="人")
    amount: Yuan = declare("金额", unit="元")
    content: Phrase = declare("内容", default="")


class ProcurementKinds(Declared):
    """Amounts by kind."""

    goods: Yuan | None = declare("货物", unit="元", optional=True)
    works: Yuan | None = declare("工程", unit="元", optional=True)
    services: Yuan | None = declare("服务", unit="元", optional=True)


class Procurement(ProcurementKinds):
    """政府采购支出, and the contracts given to 中小企业."""

    small_medium: ProcurementKinds | None = declare("中小企业", label="授予中小企业合同金额", optional=True)
    small_micro: Yuan | None = declare("小微企业", label="授予小微企业合同金额", unit="元", optional=True)


class StateAssets(Declared):
    """国有资产占用 on 31 December."""

    leader_cars: int | None = declare(
        "副部级以上领导用车", label="副部（省）级及以上领导用车", unit="辆", optional=True
    )
    head_cars: int | None = declare("主要负责人用车", unit="辆", optional=True)
    confidential_cars: int | None = declare("机要通信用车", unit="辆", optional=True)
    emergency_cars: int | None = declare("应急保障用车", unit="辆", optional=True)
    enforcement_cars: int | None = declare("执法执勤用车", unit="辆", optional=True)
    special_cars: int | None = declare("特种专业技术用车", unit="辆", optional=True)
    retiree_cars: int | None = declare("离退休干部服务用车", unit="辆", optional=True)
    other_cars: int | None = declare("其他用车", unit="辆", optional=True)
    other_cars_text: Phrase | None = declare("其他用车说明", optional=True, note="如：一般公务用车")
    equipment: int | None = declare(
        "大型设备", label="单位价值100万元以上设备（不含车辆）", unit="台（套）", optional=True
    )


class PriorYear(Declared):
    """Last year's totals: three facts, though they coincide while all money is 一般公共预算."""

    grand_total: Yuan | None = declare("收支总计", unit="元", optional=True)
    fiscal_grand_total: Yuan | None = declare("财政拨款收支总计", unit="元", optional=True)
    general_expenditure: Yuan | None = declare("一般公共预算支出", unit="元", optional=True)


class ChangeReasons(Declared):
    """Why totals changed against last year; the later ones default to the first."""

    grand_total: Phrase | None = declare("收支总计", optional=True, note="不写句号、不写增减")
    fiscal_grand_total: Phrase | None = declare("财政拨款收支总计", optional=True, note="不填同收支总计")
    general_expenditure: Phrase | None = declare("一般公共预算支出", optional=True, note="不填同收支总计")


class Waiver(Declared):
    """An issue that the unit lets stand, with its reason."""

    rule: Prose = declare("规则", note="规则的编号，如 CROSS-015")
    path: Prose = declare("路径", default="", note="问题的路径，不填就是这条规则的全部问题")
    reason: Prose = declare("原因", note="为什么不用改，写进检查报告")


class Term(Declared):
    """One entry of 名词解释."""

    name: Prose = declare("名词")
    text: Prose = declare("解释")
