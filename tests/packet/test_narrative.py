"""Narratives: the light Markdown, and the words that a layout sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from budgetgen.packet.narratives import Narratives, one_line, protect, read_markdown, to_passage, without_tag_lines
from budgetgen.template import TemplateError


def test_empty_lines_part_paragraphs_and_line_breaks_are_for_the_eye() -> None:
    text = "## 一、总体\n\n甲，\n  乙。\n \n\n### （一）细目\n丙\n\n#### 1.科目\n"
    assert list(read_markdown(text)) == [
        ("heading 2", "一、总体"),
        ("公文正文", "甲，乙。"),
        ("heading 3", "（一）细目丙"),
        ("heading 4", "1.科目"),
    ]


def test_values_are_never_markdown() -> None:
    (_, words), *rest = read_markdown(protect("# 不是标题 **不是粗体**"))
    xml = to_passage([("公文正文", words)], {"公文正文": "a"}).items[0].xml
    assert rest == []
    assert "# 不是标题 **不是粗体**" in xml
    assert "<w:b/>" not in xml


def test_bold_and_gaps_become_runs() -> None:
    xml = to_passage([("公文正文", "甲**乙**【待填写：变动原因】丙")], {"公文正文": "a"}).items[0].xml
    assert '<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">乙</w:t></w:r>' in xml
    assert '<w:highlight w:val="yellow"/></w:rPr><w:t xml:space="preserve">【待填写：变动原因】</w:t>' in xml


@pytest.mark.parametrize(
    ("source", "folded"),
    [
        ("{% if 甲 %}\n乙\n{% endif %}\n", "{% if 甲 \n%}乙\n{% endif \n%}"),
        ("  {# 说明 #}\n甲", "{# 说明 \n#}甲"),
        ("{% if 甲 %}{{ 乙 }}{% endif %}\n\n丙", "{% if 甲 %}{{ 乙 }}{% endif %}\n\n丙"),
        ("{% set 甲 = 1 %} {% set 乙 = 2 %}\n丙", "{% set 甲 = 1 %} {% set 乙 = 2 \n%}丙"),
    ],
)
def test_lines_of_tags_alone_are_no_lines(source: str, folded: str) -> None:
    assert without_tag_lines(source) == folded
    assert without_tag_lines(source).count("\n") == source.count("\n")


def test_one_line_drops_breaks_and_their_blanks_only() -> None:
    assert one_line(" 甲 乙，\n   丙 ") == "甲 乙，丙"


# ------------------------------------------------------------------------------------------------ words


def folder(path: Path, name: str, **files: str) -> Path:
    """A layout's 说明 with these files."""
    (path / name).mkdir()
    for file, text in files.items():
        (path / name / f"{file.replace('_', '.')}.j2").write_text(text, encoding="utf-8")
    return path / name


def test_a_layout_sets_only_what_differs(tmp_path: Path) -> None:
    parent = folder(
        tmp_path,
        "父",
        设置='{% set 增率 = "增长" %}{% set 减率 = "下降" %}{% set 百分比小数 = 2 %}',
        句_md="{{ 设置.增率 }}、{{ 设置.减率 }}、{{ 设置.比 }}",
    )
    child = folder(tmp_path, "子", 设置='{% set 减率 = "降低" %}{% set 比 = 增率 ~ "了" %}{% set 百分比小数 = 1 %}')
    narratives = Narratives([child, parent])
    assert narratives.paragraphs("句", {}) == [("公文正文", "增长、降低、增长了")]
    assert narratives.wording.percent_places == 1


def test_a_fault_in_the_words_is_told_with_its_line(tmp_path: Path) -> None:
    bad = folder(tmp_path, "坏", 设置="{# 说明 #}\n{% set 增率 = %}")
    with pytest.raises(TemplateError, match=r"设置\.j2:2"):
        Narratives([bad])
