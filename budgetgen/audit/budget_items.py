"""The items of a budget's 编制说明: which 科目 each speaks of, whatever its wording, and what its numbers contradict.

An item prints this year's amount once or twice, mostly last year's 执行数, and a rate between the two:

    1、公共安全支出（204类）司法（06款）行政运行（01项）1672.67万元。…2025年当年预算执行数为1690.69万元，
    2026年预算安排1672.67万元，比2025年预算执行数减少1.07%。
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from budgetgen.audit.budget_words import Ways
from budgetgen.audit.grammar import sign_of
from budgetgen.audit.relations import DOUBT, ERROR, NOTE, Finding, Side
from budgetgen.audit.slips import place_of
from budgetgen.audit.stated import CENT, Statement, show, unit_of
from budgetgen.classification import ITEM_DIGITS, class_code, section_code
from budgetgen.inversion import Told
from budgetgen.inversion.plain import Plain, plain
from budgetgen.model import FISCAL_FUNDS
from budgetgen.money import WAN_YUAN_PLACES, YUAN_PER_WAN, round_half_up
from budgetgen.published.document import Paragraph, Published
from budgetgen.records import record

_SENTENCE, _RATE, _NAMES = "AUDIT-010", "AUDIT-016", "AUDIT-035"
_ROUNDS = Decimal("0.0051")
"""万元: what rounding to two decimals takes or adds; up to a cent, an amount was cut."""
_GROSS = 5
"""Per cent: a rate that is so far off may be right, and the amount before it lack a digit."""
_ENOUGH = 0.5
"""So many of the 科目 must have an item of their own, else this place writes otherwise."""


@record
class Item:
    """One item: its 科目 (blank where the names are of none), its amounts, last year's, the rate with its direction."""

    paragraph: Paragraph
    text: Plain
    code: str
    head: str
    now: Sequence[Statement]
    before: Statement | None
    rate: Statement | None
    sign: int | None


def findings_of_items(document: Published, told: Told, ways: Ways) -> Iterator[Finding]:
    """What the items say otherwise than the tables or than their own numbers, and the 科目 that no item tells."""
    cells = _cells(told)
    items = [i for p in document.paragraphs if (i := _item(p, told, cells, ways))]
    for item in items:
        if item.code:
            yield from _one(item, cells[item.code])
    yield from _missing(items, cells, told)


def _cells(told: Told) -> Mapping[str, Statement]:
    """The 项 of the three funds' tables, in 万元; one of several funds with their sum."""
    funds = "|".join(map(re.escape, map(str, FISCAL_FUNDS)))
    name = re.compile(rf"预算\.({funds})\.项\[(\d{{{ITEM_DIGITS}}})\]\.合计")
    found: dict[str, dict[str, Statement]] = {}
    for s in told.stated:
        if s.spot[0] and s.text and (m := name.fullmatch(s.name)) and s.value:
            value = Decimal(s.value) / YUAN_PER_WAN
            row = f"{told.tables[s.spot[0]].title}的{told.names.get(m[2], m[2])}"
            said = Statement(s.name, value, show(value), row, s.words, Decimal("0.000001"), s.spot)
            found.setdefault(m[2], {}).setdefault(m[1], said)
    return {code: _sum(list(by_fund.values())) for code, by_fund in sorted(found.items())}


def _sum(cells: Sequence[Statement]) -> Statement:
    first = cells[0]
    value = sum((c.value for c in cells), Decimal(0))
    return first if len(cells) == 1 else Statement(first.name, value, show(value), first.where, first.quote)


# ------------------------------------------------------------------------------------------------ reading


