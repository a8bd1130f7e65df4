"""Last year's accounts → the input of the year after: what lasts is kept, last year's figures are 上年, the rest is asked.

A text that told last year's story is no text of this year's: it travels beside the accounts, as a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from budgetgen.figures import Figure
from budgetgen.model import Accounts, Amount, Declared, Line, child_path, entry_path, item_path
from budgetgen.model.declarations import FieldSpec, Lines, ListOf, Section, TableOf, Text, fields_of
from budgetgen.model.performance import INITIAL, Evaluation, Passage, Project, ThreeColumns
from budgetgen.model.sections import AgencyRunning, OpeningCarryover, PriorYear, ThreePublic

_PRIOR_TOTALS = {
    "grand_total": "收支总计",
    "fiscal_grand_total": "财政拨款收支总计",
    "general_expenditure": "一般公共预算.支出.合计",
}
_KEPT = ("profile", "money_unit", "unit", "glossary")
_ANEW = ("year", "lines", "prior_year", "stated", "evaluation", *_KEPT)
"""Fields that are not emptied key by key."""
_LASTING = frozenset({"三公经费.公务用车运行维护费.用途", "国有资产.其他用车说明", "预算绩效.评价范围"})
"""Texts outside 单位 that say what a thing is, not what happened in a year."""
_YEAR = re.compile(r"20[0-9]{2}")


@dataclass(frozen=True)
class Rolled:
    """Next year's accounts, and what a file of them must say besides.

    `notes`: path → last year's text. Never counted as given: a writer puts each beside its path as a comment or a
    cell's note. `pending`: paths of what was given last year and must be given anew, to be written as 【待填写】 (a
    stand-in of 0 or nothing holds their place in `accounts`).
    """

    accounts: Accounts
    notes: Mapping[str, str] = field(default_factory=dict)
    pending: tuple[str, ...] = ()


def next_year(accounts: Accounts, figures: Mapping[str, Figure]) -> Rolled:
    """The input of the year after `accounts`, whose computed `figures` become its 上年.

    Kept: 版式, 金额单位, 单位, 名词解释; each line's 科目, 资金 and names; the 款 of 经济分类; the sections that there were.
    Of 绩效自评 the indicators and the projects of the budget stay. Filled: 上年; 上年决算 of 三公经费 and 机关运行经费; 年初结转 from 年末结转. Emptied: all other amounts, counts, reasons
    and lists. 数字核定 is dropped.
    """
    empty = _Emptier()
    values = {name: getattr(accounts, name) for name in _KEPT}
    values |= empty.values(Accounts, accounts, "", leave=_ANEW)
    values |= {
        "year": accounts.year + 1,
        "lines": [empty.line(line, item_path("收支明细", n, line)) for n, line in enumerate(accounts.lines)],
        "prior_year": _prior_year(figures),
        "three_public": _three_public(accounts.three_public, values.get("three_public")),
        "agency_running": _agency_running(accounts.agency_running, values.get("agency_running")),
    }
    pending = tuple(p for p in empty.pending if not p.endswith(".上年决算"))
    if accounts.evaluation is None:
        return Rolled(Accounts(**values), empty.notes, pending)
    scored = _NextEvaluation(figures)
    values["evaluation"] = scored.roll(accounts.evaluation)
    return Rolled(Accounts(**values), {**empty.notes, **scored.notes}, (*pending, *scored.pending))


class _Emptier:
    """Empties parts of the accounts, and gathers what they said."""

    def __init__(self) -> None:
        self.notes: dict[str, str] = {}
        self.pending: list[str] = []

    def line(self, line: Line, path: str) -> Line:
        """The same 科目 and 资金, begun with what was left at the end of the year."""
        names = ("code", "fund", "class_name", "section_name", "item_name")
        values = {name: getattr(line, name) for name in names}
        values |= self.values(Line, line, path, leave=(*names, "opening"))
        closing = line.closing
        project = Amount(
            closing.project_carryover + closing.project_surplus,
            closing.project_carryover.margin + closing.project_surplus.margin,
        )
        values["opening"] = OpeningCarryover(basic=closing.basic, project=project)
        return Line(**values)

    def values(self, model: type[Declared], part: Declared, path: str, leave: tuple[str, ...] = ()) -> dict[str, Any]:
        """What stays of `part`, by identifier; fields left out take their default."""
        out: dict[str, Any] = {}
        for key, spec in fields_of(model).items():
            value, at = getattr(part, spec.name), child_path(path, key)
            if spec.name in leave or value is None:
                continue
            if isinstance(spec.shape, Section):
                if not _needs_values(spec.shape.model):
                    inner: dict[str, Any] = self.values(spec.shape.model, value, at)
                    out[spec.name] = spec.shape.model(**inner)
                else:
                    self._told(spec, value, at, asked=True)
            elif isinstance(spec.shape, TableOf):
                out[spec.name] = {code: Amount(0) for code in value}
                self.pending += [entry_path(at, code) for code in value]
            elif at in _LASTING and not _YEAR.search(str(value)):
                out[spec.name] = value
            else:
                self._told(spec, value, at, asked=bool(value) or (spec.default is None and not spec.required))
        return out

    def _told(self, spec: FieldSpec, value: object, path: str, *, asked: bool) -> None:
        """Keep what an emptied field said: its texts as notes, and where it is `asked` for anew its path."""
        self.notes |= dict(_texts(spec, value, path))
        if asked and not isinstance(spec.shape, Text):
            self.pending.append(path)


def _needs_values(model: type[Declared]) -> bool:
    """Whether a section cannot stand empty."""
    specs = fields_of(model).values()
    return any(s.required and not isinstance(s.shape, Section) for s in specs)


def _prior_year(figures: Mapping[str, Figure]) -> PriorYear:
    """Last year's totals as they were printed: the stated amount where there is one."""
    found = {name: figures[path] for name, path in _PRIOR_TOTALS.items() if path in figures}
    totals: dict[str, Any] = {name: Amount(f.value, f.margin) for name, f in found.items()}
    return PriorYear(**totals)


