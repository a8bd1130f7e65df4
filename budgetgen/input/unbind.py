"""Accounts → the keys and texts of a file: what binding read, written again, exact.

`unbind(accounts)` gives dicts, lists and texts under the declared keys. What is absent is left out; a stated nothing
is 无; what is still to be filled in is 【待填写】.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from budgetgen.model import Accounts, child_path, entry_path, item_path
from budgetgen.model.shapes import ListOf, Money, Section, Shape, TableOf
from budgetgen.model.specs import fields_of
from budgetgen.money import WAN_YUAN_PLACES, YUAN_PER_WAN, ZERO, Amount, plain_text

Plain = str | list[Any] | dict[str, Any]


PENDING = "【待填写】"
"""What a file says where something is still to be filled in."""


def unbind(accounts: Accounts, pending: Collection[str] = ()) -> dict[str, Any]:
    """The accounts as keys and texts; amounts in the accounts' own 金额单位.

    `pending` are the paths that say 【待填写】, whatever the accounts hold there.
    """
    return _Unbinder(accounts.money_unit, frozenset(pending)).section(accounts, "")


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


class _Unbinder:
    """Holds what is the same for all values of one writing."""

    def __init__(self, unit: str, pending: frozenset[str]) -> None:
        self._unit = unit
        self._pending = pending

    def section(self, part: BaseModel, path: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, spec in fields_of(type(part)).items():
            value, at = getattr(part, spec.name), child_path(path, key)
            default = type(part).model_fields[spec.name].get_default(call_default_factory=True)
            if at in self._pending:
                values[key] = PENDING
            elif spec.required or value != default:
                values[key] = self._plain(spec.shape, value, at)
            elif isinstance(spec.shape, Section) and any(p.startswith(f"{at}.") for p in self._pending):
                values[key] = self.section(value or spec.shape.model.model_construct(), at)
        return values

    def _plain(self, shape: Shape, value: Any, path: str) -> Plain:
        match shape:
            case Section():
                return self.section(value, path) or _zeros(value)
            case ListOf(item):
                return [self._plain(item, v, item_path(path, n, v)) for n, v in enumerate(value)] or "无"
            case TableOf():
                at = {key: entry_path(path, key) for key in value}
                return {k: PENDING if at[k] in self._pending else written(v, self._unit) for k, v in value.items()}
            case Money():
                return written(value, self._unit)
            case _:
                return plain_text(value, strip_zeros=False) if isinstance(value, Decimal) else str(value)


def _zeros(part: BaseModel) -> dict[str, Any]:
    """A section that is there with nothing but zeros says so."""
    return {key: "0" for key, spec in fields_of(type(part)).items() if spec.zero}
