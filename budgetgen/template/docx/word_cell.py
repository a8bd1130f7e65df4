"""The look of a worksheet's cell as Word says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import escape

from budgetgen.template.docx.word_xml import break_text
from budgetgen.template.xlsx.styles import SIDES, Font, Style

Borders = Mapping[str, tuple[str, str]]
"""Side → line and colour, as worksheets name them."""

CLOSE = "</w:t></w:r></w:p></w:tc>"
CLOSE_EMPTY = "</w:p></w:tc>"
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


@dataclass(frozen=True, slots=True)
class CellLook:
    """One Word cell cut where its text goes.

    `open` begins it; `restart` begins it where a vertical merge starts; `continued` is all of it where one goes on.
    Then come the properties of its paragraph, for a text or for a number, and the beginning of its run.
    """

    open: str
    restart: str
    continued: str
    for_text: str
    for_number: str
    run: str

    def inside(self, text: str, *, is_number: bool) -> str:
        """What comes after the cell's beginning, around escaped text."""
        properties = self.for_number if is_number else self.for_text
        return f"{properties}{self.run}{break_text(text)}{CLOSE}" if text else f"{properties}{CLOSE_EMPTY}"


def cell_look(style: Style, borders: Borders | None, span: int, width: int) -> CellLook:
    """A cell over `span` columns, `width` twips wide; `borders` None leaves them to the table."""
    spanned = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    start, look = (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{spanned}',
        f"{_look(style, borders)}</w:tcPr><w:p>",
    )
    for_text = paragraph_properties(_HORIZONTAL.get(style.horizontal, "left"), style)
    return CellLook(
        f"{start}{look}",
        f'{start}<w:vMerge w:val="restart"/>{look}',
        f"{start}<w:vMerge/>{look}{for_text}{CLOSE_EMPTY}",
        for_text,
        paragraph_properties(_HORIZONTAL.get(style.horizontal, "right"), style),
        f'<w:r>{run_properties(style.font)}<w:t xml:space="preserve">',
    )


def table_properties(width: int, line: tuple[str, str] | None) -> str:
    """The `w:tblPr` of a table whose cells have `line` around them where they say nothing else."""
    sides = (*SIDES, "insideH", "insideV")
    borders = "".join(border(side, *line) for side in sides) if line else ""
    return (
        f'<w:tblPr><w:tblW w:w="{width}" w:type="dxa"/><w:jc w:val="center"/>'
        f'{f"<w:tblBorders>{borders}</w:tblBorders>" if borders else ""}<w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="45" w:type="dxa"/><w:right w:w="45" w:type="dxa"/></w:tblCellMar></w:tblPr>'
    )


def row_height(points: float | None) -> int:
    """In twips."""
    return round(points * 20) if points else 0


def row_properties(height: float | None, *, header: bool) -> str:
    """The beginning of a row `height` points high, which no page break cuts."""
    rule = f'<w:trHeight w:val="{row_height(height)}" w:hRule="atLeast"/>' if height else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{rule}{'<w:tblHeader/>' if header else ''}</w:trPr>"


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


def paragraph_properties(alignment: str, style: Style) -> str:
    """Cells take nothing from the document's body text: no spacing, no indent, single lines, their own size if empty."""
    indent = round(style.indent * style.font.size * 20)
    side = f'w:right="{indent}"' if alignment == "right" else f'w:left="{indent}"'
    return (
        '<w:pPr><w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/>'
        f'<w:ind {side} w:firstLineChars="0" w:firstLine="0"/><w:jc w:val="{alignment}"/>'
        f'<w:rPr><w:sz w:val="{round(style.font.size * 2)}"/></w:rPr></w:pPr>'
    )


@lru_cache(maxsize=256)
def run_properties(font: Font) -> str:
    """The `w:rPr` of a worksheet's font."""
    name, size = escape(font.name), round(font.size * 2)
    marks = "".join(f"<w:{m}/>" for m, on in (("b", font.bold), ("i", font.italic), ("strike", font.strike)) if on)
    color = f'<w:color w:val="{font.color}"/>' if font.color else ""
    under = '<w:u w:val="single"/>' if font.underline else ""
    return (
        f'<w:rPr><w:rFonts w:ascii="{name}" w:hAnsi="{name}" w:eastAsia="{name}"/>{marks}{color}'
        f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>{under}</w:rPr>'
    )
