"""预算绩效, what part three says of it, and 绩效自评, part five of a packet: report, basic data, score tables (FIELDS 1.10, 1.12).

Three layouts need three sets of facts of 预算绩效; a unit fills its own's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from budgetgen.model.declarations import (
    Area,
    CellText,
    Declared,
    Finding,
    Name,
    Paragraphs,
    Phrase,
    Points,
    Prose,
    Sentence,
    SignedYuan,
    Takes,
    Yuan,
    declare,
)
from budgetgen.model.sections import APPROVED, ASKED, EACH, EMPTIED, KEPT, LASTING, OWN, STATED

Grade = Literal["优", "良", "中", "差"]


class FundAmounts(Declared, next_year=ASKED, department=OWN):
    """Amounts by fund; 社会保险基金 stands in no table of a packet."""

    general: Yuan | None = declare("一般公共预算", unit="元", optional=True)
    government_fund: Yuan | None = declare("政府性基金", unit="元", optional=True)
    state_capital: Yuan | None = declare("国有资本经营", unit="元", optional=True)
    social_insurance: Yuan | None = declare("社会保险基金", unit="元", optional=True)


class EvaluatedFund(Declared, next_year=ASKED, department=STATED):
    """The projects of one fund that were evaluated."""

    projects: int | None = declare("项目个数", unit="个", optional=True)
    amount: Yuan | None = declare("金额", unit="元", optional=True)


class SelfEvaluation(Declared, next_year=ASKED, department=STATED):
    """绩效自评: how many projects of each fund, and their money."""

    general: EvaluatedFund | None = declare("一般公共预算", optional=True, note="没有填“无”")
    government_fund: EvaluatedFund | None = declare("政府性基金", optional=True, note="没有填“无”")
    state_capital: EvaluatedFund | None = declare("国有资本经营", optional=True, note="没有填“无”")
    social_insurance: EvaluatedFund | None = declare("社会保险基金", optional=True, note="没有填“无”")


class TargetsReached(Declared, next_year=EMPTIED, department=OWN):
    """What was reached, by kind of indicator; a kind that is not given is not printed."""

    quantity: Phrase | None = declare("数量指标", optional=True, note="完成情况，不写句号")
    quality: Phrase | None = declare("质量指标", optional=True, note="完成情况，不写句号")
    timeliness: Phrase | None = declare("时效指标", optional=True, note="完成情况，不写句号")
    economic: Phrase | None = declare("经济效益指标", optional=True, note="完成情况，不写句号")
    social: Phrase | None = declare("社会效益指标", optional=True, note="完成情况，不写句号")
    ecological: Phrase | None = declare("生态效益指标", optional=True, note="完成情况，不写句号")
    lasting: Phrase | None = declare("可持续影响指标", optional=True, note="完成情况，不写句号")
    satisfaction: Phrase | None = declare("服务对象满意度指标", optional=True, note="完成情况，不写句号")


class EvaluationResult(Declared, next_year=ASKED, department=OWN):
    """What one evaluation found: money, points, targets, problems."""

    adjusted_budget: Yuan | None = declare("全年预算数", unit="元", optional=True)
    actual: Yuan | None = declare("执行数", unit="元", optional=True, note="整体自评不填同本年支出合计")
    score: Points | None = declare("得分", unit="分", optional=True, note="如 99.5")
    grade: Grade | None = declare("等级", optional=True, note="优、良、中、差")
    targets: TargetsReached | None = declare("目标完成情况", optional=True)
    problems: Finding | None = declare("主要问题及原因", optional=True, note="不写句号", next_year=EMPTIED)
    measures: Finding | None = declare("改进措施", optional=True, note="不写句号", next_year=EMPTIED)


class DepartmentEvaluation(FundAmounts, next_year=EMPTIED, department=OWN):
    """One project that a 一级预算部门 evaluated itself."""

    name: Name = declare("项目名称", note="不写引号")
    result: EvaluationResult | None = declare("结果", optional=True, next_year=ASKED)


class Appraised(Declared, next_year=ASKED, department=OWN):
    """Projects with one outcome of an appraisal."""

    projects: int | None = declare("个数", unit="个", optional=True)
    amount: Yuan | None = declare("金额", unit="元", optional=True)


class PriorAppraisal(Declared, next_year=ASKED, department=OWN):
    """事前绩效评估 of a 一级预算部门."""

    policies: int | None = declare("新增重大政策个数", unit="个", optional=True)
    projects: int | None = declare("重大项目个数", unit="个", optional=True)
    amount: Yuan | None = declare("涉及资金", unit="元", optional=True)
    passed: Appraised | None = declare("通过", optional=True, note="评估通过的项目，没有填“无”")
    failed: Appraised | None = declare("不通过", optional=True, note="评估不通过的项目，没有填“无”")


class Performance(Declared, next_year=EMPTIED, department=OWN):
    """预算绩效: each layout prints the facts that it needs."""

    overview: Prose | None = declare("评价结论", optional=True, note="自评开展情况和结论，一段话")
    projects: list[Name] | None = declare("评价项目", optional=True, note="开展评价的项目名称", next_year=ASKED)
    project_result: Phrase | None = declare("项目评价结果", optional=True, note="如：情况良好")
    results: Prose | None = declare("整体绩效", optional=True, note="部门整体支出绩效情况")
    problems: Prose | None = declare("问题及原因", optional=True, note="存在的问题及原因分析")
    scope: Phrase | None = declare("评价范围", optional=True, note="如：部门整体支出和专项资金", next_year=LASTING)
    conclusion: Phrase | None = declare("结论", optional=True, note="如：已全部完成绩效目标任务，不写句号")
    grade: Phrase | None = declare("等级", optional=True, note="如：优")
    self_evaluation: SelfEvaluation | None = declare(
        "自评", label="绩效自评", optional=True, next_year=ASKED, department=STATED
    )
    social_insurance_total: Yuan | None = declare(
        "社会保险基金支出总额",
        unit="元",
        optional=True,
        note="社会保险基金有自评项目才填",
        next_year=ASKED,
        department=STATED,
        beside=("自评.社会保险基金.金额",),
    )
    department_evaluations: list[DepartmentEvaluation] = declare(
        "部门评价", default=[], note="一级预算部门开展了才填", next_year=ASKED
    )
    prior_appraisal: PriorAppraisal | None = declare("事前评估", optional=True, note="一级预算部门填", next_year=ASKED)
    whole: EvaluationResult | None = declare("整体自评", label="整体支出绩效自评", optional=True, next_year=ASKED)
    application: Sentence | None = declare("应用情况", label="评价结果应用情况", optional=True)


ADDED, INITIAL = "年中追加", "年初预算"


class Passage(Declared, next_year=ASKED, department=OWN):
    """One paragraph of the report, or several under a heading."""

    short: ClassVar[str] = "paragraphs"

    heading: Prose = declare("标题", default="", note="小标题，照样写序号，如（一）…；没有不填")
    paragraphs: Paragraphs = declare("段落", default=[], note="一段一行")


class Report(Declared, next_year=ASKED, department=OWN):
    """The report's sections; what the figures know is said by the layout where a section is not given."""

    overview: list[Passage] | None = declare("概况", optional=True, note="主要职能；不填用单位职责")
    offices: list[Passage] | None = declare("机构设置", optional=True, note="不填用单位内设机构")
    staff: list[Passage] | None = declare("人员情况", optional=True, note="不填用下面的人员")
    accounts: list[Passage] | None = declare("预决算情况", optional=True, note="不填由程序按决算写")
    spending: list[Passage] | None = declare("资金使用", optional=True, note="不填由程序按决算写")
    results: list[Passage] | None = declare("整体绩效", optional=True, note="整体支出绩效情况")
    problems: list[Passage] | None = declare("存在问题", optional=True, note="存在的问题及原因分析，没有填“无”")
    measures: list[Passage] | None = declare("改进措施", optional=True, note="下一步改进措施，没有填“无”")
    application: list[Passage] | None = declare("应用公开", optional=True, note="自评结果拟应用和公开情况")
    others: list[Passage] | None = declare("其他说明", optional=True, note="其他需要说明的情况，没有填“无”")


