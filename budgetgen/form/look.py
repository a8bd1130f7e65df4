"""How the 填报表 looks: cells written with their type, headers with notes, lists to choose from, red where sums differ, what is needed and still blank."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from copy import copy
from decimal import Decimal
from math import ceil
from typing import Any
from unicodedata import east_asian_width
from weakref import WeakKeyDictionary

from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from budgetgen.input.scalars import PENDING
from budgetgen.model.declarations import Choice, Code, Money, Score, Shape, Whole
from budgetgen.office.cells import column_name, plain_number

MOST_CHARACTERS = 32_767
"""A cell of Excel holds no longer text."""
_FONT = "微软雅黑"
_SIDE = Side(style="thin", color="BFBFBF")
BORDER = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)
HEAD = PatternFill("solid", start_color="D9E2F3")
LOCKED = PatternFill("solid", start_color="F2F2F2")
FILL = PatternFill("solid", start_color="FFFDE7")
PENDING_FILL = PatternFill("solid", start_color="FFC000")
PENDING_FONT = Font(name=_FONT, size=10, bold=True, color="C00000")
RED = PatternFill("solid", start_color="FF0000", end_color="FF0000", bgColor="FF0000")
WHITE = Font(name=_FONT, size=10, bold=True, color="FFFFFF")
BODY, BOLD = Font(name=_FONT, size=10), Font(name=_FONT, size=10, bold=True)
TITLE = Font(name=_FONT, size=14, bold=True)
GREY = Font(name=_FONT, size=9, color="7F7F7F")
NEEDED = Font(name=_FONT, size=10, bold=True, color="C00000")
MUST = PatternFill("solid", start_color="FFF176", end_color="FFF176", bgColor="FFF176")
LINK = Font(name=_FONT, size=10, underline="single", color="0563C1")
_MARKED = '@"（必填）"'
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_AMOUNT_FORMAT = "#,##0.00"
_CENTER = Alignment(vertical="center", wrap_text=True, horizontal="center")
_TEXT = Alignment(vertical="center", wrap_text=True, horizontal="left")
_RIGHT = Alignment(vertical="center", wrap_text=True, horizontal="right")
_NUMBER = Alignment(vertical="center", wrap_text=False, horizontal="right")
_LINE = 16
_POINTS_PER_CHARACTER, _PAPER, _SMALLEST = 5.6, 780.0, 0.7
"""How wide a column's character is, what A4 leaves across (points), and how small a form may be printed."""
_OLDEST = 15


def is_pending(text: str) -> bool:
    """Whether a text only says that something is still to be filled in."""
    return PENDING.fullmatch(text.strip()) is not None


def attach(cell: Any, text: str) -> None:
    """A note on a cell, large enough to be read whole."""
    if text:
        lines = sum(max(1, ceil(width(part) / 34)) for part in text.split("\n"))
        cell.comment = Comment(text, "budgetgen", height=min(30 + 20 * lines, 400), width=280)


def put(cell: Any, text: str, shape: Shape | None = None) -> None:
    """Write a value as what it is: numbers as numbers where a double holds them exactly, all else as text."""
    if isinstance(shape, (Money, Score, Whole)) and text and _is_exact(text):
        cell.value = Decimal(text)
        places = len(text.partition(".")[2])
        if isinstance(shape, Money):
            cell.number_format = f"#,##0.{'0' * max(places, 2)}"
    elif text:
        cell.value = _ESCAPED.sub("_x005F_", text).replace("\r", "_x000D_")
        cell.data_type = "s"  # also what begins with = or looks like an error value


def _is_exact(text: str) -> bool:
    try:
        return Decimal(plain_number(repr(float(text)))) == Decimal(text)
    except (ValueError, ArithmeticError):
        return False


def style_input(cell: Any, shape: Shape | None) -> None:
    """A cell to fill in."""
    numeric = isinstance(shape, (Money, Score, Whole))
    number_format = cell.number_format
    if isinstance(shape, Money) and number_format == "General":
        number_format = _AMOUNT_FORMAT
    elif isinstance(shape, Code):
        number_format = "@"
    if isinstance(cell.value, str) and is_pending(cell.value):
        dress(cell, PENDING_FONT, PENDING_FILL, _CENTER, number_format)
    else:
        dress(cell, BODY, FILL, _NUMBER if numeric else _TEXT, number_format)


def style_fixed(cell: Any, *, amount: bool = False) -> None:
    """A cell that is worked out or only read."""
    dress(cell, BODY, LOCKED, _RIGHT if amount else _TEXT, _AMOUNT_FORMAT if amount else cell.number_format)


def header(cell: Any, text: str, note: str = "") -> None:
    """A header, with its note as a comment."""
    cell.value = text
    dress(cell, BOLD, HEAD, _CENTER, cell.number_format)
    attach(cell, note)


def mark(cell: Any) -> None:
    """Say 必填 beside the text of a header or of what heads a row. It is shown, not part of the value: a form is read by that."""
    cell.font, cell.number_format = NEEDED, _MARKED


