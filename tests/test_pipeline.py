"""`build`, whole: the same bytes twice, drafts, and every way in which it says no."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

import budgetgen
from budgetgen import resources
from budgetgen.office.files import folder_name
from budgetgen.packet.unprinted import UNPRINTED
from budgetgen.pipeline import Built, build, renderer_of

EVERYTHING = (Path(__file__).parent / "cases" / "everything.yaml").read_text(encoding="utf-8")


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def built_from(tmp_path: Path, *changes: tuple[str, str], **options: object) -> Built:
    """Build the unit with everything, each `old` of its text replaced by `new`."""
    text = EVERYTHING
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = tmp_path / "unit.yaml"
    path.write_text(text, encoding="utf-8")
    return build(path, tmp_path / "out", **options)  # type: ignore[arg-type]


def told(built: Built, rule: str) -> str:
    (issue,) = [i for i in built.issues if i.rule == rule]
    return str(issue)


def line_of(text: str) -> int:
    return next(n for n, line in enumerate(EVERYTHING.splitlines(), 1) if text in line)


def nothing_written(tmp_path: Path) -> bool:
    return not (tmp_path / "out").exists() or not names(tmp_path / "out")


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, example: Path) -> None:
    first = build(example, tmp_path / "一")
    renderer_of.cache_clear()
    second = build(example, tmp_path / "二")
    assert [p.name for p in first.files] == [
        "中共株洲市天元区委办公室2024年度公开表.xlsx",
        "中共株洲市天元区委办公室2024年度决算公开.docx",
        "中共株洲市天元区委办公室2024年度绩效自评表.xlsx",
    ]
    for one, other in zip(first.files, second.files, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_by_default_the_packet_goes_beside_the_input(tmp_path: Path) -> None:
    (tmp_path / "unit.yaml").write_text(EVERYTHING, encoding="utf-8")
    built = build(tmp_path / "unit.yaml")
    assert {p.parent for p in built.files} == {tmp_path / "某市某局-2024"}


def test_the_package_offers_the_same(tmp_path: Path, example: Path) -> None:
    loaded = budgetgen.load(example)
    assert loaded.accounts.unit.name == "中共株洲市天元区委办公室"
    assert str(loaded.place("单位.名称")).startswith("unit.yaml:")
    assert len(budgetgen.build(str(example), str(tmp_path)).files) == 3


# ------------------------------------------------------------------------------------------ facts that are missing


def test_a_missing_prior_year_total_stops_the_packet(tmp_path: Path) -> None:
    built = built_from(tmp_path, ("收支总计: 2000000, ", ""))
    assert "unit.yaml:" in told(built, "COMPLETE-001")
    assert "上年.收支总计：表格或句子要用这个数，但没有填。 填上；确实没有的填 0。" in told(built, "COMPLETE-001")
    assert built.files == ()
    assert nothing_written(tmp_path)


def test_a_missing_initial_budget_stops_the_packet(tmp_path: Path) -> None:
    built = built_from(tmp_path, ("  年初预算: 100049\n", ""))
    assert "收支明细[2080505].年初预算" in told(built, "COMPLETE-001")
    assert f"unit.yaml:{line_of('2080505')}" in told(built, "COMPLETE-001")


def test_a_missing_section_is_told_fact_by_fact(tmp_path: Path) -> None:
    built = built_from(
        tmp_path, ("机关运行经费: {决算: 300000, 年初预算: 400000, 上年决算: 300000, 原因: 厉行节约}\n", "")
    )
    assert [i.path for i in built.issues if i.rule not in (UNPRINTED, "TEXT-017")] == [
        "机关运行经费.决算",
        "机关运行经费.上年决算",
    ]


def test_force_writes_a_draft_with_the_gaps_in_it(tmp_path: Path) -> None:
    built = built_from(tmp_path, ("收支总计: 2000000, ", ""), force=True)
    assert built.draft
    kinds = ("公开表.xlsx", "决算公开.docx", "绩效自评表.xlsx")
    assert [p.name for p in built.files] == [f"草稿-某市某局2024年度{kind}" for kind in kinds]


def test_a_missing_reason_makes_a_draft_with_the_gap_highlighted(tmp_path: Path) -> None:
    import docx
    from docx.enum.text import WD_COLOR_INDEX

    built = built_from(tmp_path, ("  差异原因: 年中追加专项\n", ""))
    assert "警告 COMPLETE-002 收支明细[2010302].差异原因：句子要用这段文字，但没有填" in told(built, "COMPLETE-002")
    assert built.draft
    document = docx.Document(str(built.files[1]))
    runs = [r for p in document.paragraphs for r in p.runs if "待填写" in r.text]
    assert [r.text for r in runs] == ["【待填写：收支明细 2010302（一般行政管理事务）的差异原因】"]
    assert runs[0].font.highlight_color == WD_COLOR_INDEX.YELLOW


def test_no_reason_is_asked_for_where_nothing_moved(tmp_path: Path) -> None:
    built = built_from(tmp_path, ("年初预算: 0\n  差异原因: 年中追加专项\n", "年初预算: 350000\n"))
    assert [i for i in built.issues if i.rule not in (UNPRINTED, "TEXT-017")] == []


def test_a_text_that_still_waits_to_be_written_makes_a_draft(tmp_path: Path) -> None:
    built = built_from(tmp_path, ("差异原因: 项目取消", "差异原因: 【待填写：为什么】"))
    assert built.draft
    assert f"unit.yaml:{line_of('差异原因: 项目取消')} 警告 COMPLETE-003 收支明细[2081199].差异原因" in told(
        built, "COMPLETE-003"
    )


# ----------------------------------------------------------------------------------- amounts that contradict


def test_two_sides_that_differ_are_told_with_both_totals(tmp_path: Path) -> None:
    built = built_from(tmp_path, ("支出: {基本: 100000}", "支出: {基本: 100000.01}"))
    message = told(built, "WITHIN-002")
    assert "错误 WITHIN-002" in message
    assert "收支总计 285.600075 万元，支出总计 285.600076 万元，相差 0.000001 万元" in message
    assert "一般公共预算" in told(built, "WITHIN-003")
    assert built.files == ()


def test_basic_expenditure_that_is_not_that_of_table_06(tmp_path: Path) -> None:
    built = built_from(tmp_path, ("30101: 900000", "30101: 900100"))
    message = told(built, "WITHIN-004")
    assert (
        "一般公共预算财政拨款·支出·基本支出 158.000075 万元，经济分类·合计 158.010075 万元，相差 0.01 万元" in message
    )


def test_a_stated_total_beyond_rounding(tmp_path: Path) -> None:
    built = built_from(tmp_path, ("结余分配: 9000", "结余分配: 9000\n数字核定: {支出.合计: 2635000.02}"))
    message = told(built, "WITHIN-001")
    assert f"unit.yaml:{line_of('结余分配: 9000') + 1} 错误" in message
    assert "核定数 263.500002 万元，各部分之和 263.500075 万元，相差 0.000073 万元" in message


def test_a_stated_name_that_no_figure_has(tmp_path: Path) -> None:
    built = built_from(tmp_path, ("结余分配: 9000", "结余分配: 9000\n数字核定: {支出.合汁: 1}"))
    assert "没有“支出.合汁”这个数，是否想写“支出.合计”？" in told(built, "WITHIN-005")


# ------------------------------------------------------------------------------------- templates and places


def test_an_unknown_profile_is_told_with_those_there_are(tmp_path: Path) -> None:
    built = built_from(tmp_path, profile="tianyuam")
    assert "没有版式“tianyuam”，是否想写“tianyuan”？" in told(built, "PROFILE-001")


@pytest.fixture
def own_templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of templates/ and config/ to be spoilt."""
    import shutil

    for name in ("templates", "config"):
        shutil.copytree(resources.root() / name, tmp_path / "data" / name)
    monkeypatch.setattr(resources, "root", lambda: tmp_path / "data")
    renderer_of.cache_clear()
    yield tmp_path / "data" / "templates"
    renderer_of.cache_clear()


