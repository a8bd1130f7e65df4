"""Writes the sheets of one fact a row: 单位, 上年数, 其他事项, 文字."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from openpyxl.worksheet.worksheet import Worksheet

from budgetgen.form import layout, look
from budgetgen.form.layout import Leaf
from budgetgen.input.wording import last_year
from budgetgen.model import Accounts
from budgetgen.model.declarations import Choice, Money, Score, Section, Shape, Whole, fields_of

HEAD_ROW = 4
_WIDTHS = (18, 42, 6, 60, 12, 44)
_BLANK_TEXTS, _BLANK_SECTIONS = 5, 2
"""Empty places of a list in an empty form."""
_CONTENT = 4
_NOTES = {
    layout.SECTION: "这一行属于哪个事项。",
    layout.ITEM: "填什么。名称与 YAML 的键或公开材料上的名称相同；不要改。",
    layout.NUMBER: "同一事项有几项时，从 1 起编号；同一项的各行编号相同。不够时插入行，照样编号。",
    layout.CONTENT: "填在这一列。金额按“单位”表里的金额单位填；没有的写 0 或“无”。",
    layout.UNIT_NOTE: "金额按“单位”表里的金额单位；其余照写的单位。",
    layout.NOTE: "怎么填。",
}
_HINTS = {
    layout.UNIT: "金额单位适用于整个工作簿。黄色的格填写。",
    layout.PRIOR: "从上年公开的表里照抄。没有的写 0。",
    layout.OTHER: "一行一项；没有的写 0。整个事项都没有的，在“项目”里只留空、内容写“无”也可以。",
    layout.EVALUATION: "第五部分：自评报告、基础数据和整体自评表。决算里有的数不用填；几段的文字，一段一行（Alt+Enter 换行）。",
    layout.TEXTS: "说明、原因和名单。原因末尾不写句号，不写增减；没有的写“无”。",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One row: the field it is for, its number in a list, its value (blank: to be filled in)."""

    section: str
    item: str
    number: str
    value: str
    shape: Shape | None
    unit: str = ""
    note: str = ""
    path: str = ""


def write_form(
    sheet: Worksheet, name: str, data: Mapping[str, Any], profiles: str, notes: Mapping[str, str]
) -> dict[tuple[str, ...], str]:
    """Write a form sheet, filled from `data`; the address of each single value's cell by its keys.

    `profiles` is the range that lists the 版式; `notes` are last year's texts by path.
    """
    look.title(sheet, name, _HINTS[name])
    look.columns(sheet, _WIDTHS)
    for column, text in enumerate(layout.FORM_HEADERS, 1):
        look.header(sheet.cell(HEAD_ROW, column), text, _NOTES[text])
    places: dict[tuple[str, ...], str] = {}
    checked: dict[Shape, list[str]] = {}
    for row, (keys, fact) in enumerate(_facts(name, data, notes), HEAD_ROW + 1):
        _write(sheet, row, fact, notes.get(fact.path, ""))
        cell = sheet.cell(row, _CONTENT)
        if not fact.number:
            places[keys] = look.address(cell)
        if keys == (next(iter(fields_of(Accounts))),):
            look.offer(sheet, cell.coordinate, profiles, "版式从列表中选；自己做的版式，先留空再在命令里写。")
        elif isinstance(fact.shape, Choice):
            look.offer(sheet, cell.coordinate, look.choices(fact.shape), "从列表中选。")
        elif isinstance(fact.shape, (Money, Score, Whole)):
            checked.setdefault(fact.shape, []).append(cell.coordinate)
    for shape, cells in checked.items():
        look.check_number(sheet, cells, shape)
    sheet.freeze_panes = sheet.cell(HEAD_ROW + 1, 3).coordinate
    look.page(sheet, f"{HEAD_ROW}:{HEAD_ROW}")
    return places


