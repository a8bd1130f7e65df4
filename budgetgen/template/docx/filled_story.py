"""A story while it is filled: values as XML, grids that follow their rows, nothing left hollow, figure marks as places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree
from markupsafe import Markup

from budgetgen.expression import ASIDE, Trusted, unmark
from budgetgen.office.package import Damaged, parse_xml
from budgetgen.template.docx.word_xml import BREAK, NEW_PAGE, P, R, T, ancestor, break_text, drawing, w
from budgetgen.template.language.rendered import Blocks, ParagraphPlace, Passage, Picture, Printed, Runs
from budgetgen.template.language.script import is_same, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from budgetgen.expression import Environment
    from budgetgen.figures import Blank, Figure
    from budgetgen.template.charts import FilledChart

_PARAGRAPH_END, _PAGE_END = "\a", "\f"
_PARTING = (_PARAGRAPH_END, _PAGE_END)
_LATER = "\x05"
"""Stands on both sides of the number of something that is known when all is filled."""
EMPTIED = "\x10\x11\x12\x13"
"""Around a row or table, and around its cells or rows in it: without them all of it goes."""
FILLED = ("", "\x14", "\x15", "")
"""Around the content of a cell, header or text box: it gets an empty paragraph where there is none at its end."""
_EMPTY = "<w:p></w:p>"
_BLOCK_STARTS = ("<w:p>", "<w:p ", "<w:p/>", "<w:tbl>", "<w:tbl ", "<w:sdt>", "<w:bookmarkStart ", ASIDE)
_COLOUR = re.compile("#?([0-9A-Fa-f]{6})|auto|")
_MOST_COLUMNS = 63
"""What Word takes."""
_MOST_PARTINGS = 20_000
"""Each repeats the properties of its paragraph."""


_OPEN, _MIDDLE, _CLOSE = "\x01", "\x02", "\x03"
_PASSAGE, _FIGURE, _END = "passage", "figure", "end"
_TAB, _BR = w("tab"), w("br")
_Instruction = etree._ProcessingInstruction  # noqa: SLF001 - lxml has no other name for it


class Shell(NamedTuple):
    """What stands around text in the place of an output: up to its run, and from there to the text.

    `can_part`: the paragraph can be ended there and another of its kind begun.
    """

    paragraph: str
    run: str
    can_part: bool

    @property
    def parting(self) -> str:
        """The end of one paragraph and the beginning of the next. ValueError: it cannot end there."""
        if not self.can_part:
            raise ValueError("这里不能另起一段或另起一页（在链接里，或这一段带有分节符）")
        return f"</w:t></w:r></w:p>{self.paragraph}{self.run}"

    @property
    def turning(self) -> str:
        """The same with a page break between."""
        return f"</w:t></w:r></w:p>{NEW_PAGE}{self.parting.removeprefix('</w:t></w:r></w:p>')}"


class Column(NamedTuple):
    """The columns of a table that its template gives: the grid as XML, and their widths."""

    grid: str
    widths: tuple[int, ...]


class ShownChart(NamedTuple):
    """A chart in a filled part: by which relation it is drawn in the template, by which it is shown, and filled how."""

    drawn: str
    relation: str
    filled: FilledChart


class PlacedParts:
    """The pictures of one part, in the order of their numbers, and the charts that it shows, in its order.

    `fill(relation, number, names)` fills a chart for the number-th time, with the names that loops around it give; None
    for one that is shown as it is.
    """

    def __init__(self, fill: Callable[[str, int, Mapping[str, object]], FilledChart | None]) -> None:
        self._fill = fill
        self.pictures: list[Picture] = []
        self.charts: list[ShownChart] = []

    def place(self, picture: Picture) -> str:
        """The drawing that shows it."""
        self.pictures.append(picture)
        return drawing(picture, len(self.pictures), self.relation(len(self.pictures)))

    @staticmethod
    def relation(number: int) -> str:
        """The id of the relation to the picture with that number."""
        return f"rIdPicture{number}"

    def chart(self, drawn: str, names: Mapping[str, object]) -> str:
        """The id of the relation to a chart: its own the first time, another where it comes again."""
        number = sum(chart.drawn == drawn for chart in self.charts) + 1
        filled = self._fill(drawn, number, names)
        if filled is None:
            return drawn
        self.charts.append(ShownChart(drawn, drawn if number == 1 else f"{drawn}Chart{number}", filled))
        return self.charts[-1].relation


class Filling:
    """What the script of a story calls, for one namespace."""

    def __init__(
        self, shells: Sequence[Shell], columns: Sequence[Column], env: Environment, placed: PlacedParts
    ) -> None:
        self._shells, self._columns, self._env, self._placed = shells, columns, env, placed
        self._later: list[Callable[[], str]] = []
        self._tables: list[_Table] = []
        self._rows: dict[int, int] = {}
        self._above: dict[tuple[int, int], tuple[int, object]] = {}
        self._partings = 0
        ids = _Ids()
        calls: dict[str, Callable[..., object]] = {
            "_text": self.text, "_runs": self.runs, "_block": self.block, "_id": ids.number, "_span": _span,
            "_fill": _fill, "_anew": self._anew, "_below": self._below, "_merged": self._merged, "_table": self._table,
            "_table_end": self._table_end, "_row": self._row, "_cell": self._cell,
            "_chart": placed.chart,
        }  # fmt: skip
        self.names = {name: Trusted(call) for name, call in calls.items()}

    def text(self, shell: int, value: object) -> Markup:
        """`value` within a `w:t`: its line breaks, tabs, paragraphs and pages as documents have them."""
        return Markup(self._inside(value, self._shells[shell]))  # noqa: S704 - escaped there

    def runs(self, shell: int, value: object) -> Markup:
        """`value` as runs: as it is where it is some, else its text in the tag's own style."""
        around = self._shells[shell]
        if isinstance(value, Runs) or (isinstance(value, Markup) and value.startswith(("<w:r>", "<w:r "))):
            return Markup(_broken_runs(str(value), around))  # noqa: S704 - XML already
        text = self._inside(value, around)
        return Markup(f"{around.run}{text}</w:t></w:r>" if text else "")  # noqa: S704 - escaped there

    def block(self, shell: int, value: object) -> Markup:
        """`value` as blocks: as it is where it is some, else paragraphs of its text in the tag's own style."""
        if isinstance(value, (list, tuple)):
            return Markup("").join(self.block(shell, v) for v in value)
        around = self._shells[shell]
        if isinstance(value, Passage):
            return value.__html__()
        if isinstance(value, Markup) and (isinstance(value, Blocks) or value.lstrip().startswith(_BLOCK_STARTS)):
            return Markup(_broken_runs(str(value), around))  # noqa: S704 - XML already
        text = self._inside(value, around)
        self._part(text.count(BREAK))
        text = text.replace(BREAK, around.parting)
        return Markup(f"{around.paragraph}{around.run}{text}</w:t></w:r></w:p>" if text else "")  # noqa: S704 - escaped there

    def finished(self, xml: str) -> str:
        """The script's text with what is known only now, and nothing in it that is empty and may not be."""
        while _LATER in xml:
            pieces = xml.split(_LATER)
            pieces[1::2] = [self._later[int(i)]() for i in pieces[1::2]]
            xml = "".join(pieces)
        return _without_hollows(xml)

    def _inside(self, value: object, shell: Shell) -> str:
        if isinstance(value, Picture):
            return f'</w:t>{self._placed.place(value)}<w:t xml:space="preserve">'
        if isinstance(value, str) and any(c in value for c in _PARTING):
            self._part(sum(map(value.count, _PARTING)))
            pages = [[self._shown(p) for p in page.split(_PARAGRAPH_END)] for page in value.split(_PAGE_END)]
            return shell.turning.join(shell.parting.join(page) if len(page) > 1 else page[0] for page in pages)
        return self._shown(value)

    def _part(self, times: int) -> None:
        """ValueError: values have begun more paragraphs than any document has."""
        self._partings += times
        if self._partings > _MOST_PARTINGS:
            raise ValueError(f"另起的段、页太多（上限 {_MOST_PARTINGS}）")

    def _shown(self, value: object) -> str:
        return break_text(text_of(value, self._env))

    def _later_on(self, work: Callable[[], str]) -> Markup:
        self._later.append(work)
        return Markup(f"{_LATER}{len(self._later) - 1}{_LATER}")  # noqa: S704 - a mark of ours

    def _table(self, number: int) -> Markup:
        table = _Table(self._columns[number])
        self._tables.append(table)
        return self._later_on(table.grid)

    def _table_end(self) -> str:
        self._tables.pop()
        return ""

    def _row(self, outside: int) -> str:
        self._tables[-1].rows.append(outside)
        return ""

    def _cell(self, span: int, width: str) -> Markup:
        table = self._tables[-1]
        table.rows[-1] += span
        return self._later_on(lambda: table.width(span, width))

    def _anew(self, table: int) -> str:
        """A table begins: nothing in it is merged with what stood above."""
        self._rows[table] = 0
        self._above = {k: v for k, v in self._above.items() if k[0] != table}
        return ""

    def _below(self, table: int) -> str:
        """Another row of it begins."""
        self._rows[table] += 1
        return ""

    def _merged(self, table: int, column: int, value: object) -> bool:
        """Whether `value` begins a cell of its own: the cell above, in the row just before, has another one or none."""
        row, above = self._above.get((table, column), (-1, None))
        self._above[table, column] = self._rows[table], value
        return row != self._rows[table] - 1 or not is_same(above, value)


