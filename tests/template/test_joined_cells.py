"""`{% vm … %}`: cells on top of each other that are one while a value stays the same."""

from __future__ import annotations

from io import BytesIO

import docx
import openpyxl
import pytest
from office import cells, document_file, sheet_file, yuan
from openpyxl.styles import Border, Side

from budgetgen import template
from budgetgen.figures import Group

ROWS = [
    ["一级", None, "三级", "分"],
    [None, None, "{%tr for 甲 in 组 %}"],
    [None, None, "{%tr for 行 in 甲.行 %}"],
    ["{% vm 甲 %}{{ 甲.名 }}（{{ 甲.分 }}）", None, "{{ 行.名 }}", "{%vm 行.科 %}{{ 行.分 }}"],
    [None, None, "{%tr endfor %}"],
    [None, None, "{%tr endfor %}"],
    ["完"],
]
THIN = Side(style="thin")


def shape(sheet):
    sheet.merge_cells("A4:B4")
    for row in range(1, 8):
        for column in range(1, 5):
            sheet.cell(row, column).border = Border(THIN, THIN, THIN, THIN)


def row(name, kind, points):
    return Group(name, {"名": name, "科": kind, "分": yuan(points)})


def groups(*found):
    return {"组": [Group(n, {"名": n, "分": p, "行": list(rows)}) for n, p, rows in found]}


NAMES = groups(
    ("产出", 40, [row("甲", "a", 10000), row("乙", "a", 20000)]),
    ("产出", 40, [row("丙", "a", 30000)]),  # another group of the same name and points
    ("效益", 20, [row("丁", "b", 40000)]),
)


def test_cells_of_one_value_are_one(fill_sheet):
    sheet = fill_sheet(ROWS, NAMES, shape)
    assert cells(sheet) == [
        ["一级", None, "三级", "分"],
        ["产出（40）", None, "甲", 1],
        [None, None, "乙", None],
        ["产出（40）", None, "丙", None],
        ["效益（20）", None, "丁", 4],
        ["完", None, None, None],
    ]
    # A: by what the loop brings, as wide as the template's merge; D: by a plain value, over the groups.
    assert sorted(map(str, sheet.merged_cells.ranges)) == ["A2:B3", "A4:B4", "A5:B5", "D2:D4"]


def test_what_is_hidden_under_a_merge_is_not_printed(fill_sheet):
    sheet = fill_sheet(ROWS, NAMES, shape)
    assert sheet.printed == {"表!D2": "1", "表!D5": "4"}


def test_a_sheet_may_have_no_other_merges(fill_sheet):
    rows = [["{%tr for 行 in 列 %}"], ["{% vm 行 %}{{ 行 }}"], ["{%tr endfor %}"]]
    sheet = fill_sheet(rows, {"列": ["甲", "甲", "乙", "甲"]})
    assert cells(sheet) == [["甲"], [None], ["乙"], ["甲"]]
    assert [str(r) for r in sheet.merged_cells.ranges] == ["A1:A2"]


def test_nothing_between_the_cells(fill_sheet):
    rows = [["{%tr for 行 in 列 %}"], ["{% vm 1 %}{{ 行 }}"], ["　"], ["{%tr endfor %}"]]
    assert not fill_sheet(rows, {"列": ["甲", "乙"]}).merged_cells.ranges


def test_in_a_word_table(tmp_path, env):
    book = template.compile_workbook(sheet_file(tmp_path / "t.xlsx", ROWS, shape), env)
    frame = document_file(tmp_path / "t.docx", ["{{p 表() }}"])
    table = {"表": lambda: book.word_table("表", NAMES, width=9000).table}
    rendered = template.compile(frame, env).render({**NAMES, **table})
    (found,) = docx.Document(BytesIO(rendered.data)).tables
    assert [[c.text for c in r.cells] for r in found.rows] == [
        ["一级", "", "三级", "分"],
        ["产出（40）", "产出（40）", "甲", "1"],
        ["产出（40）", "产出（40）", "乙", "1"],
        ["产出（40）", "产出（40）", "丙", "1"],
        ["效益（20）", "效益（20）", "丁", "4"],
        ["完", "", "", ""],
    ]
    merged = [[c.find(".//{*}vMerge") is not None for c in r._tr.tc_lst] for r in found.rows]
    assert merged == [
        [False] * 4,
        [True, False, True],
        [True, False, True],
        [False, False, True],
        [False] * 3,
        [False] * 4,
    ]
    assert [p.text for p in rendered.printed] == ["1", "4"]


@pytest.mark.parametrize(
    ("cell", "cause"),
    [
        ("{% vm %}{{ 甲 }}", "一格里只写一个 {% vm 名称 %}"),
        ("{% vm 甲 %}{% vm 乙 %}", "一格里只写一个 {% vm 名称 %}"),
        ("{% vm 甲. %}{{ 甲 }}", "点或方括号后面要写名称"),
    ],
)
def test_faults_are_told_with_their_cell(tmp_path, env, cell, cause):
    path = sheet_file(tmp_path / "t.xlsx", [["头"], [cell]])
    assert [(str(i.place), i.cause.partition("（")[0].partition("：")[0]) for i in template.check(path, env)] == [
        ("t.xlsx 表!A2", cause)
    ]


def test_not_where_columns_repeat(tmp_path, env):
    rows = [["{%tc for 列 in 列们 %}", "{% vm 列 %}{{ 列 }}", "{%tc endfor %}"]]
    (issue,) = template.check(sheet_file(tmp_path / "t.xlsx", rows), env)
    assert "有 {%tc … %} 的工作表里不能用 {% vm … %}" in issue.cause


def test_its_names_are_known(tmp_path, env):
    path = sheet_file(tmp_path / "t.xlsx", ROWS, shape)
    names = [u.name for u in template.used_names(path, env)]
    assert names == [
        "组",
        "组[*].行",
        "组[*].名",
        "组[*].分",
        "组[*]",
        "组[*].行[*].名",
        "组[*].行[*].分",
        "组[*].行[*].科",
    ]


def test_cells_are_compared_as_values_or_as_items(fill_sheet):
    rows = [["{%tr for 行 in 列 %}"], ["{% vm 行.分 %}{{ 行.分 }}", "{% vm 行 %}{{ 行.分 }}"], ["{%tr endfor %}"]]
    one, other = row("甲", "a", 10000), row("甲", "a", 10000)
    sheet = fill_sheet(rows, {"列": [one, one, other]})
    assert sorted(map(str, sheet.merged_cells.ranges)) == ["A1:A3", "B1:B2"]


def test_the_merged_file_opens_elsewhere(fill_sheet, tmp_path):
    sheet = fill_sheet(ROWS, NAMES, shape)
    sheet.parent.save(tmp_path / "again.xlsx")
    again = openpyxl.load_workbook(tmp_path / "again.xlsx").active
    assert sorted(map(str, again.merged_cells.ranges)) == sorted(map(str, sheet.merged_cells.ranges))
