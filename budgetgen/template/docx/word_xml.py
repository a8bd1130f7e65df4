"""WordprocessingML: its names, and the small pieces of it that renderers write."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING

from lxml import etree
from markupsafe import escape

from budgetgen.template.language.package_parts import fragment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from budgetgen.template.language.rendered import Picture

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
BREAK = '</w:t><w:br/><w:t xml:space="preserve">'
TAB = '</w:t><w:tab/><w:t xml:space="preserve">'
RUN, CLOSE, CLOSE_EMPTY = '<w:r><w:t xml:space="preserve">', "</w:t></w:r></w:p></w:tc>", "</w:p></w:tc>"
"""What stands around the text of a cell; what ends one without."""
NEW_PAGE = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'


def w(name: str) -> str:
    """`name` in the namespace of documents."""
    return f"{{{WORD}}}{name}"


T, R, P, TR, TC, TBL = w("t"), w("r"), w("p"), w("tr"), w("tc"), w("tbl")
TEXT_BOX = w("txbxContent")
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
DOC_PROPERTIES = f"{{{_DRAWING}/wordprocessingDrawing}}docPr"
CHART = f"{{{_DRAWING}/chart}}chart"
RELATED = f"{{{RELATIONS}}}id"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_IDS = ("paraId", "textId")


def keep_spaces(text: etree._Element) -> None:
    """Blanks at the ends of a `w:t` count."""
    text.set(_SPACE, "preserve")


def ancestor(element: etree._Element, tag: str) -> etree._Element | None:
    """The nearest element with that tag around `element`."""
    return next(element.iterancestors(tag), None)


def tidy(root: etree._Element) -> None:
    """Take out what word processors strew about and no reader needs: spelling marks, session ids, layout of old."""
    for element in list(root.iter(w("proofErr"), w("lastRenderedPageBreak"))):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
    for element in root.iter():
        if isinstance(element.tag, str):
            for name in [n for n in element.attrib if _is_session_id(str(n))]:
                del element.attrib[name]
            _tidy_text(element)
        if element.tail and not element.tail.strip():
            element.tail = None


def _tidy_text(element: etree._Element) -> None:
    """No line breaks in texts (they mean blanks) and none between elements; all paragraphs begin alike."""
    if element.tag == P and not len(element):
        element.text = ""  # so that it is written `<w:p></w:p>`
    elif element.tag == T:
        if element.text and not {"\n", "\t", "\r"}.isdisjoint(element.text):
            element.text = " ".join(element.text.split())
    elif len(element) and element.text and not element.text.strip():
        element.text = None


def _is_session_id(name: str) -> bool:
    space, _, local = name.rpartition("}")
    return (space == "{" + WORD and local.startswith("rsid")) or ("word/2010/wordml" in space and local in _IDS)


def texts(paragraph: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """What makes up the paragraph's text: each `w:t`, tab and break in its runs, with what it stands for."""
    stack = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        tag = element.tag
        if tag == T:
            yield element, element.text or ""
        elif tag == w("tab") and element.getparent().tag == R:  # type: ignore[union-attr]
            yield element, "\t"
        elif tag in (w("br"), w("cr")):
            yield element, "\n"
        elif tag not in (P, TBL, w("pPr"), w("del"), w("rPr"), w("drawing"), w("pict"), w("object")):
            stack += reversed(element)


def serialized(element: etree._Element | None) -> str:
    """One element as XML, its namespace declarations left to the part's root."""
    return "" if element is None else fragment(element)


def read_text(escaped: str) -> str:
    """Escaped text as a reader sees it."""
    return unescape(escaped) if "&" in escaped else escaped


def break_text(escaped: str) -> str:
    """Text for the inside of a `w:t`, its line breaks and tabs as documents have them."""
    if "\n" in escaped or "\t" in escaped:
        return str(escaped).replace("\n", BREAK).replace("\t", TAB)
    return escaped


_FIRST_DRAWING = 2_000_000
"""Ids of placed pictures begin here, above those that a template brings."""


def drawing(picture: Picture, number: int, relation: str) -> str:
    """A picture in the line of the text, for the inside of a run; `relation` is the id under which its part is known."""
    size = f'cx="{picture.width}" cy="{picture.height}"'
    told = f'id="{_FIRST_DRAWING + number}" name="图片 {number}" descr="{escape(picture.text)}"'
    return (
        f'<w:drawing><wp:inline xmlns:wp="{_DRAWING}/wordprocessingDrawing" distT="0" distB="0" distL="0" distR="0">'
        f"<wp:extent {size}/><wp:docPr {told}/><wp:cNvGraphicFramePr>"
        f'<a:graphicFrameLocks xmlns:a="{_DRAWING}/main" noChangeAspect="1"/></wp:cNvGraphicFramePr>'
        f'<a:graphic xmlns:a="{_DRAWING}/main"><a:graphicData uri="{_DRAWING}/picture">'
        f'<pic:pic xmlns:pic="{_DRAWING}/picture"><pic:nvPicPr><pic:cNvPr {told}/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip xmlns:r="{RELATIONS}" r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch>'
        f'</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing>"
    )
