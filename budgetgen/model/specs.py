"""The declarations read back: what a reader of files, a form or a schema must know of each field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from budgetgen.model.fields import Declared, key_of, unit_of
from budgetgen.model.shapes import Choice, Code, Leaf, ListOf, Money, Score, Section, Shape, TableOf, Text, Whole
from budgetgen.money import Amount


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One declaration, as readers and writers of files want it.

    `required`: a file without it is refused. `zero`: left out or left blank, the amount is 0.
    """

    name: str
    key: str
    label: str
    unit: str
    note: str
    shape: Shape
    required: bool
    zero: bool


@cache
def fields_of(model: type[BaseModel]) -> Mapping[str, FieldSpec]:
    """The declared fields of `model` by key, in order."""
    needed = model.instead if issubclass(model, Declared) else ()
    specs = (_spec(name, info, needed=name in needed) for name, info in model.model_fields.items())
    return MappingProxyType({spec.key: spec for spec in specs})


@cache
def known_keys(model: type[BaseModel]) -> frozenset[str]:
    """Every key that `model` or a part of it declares."""
    keys: set[str] = set()
    for spec in fields_of(model).values():
        part = part_of(spec.shape)
        keys |= {spec.key} | (known_keys(part) if part else set())
    return frozenset(keys)


def part_of(shape: Shape) -> type[BaseModel] | None:
    """The part of the model that stands under a field, alone or as a list's item."""
    inner = shape.item if isinstance(shape, ListOf) else shape
    return inner.model if isinstance(inner, Section) else None


def _spec(name: str, info: FieldInfo, *, needed: bool) -> FieldSpec:
    return FieldSpec(
        name=name,
        key=key_of(name, info),
        label=info.title or key_of(name, info),
        unit=unit_of(info),
        note=info.description or "",
        shape=_shape(info.annotation, info.metadata),
        required=needed or info.is_required(),
        zero=isinstance(info.default, Amount),
    )


def _shape(kind: Any, marks: list[Any] | tuple[Any, ...] = ()) -> Shape:
    marked = next((mark for mark in marks if isinstance(mark, Leaf)), None)
    return marked or _unmarked(kind)


def _unmarked(kind: Any) -> Shape:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _shape(arguments[0], arguments[1:])
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
