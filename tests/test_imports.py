"""Imports run one way, and outside libraries stay behind their fences."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "budgetgen"
LAYERS = (
    {"money", "issues", "resources"},
    {"office"},
    {"classification"},
    {"model"},
    {"figures"},
    {"input", "compute", "consolidate", "expression"},
    {"form", "published"},
    {"layout", "template"},
    {"verify"},
    {"check", "packet", "reading"},
    {"pipeline", "convert", "reference"},
    {"explain", "preview"},
    {"batch"},
    {"cli"},
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
FENCES = {
    "openpyxl": {"form", "office", "template", "batch.results", "verify.independent"},
    "docx": {"template", "verify.independent"},
    "jinja2": {"expression", "template", "packet.narratives", "packet.profile_check"},
    "click": {"cli"},
    "pebble": {"batch.workers"},
    "distributed": {"batch.cluster"},
    "yaml": {"input", "layout"},
    "lxml": {"office", "form", "published", "template", "packet", "verify", "preview"},
}
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if p.name != "__main__.py" and p != PACKAGE / "__init__.py")


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_point_down(path: Path) -> None:
    room = dotted(path).partition(".")[0]
    for name in imported(path):
        if not name.startswith("budgetgen."):
            continue
        other = name.split(".")[1]
        assert other == room or RANK[other] < RANK[room], f"{dotted(path)} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_outside_libraries_stay_behind_their_fences(path: Path) -> None:
    here = dotted(path)
    for name in imported(path):
        allowed = FENCES.get(name.partition(".")[0])
        assert allowed is None or any(here == a or here.startswith(f"{a}.") for a in allowed), f"{here} imports {name}"


def test_every_room_has_its_layer() -> None:
    assert {dotted(p).partition(".")[0] for p in MODULES} <= set(RANK)
