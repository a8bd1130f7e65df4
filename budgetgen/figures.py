"""Figures: values that are printed, each knowing how it came about; and the catalogue of their names.

A unit's figures form one tree with Chinese names (`收入.合计`, `支出.类["201"].合计`). Leaves come from the input and
know its path; all others know their operation and operands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from budgetgen.classification import CLASS_DIGITS
from budgetgen.issues import Level
from budgetgen.model.wording import JOINT, path_words
from budgetgen.money import ZERO, printed_wan_yuan
from budgetgen.records import record

YUAN = "元"
PERCENT = "%"
_NOTHING: Mapping[str, object] = MappingProxyType({})


class _Alone:
    """A record of which the last field, what stands beside it, does not count when two are compared."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Alone)
            and type(self) is type(other)
            and self.__values__()[:-1] == other.__values__()[:-1]
        )

    def __hash__(self) -> int:
        return hash(self.__values__()[:-1])

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self.__values__()[:-1]}"

    def __values__(self) -> tuple[Any, ...]:
        raise NotImplementedError


@record
class Figure(_Alone):
    """A value with its unit and its origin.

    `value` is exact (元, per cent, or a count); `margin` is how far rounding of its leaves may put it off. `related`
    holds what stands beside the figure under its own name (`收支总计.较上年`).
    """

    name: str
    value: Decimal
    unit: str = YUAN
    operation: str = "输入"
    operands: tuple[Figure, ...] = ()
    path: str = ""
    margin: Decimal = ZERO
    related: Mapping[str, object] = _NOTHING

    def lookup(self, name: str) -> object:
        """What stands beside the figure under `name`; KeyError where nothing does."""
        return self.related[name]

    def names(self) -> Sequence[str]:
        """What `lookup` knows."""
        return tuple(self.related)

    def leaves(self) -> Iterator[Figure]:
        """The input values it was computed from, in order."""
        if not self.operands:
            yield self
        for operand in self.operands:
            yield from operand.leaves()

    def __bool__(self) -> bool:
        return self.printed != 0

    @property
    def printed(self) -> Decimal:
        """The value at printed precision: 万元 with two decimals for money, itself for others."""
        return printed_wan_yuan(self.value) if self.unit == YUAN else self.value


@record
class Blank(_Alone):
    """A fact that the input does not give. Whatever is asked of it is blank; printed, it is a gap to be filled.

    `level` says what it means for the packet: a missing amount is an error, a missing text only makes a draft.
    """

    path: str
    level: Level = Level.ERROR
    related: Mapping[str, object] = _NOTHING

    def __str__(self) -> str:
        return f"【待填写：{path_words(self.path)}】"

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Iterator[Blank]:
        yield self

    def lookup(self, name: str) -> object:
        """What stands beside the figure that is missing here; under any other name, the gap itself."""
        return self.related.get(name, self)

    def names(self) -> Sequence[str]:
        """Nothing is known of what is not there."""
        return ()


Value = Figure | Blank
"""A figure, or the gap where one is missing."""


class Group:
    """A node of the tree: names → figures, texts or further nodes.

    A section that the input does not give (`given` is false) holds the gaps of its facts.
    """

    __slots__ = ("_entries", "given", "name")

    def __init__(self, name: str, entries: Mapping[str, object], *, given: bool = True) -> None:
        self.name = name
        self.given = given
        self._entries = dict(entries)

    def extended(self, **more: object) -> Group:
        """The same node with `more` entries, in place of those of the same name."""
        return Group(self.name, {**self._entries, **more}, given=self.given)

    def lookup(self, name: str) -> object:
        """What stands under `name`; KeyError where nothing does."""
        return self._entries[name]

    def names(self) -> Sequence[str]:
        """The names, in order."""
        return tuple(self._entries)

    def at(self, path: str) -> object:
        """What stands under a dotted path; a gap on the way is the answer."""
        if "." not in path:
            return self.lookup(path)
        node: object = self
        for name in path.split("."):
            if not isinstance(node, (Figure, Group, Blank)):
                raise KeyError(path)
            node = node.lookup(name)
        return node

    def value(self, path: str) -> Value:
        """The figure under a dotted path, or its gap; TypeError where something else stands there."""
        found = self.at(path)
        if not isinstance(found, (Figure, Blank)):
            raise TypeError(f"{path} is no figure")
        return found

    def group(self, path: str) -> Group:
        """The group under a dotted path; TypeError where something else stands there."""
        found = self.at(path)
        if not isinstance(found, Group):
            raise TypeError(f"{path} is no group")
        return found

    def series(self, path: str) -> Series:
        """The rows under a dotted path; TypeError where something else stands there."""
        found = self.at(path)
        if not isinstance(found, Series):
            raise TypeError(f"{path} is no series")
        return found

    def __getitem__(self, name: str) -> object:
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __repr__(self) -> str:
        return f"<{self.name or '数据'}: {'、'.join(self._entries)}>"


