"""Templates looked at without any unit's data."""

from __future__ import annotations

import zipfile

import openpyxl
import pytest
from office import document_file, sheet_file
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.worksheet.table import Table

from budgetgen import template


def causes(path, env):
    issues = template.check(path, env)
    assert all(i.rule == "TEMPLATE-001" for i in issues)
    return [f"{i.place.cell}：{i.cause}" for i in issues]


def test_every_faulty_tag_is_told_with_its_place(tmp_path, env):
    path = sheet_file(
        tmp_path / "t.xlsx", [["{{ a|万圆 }}", "{{ a + }}"], ["{% for x of y %}{% endfor %}"]], title="表一"
    )
    found = causes(path, env)
    assert [f.partition("：")[0] for f in found] == ["表一!A1", "表一!B1", "表一!A2"]
    assert "没有名为“万圆”的过滤器，是否想写“万元”？" in found[0]
    path = document_file(tmp_path / "t.docx", ["甲{{ a|万圆 }}", "乙{{ a. }}"])
    assert [f.partition("：")[0] for f in causes(path, env)] == ["“甲{{ a|万圆 }}”", "“乙{{ a. }}”"]
    assert causes(sheet_file(tmp_path / "t.xlsx", [["{{ a }}"]]), env) == []


def growing(sheet):
    for row in (["甲"], ["{%tr for x in y %}"], ["{{ x }}"], ["{%tr endfor %}"], ["尾", 3]):
        sheet.append(row)


def commented(sheet):
    growing(sheet)
    sheet["A5"].comment = Comment("批注", "某")


def tabled(sheet):
    sheet.append(["栏甲", "栏乙"])
    for row in (["{%tr for x in y %}"], ["{{ x }}"], ["{%tr endfor %}"], ["尾", 3]):
        sheet.append(row)
    sheet.add_table(Table(displayName="表", ref="A1:B5"))


def charted(sheet):
    growing(sheet)
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=5))
    sheet.add_chart(chart, "D8")


def noted_tag(sheet):
    sheet.append(["甲"])
    sheet["A1"].comment = Comment("{{ 名 }}", "某")


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (commented, ["批注在会增减的行（第2行）以下"]),
        (tabled, ["表格（列表对象）在会增减的行"]),
        (charted, ["图片或图形在会增减的行"]),
        (noted_tag, ["批注中的标签不会填写"]),
    ],
)
def test_what_is_not_moved_or_filled_is_refused_by_name(tmp_path, env, shape, words):
    path = sheet_file(tmp_path / "t.xlsx", [], shape, title="表一")
    found = causes(path, env)
    for word in words:
        assert any(word in f for f in found), found
    with pytest.raises(template.TemplateError):
        template.compile(path, env)


def test_array_formulas_over_several_cells_are_refused(tmp_path, env):
    def shape(sheet):
        sheet.formula_attributes = {}
        sheet["A1"] = openpyxl.worksheet.formula.ArrayFormula("A1:A3", "=B1:B3*2")

    assert "模板不支持多单元格数组公式" in causes(sheet_file(tmp_path / "t.xlsx", [["甲"]], shape), env)[0]


@pytest.mark.parametrize("part", ["footnotes", "comments"])
def test_notes_of_documents_are_not_filled(tmp_path, env, part):
    path = document_file(tmp_path / "t.docx", ["正文"])
    xml = '<w:notes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:t>{</w:t><w:t>{ a }}</w:t></w:notes>'
    with zipfile.ZipFile(path, "a") as package:
        package.writestr(f"word/{part}.xml", xml)
    assert "中的标签不会填写" in causes(path, env)[0]


def test_names_that_a_template_uses(tmp_path, env):
    rows = [
        ["{{ 收入.合计 }}", "{% if 三公.决算 > 0 %}{{ 三公.较上年.额|万元 }}{% endif %}"],
        ["{%tr for 类 in 支出.类 %}"],
        ["{{ 类.名称 }}", "{% for 项 in 类.项 %}{{ loop.index }}{{ 项.额 }}{% endfor %}{{ 支出.类['201'].合计 }}"],
        ["{%tr endfor %}"],
        ["{%tr set 甲 = 收入.财政 %}"],
        ["{{ 占比(甲.合计, 收入.合计) }}"],
    ]
    found = [f"{u.place} {u.name}" for u in template.used_names(sheet_file(tmp_path / "t.xlsx", rows), env)]
    assert found == [
        "表!A1 收入.合计", "表!B1 三公.决算", "表!B1 三公.较上年.额", "表!A2 支出.类", "表!A3 支出.类[*].名称",
        "表!B3 支出.类[*].项", "表!B3 支出.类[*].项[*].额", "表!B3 支出.类[*].合计", "表!A5 收入.财政",
        "表!A6 收入.财政.合计", "表!A6 收入.合计",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("{% foreach x in y %}", "没有“foreach”这种标签，是否想写“for”？"),
        ("{{ a|万元", "标签没有结束：{{ a|万元"),
        ("{{ a b }}", "b 前面少了符号"),
        ("{{ a ? b }}", "有不认识的字符 ?"),
        ("{{ a + }}", "有多余的 "),
        ("{% for a on b %}{% endfor %}", "on 前面少了符号"),
        ("{% if a %}", "{% if … %} 没有在本处结束"),
        ("{% set 1 = a %}", "等号左边只能是名称"),
        ("{{ a is 偶数 }}", "没有名为“偶数”的判断"),
        ("{{ " + "(" * 3000 + "a" + ")" * 3000 + " }}", "标签套得过深，或太长"),
    ],
)
def test_a_faulty_tag_is_told_once_and_in_chinese(tmp_path, env, tag, words):
    (found,) = causes(sheet_file(tmp_path / "t.xlsx", [[tag]], title="表一"), env)
    assert words in found
    assert not any(english in found for english in ("expected", "nexpected", "ncountered", "got", "Jinja"))
