"""Files that are no YAML, or YAML that a unit's file does not use: each said in Chinese at its line."""

from __future__ import annotations

import pytest
import yaml
from said import HEAD, read

from budgetgen.input import yaml as reader

CASES = {
    "tab before a key": (
        """\
单位:
\t名称: 甲局
""",
        "unit.yaml:2",
        ("“名称: 甲局”行首用了制表符（Tab）", "换成空格"),
    ),
    "tab after a line with blanks": (
        """\
单位:
  名称: 甲局
\t类型: 部门
""",
        "unit.yaml:3",
        ("制表符（Tab）",),
    ),
    "full-width colon, whole file": (
        "年度：2024\n",
        "unit.yaml:1",
        ("“年度：2024”的冒号是全角的", "“年度: 2024”"),
    ),
    "full-width colon, first line": (
        """\
年度：2024
金额单位: 万元
""",
        "unit.yaml:1",
        ("“年度：2024”的冒号是全角的", "“年度: 2024”"),
    ),
    "full-width colon, middle": (
        """\
金额单位: 万元
年度：2024
版式: zhuzhou
""",
        "unit.yaml:2",
        ("“年度：2024”的冒号是全角的", "“年度: 2024”"),
    ),
    "full-width colon, last line": (
        """\
单位:
  名称: 甲局
  类型：部门
""",
        "unit.yaml:3",
        ("“类型：部门”的冒号是全角的", "“类型: 部门”"),
    ),
    "full-width colon after an unknown key": (
        """\
年度: 2024
办公室：甲
金额单位: 万元
""",
        "unit.yaml:2",
        ("“办公室：甲”里的冒号是全角的",),
    ),
    "full-width colon, swallowed by the line above": (
        """\
单位:
  名称: 甲局
    类型：部门
""",
        "unit.yaml:3",
        ("“类型：部门”的冒号是全角的", "上一行文字的一部分", "引号"),
    ),
    "full-width colons and commas in braces": (
        "单位: {名称：甲，类型：部门}\n",
        "unit.yaml:1",
        ("冒号、逗号是全角的", "“名称: 甲, 类型: 部门”"),
    ),
    "full-width comma in braces": (
        "单位: {名称: 甲，类型: 部门}\n",
        "unit.yaml:1",
        ("逗号是全角的", "{名称: 甲, 类型: 部门}"),
    ),
    "full-width colon in a list's item": (
        """\
收支明细:
- 科目：2013102
""",
        "unit.yaml:2",
        ("“科目：2013102”的冒号是全角的", "“科目: 2013102”"),
    ),
    "no blank after the colon": (
        """\
金额单位: 万元
年度:2024
版式: zhuzhou
""",
        "unit.yaml:2",
        ("“年度:2024”的冒号后面没有空格", "“年度: 2024”"),
    ),
    "no colon": (
        """\
年度: 2024
金额单位 万元
版式: zhuzhou
""",
        "unit.yaml:2",
        ("“金额单位 万元”这一行缺少冒号",),
    ),
    "no key": (
        ": 2024\n",
        "unit.yaml:1",
        ("冒号前面没有键名",),
    ),
    "quote never closed": (
        """\
单位:
  名称: "甲局
  类型: 部门
""",
        "unit.yaml:2",
        ('“名称: "甲局”的引号只有开头，没有收尾',),
    ),
    "text behind a quote": (
        '名称: "甲" 局\n',
        "unit.yaml:1",
        ("引号后面还有文字",),
    ),
    "quotes out of pairs": (
        """\
单位:
  名称: "甲局
  类型: "部门"
""",
        "unit.yaml:2",
        ("引号不成对",),
    ),
    "backslash in double quotes": (
        '版式: "C:\\q"\n',
        "unit.yaml:1",
        ("反斜杠", "单引号"),
    ),
    "indented too far": (
        """\
单位:
  名称: 甲局
   类型: 部门
""",
        "unit.yaml:3",
        ("“类型: 部门”的缩进不对", "对齐"),
    ),
    "not indented far enough": (
        """\
单位:
   名称: 甲局
  类型: 部门
""",
        "unit.yaml:3",
        ("“类型: 部门”的缩进与上面的行对不齐",),
    ),
    "a key amid a list": (
        """\
职责:
  - 负责甲事
  类型: 部门
""",
        "unit.yaml:3",
        ("“-”开头的列表对不齐",),
    ),
    "two colons": (
        "差异原因: 其中: 人员增加\n",
        "unit.yaml:1",
        ("一行里有两个冒号", "引号"),
    ),
    "brace never closed": (
        """\
单位: {名称: 甲局, 类型: 部门
年度: 2024
""",
        "unit.yaml:1",
        ("没有收尾",),
    ),
    "bracket closed by a brace": (
        "职责: [甲, 乙}\n",
        "unit.yaml:1",
        ("括号不成对",),
    ),
    "value beginning with %": (
        "差异原因: %5\n",
        "unit.yaml:1",
        ("不能以“%”开头", "引号"),
    ),
    "value beginning with *": (
        "差异原因: *见附件\n",
        "unit.yaml:1",
        ("“*”", "引号"),
    ),
    "value beginning with a dash and a blank": (
        "结余分配: - 5\n",
        "unit.yaml:1",
        ("以“- ”开头", "-5"),
    ),
    "text behind |": (
        "职责引言: |甲\n",
        "unit.yaml:1",
        ("“|”", "下一行"),
    ),
    "empty": ("", "unit.yaml:1", ("文件是空的",)),
    "comments only": ("# 待填\n", "unit.yaml:1", ("文件是空的",)),
    "prose": (
        """\
关于报送2024年度决算的通知
  请于3月1日前报送。
""",
        "unit.yaml:1",
        ("整个文件是一段文字", "键: 值"),
    ),
    "a list": ("- 科目: 2013102\n", "unit.yaml:1", ("整个文件是一个列表", "键: 值")),
    "a web page": ("<html>\n<p>a: b: c</p>\n", "unit.yaml:2", ("<p>a: b: c</p>",)),
    "two documents": (
        """\
年度: 2024
---
年度: 2023
""",
        "unit.yaml:2",
        ("一个文件只能有一份",),
    ),
    "anchor and alias": (
        """\
上年: &a {收支总计: 1}
变动原因: *a
""",
        "unit.yaml:2",
        ("“*a”是 YAML 的引用，这里不支持",),
    ),
    "merge key": (
        """\
上年: &a {收支总计: 1}
变动原因:
  <<: *a
""",
        "unit.yaml:3",
        ("“*a”是 YAML 的引用，这里不支持",),
    ),
    "python object": (
        "版式: !!python/object/apply:os.system [ls]\n",
        "unit.yaml:1",
        ("“!!python/object/apply:os.system”是 YAML 的类型标记，这里不支持",),
    ),
    "list as a key": ("? [甲]\n: 乙\n", "unit.yaml:1", ("键只能是文字",)),
}


