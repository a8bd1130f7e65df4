"""The look of a worksheet's cell as Word says it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from markupsafe import escape

from budgetgen.template.styles import SIDES, Font, Style

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


class CellFormat(NamedTuple):
    """How one Word cell looks. `is_number`: a number stands right where the style does not say."""

    style: Style
    borders: tuple[tuple[str, tuple[str, str]], ...]
    span: int
    is_number: bool

    def xml(self, content: str | tuple[str, bool], vertical: str, width: int) -> str:
        """The `w:tc` around escaped text; `vertical` is its part in a vertical merge."""
        text, number = content if isinstance(content, tuple) else (content, False)
        style = self.style
        span = f'<w:gridSpan w:val="{self.span}"/>' if self.span > 1 else ""
        merge = {"restart": '<w:vMerge w:val="restart"/>', "continue": "<w:vMerge/>", "": ""}[vertical]
        properties = f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{merge}{self._look()}</w:tcPr>'
        alignment = _HORIZONTAL.get(style.horizontal) or ("right" if number else "left")
        run = f'<w:r>{run_properties(style.font)}<w:t xml:space="preserve">{text}</w:t></w:r>' if text else ""
        return f"<w:tc>{properties}<w:p>{paragraph_properties(alignment, style)}{run}</w:p></w:tc>"

    def _look(self) -> str:
        sides = dict(self.borders)
        borders = "".join(_border(side, *sides[side]) for side in SIDES if side in sides)
        shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{self.style.fill}"/>' if self.style.fill else ""
        turn = {90: "btLr", 180: "tbRl", 255: "tbRlV"}.get(self.style.rotation, "")
        return (
            (f"<w:tcBorders>{borders}</w:tcBorders>" if borders else "") + shade
            + (f'<w:textDirection w:val="{turn}"/>' if turn else "")
            + f'<w:vAlign w:val="{_VERTICAL.get(self.style.vertical, "center")}"/>'
        )  # fmt: skip


def _border(side: str, line: str, color: str) -> str:
    kind, size = _LINES.get(line, ("single", 4))
    return f'<w:{side} w:val="{kind}" w:sz="{size}" w:space="0" w:color="{color or "auto"}"/>'


def paragraph_properties(alignment: str, style: Style) -> str:
    """Cells take nothing from the document's body text: no spacing, no indent, single lines."""
    indent = round(style.indent * style.font.size * 20)
    side = f'w:right="{indent}"' if alignment == "right" else f'w:left="{indent}"'
    return (
        '<w:pPr><w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/>'
        f'<w:ind {side} w:firstLineChars="0" w:firstLine="0"/><w:jc w:val="{alignment}"/></w:pPr>'
    )


@lru_cache(maxsize=256)
def run_properties(font: Font) -> str:
    name, size = escape(font.name), round(font.size * 2)
    return (
        f'<w:rPr><w:rFonts w:ascii="{name}" w:hAnsi="{name}" w:eastAsia="{name}" w:cs="{name}"/>'
        f'{"<w:b/>" if font.bold else ""}{"<w:i/>" if font.italic else ""}{"<w:strike/>" if font.strike else ""}'
        f'{f"<w:color w:val={chr(34)}{font.color}{chr(34)}/>" if font.color else ""}'
        f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>{"<w:u w:val={0}single{0}/>".format(chr(34)) if font.underline else ""}'
        "</w:rPr>"
    )
