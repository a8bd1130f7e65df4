"""What an amount cell holds: nothing, an amount in the table's 金额单位, or a fault that is named with its cell."""

from __future__ import annotations

from budgetgen.input.numbers import Refusal, read_amount
from budgetgen.issues import Findings, Rule
from budgetgen.model import Amount
from budgetgen.money import ZERO
from budgetgen.published.grid import Cell

_NIL = frozenset({"", "无", "-", "—", "——", "－", "–", "／", "…", "……"})


def read_cell(cell: Cell, unit: str, findings: Findings) -> Amount | None:
    """The amount in 元; None where the cell is blank, or holds none (an issue says why)."""
    if cell.fault:
        findings.error(Rule.TABLE_CELL, f"这里该是金额，是{cell.fault}。", "改成数字，或留空。", cell.place)
        return None
    if cell.label in _NIL:
        return None
    if not cell.own:
        findings.error(
            Rule.TABLE_CELL, f"金额“{cell.text}”在合并的单元格里，分不出各栏。", "取消合并，各栏分别填。", cell.place
        )
        return None
    read = read_amount(cell.text, unit)
    if isinstance(read, Refusal):
        findings.error(Rule.TABLE_CELL, read.cause, read.mend, cell.place)
        return None
    return Amount(read.value) if unit == "元" else Amount.from_wan_yuan(read.value)


def is_number(cell: Cell) -> bool:
    """Whether an own cell holds a number that can be read."""
    return cell.own and not cell.fault and bool(cell.text) and not isinstance(read_amount(cell.text, "万元"), Refusal)


def less(whole: Amount, *parts: Amount) -> Amount:
    """`whole` less `parts`; 0 where rounding alone can tell them apart."""
    rest = whole - sum(parts, ZERO)
    margin = whole.margin + sum((p.margin for p in parts), ZERO)
    return Amount(0) if abs(rest) <= margin else Amount(rest, margin)


def plus(*parts: Amount) -> Amount:
    """The sum of `parts`, with what their rounding adds up to."""
    return Amount(sum(parts, ZERO), sum((p.margin for p in parts), ZERO))
