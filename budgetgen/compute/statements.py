"""三公经费 (公开09), 机关运行经费, 政府采购, 国有资产 and 预算绩效: what part three prints beside the facts."""

from __future__ import annotations

from budgetgen.compute.calculator import Calculator, counted, declare_change, declare_completion, declare_list
from budgetgen.compute.revenue_expenditure import beside
from budgetgen.figures import BUDGET, CATALOGUE, NOUGHT, Blank, Figure, Group, Value, change, completion
from budgetgen.issues import Level
from budgetgen.model import FISCAL_FUNDS, Amount
from budgetgen.model.declarations import fields_of
from budgetgen.model.performance import TargetsReached
from budgetgen.model.sections import StateAssets

ITEMS = {
    "因公出国费": "因公出国（境）费",
    "公务用车购置费": "公务用车购置费",
    "公务用车运行维护费": "公务用车运行维护费",
    "公务接待费": "公务接待费",
}
VEHICLES = ("公务用车购置费", "公务用车运行维护费")
MEASURES = {"年初预算": "年初预算数", "全年预算": "全年预算数", "决算": "决算数", "上年决算": "上年决算数"}
_SUMS = {"公务用车小计": "公务用车购置及运行维护费", "合计": "“三公”经费合计"}

for _item, _label in {**ITEMS, **_SUMS}.items():
    for _name, _measured in MEASURES.items():
        CATALOGUE.declare(f"三公经费.{_name}.{_item}", f"{_label}：{_measured}")
    declare_change(f"三公经费.决算.{_item}.较上年", f"{_label}较上年")
    declare_completion(f"三公经费.决算.{_item}.完成年初预算", f"{_label}与年初预算")
    declare_completion(f"三公经费.决算.{_item}.完成全年预算", f"{_label}与全年预算")


def compute_three_public(calculator: Calculator, facts: Group) -> dict[str, object]:
    """三公经费: `决算.合计` and the like; the facts of each item (团组, 人次, reasons) under its own name."""
    measures = {m: _measure(calculator, facts, m) for m in MEASURES}
    actual = {
        item: beside(
            value,
            较上年=change(value, measures["上年决算"][item]),
            完成年初预算=completion(value, measures["年初预算"][item], "完成年初预算"),
            完成全年预算=completion(value, measures["全年预算"][item], "完成全年预算"),
        )
        for item, value in measures["决算"].items()
    }
    groups = {m: Group(f"三公经费.{m}", values) for m, values in measures.items()}
    groups["决算"] = Group("三公经费.决算", actual)
    return {"三公经费": facts.group("三公经费").extended(**groups)}


def _measure(calculator: Calculator, facts: Group, measure: str) -> dict[str, Value]:
    name = f"三公经费.{measure}"
    values = {item: _renamed(facts.value(f"三公经费.{item}.{measure}"), f"{name}.{item}") for item in ITEMS}
    vehicles = calculator.total(f"{name}.公务用车小计", [values[v] for v in VEHICLES])
    order = [values["因公出国费"], vehicles, values["公务接待费"]]
    return {**values, "公务用车小计": vehicles, "合计": calculator.total(f"{name}.合计", order)}


def _renamed(value: Value, name: str) -> Value:
    """The same fact under its name among its measure's."""
    if isinstance(value, Blank):
        return value
    return Figure(name, value.value, value.unit, path=value.path, margin=value.margin)


_KINDS = ("货物", "工程", "服务")
_CAR_UNIT = "辆"
CARS = {key: spec.label for key, spec in fields_of(StateAssets).items() if spec.unit == _CAR_UNIT}
"""Kinds of vehicles in printed order: key → printed label."""

CATALOGUE.declare("政府采购.合计", "政府采购支出总额：货物 + 工程 + 服务")
CATALOGUE.declare("政府采购.中小企业.合计", "授予中小企业合同金额：货物 + 工程 + 服务")
CATALOGUE.declare("国有资产.车辆合计", "车辆合计", _CAR_UNIT)
declare_list("国有资产.车辆", "各类车辆，按公开顺序", {"名称": "车辆种类"})
CATALOGUE.declare("国有资产.车辆[*].数量", "某类车辆的数量", _CAR_UNIT)
declare_change("机关运行经费.决算.较上年", "机关运行经费较上年")
declare_change("机关运行经费.决算.与预算比", "机关运行经费与年初预算比")


