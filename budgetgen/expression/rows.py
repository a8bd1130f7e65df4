"""Lists side by side and lists of a given length, as forms need them."""

from __future__ import annotations

from collections.abc import Iterable

from budgetgen.figures import Group


class EmptyRow(Group):
    """A row that only fills a form: every cell of it is empty."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("", {})

    def lookup(self, name: str) -> object:  # noqa: ARG002 - every cell is empty
        """Nothing, whatever the name."""
        return None

    def __bool__(self) -> bool:
        return False


def padded(rows: Iterable[object], length: int) -> list[object]:
    """补齐: the rows, and empty rows after them up to `length`."""
    items = list(rows)
    return [*items, *(EmptyRow() for _ in range(length - len(items)))]


def side_by_side(*columns: Iterable[object]) -> list[tuple[object, ...]]:
    """并排: several lists as rows; a list that is shorter goes on with empty rows."""
    lists = [list(c) for c in columns]
    longest = max((len(c) for c in lists), default=0)
    return list(zip(*(padded(c, longest) for c in lists), strict=True))
