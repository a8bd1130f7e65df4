"""Where Word keeps texts: each is read once, where its reader sees it; what is deleted or hidden is not there."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from budgetgen.published.document import Published, read_published_bytes

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SPACES = f'xmlns:w="{W}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def read(body: str, **parts: str) -> Published:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as package:
        package.writestr("word/document.xml", f"<w:document {SPACES}><w:body>{body}</w:body></w:document>")
        for name, text in parts.items():
            package.writestr(f"word/{name}.xml", text)
    return read_published_bytes(held.getvalue(), "文本.docx")


def texts(body: str, **parts: str) -> list[str]:
    return [p.text for p in read(body, **parts).paragraphs]


def run(text: str, look: str = "") -> str:
    return f"<w:r>{look and f'<w:rPr>{look}</w:rPr>'}<w:t>{text}</w:t></w:r>"


def p(*runs: str, look: str = "") -> str:
    return f"<w:p>{look and f'<w:pPr>{look}</w:pPr>'}{''.join(r if r.startswith('<') else run(r) for r in runs)}</w:p>"


def tbl(*rows: str) -> str:
    return f"<w:tbl>{''.join(rows)}</w:tbl>"


def tr(*cells: str, look: str = "") -> str:
    inside = "".join(c if c.startswith(("<w:tc", "<w:sdt")) else f"<w:tc>{p(c)}</w:tc>" for c in cells)
    return f"<w:tr>{look and f'<w:trPr>{look}</w:trPr>'}{inside}</w:tr>"


def rows(body: str) -> list[list[list[str]]]:
    return [[[c.text if c.own else "^" for c in row] for row in t.rows] for t in read(body).tables]


def content(inner: str) -> str:
    return f"<w:sdt><w:sdtPr/><w:sdtContent>{inner}</w:sdtContent></w:sdt>"


BOX = f"<w:pict><w:txbxContent>{p('框里')}</w:txbxContent></w:pict>"
BOTH = f"<mc:AlternateContent><mc:Choice><w:drawing>{BOX}</w:drawing></mc:Choice><mc:Fallback>{BOX}</mc:Fallback></mc:AlternateContent>"


@pytest.mark.parametrize(
    ("body", "read_back"),
    [
        (p("支出", "<w:del><w:r><w:delText>10</w:delText></w:r></w:del>", f"<w:ins>{run('12')}</w:ins>", "万元"), ["支出12万元"]),
        (p("甲", f"<w:moveFrom>{run('旧')}</w:moveFrom>", "乙"), ["甲乙"]),
        (p("甲", run("暗", "<w:vanish/>"), run("明", '<w:vanish w:val="0"/>')), ["甲明"]),
        (p(f"<w:hyperlink>{run('链')}</w:hyperlink>", f"<w:fldSimple>{run('域')}</w:fldSimple>", content(run("控"))), ["链域控"]),
        (p("<w:r><w:instrText>PAGEREF</w:instrText></w:r>", "第3页"), ["第3页"]),
        (content(p("甲") + content(p("乙"))) + p("丙"), ["甲", "乙", "丙"]),
        (p("前", f"<w:r>{BOTH}</w:r>", "后") + p("下"), ["前后", "框里", "下"]),
        (p("5,487.", "<w:r><w:t>\u00a018</w:t><w:noBreakHyphen/><w:tab/><w:t>完</w:t></w:r>"), ["5,487.\u00a018- 完"]),
        (p() + p("  ") + p("甲"), ["甲"]),
        (tbl(tr(f"<w:tc>{p('框')}{tbl(tr('甲', '1'), tr('乙', '2'))}</w:tc>")), ["框"]),
    ],
)  # fmt: skip
def test_paragraphs(body: str, read_back: list[str]) -> None:
    assert texts(body) == read_back


def test_notes_stand_behind_the_paragraph_that_refers_to_them() -> None:
    notes = f'<w:footnotes xmlns:w="{W}"><w:footnote w:id="0"/><w:footnote w:id="2">{p("注：含上年。")}</w:footnote></w:footnotes>'
    read_back = read(p("支出", '<w:r><w:footnoteReference w:id="2"/></w:r>') + p("后"), footnotes=notes)
    assert [(q.text, q.mark.part, q.mark.number) for q in read_back.paragraphs] == [
        ("支出", "word/document.xml", 0), ("注：含上年。", "word/footnotes.xml", 0), ("后", "word/document.xml", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "read_back"),
    [
        (tbl(content(tr("甲", "1")), tr("乙", content("<w:tc><w:p/></w:tc>"))), [[["甲", "1"], ["乙", ""]]]),
        (tbl(tr("甲", "1"), tr("乙", "2", look="<w:del/>"), tr("丙", "3", look="<w:ins/>")), [[["甲", "1"], ["丙", "3"]]]),
        (tbl(tr("甲", "1", "2"), tr("3", "4", look='<w:gridBefore w:val="1"/>')), [[["甲", "1", "2"], ["", "3", "4"]]]),
        (tbl(tr(f"<w:tc>{p('框')}{tbl(tr('甲', '1'), tr('乙', '2'))}</w:tc>")), [[["甲", "1"], ["乙", "2"]]]),
        (tbl(tr(f"<w:tc>{p('左')}{tbl(tr('内'))}</w:tc>", "右")), [[["左", "右"]], [["内"]]]),
    ],
)  # fmt: skip
def test_tables(body: str, read_back: list[list[list[str]]]) -> None:
    assert rows(body) == read_back


NUMBERING = f"""<w:numbering xmlns:w="{W}"><w:abstractNum w:abstractNumId="7">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum>
<w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num></w:numbering>"""
STYLES = f"""<w:styles xmlns:w="{W}"><w:style w:styleId="a"><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style>
<w:style w:styleId="b"><w:basedOn w:val="a"/></w:style></w:styles>"""


def test_numbers_that_word_counts_make_headings_and_stand_in_no_text() -> None:
    def numbered(level: int) -> str:
        return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="3"/></w:numPr>'

    body = (
        p("收入支出决算总体情况说明", look='<w:pStyle w:val="b"/>')
        + p("2024年度收入10万元。")
        + p("收入决算情况说明", look=numbered(0))
        + p("财政拨款", look=numbered(1))
        + p("其他", look=numbered(1))
    )
    read_back = read(body, numbering=NUMBERING, styles=STYLES).paragraphs
    assert [(q.lead, q.text, q.part) for q in read_back] == [
        ("一、", "收入支出决算总体情况说明", "说明"),
        ("", "2024年度收入10万元。", "说明"),
        ("二、", "收入决算情况说明", "说明"),
        ("二.1", "财政拨款", "说明"),
        ("二.2", "其他", "说明"),
    ]
    assert read_back[1].section == "一、收入支出决算总体情况说明"


def test_pages_are_those_that_word_last_showed() -> None:
    broken = "<w:r><w:lastRenderedPageBreak/><w:t>二</w:t></w:r>"
    read_back = read(p("一") + p(broken) + p("二", broken) + p("三"))
    assert [q.page for q in read_back.paragraphs] == [1, 2, 2, 3]


def test_a_heading_with_its_first_sentence_in_one_line_begins_its_section() -> None:
    body = (
        p("一、收入支出决算总体情况说明 2024年度收入总计10.00万元。")
        + p("二、收入决算情况说明本单位收入10.00万元。")
        + p("其中：拨款。")
    )
    assert [(q.section, q.part) for q in read(body).paragraphs] == [
        ("一、收入支出决算总体情况说明", "说明"), ("二、收入决算情况说明", "说明"), ("二、收入决算情况说明", "说明"),
    ]  # fmt: skip


HEAD = tr("科目编码", "科目名称", "合计")
FIRST, REST = (tr("合计", "", "3.00"), tr("201", "公共服务", "1.00")), tr("208", "社会保障", "2.00")
WHOLE = [
    ["科目编码", "科目名称", "合计"],
    ["合计", "", "3.00"],
    ["201", "公共服务", "1.00"],
    ["208", "社会保障", "2.00"],
]


@pytest.mark.parametrize(
    ("body", "tables"),
    [
        (tbl(HEAD, *FIRST) + p() + tbl(HEAD, REST), 1),
        (tbl(HEAD, *FIRST) + p() + tbl(REST), 1),
        (p("支出决算表") + tbl(HEAD, *FIRST) + p("支出决算表（续）") + tbl(HEAD, REST), 1),
        (p("支出决算表") + tbl(HEAD, *FIRST) + p("收入决算表") + tbl(HEAD, REST), 2),
        (tbl(HEAD, *FIRST) + p() + tbl(tr("项目名称", "甲", "")), 2),
        (tbl(HEAD, *FIRST, tr("总计", "", "3.00")) + p() + tbl(HEAD, REST), 2),
    ],
)
def test_a_table_that_was_cut_in_two_is_one(body: str, tables: int) -> None:
    read_back = rows(body)
    assert len(read_back) == tables
    assert (read_back[0] == WHOLE) is (tables == 1)
