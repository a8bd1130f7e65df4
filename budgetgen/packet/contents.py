"""目录: the headings of a finished document as its contents, which stand there when the file is opened.

Word updates page numbers only when asked (and asks on opening when a document demands it), so each entry carries the
page that the layout leads to: GB/T 9704 sets lines and characters a page, which `pages.py` counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from budgetgen.packet.body import CONTENTS, Block, Contents, read_body
from budgetgen.packet.pages import Layout
from budgetgen.template import Paragraph, Passage

_FIRST_BOOKMARK = 900_000
"""Ids of our bookmarks begin here, above those that a template brings."""


class Entry(NamedTuple):
    """One line of the contents."""

    level: int
    text: str
    number: int
    page: int

    @property
    def bookmark(self) -> str:
        """The name of the heading's bookmark."""
        return f"_Toc{self.number}"

    @property
    def around(self) -> tuple[str, str]:
        """What stands before and after the runs of the heading."""
        start = f'<w:bookmarkStart w:id="{self.number}" w:name="{self.bookmark}"/>'
        return start, f'<w:bookmarkEnd w:id="{self.number}"/>'


def add_contents(
    xml: str, aside: Sequence[object], levels: Mapping[str, int], entry_styles: Mapping[int, str], layout: Layout
) -> tuple[str, Sequence[object]]:
    """`xml` (word/document.xml) and what it has laid aside, with bookmarked headings and the contents in their place.

    `levels` gives the contents level of heading styles by id, `entry_styles` the style id of entries by level.
    """
    if CONTENTS not in aside:
        return xml, aside
    blocks = list(read_body(xml, aside))
    found = [(n, b) for n, b in enumerate(blocks) if isinstance(b, Block) and b.style in levels and b.words]
    pages = layout.pages(blocks, xml, len(found))
    headings = [
        (block, Entry(levels[block.style], block.words, number, pages[index]))
        for number, (index, block) in enumerate(found, _FIRST_BOOKMARK)
    ]
    place = next((b.place.aside for b in blocks if isinstance(b, Contents)), aside.index(CONTENTS))
    contents = _field([entry for _, entry in headings], entry_styles)
    passages = _bookmarked_passages(aside, headings)
    return _bookmarked(xml, headings), [contents if n == place else p for n, p in enumerate(passages)]


def _bookmarked(xml: str, headings: Sequence[tuple[Block, Entry]]) -> str:
    """The headings that stand in the XML itself."""
    out: list[str] = []
    at = 0
    for block, entry in headings:
        if block.place.aside < 0:
            start, end = block.place.start, block.place.end
            inner = xml.find("</w:pPr>", start) + len("</w:pPr>")
            before, after = entry.around
            out += (xml[at:inner], before, xml[inner : end - len("</w:p>")], after, "</w:p>")
            at = end
    return "".join([*out, xml[at:]])


def _bookmarked_passages(aside: Sequence[object], headings: Sequence[tuple[Block, Entry]]) -> list[object]:
    """The headings that stand in passages."""
    entries: dict[int, dict[int, Entry]] = {}
    for block, entry in headings:
        if block.place.aside >= 0:
            entries.setdefault(block.place.aside, {})[block.place.item] = entry

    def changed(passage: object, own: Mapping[int, Entry]) -> object:
        if not isinstance(passage, Passage):
            return passage
        return passage.changed(lambda n, p: p.around(*own[n].around) if n in own else p)

    return [changed(p, entries[n]) if n in entries else p for n, p in enumerate(aside)]


def _char(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def _instruction(text: str) -> str:
    return f'<w:r><w:instrText xml:space="preserve"> {text} </w:instrText></w:r>'


_BEGIN, _SEPARATE, _END = _char("begin"), _char("separate"), _char("end")
_OPENING = _BEGIN + _instruction('TOC \\o "1-2" \\h \\z \\u') + _SEPARATE
_BOOKMARK = "\x00"
_PAGE = _BEGIN + _instruction(f"PAGEREF {_BOOKMARK} \\h") + _SEPARATE


def _field(entries: list[Entry], styles: Mapping[int, str]) -> Passage:
    """The entries inside one TOC field, so that a person can update them by Word's own command."""
    before, after = _PAGE.split(_BOOKMARK)
    out = []
    for i, entry in enumerate(entries):
        name = entry.bookmark
        page = f"{before}{name}{after}<w:r><w:t>{entry.page}</w:t></w:r>{_END}"
        link = f'<w:r><w:t xml:space="preserve">{entry.text}</w:t></w:r><w:r><w:tab/></w:r>{page}'
        head = _OPENING if i == 0 else ""
        tail = _END if i == len(entries) - 1 else ""
        runs = f'{head}<w:hyperlink w:anchor="{name}" w:history="1">{link}</w:hyperlink>{tail}'
        out.append(Paragraph(styles[entry.level], entry.text, runs))
    return Passage(out)
