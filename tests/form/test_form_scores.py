"""绩效自评 in the 填报表: tables of indicators, weights and projects as people fill and merge them."""

from __future__ import annotations

from collections.abc import Callable

import openpyxl
import pytest
from books import UNIT, changed, read_book

from budgetgen.model.performance import Evaluation

SCORED = f"""\
{UNIT}绩效自评:
  报告:
    整体绩效: [甲。, {{标题: （一）乙, 段落: [丙。, 丁。]}}]
    其他说明: 无
  整体:
    完成情况: [甲。, 乙。]
    权重: {{产出指标: 40, 效益指标: 20.5}}
    指标:
    - {{一级: 产出指标, 二级: 数量指标, 三级: 办件, 指标值: "500", 完成值: ≥600件, 分值: 40, 得分: 39.75}}
    - {{一级: 产出指标, 二级: 质量指标, 三级: 无}}
    - {{一级: 效益指标, 三级: 受益, 分值: 20}}
  项目:
  - {{名称: 甲项目, 资金: {{当年财政拨款: {{年初预算: 1, 全年预算: 2, 执行: 1.5}}}}, 绩效情况: [一。, 二。], 指标: 无}}
  - {{名称: 乙（改革组）, 涉密: 是, 安排: 年中追加, 权重: {{产出指标: 40}}}}
"""
HEAD = 4


def evaluation(change: Callable[[openpyxl.Workbook], None] = lambda _book: None) -> Evaluation:
    found = read_book(changed(change, SCORED)).accepted.accounts.evaluation
    assert found is not None
    return found


def cell(book: openpyxl.Workbook, sheet: str, header: str, row: int) -> str:
    return next(f"{c.column_letter}{row}" for c in book[sheet][HEAD] if c.value == header)


def test_what_was_filled_is_read() -> None:
    read = evaluation()
    assert read.whole is not None
    assert read.whole.done == ["甲。", "乙。"]
    assert [(p.heading, p.paragraphs) for p in read.report.results or []] == [
        ("", ["甲。"]),
        ("（一）乙", ["丙。", "丁。"]),
    ]
    assert read.report.others == []
    assert [p.name for p in read.projects] == ["甲项目", "乙（改革组）"]
    assert (read.projects[0].indicators, read.projects[1].indicators) == ([], None)


def test_kinds_that_are_merged_downwards_are_of_the_kind_above() -> None:
    def merge(book: openpyxl.Workbook) -> None:
        sheet = book["绩效指标"]
        for header in ("项目", "一级指标"):
            first, second = (cell(book, "绩效指标", header, row) for row in (HEAD + 1, HEAD + 2))
            sheet[second].value = None
            sheet.merge_cells(f"{first}:{second}")

    assert evaluation(merge) == evaluation()


def test_the_first_rows_are_of_the_whole_where_nothing_is_said() -> None:
    def blank(book: openpyxl.Workbook) -> None:
        for row in range(HEAD + 1, HEAD + 4):
            book["绩效指标"][cell(book, "绩效指标", "项目", row)].value = None

    assert evaluation(blank) == evaluation()


def test_columns_may_be_called_by_their_keys_and_moved() -> None:
    def rename(book: openpyxl.Workbook) -> None:
        sheet = book["绩效指标"]
        sheet[cell(book, "绩效指标", "年度指标值", HEAD)].value = "指标值"
        sheet.insert_cols(1)

    assert evaluation(rename) == evaluation()


@pytest.mark.parametrize(
    ("sheet", "header", "typed", "words"),
    [
        ("绩效指标", "项目", "丙项目", ("INPUT-026", "“绩效项目”里没有“丙项目”这个项目", "整体自评写“整体支出”")),
        ("绩效指标", "分值", "四十", ("INPUT-023", "“四十”不是分数")),
        ("绩效权重", "一级指标", None, ("INPUT-026", "有分值，没有一级指标")),
        ("绩效项目", "安排", "年底", ("INPUT-016", "年初预算")),
        ("绩效项目", "项目支出名称", "乙（改革组）", ("INPUT-030", "“乙（改革组）”写了两次")),
    ],
)
def test_a_fault_is_told_with_its_cell(sheet: str, header: str, typed: str | None, words: tuple[str, ...]) -> None:
    def spoil(book: openpyxl.Workbook) -> None:
        book[sheet][cell(book, sheet, header, HEAD + 1)].value = typed

    outcome = read_book(changed(spoil, SCORED))
    assert outcome.loaded is None
    said = [str(i) for i in outcome.errors]
    assert any(all(w in text for w in (*words, f"{sheet}!")) for text in said), said


def test_a_form_from_before_there_were_these_sheets_is_read() -> None:
    def old(book: openpyxl.Workbook) -> None:
        for name in ("绩效自评", "绩效指标", "绩效权重", "绩效项目"):
            del book[name]

    outcome = read_book(changed(old))
    assert outcome.accepted.accounts.evaluation is None
    assert "绩效" not in outcome.said


def test_a_form_of_the_evaluation_alone() -> None:
    text = "年度: 2024\n金额单位: 万元\n单位: {名称: 甲局, 类型: 部门}\n绩效自评: {整体: {资金: {全年预算: 1}}}\n"
    accounts = read_book(changed(lambda _book: None, text)).accepted.accounts
    assert accounts.sections_told == {"绩效自评"}


def test_a_project_with_nothing_but_an_empty_part_keeps_its_place() -> None:
    text = f"{UNIT}绩效自评: {{项目: [{{名称: 甲}}, {{名称: 乙, 资金: {{其他资金: {{}}}}}}]}}\n"
    read = read_book(changed(lambda _book: None, text)).accepted.accounts.evaluation
    assert read is not None
    assert [(p.name, p.funds is not None and p.funds.other is not None) for p in read.projects] == [
        ("甲", False),
        ("乙", True),
    ]
