"""What a unit need not state because there is nothing of it: without cars bought, no number of them is asked for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from budgetgen.model import Amount, Declared
from budgetgen.model.expenses import ThreePublicItem
from budgetgen.model.performance import Performance
from budgetgen.model.shapes import Money, Section, TableOf, Text, Whole
from budgetgen.model.specs import fields_of
from budgetgen.model.statements import Procurement, ProcurementKinds

_NOTHING = Amount(0)


def filled(part: Any) -> Any:
    """`part` with zeros for what goes with an amount of nothing; any other part as it is."""
    if isinstance(part, ThreePublicItem) and part.actual is not None and not part.actual:
        counts = (s.name for s in fields_of(type(part)).values() if isinstance(s.shape, Whole))
        return part.replaced(**{name: 0 for name in counts if getattr(part, name) is None})
    if isinstance(part, Procurement) and all(a is not None and not a for a in (part.goods, part.works, part.services)):
        none = ProcurementKinds(goods=_NOTHING, works=_NOTHING, services=_NOTHING)
        return part.replaced(small_medium=part.small_medium or none, small_micro=part.small_micro or _NOTHING)
    if isinstance(part, Performance) and part.social_insurance_total is None and _no_social_insurance(part):
        return part.replaced(social_insurance_total=_NOTHING)
    return part


def _no_social_insurance(part: Performance) -> bool:
    evaluated = part.self_evaluation.social_insurance if part.self_evaluation else None
    return evaluated is not None and evaluated.amount is not None and not evaluated.amount


def has_amounts(model: type[Declared]) -> bool:
    """Whether a part of the accounts holds amounts or counts, itself or below."""
    return any(
        isinstance(s.shape, (Money, TableOf))
        or (isinstance(s.shape, Whole) and s.unit)
        or (isinstance(s.shape, Section) and has_amounts(s.shape.model))
        for s in fields_of(model).values()
    )


def moves(part: Declared) -> bool:
    """Whether any amount or count of a part is not zero."""
    for spec in fields_of(type(part)).values():
        value = getattr(part, spec.name)
        if isinstance(value, Declared) and moves(value):
            return True
        if not isinstance(spec.shape, Text) and isinstance(value, (int, Decimal)) and value:
            return True
    return False
