"""The pages of a document: where a heading falls, and 目录, which stands there when the file is opened.

Word updates page numbers only when asked (and asks on opening when a document demands it), so each entry carries the
page that the layout leads to: GB/T 9704 sets lines and characters a page, and they are counted as the styles set them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from typing import NamedTuple

from lxml import etree

from budgetgen.packet.body import Block, Contents, Rows, read_body
from budgetgen.records import record
from budgetgen.template import Paragraph, Passage, Table

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TWIPS_PER_POINT = 20
_SECTION = re.compile(r"<w:sectPr.*?</w:sectPr>", re.DOTALL)
_NUMBER = re.compile(r'w:(\w+)="(-?\d+)"')
_ENTITY = re.compile(r"&\w+;|&#\d+;")
_ROW_HEIGHT = 340
_TOGETHER, _UNSPLIT = 2, 3
"""Lines of a paragraph that no page break leaves alone, and the longest paragraph that it therefore leaves whole."""
LATIN_WIDTH, LATIN_GAP = 0.5, 0.25
"""Ems: digits and Latin letters in 仿宋, and the space that Word leaves between them and Chinese."""
_FEWEST, _WHOLE = 5, 10
"""Lines that a page has at least, and the longest paragraph that is kept whole for it."""
_KEEP_NEXT, _KEEP_LINES = "<w:keepNext/>", "<w:keepLines/>"
_CLOSING = "，。；：、）》”’！？"
_MARKS = _CLOSING + "（《“‘"
_LATIN = re.compile(r"([0-9A-Za-z.%+/-]+)")
_NAMED = re.compile(r"<w:p(?: [^>]*)?><w:pPr><w:pStyle [^>]*/>")
_FIRST_BOOKMARK = 900_000
"""Ids of our bookmarks begin here, above those that a template brings."""
_BOOKMARK = "\x00"


@record
class ParagraphStyle:
    """What of a style tells its height (twips) and where it may stand."""

    size: int = 210
    line: int = 312
    exact: bool = False
    before: int = 0
    after: int = 0
    indent: int = 0
    page_break: bool = False
    keep_next: bool = False

    @property
    def height(self) -> float:
        """The height of a line."""
        return self.line if self.exact else max(self.line, self.size * 1.3)


@dataclass(frozen=True, slots=True)
class Page:
    """A section's text area (twips) and how its pages begin and count."""

    width: int
    height: int
    starts_page: bool
    first_number: int | None


@dataclass
class Layout:
    """Counts pages by the styles of one document template."""

    styles: Mapping[str, ParagraphStyle]
    default: ParagraphStyle = field(default_factory=ParagraphStyle)
    contents_style: str = ""

    def flow(self, blocks: Sequence[Block | Rows | Contents], xml: str) -> Flow:
        """The blocks of word/document.xml as they run over its pages."""
        sections = _sections(xml)
        flow = Flow(sections[0][1], blocks, self.styles.get(self.contents_style, self.default))
        ends = iter(sections)
        end, page = next(ends)
        for number, block in enumerate(blocks):
            while block.place.start >= end and (section := next(ends, None)):
                end, page = section
                flow.sections.setdefault(number, []).append(page)
            if isinstance(block, Block):
                style = self.styles.get(block.style, self.default)
                flow.add(style, _lines(page, style, block), breaks=style.page_break or block.breaks_before)
            else:
                flow.add(self.default, (), breaks=False)
        return flow


def _lines(page: Page, style: ParagraphStyle, block: Block) -> list[int]:
    """The lines of a paragraph on each page; a picture is as high as so many of its lines."""
    width, indent = page.width / style.size, style.indent / style.size
    found = [
        line_count(_ENTITY.sub("&", text) if "&" in text else text, width, indent) + breaks
        for text, breaks in block.stretches
    ]
    if block.drawn:
        found[-1] += max(0, ceil(block.drawn / style.height) - 1)
    return found


