"""The declarations read back: what a reader of files, a form or a schema must know of each field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from budgetgen.model.fields import Declaration, Declared
from budgetgen.model.shapes import Choice, Code, Leaf, ListOf, Money, Score, Section, Shape, TableOf, Text, Whole
from budgetgen.money import Amount


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One declaration, as readers and writers of files want it.

    `required`: a file without it is refused. `zero`: left out or left blank, the amount is 0. `default` is what a field
    that is left out holds.
    """

    name: str
    key: str
    label: str
    unit: str
    note: str
    shape: Shape
    required: bool
    zero: bool
    default: Any = field(compare=False)


_FIELDS: dict[type[Declared], Mapping[str, FieldSpec]] = {}
_KEYS: dict[type[Declared], frozenset[str]] = {}


def fields_of(model: type[Declared]) -> Mapping[str, FieldSpec]:
    """The declared fields of `model` by key, in order."""
    if model not in _FIELDS:
        kinds = get_type_hints(model, include_extras=True)
        specs = (_spec(name, said, kinds[name], needed=name in model.instead) for name, said in model.declared.items())
        _FIELDS[model] = MappingProxyType({spec.key: spec for spec in specs})
    return _FIELDS[model]


def known_keys(model: type[Declared]) -> frozenset[str]:
    """Every key that `model` or a part of it declares."""
    if model not in _KEYS:
        specs = fields_of(model).values()
        parts = filter(None, (part_of(spec.shape) for spec in specs))
        _KEYS[model] = frozenset(s.key for s in specs).union(*map(known_keys, parts))
    return _KEYS[model]


def part_of(shape: Shape) -> type[Declared] | None:
    """The part of the model that stands under a field, alone or as a list's item."""
    inner = shape.item if isinstance(shape, ListOf) else shape
    return inner.model if isinstance(inner, Section) else None


def _spec(name: str, said: Declaration, kind: Any, *, needed: bool) -> FieldSpec:
    return FieldSpec(
        name=name,
        key=said.key,
        label=said.label,
        unit=said.unit,
        note=said.note,
        shape=_shape(kind),
        required=needed or said.required,
        zero=isinstance(said.default, Amount),
        default=said.fresh(),
    )


def _shape(kind: Any) -> Shape:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return next((mark for mark in arguments[1:] if isinstance(mark, Leaf)), None) or _shape(arguments[0])
    if origin in (Union, UnionType):
        return _shape(next(a for a in arguments if a is not type(None)))
    if origin in _COMPOSED:
        return _COMPOSED[origin](arguments)
    if kind is int:
        return Whole()
    if isinstance(kind, type) and issubclass(kind, Declared):
        return Section(kind)
    raise TypeError(f"a field of type {kind!r} has no shape")


def _table(key: Shape, value: Shape) -> TableOf:
    if not isinstance(key, (Code, Text)) or not isinstance(value, (Money, Score)):
        raise TypeError("a table holds amounts or points under codes or names")
    return TableOf(key, value)


_COMPOSED: Mapping[Any, Callable[[tuple[Any, ...]], Shape]] = {
    Literal: Choice,
    list: lambda kinds: ListOf(_shape(kinds[0])),
    dict: lambda kinds: _table(*map(_shape, kinds)),
}
