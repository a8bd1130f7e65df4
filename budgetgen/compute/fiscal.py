"""财政拨款: table 公开04 over its three funds, and each fund's own table (公开05, 公开07, 公开08)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from budgetgen.classification import Classification
from budgetgen.compute.book import Book, declare_change, declare_completion, declare_rows
from budgetgen.compute.lines import CLOSING, OPENING, LineFigures
from budgetgen.compute.overall import beside, listed, with_total
from budgetgen.compute.rows import Entry, Table, tabulate
from budgetgen.figures import CATALOGUE, NOUGHT, Blank, Group, Value, change, completion
from budgetgen.model import FISCAL_FUNDS

GENERAL = "一般公共预算"
BUDGET = "年初预算"
_FLOWS = ("收入", "年初结转", "年末结转")
_BY_FUND: dict[str, str] = {f: f"{f}财政拨款" for f in FISCAL_FUNDS} | {"合计": "合计"}
_FUND_BLOCKS = {
    "年初结转": OPENING,
    "收入": {"基本": "基本支出", "项目": "项目支出", "合计": "小计"},
    "支出": {"基本": "基本支出", "项目": "项目支出", "合计": "小计"},
    "年末结转": CLOSING,
}
FUND_COLUMNS = {f"{block}.{c}": f"{block}，{label}" for block, cs in _FUND_BLOCKS.items() for c, label in cs.items()}

declare_rows("财政拨款.支出", _BY_FUND, "财政拨款支出")
for _flow in (*_FLOWS, "总计", "支出总计"):
    for _column in _BY_FUND:
        CATALOGUE.declare(f"财政拨款.{_flow}.{_column}", f"财政拨款{_flow}：{_column}")
CATALOGUE.declare("财政拨款.支出.列示类", "有数的和单位指定的功能科目类，行同 财政拨款.支出.类", "")
CATALOGUE.declare("财政拨款收支总计", "财政拨款收入 + 年初财政拨款结转和结余")
declare_change("财政拨款收支总计.较上年")
for _name in FISCAL_FUNDS:
    declare_rows(_name, FUND_COLUMNS, f"{_name}财政拨款")
    for _kind, _meaning in (("有数", "有没有收支或结转"), ("有支出", "有没有支出")):
        CATALOGUE.declare(f"{_name}.{_kind}", f"{_name}财政拨款{_meaning}", "")
    for _level in ("类", "款", "项"):
        CATALOGUE.declare(f"{_name}.{_level}[*].有支出", f"某{_level}有没有支出，冲平的也算", "")
        CATALOGUE.declare(f"{_name}.{_level}[*].有收支", f"某{_level}有没有收支或结转，冲平的也算", "")
    CATALOGUE.declare(f"{_name}.有数", f"{_name}财政拨款有任何收支结转时为真", "")
declare_rows(GENERAL, {BUDGET: "年初预算"}, "一般公共预算财政拨款")
declare_change(f"{GENERAL}.支出.合计.较上年")
declare_completion(f"{GENERAL}.完成")
declare_completion(f"{GENERAL}.项[*].完成")
CATALOGUE.declare(f"{GENERAL}.项[*].差异原因", "决算与年初预算不同的原因，输入的文字", "")


def compute_fiscal(book: Book, facts: Group, lines: Sequence[LineFigures], names: Classification) -> dict[str, object]:
    """财政拨款 with its totals, 财政拨款收支总计, and each fund under its name."""
    fiscal = [n for n in lines if n.is_fiscal]
    funds = {f: _fund(book, f, [n for n in fiscal if n.fund == f], names) for f in FISCAL_FUNDS}
    spending = _spending(book, fiscal, names)
    flows = {flow: _by_fund(book, f"财政拨款.{flow}", {f: t.totals[f"{flow}.合计"] for f, t in funds.items()})
             for flow in _FLOWS}  # fmt: skip
    left = _joined(book, "财政拨款.总计", flows["收入"], flows["年初结转"])
    right = _joined(book, "财政拨款.支出总计", Group("", spending.totals), flows["年末结转"])
    shown = listed(spending.classes, facts, names)
    total = book.total("财政拨款收支总计", [flows["收入"].value("合计"), flows["年初结转"].value("合计")])
    return {
        "财政拨款": Group("财政拨款", {
            **flows,
            "支出": Group("财政拨款.支出", {**spending.entries("财政拨款.支出"), "列示类": shown}),
            "总计": left,
            "支出总计": right,
        }),
        "财政拨款收支总计": beside(total, 较上年=change(total, facts.value("上年.财政拨款收支总计"))),
        **{f: Group(f, _fund_entries(f, t, facts)) for f, t in funds.items()},
    }  # fmt: skip


def _fund(book: Book, fund: str, lines: Sequence[LineFigures], names: Classification) -> Table:
    """One fund's lines, classified; 一般公共预算 has its 年初预算 beside."""
    if fund != GENERAL:
        return tabulate(book, fund, [Entry(n.code, n.columns) for n in lines], list(FUND_COLUMNS), names, _kinds)
    entries = [
        Entry(n.code, {**n.columns, BUDGET: n.facts.value(BUDGET)}, {"差异原因": n.facts["差异原因"]}) for n in lines
    ]
    return tabulate(book, fund, entries, [*FUND_COLUMNS, BUDGET], names, _completed)


