"""收入, 支出 and carry-over over all money: tables 公开01, 公开02 and 公开03."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from budgetgen.classification import Classification
from budgetgen.compute.book import ROW_LABELS, Book, declare_change, declare_list, declare_rows
from budgetgen.compute.lines import BLOCKS, CLOSING, OPENING, LineFigures
from budgetgen.compute.rows import Entry, Table, tabulate
from budgetgen.figures import CATALOGUE, Group, Series, Value, change

declare_rows("收入", BLOCKS["收入"], "本年收入")
declare_rows("支出", BLOCKS["支出"], "本年支出")
for _name, _columns in (("年初结转", OPENING), ("年末结转", CLOSING)):
    for _column, _label in _columns.items():
        CATALOGUE.declare(f"{_name}.{_column}", f"{_name}和结余：{_label}")
CATALOGUE.declare("收支总计", "收入合计 + 使用非财政拨款结余 + 年初结转和结余")
CATALOGUE.declare("支出总计", "支出合计 + 结余分配 + 年末结转和结余，应等于收支总计")
declare_list("功能类", "总表依次列示的功能科目类", {k: ROW_LABELS[k] for k in ("编码", "名称", "序号")})
CATALOGUE.declare("支出.列示类", "有数的和单位指定的功能科目类，行同 支出.类", "")
declare_change("收支总计.较上年")


def compute_overall(book: Book, facts: Group, lines: Sequence[LineFigures], names: Classification) -> dict[str, object]:
    """收入, 支出, 年初结转, 年末结转, 收支总计, 支出总计."""
    revenue, expenditure = (_classified(book, part, lines, names) for part in ("收入", "支出"))
    opening, closing = (_carryover(book, name, lines) for name in ("年初结转", "年末结转"))
    total = book.total("收支总计", [revenue.totals["合计"], facts.value("使用非财政拨款结余"), opening.value("合计")])
    spent = book.total("支出总计", [expenditure.totals["合计"], facts.value("结余分配"), closing.value("合计")])
    shown = listed(expenditure.classes, facts, names)
    return {
        "收入": Group("收入", revenue.entries("收入")),
        "支出": Group("支出", {**expenditure.entries("支出"), "列示类": shown}),
        "功能类": disclosed_classes(expenditure.classes, names),
        "年初结转": opening,
        "年末结转": closing,
        "收支总计": beside(total, 较上年=change(total, facts.value("上年.收支总计"))),
        "支出总计": spent,
    }


def _classified(book: Book, part: str, lines: Iterable[LineFigures], names: Classification) -> Table:
    return tabulate(book, part, [Entry(n.code, n.block(part)) for n in lines], list(BLOCKS[part]), names)


def _carryover(book: Book, name: str, lines: Iterable[LineFigures]) -> Group:
    blocks = [n.block(name) for n in lines]
    parts = {c: book.total(f"{name}.{c}", [b[c] for b in blocks]) for c in BLOCKS[name] if c != "合计"}
    return Group(name, with_total(book, name, parts))


def with_total(book: Book, name: str, columns: Mapping[str, Value]) -> dict[str, Value]:
    """`columns` and their 合计."""
    return {**columns, "合计": book.total(f"{name}.合计", columns.values())}


def listed(classes: Series, facts: Group, names: Classification) -> list[Group]:
    """列示类: the 类 with money and those that the unit names, in code order."""
    wanted = facts.at("单位.列示类")
    more = wanted if isinstance(wanted, list) else []
    return [_labelled(classes.row(code), code, names) for code in sorted({*classes.codes(), *more})]


def disclosed_classes(classes: Series, names: Classification) -> list[Group]:
    """功能类: every 类 that full tables list, in their order, and after them any other with money."""
    codes = [*names.disclosed, *(c for c in classes.codes() if c not in names.disclosed)]
    return [Group("", {"编码": c, "名称": names.name(c), "序号": names.ordinal(c)}) for c in codes]


def _labelled(row: Group, code: str, names: Classification) -> Group:
    return row.extended(编码=code, 名称=names.name(code), 序号=names.ordinal(code))


def beside(value: Value, **related: object) -> Value:
    """`value` with what stands beside it under its own name (较上年, 完成)."""
    return replace(value, related=related)
