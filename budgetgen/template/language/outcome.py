"""What a render gives back: the file, and where each figure stands in it; and the one way in which it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup

if TYPE_CHECKING:
    from budgetgen.figures import Blank, Figure
    from budgetgen.template.language.passage import Passage


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


class Printed(NamedTuple):
    """One figure (or gap) that was printed: where, and as which text."""

    place: CellPlace | ParagraphPlace
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


class TemplateError(Exception):
    """A template that cannot be compiled or filled: which file, where in it, and why (in Chinese)."""

    def __init__(self, file: str, place: str, cause: str) -> None:
        self.file = file
        self.place = place
        self.cause = cause
        super().__init__(f"{file} {place}：{cause}" if place else f"{file}：{cause}")

    def __reduce__(self) -> tuple[type[TemplateError], tuple[str, str, str]]:
        return type(self), (self.file, self.place, self.cause)
