"""How a field is declared: once, with all that is known of it; and the declarations read back.

The declaration gives the YAML key, the Excel header and its note, the name in templates, the JSON Schema, the reference
page, what becomes of it next year and in a department. Its type gives its shape: what it may hold and, of a text, which
rules read it. Keys are identifiers (`因公出国费`), labels are what is printed (`因公出国（境）费`). `fields_of` tells what a
reader of files, a form or a schema must know of each.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import Enum
from functools import cache
from types import MappingProxyType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Self, Union, get_args, get_origin

from budgetgen.money import Amount
from budgetgen.records import record


class TextKind(Enum):
    """What a text is, as far as the rules on texts differ by it."""

    NAME = "名称"
    DUTY = "职责"
    REASON = "原因"
    PLATFORM = "公开平台"
    TERM = "名词"
    CELL = "表中的字"
    PROSE = "文字"
    SETTING = "设置"
    """Of this program, as the path of a file: printed nowhere, and no rule on texts reads it."""


@record
class Text:
    """A text of some `kind`. A `phrase` stands inside a sentence of the packet, so it is one line, without a mark at its end.

    Where `may_be_none`, 无 is such a phrase (主要问题及原因：无); elsewhere it says that there is none to be told.
    A `sentence` stands by itself and ends with a full stop.
    """

    phrase: bool = False
    may_be_none: bool = False
    sentence: bool = False
    kind: TextKind = TextKind.PROSE


@record
class Lines:
    """Paragraphs: a list of texts of one line each. A text of several lines is as many paragraphs."""


@record
class Code:
    """A code of `digits` digits, kept as text."""

    digits: int


@record
class Choice:
    """One of a few words."""

    words: tuple[str, ...]


@record
class Whole:
    """A whole number within bounds: a count, a year."""

    least: int = 0
    most: int = 999_999_999


@record
class Money:
    """An amount in the file's 金额单位; below zero only where it is `signed`."""

    signed: bool = False


@record
class Score:
    """Points of an evaluation: a number from 0 to `most` with at most `places` decimals, and no money."""

    most: int = 1000
    places: int = 4


@record
class Section:
    """A part of the model with keys of its own."""

    model: type[Declared]


@record
class ListOf:
    """A list; a stated nothing is the empty list."""

    item: Shape


@record
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
"""What the unit says in its own words: all rules on texts read it."""

Sentence = Annotated[str, Text(sentence=True)]
"""What the unit says in a sentence of its own."""

Phrase = Annotated[str, Text(phrase=True)]
"""A text inside a sentence: it ends without 。"""

Finding = Annotated[str, Text(phrase=True, may_be_none=True)]
"""A phrase that says what was found: 无 is an answer."""

Name = Annotated[str, Text(kind=TextKind.NAME)]
NamePhrase = Annotated[str, Text(phrase=True, kind=TextKind.NAME)]
"""Names inside a sentence."""

Duty = Annotated[str, Text(kind=TextKind.DUTY)]
Reason = Annotated[str, Text(phrase=True, kind=TextKind.REASON)]
"""Why figures differ, inside a sentence that says how."""

Ground = Annotated[str, Text(kind=TextKind.REASON)]
"""A reason that stands by itself."""

Platform = Annotated[str, Text(phrase=True, kind=TextKind.PLATFORM)]
Meaning = Annotated[str, Text(kind=TextKind.TERM)]
"""What a term means."""

CellText = Annotated[str, Text(kind=TextKind.CELL)]
"""A few words in a table."""

Setting = Annotated[str, Text(kind=TextKind.SETTING)]
"""What this program wants to know."""

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


class NextYear(Enum):
    """What becomes of a field in the input of the year after. A section is gone through field by field unless it is KEPT."""

    KEPT = "带过去"
    LASTING = "带过去，写着年份的重填"
    EACH = "各项带过去，每项按自己的各栏"
    ASKED = "重填"
    EMPTIED = "清空，不催"
    """A text is shown beside its place as what was said last year."""


