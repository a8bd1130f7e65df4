"""The rows and cells of a sheet as those of a Word table: their look made ready once, as bytes with gaps for values."""

from __future__ import annotations

import copy
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from markupsafe import escape

from budgetgen.records import record
from budgetgen.template.docx.table_pages import lines_of, widest
from budgetgen.template.docx.word_xml import CLOSE_EMPTY
from budgetgen.template.language.package_parts import Pieces
from budgetgen.template.language.rendered import RowText, Table
from budgetgen.template.xlsx.cell_styles import SIDES, Font, Style
from budgetgen.template.xlsx.sheet_reader import q

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lxml import etree

    from budgetgen.template.language.rendered import FilledRow, Print
    from budgetgen.template.xlsx.cell_styles import Shown, Styles
    from budgetgen.template.xlsx.references import Axis, Reference
    from budgetgen.template.xlsx.sheet_plan import CellPlan, RowPlan, ShownRow

Borders = Mapping[str, tuple[str, str]]
"""Side → line and colour, as worksheets name them."""

_NIL = dict.fromkeys(SIDES, ("nil", ""))
_LINES = {
    "thin": ("single", 4), "hair": ("single", 2), "medium": ("single", 8), "thick": ("single", 12),
    "double": ("double", 4), "dotted": ("dotted", 4), "dashed": ("dashed", 4), "dashDot": ("dotDash", 4),
    "dashDotDot": ("dotDotDash", 4), "mediumDashed": ("dashed", 8), "mediumDashDot": ("dotDash", 8),
    "mediumDashDotDot": ("dotDotDash", 8), "slantDashDot": ("dashDotStroked", 8),
}  # fmt: skip
_HORIZONTAL = {
    "left": "left", "right": "right", "center": "center", "centerContinuous": "center", "justify": "both",
    "distributed": "distribute", "fill": "left",
}  # fmt: skip
_VERTICAL = {"top": "top", "center": "center", "bottom": "bottom", "justify": "center", "distributed": "center"}
_TURNS = {90: "btLr", 180: "tbRl", 255: "tbRlV"}
_MARGIN = 45
"""Left and right in every cell, in twips."""
_DEFAULT_WIDTH = 9.14
_MOST_COLUMNS = 1024


@record
class CellLook:
    """One Word cell cut where its text goes.

    `open` begins it; `restart` begins it where a vertical merge starts; `continued` is all of it where one goes on.
    Then come the properties of its paragraph, for a text or for a number.
    """

    open: str
    restart: str
    continued: str
    for_text: str
    for_number: str


class Setting(NamedTuple):
    """How rows are set: kept on one page with the next, cut where a page ends, lines as high as so many sizes (0: as it comes)."""

    kept: bool = False
    cut: bool = False
    leading: float = 0.0


PLAIN = Setting()


def cell_look(style: Style, borders: Borders | None, span: int, width: int, setting: Setting = PLAIN) -> CellLook:
    """A cell over `span` columns, `width` twips wide; `borders` None leaves them to the table."""
    spanned = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    start, look = (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spanned}',
        f"{_look(style, borders)}</w:tcPr><w:p>",
    )
    for_text = paragraph_properties(_HORIZONTAL.get(style.horizontal, "left"), style, setting)
    return CellLook(
        f"{start}{look}",
        f'{start}<w:vMerge w:val="restart"/>{look}',
        f"{start}<w:vMerge/>{look}{for_text}{CLOSE_EMPTY}",
        for_text,
        paragraph_properties(_HORIZONTAL.get(style.horizontal, "right"), style, setting),
    )


def table_properties(width: int, line: tuple[str, str] | None) -> str:
    """The `w:tblPr` of a table whose cells have `line` around them where they say nothing else."""
    sides = (*SIDES, "insideH", "insideV")
    borders = "".join(border(side, *line) for side in sides) if line else ""
    return (
        f'<w:tblPr><w:tblW w:w="{width}" w:type="dxa"/><w:jc w:val="center"/>'
        f'{f"<w:tblBorders>{borders}</w:tblBorders>" if borders else ""}<w:tblLayout w:type="fixed"/>'
        f'<w:tblCellMar><w:left w:w="{_MARGIN}" w:type="dxa"/><w:right w:w="{_MARGIN}" w:type="dxa"/></w:tblCellMar></w:tblPr>'
    )


def row_height(points: float | None) -> int:
    """In twips."""
    return round(points * 20) if points else 0


def row_properties(height: float | None, *, header: bool, cut: bool = False) -> str:
    """The beginning of a row `height` points high, which no page break cuts unless it may be `cut`."""
    rule = f'<w:trHeight w:val="{row_height(height)}" w:hRule="atLeast"/>' if height else ""
    return f"<w:tr><w:trPr>{'' if cut else '<w:cantSplit/>'}{rule}{'<w:tblHeader/>' if header else ''}</w:trPr>"


