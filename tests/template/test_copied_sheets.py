"""`{%ts for … %}` and `{%ts if … %}`: a worksheet that comes once for each item, or only if."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest
from lxml import etree
from office import cells, document_file, yuan

from budgetgen import template
from budgetgen.figures import Group
from budgetgen.verify import verify

COPIED = [
    ["{%ts for 项 in 列 %}{{ 项.名 }}"],
    ["名称", "{{ 项.名 }}", "{{ loop.index }}"],
    ["{%tr for 行 in 项.行 %}"],
    ["{{ 行 }}", "{{ 项.额 }}"],
    ["{%tr endfor %}"],
]


def book(path, **sheets):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.print_title_rows = "2:2"
        sheet.print_area = "A1:B4"
    workbook.save(path)
    return path


def item(name, amount, *rows):
    return Group(name, {"名": name, "额": yuan(amount), "行": list(rows)})


NAMES = {"列": [item("甲", 10000, "a", "b"), item("乙", 20000, "c")], "有": True, "x": 1}


@pytest.fixture
def press(tmp_path, env):
    def compiled(**sheets):
        return template.compile_workbook(book(tmp_path / "t.xlsx", **sheets), env)

    return compiled


def opened(rendered):
    return openpyxl.load_workbook(BytesIO(rendered.data))


def test_a_sheet_for_each_item(press):
    rendered = press(首=[["{{ x }}"]], 项目=COPIED, 末=[["尾"]]).render(NAMES)
    found = opened(rendered)
    assert {s.title: cells(s) for s in found} == {
        "首": [[1]],
        "甲": [["名称", "甲", 1], ["a", 1, None], ["b", 1, None]],
        "乙": [["名称", "乙", 2], ["c", 2, None]],
        "末": [["尾"]],
    }
    assert [(str(p.place), p.text) for p in rendered.printed] == [("甲!B2", "1"), ("甲!B3", "1"), ("乙!B2", "2")]
    assert verify(rendered, rendered.data) == []
    assert [(s.print_title_rows, s.print_area) for s in found][1:3] == [
        ("$1:$1", "'甲'!$A$1:$B$3"), ("$1:$1", "'乙'!$A$1:$B$2"),
    ]  # fmt: skip


def test_a_changed_number_in_a_copy_is_told(press):
    rendered = press(项目=COPIED).render(NAMES)
    found = opened(rendered)
    found["乙"]["B2"] = 3
    changed = BytesIO()
    found.save(changed)
    (issue,) = verify(rendered, changed.getvalue(), "甲.xlsx")
    assert "乙 第2行（B2）" in str(issue.place)


def test_a_sheet_that_comes_only_if(press):
    compiled = press(首=[["头"]], 也许=[["{%ts if 有 %}"], ["{{ x }}"]])
    assert opened(compiled.render(NAMES)).sheetnames == ["首", "也许"]
    assert opened(compiled.render({**NAMES, "有": False})).sheetnames == ["首"]


def test_no_items_no_sheet(press):
    compiled = press(首=[["头"]], 项目=COPIED)
    assert opened(compiled.render({**NAMES, "列": []})).sheetnames == ["首"]
    with pytest.raises(template.TemplateError, match="一张工作表也没有"):
        press(项目=COPIED).render({**NAMES, "列": []})


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (["甲/乙：[一]*?", "'引'"], ["甲_乙：_一___", "引"]),
        (["长" * 40, "长" * 40], ["长" * 31, "长" * 28 + "(2)"]),
        (["𠮷" * 20], ["𠮷" * 15]),
        (["Abc", "aBC", "首"], ["Abc", "aBC(2)", "首(2)"]),
        ([" ", ""], ["项目", "项目(2)"]),
        (["a\tb", "<&>\"'"], ["a_b", '<&>"']),
    ],
)
def test_names_that_excel_takes(press, wanted, names):
    rendered = press(首=[["头"]], 项目=COPIED).render({"列": [item(n, 0, "x") for n in wanted]})
    assert opened(rendered).sheetnames == ["首", *names]


def test_every_part_is_listed_once(press):
    rendered = press(首=[["头"]], 项目=COPIED, 末=[["尾"]]).render(NAMES)
    with ZipFile(BytesIO(rendered.data)) as package:
        names = package.namelist()
        types = package.read("[Content_Types].xml").decode()
        relations = etree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
        main = package.read("xl/workbook.xml").decode()
    assert len(names) == len(set(names))
    sheets = [n for n in names if n.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 4
    assert all(types.count(f'"/{name}"') == 1 for name in sheets)
    targets = [r.get("Target").lstrip("/") for r in relations if r.get("Type").endswith("/worksheet")]
    assert sorted(targets) == sorted(sheets)
    ids = re.findall(r'r:id="([^"]+)"', main)
    assert len(ids) == len(set(ids)) == 4
    assert set(ids) <= {r.get("Id") for r in relations}
    numbers = re.findall(r'sheetId="(\d+)"', main)
    assert len(numbers) == len(set(numbers))
    assert "activeTab" not in main


def test_the_same_input_gives_the_same_bytes(press):
    compiled = press(项目=COPIED)
    assert compiled.render(NAMES).data == compiled.render(NAMES).data


def test_a_word_table_is_of_one_item(press):
    compiled = press(项目=COPIED, 也许=[["{%ts if 有 %}"], ["{{ x }}"]])
    second = compiled.word_table("项目", NAMES, width=9000, item=NAMES["列"][1])
    assert second is not None
    assert second.notes[0] == "名称　乙　2"
    assert compiled.word_table("也许", {**NAMES, "有": False}, width=9000) is None
    for wrong in (None, item("甲", 10000)):
        with pytest.raises(LookupError, match="要写明是哪一项"):
            compiled.word_table("项目", NAMES, width=9000, item=wrong)


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([["头"], ["{%ts for 项 in 列 %}"]], "A2"),
        ([["{%ts for 项 in 列 %}", "别的"]], "A1"),
        ([["{%ts for 项 in 列 %}", "{%ts if 有 %}"]], "B1"),
        ([["{%ts for 甲, 乙 in 列 %}"]], "A1"),
        ([["{%ts set 甲 = 1 %}"]], "A1"),
    ],
)
def test_faults_are_told_with_their_cell(tmp_path, env, rows, place):
    issues = template.check(book(tmp_path / "t.xlsx", 表=rows), env)
    assert [str(i.place) for i in issues] == [f"t.xlsx 表!{place}"]
    assert "单独写在第一行的一格里" in issues[0].cause


def test_a_wrong_name_is_told_with_its_cell(press):
    with pytest.raises(template.TemplateError, match="没有“列”这个名称") as caught:
        press(项目=COPIED).render({})
    assert caught.value.place == "项目!A1"


def test_a_formula_cannot_mean_a_sheet_that_repeats(tmp_path, env):
    path = book(tmp_path / "t.xlsx", 首=[["=项目!B4"]], 项目=COPIED)
    (issue,) = template.check(path, env)
    assert "公式引用了会重复的工作表“项目”" in issue.cause


def test_its_names_are_known(tmp_path, env):
    path = book(tmp_path / "t.xlsx", 项目=COPIED)
    assert {u.name for u in template.used_names(path, env)} == {
        "列", "列[*]", "列[*].名", "列[*].行", "列[*].行[*]", "列[*].额",
    }  # fmt: skip


def test_not_in_a_document(tmp_path, env):

    (issue,) = template.check(document_file(tmp_path / "t.docx", ["{%ts for 项 in 列 %}"]), env)
    assert "{%ts" in issue.cause
