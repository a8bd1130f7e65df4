"""What LibreOffice makes of the form: its formulas come out, and what it saves reads the same."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from books import CASES, at, read_book

from budgetgen.form.writer import write_form_book
from budgetgen.reading import load


def resaved(soffice: str, folder: Path, data: bytes) -> bytes:
    source = folder / "填报表.xlsx"
    source.write_bytes(data)
    profile = f"-env:UserInstallation={(folder / 'lo').as_uri()}"
    command = [soffice, profile, "--headless", "--convert-to", "xlsx", "--outdir", folder / "out", source]
    subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=180)
    return (folder / "out" / "填报表.xlsx").read_bytes()


@pytest.fixture(scope="module")
def everything(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    case = next(c for c in CASES if c.stem == "everything")
    return case, resaved(soffice, tmp_path_factory.mktemp("lo"), write_form_book(load(case).accounts, ["tianyuan"]))


def test_what_it_saves_reads_the_same(everything: tuple[Path, bytes]) -> None:
    case, data = everything
    assert read_book(data).accepted.accounts == load(case).accounts


def test_its_formulas_give_names_totals_and_differences(everything: tuple[Path, bytes]) -> None:
    book = openpyxl.load_workbook(BytesIO(everything[1]), data_only=True)
    sheet, economic = book["收支明细"], book["经济分类"]
    assert [sheet[f"{c}6"].value for c in "ABEF"] == [
        "2010301", "行政运行", "政府办公厅（室）及相关机构事务", "一般公共服务支出",
    ]  # fmt: skip
    assert sheet[at(sheet, "支出·基本支出", 4)].value == 1640000.75
    assert [sheet[at(sheet, "收支差额", row)].value for row in (6, 7, 10, 11)] == [0, 0, 0, 0]
    assert sheet["B3"].value == 0
    assert [economic[f"C{row}"].value for row in (3, 4, 5)] == [1580000.75, 1580000.75, 0]
    assert economic["B7"].value == "基本工资"