def test_an_undefined_name_in_a_narrative(tmp_path: Path, own_templates: Path) -> None:
    path = own_templates / "docx" / "standard" / "说明" / "收入.md.j2"
    path.write_text(path.read_text(encoding="utf-8").replace("{{ 收入.合计 }}", "{{ 收入.合汁 }}", 1), encoding="utf-8")
    message = told(built_from(tmp_path), "TEMPLATE-001")
    assert "收入.md.j2" in message
    assert "“收入”中没有“合汁”这个名称，是否想写“合计”？" in message
    assert nothing_written(tmp_path)


def test_an_undefined_name_in_a_sheet(tmp_path: Path, own_templates: Path) -> None:
    import openpyxl

    path = own_templates / "xlsx" / "tianyuan" / "公开表.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["公开02"]
    cell = next(c for row in sheet.iter_rows() for c in row if c.value == "{{ 收入.合计 }}")
    cell.value = "{{ 收入.总和 }}"
    book.save(path)
    message = told(built_from(tmp_path), "TEMPLATE-001")
    assert f"公开表.xlsx 公开02!{cell.coordinate}" in message.replace(str(path.parent) + os.sep, "")
    assert "没有“总和”这个名称" in message


def test_a_phrase_that_is_not_there(tmp_path: Path, own_templates: Path) -> None:
    (own_templates / "docx" / "standard" / "说明" / "短语" / "占比.j2").unlink()
    message = told(built_from(tmp_path), "TEMPLATE-001")
    assert "“短语”中没有“占比”这个名称" in message


