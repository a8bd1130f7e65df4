"""机关运行经费, 政府采购 and 国有资产: what their sections of part three print beside the facts."""

from __future__ import annotations

from budgetgen.compute.book import Book, declare_change, declare_list
from budgetgen.compute.overall import beside
from budgetgen.figures import BUDGET, CATALOGUE, Group, change
from budgetgen.model.specs import fields_of
from budgetgen.model.statements import StateAssets

_KINDS = ("货物", "工程", "服务")
_CAR_UNIT = "辆"
CARS = {key: spec.label for key, spec in fields_of(StateAssets).items() if spec.unit == _CAR_UNIT}
"""Kinds of vehicles in printed order: key → printed label."""

CATALOGUE.declare("政府采购.合计", "政府采购支出总额：货物 + 工程 + 服务")
CATALOGUE.declare("政府采购.中小企业.合计", "授予中小企业合同金额：货物 + 工程 + 服务")
CATALOGUE.declare("国有资产.车辆合计", "车辆合计", _CAR_UNIT)
declare_list("国有资产.车辆", "各类车辆，按公开顺序", {"名称": "车辆种类"})
CATALOGUE.declare("国有资产.车辆[*].数量", "某类车辆的数量", _CAR_UNIT)
declare_change("机关运行经费.决算.较上年", "机关运行经费较上年")
declare_change("机关运行经费.决算.与预算比", "机关运行经费与年初预算比")


def compute_statements(book: Book, facts: Group) -> dict[str, object]:
    """机关运行经费, 政府采购, 国有资产: their facts, and what is computed from them."""
    return {
        "机关运行经费": _agency_running(facts.group("机关运行经费")),
        "政府采购": _procurement(book, facts.group("政府采购")),
        "国有资产": _assets(book, facts.group("国有资产")),
    }


def _agency_running(facts: Group) -> Group:
    actual = facts.value("决算")
    compared = beside(
        actual,
        较上年=change(actual, facts.value("上年决算")),
        与预算比=change(actual, facts.value("年初预算"), BUDGET),
    )
    return facts.extended(决算=compared)


def _procurement(book: Book, facts: Group) -> Group:
    small = facts.group("中小企业")
    return facts.extended(
        合计=book.total("政府采购.合计", [facts.value(k) for k in _KINDS]),
        中小企业=small.extended(合计=book.total("政府采购.中小企业.合计", [small.value(k) for k in _KINDS])),
    )


def _assets(book: Book, facts: Group) -> Group:
    total = book.total("国有资产.车辆合计", [facts.value(k) for k in CARS], _CAR_UNIT)
    rows = [Group(f"国有资产.{key}", {"名称": label, "数量": facts.value(key)}) for key, label in CARS.items()]
    return facts.extended(车辆合计=total, 车辆=rows)
