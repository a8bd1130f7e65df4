"""三公经费: four items, each as 年初预算, 全年预算, 决算 and 上年决算, with 公务用车小计 and 合计 (table 公开09)."""

from __future__ import annotations

from budgetgen.compute.book import Book, declare_change, declare_completion
from budgetgen.compute.overall import beside
from budgetgen.figures import CATALOGUE, Blank, Figure, Group, Value, change, completion

ITEMS = {
    "因公出国费": "因公出国（境）费",
    "公务用车购置费": "公务用车购置费",
    "公务用车运行维护费": "公务用车运行维护费",
    "公务接待费": "公务接待费",
}
VEHICLES = ("公务用车购置费", "公务用车运行维护费")
MEASURES = {"年初预算": "年初预算数", "全年预算": "全年预算数", "决算": "决算数", "上年决算": "上年决算数"}
_SUMS = {"公务用车小计": "公务用车购置及运行维护费", "合计": "“三公”经费合计"}

for _item, _label in {**ITEMS, **_SUMS}.items():
    for _name, _measured in MEASURES.items():
        CATALOGUE.declare(f"三公经费.{_name}.{_item}", f"{_label}：{_measured}")
    declare_change(f"三公经费.决算.{_item}.较上年", f"{_label}较上年")
    declare_completion(f"三公经费.决算.{_item}.完成年初预算", f"{_label}与年初预算")
    declare_completion(f"三公经费.决算.{_item}.完成全年预算", f"{_label}与全年预算")


def compute_three_public(book: Book, facts: Group) -> dict[str, object]:
    """三公经费: `决算.合计` and the like; the facts of each item (团组, 人次, reasons) under its own name."""
    measures = {m: _measure(book, facts, m) for m in MEASURES}
    actual = {
        item: beside(
            value,
            较上年=change(value, measures["上年决算"][item]),
            完成年初预算=completion(value, measures["年初预算"][item], "完成年初预算"),
            完成全年预算=completion(value, measures["全年预算"][item], "完成全年预算"),
        )
        for item, value in measures["决算"].items()
    }
    groups = {m: Group(f"三公经费.{m}", values) for m, values in measures.items()}
    groups["决算"] = Group("三公经费.决算", actual)
    return {"三公经费": facts.group("三公经费").extended(**groups)}


def _measure(book: Book, facts: Group, measure: str) -> dict[str, Value]:
    name = f"三公经费.{measure}"
    values = {item: _renamed(facts.value(f"三公经费.{item}.{measure}"), f"{name}.{item}") for item in ITEMS}
    vehicles = book.total(f"{name}.公务用车小计", [values[v] for v in VEHICLES])
    order = [values["因公出国费"], vehicles, values["公务接待费"]]
    return {**values, "公务用车小计": vehicles, "合计": book.total(f"{name}.合计", order)}


def _renamed(value: Value, name: str) -> Value:
    """The same fact under its name among its measure's."""
    if isinstance(value, Blank):
        return value
    return Figure(name, value.value, value.unit, path=value.path, margin=value.margin)
