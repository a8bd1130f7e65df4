"""The JSON Schema of a unit's file, for editors: made from the declarations, so it says what the reader accepts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from budgetgen.model import Accounts, Declared
from budgetgen.model.declarations import (
    Choice,
    Code,
    FieldSpec,
    Lines,
    ListOf,
    Money,
    Score,
    Section,
    Shape,
    TableOf,
    Text,
    Whole,
    fields_of,
)

Schema = dict[str, Any]

_DIGIT = "[0-9０-９]"
_AMOUNT = rf"^\s*[+\-＋－−–(（]?\s*{_DIGIT}[0-9０-９,，.．]*[)）]?\s*$"
_WHOLE = rf"^\s*[+＋]?{_DIGIT}[0-9０-９,，]*\s*$"
_PENDING = "^【待填写"
_NUMBER_TEXT: Schema = {"type": "string", "pattern": _AMOUNT}
_SHARED: Schema = {
    "Prose": {"type": ["string", "number"]},
    "Amount": {"anyOf": [{"type": "number", "minimum": 0}, _NUMBER_TEXT, {"const": "无"}]},
    "SignedAmount": {"anyOf": [{"type": "number"}, _NUMBER_TEXT, {"const": "无"}]},
    "Nothing": {"enum": ["无", "0", 0]},
    "Blank": {"type": "null"},
    "Unfilled": {"type": "string", "pattern": _PENDING},
}
"""Forms that many fields have."""
_EXCUSES: tuple[Schema, ...] = ({"properties": {"单位": {"required": ["本级数据"]}}},)
"""What else lets the lines be left out: those of a department are its units'."""


def json_schema(accounts: type[Accounts] = Accounts) -> Schema:
    """The schema (draft 2020-12): Chinese keys, titles as printed, notes and units as descriptions."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "单位决算公开数据",
        **_object(accounts),
        "$defs": _SHARED
        | {model.__name__: _object(model) for model in sorted(_parts(accounts), key=lambda m: m.__name__)},
    }


def schema_text(accounts: type[Accounts] = Accounts) -> str:
    """The schema as its file holds it."""
    return json.dumps(json_schema(accounts), ensure_ascii=False, indent=2) + "\n"


def _parts(model: type[Declared]) -> set[type[Declared]]:
    """All sections below `model`."""
    parts: set[type[Declared]] = set()
    for spec in fields_of(model).values():
        shape = spec.shape.item if isinstance(spec.shape, ListOf) else spec.shape
        if isinstance(shape, Section):
            parts |= {shape.model} | _parts(shape.model)
    return parts


def _object(model: type[Declared]) -> Schema:
    specs = fields_of(model).values()
    instead = model.instead
    either = [[*({"required": [_key(model, n)]} for n in names), *_EXCUSES] for names in instead.items()]
    return {
        "type": "object",
        "properties": {spec.key: _property(spec) for spec in specs},
        "required": [spec.key for spec in specs if spec.required and spec.name not in instead],
        **({"allOf": [{"anyOf": choice} for choice in either]} if either else {}),
        "additionalProperties": False,
    }


def _key(model: type[Declared], name: str) -> str:
    return model.declared[name].key


def _property(spec: FieldSpec) -> Schema:
    """One field: what it is called and what may stand under it. A key that may be left out may also be left blank."""
    said = "。".join(part.rstrip("。") for part in (spec.note, _unit_note(spec)) if part)
    forms = list(_forms(spec.shape, named_values=_names_needed(spec.shape)))
    if not spec.required:
        forms.append(_shared("Blank"))
        forms += [] if spec.zero or isinstance(spec.shape, (Text, Lines)) else [_shared("Unfilled")]
    return {"title": spec.label} | ({"description": said} if said else {}) | _any_of(forms)


def _unit_note(spec: FieldSpec) -> str:
    if isinstance(spec.shape, (Money, TableOf)):
        return "金额，按“金额单位”填"
    return f"单位：{spec.unit}" if spec.unit else ""


def _shared(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _any_of(forms: list[Schema]) -> Schema:
    return forms[0] if len(forms) == 1 else {"anyOf": forms}


def _forms(shape: Shape, *, named_values: bool = False) -> Iterator[Schema]:
    """Every form in which the reader takes `shape`; a part whose `named_values` are needed cannot be stated as 无."""
    match shape:
        case Text():
            yield _shared("Prose")
        case Lines():
            yield _shared("Prose")
            yield {"type": "array", "items": {"anyOf": [_shared("Prose"), _shared("Blank")]}}
        case Code(digits):
            least = 10 ** (digits - 1)
            yield {"type": "integer", "minimum": least, "maximum": least * 10 - 1}
            yield {"type": "string", "pattern": rf"^\s*{_DIGIT}{{{digits}}}\s*$"}
        case Choice(words):
            yield {"enum": list(words)}
        case Whole(least, most):
            yield {"type": "integer", "minimum": least, "maximum": most}
            yield {"type": "string", "pattern": _WHOLE}
            if least <= 0:
                yield {"const": "无"}
        case Money(signed):
            yield _shared("SignedAmount" if signed else "Amount")
        case Score(most):
            yield {"type": "number", "minimum": 0, "maximum": most}
            yield _NUMBER_TEXT
            yield {"const": "无"}
        case _:
            yield from _compound(shape)
            if not named_values:
                yield _shared("Nothing")


def _compound(shape: Shape) -> Iterator[Schema]:
    match shape:
        case Section(model):
            yield _shared(model.__name__)
            if model.short:
                yield _shared("Prose")
        case ListOf(item):
            yield {"type": "array", "items": _any_of([*_forms(item, named_values=True), _shared("Blank")])}
        case TableOf(key, value):
            names = (
                {"propertyNames": {"pattern": rf"^\s*{_DIGIT}{{{key.digits}}}\s*$"}} if isinstance(key, Code) else {}
            )
            yield {"type": "object", **names, "additionalProperties": _any_of([*_forms(value), _shared("Blank")])}


def _names_needed(shape: Shape) -> bool:
    """Whether a section has a text or a choice that must be given, itself or below: then it cannot be nothing."""
    if not isinstance(shape, Section):
        return False
    needed = (s for s in fields_of(shape.model).values() if s.required)
    return any(isinstance(s.shape, (Text, Code, Choice)) or _names_needed(s.shape) for s in needed)
