"""Units for tests of checks: the one that has everything, with parts of its text replaced."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from budgetgen.packet.unprinted import UNPRINTED
from budgetgen.pipeline import Examined, examine

BASE = (Path(__file__).parents[1] / "cases" / "everything.yaml").read_text(encoding="utf-8")
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/unit.yaml"))


def written(path: Path, *changes: tuple[str, str]) -> Path:
    """A file with the unit's text, each `old` replaced by `new`."""
    text = BASE
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def examined(folder: Path, *changes: tuple[str, str], **options: object) -> Examined:
    """What is found in the unit so changed, but that it fills in what its 版式 does not print: it fills in everything."""
    seen = examine(written(folder / "unit.yaml", *changes), **options)  # type: ignore[arg-type]
    return replace(seen, issues=tuple(i for i in seen.issues if i.rule != UNPRINTED))