def compute_statements(calculator: Calculator, facts: Group) -> dict[str, object]:
    """机关运行经费, 政府采购, 国有资产: their facts, and what is computed from them."""
    return {
        "机关运行经费": _agency_running(facts.group("机关运行经费")),
        "政府采购": _procurement(calculator, facts.group("政府采购")),
        "国有资产": _assets(calculator, facts.group("国有资产")),
    }


def _agency_running(facts: Group) -> Group:
    actual = facts.value("决算")
    compared = beside(
        actual,
        较上年=change(actual, facts.value("上年决算")),
        与预算比=change(actual, facts.value("年初预算"), BUDGET),
    )
    return facts.extended(决算=compared)


def _procurement(calculator: Calculator, facts: Group) -> Group:
    small = facts.group("中小企业")
    return facts.extended(
        合计=calculator.total("政府采购.合计", [facts.value(k) for k in _KINDS]),
        中小企业=small.extended(合计=calculator.total("政府采购.中小企业.合计", [small.value(k) for k in _KINDS])),
    )


def _assets(calculator: Calculator, facts: Group) -> Group:
    total = calculator.total("国有资产.车辆合计", [facts.value(k) for k in CARS], _CAR_UNIT)
    rows = [Group(f"国有资产.{key}", {"名称": label, "数量": facts.value(key)}) for key, label in CARS.items()]
    return facts.extended(车辆合计=total, 车辆=rows)


SOCIAL_INSURANCE = "社会保险基金"
FUNDS = (*FISCAL_FUNDS, SOCIAL_INSURANCE)
_NAME = "预算绩效"
_COUNT = "个"

CATALOGUE.declare("预算绩效.自评.项目个数", "绩效自评的项目：四种资金之和", _COUNT)
CATALOGUE.declare("预算绩效.自评.涉及资金", "绩效自评的金额：四种资金之和")
for _fund in FUNDS:
    CATALOGUE.declare(f"预算绩效.自评.{_fund}.支出总额", f"{_fund}支出总额，自评金额占比的分母")
    CATALOGUE.declare(f"预算绩效.部门评价合计.{_fund}", f"部门评价的各项目涉及的{_fund}支出之和")
CATALOGUE.declare("预算绩效.部门评价合计.项目个数", "部门评价的项目个数", _COUNT)
CATALOGUE.declare("预算绩效.部门评价合计.涉及资金", "部门评价的各项目、四种资金之和")
CATALOGUE.declare("预算绩效.事前评估.已填", "填了事前评估时为真", "")
CATALOGUE.declare("预算绩效.整体自评.全年预算数", "整体支出全年预算数，不填就是绩效自评的")
CATALOGUE.declare("预算绩效.整体自评.执行数", "整体支出执行数，不填就是绩效自评的，再不然是本年支出合计")
CATALOGUE.declare("预算绩效.整体自评.得分", "整体支出自评得分，不填就是绩效自评的总分", "分")
CATALOGUE.declare("预算绩效.整体自评.等级", "整体支出自评等级，不填就是绩效自评的", "")
CATALOGUE.declare("预算绩效.等级", "评价等级，不填就是绩效自评的", "")
CATALOGUE.declare("预算绩效.评价项目", "开展评价的项目名称，不填就是绩效自评的各项目（列表）", "")
CATALOGUE.declare("预算绩效.评价项目个数", "评价项目的个数", "个")
CATALOGUE.declare("预算绩效.整体自评.目标", "填了的绩效目标完成情况：指标的名称和内容，按公开顺序", "")
declare_completion("预算绩效.整体自评.完成", "整体支出执行数与全年预算数")


