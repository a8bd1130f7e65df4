"""WITHIN: what one input states twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from budgetgen.check.rules import both, by_rounding, differs, in_wan_yuan, rule
from budgetgen.compute import Computed
from budgetgen.figures import CATALOGUE, Figure
from budgetgen.issues import Issue, Level, near_miss
from budgetgen.model import FISCAL_FUNDS, Amount, Loaded, entry_path
from budgetgen.money import ZERO


@rule("WITHIN-001", "核定数与计算数一致", "各表合计等于其组成部分之和")
def stated_equals_computed(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """Each stated value against the figure computed from its parts."""
    for name, stated in loaded.accounts.stated.items():
        if name not in computed.summed:
            continue
        parts = replace(computed.summed[name], name="各部分之和")
        path = f"数字核定[{name}]"
        own = Figure("核定数", stated, path=path, margin=stated.margin)
        if own.value == parts.value:
            continue
        if by_rounding(own, parts):
            cause = f"核定数与算出的数不同，只是尾差，按核定数公开：{both(own, parts)}。"
            yield Issue("WITHIN-001", Level.NOTE, cause, "", path, loaded.place(path))
        else:
            cause = f"核定数与算出的数不同：{both(own, parts)}。"
            mend = "改核定数，或改它的组成部分。"
            yield Issue("WITHIN-001", Level.ERROR, cause, mend, path, loaded.place(path))


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
            if name in loaded.sources:
                cause, mend = f"“{name}”是填的数，不用核定。", "直接改它，删去这一行。"
            else:
                known = [*computed.figures, *(e.name for e in CATALOGUE)]
                cause, mend = f"没有“{name}”这个数{near_miss(name, known)}", "改名，或删去这一行。"
            yield Issue("WITHIN-005", Level.ERROR, cause, mend, path, loaded.place(path))


def _equal(rule_id: str, left: str, right: str, cause: str, loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    one, other = computed.figures.get(left), computed.figures.get(right)
    if one is not None and other is not None:
        yield from differs(rule_id, one, other, cause, "核对 收支明细 各行的收入、支出和结转。", loaded)


@rule("WITHIN-006", "财政拨款每行收支平衡", "财决07、09、11表：年初结转 + 本年收入 = 本年支出 + 年末结转，逐科目")
def each_fiscal_line_is_balanced(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001
    """A fiscal line's own amounts, within the rounding of that line alone."""
    for line in loaded.accounts.lines:
        if line.fund not in FISCAL_FUNDS:
            continue
        came = (line.opening.basic, line.opening.project, line.revenue.fiscal_appropriation)
        closing = line.closing
        went = (
            line.expenditure.basic, line.expenditure.project,
            closing.basic, closing.project_carryover, closing.project_surplus,
        )  # fmt: skip
        path = entry_path("收支明细", line.key)
        cause = "年初结转加收入不等于支出加年末结转"
        yield from _parts("WITHIN-006", path, cause, ("年初结转 + 收入", came), ("支出 + 年末结转", went), loaded)


@rule("WITHIN-007", "财政拨款收入分项等于财政拨款收入", "财决07表：收入小计 = 基本支出收入 + 项目支出收入")
def split_equals_appropriation(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001
    """财政拨款收入分项 of a line, where it is stated."""
    for line in loaded.accounts.lines:
        if line.fiscal_split is not None:
            split = (line.fiscal_split.basic, line.fiscal_split.project)
            path = f"{entry_path('收支明细', line.key)}.财政拨款收入分项"
            whole = (line.revenue.fiscal_appropriation,)
            yield from _parts(
                "WITHIN-007", path, "分项之和不等于财政拨款收入", ("分项之和", split), ("财政拨款收入", whole), loaded
            )


Side = tuple[str, Sequence[Amount]]


def _parts(rule_id: str, path: str, cause: str, left: Side, right: Side, loaded: Loaded) -> Iterator[Issue]:
    """An error where two sums of entered amounts differ by more than their own rounding."""
    (one, ours), (other, theirs) = left, right
    first, second = sum(ours, ZERO), sum(theirs, ZERO)
    if abs(first - second) > sum((a.margin for a in (*ours, *theirs)), ZERO):
        told = f"{one} {in_wan_yuan(first)}，{other} {in_wan_yuan(second)}"
        cause = f"{cause}：{told}，相差 {in_wan_yuan(abs(first - second))}。"
        yield Issue(rule_id, Level.ERROR, cause, "核对这一行的各个数。", path, loaded.place(path))
