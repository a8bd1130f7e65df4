"""Messages written into the form: at their cells, once however often, and nothing of a person's is touched."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from books import changed
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from test_form_libreoffice import resaved

from budgetgen.audit.form_notes import MARK, annotated_form
from budgetgen.pipeline import Examined, examine

PERSON, BLUE = "问过老王", "FF0070C0"


def filled_by_a_person(book: openpyxl.Workbook) -> None:
    sheet = book["单位"]
    sheet["D9"].value = ""
    sheet["D9"].comment = Comment(PERSON, "老李")
    sheet["D9"].fill = PatternFill("solid", start_color=BLUE)


@pytest.fixture(scope="module")
def form() -> bytes:
    return changed(filled_by_a_person)


@pytest.fixture(scope="module")
def seen(form: bytes, tmp_path_factory: pytest.TempPathFactory) -> Examined:
    path = tmp_path_factory.mktemp("form") / "填报表.xlsx"
    path.write_bytes(form)
    return examine(path)


def notes(data: bytes) -> Mapping[str, str]:
    book = openpyxl.load_workbook(BytesIO(data))
    cells = (c for sheet in book for row in sheet.iter_rows() for c in row if c.comment)
    return {f"{c.parent.title}!{c.coordinate}": c.comment.text for c in cells}


def coloured(data: bytes, sheet: str) -> set[str]:
    book = openpyxl.load_workbook(BytesIO(data))
    return {
        cell
        for area in book[sheet].conditional_formatting
        if any("budgetgen检查" in str(f) for rule in area.rules for f in rule.formula)
        for cell in str(area.sqref).split()
    }


def test_each_message_stands_at_its_cell(form: bytes, seen: Examined) -> None:
    data, count = annotated_form(form, seen.issues, seen.to_fill)
    said = {cell: text for cell, text in notes(data).items() if MARK in text}
    assert {f"{i.sheet}!{i.cell}" for i in seen.to_fill} <= set(said)
    assert count == len(said)
    assert said["单位!D9"].startswith(f"{PERSON}\n{MARK}还要填：单位·名称。")
    assert {"D9", "D16"} <= coloured(data, "单位")


def test_a_second_time_it_is_the_same_and_ours_go_without_a_trace(form: bytes, seen: Examined) -> None:
    once, _ = annotated_form(form, seen.issues, seen.to_fill)
    twice, _ = annotated_form(once, seen.issues, seen.to_fill)
    cleared, count = annotated_form(twice, (), ())
    assert notes(twice) == notes(once)
    assert (count, notes(cleared), coloured(cleared, "单位")) == (0, notes(form), set())
    cell = openpyxl.load_workbook(BytesIO(cleared))["单位"]["D9"]
    assert (cell.comment.text, cell.fill.start_color.rgb) == (PERSON, BLUE)


@pytest.mark.outside
def test_libreoffice_shows_them_and_what_it_saves_is_cleared_again(
    form: bytes, seen: Examined, soffice: str, tmp_path: Path
) -> None:
    data, _ = annotated_form(form, seen.issues, seen.to_fill)
    saved = resaved(soffice, tmp_path, data)
    assert {cell for cell, text in notes(saved).items() if MARK in text} == {
        cell for cell, text in notes(data).items() if MARK in text
    }
    assert "D9" in coloured(saved, "单位")
    cleared, _ = annotated_form(saved, (), ())
    assert not any(MARK in text for text in notes(cleared).values())
    assert notes(cleared)["单位!D9"] == PERSON
    assert coloured(cleared, "单位") == set()
