"""The amounts of a published budget held against each other: sums down and across, table and table, table and sentence.

Which figures are one, and which are sums, is data: `config/reading/<kind>.yaml`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from budgetgen.audit.budget_words import Ways, table_name
from budgetgen.audit.relations import ERROR, NOTE, Finding, Relation, diagnose, ratio
from budgetgen.audit.stated import BLANK, CENT, Statement, show, unit_of
from budgetgen.classification import CLASS_DIGITS, ITEM_DIGITS
from budgetgen.inversion import Told
from budgetgen.inversion.derived import CHANGE
from budgetgen.inversion.told import Stated
from budgetgen.money import YUAN_PER_WAN
from budgetgen.published.document import Published
from budgetgen.records import record

_DOWN, _ACROSS, _TOTALS, _SAME, _SENTENCE, _TWICE, _CHANGES, _SUM, _COUNT = (
    "AUDIT-001", "AUDIT-002", "AUDIT-003", "AUDIT-004", "AUDIT-010", "AUDIT-011", "AUDIT-017", "AUDIT-018", "AUDIT-019",
)  # fmt: skip
_CODED = re.compile(r"(类|款|项)\[(\d{3,7})\]")
_EXACT = Decimal("0.0000001")
_HALF = Decimal("0.0050001")
"""万元: what rounding takes or adds."""


@record
class Said:
    """One amount, rate or count as the audit holds it against others (in 万元), and as the packet states it."""

    statement: Statement
    stated: Stated

    @property
    def value(self) -> Decimal:
        """In 万元; of a count, pieces."""
        return self.statement.value

    def printed(self, value: Decimal) -> str:
        """Another value in this one's unit, with its thousands and decimals."""
        if self.stated.kind:
            return f"{value:f}"
        yuan = bool(self.stated.spot[0]) and self.stated.money == "元"
        like = self.stated.text
        amount = value * YUAN_PER_WAN if yuan else value
        places = max(-int(unit_of(re.sub("[,，]", "", like)).as_tuple().exponent), 0 if yuan else 2)
        places = max(places, 2 if yuan and amount != amount.to_integral_value() else 0)
        return f"{amount:,.{places}f}" if yuan and ("," in like or not like) else show(amount, places)


def findings_of_sums(document: Published, told: Told, ways: Ways) -> list[Finding]:
    """What does not add up or is told otherwise elsewhere; one mistake that stands in several tables is one finding."""
    rows = {(s.spot[:2], s.code) for s in told.stated if s.text}
    blank = (s for s in told.blank if not s.code or (s.spot[:2], s.code) in rows)  # else the row is empty
    said = [said_of(document, told, s) for s in (*told.stated, *blank) if not s.sign and s.kind != "%"]
    cells = [s for s in said if s.stated.spot[0]]
    sentences = [s for s in said if not s.stated.spot[0] and not re.search("较|{", s.stated.name) and not _of_item(s)]
    relations = [
        *_down(cells),
        *_across(cells, ways),
        *_same(cells, sentences, ways),
        *_sums(cells, sentences, ways),
        *_changes(document, told, ways),
        *_rates(document, told, [*cells, *sentences]),
    ]
    return merged(diagnose(relations), {s.statement.spot: s.stated.code for s in cells})


def said_of(document: Published, told: Told, stated: Stated) -> Said:
    """A statement as it is held against others."""
    where = where_of(document, told, stated)
    value, exact = Decimal(stated.value), bool(stated.kind) or (bool(stated.spot[0]) and stated.money == "元")
    if not stated.kind:
        value /= YUAN_PER_WAN
    fine = _EXACT if exact or not stated.text else min(unit_of(re.sub("[,，]", "", stated.text)), CENT)
    return Said(Statement(stated.name, value, stated.text or BLANK, where, stated.words, fine, stated.spot), stated)


def where_of(document: Published, told: Told, stated: Stated) -> str:
    """The table's title, and row and column as they are counted; of a sentence its paragraph."""
    table = next((t for t in document.tables if t.number == stated.spot[0]), None)
    return (
        f"{table_name(told, table)}{re.sub('^第[0-9]+个表格', '', stated.place.cell)}" if table else stated.place.cell
    )


def _of_item(said: Said) -> bool:
    """Whether a sentence speaks of one 项: such are read by what they name."""
    return len(said.stated.code) == ITEM_DIGITS


# ------------------------------------------------------------------------------------------------ relations


