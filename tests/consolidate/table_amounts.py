"""Every amount of a built workbook of 版式 standard, in 分, in the form of a generated department's expected.json."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from budgetgen.classification import read_classification

Rows = list[tuple[Any, ...]]
CLASSIFIED = ("公开02", "公开03", "公开05", "公开07", "公开08")
FEET = {
    "公开01": (("本年收入合计", "使用非财政拨款结余（含专用结余）", "年初结转和结余", "总计"),
             ("本年支出合计", "结余分配", "年末结转和结余", "总计")),
    "公开04": (("本年收入合计", "年初财政拨款结转和结余", "一般公共预算财政拨款", "政府性基金预算财政拨款",
              "国有资本经营预算财政拨款", "总计"),
             ("本年支出合计", "年末财政拨款结转和结余", "总计")),
}  # fmt: skip


def amounts(path: Path, year: int) -> dict[str, Any]:
    book = load_workbook(path, read_only=True)
    tables = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}
    book.close()
    return {
        "公开01": {**overall(tables["公开01"], 8, 1, year), **feet(tables["公开01"], "公开01")},
        "公开04": {**overall(tables["公开04"], 3, 4, year), **feet(tables["公开04"], "公开04")},
        **{name: classified(tables[name]) for name in CLASSIFIED},
        "公开06": economic(tables["公开06"]),
        "公开09": [cents(v) for v in tables["公开09"][7]],
    }


def cents(value: Any) -> int:
    """An amount of a cell in 分; a blank is nothing."""
    exact = Decimal(str(value or 0)) * 1_000_000
    assert abs(exact - round(exact)) < Decimal("0.01"), value
    return round(exact)


def overall(rows: Rows, revenues: int, columns: int, year: int) -> dict[str, Any]:
    """The kinds of 收入, and the 类 of 支出 that have an amount."""
    body = rows[6:]
    classes = zip(read_classification(year).disclosed, body, strict=False)
    spent = {code: [cents(v) for v in row[5 : 5 + columns]] for code, row in classes}
    return {"收入": [cents(row[2]) for row in body[:revenues]], "支出": {c: v for c, v in spent.items() if any(v)}}


def feet(rows: Rows, name: str) -> dict[str, Any]:
    first = next(n for n, row in enumerate(rows) if row[0] == "本年收入合计")
    left = {row[0]: cents(row[2]) for row in rows[first:]}
    right = {row[3]: [cents(v) for v in row[5:9]] for row in rows[first:]}
    columns = 1 if name == "公开01" else 4
    labels = FEET[name]
    spent = [right[label][:columns] for label in labels[1]]
    return {"收入脚": [left[label] for label in labels[0]], "支出脚": [v[0] for v in spent] if columns == 1 else spent}


def classified(rows: Rows) -> dict[str, list[int]]:
    """Rows by code, and the 合计; rows of nothing left out."""
    found = {str(row[0]): [cents(v) for v in row[2:] if v is not None] for row in rows[6:] if row[2] is not None}
    return {code: values for code, values in found.items() if any(values)}


def economic(rows: Rows) -> dict[str, int]:
    blocks = [(row[at], row[at + 2]) for row in rows[5:] for at in (0, 3, 6) if str(row[at] or "").isdigit()]
    foot = next(row for row in rows if row[0] == "人员经费合计")
    found = {str(code): cents(value) for code, value in blocks if cents(value)}
    return found | {"人员经费": cents(foot[2]), "公用经费": cents(foot[8])}