def test_a_narrative_with_a_syntax_error_names_its_line(tmp_path: Path, own_templates: Path) -> None:
    path = own_templates / "docx" / "tianyuan" / "说明" / "其他.md.j2"
    path.write_text("## 十五、其他\n\n{% if 单位.名称 %}\n没有结束\n", encoding="utf-8")
    assert "其他.md.j2" in told(built_from(tmp_path), "TEMPLATE-001")


def test_an_output_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"")
    built = built_from(tmp_path)
    assert "不能当文件夹用" in told(built, "OUTPUT-002")
    assert built.files == ()


def test_a_target_open_in_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = built_from(tmp_path)
    before = [p.read_bytes() for p in first.files]
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:  # what Windows does while Word holds the file
        if self.suffix == ".docx":
            raise PermissionError(13, "Permission denied")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    built = built_from(tmp_path)
    assert "请先在 Excel、WPS 或 Word 中关闭它，再生成一次" in told(built, "OUTPUT-001")
    assert built.files == ()
    assert [p.read_bytes() for p in first.files] == before
    assert names(tmp_path / "out") == sorted(p.name for p in first.files)


def test_a_name_that_would_leave_the_folder(tmp_path: Path) -> None:
    built = built_from(tmp_path, ("名称: 某市某局\n", "名称: ../某/局\n"))
    assert [p.parent for p in built.files] == [tmp_path / "out"] * 3
    assert built.files[0].name == "_某_局2024年度公开表.xlsx"


# --------------------------------------------------------------------------------- one fact, one value; what stays


def test_a_line_that_does_not_balance_is_an_error_however_many_lines_there_are(tmp_path: Path) -> None:
    built = built_from(
        tmp_path, ("金额单位: 元", "金额单位: 万元"), ("收入: {财政拨款: 300000}", "收入: {财政拨款: 300000.10}")
    )
    message = told(built, "WITHIN-006")
    assert f"unit.yaml:{line_of('财政拨款: 300000}')} 错误 WITHIN-006 收支明细[2010302]" in message
    assert "年初结转加收入 500000.10 万元，支出加年末结转 500000.00 万元，相差 0.10 万元" in message


def test_offsetting_errors_in_two_lines_are_both_told(tmp_path: Path) -> None:
    built = built_from(
        tmp_path,
        ("收入: {财政拨款: 300000}", "收入: {财政拨款: 350000}"),
        ("收入: {财政拨款: 1500000.25}", "收入: {财政拨款: 1450000.25}"),
    )
    lines = [i.path.partition(".")[0] for i in built.issues if i.rule == "WITHIN-006"]
    assert lines == ["收支明细[2010301]", "收支明细[2010302]"]


def test_a_split_that_is_not_the_appropriation_is_an_error(tmp_path: Path) -> None:
    built = built_from(
        tmp_path, ("收入: {财政拨款: 300000}", "收入: {财政拨款: 300000}\n  财政拨款收入分项: {基本: 1, 项目: 2}")
    )
    assert "财政拨款收入 30.00 万元，分项之和 0.0003 万元" in told(built, "WITHIN-007")


THIRDS = """\
年度: 2024
金额单位: 万元
单位: {名称: 甲局, 类型: 部门, 职责: [甲], 内设机构: 无, 决算单位: 无}
收支明细:
- {科目: 2010301, 收入: {财政拨款: 3.33}, 支出: {基本: 3.33}, 年初预算: 3.33}
- {科目: 2010302, 收入: {财政拨款: 3.33}, 支出: {项目: 3.33}, 年初预算: 3.33}
- {科目: 2080505, 收入: {财政拨款: 3.33}, 支出: {基本: 3.33}, 年初预算: 3.33}
基本支出经济分类: {30101: 6.66}
"""


