"""The department's accounts, field by field: driven by the declarations, as reading and writing are.

Amounts and counts are summed, lists laid end to end, lines and codes matched by their key. A text is the department's
own, or that of the only unit whose figures it tells of.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from budgetgen.consolidate import lines
from budgetgen.consolidate.nothings import filled, has_amounts, moves
from budgetgen.consolidate.parts import PRIOR_SUM, STATED, UNITS, UNKNOWN, Part
from budgetgen.consolidate.payments import TakenOut
from budgetgen.figures import YUAN
from budgetgen.issues import Issue, Level, SourceRef
from budgetgen.model import Accounts, Amount, Declared, Loaded, Share, child_path, entry_path
from budgetgen.model.performance import Performance
from budgetgen.model.shapes import ListOf, Money, Section, TableOf, Whole
from budgetgen.model.specs import FieldSpec, fields_of
from budgetgen.money import YUAN_PER_WAN, ZERO, plain_text

OWN = frozenset(
    {"版式", "年度", "金额单位", "单位", "内部往来", "绩效自评", "变动原因", "名词解释", "数字核定", "上年文件", "豁免"}
    | {f"预算绩效.{key}" for key in fields_of(Performance) if key not in ("自评", "社会保险基金支出总额")}
)
"""What is never a sum: the department states it, or it is asked for."""
Given = Sequence[tuple[Part, Any]]
"""What each unit has under one path; None where it does not state it."""


class Sums:
    """One department while it is summed: its accounts are made once, by `accounts()`.

    `sources` and `shares` then tell where each value comes from, and `issues` what does not fit.
    """

    def __init__(self, department: Loaded, parts: Sequence[Part], taken_out: TakenOut) -> None:
        self.sources: dict[str, SourceRef] = dict(department.sources)
        self.shares: dict[str, tuple[Share, ...]] = {}
        self.issues: list[Issue] = []
        self.department = department
        self.parts = parts
        self._taken_out = taken_out
        self._unknown: set[tuple[str, str]] = set()

    def accounts(self) -> Accounts:
        """The department's accounts with its units' figures."""
        own = self.department.accounts
        values: dict[str, Any] = {}
        for key, spec in fields_of(Accounts).items():
            given = [(p, getattr(p.loaded.accounts, spec.name)) for p in self.parts]
            mine = getattr(own, spec.name)
            if key == lines.KEY:
                values[spec.name] = lines.summed(self, mine, given)
            else:
                values[spec.name] = self.value(spec, mine, given, key)
        self._prior_year()
        return Accounts(**values)

    def value(self, spec: FieldSpec, own: Any, given: Given, path: str, sole: Part | None = None) -> Any:
        """What stands under `path` in the department; `sole` is the only unit with figures around it."""
        if path in OWN or all(v is None for _, v in given):
            return own
        match spec.shape:
            case Money():
                return self.amount(own, given, path)
            case Whole():
                return self.count(own, given, path, spec.unit)
            case Section(model):
                return self.section(model, own, given, path, sole)
            case TableOf():
                return self.table(own, given, path)
            case ListOf():
                return self.joined(own, given, path)
            case _:
                return self.text(own, given, path, sole)

    def section(self, model: type[Declared], own: Any, given: Given, path: str, sole: Part | None = None) -> Any:
        """A part of the accounts, each of its fields by itself."""
        given = [(p, filled(v)) for p, v in given]
        moving = [p for p, v in given if v is not None and moves(v)]
        if has_amounts(model):
            sole = moving[0] if len(moving) == 1 else None
        for part in [p for p, v in given if v is None]:
            self.unknown(part, path)
        values = {}
        for key, spec in fields_of(model).items():
            inner = [(p, getattr(v, spec.name) if v is not None else None) for p, v in given]
            values[spec.name] = self.value(spec, getattr(own, spec.name, None), inner, child_path(path, key), sole)
        return model(**values)

    def amount(self, own: Any, given: Given, path: str) -> Any:
        """The sum, less what the units paid each other; the department's own amount where a unit's is not known."""
        if self._lacking(given, path):
            return own
        parts = [p.share(path, Decimal(v)) for p, v in given if v]
        margin = sum((v.margin for _, v in given), ZERO)
        for part, _ in given:
            for payment in self._taken_out.get((part.at, path), ()):
                parts.append(Share(payment.unit, payment.path, -Decimal(payment.amount), payment.place, offset=True))
                margin += payment.amount.margin
        total = Amount(sum((s.amount for s in parts), ZERO), margin)
        return self._settled(own, total, path, parts)

    def _settled(self, own: Any, total: Amount, path: str, parts: list[Share]) -> Any:
        stated = own is not None and path in self.department.sources
        self._traced(path, parts)
        if not stated or abs(own - total) <= own.margin + total.margin:
            return total
        if path.startswith("上年.") and self._taken_out:
            return own  # the units' sum holds last year's payments between them
        wins = path.startswith(("上年.", "预算绩效.")) or path.endswith(".上年决算")
        told = f"部门写的是 {_told(own, YUAN)}，各单位之和是 {_told(total, YUAN)}，相差 {_told(abs(own - total), YUAN)}"
        self._differs(path, told, parts, wins=wins)
        return own if wins else total

    def count(self, own: Any, given: Given, path: str, unit: str) -> Any:
        """The sum of counts; where the department states another, that one (a group may be counted in two units)."""
        if not unit:
            return own
        if self._lacking(given, path):
            return own
        total = sum(v for _, v in given)
        parts = [p.share(path, Decimal(v)) for p, v in given if v]
        self._traced(path, parts)
        if own is None or path not in self.department.sources or own == total:
            return total
        told = f"部门写的是 {own} {unit}，各单位之和是 {total} {unit}"
        self._differs(path, told, parts, unit, wins=True)
        return own

    def _lacking(self, given: Given, path: str) -> bool:
        lacking = [p for p, v in given if v is None]
        for part in lacking:
            self.unknown(part, path)
        return bool(lacking)

    def _traced(self, path: str, parts: list[Share]) -> None:
        if not parts:
            return
        self.shares[path] = tuple(parts)
        only = parts[0].place if len(parts) == 1 else None
        if path not in self.department.sources and (place := only or self.department.place(UNITS)):
            self.sources[path] = place

    def _differs(self, path: str, told: str, parts: list[Share], unit: str = YUAN, *, wins: bool) -> None:
        level = Level.WARNING if wins else Level.ERROR
        units = "、".join(f"{s.unit} {_told(s.amount, unit)}（{s.place}）" for s in parts[:_FEW])
        more = f"等 {len(parts)} 个" if len(parts) > _FEW else ""
        mend = "核对；以部门写的为准。" if wins else "核对各单位的数；部门不用写，由各单位相加。"
        cause = f"{told}：{units}{more}。" if parts else f"{told}。"
        self.issues.append(Issue(STATED, level, cause, mend, path, self.department.place(path), (path,)))

    def unknown(self, part: Part, path: str) -> None:
        """Tell once that a unit does not state what others do."""
        if any((part.at, path[:end]) in self._unknown for end in range(len(path) + 1)):
            return
        self._unknown.add((part.at, path))
        cause = f"{part.loaded.accounts.unit.name} 没有填，汇总不出。"
        mend = "在那个单位的数据里填上，没有的填 0 或“无”；或由部门自己填。"
        self.issues.append(Issue(UNKNOWN, Level.NOTE, cause, mend, path, part.loaded.place(""), (path,)))

    def table(self, own: Any, given: Given, path: str) -> dict[str, Amount]:
        """Amounts by code; a code that a unit does not have is a nothing there."""
        codes = sorted({c for _, table in given for c in table} | set(own))
        nothing = Amount(0)
        return {
            c: self.amount(own.get(c), [(p, t.get(c, nothing)) for p, t in given], entry_path(path, c)) for c in codes
        }

    def joined(self, own: Any, given: Given, path: str) -> Any:
        """The department's own list, else the units' laid end to end."""
        if own or self._lacking(given, path):
            return own
        if path in self.department.sources and (some := [p for p, found in given if found]):
            units = "、".join(p.loaded.accounts.unit.name for p in some)
            self._differs(path, f"部门写的是没有，而 {units} 有", [], wins=False)
        items: list[Any] = []
        for part, found in given:
            for number, item in enumerate(found, 1):
                items.append(item)
                self._moved(part, entry_path(path, str(number)), entry_path(path, str(len(items))))
        return items

    def _moved(self, part: Part, old: str, new: str) -> None:
        """Keep the places of an item of a list under its new number."""
        for path, place in part.loaded.sources.items():
            if path == old or path.startswith((f"{old}.", f"{old}[")):
                self.sources[new + path.removeprefix(old)] = place

    def text(self, own: Any, given: Given, path: str, sole: Part | None) -> Any:
        """The department's own text, else that of the only unit whose figures it tells of."""
        told = next((v for p, v in given if p is sole and v), None)
        if own or told is None or sole is None:
            return own
        if place := sole.loaded.place(path):
            self.sources[path] = place
        return told

    def _prior_year(self) -> None:
        """Last year's totals hold last year's payments between units, unless the department states its own."""
        own = self.department.accounts.prior_year.grand_total
        if self._taken_out and own is None:
            cause = "上年的收支总计是各单位之和，没有抵销上年的内部往来。"
            mend = "照上年公开的部门决算，填“上年”。"
            self.issues.append(Issue(PRIOR_SUM, Level.WARNING, cause, mend, "上年.收支总计", self.department.place("")))


_FEW = 5


def _told(value: Decimal, unit: str) -> str:
    exact = value / YUAN_PER_WAN if unit == YUAN else value
    return f"{plain_text(exact, strip_zeros=True)} {'万元' if unit == YUAN else unit}"
