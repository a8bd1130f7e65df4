"""绩效自评 as it is typed: texts of several paragraphs, an evaluation alone, projects by name."""

from __future__ import annotations

from said import HEAD, read

from budgetgen.model.performance import Evaluation, Passage

ALONE = """\
年度: 2020
金额单位: 万元
单位: {名称: 甲局, 类型: 部门}
绩效自评: {整体: {资金: {全年预算: 1}}}
"""


def evaluation(text: str) -> Evaluation:
    found = read(HEAD + "绩效自评:\n" + text).accepted.accounts.evaluation
    assert found is not None
    return found


def test_paragraphs_are_a_list_or_the_lines_of_a_text() -> None:
    whole = evaluation("  整体:\n    预期目标: [甲。, 乙。]\n    完成情况: |\n      丙。\n\n      丁。\n").whole
    assert whole is not None
    assert (whole.goals, whole.done) == (["甲。", "乙。"], ["丙。", "丁。"])


def test_a_section_of_the_report_is_texts_and_texts_under_headings() -> None:
    report = evaluation("  报告:\n    整体绩效:\n    - 甲。\n    - {标题: （一）乙, 段落: [丙。, 丁。]}\n").report
    assert report.results == [
        Passage(paragraphs=["甲。"]),
        Passage(heading="（一）乙", paragraphs=["丙。", "丁。"]),
    ]
    assert evaluation("  报告: {存在问题: 一句话。}\n").report.problems == [Passage(paragraphs=["一句话。"])]
    assert evaluation("  报告: {存在问题: 无}\n").report.problems == []
    assert evaluation("  报告: {}\n").report.problems is None


def test_an_evaluation_alone_goes_without_lines() -> None:
    accounts = read(ALONE).accepted.accounts
    assert accounts.sections_told == {"绩效自评"}
    assert accounts.lines == []


def test_without_an_evaluation_the_lines_are_wanted() -> None:
    read(ALONE.replace("绩效自评", "三公经费")).refuses("unit.yaml:1", "缺少“收支明细”")
    assert read(ALONE + "结余分配: 1\n").accepted.accounts.sections_told == {"绩效自评", "结余分配"}


def test_a_project_is_known_by_its_name() -> None:
    text = "  项目:\n  - {名称: 甲（改革组）, 资金: {全年预算: 1}}\n  - {名称: 乙}\n"
    sources = read(HEAD + "绩效自评:\n" + text).accepted.sources
    assert sources["绩效自评.项目[甲（改革组）].资金.全年预算"].line == 8
    twice = read(HEAD + "绩效自评:\n" + text + "  - {名称: 乙}\n")
    twice.refuses("unit.yaml:10", "INPUT-030", "“乙”写了两次", "unit.yaml:9")


def test_points_are_numbers() -> None:
    typed = "  整体: {指标: [{一级: 产出指标, 分值: 10分}], 权重: {产出指标: 四十}}\n"
    outcome = read(HEAD + "绩效自评:\n" + typed)
    outcome.refuses("unit.yaml:7", "“10分”带了单位", "只写数字：10")
    outcome.refuses("unit.yaml:7", "“四十”不是分数")
