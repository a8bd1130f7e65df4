"""Amounts below zero in tables: refused where none may be, named where a correction can make them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from budgetgen.issues import Findings, Rule, SourceRef
from budgetgen.model import Accounts, child_path, entry_path, item_path
from budgetgen.model.declarations import ListOf, Money, Section, Shape, TableOf, fields_of
from budgetgen.money import plain_text


def check_signs(accounts: Accounts, sources: Mapping[str, SourceRef], findings: Findings) -> None:
    """Every negative amount, with its cell."""
    for path, amount, signed in _amounts(Section(Accounts), accounts, ""):
        if amount < 0:
            told = f"{path} 是负数（{plain_text(amount.wan_yuan, strip_zeros=True)} 万元）"
            place = sources.get(path) or sources.get("")
            if signed:
                findings.warn(Rule.NEGATIVE, f"{told}。", "红字冲减才会是负数，请核对。", place, path)
            else:
                findings.error(Rule.NEGATIVE, f"{told}，这里不能为负。", "核对后填 0 或正数。", place, path)


def _amounts(shape: Shape, value: Any, path: str) -> Iterator[tuple[str, Any, bool]]:
    """(path, amount, whether it may be below zero) of everything below `value`."""
    if value is None:
        return
    match shape:
        case Money(signed):
            yield path, value, signed
        case TableOf(_, Money(signed)):
            yield from ((entry_path(path, key), amount, signed) for key, amount in value.items())
        case Section(model):
            for key, spec in fields_of(model).items():
                yield from _amounts(spec.shape, getattr(value, spec.name), child_path(path, key))
        case ListOf(item):
            for index, one in enumerate(value):
                yield from _amounts(item, one, item_path(path, index, one))
