"""Which sheet and which columns hold what: found by name, never by position."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from budgetgen.form.layout import plain
from budgetgen.input.spelling import shown
from budgetgen.issues import Findings, Rule, SourceRef, near_miss
from budgetgen.office.cells import column_name, column_number
from budgetgen.office.workbook_reader import Book, Row, Sheet

_SEARCHED = 40
"""A table's header stands among the first rows with content."""


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet with its header found: column → the name that its header means, and the rows below."""

    book: Book
    sheet: Sheet
    columns: Mapping[int, str]
    rows: tuple[Row, ...]

    def ref(self, row: Row, column: int) -> SourceRef:
        """A cell's place."""
        return self.book.place(self.sheet.name, f"{column_name(column)}{row.number}")


def pick_sheet(book: Book, name: str, findings: Findings, *, needed: bool) -> str:
    """The sheet that is called `name`, else the one whose name holds it; blank with an issue where there is none."""
    exact = [n for n in book.names if plain(n) == name]
    likely = exact or [n for n in book.names if plain(n).startswith(name)]
    if len(likely) == 1:
        return likely[0]
    place = SourceRef(book.file)
    if likely:
        names = "、".join(map(shown, likely))
        findings.error(Rule.SHEET, f"有几张工作表都像“{name}”：{names}。", "留下一张，其余的删掉或改名。", place)
    elif needed:
        hint = near_miss(name, book.names)
        mend = f"把它改名为“{name}”。" if hint else "从空白填报表复制这张工作表。"
        findings.error(Rule.SHEET, f"没有工作表“{name}”{hint or '。'}", mend, place)
    else:
        findings.warn(Rule.SHEET, f"没有工作表“{name}”，按没有填处理。", "从空白填报表复制这张工作表。", place)
    return ""


def read_table(
    book: Book, sheet_name: str, known: Mapping[str, str], needed: Iterable[str], findings: Findings
) -> Table | None:
    """The table of a sheet; None with an issue where its header lacks one of `needed`.

    `known` gives every way to write a header (in plain form) and the name that it means. A header that is not known
    but near a missing one is an error; another column with values is left out, and said.
    """
    sheet = book.sheet(sheet_name)
    if sheet.cut:
        cause, mend = f"工作表“{sheet_name}”的内容太多。", "一个单位的填报表只有几百行，核对是不是选错了文件。"
        findings.error(Rule.TOO_LARGE, cause, mend, book.place(sheet_name))
        return None
    head = max(sheet.rows[:_SEARCHED], key=lambda row: len(_meant(row, known)), default=None)
    columns = _meant(head, known) if head else {}
    lacking = [n for n in needed if n not in columns.values()]
    if head is None or not columns:
        findings.error(
            Rule.HEADER, "找不到表头。", f"表头这一行要有{'、'.join(map(shown, needed))}。", book.place(sheet_name)
        )
        return None
    rows = tuple(row for row in sheet.rows if row.number > head.number)
    table = Table(book, sheet, columns, rows)
    guessed = _strangers(table, head, known, findings)
    twice = _repeated(table, head, findings)
    for name in lacking:
        if name not in guessed:
            findings.error(Rule.HEADER, f"表头里没有“{name}”。", "补上这一列。", table.ref(head, min(columns)))
    return None if lacking or twice else table


def _meant(row: Row, known: Mapping[str, str]) -> dict[int, str]:
    texts = {column: plain(cell.text) for column, cell in row.cells.items()}
    return {column: known[text] for column, text in texts.items() if text in known}


def _strangers(table: Table, head: Row, known: Mapping[str, str], findings: Findings) -> set[str]:
    """Report headers that are not known; the names that they were probably meant to be."""
    guessed: set[str] = set()
    missing = {name for name in known.values() if name not in table.columns.values()}
    for column, cell in head.cells.items():
        if column in table.columns or not any(column in row.cells for row in table.rows):
            continue
        hint = near_miss(plain(cell.text), sorted(missing))
        meant = next((n for n in missing if f"“{n}”" in hint), "")
        if meant:
            guessed.add(meant)
            cause = f"没有{shown(cell.text)}这个表头{hint}"
            findings.error(Rule.HEADER, cause, f"改成“{meant}”；不用的列，删掉表头。", table.ref(head, column))
        else:
            cause = f"{shown(cell.text)}这一列不认识，没有读。"
            findings.note(Rule.IGNORED, cause, "", table.ref(head, column))
    return guessed


def _repeated(table: Table, head: Row, findings: Findings) -> bool:
    firsts: dict[str, int] = {}
    again = False
    for column, name in table.columns.items():
        first = firsts.setdefault(name, column)
        if first != column:
            again = True
            cause = f"表头“{name}”有两列，前一列在 {column_name(first)} 列。"
            findings.error(Rule.HEADER, cause, "留下一列，删掉另一列。", table.ref(head, column))
    return again


def check_merged(table: Table, names: Iterable[str], findings: Findings) -> None:
    """Refuse merged cells among the values of the columns `names`: only their first cell holds anything."""
    wanted = set(names)
    columns = {c for c, name in table.columns.items() if name in wanted}
    first, last = (table.rows[0].number, table.rows[-1].number) if table.rows else (1, 0)
    for merged in table.sheet.merged:
        start, _, end = merged.partition(":")
        top, bottom = _row(start), _row(end or start)
        across = range(column_number(start), column_number(end or start) + 1)
        if top <= last and bottom >= first and columns.intersection(across):
            cause, mend = f"{merged} 是合并单元格，不知道它的值属于哪一行、哪一列。", "取消合并，各格分别填写。"
            findings.error(Rule.MERGED, cause, mend, table.book.place(table.sheet.name, start))


def _row(address: str) -> int:
    digits = address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ$").replace("$", "")
    return int(digits) if digits.isdigit() else 0