def figures_of(tmp_path: Path, text: str) -> tuple[dict[str, str], list[str]]:
    """The printed amount of each computed figure of an input, and the rules that spoke."""
    from budgetgen.check import check
    from budgetgen.classification import read_classification
    from budgetgen.compute import compute
    from budgetgen.reading import load

    path = tmp_path / "unit.yaml"
    path.write_text(text, encoding="utf-8")
    loaded = load(path)
    computed = compute(loaded.accounts, read_classification(2024))
    return {n: str(f.printed) for n, f in computed.figures.items()}, [
        f"{i.level.label} {i.rule}" for i in check(loaded, computed)
    ]


def test_a_stated_total_is_taken_by_every_name_of_the_same_fact(tmp_path: Path) -> None:
    figures, _ = figures_of(tmp_path, THIRDS + "数字核定: {支出.合计: 10.00}\n")
    same = [
        "支出.合计",
        "支出总计",
        "财政拨款.支出.合计",
        "财政拨款.支出.一般公共预算",
        "财政拨款.支出总计.合计",
        "一般公共预算.支出.合计",
    ]
    assert {n: figures[n] for n in same} == dict.fromkeys(same, "10.00")


def test_two_sides_that_print_differently_ask_for_one_number(tmp_path: Path) -> None:
    _, rules = figures_of(tmp_path, THIRDS + "数字核定: {支出.合计: 10.00}\n")
    assert "警告 WITHIN-002" in rules
    _, settled = figures_of(tmp_path, THIRDS + "数字核定: {支出.合计: 10.00, 收入.合计: 10.00}\n")
    assert settled == ["提示 WITHIN-001", "提示 WITHIN-001"]


def test_a_number_that_is_given_needs_no_stating(tmp_path: Path) -> None:
    built = built_from(tmp_path, ("结余分配: 9000", "结余分配: 9000\n数字核定: {三公经费.公务接待费.决算: 1}"))
    assert "“三公经费.公务接待费.决算”是填的数，不用核定。 直接改它，删去这一行。" in told(built, "WITHIN-005")


def test_a_reason_serves_only_what_moved_in_its_direction(tmp_path: Path) -> None:
    built = built_from(tmp_path, ("财政拨款收支总计: 2700000.75", "财政拨款收支总计: 9000000"))
    assert "变动原因.财政拨款收支总计" in told(built, "COMPLETE-002")


def test_force_with_errors_writes_a_draft_and_leaves_the_final_one_alone(tmp_path: Path) -> None:
    final = built_from(tmp_path)
    before = [p.read_bytes() for p in final.files]
    forced = built_from(tmp_path, ("结余分配: 9000", "结余分配: 9001"), force=True)
    assert all(p.name.startswith("草稿-") for p in forced.files)
    assert [p.read_bytes() for p in final.files] == before
    assert "还有以前生成的 某市某局2024年度公开表.xlsx、某市某局2024年度决算公开.docx" in told(forced, "OUTPUT-004")


def test_a_final_packet_takes_its_drafts_away(tmp_path: Path) -> None:
    built_from(tmp_path, ("结余分配: 9000", "结余分配: 9001"), force=True)
    final = built_from(tmp_path)
    assert names(tmp_path / "out") == sorted(p.name for p in final.files)


def test_a_long_name_keeps_its_year(tmp_path: Path) -> None:
    text = EVERYTHING.replace("名称: 某市某局\n", f"名称: {'甲' * 80}局\n")
    (tmp_path / "unit.yaml").write_text(text, encoding="utf-8")
    built = build(tmp_path / "unit.yaml")
    folder = built.files[0].parent.name
    assert (folder[:54], folder[-5:], len(folder)) == ("甲" * 53 + "~", "-2024", 65)
    assert folder != folder_name("甲" * 81 + "局", 2024), "two long names are two folders"


def test_a_build_leaves_the_collector_as_it_was(tmp_path: Path) -> None:
    usual = gc.get_threshold()
    try:
        gc.set_threshold(701, 11, 12)
        build(tmp_path / "no.yaml")
        assert gc.get_threshold() == (701, 11, 12)
    finally:
        gc.set_threshold(*usual)
