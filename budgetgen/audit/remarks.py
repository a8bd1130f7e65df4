"""What is said of a finding beside the published file and in reports: at which words exactly, and in which words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from budgetgen.audit.relations import NOTE, SCOPE, Finding, Side
from budgetgen.audit.shared_rules import rules_shipped
from budgetgen.audit.stated import BLANK
from budgetgen.inversion.plain import Plain, plain
from budgetgen.issues import REGISTER, Issue, Level, SourceRef
from budgetgen.published.document import Published, Table
from budgetgen.published.grid import Mark
from budgetgen.records import record

_BOTH, SHOWN = 2, 4
"""So many places are quoted; the others are named."""
_NOT_THERE = {BLANK: "这里空着", "缺行": "少一行", "缺表": "少一张表", "漏列": "漏了"}
"""What a finding states of words that do not stand there, as a sentence tells it."""
_WHAT_TO_DO = re.compile(r"[补填]上|删去|改|与“[^”]*”同一|两个科目")
"""How an `expected` begins that is no amount and no word, but what is to be done."""

_LEVELS = {"错误": Level.ERROR, "疑点": Level.WARNING, "提示": Level.NOTE, "口径": Level.NOTE}
_NUMBERED, _HEAD = re.compile(r"公开\s*0?(\d{1,2})\s*表"), 4
_VALUE = re.compile(r"-?[\d,]+(?:\.\d+)?%?")


@record
class Place:
    """Where words stand: the file, the mark of their paragraph or cell, the first character, and the one after the last."""

    file: str
    mark: Mark
    start: int
    end: int
    in_cell: bool


@record
class Remark:
    """Lines of text for a place; `level` is the finding's."""

    place: Place
    level: str
    lines: tuple[str, ...]


def remarks(document: Published, findings: Iterable[Finding]) -> list[Remark]:
    """One remark for each finding at what is wrong, and one at each place that has the same fault.

    Where two places are held against each other, and nothing tells which of them is wrong, there is one at either.
    """
    return [remark for finding in findings for remark in _of_one(document, finding)]


def _of_one(document: Published, finding: Finding) -> Iterator[Remark]:
    sides = sides_of(document, finding)
    first = _place(document, sides[0]) if sides else None
    if first is None:
        return
    yield Remark(first, finding.level, tuple(lines_of(finding, sides)))
    same = [s for s in sides if s.text == finding.stated]
    head = head_of(finding)
    for n, side in enumerate(same[1:], start=2):
        if (place := _place(document, side)) is not None:
            yield Remark(place, finding.level, (head, f"同一问题共 {len(same)} 处，这是第 {n} 处：{sentence(finding)}"))
    if len(sides) == _BOTH and len(same) < _BOTH and (place := _place(document, sides[1])) is not None:
        other = sides[0]
        told = f"与另一处不符：{other.where}写的是“{other.text}”（“{other.quote}”）。哪一处错，请核对。"
        yield Remark(place, finding.level, (head, told))


def sides_of(document: Published, finding: Finding) -> list[Side]:
    """The places of a finding, each paragraph and row once; those that it tells only by their words are looked for."""
    sides = list(finding.sides) or list(_looked_for(document, finding))
    seen: set[tuple[object, ...]] = set()
    found: list[Side] = []
    for side in sides:
        key = (*side.spot[:2], side.text == finding.stated and side.spot[2])
        if key not in seen and (not found or side.spot[:2] != found[0].spot[:2] or side.text == finding.stated):
            found.append(side)
        seen.add(key)
    return found


def head_of(finding: Finding) -> str:
    """The level and what the rule wants: 【错误】占比由两个数算得出（AUDIT-013）."""
    return f"【{finding.level}】{wants(finding.rule)}（{finding.rule}）"


def wants(rule: str) -> str:
    """What a rule wants, in words: of the audit's own, or of the rulebook's."""
    known = REGISTER.get(rule)
    return known.title if known else next((w.title for i, w in rules_shipped().items() if i == rule), "")


def sentence(finding: Finding) -> str:
    """What is written and what it should be; of what may be right, what it is held against."""
    expected = finding.expected.rstrip("。")
    stated = _NOT_THERE.get(finding.stated, f"写的是“{finding.stated}”")
    if finding.level == SCOPE:
        return f"{stated}，另一处是 {expected}：范围可能不同，各自可能都对，看清说的是哪个数。"
    if finding.level == NOTE:
        return f"{stated}，算出来是 {expected}：可能只是尾数或写法。"
    return f"{stated}，应当{'' if _WHAT_TO_DO.match(expected) else '是 '}{expected}。"


def lines_of(finding: Finding, sides: Sequence[Side]) -> Iterator[str]:
    """A finding in words that can be forwarded: what is written, what it should be, why, what else follows."""
    yield head_of(finding)
    yield sentence(finding)
    for side in sides[1:SHOWN]:
        if side.text != finding.stated:
            yield f"对照 {side.where}：“{side.quote}”" if side.where else f"对照：“{side.quote}”"
    yield from follow(finding, sides)


