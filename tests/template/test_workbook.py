"""Filling workbooks: what a template of rows becomes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from office import cells, sheet_file, yuan
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Font
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.pagebreak import Break

from budgetgen import template
from budgetgen.expression import EmptyRow
from budgetgen.figures import PERCENT, Blank, Figure, Group


def lines_of(*items):
    return [Group(n, {"名称": n, "额": yuan(v), "项": []}) for n, v in items]


def test_a_single_expression_keeps_its_number_and_format(fill_sheet):
    def shape(sheet):
        for column in "ABC":
            sheet[f"{column}1"].number_format = "#,##0.00"

    sheet = fill_sheet(
        [["{{ 收入 }}", "{{ 收入|元 }}", "{{ 占比 }}", "{{ 3 }}"]],
        {"收入": yuan("1450940.5"), "占比": Figure("占比", Decimal("12.345"), PERCENT)},
        shape,
    )
    assert cells(sheet) == [[145.09405, 1450940.5, 12.345, 3]]
    assert sheet["A1"].number_format == "#,##0.00"
    assert sheet.printed == {"表!A1": "145.09", "表!B1": "1,450,940.50", "表!C1": "12.35"}


def test_other_values(fill_sheet):
    sheet = fill_sheet(
        [["{{ 公式 }}", "{{ 无 }}", "{{ 空行.额 }}", "{{ 缺 }}", "合计{{ 收入 }}万元", "{{ 日期 }}", "{{ 1 if 无 }}"]],
        {
            "公式": "=cmd|' /C calc'!A0", "无": None, "空行": EmptyRow(), "缺": Blank("三公.决算"), "收入": yuan(20000),
            "日期": date(2024, 1, 2),
        },
    )  # fmt: skip
    assert cells(sheet) == [
        ["=cmd|' /C calc'!A0", None, None, "【待填写：三公·决算】", "合计2.00万元", "2024-01-02", None]
    ]
    assert sheet["A1"].data_type == "s"
    assert sheet.printed == {"表!D1": "【待填写：三公·决算】", "表!E1": "2.00"}


def test_text_survives(fill_sheet):
    sheet = fill_sheet([["{{ a }}", "〔{{ a }}〕"]], {"a": " A&B‹局› <甲>\n乙\t丙_x0041_ "})
    assert sheet["A1"].value.replace("_x005F_", "_") == " A&B‹局› <甲>\n乙\t丙_x0041_ "
    assert sheet["B1"].alignment.wrap_text


@pytest.mark.parametrize(
    ("tag", "printed"),
    [
        ("{% if x %}有{{ x }}{% else %}无{% endif %}", "有2.00"),
        ("{% if 不 %}有{% else %}无{% endif %}", "无"),
        ("{# 注 #}甲", "甲"),
        ("{% for n in [1, 2] %}{{ n }}、{% endfor %}", "1、2、"),
        ("{{ “甲” ~ ‘乙’ }}", "甲乙"),
        ("{{ [1，2]【0】 }}/", "1/"),
        ("{{ {'a': {'b': 1}}['a']['b'] }}。", "1。"),
        ("{_{ 字面 }_}{{ 1 }}", "{{ 字面 }}1"),
        ("{_{ 字面 }_}", "{{ 字面 }}"),
        ("{{ 类.items }}", "条目"),
    ],
)
def test_tags_in_a_cell(fill_sheet, tag, printed):
    names = {"x": yuan(20000), "不": False, "类": Group("类", {"items": "条目"})}
    assert cells(fill_sheet([[tag]], names)) == [[printed]]


TABLE = [
    ["名称", "金额"],
    ["{%tr for 类 in 类们 %}"],
    ["{{ 类.名称 }}", "{{ 类.额 }}"],
    [None, "{%tr for 项 in 类.项 %}"],
    ["  {{ 项.名称 }}", "{{ 项.额 }}"],
    [None, "{%tr endfor %}"],
    ["{%tr endfor %}"],
    ["{%tr if 有合计 %}"],
    ["合计", "{{ 合计 }}"],
    ["{%tr else %}"],
    ["没有合计"],
    ["{%tr endif %}"],
    ["注"],
]


def table_names(**more):
    first = Group("甲", {"名称": "甲", "额": yuan(30000), "项": lines_of(("子", 10000), ("丑", 20000))})
    return {"类们": [first, *lines_of(("乙", 0))], "合计": yuan(30000), "有合计": True, **more}


def test_rows_grow_and_vanish(fill_sheet):
    assert cells(fill_sheet(TABLE, table_names())) == [
        ["名称", "金额"], ["甲", 3], ["  子", 1], ["  丑", 2], ["乙", 0], ["合计", 3], ["注", None],
    ]  # fmt: skip
    assert cells(fill_sheet(TABLE, table_names(类们=[], 有合计=False))) == [
        ["名称", "金额"],
        ["没有合计", None],
        ["注", None],
    ]


def test_what_belongs_to_rows_moves_with_them(fill_sheet):
    def shape(sheet):
        sheet["B5"] = "{{ 项.名称 }}"
        sheet["A5"] = None
        sheet.merge_cells("A3:A6")
        sheet.merge_cells("A13:B13")
        sheet.row_dimensions[3].height = 30
        sheet.row_dimensions[13].height = 40
        sheet["C9"] = "=SUM(B3:B6)+B9"
        sheet["C5"] = "=B5*2"
        sheet["C3"] = "=SUM(B5:B5)"
        sheet.print_title_rows = "1:1"
        sheet.print_area = "A1:C13"
        sheet.auto_filter.ref = "A1:C9"
        validation = DataValidation("list", formula1="$A$13:$A$13")
        validation.add("B13")
        sheet.add_data_validation(validation)
        sheet["B13"].alignment = Alignment(horizontal="center")

    sheet = fill_sheet(TABLE, table_names(), shape)
    assert {str(m) for m in sheet.merged_cells.ranges} == {"A2:A4", "A7:B7"}
    assert [sheet.row_dimensions[r].height for r in range(1, 8)] == [None, 30, None, None, 30, None, 40]
    assert [row[2] for row in cells(sheet)] == [
        None,
        "=SUM(B3:B4)",
        "=B3*2",
        "=B4*2",
        "=SUM(0)",
        "=SUM(B2:B5)+B6",
        None,
    ]
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.print_area == "'表'!$A$1:$C$7"
    assert sheet.auto_filter.ref == "A1:C6"
    assert [(str(v.sqref), v.formula1) for v in sheet.data_validations.dataValidation] == [("B7", "$A$7:$A$7")]


def test_errors_name_the_cell_and_what_is_near(tmp_path, env):
    def cause(rows, **names):
        path = sheet_file(tmp_path / "错.xlsx", rows, title="公开02")
        with pytest.raises(template.TemplateError) as caught:
            template.compile(path, env).render(names)
        return str(caught.value)

    group = Group("三公经费", {"决算": yuan(1), "预算": yuan(2)})
    assert cause([["甲", "乙"], ["丙", "{{ 三公经费.决算数 }}"]], 三公经费=group) == (
        "错.xlsx 公开02!B2：“三公经费”中没有“决算数”这个名称，是否想写“决算”？"
    )
    assert cause([["{{ 三公 }}"]], 三公经费=group) == "错.xlsx 公开02!A1：没有“三公”这个名称，是否想写“三公经费”？"
    assert "公开02!A1：是一组数据" in cause([["{{ 三公经费 }}"]], 三公经费=group)
    assert "公开02!A1：标签没有结束" in cause([["{{ 三公"]])
    assert "公开02!A1：{%tr for … %} 没有结束" in cause([["{%tr for x in y %}"], ["{{ x }}"]])
    assert "公开02!A1：{%tr endfor %} 没有与之相配的开头" in cause([["{%tr endfor %}"]])
    assert "公开02!A1：没有名为“万圆”的过滤器，是否想写“万元”？" in cause([["{{ x|万圆 }}"]])
    assert "要独占一行" in cause([["{%tr if x %}", "别的"], ["{%tr endif %}"]])
    assert "公开02!A2：“a�b”含有文件不能容纳的字符：U+000B" in cause([[1], ["{{ x }}"]], x="a\x0bb")
    for char in "\a\f":
        assert "公开02!A1：“a�b”" in (told := cause([["{{ x }}"]], x=f"a{char}b"))
        assert "另起一段的 \\a、另起一页的 \\f 只能用在 Word 文件里" in told
    assert "U+D800" in cause([["{{ x }}"]], x="a\ud800b")
    assert "上限 32767 字" in cause([["{{ x }}"]], x="长" * 32768)


def test_names_headers_and_properties(tmp_path, env):
    import openpyxl

    def shape(sheet):
        sheet.oddHeader.left.text = "{{ 单位 }}"
        sheet["A1"] = "甲"
        sheet.print_area = "A1:B2"
        sheet.parent.properties.title = "{{ 单位 }}公开表"

    path = sheet_file(tmp_path / "t.xlsx", [["甲"]], shape, title="{{ 年度 }}年")
    renderer = template.compile(path, env)
    assert renderer.sheets == ("{{ 年度 }}年",)
    path.write_bytes(renderer.render({"单位": "A&B局", "年度": 2024}).data)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["2024年"]
    assert book.worksheets[0].oddHeader.left.text == "A&&B局"
    assert book.worksheets[0].print_area == "'2024年'!$A$1:$B$2"
    assert book.properties.title == "A&B局公开表"


def test_same_input_same_bytes(tmp_path, env):
    path = sheet_file(tmp_path / "t.xlsx", TABLE)
    one, two = template.compile(path, env), template.compile(path, env)
    assert one.render(table_names()).data == one.render(table_names()).data == two.render(table_names()).data


def test_columns_grow_and_vanish(fill_sheet):
    def shape(sheet):
        sheet.merge_cells("C1:F1")
        sheet.merge_cells("C4:D4")
        sheet["G3"] = "=SUM(C3:D3)"
        sheet["D3"] = "=C3*2"
        sheet.column_dimensions["C"].width = 20
        sheet.column_dimensions["D"].width = 30
        sheet.column_dimensions["G"].width = 40

    rows = [
        ["名称"],
        [None, "{%tc for 年 in 各年 %}", "{{ 年.名 }}", "倍", "{%tc endfor %}", "末", "合计"],
        ["{{ 名 }}", None, "{{ 年.额 }}", None, None, "{{ 名 }}"],
        [None, None, "横"],
    ]
    years = [Group("一", {"名": "一", "额": yuan(10000)}), Group("二", {"名": "二", "额": yuan(20000)})]
    sheet = fill_sheet(rows, {"各年": years, "名": "甲"}, shape)
    assert cells(sheet) == [
        ["名称", None, None, None, None, None, None], [None, "一", "倍", "二", "倍", "末", "合计"],
        ["甲", 1, "=B3*2", 2, "=D3*2", "甲", "=SUM(B3:E3)"], [None, "横", None, "横", None, None, None],
    ]  # fmt: skip
    assert {str(m) for m in sheet.merged_cells.ranges} == {"B1:F1", "B4:C4", "D4:E4"}
    widths = {k: d.width for k, d in sheet.column_dimensions.items()}
    assert widths == {"B": 20, "C": 30, "D": 20, "E": 30, "G": 40}
    assert cells(fill_sheet(rows, {"各年": [], "名": "甲"}, shape))[1:3] == [
        [None, "末", "合计"],
        ["甲", "甲", "=SUM(0)"],
    ]


def test_formats_breaks_links_and_names_move_too(fill_sheet):
    def dress(sheet):
        rule = CellIsRule(operator="greaterThan", formula=["$B$9"], font=Font(bold=True))
        sheet.conditional_formatting.add("B5:B5", rule)
        sheet.conditional_formatting.add("A11", CellIsRule(operator="equal", formula=["1"]))
        sheet.row_breaks.append(Break(id=9))
        sheet["A13"].hyperlink = "https://example.com/"
        sheet.freeze_panes = "A9"
        book = sheet.parent
        book.defined_names["合计数"] = DefinedName("合计数", attr_text="'表'!$B$9")
        other = book.create_sheet("乙表")
        other["A1"] = "=SUM(表!B3:B5)+'表'!B9"

    sheet = fill_sheet(TABLE, table_names(), dress)
    formats = {str(f.sqref): [r.formula for r in f.rules] for f in sheet.conditional_formatting}
    assert formats == {"B3:B4": [["$B$6"]]}
    assert [b.id for b in sheet.row_breaks.brk] == [6]
    assert sheet["A7"].hyperlink.target == "https://example.com/"
    assert (sheet.freeze_panes, sheet.sheet_view.pane.ySplit) == ("A6", 5)
    assert sheet.parent.defined_names["合计数"].attr_text == "表!$B$6"
    assert sheet.parent["乙表"]["A1"].value == "=SUM(表!B2:B5)+表!B6"


def test_runs_of_a_rich_string_keep_their_fonts(fill_sheet):
    def dress(sheet):
        rich = CellRichText(
            "名称：", TextBlock(InlineFont(b=True), "{{ 名"), TextBlock(InlineFont(i=True), " }}"), "尾"
        )
        sheet["A1"] = rich

    sheet = fill_sheet([["甲"]], {"名": "某局"}, dress)
    assert sheet["A1"].value == "名称：某局尾"
