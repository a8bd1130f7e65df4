"""Paragraphs and tables made ready to be placed in a document, which know what they print and where in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from budgetgen.expression import laid_aside

if TYPE_CHECKING:
    from markupsafe import Markup

    from budgetgen.figures import Blank, Figure

TABLE = "<w:tbl>"


Print = tuple[int, int, int, "Figure | Blank", str]
"""One figure (or gap) in a passage: in which of its paragraphs, from where to where, and as which text."""


class Paragraph(NamedTuple):
    """One paragraph of a style. `text` is its escaped text, line breaks and tabs as characters; `runs` are its XML."""

    style: str
    text: str
    runs: str
    prints: Sequence[Print] = ()
    paragraphs: int = 1

    @property
    def xml(self) -> str:
        """The whole paragraph."""
        return f'<w:p><w:pPr><w:pStyle w:val="{self.style}"/></w:pPr>{self.runs}</w:p>'

    def around(self, before: str, after: str) -> Paragraph:
        """The same with something before and after its runs."""
        return self._replace(runs=f"{before}{self.runs}{after}")


class Table(NamedTuple):
    """One table, in UTF-8 already. `heights` are those of its rows in twips, 0 where a row says nothing."""

    xml: bytes
    paragraphs: int
    heights: Sequence[int]
    prints: Sequence[Print] = ()


class Passage:
    """Items in order, as `{{p x }}` takes them. Wherever a template prints it, it is laid aside until all is filled."""

    __slots__ = ("items",)

    def __init__(self, items: Iterable[Paragraph | Table]) -> None:
        self.items = tuple(items)

    def __html__(self) -> Markup:
        return laid_aside(self)

    __str__ = __html__

    def __bool__(self) -> bool:
        return bool(self.items)

    def pieces(self) -> Iterator[str | bytes]:
        """Its XML."""
        return (item.xml for item in self.items)

    def changed(self, change: Callable[[int, Paragraph], Paragraph]) -> Passage:
        """The same with each paragraph as `change(its number among the items, it)` makes it."""
        return Passage(i if isinstance(i, Table) else change(n, i) for n, i in enumerate(self.items))