class Staff(Declared, next_year=ASKED, department=OWN):
    """Persons and cars at the end of the year."""

    posts: int | None = declare("编制数", unit="人", optional=True)
    employed: int | None = declare("在职人数", unit="人", optional=True, note="年末实际在职（实有）人数")
    retired_cadres: int | None = declare("离休人数", unit="人", optional=True)
    retired: int | None = declare("退休人数", unit="人", optional=True)
    cars: int | None = declare("车辆数", unit="辆", optional=True)


class ThreeColumns(Declared, next_year=ASKED, department=OWN):
    """One row of 基础数据."""

    prior_actual: Yuan | None = declare("上年决算", unit="元", optional=True, next_year=Takes(keys=("本年决算",)))
    budget: SignedYuan | None = declare("本年预算", unit="元", optional=True)
    actual: SignedYuan | None = declare("本年决算", unit="元", optional=True)


class ThreePublicRows(Declared, next_year=ASKED, department=OWN):
    """三公经费 as 基础数据 lists it, where it is stated and not taken from the accounts."""

    total: ThreeColumns | None = declare("合计", label="三公经费", optional=True)
    vehicles: ThreeColumns | None = declare("公务用车小计", label="公务用车购置和维护经费", optional=True)
    purchase: ThreeColumns | None = declare("公务用车购置费", label="公车购置", optional=True)
    running: ThreeColumns | None = declare("公务用车运行维护费", label="公车运行维护", optional=True)
    travel: ThreeColumns | None = declare("因公出国费", label="出国经费", optional=True)
    reception: ThreeColumns | None = declare("公务接待费", label="公务接待", optional=True)


