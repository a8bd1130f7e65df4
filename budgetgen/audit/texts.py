"""Words of a packet: the year, the unit's name, units of money, lists of 科目, leftovers of instructions, numbering."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import pairwise

from budgetgen.audit.hearing import Prose
from budgetgen.audit.nine_tables import Nine, class_name, economic_code
from budgetgen.audit.relations import DOUBT, ERROR, Finding
from budgetgen.audit.stated import Statement
from budgetgen.check.text_corpus import words
from budgetgen.classification import SECTION_DIGITS, Classification, numeral
from budgetgen.inversion.plain import Plain, plain
from budgetgen.published.document import Paragraph, Published

_QUOTED = re.compile(r"[“《（][^”》）]*$")
_YEAR = re.compile(r"20\d\d(?=年)")
_THEN = re.compile(
    r"度?(?:部门|单位|财政拨款|收、?支|收入|支出|一般公共|三公|本部门|共接待|机关|政府采购|预算绩效|绩效|整体|项目支出|基本支出|决算|本单位|我室|我单位|安排|开支|追加)"
)
_BEFORE_COMPARED = re.compile(r"[与比较自从至]$|上年$|[与比较]上年（?$")
_ORGANS = "(?:局|中心|办公室|委员会|研究室|联络处|处|院|馆|站|所|部|厅|室)"
_COVER = 8
_MIN_NAME = 5
_LIST = re.compile(r"主要包括[：:]?([^。；]*)")
_ORDINALS = {numeral(n): n for n in range(1, 40)}
_BIG = 1000
_TITLE = 50


def findings_of_texts(document: Published, nine: Nine, prose: Prose, codes: Classification, year: int) -> list[Finding]:
    """What the words of a packet contradict."""
    return [
        *_units(document, prose),
        *_equipment(document),
        *_years(document, year),
        *_compared(document, year),
        *_names(document),
        *_lists(document, nine, codes),
        *_numbering(document),
        *_contents(document),
        *_announced(document),
    ]


def where(paragraph: Paragraph) -> str:
    """Where a paragraph stands, as a finding tells it."""
    return f"{paragraph.section[:18]} 第{paragraph.number}段".strip()


# ------------------------------------------------------------------------------------------------ units of money


_SMALL = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)(元|万)(?![元/人字页余平亩份条次户辆多吨册件张名]|以上人)")
_RATES = re.compile(r"(?:每|人均|标准|单价|/)[^，。；]{0,8}$")


def _units(document: Published, prose: Prose) -> Iterator[Finding]:
    heard = {s.spot for s, _ in prose.wrong_units}
    for said, _ in prose.wrong_units:
        yield _unit(said)
    for paragraph in document.paragraphs:
        if paragraph.part != "说明":
            continue
        text = plain(paragraph.text)
        for found in _SMALL.finditer(text.text):
            spot = (0, paragraph.number, found.start())
            large = "." not in found[1] and float(found[1]) >= _BIG and found[2] == "元"
            if spot in heard or large or _RATES.search(text.text[: found.start()]):
                continue
            quote = text.quote(*found.span())
            told = f"{found[1]}万元（各处金额单位都是万元）"
            yield Finding("AUDIT-030", DOUBT, [quote], found[0], told, where(paragraph), spot=spot)


_EQUIPMENT = re.compile(r"单位价值(\d+)万元以上")
_LIMITS = ("50", "100", "200")
"""The notices of all years ask for equipment of 50, 100 or 200 万元 and more."""


def _equipment(document: Published) -> Iterator[Finding]:
    for paragraph in document.paragraphs:
        text = plain(paragraph.text)
        for m in _EQUIPMENT.finditer(text.text):
            if paragraph.part == "说明" and m[1] not in _LIMITS:
                quote, spot = text.quote(*m.span()), (0, paragraph.number, m.start())
                yield Finding(
                    "AUDIT-034", DOUBT, [quote], m[1], "100（通知要求的是100万元以上）", where(paragraph), spot=spot
                )


def _unit(said: Statement) -> Finding:
    number = re.sub("[万元]", "", said.text)
    told = f"{number}万元（各处金额单位都是万元）"
    return Finding("AUDIT-030", ERROR, [said.quote], said.text, told, said.where, spot=said.spot)


# ------------------------------------------------------------------------------------------------ years


def _years(document: Published, year: int) -> Iterator[Finding]:
    texts = [(p, plain(p.text)) for p in document.paragraphs if p.bare]
    ours = Counter(
        text.text[m.end() : m.end() + 6] for _, text in texts for m in _YEAR.finditer(text.text) if int(m[0]) == year
    )
    for paragraph, text in texts:
        for m in _YEAR.finditer(text.text):
            if int(m[0]) != year and _misplaced(paragraph, text, m, ours, year):
                quote = text.quote(m.start(), min(m.end() + 8, len(text.text)))
                spot = (0, paragraph.number, m.start())
                yield Finding(
                    "AUDIT-031", ERROR, [quote], m[0], f"{year}（本文件是 {year} 年度的）", where(paragraph), spot=spot
                )


_COMPARED = re.compile(r"(?:与|比|较|同)(20\d\d)年度?(?:决算|支出|执行)?数?(?:相比|比|增|减|持平|基本)")
_OTHERS = re.compile(r"“(20\d\d)年度?(?:部门|单位|整体|本部门)[^”]{0,12}(?:整体支出|绩效)[^”]{0,6}”")


def _compared(document: Published, year: int) -> Iterator[Finding]:
    """与2022年相比 in a packet of 2024, and another year's 整体支出 in quotation marks."""
    for paragraph in document.paragraphs:
        if paragraph.part not in ("说明", "附"):
            continue
        text = plain(paragraph.text)
        for m in _COMPARED.finditer(text.text):
            if int(m[1]) not in (year - 1, year):
                quote, spot = text.quote(*m.span(1)), (0, paragraph.number, m.start(1))
                told = f"{year - 1}（本文件是 {year} 年度的，上年是 {year - 1} 年）"
                yield Finding("AUDIT-031", ERROR, [quote], m[1], told, where(paragraph), spot=spot)
        for m in _OTHERS.finditer(paragraph.bare):
            if int(m[1]) != year:
                told, spot = f"{year}（本文件是 {year} 年度的）", (0, paragraph.number, m.start(1))
                yield Finding("AUDIT-031", DOUBT, [m[0]], m[1], told, where(paragraph), spot=spot)


