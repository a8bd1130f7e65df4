"""预算绩效: sums over funds, completion, and what is left out where nothing is told."""

from __future__ import annotations

from decimal import Decimal

from test_compute import computed, line, value, wan

from budgetgen.compute import Computed
from budgetgen.figures import Blank, Figure, Group, share

LINES = [line("2012601", "60"), line("2012699", project="40"), line("2120801", project="20", 资金="政府性基金")]
NOTHING = {"项目个数": 0, "金额": wan("0")}
SELF = {
    "一般公共预算": {"项目个数": 3, "金额": wan("80")},
    "政府性基金": {"项目个数": 1, "金额": wan("20")},
    "国有资本经营": NOTHING,
    "社会保险基金": NOTHING,
}


def performance(**facts: object) -> Computed:
    return computed(LINES, 预算绩效=facts)


def test_projects_and_money_are_summed_over_the_funds() -> None:
    """3 个 80 + 1 个 20 = 4 个 100; 80 is 80 % of 一般公共预算 100, 20 is all of 政府性基金."""
    result = performance(自评=SELF)
    count = result.tree.value("预算绩效.自评.项目个数")
    assert isinstance(count, Figure)
    assert (count.value, count.unit) == (4, "个")
    assert value(result, "预算绩效.自评.涉及资金") == 100
    shares = {f: share(g.value("金额"), g.value("支出总额")) for f, g in funds(result).items()}
    assert {f: s.value for f, s in shares.items() if isinstance(s, Figure)} == {
        "一般公共预算": 80, "政府性基金": 100, "国有资本经营": 0, "社会保险基金": 0,
    }  # fmt: skip


def funds(result: Computed) -> dict[str, Group]:
    return {f: result.tree.group(f"预算绩效.自评.{f}") for f in SELF}


def test_the_total_of_social_insurance_is_asked_for_only_where_a_share_needs_it() -> None:
    insured = {**SELF, "社会保险基金": {"项目个数": 1, "金额": wan("5")}}
    gap = performance(自评=insured).tree.at("预算绩效.自评.社会保险基金.支出总额")
    assert isinstance(gap, Blank)
    assert gap.path == "预算绩效.社会保险基金支出总额"
    stated = performance(自评=insured, 社会保险基金支出总额=wan("50"))
    assert value(stated, "预算绩效.自评.社会保险基金.支出总额") == 50


def test_the_whole_is_carried_out_as_the_accounts_say_unless_another_amount_is_given() -> None:
    """支出合计 120 of 125 is 96 %."""
    result = performance(整体自评={"全年预算数": wan("125"), "得分": Decimal("99.68")})
    rate = result.tree.value("预算绩效.整体自评.完成.率")
    assert isinstance(rate, Figure)
    assert rate.value == 96
    points = result.tree.value("预算绩效.整体自评.得分")
    assert isinstance(points, Figure)
    assert (points.value, points.unit, points.path) == (Decimal("99.68"), "分", "预算绩效.整体自评.得分")
    given = performance(整体自评={"全年预算数": wan("125"), "执行数": wan("100")})
    assert value(given, "预算绩效.整体自评.执行数") == 100


def test_targets_that_are_told_come_in_printed_order() -> None:
    told = {"服务对象满意度指标": "满意", "数量指标": "完成"}
    targets = performance(整体自评={"目标完成情况": told}).tree.at("预算绩效.整体自评.目标")
    assert isinstance(targets, list)
    assert [(t["名称"], t["内容"]) for t in targets] == [("数量指标", "完成"), ("服务对象满意度指标", "满意")]
    gap = performance(整体自评={}).tree.at("预算绩效.整体自评.目标")
    assert isinstance(gap, Blank)
    assert gap.path == "预算绩效.整体自评.目标完成情况"


def test_projects_that_a_department_evaluated_are_summed_by_fund() -> None:
    """甲 30 of 一般公共预算, 乙 10 and 20 of 政府性基金: 40, 20, 0, 0."""
    rest = {"国有资本经营": wan("0"), "社会保险基金": wan("0")}
    one = {"项目名称": "甲", "一般公共预算": wan("30"), "政府性基金": wan("0"), **rest}
    other = {"项目名称": "乙", "一般公共预算": wan("10"), "政府性基金": wan("20"), **rest}
    result = performance(部门评价=[one, {**other, "结果": {"全年预算数": wan("40"), "执行数": wan("30")}}])
    sums = [value(result, f"预算绩效.部门评价合计.{f}") for f in SELF]
    assert sums == [40, 20, 0, 0]
    count = result.tree.value("预算绩效.部门评价合计.项目个数")
    assert isinstance(count, Figure)
    assert count.value == 2
    projects = result.tree.at("预算绩效.部门评价")
    assert isinstance(projects, list)
    rate = projects[1].value("结果.完成.率")
    assert isinstance(rate, Figure)
    assert rate.value == 75


def test_what_only_some_departments_do_says_whether_it_is_there() -> None:
    assert performance().tree.at("预算绩效.事前评估.已填") is False
    assert computed(LINES).tree.at("预算绩效.事前评估.已填") is False
    assert performance(事前评估={"重大项目个数": 0}).tree.at("预算绩效.事前评估.已填") is True
    assert performance().tree.at("预算绩效.部门评价") == []