class Flow:
    """Blocks over the pages of their sections: of each paragraph its style and its lines on each page; no lines of others."""

    def __init__(self, page: Page, blocks: Sequence[Block | Rows | Contents], contents: ParagraphStyle) -> None:
        """`page` is that of the first section, `contents` the style of a line of the contents."""
        self._page, self._blocks, self._contents = page, blocks, contents
        self.sections: dict[int, list[Page]] = {}
        """The pages of the sections that begin with a block."""
        self._styles: list[ParagraphStyle] = []
        self._lines: list[Sequence[int]] = []
        self._breaks: set[int] = set()

    def add(self, style: ParagraphStyle, lines: Sequence[int], *, breaks: bool) -> None:
        """The next block; one that `breaks` is a paragraph that begins a page."""
        if breaks:
            self._breaks.add(len(self._lines))
        self._styles.append(style)
        self._lines.append(lines)

    def pages(self, entries: int) -> list[int]:
        """The printed number of the page on which each block begins; 0 for those that are no paragraphs.

        `entries` is how many lines the contents will have.
        """
        count = _Count(self._page)
        numbers = [0] * len(self._blocks)
        for number, block in enumerate(self._blocks):
            for page in self.sections.get(number, ()):
                count.next_section(page)
            if number in self._breaks:
                count.new_page(begun=True)
            if isinstance(block, Block):
                numbers[number] = self._paragraph(count, number)
            elif isinstance(block, Contents):
                count.lines(self._contents, entries)
            else:
                if block.starts_page:
                    count.new_page()
                count.table(block.heights)
        return numbers

    def _paragraph(self, count: _Count, number: int) -> int:
        """Pass over a paragraph; the page of its first line."""
        style, lines, block = self._styles[number], self._lines[number], self._blocks[number]
        keep = self._kept(number) if style.keep_next else 0
        if isinstance(block, Block) and block.drawn:
            other = sum(lines) - max(1, ceil(block.drawn / style.height))
            return count.drawing(style, block.drawn + other * style.height, keep)
        begins = count.lines(style, lines[0], keep)
        for more in lines[1:]:
            count.new_page()
            count.lines(style, more, keep)
        return begins

    def _kept(self, number: int) -> float:
        """How much must stand under a heading or a picture: the headings below it, and the least of the text after them."""
        kept = 0.0
        while self._styles[number].keep_next and number + 1 < len(self._lines):
            number += 1
            if not self._lines[number]:
                return kept + _ROW_HEIGHT
            style, lines = self._styles[number], sum(self._lines[number])
            kept += style.height * (lines if style.keep_next or lines <= _UNSPLIT else _TOGETHER)
        return kept

    def ends(self) -> dict[int, str]:
        """The blocks at the end of a part that stay together lest a page hold less than five lines, and their properties for it."""
        kept: dict[int, str] = {}
        parted = {number for number, pages in self.sections.items() if any(page.starts_page for page in pages)}
        for end in sorted({*parted, *self._breaks, len(self._blocks)}):
            lines, number = 0, end
            while number and lines < _FEWEST and (number == end or number not in parted | self._breaks):
                number -= 1
                block, own = self._blocks[number], sum(self._lines[number])
                if not isinstance(block, Block):
                    break
                kept[number] = ("" if number == end - 1 else _KEEP_NEXT) + (_KEEP_LINES if own <= _WHOLE else "")
                lines += own if block.words else 0  # an empty one holds but the end of a section
        return {number: properties for number, properties in kept.items() if properties}


