"""What documents have beside plain tags: cells that merge, joined paragraphs, new paragraphs and pages, text boxes, pictures."""

from __future__ import annotations

import zipfile
from io import BytesIO

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from office import document_file, lines, yuan
from test_pictures import jpeg, png

from budgetgen import template
from budgetgen.figures import Group
from budgetgen.template import Runs
from budgetgen.template.language.rendered import picture_finder, picture_of

ONE, TWO = Group("一", {"名": "甲"}), Group("二", {"名": "甲"})
NAMES = {
    "有": True, "无": False, "收入": yuan(1450940), "印": picture_of(png(), "3cm", text="公章"),
    "项": [
        Group("1", {"级": ONE, "类": "人", "额": yuan(10000)}), Group("2", {"级": ONE, "类": "人", "额": yuan(20000)}),
        Group("3", {"级": TWO, "类": "人", "额": yuan(30000)}),
    ],
}  # fmt: skip


def table_of(*rows):
    def build(document):
        table = document.add_table(len(rows), len(rows[0]))
        for row, values in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, values, strict=True):
                cell.text = text

    return build


def drawn(document):
    """The first table, a cell as its text, `×n` over n columns, `|` begun and `:` gone on from above, `#` its colour."""
    return [[cell(c) for c in row.iter(qn("w:tc"))] for row in document.element.body.iter(qn("w:tr"))]


def cell(element):
    look = {e.tag.partition("}")[2]: e for e in element.tcPr}
    text = "/".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in element.iter(qn("w:p")))
    if "gridSpan" in look:
        text += f"×{look['gridSpan'].get(qn('w:val'))}"
    if "vMerge" in look:
        text += "|" if look["vMerge"].get(qn("w:val")) == "restart" else ":"
    return text + (f"#{look['shd'].get(qn('w:fill'))}" if "shd" in look else "")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [("{%tr for x in 项 %}", ""), ("{% vm %}{{ x.类 }}", "{{ x.额 }}"), ("{%tr endfor %}", "")],
            [["人|", "1.00"], [":", "2.00"], [":", "3.00"]],
        ),
        (  # a value: names that are alike stay apart
            [("{%tr for x in 项 %}", ""), ("{% vm x.级 %}{{ x.级.名 }}", "{{ x.额 }}"), ("{%tr endfor %}", "")],
            [["甲|", "1.00"], [":", "2.00"], ["甲|", "3.00"]],
        ),
        (  # a row of another kind between
            [
                ("{%tr for x in 项 %}", ""), ("{% vm x.类 %}{{ x.类 }}", "{{ x.额 }}"), ("{%tr if loop.first %}", ""),
                ("小计", ""), ("{%tr endif %}", ""), ("{%tr endfor %}", ""),
            ],
            [["人|", "1.00"], ["小计", ""], ["人|", "2.00"], [":", "3.00"]],
        ),
        (
            [("{%tc for x in 项 %}", "{% hm %}全部", "{%tc endfor %}"), ("{%tc for x in 项 %}", "{{ x.额 }}", "{%tc endfor %}")],
            [["全部×3"], ["1.00", "2.00", "3.00"]],
        ),
        (
            [("名", "{% colspan 项|length %}各项", ""), ("{%tc for x in 项 %}", "{{ x.额 }}", "{%tc endfor %}")],
            [["名", "各项×3", ""], ["1.00", "2.00", "3.00"]],
        ),
        (
            [("{%tr for x in 项 %}",), ("{% cellbg 'ff0000' if loop.first else '' %}{{ x.额 }}",), ("{%tr endfor %}",)],
            [["1.00#ff0000"], ["2.00#auto"], ["3.00#auto"]],
        ),
    ],
)  # fmt: skip
def test_cells(fill_document, rows, expected):
    assert drawn(fill_document(table_of(*rows), NAMES)) == expected


