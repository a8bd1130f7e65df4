"""What a hand has changed in a file since it was written, told from the marks in it: number by number, word of direction by word, line by line.

written   收入合计840.70万元，增加3.20万元。   ┐ paired, as the words around the marks are the same:
now       收入合计999.99万元，减少3.20万元。   ┘ 840.70 → 999.99, 增加 → 减少
written   支出合计840.70万元。                 no pair: taken away
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from enum import Enum

from budgetgen.office.cells import column_name
from budgetgen.office.package import BOOK, DOCUMENT, Damaged, Package
from budgetgen.records import record
from budgetgen.template import CellPlace
from budgetgen.verify import spots
from budgetgen.verify.lines import CHARTS, WHOLE, Line, Spot, chart_words, read_lines
from budgetgen.verify.marks import Mark, MarkedLine, digest_of, find_list, has_digest, marks_of, read_marks

_HALF = Decimal("0.5")
_MOST_EDITS = 1500
"""So many lines added and taken away are still told apart; of more, those in the middle count as all changed."""
_QUOTED, _SHOWN = 60, 3
_SEVERAL, _BEFORE, _AFTER = 2, 8, 2
"""Of so many numbers in a sentence one is told by the characters before and after it."""


class What(Enum):
    """What has happened to a place."""

    NUMBER = "数"
    DIRECTION = "增减"
    WORDS = "文字"
    ADDED = "增加"
    REMOVED = "删去"


@record
class Change:
    """One change: where, of which figure (by its name, where it is of one), what stood there and what stands there now."""

    what: What
    where: str
    name: str = ""
    then: str = ""
    now: str = ""

    def __str__(self) -> str:
        then, now = f"“{self.then}”", f"“{self.now}”" if self.now else "空白"
        match self.what:
            case What.WORDS:
                said = f"文字改过，现在是{now}"
            case What.ADDED:
                said = f"多了{now}"
            case What.REMOVED:
                said = f"少了一处，原有 {self.then}" if self.then else "少了一处（没有数字）"
            case _:
                said = f"{then if self.then else '空白'} 改成 {now}"
        return f"{self.where}：{said}"


class State(Enum):
    """What can be said of a file as a whole."""

    UNTOUCHED = "没有改动"
    RESAVED = "正文和表格没有改动，被另存过，或改过格式、页眉页脚、图"
    CHANGED = "有改动"
    LOST = "标记丢了，看不出有没有改过：它由不保留标记的程序另存过"
    UNMARKED = "没有标记，不能核对：不是本程序写的，或生成时用了 --no-marks"
    UNREADABLE = "读不出来"

    @property
    def known(self) -> bool:
        """Whether it can be told what was changed."""
        return self in (State.UNTOUCHED, State.RESAVED, State.CHANGED)


@record
class Verdict:
    """A file's state, and its changes in their order; `why` it can't be read."""

    state: State
    changes: tuple[Change, ...] = ()
    why: str = ""

    @property
    def words(self) -> str:
        """What was changed, in a few words."""
        if self.state is not State.CHANGED:
            return f"{self.state.value}{f'（{self.why}）' if self.why else ''}"
        more = f"等 {len(self.changes)} 处" if len(self.changes) > _SHOWN else ""
        return "、".join(map(str, self.changes[:_SHOWN])) + more


def verdict_of(data: bytes) -> Verdict:
    """What was changed in a file since it was written. Nothing raises."""
    try:
        return _verdict(data)
    except (Damaged, ValueError, LookupError) as e:
        return Verdict(State.UNREADABLE, why=str(e) if isinstance(e, Damaged) else "内容不完整")


def _verdict(data: bytes) -> Verdict:
    package = Package(data)
    if BOOK not in package and DOCUMENT not in package:
        raise Damaged("不是 Excel 工作簿（.xlsx），也不是 Word 文档（.docx）")
    root = find_list(package)
    if root is None:
        return Verdict(State.LOST if has_digest(package) else State.UNMARKED)
    if root.get("digest") == digest_of(package):
        return Verdict(State.UNTOUCHED)
    marks = marks_of(root)
    lines = read_lines(data)
    places = Places(data)
    changes: list[Change] = []
    for group, then in marks.groups.items():
        if group in lines:
            changes += Compared(then, lines[group]).changes(places)
        else:
            changes.append(Change(What.REMOVED, f"“{group}”", then="整张表"))
    changes += [Change(What.ADDED, f"“{g}”", now="整张表") for g in lines if g not in marks.groups]
    return Verdict(State.CHANGED if changes else State.RESAVED, tuple(changes))


Standing = Mapping[Spot, Mark]
"""Place in a line → the figure that stands there, with the text as it is shown now."""


def named_lines(data: bytes) -> Mapping[str, list[tuple[Line, Standing]]]:
    """The lines of a file as it is now, by sheet or part, with the figures that its marks tell to stand there.

    Damaged, ValueError, LookupError: it can't be read.
    """
    marks = read_marks(data)
    groups = read_lines(data)
    found: dict[str, list[tuple[Line, Standing]]] = {}
    for group, lines in groups.items():
        then = marks.groups.get(group, ()) if marks else ()
        names: dict[int, Standing] = {}
        for a, b in Compared(then, lines).pairs() if then else ():
            standing = ((m, spot, lines[b].shown(spot)) for m, spot in _found(then[a], lines[b]) if m.name and spot)
            names[b] = {s: m if shows(m, now) else Mark(m.name, s, now or "") for m, s, now in standing}
        found[group] = [(line, names.get(n, {})) for n, line in enumerate(lines)]
    return found


def figures_of(data: bytes) -> Mapping[str, str]:
    """Name → text as it stands now, with all its decimals where it is printed with fewer too; none where there are no marks.

    Damaged, ValueError, LookupError: it can't be read.
    """
    found: dict[str, str] = {}
    for lines in named_lines(data).values() if find_list(Package(data)) is not None else ():
        for mark in (m for _, standing in lines for m in standing.values()):
            known = found.get(mark.name, "")
            if not known or len(mark.text.partition(".")[2]) > len(known.partition(".")[2]):
                found[mark.name] = mark.text
    return found


# --------------------------------------------------------------------------------------------------------- pairing

Pair = tuple[int, int]
Same = Callable[[int, int], bool]
Weight = Callable[[int, int], int]


def aligned(count: int, other: int, same: Same) -> list[Pair]:
    """The longest run of pairs (one of `count`, one of `other`), both rising, that are the `same`."""
    start = 0
    while start < min(count, other) and same(start, start):
        start += 1
    end = 0
    while end < min(count, other) - start and same(count - 1 - end, other - 1 - end):
        end += 1
    middle = _shortest_edit(count - start - end, other - start - end, lambda a, b: same(a + start, b + start))
    head = [(n, n) for n in range(start)]
    tail = [(count - end + n, other - end + n) for n in range(end)]
    return [*head, *((a + start, b + start) for a, b in middle), *tail]


def _shortest_edit(count: int, other: int, same: Same) -> list[Pair]:
    """Myers, “An O(ND) Difference Algorithm” (1986): the pairs on the way with the fewest lines added and taken away."""
    if not count or not other:
        return []
    reach, ways = {1: 0}, []
    for edits in range(min(count + other, _MOST_EDITS) + 1):
        ways.append(dict(reach))
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
            a = reach[k + 1] if down else reach[k - 1] + 1
            while a < count and a - k < other and same(a, a - k):
                a += 1
            reach[k] = a
            if a >= count and a - k >= other:
                return _traced(ways, count, other)
    return []


def _traced(ways: Sequence[dict[int, int]], a: int, b: int) -> list[Pair]:
    pairs = []
    for edits in range(len(ways) - 1, -1, -1):
        reach, k = ways[edits], a - b
        down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
        above = k + 1 if down else k - 1
        a0 = reach[above]
        b0 = a0 - above
        while a > a0 and b > b0:
            a, b = a - 1, b - 1
            pairs.append((a, b))
        a, b = a0, b0
    return pairs[::-1]


# ------------------------------------------------------------------------------------------------------- comparing


class Compared:
    """The lines of one sheet, or of a document's body, as they were written and as they are now."""

    def __init__(self, then: Sequence[MarkedLine], now: Sequence[Line]) -> None:
        self._then, self._now = then, now
        self._known: dict[Pair, bool] = {}

    def changes(self, places: Places) -> Iterator[Change]:
        """What was changed, in the order of the file."""
        a = b = 0
        last: Line | None = None
        for pair in [*self.pairs(), (len(self._then), len(self._now))]:
            yield from (_removed(line, last, places) for line in self._then[a : pair[0]])
            yield from (_added(line, places) for line in self._now[b : pair[1]])
            a, b = pair[0] + 1, pair[1] + 1
            if pair[0] < len(self._then):
                last = self._now[pair[1]]
                if not self._same(*pair):
                    yield from _changed(self._then[pair[0]], last, places)

    def pairs(self) -> list[Pair]:
        """Each line that is still there, and where it is now."""
        found: list[Pair] = []
        a = b = 0
        same = aligned(len(self._then), len(self._now), self._same)
        for pair in [*same, (len(self._then), len(self._now))]:
            found += self._like((a, pair[0]), (b, pair[1]))
            found.append(pair)
            a, b = pair[0] + 1, pair[1] + 1
        return found[:-1]

    def _like(self, then: Pair, now: Pair) -> list[Pair]:
        """Pairs of changed lines, of those between two that are the same: the likest ones; the rest where they are as many."""
        (a, a1), (b, b1) = then, now
        if (a1 - a) * (b1 - b) > _MOST_EDITS:
            likest: list[Pair] = []
        else:
            likest = heaviest(a1 - a, b1 - b, lambda i, j: self._likeness(a + i, b + j))
        found: list[Pair] = []
        for i, j in [*((a + i, b + j) for i, j in likest), (a1, b1)]:
            if i - a == j - b:
                found += zip(range(a, i), range(b, j), strict=True)
            found.append((i, j))
            a, b = i + 1, j + 1
        return found[:-1]

    def _same(self, a: int, b: int) -> bool:
        if (a, b) not in self._known:
            then, line = self._then[a], self._now[b]
            self._known[a, b] = all(shows(m, line.shown(m.spot)) for m in then.marks) and then.still(line)
        return self._known[a, b]

    def _likeness(self, a: int, b: int) -> int:
        """How much of a line is still there: its words count as two figures."""
        then, line = self._then[a], self._now[b]
        kept = sum(1 for m, spot in _found(then, line) if m.text and shows(m, spot and line.shown(spot)))
        return kept + 2 * then.still(line)


