"""A Word document as its reader sees it: paragraphs and tables in their order, wherever Word keeps them.

Text boxes stand behind the paragraph that holds them, notes behind the one that refers to them. Content controls, fields,
links and tracked insertions are read through; what is deleted, moved away or hidden is not there. A number that Word
counts by itself (一、) is told apart: it stands in no text of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from lxml import etree

from budgetgen.classification import numeral
from budgetgen.issues import SourceRef
from budgetgen.office.package import DOCUMENT, Damaged, Package
from budgetgen.published.grid import ABOVE, MAX_COLUMNS, MAX_ROWS, Cell, Grid, Mark, spread
from budgetgen.records import record

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_P, _TBL, _T, _R, _BOX = f"{_W}p", f"{_W}tbl", f"{_W}t", f"{_W}r", f"{_W}txbxContent"
_THROUGH = frozenset(
    (*(f"{_W}{n}" for n in ("sdt", "sdtContent", "customXml", "smartTag", "ins", "moveTo")), f"{_MC}AlternateContent", f"{_MC}Choice")
)  # fmt: skip
"""What stands around paragraphs, rows and cells without being one."""
_GONE = frozenset((*(f"{_W}{n}" for n in ("del", "moveFrom", "txbxContent")), f"{_MC}Fallback"))
"""What is inside of these is no text of the paragraph around it."""
_WORDS = {f"{_W}tab": " ", f"{_W}br": " ", f"{_W}cr": " ", f"{_W}ptab": " ", f"{_W}noBreakHyphen": "-"}
_OFF = ("0", "false", "off")
_NOTES = {f"{_W}footnoteReference": "word/footnotes.xml", f"{_W}endnoteReference": "word/endnotes.xml"}
_NUMBERING, _STYLES = "word/numbering.xml", "word/styles.xml"
_DEEP = 20


@record
class WordText:
    """One paragraph; `lead` is the number that Word prints before it by itself, `page` is 0 where the file doesn't tell."""

    text: str
    mark: Mark
    page: int = 0
    lead: str = ""


@record
class WordTable:
    """One table as it stands in the file."""

    element: etree._Element
    page: int = 0


def text_pieces(paragraph: etree._Element) -> list[tuple[etree._Element, str]]:
    """The nodes whose words make the text of a paragraph, in order, each with its words."""
    nodes = paragraph.iter(_T, *_WORDS)
    return [(n, n.text or "" if n.tag == _T else _WORDS[n.tag]) for n in nodes if _shown(n, paragraph)]


def _shown(node: etree._Element, paragraph: etree._Element) -> bool:
    """Whether a node of a paragraph is a text that is printed, in the paragraph and in no box inside of it."""
    run = node.getparent()
    if run is None or run.tag != _R:
        return False
    hidden = run.find(f"{_W}rPr/{_W}vanish")
    if hidden is not None and hidden.get(f"{_W}val") not in _OFF:
        return False
    above = run.getparent()
    while above is not None and above is not paragraph:
        if above.tag in _GONE or above.tag == _P:
            return False
        above = above.getparent()
    return True


def text_of(paragraph: etree._Element) -> str:
    """The text of a paragraph."""
    return "".join(words for _, words in text_pieces(paragraph))


def read_word(package: Package) -> Word:
    """An open document. Damaged: its body cannot be read."""
    return Word(package, package.root(DOCUMENT))


