"""Which sheet and which columns hold what: found by name, never by position."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from budgetgen.form import layout
from budgetgen.form.layout import plain
from budgetgen.input.spelling import shown
from budgetgen.issues import Findings, Rule, SourceRef, near_miss
from budgetgen.office.cells import cell_area, column_name
from budgetgen.office.workbook_reader import Book, Row, Sheet
from budgetgen.records import record

_COPY = "从空白填报表复制这张工作表，没有的事写 0 或“无”。"
_FEW = 2
_SEARCHED = 40
"""A table's header stands among the first rows with content."""


@record
class Table:
    """A sheet with its header found: column → the name that its header means, and the rows below."""

    book: Book
    sheet: Sheet
    columns: Mapping[int, str]
    rows: tuple[Row, ...]
    head: int

    def ref(self, row: Row, column: int) -> SourceRef:
        """A cell's place."""
        return self.book.place(self.sheet.name, f"{column_name(column)}{row.number}")

    def below(self, name: str) -> SourceRef:
        """The first cell below a header."""
        column = next(c for c, n in self.columns.items() if n == name)
        return self.book.place(self.sheet.name, f"{column_name(column)}{self.head + 1}")


def find_table(
    book: Book,
    name: str,
    known: Mapping[str, str],
    needed: Iterable[str],
    findings: Findings,
    *,
    must: bool,
    others: Collection[str] | None = None,
) -> Table | None:
    """The table of the sheet `name`, as `_read_table` gives it; None with an issue where there is no such sheet.

    `others` are sheets of the form of one kind of packet: none of them is the sheet under another name, and nothing is
    said of a sheet that such a form need not have.
    """
    sheet = _pick_sheet(book, name, known, findings, must=must, others=others)
    return _read_table(book, sheet, known, needed, findings) if sheet else None


def _pick_sheet(
    book: Book,
    name: str,
    known: Mapping[str, str],
    findings: Findings,
    *,
    must: bool,
    others: Collection[str] | None,
) -> str:
    """The sheet that is called `name`, else the one whose name begins so; blank with an issue where there is none."""
    exact = [n for n in book.names if plain(n) == name]
    likely = exact or [n for n in book.names if plain(n).startswith(name)]
    if len(likely) == 1:
        return likely[0]
    place = SourceRef(book.file)
    if likely:
        names = "、".join(map(shown, likely))
        findings.error(Rule.SHEET, f"有几张工作表都像“{name}”：{names}。", "留下一张，其余的删掉或改名。", place)
    elif meant := _renamed(book, name, known, others or ()):
        cause = f"没有工作表“{name}”，有一张{shown(meant)}，是不是改了名？"
        findings.error(Rule.SHEET, cause, f"是的话改回“{name}”；不是的话，{_COPY}", place)
    elif must:
        findings.error(Rule.SHEET, f"没有工作表“{name}”。", _COPY, place)
    elif others is None or name in others:
        findings.warn(Rule.SHEET, f"没有工作表“{name}”，按没有填处理。", _COPY, place)
    return ""


def _renamed(book: Book, name: str, known: Mapping[str, str], others: Collection[str]) -> str:
    """The sheet of a strange name that is probably the one called `name`: by its name, else by its headers."""
    own = (*layout.SHEETS, *layout.LAST_FORMS, layout.CODES)
    strange = [n for n in book.names if not plain(n).startswith(own) and plain(n) not in others]
    hint = near_miss(name, strange)
    by_name = next((n for n in strange if f"“{n}”" in hint), "")
    titles = set(known.values())
    by_headers = [n for n in strange if len({*_meant(_head(book.sheet(n), known), known).values()}) * 2 >= len(titles)]
    return by_name or (by_headers[0] if len(by_headers) == 1 else "")


def _read_table(
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
    head = _head(sheet, known)
    columns = _meant(head, known)
    lacking = [n for n in needed if n not in columns.values()]
    if head is None or (lacking and len(columns) < _FEW):  # a fact may be called as a header is
        findings.error(
            Rule.HEADER,
            "找不到表头。",
            f"表头这一行要有{'、'.join(map(shown, needed))}；删掉了的，从空白填报表复制过来。",
            book.place(sheet_name),
        )
        return None
    rows = tuple(row for row in sheet.rows if row.number > head.number)
    table = Table(book, sheet, columns, rows, head.number)
    guessed = _strangers(table, head, known, findings)
    twice = _repeated(table, head, findings)
    for name in lacking:
        if name not in guessed:
            findings.error(Rule.HEADER, f"表头里没有“{name}”。", "补上这一列。", table.ref(head, min(columns)))
    return None if lacking or twice else table


def _head(sheet: Sheet, known: Mapping[str, str]) -> Row | None:
    """The row with most of the headers."""
    return max(sheet.rows[:_SEARCHED], key=lambda row: len(_meant(row, known)), default=None)


def _meant(row: Row | None, known: Mapping[str, str]) -> dict[int, str]:
    texts = {column: plain(cell.text) for column, cell in row.cells.items()} if row else {}
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
        top, left, bottom, right = cell_area(merged) or (1, 1, 0, 0)
        if top <= last and bottom >= first and columns.intersection(range(left, right + 1)):
            cause, mend = f"{merged} 是合并单元格，不知道它的值属于哪一行、哪一列。", "取消合并，各格分别填写。"
            findings.error(Rule.MERGED, cause, mend, table.book.place(table.sheet.name, f"{column_name(left)}{top}"))
