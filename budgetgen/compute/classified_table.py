"""Classified tables: the lines of 收支明细 and their sums at 项, 款, 类 and in all, each column on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field

from budgetgen.classification import Classification, class_code, section_code
from budgetgen.compute.calculator import Calculator
from budgetgen.figures import Blank, Group, Series, Value, nested
from budgetgen.model import FISCAL_FUNDS
from budgetgen.records import record

REVENUE = {
    "财政拨款": "财政拨款收入", "上级补助": "上级补助收入", "事业": "事业收入", "经营": "经营收入",
    "附属单位上缴": "附属单位上缴收入", "其他": "其他收入", "合计": "本年收入合计",
}  # fmt: skip
EXPENDITURE = {
    "基本": "基本支出", "项目": "项目支出", "上缴上级": "上缴上级支出", "经营": "经营支出",
    "对附属单位补助": "对附属单位补助支出", "合计": "本年支出合计",
}  # fmt: skip
OPENING = {"基本": "基本支出结转", "项目": "项目支出结转和结余", "合计": "合计"}
CLOSING = {"基本": "基本支出结转", "项目结转": "项目支出结转", "项目结余": "项目支出结余", "合计": "合计"}
BLOCKS = {"收入": REVENUE, "支出": EXPENDITURE, "年初结转": OPENING, "年末结转": CLOSING}
"""Blocks of a line → columns → printed labels; 合计 is summed, all others are entered."""


@record
class LineFigures:
    """One line: its code and fund, its facts, and each column of each block (`支出.基本`) as a figure."""

    code: str
    fund: str
    facts: Group
    columns: Mapping[str, Value]

    @property
    def is_fiscal(self) -> bool:
        """Whether its money is 财政拨款."""
        return self.fund in FISCAL_FUNDS

    def block(self, name: str) -> dict[str, Value]:
        """The columns of one block, without the block's name."""
        return {c: self.columns[f"{name}.{c}"] for c in BLOCKS[name]}


def compute_lines(calculator: Calculator, facts: Iterable[Group]) -> list[LineFigures]:
    """Every line with its totals."""
    return [LineFigures(str(f["科目"]), str(f["资金"]), f, _columns(calculator, f)) for f in facts]


def _columns(calculator: Calculator, facts: Group) -> dict[str, Value]:
    columns: dict[str, Value] = {}
    for block, labels in BLOCKS.items():
        entered = {f"{block}.{c}": facts.value(f"{block}.{c}") for c in labels if c != "合计"}
        columns |= entered
        columns[f"{block}.合计"] = calculator.total(f"{facts.name}.{block}.合计", entered.values())
    return columns | _fiscal_split(calculator, facts, columns)


def _fiscal_split(calculator: Calculator, facts: Group, columns: Mapping[str, Value]) -> dict[str, Value]:
    """财政拨款收入 as 基本 and 项目: as entered, else what was spent and kept less what was brought forward."""
    if facts.group("财政拨款收入分项").given:
        return {f"收入.{k}": facts.value(f"财政拨款收入分项.{k}") for k in ("基本", "项目")}
    spent = {
        "基本": [columns["支出.基本"], columns["年末结转.基本"]],
        "项目": [columns["支出.项目"], columns["年末结转.项目结转"], columns["年末结转.项目结余"]],
    }
    out: dict[str, Value] = {}
    for part, operands in spent.items():
        name = f"{facts.name}.收入.{part}"
        used = calculator.total(f"{name}.支出与年末结转", operands)
        out[f"收入.{part}"] = calculator.difference(name, used, columns[f"年初结转.{part}"])
    return out


Columns = Mapping[str, Value]
Derive = Callable[[Group], Mapping[str, object]]


@record
class TableEntry:
    """What one line gives to a table: its 项 code, its columns, and facts that its row shows as they are."""

    code: str
    columns: Columns
    facts: Mapping[str, object] = field(default_factory=dict)


@record
class Table:
    """A classified table: `totals` by column, and rows at three levels that hold the rows below them."""

    totals: Columns
    classes: Series
    sections: Series
    items: Series

    def entries(self, name: str) -> dict[str, object]:
        """The table as names for the tree."""
        return {**nested(name, self.totals), "类": self.classes, "款": self.sections, "项": self.items}


@record
class _Rows:
    """The rows of one table while they are made."""

    calculator: Calculator
    prefix: str
    columns: Sequence[str]
    names: Classification
    derive: Derive
    sums: dict[str, Columns] = field(default_factory=dict)

    def row(self, level: str, code: str, parts: Sequence[Columns], more: Mapping[str, object]) -> Group:
        name = f"{self.prefix}.{level}[{code}]"
        sums = {c: self.calculator.total(f"{name}.{c}", [p[c] for p in parts]) for c in self.columns}
        self.sums[name] = sums
        row = Group(name, {**self._labels(code), **nested(name, sums), **more})
        derived = self.derive(row)
        return row.extended(**derived) if derived else row

    def gather(
        self, level: str, below: str, rows: Mapping[str, Group], parent: Callable[[str], str]
    ) -> dict[str, Group]:
        groups: dict[str, dict[str, Group]] = {}
        for code, row in rows.items():
            groups.setdefault(parent(code), {})[code] = row
        return {
            code: self.row(level, code, [self.values(r) for r in group.values()], {below: self.series(below, group)})
            for code, group in groups.items()
        }

    def values(self, row: Group) -> Columns:
        return self.sums[row.name]

    def series(self, level: str, rows: Mapping[str, Group]) -> Series:
        return Series(f"{self.prefix}.{level}", rows, self.columns)

    def _labels(self, code: str) -> dict[str, object]:
        names = self.names
        return {
            "编码": code,
            "名称": names.name(code),
            "序号": names.ordinal(class_code(code)),
            "类名称": names.name(class_code(code)),
            "款名称": names.name(section_code(code)),
        }


def tabulate(
    calculator: Calculator,
    prefix: str,
    entries: Iterable[TableEntry],
    columns: Sequence[str],
    names: Classification,
    derive: Derive = lambda _: {},
) -> Table:
    """Sum `entries` by code; one without an amount in any column gives no row.

    `derive(row)` gives what stands in a row beside its columns (完成). A column may be dotted (`支出.基本`): rows then
    hold it as a group. Figures are named `prefix.项[code].column`, `prefix.款[…]`, `prefix.类[…]` and `prefix.column`.
    """
    make = _Rows(calculator, prefix, columns, names, derive)
    by_code: dict[str, list[TableEntry]] = {}
    for entry in entries:
        if any(_counts(entry.columns[c]) for c in columns):
            by_code.setdefault(entry.code, []).append(entry)
    items = {
        code: make.row("项", code, [e.columns for e in group], {k: v for e in group for k, v in e.facts.items()})
        for code, group in sorted(by_code.items())
    }
    sections = make.gather("款", "项", items, section_code)
    classes = make.gather("类", "款", sections, class_code)
    parts = [make.values(r) for r in classes.values()]
    totals = {c: calculator.total(f"{prefix}.{c}", [p[c] for p in parts]) for c in columns}
    return Table(totals, make.series("类", classes), make.series("款", sections), make.series("项", items))


def _counts(value: Value) -> bool:
    return isinstance(value, Blank) or value.value != 0
