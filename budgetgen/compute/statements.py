"""机关运行经费, 政府采购 and 国有资产: what their sections of part three print beside the facts."""

from __future__ import annotations

from budgetgen.compute.book import Book, declare_change
from budgetgen.compute.overall import beside
from budgetgen.figures import BUDGET, CATALOGUE, Blank, Group, Value, change
from budgetgen.model.fields import key_of
from budgetgen.model.statements import StateAssets

_KINDS = ("货物", "工程", "服务")
_CAR_UNIT = "辆"
CARS = {
    key_of(name, info): info.title or ""
    for name, info in StateAssets.model_fields.items()
    if isinstance(info.json_schema_extra, dict) and info.json_schema_extra.get("单位") == _CAR_UNIT
}
"""Kinds of vehicles in printed order: key → printed label."""

CATALOGUE.declare("政府采购.合计", "政府采购支出总额：货物 + 工程 + 服务")
CATALOGUE.declare("政府采购.中小企业.合计", "授予中小企业合同金额：货物 + 工程 + 服务")
CATALOGUE.declare("国有资产.车辆合计", "车辆合计", _CAR_UNIT)
CATALOGUE.declare("国有资产.车辆", "各类车辆的名称和数量，按公开顺序", "")
declare_change("机关运行经费.决算.较上年", "机关运行经费较上年")
declare_change("机关运行经费.决算.与预算比", "机关运行经费与年初预算比")


def compute_statements(book: Book, facts: Group) -> dict[str, object]:
    """机关运行经费, 政府采购, 国有资产; each a gap where the input lacks the section."""
    return {
        "机关运行经费": _agency_running(facts),
        "政府采购": _procurement(book, facts),
        "国有资产": _assets(book, facts),
    }


def _agency_running(facts: Group) -> Group | Blank:
    own = facts["机关运行经费"]
    if not isinstance(own, Group):
        return facts.at("机关运行经费")  # type: ignore[return-value]
    actual = own.value("决算")
    compared = beside(
        actual,
        较上年=change(actual, own.value("上年决算")),
        与预算比=change(actual, own.value("年初预算"), BUDGET),
    )
    return _extended(own, 决算=compared)


def _procurement(book: Book, facts: Group) -> Group | Blank:
    own = facts["政府采购"]
    if not isinstance(own, Group):
        return facts.at("政府采购")  # type: ignore[return-value]
    total = book.total("政府采购.合计", [own.value(k) for k in _KINDS])
    small = own["中小企业"]
    if isinstance(small, Group):
        small = _extended(small, 合计=book.total("政府采购.中小企业.合计", [small.value(k) for k in _KINDS]))
    return _extended(own, 合计=total, 中小企业=small)


def _assets(book: Book, facts: Group) -> Group | Blank:
    own = facts["国有资产"]
    if not isinstance(own, Group):
        return facts.at("国有资产")  # type: ignore[return-value]
    total = book.total("国有资产.车辆合计", [own.value(k) for k in CARS], _CAR_UNIT)
    rows = [Group(f"国有资产.{key}", {"名称": label, "数量": own.value(key)}) for key, label in CARS.items()]
    return _extended(own, 车辆合计=total, 车辆=rows)


def _extended(group: Group, **more: Value | object) -> Group:
    return Group(group.name, {**{k: group[k] for k in group.names()}, **more})
