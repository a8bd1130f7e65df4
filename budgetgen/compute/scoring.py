"""How a place scores: what the money counts for, and the grades."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

GRADES = (("优", Decimal(90)), ("良", Decimal(80)), ("中", Decimal(60)), ("差", Decimal(0)))
FULL = Decimal(100)
"""分值 of a whole table."""
PLACES = 2
"""Decimals of a score."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """`execution` is the 分值 of 预算执行; `grades` are names with the least 总分 that earns each, the best first."""

    execution: Decimal = Decimal(10)
    grades: tuple[tuple[str, Decimal], ...] = GRADES

    def grade(self, total: Decimal) -> str:
        """The grade that `total` earns; blank where it earns none."""
        return next((name for name, least in self.grades if total >= least), "")


STANDARD = Scoring()
