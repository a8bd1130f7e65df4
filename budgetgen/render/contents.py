"""目录: the headings of a finished document as its contents, which stand there when the file is opened.

Word updates page numbers only when asked (and asks on opening when a document demands it), so each entry carries the
page that the layout leads to: GB/T 9704 sets lines and characters a page, which `pages.py` counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from budgetgen.expression import unmark
from budgetgen.render.pages import Layout

PLACEHOLDER = "<!--目录-->"
_PARAGRAPH = re.compile(r"<w:p(?: [^>]*)?>.*?</w:p>", re.DOTALL)
_STYLE = re.compile(r'<w:pStyle w:val="([^"]*)"/>')
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
    """`xml` (word/document.xml) with bookmarked headings and the contents in place of `PLACEHOLDER`.

    `levels` gives the contents level of heading styles by id, `entry_styles` the style id of entries by level.
    """
    if PLACEHOLDER not in xml:
        return xml
    entries: list[Entry] = []
    headings: list[tuple[int, int, str]] = []
    for found in _PARAGRAPH.finditer(xml):
        style = _STYLE.search(found[0])
        level = levels.get(style[1]) if style else None
        text = paragraph_text(found[0]) if level else ""
        if level and text:
            headings.append((*found.span(), text))
            entries.append(Entry(level, text, f"_Toc{_FIRST_BOOKMARK + len(entries)}", 0))
    pages = layout.pages(xml, [start for start, _, _ in headings], len(entries))
    numbered = [Entry(e.level, e.text, e.bookmark, p) for e, p in zip(entries, pages, strict=True)]
    return _bookmarked(xml, headings, numbered).replace(PLACEHOLDER, _field(numbered, entry_styles), 1)


def _bookmarked(xml: str, headings: list[tuple[int, int, str]], entries: list[Entry]) -> str:
    out: list[str] = []
    at = 0
    for number, ((start, end, _), entry) in enumerate(zip(headings, entries, strict=True)):
        paragraph = xml[start:end]
        inner = paragraph.find("</w:pPr>") + len("</w:pPr>")
        mark = _FIRST_BOOKMARK + number
        out += (
            xml[at:start], paragraph[:inner], f'<w:bookmarkStart w:id="{mark}" w:name="{entry.bookmark}"/>',
            paragraph[inner : -len("</w:p>")], f'<w:bookmarkEnd w:id="{mark}"/></w:p>',
        )  # fmt: skip
        at = end
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
