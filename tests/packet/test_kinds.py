"""A kind of packet made of files alone: two tables and one sentence under other names, beside the 决算 of the same unit."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pytest
from typer.testing import CliRunner

from budgetgen import build
from budgetgen.cli import app
from budgetgen.convert import new
from budgetgen.form.layout import guide_text
from budgetgen.issues import Rejected
from budgetgen.layout import kinds, read_kind, shelves
from budgetgen.model import Accounts
from budgetgen.model.accounts import HEAD_KEYS, narrowed
from budgetgen.model.schema import json_schema
from budgetgen.reading import load

ROOT = Path(__file__).parents[2]
UNIT = (ROOT / "tests" / "cases" / "nothing.yaml").read_text(encoding="utf-8")
KIND = """\
中文名: 收支快报
文件夹: "{单位}{年度}快报"
要填: [收支明细]
文件:
- {模板: 快报.docx, 名称: "{年度}年{单位}收支快报.docx"}
- {模板: 收支表.xlsx, 名称: "{单位}快报附表.xlsx"}
- {模板: 采购表.xlsx, 名称: "{单位}采购附表.xlsx", 当: 支出.合计}
主要数: {快报收入: 收入.合计}
"""
SENTENCE = "{{ 单位.名称 }}{{ 年度 }}年收入{{ 收入.合计|万元 }}万元，支出{{ 支出.合计|万元 }}万元。"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Inputs of one unit and year in two kinds, and beside them the files of the second kind and of its 版式."""
    own = tmp_path / "templates"
    for name, text in {"kinds/bulletin": KIND, "profiles/kuaibao": "中文名: 快报\n默认: true\n"}.items():
        (own / name).parent.mkdir(parents=True)
        (own / f"{name}.yaml").write_text(text, encoding="utf-8")
    for name, cells in {"收支表": ("收入", "{{ 收入.合计 }}"), "采购表": ("支出", "{{ 支出.合计 }}")}.items():
        book = openpyxl.Workbook()
        book.active.title = name
        book.active.append(cells)
        (own / "xlsx" / "kuaibao").mkdir(parents=True, exist_ok=True)
        book.save(own / "xlsx" / "kuaibao" / f"{name}.xlsx")
    frame = docx.Document(str(ROOT / "templates" / "docx" / "standard" / "决算公开.docx"))
    for element in list(frame.element.body)[:-1]:
        frame.element.body.remove(element)
    for text in (SENTENCE, '{{p 表("收支表") }}', '{{p 表("采购表") }}'):
        frame.add_paragraph(text)
    (own / "docx" / "kuaibao").mkdir(parents=True)
    frame.save(str(own / "docx" / "kuaibao" / "快报.docx"))
    inputs = tmp_path / "数据"
    inputs.mkdir()
    (inputs / "决算.yaml").write_text(UNIT, encoding="utf-8")
    (inputs / "快报.yaml").write_text(f"材料: 收支快报\n{UNIT}", encoding="utf-8")
    return tmp_path


def text_of(path: Path) -> str:
    document = docx.Document(str(path))
    cells = (c.text for t in document.tables for row in t.rows for c in row.cells)
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def test_files_alone_make_a_kind(folder: Path) -> None:
    built = build(folder / "数据" / "快报.yaml", templates=[folder / "templates"])
    assert not built.errors, built.errors
    [unit] = {p.parent.name.partition("2")[0] for p in built.files}
    names = [p.name.removeprefix("草稿-") for p in built.files]
    assert names[:2] == [f"2024年{unit}收支快报.docx", f"{unit}快报附表.xlsx"]
    assert f"{unit}2024年收入" in text_of(built.files[0])
    book = openpyxl.load_workbook(BytesIO(built.files[1].read_bytes()))
    assert book["收支表"]["A1"].value == "收入"


def test_two_kinds_of_one_unit_and_year_in_one_batch(folder: Path) -> None:
    out = folder / "结果"
    command = ["batch", str(folder / "数据"), "-o", str(out), "--templates", str(folder / "templates"), "--jobs", "1"]
    result = CliRunner().invoke(app, command)
    assert "共 2 个单位" in result.output, result.output
    sheet = openpyxl.load_workbook(out / "批量结果.xlsx").active
    head = [c.value for c in sheet[1]]
    rows = [dict(zip(head, [c.value for c in row], strict=True)) for row in sheet.iter_rows(min_row=2)]
    assert {row["材料"] for row in rows} == {"决算公开", "收支快报"}
    assert {row["结果"] for row in rows} <= {"成品", "草稿"}
    assert {"快报收入（万元）", "收支总计（万元）"} <= set(head)
    written = {p.parent.name for p in out.rglob("*.docx")}
    assert len(written) == 2
    assert sum(name.endswith("2024快报") for name in written) == 1


