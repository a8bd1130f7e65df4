"""The body of each kind of table: amounts under what their headings and labels say, each with its cell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from budgetgen.input.scalars import PENDING, Refusal, read_amount
from budgetgen.issues import Findings, Rule, SourceRef
from budgetgen.model import FISCAL_FUNDS, Amount
from budgetgen.money import ZERO
from budgetgen.published.find import Found
from budgetgen.published.grid import Cell, Grid

_NIL = frozenset({"", "无", "-", "—", "——", "－", "–", "／", "…", "……"})


def read_cell(cell: Cell, unit: str, findings: Findings) -> Amount | None:
    """The amount in 元; None where the cell is blank, or holds none (an issue says why)."""
    if cell.fault:
        findings.error(Rule.TABLE_CELL, f"这里该是金额，是{cell.fault}。", "改成数字，或留空。", cell.place)
        return None
    if cell.label in _NIL:
        return None
    if not cell.own:
        findings.error(
            Rule.TABLE_CELL, f"金额“{cell.text}”在合并的单元格里，分不出各栏。", "取消合并，各栏分别填。", cell.place
        )
        return None
    read = read_amount(cell.text, unit)
    if isinstance(read, Refusal):
        findings.error(Rule.TABLE_CELL, read.cause, read.mend, cell.place)
        return None
    return Amount(read.value) if unit == "元" else Amount.from_wan_yuan(read.value)


def is_number(cell: Cell) -> bool:
    """Whether an own cell holds a number that can be read."""
    return cell.own and not cell.fault and bool(cell.text) and not isinstance(read_amount(cell.text, "万元"), Refusal)


def less(whole: Amount, *parts: Amount) -> Amount:
    """`whole` less `parts`; 0 where rounding alone can tell them apart."""
    rest = whole - sum(parts, ZERO)
    margin = whole.margin + sum((p.margin for p in parts), ZERO)
    return Amount(0) if abs(rest) <= margin else Amount(rest, margin)


def plus(*parts: Amount) -> Amount:
    """The sum of `parts`, with what their rounding adds up to."""
    return Amount(sum(parts, ZERO), sum((p.margin for p in parts), ZERO))


_NOTES = re.compile(r"^(?:备?注|说明)[：:].*|^备?注.*")
_CODE_HEAD = re.compile(r"(?:.*/)?(?:.*(?:编码|代码)|[类款项])")
_NAME_HEAD = re.compile(r"(?:.*/)?(?:科目名称|项目名称|名称)")
_TOTAL = "合计"
_COUNT = "栏次"
_ECONOMIC_SUMS = frozenset({"人员经费合计", "公用经费合计"})
_ORDINAL = re.compile(r"^（?[一二三四五六七八九十]+[）、.]+|^[0-9]+[、.]|^其中：")
_DIGITS = re.compile(r"[0-9]{1,7}")
_MOST_HEAD = 8
_LEVELS = (3, 5, 7)
_STEP = 2
"""Digits that 款 and 项 each add to a code."""


@dataclass
class Values:
    """Amounts by name with their cells. `name` is what the row calls itself, `place` where it begins.

    `unfilled` are names under which a draft says 【待填写】.
    """

    name: str = ""
    place: SourceRef | None = None
    amounts: dict[str, Amount] = field(default_factory=dict)
    places: dict[str, SourceRef] = field(default_factory=dict)
    unfilled: list[str] = field(default_factory=list)

    def put(self, key: str, amount: Amount | None, place: SourceRef) -> None:
        """Keep an amount that is there; the first one of a name stays."""
        if amount is not None and key not in self.amounts:
            self.amounts[key], self.places[key] = amount, place

    def get(self, key: str) -> Amount:
        """The amount under `key`, 0 where its cell is blank."""
        return self.amounts.get(key, Amount(0))


@dataclass
class Classified:
    """A table by 科目: its 合计 row and the rows by code, 类 and 款 and 项; `columns` are those that it has."""

    total: Values = field(default_factory=Values)
    rows: dict[str, Values] = field(default_factory=dict)
    columns: frozenset[str] = frozenset()

    def items(self) -> dict[str, Values]:
        """The rows at 项."""
        return {code: row for code, row in sorted(self.rows.items()) if len(code) == _LEVELS[-1]}


class Reader:
    """Reads one found table; what is wrong goes to `findings` with its cell."""

    def __init__(self, found: Found, unit: str, findings: Findings) -> None:
        self._found = found
        self._grid: Grid = found.grid
        self._unit = unit
        self._findings = findings

    def amount(self, cell: Cell) -> Amount | None:
        """What an amount cell holds, in 元."""
        return read_cell(cell, self._unit, self._findings)

    def classified(self, lowest: int = _LEVELS[-1]) -> Classified:
        """A table with a row for each code; the `lowest` level has so many digits."""
        head = self._head()
        if head is None:
            return Classified()
        first, body, codes, names = head
        columns = self._columns(first, body, {*codes, *names})
        table = Classified(columns=frozenset(columns.values()))
        parents = ""
        for cells in self._body(body):
            labels = {cells[c].label for c in (*codes, *names)}
            if _COUNT in labels or self._counts([cells[c] for c in columns]):
                continue
            code = row_code([cells[c] for c in codes], parents)
            if _TOTAL in labels or code:
                row = Values(
                    next((cells[c].text for c in names if cells[c].text), ""), cells[(codes or names)[0]].place
                )
                for column, key in columns.items():
                    row.put(key, self.amount(cells[column]), cells[column].place)
                self._keep(table, code, row)
                parents = code or parents
            elif any(is_number(cells[c]) for c in columns):
                self._stray(cells)
        self._leaves(table, lowest)
        return table

    def detailed(self) -> tuple[Classified, dict[tuple[str, str], Values]]:
        """A table by 科目 whose 项 are split by 经济分类: its rows by 科目, and those by (项, 款)."""
        table, below = Classified(), dict[tuple[str, str], Values]()
        head = self._head()
        if head is None:
            return table, below
        first, body, codes, names = head
        economic = next((c for c in codes if "经济" in self._grid.heading(c, first, body)), codes[-1])
        columns = self._columns(first, body, {*codes, *names})
        table.columns = frozenset(columns.values())
        item = ""
        for cells in self._body(body):
            code = row_code([cells[c] for c in codes if c < economic], "")
            section = cells[economic].label if cells[economic].own else ""
            row = Values(place=cells[economic if section else codes[0]].place)
            for column, key in columns.items():
                row.put(key, self.amount(cells[column]), cells[column].place)
            if code or _TOTAL in {cells[c].label for c in (*codes, *names)}:
                self._keep(table, code, row)
                item = code or item
            elif _DIGITS.fullmatch(section) and item:
                below[item, section] = row
        return table, below

    def three_public(self) -> Values:
        """Table 09: its one row."""
        grid = self._grid
        first = next(
            (r for r in self._below() if {"预算数", "决算数"} <= {x.removeprefix("全年") for x in grid.labels(r)}), None
        )
        if first is None:
            return self._headless(Values(), "预算数、决算数")
        below = range(first + 1, len(grid.rows))
        body = next((r for r in below if any(is_number(c) or _is_unfilled(c) for c in grid.rows[r])), None)
        row = Values(place=self._found.grid.place)
        if body is None:
            return row
        columns = self._columns(first, body, set())
        for cells in self._body(body):
            taken = [cells[c] for c in columns]
            if self._counts(cells) or not any(c.text or c.fault for c in taken):
                continue
            for column, key in columns.items():
                if _is_unfilled(cells[column]):
                    row.unfilled.append(key)
                else:
                    row.put(key, self.amount(cells[column]), cells[column].place)
            break
        return row

    def economic(self) -> Values:
        """Table 06: amounts by 经济分类 code, 人员经费合计 and 公用经费合计."""
        grid, out = self._grid, Values()
        first = next((r for r in self._below() if sum(bool(_CODE_HEAD.fullmatch(x)) for x in grid.labels(r)) > 1), None)
        if first is None:
            return self._headless(out, "科目编码、科目名称、决算数")
        codes = [c for c, x in enumerate(grid.labels(first)) if _CODE_HEAD.fullmatch(x)]
        ends = [*codes[1:], len(grid.labels(first))]
        sums = {c: self._last(first, c, e) for c, e in zip(codes, ends, strict=True)}
        for cells in self._body(first + 1):
            for code, column in sums.items():
                digits = cells[code].label
                if digits.isdigit() and len(digits) in _LEVELS[:2] and column is not None:
                    out.put(digits, self.amount(cells[column]), cells[column].place)
            for column, cell in enumerate(cells):
                if cell.own and cell.label in _ECONOMIC_SUMS:
                    beside = next((c for c in cells[column + 1 :] if c.own and (c.text or c.fault)), None)
                    if beside is not None and beside.label not in _ECONOMIC_SUMS:
                        out.put(cell.label.removesuffix(_TOTAL), self.amount(beside), beside.place)
        return out

    def sides(self) -> tuple[list[tuple[str, Values]], list[tuple[str, Values]]]:
        """Tables 01 and 04: (label, amounts) of the revenue side and of the expenditure side, in order."""
        grid = self._grid
        head = next((r for r in self._below() if sum(_is_item(c) for c in grid.rows[r]) > 1), None)
        if head is None:
            self._headless(None, "左右两边的“项目”")
            return [], []
        left, right = [c for c, cell in enumerate(grid.rows[head]) if _is_item(cell)][:2]
        body = next(
            (r for r in range(head + 1, len(grid.rows)) if grid.rows[r][left].label not in {"", "项目"}), head + 1
        )
        wide = range(len(grid.rows[head]))
        over = {c: grid.heading(c, head, body) for c in wide}
        sides = []
        for label, span in ((left, range(left + 1, right)), (right, range(right + 1, len(wide)))):
            columns: dict[int, str] = {}
            for column in span:
                key = _side_column(over[column])
                if key and key not in columns.values():
                    columns[column] = key
            sides.append(list(self._side(label, columns, body)))
        return sides[0], sides[1]

    def _side(self, label: int, columns: Mapping[int, str], body: int) -> Iterator[tuple[str, Values]]:
        for cells in self._body(body):
            text = cells[label].label
            if not text or text == _COUNT or not cells[label].own:
                continue
            row = Values(text, cells[label].place)
            for column, key in columns.items():
                row.put(key, self.amount(cells[column]), cells[column].place)
            yield text, row

    def _keep(self, table: Classified, code: str, row: Values) -> None:
        if not code:
            table.total = row if not table.total.amounts else table.total
        elif len(code) not in _LEVELS:
            cause = f"“{code}”有 {len(code)} 位数字，科目编码是 3、5 或 7 位。"
            self._findings.error(Rule.TABLE_ROW, cause, "改正编码。", row.place)
        elif code in table.rows:
            cause = f"{code} 有两行，前一行在 {table.rows[code].place}。"
            self._findings.error(Rule.TABLE_ROW, cause, "合并成一行，或改正编码。", row.place)
        else:
            table.rows[code] = row

    def _leaves(self, table: Classified, lowest: int) -> None:
        """A 类 or 款 with money has a row of the `lowest` level below it, or the line it stands for cannot be made."""
        for code, row in table.rows.items():
            below = any(c.startswith(code) and len(c) == lowest for c in table.rows)
            if len(code) != lowest and any(row.amounts.values()) and not below:
                cause = f"{code} 有金额，下面没有项级科目。"
                self._findings.error(Rule.TABLE_ROW, cause, "补上项级科目的行（7 位编码）。", row.place)

    def _stray(self, cells: Sequence[Cell]) -> None:
        first = next(c for c in cells if c.text)
        cause = f"这一行有金额，没有科目编码：“{first.text}”。"
        self._findings.error(Rule.TABLE_ROW, cause, "补上科目编码，或删掉这一行。", first.place)

    def _below(self) -> range:
        return range(self._found.row, min(self._found.row + 20, len(self._grid.rows)))

    def _head(self) -> tuple[int, int, list[int], list[int]] | None:
        """(first heading row, first body row, code columns, name columns) of a table by 科目."""
        grid = self._grid
        first = next((r for r in self._below() if {"项目", "科目代码", "科目编码"} & set(grid.labels(r))
                      or any(_NAME_HEAD.fullmatch(x) for x in grid.labels(r))), None)  # fmt: skip
        if first is None:
            self._headless(None, "科目编码、科目名称")
            return None
        for body in range(first + 1, min(first + _MOST_HEAD, len(grid.rows))):
            over = {c: grid.heading(c, first, body) for c in range(len(grid.rows[body]))}
            codes = [c for c, h in over.items() if _CODE_HEAD.fullmatch(h)]
            names = [c for c, h in over.items() if _NAME_HEAD.fullmatch(h)]
            labels = [grid.rows[body][c].label for c in (*codes, *names)]
            if codes and (_COUNT in labels or _TOTAL in labels or row_code([grid.rows[body][c] for c in codes], "")):
                return first, body, codes, names
        self._headless(None, "科目编码、科目名称")
        return None

    def _headless(self, result: Values | None, wanted: str) -> Values:
        table = self._found
        cause = f"{table.kind.name}找不到表头：{wanted}。"
        self._findings.error(Rule.TABLE_ROW, cause, "补上表头。", table.grid.place)
        return result or Values()

    def _columns(self, first: int, body: int, labels: set[int]) -> dict[int, str]:
        """Column → what it holds, by its heading; a column that no pattern knows is left alone."""
        columns: dict[int, str] = {}
        for column in range(len(self._grid.rows[first])):
            heading = self._grid.heading(column, first, body)
            key = next((k for k, p in self._found.kind.columns.items() if p.fullmatch(heading)), "")
            if column not in labels and key and key not in columns.values():
                columns[column] = key
        return columns

    def _last(self, row: int, start: int, end: int) -> int | None:
        labels = self._grid.labels(row)
        return next((c for c in range(start, end) if re.fullmatch("决算数?|金额|合计", labels[c])), None)

    def _body(self, first: int) -> Iterator[Sequence[Cell]]:
        """The rows from `first` to the notes."""
        for cells in self._grid.rows[first:]:
            start = next((c.label for c in cells if c.text), "")
            if _NOTES.match(start):
                return
            yield cells

    @staticmethod
    def _counts(cells: Sequence[Cell]) -> bool:
        """Whether the cells number the columns from 1 up."""
        texts = [c.label for c in cells if c.text]
        return (
            len(texts) > 1
            and texts == [str(n) for n in range(int(texts[0]) if texts[0].isdigit() else 0, 99)][: len(texts)]
        )


def row_code(cells: Sequence[Cell], before: str) -> str:
    """The code of a row: in one column, or as 类, 款 and 项 in three, whole or only its new digits in each."""
    pieces = [c.label if c.own else "" for c in cells]
    code, level = "", 0
    for number, piece in enumerate(pieces):
        if not piece:
            continue
        if not _DIGITS.fullmatch(piece):
            return ""
        if number and len(piece) <= _STEP:
            level = _LEVELS[min(number, len(_LEVELS) - 1)]
            code = (code or before[: level - _STEP]) + piece.zfill(_STEP)
        elif len(piece) > len(code):
            code = piece
    return code


def _is_unfilled(cell: Cell) -> bool:
    """Whether a draft asks for the amount."""
    return PENDING.fullmatch(cell.text.strip()) is not None


def bare(label: str) -> str:
    """A label without its ordinal (六、科学技术支出 → 科学技术支出)."""
    return _ORDINAL.sub("", label)


def _is_item(cell: Cell) -> bool:
    return cell.label in {"项目", "收入项目", "支出项目"} and cell.own


def _side_column(heading: str) -> str:
    parts = heading.split("/")
    fund = next((f for f in FISCAL_FUNDS if parts[0].startswith(f)), "")
    return fund or ("合计" if re.fullmatch("金额|决算数?|合计|小计", parts[-1]) else "")