def _completed(row: Group) -> Mapping[str, object]:
    return {**_kinds(row), "完成": completion(row.value("支出.合计"), row.value(BUDGET))}


def _kinds(row: Group) -> dict[str, object]:
    """有支出 and 有收支: whether the row, or one below it, has any such amount, even one that another takes back."""
    below = [r for level in ("款", "项") if level in row for r in row.series(level)]
    spent = any(_amounts(row, "支出")) or any(r["有支出"] for r in below)
    moved = spent or any(_amounts(row, *_FLOWS)) or any(r["有收支"] for r in below)
    return {"有支出": spent, "有收支": moved}


def _amounts(row: Group, *blocks: str) -> Iterator[bool]:
    """Whether each column of `blocks` has an amount."""
    for block in blocks:
        for column in _FUND_BLOCKS[block]:
            value = row.value(f"{block}.{column}")
            yield isinstance(value, Blank) or value.value != 0


def _fund_entries(fund: str, table: Table, facts: Group) -> dict[str, object]:
    """The fund's names for the tree: its table, whether it has any money, and its comparisons."""
    entries = table.entries(fund) | {"有数": any(r["有收支"] for r in table.items)}
    entries["有支出"] = any(r["有支出"] for r in table.items)
    if fund != GENERAL:
        return entries
    spent = table.totals["支出.合计"]
    compared = beside(spent, 较上年=change(spent, facts.value("上年.一般公共预算支出")))
    block = Group(f"{fund}.支出", {c: table.totals[f"支出.{c}"] for c in _FUND_BLOCKS["支出"]} | {"合计": compared})
    return entries | {"支出": block, "完成": completion(spent, table.totals[BUDGET])}


def _spending(book: Book, lines: Sequence[LineFigures], names: Classification) -> Table:
    """财政拨款支出 by 科目, one column a fund."""
    entries = []
    for line in lines:
        spent = line.columns["支出.合计"]
        by_fund: dict[str, Value] = {f: spent if f == line.fund else NOUGHT for f in FISCAL_FUNDS}
        entries.append(Entry(line.code, {**by_fund, "合计": spent}))
    return tabulate(book, "财政拨款.支出", entries, list(_BY_FUND), names)


def _by_fund(book: Book, name: str, values: Mapping[str, Value]) -> Group:
    parts = {f: book.total(f"{name}.{f}", [v]) for f, v in values.items()}
    return Group(name, with_total(book, name, parts))


def _joined(book: Book, name: str, *parts: Group) -> Group:
    return Group(name, {f: book.total(f"{name}.{f}", [p.value(f) for p in parts]) for f in _BY_FUND})
