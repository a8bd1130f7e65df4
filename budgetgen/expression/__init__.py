"""The one language of tags, conditions and rules: Jinja, sandboxed, with Chinese names and Decimal inside."""

from __future__ import annotations

from budgetgen.expression.bounds import EmptyRow, Spoken, Trusted, bounded, padded, side_by_side
from budgetgen.expression.printing import (
    ASIDE,
    MARKED,
    WORDING_NAMES,
    Ink,
    InYuan,
    Wording,
    inking,
    laid_aside,
    mark,
    marked,
    printed_values,
    refuse_forbidden,
    unmark,
)
from budgetgen.expression.sandbox import (
    CALCULATED,
    QUOTES,
    Environment,
    Missing,
    compiled,
    environment,
    read_as_ascii,
)
from budgetgen.issues import forbidden_characters

__all__ = [
    "ASIDE",
    "CALCULATED",
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
