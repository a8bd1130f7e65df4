"""The sections of an input but 预算绩效 and 绩效自评: the unit, 收支明细, 三公经费 and what part three tells (FIELDS 1.1–1.9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal, get_args

from budgetgen.model.declarations import (
    ClassCode,
    Declared,
    Department,
    Duty,
    EconomicCode,
    FunctionalCode,
    Ground,
    Meaning,
    Name,
    NamePhrase,
    NextYear,
    Phrase,
    Platform,
    Prose,
    Reason,
    Setting,
    SignedYuan,
    Takes,
    Yuan,
    declare,
)
from budgetgen.money import Amount

KEPT, LASTING, EACH, ASKED, EMPTIED = NextYear
OWN, SUMMED, STATED = Department

OWN_WORDS = "自己写"
APPROVED = "年初批复的部门预算（不在决算表里）"
_BY_FUND = "一般公共预算：财决07表；政府性基金：财决09表；国有资本经营：财决11表"
F03 = "财决F03表《机构运行信息表》"
_PRIOR = "上年公开材料"


class SubordinateDuty(Declared, next_year=KEPT, department=OWN):
    """What one unit of a department does."""

    unit: Name = declare("单位", note="所属单位的简称")
    text: Duty = declare("职责", note="该单位的职责，一段话")


class DisclosedUnit(Declared, next_year=KEPT, department=OWN):
    """One unit of a department. Where it names its input, its figures are summed into the department's."""

    short: ClassVar[str] = "name"

    name: Name = declare("名称", note="单位全称，印在正文")
    file: Setting = declare("数据", default="", note="汇总部门填：该单位的数据文件，相对本文件，如 ../某站/unit.yaml")


class Unit(Declared, next_year=KEPT, department=OWN):
    """名称, 职责, 机构设置 and 决算单位构成."""

    name: Name = declare("名称", note="单位全称，印在封面和正文")
    table_name: Name = declare("表头名称", default="", note="九张表左上角“部门：”或“单位：”后的名称，不填用全称")
    kind: Literal["部门", "单位"] = declare("类型", note="部门决算填“部门”，单位决算填“单位”")
    duty_lead: Duty = declare("职责引言", default="", note="职责列表前的一段话")
    duties: list[Duty] | None = declare("职责", optional=True, note="部门职责，一条一项")
    subordinate_duties: list[SubordinateDuty] = declare("所属单位职责", default=[], note="所属单位的职责")
    offices: list[Name] | None = declare("内设机构", optional=True, note="内设机构名称，没有填“无”")
    office_count: int | None = declare("内设机构数", unit="个", optional=True, note="只列出部分机构时的总数")
    other_offices: NamePhrase = declare("另设", default="", note="如：机关党支部（人事科）")
    subordinates: list[DisclosedUnit] | None = declare(
        "决算单位", optional=True, note="除本级外纳入决算汇总公开的单位，没有填“无”"
    )
    own_file: Setting = declare("本级数据", default="", note="汇总部门填：本级自己的数据文件，相对本文件")
    platform: Platform | None = declare("公开平台", optional=True, note="决算在哪里公开")
    listed_classes: list[ClassCode] = declare(
        "列示类", default=[], note="没有数也要在简表中列出的功能科目类，如上年有数的 207"
    )

    @property
    def names_inputs(self) -> bool:
        """Whether it is a department whose figures come from its units' own inputs."""
        return bool(self.own_file or any(u.file for u in self.subordinates or ()))


Fund = Literal["一般公共预算", "政府性基金", "国有资本经营", "非财政拨款"]
FiscalFund = Literal["一般公共预算", "政府性基金", "国有资本经营"]
FISCAL_FUNDS: tuple[Fund, ...] = get_args(FiscalFund)
GENERAL_PUBLIC_BUDGET: Fund = "一般公共预算"
NIL = Amount(0)


