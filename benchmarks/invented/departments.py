"""Departments of invented units: their inputs, the payments between them, and what their tables must come to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from invented import codes, expenses
from invented.draw import Cents, Draw, beside, moved, printed
from invented.lines import Row, empty_row, rows
from invented.performance import performance
from invented.plan import GENERAL, NON_FISCAL, Plan, plan
from invented.reasons import reason
from invented.sums import FISCAL, tables, without_payments
from invented.unit import Invented, assemble, grand_totals, who, why_totals

PAID_AS = {"上级补助": "对附属单位补助", "附属单位上缴": "上缴上级"}
_UNITS_EACH = 100
_NAMES = ("第一附属站", "第二附属站", "附属馆", "附属中心", "附属学校")


@dataclass(eq=False)
class Unit:
    """A unit that is being made: lines and payments first, the rest when all are known."""

    plan: Plan
    file: str
    called: str
    lines: list[Row]
    stated: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Payment:
    """`amount` that `payer` gave `payee`, as the payee's kind of revenue, and the 科目 of both."""

    payer: Unit
    payee: Unit
    kind: str
    amount: int
    paid_code: str
    code: str


@dataclass(eq=False)
class Department:
    """A department: `parts` are its units and departments, 本级 first."""

    plan: Plan
    file: str
    parts: list[Unit | Department]

    @property
    def units(self) -> list[Unit]:
        """All units under it."""
        return [u for p in self.parts for u in (p.units if isinstance(p, Department) else [p])]


@dataclass(frozen=True)
class Made:
    """A finished input, and the figures it comes to."""

    tree: dict[str, Any]
    lines: list[Row]
    economic: dict[str, int]

    @property
    def public(self) -> dict[str, dict[str, int]]:
        items = {item: self.tree["三公经费"][item] for item in expenses.ITEMS}
        return {item: {m: values[m] for m in expenses.MEASURES} for item, values in items.items()}