@pytest.mark.parametrize(("text", "where", "words"), CASES.values(), ids=CASES)
def test_a_broken_file_is_refused_at_its_line(text: str, where: str, words: tuple[str, ...]) -> None:
    read(text).refuses(where, *words)


@pytest.mark.parametrize(("text", "where", "words"), CASES.values(), ids=CASES)
def test_without_the_c_loader_the_same_is_said(
    text: str, where: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "LOADER", yaml.SafeLoader)
    read(text).refuses(where, *words)


def test_several_faults_that_yaml_allows_are_all_told() -> None:
    outcome = read(HEAD + "版式: !!str a\n上年: &b {收支总计: 1}\n年份: 2024\n")
    outcome.refuses("unit.yaml:6", "!!str")
    outcome.refuses("unit.yaml:7", "&b")
    outcome.refuses("unit.yaml:8", "年份")


def test_values_stay_the_text_that_was_typed() -> None:
    unit = read(
        """\
年度: 2024
金额单位: 万元
单位:
  名称: 010
  表头名称: yes
  类型: 部门
  职责引言: 2024-01-01
  职责: [1:30, 1e3, 0x1F, 1_000, .inf, 3.0]
收支明细:
- 科目: 2013102
"""
    ).accepted.accounts.unit
    assert (unit.name, unit.table_name, unit.duty_lead) == ("010", "yes", "2024-01-01")
    assert unit.duties == ["1:30", "1e3", "0x1F", "1_000", ".inf", "3.0"]


def test_a_text_over_several_lines_gets_no_blanks_between_chinese_characters() -> None:
    unit = read(
        """\
年度: 2024
金额单位: 万元
单位:
  名称: 甲局
  类型: 部门
  职责:
  - 负责甲事，
    乙事 ABC
    和丙事
  - >
    负责
    丁事
  - |
    第一行
    第二行
收支明细:
- 科目: 2013102
"""
    ).accepted.accounts.unit
    assert unit.duties == ["负责甲事，乙事 ABC 和丙事", "负责丁事", "第一行\n第二行"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("[" * 10_000, "层次超过", id="deep list"),
        pytest.param("{a: " * 10_000, "层次超过", id="deep braces"),
        pytest.param("- 甲\n" * 200_100, "内容超过", id="long list"),
        pytest.param(
            "a: &a [x,x]\n" + "".join(f"{c}: &{c} [*{p},*{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True)),
            "这里不支持",
            id="billion laughs",
        ),
    ],
)
def test_a_file_that_would_grow_is_refused(text: str, words: str) -> None:
    outcome = read(text)
    assert outcome.loaded is None
    assert words in outcome.said
