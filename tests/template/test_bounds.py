"""Templates from strangers: no way to Python, no end of output, always a place or a valid file."""

from __future__ import annotations

import time
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from office import document_file, sheet_file, yuan

from budgetgen import template
from budgetgen.figures import Group

NAMES = {"x": yuan(10000), "名": "甲", "列": [Group("甲", {"名": "甲", "额": yuan(1)})], "空": [], "数": 3}


@pytest.mark.parametrize(
    "tag",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ x.__init__.__globals__ }}",
        "{{ 名.format.__globals__ }}",
        "{{ '{0.__class__}'.format(名) }}",
        "{{ cycler.__init__.__globals__.os }}",
        "{{ self._TemplateReference__context }}",
        "{{ 列.append(1) }}",
        "{{ 列|attr('__class__') }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}{{ os }}",
        "{{ range(10**9) }}",
        "{{ 'a' * 10**9 }}",
        "{{ [1] * 10**9 }}",
        "{{ 10 ** (10 ** 10) }}",
        "{{ '%999999999d'|format(1) }}",
        "{{ '{:>999999999}'.format(1) }}",
        "{{ 名.ljust(10**9) }}",
        "{{ 名|center(10**9) }}",
        "{{ ('a' * 10**6).replace('a', 'b' * 10**6) }}",
        "{{ range(100000)|join('a' * 10**6) }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}{{ 'a' * 1000 }}{% endfor %}",
        "{% macro f(n) %}{{ f(n) }}{{ f(n) }}{% endmacro %}{{ f(1) }}",
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
        "{% set n = namespace(t='a') %}{% for i in range(60) %}{% set n.t = n.t ~ n.t %}{% endfor %}",
        "{% set n = namespace(t='a') %}{% for i in range(60) %}{% set n.t %}{{ n.t }}{{ n.t }}{% endset %}{% endfor %}",
        "{{ 名|safe }}",
        "{% autoescape false %}{{ 名 }}{% endautoescape %}",
        "{% extends 'a' %}",
        "{{ 1 // 0 }}",
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
        "{% if 数 %}" * 200 + "{% endif %}" * 200,
        "{% for a in 列 %}" * 30 + "{% endfor %}" * 30,
    ],
)
@pytest.mark.parametrize("kind", ["xlsx", "docx"])
def test_a_template_reaches_nothing_and_ends(tmp_path, env, tag, kind):
    began = time.process_time()
    made = sheet_file(tmp_path / "t.xlsx", [[tag]]) if kind == "xlsx" else document_file(tmp_path / "t.docx", [tag])
    with pytest.raises(template.TemplateError) as caught:
        template.compile(made, env).render(NAMES)
    assert caught.value.place
    assert time.process_time() - began < 20


def test_many_rows(tmp_path, env):
    path = sheet_file(
        tmp_path / "t.xlsx", [["{%tr for i in 列 %}"], ["{{ i }}", "{{ 名 }}"], ["{%tr endfor %}"], ["尾"]]
    )
    rendered = template.compile(path, env).render({"列": range(100_000), "名": "甲"})
    sheet = openpyxl.load_workbook(BytesIO(rendered.data), read_only=True).worksheets[0]
    assert sheet.max_row == 100_001


PIECES = st.lists(
    st.sampled_from(
        ["{{", "}}", "{%", "%}", "{#", "#}", "{{ 名 }}", "{{ x }}", "{% if 数 %}", "{% else %}", "{% endif %}",
         "{%tr for a in 列 %}", "{%tr endfor %}", "{%p if 数 %}", "{%p endif %}", "{{p 名 }}", "{{r 名 }}", "{%tc if 数 %}",
         "{%tc endif %}", "{%r endif %}", "{% for a in 列 %}", "{% endfor %}", "{{ a.名 }}", "“", "”", "'", '"', " ", "\n",
         "{% set b = 1 %}", "{%tr set c = 2 %}", "文", "<&>", "{", "}", "{_{", "-", "{% raw %}", "\t", "{%- if 数 -%}"]
    ),
    max_size=6,
).map("".join)  # fmt: skip


def well_formed(data: bytes) -> None:
    import zipfile

    with zipfile.ZipFile(BytesIO(data)) as package:
        for name in package.namelist():
            if not name.endswith((".xml", ".rels")):
                continue
            etree.fromstring(package.read(name))


@given(st.lists(st.lists(PIECES, min_size=1, max_size=3), min_size=1, max_size=5))
def test_any_sheet_gives_a_file_or_an_error_with_its_place(tmp_path, env, rows):
    path = sheet_file(
        tmp_path / "t.xlsx", [[f"{cell}" if not cell.startswith("=") else "" for cell in r] for r in rows]
    )
    try:
        rendered = template.compile(path, env).render(NAMES)
    except template.TemplateError as error:
        assert error.place  # noqa: PT017
        return
    well_formed(rendered.data)
    openpyxl.load_workbook(BytesIO(rendered.data))


@given(st.lists(PIECES, min_size=1, max_size=6), st.lists(st.lists(PIECES, min_size=2, max_size=2), max_size=4))
def test_any_document_gives_a_file_or_an_error_with_its_place(tmp_path, env, paragraphs, rows):
    import docx

    def build(document):
        for text in paragraphs:
            paragraph = document.add_paragraph()
            for half in (text[: len(text) // 2], text[len(text) // 2 :]):
                paragraph.add_run(half)
        table = document.add_table(len(rows), 2)
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text

    path = document_file(tmp_path / "t.docx", build)
    try:
        rendered = template.compile(path, env).render(NAMES)
    except template.TemplateError as error:
        assert error.place  # noqa: PT017
        return
    well_formed(rendered.data)
    document = docx.Document(BytesIO(rendered.data))
    for table in document.tables:
        for row in table.rows:
            assert all(c.paragraphs for c in row.cells)


VALUES = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)


@given(VALUES)
def test_any_text_arrives_or_is_named(tmp_path, env, text):
    path = sheet_file(tmp_path / "t.xlsx", [["{{ t }}", "〔{{ t }}〕"]])
    try:
        rendered = template.compile(path, env).render({"t": text})
    except template.TemplateError as error:
        assert "U+" in str(error)  # noqa: PT017
        assert error.place in ("表!A1", "表!B1")  # noqa: PT017
        return
    well_formed(rendered.data)
    found = openpyxl.load_workbook(BytesIO(rendered.data)).worksheets[0]["B1"].value
    assert found.replace("_x005F_", "_") == f"〔{text}〕".replace("\r\n", "\n").replace("\r", "\n")
