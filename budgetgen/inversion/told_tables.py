"""The tables of a published packet, read by the columns and rows that a 版式 was seen to print."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from budgetgen.classification import Classification
from budgetgen.input.scalars import Refusal, read_amount
from budgetgen.inversion.learned import code_columns, label_before, table_head
from budgetgen.inversion.patterns import LEVELS, LearnedTable, heading_key, label_key, title_key
from budgetgen.inversion.told import SaidText, Stated, Told
from budgetgen.model import Amount
from budgetgen.published.document import Table
from budgetgen.published.grid import Cell, Grid
from budgetgen.published.tables import row_code
from budgetgen.published.totals import class_of

_LIKE, _ALIKE, _SAME = 0.6, 0.75, 0.85
"""How like two titles or labels are that may be, are likely to be, or are the same."""
_PLENTY = 5
"""So many headings alone tell a table."""
_MOST_HEAD = 6
OWNER = re.compile(
    r"(?:编制|预算主管|主管|预算|填报|公开)*(部门|单位)(?:名称)?：(?P<name>[^：]+?)(?:(?:金额)?单位：.*)?"
)
_NIL = frozenset({"", "-", "—", "——", "－", "无", "/", "／"})
_MONEY = re.compile("（(万元|元)）")


@dataclass
class _Found:
    """A published table as one that was learned: where its body begins, its headings, its money."""

    table: LearnedTable
    grid: Grid
    body: int
    over: Mapping[int, str]
    own_money: Mapping[int, str]
    money: str
    score: float


def read_table(told: Told, table: Table, codes: Classification) -> None:
    """Keep what a table states, where it is one that the 版式 prints."""
    grid = Grid("", table.grid.place, table.grid.rows, table.grid.above)
    above = grid.above or 0
    title, money, first = table_head(grid)
    heads = [title, *table.above]
    every = {heading for known in told.learned.tables for heading in known.headings}
    found = max(
        (f for known in told.learned.tables for f in _as(known, grid, max(first, above), heads, money, every)),
        key=lambda f: f.score,
        default=None,
    )
    if found is None:
        return
    told.tables[table.number] = found.table
    told.money = told.money or found.money
    for cell in (c for row in grid.rows[: found.body] for c in row if c.own):
        owner = OWNER.fullmatch(cell.label)
        if owner and not told.unit:
            told.unit, told.whose = owner["name"], owner[1]
    _read_rows(told, table, found, codes, above)


def _as(
    known: LearnedTable, grid: Grid, first: int, heads: Sequence[str], money: str, elsewhere: set[str]
) -> Iterator[_Found]:
    """A grid seen as a learned table: with each number of heading rows under which it looks like it.

    A heading that it has and only another table knows (`elsewhere`) tells against it.
    """
    alike = max((SequenceMatcher(None, title_key(h), known.title).ratio() for h in heads if h), default=0.0)
    for body in range(first + 1, min(first + _MOST_HEAD, len(grid.rows))):
        over = {c: heading_key(grid.heading(c, first, body)) for c in range(len(grid.rows[first]))}
        there = set(over.values()) & known.headings
        share = len(there) / len(known.headings) if known.headings else 0
        sure = alike > _SAME and share > _LIKE / 2
        if sure or (share > _ALIKE and (alike > _LIKE or len(there) >= _PLENTY)):
            extra = set(over.values()) - known.headings
            missed = len(extra) / 1000 + len(extra & elsewhere) / 5
            own = {c: m[1] for c in over if (m := _MONEY.search(grid.heading(c, first, body)))}
            yield _Found(known, grid, body, over, own, money or known.money, alike * 2 + share + body / 100 - missed)


def _read_rows(told: Told, table: Table, found: _Found, codes: Classification, above: int) -> None:
    known, grid = found.table, found.grid
    code_at = code_columns(found.over)
    columns = _columns(found, code_at)
    names = [c for c, h in found.over.items() if re.search("名称", h) and c not in columns]
    parents, item = "", 0
    short: dict[str, str] = {}
    for r in range(found.body, len(grid.rows)):
        cells = grid.rows[r]
        if re.match("^备?注[：:.]|^备注$", next((c.label for c in cells if c.text), "")):
            break
        label = next((cells[c].label for c in names if cells[c].label), "")
        code = _code_of([cells[c] for c in code_at], parents, label, short, codes)
        if code:
            parents = code
            if label and (code not in told.names or label in (codes.name(code), codes.economic_name(code))):
                told.names[code] = label
        listed = {h: cells[c] for c, h in columns.items() if h in known.listed and cells[c].own and cells[c].text}
        if listed and not code:
            item += 1
        for column, heading in columns.items():
            cell = cells[column]
            if not cell.own:
                continue
            name = _name(known, grid, r, column, heading, code, codes)
            if name and "[#]" in name:
                _listed(told, name, item, cell, found, table, r - above, column)
            elif name:
                _amount(told, name, code, cell, found, (table.number, r - above, column), table.line(r - above))
        own = {c: cells[c] for c, h in columns.items() if h in known.coded and cells[c].own}
        _nothing(told, code, own, found, (table.number, r - above))


def _code_of(cells: Sequence[Cell], above: str, name: str, short: dict[str, str], codes: Classification) -> str:
    """The code of a row; where its 类 is written short (7 for 210), that which the 类 of this name has."""
    code = row_code(cells, above) if cells else ""
    first = cells[0].label if cells and cells[0].own else ""
    if not first.isdigit() or len(first) >= min(LEVELS):
        return code
    below = [c.label for c in cells[1:] if c.own and c.label.isdigit()]
    if not below and (found := class_of(name, codes)):
        short[first] = found
    if below and len(above) > min(LEVELS) and above[min(LEVELS) :].startswith(below[0].zfill(2)):
        short.setdefault(first, above[: min(LEVELS)])  # the rows of one 款
    return short[first] + "".join(piece.zfill(2) for piece in below) if first in short else ""


def _columns(found: _Found, code_at: Sequence[int]) -> dict[int, str]:
    """Column → the learned heading that it has: its own, or one that ends alike and nobody has."""
    known = found.table.headings
    columns = {c: h for c, h in found.over.items() if h in known and c not in code_at}
    for c, h in found.over.items():
        if c in columns or c in code_at:
            continue
        alike = [k for k in known if k not in columns.values() and k.split("/")[-1] == h.split("/")[-1] and h]
        if len(alike) == 1:
            columns[c] = alike[0]
    return dict(sorted(columns.items()))


def _name(
    known: LearnedTable, grid: Grid, row: int, column: int, heading: str, code: str, codes: Classification
) -> str:
    """The figure that stands in a cell."""
    if code:
        return _filled(known.coded.get(heading, ""), code)
    label = label_before(grid, row, column)
    if "合计" in {c.label for c in grid.rows[row][:column] if c.own} and heading in known.total:
        return known.total[heading]
    if heading in known.listed:
        return known.listed[heading]
    if label:
        key = label_key(label)
        if (key, heading) in known.labelled:
            return known.labelled[key, heading]
        if heading in known.classes and (found := class_of(label, codes)):
            return _filled(known.classes[heading], found)
        likely = [(SequenceMatcher(None, k, key).ratio(), n) for (k, h), n in known.labelled.items() if h == heading]
        ratio, name = max(likely, default=(0.0, ""))
        return name if ratio > _ALIKE else ""
    return known.single.get(heading, "")


def _filled(name: str, code: str) -> str:
    return name.replace("{级}", LEVELS.get(len(code), "")).replace("{码}", code) if len(code) in LEVELS else ""


def _amount(told: Told, name: str, code: str, cell: Cell, found: _Found, spot: tuple[int, int, int], line: str) -> None:
    own = code or next(iter(re.findall(r"\[(\d{3,7})\]", name)), "")
    if cell.label in _NIL:
        nothing = Stated(name, name, Amount(0), "", cell.place, spot, own, words=line, money=found.money)
        (told.stated if name in found.table.single.values() else told.blank).append(nothing)
        return
    amount = _money(cell.text, found.money or "元")
    if amount is None:
        told.unread.append((cell.place, cell.text.strip()))
        return
    general = re.sub(r"(类|款|项)\[\d{3,7}\]", "{级}[{码}]", name)
    told.stated.append(
        Stated(name, general, amount, cell.text.strip(), cell.place, spot, own, words=line, money=found.money)
    )


def _nothing(told: Told, code: str, cells: Mapping[int, Cell], found: _Found, at: tuple[int, int]) -> None:
    """A row that is there with no amount at all: its first column that is a field of the input is 0."""
    if not code or not cells or any(cell.label not in _NIL for cell in cells.values()):
        return
    column, cell = next(iter(cells.items()))
    for general in found.table.coded.values():
        fields = {f.path for f in told.learned.fields.get(general, ()) if f.digits == len(code)}
        if len(fields) == 1:
            told.stated.append(Stated(_filled(general, code), general, Amount(0), "", cell.place, (*at, column), code))
            return


def _money(text: str, unit: str) -> Amount | None:
    read = read_amount(text, unit)
    if isinstance(read, Refusal):
        return None
    return Amount(read.value) if unit == "元" else Amount.from_wan_yuan(read.value)


def _listed(told: Told, name: str, item: int, cell: Cell, found: _Found, table: Table, row: int, column: int) -> None:
    """A cell of a list's item: an amount where it is one in the model, else a text."""
    if cell.label in _NIL or not item:
        return
    if name in {n for n in found.table.listed.values() if n in told.learned.fields}:
        amount = _money(cell.text, found.own_money.get(column) or found.money or "元")
        if amount is None:
            told.unread.append((cell.place, cell.text.strip()))
            return
        spot = (table.number, row, column)
        concrete = name.replace("[#]", f"[{item}]", 1)
        told.stated.append(Stated(concrete, name, amount, cell.text.strip(), cell.place, spot, words=table.line(row)))
        return
    told.texts.append(SaidText(name, item, cell.text.strip()))
