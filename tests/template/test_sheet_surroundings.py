"""What a worksheet has besides its values: frozen panes, formulas, controls, pictures in cells, parts of copies."""

from __future__ import annotations

import re
from io import BytesIO

import openpyxl
import pytest
from office import parts_of, sheet_file, with_parts

from budgetgen import template

LOOP = [["表头"], ["{%tr for 行 in 行们 %}"], ["{{ 行 }}"], ["{%tr endfor %}"], ["末"]]
SHEET = "xl/worksheets/sheet1.xml"


def filled(path, env, **names):
    return template.compile(path, env).render(names).data


def opened(data):
    return openpyxl.load_workbook(BytesIO(data)).worksheets[0]


@pytest.mark.parametrize(
    ("rows", "frozen", "corner"),
    [
        pytest.param(["a", "b", "c"], "A2", "A2", id="header right above a loop"),
        pytest.param([], "A2", "A2", id="the loop is empty"),
        pytest.param(["a", "b", "c"], "A5", "A5", id="the loop is frozen"),
        pytest.param(["a"], "B2", "B2", id="with a column"),
    ],
)
def test_what_scrolls_begins_behind_what_is_frozen(tmp_path, env, rows, frozen, corner):
    path = sheet_file(tmp_path / "t.xlsx", LOOP, lambda sheet: setattr(sheet, "freeze_panes", frozen))
    view = opened(filled(path, env, 行们=rows)).sheet_view
    assert view.pane.topLeftCell == corner
    assert all(s.activeCell in s.sqref for s in view.selection if s.activeCell)


FORMULAS = [["{%tr for 行 in 行们 %}"], ["{{ 行 }}", "=A2*2", None], ["{%tr endfor %}"], [None, None, None]]


def with_formula(path, formula):
    rows = [*FORMULAS[:-1], [formula]]
    return sheet_file(path, rows)


@pytest.mark.parametrize(
    ("formula", "becomes"),
    [
        ("=SUM(A2)", "=SUM(A1:A3)"),
        ('=SUM(A2,5)+COUNTIF(A2, ">1")', '=SUM(A1:A3,5)+COUNTIF(A1:A3, ">1")'),
        ("=_xlfn.CONCAT(A2)", "=_xlfn.CONCAT(A1:A3)"),
        ("=SUMPRODUCT(A2:A2*2)", "=SUMPRODUCT(A1:A3*2)"),
        ('=A9*2&"A2*2"', '=A9*2&"A2*2"'),
    ],
)
def test_formulas_outside_a_loop_take_all_its_rows(tmp_path, env, formula, becomes):
    sheet = opened(filled(with_formula(tmp_path / "t.xlsx", formula), env, 行们=[1, 2, 3]))
    assert [c.value for c in sheet["B"][:3]] == ["=A1*2", "=A2*2", "=A3*2"]
    assert sheet["A4"].value == becomes


@pytest.mark.parametrize("formula", ["=A2*2", "=ROUND(A2,2)", "=SUM(A2*2)", "=A2", "=IF(A2>0,1,0)", "=SUM(B1,(A2))"])
def test_a_formula_that_reckons_with_one_row_of_many_is_refused(tmp_path, env, formula):
    with pytest.raises(template.TemplateError) as caught:
        template.compile(with_formula(tmp_path / "t.xlsx", formula), env)
    assert (caught.value.place, caught.value.cause) == (
        "表!A4", "公式里的 A2 会重复，生成后不止一格：求和写 SUM(A2)，逐行计算就写在同一行里",
    )  # fmt: skip


def test_also_from_another_sheet_and_across_columns(tmp_path, env):
    path = with_formula(tmp_path / "t.xlsx", "=SUM(A2)")
    book = openpyxl.load_workbook(path)
    book.create_sheet("旁")["A1"] = "=表!A2*2"
    wide = book.create_sheet("宽")
    wide.append(["{%tc for 列 in 行们 %}", "{{ 列 }}", "{%tc endfor %}", "=SUM(B1)", "=B1*2"])
    book.save(path)
    assert {(i.place.cell, re.search("里的 (.*) 会", i.cause)[1]) for i in template.check(path, env)} == {
        ("旁!A1", "A2"), ("宽!E1", "B1"),
    }  # fmt: skip


