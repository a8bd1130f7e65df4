"""补充字段: a field that one 版式 declares for itself, from its settings to the form, the packet, next year and the department."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from docx import Document
from openpyxl import load_workbook

from budgetgen.convert import convert, new
from budgetgen.figures import Figure
from budgetgen.form.layout import guide_text
from budgetgen.issues import Rejected
from budgetgen.layout import read_profile, shelves
from budgetgen.model import Accounts
from budgetgen.model.schema import json_schema
from budgetgen.packet.profile_check import check_profile
from budgetgen.pipeline import build, examine
from budgetgen.reading import load, read
from tests.consolidate.small_department import write_department

SETTINGS = """\
中文名: 某县
继承: standard
补充字段:
- {节: 设备, 键: 五十万元以上, 名称: 单价50万元以上设备, 种类: 整数, 单位: 台, 必填: 是, 上年带过来: 是, 汇总相加: 是, 说明: 年末数}
- {节: 设备, 键: 购置, 种类: 金额, 汇总相加: 是}
- {节: 设备, 键: 上年购置, 种类: 金额, 上年带过来: 购置}
- {键: 管理说明, 种类: 文字}
"""
NARRATIVE = """\
单价50万元以上设备{{ 补充.设备.五十万元以上 }}台，当年购置{{ 补充.设备.购置|万元 }}万元。{% if 补充.管理说明 %}{{ 补充.管理说明 }}{% endif %}
"""
FILLED = "版式: 某县\n补充: {设备: {五十万元以上: 3, 购置: 12.5}, 管理说明: 设备由办公室统一管理。}\n"
CASE = (Path(__file__).parent / "cases" / "nothing.yaml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of inputs with a 版式 of its own beside them, which prints its fields in a narrative that is always there."""
    templates = tmp_path / "templates"
    (templates / "profiles").mkdir(parents=True)
    (templates / "profiles" / "某县.yaml").write_text(SETTINGS, encoding="utf-8")
    narratives = templates / "docx" / "某县" / "说明"
    narratives.mkdir(parents=True)
    (narratives / "国有资产.md.j2").write_text(NARRATIVE, encoding="utf-8")
    return tmp_path


def filled(folder: Path, extra: str = FILLED) -> Path:
    path = folder / "unit.yaml"
    text = "\n".join(line for line in CASE.splitlines() if not line.startswith("版式"))
    path.write_text(f"{extra}{text}\n", encoding="utf-8")
    return path


def test_the_form_the_schema_and_the_guide_ask_for_it(folder: Path) -> None:
    profile = read_profile("某县", shelves(beside=folder))
    (form,) = (
        new(folder / "表", profile="某县") if (folder / "表" / "templates").exists() else new(folder, profile="某县")
    )
    sheet = load_workbook(form)["补充"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5, max_col=6)]
    assert rows[0][:2] == ["补充", "设备·单价50万元以上设备"]
    assert rows[0][4:] == ["台", "年末数"]
    assert [row[1] for row in rows] == ["设备·单价50万元以上设备", "设备·购置", "设备·上年购置", "管理说明"]
    schema = json_schema(profile.model)
    assert "补充" in schema["properties"]
    assert "补充" in schema["required"]
    assert schema["$defs"]["补充_设备"]["required"] == ["五十万元以上"]
    assert "| 补充·设备·单价50万元以上设备 | `补充.设备.五十万元以上` | 台 | 是 | 年末数 |" in guide_text(profile.model)
    assert "补充.设备" not in guide_text()
    assert "补充" not in json_schema()["properties"]


def test_what_is_filled_in_is_printed_and_goes_through_a_form(folder: Path) -> None:
    source = filled(folder)
    seen = examine(source)
    assert seen.computed is not None
    assert isinstance(bought := seen.computed.tree.at("补充.设备.购置"), Figure)
    assert (bought.value, bought.path) == (125000, "补充.设备.购置")
    assert not [i for i in seen.issues if i.stops]
    built = build(source, folder / "out")
    document = next(path for path in built.files if path.suffix == ".docx")
    assert "单价50万元以上设备3台，当年购置12.50万元。设备由办公室统一管理。" in [
        p.text for p in Document(str(document)).paragraphs
    ]
    form, _ = convert(source, folder / "表.xlsx")
    assert load(form).accounts == load(source).accounts
    again, _ = convert(form, folder / "again.yaml")
    assert yaml.safe_load(again.read_text(encoding="utf-8"))["补充"] == {
        "设备": {"五十万元以上": 3, "购置": 12.50},
        "管理说明": "设备由办公室统一管理。",
    }


