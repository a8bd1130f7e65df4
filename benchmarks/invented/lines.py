"""收支明细 and 基本支出经济分类 of an invented unit, balanced line by line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from invented import codes
from invented.draw import Cents, Draw, beside
from invented.plan import CAPITAL, FUND, GENERAL, NON_FISCAL, Plan
from invented.reasons import reason

REVENUES = ("财政拨款", "上级补助", "事业", "经营", "附属单位上缴", "其他")
SPENDINGS = ("基本", "项目", "上缴上级", "经营", "对附属单位补助")
OPENINGS = ("基本", "项目")
CLOSINGS = ("基本", "项目结转", "项目结余")
_MODES = (*["基本"] * 4, *["项目"] * 8, *["两样"] * 3, "取消", "结转", "空")


@dataclass(frozen=True)
class Row:
    """One line; amounts in 分 by their keys. `budget` is None where the fund has none."""

    code: str
    fund: str
    revenue: dict[str, int] = field(default_factory=dict)
    spending: dict[str, int] = field(default_factory=dict)
    opening: dict[str, int] = field(default_factory=dict)
    closing: dict[str, int] = field(default_factory=dict)
    budget: int | None = None
    reason: str = ""
    split: bool = False

    @property
    def spent(self) -> int:
        return sum(self.spending.values())

    def tree(self) -> dict[str, Any]:
        """The line as the input writes it; nothings are left out."""
        out: dict[str, Any] = {"科目": self.code}
        if self.fund != GENERAL:
            out["资金"] = self.fund
        blocks = {"年初结转": self.opening, "收入": self.revenue, "支出": self.spending, "年末结转": self.closing}
        if self.split:
            blocks["财政拨款收入分项"] = {k: self.received(k) for k in ("基本", "项目")}
        for key, block in blocks.items():
            if given := {k: Cents(v) for k, v in block.items() if v}:
                out[key] = given
        if self.budget is not None:
            out["年初预算"] = Cents(self.budget)
        return out | ({"差异原因": self.reason} if self.reason else {})

    def received(self, kind: str) -> int:
        """财政拨款收入 for 基本 or 项目: spent + left − brought forward."""
        left = self.closing.get("基本", 0) if kind == "基本" else self._project_left
        return self.spending.get(kind, 0) + left - self.opening.get(kind, 0)

    @property
    def _project_left(self) -> int:
        return self.closing.get("项目结转", 0) + self.closing.get("项目结余", 0)


def empty_row(code: str, fund: str) -> Row:
    """A line of nothing."""
    nothings = (dict.fromkeys(keys, 0) for keys in (REVENUES, SPENDINGS, OPENINGS, CLOSINGS))
    return Row(code, fund, *nothings)


def fiscal_row(draw: Draw, plan: Plan, code: str, fund: str, mode: str = "") -> Row:
    """A line of 财政拨款, balanced for 基本 and for 项目 each."""
    mode = mode or draw.pick(_MODES)
    if plan.only in OPENINGS:
        mode = plan.only
    basic_too = fund == GENERAL and mode in ("基本", "两样")
    spending = {
        "基本": draw.sized() if basic_too else 0,
        "项目": draw.sized() if mode in ("项目", "两样") or (fund != GENERAL and mode == "基本") else 0,
    }
    opening, closing = dict.fromkeys(OPENINGS, 0), dict.fromkeys(CLOSINGS, 0)
    if plan.carryovers and (mode == "结转" or draw.chance(25)):
        closing = {k: draw.sized() if draw.chance(40) else 0 for k in CLOSINGS}
        if not spending["基本"]:
            closing["基本"] = 0
        opening = {
            "基本": draw.part(spending["基本"] + closing["基本"]),
            "项目": draw.part(spending["项目"] + closing["项目结转"] + closing["项目结余"]),
        }
    spent = sum(spending.values())
    received = spent + sum(closing.values()) - sum(opening.values())
    budget = _budget(draw, spent, mode) if fund == GENERAL else None
    why = reason(draw, [beside(spent, budget)]) if budget is not None else ""
    return Row(code, fund, {"财政拨款": received}, spending, opening, closing, budget, why, split=draw.chance(10))


_APART = 50


def _budget(draw: Draw, spent: int, mode: str) -> int:
    if mode == "取消":
        return draw.sized()
    if mode == "空":
        return 0
    few = draw.grain * draw.below(3)
    budget = draw.pick((spent, spent, 0, spent + few, max(0, spent - few), draw.sized(), draw.part(spent)))
    # A budget a hundred times off would be a slip of the unit's: 万元 for 元.
    return min(max(budget, spent // _APART), spent * _APART) if budget and spent else budget


def other_row(draw: Draw, plan: Plan, code: str) -> Row:
    """A line of other money: any kinds of 收入 and 支出, what is left over carried forward."""
    # 对附属单位补助 and 上缴上级 need a partner: only departments have them.
    kinds = draw.some(("基本", "项目", "经营"), draw.between(1, 2))
    spending = {k: draw.sized() if k in kinds else 0 for k in SPENDINGS}
    closing = {k: draw.sized() if plan.carryovers and draw.chance(30) else 0 for k in CLOSINGS}
    there = sum(spending.values()) + sum(closing.values())
    opening = dict(zip(OPENINGS, draw.split(draw.part(there) if plan.carryovers else 0, 2), strict=True))
    needed = there - sum(opening.values())
    sources = draw.some(REVENUES[1:], draw.between(1, 3))
    revenue = dict.fromkeys(REVENUES, 0) | dict(zip(sources, draw.split(needed, len(sources)), strict=True))
    return Row(code, NON_FISCAL, revenue, spending, opening, closing)


def rows(draw: Draw, plan: Plan) -> list[Row]:
    """The lines of a unit, in code order within each fund."""
    if plan.only == NON_FISCAL:
        return [other_row(draw, plan, c) for c in draw.some(codes.general_items(), plan.size)]
    others = sum(draw.between(1, 1 + plan.size // 8) for _ in plan.funds)
    staff = [c for c in codes.STAFF if draw.chance(80)] if plan.only != "项目" else []
    plain = draw.some([c for c in codes.general_items() if c not in staff], max(1, plan.size - others - len(staff)))
    first = "项目" if plan.only == "项目" else "基本"
    modes = dict.fromkeys(staff, "基本") | {draw.pick(plain): first}
    out = [fiscal_row(draw, plan, c, GENERAL, modes.get(c, "")) for c in sorted([*staff, *plain])]
    pools = {FUND: codes.fund_items(), CAPITAL: codes.capital_items(), NON_FISCAL: codes.general_items()}
    for fund in plan.funds:
        for code in draw.some(pools[fund], draw.between(1, 1 + plan.size // 8)):
            row = other_row(draw, plan, code) if fund == NON_FISCAL else fiscal_row(draw, plan, code, fund)
            out.append(row)
    return out


def economic(draw: Draw, lines: list[Row]) -> dict[str, int]:
    """The 款 of 一般公共预算 基本支出: they sum to it, and what is paid for staff is the same money as its 科目."""
    basic = {r.code: r.spending["基本"] for r in lines if r.fund == GENERAL}
    out = {e: basic[c] for c, e in zip(codes.STAFF, codes.CONTRIBUTED, strict=True) if basic.get(c)}
    left = sum(basic.values()) - sum(out.values())
    personnel = draw.portion(left, draw.between(40, 90))
    for pool, amount, most in ((codes.PERSONNEL, personnel, 14), (codes.RUNNING, left - personnel, 25)):
        chosen = draw.some(pool, draw.between(2, most))
        out |= {c: v for c, v in zip(chosen, draw.split(amount, len(chosen)), strict=True) if v}
    return dict(sorted(out.items()))
