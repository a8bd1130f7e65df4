"""Accounts → the keys and texts of a file: what binding read, written again, exact.

`unbind(accounts)` gives dicts, lists and texts under the declared keys. What is absent is left out; a stated nothing
is 无; what is still to be filled in is 【待填写】.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from budgetgen.input.scalars import NIL_WORDS
from budgetgen.model import Accounts, Declared, child_path, entry_path, item_path
from budgetgen.model.declarations import Lines, ListOf, Money, Section, Shape, TableOf, fields_of
from budgetgen.money import WAN_YUAN_PLACES, YUAN_PER_WAN, ZERO, Amount, plain_text

Plain = str | list[Any] | dict[str, Any]


PENDING = "【待填写】"
"""What a file says where something is still to be filled in."""


def unbind(accounts: Accounts, pending: Collection[str] = (), *, cells: bool = False) -> dict[str, Any]:
    """The accounts as keys and texts; amounts in the accounts' own 金额单位.

    `pending` are the paths that say 【待填写】, whatever the accounts hold there. With `cells`, as the cells of a sheet
    hold them: paragraphs are one text, and no part is written short.
    """
    return _Writing(accounts.money_unit, frozenset(pending), cells).section(accounts, "")


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
    pending: frozenset[str]
    cells: bool

    def section(self, part: Declared, path: str) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, spec in fields_of(type(part)).items():
            value, at = getattr(part, spec.name), child_path(path, key)
            if at in self.pending:
                values[key] = PENDING
            elif spec.required or value != spec.default:
                values[key] = self.plain(spec.shape, value, at)
            elif isinstance(spec.shape, Section) and self._asks(at):
                values[key] = self.section(value or spec.shape.model(), at)
        return values

    def plain(self, shape: Shape, value: Any, path: str) -> Plain:
        match shape:
            case Section():
                short = "" if self.cells or self._asks(path) else _short(value)
                return short or self.section(value, path) or _zeros(value)
            case ListOf(item):
                return [self.plain(item, v, item_path(path, n, v)) for n, v in enumerate(value)] or "无"
            case Lines():
                return ("\n".join(value) if self.cells else list(value)) or "无"
            case TableOf(_, inner):
                at = {key: entry_path(path, key) for key in value}
                return {k: PENDING if at[k] in self.pending else self.plain(inner, v, at[k]) for k, v in value.items()}
            case Money():
                return written(value, self.unit)
            case _:
                return plain_text(value, strip_zeros=False) if isinstance(value, Decimal) else str(value)

    def _asks(self, path: str) -> bool:
        """Whether something below is still to be filled in."""
        return any(p.startswith(f"{path}.") for p in self.pending)


def _short(part: Declared) -> str:
    """A part that is one text alone, as that text; blank for any other, and where the text alone would say “none”."""
    name = part.short
    text = getattr(part, name) if name else ""
    texts = [text] if isinstance(text, str) else text
    others = ((n, said) for n, said in part.declared.items() if n != name)
    alone = all(getattr(part, n) == said.fresh() for n, said in others)
    return str(texts[0]) if alone and len(texts) == 1 and texts[0] not in NIL_WORDS else ""


def _zeros(part: Declared) -> dict[str, Any]:
    """A section that is there with nothing but zeros says so."""
    return {key: "0" for key, spec in fields_of(type(part)).items() if spec.zero}
