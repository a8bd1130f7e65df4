"""Slips of the pen: what a text contradicts of itself, or of lists of words that are known to be wrong."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal

from budgetgen.audit.grammar import DOWN, UP, read_grammar
from budgetgen.audit.hearing import Prose
from budgetgen.audit.nine_tables import Nine
from budgetgen.audit.relations import DOUBT, Finding
from budgetgen.audit.stated import BLANK, CENT, Statement
from budgetgen.check.text_corpus import words
from budgetgen.inversion.plain import plain
from budgetgen.published.document import Paragraph, Published, Table
from budgetgen.records import record

_AROUND = 12
_MARKED = re.compile(
    r"\*\*[^*]{1,20}\*\*|（注意[：:][^）]{0,60}）?|（按用途分类）|【待填写[^】]*】|（如有，[^）]{0,40}）"
    r"|增[加长]（(?:减少|下降|降低)）|(?<!\d)20\d\d度|X{2,}|×{2,}"
)
_SIGNED = re.compile(r"签[字名章]|盖章|填表人|填报人|电话|日期|联系")
"""Lines that are to be filled in by hand."""
_PAIRS = {"《": "》", "（": "）", "“": "”"}
_ORDINAL = re.compile(r"(?:^|[^一-龥A-Za-z0-9（])[（(]?(?:\d{1,3}|[一二三四五六七八九十]{1,3})[）)]")
_LONG = 15
_SHORT = 5
_OWNER = re.compile(r"(?:部门|编制单位|编制部门|单位|部门名称|单位名称)：")
_NOT_OWNERS = re.compile(r"单位：|万元|公开|批复|第\d+页")
_REASON = re.compile(r"(?:主要)?原因(?:是因为|为|是|在于)?：?是?([^。]{4,120})")


@record
class Text:
    """A stretch of a packet with its place: a paragraph, or a cell of an attachment's table.

    `torn`: a cell that goes on with what the one above it broke off, at the end of a page.
    """

    text: str
    where: str
    spot: tuple[int, int, int]
    torn: bool = False


def findings_of_wording(document: Published, nine: Nine, prose: Prose) -> list[Finding]:
    """Leftovers, doubled marks and words, wrong characters, brackets that are not closed, blank names, reasons."""
    texts = list(_texts(document, nine))
    return [
        *_leftovers(texts),
        *_doubled(texts),
        *_misspelt(texts),
        *_unclosed(texts),
        *_blank_owners(nine),
        *_contrary_reasons(document, prose),
        *_cut_cells(nine, prose),
    ]


def findings_of_slips(document: Published) -> list[Finding]:
    """Doubled marks, wrong characters, leftovers of any packet's paragraphs."""
    texts = [Text(p.text, place_of(p), (0, p.number, 0)) for p in document.paragraphs if p.bare]
    return [*_leftovers(texts), *_doubled(texts), *_misspelt(texts), *_unclosed(texts)]


def _texts(document: Published, nine: Nine) -> Iterator[Text]:
    for p in document.paragraphs:
        if p.part != "目录" and p.bare:
            yield Text(p.text, place_of(p), (0, p.number, 0))
    known = {id(t) for t in nine.tables.values()}
    for table in document.tables:
        if id(table) not in known:
            yield from _cells(table)


def _cells(table: Table) -> Iterator[Text]:
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row):
            if cell.own and len(cell.text) > _SHORT:
                above = table.rows[r - 1][c].text.rstrip() if r else ""
                torn = len(above) > _LONG and above[-1] not in "。；！"
                yield Text(cell.text, f"第{table.number}张表 第{r + 1}行", (table.number, r, c), torn)


def place_of(paragraph: Paragraph) -> str:
    """Where a paragraph stands, as a finding tells it."""
    return f"{paragraph.section[:18]} 第{paragraph.number}段".strip()


def _quote(text: str, start: int, end: int) -> str:
    return text[max(start - _AROUND, 0) : end + _AROUND].strip()


def _found(
    rule: str, level: str, text: Text, span: tuple[int, int], expected: str, quote: str = "", stated: str = ""
) -> Finding:
    stated = stated or text.text[slice(*span)].strip()
    spot = (text.spot[0], text.spot[1], span[0] if text.spot[0] == 0 else text.spot[2])
    return Finding(rule, level, [quote or _quote(text.text, *span)], stated, expected, text.where, spot=spot)


def _leftovers(texts: Sequence[Text]) -> Iterator[Finding]:
    """Words of the form that was filled in; one that stands in many places is told once."""
    patterns = (_MARKED, words().patterns["占位式样"], words().patterns["说明残留式样"])
    found: dict[str, list[tuple[Text, tuple[int, int]]]] = defaultdict(list)
    for text in texts:
        taken: list[tuple[int, int]] = []
        for pattern in patterns:
            for m in pattern.finditer(text.text):
                alone = not any(a < m.end() and m.start() < b for a, b in taken)
                if alone and not _SIGNED.search(text.text):
                    taken.append(m.span())
                    found[m[0].strip()[:6]].append((text, m.span()))
    for places in found.values():
        first, span = places[0]
        told = _found("AUDIT-034", DOUBT, first, span, "删去填写说明，没有填的填上", first.text[slice(*span)].strip())
        if re.fullmatch(r"20\d\d度", told.stated):
            told.expected, told.quote = f"{told.stated[:4]}年度（漏“年”字）", [_quote(first.text, *span)]
        told.quote += [t.text[slice(*s)].strip() for t, s in places[1:]]
        yield told


def _doubled(texts: Sequence[Text]) -> Iterator[Finding]:
    for text in texts:
        for m in words().patterns["重字式样"].finditer(text.text):
            yield _found("AUDIT-036", DOUBT, text, m.span(), f"{m[0][0]}（写重了）")