class Revenue(Declared, next_year=ASKED, department=SUMMED):
    """本年收入 by kind (table 公开02)."""

    fiscal_appropriation: SignedYuan = declare(
        "财政拨款",
        label="财政拨款收入",
        unit="元",
        default=NIL,
        where=f"{_BY_FUND}。“本年收入”合计栏；总数核对财决03表“财政拨款收入”栏",
    )
    superior_subsidy: SignedYuan = declare("上级补助", label="上级补助收入", unit="元", default=NIL)
    institutional: SignedYuan = declare("事业", label="事业收入", unit="元", default=NIL)
    operating: SignedYuan = declare("经营", label="经营收入", unit="元", default=NIL)
    subordinate_remittance: SignedYuan = declare("附属单位上缴", label="附属单位上缴收入", unit="元", default=NIL)
    other: SignedYuan = declare("其他", label="其他收入", unit="元", default=NIL)


class Expenditure(Declared, next_year=ASKED, department=SUMMED):
    """本年支出 by kind (table 公开03)."""

    basic: SignedYuan = declare(
        "基本",
        label="基本支出",
        unit="元",
        default=NIL,
        where=f"{_BY_FUND}。“本年支出”下“基本支出”栏；非财政拨款：财决04表减去这三张表",
    )
    project: SignedYuan = declare(
        "项目",
        label="项目支出",
        unit="元",
        default=NIL,
        where=f"{_BY_FUND}。“本年支出”下“项目支出”栏；非财政拨款：财决04表减去这三张表",
    )
    to_superior: SignedYuan = declare("上缴上级", label="上缴上级支出", unit="元", default=NIL)
    operating: SignedYuan = declare("经营", label="经营支出", unit="元", default=NIL)
    to_subordinates: SignedYuan = declare("对附属单位补助", label="对附属单位补助支出", unit="元", default=NIL)


class OpeningCarryover(Declared, department=SUMMED):
    """年初结转和结余."""

    basic: SignedYuan = declare(
        "基本", label="基本支出结转", unit="元", default=NIL, next_year=Takes(keys=("年末结转.基本",))
    )
    project: SignedYuan = declare(
        "项目",
        label="项目支出结转和结余",
        unit="元",
        default=NIL,
        next_year=Takes(keys=("年末结转.项目结转", "年末结转.项目结余")),
    )


class ClosingCarryover(Declared, next_year=ASKED, department=SUMMED):
    """年末结转和结余."""

    basic: SignedYuan = declare("基本", label="基本支出结转", unit="元", default=NIL)
    project_carryover: SignedYuan = declare("项目结转", label="项目支出结转", unit="元", default=NIL)
    project_surplus: SignedYuan = declare("项目结余", label="项目支出结余", unit="元", default=NIL)


class FiscalSplit(Declared, next_year=ASKED, department=SUMMED):
    """财政拨款收入 of a line, split as the 13-column table 05 of 财决批复 wants it."""

    basic: SignedYuan = declare("基本", label="基本支出收入", unit="元", default=NIL)
    project: SignedYuan = declare("项目", label="项目支出收入", unit="元", default=NIL)


