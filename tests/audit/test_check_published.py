"""`check` of a packet that somebody published: first what is wrong in it, then what an input would still lack."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from budgetgen.audit.check_published import check_published
from budgetgen.check import GAP_RULES
from budgetgen.issues import Level
from budgetgen.office.workbook_saver import save_workbook
from budgetgen.pipeline import build
from budgetgen.reading import load

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("packet")
    build(ROOT / "examples" / "tianyuan-party-office" / "unit.yaml", folder)
    return next(folder.glob("*公开表.xlsx")).read_bytes()


def planted(tables: bytes, path: Path, cells: dict[str, float | None]) -> Path:
    book = load_workbook(BytesIO(tables))
    for cell, value in cells.items():
        book["公开03"][cell] = value
    save_workbook(book, path)
    return path


def test_a_wrong_cell_is_told_once_and_what_is_lacking_apart(tables: bytes, tmp_path: Path) -> None:
    seen = check_published(planted(tables, tmp_path / "公开表.xlsx", {"E11": 39.49}))  # 93.49
    first, *rest = seen.issues
    assert (first.rule[:5], first.level, str(first.place)) == (
        "AUDIT",
        Level.ERROR,
        "公开表.xlsx 公开03 2013102 一般行政管理事务 项目",
    )
    assert first.cause.startswith("写的是“39.49”，应当是 93.49")
    errors = [i for i in rest if i.level is Level.ERROR and not (i.rule in GAP_RULES and i.path)]
    assert errors == []
    pending = [i for i in rest if i.rule == "INPUT-021"]
    assert pending == []


@pytest.mark.parametrize("cell", [{"E11": 39.49}, {"E11": 193.49}], ids=["less", "more"])
def test_no_money_is_invented_where_tables_disagree(tables: bytes, tmp_path: Path, cell: dict[str, float]) -> None:
    loaded = load(planted(tables, tmp_path / "公开表.xlsx", dict(cell)), unfilled=True)
    assert {line.fund for line in loaded.accounts.lines} == {"一般公共预算"}
    told = next(i for i in loaded.issues if i.rule == "INPUT-047" and "2013102" in i.cause)
    assert "支出决算表是" in told.cause
    assert "财政拨款的表是 93.49 万元" in told.cause
    assert str(told.place) == "公开表.xlsx 公开03!E11"


def test_a_text_that_is_no_input_is_audited_all_the_same(tmp_path: Path) -> None:
    document = Document()
    for text in (
        "某某县档案馆2024年度部门决算",
        "一、收入支出决算总体情况说明",
        "二、收入决算情况说明",
        "三、支出决算情况说明",
        "2024年度支出合计100.00万元，其中：基本支出60.00万元，占70.00%；项目支出40.00万元，占40.00%。",
    ):
        document.add_paragraph(text)
    path = tmp_path / "文本.docx"
    document.save(str(path))
    seen = check_published(path)
    first, last = seen.issues[0], seen.issues[-1]
    assert [(i.rule, i.level) for i in (first, last)] == [("AUDIT-013", Level.ERROR), ("INPUT-045", Level.NOTE)]
    assert "还读不成填报的数据" in last.cause
    assert seen.loaded is None
