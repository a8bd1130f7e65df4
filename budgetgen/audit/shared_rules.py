"""Rules of the rulebook (config/checks) over what a packet states: one rulebook, two sources of figures.

A rule serves here where its sides are figures, sums of figures or columns of a list, and its loop is over names that it lists.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache

from budgetgen.audit.grammar import read_grammar
from budgetgen.audit.hearing import Prose
from budgetgen.audit.nine_tables import Nine
from budgetgen.audit.relations import DOUBT, ERROR, NOTE, Relation, adds_up
from budgetgen.audit.stated import Statement
from budgetgen.check.book import Written, read_written
from budgetgen.issues import Level
from budgetgen.resources import shelves

_LEVELS = {Level.ERROR: ERROR, Level.WARNING: DOUBT, Level.NOTE: NOTE}
_SUM, _COLUMN, _COUNT = "合计", "列和", "个数"
Bound = Mapping[str, str]


@cache
def rules_shipped() -> Mapping[str, Written]:
    """Every rule that is written in a file."""
    return read_written(shelves()[-1].checks())


@cache
def rules_used() -> tuple[Written, ...]:
    """The rules that the grammar names."""
    return tuple(rules_shipped()[i] for i in read_grammar().rules)


def relations_of_rules(prose: Prose, nine: Nine) -> list[Relation]:
    """What the rulebook says of figures that the packet states."""
    stated = _Stated(prose, nine)
    return [relation for rule in rules_used() for bound in _loop(rule.each) for relation in _apply(rule, bound, stated)]


class _Stated:
    """The statements by the catalogue's names: a cell before a sentence, the first of several."""

    def __init__(self, prose: Prose, nine: Nine) -> None:
        self._prose, self._nine = prose, nine

    def one(self, name: str) -> Statement | None:
        """The statement of a figure."""
        return self._nine.get(name) or next(iter(self._prose.said.get(name, ())), None)

    def column(self, entries: str, keys: Iterable[str]) -> list[Statement]:
        """The statements of these keys in all entries of a list."""
        wanted = re.compile(rf"{re.escape(entries)}\[\d+\]\.(?:{'|'.join(map(re.escape, keys))})")
        return [said[0] for name, said in self._prose.said.items() if wanted.fullmatch(name)]

    def entries(self, entries: str) -> set[str]:
        """The entries of a list that anything is said of."""
        return {m[1] for n in self._prose.said if (m := re.match(rf"{re.escape(entries)}\[(\d+)\]", n))}


def _loop(each: str) -> Iterator[Bound]:
    """What the names of a rule's loop stand for, time after time; nothing where it is over more than names."""
    if not each:
        yield {}
        return
    names, _, values = each.partition(" in ")
    try:
        listed = ast.literal_eval(values)
    except (ValueError, SyntaxError):
        return
    keys = [n.strip() for n in names.split(",")]
    for value in listed:
        yield dict(zip(keys, value if isinstance(value, tuple) else (value,), strict=True))


def _apply(rule: Written, bound: Bound, stated: _Stated) -> Iterator[Relation]:
    left, right = _side(rule.left, bound, stated), _side(rule.right or rule.require, bound, stated)
    if not left or not right:
        return
    level = _LEVELS[rule.level]
    if rule.require:
        yield _both(left[0], right[0], rule, level)
    elif rule.relation == "等于":
        yield adds_up(left[0], right, rule.id, level)
    else:
        small, large = (left, right) if rule.relation == "不大于" else (right, left)
        yield _at_most(small, large, rule, level)


def _side(source: str, bound: Bound, stated: _Stated) -> list[Statement]:
    """The statements whose sum a side of a rule is; none where one is not told."""
    tree = ast.parse(source, mode="eval").body
    if not isinstance(tree, ast.Call):
        said = stated.one(_name(tree, bound))
        return [said] if said is not None else []
    function, arguments = _name(tree.func, bound), tree.args[1:]
    if function == _SUM:
        parts = [stated.one(_name(a, bound)) for a in arguments]
        return [p for p in parts if p is not None] if all(parts) else []
    entries = _name(arguments[0], bound)
    if function == _COLUMN:
        return stated.column(entries, [ast.literal_eval(a) for a in arguments[1:]])
    count = len(stated.entries(entries)) if function == _COUNT else 0
    return [Statement(entries, Decimal(count), f"列出 {count} 个", entries, "")] if count else []


def _name(node: ast.expr, bound: Bound) -> str:
    """The catalogue's name of `三公经费.决算[项]`, `经济分类.款["30212"].合计`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value, bound)}.{node.attr}"
    if isinstance(node, ast.Subscript):
        key = (
            bound.get(_name(node.slice, bound), "")
            if isinstance(node.slice, ast.Name)
            else ast.literal_eval(node.slice)
        )
        return f"{_name(node.value, bound)}[{key}]" if str(key).isdigit() else f"{_name(node.value, bound)}.{key}"
    raise ValueError(ast.dump(node))


def _both(left: Statement, right: Statement, rule: Written, level: str) -> Relation:
    """Two figures that are both nothing or both something."""

    def expected(of: Statement) -> str:
        other = right if of is left else left
        return f"与 {other.text}（{other.where}）相符：{rule.title}"

    return Relation(rule.id, (left, right), not left.value or bool(right.value), expected, level)


def _at_most(small: Sequence[Statement], large: Sequence[Statement], rule: Written, level: str) -> Relation:
    """A sum that is not more than another, as far as printed digits tell."""
    least, most = sum((s.low for s in small), Decimal(0)), sum((s.high for s in large), Decimal(0))

    def expected(of: Statement) -> str:
        others, word = (large, "不大于") if of in small else (small, "不小于")
        return f"{word} {'＋'.join(o.text for o in others)}（{others[0].where}）：{rule.title}"

    return Relation(rule.id, (*small, *large), least <= most, expected, level)
