"""Filling documents: paragraphs, runs, tables, headers, properties."""

from __future__ import annotations

import pytest
from docx.oxml.ns import qn
from office import document_file, lines, yuan

from budgetgen import template
from budgetgen.figures import Blank, Group
from budgetgen.template import Blocks

NAMES = {
    "单位": Group("单位", {"名称": "A&B‹局›"}), "收入": yuan(1450940), "多行": "甲\n乙\t丙", "缺": Blank("三公.决算"),
    "项目": [Group("一", {"名": "一", "额": yuan(10000)}), Group("二", {"名": "二", "额": yuan(20000)})],
}  # fmt: skip


def runs(*texts):
    def build(document):
        paragraph = document.add_paragraph()
        for text in texts:
            paragraph.add_run(text.strip("*")).bold = text.startswith("*")

    return build


@pytest.mark.parametrize(
    ("content", "printed"),
    [
        (["部门：{{ 单位.名称 }}，{{ 收入 }}万元"], ["部门：A&B‹局›，145.09万元"]),
        (["{{ 多行 }}"], ["甲\n乙\t丙"]),
        (["甲{# 注释 #}乙"], ["甲乙"]),
        (["{% if 收入 %}有{% else %}无{% endif %}"], ["有"]),
        (["{%p if 收入 %}", "有", "{%p else %}", "无", "{%p endif %}", "尾"], ["有", "尾"]),
        (["{%p for x in 项目 %}", "{{ x.名 }}", "{%p endfor %}"], ["一", "二"]),
        (["{#p 整段注释 #}", "留"], ["留"]),
        (["{%p set 甲 = 项目[0] %}", "{{ 甲.名 }}"], ["一"]),
        (["{%p macro 句(x) %}", "【{{ x }}】", "{%p endmacro %}", "{{p 句(收入) }}"], ["【145.09】"]),
        (["{% macro 词(x) %}〔{{ x }}〕{% endmacro %}{{ 词(1) }}"], ["〔1〕"]),
        (["{_{ 字面 }_}"], ["{{ 字面 }}"]),
        (["{{ 缺 }}"], ["【待填写：三公·决算】"]),
        (["{{ 项目|length }}{{ “甲”|replace（“甲”，“乙”） }}"], ["2乙"]),
        (["{% for x in 项目 %}", "行{{ x.名 }}", "{% endfor %}尾"], ["", "行一", "", "行二", "尾"]),
        (["{{p 多行 }}"], ["甲", "乙\t丙"]),
        (["{%r if 收入 %}甲{%r else %}乙{%r endif %}丙"], ["甲丙"]),
        (["甲{{r 收入 }}乙"], ["甲145.09乙"]),
    ],
)
def test_tags(fill_document, content, printed):
    assert lines(fill_document(content, NAMES)) == printed


def test_a_tag_split_over_runs_keeps_the_first_runs_style(fill_document):
    document = fill_document(runs("部门：", "*{{ 单", "位.名", "称 }}", "，共{{ 收入 ", "*}}万元"), NAMES)
    found = [(r.text, bool(r.bold)) for r in document.paragraphs[0].runs]
    assert found == [("部门：", False), ("A&B‹局›", True), ("，共145.09", False), ("万元", True)]


def test_conditions_over_runs(fill_document):
    document = fill_document(runs("甲{% if 收入 %}乙", "*粗", "丙{% endif %}丁"), NAMES)
    assert [(r.text, bool(r.bold)) for r in document.paragraphs[0].runs] == [
        ("甲", False), ("乙", False), ("粗", True), ("丙", False), ("丁", False),
    ]  # fmt: skip


def test_rows_of_tables(fill_document):
    def build(document):
        table = document.add_table(4, 2)
        texts = [("名", "额"), ("{%tr for x in 项目 %}", ""), ("{{ x.名 }}", "{{ x.额 }}"), ("{%tr endfor %}", "")]
        for row, values in zip(table.rows, texts, strict=True):
            for cell, text in zip(row.cells, values, strict=True):
                cell.text = text

    table = fill_document(build, NAMES).tables[0]
    assert [[c.text for c in row.cells] for row in table.rows] == [["名", "额"], ["一", "1.00"], ["二", "2.00"]]


def test_blocks_take_the_place_of_their_paragraph(fill_document):
    block = Blocks("<w:p><w:r><w:t>块</w:t></w:r></w:p><w:p/>")

    def build(document):
        document.add_paragraph("{{p 块 }}", style="List Bullet")
        document.add_paragraph("{{p 字 }}", style="List Bullet")

    document = fill_document(build, {"块": block, "字": "一\n二"})
    assert [(p.style.name, p.text) for p in document.paragraphs] == [
        ("Normal", "块"), ("Normal", ""), ("List Bullet", "一"), ("List Bullet", "二"),
    ]  # fmt: skip


def test_headers_and_properties(fill_document):
    def build(document):
        document.add_paragraph("正文")
        document.sections[0].header.paragraphs[0].text = "{{ 单位.名称 }}　{{ 收入 }}"
        document.core_properties.title = "{{ 单位.名称 }}决算"

    document = fill_document(build, NAMES)
    assert document.sections[0].header.paragraphs[0].text == "A&B‹局›　145.09"
    assert document.core_properties.title == "A&B‹局›决算"