class _Table:
    """A table whose cells are counted while its rows are filled."""

    def __init__(self, given: Column) -> None:
        self._given = given
        self.rows: list[int] = []

    def _each(self) -> int:
        """How wide each column is where there are more or fewer than given; 0 where there are as many."""
        count = max(self.rows, default=0)
        return 0 if count in (0, len(self._given.widths)) else sum(self._given.widths) // count

    def grid(self) -> str:
        """The grid: as given, or as wide with other columns."""
        each = self._each()
        if not each:
            return self._given.grid
        column = f'<w:gridCol w:w="{each}"/>'
        return f"<w:tblGrid>{column * max(self.rows)}</w:tblGrid>"

    def width(self, span: int, given: str) -> str:
        """The width of a cell, `given` where the grid is as given."""
        each = self._each()
        return f'<w:tcW w:w="{each * span}" w:type="dxa"/>' if each else given


class _Ids:
    """Numbers for bookmarks and drawings: each new, the end of a bookmark the same as its start. Names: `甲`, `甲_2`."""

    def __init__(self) -> None:
        self._next = 0
        self._open: dict[str, int] = {}
        self._times: dict[str, int] = {}

    def number(self, kind: str, key: str) -> int | str:
        """What stands in the place of the template's `key`."""
        if kind == "name":
            times = self._times[key] = self._times.get(key, 0) + 1
            return f"{key}_{times}" if times > 1 else key
        if kind == "end":
            return self._open.get(key, 0)
        self._next += 1
        if kind == "start":
            self._open[key] = self._next
        return self._next


