"""Departments of invented units: each amount of the nine tables is what the generator adds up itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from table_amounts import amounts

from budgetgen.issues import Level
from budgetgen.pipeline import Built, build
from budgetgen.reading import load

ROOT = Path(__file__).parents[2]
GENERATE = ROOT / "benchmarks" / "generate.py"
EXAMPLE = ROOT / "examples" / "invented-department" / "部门.yaml"


def generated(out: Path, *arguments: str) -> list[Path]:
    command = [sys.executable, str(GENERATE), "0", *arguments, "-o", str(out)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return sorted(out.glob("D*/部门.yaml"))


def wrong(built: Built) -> list[str]:
    """What is told but that two years are alike, which the generator means."""
    return [str(i) for i in built.issues if i.level > Level.NOTE and i.rule != "YEAR-013"]


@pytest.fixture(scope="module")
def standard(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    out = tmp_path_factory.mktemp("departments")
    return generated(out, "--departments", "3", "--seed", "4", "--profile", "standard")


def test_every_amount_is_the_generators_own(standard: list[Path], tmp_path: Path) -> None:
    for path in standard:
        built = build(path, tmp_path)
        assert wrong(built) == []
        assert not built.draft
        expected = json.loads(path.with_name("expected.json").read_text(encoding="utf-8"))
        assert amounts(built.files[0], 2024) == expected


def test_there_are_payments_and_departments_in_departments(standard: list[Path]) -> None:
    units = [load(p).accounts for path in standard for p in path.parent.rglob("*.yaml")]
    assert {p.kind for u in units for p in u.internal_payments} == {
        "上级补助", "对附属单位补助", "附属单位上缴", "上缴上级",
    }  # fmt: skip
    assert len([u for u in units if u.unit.names_inputs]) > len(standard)


def test_departments_of_every_layout_pass_all_checks(tmp_path: Path) -> None:
    for path in generated(tmp_path, "--departments", "2", "--seed", "6"):
        built = build(path, tmp_path / "out")
        assert wrong(built) == []
        assert built.files
        assert not built.draft


def test_the_example_is_final_and_its_payments_are_gone(tmp_path: Path) -> None:
    built = build(EXAMPLE, tmp_path)
    assert wrong(built) == []
    assert not built.draft
    tables = amounts(built.files[0], 2024)
    # 收入: 财政拨款 719.15 万元 of one fund, 事业 15, 其他 8 + 1.50; the 6 of 上级补助 are taken out.
    assert tables["公开01"]["收入"] == [719_149_955, 0, 0, 0, 15_000_000, 0, 0, 9_500_000]
    assert tables["公开03"]["合计"] == [732_149_955, 479_149_955, 253_000_000, 0, 0, 0]


def test_each_unit_of_the_example_stands_alone(tmp_path: Path) -> None:
    for path in [p for p in EXAMPLE.parent.rglob("*.yaml") if p != EXAMPLE]:
        built = build(path, tmp_path)
        assert wrong(built) == []
        assert not built.draft
