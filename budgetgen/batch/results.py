"""批量结果.xlsx and 批量结果.html: the same table of outcomes, written row by row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any
from unicodedata import east_asian_width
from urllib.parse import quote

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.properties import PageSetupProperties

from budgetgen import resources
from budgetgen.batch.outcome import Ending, Outcome
from budgetgen.expression import environment
from budgetgen.issues import FORBIDDEN, visible
from budgetgen.layout import read_kind
from budgetgen.money import printed_wan_yuan
from budgetgen.office.cells import column_name
from budgetgen.office.workbook_saver import save_workbook
from budgetgen.records import record

BOOK, PAGE = "批量结果.xlsx", "批量结果.html"

REDONE, KEPT = "新做", "未变"


class Link(str):
    """A path below the run's folder."""

    __slots__ = ()


@record
class Column:
    """A column of the table: what it shows of an outcome is a text, a whole number, an amount in 万元, a link, or None."""

    title: str
    width: int
    shown: Callable[[Outcome], object]


def columns(outcomes: Iterable[Outcome]) -> tuple[Column, ...]:
    """The columns of a table of these outcomes, but for the last one, which says whether a unit was done anew.

    Its amounts are the totals that their kinds list; the kind stands there where there is more than one.
    """
    kinds: dict[str, None] = {}
    totals: dict[str, None] = {}
    for outcome in outcomes:
        kinds |= dict.fromkeys([outcome.kind] if outcome.kind else [])
        totals |= dict.fromkeys(outcome.totals)
    totals = totals or dict.fromkeys(name for name, _ in read_kind().totals)
    kind = [Column("材料", 12, lambda o: visible(o.kind))] if len(kinds) > 1 else []
    return (
        Column("结果", 8, lambda o: o.ending.value),
        Column("单位", 34, _unit),
        Column("年度", 7, lambda o: o.year or None),
        *kind,
        Column("版式", 18, lambda o: visible(o.profile)),
        Column("错误", 6, lambda o: o.errors),
        Column("警告", 6, lambda o: o.warnings),
        Column("提示", 6, lambda o: o.notes),
        Column("原因", 60, lambda o: visible(o.cause)),
        *(Column(f"{name}（万元）", 18, partial(_amount, name)) for name in totals),
        Column("公开表", 9, partial(_file, ".xlsx")),
        Column("公开文本", 9, partial(_file, ".docx")),
        Column("检查报告", 9, lambda o: Link(o.report) if o.report else None),
        Column("数据文件", 40, _source),
        Column("用时（秒）", 9, lambda o: o.seconds),
    )


def _unit(outcome: Outcome) -> str:
    """The unit's name; where that could not be read, its file's, with the folder, for many are called unit.yaml."""
    return visible(outcome.name or f"（{'/'.join(Path(outcome.source).parts[-2:])}）")


def _amount(name: str, outcome: Outcome) -> Decimal | None:
    return printed_wan_yuan(Decimal(outcome.totals[name])) if name in outcome.totals else None


def _file(suffix: str, outcome: Outcome) -> Link | None:
    """The packet's main file of that format: its kind names it first."""
    name = next((n for n in outcome.files if n.endswith(suffix)), None)
    return Link(f"{outcome.folder}/{name}") if name else None


def _source(outcome: Outcome) -> str:
    same = f"（与 {PurePosixPath(outcome.twin).name} 相同）" if outcome.twin else ""
    return visible(outcome.source + same)


LAST = Column("本次", 8, lambda _: None)
"""The last column."""


def row(outcome: Outcome, shown: Sequence[Column], *, kept: bool) -> tuple[object, ...]:
    """An outcome under the columns `shown` and the last one."""
    return (*(c.shown(outcome) for c in shown), KEPT if kept else REDONE)


# ---------------------------------------------------------------------------------------------------- the workbook

MOST_IN_BOOK = 1_048_575
_HEAD, _LINK = Font(bold=True), Font(color="0563C1", underline="single")
GREY, RED, YELLOW = (PatternFill("solid", fgColor=c) for c in ("E7E6E6", "F8CBAD", "FFE699"))
_WRAPPED, _TOP = Alignment(wrap_text=True, vertical="top"), Alignment(vertical="top")
_LINE, _HIGHEST = 15.0, 400.0
"""Points of a line, and of the highest row that Excel has, nearly."""
_LONGEST_TEXT = 1000
"""Characters of a cell: a cause that is longer stands in the check report."""


@record
class Listing:
    """A worksheet of `count` rows under columns (title, width); `colours` fill the first cell of a row by what it says.

    A first cell that is none of `colours` is red where there is a colour for None.
    """

    title: str
    columns: Sequence[tuple[str, int]]
    rows: Iterable[tuple[object, ...]]
    count: int
    colours: Mapping[object, PatternFill | None]
    frozen: str = "C2"


