"""绩效自评 of last year → of the year after: who, which projects and which indicators stay; what was reached is asked anew."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from budgetgen.figures import Figure
from budgetgen.model import Amount, Declared, child_path, item_path
from budgetgen.model.declarations import FieldSpec, Lines, ListOf, Section, TableOf, Text, fields_of
from budgetgen.model.performance import INITIAL, Evaluation, Passage, Project, ThreeColumns

NAME = "绩效自评"
_KEPT = frozenset({
    "单位简称", "自称", "机构性质", "填表人", "联系电话", "三公预算口径", "名称", "类别", "主管部门", "实施单位", "涉密",
    "安排", "主要用途", "一级", "二级", "三级", "指标值", "扣分标准", "分值", "执行分值", "权重",
})  # fmt: skip
"""What says whom, what and how is scored, not what happened in a year."""
_NEVER_ASKED = frozenset({"核定", "结余结转", "偏差原因", "落款日期", "填报日期"})
_YEAR = re.compile(r"20[0-9]{2}")
_FROM_ACCOUNTS = {"项目支出": ("支出.项目",), "公用经费": ("公用经费",), "政府采购": ("政府采购.合计",)} | {
    "会议培训费": ("绩效自评.基础数据.会议培训费.本年决算",)
}


@dataclass
class NextEvaluation:
    """Rolls one 绩效自评; `notes` and `pending` as in `roll.Rolled`."""

    figures: Mapping[str, Figure]
    notes: dict[str, str] = field(default_factory=dict)
    pending: list[str] = field(default_factory=list)

    def roll(self, evaluation: Evaluation) -> Evaluation:
        """The same with what lasts. Projects that were added in the course of the year end with it."""
        projects = [p for p in evaluation.projects if p.arranged == INITIAL]
        return Evaluation(**self._values(evaluation.replaced(projects=projects), NAME))

    def _values(self, part: Declared, path: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, spec in fields_of(type(part)).items():
            value, at = getattr(part, spec.name), child_path(path, key)
            if value is None or value == spec.default:
                continue
            kept = self._next(key, spec, value, at)
            if kept is not None:
                values[spec.name] = kept
        return values

    def _next(self, key: str, spec: FieldSpec, value: Any, at: str) -> Any:
        """What the field holds next year; None for nothing."""
        if key in _KEPT and not (key not in ("名称", "权重") and _YEAR.search(str(value))):
            return value
        match spec.shape:
            case Section(model) if issubclass(model, ThreeColumns):
                return self._columns(key, value, at)
            case Section(model) if key not in _NEVER_ASKED:
                return model(**self._values(value, at))
            case ListOf(Section(model)) if model is not Passage:
                return [self._item(item, item_path(at, n, item)) for n, item in enumerate(value)]
        self._gone(key, spec, value, at)
        return None

    def _item(self, item: Declared, at: str) -> Declared:
        if isinstance(item, ThreeColumns):
            return self._columns("", item, at)
        values = self._values(item, at)
        if isinstance(item, Project) and "name" not in values:
            values["name"] = item.name
        return type(item)(**values)

    def _columns(self, key: str, row: ThreeColumns, at: str) -> ThreeColumns:
        """A row of 基础数据 with this year's 决算 as 上年决算."""
        names = [n for n in _FROM_ACCOUNTS.get(key, ()) if n in self.figures]
        known = self.figures[names[0]] if names else None
        before = row.actual if row.actual is not None else Amount(known.value, known.margin) if known else None
        values = self._values(row.replaced(prior_actual=None), at)
        self.pending = [p for p in self.pending if p != child_path(at, "上年决算")]
        return type(row)(**values, prior_actual=before)

    def _gone(self, key: str, spec: FieldSpec, value: Any, at: str) -> None:
        """Keep what an emptied field said, and ask for it anew."""
        lines: list[str] = []
        if isinstance(spec.shape, Text):
            lines = [str(value)]
        elif isinstance(spec.shape, Lines):
            lines = value
        elif isinstance(spec.shape, ListOf):
            lines = [line for passage in value for line in (passage.heading, *passage.paragraphs)]
        if any(lines):
            self.notes[at] = "\n".join(filter(None, lines))
        if key not in _NEVER_ASKED and not isinstance(spec.shape, TableOf):
            self.pending.append(at)