class Line(Declared, next_year=ASKED, department=SUMMED):
    """One 项 of one fund."""

    identity: ClassVar[tuple[str, ...]] = ("code", "fund")

    code: FunctionalCode = declare(
        "科目",
        note="功能分类科目编码，7 位（项级）",
        where=f"{_BY_FUND}；非财政拨款：财决03、04表。各表“科目编码”栏，项级",
        next_year=KEPT,
    )
    fund: Fund = declare(
        "资金",
        default=GENERAL_PUBLIC_BUDGET,
        note="一般公共预算、政府性基金、国有资本经营、非财政拨款",
        where="看这个数在哪张表：07、09、11 表各是一种，其余是非财政拨款",
        next_year=KEPT,
    )
    class_name: Name = declare("类名称", default="", note="科目表没有该类，或名称不同时填", next_year=KEPT)
    section_name: Name = declare("款名称", default="", note="科目表没有该款，或名称不同时填", next_year=KEPT)
    item_name: Name = declare("项名称", default="", note="科目表没有该项，或名称不同时填", next_year=KEPT)
    revenue: Revenue = declare("收入", default=Revenue(), where="财决03表同名的栏")
    fiscal_split: FiscalSplit | None = declare(
        "财政拨款收入分项", optional=True, where="财决07表“本年收入”下“基本支出”“项目支出”栏"
    )
    expenditure: Expenditure = declare("支出", default=Expenditure(), where="财决04表同名的栏")
    opening: OpeningCarryover = declare(
        "年初结转", default=OpeningCarryover(), where=f"{_BY_FUND}。“年初结转和结余”下同名的栏"
    )
    closing: ClosingCarryover = declare(
        "年末结转", default=ClosingCarryover(), where=f"{_BY_FUND}。“年末结转和结余”下同名的栏"
    )
    initial_budget: Yuan | None = declare(
        "年初预算", unit="元", optional=True, note="一般公共预算必填，没有填 0", where=APPROVED
    )
    reason: Reason | None = declare(
        "差异原因",
        optional=True,
        note="决算与年初预算不同的原因，不写句号、不写增减",
        where=OWN_WORDS,
        next_year=EMPTIED,
    )

    @classmethod
    def item_key(cls, values: Mapping[str, str]) -> str:
        """Its code, and its fund where that is not 一般公共预算; blank without a code of digits and a known fund."""
        code, fund = values.get("code", ""), values.get("fund") or GENERAL_PUBLIC_BUDGET
        known = code.isascii() and code.isdigit() and fund in get_args(Fund)
        return _key(code, fund) if known else ""


def _key(code: str, fund: str) -> str:
    return code if fund == GENERAL_PUBLIC_BUDGET else f"{code}·{fund}"


class EconomicDetail(Declared, next_year=ASKED, department=SUMMED):
    """What one 项 of one fund of 财政拨款 spent on one 款 of the 经济分类."""

    code: FunctionalCode = declare("科目", note="功能分类科目编码，7 位（项级），与收支明细的一样", next_year=KEPT)
    fund: FiscalFund = declare("资金", default=GENERAL_PUBLIC_BUDGET, note="不填就是一般公共预算", next_year=KEPT)
    section: EconomicCode = declare("经济科目", note="经济分类科目编码，5 位（款级）", next_year=KEPT)
    basic: SignedYuan = declare("基本", label="基本支出", unit="元", default=NIL)
    project: SignedYuan = declare("项目", label="项目支出", unit="元", default=NIL)


class ThreePublicReasons(Declared, next_year=EMPTIED, department=SUMMED):
    """Why the total of 三公经费 differs."""

    budget_reason: Reason | None = declare("预算差异原因", optional=True, note="决算与预算不同的原因", where=OWN_WORDS)
    prior_reason: Reason | None = declare("上年差异原因", optional=True, note="决算与上年不同的原因", where=OWN_WORDS)


class ThreePublicItem(ThreePublicReasons, next_year=ASKED, department=SUMMED):
    """One item of 三公经费, of 财政拨款 (一般公共预算, 政府性基金 and 国有资本经营 together)."""

    initial_budget: Yuan | None = declare("年初预算", unit="元", optional=True, where=APPROVED)
    adjusted_budget: Yuan | None = declare(
        "全年预算", unit="元", optional=True, note="按规定程序调整后的预算数", where=f"{F03}“三公”经费支出的预算数栏"
    )
    actual: Yuan | None = declare(
        "决算", label="决算数", unit="元", optional=True, where=f"{F03}“三公”经费支出的统计数（决算数）栏"
    )
    prior_actual: Yuan | None = declare(
        "上年决算",
        unit="元",
        optional=True,
        where=f"{_PRIOR}公开09表，或上年{F03}",
        next_year=Takes(keys=("决算",)),
        department=STATED,
    )


class Delegation(Declared, next_year=EMPTIED, department=SUMMED):
    """One group that went abroad."""

    name: Name = declare("团组", note="团组名称")
    amount: Yuan = declare("金额", unit="元", next_year=ASKED)
    purpose: Phrase = declare("用途", default="", note="主要用于什么")


