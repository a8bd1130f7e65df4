"""The model's figures: totals, shares, changes. Pure functions: no file, no clock, no 版式."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from decimal import Decimal

from budgetgen.classification import Classification
from budgetgen.compute.budget import compute_budget
from budgetgen.compute.calculator import Calculator, counted
from budgetgen.compute.classified_table import compute_lines
from budgetgen.compute.revenue_expenditure import compute_economic, compute_fiscal, compute_overall
from budgetgen.compute.scores import STANDARD, Scoring
from budgetgen.compute.self_evaluation import compute_evaluation
from budgetgen.compute.statements import compute_performance, compute_statements, compute_three_public
from budgetgen.figures import CATALOGUE, Blank, Figure, Group
from budgetgen.issues import Level
from budgetgen.model import Accounts, Amount, Declared, Line, child_path, item_path
from budgetgen.model.declarations import Choice, FieldSpec, Lines, ListOf, Section, Text, fields_of
from budgetgen.records import record


def facts(model: Declared, path: str = "") -> Group:
    """Every field of `model` under its key; what is not stated is a gap."""
    within, values = f"{path}." if path else "", vars(model)
    return Group(path, {k: _fact(values[s.name], s, within + k) for k, s in fields_of(type(model)).items()})


def _fact(value: object, spec: FieldSpec, path: str) -> object:
    if value is None:
        return _gap(spec, path)
    if isinstance(value, str):
        return value
    if isinstance(value, Amount):
        return Figure(path, value, path=path, margin=value.margin)
    if isinstance(value, list):
        return [_fact(v, spec, item_path(path, i, v)) for i, v in enumerate(value)]
    if isinstance(value, Declared):
        return facts(value, path)
    if isinstance(value, Decimal):
        return Figure(path, value, spec.unit, path=path)
    if isinstance(value, int) and spec.unit:
        return Figure(path, Amount(value), spec.unit, path=path)
    if isinstance(value, dict):
        return {k: _fact(v, spec, f"{path}[{k}]") for k, v in value.items()}
    return value


def _gap(spec: FieldSpec, path: str) -> Blank | Group:
    """What stands for a fact that is not stated; for a whole section, the gaps of its fields."""
    shape = spec.shape
    if isinstance(shape, Section):
        return _absent(shape.model, path)
    inner = shape.item if isinstance(shape, ListOf) else shape
    return Blank(path, Level.WARNING if isinstance(inner, (Text, Lines, Choice)) or _is_prose(inner) else Level.ERROR)


def _is_prose(shape: object) -> bool:
    """Whether a part stands for a text of its own."""
    return isinstance(shape, Section) and issubclass(shape.model, Declared) and bool(shape.model.short)


def _absent(model: type[Declared], path: str) -> Group:
    """A section that is not stated: gaps where amounts, counts and texts would stand, and no lists."""
    entries: dict[str, object] = {}
    for key, spec in fields_of(model).items():
        optional_list = isinstance(spec.shape, ListOf) and not spec.required
        entries[key] = [] if optional_list else _gap(spec, child_path(path, key))
    return Group(path, entries, given=False)


@record
class Computed:
    """A unit's figures: `tree` as templates and rules read it, and every computed figure by its name.

    `summed` is what each stated name comes to from its parts; `scoring` is how scores were made.
    """

    tree: Group
    figures: Mapping[str, Figure]
    names: Classification
    summed: Mapping[str, Figure] = field(default_factory=dict)
    scoring: Scoring = STANDARD


def compute(accounts: Accounts, classification: Classification, scoring: Scoring = STANDARD) -> Computed:
    """All figures of `accounts`, with `classification`'s names where the unit gives none of its own.

    `scoring` is how the unit's place scores a self-evaluation.
    """
    names = classification.named(own_names(accounts.lines))
    given = facts(accounts).extended(**{_ALONE: accounts.sections_told == {"绩效自评"}})
    calculator = Calculator(accounts.stated)
    tree = _tree(calculator, given, names, scoring)
    summed = calculator.summed()
    named = calculator.facts()
    if calculator.other_names(named):
        # Two passes, where a stated total has other names: what it is made from is known only once it is made, and names
        # made before it (a row, a table's total) must take its amount too, with all that is made from them.
        calculator = Calculator(accounts.stated, named)
        tree = _tree(calculator, given, names, scoring)
        # A total can also miss its parts as they are printed, by what their other names brought.
        printed = calculator.summed()
        summed = {n: printed.get(n, f) if f.value == accounts.stated[n] else f for n, f in summed.items()}
    return Computed(tree, calculator.figures, names, summed, scoring)


def _tree(calculator: Calculator, given: Group, names: Classification, scoring: Scoring) -> Group:
    lines = compute_lines(calculator, _lines(given))
    spent = {
        **compute_overall(calculator, given, lines, names),
        **compute_fiscal(calculator, given, lines, names),
    }
    entries = {
        **{k: given[k] for k in given.names() if k != _ALONE},
        "单位": _unit(given.group("单位")),
        **spent,
        **compute_economic(calculator, given, names),
        **compute_three_public(calculator, given),
        **compute_statements(calculator, given),
        **compute_budget(calculator, given, names),
    }
    entries |= compute_evaluation(calculator, given, Group("", entries), scoring)
    entries |= compute_performance(calculator, given, Group("", entries))
    return Group("", {**entries, "变动原因": _reasons(given.group("变动原因"), Group("", entries))})


CATALOGUE.declare("单位.内设机构个数", "内设机构的个数：填了“内设机构数”的是它，没有填的数列出的", "个")
_ALONE = "只有自评"


def own_names(lines: list[Line]) -> dict[str, str]:
    """The names that the input gives to its codes."""
    names: dict[str, str] = {}
    for line in lines:
        levels = ((line.code[:3], line.class_name), (line.code[:5], line.section_name), (line.code, line.item_name))
        names |= {code: name for code, name in levels if name}
    return names


def _lines(given: Group) -> list[Group]:
    lines = given["收支明细"]
    return [f for f in lines if isinstance(f, Group)] if isinstance(lines, list) else []


def _unit(given: Group) -> Group:
    """单位 with 表头名称 as its full name where it has no other, and how many 内设机构 it has."""
    offices, stated = given["内设机构"], given["内设机构数"]
    count = stated if isinstance(stated, Figure) else counted("单位.内设机构个数", offices, "单位.内设机构")
    return given.extended(表头名称=given["表头名称"] or given["名称"], 内设机构个数=count)


def _reasons(given: Group, tree: Group) -> Group:
    """The later reasons are the first one where they are not stated (one text in every published packet).

    A reason for a rise is none for a fall: it serves only what changed in the same direction.
    """
    changes = {
        "收支总计": "收支总计.较上年",
        "财政拨款收支总计": "财政拨款收支总计.较上年",
        "一般公共预算支出": "一般公共预算.支出.合计.较上年",
    }
    rises = {k: tree.at(f"{path}.增") for k, path in changes.items()}
    first = given["收支总计"]
    return given.extended(**{k: first for k in changes if not given[k] and rises[k] == rises["收支总计"]})
