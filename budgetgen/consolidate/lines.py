"""收支明细 of a department: the units' lines of one 科目 and 资金 are one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from budgetgen.consolidate.nothings import moves
from budgetgen.consolidate.parts import LONE_LINE, TWO_NAMES, UNITS, Part
from budgetgen.issues import Issue, Level
from budgetgen.model import FISCAL_FUNDS, Amount, Line, child_path, entry_path
from budgetgen.model.lines import GENERAL_PUBLIC_BUDGET, FiscalSplit
from budgetgen.model.shapes import Section
from budgetgen.model.specs import fields_of
from budgetgen.money import ZERO

if TYPE_CHECKING:
    from budgetgen.consolidate.sums import Sums

KEY = "收支明细"
_FUNDS = (*FISCAL_FUNDS, "非财政拨款")
_NAMES = {"类名称": "class_name", "款名称": "section_name", "项名称": "item_name"}
_DIGITS = {"类名称": 3, "款名称": 5, "项名称": 7}


def summed(sums: Sums, own: Sequence[Line], given: Sequence[tuple[Part, list[Line]]]) -> list[Line]:
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
    path = entry_path(KEY, first.key)
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
    path = entry_path(KEY, line.key)
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
                at = child_path(entry_path(KEY, line.key), key)
                units = other.loaded.accounts.unit.name, part.loaded.accounts.unit.name
                cause = f"{code} 在 {units[0]} 写作“{first}”，在 {units[1]} 写作“{name}”。"
                mend = "改成同一个名称，或在部门的收支明细里写上。"
                sums.issues.append(Issue(TWO_NAMES, Level.ERROR, cause, mend, at, part.loaded.place(at)))
