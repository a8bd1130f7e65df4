"""Nine tables built, read back and built again are the same nine tables."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from read_back import INPUTS, PROFILES, accounts, built, cells, each_once, packet

from budgetgen.check import check
from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.issues import Level


@pytest.mark.parametrize(("unit", "profile"), each_once(INPUTS, PROFILES))
def test_tables_read_from_the_workbook_give_the_same_tables_cell_by_cell(
    unit: str, profile: str, tmp_path: Path
) -> None:
    first = packet(unit, profile).workbook.data
    (tmp_path / "表.xlsx").write_bytes(first)
    again = built(accounts(tmp_path / "表.xlsx", profile), profile).workbook.data
    assert cells(again) == cells(first)


@pytest.mark.parametrize(("unit", "profile"), each_once(INPUTS, PROFILES))
def test_tables_read_from_the_document_give_the_same_tables_as_printed(unit: str, profile: str, tmp_path: Path) -> None:
    first = packet(unit, profile)
    (tmp_path / "公开.docx").write_bytes(first.document.data)
    before, after = (
        cells(first.workbook.data),
        cells(built(accounts(tmp_path / "公开.docx", profile), profile).workbook.data),
    )
    assert before.keys() == after.keys()
    differing = {k: (before[k], after[k]) for k in before if printed(before[k]) != printed(after[k])}
    assert differing == {}


def printed(value: object) -> object:
    """A cell as it is printed: amounts with two decimals, half up."""
    if not isinstance(value, (int, float)):
        return value
    return Decimal(format(value, ".15g")).quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize("unit", ["区委办", "市政府办"])
def test_every_difference_of_a_document_is_named_and_is_only_rounding(unit: str, tmp_path: Path) -> None:
    (tmp_path / "公开.docx").write_bytes(packet(unit, "standard").document.data)
    loaded = accounts(tmp_path / "公开.docx")
    told = check(loaded, compute(loaded.accounts, read_classification(2024)))
    named = {i.path: i for i in told if i.rule == "WITHIN-001"}
    assert named.keys() == {f"数字核定[{name}]" for name in loaded.accounts.stated}
    assert all(i.level is Level.NOTE and "只是尾差" in i.cause and i.place for i in named.values())
