"""The one walk over declared parts: every value with its path and declaration, and what a field has from those around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from budgetgen.model.accounts import child_path, item_path
from budgetgen.model.declarations import Declared, FieldSpec, ListOf, Money, Score, TextKind, Whole, fields_of


@dataclass(frozen=True, slots=True)
class Held:
    """One value that a part holds: `spec` is the declaration of the field that it, or the list it is in, stands in."""

    path: str
    spec: FieldSpec
    value: object


def values_in(part: Declared, path: str = "") -> Iterator[Held]:
    """Every value in `part`, in order as declared, lists item by item, tables whole; what is not stated is left out."""
    for key, spec in fields_of(type(part)).items():
        yield from _held(getattr(part, spec.name), spec, child_path(path, key))


def _held(value: object, spec: FieldSpec, path: str) -> Iterator[Held]:
    if isinstance(value, Declared):
        yield from values_in(value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _held(item, spec, item_path(path, index, item))
    elif value is not None:
        yield Held(path, spec, value)


def specs_along(model: type[Declared], keys: Sequence[str]) -> Iterator[FieldSpec]:
    """The declarations that `keys` lead through, from `model` on; KeyError where one is not declared."""
    part: type[Declared] | None = model
    for key in keys:
        if part is None:
            raise KeyError(key)
        spec = fields_of(part)[key]
        yield spec
        part = spec.part


def found_in(model: type[Declared], keys: Sequence[str]) -> str:
    """Where the field under `keys` is found in the accounting system: as it says, else the nearest section around it."""
    said = [spec.where for spec in specs_along(model, keys) if spec.where is not None]
    return said[-1] if said else ""


def is_printed(model: type[Declared], keys: Sequence[str]) -> bool:
    """Whether the field under `keys` is there to be printed: not one that says what others mean, or that serves checks."""
    specs = list(specs_along(model, keys))
    shape = specs[-1].shape.item if isinstance(specs[-1].shape, ListOf) else specs[-1].shape
    shown = isinstance(shape, (Money, Whole, Score)) or specs[-1].text not in (None, TextKind.SETTING)
    return shown and all(spec.printed for spec in specs)


def value_at(part: Declared, keys: Sequence[str]) -> object:
    """What stands under `keys`, which lead through sections only; None where a section on the way is not stated."""
    value: object = part
    for spec in specs_along(type(part), keys):
        value = getattr(value, spec.name) if value is not None else None
    return value