def light(sheet: Worksheet, cells: str, formula: str = "") -> None:
    """Cells to be filled in: coloured while they are blank, or while `formula` holds."""
    make: Any = FormulaRule
    blank = f"LEN(TRIM({cells.partition(':')[0]}))=0"
    sheet.conditional_formatting.add(cells, make(formula=[formula or blank], fill=MUST))


_dressed: WeakKeyDictionary[Any, dict[tuple[object, ...], Any]] = WeakKeyDictionary()
"""Workbook → look → the indices of that look in its tables."""


def dress(cell: Any, font: Font, fill: PatternFill, alignment: Alignment, number_format: str) -> None:
    """Give a bordered cell its look. All four are constants of this file: they are told apart by what they are.

    A look that the workbook has already is copied as openpyxl keeps it: set again for each of a form's thousands of
    cells, it took half of the time of writing it.
    """
    looks = _dressed.setdefault(cell.parent.parent, {})
    key = (id(font), id(fill), id(alignment), number_format)
    if key not in looks:
        cell.font, cell.border, cell.fill, cell.alignment = font, BORDER, fill, alignment
        cell.number_format = number_format
        looks[key] = copy(cell._style)  # noqa: SLF001 - openpyxl has no other way to copy a look but this attribute
    else:
        cell._style = copy(looks[key])  # noqa: SLF001


def title(sheet: Worksheet, text: str, note: str) -> None:
    """The sheet's title in row 1 and what to know in row 2."""
    sheet["A1"].value, sheet["A1"].font = text, TITLE
    sheet["A2"].value, sheet["A2"].font = note, GREY
    sheet.row_dimensions[1].height = 24
    sheet.row_dimensions[2].height = _LINE + 2


def offer(sheet: Worksheet, cells: str, formula: str, hint: str, *, firm: bool = True) -> None:
    """A list to choose from; another entry is refused if the list is `firm`."""
    rule = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=firm)
    rule.error, rule.errorTitle = hint, "只能从列表中选"
    rule.add(cells)
    sheet.add_data_validation(rule)


def check_number(sheet: Worksheet, cells: Sequence[str], shape: Shape) -> None:
    """Warn at what is no number, or below zero where it may not be; 无 is taken all the same."""
    signed = isinstance(shape, Money) and shape.signed
    whole = isinstance(shape, Whole)
    low, high = (shape.least, shape.most) if isinstance(shape, Whole) else (0, 10**_OLDEST)
    rule = DataValidation(
        type="whole" if whole else "decimal",
        operator="between",
        formula1=str(-high if signed else low),
        formula2=str(high),
        allow_blank=True,
        showErrorMessage=True,
        errorStyle="warning",
    )
    rule.errorTitle = "请核对"
    rule.error = "这里填整数。" if whole else "这里填数字。" if signed else "这里填数字，不能为负。"
    for cell in cells:
        rule.add(cell)
    if cells:
        sheet.add_data_validation(rule)


def redden(sheet: Worksheet, cells: str, formula: str) -> None:
    """Cells that turn red where `formula` holds."""
    sheet.conditional_formatting.add(cells, _red(formula))


def _red(formula: str) -> Any:
    make: Any = FormulaRule
    return make(formula=[formula], fill=RED, font=WHITE)


def width(text: str) -> int:
    """Columns that a text takes: a Chinese character two."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def fit_row(sheet: Worksheet, row: int, texts: Sequence[tuple[str, int]]) -> None:
    """A row high enough for its texts, each with the width of its column."""
    lines = max(
        (sum(max(1, ceil(width(part) / max(room - 2, 1))) for part in text.split("\n")) for text, room in texts),
        default=1,
    )
    sheet.row_dimensions[row].height = min(409, max(_LINE * lines, 18) + 2)


def columns(sheet: Worksheet, widths: Sequence[int]) -> None:
    """Widths of the columns from A."""
    for number, size in enumerate(widths, 1):
        sheet.column_dimensions[column_name(number)].width = size


def page(sheet: Worksheet, rows: str, columns: str = "") -> None:
    """Printed landscape on A4, the header on each page; with `columns`, which come again too, over as many pages side by side as can be read."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    wide = sum(d.width for d in sheet.column_dimensions.values() if not d.hidden) * _POINTS_PER_CHARACTER
    again = sum(sheet.column_dimensions[c].width for c in columns.split(":") if c) * _POINTS_PER_CHARACTER
    room = _PAPER / _SMALLEST
    sheet.page_setup.fitToWidth = ceil((wide - again) / (room - again)) if columns and wide > room else 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    sheet.print_title_rows = rows
    if columns:
        sheet.print_title_cols = columns
    sheet.page_margins.left = sheet.page_margins.right = sheet.page_margins.top = 0.4
    sheet.oddFooter.center.text = "&A　第 &P 页"  # type: ignore[union-attr]
    sheet.sheet_view.showGridLines = False


