"""What a render gives back: the file, where each figure stands in it, passages for documents; and the one way in which it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

from budgetgen.expression import laid_aside

if TYPE_CHECKING:
    from budgetgen.figures import Blank, Figure


class CellPlace(NamedTuple):
    """A cell of a written workbook."""

    sheet: str
    cell: str

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell}"


class ParagraphPlace(NamedTuple):
    """A stretch of text in a written document.

    `paragraph` counts the `w:p` of the part in document order from 0, those in tables included; `start` and `end` are
    offsets into its text (every `w:t`, with tabs and breaks as the characters they stand for).
    """

    part: str
    paragraph: int
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.part} 第{self.paragraph + 1}段 {self.start}–{self.end}"


class ChartPlace(NamedTuple):
    """A point of a chart in a written document: its part, which series, which category, both counted from 0."""

    part: str
    series: int
    point: int

    def __str__(self) -> str:
        return f"{self.part} 系列{self.series + 1} 第{self.point + 1}项"


class Printed(NamedTuple):
    """One figure (or gap) that was printed: where, and as which text."""

    place: CellPlace | ParagraphPlace | ChartPlace
    value: Figure | Blank
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """The bytes of a whole file, and everything that was printed in it, in reading order."""

    data: bytes
    printed: tuple[Printed, ...]


class Blocks(Markup):
    """Block-level WordprocessingML (paragraphs and tables), as `{{p x }}` takes it."""

    __slots__ = ()


class Runs(Markup):
    """Run-level WordprocessingML (`w:r` elements), as `{{r x }}` takes it."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class WordTable:
    """A filled sheet for a document. `title` and `notes` are XML-escaped text that may hold figure marks."""

    title: str
    table: Passage
    notes: tuple[str, ...]


Report = Callable[["TemplateError"], None]
"""Takes faults where they are to be gathered."""


def raise_error(error: TemplateError) -> None:
    """The report that gathers nothing."""
    raise error


@contextmanager
def damage_told(file: str, place: str) -> Iterator[None]:
    """While it is open, what cannot be understood of a damaged file is told as a TemplateError."""
    try:
        yield
    except (ValueError, LookupError, ArithmeticError) as error:
        raise TemplateError(file, place, f"有看不懂的内容（{error}），请用 Excel 或 Word 打开，重新另存") from error


class TemplateError(Exception):
    """A template that cannot be compiled or filled: which file, where in it, and why (in Chinese)."""

    def __init__(self, file: str, place: str, cause: str) -> None:
        self.file = file
        self.place = place
        self.cause = cause
        super().__init__(f"{file} {place}：{cause}" if place else f"{file}：{cause}")

    def __reduce__(self) -> tuple[type[TemplateError], tuple[str, str, str]]:
        return type(self), (self.file, self.place, self.cause)


TABLE = "<w:tbl>"


Print = tuple[int, int, int, "Figure | Blank", str]
"""One figure (or gap) in a passage: in which of its paragraphs, from where to where, and as which text."""


class Paragraph(NamedTuple):
    """One paragraph of a style. `text` is its escaped text, line breaks and tabs as characters; `runs` are its XML.

    `kept` are further properties, as XML, of one that is to stay with others on a page.
    """

    style: str
    text: str
    runs: str
    prints: Sequence[Print] = ()
    paragraphs: int = 1
    kept: str = ""

    @property
    def xml(self) -> str:
        """The whole paragraph."""
        return f'<w:p><w:pPr><w:pStyle w:val="{self.style}"/>{self.kept}</w:pPr>{self.runs}</w:p>'

    def around(self, before: str, after: str) -> Paragraph:
        """The same with something before and after its runs."""
        return self._replace(runs=f"{before}{self.runs}{after}")


class Table(NamedTuple):
    """One table, in UTF-8 already. `heights` are those of its rows in twips, 0 where a row says nothing.

    `starts_page`: what ends the one above it begins a page.
    """

    xml: bytes
    paragraphs: int
    heights: Sequence[int]
    prints: Sequence[Print] = ()
    starts_page: bool = False


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
