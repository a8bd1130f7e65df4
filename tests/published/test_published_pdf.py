"""A PDF becomes the paragraphs and tables that it was made of: the same that its docx holds."""

from __future__ import annotations

import pytest

from budgetgen.published.document import Published, read_published, read_published_bytes
from tests.drawn_pdf import Sheet, drawn
from tests.shared import SHARED

WIDE = "二〇二四年度收入支出总计和上年相比都减少了一些"  # 23 characters: from 35 to 265
LINES = [(55, WIDE[:21]), (35, WIDE), (35, WIDE[:7] + "。")]


def read(*sheets: Sheet) -> Published:
    return read_published_bytes(drawn(*sheets), "公开.pdf")


def texts(read: Published) -> list[str]:
    return [p.text for p in read.paragraphs]


def rows(read: Published) -> list[list[list[str]]]:
    return [[[c.text if c.own else "^" for c in row] for row in t.rows] for t in read.tables]


def page(*lines: tuple[float, str], top: float = 60, foot: str = "— 1 —") -> Sheet:
    sheet = Sheet().text(130, 380, foot)
    for n, (left, text) in enumerate(lines):
        sheet.text(left, top + 18 * n, text)
    return sheet


def test_lines_become_paragraphs_and_the_page_number_falls_out() -> None:
    read_back = read(page((100, "收入支出说明"), *LINES, (55, "（一）收入。"), (55, "（二）支出。")))
    assert texts(read_back) == ["收入支出说明", "".join(t for _, t in LINES), "（一）收入。", "（二）支出。"]
    assert [p.page for p in read_back.paragraphs] == [1, 1, 1, 1]


def test_the_name_of_a_division_stands_on_the_lines_below() -> None:
    sheet = page((130, "第一部分"), (125, "某某档案馆"), (130, "单位概况"), (55, WIDE[:18]))
    assert texts(read(sheet, page(*LINES))) == ["第一部分某某档案馆单位概况", WIDE[:18], "".join(t for _, t in LINES)]


def test_a_paragraph_goes_on_on_the_next_page() -> None:
    read_back = read(page(*LINES[:2]), page(LINES[2], (55, "下一段。"), (35, WIDE), foot="— 2 —"))
    assert texts(read_back) == ["".join(t for _, t in LINES), "下一段。", WIDE]
    first, last = read_back.paragraphs[0].mark.boxes[0], read_back.paragraphs[0].mark.boxes[-1]
    assert (first.page, first.start, first.x0, first.top) == (1, 0, 55, pytest.approx(60))
    assert (last.page, last.end) == (2, len(read_back.paragraphs[0].text))


def test_a_number_that_had_no_room_does_not_end_a_paragraph() -> None:
    long = "5,487,180,000.00万元。"
    read_back = read(page((55, WIDE[:16]), (35, long), (55, WIDE[:21]), (35, WIDE)))
    assert texts(read_back) == [WIDE[:16] + long, WIDE[:21] + WIDE]


def test_lines_of_the_contents_stay_apart() -> None:
    contents = [(35.0, "第一部分 概况" + "." * 30 + "1"), (35.0, "一、部门职责" + "." * 31 + "12"), (35.0, WIDE)]
    assert [t.rstrip("0123456789").rstrip(".") for t in texts(read(page(*contents)))] == [
        "第一部分 概况",
        "一、部门职责",
        WIDE,
    ]


def test_what_stands_at_the_edge_of_every_page_falls_out() -> None:
    sheets = [page((55, f"第{n}段。"), foot=str(n)).text(35, 10, "某局部门决算") for n in range(1, 5)]
    assert texts(read(*sheets)) == ["第1段。", "第2段。", "第3段。", "第4段。"]


def test_digits_on_another_height_stay_in_their_line() -> None:
    sheet = page((55, WIDE[:18])).text(235, 63, "12.50").text(35, 78, "万元。")
    assert texts(read(sheet)) == [WIDE[:18] + "12.50万元。"]


HEAD = ["科目编码", "科目名称", "支出合计"]
WIDTHS = (50, 70, 60)


@pytest.mark.parametrize("repeated", [True, False])
def test_a_table_over_two_pages_is_one(repeated: bool) -> None:
    first = Sheet().text(35, 30, "支出决算表").table(35, 60, WIDTHS, [HEAD, ["201", "公共服务", "1.00"]])
    second = Sheet().table(35, 40, WIDTHS, [*([HEAD] if repeated else []), ["208", "社会保障", "2.00"]])
    read_back = read(first, second.text(35, 300, "以后的段落。"))
    assert rows(read_back) == [[HEAD, ["201", "公共服务", "1.00"], ["208", "社会保障", "2.00"]]]
    assert (read_back.tables[0].above, read_back.tables[0].after) == (["支出决算表"], 1)
    assert texts(read_back) == ["支出决算表", "以后的段落。"]


