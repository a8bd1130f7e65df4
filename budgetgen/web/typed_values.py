"""What can be typed at a path of the accounts: how it is called, of which kind it is, what it means, what its parts are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from budgetgen.model import Accounts
from budgetgen.model.accounts import found_in
from budgetgen.model.declarations import (
    Choice,
    Code,
    Declared,
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
    part_of,
)
from budgetgen.records import record

_TOKEN = re.compile(r"\[([^\]]*)\]|([^.\[\]]+)")
_KINDS: Mapping[type, str] = {
    Money: "amount",
    Whole: "count",
    Score: "score",
    Choice: "choice",
    Code: "code",
    Text: "text",
    Lines: "lines",
}


ModelOf = Callable[[str, str], type[Accounts]]
"""The model of accounts in a 版式 and for a kind of packet, by their names as an input writes them."""


class CannotSetError(Exception):
    """Why a value can't be put where it belongs, in Chinese."""


@record
class Step:
    """One step of a path: under a key, or (`item`) to an item of a list or a row of a table."""

    name: str
    item: bool = False


def steps_of(path: str) -> tuple[Step, ...]:
    """`收支明细[2013102].支出` → 收支明细, [2013102], 支出."""
    return tuple(Step(found[1] or found[2], item=found[1] is not None) for found in _TOKEN.finditer(path))


@record
class Typed:
    """What a person types at a path. `shape` is that of one value; `many`: of several, one a line.

    `listed`: they are items of a list, as against paragraphs of one text.
    """

    path: str
    label: str
    shape: Shape
    unit: str
    note: str
    where: str
    many: bool = False
    listed: bool = False

    @property
    def numeric(self) -> bool:
        """Whether it is a number in a file."""
        return isinstance(self.shape, (Money, Whole, Score))

    def told(self) -> dict[str, Any]:
        """It as data; amounts are in the file's own 金额单位."""
        return {
            "path": self.path,
            "label": self.label,
            "kind": "lines" if self.many else _KINDS[type(self.shape)],
            "unit": "" if isinstance(self.shape, Money) else self.unit,
            "note": self.note,
            "where": self.where,
            "words": list(self.shape.words) if isinstance(self.shape, Choice) else [],
        }


def typed_at(path: str, model: type[Accounts] = Accounts) -> Typed | None:
    """What may be typed at a path; None where no single value stands there, or the model has no such path."""
    spec: FieldSpec | None = None
    part: type[Declared] | None = model
    shape: Shape | None = None
    labels: list[str] = []
    for step in steps_of(path):
        if step.item:
            shape = _inside(shape)
            part = part_of(shape) if shape is not None else None
            labels.append(step.name)
        else:
            spec = fields_of(part).get(step.name) if part is not None else None
            if spec is None:
                return None
            shape, part = spec.shape, spec.part
            labels.append(spec.label)
    if spec is None or shape is None:
        return None
    return _typed(path, spec, shape, " · ".join(dict.fromkeys(labels)), model)


def _typed(path: str, spec: FieldSpec, shape: Shape, label: str, model: type[Accounts]) -> Typed | None:
    where = found_in(model, [s.name for s in steps_of(path) if not s.item])
    one = _inside(shape) if isinstance(shape, ListOf) else shape
    if isinstance(shape, ListOf) and isinstance(one, Section):  # a list of parts that a text stands for
        short = next((s for s in fields_of(one.model).values() if s.name == one.model.short), None)
        one = short.shape if short else None
    listed = isinstance(shape, ListOf)
    if one is None or isinstance(one, (Section, TableOf, ListOf)):
        return None
    return Typed(path, label, one, spec.unit, spec.note, where, listed or isinstance(one, Lines), listed)


def _inside(shape: Shape | None) -> Shape | None:
    """The shape of a list's items or a table's values."""
    if isinstance(shape, ListOf):
        return shape.item
    return shape.value if isinstance(shape, TableOf) else None


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text that say something."""
    return filter(None, (line.strip() for line in text.splitlines()))
