"""`benchmarks/generate.py`: its units are valid, of all kinds, and the same for the same seed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from budgetgen.issues import Level
from budgetgen.pipeline import build
from budgetgen.reading import load

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def generate(out: Path, *arguments: str, hash_seed: str = "0") -> dict[str, bytes]:
    """What the script writes: relative path → bytes."""
    command = [sys.executable, str(BENCHMARKS / "generate.py"), *arguments, "-o", str(out)]
    roots = os.pathsep.join(p for p in (str(BENCHMARKS.parent), os.environ.get("PYTHONPATH", "")) if p)
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": roots}
    ran = subprocess.run(command, check=False, env=environment, capture_output=True, timeout=120)
    assert ran.returncode == 0, ran.stderr.decode(errors="replace")
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    out = tmp_path_factory.mktemp("units")
    generate(out, "24", "--seed", "8", "--forms", "5")
    return sorted(p for p in out.rglob("*") if p.is_file())


@pytest.fixture
def invented(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield
    for name in [m for m in sys.modules if m.partition(".")[0] == "invented"]:
        del sys.modules[name]


def test_every_unit_is_written_as_a_final_packet_without_warnings(units: list[Path], tmp_path: Path) -> None:
    for path in units[::6]:
        built = build(path, tmp_path)
        assert [str(i) for i in built.issues if i.level > Level.NOTE] == []
        assert len(built.files) == 2
        assert not built.draft


def test_they_are_of_all_kinds(units: list[Path]) -> None:
    loaded = [load(p).accounts for p in units]
    assert {a.profile for a in loaded} == {"standard", "zhuzhou", "tianyuan", "zhuzhou-approval"}
    assert {a.money_unit for a in loaded} == {"元", "万元"}
    assert {a.unit.kind for a in loaded} == {"部门", "单位"}
    assert {line.fund for a in loaded for line in a.lines} == {
        "一般公共预算",
        "政府性基金",
        "国有资本经营",
        "非财政拨款",
    }
    assert {p.suffix for p in units} == {".yaml", ".xlsx"}
    assert min(len(a.lines) for a in loaded) < 10
    assert max(len(a.lines) for a in loaded) > 60


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    first = generate(tmp_path / "a", "6", "--seed", "3", hash_seed="1")
    assert generate(tmp_path / "b", "6", "--seed", "3", hash_seed="2") == first
    assert generate(tmp_path / "c", "2", "--seed", "3").items() < first.items()
    assert not set(generate(tmp_path / "d", "6", "--seed", "4").values()) & set(first.values())


@pytest.mark.usefixtures("invented")
def test_chance_is_the_same_everywhere() -> None:
    from invented.draw import Draw, beside, moved, printed
    from invented.writing import amount

    draw = Draw(1, "示例")
    assert [draw.below(1000) for _ in range(6)] == [564, 106, 289, 946, 159, 364]
    assert draw.some("甲乙丙丁", 9) == ["甲", "乙", "丙", "丁"]
    assert sum(draw.split(12345, 7)) == 12345
    assert [printed(c) for c in (4999, 5000, 14999)] == [0, 1, 1]
    assert (beside(4999, 5000), moved(5000, 4999)) == (-1, 0)
    assert [amount(c, u) for c, u in ((-150, "元"), (10000, "万元"), (100, "元"))] == ["-1.5", "0.01", "1"]
