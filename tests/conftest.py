"""What several tests use: the example, built once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from budgetgen.pipeline import Built, build

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "tianyuan-party-office" / "unit.yaml"


@pytest.fixture(scope="session")
def example() -> Path:
    """The example's input."""
    return EXAMPLE


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The example's packet, written to a folder of its own."""
    result = build(EXAMPLE, tmp_path_factory.mktemp("packet"))
    assert result.files, [str(i) for i in result.issues]
    return result


@pytest.fixture(scope="session")
def soffice() -> str:
    """LibreOffice, or a skip where there is none."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if not program:
        pytest.skip("LibreOffice (soffice) is not installed")
    return program
