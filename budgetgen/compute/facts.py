"""The input as templates see it: texts as they are, amounts and counts as figures that know their path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from pydantic.fields import FieldInfo

from budgetgen.figures import Blank, Figure, Group
from budgetgen.issues import Level
from budgetgen.model import Amount, Declared, child_path, item_path, key_of, unit_of


def facts(model: Declared, path: str = "") -> Group:
    """Every field of `model` under its key; what is not stated is a gap."""
    entries: dict[str, object] = {}
    for name, info in type(model).model_fields.items():
        key = key_of(name, info)
        entries[key] = _fact(getattr(model, name), info, child_path(path, key))
    return Group(path, entries)


def _fact(value: object, info: FieldInfo, path: str) -> object:
    if value is None:
        return Blank(path, Level.WARNING if _is_text(info) else Level.ERROR, section=_is_section(info))
    if isinstance(value, Amount):
        return Figure(path, value, path=path, margin=value.margin)
    if isinstance(value, int) and unit_of(info):
        return Figure(path, Amount(value), unit_of(info), path=path)
    if isinstance(value, Declared):
        return facts(value, path)
    if isinstance(value, list):
        return [_fact(v, info, item_path(path, i, v)) for i, v in enumerate(value)]
    if isinstance(value, Mapping):
        return {k: _fact(v, info, f"{path}[{k}]") for k, v in value.items()}
    return value


def _types(info: FieldInfo) -> tuple[object, ...]:
    return get_args(info.annotation) or (info.annotation,)


def _is_text(info: FieldInfo) -> bool:
    return any(t is str or str in get_args(t) for t in _types(info))


def _is_section(info: FieldInfo) -> bool:
    return any(isinstance(t, type) and issubclass(t, Declared) for t in _types(info))
