"""How a field is declared: once, with its key, printed label, unit and note.

The declaration gives the YAML key, the Excel header and its note, the name in templates, the JSON Schema and the
reference page. Keys are identifiers (`因公出国费`), labels are what is printed (`因公出国（境）费`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Self

from budgetgen.model.shapes import Code, Lines, Money, Score, Text, Whole
from budgetgen.money import Amount

FIRST_YEAR, LAST_YEAR = 2000, 2100

Yuan = Annotated[Amount, Money()]
"""An amount, read from text in the file's 金额单位, held in 元; never below zero."""

SignedYuan = Annotated[Amount, Money(signed=True)]
"""An amount that a correction can make negative."""

Prose = Annotated[str, Text()]
Phrase = Annotated[str, Text(phrase=True)]
"""A text inside a sentence: it ends without 。"""

Finding = Annotated[str, Text(phrase=True, may_be_none=True)]
"""A phrase that says what was found: 无 is an answer."""

Paragraphs = Annotated[list[str], Lines()]
"""A text of several paragraphs."""

FunctionalCode = Annotated[str, Code(7)]
EconomicCode = Annotated[str, Code(5)]
ClassCode = Annotated[str, Code(3)]
Year = Annotated[int, Whole(FIRST_YEAR, LAST_YEAR)]

Points = Annotated[Decimal, Score()]
"""Points of an evaluation, exact as written."""

Area = Annotated[Decimal, Score(most=100_000_000)]
"""平方米, exact as written."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What `declare` was told of one field. `default` stands for a field that is left out; a `required` one has none."""

    key: str
    label: str
    unit: str
    note: str
    required: bool
    default: Any

    def fresh(self) -> Any:
        """The default; an empty list or dict of the caller's own."""
        return type(self.default)() if isinstance(self.default, (dict, list)) else self.default


class Declared:
    """Base of all parts of the model: frozen, equal by value, with no fields but the declared ones.

    A part is made from values that its reader has bound by the declarations, so making it does not validate them.
    """

    declared: ClassVar[Mapping[str, Declaration]] = MappingProxyType({})
    """Its declarations by identifier, inherited ones first."""

    identity: ClassVar[tuple[str, ...]] = ()
    """The fields that tell an item of a list from the others; without any it is counted."""

    short: ClassVar[str] = ""
    """The field that a text in the place of the whole part fills: a text, or paragraphs."""

    instead: ClassVar[Mapping[str, str]] = {}
    """A required field → the field beside which it may be left out."""

    def __init_subclass__(cls) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Declaration)}
        for name in own:
            delattr(cls, name)
        above = (vars(base).get("declared", {}) for base in reversed(cls.__mro__[1:]))
        cls.declared = MappingProxyType({k: v for declared in (*above, own) for k, v in declared.items()})

    def __init__(self, **values: Any) -> None:
        """`values` by identifier; TypeError where one is not declared, or a required one is left out."""
        declared = self.declared
        if unknown := values.keys() - declared.keys():
            raise TypeError(f"{type(self).__name__} has no {'、'.join(sorted(unknown))}")
        own = vars(self)
        for name, declaration in declared.items():
            if name in values:
                own[name] = values[name]
            elif declaration.required:
                raise TypeError(f"{type(self).__name__} needs {name}")
            else:
                own[name] = declaration.fresh()

    def replaced(self, **values: Any) -> Self:
        """The same with `values` in place of its own."""
        return type(self)(**{**vars(self), **values})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(vars(self).values()))

    def __repr__(self) -> str:
        said = {name: value for name, value in vars(self).items() if value != self.declared[name].fresh()}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in said.items())})"

    @property
    def key(self) -> str:
        """What tells an item of a list from all others; blank where it is counted."""
        return self.item_key({name: str(getattr(self, name)) for name in self.identity})

    @classmethod
    def excused(cls, name: str, values: Mapping[str, Any]) -> bool:  # noqa: ARG003 - for parts that excuse a field
        """Whether the required field `name` may be left out beside `values`."""
        return False

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
    required = default is ... and not optional
    return Declaration(key, label or key, unit, note, required, None if optional or required else default)