def compute_performance(calculator: Calculator, facts: Group, spent: Group) -> dict[str, object]:
    """预算绩效: its facts, and what is computed from them. `spent` holds 支出, each fund's own, and 绩效自评."""
    given = facts.group(_NAME)
    scored = spent.group("绩效自评")
    projects = [_evaluated(p) for p in _groups(given["部门评价"])]
    appraisal = given.group("事前评估")
    whole = _whole(given.group("整体自评"), scored.group("整体"), spent)
    names = [p["名称"] for p in _groups(scored["项目"])]
    evaluated = given["评价项目"] or names or given["评价项目"]
    return {
        _NAME: given.extended(
            自评=_self_evaluation(calculator, given, spent),
            部门评价=projects,
            部门评价合计=_by_fund(calculator, projects),
            事前评估=appraisal.extended(已填=appraisal.given),
            整体自评=_result(whole),
            评价项目=evaluated,
            评价项目个数=counted("预算绩效.评价项目个数", evaluated, "预算绩效.评价项目"),
            等级=given["等级"] or whole["等级"],
        )
    }


def _whole(given: Group, scored: Group, spent: Group) -> Group:
    """整体自评 as stated; what is not is what 绩效自评 has, and 执行数 without either all that was spent."""
    same = {"全年预算数": "资金.全年预算", "执行数": "资金.执行", "得分": "总分"}
    known: dict[str, Value] = {}
    for key, name in same.items():
        stated, other = given.value(key), scored.value(name)
        known[key] = other if isinstance(stated, Blank) and isinstance(other, Figure) else stated
    if isinstance(known["执行数"], Blank):
        known["执行数"] = spent.value("支出.合计")
    return given.extended(**known, 等级=given["等级"] or scored["等级"] or given["等级"])


def _groups(found: object) -> list[Group]:
    return [g for g in found if isinstance(g, Group)] if isinstance(found, list) else []


def _self_evaluation(calculator: Calculator, given: Group, spent: Group) -> Group:
    facts = given.group("自评")
    totals: dict[str, Value] = {f: spent.value(f"{f}.支出.合计") for f in FISCAL_FUNDS}
    evaluated = facts.value(f"{SOCIAL_INSURANCE}.金额")
    stated = given.value("社会保险基金支出总额")
    # No table of a packet holds it, so it is asked for only where something is a share of it.
    unasked = isinstance(stated, Blank) and isinstance(evaluated, Figure) and not evaluated
    totals[SOCIAL_INSURANCE] = NOUGHT if unasked else stated
    funds = {f: facts.group(f).extended(支出总额=total) for f, total in totals.items()}
    name = f"{_NAME}.自评"
    return facts.extended(
        **funds,
        项目个数=calculator.total(f"{name}.项目个数", [g.value("项目个数") for g in funds.values()], _COUNT),
        涉及资金=calculator.total(f"{name}.涉及资金", [g.value("金额") for g in funds.values()]),
    )


def _by_fund(calculator: Calculator, projects: list[Group]) -> Group:
    name = f"{_NAME}.部门评价合计"
    sums = {f: calculator.total(f"{name}.{f}", [p.value(f) for p in projects]) for f in FUNDS}
    count = Figure(f"{name}.项目个数", Amount(len(projects)), _COUNT, "计数")
    return Group(name, {**sums, "项目个数": count, "涉及资金": calculator.total(f"{name}.涉及资金", sums.values())})


def _evaluated(project: Group) -> Group:
    return project.extended(结果=_result(project.group("结果")))


def _result(facts: Group) -> Group:
    """An evaluation's result with its completion and the targets that are told."""
    return facts.extended(
        完成=completion(facts.value("执行数"), facts.value("全年预算数")), 目标=_targets(facts.group("目标完成情况"))
    )


def _targets(facts: Group) -> list[Group] | Blank:
    """Each kind of indicator that is told; a gap where none is."""
    told = [Group(f"{facts.name}.{k}", {"名称": k, "内容": facts[k]}) for k in fields_of(TargetsReached) if facts[k]]
    return told or Blank(facts.name, Level.WARNING)