class Word:
    """The body of a document with what it refers to."""

    def __init__(self, package: Package, root: etree._Element) -> None:
        self._package, self._root = package, root
        self._file = package.file
        self._numbers = {p: n for n, p in enumerate(root.iter(_P))}
        self._cells = {c: n for n, c in enumerate(root.iter(f"{_W}tc"))}
        self._pages = _pages(root)
        self._counted = _read_numbering(package)
        self._notes: dict[str, Mapping[str, list[tuple[int, etree._Element]]]] = {}

    def blocks(self) -> Iterator[WordText | WordTable]:
        """Paragraphs and tables in their order."""
        body = self._root.find(f"{_W}body")
        if body is not None:
            yield from self._blocks(body, 0)

    def _blocks(self, holder: etree._Element, depth: int) -> Iterator[WordText | WordTable]:
        for block in _inside(holder, (_P, _TBL)):
            if block.tag == _P:
                yield from self._paragraph(block, depth)
            elif depth < _DEEP:
                yield from self._table(block, depth)

    def _paragraph(self, paragraph: etree._Element, depth: int) -> Iterator[WordText | WordTable]:
        lead = self._counted.number_of(paragraph)
        mark = Mark(DOCUMENT, self._numbers[paragraph])
        yield WordText(text_of(paragraph), mark, self._pages.get(paragraph, 0), lead)
        for node in paragraph.iter(_BOX, *_NOTES):
            if node.tag != _BOX:
                yield from self._note(_NOTES[node.tag], node.get(f"{_W}id", ""))
            elif depth < _DEEP and _outermost(node, paragraph):
                yield from self._blocks(node, depth + 1)

    def _table(self, table: etree._Element, depth: int) -> Iterator[WordText | WordTable]:
        """A table, then those inside of its cells; one that is but a frame around others is read through."""
        inner = [c for c in _cells_of(table) if next(_inside(c, (_TBL,)), None) is not None]
        if inner and len(list(islice(_cells_of(table), 2))) == 1:
            yield from self._blocks(inner[0], depth + 1)
            return
        yield WordTable(table, next((self._pages.get(p, 0) for p in table.iter(_P)), 0))
        for cell in inner:
            for other in _inside(cell, (_TBL,)):
                yield from self._table(other, depth + 1)

    def _note(self, part: str, number: str) -> Iterator[WordText]:
        if part not in self._notes:
            self._notes[part] = self._read_notes(part)
        for at, paragraph in self._notes[part].get(number, ()):
            yield WordText(text_of(paragraph), Mark(part, at))

    def _read_notes(self, part: str) -> Mapping[str, list[tuple[int, etree._Element]]]:
        root = _root(self._package, part)
        if root is None:
            return {}
        numbers = {p: n for n, p in enumerate(root.iter(_P))}
        return {str(note.get(f"{_W}id")): [(numbers[p], p) for p in note.iter(_P)] for note in root}

    def grid(self, table: etree._Element, number: int, above: Sequence[str]) -> Grid:
        """The cells of a table; the last of the paragraphs over it stand as its first rows."""
        name = f"第{number}个表格"
        place = SourceRef(self._file, cell=name)
        rows: list[list[Cell]] = []
        merges: list[tuple[int, int, int, int]] = []
        open_merges: dict[int, tuple[int, int, int, int]] = {}
        for r, row in enumerate(islice(_rows_of(table), MAX_ROWS)):
            blank = SourceRef(self._file, cell=f"{name}第{r + 1}行第1列")
            cells = [Cell("", blank)] * _count(row, f"{_W}trPr/{_W}gridBefore", least=0)
            for cell in _inside(row, (f"{_W}tc",)):
                left, span = len(cells), _count(cell, f"{_W}tcPr/{_W}gridSpan", least=1)
                at = SourceRef(self._file, cell=f"{name}第{r + 1}行第{left + 1}列")
                mark = Mark(DOCUMENT, self._cells[cell])
                cells += [Cell(_cell_text(cell), at, mark=mark)] + [Cell("", at, mark=mark)] * (span - 1)
                _merge(cell, (r, left, r, left + span - 1), open_merges, merges)
            rows.append(cells[:MAX_COLUMNS])
        merges += open_merges.values()
        width = max([len(row) for row in rows] + [1])
        for line in rows:
            line.extend([Cell("", place)] * (width - len(line)))
        for merge in merges:
            spread(rows, *merge)
        lead = [[Cell(text, place), *[Cell("", place)] * (width - 1)] for text in above[-ABOVE:]]
        return Grid(name, place, lead + rows, above=len(lead))


def read_tables(package: Package) -> tuple[list[Grid], list[str], list[str]]:
    """The tables of a document in order, the paragraphs before the first one (the cover), and all paragraphs.

    The paragraphs over a table (its title, its unit line) stand as its first rows. Among all paragraphs, which have the
    numbers that Word counts before them, a blank one stands for each table.
    """
    word = read_word(package)
    grids: list[Grid] = []
    above: list[str] = []
    cover: list[str] = []
    texts: list[str] = []
    for block in word.blocks():
        if isinstance(block, WordTable):
            texts.append("")
            grids.append(word.grid(block.element, len(grids) + 1, above))
            above = []
        elif text := block.text.strip():
            texts.append(block.lead + text)
            above.append(text)
            if not grids:
                cover.append(text)
    return grids, cover, texts


