"""Where the figures of a department come from: its units' amounts, and the payments between them.

Payments are between two units of one department: one states that it paid, the other that it received (内部往来).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from budgetgen.issues import SourceRef
from budgetgen.model.fields import Declared, FunctionalCode, Prose, Yuan, declare
from budgetgen.model.lines import Line
from budgetgen.money import Amount

PaymentKind = Literal["上级补助", "附属单位上缴", "上缴上级", "对附属单位补助"]
PAID_AS: Mapping[str, str] = MappingProxyType({"上级补助": "对附属单位补助", "附属单位上缴": "上缴上级"})
"""Kinds of revenue from another unit → the kind of expenditure that it is there."""


class InternalPayment(Declared):
    """What a unit received from, or paid to, another unit of its department; both state it."""

    kind: PaymentKind = declare("往来", note="收到的：上级补助、附属单位上缴；付出的：上缴上级、对附属单位补助")
    partner: Prose = declare("对方", note="对方单位的全称；是部门本级的，写部门的全称")
    code: FunctionalCode = declare("科目", note="记在收支明细里哪个科目（非财政拨款的行）")
    amount: Yuan = declare("金额", unit="元")

    @property
    def column(self) -> str:
        """The path of the amount that it is part of: `收支明细[2010399·非财政拨款].收入.上级补助`."""
        line = Line.item_key({"code": self.code, "fund": "非财政拨款"})
        return f"收支明细[{line}].{'收入' if self.kind in PAID_AS else '支出'}.{self.kind}"


@dataclass(frozen=True, slots=True)
class Share:
    """What one unit gives to an amount of its department.

    `path` and `place` are the unit's own; `parts` are its own units' shares where it is a department itself. One that
    is `offset` is a payment between units that was taken out: it is below zero.
    """

    unit: str
    path: str
    amount: Decimal
    place: SourceRef | None = None
    parts: tuple[Share, ...] = ()
    offset: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as a unit states it: `path` and `place` are where, `column` the amount of a line that it is part of."""

    unit: str
    kind: str
    partner: str
    amount: Amount
    column: str
    path: str
    place: SourceRef | None = None
