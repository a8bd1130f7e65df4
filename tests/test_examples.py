"""The examples: each builds, and its 绩效自评 says what was published, put right where errata.tsv has it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import docx
import pytest
from openpyxl import load_workbook

from budgetgen.pipeline import build

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted(path.parent for path in ROOT.glob("examples/*/unit.yaml"))
WHOLE = {"公开表.xlsx", "决算公开.docx", "绩效自评表.xlsx"}
FILES = {
    "invented-water-bureau": WHOLE - {"绩效自评表.xlsx"},
    "performance-2020": {"绩效自评.docx", "绩效自评表.xlsx"},
    "science-museum-intent": {"采购意向.docx", "采购意向表.xlsx"},
    "shiquan-street-budget": {"预算公开.docx", "预算表.xlsx"},
    "wanli-street-budget": {"预算公开.docx", "预算表.xlsx"},
}
"""What is built of the examples that are no 决算公开, or have no 绩效自评."""
ALONE = "performance-2020"
"""The example that is 绩效自评 and nothing else."""
TABLES = {
    "municipal-government-office": 4,
    "performance-2020": 1,
    "policy-research-office": 2,
    "tianyuan-party-office": 15,
}
"""How many tables of 绩效自评 each has."""
ROW = "附件:"
_NUMBER = re.compile(r"-?\d+(\.\d+)?%?")


def errata(folder: Path) -> list[list[str]]:
    """What was published wrong; an invented unit published nothing."""
    kept = folder / "errata.tsv"
    lines = kept.read_text(encoding="utf-8").splitlines() if kept.exists() else []
    return [line.split("\t") for line in lines if not line.startswith("#")]


def told(cells: Iterable[str]) -> list[Decimal | str]:
    """A row as its labels and numbers; blanks and zeros say nothing."""
    found: list[Decimal | str] = []
    for cell in cells:
        text = re.sub(r"\s", "", unicodedata.normalize("NFKC", cell)).replace("、", ",").replace("。", ".")
        text = text.replace("“", '"').replace("”", '"')
        plain = text.replace(",", "")
        if _NUMBER.fullmatch(plain):
            found += [n] if (n := Decimal(plain.rstrip("%"))) else []
        elif text:
            found.append(text)
    return found


def stands_in(row: list[Decimal | str], rows: list[list[Decimal | str]]) -> bool:
    def follows(other: list[Decimal | str]) -> bool:
        rest = iter(other)
        return all(
            any(t == r or (isinstance(t, str) and isinstance(r, str) and r.startswith(t)) for r in rest) for t in row
        )

    return any(follows(other) for other in rows)


@pytest.fixture(scope="module", params=EXAMPLES, ids=lambda p: p.name)
def example(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture(scope="module")
def files(example: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    built = build(example / "unit.yaml", tmp_path_factory.mktemp(example.name))
    return {file.name.partition("年度")[2]: file for file in built.files}


def test_each_builds_what_its_readme_tells(example: Path, files: dict[str, Path]) -> None:
    assert set(files) == FILES.get(example.name, WHOLE)
    readme = (example / "README.md").read_text(encoding="utf-8")
    only = " --kind 绩效自评" if example.name == ALONE else ""
    assert f"budgetgen build examples/{example.name}/unit.yaml{only}\n" in readme
    assert all(f"`{file.name}`" in readme for file in example.iterdir() if file.is_file() and file.name != "README.md")


def test_what_errata_put_right_stands_in_the_tables(example: Path, files: dict[str, Path]) -> None:
    (document,) = (docx.Document(str(f)) for name, f in files.items() if name.endswith(".docx"))
    rows = [told(cell.text for cell in row.cells) for table in document.tables for row in table.rows]
    mended = [right for wrong, right, _ in errata(example) if wrong.startswith(ROW) and right != "-"]
    assert mended or example.name not in TABLES
    for row in mended:
        assert stands_in(told(row.removeprefix(ROW).split("|")), rows), row


def test_every_mistake_has_its_reason(example: Path) -> None:
    for line in errata(example):
        assert len(line) == 3, line
        assert line[2].strip(), line
        assert line[0] != line[1], line


def test_each_has_its_tables(example: Path, files: dict[str, Path]) -> None:
    books = [load_workbook(file) for name, file in files.items() if name == "绩效自评表.xlsx"]
    assert [len(book.sheetnames) for book in books] == [TABLES[n] for n in (example.name,) if n in TABLES]
