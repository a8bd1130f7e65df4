"""A 版式 looked at without data: each mistake of its maintainer told with its place."""

from __future__ import annotations

import os
from pathlib import Path

import docx
import openpyxl
import pytest

from budgetgen.layout import profile_names, read_profile, shelves
from budgetgen.packet.profile_check import check_profile

ROOT = Path(__file__).parent.parent.parent
STANDARD = ROOT / "templates" / "docx" / "standard" / "决算公开.docx"
SHEETS = ROOT / "templates" / "xlsx" / "tianyuan" / "公开表.xlsx"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with the 版式 甲, which stands on `standard` and has nothing of its own yet."""
    for folder in ("profiles", "xlsx/甲", "docx/甲/说明/短语"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "profiles" / "甲.yaml").write_text("继承: standard\n", encoding="utf-8")
    return tmp_path


def told(own: Path) -> list[str]:
    issues = check_profile(read_profile("甲", shelves([own])))
    return [str(i).replace(f"{own}{os.sep}", "").replace(os.sep, "/") for i in issues]


def narrative(own: Path, name: str, text: str) -> None:
    (own / "docx" / "甲" / "说明" / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "name", [n if n == "tianyuan" else pytest.param(n, marks=pytest.mark.outside) for n in profile_names()]
)
def test_what_ships_has_nothing_wrong(name: str) -> None:
    assert [str(i) for i in check_profile(read_profile(name))] == []


def test_an_empty_layout_has_nothing_wrong(own: Path) -> None:
    assert told(own) == []


MISTAKES = """
{{ 收入.合汁 }}                                      | “收入”中没有“合汁”这个名称，是否想写“合计”？
{% set 数 = 三公经费.决算 %}{{ 数.合汁 }}            | “三公经费.决算”中没有“合汁”这个名称，是否想写“合计”？
{% for 行 in 收入.类 %}{{ 行.明称 }}{% endfor %}     | “收入.类[*]”中没有“明称”这个名称，是否想写“名称”？
{{ 设置.增绿 }}                                      | “设置”中没有“增绿”这个名称
{{ 短语.站比(额=收入.合计, 总额=收入.合计) }}        | 没有“站比”这个短语，是否想写“占比”？
{{ 短语.占比(额=收入.合计) }}                        | 短语.占比 缺少参数 总额。
{{ 短语.占比(额=1, 总额=2, 总鹅=3) }}                | 短语.占比 用不到参数“总鹅”，是否想写“总额”？
{{ 短语.占比(收入.合计, 收入.合计) }}                | 短语.占比 的参数要写名称
{{ 表("公开01") }}                                   | “表”只能写在文本里。
{{ 占比（支出.基本，支出.合计） }}                   |
"""


def test_every_mistake_in_a_narrative_is_told_with_its_line(own: Path) -> None:
    pairs = [line.rpartition("|") for line in MISTAKES.strip().splitlines()]
    narrative(own, "收入.md.j2", "\n".join(tag for tag, _, _ in pairs))
    issues = told(own)
    for number, (tag, _, words) in enumerate(pairs, 1):
        found = [i for i in issues if i.startswith(f"docx/甲/说明/收入.md.j2:{number} ")]
        assert len(found) == bool(words.strip()), (tag, found)
        assert all(words.strip() in i for i in found), (tag, found)


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("{{ 收入.合计|万圆 }}", "没有名为“万圆”的过滤器，是否想写“万元”？"),
        ("{% if 收入.合计 %}", "{% if %} 没有 {% endif %}"),
        ("{{ -收入.合计 }}", "拿“收入.合计”来算"),
    ],
)
def test_a_narrative_that_cannot_be_read(own: Path, tag: str, words: str) -> None:
    narrative(own, "收入.md.j2", f"## 二、收入\n\n{tag}\n")
    (issue,) = told(own)
    assert words in issue


def test_a_phrase_takes_names_from_its_caller(own: Path) -> None:
    narrative(
        own, "短语/新说法.j2", "{{ 甲 }}{% if 乙 is defined %}{{ 乙 }}{% endif %}{% set 丙 = 1 %}{{ 丙 }}{{ 年度 }}"
    )
    narrative(own, "收入.md.j2", "{{ 短语.新说法(甲=年度) }}{{ 短语.新说法(甲=1, 乙=2) }}")
    assert told(own) == []
    narrative(own, "收入.md.j2", "{{ 短语.新说法(乙=2) }}")
    assert "短语.新说法 缺少参数 甲。 补上，如 甲=…。" in told(own)[0]


def test_a_file_that_cannot_be_read_is_told_once(own: Path) -> None:
    narrative(own, "短语/占比.j2", "{{ 额 }")
    (issue,) = told(own)
    assert issue.startswith("docx/甲/说明/短语/占比.j2:1 错误 TEMPLATE-001")


def test_settings_that_nothing_asks_for(own: Path) -> None:
    narrative(own, "设置.j2", '{% set 增率 = "上升" %}\n{% set 百分比小树 = 1 %}\n')
    assert told(own) == [
        "docx/甲/说明/设置.j2:2 警告 TEMPLATE-003 没有哪一篇说明用到设置“百分比小树”，是否想写“百分比小数”？ 改名或删去。"
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{% set 百分比小数 = "一" %}', "“百分比小数”写的是“一”，要写整数，不加引号"),
        ("{% set 金额末尾零 = 1 %}", "“金额末尾零”写的是“1”，要写true 或 false，不加引号"),
        ("{% set 增率 = 上升 %}", "“增率”的值写得不对：文字要加引号"),
        ("{% set 增率 = %}", "设置.j2:1"),
    ],
)
def test_values_of_settings(own: Path, text: str, words: str) -> None:
    narrative(own, "设置.j2", text)
    (issue,) = told(own)
    assert words in issue


def test_files_that_nothing_reads_or_places(own: Path) -> None:
    narrative(own, "收入.md.j2.txt", "")
    narrative(own, "新节.md.j2", "## 新")
    first, second = told(own)
    assert "收入.md.j2.txt 警告 TEMPLATE-003 程序不读这个文件。" in first
    assert "新节.md.j2 提示 TEMPLATE-003 这篇说明没有放进文档。" in second
    assert '{{p 说明("新节") }}' in second


def test_a_document_that_places_what_there_is_not(own: Path) -> None:
    frame = docx.Document(str(STANDARD))
    for text in ("{{p 表(“公开11”) }}", '{{p 说明("收如") }}', "{{ 单位.名字 }}"):
        frame.add_paragraph(text)
    frame.save(str(own / "docx" / "甲" / "决算公开.docx"))
    assert [i.partition("错误 ")[2] for i in told(own)] == [
        "TEMPLATE-003 “单位”中没有“名字”这个名称，是否想写“名称”？ 改标签里的名称。",
        "TEMPLATE-003 没有“公开11”这张工作表，是否想写“公开01”？ 改名，或补上。",
        "TEMPLATE-003 没有“收如”这篇说明，是否想写“收入”？ 改名，或补上。",
    ]


def test_a_document_without_the_styles(own: Path) -> None:
    frame = docx.Document()
    frame.add_paragraph('{{p 说明("收入") }}')
    frame.save(str(own / "docx" / "甲" / "决算公开.docx"))
    (issue,) = told(own)
    assert "缺少样式：公文正文、表题、表注、toc 1、toc 2" in issue


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ 收入.合寄 }}", "公开02!C7 错误 TEMPLATE-003 “收入”中没有“合寄”这个名称，是否想写“合计”？"),
        ("{{ 收入.合计 ", "公开02!C7 错误 TEMPLATE-001 标签没有结束"),
        ("{{ 收入.合计 - 1 }}", "公开02!C7 错误 TEMPLATE-003 拿“收入.合计”来算：金额、百分比不能在模板里加减乘除"),
    ],
)
def test_a_workbook_with_a_faulty_tag(own: Path, text: str, words: str) -> None:
    book = openpyxl.load_workbook(SHEETS)
    book["公开02"]["C7"] = text
    book.save(own / "xlsx" / "甲" / "公开表.xlsx")
    (issue,) = told(own)
    assert issue.startswith("xlsx/甲/公开表.xlsx ")
    assert words in issue


def test_files_that_are_no_office_files(own: Path) -> None:
    (own / "xlsx" / "甲" / "公开表.xlsx").write_bytes(b"abc")
    (own / "docx" / "甲" / "决算公开.docx").write_bytes(b"abc")
    assert [i.partition(" ")[0] for i in told(own)] == ["xlsx/甲/公开表.xlsx", "docx/甲/决算公开.docx"]
