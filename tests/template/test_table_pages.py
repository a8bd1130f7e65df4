"""Tables whose cells are merged over rows: where their pages begin, and what they say there."""

from __future__ import annotations

import docx
import pytest
from docx.oxml.ns import qn
from office import document_file, sheet_file, yuan
from openpyxl.styles import Border, Side
from test_round_trips import check_document

from budgetgen import template
from budgetgen.figures import Group
from budgetgen.template.docx.table_pages import CONTINUES, RESTARTS, Room, Row, line_count, lines_of, paginate

LINE = 260
"""A row of one line, as LEADINGS[0] sets it, with the line below it."""


def row(role="", text="", height=0):
    cells = [(1, role, line_count(lines_of(text), 10.0) * 200.0), (2, "", 200.0)]
    return Row(height, max(high for _, merged, high in cells if not merged), cells)


def merged(count, text="产出"):
    return [row(RESTARTS, text), *[row(CONTINUES)] * (count - 1)]


def rooms(lines):
    return Room(lines * LINE * 100 // 97 + 1, lines * LINE * 100 // 97 + 1)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [("", 5, 1), ("一二三四五", 5.0, 1), ("一二三四五六", 5.9, 2), ("2024年12月底前完成", 10.0, 2), ("甲\n乙", 5, 2)],
)
def test_lines_of_a_text(text, width, lines):
    assert line_count(lines_of(text), width) == lines


def test_a_table_that_fits_is_not_cut():
    assert paginate(merged(12), range(0), rooms(12), 0).starts == ()


def test_lines_are_set_closer_where_that_saves_a_page():
    closer = paginate(merged(13), range(0), rooms(12), 0)
    assert (closer.starts, closer.leading) == ((), 1.15)


def test_a_page_ends_where_it_cuts_the_fewest_cells():
    """Eight rows and seven in two groups: the page that could hold ten ends after the eight."""
    assert paginate([*merged(8), *merged(7)], range(0), rooms(10), 0).starts == (8,)


def test_no_page_has_few_rows():
    pages = paginate(merged(14), range(0), rooms(11), 0)
    assert pages.starts == (9,)
    assert pages.carried(9) == {1: 0}


def test_what_stands_below_is_counted():
    assert paginate(merged(12), range(0), rooms(12), 500).starts == (8,)


def test_rows_are_kept_while_less_than_five_lines_follow():
    pages = paginate(merged(12), range(0), rooms(12), 0)
    assert [at for at in range(12) if pages.is_kept(at, 12)] == [7, 8, 9, 10]


def test_a_cell_above_a_header_is_not_carried_below_it():
    """The header stands on every page, and with it the cell that begins there."""
    rows = [*[row()] * 4, *merged(20)]
    pages = paginate(rows, range(4, 5), rooms(14), 0)
    assert [list(pages.repeated(s)) for s in pages.starts] == [[4]]
    assert pages.carried(pages.starts[0]) == {}


def test_a_row_higher_than_a_page_is_cut():
    rows = [*merged(3), row(height=30 * LINE), row()]
    pages = paginate(rows, range(0), rooms(10), 0)
    assert (pages.starts, pages.cut) == ((), {3})


ROWS = [
    ["自评表"],
    ["名称", None, "{{ 名 }}"],
    ["指标", "一级", "三级"],
    [None, None, "{%tr for 甲 in 组 %}"],
    [None, None, "{%tr for 行 in 甲.行 %}"],
    [None, "{% vm 甲 %}{{ 甲.名 }}（{{ 甲.分 }}）", "{{ 行 }}"],
    [None, None, "{%tr endfor %}"],
    [None, None, "{%tr endfor %}"],
    ["总分", None, "100"],
    ["备注"],
]
THIN = Side(style="thin")


def shape(sheet):
    sheet.merge_cells("A3:A8")
    for at in range(2, 10):
        for column in range(1, 4):
            sheet.cell(at, column).border = Border(THIN, THIN, THIN, THIN)
    sheet["A6"].border = Border(left=THIN, right=THIN)  # as Excel writes the cells inside a merge
    sheet.print_title_rows = "3:3"


NAMES = {
    "名": "某局",
    "组": [
        Group("产出", {"名": "产出", "分": yuan(400000), "行": [f"数{i}" for i in range(12)]}),
        Group("效益", {"名": "效益", "分": yuan(200000), "行": [f"益{i}" for i in range(6)]}),
    ],
}


@pytest.fixture
def document(tmp_path, env):
    """The table on pages of eleven lines."""
    book = template.compile_workbook(sheet_file(tmp_path / "t.xlsx", ROWS, shape), env)
    path = document_file(tmp_path / "t.docx", ["{{p 表() }}"])
    table = {"表": lambda: book.word_table("表", NAMES, width=9000, room=rooms(11)).table}
    rendered = template.compile(path, env).render({**NAMES, **table})
    path.write_bytes(rendered.data)
    found = docx.Document(path)
    found.printed = rendered.printed
    check_document(found.element)
    return found


def test_merged_cells_are_told_again_on_the_next_page(document):
    tables = [[[c.text for c in r.cells] for r in t.rows] for t in document.tables]
    assert tables[0] == [["名称", "", "某局"]]
    assert tables[1][:2] == [["指标", "一级", "三级"], ["指标", "产出（40.00）", "数0"]]
    assert tables[2][:2] == [["指标", "一级", "三级"], ["指标", "产出（40.00）（续）", "数8"]]
    assert tables[2][4:6] == [["指标", "产出（40.00）（续）", "数11"], ["指标", "效益（20.00）", "益0"]]
    assert tables[3][1:] == [*(["指标", "效益（20.00）（续）", f"益{i}"] for i in (3, 4, 5)), ["总分", "", "100"]]
    breaks = [p.paragraph_format.page_break_before for p in document.paragraphs]
    assert breaks == [None, True, True]


def test_what_is_told_again_is_known_as_printed(document):
    paragraphs = list(document.element.body.iter(qn("w:p")))
    for printed in document.printed:
        text = "".join(t.text for t in paragraphs[printed.place.paragraph].iter(qn("w:t")))
        assert text[printed.place.start : printed.place.end] == printed.text
    assert [p.text for p in document.printed].count("40.00") == 2


def test_a_merged_cell_has_its_lower_line_on_every_page(document):
    for table in document.tables[1:]:
        first = [row.tc_lst[0] for row in table._tbl.tr_lst if row.tc_lst[0].find(".//{*}vMerge") is not None]
        assert len(first) >= 4
        lines = [tc.tcPr.find(qn("w:tcBorders")) for tc in first]
        assert {b.find(qn("w:bottom")).get(qn("w:val")) for b in lines if b is not None} <= {"single"}
