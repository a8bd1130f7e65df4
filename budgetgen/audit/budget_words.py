"""Words of a published budget: years, whose packet it is, notes under tables, names and codes of 科目, what was left in.

What to look for is data: `config/reading/<kind>.yaml`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

from budgetgen.audit.grammar import read_way
from budgetgen.audit.relations import DOUBT, ERROR, SCOPE, Finding, Side
from budgetgen.audit.slips import place_of
from budgetgen.audit.stated import number_of
from budgetgen.classification import CLASS_DIGITS, LATEST, Classification, read_classification
from budgetgen.inversion import Told
from budgetgen.inversion.plain import plain
from budgetgen.inversion.told import Stated
from budgetgen.published.document import Published, Table
from budgetgen.records import record
from budgetgen.resources import config

MISNUMBERED = "AUDIT-046"
_SCOPE, _DIRECTION, _YEAR, _LEFT, _NAME, _FORM, _NOTE, _CODE = (
    "AUDIT-042", "AUDIT-015", "AUDIT-031", "AUDIT-034", "AUDIT-035", "AUDIT-032", "AUDIT-039", MISNUMBERED,
)  # fmt: skip
_HEAD_ROWS = 6
_ANY_YEAR = re.compile(r"20\d\d(?=年|\.|全?年度)")
_LEVELS = ("类", "款", "项")


@record
class Ways:
    """How budgets of a kind are audited: the patterns of its file, over plain texts."""

    item: re.Pattern[str]
    amounts: Sequence[re.Pattern[str]]
    before: re.Pattern[str]
    rate: re.Pattern[str]
    level: re.Pattern[str]
    same: Sequence[tuple[re.Pattern[str], str]]
    rows: Mapping[str, Sequence[tuple[str, Sequence[str], Sequence[str]]]]
    totals: Mapping[str, Sequence[str]]
    sums: Mapping[str, Sequence[str]]
    directions: Mapping[re.Pattern[str], str]
    years: Sequence[tuple[re.Pattern[str], int, str]]
    own_year: re.Pattern[str]
    compared: re.Pattern[str]
    compared_in: re.Pattern[str]
    forms: Sequence[re.Pattern[str]]
    nil: Sequence[Mapping[str, Any]]
    nil_note: str
    note: re.Pattern[str]
    left: Sequence[tuple[re.Pattern[str], str]]
    project: re.Pattern[str]
    headings: Sequence[str]
    summed: re.Pattern[str]


@cache
def read_ways(kind: str) -> Ways | None:
    """How a kind of packet is audited; None where nothing is said of it."""
    if not config("reading", f"{kind}.yaml").is_file():
        return None
    data = read_way(f"{kind}.yaml")
    if "项" not in data:
        return None

    def made(source: str) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{([一-龥]+)\}", lambda m: str(data["词"][m[1]]), source))

    item = data["项"]
    years = [(data["本年"], 0, ERROR), (data["上年"], 1, ERROR), (data["可疑上年"], 1, DOUBT)]
    rows: dict[str, list[tuple[str, Sequence[str], Sequence[str]]]] = defaultdict(list)
    for row in data["行"]:
        rows[row["数"]].append((row["合计"], row["各栏"], row["必有"]))
    return Ways(
        made(item["是"]),
        [made(s) for s in item["本年"]],
        made(item["执行数"]),
        made(item["率"]),
        made(item["持平"]),
        [(re.compile(s), other) for s, other in data["同名"].items()],
        rows,
        data["之和"],
        data["增减之和"],
        {made(s): name for s, name in data["方向"].items()},
        [(made(s), ago, level) for sources, ago, level in years for s in sources],
        made(data["本年的节"]),
        made(data["比较"]),
        made(data["比较段"]),
        [made(s) for s in data["自称"]],
        data["空表"],
        data["空表注"],
        made(data["注"]),
        [(made(one["式"]), one["改"]) for one in data["残留"]],
        made(data["项目经费"]["题"]),
        data["项目经费"]["标题"],
        made("|".join(data["单位之和"])),
    )


@record
class _Text:
    """A stretch of a packet, without blanks and quotation marks, with its place; `own` are its words as they stand."""

    text: str
    own: str
    where: str
    spot: tuple[int, int, int]

    def side(self, start: int, end: int) -> Side:
        """The words from `start` on, for a finding."""
        read = plain(self.own)
        quote = read.quote(start, end) if self.spot[0] == 0 else self.own.strip()
        spot = (0, self.spot[1], start) if self.spot[0] == 0 else self.spot
        return Side(quote, self.own[read.index[start] : read.index[end - 1] + 1], self.where, spot)


def findings_of_words(document: Published, told: Told, ways: Ways) -> Iterator[Finding]:
    """What the words of a budget contradict."""
    texts = list(_texts(document, told))
    yield from _years(texts, told, ways)
    yield from _old_years(document, told, ways)
    yield from _forms(texts, told, ways)
    yield from _scopes(texts, ways)
    yield from _directions(texts, told, ways)
    yield from _left(texts, ways)
    yield from _notes(document, told, ways)
    yield from _projects(document, told, ways)
    yield from _old_names(texts, told)
    yield from _codes(document, told)


def _texts(document: Published, told: Told) -> Iterator[_Text]:
    """The paragraphs, and the cells with words."""
    for p in document.paragraphs:
        if p.bare:
            yield _Text(plain(p.text).text, p.text, place_of(p), (0, p.number, 0))
    for table in document.tables:
        for r, row in enumerate(table.rows):
            for c, cell in enumerate(row):
                if cell.own and cell.text and number_of(cell.text) is None:
                    where = f"{table_name(told, table)}第{r + 1}行"
                    yield _Text(plain(cell.text).text, cell.text, where, (table.number, r, c))


def table_name(told: Told, table: Table) -> str:
    """How a finding calls a table."""
    known = told.tables.get(table.number)
    return f"{known.title} " if known and known.title else f"第{table.number}张表 "


def _gathered(rule: str, level: str, expected: str, sides: Sequence[Side]) -> Finding:
    """One matter with all its places."""
    first = sides[0]
    return Finding(
        rule, level, [s.quote for s in sides], first.text, expected, first.where, spot=first.spot, sides=list(sides)
    )


# ------------------------------------------------------------------------------------------------ years


def _years(texts: Sequence[_Text], told: Told, ways: Ways) -> Iterator[Finding]:
    """Years that are not the one that belongs there; the same mistake is one matter."""
    found: dict[tuple[str, int, str], list[Side]] = defaultdict(list)
    for text in texts:
        for pattern, ago, level in ways.years:
            for m in pattern.finditer(text.text):
                if int(m[1]) != told.year - ago:
                    found[m[1], ago, level].append(text.side(*m.span(1)))
    for (_, ago, level), sides in found.items():
        what = "上年" if ago else "本年"
        yield _gathered(_YEAR, level, f"{told.year - ago}（这是 {told.year} 年的预算，这里说的是{what}）", sides)


def _old_years(document: Published, told: Told, ways: Ways) -> Iterator[Finding]:
    """Paragraphs on when a project is done, and what it gets, that speak of years that are over."""
    for p in document.paragraphs:
        text = plain(p.text)
        years = list(_ANY_YEAR.finditer(text.text))
        heading = plain(p.section).text
        if years and ways.own_year.search(heading) and all(int(m[0]) < told.year for m in years):
            one = _Text(text.text, p.text, place_of(p), (0, p.number, 0))
            sides = [one.side(*m.span()) for m in years if m[0] == years[0][0]]
            told_of = f"{told.year}（这是 {told.year} 年的预算，{heading[2:]}写的还是 {years[0][0]} 年）"
            yield _gathered(_YEAR, DOUBT, told_of, sides)


# ------------------------------------------------------------------------------------------------ whose, against what


def _forms(texts: Sequence[_Text], told: Told, ways: Ways) -> Iterator[Finding]:
    """单位 in a 部门's packet, 部门 in a 单位's."""
    other = {"部门": "单位", "单位": "部门"}.get(told.whose, "")
    found: dict[str, list[Side]] = defaultdict(list)
    for text in texts:
        for pattern in ways.forms:
            for m in pattern.finditer(text.text):
                if other and other in m[1]:
                    found[m[1]].append(text.side(*m.span(1)))
    for word, sides in found.items():
        yield _gathered(_FORM, DOUBT, f"{word.replace(other, told.whose)}（这是{told.whose}预算）", sides)


def _scopes(texts: Sequence[_Text], ways: Ways) -> Iterator[Finding]:
    """The leads of one packet that compare with 预算 here and with 预算执行数 there."""
    said: dict[str, list[Side]] = defaultdict(list)
    for text in texts:
        for m in ways.compared.finditer(text.text) if ways.compared_in.search(text.text) else ():
            said[m[1]].append(text.side(*m.span(1)))
    if len(said) > 1:
        few, many = sorted(said.values(), key=len)[:2]
        expected = f"{many[0].text}（“{many[0].quote}”）"
        yield _gathered(_SCOPE, SCOPE, expected, [*few, many[0]])


def _directions(texts: Sequence[_Text], told: Told, ways: Ways) -> Iterator[Finding]:
    """A sentence on the reason of a rise where there was a fall."""
    for text in texts:
        for pattern, name in ways.directions.items():
            change = next((s for s in told.stated if s.name == f"{name}.较上年.额" and s.sign), None)
            m = pattern.search(text.text)
            if m is None or change is None or (m[1] == "增加") == (change.sign > 0):
                continue
            word = "增加" if change.sign > 0 else "减少"
            there = Side(change.words, f"{word}{change.text}", change.place.cell, change.spot)
            expected = f"{word}（{change.place.cell}写的是{word} {change.text} 万元）"
            yield _gathered(_DIRECTION, ERROR, expected, [text.side(*m.span(1)), there])


def _left(texts: Sequence[_Text], ways: Ways) -> Iterator[Finding]:
    found: dict[str, tuple[str, list[Side]]] = {}
    for text in texts:
        for pattern, mend in ways.left:
            for m in pattern.finditer(text.text):
                found.setdefault(f"{pattern.pattern} {m[0]}", (mend, []))[1].append(text.side(*m.span()))
    for mend, sides in found.values():
        yield _gathered(_LEFT, DOUBT, mend, sides)


# ------------------------------------------------------------------------------------------------ notes under tables


def _notes(document: Published, told: Told, ways: Ways) -> Iterator[Finding]:
    """Notes of nil tables: under a table that has amounts, under another fund's, or lacking where others have one."""
    lacking: list[Finding] = []
    noted = False
    for table, nil in ((t, n) for t in document.tables for n in ways.nil if n["表"] in table_name(told, t)):
        note = _note(document, table, ways)
        amounts = [s for s in told.stated if s.spot[0] == table.number and s.value and s.text]
        noted |= note is not None
        if note is None and not amounts and nil["要注"] and table.number in told.tables:
            row = next((c for c in table.rows[-1] if c.own and c.text), None)
            words = ways.nil_note.format(单位=told.whose, 年度=told.year, 注=nil["注"])
            side = Side(
                row.text if row else "合计",
                "空",
                f"{table_name(told, table)}下面",
                (table.number, len(table.rows) - 1, 0),
            )
            lacking.append(_gathered(_NOTE, DOUBT, f"补上“{words}”（表是空的）", [side]))
        elif note is not None and amounts:
            yield _filled(note, table_name(told, table), amounts)
        elif note is not None and plain(nil["注"]).text not in note.text:
            wrong = next((o["注"] for o in ways.nil if plain(o["注"]).text in note.text), "")
            at = note.text.find(plain(wrong).text)
            if wrong and at >= 0:
                side = note.side(at, at + len(plain(wrong).text))
                yield _gathered(_NOTE, ERROR, f"{nil['注']}（这是{table_name(told, table)}的注）", [side])
    yield from lacking if noted else ()


