"""Characters that nobody sees, in the names of units and files: told, with their place."""

from __future__ import annotations

import pytest

from budgetgen.reading import loads

UNIT = "年度: 2024\n金额单位: 元\n单位: {{名称: '{name}', 类型: 部门}}\n收支明细:\n- {{科目: 2013102, 收入: {{财政拨款: 20}}, 支出: {{项目: 20}}, 年初预算: 20}}\n"


@pytest.mark.parametrize(
    ("name", "code"),
    [("甲\u200b局", "U+200B"), ("\u202e局甲", "U+202E"), ("\ufeff甲局", "U+FEFF")],
    ids=lambda v: v[-4:],
)
def test_in_a_unit_s_name(name: str, code: str) -> None:
    said = [str(i) for i in loads(UNIT.format(name=name), "甲.yaml").issues if i.rule == "INPUT-051"]
    assert said == [
        f"甲.yaml:3 警告 INPUT-051 单位.名称：文字里有看不见的字符 {code}，印出来可能颠倒、断开，也搜不到。 把这段文字删掉，重新打一遍。"
    ]


def test_in_a_file_s_name() -> None:
    said = [str(i) for i in loads(UNIT.format(name="甲局"), "甲\u202elmay.yaml").issues if i.rule == "INPUT-051"]
    assert len(said) == 1
    assert "警告 INPUT-051 文件名里有看不见的字符 U+202E" in said[0]


def test_what_is_seen_is_not_told() -> None:
    assert not [i for i in loads(UNIT.format(name="甲局（本级）"), "甲　乙.yaml").issues if i.rule == "INPUT-051"]