class ProjectRowHead(Declared, next_year=KEPT, department=OWN):
    """Which project a row of 基础数据 is of."""

    name: Name = declare("名称")
    kind: Literal["业务工作经费", "运行维护经费", "专项资金"] = declare(
        "类别", default="专项资金", note="业务工作经费、运行维护经费或专项资金", next_year=LASTING
    )


class ProjectRow(ThreeColumns, ProjectRowHead):
    """One project under 项目支出 of 基础数据."""


class ProjectRows(ThreeColumns, next_year=EACH, department=OWN):
    """项目支出 of 基础数据, and what it is made up of."""

    projects: list[ProjectRow] = declare("明细", default=[])


class Buildings(Declared, next_year=ASKED, department=OWN):
    """楼堂馆所 finished in the year."""

    approved_area: Area | None = declare("批复规模", unit="平方米", optional=True)
    actual_area: Area | None = declare("实际规模", unit="平方米", optional=True)
    planned_cost: Yuan | None = declare("预算投资", unit="元", optional=True)
    actual_cost: Yuan | None = declare("实际投资", unit="元", optional=True)


class BasicData(Declared, next_year=ASKED, department=OWN):
    """附件1: what the accounts know is taken from them; what is stated is held against them."""

    three_public_basis: Literal["年初预算", "全年预算"] = declare(
        "三公预算口径", default="年初预算", note="“三公”经费本年预算数用年初预算还是全年预算", next_year=LASTING
    )
    three_public: ThreePublicRows | None = declare(
        "三公经费", optional=True, note="不填用三公经费决算", where="不用填；填了的与三公经费决算核对"
    )
    projects: ProjectRows | None = declare("项目支出", optional=True)
    running: ThreeColumns | None = declare("公用经费", optional=True)
    office: ThreeColumns | None = declare("办公经费", optional=True)
    utilities: ThreeColumns | None = declare("水电差旅费", label="水费、电费、差旅费", optional=True)
    meetings: ThreeColumns | None = declare("会议培训费", label="会议费、培训费", optional=True)
    procurement: ThreeColumns | None = declare("政府采购", label="政府采购金额", optional=True)
    adjustment: ThreeColumns | None = declare("基本支出预算调整", label="部门基本支出预算调整", optional=True)
    buildings: Buildings | None = declare("楼堂馆所", label="楼堂馆所控制情况", optional=True)
    thrift: Paragraphs | None = declare("厉行节约措施", label="厉行节约保障措施", optional=True)


