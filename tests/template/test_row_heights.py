"""Rows whose template gives them no height are as high as their texts need."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest
from office import sheet_file
from openpyxl.styles import Alignment, Font

from budgetgen import template

LINE = 10 * 1.35


def shape(sheet):
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True)
            cell.font = Font(name="宋体", size=10)
    for column in "ABCD":
        sheet.column_dimensions[column].width = 20  # 104 points: ten characters of 10 points


def height(lines):
    return pytest.approx(lines * LINE + 6, abs=0.1)


def test_a_row_fits_its_longest_text(fill_sheet):
    sheet = fill_sheet([["{{ 长 }}", "{{ 短 }}"]], {"长": "字" * 25, "短": "a" * 30}, shape)
    assert sheet.row_dimensions[1].height == height(3)


def test_a_merged_cell_has_the_room_of_its_columns(fill_sheet):
    def merged(sheet):
        shape(sheet)
        sheet.merge_cells("A1:D1")

    assert fill_sheet([["{{ 长 }}"]], {"长": "字" * 75}, merged).row_dimensions[1].height == height(2)


def test_lines_of_a_text_count_one_by_one(fill_sheet):
    assert fill_sheet([["甲{{ 长 }}"]], {"长": "a\nb\nc"}, shape).row_dimensions[1].height == height(3)


def test_a_cell_over_several_rows_has_their_room(fill_sheet):
    rows = [["{%tr for 行 in 列 %}"], ["{% vm 1 %}{{ 长 }}", "{{ 行 }}"], ["{%tr endfor %}"]]
    sheet = fill_sheet(rows, {"列": ["甲", "乙"], "长": "字" * 60}, shape)
    found = [sheet.row_dimensions[row].height for row in (1, 2)]
    assert found[0] == height(1)
    assert sum(found) == height(6)


def test_a_height_of_its_own_stays(fill_sheet):
    def fixed(sheet):
        shape(sheet)
        sheet.row_dimensions[1].height = 15

    assert fill_sheet([["{{ 长 }}"]], {"长": "字" * 75}, fixed).row_dimensions[1].height == 15


def test_a_height_that_nobody_fixed_does_not_stay(tmp_path, env):
    path = sheet_file(tmp_path / "t.xlsx", [["{{ 长 }}"]], shape)
    with ZipFile(path) as package:
        parts = {n: package.read(n) for n in package.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b'<row r="1"', b'<row r="1" ht="15" customHeight="false"')
    with ZipFile(path, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    rendered = template.compile(path, env).render({"长": "字" * 25})
    assert openpyxl.load_workbook(BytesIO(rendered.data)).active.row_dimensions[1].height == height(3)


def test_no_row_is_higher_than_excel_allows(fill_sheet):
    assert fill_sheet([["{{ 长 }}"]], {"长": "字" * 5000}, shape).row_dimensions[1].height == 409


def test_rows_that_do_not_wrap_are_left_alone(fill_sheet):
    assert fill_sheet([["{{ 长 }}"]], {"长": "字" * 75}).row_dimensions[1].height is None
