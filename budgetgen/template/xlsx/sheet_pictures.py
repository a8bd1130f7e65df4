"""Pictures that cells hold as values (`{{ 图("公章.png") }}`): the drawing that shows each at its cell."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree
from markupsafe import escape

from budgetgen.template.language.package_parts import OFFICE_RELATIONS, AddedParts, free_parts, related

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from budgetgen.template.language.pictures import Picture
    from budgetgen.template.xlsx.workbook_parts import PlacedSheet

_DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.drawing+xml"
_NAMESPACES = (
    'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    f'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="{OFFICE_RELATIONS}"'
)
_LINK = "rIdPictures"
DRAWING_LINK = f'<drawing xmlns:r="{OFFICE_RELATIONS}" r:id="{_LINK}"/>'
"""Ties the drawing to its sheet, where the template's sheet has none."""


class PictureAt(NamedTuple):
    """A picture whose upper left corner is that of a cell of the output; both count from 1."""

    row: int
    column: int
    picture: Picture


def picture_parts(
    parts: Mapping[str, bytes], placed: Sequence[PlacedSheet], pictures: Mapping[str, Sequence[PictureAt]], file: str
) -> dict[str, bytes]:
    """The parts that show `pictures` (by the sheets' parts), given those of the package as it is without them.

    A drawing that a sheet has already gets them as well; where copies of a sheet share one, each has its own from then.
    """
    added = AddedParts(parts, file)
    times = Counter(sheet.template for sheet in placed)
    free = free_parts(parts, "xl/drawings/drawing{}.xml")
    for sheet in placed:
        if not pictures.get(sheet.part):
            continue
        own = next((part for part, kind in related(parts, sheet.part, file) if kind == "drawing"), "")
        drawing = own if own and times[sheet.template] == 1 else next(free)
        if drawing != own:
            _begin(added, sheet.part, own, drawing)
        root = added.root(drawing)
        first = 1 + max((int(e.get("id") or 0) for e in root.iter("{*}cNvPr")), default=0)
        for number, found in enumerate(pictures[sheet.part], first):
            name = f"rIdPicture{number}"
            added.relate(drawing, name, "image", added.picture(found.picture, "xl"))
            root.append(etree.fromstring(_anchor(found, number, name)))
    return added.finish()


def _begin(added: AddedParts, sheet: str, own: str, drawing: str) -> None:
    """A drawing for a sheet: a new one, or the copy of the one that it shares."""
    added.declare(drawing, _DRAWING_TYPE)
    if not own:
        added.root(drawing, f"<xdr:wsDr {_NAMESPACES}/>")
        added.relate(sheet, _LINK, "drawing", drawing)
        return
    added.copy(own, drawing)
    for relation in added.relations(sheet):
        if (relation.get("Type") or "").endswith("/drawing"):
            relation.set("Target", f"/{drawing}")


def _anchor(found: PictureAt, number: int, relation: str) -> str:
    picture = found.picture
    size = f'cx="{picture.width}" cy="{picture.height}"'
    return (
        f"<xdr:oneCellAnchor {_NAMESPACES}><xdr:from><xdr:col>{found.column - 1}</xdr:col><xdr:colOff>0</xdr:colOff>"
        f"<xdr:row>{found.row - 1}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:ext {size}/>"
        f'<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="{number}" name="图片 {number}" descr="{escape(picture.text)}"/>'
        '<xdr:cNvPicPr><a:picLocks noChangeAspect="1"/></xdr:cNvPicPr></xdr:nvPicPr>'
        f'<xdr:blipFill><a:blip r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill>'
        f'<xdr:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        "</xdr:spPr></xdr:pic><xdr:clientData/></xdr:oneCellAnchor>"
    )
