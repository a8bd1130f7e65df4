"""What a packet's sentences want to know and its nine tables cannot tell: to be filled in before it is built again."""

from __future__ import annotations

from collections.abc import Iterator

from budgetgen.model import Accounts, child_path, item_path
from budgetgen.model.declarations import FieldSpec, Money, Section, Whole, fields_of
from budgetgen.model.sections import GENERAL_PUBLIC_BUDGET

_UNIT = ("职责", "内设机构", "决算单位")
_SECTIONS = ("上年", "机关运行经费", "会议费", "培训费", "政府采购", "国有资产")
_TOLD = frozenset({"全年预算", "决算"})
"""What table 09 has of each item."""


def untold(accounts: Accounts) -> Iterator[str]:
    """The paths of facts and figures that no table prints. Reasons are not among them: few are needed, and build says which."""
    yield from (child_path("单位", key) for key in _UNIT)
    for index, line in enumerate(accounts.lines):
        if line.fund == GENERAL_PUBLIC_BUDGET:
            yield child_path(item_path("收支明细", index, line), "年初预算")
    if accounts.three_public is not None:
        for key, spec in fields_of(type(accounts.three_public)).items():
            yield from (p for p in _numbers(spec, child_path("三公经费", key)) if p.rpartition(".")[2] not in _TOLD)
    for key in _SECTIONS:
        yield from _numbers(fields_of(Accounts)[key], key)


def _numbers(section: FieldSpec, path: str) -> Iterator[str]:
    """The figures that stand directly in a section."""
    assert isinstance(section.shape, Section)
    for key, spec in fields_of(section.shape.model).items():
        if isinstance(spec.shape, (Money, Whole)):
            yield child_path(path, key)