def _item(paragraph: Paragraph, told: Told, cells: Mapping[str, Statement], ways: Ways) -> Item | None:
    text = plain(paragraph.text)
    if not ways.item.search(text.text):
        return None
    first = ways.amounts[0].search(text.text)
    if first is None:
        return None
    head = text.text[: first.start(1)]

    def said(match: re.Match[str] | None, group: int = 1) -> Statement | None:
        if match is None:
            return None
        at, end = match.span(group)
        value, where = Decimal(match[group]), place_of(paragraph)
        return Statement(
            "", value, match[group], where, text.quote(at, end), unit_of(match[group]), (0, paragraph.number, at)
        )

    now = {s.spot: s for pattern in ways.amounts for m in pattern.finditer(text.text) if (s := said(m))}
    rate = ways.rate.search(text.text)
    level = ways.level.search(text.text)
    sign = sign_of(rate[1]) if rate else 0 if level else None
    before = said(ways.before.search(text.text))
    return Item(paragraph, text, _code(head, told, cells), head, list(now.values()), before, said(rate, 2), sign)


def _code(head: str, told: Told, cells: Mapping[str, Statement]) -> str:
    """The 科目 whose 款 and 项 are named in this order; blank where there is none, or several."""
    bare = _stem(head.replace("其它", "其他"))
    scored: dict[str, int] = {}
    for code in cells:
        section, item, above = (_stem(told.names.get(c, "")) for c in (section_code(code), code, class_code(code)))
        at = bare.find(section) if section and item else -1
        if at >= 0 and bare.find(item, at + len(section)) >= 0:
            scored[code] = len(section) + len(item) + (len(above) if above in bare[: at + 1] else 0)
    best = max(scored.values(), default=0)
    found = [code for code, score in scored.items() if score == best]
    return found[0] if len(found) == 1 else ""


def _stem(name: str) -> str:
    return re.sub(r"\s|（[^）]*）", "", plain(name).text).removesuffix("支出")


# ------------------------------------------------------------------------------------------------ amounts and rates


def _one(item: Item, cell: Statement) -> Iterator[Finding]:
    rated = _rate(item, round_half_up(cell.value, WAN_YUAN_PLACES))
    wrong = [s for s in item.now if abs(s.value - cell.value) > _ROUNDS]
    for said in {s.value: s for s in reversed(wrong)}.values():
        cut = abs(said.value - cell.value) <= CENT
        expected = f"{cell.text}（{cell.where}）"
        found = _told(_SENTENCE, NOTE if cut else ERROR, said, expected)
        found.sides += [
            Side(s.quote, s.text, s.where, s.spot) for s in wrong if s.value == said.value and s is not said
        ]
        found.sides.append(Side(cell.quote, cell.text, cell.where, cell.spot))
        if not cut and rated is None and item.rate and _rate(item, said.value):
            also: dict[str, object] = {
                "quote": item.rate.quote,
                "stated": f"{item.rate.text}%",
                "expected": cell.text,
                "where": item.rate.where,
            }
            found.also.append(also)
        yield found
    if rated is not None:
        yield rated


def _rate(item: Item, now: Decimal) -> Finding | None:
    """What is wrong with the rate between last year's amount and this year's, `now` as it is printed."""
    before, rate = item.before, item.rate
    if before is None or item.sign is None or (rate is None and item.sign):
        return None
    if rate is None:
        return None if before.value == now else _not_level(item, before, now)
    if not before.value:
        told = f"删去增减率（上年执行数是 {before.text} 万元，没有增减率），只写两年的数和原因"
        return _told(_RATE, ERROR, rate, told, f"{rate.text}%")
    exact = (now - before.value) * 100 / before.value
    if (exact > 0) == (item.sign > 0) and abs(abs(exact) - rate.value) <= rate.fine / 2:
        return None
    meant = item.sign * rate.value
    if abs(exact - meant) > _GROSS and (other := _mistyped(before.text, now, meant)):
        told = f"{other}（{other} 到 {show(now)} 正是{_word(item.sign)}{rate.text}%）"
        return _told(_RATE, ERROR, before, told)
    near = (exact > 0) == (item.sign > 0) and abs(abs(exact) - rate.value) <= CENT
    word = "" if (exact > 0) == (item.sign > 0) else _word(exact)
    told = f"{word}{show(abs(exact))}%（{show(now)} 比 {before.text}）"
    return _told(_RATE, NOTE if near else ERROR, rate, told, f"{rate.text}%")