def _filled(note: _Text, table: str, amounts: Sequence[Stated]) -> Finding:
    some = amounts[-1]
    there = Side(some.words, some.text, some.place.cell, some.spot)
    return _gathered(
        _NOTE, ERROR, f"删去这条注（{table}里有数，如 {amounts[0].text}）", [note.side(0, len(note.text)), there]
    )


def _note(document: Published, table: Table, ways: Ways) -> _Text | None:
    """The note under a table: the first paragraph behind it, or one of its own rows."""
    for p in (p for p in document.paragraphs if p.number > table.after and p.bare):
        if p.file == table.file and ways.note.search(plain(p.text).text):
            return _Text(plain(p.text).text, p.text, place_of(p), (0, p.number, 0))
        break
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row):
            if cell.own and ways.note.search(plain(cell.text).text):
                return _Text(plain(cell.text).text, cell.text, f"第{r + 1}行", (table.number, r, c))
    return None


def _projects(document: Published, told: Told, ways: Ways) -> Iterator[Finding]:
    """Projects of a 部门 that are told without one of their headings."""
    paragraphs = [(p, plain(p.text).text) for p in document.paragraphs if p.bare]
    starts = [n for n, (_, text) in enumerate(paragraphs) if ways.project.search(text)]
    for start, end in pairwise([*starts, len(paragraphs)]):
        below = [text for _, text in paragraphs[start + 1 : end]]
        lacking = [
            h for h in ways.headings if not any(re.search(f"^[一二三四五六七八九十]、(?:{h})", t) for t in below)
        ]
        if told.whose == "部门" and 0 < len(lacking) < len(ways.headings):
            title, text = paragraphs[start]
            side = _Text(text, title.text, place_of(title), (0, title.number, 0)).side(0, len(text))
            names = "、".join(h.partition("|")[0] for h in lacking)
            yield _gathered(_LEFT, DOUBT, f"补上“{names}”（这个项目的说明缺这一段）", [side])


