"""Sentences of odd units: what nets to nothing, prints as nothing, nearly all or nearly none, or is not told yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from budgetgen.pipeline import build
from budgetgen.verify import read_paragraphs

EVERYTHING = (Path(__file__).parent.parent / "cases" / "everything.yaml").read_text(encoding="utf-8")
HEAD = "年度: 2024\n金额单位: 万元\n单位: {名称: 某乡某所, 类型: 单位}\n收支明细:\n"
STATE_CAPITAL = """\
- 科目: 2230105
  资金: 国有资本经营
  收入: {财政拨款: 80000}
  支出: {项目: 80000}
"""
NETS_TO_NOTHING = """\
- {科目: 2010301, 收入: {财政拨款: 10}, 支出: {基本: 10}, 年初预算: 0, 差异原因: 记账}
- {科目: 2080505, 收入: {财政拨款: -10}, 支出: {项目: -10}, 年初预算: 0, 差异原因: 冲账}
"""
ONLY_CARRIED_OVER = "- {科目: 2010301, 年初结转: {项目: 5}, 年末结转: {项目结转: 5}, 年初预算: 0}\n"
NOTHING_ON_THE_RIGHT = "- {科目: 2010301, 年初结转: {项目: -10}, 收入: {财政拨款: 10}, 年初预算: 0}\n"

LAYOUTS = ("standard", "tianyuan", "zhuzhou", "zhuzhou-approval")
Say = Callable[[str, str], list[str]]


@pytest.fixture
def say(tmp_path: Path) -> Say:
    """The paragraphs that a 版式 makes of a unit file, a draft where it must be."""

    def paragraphs(layout: str, text: str) -> list[str]:
        (tmp_path / "unit.yaml").write_text(text, encoding="utf-8")
        built = build(tmp_path / "unit.yaml", tmp_path / "out", profile=layout, force=True)
        assert built.packet, [str(i) for i in built.issues]
        return list(read_paragraphs(built.packet.document.data))

    return paragraphs


def changed(*changes: tuple[str, str]) -> str:
    """The unit with everything, each of `changes` made once."""
    text = EVERYTHING
    for old, new in changes:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    return text


def assert_says(found: list[str], *sentences: str) -> None:
    for sentence in sentences:
        assert any(sentence in p for p in found), (sentence, found)


def assert_silent(found: list[str], *words: str) -> None:
    for word in words:
        assert [p for p in found if word in p] == []


# ------------------------------------------------------------------------------------------- nothing, and of nothing


@pytest.mark.parametrize(
    ("layout", "of_all", "of_classes"),
    [
        ("standard", "基本支出10.00万元；项目支出-10.00万元。", "一般公共服务（类）支出10.00万元；社会保障和就业（类）支出-10.00万元。"),
        ("tianyuan", "基本支出10.00万元；项目支出-10.00万元；上缴上级支出0万元，占0%；", "一般公共服务支出10.00万元；社会保障和就业支出-10.00万元。"),
        ("zhuzhou", "基本支出10万元；项目支出-10万元。", "一般公共服务（类）支出10万元；社会保障和就业（类）支出-10万元。"),
        ("zhuzhou-approval", "基本支出10万元；项目支出-10万元。", "一般公共服务（类）支出10万元；社会保障和就业（类）支出-10万元。"),
    ],
)  # fmt: skip
def test_no_share_of_nothing(say: Say, layout: str, of_all: str, of_classes: str) -> None:
    found = say(layout, HEAD + NETS_TO_NOTHING)
    assert_says(found, f"2024年度支出合计0万元，其中：{of_all}", "支出0万元，主要用于以下方面：", of_classes)


@pytest.mark.parametrize("layout", ["standard", "zhuzhou"])
def test_no_share_of_a_fund_that_spent_nothing(say: Say, layout: str) -> None:
    amount = "0.5万元" if layout == "zhuzhou" else "0.50万元"
    text = changed((STATE_CAPITAL, ""), ("国有资本经营: 无", "国有资本经营: {项目个数: 1, 金额: 5000}"))
    assert_says(say(layout, text), f"；国有资本经营预算项目1个{amount}；社会保险基金预算项目1个")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_was_only_carried_over_is_no_item(say: Say, layout: str) -> None:
    found = say(layout, HEAD + ONLY_CARRIED_OVER)
    assert_says(found, "年初预算数为0万元，支出决算数为0万元。")
    assert_silent(found, "（项）")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_side_without_figures_is_left_out(say: Say, layout: str) -> None:
    found = say(layout, HEAD + NOTHING_ON_THE_RIGHT)
    amount = "10.00万元" if layout in ("standard", "tianyuan") else "10万元"
    assert_says(found, f"收入总计中，本年收入合计{amount}、年初结转和结余-{amount}。")
    assert_says(found, f"收入总计中，本年财政拨款收入{amount}、年初财政拨款结转和结余-{amount}。")
    assert_silent(found, "支出总计中")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_parts_that_print_as_nothing_are_no_parts(say: Say, layout: str) -> None:
    parts = STATE_CAPITAL.replace("{项目: 80000}", "{基本: 40, 项目: 40}")
    found = say(layout, changed((STATE_CAPITAL, parts)))
    wording = "8.00万元" if layout in ("standard", "tianyuan") else "8万元"
    assert_says(found, f"国有资本经营预算财政拨款收入{wording}，支出0.01万元。具体情况如下：")


@pytest.mark.parametrize(
    ("layout", "sentence"),
    [
        ("standard", "本单位没有国有资本经营预算财政拨款收入，也没有使用国有资本经营预算安排的支出。"),
        ("tianyuan", "本单位无国有资本经营预算收支。"),
        ("zhuzhou", "八、政府性基金预算收入支出决算情况"),
        ("zhuzhou-approval", "八、政府性基金预算收入支出决算情况"),
    ],
)
def test_a_fund_that_prints_as_nothing_is_none(say: Say, layout: str, sentence: str) -> None:
    found = say(layout, changed((STATE_CAPITAL, STATE_CAPITAL.replace("80000", "40"))))
    assert_says(found, sentence)
    assert_silent(found, "国有资本经营预算财政拨款收入0")


def test_an_amount_that_prints_as_nothing_is_no_share(say: Say) -> None:
    found = say("tianyuan", changed(("附属单位上缴: 40000, 其他: 50000", "附属单位上缴: 40000, 其他: 40")))
    assert_says(found, "；其他收入0万元，占0%。")


def test_no_appraisal_is_told_where_zeros_are_not_listed(say: Say) -> None:
    i = EVERYTHING.index("  事前评估:")
    line = EVERYTHING[i : EVERYTHING.index("\n", i)]
    text = changed((line, "  事前评估: 无"))
    assert_silent(say("standard", text), "事前绩效评估")
    assert_says(say("zhuzhou", text), "组织对2024年度0个新增重大政策和0个重大项目开展事前绩效评估")


# ------------------------------------------------------------------------------------------------ all, but for a bit


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_rate_beside_larger_is_not_all(say: Say, layout: str) -> None:
    text = changed(("年初预算: 1480000.75", "年初预算: 1479800.75\n  差异原因: 补缴"))
    assert_says(say(layout, text), "完成年初预算的100.01%，决算数大于年初预算数的主要原因是：补缴。")


# --------------------------------------------------------------------------------------------------- not told yet


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_is_no_reason(say: Say, layout: str) -> None:
    found = say(layout, changed(("差异原因: 项目取消", "差异原因: 无")))
    assert_says(
        found, "决算数小于年初预算数的主要原因是：【待填写：收支明细 2081199（其他残疾人事业支出）的差异原因】。"
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_reason_on_two_lines_stays_in_its_sentence(say: Say, layout: str) -> None:
    found = say(layout, changed(("差异原因: 项目取消", "差异原因: |-\n    项目取消，\n\n    不再实施")))
    assert_says(found, "决算数小于年初预算数的主要原因是：项目取消，不再实施。")


NO_PRIOR_YEAR = (
    ("收支总计: 2000000, ", ""),
    ("上年决算: 300000, 原因: 厉行节约", "原因: 厉行节约"),
    ("上年决算: 10000, 上年差异原因: 没有接待任务, ", ""),
)


@pytest.mark.parametrize(
    ("layout", "reception"),
    [("standard", "；"), ("tianyuan", "，"), ("zhuzhou", "；"), ("zhuzhou-approval", "，")],
)
def test_no_reason_is_asked_for_before_the_prior_year_is_known(say: Say, layout: str, reception: str) -> None:
    found = say(layout, changed(*NO_PRIOR_YEAR))
    assert_says(found, "与上年相比，【待填写：上年·收支总计】。")
    assert_says(found, f"支出决算为0万元{reception}与上年相比【待填写：三公经费·公务接待费·上年决算】。")
    if layout == "tianyuan":
        assert_says(found, "机关运行经费支出30.00万元，比上年决算数【待填写：机关运行经费·上年决算】。")


@pytest.mark.parametrize(
    ("typed", "closed"),
    [
        ("结果为“优”。", "结果为“优”。组织对"),
        ("结果为“优”", "结果为“优”。组织对"),
        ("结果为优", "结果为优。组织对"),
        ("结论是：“全部完成。”", "“全部完成。”组织对"),
        ("如下；", "如下；组织对"),
    ],
)
def test_a_paragraph_is_closed_before_the_next_sentence(say: Say, typed: str, closed: str) -> None:
    text = changed(("评价结论: 本单位开展了绩效自评，结果为“优”。", f"评价结论: 本单位开展了绩效自评，{typed}"))
    assert_says(say("tianyuan", text), closed)


# ------------------------------------------------------------------------------------------------------- offices


@pytest.mark.parametrize(
    ("layout", "none", "some"),
    [
        ("standard", "无内设机构。另设机关党委。", "内设机构25个，包括：办公室、财务科。另设机关党委。"),
        ("tianyuan", "无内设机构。另设机关党委。", "内设机构25个，包括：办公室、财务科。另设机关党委。"),
        ("zhuzhou", "无内设机构。另设机关党委。", "内设机构25个，包括：办公室、财务科。另设机关党委。"),
        ("zhuzhou-approval", "无内设机构，另设机关党委。", "内设25个科室，包括：办公室、财务科，另设机关党委。"),
    ],
)
def test_offices(say: Say, layout: str, none: str, some: str) -> None:
    listed = "内设机构: [办公室, 财务科]"
    assert_says(say(layout, changed((listed, "内设机构: 无"))), f"某市某局{none}")
    assert_says(say(layout, changed((listed, f"{listed}\n  内设机构数: 25"))), f"某市某局{some}")
