"""The input as templates see it: texts as they are, amounts, counts and scores as figures that know their path."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from budgetgen.figures import Blank, Figure, Group
from budgetgen.issues import Level
from budgetgen.model import Amount, Declared, child_path, item_path
from budgetgen.model.shapes import Choice, Lines, ListOf, Section, Text
from budgetgen.model.specs import FieldSpec, fields_of


def facts(model: Declared, path: str = "") -> Group:
    """Every field of `model` under its key; what is not stated is a gap."""
    specs = fields_of(type(model))
    return Group(path, {k: _fact(getattr(model, s.name), s, child_path(path, k)) for k, s in specs.items()})


def _fact(value: object, spec: FieldSpec, path: str) -> object:
    if value is None:
        return _gap(spec, path)
    if isinstance(value, Amount):
        return Figure(path, value, path=path, margin=value.margin)
    if isinstance(value, Decimal):
        return Figure(path, value, spec.unit, path=path)
    if isinstance(value, int) and spec.unit:
        return Figure(path, Amount(value), spec.unit, path=path)
    if isinstance(value, Declared):
        return facts(value, path)
    if isinstance(value, list):
        return [_fact(v, spec, item_path(path, i, v)) for i, v in enumerate(value)]
    if isinstance(value, Mapping):
        return {k: _fact(v, spec, f"{path}[{k}]") for k, v in value.items()}
    return value


def _gap(spec: FieldSpec, path: str) -> Blank | Group:
    """What stands for a fact that is not stated; for a whole section, the gaps of its fields."""
    shape = spec.shape
    if isinstance(shape, Section):
        return _absent(shape.model, path)
    inner = shape.item if isinstance(shape, ListOf) else shape
    return Blank(path, Level.WARNING if isinstance(inner, Text | Lines | Choice) or _is_prose(inner) else Level.ERROR)


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
