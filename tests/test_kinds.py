"""Kinds of packets whose input is their own: 采购意向公开 as a table that comes with its columns, and through its form."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest
from openpyxl import load_workbook

from budgetgen.convert import convert, new
from budgetgen.form.layout import guide_text
from budgetgen.issues import Rejected
from budgetgen.layout import read_kind, read_profile
from budgetgen.model.schema import json_schema
from budgetgen.pipeline import build
from budgetgen.reading import load

ROOT = Path(__file__).parents[1]
INTENT = ROOT / "tests" / "cases" / "intent.yaml"
OWN_NAMES = ("采购意向", "采购项目")
"""What only files of settings and templates may know of this kind."""


def written(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = INTENT.read_text(encoding="utf-8")
    for old, new_text in changes:
        assert old in text, old
        text = text.replace(old, new_text)
    path = tmp_path / "unit.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def shown(path: Path, tmp_path: Path) -> tuple[list[str], list[list[str]]]:
    """The paragraphs and the rows of the document that is built."""
    built = build(path, tmp_path / "out")
    assert not built.errors, built.errors
    document = docx.Document(str(next(f for f in built.files if f.suffix == ".docx")))
    rows = [[cell.text.replace("\n", "") for cell in row.cells] for row in document.tables[0].rows]
    return [p.text for p in document.paragraphs if p.text], rows


def test_a_column_comes_with_what_stands_in_it(tmp_path: Path) -> None:
    text, rows = shown(INTENT, tmp_path)
    head = ["采购项目名称", "采购需求概况", "预算金额(万元)"]
    small = "是否专门面向中小企业采购"
    assert rows[0] == ["序号", "预算单位名称", *head, small, "预计采购时间", "备注"]
    assert [row[4] for row in rows] == ["预算金额(万元)", "85.5", "40"]
    assert text[-2:] == ["某市农业科学研究所", "2026年03月25日"]

    less = [(f"  预算单位: {name}\n", "") for name in ("某市农业科学研究所本级", "某市土壤肥料站")]
    less += [(f"  面向中小企业: {word}\n", "") for word in "是否"]
    less += [("  落款日期: 2026年03月25日\n", ""), ("  止月: 5\n", "")]
    text, rows = shown(written(tmp_path, *less), tmp_path / "再")
    assert rows[0] == ["序号", *head, "预计采购时间", "备注"]
    assert text[0] == "某市农业科学研究所2026年4月政府采购意向"
    assert "现将某市农业科学研究所2026年4月采购意向公开如下：" in text[1]
    assert text[-1].startswith("本次公开的采购意向是")


def test_its_form_asks_for_it_row_by_row_and_reads_it_back(tmp_path: Path) -> None:
    (form,) = new(tmp_path, kind="采购意向公开")
    book = load_workbook(form)
    assert book.sheetnames == ["填报说明", "单位", "其他事项", "文字", "采购项目", "科目表"]
    assert [cell.value for cell in book["采购项目"][4]][:3] == ["预算单位", "采购项目名称", "采购需求概况"]
    filled, _ = convert(INTENT, tmp_path / "填好.xlsx")
    assert load(filled).accounts == load(INTENT).accounts
    again, _ = convert(filled, tmp_path / "again.yaml")
    assert load(again).accounts == load(INTENT).accounts


def test_only_its_own_schema_and_guide_ask_for_it() -> None:
    kind = read_kind("采购意向公开")
    model = read_profile("", None, kind).model
    schema = json_schema(model)
    assert schema["$defs"]["采购项目"]["required"] == ["名称", "需求概况", "预算金额", "预计采购时间"]
    assert "| 采购项目名称 | `采购项目[].名称` |" in guide_text(model)
    assert not set(OWN_NAMES) & set(json_schema()["properties"])


def test_what_it_needs_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, ("  需求概况: 检测土壤样品三百份，出具检测报告。\n", ""))
    with pytest.raises(Rejected) as refused:
        load(path)
    assert [i.path for i in refused.value.issues] == ["采购项目[2].需求概况"]


def test_no_code_knows_of_it() -> None:
    told = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "budgetgen").rglob("*.py"))
    assert [name for name in OWN_NAMES if f'"{name}' in told] == []
