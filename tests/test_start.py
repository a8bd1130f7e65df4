"""What a command imports: nothing that it does not use. No clock is asked; benchmarks/start.py does that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from budgetgen.convert import convert

ROOT = Path(__file__).parent.parent
EVERYTHING = ROOT / "tests" / "cases" / "everything.yaml"
RUN = (
    "import sys; from budgetgen.cli import main\ntry: main()\nfinally: print('\\n'.join(sys.modules), file=sys.stderr)"
)

HEAVY = {
    "openpyxl",
    "docx",
    "pydantic",
    "rich",
    "pygments",
    "asyncio",
    "multiprocessing",
    "unittest",
    "xml.dom",
}
SELDOM = {
    "budgetgen.explain",
    "budgetgen.consolidate",
    "budgetgen.convert",
    "budgetgen.published",
    "budgetgen.input.roll",
    "budgetgen.input.yaml_writer",
    "budgetgen.office.libreoffice",
    "budgetgen.preview",
    "budgetgen.packet.profile_check",
    "budgetgen.template.language.lint",
    "budgetgen.verify.changes",
    "budgetgen.verify.independent",
    "budgetgen.web",
}
FORM = {"budgetgen.office.workbook_reader", "budgetgen.form.form_reader"}
WORK = {"jinja2", "yaml", "lxml", "budgetgen.pipeline", "budgetgen.check", "budgetgen.input", "budgetgen.model"}


def imported(folder: Path, *line: str | Path) -> set[str]:
    """The modules that are loaded when `budgetgen …` has done its work."""
    ran = subprocess.run(
        [sys.executable, "-c", RUN, *map(str, line)], cwd=folder, capture_output=True, check=False, timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr.decode("utf-8")
    return set(ran.stderr.decode("utf-8").split())


@pytest.mark.parametrize("line", [["build", "{unit}", "-o", "包"], ["check", "{unit}"]], ids=lambda line: line[0])
def test_a_run_on_yaml(tmp_path: Path, line: list[str]) -> None:
    found = imported(tmp_path, *(word.format(unit=EVERYTHING) for word in line))
    assert "budgetgen.packet.render" in found
    assert not found & (HEAVY | SELDOM | FORM)
    assert not found & {f"budgetgen.cli.{name}" for name in ("batch", "template")}


def test_a_run_on_a_form_needs_no_openpyxl(tmp_path: Path) -> None:
    convert(EVERYTHING, tmp_path / "填报表.xlsx")
    found = imported(tmp_path, "check", "填报表.xlsx")
    assert found >= FORM
    assert not found & (HEAVY | SELDOM)


def test_help_loads_no_work(tmp_path: Path) -> None:
    for line in (["--help"], ["build", "--help"], ["template", "--help"], ["--version"]):
        found = imported(tmp_path, *line)
        assert not found & (HEAVY | SELDOM | FORM | WORK), line


def test_listing_layouts_compiles_none(tmp_path: Path) -> None:
    found = imported(tmp_path, "template", "list")
    assert not found & (HEAVY | SELDOM | FORM | {"jinja2", "lxml", "budgetgen.packet.render", "budgetgen.check"})