# ------------------------------------------------------------------------------------------------ XML


def _inside(holder: etree._Element, wanted: tuple[str, ...]) -> Iterator[etree._Element]:
    """The elements of these kinds in `holder`, through what only stands around them."""
    for child in holder:
        if child.tag in wanted:
            yield child
        elif child.tag in _THROUGH:
            yield from _inside(child, wanted)


def _rows_of(table: etree._Element) -> Iterator[etree._Element]:
    """The rows that are not deleted."""
    return (row for row in _inside(table, (f"{_W}tr",)) if row.find(f"{_W}trPr/{_W}del") is None)


def _cells_of(table: etree._Element) -> Iterator[etree._Element]:
    return (cell for row in _rows_of(table) for cell in _inside(row, (f"{_W}tc",)))


def _cell_text(cell: etree._Element) -> str:
    """The texts of a cell's paragraphs and of the boxes in them, joined by blanks; not of tables inside of it."""
    texts = (text_of(p) for own in _inside(cell, (_P,)) for p in own.iter(_P) if _in_no_fallback(p, own))
    return " ".join(text for t in texts if (text := t.strip()))


def _in_no_fallback(paragraph: etree._Element, own: etree._Element) -> bool:
    return paragraph is own or all(a.tag != f"{_MC}Fallback" for a in paragraph.iterancestors())


def _outermost(box: etree._Element, paragraph: etree._Element) -> bool:
    """Whether a text box stands in the paragraph itself, and not once more for old programs."""
    for above in box.iterancestors():
        if above is paragraph:
            return True
        if above.tag in _GONE:
            return False
    return False


def _count(element: etree._Element, path: str, *, least: int) -> int:
    mark = element.find(path)
    value = str(mark.get(f"{_W}val")) if mark is not None else ""
    return int(value) if value.isascii() and value.isdigit() and least <= int(value) <= MAX_COLUMNS else least


def _merge(
    cell: etree._Element,
    area: tuple[int, int, int, int],
    open_merges: dict[int, tuple[int, int, int, int]],
    merges: list[tuple[int, int, int, int]],
) -> None:
    """Keep a merge to the right, and grow or begin one downwards (`vMerge`)."""
    top, left, bottom, right = area
    mark = cell.find(f"{_W}tcPr/{_W}vMerge")
    running = open_merges.get(left)
    if mark is not None and mark.get(f"{_W}val") != "restart" and running is not None:
        open_merges[left] = (running[0], left, bottom, max(running[3], right))
        return
    if running is not None:
        merges.append(open_merges.pop(left))
    if mark is not None:
        open_merges[left] = area
    elif right > left:
        merges.append((top, left, bottom, right))


def _pages(root: etree._Element) -> dict[etree._Element, int]:
    """The page of each paragraph by where Word broke pages when it last showed the file; empty where it never did."""
    pages: dict[etree._Element, int] = {}
    page, last, broken = 1, None, False
    for element in root.iter(_P, _T, f"{_W}lastRenderedPageBreak"):
        if element.tag == _P:
            pages[element], last = page, element
        elif element.tag == _T:
            last = None
        else:
            page, broken = page + 1, True
            if last is not None:
                pages[last] = page
    return pages if broken else {}


def _root(package: Package, part: str) -> etree._Element | None:
    """The root of a part that a document can do without."""
    try:
        return package.root(part) if part in package else None
    except Damaged:
        return None


# ------------------------------------------------------------------------------------------------ numbers that Word counts


_CHINESE = ("chineseCounting", "chineseCountingThousand", "japaneseCounting", "ideographDigital", "taiwaneseCounting",
            "taiwaneseCountingThousand", "japaneseDigitalTenThousand", "taiwaneseDigital")  # fmt: skip
_PLAIN = ("decimal", "decimalZero", "decimalFullWidth", "decimalFullWidth2", "decimalHalfWidth")
_CIRCLED = ("decimalEnclosedCircle", "decimalEnclosedCircleChinese")
_MOST, _HUNDRED = 400, 100


@record
class _Level:
    format: str
    text: str
    start: int