def invent_department(
    seed: int, index: int, year: int, profile: str = ""
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """The inputs of a department by their path (its own is 部门.yaml), and the sums of its tables."""
    return _Maker(seed, index, year, profile).made()


class _Maker:
    def __init__(self, seed: int, index: int, year: int, profile: str) -> None:
        self._seed, self._index, self._year = seed, index, year
        self._draw = Draw(seed, index, "department", grain=10_000)
        self._made: dict[str, Made] = {}
        self._payments: list[Payment] = []
        self._profile = plan(seed, index, year, profile).profile
        self._count = 0

    def made(self) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
        top = self._department("部门.yaml", self._plan().name, nested=self._draw.chance(40))
        self._pay(top)
        for unit in top.units:
            self._finish(unit)
        inputs = {file: made.tree for file, made in self._made.items()}
        whole = self._sum(top, inputs)
        tree = whole.tree
        used, distributed = (sum(m.tree.get(k, 0) for m in self._made.values()) for k in _PER_UNIT)
        return inputs | {top.file: tree}, tables(whole.lines, whole.economic, self._public(top), used, distributed)

    def _plan(self) -> Plan:
        self._count += 1
        made = plan(self._seed, self._index * _UNITS_EACH + self._count, self._year, self._profile)
        return replace(made, summed=True, size=min(made.size, 40))

    def _department(self, file: str, name: str, *, nested: bool) -> Department:
        own = self._plan()
        folder = file.rpartition("/")[0]
        at = f"{folder}/" if folder else ""
        names = _NAMES[: self._draw.between(1, 4)]
        parts: list[Unit | Department] = [self._unit(f"{at}本级.yaml", f"{name}本级", name)]
        parts += [self._unit(f"{at}{part}/unit.yaml", f"{name}{part}") for part in names]
        if nested:
            parts.append(self._department(f"{at}所属部门/部门.yaml", f"{name}所属分局", nested=False))
        return Department(replace(own, name=name, kind="部门", administrative=True), file, parts)

    def _unit(self, file: str, name: str, called: str = "") -> Unit:
        made = replace(self._plan(), name=name, kind="单位")
        draw = Draw(self._seed, made.index, "unit", grain=made.grain)
        return Unit(made, file, called or name, rows(draw, made))

    def _pay(self, department: Department) -> None:
        """Payments between 本级 and units below it, at whatever level; each side has them in lines of its own."""
        own, *others = department.units
        for other in others:
            for kind, percent in (("上级补助", 60), ("附属单位上缴", 30)):
                if self._draw.chance(percent):
                    payer, payee = (own, other) if kind == "上级补助" else (other, own)
                    self._payment(payer, payee, kind)
        for part in department.parts:
            if isinstance(part, Department):
                self._pay(part)

    def _payment(self, payer: Unit, payee: Unit, kind: str) -> None:
        amount = self._draw.money(1_000, 3_000_000)
        paid_code, code = self._code(payer), self._code(payee)
        _put(payer, paid_code, "其他", PAID_AS[kind], amount)
        _put(payee, code, kind, "项目", amount)
        for unit, other, way, at in ((payer, payee, PAID_AS[kind], paid_code), (payee, payer, kind, code)):
            partner = other.called if self._draw.chance(50) else other.plan.name
            unit.stated.append({"往来": way, "对方": partner, "科目": at, "金额": Cents(amount)})
        self._payments.append(Payment(payer, payee, kind, amount, paid_code, code))

    def _code(self, unit: Unit) -> str:
        """A 科目 of other money: one that the unit has, or a new one."""
        there = [r.code for r in unit.lines if r.fund == NON_FISCAL]
        return self._draw.pick(there) if there and self._draw.chance(60) else self._draw.pick(codes.general_items())

    def _finish(self, unit: Unit) -> None:
        draw = Draw(self._seed, unit.plan.index, "rest", grain=unit.plan.grain)
        made: Invented = assemble(draw, unit.plan, unit.lines, who(draw, unit.plan))
        stated = {"内部往来": unit.stated} if unit.stated else {}
        self._made[unit.file] = Made(made.tree | stated, made.lines, made.economic)

    def _public(self, department: Department) -> dict[str, dict[str, int]]:
        made = [self._made[u.file].public for u in department.units]
        return {i: {m: sum(p[i][m] for p in made) for m in expenses.MEASURES} for i in expenses.ITEMS}

    def _sum(self, department: Department, inputs: dict[str, dict[str, Any]]) -> Made:
        """The department's own input, written into `inputs` for those inside it."""
        parts = [self._sum(p, inputs) if isinstance(p, Department) else self._made[p.file] for p in department.parts]
        for part, made in zip(department.parts, parts, strict=True):
            inputs[part.file] = made.tree
        units = department.units
        settled = [p for p in self._payments if p.payer in units and p.payee in units]
        within = [p for p in settled if not any(_inside(p, d) for d in department.parts)]
        lines = [r for m in parts for r in m.lines]
        lines += [r for p in within for r in without_payments(p.code, p.kind, p.paid_code, PAID_AS[p.kind], p.amount)]
        economic: dict[str, int] = {}
        for made in parts:
            for code, amount in made.economic.items():
                economic[code] = economic.get(code, 0) + amount
        tree = self._tree(department, parts, lines, settled_here=bool(within))
        return Made(tree, lines, economic)

    def _tree(
        self, department: Department, parts: list[Made], lines: list[Row], *, settled_here: bool
    ) -> dict[str, Any]:
        draw = Draw(self._seed, department.plan.index, department.file, grain=department.plan.grain)
        own = department.plan
        used = sum(self._made[u.file].tree.get("使用非财政拨款结余", 0) for u in department.units)
        totals = grand_totals(lines, used)
        prior = {k: sum(m.tree["上年"][k] for m in parts) for k in totals}
        if settled_here:
            prior = {k: expenses.around(draw, v) for k, v in totals.items()}
        spent = {f: sum(r.spent for r in lines if r.fund == f) for f in FISCAL}
        told = performance(draw, own, spent | {"合计": sum(r.spent for r in lines)})
        for key in ("自评", "社会保险基金支出总额"):
            told.pop(key, None)
        tree: dict[str, Any] = {
            "版式": own.profile,
            "年度": own.year,
            "金额单位": own.money_unit,
            "单位": _unit(draw, department),
            "收支明细": _why_lines(draw, parts, lines),
            "三公经费": _why_public(draw, self._public(department)),
            # What stands in 上年 is read by the department above too; only a stated one is written.
            "上年": {k: Cents(v) for k, v in prior.items()},
            "机关运行经费": _why_running(draw, [self._made[u.file].tree["机关运行经费"] for u in department.units]),
            "国有资产": {"其他用车说明": "一般公务用车"},
            "预算绩效": told,
            "变动原因": why_totals(draw, totals, prior),
        }
        return {k: v for k, v in tree.items() if v not in ({}, [])}


_PER_UNIT = ("使用非财政拨款结余", "结余分配")


def _inside(payment: Payment, part: Unit | Department) -> bool:
    return isinstance(part, Department) and payment.payer in part.units and payment.payee in part.units


def _put(unit: Unit, code: str, received: str, spent: str, amount: int) -> None:
    """Add `amount` as revenue and expenditure to the unit's line of other money."""
    at = next((i for i, r in enumerate(unit.lines) if (r.code, r.fund) == (code, NON_FISCAL)), None)
    old = unit.lines.pop(at) if at is not None else empty_row(code, NON_FISCAL)
    revenue = old.revenue | {received: old.revenue[received] + amount}
    spending = old.spending | {spent: old.spending[spent] + amount}
    unit.lines.append(replace(old, revenue=revenue, spending=spending))


def _unit(draw: Draw, department: Department) -> dict[str, Any]:
    out = who(draw, department.plan)
    folder = department.file.rpartition("/")[0]
    files = [p.file.removeprefix(f"{folder}/" if folder else "") for p in department.parts]
    names = [p.plan.name for p in department.parts]
    below = [{"名称": n, "数据": f} for n, f in zip(names[1:], files[1:], strict=True)]
    return out | {"决算单位": below, "本级数据": files[0]}


def _why_lines(draw: Draw, parts: list[Made], lines: list[Row]) -> list[dict[str, Any]]:
    """A reason for each line of several units that differs from its budget."""
    out = []
    for code in sorted({r.code for r in lines if r.fund == GENERAL}):
        mine = [r for r in lines if r.code == code and r.fund == GENERAL]
        several = sum(any(r in m.lines for r in mine) for m in parts) > 1
        way = beside(sum(r.spent for r in mine), sum(r.budget or 0 for r in mine))
        if several and way:
            out.append({"科目": code, "差异原因": reason(draw, [way])})
    return out


def _why_public(draw: Draw, public: dict[str, dict[str, int]]) -> dict[str, Any]:
    texts = {
        "因公出国费": {"内容": "开展业务交流"},
        "公务用车购置费": {},
        "公务用车运行维护费": {"用途": "燃料费、维修费"},
        "公务接待费": {"内容": "外地来访交流"},
    }
    out: dict[str, Any] = {}
    for item, measures in public.items():
        out[item] = expenses.reasons(draw, measures) | (texts[item] if printed(measures["决算"]) else {})
    totals = {m: sum(v[m] for v in public.values()) for m in expenses.MEASURES}
    return out | ({"合计": why} if (why := expenses.reasons(draw, totals)) else {})


def _why_running(draw: Draw, units: list[Any]) -> dict[str, str]:
    stated = [u for u in units if isinstance(u, dict)]
    actual, budget, prior = (sum(u[k] for u in stated) for k in ("决算", "年初预算", "上年决算"))
    why = reason(draw, [moved(actual, budget), moved(actual, prior)])
    return {"原因": why} if why else {}