class _Count:
    """Where the pen is."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.number = page.first_number or 1
        self.used = 0.0
        self.begun = True
        """The page was begun on purpose, not because the one before is full: space above its first paragraph stays."""

    def new_page(self, *, begun: bool = False) -> None:
        if self.used:
            self.number += 1
            self.used = 0.0
        self.begun = begun

    def next_section(self, page: Page) -> None:
        self.page = page
        if page.starts_page:
            self.number = self.number + 1 if page.first_number is None else page.first_number
            self.used, self.begun = 0.0, True

    def lines(self, style: ParagraphStyle, count: int, keep: float = 0) -> int:
        """Add `count` lines and give the page of the first; `keep` twips more must follow on the same page.

        No line of several stands alone at a page's foot or head.
        """
        line = style.height
        before = style.before if self.used or self.begun else 0
        fitting = max(0, int((self.page.height - self.used - before) / line + 1e-6))
        if not self.used or self.used + before + count * line + keep <= self.page.height + 1:
            first = self.number
            self._fill(before, count, line)
        else:
            here = 0 if keep else min(fitting, count - 2)
            here = here if here > 1 else 0
            first = self.number if here else self.number + 1
            self.new_page()
            self._fill(0, count - here, line)
        self.used += style.after
        return first

    def drawing(self, style: ParagraphStyle, height: float, keep: float) -> int:
        """Add a picture or chart of `height`; `keep` twips must follow on the same page, whose number is given."""
        needed = max(height, style.height) + style.after
        if self.used and self.used + style.before + needed + keep > self.page.height:
            self.new_page()
        self.used += (style.before if self.used or self.begun else 0) + needed
        return self.number

    def _fill(self, before: float, count: int, line: float) -> None:
        self.used += before
        height = self.page.height + 1
        if self.used + count * line <= height:
            self.used += count * line
            return
        for _ in range(count):
            if self.used + line > height:
                self.new_page()
            self.used += line

    def table(self, heights: Sequence[int]) -> None:
        """Rows at their least height, which is what print-size rows take; no row is cut."""
        for height in heights:
            if self.used + (height or _ROW_HEIGHT) > self.page.height:
                self.new_page()
            self.used += height or _ROW_HEIGHT


@lru_cache(maxsize=4096)
def line_count(text: str, width: float, indent: float) -> int:
    """Lines that `text` takes at `width` ems with a first-line indent.

    As Word sets Chinese: numbers and Latin words stay whole, and a closing mark
    hangs in the margin rather than begin a line.
    """
    if indent + len(text) * (1 + LATIN_GAP) <= width:
        return 1
    lines, used, width = 1, indent, width + 1e-6
    for number, stretch in enumerate(_LATIN.split(text)):
        if number % 2:
            gap, size = LATIN_GAP if used else 0.0, len(stretch) * LATIN_WIDTH
            if used + gap + size > width:
                lines, used, gap = lines + 1, 0.0, 0.0
            used += gap + size
        elif stretch:
            gap = LATIN_GAP if number and used and stretch[0] not in _MARKS else 0.0
            more, used = _chinese_lines(stretch, width, used, gap)
            lines += more
    return lines


def _chinese_lines(text: str, width: float, used: float, gap: float) -> tuple[int, float]:
    """How many lines characters of one em begin, `used` being full of the first, and how full the last one is."""
    lines, at, count = 0, 0, len(text)
    while True:
        room = max(int(width - used - gap), 0)  # less than nothing where a closing mark hangs in the margin
        if room >= count - at:
            return lines, used + gap + count - at
        at, used, gap = at + room, used + room + (gap if room else 0.0), 0.0 if room else gap
        if text[at] in _CLOSING:
            used += gap + 1
        else:
            lines, used = lines + 1, 1.0
        at, gap = at + 1, 0.0
        if at == count:
            return lines, used


def _sections(xml: str) -> list[tuple[int, Page]]:
    """(end offset, page) of each section in order."""
    found = list(_SECTION.finditer(xml))
    pages = [(m.end(), _page(m[0])) for m in found]
    return pages or [(len(xml), Page(9000, 13000, starts_page=False, first_number=None))]


@lru_cache(maxsize=64)
def _page(xml: str) -> Page:
    numbers = {k: int(v) for k, v in _NUMBER.findall(re.sub(r"<w:(header|footer)Reference[^>]*/>", "", xml))}
    start = re.search(r'<w:pgNumType[^>]*w:start="(\d+)"', xml)
    size = {k: int(v) for k, v in _NUMBER.findall(m[0])} if (m := re.search(r"<w:pgSz[^>]*/>", xml)) else {}
    margin = {k: int(v) for k, v in _NUMBER.findall(m[0])} if (m := re.search(r"<w:pgMar[^>]*/>", xml)) else numbers
    return Page(
        size.get("w", 11906) - margin.get("left", 1588) - margin.get("right", 1474),
        size.get("h", 16838) - margin.get("top", 2098) - margin.get("bottom", 1984),
        starts_page='<w:type w:val="continuous"/>' not in xml,
        first_number=int(start[1]) if start else None,
    )


def widest_page(xml: str) -> Page:
    """Of the sections of word/document.xml."""
    return max((page for _, page in _sections(xml)), key=lambda page: page.width)


def read_styles(root: etree._Element) -> dict[str, ParagraphStyle]:
    """Paragraph styles by id, with what they inherit, from word/styles.xml."""
    elements = {e.get(f"{W}styleId"): e for e in root.iter(f"{W}style") if e.get(f"{W}type") == "paragraph"}
    defaults = root.find(f"{W}docDefaults")
    base = _merged(ParagraphStyle(), defaults) if defaults is not None else ParagraphStyle()

    def resolve(style_id: str | None, seen: tuple[str, ...] = ()) -> ParagraphStyle:
        element = elements.get(style_id)
        if element is None or style_id is None or style_id in seen:
            return base
        parent = element.find(f"{W}basedOn")
        inherited = resolve(parent.get(f"{W}val"), (*seen, style_id)) if parent is not None else base
        return _merged(inherited, element)

    return {k: resolve(k) for k in elements if k}


def _merged(style: ParagraphStyle, element: etree._Element) -> ParagraphStyle:
    """`style` with what `element` sets of its own."""

    def attribute(tag: str, name: str) -> str | None:
        found = element.find(f".//{W}{tag}")
        return None if found is None else found.get(f"{W}{name}")

    def number(tag: str, name: str, default: int) -> int:
        value = attribute(tag, name)
        return int(value) if value and value.lstrip("-").isdigit() else default

    def switched(tag: str, default: bool) -> bool:  # noqa: FBT001 - private
        found = element.find(f".//{W}{tag}")
        return default if found is None else found.get(f"{W}val") not in ("0", "false")

    half_points = number("sz", "val", style.size * 2 // TWIPS_PER_POINT)
    size = half_points * TWIPS_PER_POINT // 2
    chars = attribute("ind", "firstLineChars")
    indent = int(chars) * size // 100 if chars and chars.isdigit() else number("ind", "firstLine", style.indent)
    rule = attribute("spacing", "lineRule")
    line = number("spacing", "line", style.line)
    return ParagraphStyle(
        size=size,
        line=line if rule in ("exact", "atLeast") or rule is None else round(size * 1.3 * line / 240),
        exact=rule == "exact" if rule else style.exact,
        before=number("spacing", "before", style.before),
        after=number("spacing", "after", style.after),
        indent=indent,
        page_break=switched("pageBreakBefore", style.page_break),
        keep_next=switched("keepNext", style.keep_next),
    )


class ContentsLine(NamedTuple):
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


def lay_out(
    xml: str, aside: Sequence[object], levels: Mapping[str, int], entry_styles: Mapping[int, str], layout: Layout
) -> tuple[str, Sequence[object]]:
    """`xml` (word/document.xml) and what it has laid aside, the ends of its parts kept together and with the contents.

    `levels` gives the contents level of heading styles by id, `entry_styles` the style id of entries by level.
    """
    blocks = list(read_body(xml, aside))
    flow = layout.flow(blocks, xml)
    place = next((b.place.aside for b in blocks if isinstance(b, Contents)), -1)
    headings: dict[int, ContentsLine] = {}
    if place >= 0:
        found = [(n, b) for n, b in enumerate(blocks) if isinstance(b, Block) and b.style in levels and b.words]
        pages = flow.pages(len(found))
        for number, (index, block) in enumerate(found, _FIRST_BOOKMARK):
            headings[index] = ContentsLine(levels[block.style], block.words, number, pages[index])
    kept = flow.ends()
    paragraphs = ((n, blocks[n]) for n in sorted({*kept, *headings}))
    changed = [_Changed(b, kept.get(n, ""), headings.get(n)) for n, b in paragraphs if isinstance(b, Block)]
    passages = _changed_passages(aside, changed)
    if place >= 0:
        passages[place] = _field(list(headings.values()), entry_styles)
    return _changed_xml(xml, changed), passages


class _Changed(NamedTuple):
    """A paragraph that gets properties, or a bookmark for the contents."""

    block: Block
    kept: str
    entry: ContentsLine | None


def _changed_xml(xml: str, changed: Sequence[_Changed]) -> str:
    """The paragraphs that stand in the XML itself."""
    out: list[str] = []
    at = 0
    for paragraph in changed:
        if paragraph.block.item < 0:
            start, end, _ = paragraph.block.place
            inner = xml.find("</w:pPr>", start, end) + len("</w:pPr>")
            if inner < len("</w:pPr>"):  # a paragraph without properties has no style to be kept by
                continue
            named = _NAMED.match(xml, start, end)
            properties = named.end() if named else inner
            before, after = paragraph.entry.around if paragraph.entry else ("", "")
            out += (xml[at:properties], paragraph.kept if named else "", xml[properties:inner], before)
            out += (xml[inner : end - len("</w:p>")], after, "</w:p>")
            at = end
    return "".join([*out, xml[at:]])


def _changed_passages(aside: Sequence[object], changed: Sequence[_Changed]) -> list[object]:
    """What was laid aside, with the paragraphs that stand in passages."""
    found: dict[int, list[Paragraph | Table]] = {}
    for block, kept, entry in changed:
        passage = aside[block.place.aside] if block.item >= 0 else None
        if isinstance(passage, Passage):
            items = found.setdefault(block.place.aside, list(passage.items))
            item = items[block.item]
            assert isinstance(item, Paragraph)
            before, after = entry.around if entry else ("", "")
            runs = f"{before}{item.runs}{after}"
            items[block.item] = Paragraph(item.style, item.text, runs, item.prints, item.paragraphs, kept)
    return [Passage(found[n]) if n in found else thing for n, thing in enumerate(aside)]


def _char(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def _instruction(text: str) -> str:
    return f'<w:r><w:instrText xml:space="preserve"> {text} </w:instrText></w:r>'


_BEGIN, _SEPARATE, _END = _char("begin"), _char("separate"), _char("end")
_OPENING = _BEGIN + _instruction('TOC \\o "1-2" \\h \\z \\u') + _SEPARATE
_PAGE = _BEGIN + _instruction(f"PAGEREF {_BOOKMARK} \\h") + _SEPARATE


def _field(entries: list[ContentsLine], styles: Mapping[int, str]) -> Passage:
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
        out.append(Paragraph(styles[entry.level], f"{entry.text}\t{entry.page}", runs))
    return Passage(out)
