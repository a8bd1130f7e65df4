"""A filled sheet as a Word table."""

from __future__ import annotations

import docx
import pytest
from docx.oxml.ns import qn
from markupsafe import Markup
from office import document_file, sheet_file, yuan
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from test_round_trips import check_document

from budgetgen import template
from budgetgen.figures import Blank, Group
from budgetgen.template import Blocks

ROWS = [
    ["{{ 单位 }}收入决算表"],
    [None, None, None, "公开02表"],
    ["部门：{{ 单位 }}", None, None, "单位：万元"],
    ["项目", None, "金额", None],
    ["编码", "名称", "本年", "上年"],
    ["{%tr for 类 in 类们 %}"],
    ["{{ 类.编码 }}", "{{ 类.名 }}", "{{ 类.额 }}", "{{ 类.上年 }}"],
    [None, "{%tr for 项 in 类.项 %}"],
    [None, "{{ 项.名 }}", "{{ 项.额 }}", "{{ 项.额 }}"],
    [None, "{%tr endfor %}"],
    ["{%tr endfor %}"],
    ["合计", None, "{{ 合计 }}", 0],
    ["注：{{ 单位 }}"],
    ["  二"],
]
THIN = Side(style="thin")


def shape(sheet):
    for merge in ("A1:D1", "A4:B4", "C4:D4", "A7:A9"):
        sheet.merge_cells(merge)
    for row in range(4, 13):
        for column in range(1, 5):
            sheet.cell(row, column).border = Border(THIN, THIN, THIN, THIN)
    for row in (7, 9, 12):
        sheet.cell(row, 3).number_format = "#,##0.00"
        sheet.cell(row, 4).number_format = '0.0;-0.0;"－"'
    sheet["D2"].alignment = sheet["D3"].alignment = Alignment(horizontal="right")
    sheet["A4"].alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    sheet["A4"].font = Font(name="黑体", size=12, bold=True)
    sheet["A4"].fill = PatternFill("solid", fgColor="FFEEDDCC")
    sheet["A12"].border = Border(left=THIN, bottom=Side(style="medium", color="FF0000FF"))
    sheet.row_dimensions[4].height = 24
    sheet.print_title_rows = "4:5"
    for column, width in zip("ABCD", (10, 30, 20, 20), strict=True):
        sheet.column_dimensions[column].width = width


def item(code, name, value, *items):
    fields = {"编码": code, "名": name, "额": yuan(value), "上年": yuan(0), "项": items}
    return Group(name, fields)


NAMES = {
    "单位": "A&B局", "合计": yuan("12345678.9"),
    "类们": [item("201", "甲", 30000, item("1", "子", 10000), item("2", "丑", 20000)), item("202", "乙", 5)],
}  # fmt: skip


@pytest.fixture
def placed(tmp_path, env):
    """The table in a document, with its title before it and its notes behind."""

    def place(names=NAMES, width=8000):
        book = template.compile(sheet_file(tmp_path / "t.xlsx", ROWS, shape, title="公开02"), env)

        def table():
            filled = book.word_table("公开02", names, width=width)
            around = [f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in (filled.title, *filled.notes)]
            return Markup("").join([Blocks(around[0]), filled.table, *map(Blocks, around[1:])])

        path = document_file(tmp_path / "t.docx", ["{{p 表() }}"])
        frame = template.compile(path, env)
        frame.add_styles(book.cell_styles())
        rendered = frame.render({"表": table})
        path.write_bytes(rendered.data)
        document = docx.Document(path)
        document.printed = rendered.printed
        check_document(document.element)
        return document

    return place


def test_rows_merges_and_numbers(placed):
    document = placed()
    assert [p.text for p in document.paragraphs] == ["A&B局收入决算表", "注：A&B局", "二"]
    assert [[c.text for c in row.cells] for row in document.tables[0].rows] == [
        ["公开02表"] * 4,
        ["部门：A&B局"] * 3 + ["单位：万元"],
        ["项目", "项目", "金额", "金额"],
        ["编码", "名称", "本年", "上年"],
        ["201", "甲", "3.00", "－"],
        ["201", "子", "1.00", "1.0"],
        ["201", "丑", "2.00", "2.0"],
        ["202", "乙", "0.00", "－"],
        ["合计", "", "1,234.57", "－"],
    ]