def _not_level(item: Item, before: Statement, now: Decimal) -> Finding:
    exact = (
        f"，{_word(now - before.value)} {show(abs(now - before.value) * 100 / before.value)}%" if before.value else ""
    )
    at = item.text.text.index("持平")
    quote, spot = item.text.quote(at, at + 2), (0, item.paragraph.number, at)
    told = f"与两个数相符的话（{before.text} 到 {show(now)}{exact}）"
    return Finding(_RATE, ERROR, [quote], "持平", told, place_of(item.paragraph), spot=spot)


def _mistyped(text: str, now: Decimal, meant: Decimal) -> str:
    """The number that fits the rate where a digit too many, or two that changed places, stand in `text`; blank for none."""
    tries = [text[:n] + text[n + 1 :] for n in range(len(text)) if text[n] != "."]
    tries += [text[:n] + text[n + 1] + text[n] + text[n + 2 :] for n in range(len(text) - 1)]
    for other in tries:
        value = Decimal(other) if re.fullmatch(r"[1-9]\d*(\.\d+)?", other) else Decimal(0)
        if value and abs((now - value) * 100 / value - meant) <= _ROUNDS:
            return other
    return ""


def _word(sign: Decimal | int) -> str:
    return "增加" if sign > 0 else "减少"


def _told(rule: str, level: str, said: Statement, expected: str, stated: str = "") -> Finding:
    stated = stated or said.text
    side = Side(said.quote, stated, said.where, said.spot)
    return Finding(rule, level, [said.quote], stated, expected, said.where, spot=said.spot, sides=[side])


# ------------------------------------------------------------------------------------------------ one to one


def _missing(items: Sequence[Item], cells: Mapping[str, Statement], told: Told) -> Iterator[Finding]:
    """科目 of the tables without an item: one under other names is told as misnamed, by its amount."""
    known = {i.code for i in items if i.code}
    lacking = {c: s for c, s in cells.items() if c not in known and round_half_up(s.value, WAN_YUAN_PLACES)}
    if len(known) < len(cells) * _ENOUGH:
        return
    unread = [i for i in items if not i.code]
    for item in list(unread):
        same = [c for c, s in lacking.items() if item.now and abs(item.now[0].value - s.value) <= CENT]
        if len(same) == 1:
            unread.remove(item)
            cell = lacking.pop(same[0])
            names = "".join(f"{told.names.get(same[0][:n], '')}（{w}）" for n, w in ((3, "类"), (5, "款"), (7, "项")))
            head = item.paragraph.text[: item.text.index[len(item.head) - 1] + 1]
            head = re.sub(r"^\s*\d{1,3}\s*[.．、]\s*|(?:科目)?\s*$", "", head).strip('“”"')
            where, spot = place_of(item.paragraph), (0, item.paragraph.number, 0)
            sides = [Side(head, head, where, spot), Side(cell.quote, cell.text, cell.where, cell.spot)]
            yield Finding(
                _NAMES, DOUBT, [head], head, f"{names}（{cell.where}，金额相同）", where, spot=spot, sides=sides
            )
    if unread or not items:
        return
    last = items[-1].paragraph
    for code, cell in lacking.items():
        names = "-".join(told.names.get(code[:n], "") for n in (3, 5, 7))
        expected = f"补上一项：{names} {cell.text}万元（{cell.where}有这一行，编制说明没有写）"
        near = next((i.paragraph for i in items if i.code > code), last)
        sides = [Side(cell.quote, cell.text, cell.where, cell.spot)]
        yield Finding(_NAMES, ERROR, [cell.quote], "漏列", expected, place_of(near), spot=cell.spot, sides=sides)