# ------------------------------------------------------------------------------------------------ names and codes


def _old_names(texts: Sequence[_Text], told: Told) -> Iterator[Finding]:
    """Names of 类 that the year no longer has."""
    now = read_classification(min(told.year, LATEST))
    renamed = {
        account.name: now.name(code)
        for year in range(2015, min(told.year, LATEST))
        for code, account in read_classification(year).functional.items()
        if len(code) == CLASS_DIGITS and account.name != now.name(code)
    }
    for old, new in renamed.items():
        places = [(t, m) for t in texts for m in re.finditer(re.escape(plain(old).text), t.text)]
        if places:
            sides = [t.side(*m.span()) for t, m in places]
            also = "，别处写的也是这个" if any(plain(new).text in t.text for t in texts) else ""
            yield _gathered(_NAME, ERROR if also else DOUBT, f"{new}（{old}是以前的名称{also}）", sides)


def _codes(document: Published, told: Told) -> Iterator[Finding]:
    known = read_classification(min(told.year, LATEST))
    short: dict[tuple[str, bool], list[Side]] = defaultdict(list)
    for table in document.tables:
        columns = _code_columns(table)
        if columns:
            where = table_name(told, table)
            for expected, of_class, side in _short_codes(table, where, *columns):
                short[expected, of_class].append(side)
            yield from _other_names(table, where, known, *columns)
    for (expected, of_class), sides in short.items():
        why = "上面各行是这一类" if of_class else "编码写两位"
        yield _gathered(_CODE, ERROR if of_class else DOUBT, f"{expected}（{why}）", sides)


