"""The body of a filled document in reading order: paragraphs, tables, and where the contents go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from budgetgen.expression import ASIDE, unmark
from budgetgen.template import Passage, Table

CONTENTS = Passage(())
"""Laid aside where the contents will be, until all headings are there."""
_BOX, _BOX_END = "<w:txbxContent", "</w:txbxContent>"
_TABLE, _TABLE_END = "<w:tbl>", "</w:tbl>"
_OUTSIDE = re.compile(rf"<w:p(?: [^>]*)?/>|<w:p(?: [^>]*)?>.*?</w:p>|{ASIDE}\d+{ASIDE}", re.DOTALL)
_LAST_SECTION = re.compile(
    r"(<w:sectPr(?:(?!</w:sectPr>).)*</w:sectPr>)(</w:pPr>(?:(?!<w:p[ >/]|<w:tbl>).)*?</w:p>)\s*"
    r"<w:sectPr(?:(?!</w:sectPr>).)*</w:sectPr>(?=\s*</w:body>)",
    re.DOTALL,
)
"""The end of the last section but one, with nothing between it and the end of the last."""
_SHOWN = re.compile("<w:t(?: [^>]*)?>[^<]|<w:(?:br|tab|drawing|pict)[ />]")
_STYLE = re.compile(r'<w:pStyle w:val="([^"]*)"/>')
_TEXT = re.compile(r"<w:t(?: [^>]*)?>(.*?)</w:t>|<w:(br|tab)/>", re.DOTALL)
_ROW = re.compile(r'<w:tr[ >]|<w:trHeight w:val="(\d+)"')
_BREAKS = str.maketrans("", "", "\n\t")
_INLINE = re.compile(r"<wp:inline[^>]*><wp:extent [^>]*cy=\"(\d+)\"")
_TWIP = 635
"""A twip in EMU."""
_PAGE_BREAK = '<w:br w:type="page"/>'


class Place(NamedTuple):
    """Where a block stands: from `start` to `end` in the XML, itself or the passage laid aside as `aside`."""

    start: int
    end: int
    aside: int = -1


class Block(NamedTuple):
    """A paragraph of a style: for each page that it begins or goes on with its escaped text and its line breaks.

    `words` are its text on one line. `item` is its number in its passage. `breaks_before` begins a page whatever its
    style says. `drawn` is how high its pictures and charts are (twips).
    """

    place: Place
    style: str
    stretches: Sequence[tuple[str, int]]
    words: str
    item: int = -1
    breaks_before: bool = False
    drawn: int = 0


class Rows(NamedTuple):
    """A table, by the heights of its rows; 0 where a row says nothing."""

    place: Place
    heights: Sequence[int]
    starts_page: bool = False


class Contents(NamedTuple):
    """The place of the contents."""

    place: Place


def read_body(xml: str, aside: Sequence[object]) -> Iterator[Block | Rows | Contents]:
    """The blocks in order, those of passages too. Of tables only the rows are looked at: they are most of a document."""
    at, xml = 0, _without_boxes(xml)
    while True:
        table = xml.find(_TABLE, at)
        stop = table if table >= 0 else len(xml)
        for found in _OUTSIDE.finditer(xml, at, stop):
            if found[0][0] == ASIDE:
                number = int(found[0][1:-1])
                yield from _passage(aside[number], number, found.start(), found.end())
            else:
                yield _paragraph(found[0], Place(found.start(), found.end()))
        if table < 0:
            return
        at = _table_end(xml, table)
        yield Rows(Place(table, at), row_heights(_whole(xml[table:at], aside)))


def _without_boxes(xml: str) -> str:
    """`xml` with blanks in place of what stands in text boxes: it takes no room in the text."""
    at = xml.find(_BOX)
    while at >= 0:
        end = xml.find(_BOX_END, at)
        end = len(xml) if end < 0 else end
        xml = xml[:at] + " " * (end - at) + xml[end:]
        at = xml.find(_BOX, end)
    return xml


def row_heights(table: str) -> list[int]:
    """The heights that the rows of a table say, and zeros for those that say none."""
    found = [m[1] for m in _ROW.finditer(table)]
    heights = [int(h) for h in found if h]
    return heights + [0] * (len(found) - 2 * len(heights))


def _passage(passage: object, number: int, start: int, end: int) -> Iterator[Block | Rows | Contents]:
    if passage is CONTENTS:
        yield Contents(Place(start, end, number))
    elif isinstance(passage, Passage):
        place = Place(start, end, number)
        for index, item in enumerate(passage.items):
            if isinstance(item, Table):
                yield Rows(place, item.heights, item.starts_page)
                continue
            text = words = item.text
            breaks = 0
            if "\n" in text or "\t" in text:
                text, breaks = words.translate(_BREAKS), words.count("\n")
                words = words.replace("\n", " ").replace("\t", " ")
            yield Block(place, item.style, ((text, breaks),), words.strip(), index)


def _paragraph(xml: str, place: Place) -> Block:
    style = _STYLE.search(xml)
    stretches = [(_text(s), s.count("<w:br/>")) for s in xml.split(_PAGE_BREAK)]
    words = unmark("".join(" " if m[2] else m[1] for m in _TEXT.finditer(xml)))[0].strip()
    drawn = sum(map(int, _INLINE.findall(xml))) // _TWIP if "<wp:inline" in xml else 0
    breaks_before = "<w:pageBreakBefore/>" in xml
    return Block(place, style[1] if style else "", stretches, words, breaks_before=breaks_before, drawn=drawn)


def _text(xml: str) -> str:
    return unmark("".join(m[1] or "" for m in _TEXT.finditer(xml)))[0]


def _whole(xml: str, aside: Sequence[object]) -> str:
    """`xml` with the passages that stand in it."""
    pieces = xml.split(ASIDE)
    for index in range(1, len(pieces), 2):
        passage = aside[int(pieces[index])]
        found = passage.pieces() if isinstance(passage, Passage) else ()
        pieces[index] = "".join(p.decode() if isinstance(p, bytes) else p for p in found)
    return "".join(pieces)


def without_empty_end(xml: str) -> str:
    """The document without its last section where all that stood in it has gone: the one before ends the document.

    Else a frame that places something on pages of its own would leave an empty page where there is nothing to place.
    """
    found = _LAST_SECTION.search(xml)
    if not found:
        return xml
    start = max(xml.rfind("<w:p>", 0, found.start()), xml.rfind("<w:p ", 0, found.start()))
    paragraph = xml[start : found.end(2)]
    before = paragraph.replace(found[1], "", 1)
    kept = before if _SHOWN.search(paragraph) else ""
    return f"{xml[:start]}{kept}{found[1]}{xml[found.end() :]}"


def _table_end(xml: str, start: int) -> int:
    """The offset behind the table that begins at `start`, tables inside it passed over."""
    depth, at = 1, start + len(_TABLE)
    while depth:
        end = xml.find(_TABLE_END, at)
        if end < 0:
            return len(xml)
        depth += xml.count(_TABLE, at, end) - 1
        at = end + len(_TABLE_END)
    return at
