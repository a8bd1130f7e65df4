"""科目 that sentences name: against the rows of 05, one for one, and against the names that there are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from budgetgen.audit.hearing import Prose, Turn
from budgetgen.audit.nine_tables import Nine, class_name
from budgetgen.audit.relations import DOUBT, ERROR, Finding
from budgetgen.audit.stated import Statement, agree
from budgetgen.classification import ITEM_DIGITS, SECTION_DIGITS, Classification
from budgetgen.inversion.plain import plain
from budgetgen.published.document import Paragraph, Published
from budgetgen.records import record

_HEADING = re.compile(
    r"(?P<类>[一-龥、]{2,20})（(?:类|\d{3})）(?P<款>[^，。；：（]{2,20}(?:（[^）]{1,6}）[^，。；：（]{0,14})?)（(?:款|\d{2,5})）"
    r"(?P<项>[^，。；：（]{2,24}(?:（[^）]{1,6}）[^，。；：（]{0,14})?)（(?:项|\d{2,7})）"
)
_LIKE = 0.6
"""Two names so much alike are one of them misspelt."""
_MOST = 3


@record
class Named:
    """A 科目 that a sentence names, and what is said of it."""

    paragraph: Paragraph
    quote: str
    section: str
    item: str
    code: str
    actual: Statement | None
    start: int


def findings_of_subjects(
    document: Published, nine: Nine, prose: Prose, codes: Classification, found: Sequence[Finding]
) -> list[Finding]:
    """Names that no table and no list of codes has, and rows of 05 that are told of nowhere.

    A row that went into another's amount is told under what was already `found` of that amount.
    """
    rows = {
        c: said
        for c in nine.rows.get("05", {})
        if len(c) == ITEM_DIGITS and (said := nine.get(f"一般公共预算.项[{c}].支出.合计")) is not None
    }
    named = list(_named(document, prose))
    if not rows or not named:
        return []
    told = {n.code for n in named if n.code}
    free = {c: s for c, s in rows.items() if c not in told}
    misnamed = list(_misnamed(named, free, nine, codes))
    unread = sum(not n.code for n in named) - len(misnamed)
    lacking = {c: s for c, s in free.items() if s.value}
    if unread or len(lacking) * _MOST > len(rows):
        lacking = {}
    untold = [f for c, s in lacking.items() if (f := _untold(c, s, named, rows, found))]
    return [*misnamed, *_sections(named, nine, codes), *untold]


def _named(document: Published, prose: Prose) -> Iterator[Named]:
    turns = {(t.paragraph.number, n): t for n, t in _numbered(prose.turns)}
    for paragraph in document.paragraphs:
        if paragraph.part != "说明" or "一般公共预算" not in paragraph.section:
            continue
        text = plain(paragraph.text)
        for n, m in enumerate(_HEADING.finditer(text.text)):
            turn = turns.get((paragraph.number, n))
            code = turn.subject.partition("[")[2].partition("]")[0] if turn else ""
            actual = turn.slots.get(".") if turn else None
            yield Named(paragraph, text.quote(*m.span(), room=0), m["款"], m["项"], code, actual, m.start())


def _numbered(turns: Sequence[Turn]) -> Iterator[tuple[int, Turn]]:
    """The turns that speak of a 科目, each with its place among those of its paragraph."""
    count: dict[int, int] = {}
    for turn in turns:
        if turn.subject == "科目" or re.match(r"一般公共预算\.项\[", turn.subject):
            n = count.get(turn.paragraph.number, 0)
            count[turn.paragraph.number] = n + 1
            yield n, turn


def _misnamed(
    named: Sequence[Named], free: dict[str, Statement], nine: Nine, codes: Classification
) -> Iterator[Finding]:
    """A name that no row bears: that of the one row of its amount which is told of nowhere else, or of the most alike."""
    for one in [n for n in named if not n.code or n.code not in nine.rows.get("05", {})]:
        actual = one.actual
        if one.code and (actual is None or not actual.value):
            continue  # a budget of which nothing was spent has no row
        alike = [c for c, s in free.items() if actual is not None and agree(actual, s) and s.value]
        if len(alike) != 1:
            alike = [c for c in free if _like(one.item, nine.names.get(c) or codes.name(c))]
        if len(alike) == 1:
            row = free.pop(alike[0])
            expected = nine.names.get(alike[0]) or codes.name(alike[0])
            yield Finding(
                "AUDIT-035", ERROR, [one.quote, row.quote], one.item, f"{expected}（{row.where}）", _where(one),
                spot=(0, one.paragraph.number, one.start),
            )  # fmt: skip


def _sections(named: Sequence[Named], nine: Nine, codes: Classification) -> Iterator[Finding]:
    """A 款 that is spelt otherwise than the list of codes and the tables have it, though it can only be that one."""
    known = {class_name(a.name) for a in codes.functional.values()} | {class_name(n) for n in nine.names.values()}
    for one in named:
        code = one.code[:SECTION_DIGITS]
        names = [n for n in (nine.names.get(code), codes.name(code)) if n and n != code]
        if not code or not names or class_name(one.section) in known:
            continue
        if _like(one.section, names[0]):
            yield Finding(
                "AUDIT-035", DOUBT, [one.quote], one.section, f"{names[0]}（{code} 的名称）", _where(one),
                spot=(0, one.paragraph.number, one.start + 1),
            )  # fmt: skip


def _like(one: str, other: str) -> bool:
    return SequenceMatcher(None, class_name(one), class_name(other)).ratio() > _LIKE


def _untold(
    code: str, row: Statement, named: Sequence[Named], rows: dict[str, Statement], found: Sequence[Finding]
) -> Finding | None:
    """A row of 05 that no sentence tells of, where the sentences tell of nearly all."""
    told = f"补上 {code} 一项（{row.where} {row.text}）"
    for one in named:
        if one.actual is not None and _takes_in(one, rows, row):
            same = [f for f in found if one.actual.spot == f.spot]
            for finding in same:
                finding.also.append({"quote": row.quote, "stated": "漏列", "expected": told, "where": row.where})
            if same:
                return None
    first = named[0]
    where, spot = _where(first), (0, first.paragraph.number, first.start + 2)
    return Finding("AUDIT-035", DOUBT, [row.quote, first.quote], "漏列", told, where, spot=spot)


def _takes_in(one: Named, rows: dict[str, Statement], row: Statement) -> bool:
    """Whether what is said of a 科目 is its own row and another together."""
    own = rows.get(one.code)
    return own is not None and one.actual is not None and one.actual.value == own.value + row.value


def _where(one: Named) -> str:
    return f"{one.paragraph.section[:18]} 第{one.paragraph.number}段"