class OverseasTravel(ThreePublicItem, next_year=ASKED, department=STATED):
    """因公出国（境）费."""

    groups: int | None = declare("团组", label="因公出国（境）团组", unit="个", optional=True, beside=("决算",))
    persons: int | None = declare("人次", label="因公出国（境）人次", unit="人次", optional=True, beside=("决算",))
    content: Phrase | None = declare(
        "内容", optional=True, note="开支内容，不写句号", next_year=EMPTIED, department=SUMMED
    )
    delegations: list[Delegation] = declare("团组名单", default=[], note="逐个团组列明时填", department=SUMMED)


class VehiclePurchase(ThreePublicItem, next_year=ASKED, department=STATED):
    """公务用车购置费."""

    vehicles: int | None = declare("购置数", label="公务用车购置数", unit="辆", optional=True, beside=("决算",))


class VehicleRunning(ThreePublicItem, next_year=ASKED, department=STATED):
    """公务用车运行维护费."""

    vehicles: int | None = declare(
        "保有量", label="公务用车保有量", unit="辆", optional=True, note="年末开支财政拨款的公务用车", beside=("决算",)
    )
    purpose: Phrase | None = declare(
        "用途", optional=True, note="如：加油费、通行费、维修费、保险费", next_year=LASTING, department=SUMMED
    )


class OfficialReception(ThreePublicItem, next_year=ASKED, department=STATED):
    """公务接待费."""

    groups: int | None = declare("团组", label="来访团组", unit="个", optional=True, beside=("决算",))
    guests: int | None = declare("人次", label="来宾人次", unit="人次", optional=True, beside=("决算",))
    content: Phrase | None = declare(
        "内容", optional=True, note="主要接待什么，不写句号", next_year=EMPTIED, department=SUMMED
    )


class ThreePublic(Declared, next_year=ASKED, department=SUMMED):
    """The four items and the reasons of their total."""

    overseas_travel: OverseasTravel = declare("因公出国费", label="因公出国（境）费")
    vehicle_purchase: VehiclePurchase = declare("公务用车购置费")
    vehicle_running: VehicleRunning = declare("公务用车运行维护费")
    official_reception: OfficialReception = declare("公务接待费")
    total: ThreePublicReasons = declare("合计", default=ThreePublicReasons())


class AgencyRunning(Declared, next_year=ASKED, department=SUMMED):
    """机关运行经费 of 行政 and 参公 units; others state 无."""

    actual: Yuan | None = declare("决算", label="机关运行经费", unit="元", optional=True, where=f"{F03}机关运行经费")
    initial_budget: Yuan | None = declare("年初预算", unit="元", optional=True, where=APPROVED)
    prior_actual: Yuan | None = declare(
        "上年决算", unit="元", optional=True, where=f"上年{F03}", next_year=Takes(keys=("决算",)), department=STATED
    )
    reason: Reason | None = declare("原因", optional=True, where=OWN_WORDS, next_year=EMPTIED)


class Meeting(Declared, next_year=ASKED, department=SUMMED):
    """One meeting."""

    name: Name = declare("名称", next_year=EMPTIED)
    persons: int = declare("人数", unit="人", department=STATED)
    content: Phrase = declare("内容", default="", next_year=EMPTIED)
    venue: Yuan | None = declare("场租费", unit="元", optional=True)
    meals: Yuan | None = declare("用餐费", unit="元", optional=True)
    other: Yuan | None = declare("其他费用", unit="元", optional=True)


class Meetings(Declared, next_year=ASKED, department=SUMMED):
    """会议费 and what it was spent for."""

    total: Yuan | None = declare(
        "合计",
        label="会议费",
        unit="元",
        optional=True,
        where="会议费的账（30215，基本支出和项目支出都算）；其中基本支出见财决08-1表",
    )
    events: list[Meeting] = declare("会议", default=[])


class Training(Declared, next_year=EMPTIED, department=SUMMED):
    """One training."""

    name: Name = declare("名称")
    persons: int = declare("人数", unit="人", next_year=ASKED, department=STATED)
    content: Phrase = declare("内容", default="")
    amount: Yuan | None = declare("金额", unit="元", optional=True, next_year=ASKED)
    remark: Prose = declare("注", default="", note="如：赴厦门学习")


