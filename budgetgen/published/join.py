"""A table that a page cut in two, put together again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from budgetgen.published.grid import MAX_ROWS, Cell, Grid
from budgetgen.published.kinds import titled


def joined(first: Grid, second: Grid, lead: int) -> Grid | None:
    """`first` with the rows of `second` behind it; None where `second` is a table of its own.

    `lead` is the number of rows of `second` that stood over the table. A heading that is repeated stands once.
    """
    rows = second.rows[lead:]
    if not rows or len(rows[0]) != len(first.rows[0]) or _titles(rows) - _titles(first.rows):
        return None
    head = [[c.label for c in row] for row in rows]
    begun = next((n for n in range(len(first.rows)) if _heads(head[0]) and first.labels(n) == head[0]), None)
    again = 0
    if begun is not None:
        below = range(begun, len(first.rows))
        again = sum(1 for _ in takewhile(lambda pair: first.labels(pair[0]) == pair[1], zip(below, head, strict=False)))
    return replace(first, rows=[*first.rows, *rows[again:]][:MAX_ROWS])


def _heads(labels: Sequence[str]) -> bool:
    """Whether a row can be a heading: words, and no numbers."""
    words = {label for label in labels if label}
    return bool(words) and not any(word[0].isdigit() or word[0] in "-－" for word in words)


def _titles(rows: Sequence[Sequence[Cell]]) -> set[str]:
    """The numbers of the tables that rows are titled as."""
    found = (titled(c.label) for row in rows for c in row if c.own and c.text)
    return {kind.number for kind in found if kind is not None}
