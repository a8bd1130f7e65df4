"""How a field is declared: once, with its key, printed label, unit and note.

The declaration gives the YAML key, the Excel header and its note, the name in templates, the JSON Schema and the
reference page. Keys are identifiers (`因公出国费`), labels are what is printed (`因公出国（境）费`).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, InstanceOf
from pydantic.fields import FieldInfo

from budgetgen.model.shapes import Code, Money, Score, Text, Whole
from budgetgen.money import Amount

FIRST_YEAR, LAST_YEAR = 2000, 2100

Yuan = Annotated[InstanceOf[Amount], Money()]
"""An amount, read from text in the file's 金额单位, held in 元; never below zero."""

SignedYuan = Annotated[InstanceOf[Amount], Money(signed=True)]
"""An amount that a correction can make negative."""

Prose = Annotated[str, Text()]
Phrase = Annotated[str, Text(phrase=True)]
"""A text inside a sentence: it ends without 。"""

Finding = Annotated[str, Text(phrase=True, may_be_none=True)]
"""A phrase that says what was found: 无 is an answer."""

FunctionalCode = Annotated[str, Code(7)]
EconomicCode = Annotated[str, Code(5)]
ClassCode = Annotated[str, Code(3)]
Year = Annotated[int, Whole(FIRST_YEAR, LAST_YEAR)]

Points = Annotated[InstanceOf[Decimal], Score()]
"""Points of an evaluation, exact as written."""


class Declared(BaseModel):
    """Base of all parts of the model: frozen, no keys but the declared ones."""

    # Validators are built when first used: reading a file needs none of them.
    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, defer_build=True
    )

    identity: ClassVar[tuple[str, ...]] = ()
    """The fields that tell an item of a list from the others; without any it is counted."""

    short: ClassVar[str] = ""
    """The field that a text in the part's place fills; blank where a text can't tell the part."""

    @classmethod
    def item_key(cls, values: Mapping[str, str]) -> str:  # noqa: ARG003 - for parts with an identity to use
        """The key of an item whose identity fields hold `values`; blank where they do not make one."""
        return ""


def declare(
    key: str, *, label: str = "", unit: str = "", note: str = "", default: Any = ..., optional: bool = False
) -> Any:
    """A field: `key` in files and templates, `label` as printed (default: the key), `unit` 元 or a counter.

    `optional` gives the default None: the fact is not stated, and a sentence that needs it finds a gap.
    """
    arguments: dict[str, Any] = {"alias": key, "title": label or key, "description": note or None}
    if unit:
        arguments["json_schema_extra"] = {"单位": unit}
    if optional:
        arguments["default"] = None
    elif isinstance(default, (dict, list)):
        arguments["default_factory"] = type(default)
    elif default is not ...:
        arguments["default"] = default
    return Field(**arguments)


def key_of(name: str, info: FieldInfo) -> str:
    """The field's key in files."""
    return info.alias or name


def unit_of(info: FieldInfo) -> str:
    """The field's unit: 元, a counter, or blank."""
    extra = info.json_schema_extra
    return str(extra.get("单位", "")) if isinstance(extra, dict) else ""
