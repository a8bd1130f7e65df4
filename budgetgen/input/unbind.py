"""Accounts → the keys and texts of a file: what binding read, written again, exact.

`unbind(accounts)` gives dicts, lists and texts under the declared keys. What is absent is left out; a stated nothing
is 无.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from budgetgen.model import Accounts, Declared
from budgetgen.model.shapes import Lines, ListOf, Money, Section, Shape, TableOf
from budgetgen.model.specs import fields_of
from budgetgen.money import WAN_YUAN_PLACES, YUAN_PER_WAN, ZERO, Amount, plain_text

Plain = str | list[Any] | dict[str, Any]


def unbind(accounts: Accounts, *, cells: bool = False) -> dict[str, Any]:
    """The accounts as keys and texts; amounts in the accounts' own 金额单位.

    With `cells`, as the cells of a sheet hold them: paragraphs are one text, and no part is written short.
    """
    return _Writing(accounts.money_unit, cells).section(accounts)


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


@dataclass(frozen=True, slots=True)
class _Writing:
    """How one file is written."""

    unit: str
    cells: bool

    def section(self, part: Declared) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, spec in fields_of(type(part)).items():
            value = getattr(part, spec.name)
            if spec.required or value != spec.default:
                values[key] = self.plain(spec.shape, value)
        return values

    def plain(self, shape: Shape, value: Any) -> Plain:
        match shape:
            case Section():
                short = "" if self.cells else _short(value)
                return short or self.section(value) or _zeros(value)
            case ListOf(item):
                return [self.plain(item, v) for v in value] or "无"
            case Lines():
                return ("\n".join(value) if self.cells else list(value)) or "无"
            case TableOf(_, inner):
                return {key: self.plain(inner, v) for key, v in value.items()}
            case Money():
                return written(value, self.unit)
            case _:
                return plain_text(value, strip_zeros=False) if isinstance(value, Decimal) else str(value)


def _short(part: Declared) -> str:
    """A part that is one text alone, as that text; blank for any other."""
    name = part.short
    text = getattr(part, name) if name else ""
    texts = [text] if isinstance(text, str) else text
    others = ((n, said) for n, said in part.declared.items() if n != name)
    alone = all(getattr(part, n) == said.fresh() for n, said in others)
    return str(texts[0]) if alone and len(texts) == 1 else ""


def _zeros(part: Declared) -> dict[str, Any]:
    """A section that is there with nothing but zeros says so."""
    return {key: "0" for key, spec in fields_of(type(part)).items() if spec.zero}
