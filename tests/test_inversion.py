"""Packets of other kinds read back by the templates that print them: our own, and those that others published."""

from __future__ import annotations

import re
import runpy
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from budgetgen.convert import convert
from budgetgen.input.yaml_writer import write_yaml
from budgetgen.inversion import filled_samples
from budgetgen.inversion.derived import Equation
from budgetgen.inversion.told import Stated
from budgetgen.issues import SourceRef
from budgetgen.layout import read_kind, read_profile, shelves
from budgetgen.model import Amount, Loaded
from budgetgen.office.libreoffice import to_pdf
from budgetgen.pipeline import build
from budgetgen.reading import figures_of, load
from tests.budget_samples import FOLDER, NAMES, document, intent
from tests.shared import SHARED

ROOT = Path(__file__).parents[1]
CASES = {
    "样样都有": ROOT / "tests" / "cases" / "budget.yaml",
    "石泉路": ROOT / "examples" / "shiquan-street-budget" / "unit.yaml",
    "万里": ROOT / "examples" / "wanli-street-budget" / "unit.yaml",
}
INTENT = ROOT / "tests" / "cases" / "intent.yaml"


def amounts(file: Path) -> list[list[object]]:
    """The rows of all sheets that hold a number, blanks and zeros left out."""
    book = load_workbook(file, data_only=True)
    rows = [[v for v in row if v not in (None, "", 0)] for sheet in book for row in sheet.iter_rows(values_only=True)]
    return [row for row in rows if any(isinstance(v, int | float) for v in row)]


def files(source: Path, folder: Path, profile: str = "") -> dict[str, Path]:
    built = build(source, folder, force=True, profile=profile)
    assert built.files, [str(i) for i in built.issues if i.stops]
    return {f.suffix: f for f in built.files}


@pytest.mark.parametrize("case", ["石泉路", "万里"])
@pytest.mark.parametrize("ending", [".xlsx", ".docx"])
def test_our_own_packet_read_back_prints_the_same_tables(case: str, ending: str, tmp_path: Path) -> None:
    first = files(CASES[case], tmp_path / "1")
    told = convert(first[ending], tmp_path / "unit.yaml")[0]
    text = told.read_text(encoding="utf-8").replace("截至日期: 【待填写】", "截至日期: 2025年8月31日")
    told.write_text(text.replace("【待填写】", "0"), encoding="utf-8")  # a workbook has no sentences
    again = files(told, tmp_path / "2", load(CASES[case]).accounts.profile)
    assert amounts(again[".xlsx"]) == amounts(first[".xlsx"])


def test_a_document_also_tells_its_texts_and_last_years_amounts(tmp_path: Path) -> None:
    given = load(CASES["石泉路"]).accounts
    told = load(convert(files(CASES["石泉路"], tmp_path / "1")[".docx"], tmp_path / "unit.yaml")[0]).accounts
    assert told.unit == given.unit
    for name in (
        "extra_预算概况",
        "extra_三公预算",
        "extra_政府采购预算",
        "extra_绩效目标",
        "extra_资产情况",
        "extra_计划购置",
    ):
        assert getattr(told, name) == getattr(given, name), name
    lines = {line.extra_科目: line for line in told.extra_预算明细}
    for line in given.extra_预算明细:
        own = lines[line.extra_科目]
        for key in ("用途", "原因", "上年预算", "上年执行数"):
            assert getattr(own, f"extra_{key}") == getattr(line, f"extra_{key}"), (line.extra_科目, key)


@pytest.mark.outside
@pytest.mark.parametrize("case", ["石泉路", "万里", "wl24", "sq26"])
def test_a_pdf_of_a_budget_tells_what_its_document_tells(case: str, tmp_path: Path) -> None:
    """Printed by LibreOffice: every figure of the tables; sentences and texts too, but where a mark hangs over the margin."""
    if case in CASES:
        source = files(CASES[case], tmp_path / "1")[".docx"]
    elif FOLDER is None:
        pytest.skip("the published packets are not here")
    else:
        source = document(case, tmp_path)
    printed, _ = to_pdf([source])
    if not printed:
        pytest.skip("no LibreOffice")
    whole, pdf = (load(file, unfilled=True).accounts for file in (source, printed[0]))
    assert {k: f.value for k, f in figures_of(pdf).items()} == {k: f.value for k, f in figures_of(whole).items()}
    lines, read = (write_yaml(accounts).splitlines() for accounts in (whole, pdf))
    assert sum(line not in read for line in lines) <= 1


