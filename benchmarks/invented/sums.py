"""What the nine tables of 版式 standard must show, added up here from the lines: in 分, by code or name of row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from invented.expenses import ITEMS
from invented.lines import CLOSINGS, OPENINGS, REVENUES, SPENDINGS, Row
from invented.plan import CAPITAL, FUND, GENERAL, NON_FISCAL

FISCAL = (GENERAL, FUND, CAPITAL)
TOTAL = "合计"
Table = dict[str, list[int]]


def tables(
    lines: Sequence[Row], economic: dict[str, int], public: dict[str, dict[str, int]], used: int, distributed: int
) -> dict[str, Any]:
    """Every amount of the nine tables. Rows of nothing but zeros are left out of classified ones."""
    general = [r for r in lines if r.fund == GENERAL]
    fund = [r for r in lines if r.fund == FUND]
    capital = [r for r in lines if r.fund == CAPITAL]
    return {
        "公开01": _overall(lines, used, distributed),
        "公开02": _by_code(lines, lambda r: _with_total(r.revenue, REVENUES)),
        "公开03": _by_code(lines, lambda r: _with_total(r.spending, SPENDINGS)),
        "公开04": _fiscal([r for r in lines if r.fund in FISCAL]),
        "公开05": _by_code(general, _spent),
        "公开06": _economic(economic),
        "公开07": _by_code(fund, lambda r: [_opening(r), sum(r.revenue.values()), *_spent(r), _closing(r)]),
        "公开08": _by_code(capital, _spent),
        "公开09": [*_public(public, "全年预算"), *_public(public, "决算")],
    }


def _with_total(amounts: dict[str, int], keys: Sequence[str]) -> list[int]:
    values = [amounts.get(k, 0) for k in keys]
    return [sum(values), *values]


def _spent(row: Row) -> list[int]:
    return _with_total(row.spending, ("基本", "项目"))


def _opening(row: Row) -> int:
    return sum(row.opening.get(k, 0) for k in OPENINGS)


def _closing(row: Row) -> int:
    return sum(row.closing.get(k, 0) for k in CLOSINGS)


def _add(table: Table, key: str, values: list[int]) -> None:
    table[key] = [a + b for a, b in zip(table.get(key, [0] * len(values)), values, strict=True)]


def _by_code(lines: Sequence[Row], columns: Any) -> Table:
    table: Table = {}
    for row in lines:
        for key in (TOTAL, row.code[:3], row.code[:5], row.code):
            _add(table, key, columns(row))
    return {k: v for k, v in sorted(table.items()) if any(v)}


def _overall(lines: Sequence[Row], used: int, distributed: int) -> dict[str, Any]:
    received = [sum(r.revenue.get("财政拨款", 0) for r in lines if r.fund == f) for f in FISCAL]
    received += [sum(r.revenue.get(k, 0) for r in lines) for k in REVENUES[1:]]
    spent: Table = {}
    for row in lines:
        _add(spent, row.code[:3], [row.spent])
    revenue, spending = sum(received), sum(v[0] for v in spent.values())
    opening, closing = sum(map(_opening, lines)), sum(map(_closing, lines))
    return {
        "收入": received,
        "支出": {k: v for k, v in sorted(spent.items()) if any(v)},
        "收入脚": [revenue, used, opening, revenue + used + opening],
        "支出脚": [spending, distributed, closing, spending + distributed + closing],
    }


def _fiscal(lines: Sequence[Row]) -> dict[str, Any]:
    def by_fund(of: Any) -> list[int]:
        return [sum(of(r) for r in lines if r.fund == f) for f in FISCAL]

    spent: Table = {}
    for row in lines:
        _add(spent, row.code[:3], [row.spent, *(row.spent if row.fund == f else 0 for f in FISCAL)])
    received, opening = by_fund(lambda r: sum(r.revenue.values())), by_fund(_opening)
    paid, closing = by_fund(lambda r: r.spent), by_fund(_closing)
    total = [a + b for a, b in zip(paid, closing, strict=True)]
    return {
        "收入": received,
        "支出": {k: v for k, v in sorted(spent.items()) if any(v)},
        "收入脚": [sum(received), sum(opening), *opening, sum(received) + sum(opening)],
        "支出脚": [[sum(v), *v] for v in (paid, closing, total)],
    }


def _economic(economic: dict[str, int]) -> dict[str, int]:
    out: dict[str, int] = {}
    for code, amount in economic.items():
        for key in (code[:3], code):
            out[key] = out.get(key, 0) + amount
    people = sum(v for k, v in economic.items() if k[:3] in ("301", "303"))
    return {k: v for k, v in sorted(out.items()) if v} | {
        "人员经费": people,
        "公用经费": sum(economic.values()) - people,
    }


def _public(public: dict[str, dict[str, int]], measure: str) -> list[int]:
    travel, purchase, running, reception = (public[item][measure] for item in ITEMS)
    return [travel + purchase + running + reception, travel, purchase + running, purchase, running, reception]


def without_payments(code: str, received: str, paid_code: str, paid: str, amount: int) -> list[Row]:
    """Two rows that take a payment between two units out of their sum."""
    return [
        Row(code, NON_FISCAL, revenue={received: -amount}),
        Row(paid_code, NON_FISCAL, spending={paid: -amount}),
    ]
