"""The published budgets that were typed as text, as documents of Word: a line with tabs is a table's row."""

from __future__ import annotations

import re
from pathlib import Path

import docx

from tests.shared import SHARED

FOLDER = SHARED / "kinds" / "samples" / "budget" if SHARED else None
NAMES = ("cz25", "bg25", "bg25u", "sw25", "wl24", "wl25", "fl24", "sq26", "sf26")
_WHOSE = re.compile(r"编制(?:部门|单位)：")


def document(name: str, folder: Path) -> Path:
    """One of them as a document in `folder`."""
    assert FOLDER is not None
    made = docx.Document()
    rows: list[list[str]] = []
    for line in [*(FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines(), ""]:
        if "\t" in line and not _WHOSE.match(line):
            rows.append(line.split("\t"))
            continue
        if rows:
            _add_table(made, rows)
            rows = []
        if line.strip():
            made.add_paragraph(line.replace("\t", "    "))
    made.save(str(folder / f"{name}.docx"))
    return folder / f"{name}.docx"


def _add_table(made: object, rows: list[list[str]]) -> None:
    width = max(map(len, rows))
    cells = made.add_table(len(rows), width)._cells
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            if text:
                cells[r * width + c].text = text
