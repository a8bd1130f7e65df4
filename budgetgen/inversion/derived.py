"""What a packet does not say, and sums and changes that it says determine: each such amount, and by which of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from budgetgen.classification import LATEST, Classification, read_classification
from budgetgen.compute import compute
from budgetgen.figures import Figure, Group, Series, figure_words
from budgetgen.inversion.told import Stated, Told
from budgetgen.issues import Issue, Level, Rule
from budgetgen.model import Accounts, Amount, Loaded
from budgetgen.model.accounts import spec_at, with_value
from budgetgen.model.declarations import Money
from budgetgen.model.wording import path_words
from budgetgen.money import YUAN_PER_WAN, plain_text
from budgetgen.records import record

CHANGE = ".较上年.额"
_ROUNDED = Decimal(50)
"""How far what prints as nothing in 万元 may be off, in 元."""


def before(told: Told, change: Stated) -> Decimal | None:
    """Last year's amount: this year's, less what it rose or plus what it fell."""
    name = change.name.removesuffix(CHANGE)
    now = next((s for s in told.stated if s.name == name), None)
    if now is None or (change.value and not change.sign):
        return None
    return now.value - change.sign * change.value


@record
class Equation:
    """What a statement says of amounts that are asked for: Σ (how often each is in it) × amount = `rest`, ± `margin`."""

    stated: Stated
    times: Mapping[str, Decimal]
    rest: Decimal
    margin: Decimal

    def solved(self, known: Mapping[str, Amount]) -> Iterator[tuple[str, Amount]]:
        """The amounts that follow where those `known` are put in: the only one left, or several that are nothing in all."""
        left = {path: times for path, times in self.times.items() if path not in known}
        rest = self.rest - sum((times * known[path] for path, times in self.times.items() if path in known), Decimal(0))
        if abs(rest) <= self.margin and min(left.values(), default=Decimal(0)) > 0:
            yield from ((path, Amount(0)) for path in left)
        elif len(left) == 1:
            path, times = next(iter(left.items()))
            if rest / times > 0:
                yield path, Amount(rest / times, self.margin)


def derived(told: Told, loaded: Loaded) -> Loaded:
    """The accounts with what the packet does not say and what it says of sums determines."""
    equations = list(_equations(told, loaded))
    known: dict[str, Amount] = {}
    by: dict[str, Stated] = {}
    found = True
    while found:
        found = False
        for equation in equations:
            for path, value in equation.solved(known):
                known[path], by[path], found = value, equation.stated, True
    if not known:
        return loaded
    accounts = loaded.accounts
    for path, value in known.items():
        accounts = with_value(accounts, path, value)
    words = "；".join(f"{path_words(p)} {in_wan_yuan(v)}（由{figure_words(by[p].name)}）" for p, v in known.items())
    cause = f"材料里没有写、由别的数算出来的 {len(known)} 处：{words}。"
    issue = Issue(Rule.TABLE_DERIVED.code, Level.NOTE, cause, Rule.TABLE_DERIVED.mend, place=loaded.place(""))
    pending = tuple(p for p in loaded.pending if p not in known)
    return Loaded(accounts, loaded.sources, (*loaded.issues, issue), pending=pending)


_PROBE = Amount(1_000_000)


def _by_name(accounts: Accounts, codes: Classification) -> dict[str, Figure]:
    """Every figure, changes too, by its name."""

    def within(node: object) -> Iterator[Figure]:
        if isinstance(node, Figure):
            yield node
            below: Iterable[object] = node.related.values()
        else:
            below = [node[n] for n in node.names()] if isinstance(node, Group) else ()
            below = node if isinstance(node, Series | list) else below
        for one in below:
            yield from within(one)

    return {figure.name: figure for figure in within(compute(accounts, codes).tree)}


def _equations(told: Told, loaded: Loaded) -> Iterator[Equation]:
    """What the statements say of the amounts that are asked for: how each figure moves with each of them."""
    model, codes = type(loaded.accounts), read_classification(min(loaded.accounts.year, LATEST))
    asked = [p for p in loaded.pending if isinstance(spec_at(model, p).shape, Money)]
    if not asked:
        return
    now = _by_name(loaded.accounts, codes)
    moved = {p: _by_name(with_value(loaded.accounts, p, _PROBE), codes) for p in asked}
    for stated in told.stated:
        changed = stated.name.endswith(CHANGE)
        figure, value = now.get(stated.name), before(told, stated) if changed else stated.value
        if figure is None or value is None or stated.kind:
            continue
        base = figure.operands[-1] if changed else figure
        times = {}
        for path, figures in moved.items():
            other = figures[stated.name].operands[-1] if changed else figures[stated.name]
            if other.value != base.value:
                times[path] = (other.value - base.value) / _PROBE
        if times:
            margin = stated.value.margin if stated.value or not changed else _ROUNDED
            yield Equation(stated, times, value - base.value, margin + base.margin)


def in_wan_yuan(value: Decimal) -> str:
    """An amount as it is told."""
    return f"{plain_text(value / YUAN_PER_WAN, strip_zeros=True)} 万元"
