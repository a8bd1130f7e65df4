"""内部往来: payments between two units of a department, taken out where both sides state the same.

上级补助收入 of one unit is 对附属单位补助支出 of another, 附属单位上缴收入 is 上缴上级支出.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from budgetgen.consolidate.department_units import DISAGREED, UNITS, UNSETTLED, Part
from budgetgen.issues import Issue, Level
from budgetgen.model import Accounts, Loaded, Payment
from budgetgen.model.accounts import PAID_AS
from budgetgen.money import YUAN_PER_WAN, ZERO, plain_text

_RECEIVED_AS = {paid: received for received, paid in PAID_AS.items()}
_REVENUE = {"上级补助": "superior_subsidy", "附属单位上缴": "subordinate_remittance"}
_SPENDING = {"对附属单位补助": "to_subordinates", "上缴上级": "to_superior"}
_LABELS = {
    "上级补助": "上级补助收入",
    "附属单位上缴": "附属单位上缴收入",
    "对附属单位补助": "对附属单位补助支出",
    "上缴上级": "上缴上级支出",
}

TakenOut = Mapping[tuple[str, str], Sequence[Payment]]
"""(a unit's `at`, the path of an amount of its) → the payments that are no part of the department's."""


@dataclass(frozen=True)
class Settled:
    """What came of all payments: `taken_out`, `carried` on to the department above, and `issues`."""

    taken_out: TakenOut = field(default_factory=dict)
    carried: tuple[Payment, ...] = ()
    issues: tuple[Issue, ...] = ()


@dataclass
class _Pair:
    """What a payer and a payee state of one kind of payment between them."""

    payer: Part
    payee: Part
    kind: str
    paid: list[Payment] = field(default_factory=list)
    received: list[Payment] = field(default_factory=list)

    @property
    def agreed(self) -> bool:
        """Whether both state the same, but for rounding."""
        difference = abs(_sum(self.paid) - _sum(self.received))
        return bool(self.paid and self.received) and difference <= sum(
            (p.amount.margin for p in (*self.paid, *self.received)), ZERO
        )

    def disagreement(self) -> Issue:
        """Both sides with their figures and places."""
        told = (
            _told(self.payer, PAID_AS[self.kind], self.paid, self.payee),
            _told(self.payee, self.kind, self.received, self.payer),
        )
        first = (self.paid or self.received)[0]
        mend = "两边都在“内部往来”里写上，金额相同；不抵销，收支就重复计算了。"
        paths = tuple(p.path for p in (*self.paid, *self.received))
        at = (self.payer if self.paid else self.payee).at
        return Issue(DISAGREED, Level.ERROR, "，".join(told) + "。", mend, at, first.place, paths)


def settle(department: Loaded, parts: Sequence[Part]) -> Settled:
    """Match what each unit states of payments with what its partner states."""
    owners = {name: part for part in reversed(parts) for name in part.names}
    # 本级 goes by the department's name, whoever else is called by it.
    for own in (p for p in parts if p.own):
        owners[department.accounts.unit.name] = own
    pairs: dict[tuple[str, str, str], _Pair] = {}
    carried: list[Payment] = []
    for part in parts:
        for payment in part.payments:
            partner = owners.get(payment.partner)
            if partner is None:
                carried.append(payment)
            elif partner is not part:
                _pair(pairs, part, partner, payment)
    taken_out: dict[tuple[str, str], list[Payment]] = {}
    for pair in pairs.values():
        for side, payments in ((pair.payer, pair.paid), (pair.payee, pair.received)) if pair.agreed else ():
            for payment in payments:
                taken_out.setdefault((side.at, payment.column), []).append(payment)
    return Settled(taken_out, tuple(carried), tuple(p.disagreement() for p in pairs.values() if not p.agreed))


def _pair(pairs: dict[tuple[str, str, str], _Pair], part: Part, partner: Part, payment: Payment) -> None:
    received = payment.kind in PAID_AS
    kind = payment.kind if received else _RECEIVED_AS[payment.kind]
    payer, payee = (partner, part) if received else (part, partner)
    pair = pairs.setdefault((payer.at, payee.at, kind), _Pair(payer, payee, kind))
    (pair.received if received else pair.paid).append(payment)


def left_over(accounts: Accounts, settled: Settled, department: Loaded) -> Iterator[Issue]:
    """Both sides of a kind of payment that are still in the department's figures: likely not stated as internal."""
    for received, paid in PAID_AS.items():
        sums = {
            received: _total(accounts, "revenue", _REVENUE[received]) - _carried(settled, received),
            paid: _total(accounts, "expenditure", _SPENDING[paid]) - _carried(settled, paid),
        }
        if all(amount > 0 for amount in sums.values()):
            told = "、".join(f"{_LABELS[kind]} {_wan(amount)}" for kind, amount in sums.items())
            mend = "是本部门各单位之间的，两边都写“内部往来”；不是的，说明情况后可以豁免。"
            cause = f"汇总后还有{told}，可能重复计算。"
            yield Issue(UNSETTLED, Level.WARNING, cause, mend, UNITS, department.place(UNITS))


def _total(accounts: Accounts, block: str, name: str) -> Decimal:
    return sum((getattr(getattr(line, block), name) for line in accounts.lines), ZERO)


def _carried(settled: Settled, kind: str) -> Decimal:
    return sum((p.amount for p in settled.carried if p.kind == kind), ZERO)


def _sum(payments: Sequence[Payment]) -> Decimal:
    return sum((p.amount for p in payments), ZERO)


def _told(part: Part, kind: str, payments: Sequence[Payment], partner: Part) -> str:
    own, other = part.loaded.accounts.unit.name, partner.loaded.accounts.unit.name
    if not payments:
        return f"{own} 没有写对 {other} 的{_LABELS[kind]}"
    places = "、".join(str(p.place) for p in payments if p.place)
    return f"{own} 写对 {other} 的{_LABELS[kind]} {_wan(_sum(payments))}（{places}）"


def _wan(yuan: Decimal) -> str:
    return f"{plain_text(yuan / YUAN_PER_WAN, strip_zeros=True)} 万元"