def follow(finding: Finding, sides: Sequence[Side]) -> Iterator[str]:
    """What else follows: the places that all say what should stand here, in one line, and what the same cause breaks."""
    told = {side.where for side in sides}
    if more := list(dict.fromkeys(side.where for side in sides[SHOWN:])):
        yield f"还有 {len(more)} 处：{'、'.join(more)}"
    rest = [other for other in finding.also if other["where"] not in told]
    value = _VALUE.match(finding.expected)
    alike = [str(o["where"]) for o in rest if value and o["stated"] == value[0]]
    if alike:
        yield f"别处也是 {value[0] if value else ''}：{'、'.join(dict.fromkeys(alike))}"
    for other in rest:
        if not value or other["stated"] != value[0]:
            stated = _NOT_THERE.get(str(other["stated"]), f"写的是“{other['stated']}”")
            expected = str(other["expected"])
            yield f"同一原因 {other['where']}：{stated}，照它这里应当{'' if _WHAT_TO_DO.match(expected) else '是 '}{expected}"


def as_issues(document: Published, findings: Iterable[Finding]) -> Iterator[Issue]:
    """Findings as `check` tells what is wrong, each with its file and where in it."""
    for finding in findings:
        sides = sides_of(document, finding)
        place = _place(document, sides[0]) if sides else None
        file = place.file if place else document.name
        told = [
            sentence(finding),
            *(f"对照 {s.where}：“{s.quote}”" for s in sides[1:_BOTH] if s.text != finding.stated),
        ]
        known = REGISTER.get(finding.rule)
        yield Issue(
            finding.rule, _LEVELS[finding.level], " ".join(told), known.mend if known else "",
            place=SourceRef(Path(file).name, cell=finding.where),
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------ places


def _looked_for(document: Published, finding: Finding) -> Iterator[Side]:
    """The quotes of a finding where they stand: at its spot the one that is there, one told twice at the next place that has it."""
    quotes, times = list(finding.quote), Counter[str]()
    told = finding.spot[1:] == (0, 0)
    if not told and quotes:
        here = plain(_text_at(document, finding.spot)).text
        main = next((q for q in quotes if plain(q).text in here), quotes[0])
        quotes.remove(main)
        times[main] += 1
        yield Side(main, finding.stated, finding.where, finding.spot)
    for quote in quotes:
        found = list(_all_with(document, plain(quote).text))
        if times[quote] < len(found):
            spot = found[times[quote]]
            wrong = told or finding.stated in quote
            yield Side(
                quote, finding.stated if wrong else quote, finding.where if told else _where(document, spot), spot
            )
            told = False
        times[quote] += 1


def _text_at(document: Published, spot: tuple[int, int, int]) -> str:
    number, row, _ = spot
    if number == 0:
        return next((p.text for p in document.paragraphs if p.number == row), "")
    return next((t.line(row) for t in document.tables if t.number == number and row < len(t.rows)), "")


def _all_with(document: Published, words: str) -> Iterator[tuple[int, int, int]]:
    if not words:
        return
    for paragraph in document.paragraphs:
        text = plain(paragraph.text).text
        at = text.find(words)
        while at >= 0:
            yield (0, paragraph.number, at)
            at = text.find(words, at + len(words))
    for table in document.tables:
        for row in range(len(table.rows)):
            if words in plain(table.line(row)).text:
                yield (table.number, row, -1)


def _where(document: Published, spot: tuple[int, int, int]) -> str:
    if spot[0]:
        table = next((t for t in document.tables if t.number == spot[0]), None)
        near = "".join([*table.above, *(c.text for row in table.rows[:_HEAD] for c in row if c.own)]) if table else ""
        found = _NUMBERED.search(near)
        return f"{f'公开{int(found[1]):02}' if found else f'第{spot[0]}张表'} 第{spot[1] + 1}行"
    return next((f"{p.section[:18]} 第{p.number}段".strip() for p in document.paragraphs if p.number == spot[1]), "")


def _place(document: Published, side: Side) -> Place | None:
    """Where the words of a side stand."""
    number, row, column = side.spot
    if number == 0:
        found = next((p for p in document.paragraphs if p.number == row), None)
        return Place(found.file, found.mark, *_words(found.text, side), in_cell=False) if found else None
    table = next((t for t in document.tables if t.number == number), None)
    return _cell(table, row, column, side) if table is not None and 0 <= row < len(table.rows) else None


def _words(paragraph: str, side: Side) -> tuple[int, int]:
    """The characters of the number or word itself; without it those of the quote, or all."""
    text = plain(paragraph)
    for words, start in ((side.text, side.spot[2]), (side.text, 0), (side.quote, 0)):
        bare = plain(words).text
        at = text.text.find(bare, max(start, 0)) if bare and words not in _NOT_THERE else -1
        if at >= 0:
            return _span(text, at, at + len(bare))
    return 0, len(paragraph)


def _span(text: Plain, start: int, end: int) -> tuple[int, int]:
    return text.index[start], text.index[end - 1] + 1


def _cell(table: Table, row: int, column: int, side: Side) -> Place:
    """The cell of a spot; where it names none, the one that says the words, or the first that says anything."""
    cells = table.rows[row]
    own = [c for c in cells if c.own and c.text]
    named = next((c for c in own if side.text in c.text), None)
    found = cells[column] if 0 <= column < len(cells) else named or (own[0] if own else cells[0])
    if not found.text and named is not None:
        found = named
    return Place(table.file, found.mark, 0, len(found.text), in_cell=True)