def test_a_cell_that_the_page_tore_is_whole() -> None:
    first = Sheet().table(35, 60, WIDTHS, [HEAD, ["201", "文化旅游体育", "1.00"]])
    second = Sheet().table(35, 40, WIDTHS, [["", "与传媒", ""], ["208", "社会保障", "2.00"]])
    assert rows(read(first, second)) == [[HEAD, ["201", "文化旅游体育与传媒", "1.00"], ["208", "社会保障", "2.00"]]]


def test_a_title_repeated_with_the_heading_is_no_paragraph() -> None:
    first = Sheet().text(35, 30, "公开03表").table(35, 60, WIDTHS, [HEAD, ["201", "公共服务", "1.00"]])
    second = Sheet().text(35, 30, "公开03表").table(35, 60, WIDTHS, [HEAD, ["208", "社会保障", "2.00"]])
    third = Sheet().text(35, 30, "公开03表").table(35, 60, WIDTHS, [["项目", "某项", "3.00"]])
    read_back = read(first, second, third)
    assert [len(t) for t in rows(read_back)] == [3, 1]
    assert texts(read_back) == ["公开03表", "公开03表"]


def test_tables_that_only_look_alike_stay_apart() -> None:
    first = Sheet().table(35, 60, WIDTHS, [["项目名称", "甲", ""], ["总分", "", "98"]])
    second = Sheet().table(35, 40, WIDTHS, [["项目名称", "乙", ""], ["总分", "", "99"]])
    assert [t[0][1] for t in rows(read(first, second))] == ["甲", "乙"]


def test_sides_that_are_left_open_are_closed() -> None:
    sheet = Sheet().text(40, 45, "甲").text(140, 45, "1.00").text(40, 65, "乙").text(140, 65, "2.00")
    for y in (40, 60, 80):
        sheet.line(35, y, 235, y)
    sheet.line(135, 40, 135, 80)
    assert rows(read(sheet)) == [[["甲", "1.00"], ["乙", "2.00"]]]


def test_a_merged_cell_is_covered() -> None:
    sheet = Sheet().table(35, 60, (60, 60), [["", "一"], ["", "二"]])
    sheet.marks = [m for m in sheet.marks if m != f"35 {400 - 80} m 155 {400 - 80} l S"]
    sheet.line(95, 80, 155, 80).text(40, 75, "合并")
    assert rows(read(sheet)) == [[["合并", "一"], ["^", "二"]]]


@pytest.mark.parametrize("rotate", [0, 90])
def test_a_table_that_lies_on_its_side(rotate: int) -> None:
    """Text that runs up the sheet, whether or not the page says that it is to be turned."""
    upright = Sheet(400, 300).table(35, 60, WIDTHS, [HEAD, ["201", "公共服务", "1.00"]])
    lying = Sheet(300, 400, rotate)
    lying.marks = [f"q 0 1 -1 0 300 0 cm {' '.join(upright.marks)} Q"]
    (table,) = read(lying).tables
    assert [[c.text for c in row] for row in table.rows] == [HEAD, ["201", "公共服务", "1.00"]]
    if not rotate:
        box = table.rows[0][0].mark.boxes[0]
        assert (box.x0, box.top) == (pytest.approx(65), pytest.approx(400 - 47, abs=1))


def test_a_watermark_aslant_is_not_read() -> None:
    sheet = page((55, "第一段。")).text(0, 0, "内部资料", size=40, matrix="0.7 0.7 -0.7 0.7 50 100")
    assert texts(read(sheet)) == ["第一段。"]


# ------------------------------------------------------------------------------------------------ docx and PDF


def bare(read: Published) -> tuple[list[str], list[list[str]]]:
    paragraphs = ["".join(p.bare.split(".")) for p in read.paragraphs if p.part != "目录"]
    return paragraphs, [["".join(c.text.split()) for row in t.rows for c in row if c.own] for t in read.tables]


@pytest.mark.skipif(SHARED is None, reason="the published packets are not here")
def test_a_published_pdf_says_what_its_docx_says() -> None:
    assert SHARED is not None
    folder = SHARED / "audit" / "published"
    assert bare(read_published(folder / "002.pdf")) == bare(read_published(folder / "002.docx"))
