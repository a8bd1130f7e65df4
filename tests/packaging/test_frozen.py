"""The program without an installation: as PyInstaller's folder and as one archive that Python runs."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipapp
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from budgetgen.pipeline import build

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "tianyuan-party-office" / "unit.yaml"

pytestmark = pytest.mark.outside


def run(*command: str | Path, at: Path, imports: Path | None = None) -> str:
    done = subprocess.run(
        [str(c) for c in command], cwd=at, capture_output=True, encoding="utf-8", timeout=600, check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(at), "PYTHONUTF8": "1"}
        | ({"PYTHONPATH": str(imports)} if imports else {}),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def parts(folder: Path) -> dict[str, dict[str, bytes]]:
    """Each file of a packet, part by part."""
    found = {}
    for path in sorted(folder.iterdir()):
        with zipfile.ZipFile(path) as package:
            found[path.name] = {name: package.read(name) for name in package.namelist()}
    return found


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as a wheel holds it, with its templates; `main.py` starts it."""
    place = tmp_path_factory.mktemp("program")
    shutil.copytree(ROOT / "budgetgen", place / "budgetgen", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("templates", "config"):
        shutil.copytree(ROOT / name, place / "budgetgen" / "_data" / name)
    (place / "main.py").write_text("from budgetgen.cli import main\n\nmain()\n", encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    return parts(build(EXAMPLE, tmp_path_factory.mktemp("expected")).files[0].parent)


def test_a_folder_by_pyinstaller(program: Path, expected: dict[str, dict[str, bytes]], tmp_path: Path) -> None:
    if not find_spec("PyInstaller"):
        pytest.skip("PyInstaller is not installed")
    run(
        sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", "--onedir", "--name", "budgetgen",
        "--paths", program, "--collect-all", "budgetgen", program / "main.py", at=tmp_path, imports=program,
    )  # fmt: skip
    shutil.copy(EXAMPLE, tmp_path / "unit.yaml")
    run(tmp_path / "dist" / "budgetgen" / "budgetgen", "build", "unit.yaml", "-o", "out", at=tmp_path)
    assert parts(tmp_path / "out") == expected


def test_one_archive(program: Path, expected: dict[str, dict[str, bytes]], tmp_path: Path) -> None:
    """The libraries that are compiled can't be in an archive, and stay where they are installed."""
    zipapp.create_archive(program, tmp_path / "budgetgen.pyz", main="budgetgen.cli:main")
    shutil.copy(EXAMPLE, tmp_path / "unit.yaml")
    run(sys.executable, "-P", "budgetgen.pyz", "build", "unit.yaml", "-o", "out", at=tmp_path)
    assert parts(tmp_path / "out") == expected
