"""How a field is declared: once, with its key, printed label, unit and note; and the declarations read back.

The declaration gives the YAML key, the Excel header and its note, the name in templates, the JSON Schema and the
reference page. Keys are identifiers (`因公出国费`), labels are what is printed (`因公出国（境）费`). Shapes tell what a
field may hold; `fields_of` tells what a reader of files, a form or a schema must know of each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Self, Union, get_args, get_origin, get_type_hints

from budgetgen.money import Amount


@dataclass(frozen=True, slots=True)
class Text:
    """A text. A `phrase` stands inside a sentence of the packet, so it is one line, without a mark at its end.

    Where `may_be_none`, 无 is such a phrase (主要问题及原因：无); elsewhere it says that there is none to be told.
    """

    phrase: bool = False
    may_be_none: bool = False


@dataclass(frozen=True, slots=True)
class Lines:
    """Paragraphs: a list of texts of one line each. A text of several lines is as many paragraphs."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code of `digits` digits, kept as text."""

    digits: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds: a count, a year."""

    least: int = 0
    most: int = 999_999_999


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the file's 金额单位; below zero only where it is `signed`."""

    signed: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """Points of an evaluation: a number from 0 to `most` with at most `places` decimals, and no money."""

    most: int = 1000
    places: int = 4


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the model with keys of its own."""

    model: type[Declared]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; a stated nothing is the empty list."""

    item: Shape


@dataclass(frozen=True, slots=True)
class TableOf:
    """Amounts under free keys (codes, names of figures), or points under names."""

    key: Code | Text
    value: Money | Score


Shape = Text | Lines | Code | Choice | Whole | Money | Score | Section | ListOf | TableOf
Leaf = Text | Lines | Code | Whole | Money | Score
"""Shapes that a type carries as its mark (`Annotated[str, Text()]`); the others follow from the type itself."""


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
