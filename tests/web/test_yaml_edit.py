"""A value typed in the page goes into the person's own YAML: the rest of the file is not touched."""

from __future__ import annotations

import pytest

from budgetgen.web.typed_values import CannotSetError
from budgetgen.web.yaml_edit import set_in_yaml

FILE = """\
# 我的备注
年度: 2024   # 今年
金额单位: 万元
单位: {名称: 某局, 类型: 部门}  # 一行写完
收支明细:
  - 科目: "2013101"
    收入: {财政拨款: 93.49万}   # 这里多写了“万”
    支出: {基本: 93.49}

  - 科目: "2013102"
    收入:
      财政拨款: 12.00
三公经费:
  公务接待费:
    全年预算: 1.00
    决算:    # 还没有
绩效目标: |
  第一段
  第二段
"""


@pytest.mark.parametrize(
    ("path", "value", "before", "after"),
    [
        ("收支明细[2013101].收入.财政拨款", "93.49", "财政拨款: 93.49万}", "财政拨款: 93.49}"),
        ("收支明细[2013102].收入.财政拨款", "13", "财政拨款: 12.00", "财政拨款: 13"),
        ("三公经费.公务接待费.决算", "0", "决算:    # 还没有", "决算: 0    # 还没有"),
        ("单位.公开平台", "门户网站", "类型: 部门}", "类型: 部门, 公开平台: 门户网站}"),
        ("收支明细[2013101].支出.项目", "1.5", "{基本: 93.49}", "{基本: 93.49, 项目: 1.5}"),
        ("单位.职责", "甲：乙\n丙", "类型: 部门}", '类型: 部门, 职责: ["甲：乙", 丙]}'),
    ],
)
def test_only_the_value_changes(path: str, value: str, before: str, after: str) -> None:
    assert FILE.count(before) == 1
    assert set_in_yaml(FILE, {path: value}) == FILE.replace(before, after)


def test_what_is_missing_stands_after_the_last_line_of_its_part() -> None:
    changed = set_in_yaml(FILE, {"收支明细[2013102].支出.基本": "12", "三公经费.公务接待费.团组": "3"})
    assert "      财政拨款: 12.00\n    支出:\n      基本: 12\n三公经费:\n" in changed
    assert "    决算:    # 还没有\n    团组: 3\n绩效目标: |\n" in changed
    assert [line for line in FILE.splitlines() if line not in changed.splitlines()] == []


def test_line_ends_of_windows_stay() -> None:
    changed = set_in_yaml(FILE.replace("\n", "\r\n"), {"三公经费.公务接待费.团组": "3"})
    assert changed.count("\n") == changed.count("\r\n") == FILE.count("\n") + 1


def test_text_that_means_something_to_yaml_stays_text() -> None:
    changed = set_in_yaml(FILE, {"收支明细[2013101].差异原因": "- 甲: [乙] # 丙"})
    assert '    差异原因: "- 甲: [乙] # 丙"\n' in changed


@pytest.mark.parametrize("path", ["没有.这个", "收支明细", "收支明细[2299999].收入.财政拨款", "单位"])
def test_what_has_no_place_is_refused(path: str) -> None:
    with pytest.raises(CannotSetError):
        set_in_yaml(FILE, {path: "1"})


def test_a_file_that_is_no_yaml_is_refused() -> None:
    with pytest.raises(CannotSetError, match="YAML"):
        set_in_yaml("年度: [2024\n", {"年度": "2024"})
