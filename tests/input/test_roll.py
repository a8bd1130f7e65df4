"""Last year's accounts rolled forward."""

from __future__ import annotations

from pathlib import Path

import pytest

from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.input.roll import Rolled, next_year
from budgetgen.model import Accounts, Amount
from budgetgen.reading import load, loads

ROOT = Path(__file__).parents[2]
TEXT = """\
版式: tianyuan
年度: 2024
金额单位: 元
单位: {名称: 甲局, 类型: 部门, 职责: [办甲事。], 内设机构: [办公室]}
收支明细:
- 科目: 2013102
  收入: {财政拨款: 120}
  支出: {项目: 90}
  年末结转: {项目结转: 20, 项目结余: 10}
  年初预算: 100
  差异原因: 项目推迟
三公经费:
  因公出国费: {年初预算: 0, 全年预算: 0, 决算: 0, 上年决算: 0}
  公务用车购置费: {年初预算: 0, 全年预算: 0, 决算: 0, 上年决算: 0}
  公务用车运行维护费: {年初预算: 5, 全年预算: 5, 决算: 4, 上年决算: 3, 用途: 加油费, 保有量: 2}
  公务接待费: {年初预算: 0, 全年预算: 0, 决算: 0, 上年决算: 0}
机关运行经费: {决算: 60, 年初预算: 70, 上年决算: 50, 原因: 厉行节约}
基本支出经济分类: {30201: 0}
节庆活动: 无
政府采购: {货物: 1, 工程: 0, 服务: 0}
变动原因: {收支总计: 新增项目}
"""


def rolled(accounts: Accounts) -> Rolled:
    return next_year(accounts, compute(accounts, read_classification(accounts.year)).figures)


def test_what_stays_and_what_becomes_last_year() -> None:
    before = loads(TEXT, "unit.yaml").accounts
    after = rolled(before).accounts
    assert (after.year, after.profile, after.money_unit) == (2025, "tianyuan", "元")
    assert after.unit == before.unit
    assert [(n.code, n.fund) for n in after.lines] == [("2013102", "一般公共预算")]
    assert vars(after.prior_year) == {"grand_total": 120, "fiscal_grand_total": 120, "general_expenditure": 90}
    assert after.three_public is not None
    assert after.three_public.vehicle_running.prior_actual == 4
    assert after.agency_running is not None
    assert after.agency_running.prior_actual == 60


def test_what_was_left_is_brought_forward_and_all_other_amounts_are_emptied() -> None:
    result = rolled(loads(TEXT, "unit.yaml").accounts)
    line = result.accounts.lines[0]
    assert line.opening.project == 30
    assert line.revenue.fiscal_appropriation == line.expenditure.project == line.closing.project_carryover == 0
    assert line.initial_budget is line.reason is None
    running = result.accounts.three_public.vehicle_running
    assert (running.actual, running.adjusted_budget, running.vehicles) == (None, None, None)
    assert running.purpose == "加油费"
    assert result.accounts.economic == {"30201": 0}


def test_what_was_given_last_year_is_asked_for_again() -> None:
    pending = rolled(loads(TEXT, "unit.yaml").accounts).pending
    for path in (
        "收支明细[2013102].收入.财政拨款",
        "收支明细[2013102].支出.项目",
        "收支明细[2013102].年初预算",
        "基本支出经济分类[30201]",
        "三公经费.公务接待费.决算",
        "三公经费.公务用车运行维护费.保有量",
        "机关运行经费.决算",
        "政府采购.货物",
        "政府采购.工程",
        "节庆活动",
    ):
        assert path in pending
    asked = set(pending)
    assert not {"收支明细[2013102].支出.基本", "机关运行经费.上年决算", "三公经费.公务接待费.上年决算"} & asked


def test_last_years_reasons_are_offered_and_never_given() -> None:
    result = rolled(loads(TEXT, "unit.yaml").accounts)
    assert result.notes == {
        "收支明细[2013102].差异原因": "项目推迟",
        "机关运行经费.原因": "厉行节约",
        "变动原因.收支总计": "新增项目",
    }
    assert "项目推迟" not in str(result.accounts)
    assert "新增项目" not in str(result.accounts)


SCORED = """\
绩效自评:
  自称: 我局
  人员: {编制数: 20}
  报告: {存在问题: [进度慢。]}
  基础数据: {公用经费: {本年预算: 80, 本年决算: 70}, 项目支出: {明细: [{名称: 甲项目, 本年决算: 60}]}}
  整体:
    资金: {全年预算: 150}
    权重: {产出指标: 90}
    指标:
    - {一级: 产出指标, 三级: 办件数, 指标值: ≥100件, 完成值: 120件, 分值: 50, 得分: 50}
    - {一级: 产出指标, 三级: 2024年12月办完, 指标值: 2024年底, 完成值: 已办完, 分值: 40, 得分: 38, 偏差原因: 人手少}
  项目:
  - {名称: 甲项目, 主要用途: 办甲事, 资金: {当年财政拨款: {年初预算: 50, 全年预算: 60, 执行: 60}}}
  - {名称: 乙项目, 安排: 年中追加, 资金: {当年财政拨款: {年初预算: 0, 全年预算: 40, 执行: 30}}}
"""


def test_indicators_stay_and_what_was_reached_is_asked_for_again() -> None:
    result = rolled(loads(TEXT + SCORED, "unit.yaml").accounts)
    after = result.accounts.evaluation
    assert after is not None
    assert after.whole is not None
    assert after.whole.weights == {"产出指标": 90}
    assert [(i.first, i.third, i.target, i.points) for i in after.whole.indicators or []] == [
        ("产出指标", "办件数", "≥100件", 50),
        ("产出指标", "", "", 40),  # last year's words are no words of this year
    ]
    assert all((i.reached, i.score, i.deviation) == ("", None, "") for i in after.whole.indicators or [])
    assert [p.name for p in after.projects] == ["甲项目"]
    assert after.basic is not None
    assert after.basic.running is not None
    assert (after.basic.running.prior_actual, after.basic.running.actual) == (70, None)
    assert after.basic.projects is not None
    assert after.basic.projects.projects[0].prior_actual == 60
    asked = set(result.pending)
    assert {
        "绩效自评.人员.编制数",
        "绩效自评.报告.存在问题",
        "绩效自评.整体.指标[1].完成值",
        "绩效自评.整体.指标[2].三级",
        "绩效自评.项目[甲项目].资金.当年财政拨款.执行",
    } <= asked
    assert not {p for p in asked if "乙项目" in p or p.endswith(("上年决算", "偏差原因"))}
    assert result.notes["绩效自评.报告.存在问题"] == "进度慢。"
    assert result.notes["绩效自评.整体.指标[2].偏差原因"] == "人手少"


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*/unit.yaml")), ids=lambda p: p.parent.name)
def test_stated_totals_become_last_years(path: Path) -> None:
    before = load(path).accounts
    result = rolled(before)
    figures = compute(before, read_classification(before.year)).figures
    total = Amount(figures["收支总计"].value) if before.lines else None  # only accounts have totals
    assert result.accounts.prior_year.grand_total == total
    assert result.accounts.stated == {}
    assert compute(result.accounts, read_classification(before.year + 1)).figures["年初结转.合计"].value == (
        figures["年末结转.合计"].value
    )
