"""Part five: the report, the score tables as Word tables and as a workbook, in the packet and alone."""

from __future__ import annotations

import io
import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import docx
import openpyxl
import pytest

from budgetgen.figures import Figure
from budgetgen.office.files import DISK_FULL
from budgetgen.pipeline import Built, build
from budgetgen.template import ParagraphPlace
from budgetgen.verify import read_paragraphs
from tests.read_back import BY_ITEM, OF_FINAL_ACCOUNTS

SCORES, REPORT = "绩效自评表.xlsx", "绩效自评.docx"
CASES = Path(__file__).parent.parent / "cases"
EXAMPLES = Path(__file__).parent.parent.parent / "examples"
LAYOUTS = [name for name in OF_FINAL_ACCOUNTS if name not in BY_ITEM]
"""Where it is part five: BY_ITEM print their tables there (`test_profiles`)."""
SECRET = "因此项目为涉密项目，不作公开评价。"

SENTENCES = {
    "standard": """
2024年度某局整体支出绩效自评报告
某市某局是市政府工作部门，2024年，我局共设2个科室，分别为：办公室、财务科，另设机关党委。
2024年末，我局编制数30人，在职人数28人，退休人员5人；车辆2台。
1.年初预算项目“甲项目”，资金20.00万元，实际支出84.00万元，结余结转17.00万元。项目实施及绩效情况如下：
（1）“乙项目”项目
附件：1.2024年度部门整体支出绩效评价基础数据表
3.2024年度项目支出绩效自评表
""",
    "tianyuan": """
2.机构情况：本单位是市政府工作部门。
3.人员情况：2024年本单位年末，共有编制人数30人，实有人数28人，退休人员5人。
2.年中追加项目“乙项目”专项资金15.00万元，实际支出12.00万元，结余结转1.20万元；项目实施及绩效情况如下：
""",
    "zhuzhou": """
2024年度某局部门（单位）整体支出绩效自评报告
人员情况。本单位编制数30人，在职人数28人；退休人员5人。
1.年初预算项目甲项目，金额20万元，实际支出84万元，结余结转17万元。项目实施及绩效情况如下：
""",
    "zhuzhou-approval": """
2024年末，我局实有在职人员28人，退休人员5人；车辆2台。
2024年国有资本经营预算支出8万元，其中：项目支出8万元。
2024年我局“三公”经费预算数为29万元，实际支出26万元。其中：因公出国（境）费5万元，公务用车购置及运行维护费21万元（其中公务用车购置费18万元），公务接待费0万元。与上年相比，“三公”经费增加17万元。以上预决算及“三公”经费相关信息，已按规定在某市政府门户网站公开。
""",
    "zhuzhou-2020": """
（一）不足的方面
（一）2024年单位预决算及信息公开情况
""",
}
EVERYWHERE = f"""
（一）甲事
又办了一些。
乙事也办好了。
执行进度前慢后快。
项目支出84万元，主要用于办甲事。甲事办成两处。
项目支出12万元，主要用于办乙事。
{SECRET}
2025年4月28日
"""


@cache
def packet(layout: str, case: str = "everything", *, alone: bool = False) -> Built:
    with TemporaryDirectory() as folder:
        return build(CASES / f"{case}.yaml", folder, profile=layout, kind="绩效自评" if alone else "")


@cache
def document(layout: str, case: str = "everything", *, alone: bool = False) -> bytes:
    built = packet(layout, case, alone=alone)
    assert built.packet, [str(i) for i in built.issues]
    return built.packet.document.data


def part_five(layout: str) -> list[str]:
    found = read_paragraphs(document(layout))
    return found[max(i for i, p in enumerate(found) if p.startswith("第五部分")) :]


def plain(text: str) -> str:
    return text.replace("\n", "")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_report_says(layout: str) -> None:
    told = [plain(p) for p in part_five(layout)]
    for sentence in (EVERYWHERE + SENTENCES[layout]).split():
        assert sentence in told


@pytest.mark.parametrize("layout", LAYOUTS)
def test_its_sections_are_numbered_through(layout: str) -> None:
    ordinals = [m[1] for p in part_five(layout) if (m := re.match("([一二三四五六七八九十]+)、", p))]
    assert ordinals == list("一二三四五六七八九十")[: len(ordinals)]
    assert len(ordinals) >= 5