def _span(width: object, times: int = 1) -> int:
    """Columns of a cell, `times` of them as one. ValueError: no number of columns, or more than a table can have."""
    if not isinstance(width, int) or isinstance(width, bool) or width < 1:
        raise ValueError(f"占几栏要写 1 到 {_MOST_COLUMNS} 的整数，不是“{width}”")
    if width * times > _MOST_COLUMNS:
        raise ValueError(f"合并了 {width * times} 栏，Word 的表格最多 {_MOST_COLUMNS} 栏")
    return width * times


def _fill(colour: object) -> str:
    """A colour as documents write it. ValueError: none."""
    found = _COLOUR.fullmatch(str(colour))
    if not found:
        raise ValueError(f"底色要写六位的颜色，如 FFFF00，不是“{colour}”")
    return found[1] or "auto"


def _broken_runs(xml: str, shell: Shell) -> str:
    """Runs as XML with the line breaks, tabs, paragraphs and pages of their texts as documents have them."""
    if xml.isprintable():
        return xml
    out: list[str] = []
    for number, piece in enumerate(xml.split("<w:t")):
        if not number or not piece.startswith((">", " ")):
            out.append(piece if not number else f"<w:t{piece}")
            continue
        start, text, rest = piece.partition(">")[0], *piece.partition(">")[2].partition("</w:t>")[::2]
        if any(c in text for c in _PARTING):
            before = "".join(out)
            own = shell._replace(run=f'<w:r>{_properties(before, "w:r")}<w:t xml:space="preserve">')
            if "<w:p>" in before or "<w:p " in before:
                own = own._replace(paragraph=f"<w:p>{_properties(before, 'w:p')}", can_part=True)
            text = text.replace(_PARAGRAPH_END, own.parting).replace(_PAGE_END, own.turning)
        out.append(f"<w:t{start}>{break_text(text)}</w:t>{rest}")
    return "".join(out)


def _properties(xml: str, name: str) -> str:
    """The properties of the run or paragraph that is open at the end of `xml`."""
    inside = xml[max(xml.rfind(f"<{name}>"), xml.rfind(f"<{name} ")) :].partition(">")[2]
    end = f"</{name}Pr>"
    return inside.partition(end)[0] + end if inside.startswith(f"<{name}Pr>") else ""


def _without_hollows(xml: str) -> str:
    before, begin, end, after = tuple(EMPTIED)
    if before in xml:
        while (at := xml.find(begin + end)) >= 0:
            xml = xml[: xml.rfind(before, 0, at)] + xml[xml.index(after, at) + 1 :]
        for mark in EMPTIED:
            xml = xml.replace(mark, "")
    _, begin, end, _ = FILLED
    if begin in xml:
        xml = xml.replace(begin + end, _EMPTY).replace(f"</w:tbl>{end}", f"</w:tbl>{_EMPTY}")
        xml = xml.replace(begin, "").replace(end, "")
    return xml


