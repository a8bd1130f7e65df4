"""Codes that the tables know, each line once, money where it may be."""

from __future__ import annotations

import pytest
from said import HEAD, read


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        pytest.param(
            HEAD.replace("2013102", "20131"),
            "unit.yaml:5",
            ("CODE-001", "“20131”不是项级科目：有 5 位数字，项级科目是 7 位"),
            id="not an item",
        ),
        pytest.param(
            HEAD.replace("2013102", "一般行政管理事务"),
            "unit.yaml:5",
            ("“一般行政管理事务”不是科目编码", "7 位数字"),
            id="name for code",
        ),
        pytest.param(
            HEAD.replace("2013102", "2013120"),
            "unit.yaml:5",
            ("CODE-002", "科目表里没有 2013120", "2013102（一般行政管理事务）", "填上“项名称”"),
            id="unknown item",
        ),
        pytest.param(
            HEAD.replace("2013102", "9990101") + "  项名称: 甲\n",
            "unit.yaml:5",
            ("科目表里没有 9990101", "填上“类名称”、“款名称”"),
            id="unknown class",
        ),
        pytest.param(
            HEAD.replace("2013102", "2150501"),
            "unit.yaml:5",
            ("科目表里没有 2150501 所属的 21505", "填上“款名称”"),
            id="known item of an unknown section",
        ),
        pytest.param(
            HEAD + "- 科目: 2120801\n- 科目: 2013102\n  资金: 一般公共预算\n",
            "unit.yaml:7",
            ("CODE-003", "2013102 写了两次，前一次在 unit.yaml:5", "合并"),
            id="line twice",
        ),
        pytest.param(
            HEAD + "  收入: {财政拨款: 1, 事业: 3}\n",
            "unit.yaml:6",
            ("CODE-004", "收支明细[2013102].收入.事业", "事业收入写在资金为“一般公共预算”的行里", "非财政拨款"),
            id="institutional revenue on a fiscal line",
        ),
        pytest.param(
            HEAD + "  资金: 政府性基金\n  支出: {经营: 3}\n",
            "unit.yaml:7",
            ("CODE-004", "经营支出写在资金为“政府性基金”的行里"),
            id="operating expenditure on a fiscal line",
        ),
        pytest.param(
            HEAD + "  资金: 非财政拨款\n  收入: {财政拨款: 3}\n",
            "unit.yaml:7",
            ("CODE-005", "财政拨款收入写在资金为“非财政拨款”的行里", "“一般公共预算”"),
            id="appropriation on a non-fiscal line",
        ),
        pytest.param(
            HEAD + "基本支出经济分类: {30198: 1}\n",
            "unit.yaml:6",
            ("CODE-006", "经济分类科目表里没有 30198", "30199（其他工资福利支出）"),
            id="unknown economic code",
        ),
        pytest.param(
            HEAD + "基本支出经济分类: {301: 1}\n",
            "unit.yaml:6",
            ("CODE-006", "“301”不是款级经济分类", "如 30101"),
            id="economic class",
        ),
        pytest.param(
            HEAD + "基本支出经济分类: {基本工资: 1}\n", "unit.yaml:6", ("“基本工资”不是科目编码",), id="economic name"
        ),
        pytest.param(
            HEAD + "基本支出经济分类: {30901: 1}\n",
            "unit.yaml:6",
            ("CODE-007", "30901（房屋建筑物购建）不在表 06 里", "301、303"),
            id="not in table 06",
        ),
        pytest.param(
            HEAD.replace("类型: 部门", "类型: 部门, 列示类: [207, 299]"),
            "unit.yaml:3",
            ("CODE-008", "单位.列示类[2]", "没有“299”这个功能科目类"),
            id="unknown class to list",
        ),
        pytest.param(
            HEAD + "  项名称: 甲\n- 科目: 2013102\n  资金: 非财政拨款\n  项名称: 乙\n",
            "unit.yaml:9",
            ("CODE-009", "2013102 写成“乙”，前面（unit.yaml:6）写成“甲”"),
            id="two names",
        ),
    ],
)
def test_a_wrong_code_is_refused(text: str, where: str, words: tuple[str, ...]) -> None:
    outcome = read(text)
    assert len(outcome.errors) == 1
    outcome.refuses(where, *words)


def test_a_code_that_the_input_names_need_not_be_in_the_tables() -> None:
    read(HEAD.replace("2013102", "9990101") + "  类名称: 甲\n  款名称: 乙\n  项名称: 丙\n").accepted  # noqa: B018
    # One line's names hold for the lines below the same 类 and 款.
    read(HEAD.replace("2013102", "2019898") + "  款名称: 乙\n  项名称: 丙\n- {科目: 2019899, 项名称: 丁}\n").accepted  # noqa: B018


def test_the_same_code_may_have_a_line_for_each_fund() -> None:
    accounts = read(
        HEAD + "- {科目: ２０１３１０２, 资金: 非财政拨款, 收入: {事业: 1}, 支出: {经营: 1}}\n"
    ).accepted.accounts
    assert [line.key for line in accounts.lines] == ["2013102", "2013102·非财政拨款"]


def test_faults_of_a_repeated_line_have_their_own_place() -> None:
    outcome = read(HEAD + "- 科目: 2013102\n  年初预算: 十\n")
    outcome.refuses("unit.yaml:6", "收支明细[2]", "写了两次")
    outcome.refuses("unit.yaml:7", "收支明细[2].年初预算", "不是金额")
