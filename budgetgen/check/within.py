"""WITHIN: what one input states twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from budgetgen.check.rules import differs, rule
from budgetgen.compute import Computed
from budgetgen.compute.book import STATED
from budgetgen.figures import CATALOGUE, Figure
from budgetgen.issues import Issue, Level, near_miss
from budgetgen.model import FISCAL_FUNDS, Loaded

_MOST_CELLS = 5


@rule("WITHIN-001", "核定数与计算数一致", "各表合计等于其组成部分之和")
def stated_equals_computed(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """Each stated value against the figure computed from its parts."""
    for name, stated in loaded.accounts.stated.items():
        figure = computed.figures.get(name)
        if figure is None:
            continue
        parts = figure.operands[0] if figure.operation == STATED else figure
        own = Figure("核定数", stated, path=f"数字核定[{name}]", margin=stated.margin)
        yield from differs(
            "WITHIN-001", own, replace(parts, name="各部分之和"), f"核定数与算出的数不同{_cells(parts, loaded)}",
            "改核定数，或改它的组成部分。", loaded,
        )  # fmt: skip


def _cells(total: Figure, loaded: Loaded) -> str:
    """Where the parts of a total stand, where they were read from tables: a few cells and how many there are."""
    places = [place.cell for leaf in total.leaves() if (place := loaded.place(leaf.path)) and place.cell]
    more = f"等 {len(places)} 处" if len(places) > _MOST_CELLS else ""
    return f"（各部分在 {'、'.join(places[:_MOST_CELLS])}{more}）" if places else ""


@rule("WITHIN-002", "收入总计等于支出总计", "财决01表：收入总计 = 支出总计")
def revenue_side_equals_expenditure_side(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """公开01: both sides come to one total."""
    yield from _equal("WITHIN-002", "收支总计", "支出总计", "公开01 两边的总计不等", loaded, computed)


@rule("WITHIN-003", "财政拨款各预算收支平衡", "财决01-1表：本年收入 + 年初结转 = 本年支出 + 年末结转")
def fiscal_sides_are_equal(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """公开04: each fund's two sides come to one total."""
    for fund in FISCAL_FUNDS:
        names = f"财政拨款.总计.{fund}", f"财政拨款.支出总计.{fund}"
        yield from _equal("WITHIN-003", *names, f"公开04 {fund}财政拨款两边的总计不等", loaded, computed)


@rule("WITHIN-004", "基本支出与经济分类一致", "财决07表基本支出 = 财决08-1表合计")
def basic_expenditure_equals_economic(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """公开05 基本支出 against 公开06 人员经费 + 公用经费."""
    yield from _equal(
        "WITHIN-004",
        "一般公共预算.支出.基本",
        "经济分类.合计",
        "公开05 的基本支出与公开06 的合计不等",
        loaded,
        computed,
    )


@rule("WITHIN-005", "核定的指标名有效", "数字核定只写名称表中的数")
def stated_names_are_known(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """A stated value whose name no figure has."""
    for name in loaded.accounts.stated:
        if name not in computed.figures:
            path = f"数字核定[{name}]"
            known = [*computed.figures, *(e.name for e in CATALOGUE)]
            cause = f"没有“{name}”这个数{near_miss(name, known)}"
            yield Issue("WITHIN-005", Level.ERROR, cause, "改名，或删去这一行。", path, loaded.place(path))


def _equal(rule_id: str, left: str, right: str, cause: str, loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    one, other = computed.figures.get(left), computed.figures.get(right)
    if one is not None and other is not None:
        yield from differs(rule_id, one, other, cause, "核对 收支明细 各行的收入、支出和结转。", loaded)
