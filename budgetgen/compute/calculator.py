"""Where figures are made: each under a declared name, held against what the input states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import pairwise

from budgetgen.figures import CATALOGUE, PERCENT, YUAN, Blank, Figure, Value
from budgetgen.model import Amount
from budgetgen.money import ZERO

STATED = "核定"


Leaves = frozenset[str]
"""The paths of the amounts that a figure is made from: figures with the same ones are one fact under several names."""


class Calculator:
    """The figures of one unit by name.

    `stated` holds the amounts (元) that the input itself gives for totals. `facts` tells which stated name has which
    leaves: what is made from the same amounts takes the same stated amount, so that one fact has one value in all tables.
    """

    def __init__(self, stated: Mapping[str, Amount], facts: Mapping[Leaves, str] | None = None) -> None:
        self._stated = stated
        self._facts = facts or {}
        self._leaves: dict[str, Leaves] = {}
        self.figures: dict[str, Figure] = {}

    def facts(self) -> dict[Leaves, str]:
        """The leaves of each stated name that is a figure here."""
        named = {n: self.figures[n] for n in self._stated if n in self.figures}
        return {frozenset(leaf.path for leaf in f.leaves() if leaf.value): n for n, f in named.items()}

    def other_names(self, facts: Mapping[Leaves, str]) -> bool:
        """Whether a figure here that is not stated itself is a fact of `facts`, and would take its stated amount."""
        return any(leaves in facts and name not in self._stated for name, leaves in self._leaves.items())

    def summed(self) -> dict[str, Figure]:
        """What each stated name that is a figure here comes to from its parts."""
        named = {n: self.figures[n] for n in self._stated if n in self.figures}
        return {n: f.operands[0] if f.operation == STATED else f for n, f in named.items()}

    def total(self, name: str, operands: Iterable[Value], unit: str = YUAN) -> Value:
        """合计: the sum of `operands`, or the first gap among them."""
        parts: list[Figure] = []
        for operand in operands:
            if isinstance(operand, Blank):
                return operand
            if operand.value or operand.margin:
                parts.append(operand)
        value = margin = ZERO
        for part in parts:
            value += part.value
            margin += part.margin
        return self._settle(Figure(name, value, unit, "合计", tuple(parts), "", margin))

    def difference(self, name: str, minuend: Value, *subtrahends: Value) -> Value:
        """`minuend` less all `subtrahends`."""
        operands = (minuend, *subtrahends)
        parts: list[Figure] = []
        for operand in operands:
            if isinstance(operand, Blank):
                return operand
            parts.append(operand)
        value = parts[0].value - sum((p.value for p in parts[1:]), ZERO)
        margin = sum((p.margin for p in parts), ZERO)
        return self._settle(Figure(name, value, YUAN, "相减", tuple(parts), margin=margin))

    def _settle(self, computed: Figure) -> Figure:
        """The computed figure, or the stated amount where rounding alone tells them apart."""
        if not self._stated:
            self.figures[computed.name] = computed
            return computed
        figure = computed
        same = self._same_fact(computed)
        name = computed.name if computed.name in self._stated else same
        stated = self._stated.get(name)
        if stated is not None and abs(stated - computed.value) <= tolerance(stated, computed):
            path = f"数字核定[{name}]"
            figure = Figure(computed.name, stated, computed.unit, STATED, (computed,), path, computed.margin)
        self.figures[computed.name] = figure
        return figure

    def _same_fact(self, computed: Figure) -> str:
        """The stated name that is made from the same amounts as `computed`; blank for none."""
        parts = (self._leaves.get(o.name) or frozenset([o.path]) for o in computed.operands if o.value)
        leaves: Leaves = frozenset().union(*parts)
        self._leaves[computed.name] = leaves
        return self._facts.get(leaves, "")


def tolerance(stated: Amount, computed: Figure) -> Decimal:
    """How far rounding alone can put a stated amount off its computed figure (元)."""
    return stated.margin + computed.margin


def counted(name: str, listed: object, path: str) -> Value:
    """How many items a list of the input at `path` has; the gap where it is not stated."""
    if isinstance(listed, Blank):
        return listed
    return Figure(name, Amount(len(listed) if isinstance(listed, list) else 0), "个", "计数", path=path)


LEVELS = ("类", "款", "项")
ROW_LABELS = {
    "编码": "科目编码",
    "名称": "科目名称",
    "序号": "所属类在总表中的序号，如 六",
    "类名称": "所属类的名称",
    "款名称": "所属款的名称",
}
"""What every row of a classified table tells of itself."""


def declare_list(name: str, note: str, labels: Mapping[str, str]) -> None:
    """Declare a list and the texts that each of its rows has."""
    CATALOGUE.declare(name, f"{note}（列表，用 for 逐个取）", "")
    for label, meaning in labels.items():
        CATALOGUE.declare(f"{name}[*].{label}", meaning, "")


def declare_rows(prefix: str, columns: Mapping[str, str], note: str) -> None:
    """Declare the totals of a classified table and its rows at 类, 款 and 项."""
    for level in LEVELS:
        declare_list(f"{prefix}.{level}", f"{note}：有数的{level}，按编码排列", ROW_LABELS)
    for level, below in pairwise(LEVELS):
        CATALOGUE.declare(f"{prefix}.{level}[*].{below}", f"{note}：某{level}下面的{below}，行同 {prefix}.{below}", "")
    for column, label in columns.items():
        CATALOGUE.declare(f"{prefix}.{column}", f"{note}：{label}")
        for level in LEVELS:
            CATALOGUE.declare(f"{prefix}.{level}[*].{column}", f"{note}：某{level}的{label}")


def declare_change(name: str, note: str = "与上年或预算相比的变动") -> None:
    """Declare what `figures.change` gives under `name`."""
    CATALOGUE.declare(f"{name}.额", f"{note}：增减额，不带正负号")
    CATALOGUE.declare(f"{name}.率", f"{note}：增减率，基数为零时没有", PERCENT)
    CATALOGUE.declare(f"{name}.印率", f"{note}：用印出来的两个数算的增减率", PERCENT)
    for case, meaning in (
        ("增", "增加时为真"),
        ("减", "减少时为真"),
        ("平", "打印出来相同时为真"),
        ("情形", "增、减、平、上年为零或预算为零"),
    ):
        CATALOGUE.declare(f"{name}.{case}", f"{note}：{meaning}", "")


def declare_completion(name: str, note: str = "决算与预算") -> None:
    """Declare what `figures.completion` gives under `name`."""
    CATALOGUE.declare(f"{name}.率", f"{note}：完成预算的百分比，预算为零时没有", PERCENT)
    for case in ("大于", "小于", "等于", "预算为零", "情形"):
        CATALOGUE.declare(f"{name}.{case}", f"{note}：{case}", "")
