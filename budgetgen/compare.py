"""What differs between two inputs, two packets, or an input and a packet: figures by name, sentences word by word, tables by cell.

Both sides are read as lines (`verify/lines`): an input as the packet that it would make, a file as it stands. Figures are
held by their names where both sides know them (an input does, a file of ours by its marks), else by where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from budgetgen.check.rules import in_wan_yuan
from budgetgen.figures import Figure
from budgetgen.issues import Findings, Issue, Level, Rejected, Rule, SourceRef
from budgetgen.model.accounts import entry_path, values_in
from budgetgen.model.declarations import ListOf, Money, TableOf
from budgetgen.model.wording import path_words
from budgetgen.money import plain_text, round_half_up
from budgetgen.office.files import read_bytes
from budgetgen.office.package import DOCUMENT, Damaged
from budgetgen.pipeline import Examined, examine, file_names
from budgetgen.reading import YAML_SUFFIXES, is_form_file
from budgetgen.records import record
from budgetgen.verify.changes import Pair, Places, Standing, aligned, heaviest, named_lines
from budgetgen.verify.lines import WHOLE, Line, Spot, read_lines, sentences
from budgetgen.verify.marks import Mark
from budgetgen.verify.printed_lines import PrintedLine, printed_lines

if TYPE_CHECKING:
    from budgetgen.published.document import Table

_TOKENS = re.compile(r"\d[\d,.]*%?|[A-Za-z]+|\s+|.", re.DOTALL)
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?%?")
_CUT = re.compile(r"[\d,.%]+|增加|减少|增长|下降|上升|降低|持平")
_YEAR = re.compile(r".*年度")
_LEADERS = re.compile(r"[.．·…]{4,}")
"""The dots of a contents' line."""
_SUFFIXES = (".xlsx", ".docx")
_PLACES = 2
_JOINED = 0
"""The column of all that a row says, where its columns can't be told for certain."""
_MOST = 4000
"""Of stretches with more possible pairs than these, lines are not held against each other one by one."""
_ALIKE, _NAMED = 30, 100
"""So many hundredths of two lines' pairs of characters must be the same; what a figure of the same name counts."""
_SHOWN = 3


# --------------------------------------------------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class Placed:
    """A line with its figures; `where` names the line, or a spot of it, for people."""

    line: Line
    figures: Standing
    where: Callable[[Spot | None], str]

    @property
    def names(self) -> frozenset[str]:
        """The names of its figures."""
        return frozenset(mark.name for mark in self.figures.values())

    def shown(self, spot: Spot) -> str:
        """What stands at a spot, as people see it."""
        mark = self.figures.get(spot)
        return mark.text if mark else as_shown(self.line.shown(spot) or "")


@dataclass(frozen=True)
class Side:
    """One of the two: its lines by table (a sheet) or document; of an input also what it states and its figures."""

    title: str
    groups: Mapping[str, Sequence[Placed]]
    seen: Examined | None = None
    whole: bool = True

    @cached_property
    def figures(self) -> Mapping[str, Figure]:
        """Those that are printed, by their names; none of a file."""
        files = self.seen.packet.files.values() if self.seen and self.seen.packet else ()
        return {p.value.name: p.value for file in files for p in file.printed if isinstance(p.value, Figure)}


def read_side(path: Path, *, profile: str = "", templates: Sequence[Path] = (), kind: str = "") -> Side:
    """An input, a file of a packet, or the folder of one. Rejected: it can't be read, or no packet can be made of it."""
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.suffix.lower() in _SUFFIXES and not p.name.startswith("~$"))
        if not files:
            cause = f"“{path}”里没有 .xlsx、.docx 文件。"
            raise Rejected([Issue(Rule.UNREADABLE.code, Level.ERROR, cause, "写一套材料的文件夹，或数据文件。")])
        return Side(str(path), _merged(_of_file(p) for p in files))
    if path.suffix.lower() in YAML_SUFFIXES or is_form_file(path):
        return side_of(examine(path, profile=profile, templates=templates, kind=kind), str(path))
    return Side(str(path), _of_file(path), whole=False)