VML = """<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:schemas-microsoft-com:office:excel">
<v:shape id="a" type="#_x0000_t201"><v:textbox>按<br>钮</v:textbox>
<x:ClientData ObjectType="{kind}"><x:Anchor>1, 15, {row}, 2, 3, 15, {row}, 18</x:Anchor></x:ClientData></v:shape></xml>"""
RELATIONS = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId7"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/vmlDrawing"
 Target="../drawings/vmlDrawing1.vml"/></Relationships>"""


def with_control(path, row, kind="Button"):
    sheet = parts_of(sheet_file(path, LOOP))[SHEET].decode()
    legacy = (
        '<legacyDrawing xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId7"/>'
    )
    return with_parts(path, {
        SHEET: sheet.replace("</worksheet>", f"{legacy}</worksheet>"),
        "xl/worksheets/_rels/sheet1.xml.rels": RELATIONS,
        "xl/drawings/vmlDrawing1.vml": VML.format(kind=kind, row=row),
    })  # fmt: skip


def test_a_button_below_growing_rows_is_refused(tmp_path, env):
    with pytest.raises(template.TemplateError, match=r"按钮等控件在会增减的行（第2行）以下，不会随行移动"):
        template.compile(with_control(tmp_path / "t.xlsx", 4), env)


@pytest.mark.parametrize(("row", "kind"), [(0, "Button"), (4, "Note")])
def test_a_button_above_them_stays(tmp_path, env, row, kind):
    data = filled(with_control(tmp_path / "t.xlsx", row, kind), env, 行们=["a"])
    assert parts_of(data)["xl/drawings/vmlDrawing1.vml"].decode() == VML.format(kind=kind, row=row)


def test_a_control_with_an_anchor_of_its_own_is_refused_too(tmp_path, env):
    path = sheet_file(tmp_path / "t.xlsx", LOOP)
    controls = (
        '<controls><control shapeId="1" name="钮"><controlPr><anchor><from xmlns:x="u"><x:row>3</x:row></from>'
        "<to><row>5</row></to></anchor></controlPr></control></controls>"
    )
    sheet = parts_of(path)[SHEET].decode().replace("</worksheet>", f"{controls}</worksheet>")
    with pytest.raises(template.TemplateError, match="按钮等控件在会增减的行"):
        template.compile(with_parts(path, {SHEET: sheet}), env)


def test_pictures_in_cells_and_spilling_formulas_keep_their_metadata(tmp_path, env):
    path = sheet_file(tmp_path / "t.xlsx", [["{%tr for 行 in 行们 %}"], ["{{ 行 }}", "x", "x"], ["{%tr endfor %}"]])
    sheet = parts_of(path)[SHEET].decode()
    sheet = re.sub(r'<c r="B2"[^>]*>.*?</c>', '<c r="B2" t="e" vm="1"><v>#VALUE!</v></c>', sheet)
    spilling = '<c r="C2" cm="1"><f t="array" ref="C2">_xlfn.UNIQUE(A2)</f><v>1</v></c>'
    sheet = re.sub(r'<c r="C2"[^>]*>.*?</c>', spilling, sheet)
    written = parts_of(filled(with_parts(path, {SHEET: sheet}), env, 行们=[5, 6]))[SHEET].decode()
    for row in (1, 2):
        assert f'<c r="B{row}" vm="1" t="e"><v>#VALUE!</v></c>' in written
        assert f'<c r="C{row}" cm="1"><f t="array" ref="C{row}">_xlfn.UNIQUE(A{row})</f></c>' in written


def test_copies_of_a_sheet_get_the_next_plain_numbers(tmp_path, env):
    path = sheet_file(tmp_path / "t.xlsx", [["{%ts for 项 in 项们 %}{{ 项 }}"], ["{{ 项 }}"]])
    book = openpyxl.load_workbook(path)
    book.create_sheet("末")["A1"] = "尾"
    book.save(path)
    parts = parts_of(filled(path, env, 项们=["甲", "乙", "丙"]))
    assert sorted(p for p in parts if p.startswith("xl/worksheets/sheet")) == [
        f"xl/worksheets/sheet{n}.xml" for n in (1, 2, 3, 4)
    ]
    relations = parts["xl/_rels/workbook.xml.rels"].decode()
    assert all(relations.count(f"sheet{n}.xml") == 1 for n in (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("part", "old", "new", "place"),
    [
        (SHEET, 'r="A1"', 'r="甲"', "表"),
        (SHEET, ' r="2"', ' r="x"', "表"),
        (SHEET, 't="inlineStr"', 't="s"><v>999</v></c><c', "表"),
        (
            "xl/workbook.xml",
            "</sheets>",
            '</sheets><definedNames><definedName localSheetId="1.5"/></definedNames>',
            "工作簿",
        ),
        ("xl/styles.xml", 'numFmtId="0"', 'numFmtId="乙"', "表"),
    ],
)
def test_a_damaged_workbook_is_told_as_such(tmp_path, env, part, old, new, place):
    path = sheet_file(tmp_path / "t.xlsx", [["甲"], ["{{ 乙 }}"]])
    xml = parts_of(path)[part].decode()
    assert old in xml
    with_parts(path, {part: xml.replace(old, new, 1 if part == SHEET else -1).replace("<definedNames/>", "")})
    (issue,) = template.check(path, env)
    assert issue.place.cell == place
    assert "有看不懂的内容" in issue.cause
