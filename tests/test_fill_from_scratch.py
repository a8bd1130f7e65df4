"""From the empty form to the finished packet: what is asked for is filled, cell by cell in its order, until nothing is left."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from budgetgen.convert import new
from budgetgen.pipeline import build, examine

AT_ONCE = 25
"""Cells that are filled before the form is looked at again."""
ANSWERS: dict[str, str | float] = {
    "年度": 2024,
    "金额单位": "万元",
    "单位.名称": "虚构县青石镇水文站",
    "单位.类型": "单位",
    "单位.职责": "负责辖区内的水文测报。",
    "单位.内设机构": "无",
    "上年.收支总计": 18.5,
    "上年.财政拨款收支总计": 18.5,
    "上年.一般公共预算支出": 18.5,
    "预算绩效.整体自评.全年预算数": 20,
    "预算绩效.整体自评.得分": 100,
    "预算绩效.整体自评.等级": "优",
    "预算绩效.整体自评.目标完成情况": "全部完成",
    "预算绩效.整体自评.主要问题及原因": "无",
    "预算绩效.整体自评.改进措施": "继续坚持",
    "预算绩效.应用情况": "作为下年预算安排的参考",
    "变动原因.收支总计": "增加了水位站的运行维护",
}
"""By what is asked; where none stands here, there is none of it: 0."""
ROWS: dict[str, dict[str, dict[str, str | float]]] = {
    "收支明细": {"收支明细": {"A6": "2130304", "G6": 20, "O6": 20, "Y6": 20}},
    "基本支出经济分类": {"经济分类": {"A7": "30101", "C7": 20}},
}
"""What is asked for as a whole: the cells of its first row."""


def test_from_the_empty_form_to_the_packet(tmp_path: Path) -> None:
    (form,) = new(tmp_path / "水文站", profile="zhuzhou")
    book = openpyxl.load_workbook(form)
    left: list[int] = []
    filled: set[str] = set()
    while (seen := examine(form)).to_fill:
        assert seen.draft or seen.stops
        left.append(len(seen.to_fill))
        for item in seen.to_fill[:AT_ONCE]:
            at = f"{item.sheet}!{item.cell}"
            assert at not in filled, f"{at} is asked for again: {item.words}"
            filled.add(at)
            for sheet, cells in ROWS.get(item.path, {item.sheet: {item.cell: ANSWERS.get(item.path, 0)}}).items():
                for cell, value in cells.items():
                    book[sheet][cell] = value
        book.save(form)
    assert len(left) > 2
    assert left == sorted(set(left), reverse=True)
    built = build(form, tmp_path / "材料")
    assert not built.draft
    assert {f.suffix for f in built.files} == {".xlsx", ".docx"}
    assert [i for i in built.issues if i.stops] == []
