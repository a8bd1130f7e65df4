"""The body of a filled document in reading order: paragraphs, tables, and where the contents go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

CONTENTS = "<!--目录-->"
"""Stands where the contents will be, until all headings are there."""
_TABLE, _TABLE_END = "<w:tbl>", "</w:tbl>"
_OUTSIDE = re.compile(rf"<w:p(?: [^>]*)?/>|<w:p(?: [^>]*)?>.*?</w:p>|{CONTENTS}", re.DOTALL)
_LAST_SECTION = re.compile(
    r"(<w:sectPr(?:(?!</w:sectPr>).)*</w:sectPr>)(</w:pPr>(?:(?!<w:p[ >/]|<w:tbl>).)*?</w:p>)\s*"
    r"<w:sectPr(?:(?!</w:sectPr>).)*</w:sectPr>(?=\s*</w:body>)",
    re.DOTALL,
)
"""The end of the last section but one, with nothing between it and the end of the last."""
_STYLE = re.compile(r'<w:pStyle w:val="([^"]*)"/>')


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of word/document.xml from `start` to `end`. `style` is a paragraph's style id, blank for the others."""

    start: int
    end: int
    xml: str
    style: str = ""

    @property
    def is_table(self) -> bool:
        """Whether it is a table, with all that is in it."""
        return self.xml.startswith(_TABLE)

    @property
    def is_contents(self) -> bool:
        """Whether it is the place of the contents."""
        return self.xml == CONTENTS


def read_body(xml: str) -> Iterator[Block]:
    """The blocks in order. What is in tables is not looked into: they are most of a document."""
    at = 0
    while True:
        table = xml.find(_TABLE, at)
        stop = table if table >= 0 else len(xml)
        for found in _OUTSIDE.finditer(xml, at, stop):
            style = _STYLE.search(xml, found.start(), found.end())
            yield Block(found.start(), found.end(), found[0], style[1] if style else "")
        if table < 0:
            return
        at = _table_end(xml, table)
        yield Block(table, at, xml[table:at])


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
    kept = "" if "<w:t" not in paragraph and "<w:br" not in paragraph else before
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
