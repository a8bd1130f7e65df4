"""What must hold between statements, and which statement is the one that breaks it."""

from __future__ import annotations

from collections import Counter
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


def alike(a: Statement, b: Statement, rule: str, level: str = DOUBT) -> Relation:
    """Two figures that need not be the same, but are not one digit apart by chance: one of them is mistyped."""
    inner = equal(a, b, rule, level)
    return Relation(rule, (a, b), inner.holds or not mistyped(a, b), inner.expected, level)


def mistyped(a: Statement, b: Statement) -> bool:
    """Whether two numbers of the same length differ in one digit, or in two that changed places."""
    one, two = (f"{s.value:.2f}" for s in (a, b))
    if len(one) != len(two) or len(one) < _LENGTH:
        return False
    differ = [n for n, (x, y) in enumerate(zip(one, two, strict=True)) if x != y]
    swapped = len(differ) == _PAIR and one[differ[0]] == two[differ[1]] and one[differ[1]] == two[differ[0]]
    return len(differ) == 1 or (swapped and differ[1] == differ[0] + 1)


_PAIR = 2
_LENGTH = 5
"""Shorter numbers (1.23) are alike by chance."""


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


def ratio(
    rate: Statement,
    part: Statement,
    whole: Statement,
    rule: str,
    level: str = ERROR,
    bounds: tuple[Decimal, Decimal] | None = None,
) -> Relation:
    """A per cent of two amounts: the interval of the amounts must meet what the printed rate leaves open.

    A rate that is only cut off, not rounded, is a matter of taste. `bounds` are nearer ones that the caller knows.
    """
    least, most = bounds or _per_cent(part, whole)
    rounds = least is None or (least <= rate.high and most is not None and most >= rate.low)
    cut = rounds or (least is not None and least < rate.value + rate.fine and most is not None and most >= rate.value)

    def expected(of: Statement) -> str:
        if of is rate and whole.value:
            places = max(-int(rate.fine.as_tuple().exponent), 2)
            return f"{show(part.value * 100 / whole.value, places)}%（{part.text}/{whole.text}）"
        if of is part:
            return f"{show(whole.value * rate.value / 100)}（{whole.text}×{rate.text}%）"
        return f"与 {part.text}/{whole.text} 和 {rate.text}% 相符的数"

    return Relation(rule, (rate, part, whole), rounds, expected, NOTE if cut else level)


def _per_cent(part: Statement, whole: Statement) -> tuple[Decimal | None, Decimal | None]:
    """The least and the greatest per cent that two printed amounts allow; None: no bound."""
    if whole.low <= 0:
        bound = Decimal(0) if not part.value else None
        return bound, bound
    if not part.value:
        return Decimal(0), part.high * 100 / whole.low
    low = max(part.low, Decimal(0)) * 100 / whole.high if part.value >= 0 else part.low * 100 / whole.low
    return low, part.high * 100 / whole.low


def _key(statement: Statement) -> tuple[int, int, int] | int:
    """What says that two statements are one: their place, or themselves where they have none."""
    return statement.spot if any(statement.spot) else id(statement)


def diagnose(relations: Iterable[Relation]) -> list[Finding]:
    """One finding for each statement that explains broken relations best; what else it breaks stands under it."""
    everything = list(relations)
    broken = [r for r in everything if not r.holds]
    kept = Counter(_key(m) for r in everything if r.holds for m in r.members)
    found = []
    while broken:
        members = {_key(m): m for r in broken for m in r.members}
        blamed = Counter(k for r in broken for k in {_key(m) for m in r.members})
        score = {k: blamed[k] - kept[k] for k in blamed}
        # A statement of another file has no place here: what stands here against it is told.
        worst = max(score, key=lambda k: (isinstance(k, tuple), score[k], blamed[k], members[k].spot))
        if list(score.values()).count(score[worst]) > 1 and blamed[worst] == 1:
            # Nothing says which of them is wrong: the relation is told at what it is about, a total before its parts.
            keys = next(keys for r in broken if worst in (keys := [_key(m) for m in r.members]))
            worst = next((k for k in keys if isinstance(k, tuple)), keys[0])
        mine = [r for r in broken if worst in map(_key, r.members)]
        broken = [r for r in broken if r not in mine]
        found.append(_finding(next(m for m in mine[0].members if _key(m) == worst), mine))
    return found


_ONE = frozenset({"AUDIT-042", "AUDIT-043"})
"""Rules whose breaches are one matter in a packet, told once with all places."""


def gathered(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, those of one matter as one, gravest first: what is found of it later stands under it."""
    told: dict[str, Finding] = {}
    kept = []
    for finding in sorted(findings, key=lambda f: f.spot):
        first = told.setdefault(f"{finding.rule} {finding.level}", finding) if _one(finding) else finding
        if first is finding:
            kept.append(finding)
            continue
        first.quote += [q for q in finding.quote[:1] if q not in first.quote]
        first.sides += finding.sides[:1]
        first.also.append(
            {"quote": finding.quote[0], "stated": finding.stated, "expected": finding.expected, "where": finding.where}
        )
    return kept


def _one(finding: Finding) -> bool:
    return finding.rule in _ONE or finding.level == SCOPE


def _finding(wrong: Statement, mine: Sequence[Relation]) -> Finding:
    first = min(mine, key=lambda r: (r.level != ERROR, len(r.members)))
    wrong = next(m for m in first.members if _key(m) == _key(wrong))
    others = [m for r in (first, *mine) for m in r.members if _key(m) != _key(wrong)]
    quotes = list(dict.fromkeys(q for q in (wrong.quote, *(m.quote for m in others)) if q))
    told = {m.spot: Side(m.quote, m.text, m.where, m.spot) for m in [wrong, *others] if m.quote}
    also = [_also(r, wrong) for r in mine if r is not first]
    level = ERROR if any(r.level == ERROR for r in mine) else first.level
    return Finding(
        first.rule, level, quotes[:_SIDES], wrong.text, first.expected(wrong), wrong.where, also[:_ALSO], wrong.spot,
        list(told.values())[:_SIDES],
    )  # fmt: skip


def _also(relation: Relation, wrong: Statement) -> dict[str, object]:
    wrong = next(m for m in relation.members if _key(m) == _key(wrong))
    other = next((m for m in relation.members if m is not wrong), wrong)
    return {
        "quote": other.quote,
        "stated": other.text,
        "expected": relation.expected(wrong),
        "where": other.where,
    }
