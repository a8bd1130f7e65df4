"""The published budgets and 采购意向 that were typed as text, as documents of Word: a line with tabs is a table's row."""

from __future__ import annotations

import re
from pathlib import Path

import docx

from tests.shared import SHARED

FOLDER = SHARED / "kinds" / "samples" / "budget" if SHARED else None
NAMES = ("cz25", "bg25", "bg25u", "sw25", "wl24", "wl25", "fl24", "sq26", "sf26")
_WHOSE = re.compile(r"编制(?:部门|单位)：")


def document(name: str, folder: Path) -> Path:
    """One of the budgets as a document in `folder`."""
    assert FOLDER is not None
    return _typed((FOLDER / f"{name}.txt").read_text(encoding="utf-8"), folder / f"{name}.docx")


def intent(number: int, folder: Path) -> tuple[Path, list[list[str]]]:
    """One of the nine 采购意向 as a document in `folder`, and its table's rows; the heading that numbers it is its title."""
    assert FOLDER is not None
    notices = (FOLDER.parent / "intent" / "notices.txt").read_text(encoding="utf-8")
    text = re.split(r"(?m)^# \d\. ", notices)[number]
    return _typed(text, folder / f"{number}.docx"), [r.split("\t") for r in text.splitlines() if "\t" in r]


def _typed(text: str, file: Path) -> Path:
    made = docx.Document()
    page = made.sections[0]
    page.page_width, page.page_height = page.page_height, page.page_width
    rows: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        if "\t" in line and not _WHOSE.match(line):
            rows.append(line.split("\t"))
            continue
        if rows:
            _add_table(made, rows)
            rows = []
        if line.strip():
            made.add_paragraph(line.replace("\t", "    "))
    made.save(str(file))
    return file


def _add_table(made: object, rows: list[list[str]]) -> None:
    width = max(map(len, rows))
    table = made.add_table(len(rows), width, "Table Grid")
    cells = table._cells
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            if text:
                cells[r * width + c].text = text