def fold_columns(sheet: Worksheet, letters: Sequence[str]) -> None:
    """Hide columns in groups that a click on + opens."""
    for letter in letters:
        dimension = sheet.column_dimensions[letter]
        dimension.outlineLevel, dimension.hidden = 1, True


def address(cell: Any) -> str:
    """`$F$12`."""
    return f"${cell.column_letter}${cell.row}"


def choices(shape: Shape) -> str:
    """The words of a choice as a list that fits a validation; blank for other shapes."""
    return f'"{",".join(shape.words)}"' if isinstance(shape, Choice) else ""


_STILL = "【待填写*"
"""What stands in a cell that is still to be filled, for COUNTIF."""


class Needed:
    """The places of what is needed, met as the sheets are written: `paths` are those of the fields."""

    def __init__(self, paths: Collection[str] = ()) -> None:
        self._paths = frozenset(paths)
        self._met: set[str] = set()
        self._counts: dict[str, list[str]] = {}
        self._firsts: dict[str, str] = {}

    def of(self, path: str) -> str:
        """What is needed of which the field at `path` is (a part): itself, its list, a section; blank where nothing is."""
        names = path.partition("[")[0].split(".")
        above = (".".join(names[:count]) for count in range(len(names), 0, -1))
        return path if path in self._paths else next((p for p in above if p in self._paths), "")

    def fact(self, path: str, cells: Sequence[Any], head: Any) -> None:
        """The `cells` below each other of what is needed: one of them must be filled. What an earlier sheet has is not asked again."""
        if path in self._met:
            return
        self._met.add(path)
        if len(cells) == 1:
            self.cell(cells[0], head)
        else:
            self.column(cells[0].parent, f"{cells[0].coordinate}:{cells[-1].coordinate}", head)

    def cell(self, cell: Any, head: Any) -> None:
        """A cell that is needed, under or beside `head`."""
        mark(head)
        light(cell.parent, cell.coordinate)
        at = f"{_quoted(cell.parent)}!{address(cell)}"
        self._count(cell.parent, cell.coordinate, f"COUNTBLANK({at})")

    def column(self, sheet: Worksheet, span: str, head: Any, *, while_: str = "") -> None:
        """Cells below each other of which at least one is needed (`while_`: a formula of the sheet, only while it holds).

        The first is coloured while all are blank.
        """
        mark(head)
        fixed = ":".join(address(sheet[part]) for part in span.split(":"))
        first = span.partition(":")[0]
        blank = f"COUNTA({fixed})=0"
        light(sheet, first, f"AND({while_},{blank})" if while_ else blank)
        there, while_ = f"{_quoted(sheet)}!{fixed}", while_.replace("$", f"{_quoted(sheet)}!$", 1)
        self._count(sheet, first, f"(COUNTA({there})=0)" + (f"*({while_})" if while_ else ""))

    def _count(self, sheet: Worksheet, first: str, blank: str) -> None:
        self._counts.setdefault(sheet.title, []).append(blank)
        self._firsts.setdefault(sheet.title, first)

    def write(self, guide: Worksheet, sheets: Sequence[Worksheet], row: int) -> int:
        """List in `guide` from `row` on, by sheet, how many cells are still to be filled; the row after. Nothing where none is."""
        for sheet in sheets:
            self._count_pending(sheet)
        if not self._counts:
            return row
        counts = {sheet.title: self._counts[sheet.title] for sheet in sheets if sheet.title in self._counts}
        total = "+".join(part for parts in counts.values() for part in parts)
        _told_line(guide, row, "还要填", f'="共有 "&({total})&" 格必填的还没有填。点左边的表名到那张表。"')
        guide.cell(row, 1).font = BOLD
        for at, (name, parts) in enumerate(counts.items(), row + 1):
            blank = "+".join(parts)
            told = f'=IF({blank}=0,"填好了","还有 "&({blank})&" 格")'
            _told_line(guide, at, name, told)
            link: Any = guide.cell(at, 1)
            link.hyperlink = Hyperlink(ref=link.coordinate, location=f"'{name}'!{self._firsts[name]}")
            link.font = LINK
        return row + len(counts) + 2

    def _count_pending(self, sheet: Worksheet) -> None:
        """Count the cells that say 【待填写】, where a sheet was written with some."""
        cells = (c for row in sheet.iter_rows() for c in row if isinstance(c.value, str) and is_pending(c.value))
        first = next(cells, None)
        if first is not None:
            every = f"{_quoted(sheet)}!$A$1:${column_name(sheet.max_column)}${sheet.max_row}"
            self._count(sheet, first.coordinate, f'COUNTIF({every},"{_STILL}")')


def _told_line(sheet: Worksheet, row: int, *texts: str) -> None:
    for column, text in enumerate(texts, 1):
        cell: Any = sheet.cell(row, column)
        cell.value = text
        style_fixed(cell)


def _quoted(sheet: Worksheet) -> str:
    return "'" + sheet.title.replace("'", "''") + "'"
