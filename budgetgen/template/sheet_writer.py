"""A filled sheet → the rows of its XML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from budgetgen.expression import unmark
from budgetgen.figures import Blank
from budgetgen.template.outcome import CellPlace, Printed
from budgetgen.template.references import column_letters
from budgetgen.template.sheet import RUN_MARK
from budgetgen.template.values import shown_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from budgetgen.figures import Figure
    from budgetgen.template.axis import Scope
    from budgetgen.template.numberformat import NumberFormat
    from budgetgen.template.references import Layout
    from budgetgen.template.sheet import CellPlan, Filled, RowPlan, SheetPlan
    from budgetgen.template.sheet_xml import RawCell
    from budgetgen.template.styles import Styles

MAX_TEXT = 32_767
"""Characters that a cell can hold (Excel's bound)."""
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_RUN = re.compile(f"{RUN_MARK}(\\d+){RUN_MARK}")


class RowWriter:
    """One row of the template, ready to be written at any number."""

    def __init__(self, plan: RowPlan, styles: Styles, numbers: dict[int, int]) -> None:
        attributes = plan.raw.attributes if plan.raw else ""
        self._parts = ['<row r="']
        self.filled: list[tuple[int, CellPlan, NumberFormat | None, str, str, str]] = []
        self.formulas: list[tuple[int, CellPlan, str]] = []
        self.columns = (plan.cells[0].raw.column, plan.cells[-1].raw.column) if plan.cells else None
        before = f'"{attributes}>' if plan.cells else f'"{attributes}/>'
        for index, cell in enumerate(plan.cells):
            raw = cell.raw
            self._parts.append(f'{before}<c r="{column_letters(raw.column)}')
            after = "</row>" if index == len(plan.cells) - 1 else ""
            style = f' s="{raw.style}"' if raw.style else ""
            before = ""
            if cell.is_filled:
                wrapped = styles.wrapping(raw.style)
                letters = column_letters(raw.column)
                form = styles[raw.style].format if cell.expression else None
                self.filled.append((len(self._parts), cell, form, letters, style, f' s="{wrapped}"' if wrapped else ""))
            elif raw.formula is not None:
                self.formulas.append((len(self._parts), cell, style))
            else:
                before = f'"{style}{static_content(raw, numbers)}'
            if after:
                before += after
        self._parts.append(before)
        self.is_written = plan.raw is not None
        self.plan = plan

    def static(self, number: int) -> str:
        """The row at `number`, if nothing in it is filled."""
        return str(number).join(self._parts)

    def write(self, number: int, contents: Sequence[tuple[int, str]]) -> str:
        """The row at `number`; `contents` are what its filled cells hold, from the quote after their reference on."""
        parts = self._parts.copy()
        for index, content in contents:
            parts[index] = content + parts[index]
        return str(number).join(parts)


def static_content(raw: RawCell, numbers: dict[int, int]) -> str:
    """A cell without tags, from after its style on."""
    if raw.type == "s" and raw.value:
        return f' t="s"><v>{numbers[int(raw.value)]}</v></c>'
    if raw.type == "is" and raw.runs:
        return f' t="inlineStr"><is>{rich_xml(raw)}</is></c>'
    if not raw.value:
        return "/>"
    kind = "" if raw.type == "n" else f' t="{raw.type}"'
    return f"{kind}><v>{escape(raw.value)}</v></c>"


def rich_xml(raw: RawCell) -> str:
    """A string's runs as the content of `is`."""
    if not any(r.properties for r in raw.runs):
        return f'<t xml:space="preserve">{escape(raw.text)}</t>'
    return "".join(f'<r>{r.properties}<t xml:space="preserve">{escape(r.text)}</t></r>' for r in raw.runs)


class SheetWriter:
    """Writes the rows of one sheet and notes what they print."""

    def __init__(self, plan: SheetPlan, styles: Styles, numbers: dict[int, int]) -> None:
        self._plan, self._styles = plan, styles
        self._writers = [RowWriter(r, styles, numbers) for r in plan.rows]

    def rows(
        self, filled: Filled, values: list[Figure | Blank], printed: list[Printed],
        layout_of: Callable[[str], Layout | None],
    ) -> str:  # fmt: skip
        """The content of `sheetData`. `values` are the figures behind the marks in texts."""
        out: list[str] = []
        name = filled.layout.name
        for index, number, scope, row_values in filled.rows:
            writer = self._writers[index]
            if not writer.is_written:
                continue
            if not writer.filled and not writer.formulas:
                out.append(writer.static(number))
                continue
            contents: list[tuple[int, str]] = []
            for (at, cell, form, letters, style, wrapped), value in zip(writer.filled, row_values, strict=True):
                shown = shown_number(value, form) if form else None
                if shown is None:
                    place = CellPlace(name, f"{letters}{number}")
                    contents.append((at, self._content(cell, value, style, wrapped, place, filled, values, printed)))
                    continue
                number_shown, figure = shown
                if figure is not None:
                    printed.append(Printed(CellPlace(name, f"{letters}{number}"), figure, number_shown.text))
                contents.append((at, f'"{style}><v>{number_shown.number}</v></c>'))
            if writer.formulas:
                loops = writer.plan.band.loops
                contents += [
                    (a, _formula(c, s, f"{column_letters(c.raw.column)}{number}", layout_of, (loops, scope)))
                    for a, c, s in writer.formulas
                ]
            out.append(writer.write(number, contents))
        return "".join(out)

    def _content(
        self, cell: CellPlan, value: object, style: str, wrapped: str, place: CellPlace, filled: Filled,
        values: list[Figure | Blank], printed: list[Printed],
    ) -> str:  # fmt: skip
        if isinstance(value, bool):
            return f'"{style} t="b"><v>{int(value)}</v></c>'
        if isinstance(value, Blank):
            printed.append(Printed(place, value, str(value)))
            text = str(escape(str(value)))
        else:
            text, spans = unmark(self._plan.value_text(cell, value, filled))
            for start, end, index in spans:
                printed.append(Printed(place, values[index], str(Markup(text[start:end]).unescape())))  # noqa: S704 - our own text
        if not text:
            return f'"{style}/>'
        self._check_length(cell, text)
        if "_x" in text:
            text = _ESCAPED.sub("_x005F_", text)
        style = wrapped if "\n" in text else style
        return f'"{style} t="inlineStr"><is>{_rich(cell.raw, text)}</is></c>'

    def _check_length(self, cell: CellPlan, text: str) -> None:
        if len(text) > MAX_TEXT and len(Markup(text).unescape()) > MAX_TEXT:  # noqa: S704 - our own text
            raise self._plan.failure(cell, f"超过单元格的上限 {MAX_TEXT} 字")


def _formula(
    cell: CellPlan, style: str, place: str, layout_of: Callable[[str], Layout | None],
    turns: tuple[tuple[int, ...], Scope],
) -> str:  # fmt: skip
    """The formula where it now stands, without the value that it had in the template."""
    if cell.raw.formula is None:
        raise ValueError(f"{place} holds no formula")
    text = escape(cell.raw.formula.text(layout_of, (*turns, cell.column_loops, cell.column_scope)))
    kind = f' t="array" ref="{place}"' if cell.raw.array else ""
    return f'"{style}><f{kind}>{text}</f></c>'


def _rich(raw: RawCell, text: str) -> str:
    """Filled text as the content of `is`, in the runs that it was marked with."""
    if RUN_MARK not in text:
        return f'<t xml:space="preserve">{text}</t>'
    pieces = _RUN.split(text)
    out = [f'<t xml:space="preserve">{pieces[0]}</t>'] if pieces[0] else []
    for index, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if piece:
            out.append(f'<r>{raw.runs[int(index)].properties}<t xml:space="preserve">{piece}</t></r>')
    return "".join(out)
