"""The program from an archive, its libraries without their source: nothing of it needs to be a file that can be read."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
import zipapp
from pathlib import Path

import jinja2
import pytest

pytestmark = pytest.mark.outside

ROOT = Path(__file__).parent.parent
UNIT = ROOT / "examples" / "municipal-government-office" / "unit.yaml"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`budgetgen.pyz`, with a Jinja inside that has no source, and no file of the checkout to fall back on."""
    folder = tmp_path_factory.mktemp("archive")
    inside = folder / "inside"
    shutil.copytree(ROOT / "budgetgen", inside / "budgetgen", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("templates", "config"):
        shutil.copytree(ROOT / name, inside / "budgetgen" / "_data" / name)
    shutil.copytree(Path(jinja2.__file__).parent, inside / "jinja2", ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("budgetgen", "jinja2"):
        compileall.compile_dir(inside / part, quiet=2, legacy=True)
    for source in (inside / "jinja2").rglob("*.py"):
        source.unlink()
    zipapp.create_archive(inside, folder / "budgetgen.pyz", main="budgetgen.cli:main")
    return folder / "budgetgen.pyz"


def run(archive: Path, folder: Path, cache: str, *line: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "BUDGETGEN_TEMPLATES")}
    environment |= {"BUDGETGEN_CACHE": cache, "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, archive, *line], cwd=folder, capture_output=True, text=True,
                          encoding="utf-8", env=environment, check=False, timeout=60)  # fmt: skip


def test_what_was_unpacked_and_compiled_is_kept(archive: Path, tmp_path: Path) -> None:
    shutil.copy(UNIT, tmp_path / "unit.yaml")
    ran = run(archive, tmp_path, str(tmp_path / "kept"), "check", "unit.yaml", "--format", "html")
    assert "检查报告" in ran.stdout, ran.stderr
    (unpacked,) = (tmp_path / "kept" / "unpacked").iterdir()
    assert sorted(p.name for p in unpacked.iterdir()) == ["config", "templates"]
    assert any(p.name.startswith("jinja-") and any(p.iterdir()) for p in (tmp_path / "kept").iterdir())


def test_where_nothing_may_be_kept_nothing_is_left(archive: Path, tmp_path: Path, monkeypatch) -> None:
    shutil.copy(UNIT, tmp_path / "unit.yaml")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    ran = run(archive, tmp_path, "-", "check", "unit.yaml")
    assert ran.returncode in (0, 1), ran.stderr
    assert "Traceback" not in ran.stderr
    assert not list((tmp_path / "tmp").iterdir())
