"""What a declared field may hold, told apart by shape: what a reader binds, a schema describes and a form offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budgetgen.model.fields import Declared


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
