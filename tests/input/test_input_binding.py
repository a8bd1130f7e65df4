"""Keys, shapes, blanks and stated nothings, texts, places."""

from __future__ import annotations

from decimal import Decimal

import pytest
from said import HEAD, read

from budgetgen.issues import Level


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        pytest.param(HEAD.replace("年度", "年份"), "unit.yaml:1", ("没有“年份”这个键，是否想写“年度”？",), id="near"),
        pytest.param(
            HEAD + "三公经费:\n  因公出国（境）费: 无\n",
            "unit.yaml:7",
            ("没有“因公出国（境）费”这个键，是否想写“因公出国费”？",),
            id="label",
        ),
        pytest.param(
            HEAD + "内设机构: 无\n",
            "unit.yaml:6",
            ("这里没有“内设机构”这个键，它在“单位”下面", "缩进"),
            id="in another section",
        ),
        pytest.param(
            HEAD + "上年:\n  年度: 2023\n",
            "unit.yaml:7",
            ("这里没有“年度”这个键，它在最上一级",),
            id="at the top",
        ),
        pytest.param(
            HEAD + "备注: 甲\n", "unit.yaml:6", ("没有“备注”这个键", "这里可以写：版式、材料、年度"), id="far"
        ),
        pytest.param(HEAD + "-版式: 甲\n", "unit.yaml:6", ("“-版式”的“-”后面没有空格", "“- 版式”"), id="dash"),
        pytest.param(
            HEAD + "版式: 甲\n年度: 2023\n",
            "unit.yaml:7",
            ("“年度”写了两次，前一次在 unit.yaml:1", "删掉另一个"),
            id="twice",
        ),
        pytest.param(
            HEAD + "基本支出经济分类:\n  30101: 1\n  ３０１０１: 2\n",
            "unit.yaml:8",
            ("“30101”写了两次，前一次在 unit.yaml:7",),
            id="code twice",
        ),
        pytest.param(
            HEAD.replace("金额单位: 万元\n", ""),
            "unit.yaml:1",
            ("缺少“金额单位”", "加一行“金额单位: …”"),
            id="missing",
        ),
        pytest.param(
            HEAD.replace(", 类型: 部门", ""), "unit.yaml:3", ("单位.类型：缺少“类型”", "部门决算填"), id="missing below"
        ),
        pytest.param(HEAD.replace(" 2024", ""), "unit.yaml:1", ("缺少“年度”",), id="required but blank"),
        pytest.param(HEAD.replace("万元", "万圆"), "unit.yaml:2", ("“万圆”", "只能填“元”、“万元”"), id="choice"),
        pytest.param(
            HEAD + "  资金: 政府基金\n", "unit.yaml:6", ("没有“政府基金”这个选项，是否想写“政府性基金”？",), id="fund"
        ),
        pytest.param(
            HEAD + "  收入: 10\n",
            "unit.yaml:6",
            ("应是一组“键: 值”，写成了一个值“10”", "财政拨款: …"),
            id="value for keys",
        ),
        pytest.param(HEAD + "上年: [1]\n", "unit.yaml:6", ("应是一组“键: 值”，写成了一个列表",), id="list for keys"),
        pytest.param(
            HEAD + "节庆活动: 春节晚会\n",
            "unit.yaml:6",
            ("应是列表，写成了一个值“春节晚会”", "“- ”"),
            id="value for list",
        ),
        pytest.param(HEAD + "名词解释: {甲: 乙}\n", "unit.yaml:6", ("应是列表，写成了一组键值",), id="keys for list"),
        pytest.param(
            HEAD + "预算绩效:\n  评价项目:\n  - 甲: 乙\n",
            "unit.yaml:8",
            ("预算绩效.评价项目[1]", "应是一个值", "引号"),
            id="keys for text",
        ),
        pytest.param(
            HEAD + "基本支出经济分类: 5\n", "unit.yaml:6", ("应是一组“键: 值”", "30101"), id="value for table"
        ),
        pytest.param(HEAD.replace("{名称: 甲局, 类型: 部门}", "无"), "unit.yaml:3", ("单位",), id="no unit at all"),
        pytest.param(
            HEAD + "节庆活动:\n- {名称: 晚会}\n", "unit.yaml:7", ("节庆活动[1].人数：缺少“人数”",), id="missing in item"
        ),
        pytest.param(
            HEAD + '变动原因: {收支总计: "甲\\x01乙"}\n',
            "unit.yaml:6",
            ("变动原因.收支总计", "不能用的字符 U+0001"),
            id="control character",
        ),
        pytest.param(
            HEAD + "  支出: {项目: 【待填写】}\n",
            "unit.yaml:6",
            ("“【待填写】”还没有换成金额",),
            id="pending in a line",
        ),
    ],
)
def test_faults(text: str, where: str, words: tuple[str, ...]) -> None:
    read(text).refuses(where, *words)