OWN = """
名词解释:
- {名词: 档案数字化, 解释: 指把纸质档案扫描、著录：不含缩微。}
- {名词: “三公”经费, 解释: 指本局三项经费。}
"""


def test_a_units_own_texts_are_read_word_for_word(tmp_path: Path) -> None:
    """Its own terms, the numbered paragraphs of its projects; terms of the 版式 are not its own."""
    text = CASES["样样都有"].read_text(encoding="utf-8") + OWN
    text = text.replace("[区档案工作规划。]", "[1.区规划；, 2.《办法》。]")
    source = tmp_path / "unit.yaml"
    source.write_text(text, encoding="utf-8")
    told = load(files(source, tmp_path / "1", "putuo")[".docx"], unfilled=True).accounts
    given = load(source).accounts
    assert told.glossary == given.glossary
    assert told.extra_项目经费 == given.extra_项目经费
    plain = load(files(CASES["石泉路"], tmp_path / "2")[".docx"], unfilled=True).accounts
    assert not plain.glossary


@pytest.mark.parametrize("ending", [".docx", ".xlsx"])
def test_an_intent_is_read_back_row_by_row(ending: str, tmp_path: Path) -> None:
    given = load(INTENT).accounts
    told = load(convert(files(INTENT, tmp_path / "1")[ending], tmp_path / "unit.yaml")[0], unfilled=True).accounts
    keys = ("预算单位", "名称", "需求概况", "预算金额", "预计采购时间", "面向中小企业", "备注")
    rows = [[getattr(row, f"extra_{key}") for key in keys] for row in told.extra_采购项目]
    assert rows == [[getattr(row, f"extra_{key}") for key in keys] for row in given.extra_采购项目]
    assert told.unit.name == given.unit.name
    assert told.extra_采购意向.extra_起月 == given.extra_采购意向.extra_起月


def test_a_kinds_sample_may_lie_beside_the_kind(tmp_path: Path) -> None:
    """`reading/` of one's own templates goes before what ships."""
    sample = tmp_path / "reading" / "procurement-intent.sample.yaml"
    sample.parent.mkdir()
    shipped = (ROOT / "config" / "reading" / sample.name).read_text(encoding="utf-8")
    sample.write_text(shipped.replace("样本市样本局", "样本县样本站"), encoding="utf-8")
    places = shelves([tmp_path])
    kind = read_kind("采购意向公开", places)
    printed = next(filled_samples(kind, read_profile("standard", places, kind)))
    assert printed.accounts.unit.name == "样本县样本站"


INTENTS = {
    1: ("池州市科学技术馆", 3, 4, None), 2: ("******教育局", 4, 5, "2025年04月29日"),
    3: ("******教育局", None, None, "2025年06月23日"), 4: ("", 7, None, None), 5: ("", None, None, None),
    7: ("", None, None, None), 8: ("", None, None, None), 9: ("", 5, 6, None),
}  # fmt: skip
"""Of each notice: the unit, the months, the date, as far as they were not blotted out. The sixth has no heads of columns."""


@pytest.mark.parametrize("number", INTENTS)
@pytest.mark.skipif(FOLDER is None, reason="the published notices are not here")
def test_every_row_of_a_published_intent_is_read(number: int, tmp_path: Path) -> None:
    file, rows = intent(number, tmp_path)
    loaded = load(file, unfilled=True)
    told = loaded.accounts
    said = told.extra_采购意向
    months = [
        None if f"采购意向.{key}" in loaded.pending else getattr(said, f"extra_{key}") for key in ("起月", "止月")
    ]
    name = "" if "单位.名称" in loaded.pending else told.unit.name
    assert (name, *months, said.extra_落款日期) == INTENTS[number]
    yuan = 1 if "(元)" in "".join(rows[0]) else 10000
    read = [
        {str(v) for v in vars(item).values() if v} | {f"{item.extra_预算金额 / yuan:f}"} for item in told.extra_采购项目
    ]
    for row, item in zip(rows[1:], read, strict=True):
        wanted = {cell for cell in row[1:] if cell not in ("", "-", "******.**")}
        assert wanted <= item, wanted - item
    assert any("不是金额" in issue.cause for issue in loaded.issues) == (number == 5)