def nested(name: str, entries: Mapping[str, object]) -> dict[str, object]:
    """Entries with dotted keys as groups: `支出.基本`, `支出.项目` → 支出: {基本, 项目}."""
    out: dict[str, object] = {}
    blocks: dict[str, dict[str, object]] = {}
    for key, value in entries.items():
        head, dot, rest = key.partition(".")
        if dot:
            blocks.setdefault(head, {})[rest] = value
        else:
            out[head] = value
    return out | {k: Group(f"{name}.{k}", nested(f"{name}.{k}", b)) for k, b in blocks.items()}


@lru_cache(maxsize=4096)
def _row_of_zeros(name: str, code: str, columns: tuple[str, ...]) -> Group:
    zeros = {c: Figure(f"{name}.{c}", ZERO, operation="合计") for c in columns}
    return Group(name, {"编码": code, **nested(name, zeros)})


class Series:
    """Rows by code, in code order; a row that the unit does not have is looked up as a row of zeros."""

    __slots__ = ("_columns", "_rows", "name")

    def __init__(self, name: str, rows: Mapping[str, Group], columns: Sequence[str] = ()) -> None:
        self.name = name
        self._rows = dict(sorted(rows.items()))
        self._columns = tuple(columns)

    def __getitem__(self, code: str | int | slice) -> object:
        if isinstance(code, (int, slice)):
            return list(self._rows.values())[code]
        return self.row(code)

    def row(self, code: str) -> Group:
        """The row of `code`, of zeros where there is none."""
        return self._rows[code] if code in self._rows else self._absent(code)

    def _absent(self, code: str) -> Group:
        return _row_of_zeros(f"{self.name}[{code}]", code, self._columns)

    def __iter__(self) -> Iterator[Group]:
        return iter(self._rows.values())

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, code: object) -> bool:
        return code in self._rows

    def codes(self) -> Sequence[str]:
        """The codes that have a row."""
        return tuple(self._rows)


def share(part: Value, whole: Value) -> Value:
    """占比: `part` ÷ `whole` in per cent; nothing of nothing is 0."""
    if isinstance(part, Blank):
        return part
    if isinstance(whole, Blank):
        return whole
    value = part.value / whole.value * 100 if whole.value else ZERO
    return Figure(f"占比({part.name}, {whole.name})", value, PERCENT, "占比", (part, whole))


def _rate(name: str, value: Decimal, base: Figure, operands: tuple[Figure, ...]) -> Figure | None:
    """`value` ÷ `base` in per cent, or None where the base prints as nothing: no rate is printed then."""
    if not base:
        return None
    return Figure(name, value / base.value * 100, PERCENT, "比率", operands)


def _printed_rate(name: str, current: Figure, base: Figure) -> Figure | None:
    """The rate of what is printed, as some places reckon it: (0.12 − 3.84) ÷ 3.84; None where the base prints as nothing."""
    if not base:
        return None
    return Figure(name, abs(current.printed - base.printed) / base.printed * 100, PERCENT, "比率", (current, base))


PRIOR_YEAR, BUDGET = "较上年", "与预算比"
_NOTHING_BEFORE = {PRIOR_YEAR: "上年为零", BUDGET: "预算为零"}