@pytest.mark.parametrize(
    ("extra", "rule", "path", "cause"),
    [
        ("版式: 某县\n", "INPUT-011", "补充", "缺少“补充”"),
        ("版式: 某县\n补充: {设备: {购置: 1}}\n", "INPUT-011", "补充.设备.五十万元以上", "缺少“五十万元以上”"),
        (FILLED.replace("12.5", "十二"), "INPUT-", "补充.设备.购置", "十二"),
        (FILLED.replace("购置:", "购买:"), "INPUT-", "补充.设备", "没有“购买”这个键"),
        (FILLED.replace("版式: 某县", "版式: standard"), "INPUT-", "", "没有“补充”这个键"),
    ],
)
def test_it_is_typed_and_asked_for(folder: Path, extra: str, rule: str, path: str, cause: str) -> None:
    with pytest.raises(Rejected) as refused:
        load(filled(folder, extra))
    found = [i for i in refused.value.issues if i.rule.startswith(rule) and cause in i.cause]
    assert [i.path for i in found] == [path], refused.value.issues


def test_the_rules_on_texts_read_it(folder: Path) -> None:
    seen = examine(filled(folder, FILLED.replace("设备由办公室统一管理。", "联系人电话13812345678。")))
    assert [i.rule for i in seen.issues if i.path == "补充.管理说明"]


def test_next_year_keeps_takes_and_asks(folder: Path) -> None:
    target, _ = convert(filled(folder), folder / "next.yaml", next_year=True)
    text = target.read_text(encoding="utf-8")
    given = yaml.safe_load(text)["补充"]
    assert given["设备"] == {"五十万元以上": 3, "购置": "【待填写】", "上年购置": 12.50}
    assert "上年的 管理说明" in text or "设备由办公室统一管理" in text
    assert "管理说明" not in given


def test_a_department_sums_it(folder: Path) -> None:
    source = write_department(folder)
    extra = "版式: 某县\n补充: {设备: {五十万元以上: 2, 购置: 1.5}}\n"
    for path in folder.rglob("*.yaml"):
        if "templates" not in path.parts:
            own = extra if path != source else "版式: 某县\n补充: {设备: {五十万元以上: 6}}\n"
            path.write_text(own + path.read_text(encoding="utf-8"), encoding="utf-8")
    loaded, _ = read(source, templates=[folder / "templates"])
    sums = loaded.accounts.extras.extra_设备  # type: ignore[attr-defined]
    assert (sums.extra_五十万元以上, sums.extra_购置, sums.extra_上年购置) == (6, 45000, None)
    assert [s.unit for s in loaded.shares["补充.设备.购置"]] == ["某县某局本级", "某县甲站", "某县乙站"]


def test_templates_may_use_it_and_no_other(folder: Path) -> None:
    places = shelves(beside=folder)
    assert not [i for i in check_profile(read_profile("某县", places)) if i.stops]
    narrative = folder / "templates" / "docx" / "某县" / "说明" / "国有资产.md.j2"
    narrative.write_text("{{ 补充.设备.购买 }}", encoding="utf-8")
    wrong = [i.cause for i in check_profile(read_profile("某县", places)) if i.stops]
    assert wrong == ["“补充.设备”中没有“购买”这个名称，是否想写“购置”？"]


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("{键: 台数, 种类: 数量}", "“台数”没有写“种类”"),
        ("{种类: 整数}", "有一项没有写“键”"),
        ("{键: 台 数, 种类: 整数}", "“台 数”不能用作键或节"),
        ("{键: 有无, 种类: 选项}", "“有无”的“选项”不对"),
        ("{键: 台数, 种类: 整数, 上年带过来: 上年}", "“台数”的“上年带过来”写的是“上年”"),
        ("{节: 设备, 键: 购置, 种类: 整数}", "“购置”声明了两次"),
    ],
)
def test_a_wrong_declaration_is_told(folder: Path, line: str, cause: str) -> None:
    file = folder / "templates" / "profiles" / "某县.yaml"
    file.write_text(f"{SETTINGS}- {line}\n", encoding="utf-8")
    with pytest.raises(Rejected) as refused:
        read_profile("某县", shelves(beside=folder))
    assert [i for i in refused.value.issues if cause in i.cause and i.place], refused.value.issues


def test_without_fields_the_model_is_that_of_all() -> None:
    assert read_profile("standard").model is Accounts
