"""Last year's accounts → the input of the year after: facts that stay, last year's figures as 上年, the rest to be filled.

A text that told last year's story is no text of this year's: it travels beside the accounts, as a note.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from budgetgen.figures import Figure
from budgetgen.model import Accounts, Amount, Line, child_path, item_path
from budgetgen.model.expenses import AgencyRunning, ThreePublic
from budgetgen.model.shapes import ListOf, Section, Text
from budgetgen.model.specs import FieldSpec, fields_of
from budgetgen.model.statements import PriorYear

_PRIOR_TOTALS = {
    "grand_total": "收支总计",
    "fiscal_grand_total": "财政拨款收支总计",
    "general_expenditure": "一般公共预算.支出.合计",
}
_EMPTIED = (
    "non_fiscal_surplus_used", "surplus_distribution", "economic", "three_public", "prior_year", "agency_running",
    "meetings", "trainings", "festivals", "procurement", "assets", "performance", "reasons", "stated",
)  # fmt: skip
_KEPT_ALWAYS = ("profile", "year", "money_unit", "unit", "lines", "glossary")


@dataclass(frozen=True)
class Rolled:
    """Next year's accounts, and last year's texts by the path that asks for this year's.

    `notes` never count as given: whoever writes the accounts to a file puts each beside its path as a comment or a
    cell's note (`上年：…`). `pending` are the paths of amounts that must be filled in again, to be written as 【待填写】.
    """

    accounts: Accounts
    notes: Mapping[str, str] = field(default_factory=dict)
    pending: tuple[str, ...] = ()


def next_year(accounts: Accounts, figures: Mapping[str, Figure]) -> Rolled:
    """The input of the year after `accounts`, whose computed `figures` become its 上年.

    Kept: 版式, 金额单位, 单位, 名词解释, the 科目 and 资金 of each line and its own names. 年末结转 becomes 年初结转.
    Filled: 上年, 上年决算 of 三公经费 and 机关运行经费. Emptied: every other amount, count, reason and list.
    """
    notes = dict(_texts(Accounts, accounts, "", _EMPTIED))
    for index, line in enumerate(accounts.lines):
        notes |= dict(_texts(Line, line, item_path("收支明细", index, line), ("reason",)))
    lines = [_line(line) for line in accounts.lines]
    values = {
        **{name: getattr(accounts, name) for name in _KEPT_ALWAYS if name in accounts.__dict__},
        "year": accounts.year + 1,
        "lines": lines,
        "three_public": _three_public(accounts.three_public),
        "prior_year": _prior_year(figures),
        "agency_running": _agency_running(accounts.agency_running),
    }
    pending = tuple(
        child_path(item_path("收支明细", n, line), part) for n, line in enumerate(lines) for part in ("收入", "支出")
    )
    return Rolled(Accounts.model_construct(**values), notes, pending)


def _line(line: Line) -> Line:
    """The same 科目 and 资金; what was left at the end of the year is what this one begins with."""
    closing = line.closing
    opening = type(line.opening).model_construct(
        basic=closing.basic, project=_sum(closing.project_carryover, closing.project_surplus)
    )
    return Line.model_construct(
        code=line.code,
        fund=line.fund,
        class_name=line.class_name,
        section_name=line.section_name,
        item_name=line.item_name,
        opening=opening,
    )


def _sum(one: Amount, other: Amount) -> Amount:
    return Amount(one + other, one.margin + other.margin)


def _prior_year(figures: Mapping[str, Figure]) -> PriorYear:
    """Last year's totals as they were printed: the stated amount where there is one."""
    found = {name: figures[path] for name, path in _PRIOR_TOTALS.items() if path in figures}
    totals: dict[str, Any] = {name: Amount(f.value, f.margin) for name, f in found.items()}
    return PriorYear.model_construct(**totals)


def _three_public(before: ThreePublic | None) -> ThreePublic | None:
    if before is None:
        return None
    items = {}
    for spec in fields_of(ThreePublic).values():
        item = getattr(before, spec.name)
        prior = {"prior_actual": item.actual} if hasattr(item, "actual") else {}
        items[spec.name] = type(item).model_construct(**prior)
    return ThreePublic.model_construct(**items)


def _agency_running(before: AgencyRunning | None) -> AgencyRunning | None:
    return None if before is None else AgencyRunning.model_construct(prior_actual=before.actual)


def _texts(
    model: type[BaseModel], part: BaseModel, path: str, names: tuple[str, ...] = ()
) -> Iterator[tuple[str, str]]:
    """Path → text of every text below `part` (below its fields `names` alone, where they are given)."""
    for key, spec in fields_of(model).items():
        if not names or spec.name in names:
            yield from _told(spec, getattr(part, spec.name), child_path(path, key))


def _told(spec: FieldSpec, value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(spec.shape, Text) and isinstance(value, str) and value:
        yield path, value
    elif isinstance(spec.shape, Section) and isinstance(value, BaseModel):
        yield from _texts(spec.shape.model, value, path)
    elif isinstance(spec.shape, ListOf) and isinstance(value, list):
        for index, item in enumerate(value):
            at = item_path(path, index, item)
            if isinstance(spec.shape.item, Section):
                yield from _texts(spec.shape.item.model, item, at)
            elif isinstance(item, str) and item:
                yield at, item


__all__ = ["Rolled", "next_year"]
