"""Last year's accounts rolled forward."""

from __future__ import annotations

from pathlib import Path

import pytest

from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.input import load, loads
from budgetgen.input.roll import Rolled, next_year
from budgetgen.model import Accounts, Amount

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


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*/unit.yaml")), ids=lambda p: p.parent.name)
def test_stated_totals_become_last_years(path: Path) -> None:
    before = load(path).accounts
    result = rolled(before)
    figures = compute(before, read_classification(before.year)).figures
    assert result.accounts.prior_year.grand_total == Amount(figures["收支总计"].value)
    assert result.accounts.stated == {}
    assert compute(result.accounts, read_classification(before.year + 1)).figures["年初结转.合计"].value == (
        figures["年末结转.合计"].value
    )