class Trainings(Declared, next_year=ASKED, department=SUMMED):
    """培训费 and what it was spent for."""

    total: Yuan | None = declare(
        "合计",
        label="培训费",
        unit="元",
        optional=True,
        where="培训费的账（30216，基本支出和项目支出都算）；其中基本支出见财决08-1表",
    )
    events: list[Training] = declare("培训", default=[])


class Festival(Declared, next_year=EMPTIED, department=SUMMED):
    """One 节庆, 晚会, 论坛 or 赛事."""

    name: Name = declare("名称")
    persons: int = declare("人数", unit="人", next_year=ASKED, department=STATED)
    amount: Yuan = declare("金额", unit="元", next_year=ASKED)
    content: Phrase = declare("内容", default="")


class ProcurementKinds(Declared, next_year=ASKED, department=SUMMED):
    """Amounts by kind."""

    goods: Yuan | None = declare("货物", unit="元", optional=True)
    works: Yuan | None = declare("工程", unit="元", optional=True)
    services: Yuan | None = declare("服务", unit="元", optional=True)


class Procurement(ProcurementKinds, next_year=ASKED, department=SUMMED):
    """政府采购支出, and the contracts given to 中小企业."""

    small_medium: ProcurementKinds | None = declare(
        "中小企业", label="授予中小企业合同金额", optional=True, beside=("货物", "工程", "服务")
    )
    small_micro: Yuan | None = declare(
        "小微企业", label="授予小微企业合同金额", unit="元", optional=True, beside=("货物", "工程", "服务")
    )


class StateAssets(Declared, next_year=ASKED, department=STATED):
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
    other_cars_text: Phrase | None = declare(
        "其他用车说明", optional=True, note="如：一般公务用车", next_year=LASTING, department=SUMMED
    )
    equipment: int | None = declare(
        "大型设备", label="单位价值100万元以上设备（不含车辆）", unit="台（套）", optional=True
    )


class PriorYear(Declared, department=STATED):
    """Last year's totals: three facts, though they coincide while all money is 一般公共预算."""

    grand_total: Yuan | None = declare(
        "收支总计",
        unit="元",
        optional=True,
        where=f"{_PRIOR}公开01表总计，或上年财决01表",
        next_year=Takes(figure="收支总计"),
    )
    fiscal_grand_total: Yuan | None = declare(
        "财政拨款收支总计",
        unit="元",
        optional=True,
        where=f"{_PRIOR}公开04表总计，或上年财决01-1表",
        next_year=Takes(figure="财政拨款收支总计"),
    )
    general_expenditure: Yuan | None = declare(
        "一般公共预算支出",
        unit="元",
        optional=True,
        where=f"{_PRIOR}公开05表本年支出合计，或上年财决07表",
        next_year=Takes(figure="一般公共预算.支出.合计"),
    )


class ChangeReasons(Declared, next_year=EMPTIED, department=OWN):
    """Why totals changed against last year; the later ones default to the first."""

    grand_total: Reason | None = declare("收支总计", optional=True, note="不写句号、不写增减")
    fiscal_grand_total: Reason | None = declare("财政拨款收支总计", optional=True, note="不填同收支总计")
    general_expenditure: Reason | None = declare("一般公共预算支出", optional=True, note="不填同收支总计")


class Waiver(Declared, next_year=EMPTIED, department=OWN):
    """An issue that the unit lets stand, with its reason."""

    rule: Prose = declare("规则", note="规则的编号，如 CROSS-015")
    path: Prose = declare("路径", default="", note="问题的路径，不填就是这条规则的全部问题")
    reason: Ground = declare("原因", note="为什么不用改，写进检查报告", where=OWN_WORDS)


class Term(Declared, next_year=KEPT, department=OWN):
    """One entry of 名词解释."""

    name: Name = declare("名词")
    text: Meaning = declare("解释")
