"""What is filled in and printed nowhere is told, and the form of a 版式 folds it away."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from budgetgen.convert import new
from budgetgen.layout import read_profile
from budgetgen.packet.unprinted import UNPRINTED, asks_for, printed_fields
from budgetgen.pipeline import examine

ROOT = Path(__file__).parents[2]
CASE = (ROOT / "tests" / "cases" / "nothing.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("profile", "keys", "asked"),
    [
        ("standard", "预算绩效.评价结论", False),
        ("tianyuan", "预算绩效.评价结论", True),
        ("standard", "预算绩效.项目评价结果", False),
        ("tianyuan", "预算绩效.项目评价结果", True),
        ("standard", "收支明细.年初预算", True),
        ("standard", "收支明细.类名称", True),
        ("standard", "上年.收支总计", True),
        ("standard", "三公经费.公务接待费.人次", True),
        ("standard", "绩效自评.整体.资金.当年财政拨款.执行", True),
        ("standard", "豁免.原因", True),
    ],
)
def test_a_layout_asks_for_what_it_prints_or_computes_with(profile: str, keys: str, asked: bool) -> None:
    assert asks_for(read_profile(profile), keys) is asked


def test_what_was_found_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BUDGETGEN_CACHE", str(tmp_path))
    profile = read_profile("standard")
    printed_fields.cache_clear()
    first = printed_fields(profile)
    (kept,) = (tmp_path / "printed-fields").iterdir()
    printed_fields.cache_clear()
    assert printed_fields(profile) == first
    kept.write_text("预算绩效", encoding="utf-8")  # cut off in the middle
    printed_fields.cache_clear()
    assert printed_fields(profile) == first


def test_it_is_told_once_for_a_section(tmp_path: Path) -> None:
    path = tmp_path / "unit.yaml"
    path.write_text(CASE, encoding="utf-8")
    (told,) = [i for i in examine(path, profile="standard").issues if i.rule == UNPRINTED]
    assert told.level.label == "提示"
    assert "预算绩效·评价结论" in told.cause
    assert "版式“standard”没有地方印" in told.cause
    assert told.place is not None
    assert told.place.line > 1
    assert not [i for i in examine(path, profile="tianyuan").issues if "评价结论" in i.cause and i.rule == UNPRINTED]


def test_the_form_folds_it_away(tmp_path: Path) -> None:
    (form,) = new(tmp_path, profile="standard")
    sheet = load_workbook(form)["文字"]
    hidden = {str(sheet.cell(n, 2).value) for n, row in sheet.row_dimensions.items() if row.hidden}
    assert {"评价结论", "项目评价结果"} <= hidden
    assert not {"应用情况", "评价结果应用情况"} & hidden
    assert "收起来了" in str(sheet["A2"].value)