def test_tables_that_repeat_are_not_merged_with_each_other(fill_document):
    def build(document):
        document.add_paragraph("{%p for y in [1, 2] %}")
        table_of(("{%tr for x in 项 %}",), ("{% vm x.类 %}{{ x.类 }}",), ("{%tr endfor %}",))(document)
        document.add_paragraph("{%p endfor %}")

    assert drawn(fill_document(build, NAMES)) == [["人|"], [":"], [":"]] * 2


def test_tables_inside_cells_do_not_part_what_is_merged(fill_document):
    def build(document):
        table = document.add_table(3, 2)
        table.cell(0, 0).text, table.cell(2, 0).text = "{%tr for x in 项 %}", "{%tr endfor %}"
        table.cell(1, 0).text = "{% vm x.类 %}{{ x.类 }}"
        inner = table.cell(1, 1).add_table(3, 1)
        for row, text in zip(inner.rows, ("{%tr for z in 项 %}", "{% vm z.级 %}甲", "{%tr endfor %}"), strict=True):
            row.cells[0].text = text

    table = fill_document(build, NAMES).tables[0]
    assert [cell(row.tc_lst[0]) for row in table._tbl.tr_lst] == ["人|", ":", ":"]
    inner = table.rows[2]._tr.tc_lst[1].tbl_lst[0]
    assert [cell(row.tc_lst[0]) for row in inner.tr_lst] == ["甲|", ":", "甲|"]


def test_grids_follow_what_cells_span(fill_document):
    rows = [("名", "{% colspan 项|length %}各项", ""), ("{%tc for x in 项 %}", "{{ x.额 }}", "{%tc endfor %}")]
    table = fill_document(table_of(*rows), NAMES).tables[0]
    grid = [c.w for c in table._tbl.tblGrid.gridCol_lst]
    assert len(grid) == 5
    assert table.rows[0].cells[1].width == sum(grid[:3])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (["房在", "{%- if 有 -%}", "城里", "{%- else -%}", "乡下", "{%- endif -%}", "，好。"], ["房在城里，好。"]),
        (["房在", "{%- if 无 -%}", "城里", "{%- else -%}", "乡下", "{%- endif -%}", "，好。"], ["房在乡下，好。"]),
        (["房在\n{%- if 有 -%}\n城里\n{%- endif -%}\n，好。"], ["房在城里，好。"]),
        (["甲{% if 有 -%}", "{%- endif %}乙"], ["甲乙"]),
        (["甲", "", "{%- if 有 %}乙{% endif %}", "丙"], ["甲乙", "丙"]),
        (["甲 {%- if 有 -%} 乙 {%- endif %}"], ["甲  乙 "]),
        (["甲 {{- 收入 -}} 乙"], ["甲145.09乙"]),
        (["{%- if 有 %}甲{% endif %}"], "那里没有段落"),
    ],
)
def test_joined_paragraphs(fill_document, content, expected):
    if isinstance(expected, str):
        with pytest.raises(template.TemplateError, match=expected):
            fill_document(content, NAMES)
    else:
        assert lines(fill_document(content, NAMES)) == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("甲{{ '一\\a二\\a三' }}乙", ["甲一", "二", "三乙"]),
        ("甲{{ '一\\f二' }}乙", ["甲一", "", "二乙"]),
        ("{{ '一' ~ '\\a' ~ 收入 }}", ["一", "145.09"]),
        ("{{p '一\\a二\\n三' }}", ["一", "二", "三"]),
        ("甲{{r '一\\a二' }}", ["甲一", "二"]),
        ("{{r 字 }}", ["一\n二", "三"]),
    ],
)
def test_new_paragraphs_and_pages_in_values(fill_document, tag, expected):
    def build(document):
        document.add_paragraph(tag, style="List Bullet").runs[0].bold = True

    word = Runs('<w:r><w:rPr><w:i/></w:rPr><w:t xml:space="preserve">一\n二\a三</w:t></w:r>')
    document = fill_document(build, NAMES | {"字": word})
    assert [p.text for p in document.paragraphs] == expected
    shown = [p for p in document.paragraphs if p.text.strip()]
    assert {p.style.name for p in shown} == {"List Bullet"}
    assert {bool(r.bold or r.italic) for p in shown for r in p.runs if r.text} == {True}


