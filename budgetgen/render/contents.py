"""目录: the headings of a finished document as its contents, which stand there when the file is opened.

Word updates page numbers only when asked (and asks on opening when a document demands it), so each entry carries the
page that the layout leads to: GB/T 9704 sets lines and characters a page, which `pages.py` counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from budgetgen.expression import unmark
from budgetgen.render.body import CONTENTS, Block, read_body
from budgetgen.render.pages import Layout

_TEXT = re.compile(r"<w:t(?: [^>]*)?>(.*?)</w:t>|<w:(br|tab)/>", re.DOTALL)
_FIRST_BOOKMARK = 900_000
"""Ids of our bookmarks begin here, above those that a template brings."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the contents."""

    level: int
    text: str
    bookmark: str
    page: int


def paragraph_text(xml: str) -> str:
    """The escaped text of a paragraph, breaks as blanks, without figure marks."""
    return unmark("".join(" " if m[2] else m[1] for m in _TEXT.finditer(xml)))[0].strip()


def add_contents(xml: str, levels: Mapping[str, int], entry_styles: Mapping[int, str], layout: Layout) -> str:
    """`xml` (word/document.xml) with bookmarked headings and the contents in the place that `CONTENTS` keeps.

    `levels` gives the contents level of heading styles by id, `entry_styles` the style id of entries by level.
    """
    if CONTENTS not in xml:
        return xml
    blocks = list(read_body(xml))
    found = [(b, text) for b in blocks if b.style in levels and (text := paragraph_text(b.xml))]
    pages = layout.pages(blocks, xml, len(found))
    headings = [
        (block, Entry(levels[block.style], text, f"_Toc{_FIRST_BOOKMARK + n}", pages[block.start]))
        for n, (block, text) in enumerate(found)
    ]
    contents = _field([entry for _, entry in headings], entry_styles)
    return _bookmarked(xml, headings).replace(CONTENTS, contents, 1)


def _bookmarked(xml: str, headings: Sequence[tuple[Block, Entry]]) -> str:
    out: list[str] = []
    at = 0
    for number, (block, entry) in enumerate(headings, _FIRST_BOOKMARK):
        inner = block.xml.find("</w:pPr>") + len("</w:pPr>")
        out += (
            xml[at : block.start], block.xml[:inner], f'<w:bookmarkStart w:id="{number}" w:name="{entry.bookmark}"/>',
            block.xml[inner : -len("</w:p>")], f'<w:bookmarkEnd w:id="{number}"/></w:p>',
        )  # fmt: skip
        at = block.end
    return "".join([*out, xml[at:]])


def _char(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def _instruction(text: str) -> str:
    return f'<w:r><w:instrText xml:space="preserve"> {text} </w:instrText></w:r>'


def _field(entries: list[Entry], styles: Mapping[int, str]) -> str:
    """The entries inside one TOC field, so that a person can update them by Word's own command."""
    opening = _char("begin") + _instruction('TOC \\o "1-2" \\h \\z \\u') + _char("separate")
    out = []
    for i, entry in enumerate(entries):
        reference = _char("begin") + _instruction(f"PAGEREF {entry.bookmark} \\h") + _char("separate")
        page = f"{reference}<w:r><w:t>{entry.page}</w:t></w:r>{_char('end')}"
        link = f'<w:r><w:t xml:space="preserve">{entry.text}</w:t></w:r><w:r><w:tab/></w:r>{page}'
        head = opening if i == 0 else ""
        tail = _char("end") if i == len(entries) - 1 else ""
        out.append(
            f'<w:p><w:pPr><w:pStyle w:val="{styles[entry.level]}"/></w:pPr>{head}'
            f'<w:hyperlink w:anchor="{entry.bookmark}" w:history="1">{link}</w:hyperlink>{tail}</w:p>'
        )
    return "".join(out)
