"""预算绩效: what part three says of it (FIELDS 1.10). Three layouts need three sets of facts; a unit fills its own's."""

from __future__ import annotations

from typing import Literal

from budgetgen.model.fields import Declared, Finding, Phrase, Points, Prose, Yuan, declare

Grade = Literal["优", "良", "中", "差"]


class FundAmounts(Declared):
    """Amounts by fund; 社会保险基金 stands in no table of a packet."""

    general: Yuan | None = declare("一般公共预算", unit="元", optional=True)
    government_fund: Yuan | None = declare("政府性基金", unit="元", optional=True)
    state_capital: Yuan | None = declare("国有资本经营", unit="元", optional=True)
    social_insurance: Yuan | None = declare("社会保险基金", unit="元", optional=True)


class EvaluatedFund(Declared):
    """The projects of one fund that were evaluated."""

    projects: int | None = declare("项目个数", unit="个", optional=True)
    amount: Yuan | None = declare("金额", unit="元", optional=True)


class SelfEvaluation(Declared):
    """绩效自评: how many projects of each fund, and their money."""

    general: EvaluatedFund | None = declare("一般公共预算", optional=True, note="没有填“无”")
    government_fund: EvaluatedFund | None = declare("政府性基金", optional=True, note="没有填“无”")
    state_capital: EvaluatedFund | None = declare("国有资本经营", optional=True, note="没有填“无”")
    social_insurance: EvaluatedFund | None = declare("社会保险基金", optional=True, note="没有填“无”")


class TargetsReached(Declared):
    """What was reached, by kind of indicator; a kind that is not given is not printed."""

    quantity: Phrase | None = declare("数量指标", optional=True, note="完成情况，不写句号")
    quality: Phrase | None = declare("质量指标", optional=True, note="完成情况，不写句号")
    timeliness: Phrase | None = declare("时效指标", optional=True, note="完成情况，不写句号")
    economic: Phrase | None = declare("经济效益指标", optional=True, note="完成情况，不写句号")
    social: Phrase | None = declare("社会效益指标", optional=True, note="完成情况，不写句号")
    ecological: Phrase | None = declare("生态效益指标", optional=True, note="完成情况，不写句号")
    lasting: Phrase | None = declare("可持续影响指标", optional=True, note="完成情况，不写句号")
    satisfaction: Phrase | None = declare("服务对象满意度指标", optional=True, note="完成情况，不写句号")


class EvaluationResult(Declared):
    """What one evaluation found: money, points, targets, problems."""

    adjusted_budget: Yuan | None = declare("全年预算数", unit="元", optional=True)
    actual: Yuan | None = declare("执行数", unit="元", optional=True, note="整体自评不填同本年支出合计")
    score: Points | None = declare("得分", unit="分", optional=True, note="如 99.5")
    grade: Grade | None = declare("等级", optional=True, note="优、良、中、差")
    targets: TargetsReached | None = declare("目标完成情况", optional=True)
    problems: Finding | None = declare("主要问题及原因", optional=True, note="不写句号")
    measures: Finding | None = declare("改进措施", optional=True, note="不写句号")


class DepartmentEvaluation(FundAmounts):
    """One project that a 一级预算部门 evaluated itself."""

    name: Prose = declare("项目名称", note="不写引号")
    result: EvaluationResult | None = declare("结果", optional=True)


class Appraised(Declared):
    """Projects with one outcome of an appraisal."""

    projects: int | None = declare("个数", unit="个", optional=True)
    amount: Yuan | None = declare("金额", unit="元", optional=True)


class PriorAppraisal(Declared):
    """事前绩效评估 of a 一级预算部门."""

    policies: int | None = declare("新增重大政策个数", unit="个", optional=True)
    projects: int | None = declare("重大项目个数", unit="个", optional=True)
    amount: Yuan | None = declare("涉及资金", unit="元", optional=True)
    passed: Appraised | None = declare("通过", optional=True, note="评估通过的项目，没有填“无”")
    failed: Appraised | None = declare("不通过", optional=True, note="评估不通过的项目，没有填“无”")


class Performance(Declared):
    """预算绩效: each layout prints the facts that it needs."""

    overview: Prose | None = declare("评价结论", optional=True, note="自评开展情况和结论，一段话")
    projects: list[Prose] | None = declare("评价项目", optional=True, note="开展评价的项目名称")
    project_result: Phrase | None = declare("项目评价结果", optional=True, note="如：情况良好")
    results: Prose | None = declare("整体绩效", optional=True, note="部门整体支出绩效情况")
    problems: Prose | None = declare("问题及原因", optional=True, note="存在的问题及原因分析")
    scope: Phrase | None = declare("评价范围", optional=True, note="如：部门整体支出和专项资金")
    conclusion: Phrase | None = declare("结论", optional=True, note="如：已全部完成绩效目标任务，不写句号")
    grade: Phrase | None = declare("等级", optional=True, note="如：优")
    self_evaluation: SelfEvaluation | None = declare("自评", label="绩效自评", optional=True)
    social_insurance_total: Yuan | None = declare(
        "社会保险基金支出总额", unit="元", optional=True, note="社会保险基金有自评项目才填"
    )
    department_evaluations: list[DepartmentEvaluation] = declare("部门评价", default=[], note="一级预算部门开展了才填")
    prior_appraisal: PriorAppraisal | None = declare("事前评估", optional=True, note="一级预算部门填")
    whole: EvaluationResult | None = declare("整体自评", label="整体支出绩效自评", optional=True)
    application: Prose | None = declare("应用情况", label="评价结果应用情况", optional=True)