@record
class Takes:
    """Next year's value is what stands this year elsewhere: the sum under `keys`, or a `figure`.

    Keys are seen from the field's section, or from the nearest one around it that has them.
    """

    keys: tuple[str, ...] = ()
    figure: str = ""


class Department(Enum):
    """What a field is in the accounts of a department whose figures are its units'."""

    OWN = "部门自己填"
    SUMMED = "各单位之和"
    """Amounts and counts are added up, lists laid end to end; a text is the department's or that of the only unit with figures."""
    STATED = "部门填的，没有填是各单位之和"


@record
class Declaration:
    """What `declare` was told of one field. `default` stands for a field that is left out; a `required` one has none."""

    key: str
    label: str
    unit: str
    note: str
    required: bool
    default: Any
    where: str | None = None
    next_year: NextYear | Takes | None = None
    department: Department | None = None
    beside: tuple[str, ...] = ()
    printed: bool = True
    same_as: str = ""

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

    _defaults: ClassVar[dict[str, Any]]
    _required: ClassVar[frozenset[str]]
    _own: ClassVar[dict[str, type]]
    """Defaults that are lists or dicts: each part has its own."""

    def __init_subclass__(cls, *, next_year: NextYear | None = None, department: Department | None = None) -> None:
        """`next_year` and `department` answer for the fields declared in this class that do not say otherwise.

        TypeError where a field has no answer.
        """
        said = {name: value for name, value in vars(cls).items() if isinstance(value, Declaration)}
        own = {name: _answered(f"{cls.__name__}.{name}", d, next_year, department) for name, d in said.items()}
        for name in own:
            delattr(cls, name)
        above = (vars(base).get("declared", {}) for base in reversed(cls.__mro__[1:]))
        cls.declared = MappingProxyType({k: v for declared in (*above, own) for k, v in declared.items()})
        cls._defaults = {name: said.default for name, said in cls.declared.items()}
        cls._required = frozenset(name for name, said in cls.declared.items() if said.required)
        cls._own = {name: type(default) for name, default in cls._defaults.items() if isinstance(default, (dict, list))}

    def __init__(self, **values: Any) -> None:
        """`values` by identifier; TypeError where one is not declared, or a required one is left out."""
        own = vars(self)
        own.update(self._defaults)
        own.update(values)
        if len(own) > len(self._defaults):
            raise TypeError(f"{type(self).__name__} has no {'、'.join(sorted(own.keys() - self._defaults.keys()))}")
        if lacking := self._required - values.keys():
            raise TypeError(f"{type(self).__name__} needs {'、'.join(sorted(lacking))}")
        for name in self._own.keys() - values.keys():
            own[name] = self._own[name]()

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

    @property
    def lasts(self) -> bool:
        """Whether an item of a list that goes into next year goes with it."""
        return True

    @classmethod
    def excused(cls, name: str, values: Mapping[str, Any]) -> bool:  # noqa: ARG003 - for parts that excuse a field
        """Whether the required field `name` may be left out beside `values`."""
        return False

    @classmethod
    def item_key(cls, values: Mapping[str, str]) -> str:  # noqa: ARG003 - for parts with an identity to use
        """The key of an item whose identity fields hold `values`; blank where they do not make one."""
        return ""


def _answered(
    name: str, declared: Declaration, next_year: NextYear | None, department: Department | None
) -> Declaration:
    """The declaration with what its class answers for it."""
    if (declared.next_year or next_year) is None:
        raise TypeError(f"{name}: declare what becomes of it next year (next_year=)")
    if (declared.department or department) is None:
        raise TypeError(f"{name}: declare what it is in a department (department=)")
    return replace(declared, next_year=declared.next_year or next_year, department=declared.department or department)


