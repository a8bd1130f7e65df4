"""The one language of tags, conditions and rules: Jinja, sandboxed, with Chinese names and Decimal inside."""

from __future__ import annotations

from budgetgen.expression.bounds import EmptyRow, Spoken, Trusted, bounded
from budgetgen.expression.printing import (
    AS_TABLE,
    ASIDE,
    TABLE_DECIMALS,
    TABLE_THOUSANDS,
    TABLE_ZEROS,
    WORDING_NAMES,
    InYuan,
    Wording,
    inking,
    laid_aside,
    marked,
    printed_values,
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
    "AS_TABLE",
    "CALCULATED",
    "QUOTES",
    "TABLE_DECIMALS",
    "TABLE_THOUSANDS",
    "TABLE_ZEROS",
    "WORDING_NAMES",
    "EmptyRow",
    "Environment",
    "InYuan",
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
    "marked",
    "printed_values",
    "read_as_ascii",
    "unmark",
]
