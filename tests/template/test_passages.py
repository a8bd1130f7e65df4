"""Passages: what is made ready for a document keeps its places wherever a template puts it."""

from __future__ import annotations

import docx
import pytest
from docx.oxml.ns import qn
from office import document_file, yuan

from budgetgen import template
from budgetgen.template import Paragraph, Passage

STYLE = "Normal"


def passage(*texts):
    """Paragraphs that each print a figure as their last four characters."""
    return Passage(
        Paragraph(
            STYLE, f"{text}1.00", f"<w:r><w:t>{text}1.00</w:t></w:r>",
            [(0, len(text), len(text) + 4, yuan(10000), "1.00")],
        )
        for text in texts
    )  # fmt: skip


@pytest.fixture
def filled(tmp_path, env):
    def fill(content, **names):
        path = document_file(tmp_path / "t.docx", content)
        rendered = template.compile(path, env).render(names)
        path.write_bytes(rendered.data)
        document = docx.Document(path)
        found = ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in document.element.body.iter(qn("w:p"))]
        for printed in rendered.printed:
            place = printed.place
            assert found[place.paragraph][place.start : place.end] == printed.text == "1.00"
        return found, len(rendered.printed)

    return fill


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (["前{{ 数 }}", "{{p 甲 }}", "后{{ 数 }}"], ["前1.00", "一1.00", "二1.00", "后1.00"]),
        (["{{p 甲 ~ 乙 }}", "后{{ 数 }}"], ["一1.00", "二1.00", "三1.00", "后1.00"]),
        (["{% set x %}{{ 乙 }}{% endset %}", "{{p x }}", "{{p x }}"], ["", "三1.00", "三1.00"]),
        (["{%p for x in [乙, 甲] %}", "{{p x }}", "{%p endfor %}"], ["三1.00", "一1.00", "二1.00"]),
        (["{{p [乙, 甲] }}"], ["三1.00", "一1.00", "二1.00"]),
        (["{{p 空 }}", "后{{ 数 }}"], ["后1.00"]),
    ],
)
def test_places_are_kept(filled, content, texts):
    found, count = filled(content, 甲=passage("一", "二"), 乙=passage("三"), 空=passage(), 数=yuan(10000))
    assert found == texts
    assert count == sum("1.00" in t for t in texts)


def test_in_cells(filled):
    def build(document):
        table = document.add_table(1, 2)
        table.cell(0, 0).text = "{{p 甲 }}"
        table.cell(0, 1).text = "旁{{ 数 }}"

    found, count = filled(build, 甲=passage("一", "二"), 数=yuan(10000))
    assert found[:3] == ["一1.00", "二1.00", "旁1.00"]
    assert count == 3


def test_within_a_text_it_is_refused(filled):
    with pytest.raises(template.TemplateError, match="前后不能有别的字"):
        filled(["前{{ 甲 }}后"], 甲=passage("一"))