def side_of(seen: Examined, title: str) -> Side:
    """An input that was examined. Rejected: no packet can be made of it."""
    if seen.packet is None or seen.loaded is None:
        raise Rejected(seen.issues)
    names = file_names(seen.loaded.accounts, seen.packet.files, draft=False)
    groups = []
    for name, rendered in zip(names, seen.packet.files.values(), strict=True):
        printed = printed_lines(rendered)
        found = {
            group: [(line, _standing(then)) for line, then in zip(lines, printed[group], strict=True)]
            for group, lines in read_lines(rendered.data).items()
        }
        groups.append(_titled(name, rendered.data, found))
    return Side(title, _merged(groups), seen)


def _standing(line: PrintedLine) -> Standing:
    found = zip(line.form.names, line.form.spots, line.texts, strict=True)
    return {spot: Mark(name, spot, text) for name, spot, text in found if name}


def _of_published(path: Path) -> Mapping[str, Sequence[Placed]]:
    """A PDF, or a file of an old format, as it is read for an audit."""
    from budgetgen.published.document import read_published  # noqa: PLC0415 - few files are such

    document = read_published(path)
    lines: list[Placed] = []
    tables = list(document.tables)
    for paragraph in document.paragraphs:
        while tables and tables[0].after < paragraph.number:
            lines += _rows_of(tables.pop(0))
        where = (
            f"{paragraph.section or (f'第{paragraph.page}页' if paragraph.page else '')} 第{paragraph.number}段".strip()
        )
        for n, sentence in enumerate(sentences(_LEADERS.sub(" ", paragraph.lead + paragraph.text)), 1):
            lines.append(Placed(Line(DOCUMENT, paragraph.number, n, {0: sentence}), {}, lambda _, where=where: where))  # type: ignore[misc]
    lines += [row for table in tables for row in _rows_of(table)]
    return {_YEAR.sub("", path.stem): lines}


def _rows_of(table: Table) -> Iterator[Placed]:
    name = f"{f'第{table.page}页 ' if table.page else ''}第{table.number}个表格"
    for number, row in enumerate(table.rows, 1):
        texts = [cell.text for cell in row if cell.own and cell.text.strip()]
        if texts:
            where = f"{name} 第{number}行“{texts[0]}”"
            yield Placed(Line(DOCUMENT, number, 0, {_JOINED: " ".join(texts)}), {}, lambda _, where=where: where)  # type: ignore[misc]


def _of_file(path: Path) -> Mapping[str, Sequence[Placed]]:
    if path.suffix.lower() not in _SUFFIXES:
        return _of_published(path)
    findings = Findings()
    data = read_bytes(path, findings)
    findings.stop()
    try:
        return _titled(path.name, data, named_lines(data))
    except (Damaged, ValueError, LookupError) as e:
        cause = f"读不出来{f'：{e}' if isinstance(e, Damaged) else ''}。"
        mend = "核对是不是完好的 .xlsx、.docx 文件。"
        raise Rejected([Issue(Rule.FILE_KIND.code, Level.ERROR, cause, mend, place=SourceRef(path.name))]) from None


def _titled(
    name: str, data: bytes, groups: Mapping[str, Sequence[tuple[Line, Standing]]]
) -> Mapping[str, Sequence[Placed]]:
    """Sheets by their names, a document by its file's name without unit and year."""
    places = Places(data)
    title = _YEAR.sub("", Path(name).stem)

    def placed(line: Line, figures: Standing) -> Placed:
        return Placed(line, figures, lambda spot: places.of(line, spot))

    return {title if g == DOCUMENT else g: [placed(*each) for each in lines] for g, lines in groups.items()}


def _merged(files: Iterable[Mapping[str, Sequence[Placed]]]) -> Mapping[str, Sequence[Placed]]:
    groups: dict[str, Sequence[Placed]] = {}
    for file in files:
        for title, lines in file.items():
            groups[title] = [*groups.get(title, ()), *lines]
    return groups