def paragraph_text(paragraph):
    kinds = {qn("w:t"): None, qn("w:tab"): "\t", qn("w:br"): "\n"}
    return "".join(kinds[e.tag] or e.text or "" for e in paragraph.iter(*kinds) if e.getparent().tag == qn("w:r"))


def test_every_printed_figure_is_found_at_its_place(fill_document):
    def build(document):
        document.add_paragraph("甲")
        document.add_paragraph("{{ 多行 }}：{{ 收入 }}，{{ 收入|元 }}")
        table = document.add_table(1, 2)
        table.cell(0, 1).text = "A&B {{ 收入 }}"
        document.add_paragraph("{%p for x in 项目 %}")
        document.add_paragraph("{{ x.名 }}{{ x.额 }} {{ 缺 }}")
        document.add_paragraph("{%p endfor %}")

    document = fill_document(build, NAMES)
    paragraphs = [paragraph_text(p) for p in document.element.body.iter(qn("w:p"))]
    found = [(p.place.paragraph, paragraphs[p.place.paragraph][p.place.start : p.place.end]) for p in document.printed]
    assert found == [
        (1, "145.09"), (1, "1450940.00"), (3, "145.09"), (4, "1.00"), (4, "【待填写：三公·决算】"), (5, "2.00"),
        (5, "【待填写：三公·决算】"),
    ]  # fmt: skip
    assert [text for _, text in found] == [p.text for p in document.printed]


def test_errors_name_the_paragraph(tmp_path, env):
    def cause(content, **names):
        with pytest.raises(template.TemplateError) as caught:
            template.compile(document_file(tmp_path / "错.docx", content), env).render({**NAMES, **names})
        return str(caught.value)

    assert cause(["甲", "部门{{ 单位.名程 }}"]) == (
        "错.docx “部门{{ 单位.名程 }}”：“单位”中没有“名程”这个名称，是否想写“名称”？"
    )
    assert "“{{ 收 }}”：没有“收”这个名称，是否想写“收入”？" in cause(["{{ 收 }}"])
    assert "标签没有结束" in cause(["{{ 收入"])
    assert "{%p for x in 项目 %} 没有结束" in cause(["{%p for x in 项目 %}"])
    assert "没有与之相配的开头" in cause(["{%p endfor %}"])
    assert "会随它消失" in cause(["甲{%p if 收入 %}", "{%p endif %}"])
    assert "要用同一种标签" in cause(["{%p if 收入 %}", "{% endif %}"])
    assert "U+0001" in cause(["{{ x }}"], x="a\x01b")
    assert "U+000B" in cause(["{{ x }}"], x="a\x0bb")
    assert "U+DFFF" in cause(["{{ x }}"], x="a\udfffb")


def table_of(*rows):
    def build(document):
        table = document.add_table(len(rows), len(rows[0]))
        for row, values in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, values, strict=True):
                cell.text = text
        document.add_paragraph("尾")

    return build


def test_cells_of_tables_repeat_and_the_grid_follows(fill_document):
    build = table_of(
        ("名", "{%tc for x in 项目 %}", "{{ x.名 }}", "{%tc endfor %}"),
        ("额", "{%tc for x in 项目 %}", "{{ x.额 }}", "{%tc endfor %}"),
    )
    table = fill_document(build, NAMES).tables[0]
    assert [[c.text for c in row.cells] for row in table.rows] == [["名", "一", "二"], ["额", "1.00", "2.00"]]
    assert len(table._tbl.tblGrid.gridCol_lst) == 3
    assert len({c.width for row in table.rows for c in row.cells}) == 1


def test_nothing_is_left_empty_that_may_not_be(fill_document):
    build = table_of(("{%tr for x in 空 %}",), ("{{ x }}",), ("{%tr endfor %}",))
    document = fill_document(build, {"空": []})
    assert document.tables == []
    assert lines(document) == ["尾"]

    def cell_of_conditions(document):
        cell = document.add_table(1, 1).cell(0, 0)
        cell.text = "{%p if 空 %}"
        cell.add_paragraph("甲")
        cell.add_paragraph("{%p endif %}")

    assert [p.text for p in fill_document(cell_of_conditions, {"空": []}).tables[0].cell(0, 0).paragraphs] == [""]


def test_ids_stay_unique_in_loops(fill_document):
    from docx.oxml import OxmlElement

    def build(document):
        document.add_paragraph("{%p for x in 项目 %}")
        paragraph = document.add_paragraph("{{ x.名 }}")
        for kind in ("w:bookmarkStart", "w:bookmarkEnd"):
            mark = OxmlElement(kind)
            mark.set(qn("w:id"), "7")
            if kind == "w:bookmarkStart":
                mark.set(qn("w:name"), "处")
            paragraph._p.append(mark)
        document.add_paragraph("{%p endfor %}")

    body = fill_document(build, NAMES).element.body
    starts, ends = list(body.iter(qn("w:bookmarkStart"))), list(body.iter(qn("w:bookmarkEnd")))
    assert [s.get(qn("w:id")) for s in starts] == ["1", "2"] == [e.get(qn("w:id")) for e in ends]
    assert [s.get(qn("w:name")) for s in starts] == ["处", "处_2"]
