"""The example of an audit: three errors that were planted are found at their words, each once."""

from __future__ import annotations

import runpy
from pathlib import Path

from budgetgen.audit import audit_file
from budgetgen.pipeline import build

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "examples" / "audit-three-errors"


def test_the_three_errors_are_found(tmp_path: Path) -> None:
    build(ROOT / "examples" / "tianyuan-party-office" / "unit.yaml", tmp_path)
    source = next(p for p in tmp_path.glob("*决算公开.docx"))
    target = tmp_path / f"有错的-{source.name}"
    runpy.run_path(str(EXAMPLE / "plant.py"))["plant"](source, target)
    found = {f["rule"]: (f["stated"], f["expected"]) for f in audit_file(target) if f["level"] == "错误"}
    assert found == {
        "AUDIT-004": ("39.49", "93.49（公开02 2013102 一般行政管理事务 合计）"),
        "AUDIT-013": ("57.1", "75.07%（631.11/840.70）"),
        "AUDIT-014": ("大于", "小于（145.09<147.2）"),
    }
    told = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert all(rule in told for rule in found)