def _changed(then: MarkedLine, line: Line, places: Places) -> Iterator[Change]:
    for mark, spot in _found(then, line):
        now = line.shown(spot) if spot else None
        if not shows(mark, now):
            what = What.NUMBER if mark.name else What.DIRECTION
            yield Change(what, places.of(line, spot or mark.spot), mark.name, mark.text, now or "")
    if not then.still(line):
        yield Change(What.WORDS, places.of(line), now=_cut(line.text))


def _added(line: Line, places: Places) -> Change:
    return Change(What.ADDED, places.of(line), now=_cut(line.text))


def _removed(then: MarkedLine, last: Line | None, places: Places) -> Change:
    where = f"{places.of(last)} 之后" if last else "开头"
    name = next((m.name for m in then.marks if m.name), "")
    return Change(What.REMOVED, where, name, "、".join(m.text for m in then.marks if m.text))


def heaviest(count: int, other: int, weight: Weight) -> list[Pair]:
    """Pairs, both rising, whose weights are the greatest sum; none of no weight."""
    best = [[0] * (other + 1) for _ in range(count + 1)]
    weights = [[weight(i, j) for j in range(other)] for i in range(count)]
    for i in range(count - 1, -1, -1):
        for j in range(other - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + weights[i][j])
    pairs, i, j = [], 0, 0
    while i < count and j < other:
        if weights[i][j] and best[i][j] == best[i + 1][j + 1] + weights[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _found(then: MarkedLine, line: Line) -> list[tuple[Mark, Spot | None]]:
    """Each mark with its place now. Where words with numbers were put in or taken out, numbers are found by what they say."""
    placed: list[tuple[Mark, Spot | None]] = [(m, m.spot) for m in then.marks]
    if then.still(line):
        return placed
    moved = _moved(then, line)
    kept, found = (sum(shows(m, s and line.shown(s)) for m, s in each) for each in (placed, moved))
    return moved if found > kept else placed


def _moved(then: MarkedLine, line: Line) -> list[tuple[Mark, Spot | None]]:
    """Each mark in a text with the number in the same cell that is its own; those that changed stand between those that did not."""
    moved: dict[Spot, Spot | None] = {m.spot: m.spot for m in then.marks if m.spot.token == WHOLE}
    for column in {m.spot.column for m in then.marks if m.spot.token != WHOLE}:
        marks = [m for m in then.marks if m.spot.column == column and m.spot.token != WHOLE]
        tokens = [t[0] for t in line.tokens(column)]
        matcher = SequenceMatcher(None, [m.text for m in marks], tokens, autojunk=False)
        for _, a0, a1, b0, b1 in matcher.get_opcodes():
            free = list(range(b0, b1))
            for mark in marks[a0:a1]:
                n = next((n for n in free if _kind(tokens[n]) == _kind(mark.text)), None)
                moved[mark.spot] = None if n is None else Spot(column, n)
                free = free if n is None else [f for f in free if f > n]
    return [(m, moved[m.spot]) for m in then.marks]


def _kind(token: str) -> tuple[bool, int]:
    """A number with so many decimals, or a word."""
    return token[-1].isdecimal(), len(token.partition(".")[2])


def shows(mark: Mark, now: str | None) -> bool:
    """Whether what stands there now is what was printed: the text, or in a worksheet the number that shows so."""
    if now is None:
        return not mark.text
    if now == mark.text or "".join(now.split()) == "".join(mark.text.split()):
        return True
    if mark.spot.token != WHOLE:
        return False
    try:
        held = Decimal(now)
        shown = Decimal(mark.text.replace(",", "").rstrip("%") or "0.00")
    except InvalidOperation:
        return False
    return any(
        abs(shown - h) <= _HALF.scaleb(int(shown.as_tuple().exponent))
        for h in (held, held * 100 if "%" in mark.text else held)
    )


def _cut(text: str) -> str:
    return text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…"


class Places:
    """Where lines of a file are, in the words of its tables and headings."""

    def __init__(self, data: bytes) -> None:
        self._spots, self._workbook = spots(data), BOOK in Package(data)

    def of(self, line: Line, spot: Spot | None = None) -> str:
        """A line, or what stands at a spot of it."""
        column = spot.column if spot else next(iter(line.cells), 0)
        if line.group == CHARTS:
            return chart_words(line, column)
        if self._workbook:
            named = self._spots.of(CellPlace(line.group, f"{column_name(column)}{line.at}"))
        else:
            named = self._spots.paragraph(line.group, line.paragraph_of(column))
        if line.sentence > 1:
            named = f"{named} 第{line.sentence}句"
        tokens = line.tokens(0) if line.sentence and spot is not None else ()
        if spot is None or len(tokens) < _SEVERAL or not 0 <= spot.token < len(tokens):
            return named
        token = tokens[spot.token]
        return f"{named}“…{line.cells[0][max(token.start() - _BEFORE, 0) : token.end() + _AFTER].strip()}…”"