def _misplaced(paragraph: Paragraph, text: Plain, m: re.Match[str], ours: Counter[str], year: int) -> bool:
    """Whether a year that is not the packet's stands where the packet's belongs."""
    before, after = text.text[: m.start()], text.text[m.end() + 1 :]
    original = paragraph.text[: text.index[m.start()]]
    if _QUOTED.search(original) or (_BEFORE_COMPARED.search(before) and not before.endswith(("截至", "截止"))):
        return False
    if before.endswith(("截至", "截止")):
        return after.startswith("12月31日")
    if paragraph.part == "说明":
        if int(m[0]) < year and after.startswith("度") and not words().patterns["年份后式样"].match(after):
            return not words().patterns["年份前式样"].search(before)
        same = ours[text.text[m.end() : m.end() + 6]] > 0
        return same or (not before and after.startswith("度")) or bool(_THEN.match(after))
    short = len(text.text) < _TITLE and not before and after.startswith("度")
    return short and paragraph.part == "附"


# ------------------------------------------------------------------------------------------------ the unit's name


def unit_name(document: Published) -> str:
    """The name on the cover, or the one that most tables bear."""
    for paragraph in document.paragraphs[:_COVER]:
        bare = re.sub(r"^[一-龥]*(?:部门|单位)[:：]", "", paragraph.bare)
        if len(bare) >= _MIN_NAME and not re.search(r"年度|决算|目录|(?:公开|预算)$|^[一二三四五六七八九十]、", bare):
            return bare
    owners = Counter(
        m[1]
        for table in document.tables
        for row in table.rows[:4]
        for c in row
        if c.own and (m := re.fullmatch(r"[一-龥]*(?:部门|单位)[:：]([一-龥（）]{5,})", c.label))
    )
    return owners.most_common(1)[0][0] if owners else ""