def _relation(rule: str, total: Said, parts: Sequence[Said], of: str, level: str = ERROR) -> Relation:
    """A total and its parts; `of` says what they are: 下面各行, 各栏."""
    missed = total.value - sum((p.value for p in parts), Decimal(0))
    room = (total.statement.fine + sum((p.statement.fine for p in parts if p.value), Decimal(0))) / 2
    by = {id(s.statement): s for s in (total, *parts)}

    def expected(statement: Statement) -> str:
        one = by[id(statement)]
        value = one.value - missed if one is total else one.value + missed
        why = f"{of}之和" if one is total else f"{total.statement.where}的 {total.statement.text} 减其余各数"
        return f"{'填上 ' if statement.blank else ''}{one.printed(value)}（{why}）"

    holds = abs(missed) <= room
    parts = [p for p in parts if not (holds and p.statement.blank)]  # a blank is not borne out by a sum without it
    return Relation(rule, [total.statement, *(p.statement for p in parts)], holds, expected, level)


def _equal(rule: str, one: Said, other: Said) -> Relation:
    """Two statements of one figure; a sentence that cuts instead of rounding is a matter of taste."""
    apart = abs(one.value - other.value)
    room = (one.statement.fine + other.statement.fine) / 2
    by = {id(one.statement): (one, other), id(other.statement): (other, one)}

    def expected(statement: Statement) -> str:
        mine, its = by[id(statement)]
        return f"{'填上 ' if statement.blank else ''}{mine.printed(its.value)}（{its.statement.where}）"

    cut = not one.stated.kind and apart <= CENT and max(one.statement.fine, other.statement.fine) >= CENT
    return Relation(rule, (one.statement, other.statement), apart <= room, expected, NOTE if cut else ERROR)


def _down(cells: Iterable[Said]) -> Iterator[Relation]:
    """A 类 and its 款, a 款 and its 项, the total and the 类, column for column."""
    columns: dict[tuple[int, str], dict[str, Said]] = defaultdict(dict)
    for s in cells:
        columns[s.stated.spot[0], _CODED.sub("*", s.stated.name).replace(".*", "")].setdefault(_code(s), s)
    for column in columns.values():
        codes = [c for c in column if c]
        for code, total in sorted(column.items(), key=lambda c: -len(c[0])):
            size = next(
                (n for n in (CLASS_DIGITS, 5, 7) if n > len(code) and any(_under(c, code, n) for c in codes)), 0
            )
            parts = [column[c] for c in codes if _under(c, code, size)]
            if parts:
                yield _relation(_DOWN, total, parts, "下面各行")


def _code(said: Said) -> str:
    found = _CODED.search(said.stated.name)
    return found[2] if found else ""


def _under(code: str, above: str, size: int) -> bool:
    return len(code) == size and code.startswith(above) and code != above


def _across(cells: Iterable[Said], ways: Ways) -> Iterator[Relation]:
    """A row's total and its columns, as far as the table has them."""
    rows: dict[tuple[int, str], dict[str, Said]] = defaultdict(dict)
    for s in cells:
        prefix, _, column = s.stated.name.rpartition(".")
        rows[s.stated.spot[0], prefix].setdefault(column, s)
    for (_, prefix), row in rows.items():
        for total, columns, needed in ways.rows.get(_CODED.sub("", prefix).rstrip("."), ()):
            parts = [row[c] for c in columns if c in row]
            if total in row and all(c in row for c in needed):
                yield _relation(_ACROSS, row[total], parts, "各栏")


def _same(cells: Sequence[Said], sentences: Sequence[Said], ways: Ways) -> Iterator[Relation]:
    """Figures that are one: in several tables, in a table and a sentence, in two sentences."""
    groups: dict[str, list[Said]] = defaultdict(list)
    for s in (*cells, *sentences):
        groups[_canonical(s.stated.name, ways)].append(s)
    for group in groups.values():
        first = group[0]
        for s in group[1:]:
            both = (first.stated.spot[0], s.stated.spot[0])
            if all(both):
                yield _equal(_SAME if s.stated.code else _TOTALS, first, s)
            elif first.stated.kind:
                yield _equal(_COUNT, first, s)
            else:
                yield _equal(_SENTENCE if any(both) else _TWICE, s, first)


def _canonical(name: str, ways: Ways) -> str:
    for pattern, other in ways.same:
        name = pattern.sub(other, name)
    return name


