"""Nine tables built, read back and built again are the same nine tables."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from packets import INPUTS, PROFILES, accounts, built, cells, packet


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("unit", INPUTS)
def test_tables_read_from_the_workbook_give_the_same_tables_cell_by_cell(
    unit: str, profile: str, tmp_path: Path
) -> None:
    first = packet(unit, profile).workbook.data
    (tmp_path / "表.xlsx").write_bytes(first)
    again = built(accounts(tmp_path / "表.xlsx"), profile).workbook.data
    assert cells(again) == cells(first)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("unit", INPUTS)
def test_tables_read_from_the_document_give_the_same_tables_as_printed(unit: str, profile: str, tmp_path: Path) -> None:
    first = packet(unit, profile)
    (tmp_path / "公开.docx").write_bytes(first.document.data)
    before, after = cells(first.workbook.data), cells(built(accounts(tmp_path / "公开.docx"), profile).workbook.data)
    assert before.keys() == after.keys()
    differing = {k: (before[k], after[k]) for k in before if printed(before[k]) != printed(after[k])}
    assert differing == {}


def printed(value: object) -> object:
    """A cell as it is printed: amounts with two decimals, half up."""
    if not isinstance(value, (int, float)):
        return value
    return Decimal(format(value, ".15g")).quantize(Decimal("0.01"), ROUND_HALF_UP)