def outcomes_listing(shown: Sequence[Column], rows: Iterable[tuple[object, ...]], count: int) -> Listing:
    """The table of a batch's outcomes, whose rows stand under the columns `shown` and the last one."""
    columns = [(c.title, c.width) for c in (*shown, LAST)]
    return Listing("批量结果", columns, rows, count, {Ending.FINAL.value: None, Ending.DRAFT.value: YELLOW, None: RED})


def write_workbook(path: Path, listings: Iterable[Listing]) -> None:
    """Write a workbook with a sheet for each listing, header, filter and all. OSError: the system refuses."""
    book = Workbook(write_only=True)
    for listing in listings:
        _write_sheet(book.create_sheet(listing.title), listing)
    save_workbook(book, path)


def _write_sheet(sheet: Any, listing: Listing) -> None:
    sheet.freeze_panes = listing.frozen
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"
    for number, (_, width) in enumerate(listing.columns, 1):
        sheet.column_dimensions[column_name(number)].width = width
    sheet.auto_filter.ref = f"A1:{column_name(len(listing.columns))}{min(listing.count, MOST_IN_BOOK) + 1}"
    sheet.append([_cell(sheet, title, font=_HEAD, fill=GREY) for title, _ in listing.columns])
    for number, values in enumerate(islice(listing.rows, MOST_IN_BOOK), start=2):
        lines = max(_lines(v, width) for v, (_, width) in zip(values, listing.columns, strict=True))
        if lines > 1:  # LibreOffice and WPS leave rows as low as they are told
            sheet.row_dimensions[number].height = min(lines * _LINE, _HIGHEST)
        colour = listing.colours.get(values[0], listing.colours.get(None))
        sheet.append([_valued(sheet, values[0], colour), *(_valued(sheet, v, None) for v in values[1:])])


def _lines(value: object, width: int) -> int:
    """How many lines a value takes in a column so wide."""
    if not isinstance(value, str) or isinstance(value, Link):
        return 1
    return sum(1 + _wide(line) // (width + 1) for line in value[:_LONGEST_TEXT].split("\n"))


def _wide(text: str) -> int:
    """The width of a text in digits."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def _valued(sheet: Any, value: object, fill: PatternFill | None) -> Any:
    match value:
        case Link():
            # A formula, for a sheet has at most 65,530 links of its own, and keeps them in memory until it is written.
            target = value.replace("%", "%25").replace("#", "%23").replace('"', '""')
            return _cell(sheet, f'=HYPERLINK("{target}","打开")', font=_LINK, alignment=_TOP)
        case str():
            cell = _cell(sheet, re.sub(FORBIDDEN, "�", value)[:_LONGEST_TEXT], alignment=_WRAPPED, fill=fill)
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


# -------------------------------------------------------------------------------------------------------- the page

MOST_ON_PAGE = 20_000
"""More rows than this no browser sorts at ease; the workbook has them all."""
_PIECE = 200
_TEMPLATE = "批量结果.html.j2"
_LOOKS = {"单位": "unit", "原因": "cause", "数据文件": "source"}
"""Columns whose cells have a class of their own on the page."""


def write_page(
    path: Path, shown: Sequence[Column], rows: Iterable[tuple[object, ...]], count: int, counts: Mapping[str, int]
) -> None:
    """Write the first rows of `count` under the columns `shown` to `path`; `counts` are how many ended how. OSError: the system refuses."""
    text = resources.templates("html", _TEMPLATE).read_text(encoding="utf-8")
    template = environment().from_string(text)
    names = {
        "表头": [c.title for c in (*shown, LAST)],
        "栏": _LOOKS,
        "计数": dict(counts),
        "总数": count,
        "列出": min(count, MOST_ON_PAGE),
    }
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.write(template.render(names | {"部分": "头"}))
        for piece in _pieces(rows):
            file.write(
                template.render({**names, "部分": "行", "各行": [[_shown(v) for v in values] for values in piece]})
            )
        file.write(template.render({"部分": "尾"}))


def _pieces(rows: Iterable[tuple[object, ...]]) -> Iterator[Sequence[tuple[object, ...]]]:
    shown = islice(rows, MOST_ON_PAGE)
    while piece := tuple(islice(shown, _PIECE)):
        yield piece


def _shown(value: object) -> dict[str, object]:
    """A cell as the template writes it: its text, what it sorts by where that is a number, where it links to."""
    cell: dict[str, object] = {"文": "" if value is None else str(value), "数": None, "链接": ""}
    match value:
        case Link():
            return cell | {"文": "打开", "链接": quote(value)}
        case Decimal():
            return cell | {"文": f"{value:,}", "数": str(value)}
        case int() | float():
            return cell | {"数": str(value)}
        case _:
            return cell