def _look(style: Style, borders: Borders | None) -> str:
    sides = None if borders is None else {**_NIL, **borders}
    lines = "".join(border(side, *sides[side]) for side in SIDES) if sides else ""
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{style.fill}"/>' if style.fill else ""
    turn = _TURNS.get(style.rotation, "")
    return (
        (f"<w:tcBorders>{lines}</w:tcBorders>" if lines else "") + shade
        + (f'<w:textDirection w:val="{turn}"/>' if turn else "")
        + f'<w:vAlign w:val="{_VERTICAL.get(style.vertical, "center")}"/>'
    )  # fmt: skip


def border(side: str, line: str, color: str) -> str:
    """One side of a cell or table."""
    if line == "nil":
        return f'<w:{side} w:val="nil"/>'
    kind, size = _LINES.get(line, ("single", 4))
    return f'<w:{side} w:val="{kind}" w:sz="{size}" w:space="0" w:color="{color or "auto"}"/>'


def line_height(style: Style, setting: Setting) -> int:
    """In twips, where `setting` says it."""
    return round(style.font.size * 20 * setting.leading)


def paragraph_properties(alignment: str, style: Style, setting: Setting = PLAIN) -> str:
    """The look of a cell's text as a style of the document, and what only its place in the table asks for."""
    kept = "<w:keepNext/>" if setting.kept else ""
    height = line_height(style, setting) if setting.leading else 0
    line = f'<w:spacing w:before="0" w:after="0" w:line="{height}" w:lineRule="exact"/>' if height else ""
    return f'<w:pPr><w:pStyle w:val="{_cell_style(alignment, style)[0]}"/>{kept}{line}</w:pPr>'


def cell_styles(looks: Iterable[Style]) -> dict[str, str]:
    """The paragraph styles that cells of these looks are set in: id → properties of paragraph and run."""
    aligned = ((_HORIZONTAL.get(look.horizontal, side), look) for look in looks for side in ("left", "right"))
    return dict(_cell_style(alignment, look) for alignment, look in aligned)


def _cell_style(alignment: str, style: Style) -> tuple[str, str]:
    """The id, which tells the look and nothing else, and the properties.

    Cells take nothing from the document's body text: no spacing, no indent, single lines, their own font if empty.
    """
    indent = round(style.indent * style.font.size * 20)
    side = f'w:right="{indent}"' if alignment == "right" else f'w:left="{indent}"'
    xml = (
        '<w:pPr><w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/>'
        f'<w:ind {side} w:firstLineChars="0" w:firstLine="0"/><w:jc w:val="{alignment}"/></w:pPr>'
        f"{_run_properties(style.font)}"
    )
    return f"Cell{crc32(xml.encode()):08x}", xml


def _run_properties(font: Font) -> str:
    """The `w:rPr` of a worksheet's font."""
    name, size = escape(font.name), round(font.size * 2)
    marks = "".join(f"<w:{m}/>" for m, on in (("b", font.bold), ("i", font.italic), ("strike", font.strike)) if on)
    color = f'<w:color w:val="{font.color}"/>' if font.color else ""
    under = '<w:u w:val="single"/>' if font.underline else ""
    return (
        f'<w:rPr><w:rFonts w:ascii="{name}" w:hAnsi="{name}" w:eastAsia="{name}"/>{marks}{color}'
        f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>{under}</w:rPr>'
    )


class ColumnWidths:
    """The widths of a sheet's columns in characters; hidden ones are 0."""

    def __init__(self, root: etree._Element) -> None:
        form = root.find(q("sheetFormatPr"))
        given = form.get("defaultColWidth") if form is not None else None
        self._default = float(given) if given else _DEFAULT_WIDTH
        self._widths: dict[int, float] = {}
        for column in root.iterfind(f"{q('cols')}/{q('col')}"):
            width = 0.0 if column.get("hidden") in ("1", "true") else float(column.get("width") or self._default)
            for number in range(int(column.get("min") or 1), min(int(column.get("max") or 1), _MOST_COLUMNS) + 1):
                self._widths[number] = width

    def __getitem__(self, column: int) -> float:
        return self._widths.get(column, self._default)

    def spread(self, columns: Axis) -> ColumnWidths:
        """The widths of columns that loops have repeated."""
        if not columns.bands:
            return self
        spread = copy.copy(self)
        spread._widths = {  # noqa: SLF001 - its own kind
            start + offset: self[band.first + offset]
            for band, found in zip(columns.bands, columns.instances, strict=True)
            for start, _ in found
            for offset in range(band.size)
        }
        return spread