def test_a_key_that_was_meant_is_not_missing_besides() -> None:
    assert len(read(HEAD.replace("年度", "年份")).errors) == 1
    assert len(read(HEAD.replace("{名称: 甲局, 类型: 部门}", "{名称：甲局，类型：部门}")).errors) == 1


def test_all_faults_come_at_once() -> None:
    outcome = read(
        """\
年度: 24
金额单位: 万元
单位: {名字: 甲局, 类型: 部门}
收支明细:
- 科目: 20131
  收入: {财政拨款: 十}
上年: 无关
"""
    )
    assert [str(i.place) for i in outcome.errors] == [f"unit.yaml:{n}" for n in (1, 3, 6, 7, 5)]


def test_a_file_that_is_wrong_throughout_is_cut_short() -> None:
    outcome = read(HEAD + "".join(f"键{n}: 1\n" for n in range(5000)))
    assert len(outcome.issues) < 300
    assert "问题太多，只列出" in outcome.said


def test_what_is_not_stated_is_no_nought() -> None:
    accounts = read(HEAD).accepted.accounts
    assert accounts.three_public is None
    assert accounts.prior_year.grand_total is None
    assert accounts.lines[0].initial_budget is None
    assert accounts.festivals is None
    assert accounts.unit.duties is None
    # Blank is zero inside a line, and for what is 0 by default.
    assert accounts.lines[0].expenditure.basic == 0
    assert accounts.surplus_distribution == 0


def test_a_stated_nothing() -> None:
    accounts = read(
        HEAD
        + """\
  支出: 无
三公经费: 无
上年: {收支总计: 无, 一般公共预算支出: 0}
会议费: 0
节庆活动: 无
国有资产: 无
政府采购: 无
名词解释: []
基本支出经济分类: 无
"""
    ).accepted.accounts
    assert accounts.three_public is not None
    assert accounts.three_public.official_reception.actual == 0
    assert accounts.three_public.overseas_travel.delegations == []
    assert accounts.three_public.vehicle_running.vehicles == 0
    assert accounts.three_public.total.budget_reason is None
    assert (accounts.prior_year.grand_total, accounts.prior_year.fiscal_grand_total) == (Decimal(0), None)
    assert accounts.meetings is not None
    assert (accounts.meetings.total, accounts.meetings.events) == (Decimal(0), [])
    assert accounts.festivals == []
    assert accounts.assets is not None
    assert (accounts.assets.leader_cars, accounts.assets.other_cars_text) == (0, None)
    assert accounts.procurement is not None
    assert accounts.procurement.small_medium is not None
    assert accounts.procurement.small_medium.goods == 0
    assert (accounts.glossary, accounts.economic) == ([], {})


@pytest.mark.parametrize("blank", ["", " ~", " null", ' ""', " # 待定", " \u3000"])
def test_blank_is_nought_inside_a_line_only(blank: str) -> None:
    outcome = read(
        HEAD
        + f"""\
  支出:
    项目:{blank}
  年初预算:{blank}
基本支出经济分类:
  30101:{blank}
上年:{blank}
"""
    )
    accounts = outcome.accepted.accounts
    assert accounts.lines[0].expenditure.project == 0
    assert accounts.economic == {"30101": Decimal(0)}
    assert accounts.lines[0].initial_budget is None
    assert accounts.prior_year.grand_total is None
    assert len(outcome.issues) == 2
    outcome.notes("unit.yaml:8", "收支明细[2013102].年初预算：留空，按没有填处理")
    outcome.notes("unit.yaml:11", "上年：留空")