def _names(document: Published) -> Iterator[Finding]:
    name = unit_name(document)
    if not name:
        return
    places: list[tuple[str, str, tuple[int, int, int]]] = [
        (p.bare, where(p), (0, p.number, 0)) for p in document.paragraphs if p.bare
    ]
    for table in document.tables:
        for r, row in enumerate(table.rows):
            places += [
                (c.label, f"第{table.number}张表 第{r + 1}行", (table.number, r, 0)) for c in row if c.own and c.text
            ]
    everything = "\n".join(text for text, _, _ in places)
    shorter = {name[:i] + name[i + 1 :] for i in range(1, len(name) - 1)} - {name}
    shorter = {s for s in shorter if s not in name}
    other = re.compile(re.escape(name[:-3]) + f"[一-龥]{{0,6}}?{_ORGANS}")
    wrong = [s for s in shorter if s in everything]
    wrong += [
        s
        for s, times in Counter(other.findall(everything)).items()
        if times == 1 and not name.startswith(s) and not s.startswith(name) and s not in wrong
    ]
    for spelling in wrong:
        found = [(t, w, s) for t, w, s in places if spelling in t]
        if found and len(found) <= everything.count(name):
            quotes = [_around(t, spelling) for t, _, _ in found]
            expected = f"{name}（封面和别处都写 {name}）"
            yield Finding("AUDIT-032", DOUBT, quotes, spelling, expected, found[0][1], spot=found[0][2])


def _around(text: str, word: str) -> str:
    at = text.index(word)
    return text[max(at - 10, 0) : at + len(word) + 10]


# ------------------------------------------------------------------------------------------------ lists of 科目


def _lists(document: Published, nine: Nine, codes: Classification) -> Iterator[Finding]:
    cells = {c: s for n, s in nine.said.items() if len(c := economic_code(n)) == SECTION_DIGITS}
    groups = {"人员经费": ("301", "303"), "公用经费": ("302", "307", "309", "310", "311", "312", "313", "399")}
    for paragraph in document.paragraphs:
        text = plain(paragraph.text)
        found = _LIST.search(text.text)
        kind = next((k for k in groups if text.text[:12].find(k) >= 0), "")
        if paragraph.part != "说明" or not found or not kind or "、" not in found[1]:
            continue
        own = {_full_name(nine.names[c], c, codes): s for c, s in cells.items() if c.startswith(groups[kind])}
        yield from _one_list(paragraph, text, found, own)


def _full_name(name: str, code: str, codes: Classification) -> str:
    """The name of a 款: the official one where a table cut it off."""
    official = codes.economic_name(code)
    return _name(official if official.startswith(name) else name)


def _name(text: str) -> str:
    return class_name(plain(text).text)


def _one_list(paragraph: Paragraph, text: Plain, found: re.Match[str], own: dict[str, Statement]) -> Iterator[Finding]:
    listed = [_name(i) for i in found[1].removesuffix("等").split("、") if i]
    spent = [n for n, s in own.items() if s.value]
    lacking = [n for n in spent if n not in listed]
    glued = [i for i in listed if i not in own and any(i.startswith(n) and i[len(n) :] in own for n in own)]
    lacking = [n for n in lacking if not any(n in i for i in glued)]
    spot = (0, paragraph.number, found.start(1))
    start = text.quote(found.start(), found.start() + 24, 12)
    if not found[1].endswith("等") and len(lacking) * 2 < len(spent):
        for name in lacking:
            said = own[name]
            yield Finding(
                "AUDIT-033",
                ERROR,
                [said.quote, start],
                "漏列",
                f"补上 {name}（{said.where} {said.text}）",
                where(paragraph),
                spot=spot,
            )
    for name in listed:
        if name in own and not own[name].value:
            said = own[name]
            yield Finding(
                "AUDIT-033",
                ERROR,
                [start, said.quote],
                name,
                f"删去（{said.where} 没有数）",
                where(paragraph),
                spot=spot,
            )
    for name in glued:
        yield Finding("AUDIT-033", DOUBT, [name], name, "两个科目之间加顿号，没有数的删去", where(paragraph), spot=spot)


# ------------------------------------------------------------------------------------------------ numbering, contents


_HEAD = re.compile(r"^([一二三四五六七八九十]{1,3})、")
_ITEM = re.compile(r"^(\d{1,2})[.、．](?=.*（项）)")
_PAGE = re.compile(r"[\s.…·]*(?:PAGEREF.*)?\d{0,3}$")
_ENOUGH_LINES, _MOST = 8, Decimal("0.7")
_ALIKE = 0.8
_ANNOUNCED = re.compile(r"(?:附件[：:]?)?(?:\d+[.、．])?.{0,12}?(基础数据表|整体支出绩效自评表|项目支出绩效自评表)")
_MARKS = {
    "基础数据表": "控制率",
    "整体支出绩效自评表": "年度资金总额",
    "项目支出绩效自评表": "项目支出名称",
}