def test_no_new_paragraph_where_none_can_be(fill_document):
    def build(document):
        link = parse_xml(f'<w:hyperlink {nsdecls("w")} w:anchor="a"><w:r><w:t>{{{{ x }}}}</w:t></w:r></w:hyperlink>')
        document.add_paragraph("甲")._p.append(link)

    assert lines(fill_document(build, {"x": "一"})) == ["甲一"]
    with pytest.raises(template.TemplateError, match="不能另起一段"):
        fill_document(build, {"x": "一\a二"})


BOX = (
    '<w:r {ns} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><mc:AlternateContent>'
    '<mc:Choice Requires="wps"><w:drawing><wps:txbx><w:txbxContent>{inside}</w:txbxContent></wps:txbx></w:drawing></mc:Choice>'
    "<mc:Fallback><w:pict><v:textbox><w:txbxContent>{inside}</w:txbxContent></v:textbox></w:pict></mc:Fallback>"
    "</mc:AlternateContent></w:r>"
)


def boxed(*texts):
    def build(document):
        inside = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in texts)
        paragraph = document.add_paragraph("前{{ 收入 }}")
        paragraph._p.append(parse_xml(BOX.format(ns=nsdecls("w"), inside=inside)))
        paragraph.add_run("后{{ 收入 }}")

    return build


def in_boxes(document):
    boxes = document.element.body.iter(qn("w:txbxContent"))
    return [["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in box] for box in boxes]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["收入{{ 收入 }}万元"], ["收入145.09万元"]),
        (["{%p for x in 项 %}", "{{ x.额 }}", "{%p endfor %}"], ["1.00", "2.00", "3.00"]),
        (["{%p if 无 %}", "甲", "{%p endif %}"], [""]),
    ],
)
def test_text_boxes_both_as_new_and_as_old_word_reads_them(fill_document, texts, expected):
    document = fill_document(boxed(*texts), NAMES)
    assert in_boxes(document) == [expected, expected]


def test_figures_around_text_boxes_stand_where_they_are_told(fill_document):
    document = fill_document(boxed("{{ 收入 }}万元"), NAMES)
    paragraphs = list(document.element.body.iter(qn("w:p")))

    def own(paragraph):
        kept = (t for t in paragraph.iter(qn("w:t")) if next(t.iterancestors(qn("w:p"))) is paragraph)
        return "".join(t.text or "" for t in kept)

    found = [
        (p.place.paragraph, own(paragraphs[p.place.paragraph])[p.place.start : p.place.end]) for p in document.printed
    ]
    assert found == [(0, "145.09"), (1, "145.09"), (2, "145.09"), (0, "145.09")]
    assert own(paragraphs[0]) == "前145.09后145.09"


def test_pictures(tmp_path, env):
    (tmp_path / "章.png").write_bytes(png())
    (tmp_path / "楼.jpg").write_bytes(jpeg())

    def build(document):
        document.add_paragraph("盖章{{ 图(“章.png”, 宽=“3cm”, 说明=“公章”) }}处")
        document.add_paragraph("{{ 图('楼.jpg', 高='1in') }}{{ 印 }}")
        document.sections[0].header.paragraphs[0].text = "{{ 印 }}"

    path = document_file(tmp_path / "t.docx", build)
    renderer = template.compile(path, env)
    rendered = renderer.render(NAMES | {"图": picture_finder([tmp_path])})
    document = docx.Document(BytesIO(rendered.data))
    assert lines(document)[0] == "盖章处"
    assert [(s.width.cm, round(s.height.cm, 2)) for s in document.inline_shapes] == [(3, 2), (3.81, 2.54), (3, 2)]
    told = list(document.element.body.iter(qn("wp:docPr")))
    assert [e.get("descr") for e in told] == ["公章", "", "公章"]
    assert len({e.get("id") for e in told}) == 3
    with zipfile.ZipFile(BytesIO(rendered.data)) as package:
        media = {n: package.read(n) for n in package.namelist() if n.startswith("word/media/")}
    assert sorted(media.values()) == sorted([png(), jpeg()])
    header = document.sections[0].header.part
    assert [r.target_part.blob for r in header.rels.values() if r.reltype.endswith("/image")] == [png()]
    again = renderer.render(NAMES | {"图": picture_finder([tmp_path])})
    assert again.data == rendered.data


