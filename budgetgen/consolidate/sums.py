"""The department's accounts, field by field: driven by the declarations, as reading and writing are.

Amounts and counts are summed, lists laid end to end, lines and codes matched by their key. A text is the department's
own, or that of the only unit whose figures it tells of.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from budgetgen.consolidate.department_units import (
    LONE_LINE,
    PRIOR_SUM,
    STATED,
    TWO_NAMES,
    UNITS,
    UNKNOWN,
    Part,
    TakenOut,
)
from budgetgen.figures import YUAN
from budgetgen.issues import Issue, Level, SourceRef
from budgetgen.model import FISCAL_FUNDS, Accounts, Amount, Declared, Line, Loaded, Share, child_path, entry_path
from budgetgen.model.accounts import value_at
from budgetgen.model.declarations import Department, FieldSpec, ListOf, Money, Section, TableOf, Text, Whole, fields_of
from budgetgen.model.sections import GENERAL_PUBLIC_BUDGET, FiscalSplit
from budgetgen.money import YUAN_PER_WAN, ZERO, plain_text

_NOTHING = Amount(0)


def filled(part: Any) -> Any:
    """`part` with nothing where it goes with amounts that are nothing: without cars bought, no number of them is asked."""
    if not isinstance(part, Declared):
        return part
    specs = [s for s in fields_of(type(part)).values() if s.beside and getattr(part, s.name) is None]
    nothings = {s.name: _nothing(s) for s in specs if all(_is_nothing(part, at) for at in s.beside)}
    return part.replaced(**nothings) if nothings else part


def _is_nothing(part: Declared, path: str) -> bool:
    """Whether the amount under `path` is stated as 0."""
    amount = value_at(part, path.split("."))
    return amount is not None and not amount


def _nothing(spec: FieldSpec) -> Any:
    """What a field holds where there is nothing of it: 0, in a section in each of its fields."""
    if isinstance(spec.shape, Section):
        return spec.shape.model(**{s.name: _nothing(s) for s in fields_of(spec.shape.model).values()})
    return 0 if isinstance(spec.shape, Whole) else _NOTHING


def has_amounts(model: type[Declared]) -> bool:
    """Whether a part of the accounts holds amounts or counts, itself or below."""
    return any(
        isinstance(s.shape, (Money, TableOf))
        or (isinstance(s.shape, Whole) and s.unit)
        or (isinstance(s.shape, Section) and has_amounts(s.shape.model))
        for s in fields_of(model).values()
    )


def moves(part: Declared) -> bool:
    """Whether any amount or count of a part is not zero."""
    for spec in fields_of(type(part)).values():
        value = getattr(part, spec.name)
        if isinstance(value, Declared) and moves(value):
            return True
        if not isinstance(spec.shape, Text) and isinstance(value, (int, Decimal)) and value:
            return True
    return False


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
        for key, spec in fields_of(type(own)).items():
            given: Given = [(p, getattr(p.loaded.accounts, spec.name, None)) for p in self.parts]
            mine = getattr(own, spec.name)
            if key == LINES_KEY:
                values[spec.name] = summed_lines(self, mine, given)
            else:
                values[spec.name] = self.value(spec, mine, given, key)
        self._prior_year()
        return type(own)(**values)

    def value(self, spec: FieldSpec, own: Any, given: Given, path: str, sole: Part | None = None) -> Any:
        """What stands under `path` in the department; `sole` is the only unit with figures around it."""
        if spec.department is Department.OWN or all(v is None for _, v in given):
            return own
        match spec.shape:
            case Money():
                return self.amount(own, given, path, wins=spec.department is Department.STATED)
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
            inner = [(p, getattr(v, spec.name, None)) for p, v in given]
            values[spec.name] = self.value(spec, getattr(own, spec.name, None), inner, child_path(path, key), sole)
        return model(**values)

    def amount(self, own: Any, given: Given, path: str, *, wins: bool = False) -> Any:
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
        return self._settled(own, total, path, parts, wins=wins)

    def _settled(self, own: Any, total: Amount, path: str, parts: list[Share], *, wins: bool) -> Any:
        stated = own is not None and path in self.department.sources
        self._traced(path, parts)
        if not stated or abs(own - total) <= own.margin + total.margin:
            return total
        if path.startswith("上年.") and self._taken_out:
            return own  # the units' sum holds last year's payments between them
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


LINES_KEY = "收支明细"
_FUNDS = (*FISCAL_FUNDS, "非财政拨款")
_NAMES = {"类名称": "class_name", "款名称": "section_name", "项名称": "item_name"}
_DIGITS = {"类名称": 3, "款名称": 5, "项名称": 7}


def summed_lines(sums: Sums, own: Sequence[Line], given: Sequence[tuple[Part, list[Line]]]) -> list[Line]:
    """Every line that a unit has, by fund and code; what the department writes of a line is held against it."""
    mine = {line.key: line for line in own}
    theirs: dict[str, list[tuple[Part, Line]]] = {}
    for part, lines in given:
        for line in lines:
            theirs.setdefault(line.key, []).append((part, line))
    _names(sums, own, theirs)
    for key in mine.keys() - theirs.keys():
        _lone(sums, mine[key])
    ordered = sorted(theirs.values(), key=lambda found: (_FUNDS.index(found[0][1].fund), found[0][1].code))
    return [_line(sums, mine.get(found[0][1].key), found) for found in ordered]


def _line(sums: Sums, own: Line | None, given: list[tuple[Part, Line]]) -> Line:
    first = given[0][1]
    path = entry_path(LINES_KEY, first.key)
    sole = given[0][0] if len(given) == 1 else None
    values: dict[str, Any] = {"code": first.code, "fund": first.fund}
    for key, spec in fields_of(Line).items():
        at = child_path(path, key)
        inner = [(p, getattr(line, spec.name)) for p, line in given]
        mine = getattr(own, spec.name, None)
        if spec.name in values:
            continue
        if spec.name == "fiscal_split" and any(v for _, v in inner):
            inner = [(p, line.fiscal_split or _received(line)) for p, line in given]
        if spec.name == "initial_budget" and first.fund != GENERAL_PUBLIC_BUDGET:
            inner = [(p, v) for p, v in inner if v is not None]
        if key in _NAMES:
            values[spec.name] = mine or next((v for _, v in inner if v), "")
        elif isinstance(spec.shape, Section):
            values[spec.name] = sums.section(spec.shape.model, mine, inner, at) if _any(inner) else mine
        else:
            values[spec.name] = sums.value(spec, mine, inner, at, sole)
    if place := sole.loaded.place(path) if sole else sums.department.place(UNITS):
        sums.sources.setdefault(path, place)
    return Line(**values)


def _any(given: Sequence[tuple[Part, Any]]) -> bool:
    return any(v is not None for _, v in given)


def _received(line: Line) -> FiscalSplit:
    """财政拨款收入 of a line that does not split it: what was spent and kept less what was brought forward."""
    spent, before, after = line.expenditure, line.opening, line.closing
    return FiscalSplit(
        basic=_less([spent.basic, after.basic], before.basic),
        project=_less([spent.project, after.project_carryover, after.project_surplus], before.project),
    )


def _less(added: list[Amount], taken: Amount) -> Amount:
    return Amount(sum(added, ZERO) - taken, sum((a.margin for a in (*added, taken)), ZERO))


def _lone(sums: Sums, line: Line) -> None:
    """A line of the department's own that no unit has."""
    path = entry_path(LINES_KEY, line.key)
    cause = f"没有一个单位有 {line.key} 这一行，没有汇总。"
    mend = "核对科目和资金；部门自己的收支，写在本级的数据里。"
    level = Level.ERROR if moves(line) else Level.WARNING
    sums.issues.append(Issue(LONE_LINE, level, cause, mend, path, sums.department.place(path), (path,)))


def _names(sums: Sums, own: Sequence[Line], theirs: dict[str, list[tuple[Part, Line]]]) -> None:
    """A code has one name in all units, unless the department gives it one."""
    given: dict[str, tuple[str, Part]] = {}
    settled = {line.code[: _DIGITS[k]] for line in own for k, name in _NAMES.items() if getattr(line, name)}
    for part, line in (found for lines in theirs.values() for found in lines):
        for key, field in _NAMES.items():
            name, code = getattr(line, field), line.code[: _DIGITS[key]]
            if not name or code in settled:
                continue
            first, other = given.setdefault(code, (name, part))
            if first != name:
                settled.add(code)
                at = child_path(entry_path(LINES_KEY, line.key), key)
                units = other.loaded.accounts.unit.name, part.loaded.accounts.unit.name
                cause = f"{code} 在 {units[0]} 写作“{first}”，在 {units[1]} 写作“{name}”。"
                mend = "改成同一个名称，或在部门的收支明细里写上。"
                sums.issues.append(Issue(TWO_NAMES, Level.ERROR, cause, mend, at, part.loaded.place(at)))