def test_what_is_asked_for_follows_from_sums_that_are_told() -> None:
    """Of 合计 and 小计 that are told, a part that is not: the only one left, or parts of nothing."""
    sentence = Stated("合计", "合计", Amount(0), "", SourceRef("x"), (0, 1, 1))
    total = Equation(sentence, {"出国": Decimal(1), "购置": Decimal(1), "运行": Decimal(1)}, Decimal(90), Decimal(50))
    part = Equation(sentence, {"购置": Decimal(1), "运行": Decimal(1)}, Decimal(20), Decimal(50))
    assert dict(total.solved({"购置": Amount(0), "运行": Amount(0)})) == {"出国": Decimal(90)}
    assert dict(total.solved({"出国": Amount(90)})) == {"购置": 0, "运行": 0}
    assert dict(part.solved({})) == {"购置": 0, "运行": 0}, "20 元 print as nothing"
    assert dict(total.solved({})) == {}, "three parts of 90 元 may be anything"
    less = Equation(sentence, {"运行": Decimal(1)}, Decimal(-900), Decimal(50))
    assert dict(less.solved({})) == {}, "no amount is below nothing"


CONTRADICTED = {
    "wl25": {"21201": 4},  # one 元 more than its 项, in three tables
    "sq26": {"212": 2, "221": 1},  # what table 04 has under the wrong 类
}
"""What published packets print in tables otherwise than it comes to, by the code."""


def contradictions(loaded: Loaded) -> dict[str, int]:
    found: dict[str, int] = {}
    for issue in loaded.issues:
        code = re.search(r"·(\d+)的", issue.cause)
        if issue.rule == "INPUT-047" and "段" not in issue.cause and code:
            found[code[1]] = found.get(code[1], 0) + 1
    return found


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(FOLDER is None, reason="the published packets are not here")
def test_every_amount_of_a_published_packets_tables_is_read_and_adds_up(name: str, tmp_path: Path) -> None:
    loaded = load(document(name, tmp_path), unfilled=True)
    assert contradictions(loaded) == CONTRADICTED.get(name, {})
    spent = figures_of(loaded.accounts)["预算.支出.合计"].value
    assert spent == TOTALS[name]
    assert not [path for path in loaded.pending if "项目经费" not in path], (
        "an amount that is asked for is in no packet"
    )
    told = [issue.cause for issue in loaded.issues if issue.rule == "INPUT-050"]
    assert [path for path in DERIVED.get(name, ()) if path not in "".join(told)] == []
    assert len(told) == (name in DERIVED)


DERIVED = {
    "cz25": ["三公预算·公务用车运行费·上年预算 0 万元"],  # its sentence is garbled; the total has not changed
    "sw25": [
        "上年预算·政府性基金 0 万元",
        "上年预算·国有资本经营 0 万元",
    ],  # held against 执行数, not against the budget
}
"""What a packet does not say and its other amounts determine."""

TOTALS = {
    "cz25": Decimal("31214205.80"), "bg25": Decimal("91016775.35"), "bg25u": Decimal("91016775.35"),
    "sw25": Decimal("371514655.00"), "wl24": Decimal(156211123), "wl25": Decimal(189767551), "fl24": Decimal(12121164),
    "sq26": Decimal(76306134), "sf26": Decimal("96282213.44"),
}  # fmt: skip
"""支出总计 in 元, as their first tables print it."""


LOST = {"fl24": 10}
"""Rows that a rebuilt packet has not: an empty 类 that shifts the ordinals of 01 and 04, a class by its old name, 7 for 210."""
ERRATA = {"wl25": "wanli-street-budget", "sq26": "shiquan-street-budget"}


@pytest.mark.outside
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(FOLDER is None, reason="the published packets are not here")
def test_the_tables_of_a_published_packet_are_made_again_from_what_was_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert FOLDER is not None
    assert SHARED is not None
    told = convert(document(name, tmp_path), tmp_path / "unit.yaml")[0]
    files(told, tmp_path / "packet")
    monkeypatch.syspath_prepend(str(SHARED / "acceptance"))
    errata = ["--errata", str(ROOT / "examples" / ERRATA[name] / "errata.tsv")] if name in ERRATA else []
    monkeypatch.setattr(sys, "argv", ["", str(tmp_path / "packet"), str(FOLDER / f"{name}.txt"), *errata])
    runpy.run_path(str(SHARED / "acceptance" / "compare_any.py"), run_name="__main__")
    rows = re.search(r"^rows +(\d+)/(\d+)", capsys.readouterr().out)
    assert rows is not None
    assert int(rows[2]) - int(rows[1]) == LOST.get(name, 0)
