"""The one language of tags, conditions and rules: Jinja, sandboxed, with Chinese names and Decimal inside."""

from __future__ import annotations

from budgetgen.expression.bounds import Spoken, Trusted, bounded
from budgetgen.expression.bytecode import compiled
from budgetgen.expression.marks import (
    ASIDE,
    MARKED,
    Ink,
    InYuan,
    inking,
    laid_aside,
    mark,
    marked,
    printed_values,
    refuse_forbidden,
    unmark,
)
from budgetgen.expression.rows import EmptyRow, padded, side_by_side
from budgetgen.expression.sandbox import Environment, Missing, environment
from budgetgen.expression.typed import QUOTES, read_as_ascii
from budgetgen.expression.wording import WORDING_NAMES, Wording
from budgetgen.issues import forbidden_characters

__all__ = [
    "ASIDE",
    "MARKED",
    "QUOTES",
    "WORDING_NAMES",
    "EmptyRow",
    "Environment",
    "InYuan",
    "Ink",
    "Missing",
    "Spoken",
    "Trusted",
    "Wording",
    "bounded",
    "compiled",
    "environment",
    "forbidden_characters",
    "inking",
    "laid_aside",
    "mark",
    "marked",
    "padded",
    "printed_values",
    "read_as_ascii",
    "refuse_forbidden",
    "side_by_side",
    "unmark",
]