class Funding(Declared, next_year=ASKED, department=OWN):
    """Money of one source, or of all."""

    initial_budget: Yuan | None = declare("年初预算", label="年初预算数", unit="元", optional=True)
    adjusted_budget: Yuan | None = declare("全年预算", label="全年预算数", unit="元", optional=True)
    actual: Yuan | None = declare("执行", label="全年执行数", unit="元", optional=True)


class Funds(Funding, next_year=ASKED, department=OWN):
    """Money of an evaluation: in all, or by source. What is given of both is held against each other."""

    appropriation: Funding | None = declare("当年财政拨款", optional=True, printed=False)
    carried: Funding | None = declare("上年结转资金", optional=True, printed=False)
    other: Funding | None = declare("其他资金", optional=True, printed=False)


class Sources(Declared, next_year=ASKED, department=OWN):
    """全年预算 by the nature of its revenue."""

    general: Yuan | None = declare("一般公共预算", unit="元", optional=True)
    government_fund: Yuan | None = declare("政府性基金", label="政府性基金拨款", unit="元", optional=True)
    special_account: Yuan | None = declare("财政专户", label="纳入专户管理的非税收入拨款", unit="元", optional=True)
    other: Yuan | None = declare("其他资金", unit="元", optional=True)


class Natures(Declared, next_year=ASKED, department=OWN):
    """执行 by the nature of its expenditure."""

    basic: Yuan | None = declare("基本支出", unit="元", optional=True)
    project: Yuan | None = declare("项目支出", unit="元", optional=True)


class WholeFunds(Funds, next_year=ASKED, department=OWN):
    """Money of the whole unit; 执行 is 支出合计 where it is not given."""

    initial_budget: Yuan | None = declare(
        "年初预算", label="年初预算数", unit="元", optional=True, where=f"{APPROVED}；不填用收支明细的年初预算之和"
    )
    adjusted_budget: Yuan | None = declare(
        "全年预算", label="全年预算数", unit="元", optional=True, note="填了预算绩效·整体自评的全年预算数，这里不用填",
        where="年末调整后的部门预算（年初批复加减追加、调减）", same_as="预算绩效.整体自评.全年预算数",
    )  # fmt: skip
    actual: Yuan | None = declare(
        "执行", label="全年执行数", unit="元", optional=True, where="不用填；不填用本年支出合计"
    )
    sources: Sources | None = declare("来源", label="按收入性质分", optional=True)
    natures: Natures | None = declare("支出", label="按支出性质分", optional=True, note="不填用本年支出")


class Indicator(Declared, next_year=LASTING, department=OWN):
    """One row of a score table; with 一级 and 二级 alone it is a kind that has no indicator."""

    first: CellText = declare("一级", label="一级指标", note="如：产出指标")
    second: CellText = declare("二级", label="二级指标", default="", note="如：数量指标；版式没有这一级的不填")
    third: CellText = declare("三级", label="三级指标", default="")
    target: CellText = declare("指标值", label="年度指标值", default="")
    reached: CellText = declare("完成值", label="实际完成值", default="", next_year=ASKED)
    deduction: CellText = declare("扣分标准", default="")
    points: Points | None = declare("分值", unit="分", optional=True)
    score: Points | None = declare(
        "得分", unit="分", optional=True, note="不填的，指标值和完成值都是数时由程序算", next_year=ASKED
    )
    deviation: CellText = declare("偏差原因", label="偏差原因分析及改进措施", default="", next_year=EMPTIED)


class Confirmed(Declared, next_year=ASKED, department=OWN):
    """Scores as a person states them: printed, and held against what is computed."""

    rate: Points | None = declare("执行率", unit="%", optional=True, note="只写数字，如 87.26")
    execution: Points | None = declare("执行得分", unit="分", optional=True)
    total: Points | None = declare("总分", unit="分", optional=True)
    grade: Phrase | None = declare("等级", optional=True)


