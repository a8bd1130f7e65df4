"""A row of a Word table as bytes with gaps for its values; filling it notes what it prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import escape

from budgetgen.expression import marked, printed_values, unmark
from budgetgen.figures import YUAN, Blank, Figure
from budgetgen.template.docx.word_cell import CLOSE, CellLook
from budgetgen.template.docx.word_xml import break_text, read_text
from budgetgen.template.language.package import encode
from budgetgen.template.language.passage import Table
from budgetgen.template.language.values import shown_number
from budgetgen.template.xlsx.sheet import RUN_MARK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from budgetgen.template.language.passage import Print
    from budgetgen.template.language.values import Remembered
    from budgetgen.template.xlsx.numberformat import NumberFormat
    from budgetgen.template.xlsx.sheet import CellPlan, Filled, SheetPlan

_CLOSE = CLOSE.encode()
_RUNS = re.compile(f"{RUN_MARK}\\d+{RUN_MARK}")


class Slot(NamedTuple):
    """The gap for one value: which part it fills, which value it takes, and the paragraph of the row that it is."""

    part: int
    value: int
    paragraph: int
    plan: CellPlan
    form: NumberFormat | None
    look: CellLook
    before_number: bytes
    before_text: bytes
    is_plain: bool
    """Whether it holds nothing but its value."""


class RowShape(NamedTuple):
    """The bytes of a row, blank where its values go."""

    parts: list[bytes]
    slots: list[Slot]
    height: int
    paragraphs: int


class ShapeMaker:
    """Puts the shape of one row together."""

    def __init__(self, open_: str, height: int) -> None:
        self._text, self._height = open_, height
        self._parts: list[bytes] = []
        self._slots: list[Slot] = []
        self._paragraphs = 0

    def still(self, xml: str) -> None:
        """A cell that never changes."""
        self._text += xml
        self._paragraphs += 1

    def slot(self, begin: str, value: int, plan: CellPlan, form: NumberFormat | None, look: CellLook) -> None:
        """A cell that takes a value."""
        self._parts += [(self._text + begin).encode(), b""]
        numbers, texts = f"{look.for_number}{look.run}".encode(), f"{look.for_text}{look.run}".encode()
        is_plain = bool(plan.expression) and plan.around == ("", "")
        self._slots.append(
            Slot(len(self._parts) - 1, value, self._paragraphs, plan, form, look, numbers, texts, is_plain)
        )
        self._text = ""
        self._paragraphs += 1

    def shape(self) -> RowShape:
        """The row."""
        return RowShape([*self._parts, f"{self._text}</w:tr>".encode()], self._slots, self._height, self._paragraphs)


class TableFiller:
    """Takes the rows of one table in order."""

    def __init__(self, plan: SheetPlan, filled: Filled, known: Remembered[bytes]) -> None:
        """`known` are plain texts that have been printed before."""
        self._plan, self._filled, self._known = plan, filled, known
        self._values = printed_values()
        self._rows: list[bytes] = []
        self._prints: list[Print] = []
        self._heights: list[int] = []
        self._texts: list[str] = []
        self._paragraphs = 0

    def row(self, shape: RowShape, values: Sequence[Any]) -> None:
        """TemplateError: a value that cannot be printed."""
        parts = shape.parts
        if shape.slots:
            parts = parts.copy()
            prints, base = self._prints, self._paragraphs
            known = self._known
            for part, index, paragraph, plan, form, look, before_number, before_text, is_plain in shape.slots:
                value = values[index]
                kind = type(value)
                if kind is Figure and form is not None:
                    _, text, xml = (form.in_wan if value.unit == YUAN else form.as_is)[value.value]
                    parts[part] = before_number + xml + _CLOSE
                    prints.append((base + paragraph, 0, len(text), value, text))
                elif kind is str and is_plain and value in known:
                    parts[part] = before_text + known[value] + _CLOSE
                else:
                    text, is_number = cell_text(self._plan, plan, form, value, self._filled)
                    parts[part] = self._inside(text, base + paragraph, look, is_number=is_number)
                    if kind is str and is_plain and text:
                        known[value] = encode(break_text(text), self._plan.file, self._plan.name)
        self._rows += parts
        self._heights.append(shape.height)
        self._paragraphs += shape.paragraphs

    def loose_row(self, open_: str, height: int, cells: Sequence[tuple[CellLook, str, bool]]) -> None:
        """A row of cells that were given their texts already."""
        self._rows.append(open_.encode())
        for number, (look, text, is_number) in enumerate(cells, self._paragraphs):
            self._rows += (look.open.encode(), self._inside(text, number, look, is_number=is_number))
        self._rows.append(b"</w:tr>")
        self._heights.append(height)
        self._paragraphs += len(cells)

    def table(self, open_: bytes) -> Table | None:
        """The whole table; None where it has no rows. TemplateError: a character that no XML may hold."""
        if not self._rows:
            return None
        encode("".join(self._texts), self._plan.file, self._plan.name)
        return Table(b"".join([open_, *self._rows, b"</w:tbl>"]), self._paragraphs, self._heights, self._prints)

    def _inside(self, marked_text: str, paragraph: int, look: CellLook, *, is_number: bool) -> bytes:
        text, spans = unmark(marked_text)
        for start, end, index in spans:
            first, shown = len(read_text(text[:start])), read_text(text[start:end])
            self._prints.append((paragraph, first, first + len(shown), self._values[index], shown))
        self._texts.append(text)
        if not text and spans:  # a format may show a number as nothing: its run stays
            return f"{look.for_number if is_number else look.for_text}{look.run}{CLOSE}".encode()
        return look.inside(text, is_number=is_number).encode(errors="surrogatepass")


def cell_text(
    sheet: SheetPlan, cell: CellPlan, form: NumberFormat | None, value: object, filled: Filled
) -> tuple[str, bool]:
    """Escaped text with marks, and whether it is a number (which stands right unless told otherwise)."""
    found = shown_number(value, form) if form is not None else None
    if found:
        shown, figure = found
        text = shown.xml.decode()
        return (marked(figure, text) if figure is not None else text), True
    if isinstance(value, Blank):
        return marked(value, escape(value)), False
    text = sheet.value_text(cell, value, filled)
    return (_RUNS.sub("", text) if RUN_MARK in text else text), False