def _numbering(document: Published) -> Iterator[Finding]:
    """Ordinals of headings, and of the 科目, that skip."""
    for part in ("说明", "附"):
        last: list[int] = []
        for paragraph in _headings(document, part):
            m = _HEAD.match(paragraph.bare)
            number = _ORDINALS.get(m[1], 0) if m else 0
            if not m or not number:
                continue
            before = next((n for n in reversed(last) if n + 1 == number), max(last, default=0))
            if number > 1 and before + 1 < number <= before + _FAR:
                yield _skipped(paragraph, m[1], numeral(before + 1), f"上一节是{numeral(before)}")
            last = [number] if number > 1 else [*last, number]
    items = [(p, int(m[1])) for p in document.paragraphs if p.part == "说明" and (m := _ITEM.match(p.bare))]
    for (_, before), (paragraph, number) in pairwise(items):
        if before + 1 < number <= before + _FAR:
            yield _skipped(paragraph, str(number), str(before + 1), f"上一项是{before}")


_FAR = 4
"""Ordinals that skip more are of another list."""


def _headings(document: Published, part: str) -> list[Paragraph]:
    """The headings of a part: sections of the 情况说明, short lines that define nothing elsewhere."""
    own = [p for p in document.paragraphs if p.part == part and p.bare]
    if part == "说明":
        return [p for p in own if p.section == p.bare]
    return [p for p in own if len(p.bare) < _HEADING and not re.search("[：。；]|指", p.bare)]


_HEADING = 30


def _skipped(paragraph: Paragraph, stated: str, expected: str, why: str) -> Finding:
    quote = paragraph.text.strip()[:40]
    spot = (0, paragraph.number, 0)
    return Finding("AUDIT-034", DOUBT, [quote], stated, f"{expected}（{why}）", where(paragraph), spot=spot)


def _contents(document: Published) -> Iterator[Finding]:
    """A line of the contents that is nearly, but not quite, a heading or a title of the packet."""
    listed = [(p, _plain_title(_PAGE.sub("", p.text))) for p in document.paragraphs if p.part == "目录"]
    listed = [(p, line) for p, line in listed if _MIN_NAME < len(line) < _TITLE]
    titles = [_plain_title(p.text) for p in document.paragraphs if p.part != "目录" and len(p.bare) < _TITLE]
    titles += [_plain_title(c.text) for t in document.tables for row in t.rows[:4] for c in row if c.own]
    titles = [t for t in titles if _MIN_NAME < len(t) < _TITLE]
    known = set(titles)
    exact = sum(line in known for _, line in listed)
    if len(listed) < _ENOUGH_LINES or exact < len(listed) * _MOST:
        return
    for paragraph, line in listed:
        near = [t for t in known if line not in known and SequenceMatcher(None, line, t).ratio() > _ALIKE]
        if len(near) == 1 and near[0] not in {other for _, other in listed}:
            quotes, spot = [paragraph.text.strip()[:40], near[0]], (0, paragraph.number, 0)
            yield Finding("AUDIT-038", DOUBT, quotes, line, f"{near[0]}（正文的标题）", "目录", spot=spot)


def _plain_title(text: str) -> str:
    bare = plain(text).text
    return re.sub(r"^(?:[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d+[.、．]|附件?\d*[：:]?)", "", bare)


def _announced(document: Published) -> Iterator[Finding]:
    """Attachments in a list of them that are not there."""
    whole = {c.label for t in document.tables for row in t.rows for c in row if c.own}
    for paragraph in document.paragraphs:
        if paragraph.part != "附" or len(paragraph.bare) > _TITLE or "附件" not in paragraph.bare[:4]:
            continue
        m = _ANNOUNCED.match(paragraph.bare)
        if m and not any(_MARKS[m[1]] in label for label in whole):
            quote, spot = paragraph.text.strip()[:40], (0, paragraph.number, 0)
            yield Finding("AUDIT-038", DOUBT, [quote], "缺表", f"附上{m[1]}", where(paragraph), spot=spot)