def test_what_is_refused_by_name(fill_document):
    def cause(content):
        with pytest.raises(template.TemplateError) as caught:
            fill_document(content, NAMES)
        return str(caught.value)

    loop = ("{%tr for x in 项 %}",), ("{%tr endfor %}",)
    assert "不在表格中" in cause(["{% vm %}甲"])
    assert "要放在 {%tc for … %} 里" in cause(table_of(("{%tr for x in 项 %}",), ("{% hm %}甲",), ("{%tr endfor %}",)))
    assert "要放在 {%tr for … %} 里" in cause(table_of(("{%tc for x in 项 %}", "{% vm %}甲", "{%tc endfor %}")))
    assert "合并了 70 栏" in cause(table_of(("{%tc for x in 项|补齐(70) %}", "{% hm %}甲", "{%tc endfor %}")))
    assert "另起的段、页太多" in cause(["{% for x in 项|补齐(30) %}{{ '\\a' * 1000 }}{% endfor %}"])
    assert "另起的段、页太多" in cause(["{%p for x in 项|补齐(30) %}", "{{p '甲\\n' * 1000 }}", "{%p endfor %}"])
    assert "少了值：写底色" in cause(table_of(("{% cellbg %}甲",)))
    assert "1 到 63 的整数，不是“0”" in cause(table_of(("{% colspan 0 %}甲",)))
    assert "六位的颜色，如 FFFF00，不是“红”" in cause(table_of(("{% cellbg '红' %}甲",)))
    assert "印不出来" in cause(["{{ 并排 }}"])
    assert "是一组数据" in cause(["{{ 项 }}"])
    assert "图片不能和别的字连在一起" in cause(["{{ 印 ~ '甲' }}"])
    assert "会随它消失" in cause(table_of(*loop[:1], ("甲{%tr if 有 %}",), ("{%tr endif %}",), *loop[1:]))


def test_comments_take_away_what_they_stand_for(fill_document):
    build = table_of(("{#tr 先不要这一行 #}", "{{ 收入 }}"), ("甲", "{#tc 先不要这一格 #}乙"))
    assert drawn(fill_document(build, NAMES)) == [["甲"]]


def test_notes_are_filled(tmp_path, env):
    path = document_file(tmp_path / "t.docx", ["甲"])
    with zipfile.ZipFile(path) as package:
        parts = {n: package.read(n) for n in package.namelist()}
    note = f'<w:footnotes {nsdecls("w")}><w:footnote w:id="1"><w:p><w:r><w:t>注{{{{ 收入 }}}}</w:t></w:r></w:p></w:footnote></w:footnotes>'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    rels = "word/_rels/document.xml.rels"
    parts["word/footnotes.xml"] = note.encode()
    parts[rels] = parts[rels].replace(
        b"</Relationships>", f'<Relationship Id="rIdN" Type="{kind}" Target="footnotes.xml"/></Relationships>'.encode()
    )
    with zipfile.ZipFile(path, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    rendered = template.compile(path, env).render(NAMES)
    with zipfile.ZipFile(BytesIO(rendered.data)) as package:
        assert "注145.09" in package.read("word/footnotes.xml").decode()
    assert [(p.place.part, p.text) for p in rendered.printed] == [("word/footnotes.xml", "145.09")]