def test_what_is_still_to_be_filled_in_is_kept_as_a_text_and_a_gap_elsewhere() -> None:
    outcome = read(
        HEAD
        + """\
  年初预算: 【待填写】
  差异原因: 【待填写：支出为何增加】
三公经费: 【待填写】
节庆活动: 【待填写】
"""
    )
    accounts = outcome.accepted.accounts
    assert [i.cause for i in outcome.issues] == [
        "还有 3 处待填写：收支明细 2013102（一般行政管理事务）的年初预算、三公经费、节庆活动。"
    ]
    assert accounts.lines[0].initial_budget is None
    assert accounts.lines[0].reason == "【待填写：支出为何增加】"
    assert (accounts.three_public, accounts.festivals) == (None, None)


def test_texts_lose_blanks_around_them_and_phrases_their_mark() -> None:
    outcome = read(
        HEAD
        + """\
  差异原因: "　人员增加。 "
预算绩效: {整体绩效: 情况良好。}
"""
    )
    accounts = outcome.accepted.accounts
    assert accounts.lines[0].reason == "人员增加"
    assert accounts.performance is not None
    assert accounts.performance.results == "情况良好。"
    outcome.notes("unit.yaml:6", "收支明细[2013102].差异原因", "末尾的“。”已去掉")
    assert len(outcome.issues) == 1


def test_a_phrase_is_one_line() -> None:
    outcome = read(HEAD + '  差异原因: "人员增加，\\n  其中 IT\\r\\nA类 5 人\\n\\n等"\n')
    assert outcome.accepted.accounts.lines[0].reason == "人员增加，其中 IT A类 5 人等"
    outcome.notes("unit.yaml:6", "收支明细[2013102].差异原因", "换行已去掉", "写成一行")


@pytest.mark.parametrize("typed", ["无", "无。", '"。"'])
def test_a_phrase_that_says_nothing_is_not_given(typed: str) -> None:
    outcome = read(f"{HEAD}  差异原因: {typed}\n会议费: {{会议: [{{名称: 年会, 人数: 5, 内容: {typed}}}]}}\n")
    accounts = outcome.accepted.accounts
    assert accounts.lines[0].reason is None
    assert accounts.meetings is not None
    assert accounts.meetings.events[0].content == ""
    outcome.notes("unit.yaml:6", "收支明细[2013102].差异原因", "按没有填处理", "删掉这个键")
    assert len(outcome.issues) == 2


def test_what_was_found_may_be_nothing() -> None:
    result = "{主要问题及原因: 无。, 改进措施: 无}"
    outcome = read(f"{HEAD}预算绩效: {{整体自评: {result}}}\n")
    performance = outcome.accepted.accounts.performance
    assert performance is not None
    assert performance.whole is not None
    assert (performance.whole.problems, performance.whole.measures) == ("无", "无")


def test_every_value_knows_its_path_and_line() -> None:
    loaded = read(
        HEAD
        + """\
  支出: {项目: 1}
- 科目: ２１２０８０１
  资金: 政府性基金
  支出:
    基本: 2
基本支出经济分类:
  ３０１０１: 3
三公经费:
  因公出国费:
    团组名单:
    - {团组: 甲, 金额: 1}
  公务用车购置费: 无
  公务用车运行维护费: 无
  公务接待费:
    决算:
      4
数字核定:
  三公经费.决算.合计: 5
"""
    ).accepted
    lines = {
        "收支明细": 4,
        "收支明细[2013102]": 5,
        "收支明细[2013102].支出": 6,
        "收支明细[2013102].支出.项目": 6,
        "收支明细[2120801·政府性基金]": 7,
        "收支明细[2120801·政府性基金].支出": 9,
        "收支明细[2120801·政府性基金].支出.基本": 10,
        "基本支出经济分类[30101]": 12,
        "三公经费.因公出国费.团组名单[1].金额": 16,
        "三公经费.公务接待费.决算": 21,
        "数字核定[三公经费.决算.合计]": 23,
        # What is not in the file has the place of the part around it.
        "收支明细[2013102].年初预算": 5,
        "三公经费.公务用车购置费.决算": 17,
        "上年.收支总计": 1,
    }
    assert {path: str(loaded.place(path)) for path in lines} == {p: f"unit.yaml:{n}" for p, n in lines.items()}


def test_notes_come_with_the_accounts_and_errors_do_not() -> None:
    outcome = read(HEAD + "结余分配: +5\n")
    assert [i.level for i in outcome.accepted.issues] == [Level.NOTE]