def take_marks(
    xml: str, part: str, values: Sequence[Figure | Blank], aside: Sequence[object]
) -> tuple[list[str | Passage], list[Printed]]:
    """`xml` without figure marks and the passages laid aside, in turn, and the places of what both print.

    ValueError: a mark that is none of ours, or a passage within a text.
    """
    stretches = xml.split(ASIDE)
    passages = [_laid_aside(aside, number) for number in stretches[1::2]]
    story: list[str | Passage] = [unmark(stretches[0])[0]]
    for passage, stretch in zip(passages, stretches[2::2], strict=True):
        story += (passage, unmark(stretch)[0])
    for index in range(1, len(stretches), 2):
        stretches[index] = f"<?{_PASSAGE} {index // 2}?>"
    marked = "".join(stretches)
    for mark, instruction in ((_OPEN, f"<?{_FIGURE} "), (_MIDDLE, "?>"), (_CLOSE, f"<?{_END}?>")):
        marked = marked.replace(mark, instruction)
    try:
        return story, _Places(part, values, passages).found(parse_xml(marked.encode()))
    except (Damaged, UnicodeEncodeError, IndexError):
        raise ValueError("不可见的控制字符") from None


def _laid_aside(aside: Sequence[object], number: str) -> Passage:
    found = aside[int(number)] if number.isdigit() and int(number) < len(aside) else None
    if not isinstance(found, Passage):
        raise ValueError("不可见的控制字符")  # noqa: TRY004 - a faulty text, whatever it points to
    return found


class _Places:
    """Goes over a story whose marks are processing instructions: in which paragraph is each, and how far into its text."""

    def __init__(self, part: str, values: Sequence[Figure | Blank], passages: Sequence[Passage]) -> None:
        self._part, self._values, self._passages = part, values, passages
        self._printed: list[Printed] = []
        self._count = 0
        self._numbers: dict[etree._Element, int] = {}
        self._lengths: dict[etree._Element, int] = {}
        self._open: tuple[int, int] = (0, 0)
        self._text: list[str] = []

    def found(self, root: etree._Element) -> list[Printed]:
        """All that is printed, in order. ValueError: a passage within a text; IndexError: no such figure."""
        for element in root.iter(P, T, _TAB, _BR, etree.PI):
            if element.tag == P:
                self._numbers[element] = self._count
                self._count += 1
            elif element.tag == T:
                self._read(element)
            elif isinstance(element, _Instruction):
                self._placed(element)
            elif (run := element.getparent()) is not None and run.tag == R:
                self._pass_over("\t" if element.tag == _TAB else "\n", ancestor(element, P))
        return self._printed

    def _read(self, text: etree._Element) -> None:
        paragraph = ancestor(text, P)
        self._pass_over(text.text or "", paragraph)
        for mark in text:
            if paragraph is None or not isinstance(mark, _Instruction):
                continue
            if mark.target == _FIGURE:
                self._open = _number(mark.text), self._lengths.get(paragraph, 0)
                self._text = []
            elif mark.target == _END:
                number, start = self._open
                place = ParagraphPlace(self._part, self._numbers[paragraph], start, self._lengths.get(paragraph, 0))
                self._printed.append(Printed(place, self._values[number], "".join(self._text)))
            self._pass_over(mark.tail or "", paragraph)

    def _pass_over(self, text: str, paragraph: etree._Element | None) -> None:
        if paragraph is not None and text:
            self._lengths[paragraph] = self._lengths.get(paragraph, 0) + len(text)
            self._text.append(text)

    def _placed(self, mark: _Instruction) -> None:
        """A passage, whose places are counted from where it stands."""
        if mark.target != _PASSAGE:
            return
        holder = mark.getparent()
        if holder is not None and holder.tag == T:
            raise ValueError("说明和表要用 {{p … }} 放在一段里，前后不能有别的字")
        part, new = self._part, tuple.__new__  # as in worksheets: by their classes they take four times as long
        for item in self._passages[_number(mark.text)].items:
            at = self._count
            self._count += item.paragraphs
            self._printed += [
                new(Printed, (new(ParagraphPlace, (part, at + number, start, end)), value, text))
                for number, start, end, value, text in item.prints
            ]


def _number(text: str | None) -> int:
    """IndexError: it counts nothing."""
    if not text or not text.isdecimal():
        raise IndexError(text)
    return int(text)