@pytest.mark.parametrize("layout", LAYOUTS)
def test_both_documents_place_the_same_report_and_tables(layout: str) -> None:
    alone = read_paragraphs(document(layout, alone=True))
    first = next(i for i, p in enumerate(alone) if p.startswith("一、"))
    whole = part_five(layout)
    begin = next(i for i, p in enumerate(whole) if p.startswith("一、"))
    labels = re.compile("附件[0-9-]+")
    assert [labels.sub("附件", p) for p in alone[first:]] == [labels.sub("附件", p) for p in whole[begin:]]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_tables_of_indicators_are_merged_and_repeat_their_header(layout: str) -> None:
    tables = docx.Document(io.BytesIO(document(layout))).tables
    (table,) = [t for t in tables if "群众满意度" in "".join(c.text for r in t.rows for c in r.cells)]
    header = table.rows[0]
    assert header._tr.trPr.find(".//{*}tblHeader") is not None
    assert [c.text for c in header.cells][:2] == ["绩效指标", "一级指标"]
    firsts = [r.cells[1].text for r in table.rows[1:]]
    assert firsts[:2] == ["产出指标（40分）", "产出指标（40分）"]
    cells = [r.cells[1]._tc for r in table.rows[1:3]]
    assert cells[0] is cells[1]
    assert [c.text for c in table.rows[-1].cells][-3:-1] == ["100", "96.5"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_secret_project_shows_its_money_and_no_scores(layout: str) -> None:
    built = packet(layout)
    assert built.packet
    sheet = openpyxl.load_workbook(io.BytesIO(built.packet.of(SCORES).data))["乙项目"]
    texts = [str(c) for row in sheet.iter_rows(values_only=True) for c in row if c is not None]
    assert texts.count(SECRET) == 3
    total = next(row for row in sheet.iter_rows(values_only=True) if row[0] == "总分")
    assert set(total[1:]) == {None}
    assert {"15", "12", "80"} <= set(texts)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_sheet_for_each_table_and_each_project(layout: str) -> None:
    built = packet(layout)
    assert built.packet
    names = openpyxl.load_workbook(io.BytesIO(built.packet.of(SCORES).data)).sheetnames
    assert names == ["基础数据表", "整体支出自评表", "甲项目", "乙项目"]
    assert [f.name for f in built.files][2:] == ["某市某局2024年度绩效自评表.xlsx"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_the_document_prints_of_the_tables_is_read_back(layout: str) -> None:
    built = packet(layout)
    assert built.packet
    shown = {
        i.value.name
        for i in built.packet.document.printed
        if isinstance(i.value, Figure) and isinstance(i.place, ParagraphPlace)
    }
    assert {
        "绩效自评.整体.总分",
        "绩效自评.项目[甲项目].总分",
        "绩效自评.基础数据.项目支出.专项资金.合计.本年决算",
    } <= shown


@pytest.mark.parametrize("layout", LAYOUTS)
def test_without_an_evaluation_there_is_no_part_five(layout: str) -> None:
    built = packet(layout, "nothing")
    assert built.packet
    assert [f.template for f in built.packet.files] == ["公开表.xlsx", "决算公开.docx"]
    found = read_paragraphs(document(layout, "nothing"))
    assert any(p.startswith("第四部分") for p in found)
    assert not [p for p in found if p.startswith("第五部分")]
    last = docx.Document(io.BytesIO(document(layout, "nothing"))).sections[-1]
    assert last.page_width < last.page_height  # no landscape page for tables that there are not


@pytest.mark.parametrize("layout", LAYOUTS)
def test_alone_it_is_two_files(layout: str) -> None:
    built = packet(layout, alone=True)
    assert [f.name for f in built.files] == ["某市某局2024年度绩效自评表.xlsx", "某市某局2024年度绩效自评.docx"]
    assert built.packet
    assert [f.template for f in built.packet.files] == [SCORES, REPORT]


def test_nothing_to_build_alone() -> None:
    built = packet("standard", "nothing", alone=True)
    assert not built.files
    assert [(i.rule, i.path) for i in built.errors] == [("INPUT-011", "绩效自评")]
    assert DISK_FULL not in {i.rule for i in built.errors}  # at which a batch stops


def test_an_input_of_the_evaluation_alone_builds_only_that(tmp_path: Path) -> None:
    built = build(EXAMPLES / "performance-2020" / "unit.yaml", tmp_path)
    assert [f.name.partition("年度")[2] for f in built.files] == ["绩效自评表.xlsx", "绩效自评.docx"]
    assert not built.errors


def test_a_project_without_a_table_of_its_own_is_told_of_in_the_report_alone(tmp_path: Path) -> None:
    text = (CASES / "everything.yaml").read_text(encoding="utf-8")
    more = (
        "  - {名称: 丙项目, 主要用途: 办丙事, 资金: {当年财政拨款: {年初预算: 0, 全年预算: 0, 执行: 0}}, 结余结转: 0}\n"
    )
    (tmp_path / "unit.yaml").write_text(text.replace("变动原因:", f"{more}变动原因:", 1), encoding="utf-8")
    built = build(tmp_path / "unit.yaml", tmp_path / "out", force=True)
    assert built.packet
    names = openpyxl.load_workbook(io.BytesIO(built.packet.of(SCORES).data)).sheetnames
    assert names[2:] == ["甲项目", "乙项目"]
    assert any("丙项目" in p for p in read_paragraphs(built.packet.document.data))
