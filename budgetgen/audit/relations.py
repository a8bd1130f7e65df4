"""What must hold between statements, and which statement is the one that breaks it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from budgetgen.audit.stated import Statement, agree, show

_FEW = 8
_SIDES, _ALSO = 4, 12
"""So many places, and so many consequences, are told of one cause."""
ERROR, DOUBT, NOTE, SCOPE = "错误", "疑点", "提示", "口径"


@dataclass(frozen=True, eq=False)
class Relation:
    """One relation over statements, and whether it holds. `expected` says what a statement would have to be."""

    rule: str
    members: Sequence[Statement]
    holds: bool
    expected: Callable[[Statement], str]
    level: str = ERROR


@dataclass(frozen=True)
class Side:
    """One place that a finding speaks of: the words around it, the number or word itself, where, and its spot in the file.

    `spot` as in `Statement`; a text that is nothing printed there (空, 缺行) marks all of the quote.
    """

    quote: str
    text: str
    where: str
    spot: tuple[int, int, int]


@dataclass
class Finding:
    """One cause: where, what stands there, what should, and what else follows.

    `sides` are the places that are held against each other, the wrong one first; without them they are looked for by
    `quote`, the first at `spot`.
    """

    rule: str
    level: str
    quote: list[str]
    stated: str
    expected: str
    where: str
    also: list[dict[str, object]] = field(default_factory=list)
    spot: tuple[int, int, int] = (0, 0, 0)
    sides: list[Side] = field(default_factory=list)


def equal(a: Statement, b: Statement, rule: str, level: str = ERROR) -> Relation:
    """Two statements of one figure."""

    def expected(of: Statement) -> str:
        other = b if of is a else a
        return f"{other.text}（{other.where}）"

    return Relation(rule, (a, b), agree(a, b), expected, level)


def adds_up(total: Statement, parts: Sequence[Statement], rule: str, level: str = ERROR) -> Relation:
    """A total and all its parts; each printed number leaves its last place open."""
    room = sum((p.fine for p in parts if p.value), total.fine)
    missed = total.value - sum((p.value for p in parts), Decimal(0))

    def expected(of: Statement) -> str:
        if of is total:
            told = "＋".join(p.text for p in parts if p.value) if len(parts) <= _FEW else "各项之和"
            return f"{show(total.value - missed)}（{told}）"
        return f"{show(of.value + missed)}（合计 {total.text} 减其余各项，{total.where}）"

    return Relation(rule, (total, *parts), abs(missed) <= room, expected, level)


def ratio(rate: Statement, part: Statement, whole: Statement, rule: str, level: str = ERROR) -> Relation:
    """A per cent of two amounts: the interval of the amounts must meet what the printed rate leaves open."""
    if whole.low <= 0:
        low = high = Decimal(0) if not part.value else None
    else:
        low = max(part.low, Decimal(0)) * 100 / whole.high if part.value >= 0 else part.low * 100 / whole.low
        high = part.high * 100 / whole.low
        if not part.value:
            low = Decimal(0)
    holds = low is None or (low <= rate.value + rate.fine and high is not None and high >= rate.value - rate.fine / 2)

    def expected(of: Statement) -> str:
        if of is rate and whole.value:
            return f"{show(part.value * 100 / whole.value)}%（{part.text}/{whole.text}）"
        if of is part:
            return f"{show(whole.value * rate.value / 100)}（{whole.text}×{rate.text}%）"
        return f"与 {part.text}/{whole.text} 和 {rate.text}% 相符的数"

    return Relation(rule, (rate, part, whole), holds, expected, level)


def diagnose(relations: Iterable[Relation]) -> list[Finding]:
    """One finding for each statement that explains broken relations best; what else it breaks stands under it."""
    everything = list(relations)
    broken = [r for r in everything if not r.holds]
    kept: dict[int, int] = defaultdict(int)
    members: dict[int, Statement] = {}
    for relation in everything:
        for m in relation.members:
            members[id(m)] = m
            kept[id(m)] += relation.holds
    found = []
    while broken:
        blamed: dict[int, int] = defaultdict(int)
        for relation in broken:
            for m in relation.members:
                blamed[id(m)] += 1
        score = {k: blamed[k] - kept[k] for k in blamed}
        worst = max(score, key=lambda k: (score[k], blamed[k], members[k].spot))
        if list(score.values()).count(score[worst]) > 1 and blamed[worst] == 1:
            # Nothing says which of them is wrong: the relation is told at what it is about, a total before its parts.
            worst = next(id(r.members[0]) for r in broken if any(id(m) == worst for m in r.members))
        mine = [r for r in broken if any(id(m) == worst for m in r.members)]
        broken = [r for r in broken if not any(id(m) == worst for m in r.members)]
        found.append(_finding(members[worst], mine))
    return found


def _finding(wrong: Statement, mine: Sequence[Relation]) -> Finding:
    first = min(mine, key=lambda r: (r.level != ERROR, len(r.members)))
    others = [m for r in (first, *mine) for m in r.members if m is not wrong]
    quotes = list(dict.fromkeys([wrong.quote, *(m.quote for m in others)]))
    told = {m.spot: Side(m.quote, m.text, m.where, m.spot) for m in [wrong, *others] if m.quote}
    also = [_also(r, wrong) for r in mine if r is not first]
    level = ERROR if any(r.level == ERROR for r in mine) else first.level
    return Finding(
        first.rule, level, quotes[:_SIDES], wrong.text, first.expected(wrong), wrong.where, also[:_ALSO], wrong.spot,
        list(told.values())[:_SIDES],
    )  # fmt: skip


def _also(relation: Relation, wrong: Statement) -> dict[str, object]:
    other = next((m for m in relation.members if m is not wrong), wrong)
    return {
        "quote": other.quote,
        "stated": other.text,
        "expected": relation.expected(wrong),
        "where": other.where,
    }
