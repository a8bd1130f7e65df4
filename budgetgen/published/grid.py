"""A table as it stands in a sheet or a document: cells with what was typed, merges spread, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from budgetgen.issues import SourceRef

MAX_ROWS, MAX_COLUMNS = 5_000, 200
"""No published table comes near them; what lies beyond is not read."""
_BLANK = re.compile(r"[\s\u3000\u200b\ufeff]+")
_BRACKETS = str.maketrans({"(": "（", ")": "）", ":": "：", "/": "／"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text (a number: its shortest decimal), or `fault`, the words for why it holds none.

    `own` is false where a merged neighbour's text covers the cell.
    """

    text: str
    place: SourceRef
    fault: str = ""
    own: bool = True

    @property
    def label(self) -> str:
        """The text without blanks and line breaks, brackets full-width."""
        return _BLANK.sub("", self.text).translate(_BRACKETS)


@dataclass(frozen=True)
class Grid:
    """A rectangle of cells under the name of its sheet, or its number in the document."""

    name: str
    place: SourceRef
    rows: Sequence[Sequence[Cell]]

    def labels(self, row: int) -> list[str]:
        """The labels of one row, covered cells included."""
        return [cell.label for cell in self.rows[row]]

    def heading(self, column: int, first: int, last: int) -> str:
        """The labels over `column` in rows [first, last), joined by `/`, each once.

        A blank over a label belongs to the group at its left, whether or not the group's cells are merged.
        """
        own = [row[column].label for row in self.rows[first:last]]
        words: list[str] = []
        for number, row in enumerate(self.rows[first:last]):
            label = own[number]
            if not label and any(own[number:]):
                label = next((c.label for c in reversed(row[:column]) if c.label), "")
            if label and label not in words[-1:]:
                words.append(label)
        return "/".join(words)

    def texts(self) -> Iterator[Cell]:
        """Own cells with a text, row by row."""
        return (cell for row in self.rows for cell in row if cell.own and cell.text)


def spread(rows: list[list[Cell]], top: int, left: int, bottom: int, right: int) -> None:
    """Cover the cells of a merge (counted from 0, ends included) with its first one."""
    if top >= len(rows):
        return
    first = rows[top][left] if left < len(rows[top]) else None
    if first is None:
        return
    covering = replace(first, own=False)
    for row in range(top, min(bottom + 1, len(rows))):
        for column in range(left, min(right + 1, len(rows[row]))):
            if (row, column) != (top, left):
                rows[row][column] = covering
