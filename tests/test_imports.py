"""Imports run one way, outside libraries stay behind their fences, and a name leads to one file."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "budgetgen"
LAYERS = (
    {"records"},
    {"money", "issues", "resources"},
    {"office"},
    {"classification"},
    {"model"},
    {"figures"},
    {"input", "compute", "consolidate", "expression"},
    {"form", "published"},
    {"layout", "template"},
    {"verify"},
    {"check", "packet"},
    {"inversion"},
    {"reading"},
    {"carry"},
    {"pipeline"},
    {"convert", "reference"},
    {"explain", "preview", "audit"},
    {"batch", "working_papers"},
    {"compare"},
    {"web"},
    {"cli"},
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
FENCES = {
    "openpyxl": {"form", "office", "template", "batch.results", "batch.audit_tables", "verify.independent"},
    "docx": {"template", "verify.independent"},
    "jinja2": {"expression", "template", "packet.narratives", "packet.profile_check", "packet.literals"},
    "typer": {"cli"},
    "pebble": {"batch.workers"},
    "distributed": {"batch.cluster"},
    "starlette": {"web.server"},
    "uvicorn": {"web.server"},
    "pdfplumber": {"published.pdf_pages", "published.pdf_layout"},
    "pdfminer": {"published.pdf_pages"},
    "pypdf": {"audit.pdf_highlights"},
    "yaml": {"input", "layout", "audit.grammar", "inversion", "web.yaml_edit"},
    "lxml": {
        "audit.docx_comments",
        "audit.form_notes",
        "audit.xlsx_notes",
        "office",
        "form",
        "published",
        "template",
        "packet",
        "verify",
        "preview",
        "web",
    },
}
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if p.name != "__main__.py" and p != PACKAGE / "__init__.py")


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path) -> tuple[ast.Import | ast.ImportFrom, ...]:
    return tuple(n for n in ast.walk(parsed(path)) if isinstance(n, ast.Import | ast.ImportFrom))


def imported(path: Path) -> Iterator[str]:
    for node in imports(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
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


# ------------------------------------------------------------------------------------------- files one finds again

AT_MOST = 142
"""Files, those of the rooms that were added to the design's first ones aside: more would be shards again."""
LATER = ("audit", "web", "budget", "charts", "carry", "inversion", "working_papers", "literal", "explain")
"""These rooms, and what other rooms do for them: batch/audits, cli/audit; the figures of budgets, and what they tell 决算; charts in files; numbers that are typed, and where they come from."""


def classes(path: Path) -> Iterator[str]:
    return (node.name for node in parsed(path).body if isinstance(node, ast.ClassDef))


def imported_files(path: Path, files: Collection[str]) -> Iterator[str]:
    """Files of ours that a file imports, anywhere in it; `from a import b` is b's file where b is one, else a's."""
    for node in imports(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in files)
        elif node.module:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from {name if name in files else node.module for name in names}.intersection(files)


def test_the_house_has_no_shards() -> None:
    first = (p for p in PACKAGE.rglob("*.py") if p.relative_to(PACKAGE).parts[0] not in LATER)
    files = [p for p in first if not p.stem.startswith(LATER)]
    assert len(files) <= AT_MOST


def test_no_file_name_stands_twice() -> None:
    names = Counter(p.name for p in PACKAGE.rglob("*.py") if p.name != "__init__.py")
    assert [name for name, times in names.items() if times > 1] == []


def test_no_class_name_stands_twice_in_a_room() -> None:
    names = Counter((dotted(p).partition(".")[0], name) for p in MODULES for name in classes(p))
    assert [name for name, times in names.items() if times > 1] == []


def test_no_two_files_import_each_other() -> None:
    files = {f"budgetgen.{dotted(p)}": p for p in MODULES}
    links = {name: {target for target in imported_files(p, files) if target != name} for name, p in files.items()}
    assert [(a, b) for a, targets in links.items() for b in targets if a < b and a in links[b]] == []
