"""Kinds of packets whose input is their own: 采购意向公开 as a table that comes with its columns, and through its form."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import docx
import pytest
from openpyxl import load_workbook

from budgetgen import cli
from budgetgen.classification import read_classification
from budgetgen.compute import Computed, compute
from budgetgen.convert import convert, new
from budgetgen.form.layout import guide_text
from budgetgen.issues import Rejected
from budgetgen.layout import read_kind, read_profile
from budgetgen.model.schema import json_schema
from budgetgen.pipeline import build
from budgetgen.reading import load
from tests.shared import SHARED

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
    assert book["填报说明"]["A1"].value == "采购意向公开填报表"
    filled, _ = convert(INTENT, tmp_path / "填好.xlsx")
    assert load(filled).accounts == load(INTENT).accounts
    assert load_workbook(filled)["填报说明"]["A1"].value == "采购意向公开填报表"
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


# ---------------------------------------------------------------------------------------------- 部门预算公开

BUDGET = ROOT / "tests" / "cases" / "budget.yaml"
WHOLLY = {"rows": 0, "sentences": 0, "numbers": 0}
PUBLISHED = {"wanli-street-budget": "wl25", "shiquan-street-budget": "sq26"}


@pytest.fixture(scope="module")
def budget() -> Computed:
    loaded = load(BUDGET)
    return compute(loaded.accounts, read_classification(loaded.accounts.year))


@pytest.mark.parametrize(
    ("name", "yuan"),
    [
        ("预算.收入.合计", 4_360_000),
        ("预算.收入.财政拨款", 4_200_000),  # all that is spent of 财政拨款 less 100,000 carried over
        ("预算.收入.事业", 50_000),
        ("预算.收入.上年结转", 100_000),
        ("预算.支出.基本", 3_300_000),
        ("预算.支出.人员", 2_800_000),
        ("预算.支出.公用", 500_000),
        ("预算.支出.项目", 1_060_000),
        ("预算.财政拨款.收入.一般公共预算", 4_000_000),
        ("预算.财政拨款.支出.合计", 4_300_000),
        ("预算.财政拨款.支出.政府性基金", 200_000),
        ("预算.政府性基金.合计", 200_000),
        ("预算.国有资本经营.合计", 0),
        ("预算.经济分类.人员", 2_800_000),
        ("预算.经济分类.公用", 500_000),
        ("预算.三公.公务用车小计", 220_000),
        ("预算.三公.合计", 230_000),
        ("预算.政府采购.合计", 800_000),
        ("预算.财政拨款.支出.合计.较上年.额", 1_100_000),
        ("预算.三公.公务接待费.较上年.额", 2_000),
    ],
)
def test_what_a_budget_comes_to(budget: Computed, name: str, yuan: int) -> None:
    assert budget.tree.value(name).value == yuan


def test_classes_and_funds_stand_side_by_side(budget: Computed) -> None:
    rows = budget.tree.series("预算.财政拨款.支出.类")
    shown = [[row["编码"], *(row.value(f).value for f in ("合计", "一般公共预算", "政府性基金"))] for row in rows]
    assert shown == [["201", 3_800_000, 3_800_000, 0], ["208", 300_000, 300_000, 0], ["212", 200_000, 0, 200_000]]
    items = budget.tree["预算"]["财政拨款项"]
    told = [(i["编码"], i["类序"], i["类首"], i["预算"].lookup("较执行数")["情形"]) for i in items]
    assert told == [
        ("2012601", 1, True, "增"),
        ("2012604", 1, False, "预算为零"),
        ("2080505", 2, True, "平"),
        ("2120803", 3, True, "预算为零"),
    ]


def test_a_budget_goes_through_its_form(tmp_path: Path) -> None:
    filled, _ = convert(BUDGET, tmp_path / "填好.xlsx")
    assert load(filled).accounts == load(BUDGET).accounts


@pytest.mark.outside
@pytest.mark.skipif(SHARED is None, reason="the published packets lie outside the repository")
@pytest.mark.parametrize("example", PUBLISHED)
def test_published_budgets_are_said_again(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert SHARED is not None
    folder = ROOT / "examples" / example
    assert build(folder / "unit.yaml", tmp_path).files
    monkeypatch.syspath_prepend(str(SHARED / "acceptance"))
    text = SHARED / "kinds" / "samples" / "budget" / f"{PUBLISHED[example]}.txt"
    monkeypatch.setattr(sys, "argv", ["", str(tmp_path), str(text), "--errata", str(folder / "errata.tsv")])
    runpy.run_path(str(SHARED / "acceptance" / "compare_any.py"), run_name="__main__")
    said = {line.split()[0]: line.split()[1].split("/") for line in capsys.readouterr().out.splitlines() if "/" in line}
    lost = {what: int(whole) - int(found) for what, (found, whole) in said.items()}
    assert lost == WHOLLY


SAID_BY = {
    "budget-standard": "比2025年预算增加110.00万元，增长34.38%。",
    "tongzhou": "比2025年年初预算数320.00万元增加110.00万元，增长34.38%。",
    "putuo": "比2025年预算增加110万元；",
}
LAST = {
    "budget-standard": "国有资本经营预算支出表",
    "tongzhou": "“三公”经费支出表",
    "putuo": "三公”经费和机关运行经费预算表",
}


@pytest.mark.parametrize("layout", SAID_BY)
def test_each_place_words_and_orders_the_same_budget_its_own_way(layout: str, tmp_path: Path) -> None:
    built = build(BUDGET, tmp_path, profile=layout)
    assert not built.errors, built.errors
    document = docx.Document(str(next(f for f in built.files if f.suffix == ".docx")))
    text = [p.text for p in document.paragraphs if p.text]
    assert any(SAID_BY[layout] in line for line in text)
    titles = [p.text for p in document.paragraphs if p.style is not None and p.style.name == "表题"]
    goals = [title for title in titles if "绩效目标" in title]
    titles = [title for title in titles if title not in goals]
    assert (len(titles), len(goals)) == (9, 0 if layout == "putuo" else 2)
    assert titles[-1].endswith(LAST[layout])
    assert ("其他相关情况说明" in text[text.index(titles[-1]) :]) == (layout == "putuo")
    book = load_workbook(next(f for f in built.files if f.suffix == ".xlsx"))
    unit = {cell.value for cell in book.worksheets[1][2] if cell.value}
    total = next(row for row in book.worksheets[1].iter_rows(values_only=True) if row[0] == "合计")
    assert (total[4], any("万元" in str(u) for u in unit)) == (
        (436, True) if layout == "tongzhou" else (4_360_000, False)
    )


@pytest.mark.outside
def test_packets_of_all_kinds_are_made_in_one_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    for path in (INTENT, BUDGET):
        (tmp_path / "in" / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["budgetgen", "batch", "in", "-o", "out", "--jobs", "1"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    made = {path.parent.name for path in (tmp_path / "out").rglob("*.docx")}
    assert made == {"某区档案局-2026-预算", "某市农业科学研究所-2026-采购意向"}
