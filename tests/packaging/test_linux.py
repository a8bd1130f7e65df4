"""The offline folders for Linux: the one of this machine builds a packet without network, pip or venv; each holds every wheel.

`python packaging/linux.py x86_64` and `… aarch64` make them in dist/, or in a folder that `BUDGETGEN_DIST` then names.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from budgetgen.pipeline import build

ROOT = Path(__file__).parents[2]
DIST = Path(os.environ.get("BUDGETGEN_DIST", ROOT / "dist"))
EXAMPLE = ROOT / "examples" / "tianyuan-party-office" / "unit.yaml"
PYTHONS = ["cp311", "cp312", "cp313", "cp314"]

pytestmark = pytest.mark.outside


def archive(machine: str) -> Path:
    path = DIST / f"budgetgen-linux-{machine}.tar.gz"
    if not path.is_file():
        pytest.skip(f"packaging/linux.py {machine} was not run")
    return path


def parts(folder: Path) -> dict[str, dict[str, bytes]]:
    """Each file of a packet, part by part."""
    found = {}
    for path in sorted(folder.iterdir()):
        with zipfile.ZipFile(path) as package:
            found[path.name] = {name: package.read(name) for name in package.namelist()}
    return found


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_each_library_has_a_wheel_for_every_python(machine: str) -> None:
    with tarfile.open(archive(machine)) as packed:
        wheels = [m.name.rpartition("/")[2] for m in packed if m.name.endswith(".whl")]
    versions: dict[str, list[str]] = {}
    for wheel in wheels:
        name, _, python, _, target = wheel.removesuffix(".whl").split("-")
        assert target == "any" or all(re.search(rf"manylinux.*_{machine}$", t) for t in target.split(".")), wheel
        versions.setdefault(name, []).append(python)
    assert {"budgetgen", "lxml", "jinja2", "openpyxl", "pyyaml"} <= set(versions)
    for name, pythons in versions.items():
        assert "py3" in pythons[0] or sorted(pythons) == PYTHONS, (name, pythons)


@pytest.mark.skipif(sys.platform != "linux", reason="runs the folder for Linux")
def test_it_runs_without_network_and_without_installing(tmp_path: Path) -> None:
    with tarfile.open(archive(platform.machine())) as packed:
        packed.extractall(tmp_path, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (folder,) = tmp_path.iterdir()
    alone = ["unshare", "--net", "--map-root-user"]
    if not shutil.which("unshare") or subprocess.run([*alone, "true"], check=False, capture_output=True).returncode:
        alone = []  # where a network can't be taken away, none is asked for: pip is never called
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "BUDGETGEN_PYTHON": sys.executable}

    def run(*arguments: str) -> str:
        command = [*alone, str(folder / "budgetgen"), *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "已写出" in run()
    assert (tmp_path / "填报表.xlsx").is_file()
    shutil.copy(EXAMPLE, tmp_path / "unit.yaml")
    assert "完成" in run("unit.yaml")
    (made,) = tmp_path.glob("*-2024")
    expected = build(EXAMPLE, tmp_path / "here").files[0].parent
    assert parts(made) == parts(expected)
    assert "共 1 个单位，成品 1" in run("batch", "unit.yaml", "-o", "out")
    assert len(list(folder.glob("site-*"))) == 1
