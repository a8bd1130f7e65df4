"""The model's figures: totals, shares, changes. Pure functions: no file, no clock, no 版式."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from budgetgen.classification import Classification
from budgetgen.compute.book import Book
from budgetgen.compute.economic import compute_economic
from budgetgen.compute.evaluation import compute_evaluation
from budgetgen.compute.facts import facts as read_facts
from budgetgen.compute.fiscal import compute_fiscal
from budgetgen.compute.lines import compute_lines
from budgetgen.compute.overall import compute_overall
from budgetgen.compute.performance import compute_performance
from budgetgen.compute.scoring import STANDARD, Scoring
from budgetgen.compute.statements import compute_statements
from budgetgen.compute.three_public import compute_three_public
from budgetgen.figures import Figure, Group
from budgetgen.model import Accounts, Line


@dataclass(frozen=True)
class Computed:
    """A unit's figures: `tree` as templates and rules read it, and every computed figure by its name.

    `summed` is what each stated name comes to from its parts; `scoring` is how scores were made.
    """

    tree: Group
    figures: Mapping[str, Figure]
    names: Classification
    summed: Mapping[str, Figure] = field(default_factory=dict)
    scoring: Scoring = STANDARD


def compute(accounts: Accounts, classification: Classification, scoring: Scoring = STANDARD) -> Computed:
    """All figures of `accounts`, with `classification`'s names where the unit gives none of its own.

    `scoring` is how the unit's place scores a self-evaluation.
    """
    names = classification.named(own_names(accounts.lines))
    given = read_facts(accounts).extended(**{_ALONE: accounts.performance_only})
    book = Book(accounts.stated)
    tree = _tree(book, given, names, scoring)
    summed = book.summed()
    if facts := book.facts():
        # What a stated total is made from is known only now; made once more, its other names take its amount too.
        book = Book(accounts.stated, facts)
        tree = _tree(book, given, names, scoring)
        # A total can also miss its parts as they are printed, by what their other names brought.
        printed = book.summed()
        summed = {n: printed.get(n, f) if f.value == accounts.stated[n] else f for n, f in summed.items()}
    return Computed(tree, book.figures, names, summed, scoring)


def _tree(book: Book, given: Group, names: Classification, scoring: Scoring) -> Group:
    lines = compute_lines(book, _lines(given))
    spent = {
        **compute_overall(book, given, lines, names),
        **compute_fiscal(book, given, lines, names),
    }
    entries = {
        **{k: given[k] for k in given.names() if k != _ALONE},
        "单位": _unit(given.group("单位")),
        **spent,
        **compute_economic(book, given, names),
        **compute_three_public(book, given),
        **compute_statements(book, given),
    }
    entries |= compute_evaluation(book, given, Group("", entries), scoring)
    entries |= compute_performance(book, given, Group("", entries))
    return Group("", {**entries, "变动原因": _reasons(given.group("变动原因"), Group("", entries))})


_ALONE = "只有自评"


def own_names(lines: list[Line]) -> dict[str, str]:
    """The names that the input gives to its codes."""
    names: dict[str, str] = {}
    for line in lines:
        levels = ((line.code[:3], line.class_name), (line.code[:5], line.section_name), (line.code, line.item_name))
        names |= {code: name for code, name in levels if name}
    return names


def _lines(given: Group) -> list[Group]:
    lines = given["收支明细"]
    return [f for f in lines if isinstance(f, Group)] if isinstance(lines, list) else []


def _unit(given: Group) -> Group:
    """单位 with 表头名称 as its full name where it has no other."""
    return given.extended(表头名称=given["表头名称"] or given["名称"])


def _reasons(given: Group, tree: Group) -> Group:
    """The later reasons are the first one where they are not stated (one text in every published packet).

    A reason for a rise is none for a fall: it serves only what changed in the same direction.
    """
    changes = {
        "收支总计": "收支总计.较上年",
        "财政拨款收支总计": "财政拨款收支总计.较上年",
        "一般公共预算支出": "一般公共预算.支出.合计.较上年",
    }
    rises = {k: tree.at(f"{path}.增") for k, path in changes.items()}
    first = given["收支总计"]
    return given.extended(**{k: first for k in changes if not given[k] and rises[k] == rises["收支总计"]})


__all__ = ["Computed", "compute", "own_names"]