def test_a_kind_that_there_is_not(folder: Path) -> None:
    built = build(folder / "数据" / "决算.yaml", kind="收支快递", templates=[folder / "templates"])
    assert [i.rule for i in built.errors] == ["PROFILE-009"]
    assert "收支快报" in str(built.errors[0])


def test_faults_of_a_kind_are_told_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "kinds").mkdir()
    text = "中文名: 甲\n文件夹: '{单位名}'\n文件:\n- {模板: ../甲.xlsx}\n- {模板: 乙.xlsx, 名称: 乙.docx}\n- {模板: 丙.pdf}\n"
    (tmp_path / "kinds" / "jia.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Rejected) as told:
        kinds(shelves([tmp_path]))
    assert [(i.place.line, i.rule) for i in told.value.issues if i.place] == [
        (2, "PROFILE-005"),
        (4, "PROFILE-005"),
        (5, "PROFILE-005"),
        (6, "PROFILE-005"),
    ]


def test_an_input_that_tells_one_section_alone_is_of_the_kind_made_of_it() -> None:
    assert read_kind(told={"绩效自评"}).title == "绩效自评"
    assert read_kind(told={"绩效自评", "收支明细"}).title == "决算公开"


def test_the_form_of_a_kind_asks_for_its_sections_alone(tmp_path: Path) -> None:
    [form] = new(tmp_path, kind="绩效自评")
    book = openpyxl.load_workbook(form)
    assert {"收支明细", "经济分类", "三公经费", "上年数"}.isdisjoint(book.sheetnames)
    assert {"单位", "绩效自评", "绩效指标", "绩效权重", "绩效项目"} <= set(book.sheetnames)
    rows = {row[1].value or row[0].value: row[3] for row in book["单位"].iter_rows(min_row=5)}
    assert rows["材料"].value == "绩效自评"
    for item, text in {"年度": "2024", "金额单位": "万元", "名称": "某县某办", "类型": "单位"}.items():
        rows[item].value = text
    book.save(form)
    accounts = load(form).accounts
    assert (accounts.kind, accounts.unit.name, accounts.year) == ("绩效自评", "某县某办", 2024)
    assert [i.cause for i in build(form).errors] == ["缺少“绩效自评”。"]


def test_the_guide_and_the_schema_of_a_kind_tell_of_its_sections_alone() -> None:
    model = narrowed(Accounts, read_kind("绩效自评").sections)
    assert json_schema(model)["properties"].keys() - HEAD_KEYS == {"绩效自评"}
    assert "allOf" not in json_schema(model)
    assert "工作表“收支明细”" in guide_text(Accounts)
    assert "工作表“收支明细”" not in guide_text(model)
    assert json_schema(Accounts)["properties"].keys() > {"收支明细", "绩效自评"}


@pytest.mark.parametrize(("profile", "amount"), [("budget-standard", "800,000.00"), ("tongzhou", "80.00")])
def test_a_project_with_goals_has_a_table_of_them(tmp_path: Path, profile: str, amount: str) -> None:
    """One sheet and one table for each project that has indicators; sources of money only where they are told."""
    built = build(ROOT / "tests" / "cases" / "budget.yaml", tmp_path, profile=profile)
    book = openpyxl.load_workbook(next(f for f in built.files if f.suffix == ".xlsx"))
    assert book.sheetnames[-2:] == ["档案数字化", "馆外道路修缮"]
    document = docx.Document(str(next(f for f in built.files if f.suffix == ".docx")))
    first, second = ([list(dict.fromkeys(c.text for c in row.cells)) for row in t.rows] for t in document.tables[-2:])
    assert ["项目资金", "年度资金总额", amount] in first
    assert any("其中：上级财政拨款" in row for row in first)
    assert not any("其中：上级财政拨款" in row for row in second)
    assert first[-1][:4] == ["满意度指标", "服务对象满意度", "查档群众满意度", "≥95%"]
    assert second[-1] == ["效益指标", "", "出行便利", "改善"]


def test_without_goals_there_is_no_table_of_them(tmp_path: Path) -> None:
    built = build(ROOT / "examples" / "shiquan-street-budget" / "unit.yaml", tmp_path, profile="budget-standard")
    book = openpyxl.load_workbook(next(f for f in built.files if f.suffix == ".xlsx"))
    assert book.sheetnames[-1] == "预算09"