def declare(
    key: str,
    *,
    label: str = "",
    unit: str = "",
    note: str = "",
    default: Any = ...,
    optional: bool = False,
    where: str | None = None,
    next_year: NextYear | Takes | None = None,
    department: Department | None = None,
    beside: tuple[str, ...] = (),
    printed: bool = True,
    same_as: str = "",
) -> Any:
    """A field: `key` in files and templates, `label` as printed (default: the key), `unit` 元 or a counter.

    `optional` gives the default None: the fact is not stated, and a sentence that needs it finds a gap. One with neither
    that nor a `default` is 必填. `where` says where it is found in the accounting system; a field that does not say so is
    found where its section is. `next_year` and `department` are as the class has them where the field does not say. The
    field is nothing where all amounts `beside` it are (keys, seen from its section). One that is not `printed`, or whose
    section is not, serves this program or its checks, and no 版式 needs to print it. `same_as` is the path of the field
    that states the same fact: a form that asks for both asks there, and what is left out here is what stands there.
    """
    required = default is ... and not optional
    value = None if optional or required else default
    return Declaration(
        key, label or key, unit, note, required, value, where, next_year, department, beside, printed, same_as
    )


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One declaration, as readers and writers of files want it.

    `required`: a file without it is refused. `zero`: left out or left blank, the amount is 0. `default` is what a field
    that is left out holds. The others are as `declare` was told.
    """

    name: str
    key: str
    label: str
    unit: str
    note: str
    shape: Shape
    required: bool
    zero: bool
    where: str | None
    next_year: NextYear | Takes
    department: Department
    beside: tuple[str, ...]
    printed: bool
    same_as: str
    default: Any = field(compare=False)
    text: TextKind | None = field(init=False)
    """What its text, or each of its texts, is; None where it holds none."""

    def __post_init__(self) -> None:
        shape = self.shape.item if isinstance(self.shape, ListOf) else self.shape
        kind = shape.kind if isinstance(shape, Text) else TextKind.PROSE if isinstance(shape, Lines) else None
        object.__setattr__(self, "text", kind)

    @property
    def part(self) -> type[Declared] | None:
        """The part of the model that stands under it, alone or as a list's item."""
        return part_of(self.shape)


_FIELDS: dict[type[Declared], Mapping[str, FieldSpec]] = {}
_REQUIRED: dict[type[Declared], tuple[FieldSpec, ...]] = {}
_KEYS: dict[type[Declared], frozenset[str]] = {}


def fields_of(model: type[Declared]) -> Mapping[str, FieldSpec]:
    """The declared fields of `model` by key, in order."""
    if model not in _FIELDS:
        said = {
            n: (base.__module__, a) for base in reversed(model.__mro__[:-1]) for n, a in base.__annotations__.items()
        }
        specs = (
            _spec(name, declared, _kind(*said[name]), needed=name in model.instead)
            for name, declared in model.declared.items()
        )
        _FIELDS[model] = MappingProxyType({spec.key: spec for spec in specs})
    return _FIELDS[model]


def required_of(model: type[Declared]) -> tuple[FieldSpec, ...]:
    """The fields of `model` without which a file is refused."""
    if model not in _REQUIRED:
        _REQUIRED[model] = tuple(spec for spec in fields_of(model).values() if spec.required)
    return _REQUIRED[model]


@cache
def _kind(module: str, annotation: Any) -> Any:
    """What an annotation of a module stands for. `typing.get_type_hints` reads each anew, those of `Declared` in every part."""
    return eval(annotation, vars(sys.modules[module])) if isinstance(annotation, str) else annotation  # noqa: S307


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
    assert said.next_year is not None
    assert said.department is not None
    return FieldSpec(
        name=name,
        key=said.key,
        label=said.label,
        unit=said.unit,
        note=said.note,
        shape=_shape(kind),
        required=needed or said.required,
        zero=isinstance(said.default, Amount),
        where=said.where,
        next_year=said.next_year,
        department=said.department,
        beside=said.beside,
        printed=said.printed,
        same_as=said.same_as,
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