class Grid:
    """The columns that a table shows, and their widths in twips, which make up the whole exactly."""

    def __init__(self, columns: Sequence[int], widths: ColumnWidths, total: int) -> None:
        self.columns = list(columns)
        given = [widths[c] for c in self.columns]
        whole = sum(given) or 1
        bounds = [round(at / whole * total) for at in accumulate(given, initial=0.0)]
        self.widths = [b - a for a, b in pairwise(bounds)]
        self.total = total

    def span(self, left: int, right: int) -> tuple[int, int]:
        """How many columns lie from `left` to `right`, and how wide they are together."""
        found = [w for c, w in zip(self.columns, self.widths, strict=True) if left <= c <= right]
        return len(found), sum(found)

    @property
    def xml(self) -> str:
        """The `w:tblGrid`."""
        return "<w:tblGrid>" + "".join(f'<w:gridCol w:w="{w}"/>' for w in self.widths) + "</w:tblGrid>"


@dataclass(slots=True)
class WordCell:
    """A cell of a row: its look, its plan and the place of its value among the row's, the merge that runs through it.

    `ems` is how many characters it is wide, each `size` twips.
    """

    look: CellLook
    plan: CellPlan | None
    slot: int
    merge: int
    left: int
    ems: float
    size: float
    lines: Sequence[tuple[int, int, int]]
    """What it says in the template, as `lines_of` tells it."""
    widest: float


@record
class WordRow:
    """A row: how it begins, how high it is (in twips, 0 for as high as need be), and its cells."""

    open: str
    height: int
    cells: tuple[WordCell, ...]
    is_merged: bool
    """Whether vertical merges run through it."""


@record
class _Area:
    """The columns of a cell as Word has it, and the index of the merge over them that has several rows."""

    left: int
    right: int
    anchor: int
    merge: int


class RowMaker:
    """Makes the rows of one table."""

    def __init__(self, rows: Sequence[RowPlan], merges: Sequence[Reference], styles: Styles, grid: Grid) -> None:
        self._merges, self._styles, self._grid = merges, styles, grid
        raw = [(r.band.first, r.raw.cells if r.band.vanishes and r.raw else [c.raw for c in r.cells]) for r in rows]
        self._looks = {line: {c.column: styles[c.style] for c in cells} for line, cells in raw}
        self.line = self._common_line(rows)

    def row(self, plan: RowPlan, *, header: bool, first: bool, setting: Setting = PLAIN) -> WordRow:
        """One bordered row. The first states its borders, so that they win over the rows above it."""
        areas = self._areas(plan.band.first)
        styles = self._looks[plan.band.first]
        borders = [self._borders(a, plan.band.first) for a in areas]
        plain = self.line is not None and all(b == dict.fromkeys(SIDES, self.line) for b in borders)
        slots = {c.raw.column: i for i, c in enumerate(plan.filled)}
        plans = {c.raw.column: c for c in plan.cells}
        cells = []
        for area, lines in zip(areas, borders, strict=True):
            style = styles.get(area.anchor) or styles.get(area.left) or Style(self._styles.format(0))
            count, width = self._grid.span(area.left, area.right)
            look = cell_look(style, None if plain and not first else lines, count, width, setting)
            slot = slots.get(area.anchor, -1)
            size = style.font.size * 20
            ems = math.inf if style.rotation else (width - 2 * _MARGIN) / size
            own = plans.get(area.anchor)
            said = lines_of(own.raw.text) if own else ()
            cells.append(WordCell(look, own, slot, area.merge, area.left, ems, size, said, widest(said)))
        height = plan.raw.height if plan.raw else None
        merged = any(c.merge >= 0 for c in cells)
        start = row_properties(height, header=header, cut=setting.cut)
        return WordRow(start, row_height(height), tuple(cells), merged)

    def loose_cell(self, cell: CellPlan, left: int, right: int) -> CellLook:
        """A cell of a row above the table, without borders."""
        return cell_look(self._styles[cell.raw.style], {}, *self._grid.span(left, right))

    def _common_line(self, rows: Sequence[RowPlan]) -> tuple[str, str] | None:
        """The line that most cells of the table have all around."""
        around = Counter(
            found["top"]
            for row in rows
            for cell in row.cells
            for found in [self._styles[cell.raw.style].borders]
            if len(found) == len(SIDES) and len(set(found.values())) == 1
        )
        return around.most_common(1)[0][0] if around else None

    def _areas(self, row: int) -> list[_Area]:
        over = [(m, i) for i, m in enumerate(self._merges) if m.top <= row <= m.bottom]
        areas: list[_Area] = []
        for column in self._grid.columns:
            if areas and column <= areas[-1].right:
                continue
            merge, index = next(((m, i) for m, i in over if m.left <= column <= m.right), (None, -1))
            if merge is None:
                areas.append(_Area(column, column, column, -1))
            else:
                areas.append(_Area(column, merge.right, merge.left, index if merge.top != merge.bottom else -1))
        return areas

    def _borders(self, area: _Area, row: int) -> Borders:
        """The outer lines of what a cell covers, in every row of it: each side as the outermost cell on it says."""
        merge = self._merges[area.merge] if area.merge >= 0 else None
        at_top, here, at_bottom = (
            [styles[c].borders for c in sorted(styles) if area.left <= c <= area.right]
            for line in (merge.top if merge else row, row, merge.bottom if merge else row)
            for styles in [self._looks.get(line, {})]
        )
        sides = {"left": here[:1], "top": at_top[:1], "bottom": at_bottom[:1], "right": here[-1:]}
        return {side: found[0][side] for side, found in sides.items() if found and side in found[0]}


