"""The rulebook as users meet it: their own rules, rules switched off or at another level, faulty ones, its pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest
from units import BASE, EXAMPLES, examined, written

from budgetgen.check import by_cause, check, rulebook
from budgetgen.check.rules_page import explain_rule
from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.issues import REGISTER, Level
from budgetgen.layout import read_profile
from budgetgen.packet.unprinted import UNPRINTED
from budgetgen.pipeline import Examined, build, examine
from budgetgen.reading import load

OWN = """LOCAL-001:
  名称: 公用经费不超过 20 万元
  级别: 警告
  依据: 本区规定
  左: 公用经费
  关系: 不大于
  右: 机关运行经费.年初预算
  说明: 公用经费超过机关运行经费年初预算
  改法: 核对。
"""
MORE = ("30101: 900000, 30102: 300000.75, 30201: 200000", "30101: 790000, 30102: 300000.75, 30201: 310000")


def shelf(folder: Path, rules: str) -> Path:
    path = folder / "own" / "checks" / "本区.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(rules, encoding="utf-8")
    return folder / "own"


def told(seen: Examined) -> list[tuple[str, Level]]:
    """What is found but for what the unit, which fills in everything for every 版式, has filled in beside its own."""
    return [(i.rule, i.level) for i in seen.issues if i.rule != UNPRINTED]


def test_a_folder_of_ones_own_adds_rules(tmp_path: Path) -> None:
    assert told(examined(tmp_path, MORE)) == [("CROSS-008", Level.WARNING)]
    seen = examined(tmp_path, MORE, templates=[shelf(tmp_path, OWN)])
    assert told(seen) == [("CROSS-008", Level.WARNING), ("LOCAL-001", Level.WARNING)]
    assert "公用经费 41.00 万元，机关运行经费·年初预算 40.00 万元，相差 1.00 万元" in seen.issues[1].cause


def test_a_requirement_without_a_path_stands_at_the_first_input_of_its_left_side(tmp_path: Path) -> None:
    own = OWN.replace("  关系: 不大于\n", "  要求: not 左\n")
    (issue,) = [i for i in examined(tmp_path, MORE, templates=[shelf(tmp_path, own)]).issues if i.rule == "LOCAL-001"]
    assert issue.path == "基本支出经济分类[30201]"
    assert issue.place


def test_a_rule_of_the_same_id_takes_the_place_of_the_one_that_ships(tmp_path: Path) -> None:
    own = OWN.replace("LOCAL-001", "CROSS-008").replace("级别: 警告", "级别: 错误")
    assert told(examined(tmp_path, MORE, templates=[shelf(tmp_path, own)])) == [("CROSS-008", Level.ERROR)]


def test_a_rule_for_one_layout_only(tmp_path: Path) -> None:
    folder = shelf(tmp_path, OWN + "  版式: zhuzhou\n")
    assert told(examined(tmp_path, MORE, templates=[folder])) == [("CROSS-008", Level.WARNING)]


@pytest.mark.parametrize(
    ("setting", "levels"),
    [("CROSS-008: 关闭", []), ("CROSS-008: 错误", [Level.ERROR]), ("CROSS-008: 提示", [Level.NOTE])],
)
def test_a_layout_sets_levels(tmp_path: Path, setting: str, levels: list[Level]) -> None:
    settings = tmp_path / "own" / "profiles" / "tianyuan.yaml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"中文名: 天元\n继承: standard\n规则:\n  {setting}\n", encoding="utf-8")
    seen = examined(tmp_path, MORE, templates=[tmp_path / "own"])
    assert [i.level for i in seen.issues if i.rule == "CROSS-008"] == levels


def test_a_layout_sets_the_limit_of_changes(tmp_path: Path) -> None:
    change = ("上年决算: 29980", "上年决算: 25000")  # 20 % more, and no reason given
    assert [i.rule for i in examined(tmp_path, change).issues] == ["COMPLETE-002"]
    settings = tmp_path / "own" / "profiles" / "tianyuan.yaml"
    settings.parent.mkdir(parents=True)
    settings.write_text("中文名: 天元\n继承: standard\n限额: {增减率: 15}\n", encoding="utf-8")
    issues = examined(tmp_path, change, templates=[tmp_path / "own"]).issues
    assert "YEAR-005" in [i.rule for i in issues]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "右: 机关运行经费.年初预算",
            "右: 机关运行经费.年初预祘",
            "“机关运行经费”中没有“年初预祘”这个名称，是否想写“年初预算”",
        ),
        ("右: 机关运行经费.年初预算", "右: 机关运行经费.(", "规则 LOCAL-001 用不了：不是写得通的表达式"),
        ("关系: 不大于", "关系: 小于", "没有“小于”这个关系"),
        ("级别: 警告", "级别: 严重", "没有“严重”这个级别"),
        ("  名称: 公用经费不超过 20 万元\n", "", "没有写“名称”"),
        ("LOCAL-001:", "本区规则:", "不是规则的编号"),
        ("  改法: 核对。", "  改正: 核对。", "没有“改正”这个键"),
        ("  关系: 不大于\n", "", "要么写“左”“关系”“右”，要么写“要求”"),
        ("左: 公用经费", "左: '公用经费) %}{% set x = (1'", "“左”里只写表达式"),
        ("说明: 公用经费超过", "说明: 公用经费{% endblock %}超过", "“说明”里只能用"),
        ("左: 公用经费", "左: 公用经费.__class__.__mro__", "规则 LOCAL-001 用不了"),
    ],
)
def test_a_faulty_rule_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert OWN.count(old) == 1 or old == "级别: 警告"
    seen = examined(tmp_path, templates=[shelf(tmp_path, OWN.replace(old, new))])
    issue = next(i for i in seen.issues if said in i.cause)
    assert issue.level is Level.ERROR
    assert "本区.yaml:" in str(issue.place)
    assert seen.stops


# ------------------------------------------------------------------------------------------------ last year's input


def test_the_input_names_last_years_file(tmp_path: Path) -> None:
    written(tmp_path / "2023" / "unit.yaml", ("年度: 2024", "年度: 2023"))
    issues = examined(tmp_path / "2024", ("金额单位: 元", "金额单位: 元\n上年文件: ../2023/unit.yaml")).issues
    assert {"YEAR-001", "YEAR-008"} <= {i.rule for i in issues}


def test_last_years_file_given_beside(tmp_path: Path) -> None:
    last = written(tmp_path / "2023.yaml", ("年度: 2024", "年度: 2022"))
    assert "YEAR-004" in [i.rule for i in examined(tmp_path, prior=last).issues]


@pytest.mark.parametrize(
    ("named", "said"),
    [("/etc/passwd", "不能用作上年文件"), ("secret.txt", "不能用作上年文件"), ("没有.yaml", "上年文件读不出来")],
)
def test_last_years_file_that_cannot_be_used(tmp_path: Path, named: str, said: str) -> None:
    seen = examined(tmp_path, ("金额单位: 元", f"金额单位: 元\n上年文件: {named}"))
    (issue,) = [i for i in seen.issues if i.rule == "YEAR-009"]
    assert said in issue.cause
    assert seen.stops


def test_the_errors_of_last_years_file_are_told_with_this_years_own(tmp_path: Path) -> None:
    last = written(
        tmp_path / "上年.yaml", ("年度: 2024", "年度: 2023\n单位名: 甲"), ("收支总计: 2000000", "收支总计: 二百")
    )
    seen = examined(tmp_path, ("  差异原因: 年中追加专项\n", ""), prior=last)
    (issue,) = [i for i in seen.issues if i.rule == "YEAR-009"]
    assert "上年.yaml:" in issue.cause
    assert "没有“单位名”这个键" in issue.cause
    assert "“二百”" in issue.cause
    assert any(i.rule == "COMPLETE-002" for i in seen.issues)


# ----------------------------------------------------------------------------------------------- pages and examples


def test_every_rule_is_explained_and_sourced() -> None:
    book = rulebook()
    for rule in book.rules.values():
        assert rule.source, rule.id
        assert explain_rule(rule.id, book).startswith(f"{rule.id} {rule.title}\n依据：{rule.source}\n")
    assert not set(REGISTER) & set(book.rules)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.parent.name)
def test_examples_raise_no_error_and_only_warnings_their_readmes_name(path: Path) -> None:
    readme = (path.parent / "README.md").read_text(encoding="utf-8")
    issues = examine(path).issues
    assert [str(i) for i in issues if i.level is Level.ERROR] == []
    for issue in issues:
        assert issue.level is Level.NOTE or f"{issue.rule} {issue.path}" in readme.replace("`", ""), str(issue)


def test_checks_cost_at_most_a_quarter_of_a_warm_build(tmp_path: Path) -> None:
    def least(work: Callable[[], object]) -> float:
        work()
        times = []
        for _ in range(3):
            start = process_time()
            work()
            times.append(process_time() - start)
        return min(times)

    loaded = load(EXAMPLES[0])
    computed = compute(loaded.accounts, read_classification(loaded.accounts.year))
    profile = read_profile(loaded.accounts.profile)
    checked = least(lambda: by_cause(check(loaded, computed, profile)))
    assert checked <= least(lambda: build(EXAMPLES[0], tmp_path)) / 4


def test_the_unit_with_everything_breaks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "unit.yaml"
    path.write_text(BASE, encoding="utf-8")
    assert {i.rule for i in examine(path).issues} == {UNPRINTED}


def test_last_years_packet_serves_as_its_input_does(tmp_path: Path) -> None:
    last = written(tmp_path / "2023.yaml", ("年度: 2024", "年度: 2023"))
    told = []
    for file in (last, *build(last, tmp_path / "2023", force=True).files):
        issues = examined(tmp_path, prior=file).issues
        told.append({i.path for i in issues if i.rule in ("YEAR-001", "YEAR-002") and i.level is Level.WARNING})
    assert told[0] - told[1] <= {"三公经费.公务用车运行维护费.上年决算"}  # 20 元, which tables in 万元 round away
    assert told[1] == told[2]
    assert len(told[1]) > 3
