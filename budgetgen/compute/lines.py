"""Each line of 收支明细 with its blocks summed: what tables 公开01–05, 公开07 and 公开08 are made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from budgetgen.compute.book import Book
from budgetgen.figures import Group, Value
from budgetgen.model import FISCAL_FUNDS

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


@dataclass(frozen=True)
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


def compute_lines(book: Book, facts: Iterable[Group]) -> list[LineFigures]:
    """Every line with its totals."""
    return [LineFigures(str(f["科目"]), str(f["资金"]), f, _columns(book, f)) for f in facts]


def _columns(book: Book, facts: Group) -> dict[str, Value]:
    columns: dict[str, Value] = {}
    for block, labels in BLOCKS.items():
        entered = {f"{block}.{c}": facts.value(f"{block}.{c}") for c in labels if c != "合计"}
        columns |= entered
        columns[f"{block}.合计"] = book.total(f"{facts.name}.{block}.合计", entered.values())
    return columns | _fiscal_split(book, facts, columns)


def _fiscal_split(book: Book, facts: Group, columns: Mapping[str, Value]) -> dict[str, Value]:
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
        used = book.total(f"{name}.支出与年末结转", operands)
        out[f"收入.{part}"] = book.difference(name, used, columns[f"年初结转.{part}"])
    return out
