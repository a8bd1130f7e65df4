"""预算绩效: the facts that each 版式's own text asks for."""

from __future__ import annotations

from typing import Any

from invented.draw import Cents, Draw, printed
from invented.plan import CAPITAL, FUND, GENERAL, Plan

Section = dict[str, Any]
_SOCIAL = "社会保险基金"
_FISCAL = (GENERAL, FUND, CAPITAL)
_TARGETS = {
    "数量指标": "年度任务全部完成",
    "质量指标": "验收合格",
    "时效指标": "按时完成",
    "经济效益指标": "成本控制在预算以内",
    "社会效益指标": "群众反映较好",
    "生态效益指标": "没有环境投诉",
    "可持续影响指标": "机制长期运行",
    "服务对象满意度指标": "达到年初设定的目标",
}
_GRADES = ((90, "优"), (80, "良"), (60, "中"), (0, "差"))
_PROBLEMS = ("无", "个别项目进度偏慢", "绩效指标不够细化")
_MEASURES = ("无", "加强日常跟踪", "细化绩效指标")


def performance(draw: Draw, plan: Plan, spent: dict[str, int]) -> Section:
    """预算绩效 of a unit that spent `spent` by fund (and in all, under 合计)."""
    return _FORMS[plan.profile](draw, plan, spent)


def _by_funds(draw: Draw, plan: Plan, spent: dict[str, int]) -> Section:
    out: Section = {"自评": {f: _evaluated(draw, spent[f]) for f in _FISCAL}}
    social = _evaluated(draw, draw.money(10_000, 900_000)) if draw.chance(10) else "无"
    out["自评"][_SOCIAL] = social
    if isinstance(social, dict):
        out["社会保险基金支出总额"] = Cents(social["金额"] + draw.money(0, 90_000))
    if plan.department and draw.chance(50):
        out["部门评价"] = [_project(draw, n, spent) for n in range(1, draw.between(1, 3) + 1)]
    if plan.department and draw.chance(60):
        out["事前评估"] = _appraisal(draw)
    whole = _result(draw, spent["合计"])
    if draw.chance(70):
        del whole["执行数"]
    return out | {"整体自评": whole, "应用情况": "评价结果用于安排以后年度预算。"}


def _evaluated(draw: Draw, spent: int) -> Section | str:
    amount = draw.pick((spent, draw.part(spent)))
    return {"项目个数": draw.between(1, 30), "金额": Cents(amount)} if printed(amount) else "无"


def _project(draw: Draw, number: int, spent: dict[str, int]) -> Section:
    amounts = {f: draw.part(spent[f] // 4) for f in _FISCAL}
    return {
        "项目名称": f"第{number}号虚构项目",
        **{f: Cents(v) for f, v in amounts.items()},
        _SOCIAL: Cents(0),
        "结果": _result(draw, sum(amounts.values())),
    }


def _appraisal(draw: Draw) -> Section | str:
    if draw.chance(30):
        return "无"
    passed, failed = draw.below(5), draw.below(2)
    amounts = [draw.money(10_000, 9_000_000) if n else 0 for n in (passed, failed)]
    return {
        "新增重大政策个数": draw.below(3),
        "重大项目个数": passed + failed,
        "涉及资金": Cents(sum(amounts)),
        "通过": {"个数": passed, "金额": Cents(amounts[0])} if passed else "无",
        "不通过": {"个数": failed, "金额": Cents(amounts[1])} if failed else "无",
    }


def _result(draw: Draw, spent: int) -> Section:
    points = draw.between(550, 1000)
    score = f"{points // 10}.{points % 10}" if points % 10 else str(points // 10)
    return {
        "全年预算数": Cents(spent + draw.pick((0, draw.part(spent // 5)))),
        "执行数": Cents(spent),
        "得分": score,
        "等级": next(grade for least, grade in _GRADES if points >= 10 * least),
        "目标完成情况": {k: _TARGETS[k] for k in draw.some(tuple(_TARGETS), draw.between(1, len(_TARGETS)))},
        "主要问题及原因": draw.pick(_PROBLEMS),
        "改进措施": draw.pick(_MEASURES),
    }


def _told(draw: Draw, plan: Plan, spent: dict[str, int]) -> Section:  # noqa: ARG001 - every form's arguments
    out: Section = {"评价结论": "本年度按要求开展了绩效自评，结果为“优”。"}
    if draw.chance(70):
        names = [f"第{n}号虚构项目" for n in range(1, draw.between(1, 9) + 1)]
        out |= {"评价项目": names, "项目评价结果": "总体情况良好"}
    return out | {"整体绩效": "各项绩效目标均已完成。", "问题及原因": draw.pick(("无。", "个别项目前期准备不足。"))}


def _graded(draw: Draw, plan: Plan, spent: dict[str, int]) -> Section:  # noqa: ARG001 - every form's arguments
    scope = "部门整体支出和专项资金" if plan.department else "整体支出"
    return {"评价范围": scope, "结论": "绩效目标任务已全部完成", "等级": draw.pick(("优", "良"))}


_FORMS = {"standard": _by_funds, "zhuzhou": _by_funds, "tianyuan": _told, "zhuzhou-approval": _graded}