@record
class RowShape:
    """The bytes of a row, blank where its values go.

    `values` are the filled cells that it shows, each with the paragraph of the row that it is; then come as many gaps for
    what begins the paragraphs in `sides` (for a text, for a number), where that differs.
    """

    row: Pieces
    values: tuple[int, ...]
    places: dict[int, int]
    sides: tuple[tuple[int, bytes, bytes], ...]
    height: int
    paragraphs: int
    text: RowText


class ShapeMaker:
    """Puts the shape of one row together."""

    def __init__(self, open_: str, height: int) -> None:
        self._height = height
        self._pieces: list[tuple[str, CellLook | None, int]] = [(open_, None, -1)]
        self._places: dict[int, int] = {}
        self._still: list[tuple[int, str]] = []
        self._paragraphs = 0

    def still(self, xml: str, look: CellLook, shown: Shown) -> None:
        """A cell that never changes."""
        if shown.text:
            self._still.append((self._paragraphs + 1, shown.text))
        self.continued(f"{xml}{look.for_number if shown.is_number else look.for_text}{shown.word.decode()}")

    def continued(self, xml: str) -> None:
        """A cell that a merge goes on through."""
        self._pieces.append((xml, None, -1))
        self._paragraphs += 1

    def slot(self, begin: str, value: int, look: CellLook) -> None:
        """A cell that takes a value."""
        self._pieces.append((begin, look, value))
        self._places[value] = self._paragraphs
        self._paragraphs += 1

    def shape(self) -> RowShape:
        """The row."""
        sides: list[tuple[int, bytes, bytes]] = []
        pieces: list[bytes | int] = []
        for xml, look, value in self._pieces:
            pieces.append(xml.encode())
            if look is not None:
                if look.for_text == look.for_number:
                    pieces.append(look.for_text.encode())
                else:
                    pieces.append(len(self._places) + len(sides))
                    sides.append((value, look.for_text.encode(), look.for_number.encode()))
                pieces.append([*self._places].index(value))
        row = Pieces([*pieces, b"</w:tr>"], len(self._places) + len(sides))
        text = RowText(tuple(place + 1 for place in self._places.values()), tuple(self._still))
        return RowShape(row, tuple(self._places), self._places, tuple(sides), self._height, self._paragraphs, text)


class TableFiller:
    """Takes the rows of one table in order."""

    def __init__(self) -> None:
        self._rows: list[bytes] = []
        self._prints: list[Print] = []
        self._heights: list[int] = []
        self._paragraphs = 0
        self._filled_rows: list[FilledRow] = []

    def row(self, shape: RowShape, row: ShownRow, height: int = 0) -> None:
        """`height` is how high it will be, in twips, where that is known."""
        base, places, cells, whole = self._paragraphs, shape.places, row.cells, row.said
        values = [cells[v].word for v in shape.values]
        if shape.sides:
            values += [number if cells[v].is_number else text for v, text, number in shape.sides]
        self._rows += shape.row.filled(values)
        self._prints += [
            (base + places[v], start, end, f, text) for v, start, end, f, text in row.prints if v in places
        ]
        said = [None if whole[v] is None else cells[v].text for v in shape.values]
        self._filled_rows.append((shape.text, base, said, len(self._prints)))
        self._heights.append(height or shape.height)
        self._paragraphs += shape.paragraphs

    def table(self, open_: bytes, *, starts_page: bool = False) -> Table | None:
        """The whole table; None where it has no rows."""
        if not self._rows:
            return None
        xml = b"".join([open_, *self._rows, b"</w:tbl>"])
        return Table(xml, self._paragraphs, self._heights, self._prints, starts_page, self._filled_rows)
