"""批量结果.xlsx, written row by row."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from budgetgen.batch.outcome import Ending
from budgetgen.batch.rows import HEADERS, WIDTHS, Link
from budgetgen.issues import FORBIDDEN

NAME = "批量结果.xlsx"
MOST_ROWS = 1_048_575
_HEAD, _LINK = Font(bold=True), Font(color="0563C1", underline="single")
_GREY, _RED, _YELLOW = (PatternFill("solid", fgColor=c) for c in ("E7E6E6", "F8CBAD", "FFE699"))
_WRAPPED, _TOP = Alignment(wrap_text=True, vertical="top"), Alignment(vertical="top")
_LONGEST = 1000
"""Characters of a cell: a cause that is longer stands in the check report."""


def write_workbook(path: Path, rows: Iterable[tuple[object, ...]], count: int) -> None:
    """Write `count` rows to `path`, header, filter and all. OSError: the system refuses."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("批量结果")
    sheet.freeze_panes = "C2"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"
    for number, width in enumerate(WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    shown = min(count, MOST_ROWS)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(HEADERS))}{shown + 1}"
    sheet.append([_cell(sheet, h, font=_HEAD, fill=_GREY) for h in HEADERS])
    for number, values in enumerate(rows):
        if number >= MOST_ROWS:
            break
        sheet.append([_valued(sheet, v, values[0]) for v in values])
    book.save(path)


def _valued(sheet: Any, value: object, ending: object) -> Any:
    match value:
        case Link():
            # A formula, for a sheet has at most 65,530 links of its own, and keeps them in memory until it is written.
            target = value.replace("%", "%25").replace("#", "%23").replace('"', '""')
            return _cell(sheet, f'=HYPERLINK("{target}","打开")', font=_LINK, alignment=_TOP)
        case str():
            fill = (
                {Ending.FINAL.value: None, Ending.DRAFT.value: _YELLOW}.get(ending, _RED) if value == ending else None
            )
            cell = _cell(sheet, re.sub(FORBIDDEN, "�", value)[:_LONGEST], alignment=_WRAPPED, fill=fill)
            cell.data_type = "s"  # a text that begins with = is a text
            return cell
        case Decimal():
            return _cell(sheet, value, number_format="#,##0.00", alignment=_TOP)
        case _:
            return _cell(sheet, value, alignment=_TOP)


def _cell(sheet: Any, value: Any, **look: Any) -> Any:
    cell = WriteOnlyCell(sheet, value)
    for name, part in look.items():
        if part is not None:
            setattr(cell, name, part)
    return cell
