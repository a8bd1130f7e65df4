"""Writes the tables of 绩效自评: 绩效指标, 绩效权重, 绩效项目. One row an indicator, a weight, a project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from budgetgen.form import layout, look
from budgetgen.form.form_sheets import value_at
from budgetgen.form.layout import Leaf
from budgetgen.model.declarations import Choice, Lines, Money, Score, Shape, Text

HEAD_ROW = 4
_SPARE_INDICATORS, _SPARE_WEIGHTS, _SPARE_PROJECTS = 40, 10, 15
_WIDE, _NARROW, _MIDDLE = 40, 13, 24
_LONG = frozenset({"预期目标", "完成情况", "绩效情况", "扣分标准", "偏差原因", "三级", "主要用途"})


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    note: str
    shape: Shape
    width: int


_OF = _Column(
    layout.PROJECT_HEADER, f"整体支出自评表写“{layout.WHOLE_ROW}”，项目写项目名称；空着同上一行。", Text(), _MIDDLE
)


def write_indicators(sheet: Worksheet, data: Mapping[str, Any]) -> None:
    """绩效指标: the indicators of 整体 and of each project; a list that is stated as nothing is a row of 无."""
    leaves = layout.indicator_columns()
    rows: list[list[str]] = []
    for name, table in _tables(data):
        found = table.get(layout.INDICATORS_KEY, [])
        items = found if isinstance(found, list) else [{leaves[0].keys[0]: found}]
        rows += [[name, *(str(value_at(item, leaf.keys) or "") for leaf in leaves)] for item in items]
    hint = "一个指标一行。得分不填的，指标值和完成值都是数时由程序算。没有指标的种类只填一级、二级指标。"
    _write(sheet, layout.INDICATORS, hint, [_OF, *map(_column, leaves)], rows, _SPARE_INDICATORS)


def write_weights(sheet: Worksheet, data: Mapping[str, Any]) -> None:
    """绩效权重: the points of each 一级指标."""
    columns = [
        _OF,
        _Column(layout.FIRST_HEADER, "如：产出指标。", Text(), _MIDDLE),
        _Column(layout.POINTS_HEADER, "一级指标的分值，印在名称后面，如 产出指标（40分）。", Score(), _NARROW),
    ]
    rows = [
        [name, first, str(points)]
        for name, table in _tables(data)
        for first, points in table.get(layout.WEIGHTS_KEY, {}).items()
    ]
    _write(sheet, layout.WEIGHTS, "一级指标的分值。表上不印分值的不用填。", columns, rows, _SPARE_WEIGHTS)


def write_projects(sheet: Worksheet, data: Mapping[str, Any]) -> None:
    """绩效项目: who, what for, the money and the scores that are stated; one row a project."""
    leaves = layout.project_columns()
    found = data.get(layout.PROJECTS_KEY, [])
    projects = found if isinstance(found, list) else []
    rows = [[str(value_at(item, leaf.keys) or "") for leaf in leaves] for item in projects]
    hint = "一个项目一行。指标填在“绩效指标”，权重填在“绩效权重”。涉密项目不填指标。"
    _write(sheet, layout.PROJECTS, hint, [_column(leaf) for leaf in leaves], rows, _SPARE_PROJECTS)


def _tables(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """整体 and the projects with the names that their rows carry."""
    whole, projects = data.get(layout.WHOLE_KEY), data.get(layout.PROJECTS_KEY)
    if isinstance(whole, dict):
        yield layout.WHOLE_ROW, whole
    for project in projects if isinstance(projects, list) else []:
        yield str(project[layout.project_columns()[0].keys[0]]), project


def _column(leaf: Leaf) -> _Column:
    said = filter(None, (leaf.spec.note, f"单位：{leaf.unit}" if leaf.unit else ""))
    numeric = isinstance(leaf.shape, (Money, Score))
    width = _WIDE if leaf.keys[-1] in _LONG or isinstance(leaf.shape, Lines) else _NARROW if numeric else _MIDDLE
    return _Column(leaf.title, "。".join(said), leaf.shape, width)


def _write(
    sheet: Worksheet, name: str, hint: str, columns: Sequence[_Column], rows: Sequence[Sequence[str]], spare: int
) -> None:
    look.title(sheet, name, hint)
    widths = [c.width for c in columns]
    look.columns(sheet, widths)
    for number, column in enumerate(columns, 1):
        look.header(sheet.cell(HEAD_ROW, number), column.title, column.note)
    sheet.row_dimensions[HEAD_ROW].height = 48
    last = HEAD_ROW + len(rows) + spare
    for row in range(HEAD_ROW + 1, last + 1):
        values = rows[row - HEAD_ROW - 1] if row - HEAD_ROW <= len(rows) else [""] * len(columns)
        for number, (column, value) in enumerate(zip(columns, values, strict=True), 1):
            cell: Any = sheet.cell(row, number)
            look.put(cell, value, column.shape)
            look.style_input(cell, column.shape)
        look.fit_row(sheet, row, list(zip(values, widths, strict=True)))
    for number, column in enumerate(columns, 1):
        span = f"{get_column_letter(number)}{HEAD_ROW + 1}:{get_column_letter(number)}{last}"
        if isinstance(column.shape, Choice):
            look.offer(sheet, span, look.choices(column.shape), "从列表中选。")
        elif isinstance(column.shape, (Money, Score)):
            look.check_number(sheet, [span], column.shape)
    sheet.freeze_panes = sheet.cell(HEAD_ROW + 1, 2).coordinate
    look.page(sheet, f"{HEAD_ROW}:{HEAD_ROW}")