def as_shown(text: str) -> str:
    """A number at the digits that are shown: a worksheet holds more."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    digits = -int(value.as_tuple().exponent) if value.is_finite() else 0
    return plain_text(round_half_up(value, _PLACES), strip_zeros=False) if digits > _PLACES else text


# ------------------------------------------------------------------------------------------------------- comparing


@record
class FigureChange:
    """A figure that is another: where it stands, both texts, and which values of the input made it so."""

    name: str
    where: str
    old: str
    new: str
    why: tuple[InputChange, ...] = ()


@record
class TextChange:
    """A sentence, or a cell, that is another; `old` or `new` is blank where it was added or taken away."""

    where: str
    old: str
    new: str

    def pieces(self) -> list[tuple[str, str]]:
        """Its words in order: `("", both)`, `("-", only before)`, `("+", only now)`."""
        old, new = _TOKENS.findall(self.old), _TOKENS.findall(self.new)
        found = []
        for kind, a0, a1, b0, b1 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if kind == "equal":
                found.append(("", "".join(old[a0:a1])))
            else:
                found += [
                    (sign, text) for sign, text in (("-", "".join(old[a0:a1])), ("+", "".join(new[b0:b1]))) if text
                ]
        return found


@record
class InputChange:
    """A value of the input that is another: in words of the form, where it stands, both as they are told."""

    words: str
    place: str
    old: str
    new: str


@dataclass(frozen=True)
class Difference:
    """All that differs. `missing`: tables and documents that only one side has."""

    old: str
    new: str
    figures: Sequence[FigureChange] = ()
    sentences: Sequence[TextChange] = ()
    cells: Sequence[TextChange] = ()
    inputs: Sequence[InputChange] = ()
    missing: Sequence[str] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.figures or self.sentences or self.cells or self.inputs or self.missing)


def compare(old: Side, new: Side) -> Difference:
    """Hold one side against the other."""
    inputs = _inputs(old, new)
    both, missing = _common(old, new)
    pairs = [pair for lines in both.values() for pair in _pairs(*lines)]
    sentences: list[TextChange] = []
    cells: list[TextChange] = []
    rows: list[TextChange] = []
    for pair in pairs:
        line = (pair[1] or pair[0]).line  # type: ignore[union-attr]
        found = sentences if line.sentence else cells if line.group != DOCUMENT else rows
        found += _changes(*pair)
    known = {(_plain(c.old), _plain(c.new)) for c in cells}
    return Difference(
        old.title,
        new.title,
        [replace(f, why=_why(f.name, old, new, inputs)) for f in _figures(both, pairs)],
        sentences,
        [*cells, *(c for c in rows if (_plain(c.old), _plain(c.new)) not in known)],
        list(inputs.values()),
        missing,
    )


def _common(old: Side, new: Side) -> tuple[dict[str, tuple[Sequence[Placed], Sequence[Placed]]], list[str]]:
    """What both have, under the new one's titles; and what only one has, where both are whole packets.

    The only document of each is the same one, whatever its file is called.
    """
    both = {title: (old.groups[title], lines) for title, lines in new.groups.items() if title in old.groups}
    only_old = [t for t in old.groups if t not in both]
    only_new = [t for t in new.groups if t not in both]
    texts = [[t for t in only if _is_text(side.groups[t])] for only, side in ((only_old, old), (only_new, new))]
    if [len(t) for t in texts] == [1, 1]:
        both[texts[1][0]] = old.groups[texts[0][0]], new.groups[texts[1][0]]
        only_old.remove(texts[0][0])
        only_new.remove(texts[1][0])
    both = dict(sorted(both.items(), key=lambda item: _is_text(item[1][1])))  # tables tell figures before sentences do
    missing = [f"“{t}”没有了" for t in only_old if new.whole] + [f"多了“{t}”" for t in only_new if old.whole]
    return both, missing


def _is_text(lines: Sequence[Placed]) -> bool:
    return bool(lines) and lines[0].line.group == DOCUMENT


Two = tuple[Placed | None, Placed | None]


def _pairs(old: Sequence[Placed], new: Sequence[Placed]) -> Iterator[Two]:
    """Lines that are the same one on both sides; a line that is on one side only, alone. All in the order of the new side."""
    named = any(p.figures for p in old) and any(p.figures for p in new)
    keys = [[p.line.words for p in side] for side in (old, new)]
    shapes = [[_shape(p, named=named) for p in side] for side in (old, new)]
    found = _between([], (0, len(old)), (0, len(new)), _equal(keys))
    found = _between(found, (0, len(old)), (0, len(new)), _equal(shapes))
    found = _between(found, (0, len(old)), (0, len(new)), lambda a, b: _alike(old[a], new[b]), likest=True)
    a = b = 0
    for i, j in [*found, (len(old), len(new))]:
        yield from ((p, None) for p in old[a:i])
        yield from ((None, p) for p in new[b:j])
        if i < len(old):
            yield old[i], new[j]
        a, b = i + 1, j + 1


def _equal(keys: Sequence[Sequence[str]]) -> Callable[[int, int], int]:
    return lambda a, b: keys[0][a] == keys[1][b]


def _between(
    found: Sequence[Pair], old: Pair, new: Pair, same: Callable[[int, int], int], *, likest: bool = False
) -> list[Pair]:
    """The pairs with more between them: those that are the `same`, or the `likest`."""
    pairs: list[Pair] = []
    (a, a1), (b, b1) = old, new
    for i, j in [*found, (a1, b1)]:
        count, other = i - a, j - b
        if likest and count * other > _MOST:
            more: list[Pair] = []
        elif likest:
            more = heaviest(count, other, lambda x, y, a=a, b=b: same(a + x, b + y))  # type: ignore[misc]
        else:
            more = aligned(count, other, lambda x, y, a=a, b=b: bool(same(a + x, b + y)))  # type: ignore[misc]
        pairs += [(a + x, b + y) for x, y in more]
        pairs.append((i, j))
        a, b = i + 1, j + 1
    return pairs[:-1]


def _shape(placed: Placed, *, named: bool) -> str:
    """What a line has in common with itself in another year: the names of its figures, or its words without numbers."""
    if named and placed.figures and not placed.line.sentence:
        return "\n".join(mark.name for mark in placed.figures.values())
    return _CUT.sub("#", placed.line.words)


def _alike(old: Placed, new: Placed) -> int:
    """How alike two lines are that are not the same in shape; 0 where they are others."""
    if bool(old.line.sentence) != bool(new.line.sentence):
        return 0
    one, other = ({w[n : n + 2] for n in range(len(w) - 1)} for w in (_CUT.sub("#", p.line.words) for p in (old, new)))
    same = 100 * len(one & other) // max(len(one | other), 1) + _NAMED * len(old.names & new.names)
    return same if same >= _ALIKE else 0


def _changes(old: Placed | None, new: Placed | None) -> Iterator[TextChange]:
    """What differs between two lines, cell by cell where they have the same columns."""
    there = new or old
    assert there is not None
    if old is None or new is None:
        text = " ".join(there.shown(Spot(column, WHOLE)) for column in there.line.cells)
        yield TextChange(there.where(None), text if new is None else "", text if old is None else "")
        return
    if not new.line.sentence and _JOINED in {*old.line.cells, *new.line.cells}:
        said = [" ".join(p.shown(Spot(column, WHOLE)) for column in p.line.cells) for p in (old, new)]
        if _plain(said[0]) != _plain(said[1]):
            yield TextChange(new.where(None), *said)
        return
    for column in sorted({*old.line.cells, *new.line.cells}):
        texts = [" ".join(p.shown(Spot(column, WHOLE)).split()) for p in (old, new)]
        if _plain(texts[0]) != _plain(texts[1]):
            spot = Spot(column, WHOLE) if not new.line.sentence else None
            yield TextChange(new.where(spot), *texts)


def _plain(text: str) -> str:
    """A number without what it is written with, anything else without blanks."""
    return _value(text) if _NUMBER.fullmatch(text) else "".join(text.split())


def _value(text: str) -> str:
    number = text.replace(",", "").rstrip("%")
    return number.rstrip("0").rstrip(".") if "." in number else number


Printed = tuple[str, Placed, Spot]


def _figures(
    both: Mapping[str, tuple[Sequence[Placed], Sequence[Placed]]], pairs: Iterable[Two]
) -> Iterator[FigureChange]:
    """Figures that both sides know by name; else those of the side that knows, where the other has the same line."""
    old = _printed(p for lines, _ in both.values() for p in lines)
    new = _printed(p for _, lines in both.values() for p in lines)
    if old and new:
        for name, now in new.items():
            if name in old and (texts := _differ(old[name], now)):
                yield FigureChange(name, now[0][1].where(now[0][2]), *texts)
        return
    told: set[str] = set()
    for a, b in pairs:
        if a is not None and b is not None and (a.line.sentence or _JOINED not in {*a.line.cells, *b.line.cells}):
            for spot, mark in (a.figures or b.figures).items():
                before, after = a.shown(spot), b.shown(spot)
                if mark.name not in told and _value(before) != _value(after):
                    told.add(mark.name)
                    yield FigureChange(mark.name, b.where(spot), before, after)


def _printed(lines: Iterable[Placed]) -> dict[str, list[Printed]]:
    """Name → every place and text."""
    found: dict[str, list[Printed]] = {}
    for placed in lines:
        for spot, mark in placed.figures.items():
            found.setdefault(mark.name, []).append((mark.text, placed, spot))
    return found


def _differ(old: Sequence[Printed], new: Sequence[Printed]) -> tuple[str, str] | None:
    """The texts of a figure where it is another: printed with as many digits, or else at all."""
    then, now = ({_decimals(text): text for text, _, _ in reversed(side)} for side in (old, new))
    digits = [d for d in now if d in then]
    texts = [(then[d], now[d]) for d in digits] or [(old[0][0], new[0][0])]
    return next(((a, b) for a, b in reversed(texts) if _value(a) != _value(b)), None)


def _decimals(text: str) -> int:
    return len(text.rstrip("%").partition(".")[2])


# ----------------------------------------------------------------------------------------------------- the inputs


def _inputs(old: Side, new: Side) -> dict[str, InputChange]:
    """Path → what both inputs state there, where that differs; nothing where one side is a packet."""
    if old.seen is None or new.seen is None:
        return {}
    then, now = _stated(old.seen), _stated(new.seen)
    found = {}
    for path in dict.fromkeys([*now, *then]):
        texts = then.get(path, ""), now.get(path, "")
        if texts[0] != texts[1]:
            loaded = (new if path in now else old).seen.loaded  # type: ignore[union-attr]
            found[path] = InputChange(path_words(path), str(loaded.place(path) or ""), *texts)  # type: ignore[union-attr]
    return found


def _stated(seen: Examined) -> dict[str, str]:
    """Path → what an input states there, as it is told."""
    assert seen.loaded is not None
    found: dict[str, str] = {}
    for held in values_in(seen.loaded.accounts):
        entries = held.value.items() if isinstance(held.value, Mapping) else [("", held.value)]
        for key, value in entries:
            path = entry_path(held.path, str(key)) if key else held.path
            money = isinstance(value, Decimal) and isinstance(_leaf(held.spec.shape), Money)
            found[path] = in_wan_yuan(value) if money else _said(value)  # type: ignore[arg-type]
    return found


def _leaf(shape: object) -> object:
    """The shape of the values of a table or a list."""
    while isinstance(shape, (TableOf, ListOf)):
        shape = shape.value if isinstance(shape, TableOf) else shape.item
    return shape


def _said(value: object) -> str:
    return {True: "是", False: "否"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _why(name: str, old: Side, new: Side, inputs: Mapping[str, InputChange]) -> tuple[InputChange, ...]:
    """The values of the inputs that differ and that a figure is made from."""
    paths = {leaf.path: None for side in (old, new) if name in side.figures for leaf in side.figures[name].leaves()}
    return tuple(inputs[path] for path in paths if path in inputs)
