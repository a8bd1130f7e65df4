"""One wrong amount is one issue with its consequences under it; what the unit waives stays, marked."""

from __future__ import annotations

import json
from pathlib import Path

from units import BASE, examined

from budgetgen.check import by_cause
from budgetgen.check.report import as_html, as_json, as_text
from budgetgen.issues import Issue, Level

WRONG = ("支出: {基本: 100000}", "支出: {基本: 100030}")
OTHER = ("执行数: 840000", "执行数: 830000")


def line_of(text: str) -> int:
    return next(n for n, line in enumerate(BASE.splitlines(), 1) if text in line)


def test_one_wrong_line_is_one_issue(tmp_path: Path) -> None:
    (cause,) = by_cause(examined(tmp_path, WRONG).issues)
    assert cause.head.rule == "WITHIN-006"
    assert [i.rule for i in cause.consequences] == ["WITHIN-004", "WITHIN-003", "WITHIN-002"]
    assert "收支明细[2080505].支出.基本" in cause.suspects


def test_two_wrong_lines_are_two(tmp_path: Path) -> None:
    issues = examined(tmp_path, WRONG, OTHER).issues
    assert [c.head.rule for c in by_cause(issues)] == ["WITHIN-006", "CROSS-020"]


def test_every_issue_is_told_once() -> None:
    issues = [
        Issue("A-001", Level.NOTE, "甲"),
        Issue("A-002", Level.ERROR, "乙", path="上年"),
        Issue("A-003", Level.NOTE, "丙"),
    ]
    causes = by_cause(issues)
    assert [c.head.rule for c in causes] == ["A-002", "A-001", "A-003"]
    assert sorted(i.rule for c in causes for i in c.all) == ["A-001", "A-002", "A-003"]


def test_as_text(tmp_path: Path) -> None:
    assert as_text(examined(tmp_path, WRONG).issues).splitlines() == [
        "错误 1 处。",
        (
            f"错误 WITHIN-006（unit.yaml:{line_of('支出: {基本: 100000}')}）收支明细 2080505（机关事业单位基本养老保险缴费支出）的"
            "支出·基本支出：2080505（一般公共预算）收支不平衡：年初结转加收入 10.00 万元，支出加年末结转 10.003 万元，相差 0.003 万元。"
        ),
        "    → 核对这一行的收入、支出和结转。",
        "    连带的问题：",
        (
            "      错误 WITHIN-004 收支明细 2010301（行政运行）的支出·基本支出：一般公共预算财政拨款支出决算表的基本支出与基本支出决算明细表的合计不等："
            "一般公共预算财政拨款·支出·基本支出 158.003075 万元，经济分类·合计 158.000075 万元，相差 0.003 万元。"
        ),
        (
            "      错误 WITHIN-003 收支明细 2010301（行政运行）的收入·财政拨款收入：财政拨款收入支出决算总表一般公共预算财政拨款两边的总计不等："
            "财政拨款总计·一般公共预算 211.000075 万元，财政拨款支出总计·一般公共预算 211.003075 万元，相差 0.003 万元。"
        ),
        (
            "      错误 WITHIN-002 收支明细 2010301（行政运行）的收入·财政拨款收入：收入支出决算总表两边的总计不等："
            "收支总计 285.600075 万元，支出总计 285.603075 万元，相差 0.003 万元。"
        ),
    ]


def test_a_waived_error_stays_in_the_report_and_stops_nothing(tmp_path: Path) -> None:
    waiver = ("名词解释:", "豁免:\n- {规则: WITHIN-011, 原因: 上级口径}\n名词解释:")
    plain = examined(tmp_path, ("小微企业: 50000", "小微企业: 150100"))
    seen = examined(tmp_path, ("小微企业: 50000", "小微企业: 150100"), waiver)
    assert plain.stops
    assert not seen.stops
    (issue,) = seen.issues
    assert (issue.rule, issue.level, issue.waived) == ("WITHIN-011", Level.ERROR, "上级口径")
    assert "    已豁免：上级口径" in as_text(seen.issues)
    assert as_text(seen.issues).startswith("已豁免 1 处。")


def test_a_waiver_holds_for_its_path_only(tmp_path: Path) -> None:
    waiver = ("名词解释:", '豁免:\n- {规则: CROSS-020, 路径: "预算绩效.部门评价[2]", 原因: 数照批复填}\n名词解释:')
    issues = examined(tmp_path, OTHER, waiver).issues
    assert [(i.rule, i.waived) for i in issues] == [("CROSS-020", ""), ("COMPLETE-008", "")]
    assert "这条豁免没有用到" in issues[1].cause
    assert str(issues[1].place).startswith("unit.yaml:")


def test_what_is_not_filled_in_cannot_be_waived(tmp_path: Path) -> None:
    waiver = ("名词解释:", "豁免:\n- {规则: COMPLETE-001, 原因: 不想填}\n名词解释:")
    seen = examined(tmp_path, ("收支总计: 2000000, ", ""), waiver)
    assert seen.stops
    assert [i.rule for i in seen.issues] == ["COMPLETE-001", "COMPLETE-009"]


def test_json_has_the_same_keys_always(tmp_path: Path) -> None:
    seen = examined(tmp_path, WRONG)
    assert seen.loaded is not None
    told = json.loads(as_json(seen.issues, seen.loaded.accounts))
    assert list(told) == ["单位", "年度", "计数", "问题", "还要填"]
    (issue,) = told["问题"]
    assert list(issue) == [
        "规则",
        "级别",
        "路径",
        "位置",
        "原因",
        "数",
        "相差",
        "改法",
        "豁免",
        "项目",
        "可疑项",
        "连带",
    ]
    assert issue["数"] == [
        {"名称": "年初结转加收入", "数": "10.00 万元"},
        {"名称": "支出加年末结转", "数": "10.003 万元"},
    ]
    assert issue["相差"] == "0.003 万元"
    assert [i["规则"] for i in issue["连带"]] == ["WITHIN-004", "WITHIN-003", "WITHIN-002"]
    assert json.loads(as_json((), None)) == {
        "单位": "",
        "年度": 0,
        "计数": told["计数"] | {"错误": 0},
        "问题": [],
        "还要填": [],
    }


def test_html_is_one_file_and_escaped(tmp_path: Path) -> None:
    seen = examined(tmp_path, WRONG, ("项目名称: 乙\n", "项目名称: 乙<b>\n"), ("执行数: 80000", "执行数: 70000"))
    assert seen.loaded is not None
    page = as_html(seen.issues, seen.loaded.accounts)
    assert "“乙&lt;b&gt;”评价结果的执行数" in page
    assert "<b>" not in page
    assert not any(mark in page for mark in ("<link", "<script", "src=", "http"))
    assert "错误 1 处，警告 1 处" in page
    assert "没有发现问题" in as_html((), None)