def _code_columns(table: Table) -> tuple[int, list[int]] | None:
    """(the last row of the headings, the columns of 类, 款 and 项), the names behind them; None where there are none."""
    for r, row in enumerate(table.rows[:_HEAD_ROWS]):
        found = [c for c, cell in enumerate(row) if cell.own and cell.label in _LEVELS]
        if len(found) > 1:
            return r, found
    return None


def _short_codes(table: Table, where: str, head: int, columns: list[int]) -> Iterator[tuple[str, bool, Side]]:
    """(what it should be, whether it is a 类, where) of codes that lost digits: 7 for 210, 2 for 02."""
    above = ""
    for r, row in enumerate(table.rows[head + 1 :], head + 1):
        for n, c in enumerate(columns):
            code = row[c].label
            if not code.isdigit():
                continue
            of_class = not n
            expected = above if of_class and len(code) < CLASS_DIGITS else code.zfill(2)
            if code != expected and expected:
                yield expected, of_class, Side(table.line(r), code, f"{where}第{r + 1}行", (table.number, r, c))
            elif of_class:
                above = code


def _other_names(table: Table, where: str, known: Classification, head: int, columns: list[int]) -> Iterator[Finding]:
    """Names that stand beside the code of another 科目 of the same 类 or 款: one matter in a table."""
    found: list[tuple[Side, str]] = []
    parts = [""] * len(columns)
    for r, row in enumerate(table.rows[head + 1 :], head + 1):
        codes = [row[c].label for c in columns]
        if not codes[0].isdigit() or len(codes[0]) != CLASS_DIGITS:
            continue
        parts = [code.zfill(2) if code.isdigit() else "" for code in codes]
        code, label = "".join(parts), row[columns[-1] + 1].label
        own = _official(known, code)
        right = [c for c in _beside(known, code) if _same(_official(known, c), label)]
        if len(code) > CLASS_DIGITS and label and not _same(own, label) and len(right) == 1:
            side = Side(
                table.line(r),
                codes[len(code) // 2 - 1],
                f"{where}第{r + 1}行",
                (table.number, r, columns[len(code) // 2 - 1]),
            )
            found.append((side, f"{right[0][-2:]}（{label}的编码；{code[-2:]} 是{own}）"))
    if found:
        told = _gathered(_CODE, ERROR, found[0][1], [found[0][0]])
        also: list[dict[str, object]] = [
            {"quote": s.quote, "stated": s.text, "expected": e, "where": s.where} for s, e in found[1:]
        ]
        yield replace(told, also=also)


def _official(known: Classification, code: str) -> str:
    return known.economic_name(code) if code[:1] == "3" else known.name(code)


def _beside(known: Classification, code: str) -> list[str]:
    table = known.economic if code[:1] == "3" else known.functional
    return [c for c in table if len(c) == len(code) and c[:-2] == code[:-2] and c != code]


def _same(one: str, other: str) -> bool:
    return re.sub(r"[（）()]|支出$|费$", "", one) == re.sub(r"[（）()]|支出$|费$", "", other)