def _three_public(before: ThreePublic | None, emptied: ThreePublic | None) -> ThreePublic | None:
    """The four items with last year's 决算 as 上年决算."""
    if before is None or emptied is None:
        return None
    names = ("overseas_travel", "vehicle_purchase", "vehicle_running", "official_reception")
    items = {name: getattr(emptied, name).replaced(prior_actual=getattr(before, name).actual) for name in names}
    return emptied.replaced(**items)


def _agency_running(before: AgencyRunning | None, emptied: AgencyRunning | None) -> AgencyRunning | None:
    if before is None or emptied is None:
        return None
    return emptied.replaced(prior_actual=before.actual)


def _texts(spec: FieldSpec, value: object, path: str) -> Iterator[tuple[str, str]]:
    """Path → text of every text in a field's value."""
    if isinstance(spec.shape, Text) and isinstance(value, str) and value:
        yield path, value
    elif isinstance(spec.shape, Section) and isinstance(value, Declared):
        for key, below in fields_of(spec.shape.model).items():
            yield from _texts(below, getattr(value, below.name), child_path(path, key))
    elif isinstance(spec.shape, ListOf) and isinstance(value, list):
        for index, item in enumerate(value):
            at = item_path(path, index, item)
            if isinstance(item, str):
                yield at, item
            elif isinstance(spec.shape.item, Section):
                for key, below in fields_of(spec.shape.item.model).items():
                    yield from _texts(below, getattr(item, below.name), child_path(at, key))


_EVALUATION = "绩效自评"
_KEPT_KEYS = frozenset({
    "单位简称", "自称", "机构性质", "填表人", "联系电话", "三公预算口径", "名称", "类别", "主管部门", "实施单位", "涉密",
    "安排", "主要用途", "一级", "二级", "三级", "指标值", "扣分标准", "分值", "执行分值", "权重",
})  # fmt: skip
"""What says whom, what and how is scored, not what happened in a year."""
_NEVER_ASKED = frozenset({"核定", "结余结转", "偏差原因", "落款日期", "填报日期"})
_FROM_ACCOUNTS = {"项目支出": ("支出.项目",), "公用经费": ("公用经费",), "政府采购": ("政府采购.合计",)} | {
    "会议培训费": ("绩效自评.基础数据.会议培训费.本年决算",)
}


@dataclass
class _NextEvaluation:
    """Rolls one 绩效自评; `notes` and `pending` as in `roll.Rolled`."""

    figures: Mapping[str, Figure]
    notes: dict[str, str] = field(default_factory=dict)
    pending: list[str] = field(default_factory=list)

    def roll(self, evaluation: Evaluation) -> Evaluation:
        """The same with what lasts. Projects that were added in the course of the year end with it."""
        projects = [p for p in evaluation.projects if p.arranged == INITIAL]
        return Evaluation(**self._values(evaluation.replaced(projects=projects), _EVALUATION))

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
        if key in _KEPT_KEYS and not (key not in ("名称", "权重") and _YEAR.search(str(value))):
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