def _misspelt(texts: Sequence[Text]) -> Iterator[Finding]:
    grammar = read_grammar()
    pattern = re.compile("|".join(map(re.escape, grammar.misspelt)))
    found: dict[str, list[tuple[Text, tuple[int, int]]]] = defaultdict(list)
    for text in texts:
        for m in pattern.finditer(text.text):
            around = text.text[max(m.start() - 1, 0) : m.end() + 1]
            if not any(right in around for right in grammar.spelt):
                found[m[0]].append((text, m.span()))
    for word, places in found.items():
        told = _found("AUDIT-036", DOUBT, *places[0], f"{grammar.misspelt[word]}（错字）")
        told.quote += [_quote(t.text, *s) for t, s in places[1:]]
        yield told


def _unclosed(texts: Sequence[Text]) -> Iterator[Finding]:
    """A bracket or a quotation mark without its other half, in a text that is whole."""
    for text in texts:
        if len(text.text) > _LONG and text.text.rstrip()[-1:] in "。；" and not text.torn:
            at = _unmatched(text.text)
            if at is not None:
                mark = text.text[at]
                yield _found("AUDIT-036", DOUBT, text, (at, at + 1), "补上另一半", stated=mark)


def _unmatched(text: str) -> int | None:
    """Where the first mark stands that is not paired."""
    ordinals = {m.end() - 1 for m in _ORDINAL.finditer(text)}
    text = text.replace("(", "（").replace(")", "）")
    open_marks: list[int] = []
    closing = {v: k for k, v in _PAIRS.items()}
    for n, mark in enumerate(text):
        if mark in _PAIRS:
            open_marks.append(n)
        elif mark in closing:
            if open_marks and text[open_marks[-1]] == closing[mark]:
                open_marks.pop()
            elif n not in ordinals:
                return open_marks[0] if open_marks else n
    return open_marks[0] if open_marks else None


def _blank_owners(nine: Nine) -> Iterator[Finding]:
    """部门： with nothing behind it, over the nine tables: one matter."""
    found = [
        place for number, table in sorted(nine.tables.items()) if (place := _blank_owner(nine.called[number], table))
    ]
    if found:
        _, where, spot = found[0]
        yield Finding("AUDIT-032", DOUBT, [label for label, _, _ in found], BLANK, "填上单位名称", where, spot=spot)


def _blank_owner(called: str, table: Table) -> tuple[str, str, tuple[int, int, int]] | None:
    for r, row in enumerate(table.rows[:4]):
        own = [c for c in row if c.own and c.text.strip()]
        labels = [c for c in own if _OWNER.fullmatch(c.label)]
        others = [c for c in own if c not in labels and not _NOT_OWNERS.search(c.label)]
        if labels and not others:
            return labels[0].text.strip(), f"{called} 表头", (table.number, r, 0)
    for line in table.above[-3:]:
        bare = re.sub(r"\s+", "", line).replace(":", "：")
        if re.match(r"(?:部门|编制单位)：(?:$|(?:金额)?单位：)", bare):
            return line.strip(), f"{called} 表头", (table.number, 0, 0)
    return None


def _contrary_reasons(document: Published, prose: Prose) -> Iterator[Finding]:
    """A reason that tells of more where there is less, or of less where there is more."""
    paragraphs = {p.number: p for p in document.paragraphs}
    patterns = words().patterns
    stop = re.compile(words().any_of("不比方向"))
    for turn in prose.turns:
        for word, sign in [*turn.words[".较预算"], *turn.words[".增减"]]:
            text = plain(paragraphs[word.spot[1]].text)
            reason = _REASON.match(text.text, text.text.find("原因", word.spot[2]) - 2) or _REASON.match(
                text.text, text.text.find("原因", word.spot[2])
            )
            if reason is None or reason.start() - word.spot[2] > _AROUND or stop.search(reason[1]):
                continue
            up, down = (bool(patterns[k].search(reason[1])) for k in ("增加式样", "减少式样"))
            if (sign == UP and down and not up) or (sign == DOWN and up and not down):
                quote = text.quote(word.spot[2], reason.end(), 4)
                told = f"与“{word.text}”相符的原因"
                yield Finding("AUDIT-037", DOUBT, [quote], reason[1][:30], told, word.where, spot=word.spot)


_MOSTLY = Decimal("0.6")


def _cut_cells(nine: Nine, prose: Prose) -> Iterator[Finding]:
    """Cells that lost their last digits, in a table that mostly prints two decimals: told where a sentence has them whole."""
    cut = [s for number in nine.tables for s in _short_cells(nine, number)]
    whole = {
        id(s): said for s in cut for said in prose.said.get(s.name, []) if said.fine <= CENT and said.value != s.value
    }
    if not whole:
        return
    first = next(s for s in cut if id(s) in whole)
    said = whole[id(first)]
    others = [s for s in cut if s is not first]
    also: list[dict[str, object]] = [
        {"quote": s.quote, "stated": s.text, "expected": "写到两位小数", "where": s.where} for s in others
    ]
    expected = f"{said.text}（{said.where}；表里没有写到两位小数）"
    yield Finding(
        "AUDIT-044", DOUBT, [first.quote, said.quote], first.text, expected, first.where, also[:_AROUND], first.spot
    )


def _short_cells(nine: Nine, number: str) -> list[Statement]:
    """The amounts of a table that are printed to fewer decimals than nearly all."""
    cells = [s for s in nine.said.values() if s.spot[0] == nine.tables[number].number and s.value]
    short = [s for s in cells if s.fine > CENT and "." in s.text]
    return short if len(cells) - len(short) >= len(cells) * _MOSTLY else []
