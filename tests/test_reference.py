"""The generated files are those that the declarations, names and rules make today."""

from __future__ import annotations

from pathlib import Path

import pytest

from budgetgen.reference import GENERATED, write_all

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", GENERATED)
def test_every_generated_file_is_current(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == GENERATED[name](), "run: python -m budgetgen.reference"


def test_what_is_stale_is_written_and_told(tmp_path: Path) -> None:
    assert write_all(tmp_path) == [tmp_path / name for name in GENERATED]
    stale = tmp_path / "docs" / "填报指南.md"
    stale.write_text("旧的", encoding="utf-8")
    assert write_all(tmp_path) == [stale]
    assert write_all(tmp_path) == []
