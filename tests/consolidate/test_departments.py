"""Departments: what is summed, what is the department's own, what is taken out, and what is told."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from docx import Document
from small_department import ONE_MORE, Changes, other_money, payment, unit, write_department

from budgetgen.explain import as_text, explain
from budgetgen.issues import Issue, Level
from budgetgen.pipeline import Examined, build, examine
from budgetgen.reading import files_behind, read


def told(seen: Examined, rule: str) -> Issue:
    found = [i for i in seen.issues if i.rule == rule]
    assert len(found) == 1, [str(i) for i in seen.issues]
    return found[0]


def rules(seen: Examined, least: Level = Level.WARNING) -> list[str]:
    # Its two years are alike (YEAR-013).
    return [i.rule for i in seen.issues if i.level >= least and i.rule != "YEAR-013"]


def wan(seen: Examined, name: str) -> Decimal:
    assert seen.computed
    return seen.computed.tree.value(name).value / 10000


def test_a_department_is_the_sum_of_its_units(tmp_path: Path) -> None:
    built = build(write_department(tmp_path), tmp_path / "out")
    assert [i.rule for i in built.issues if i.level > Level.NOTE] == ["YEAR-013"]  # its two years are alike
    assert not built.draft
    seen = examine(tmp_path / "部门.yaml")
    assert wan(seen, "收支总计") == Decimal("37.5")
    assert wan(seen, "上年.收支总计") == Decimal("37.5")
    assert seen.inputs == (
        tmp_path / "部门.yaml",
        *sorted(tmp_path / f for f in ("本级.yaml", "甲站/unit.yaml", "乙站/unit.yaml")),
    )


def test_the_units_are_named_in_the_document(tmp_path: Path) -> None:
    built = build(write_department(tmp_path), tmp_path / "out")
    document = Document(str(next(f for f in built.files if f.suffix == ".docx")))
    sentence = "某县某局2024年部门决算汇总公开单位构成包括：某县某局本级以及某县甲站、某县乙站。"
    assert any(sentence in p.text for p in document.paragraphs)


def test_names_alone_make_no_department(tmp_path: Path) -> None:
    path = tmp_path / "unit.yaml"
    path.write_text(unit("某县某局").replace("决算单位: 无", "决算单位: [某县甲站, 某县乙站]"), encoding="utf-8")
    seen = examine(path)
    assert rules(seen, Level.ERROR) == []
    assert wan(seen, "收支总计") == Decimal("12.5")


def test_a_figure_is_explained_down_to_the_units_lines(tmp_path: Path) -> None:
    path = write_department(tmp_path, {"甲站/unit.yaml": [("{30101: 12.5}", "{30101: 12, 30201: 0.5}")]})
    lines = as_text(explain("人员经费", path)).splitlines()
    assert "  基本支出经济分类 30101（基本工资） 37.00 万元（各单位之和）" in lines
    assert any("某县甲站 12.00 万元（输入 甲站/unit.yaml:10）" in line for line in lines)
    assert any("某县某局本级 12.50 万元（输入 本级.yaml:10）" in line for line in lines)


PAID = other_money("{其他: 5}", "{对附属单位补助: 5}", payment("对附属单位补助", "某县甲站", "5"))
RECEIVED = other_money("{上级补助: 5}", "{项目: 5}", payment("上级补助", "某县某局", "5"))
PRIOR = ("变动原因", "上年: {收支总计: 37.5, 财政拨款收支总计: 37.5, 一般公共预算支出: 37.5}\n变动原因")


def test_payments_that_both_sides_state_are_taken_out(tmp_path: Path) -> None:
    changes: Changes = {"本级.yaml": PAID, "甲站/unit.yaml": RECEIVED, "部门.yaml": [PRIOR]}
    path = write_department(tmp_path, changes)
    seen = examine(path)
    assert rules(seen) == []
    assert wan(seen, "收入.上级补助") == 0
    assert wan(seen, "支出.对附属单位补助") == 0
    assert (wan(seen, "收入.其他"), wan(seen, "支出.项目")) == (5, 5)
    assert wan(seen, "收支总计") == Decimal("42.5")
    lines = as_text(explain("收支明细[2080502·非财政拨款].收入.上级补助", path))
    assert "某县甲站 5.00 万元（输入 甲站/unit.yaml:12）" in lines
    assert "某县甲站 -5.00 万元（抵销内部往来 甲站/unit.yaml:14）" in lines


def test_remittances_are_taken_out_too(tmp_path: Path) -> None:
    paid = other_money("{事业: 2}", "{上缴上级: 2}", payment("上缴上级", "某县某局本级", "2"))
    got = other_money("{附属单位上缴: 2}", "{项目: 2}", payment("附属单位上缴", "某县乙站", "2"))
    seen = examine(write_department(tmp_path, {"乙站/unit.yaml": paid, "本级.yaml": got, "部门.yaml": [PRIOR]}))
    assert rules(seen) == []
    assert wan(seen, "收入.附属单位上缴") == wan(seen, "支出.上缴上级") == 0
    assert wan(seen, "收支总计") == Decimal("39.5")


def test_a_disagreement_names_both_sides_with_figures_and_places(tmp_path: Path) -> None:
    less = other_money("{上级补助: 4}", "{项目: 4}", payment("上级补助", "某县某局", "4"))
    seen = examine(write_department(tmp_path, {"本级.yaml": PAID, "甲站/unit.yaml": less}))
    issue = told(seen, "DEPT-013")
    assert issue.level is Level.ERROR
    assert "某县某局本级 写对 某县甲站 的对附属单位补助支出 5 万元（本级.yaml:14）" in issue.cause
    assert "某县甲站 写对 某县某局本级 的上级补助收入 4 万元（甲站/unit.yaml:14）" in issue.cause
    assert wan(seen, "支出.对附属单位补助") == 5


def test_a_payment_that_one_side_alone_states(tmp_path: Path) -> None:
    silent = other_money("{上级补助: 5}", "{项目: 5}")
    seen = examine(write_department(tmp_path, {"本级.yaml": PAID, "甲站/unit.yaml": silent}))
    assert "某县甲站 没有写对 某县某局本级 的上级补助收入" in told(seen, "DEPT-013").cause


def test_both_sides_left_in_the_sum_are_likely_payments_within(tmp_path: Path) -> None:
    paid, got = other_money("{其他: 5}", "{对附属单位补助: 5}"), other_money("{上级补助: 6}", "{项目: 6}")
    seen = examine(write_department(tmp_path, {"本级.yaml": paid, "甲站/unit.yaml": got}))
    assert "上级补助收入 6 万元、对附属单位补助支出 5 万元" in told(seen, "DEPT-014").cause


def test_a_payment_to_somebody_outside_stays(tmp_path: Path) -> None:
    paid = other_money("{其他: 5}", "{对附属单位补助: 5}", payment("对附属单位补助", "某县丁厂", "5"))
    seen = examine(write_department(tmp_path, {"本级.yaml": paid}))
    assert wan(seen, "支出.对附属单位补助") == 5
    assert "DEPT-013" not in rules(seen)
    assert "DEPT-014" not in rules(seen)


def test_last_years_totals_are_asked_for_where_payments_are_taken_out(tmp_path: Path) -> None:
    seen = examine(write_department(tmp_path, {"本级.yaml": PAID, "甲站/unit.yaml": RECEIVED}))
    assert told(seen, "DEPT-015").path == "上年.收支总计"


def test_a_department_states_no_payments_itself(tmp_path: Path) -> None:
    stated = [("变动原因", f"内部往来: [{payment('上级补助', '某县甲站', '5')}]\n变动原因")]
    assert "移到收付双方" in told(examine(write_department(tmp_path, {"部门.yaml": stated})), "DEPT-013").mend


BROKEN: dict[str, tuple[Changes, str, str]] = {
    "missing": ({"部门.yaml": [("甲站/unit.yaml", "丙站/unit.yaml")]}, "DEPT-001", "没有这个文件"),
    "unreadable": ({"甲站/unit.yaml": [("年度: 2024", "年度: 今年")]}, "DEPT-001", "甲站/unit.yaml:2 INPUT-015"),
    "not a relative path": ({"部门.yaml": [("甲站/unit.yaml", "/etc/unit.yaml")]}, "DEPT-001", "不能用作单位的数据"),
    "no input": ({"部门.yaml": [("甲站/unit.yaml", "甲站/unit.txt")]}, "DEPT-001", "不能用作单位的数据"),
    "another year": ({"甲站/unit.yaml": [("年度: 2024", "年度: 2023")]}, "DEPT-002", "是 2023 年度的，本部门是 2024"),
    "one file twice": (
        {"部门.yaml": [("乙站/unit.yaml", "乙站/../甲站/unit.yaml")]},
        "DEPT-003",
        "单位.决算单位[1].数据",
    ),
    "one unit twice": ({"乙站/unit.yaml": [("某县乙站", "某县甲站")]}, "DEPT-003", "某县甲站"),
    "itself": ({"部门.yaml": [("甲站/unit.yaml", "../DIR/部门.yaml")]}, "DEPT-004", "就是本部门"),
    "without its input": ({"部门.yaml": [(", 数据: 甲站/unit.yaml", "")]}, "DEPT-005", "没有写“某县甲站”的数据"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_without_one_units_figures_there_is_no_department(name: str, tmp_path: Path) -> None:
    changes, rule, words = BROKEN[name]
    changes = {f: [(a, b.replace("DIR", tmp_path.name)) for a, b in c] for f, c in changes.items()}
    seen = examine(write_department(tmp_path, changes))
    issue = told(seen, rule)
    assert words in issue.cause
    assert issue.path.startswith("单位.决算单位[")
    assert issue.place
    assert issue.place.file == "部门.yaml"
    assert seen.computed is None
    assert not build(tmp_path / "部门.yaml", tmp_path / "out", force=True).files


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    changes: Changes = {"部门.yaml": [("甲站/unit.yaml", "丙站/unit.yaml"), (", 数据: 乙站/unit.yaml", "")]}
    assert rules(examine(write_department(tmp_path, changes))) == ["DEPT-001", "DEPT-005"]


def test_two_departments_in_each_other(tmp_path: Path) -> None:
    changes: Changes = {"部门.yaml": [("甲站/unit.yaml", "上级/部门.yaml")]}
    path = write_department(tmp_path, changes)
    other = tmp_path / "上级"
    other.mkdir()
    text = path.read_text(encoding="utf-8").replace("上级/部门.yaml", "../部门.yaml").replace("某县某局", "某县上级局")
    text = text.replace("本级.yaml", "../本级.yaml").replace("乙站/", "../乙站/")
    (other / "部门.yaml").write_text(text, encoding="utf-8")
    assert "上级/部门.yaml:10 DEPT-004" in told(examine(path), "DEPT-001").cause


def test_departments_may_hold_departments_to_a_depth(tmp_path: Path) -> None:
    path = write_department(tmp_path)
    inside = tmp_path / "甲站" / "部门"
    for level in range(4):
        inner = inside / str(level)
        inner.mkdir(parents=True)
        write_department(inner)
        changed = (inner / "部门.yaml").read_text(encoding="utf-8").replace("某县某局", f"某县局{level}")
        if level < 3:
            changed = changed.replace("甲站/unit.yaml", f"../{level + 1}/部门.yaml")
        (inner / "部门.yaml").write_text(changed, encoding="utf-8")
        for file in ("本级.yaml", "甲站/unit.yaml", "乙站/unit.yaml"):
            text = (inner / file).read_text(encoding="utf-8").replace("某县", f"某县{level}")
            (inner / file).write_text(text, encoding="utf-8")
    text = path.read_text(encoding="utf-8").replace("甲站/unit.yaml", "甲站/部门/0/部门.yaml")
    path.write_text(text, encoding="utf-8")
    loaded, files = read(path)
    assert sum(line.expenditure.basic for line in loaded.accounts.lines) == 125000 * (2 + 2 * 3 + 3)
    assert len(files) == (1 + 2) + 3 * 3 + 4
    assert loaded.shares["收支明细[2010350].支出.基本"][1].parts[1].parts[1].parts[1].parts[1].unit == "某县3甲站"
    places = [s.place.file for s in loaded.shares["收支明细[2010350].支出.基本"][1].parts[1].parts if s.place]
    assert places[0] == "甲站/部门/1/本级.yaml"
    deeper = tmp_path / "甲站" / "部门" / "3" / "部门.yaml"
    text = deeper.read_text(encoding="utf-8").replace("甲站/unit.yaml", "../../../更深/部门.yaml")
    deeper.write_text(text, encoding="utf-8")
    (tmp_path / "更深").mkdir()
    write_department(tmp_path / "更深")
    assert "超过 5 层" in told(examine(path), "DEPT-001").cause


def test_without_its_own_accounts_a_department_is_told(tmp_path: Path) -> None:
    without: Changes = {"部门.yaml": [("  本级数据: 本级.yaml\n", "")]}
    seen = examine(write_department(tmp_path, without))
    assert told(seen, "DEPT-005").path == "单位.本级数据"
    assert seen.stops
    waived: Changes = {
        "部门.yaml": [*without["部门.yaml"], ("变动原因", "豁免: [{规则: DEPT-005, 原因: 没有本级账}]\n变动原因")]
    }
    assert not examine(write_department(tmp_path, waived)).stops


def test_what_a_department_states_is_held_against_the_sum(tmp_path: Path) -> None:
    stated = "收支明细:\n- {科目: 2010350, 支出: {基本: 38}, 年初预算: 37.5}\n"
    seen = examine(write_department(tmp_path, {"部门.yaml": [("预算绩效:", f"{stated}预算绩效:")]}))
    issue = told(seen, "DEPT-009")
    assert issue.level is Level.ERROR
    assert "部门写的是 38 万元，各单位之和是 37.5 万元，相差 0.5 万元" in issue.cause
    assert "某县甲站 12.5 万元（甲站/unit.yaml:8）" in issue.cause
    assert str(issue.place) == "部门.yaml:14"
    assert wan(seen, "支出.合计") == Decimal("37.5")


def test_rounding_is_no_difference(tmp_path: Path) -> None:
    yuan = [("金额单位: 万元", "金额单位: 元"), ("支出: {基本: 12.5}", "支出: {基本: 125040}")]
    stated = "收支明细:\n- {科目: 2010350, 支出: {基本: 37.50}}\n"
    changes: Changes = {"甲站/unit.yaml": yuan, "部门.yaml": [("预算绩效:", f"{stated}预算绩效:")]}
    loaded, _ = read(write_department(tmp_path, changes))
    assert [str(i) for i in loaded.issues if i.level > Level.NOTE] == []
    assert loaded.accounts.lines[0].expenditure.basic == 375040


def test_a_count_that_the_department_states_is_its_own(tmp_path: Path) -> None:
    public = "三公经费: {因公出国费: 无, 公务用车购置费: 无, 公务用车运行维护费: {保有量: 1}, 公务接待费: 无}\n"
    seen = examine(write_department(tmp_path, {"部门.yaml": [("变动原因", f"{public}变动原因")]}))
    issue = told(seen, "DEPT-009")
    assert issue.level is Level.WARNING
    assert "部门写的是 1 辆，各单位之和是 0 辆" in issue.cause
    assert seen.computed
    assert seen.computed.tree.value("三公经费.公务用车运行维护费.保有量").value == 1


def test_a_unit_with_errors_stops_its_department(tmp_path: Path) -> None:
    wrong: Changes = {"甲站/unit.yaml": [("支出: {基本: 12.5}", "支出: {基本: 12.4}")]}
    seen = examine(write_department(tmp_path, wrong))
    issue = told(seen, "DEPT-006")
    assert "某县甲站 的数据有错误" in issue.cause
    assert "甲站/unit.yaml" in issue.cause
    assert str(issue.place) == "部门.yaml:10"
    assert seen.stops


def test_a_unit_that_is_a_draft_makes_its_department_one(tmp_path: Path) -> None:
    draft: Changes = {"乙站/unit.yaml": [("职责: [负责丙事。]", "职责: [【待填写：职责】]")]}
    built = build(write_department(tmp_path, draft), tmp_path / "out")
    assert built.draft
    assert [f.name.startswith("草稿-") for f in built.files] == [True, True]
    assert "某县乙站 还有没填的内容" in next(i.cause for i in built.issues if i.rule == "DEPT-007")


def test_what_a_unit_waives_does_not_stop_its_department(tmp_path: Path) -> None:
    waiver = "豁免: [{规则: WITHIN-006, 原因: 试验}, {规则: WITHIN-002, 原因: 试验}, {规则: WITHIN-003, 原因: 试验}]\n"
    unbalanced = [("收入: {财政拨款: 12.5}", "收入: {财政拨款: 12.6}"), ("预算绩效:", f"{waiver}预算绩效:")]
    seen = examine(write_department(tmp_path, {"甲站/unit.yaml": unbalanced}))
    assert "DEPT-006" not in rules(seen)
    assert "WITHIN-002" in rules(seen)


def test_a_name_that_is_not_the_units(tmp_path: Path) -> None:
    seen = examine(write_department(tmp_path, {"部门.yaml": [("{名称: 某县甲站", "{名称: 某县甲总站")]}))
    assert told(seen, "DEPT-008").cause == "这里写作“某县甲总站”，它的数据里是“某县甲站”。"


def test_the_reason_of_the_only_unit_with_a_line_is_the_departments(tmp_path: Path) -> None:
    seen = examine(write_department(tmp_path, {"甲站/unit.yaml": [ONE_MORE]}))
    assert rules(seen) == []
    assert seen.loaded
    assert seen.loaded.accounts.lines[1].reason == "追加专项"
    assert str(seen.loaded.place("收支明细[2080501].差异原因")) == "甲站/unit.yaml:10"


def test_the_reason_of_a_line_of_several_units_is_asked_for(tmp_path: Path) -> None:
    both: Changes = {f"{s}站/unit.yaml": [ONE_MORE] for s in "甲乙"}
    seen = examine(write_department(tmp_path, both))
    issue = told(seen, "COMPLETE-002")
    assert issue.path == "收支明细[2080501].差异原因"
    assert issue.place
    assert issue.place.file == "部门.yaml"
    told_by = "收支明细: [{科目: 2080501, 差异原因: 年中追加专项}]\n预算绩效:"
    seen = examine(write_department(tmp_path, {**both, "部门.yaml": [("预算绩效:", told_by)]}))
    assert rules(seen) == []


def test_a_line_that_no_unit_has(tmp_path: Path) -> None:
    lone = "收支明细: [{科目: 2080501, 差异原因: 年中追加专项}]\n预算绩效:"
    seen = examine(write_department(tmp_path, {"部门.yaml": [("预算绩效:", lone)]}))
    assert told(seen, "DEPT-011").level is Level.WARNING
    with_money = lone.replace("差异原因: 年中追加专项", "支出: {项目: 1}")
    seen = examine(write_department(tmp_path, {"部门.yaml": [("预算绩效:", with_money)]}))
    assert told(seen, "DEPT-011").level is Level.ERROR


def test_one_code_under_two_names(tmp_path: Path) -> None:
    changes: Changes = {f"{s}站/unit.yaml": [("- 科目: 2010350", f"- 科目: 2010350\n  项名称: {s}事")] for s in "甲乙"}
    issue = told(examine(write_department(tmp_path, changes)), "DEPT-012")
    assert issue.cause == "2010350 在 某县甲站 写作“甲事”，在 某县乙站 写作“乙事”。"
    named = "收支明细: [{科目: 2010350, 项名称: 丙事}]\n预算绩效:"
    seen = examine(write_department(tmp_path, {**changes, "部门.yaml": [("预算绩效:", named)]}))
    assert "DEPT-012" not in rules(seen)
    assert seen.computed
    assert seen.computed.names.name("2010350") == "丙事"


def test_what_one_unit_does_not_state_is_not_summed(tmp_path: Path) -> None:
    seen = examine(write_department(tmp_path, {"乙站/unit.yaml": [("会议费: 无\n", "")]}))
    assert "DEPT-006" in rules(seen)
    assert next(i for i in seen.issues if i.rule == "DEPT-010").cause == "某县乙站 没有填，汇总不出。"
    assert any(i.rule == "COMPLETE-001" and i.path == "会议费.合计" for i in seen.issues)


def test_meetings_of_all_units_are_listed(tmp_path: Path) -> None:
    event = "会议费: {合计: 1, 会议: [{名称: 工作会, 人数: 9, 场租费: 1, 用餐费: 0, 其他费用: 0}]}"
    both: Changes = {f"{s}站/unit.yaml": [("会议费: 无", event.replace("工作会", f"{s}工作会"))] for s in "甲乙"}
    loaded, _ = read(write_department(tmp_path, both))
    assert loaded.accounts.meetings
    assert [m.name for m in loaded.accounts.meetings.events] == ["甲工作会", "乙工作会"]
    assert str(loaded.place("会议费.会议[2].名称")) == "乙站/unit.yaml:18"


def test_a_department_may_be_last_years_file(tmp_path: Path) -> None:
    last = tmp_path / "2023"
    last.mkdir()
    year = ("年度: 2024", "年度: 2023")
    prior = write_department(last, {f: [year] for f in ("部门.yaml", "本级.yaml", "甲站/unit.yaml", "乙站/unit.yaml")})
    path = write_department(tmp_path)
    assert rules(examine(path, prior=prior)) == ["YEAR-008", "YEAR-008"]
    changed: Changes = {"甲站/unit.yaml": [("上年: {收支总计: 12.5", "上年: {收支总计: 13.5")]}
    seen = examine(write_department(tmp_path, changed), prior=prior)
    assert "YEAR-001" in rules(seen)


def test_units_may_be_in_the_layout_beside_their_department(tmp_path: Path) -> None:
    own: Changes = {f: [("年度: 2024", "年度: 2024\n版式: 本县")] for f in ("部门.yaml", "甲站/unit.yaml")}
    path = write_department(tmp_path, own)
    profiles = tmp_path / "templates" / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "本县.yaml").write_text("中文名: 本县\n继承: standard\n", encoding="utf-8")
    assert rules(examine(path)) == []


def test_what_a_department_rests_on(tmp_path: Path) -> None:
    prior = "上年文件: ../../2023/甲站/unit.yaml\n预算绩效:"
    path = write_department(tmp_path / "2024", {"甲站/unit.yaml": [("预算绩效:", prior)]})
    assert files_behind(path) == ("本级.yaml", "甲站/unit.yaml", "../2023/甲站/unit.yaml", "乙站/unit.yaml")
    (tmp_path / "上级").mkdir()
    above = write_department(tmp_path / "上级", {"部门.yaml": [("甲站/unit.yaml", "../2024/部门.yaml")]})
    assert [f for f in files_behind(above) if "2024" in f] == [
        "../2024/部门.yaml", "../2024/本级.yaml", "../2024/甲站/unit.yaml", "../2024/乙站/unit.yaml",
    ]  # fmt: skip
    assert files_behind(tmp_path / "2024" / "本级.yaml") == ()
