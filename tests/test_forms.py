"""`budgetgen new` and `budgetgen convert`: the files they write, and what they refuse."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from time import mktime

import openpyxl
import pytest
from typer.testing import CliRunner

from budgetgen import load
from budgetgen.cli import app

CASE = Path(__file__).parent / "cases" / "everything.yaml"
SHEETS = [
    "填报说明",
    "单位",
    "收支明细",
    "经济分类",
    "三公经费",
    "上年数",
    "其他事项",
    "文字",
    "绩效自评",
    "绩效指标",
    "绩效权重",
    "绩效项目",
    "科目表",
]


def run(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(map(str, arguments)))
    return done.exit_code, done.output


def test_new_writes_an_empty_form(tmp_path: Path) -> None:
    assert run("new", tmp_path / "甲", "--profile", "zhuzhou") == (0, f"已写出 {tmp_path / '甲' / '填报表.xlsx'}\n")
    book = openpyxl.load_workbook(tmp_path / "甲" / "填报表.xlsx")
    assert book.sheetnames == SHEETS
    assert book["科目表"].sheet_state == "hidden"
    assert book["单位"]["D5"].value == "zhuzhou"
    sheet = book["收支明细"]
    assert sheet.freeze_panes == "C6"
    assert all(cell.comment for cell in sheet[5] if cell.value)
    lists = {str(v.sqref): v.formula1 for v in sheet.data_validations.dataValidation if v.type == "list"}
    assert list(lists.values()) == ['"一般公共预算,政府性基金,国有资本经营,非财政拨款"']


def at_noon(path: Path, month: int, day: int) -> None:
    moment = mktime((2024, month, day, 12, 0, 0, 0, 0, -1))
    os.utime(path, (moment, moment))


def test_new_keeps_what_is_there(tmp_path: Path) -> None:
    form = tmp_path / "填报表.xlsx"
    form.write_bytes(b"1")
    at_noon(form, 3, 1)
    code, said = run("new", tmp_path)
    assert code == 1
    assert "已有 填报表.xlsx（认不出内容，3月1日改过），没有改动它" in said
    assert form.read_bytes() == b"1"
    assert run("new", tmp_path, "--overwrite")[0] == 0
    assert "已有 填报表.xlsx（还没有填，" in run("new", tmp_path, "--profile", "zhuzhou")[1]


@pytest.mark.parametrize(("name", "much"), [("填报表.xlsx", "填了 [0-9]{2,} 格"), ("unit.yaml", "填了 [0-9]{2,} 项")])
def test_convert_writes_over_what_somebody_filled_only_when_told_to(name: str, much: str, tmp_path: Path) -> None:
    target, other = tmp_path / name, tmp_path / "other.yaml"
    assert run("convert", CASE, target)[0] == 0
    assert run("convert", CASE, target)[0] == 0, "the same file again harms nothing"
    filled = target.read_bytes()
    at_noon(target, 11, 20)
    other.write_text(CASE.read_text(encoding="utf-8").replace("名称: 某市某局", "名称: 另一局"), encoding="utf-8")
    code, said = run("convert", other, target)
    assert code == 1
    assert "加 --overwrite" in said
    assert re.search(f"已有 {name}（某市某局 [0-9]{{4}} 年，{much}，11月20日改过），没有改动它。", said), said
    assert target.read_bytes() == filled
    assert run("convert", other, target, "--overwrite")[0] == 0
    assert load(target).accounts.unit.name == "另一局"


def test_new_yaml_comes_with_its_schema(tmp_path: Path) -> None:
    assert run("new", tmp_path, "--yaml")[0] == 0
    text = (tmp_path / "unit.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=unit.schema.json\n")
    assert json.loads((tmp_path / "unit.schema.json").read_text(encoding="utf-8"))["title"]


def test_new_with_an_unknown_profile(tmp_path: Path) -> None:
    assert run("new", tmp_path, "--profile", "tianyuann")[0] == 1
    assert not list(tmp_path.iterdir())


def test_convert_goes_both_ways_and_build_takes_the_form(tmp_path: Path) -> None:
    assert run("convert", CASE, tmp_path / "填报表.xlsx")[0] == 0
    assert run("convert", tmp_path / "填报表.xlsx", tmp_path / "unit.yaml")[0] == 0
    assert load(tmp_path / "unit.yaml").accounts == load(CASE).accounts
    code, said = run("build", tmp_path / "填报表.xlsx", "-o", tmp_path / "out")
    assert code == 0, said
    assert len(list((tmp_path / "out").iterdir())) == 3


@pytest.mark.parametrize("name", ["unit.csv", "unit"])
def test_convert_writes_two_kinds(name: str, tmp_path: Path) -> None:
    code, said = run("convert", CASE, tmp_path / name)
    assert code == 1
    assert "文件名以 .xlsx 或 .yaml 结尾" in said


def test_convert_does_not_write_over_what_it_reads(tmp_path: Path) -> None:
    path = tmp_path / "unit.yaml"
    path.write_bytes(CASE.read_bytes())
    assert "要写的就是读的文件" in run("convert", path, path)[1]
    assert path.read_bytes() == CASE.read_bytes()