def test_header_rows_repeat_and_rows_stay_whole(placed):
    rows = placed().tables[0]._tbl.tr_lst
    assert [r.trPr.find(qn("w:tblHeader")) is not None for r in rows] == [True] * 4 + [False] * 5
    assert all(r.trPr.find(qn("w:cantSplit")) is not None for r in rows)
    height = rows[2].trPr.find(qn("w:trHeight"))
    assert (height.get(qn("w:val")), height.get(qn("w:hRule"))) == ("480", "atLeast")


def test_widths_fonts_borders(placed):
    table = placed(width=8001).tables[0]
    assert [int(c.get(qn("w:w"))) for c in table._tbl.tblGrid] == [1000, 3000, 2001, 2000]
    cell = table.cell(2, 0)
    style = cell.paragraphs[0].style
    assert (style.font.name, style.font.size.pt, style.font.bold) == ("黑体", 12, True)
    assert style.element.rPr.rFonts.get(qn("w:eastAsia")) == "黑体"
    assert style.base_style.name == "Normal"
    assert cell._tc.tcPr.find(qn("w:shd")).get(qn("w:fill")) == "EEDDCC"
    total = table.cell(8, 0)._tc.tcPr.find(qn("w:tcBorders"))
    sides = {s.tag.rpartition("}")[2]: (s.get(qn("w:val")), s.get(qn("w:color"))) for s in total}
    assert sides == {
        "top": ("nil", None), "left": ("single", "auto"), "bottom": ("single", "0000FF"), "right": ("nil", None),
    }  # fmt: skip
    aligned = [table.cell(2, 0).paragraphs[0].style, table.cell(4, 2).paragraphs[0].style]
    assert [s.paragraph_format.alignment for s in aligned] == [1, 2]


def test_styles_of_cells_are_the_templates_alone(tmp_path, env):
    """Whatever was rendered before, and in whichever workbook a look stands, its style has one name."""
    one = template.compile(sheet_file(tmp_path / "t.xlsx", ROWS, shape, title="公开02"), env)
    before = one.cell_styles()
    one.word_table("公开02", NAMES, width=8000)
    other = template.compile(sheet_file(tmp_path / "u.xlsx", ROWS, shape, title="公开03"), env)
    assert one.cell_styles() == before == other.cell_styles()
    assert len(before) > 3


def test_figures_are_known_by_their_places(placed):
    document = placed({**NAMES, "合计": Blank("收入.合计")})
    paragraphs = ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in document.element.body.iter(qn("w:p"))]
    assert [p.text for p in document.printed][-1] in ("【待填写：收入.合计】", "【待填写：收入·合计】")
    for printed in document.printed:
        place = printed.place
        assert paragraphs[place.paragraph][place.start : place.end] == printed.text


def test_formulas_are_refused(tmp_path, env):
    def with_formula(sheet):
        shape(sheet)
        sheet["D12"] = "=SUM(D7:D9)"

    book = template.compile(sheet_file(tmp_path / "t.xlsx", ROWS, with_formula, title="公开02"), env)
    with pytest.raises(template.TemplateError, match="公开02!D12：公式不能放进 Word 表格"):
        book.word_table("公开02", NAMES, width=8000)


def test_repeated_columns(tmp_path, env):
    def bordered(sheet):
        for row in sheet["A2:D3"]:
            for cell in row:
                cell.border = Border(THIN, THIN, THIN, THIN)
        sheet.column_dimensions["C"].width = 40

    rows = [
        ["表"],
        ["名称", "{%tc for 年 in 各年 %}", "{{ 年.名 }}", "{%tc endfor %}"],
        ["{{ 名 }}", None, "{{ 年.额|元 }}"],
    ]
    book = template.compile(sheet_file(tmp_path / "t.xlsx", rows, bordered), env)
    years = [Group(n, {"名": n, "额": yuan(v)}) for n, v in (("一", 10000), ("二", 20000))]
    for count in (2, 1, 2):
        filled = book.word_table("表", {"名": "甲", "各年": years[:count]}, width=9000)
        path = document_file(tmp_path / "t.docx", ["{{p 表 }}"])
        path.write_bytes(template.compile(path, env).render({"表": filled.table}).data)
        table = docx.Document(path).tables[0]
        found = [[c.text for c in row.cells] for row in table.rows]
        assert found == [["名称", "一", "二"][: count + 1], ["甲", "10000", "20000"][: count + 1]]
        widths = [int(c.get(qn("w:w"))) for c in table._tbl.tblGrid]
        assert sum(widths) == 9000
        assert widths[1] > 2 * widths[0]