class Scored(Declared, next_year=ASKED, department=OWN):
    """What one score table holds below its money."""

    goals: Paragraphs | None = declare("预期目标", optional=True, note="年度总体目标，一段一行")
    done: Paragraphs | None = declare("完成情况", label="实际完成情况", optional=True, note="一段一行")
    execution_points: Points | None = declare(
        "执行分值", label="预算执行分值", unit="分", optional=True, note="不填用版式的", next_year=LASTING
    )
    weights: dict[Prose, Points] = declare(
        "权重", unit="分", default={}, note="一级指标: 分值", where="财政部门的自评表式样", next_year=KEPT
    )
    indicators: list[Indicator] | None = declare(
        "指标",
        label="绩效指标",
        optional=True,
        where="绩效目标申报表的指标；完成值按实际，得分按评分标准",
        next_year=EACH,
    )
    confirmed: Confirmed = declare("核定", default=Confirmed(), next_year=EMPTIED, printed=False)


class WholeHead(Declared, next_year=KEPT, department=OWN):
    """Who is evaluated as a whole, and the money."""

    name: Name = declare("名称", label="预算部门（单位）名称", default="", note="不填用单位名称")
    funds: WholeFunds | None = declare(
        "资金", optional=True, where="年末调整后的部门预算；支出两项不用填", next_year=ASKED
    )


class WholeEvaluation(Scored, WholeHead):
    """附件2: the whole unit."""


class ProjectHead(Declared, next_year=LASTING, department=OWN):
    """Which project is evaluated, and its money."""

    name: Name = declare("名称", label="项目支出名称", note="不写引号", next_year=KEPT)
    authority: Name = declare("主管部门", default="", note="不填用单位名称")
    executor: Name = declare("实施单位", default="", note="不填用单位名称")
    arranged: Literal["年初预算", "年中追加"] = declare("安排", default=INITIAL, note="年初预算或年中追加")
    secret: Literal["是", "否"] = declare("涉密", default="否", note="涉密项目不公开指标和得分")
    purpose: Phrase | None = declare("主要用途", optional=True, note="主要用于什么，不写句号")
    results: Paragraphs | None = declare("绩效情况", optional=True, note="一段一行", next_year=ASKED)
    funds: Funds | None = declare("资金", optional=True, where="项目的预算批复和项目明细账", next_year=ASKED)
    left: Yuan | None = declare(
        "结余结转", unit="元", optional=True, note="年末项目没有结转结余的不用填", next_year=EMPTIED
    )


class Project(Scored, ProjectHead):
    """附件3: one project."""

    identity: ClassVar[tuple[str, ...]] = ("name",)

    @property
    def lasts(self) -> bool:
        """A project that was added in the course of the year ends with it."""
        return self.arranged == INITIAL

    @classmethod
    def item_key(cls, values: Mapping[str, str]) -> str:
        """The project's name, without what a path uses for itself."""
        return values.get("name", "").strip().translate(str.maketrans("", "", "[]"))


ROW_FIGURES = {
    f"绩效自评.基础数据.{row}.本年决算": figure
    for row, figure in (("项目支出", "支出.项目"), ("公用经费", "公用经费"), ("政府采购", "政府采购.合计"))
}
"""Cells of 基础数据 → the figure of the accounts that stands in them where they are not stated."""


class Evaluation(Declared, next_year=LASTING, department=OWN):
    """绩效自评."""

    short_name: Name = declare("单位简称", default="", note="报告标题用，不填用单位名称")
    self_name: Name = declare("自称", default="", note="如：我室；不填用版式的")
    nature: Phrase | None = declare("机构性质", optional=True, note="如：市委主管的正处级行政机关")
    staff: Staff | None = declare("人员", optional=True, where="编制文件和年末人员花名册", next_year=ASKED)
    report: Report = declare("报告", default=Report(), next_year=ASKED)
    date: Prose = declare("落款日期", default="", note="如：2025-04-28", next_year=EMPTIED)
    filled_by: Prose = declare("填表人", default="")
    telephone: Prose = declare("联系电话", default="")
    filled_on: Prose = declare("填报日期", default="", next_year=EMPTIED)
    basic: BasicData | None = declare(
        "基础数据",
        label="基础数据表",
        optional=True,
        where="上年和本年的部门预算、决算；决算里有的本年决算数不用填",
        next_year=ASKED,
    )
    whole: WholeEvaluation | None = declare("整体", label="整体支出绩效自评", optional=True, next_year=ASKED)
    projects: list[Project] = declare("项目", label="项目支出绩效自评", default=[], next_year=EACH)