def _sums(cells: Sequence[Said], sentences: Sequence[Said], ways: Ways) -> Iterator[Relation]:
    """Totals whose parts have names of their own, table by table and in the sentences."""
    places: dict[int, dict[str, Said]] = defaultdict(dict)
    for s in (*cells, *sentences):
        places[s.stated.spot[0]].setdefault(s.stated.name, s)
    for number, here in places.items():
        for total, parts in ways.totals.items():
            if total in here and all(p in here for p in parts):
                rule = _ACROSS if number else _COUNT if here[total].stated.kind else _SUM
                yield _relation(rule, here[total], [here[p] for p in parts], "各项")


# ------------------------------------------------------------------------------------------------ changes


def _changes(document: Published, told: Told, ways: Ways) -> Iterator[Relation]:
    """Changes against last year: one figure's everywhere the same, a total's the sum of its parts'."""
    said: dict[str, list[Said]] = defaultdict(list)
    for stated in told.stated:
        if stated.name.endswith(CHANGE) and not stated.spot[0]:
            one = said_of(document, told, stated)
            signed = replace(one.statement, value=one.value * (stated.sign or 1))
            said[stated.name.removesuffix(CHANGE)].append(_Change(signed, stated))
    for first, *others in said.values():
        yield from (_equal(_CHANGES, other, first) for other in others)
    for total, parts in ways.sums.items():
        if total in said and all(p in said for p in parts):
            yield _relation(_CHANGES, said[total][0], [said[p][0] for p in parts], "各项增减")


class _Change(Said):
    """A change with its sign; printed with the word of its direction."""

    def printed(self, value: Decimal) -> str:
        """增加1.00万元, or that there is none."""
        return f"{'增加' if value > 0 else '减少'}{show(abs(value))}万元" if value else "与上年持平"


# ------------------------------------------------------------------------------------------------ shares and rates

_SHARE = re.compile(r"占比\((.+), (.+)\)")


def _rates(document: Published, told: Told, said: Sequence[Said]) -> Iterator[Relation]:
    """Shares and rates of change against the amounts that stand before them in their paragraph."""
    for n, stated in enumerate(told.stated):
        if stated.kind != "%" or stated.spot[0] or not stated.text:
            continue
        rate = replace(
            said_of(document, told, stated).statement, value=Decimal(stated.value), fine=unit_of(stated.text)
        )
        before = [s for s in told.stated[:n] if s.spot[:2] == stated.spot[:2]]
        share = _SHARE.fullmatch(stated.general)
        part = _last(before, share[1] if share else stated.name.replace(".率", ".额"))
        if part is None or (share is None and not stated.name.endswith(".较上年.率")):
            continue
        own = said_of(document, told, part).statement
        whole = _whole(said, share[2]) if share else _base(document, told, before, part)
        if whole is not None:
            yield ratio(rate, own, whole, "AUDIT-013" if share else "AUDIT-016")


def _last(before: Sequence[Stated], name: str) -> Stated | None:
    return next((s for s in reversed(before) if name in (s.name, s.general)), None)


def _whole(said: Sequence[Said], name: str) -> Statement | None:
    return next((s.statement for s in said if s.stated.name == name and s.stated.text), None)


def _base(document: Published, told: Told, before: Sequence[Stated], change: Stated) -> Statement | None:
    """Last year's amount: this year's less the change."""
    now = _last(before, change.name.removesuffix(CHANGE))
    if now is None or not change.sign:
        return None
    this = said_of(document, told, now).statement
    value = this.value - change.sign * Decimal(change.value) / YUAN_PER_WAN
    return replace(this, value=value, text=show(value), where="本年数减增减额", fine=2 * CENT, spot=(0, 0, 0))


# ------------------------------------------------------------------------------------------------ one mistake in several tables


def merged(findings: Iterable[Finding], codes: Mapping[tuple[int, int, int], str]) -> list[Finding]:
    """The findings, those of one 科目 that say the same of the same number in several tables as one."""
    kept: dict[tuple[object, ...], Finding] = {}
    for finding in sorted(findings, key=lambda f: f.spot):
        code = codes.get(finding.spot, "")
        number = finding.expected.partition("（")[0]
        key = (code, finding.stated, number) if code else (finding.spot,)
        first = kept.setdefault(key, finding)
        if first is not finding:
            own = [s for s in finding.sides if s.spot == finding.spot]
            first.sides[1:1] = own
            first.quote[1:1] = [s.quote for s in own]
    return list(kept.values())