def change(current: Value, base: Value, kind: str = PRIOR_YEAR) -> Group | Blank:
    """The change of `current` against `base` (last year, or a budget): case, amount and rate.

    The case is decided at printed precision: a difference that prints as 0.00 is 平.
    """
    if isinstance(base, Blank):
        return base
    if isinstance(current, Blank):
        return current
    name = f"{current.name}.{kind}"
    difference = current.value - base.value
    amount = Figure(f"{name}.额", abs(difference), current.unit, "增减额", (current, base))
    rises, falls = (difference > 0, difference < 0) if amount else (False, False)
    case = "平" if not amount else "" if base else _NOTHING_BEFORE[kind]
    return Group(
        name,
        {
            "情形": case or ("增" if rises else "减"),
            "增": rises,
            "减": falls,
            "平": not amount,
            "额": amount,
            "率": _rate(f"{name}.率", abs(difference), base, (current, base)) if amount else None,
            "印率": _printed_rate(f"{name}.印率", current, base) if amount else None,
            "本数": current,
            "基数": base,
        },
    )


def completion(actual: Value, budget: Value, kind: str = "完成") -> Group | Blank:
    """How far `actual` fulfils `budget`: case (大于, 小于, 等于) at printed precision, and the rate.

    The rate is None where the budget prints as nothing (no rate of nothing is printed).
    """
    if isinstance(budget, Blank):
        return budget
    if isinstance(actual, Blank):
        return actual
    name = f"{actual.name}.{kind}"
    more, less = actual.printed > budget.printed, actual.printed < budget.printed
    # What prints alike is fulfilled wholly: 10.00 of 10.00 is 100 %, whatever the 元 behind them.
    fulfilled = actual.value if more or less else budget.value
    return Group(
        name,
        {
            "情形": "大于" if more else "小于" if less else "等于",
            "大于": more,
            "小于": less,
            "等于": not (more or less),
            "预算为零": not budget,
            "率": _rate(f"{name}.率", fulfilled, budget, (actual, budget)),
            "决算": actual,
            "预算": budget,
        },
    )


@record
class CatalogueEntry:
    """A name of the catalogue: `[*]` stands for a code. `unit` is 元, %, a counter, or blank for a text."""

    name: str
    unit: str
    note: str


class Catalogue:
    """Every name that templates and rules may use, known without any unit's data."""

    def __init__(self) -> None:
        self._entries: dict[str, CatalogueEntry] = {}

    def declare(self, name: str, note: str, unit: str = YUAN) -> None:
        """Add a name; one that is there already is told anew."""
        self._entries[name] = CatalogueEntry(name, unit, note)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __getitem__(self, name: str) -> CatalogueEntry:
        return self._entries[name]

    def __iter__(self) -> Iterator[CatalogueEntry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)


CATALOGUE = Catalogue()
_ITEM = re.compile(r"\[([^\]]*)\]")
_FORMULA = re.compile("[+＋−÷×=]|与上年或预算")
_ASIDE = re.compile("，(?:不填|没有填|填的|不带|基数为零|预算为零).*|；.*")


def figure_words(name: str) -> str:
    """A figure's name as a reader of the tables says it: `一般公共预算.支出.基本` → `一般公共预算财政拨款·支出·基本支出`."""
    if "." not in name:
        return name
    known = next((CATALOGUE[n] for n in (name, _ITEM.sub("[*]", name)) if n in CATALOGUE), None)
    if known is None or not known.note or _FORMULA.search(known.note):
        return path_words(name)
    words = _ASIDE.sub("", known.note).replace("：", JOINT).replace("，", JOINT)
    for item in _ITEM.findall(name):
        placed = re.sub("某[项款类]|某个[^的·]*", item, words, count=1)
        words = (
            placed
            if placed != words
            else f"{words}（{'第' if item.isdigit() and len(item) < CLASS_DIGITS else ''}{item}）"
        )
    return words


NOUGHT = Figure("0", ZERO, operation="零")
"""The amount of a column that a line cannot have."""