def _write(sheet: Worksheet, row: int, fact: Fact, said: str) -> None:
    before = f"{last_year('')}：{said}" if said else ""
    told = "。".join(filter(None, (fact.note, before)))
    texts = (fact.section, fact.item, fact.number, fact.value, fact.unit, told)
    for column, text in enumerate(texts, 1):
        cell: Any = sheet.cell(row, column)
        if column == _CONTENT:
            look.put(cell, text, fact.shape)
            look.style_input(cell, fact.shape)
            look.attach(cell, before)
        else:
            look.put(cell, text, Whole() if column == layout.FORM_HEADERS.index(layout.NUMBER) + 1 else None)
            look.style_fixed(cell)
    look.fit_row(sheet, row, list(zip(texts, _WIDTHS, strict=True)))


def _facts(name: str, data: Mapping[str, Any], notes: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], Fact]]:
    for prefix, group in groupby(layout.form_rows()[name], key=lambda leaf: leaf.keys[: leaf.listed] or leaf.keys):
        rows = tuple(group)
        value = value_at(data, prefix)
        if rows[0].listed:
            yield from ((prefix, fact) for fact in _list(rows, value, notes))
        else:
            yield prefix, _fact(rows[0], "", value or "", ".".join(rows[0].keys))
    if name == layout.OTHER:
        yield from (((), fact) for fact in _standing(data))
        for figure, amount in data.get(layout.STATED_KEY, {}).items():
            yield (), Fact(layout.STATED_KEY, figure, "", amount, Money(signed=True), "按金额单位")


def _list(rows: tuple[Leaf, ...], value: Any, notes: Mapping[str, str]) -> Iterator[Fact]:
    """The rows of one list: what is filled, and room for more."""
    leaf = rows[0]
    items = value if isinstance(value, list) else []
    if value == "无":
        yield Fact(leaf.labels[0], layout.JOINT.join(leaf.labels[1 : leaf.listed]), "", "无", None)
    single = leaf.listed == len(leaf.keys)
    path = ".".join(leaf.keys[: leaf.listed])
    spare = 0 if items or value == "无" else _BLANK_TEXTS if single else _BLANK_SECTIONS
    while any(at == f"{path}[{spare + 1}]" or at.startswith(f"{path}[{spare + 1}].") for at in notes):
        spare += 1  # room for all that there was last year
    waiting = value if isinstance(value, str) and look.is_pending(value) else ""
    listed, _ = layout.find(list(leaf.keys[: leaf.listed]))
    for number, item in enumerate([*items, *[None] * spare], 1):
        for row in rows:
            inner = item if single else value_at(item or {}, row.keys[row.listed :])
            at = ".".join((f"{path}[{number}]", *row.keys[row.listed :]))
            # A list that is still to be filled in says so once, in its first place.
            fact = _fact(row, str(number), inner or waiting, at)
            waiting = ""
            # What there is to know of the list itself stands beside its first row.
            heads = number == 1 and row is leaf and listed is not None and not single
            told = filter(None, (listed.spec.note if heads and listed else "", fact.note))
            yield replace(fact, note="。".join(told))


def _fact(leaf: Leaf, number: str, value: str, path: str) -> Fact:
    return Fact(
        leaf.labels[0], layout.JOINT.join(leaf.labels[1:]), number, value, leaf.shape, leaf.unit, leaf.spec.note, path
    )


def _standing(data: Mapping[str, Any]) -> Iterator[Fact]:
    """Rows for sections that are there with nothing in them."""
    for leaf, number in _empty(data, ()):
        yield Fact(leaf.labels[0], layout.JOINT.join(leaf.labels[1:]), number, layout.STANDS, None)


def _empty(data: Mapping[str, Any], keys: tuple[str, ...], number: str = "") -> Iterator[tuple[Leaf, str]]:
    for key, value in data.items():
        here = (*keys, key)
        if here in ((layout.LINES_KEY,), (layout.STATED_KEY,), (layout.ECONOMIC_KEY,)):
            continue
        if isinstance(value, dict):
            leaf, _ = layout.find(list(here))
            if not value and leaf is not None and isinstance(leaf.shape, Section):
                yield leaf, number
            yield from _empty(value, here, number)
        elif isinstance(value, list):
            for position, item in enumerate(value, 1):
                if isinstance(item, dict):
                    yield from _empty(item, here, str(position))


def value_at(data: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    """What stands under `keys`; None where nothing does."""
    value: Any = data
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
