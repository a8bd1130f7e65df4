"""The rulebook: every rule that holds for a 版式, written ones and functions, by id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from budgetgen.check.engine import Engine
from budgetgen.check.rules import RULES, Rule
from budgetgen.check.written import Written, read_written
from budgetgen.compute import Computed
from budgetgen.figures import Group
from budgetgen.issues import Issue, near_miss
from budgetgen.layout import Profile
from budgetgen.model import Loaded
from budgetgen.resources import shelves


class Rulebook:
    """Rules compiled once; a written rule with a function's id takes its place."""

    def __init__(self, written: Mapping[str, Written]) -> None:
        every: dict[str, Rule | Written] = {**RULES, **written}
        self.rules = dict(sorted(every.items()))
        self._engine = Engine(tuple(written.values()))

    def find(
        self, loaded: Loaded, computed: Computed, prior: Group | None, limits: Mapping[str, Decimal]
    ) -> Iterator[Issue]:
        """Every breach in one unit, in the order of the ids."""
        by_rule: dict[str, list[Issue]] = {}
        for issue in self._engine.run(loaded, computed, prior, limits):
            by_rule.setdefault(issue.rule, []).append(issue)
        for rule in self.rules.values():
            if isinstance(rule, Rule):
                by_rule[rule.id] = list(rule.find(loaded, computed))
        for rule_id in sorted(by_rule):
            yield from by_rule[rule_id]

    def near(self, rule_id: str) -> str:
        """The nearest id to one that there is not, as a question."""
        return near_miss(rule_id, self.rules)


def rulebook(profile: Profile | None = None) -> Rulebook:
    """The rulebook of a 版式, or all that ships. Rejected where a file of rules is faulty."""
    files = profile.rulebooks() if profile else tuple(shelves()[-1].checks())
    state = tuple((f, s.st_mtime_ns, s.st_size) for f in files for s in (f.stat(),))
    return _rulebook(state, profile.chain if profile else None)


@lru_cache(maxsize=16)
def _rulebook(state: tuple[tuple[Path, int, int], ...], chain: tuple[str, ...] | None) -> Rulebook:
    written = read_written(path for path, _, _ in state)
    return Rulebook({i: r for i, r in written.items() if chain is None or r.holds_for(chain)})
