"""Accounts → the keys and texts of a file: what binding read, written again, exact.

`unbind(accounts)` gives dicts, lists and texts under the declared keys. What is absent is left out; a stated nothing
is 无.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from budgetgen.model import Accounts, Declared
from budgetgen.model.shapes import ListOf, Money, Section, Shape, TableOf
from budgetgen.model.specs import fields_of
from budgetgen.money import WAN_YUAN_PLACES, YUAN_PER_WAN, ZERO, Amount, plain_text

Plain = str | list[Any] | dict[str, Any]


def unbind(accounts: Accounts) -> dict[str, Any]:
    """The accounts as keys and texts; amounts in the accounts' own 金额单位."""
    return _section(accounts, accounts.money_unit)


def written(amount: Decimal, unit: str) -> str:
    """An amount as a file writes it in `unit`: exact, with the decimals that its margin says were written."""
    if not amount:
        return "0"
    if unit == "元":
        return plain_text(amount, strip_zeros=False)
    wan = Decimal(amount) / YUAN_PER_WAN
    margin = amount.margin if isinstance(amount, Amount) else ZERO
    text = plain_text(wan, strip_zeros=True)
    exponent = (margin * 2 / YUAN_PER_WAN).normalize().as_tuple().exponent if margin else 0
    places = max(WAN_YUAN_PLACES, -exponent if isinstance(exponent, int) else 0)
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.ljust(places, '0')}"


def _section(part: BaseModel, unit: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, spec in fields_of(type(part)).items():
        value = getattr(part, spec.name)
        info = type(part).model_fields[spec.name]
        if spec.required or value != info.get_default(call_default_factory=True):
            values[key] = _plain(spec.shape, value, unit)
    return values


def _plain(shape: Shape, value: Any, unit: str) -> Plain:
    match shape:
        case Section(model):
            return _short(model, value) or _section(value, unit) or _zeros(value)
        case ListOf(item):
            return [_plain(item, v, unit) for v in value] or "无"
        case TableOf():
            return {key: written(amount, unit) for key, amount in value.items()}
        case Money():
            return written(value, unit)
        case _:
            return plain_text(value, strip_zeros=False) if isinstance(value, Decimal) else str(value)


def _short(model: type[BaseModel], part: BaseModel) -> str:
    """A part that is one text alone, as that text; blank for any other."""
    name = model.short if issubclass(model, Declared) else ""
    others = (n for n in model.model_fields if n != name)
    alone = all(getattr(part, n) == model.model_fields[n].get_default(call_default_factory=True) for n in others)
    return str(getattr(part, name)) if name and alone else ""


def _zeros(part: BaseModel) -> dict[str, Any]:
    """A section that is there with nothing but zeros says so."""
    return {key: "0" for key, spec in fields_of(type(part)).items() if spec.zero}