@dataclass
class _Numbering:
    """What Word counts: lists by number, styles that belong to lists, and how far each has come."""

    lists: Mapping[str, tuple[str, Mapping[int, _Level]]] = field(default_factory=dict)
    styles: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    _come: dict[str, dict[int, int]] = field(default_factory=dict)

    def number_of(self, paragraph: etree._Element) -> str:
        """The number that stands before a paragraph, counted on; blank where there is none. To be asked in order."""
        properties = paragraph.find(f"{_W}pPr")
        at = None if properties is None or not self.lists else self._place(properties)
        if at is None or at[0] not in self.lists:
            return ""
        name, levels = self.lists[at[0]]
        level = levels.get(at[1])
        if level is None:
            return ""
        come = self._come.setdefault(name, {})
        come[at[1]] = min(come.get(at[1], level.start - 1) + 1, _MOST)
        for deeper in [n for n in come if n > at[1]]:
            del come[deeper]

        def counted(found: re.Match[str]) -> str:
            own = int(found[1]) - 1
            used = levels.get(own)
            return _written(come.get(own, used.start), used.format) if used else ""

        return re.sub(r"%(\d)", counted, level.text) if level.format not in ("bullet", "none") else ""

    def _place(self, properties: etree._Element) -> tuple[str, int] | None:
        style = properties.find(f"{_W}pStyle")
        number, depth = self.styles.get(str(style.get(f"{_W}val")) if style is not None else "", ("", 0))
        own = properties.find(f"{_W}numPr")
        if own is not None:
            number = _value(own, "numId") or number
            depth = _whole(_value(own, "ilvl"), depth)
        return (number, depth) if number and number != "0" else None


def _written(number: int, kind: str) -> str:
    if kind in _CHINESE and number < _HUNDRED:
        return numeral(number)
    if kind in _PLAIN:
        return f"{number:02}" if kind == "decimalZero" else str(number)
    if kind in _CIRCLED and 0 < number <= 20:  # noqa: PLR2004 - so many have a character
        return chr(0x245F + number)
    if kind in ("upperLetter", "lowerLetter"):
        letter = chr(ord("A") + (number - 1) % 26)
        return letter if kind == "upperLetter" else letter.lower()
    return str(number)


def _value(element: etree._Element, name: str) -> str:
    found = element.find(f"{_W}{name}")
    return str(found.get(f"{_W}val", "")) if found is not None else ""


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(MAX_ROWS)) else otherwise


def _read_numbering(package: Package) -> _Numbering:
    root = _root(package, _NUMBERING)
    if root is None:
        return _Numbering()
    kinds: dict[str, dict[int, _Level]] = {}
    for kind in root.iter(f"{_W}abstractNum"):
        kinds[str(kind.get(f"{_W}abstractNumId"))] = {
            _whole(str(lvl.get(f"{_W}ilvl")), 0): _Level(
                _value(lvl, "numFmt") or "decimal", _value(lvl, "lvlText"), _whole(_value(lvl, "start"), 1)
            )
            for lvl in kind.iter(f"{_W}lvl")
        }
    lists: dict[str, tuple[str, Mapping[int, _Level]]] = {}
    for own in root.iter(f"{_W}num"):
        number, kind_id = str(own.get(f"{_W}numId")), _value(own, "abstractNumId")
        restarts = own.find(f"{_W}lvlOverride") is not None
        lists[number] = (f"{kind_id}/{number}" if restarts else kind_id, kinds.get(kind_id, {}))
    return _Numbering(lists, _numbered_styles(package))


def _numbered_styles(package: Package) -> Mapping[str, tuple[str, int]]:
    """The styles whose paragraphs are numbered: list and level; one that is based on another is as that one."""
    root = _root(package, _STYLES)
    if root is None:
        return {}
    own: dict[str, tuple[str, int]] = {}
    based: dict[str, str] = {}
    for style in root.iter(f"{_W}style"):
        name = str(style.get(f"{_W}styleId"))
        based[name] = _value(style, "basedOn")
        listed = style.find(f"{_W}pPr/{_W}numPr")
        if listed is not None:
            own[name] = (_value(listed, "numId"), _whole(_value(listed, "ilvl"), 0))
    for name, direct in based.items():
        above, steps = direct, 0
        while name not in own and above and steps < _DEEP:
            if above in own:
                own[name] = own[above]
            above, steps = based.get(above, ""), steps + 1
    return own
