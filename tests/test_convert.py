"""`budgetgen convert` as it is run: build → convert → build, and the input of the year after, from every kind of file."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pytest
from read_back import BY_ITEM, INPUTS, PROFILES, cells, each_once, filled_for, packet
from typer.testing import CliRunner

from budgetgen.classification import read_classification
from budgetgen.cli import app
from budgetgen.compute import compute
from budgetgen.issues import Rejected
from budgetgen.model import Accounts
from budgetgen.money import printed_wan_yuan
from budgetgen.reading import figures_of, load


def run(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(map(str, arguments)))
    return done.exit_code, done.output


def built(source: Path, folder: Path, profile: str) -> tuple[dict[str, Path], str]:
    """The tables and the document of a build by their endings; a draft where something is missing."""
    if source in INPUTS.values() and profile in BY_ITEM:
        filled = folder.with_suffix(".yaml")
        filled.write_text(filled_for(source, profile), encoding="utf-8")
        source = filled
    code, said = run("build", source, "-o", folder, "--profile", profile, "--force")
    assert code == 0, said
    return {p.suffix: p for p in folder.iterdir() if not p.name.endswith("绩效自评表.xlsx")}, said


def converted(source: Path, target: Path, *options: str) -> str:
    code, said = run("convert", *options, source, target)
    assert code == 0, said
    return said


def printed(value: object) -> object:
    """A cell as it is printed: amounts with two decimals, half up."""
    if not isinstance(value, (int, float)):
        return value
    return Decimal(format(value, ".15g")).quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize(("unit", "profile", "form"), each_once(INPUTS, PROFILES, ["unit.yaml", "填报表.xlsx"]))
def test_the_workbook_converted_and_built_again_is_the_same_cell_by_cell(
    unit: str, profile: str, form: str, tmp_path: Path
) -> None:
    first, _ = built(INPUTS[unit], tmp_path / "1", profile)
    converted(first[".xlsx"], tmp_path / form)
    again, said = built(tmp_path / form, tmp_path / "2", profile)
    assert cells(again[".xlsx"].read_bytes()) == cells(first[".xlsx"].read_bytes())
    assert again[".xlsx"].name.startswith("草稿-")
    assert "还要填" in said


@pytest.mark.parametrize(("unit", "profile"), each_once(INPUTS, PROFILES))
def test_the_document_converted_and_built_again_differs_by_rounding_that_is_named(
    unit: str, profile: str, tmp_path: Path
) -> None:
    first, _ = built(INPUTS[unit], tmp_path / "1", profile)
    converted(first[".docx"], tmp_path / "unit.yaml")
    again, _ = built(tmp_path / "unit.yaml", tmp_path / "2", profile)
    _, said = run("check", tmp_path / "unit.yaml", "--format", "json")
    found = [one for head in json.loads(said)["问题"] for one in (head, *head["连带"])]
    causes = {one["路径"]: one["原因"] for one in found}
    before, after = cells(first[".xlsx"].read_bytes()), cells(again[".xlsx"].read_bytes())
    assert before.keys() == after.keys()
    assert {k: v for k, v in before.items() if printed(v) != printed(after[k])} == {}
    accounts = load(tmp_path / "unit.yaml").accounts
    summed = compute(accounts, read_classification(accounts.year)).summed
    for name, amount in accounts.stated.items():
        told = causes.get(f"数字核定[{name}]", "").startswith("核定数与算出的数不同，只是尾差")
        assert told or printed_wan_yuan(summed[name].value) == printed_wan_yuan(amount), name


@pytest.mark.parametrize("unit", [u if u == "样样都有" else pytest.param(u, marks=pytest.mark.outside) for u in INPUTS])
def test_the_year_after_is_the_same_from_yaml_and_from_the_form(unit: str, tmp_path: Path) -> None:
    converted(INPUTS[unit], tmp_path / "填报表.xlsx")
    for source, target in ((INPUTS[unit], "1.yaml"), (tmp_path / "填报表.xlsx", "2.yaml")):
        said = converted(source, tmp_path / target, "--next-year")
        assert "待填写" in said
    assert (tmp_path / "1.yaml").read_bytes() == (tmp_path / "2.yaml").read_bytes()
    converted(INPUTS[unit], tmp_path / "3.xlsx", "--next-year")
    text, form = (load(tmp_path / name, unfilled=True) for name in ("1.yaml", "3.xlsx"))
    assert text.accounts == form.accounts
    assert set(text.pending) == set(form.pending)
    holds_last_year(text.accounts, load(INPUTS[unit]).accounts)


@pytest.mark.parametrize(("unit", "profile", "kind"), each_once(INPUTS, PROFILES, [".xlsx", ".docx"]))
def test_the_year_after_from_what_was_published(unit: str, profile: str, kind: str, tmp_path: Path) -> None:
    first, _ = built(INPUTS[unit], tmp_path / "1", profile)
    converted(first[kind], tmp_path / "unit.yaml", "--next-year")
    after = load(tmp_path / "unit.yaml", unfilled=True)
    holds_last_year(after.accounts, load(first[kind]).accounts)
    is_unit = load(INPUTS[unit]).accounts.unit.kind == "单位"  # then the tables say so; 部门 stands above a unit's too
    told = kind == ".docx" and bool(load(INPUTS[unit]).accounts.unit.duties)
    assert ("单位.类型" in after.pending, "单位.职责" in after.pending) == (not is_unit, not told)
    for path in after.pending:
        assert not path.startswith("上年.")


@pytest.mark.parametrize(
    ("unit", "profile"), [("样样都有", "standard"), ("区委办", "tianyuan"), ("市政府办", "zhuzhou-approval")]
)
def test_a_document_tells_what_the_unit_is_and_its_reasons(unit: str, profile: str, tmp_path: Path) -> None:
    source = tmp_path / "决算公开.docx"
    source.write_bytes(packet(unit, profile).document.data)
    told, filled_in = load(source).accounts, load(INPUTS[unit]).accounts
    for fact in ("duty_lead", "duties", "subordinate_duties", "offices", "other_offices", "subordinates"):
        assert getattr(told.unit, fact) == getattr(filled_in.unit, fact), fact
    assert told.unit.platform == filled_in.unit.platform
    spent = {(n.code, n.fund) for n in told.lines}
    assert {n.code: n.reason for n in told.lines if n.reason} == {
        n.code: n.reason for n in filled_in.lines if n.reason and (n.code, n.fund) in spent
    }
    assert told.reasons == filled_in.reasons
    assert told.agency_running is not None
    assert filled_in.agency_running is not None
    assert told.agency_running.reason == filled_in.agency_running.reason
    assert told.three_public is not None
    assert filled_in.three_public is not None
    for item in ("vehicle_purchase", "vehicle_running", "official_reception", "total"):
        mine, theirs = getattr(told.three_public, item), getattr(filled_in.three_public, item)
        assert mine.prior_reason == theirs.prior_reason, item


@pytest.mark.parametrize("target", ["unit.yaml", "填报表.xlsx"])
def test_the_year_after_a_document_keeps_the_unit_and_shows_its_reasons_beside(target: str, tmp_path: Path) -> None:
    source = tmp_path / "决算公开.docx"
    source.write_bytes(packet("样样都有", "standard").document.data)
    converted(source, tmp_path / target, "--next-year")
    after = load(tmp_path / target, unfilled=True)
    assert (after.accounts.unit.duties, after.accounts.unit.offices) == (
        ["负责甲事。", "负责乙事。"],
        ["办公室", "财务科"],
    )
    assert not {"单位.职责", "单位.内设机构", "单位.决算单位"} & set(after.pending)
    assert "年中追加专项" not in str(after.accounts)
    if target.endswith(".yaml"):
        assert "  # 上年填的“差异原因”：年中追加专项\n" in (tmp_path / target).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("paragraphs", "duties", "offices", "subordinates"),
    [
        (["一、主要职能", "1.负责甲。", "（1）先甲。", "2.负责乙。", "二、机构设置", "本局内设科室3个，分别是：甲科、乙科（丙组、丁组）等3个。"],
         ["负责甲。（1）先甲。", "负责乙。"], ["甲科", "乙科（丙组、丁组）"], None),
        (["一、部门职责", "二、机构设置", "第二部分", "一、部门职责", "管甲。", "二、机构设置及决算单位构成", "无内设机构。决算汇总单位包括：某局本级、某站。"],
         ["管甲。"], [], ["某站"]),
        (["一、部门职责", "【待填写：单位·职责】", "二、机构设置", "内设【待填写】个科室，分别是：【待填写】。"], None, None, None),
    ],
)  # fmt: skip
def test_other_words_for_the_unit_are_read_and_none_are_invented(
    paragraphs: list[str], duties: list[str] | None, offices: list[str] | None, subordinates: list[str] | None,
    tmp_path: Path,
) -> None:  # fmt: skip
    document = docx.Document(BytesIO(packet("什么都没有", "standard").document.data))
    body = [p for p in document.paragraphs if p.text.strip()]
    start = next(n for n, p in enumerate(body) if p.text.startswith("一、") and p.text.endswith("职责"))
    end = next(n for n in range(start, len(body)) if body[n].text.startswith("第二部分"))
    for text in paragraphs:
        body[start].insert_paragraph_before(text)
    for paragraph in body[start:end]:
        paragraph.clear()
    document.save(str(tmp_path / "公开.docx"))
    unit = load(tmp_path / "公开.docx").accounts.unit
    below = None if unit.subordinates is None else [u.name for u in unit.subordinates]
    assert (unit.duties, unit.offices, below) == (duties, offices, subordinates)


def holds_last_year(after: Accounts, before: Accounts) -> None:
    figures = figures_of(before)
    assert after.year == before.year + 1
    assert [(n.code, n.fund) for n in after.lines] == [(n.code, n.fund) for n in before.lines]
    assert after.prior_year.grand_total == figures["收支总计"].value
    assert after.prior_year.general_expenditure == figures["一般公共预算.支出.合计"].value
    assert figures_of(after)["年初结转.合计"].value == figures["年末结转.合计"].value
    assert not any(line.reason or line.initial_budget for line in after.lines)


@pytest.mark.parametrize("name", ["unit.yaml", "填报表.xlsx"])
def test_what_must_still_be_filled_in_stops_the_build_until_it_is(name: str, tmp_path: Path) -> None:
    converted(INPUTS["区委办"], tmp_path / name, "--next-year")
    code, said = run("build", tmp_path / name, "-o", tmp_path / "out")
    assert code == 1
    assert "处不填就不生成" in said
    assert not (tmp_path / "out").exists()
    with pytest.raises(Rejected):
        load(tmp_path / name)


def test_one_place_to_be_filled_makes_a_draft(tmp_path: Path) -> None:
    text = INPUTS["样样都有"].read_text(encoding="utf-8")
    source = tmp_path / "unit.yaml"
    source.write_text(text.replace("类型: 单位", "类型: 【待填写】"), encoding="utf-8")
    code, said = run("build", source, "-o", tmp_path / "out")
    assert code == 0, said
    assert all(p.name.startswith("草稿-") for p in (tmp_path / "out").iterdir())
    assert "还要填 1 处" in said
    assert "单位·类型" in said


def test_last_years_reasons_stand_beside_the_blank_and_are_not_read(tmp_path: Path) -> None:
    converted(INPUTS["样样都有"], tmp_path / "unit.yaml", "--next-year")
    converted(INPUTS["样样都有"], tmp_path / "填报表.xlsx", "--next-year")
    assert "  # 上年填的“差异原因”：项目取消\n" in (tmp_path / "unit.yaml").read_text(encoding="utf-8")
    book = openpyxl.load_workbook(tmp_path / "填报表.xlsx")
    notes = {
        f"{sheet.title}!{cell.coordinate}": cell.comment.text
        for sheet in book
        for row in sheet.iter_rows(min_row=6)
        for cell in row
        if cell.comment
    }
    assert "上年填的：项目取消" in notes.values()
    assert "上年填的：年度工作会" in notes.values()
    for name in ("unit.yaml", "填报表.xlsx"):
        assert "项目取消" not in str(load(tmp_path / name, unfilled=True).accounts)


def test_it_says_which_tables_it_found_where_and_which_it_did_not(tmp_path: Path) -> None:
    first, _ = built(INPUTS["区委办"], tmp_path / "1", "tianyuan")
    book = openpyxl.load_workbook(first[".xlsx"])
    del book["公开09"]
    book["公开07"]["A1"] = "基金表"
    book.save(tmp_path / "2024年度.xlsx")
    said = converted(tmp_path / "2024年度.xlsx", tmp_path / "unit.yaml")
    assert "支出决算表：公开03。" in said
    assert "没有找到财政拨款“三公”经费支出决算表" in said
    assert "没有找到政府性基金预算财政拨款收入支出决算表" in said
    assert "“公开07”像是它，但没有这个标题" in said


def test_a_published_packet_can_be_checked_and_builds_as_a_draft(tmp_path: Path) -> None:
    first, _ = built(INPUTS["区委办"], tmp_path / "1", "tianyuan")
    again, said = built(first[".docx"], tmp_path / "2", "tianyuan")
    assert again[".docx"].name.startswith("草稿-")
    assert "还要填" in said
