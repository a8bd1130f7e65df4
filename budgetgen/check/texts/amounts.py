"""TEXT-005, TEXT-006: amounts and percentages in texts, held against the figures of the same name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache

from budgetgen.check.rules import rule
from budgetgen.check.texts.corpus import SENTENCES, Found, corpus, told
from budgetgen.check.texts.words import Labelled, any_of, words
from budgetgen.compute import Computed
from budgetgen.figures import PERCENT, YUAN, Figure
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded
from budgetgen.money import WAN_YUAN_PLACES, YUAN_PER_WAN, plain_text, round_half_up

_NUMBER = r"(?P<number>[0-9]{1,3}(?:[,，][0-9]{3}){1,3}(?:\.[0-9]{1,6})?|[0-9]{1,12}(?:\.[0-9]{1,6})?)"
_LINK = r"(?:决算数?|支出)?(?:共计|合计|总额|共|数)?(?:为|是|达到?|完成|计)?[ 　]?"
_HEAD = r"(?:^|(?<=[^一-龥A-Za-z0-9“])|(?<=其中)|(?<=本年)|(?<=全年)|(?<=年度)|(?<=部门)|(?<=单位))"
_IN = {"元": Decimal(1), "万元": YUAN_PER_WAN, "亿元": YUAN_PER_WAN * YUAN_PER_WAN}
_BEFORE = 8
_OTHER_YEAR = re.compile(r"20[0-9]{2}")


@cache
def _labels(name: str) -> tuple[dict[str, Labelled], re.Pattern[str]]:
    """Each way of saying a figure of the list `name`, and what finds them with a number behind."""
    by_saying = {saying: entry for entry in words().labelled[name] for saying in entry.sayings}
    link, unit = (
        (_LINK, "(?P<unit>万元|亿元|元)")
        if name == "同名数"
        else (r"的?(?:比例|比重)?(?:为|是|达到?)?[ 　]?", "(?P<unit>[%％])")
    )
    pattern = rf"{_HEAD}(?P<label>{any_of(by_saying) or '(?!)'}){link}{_NUMBER}[ 　]?{unit}"
    return by_saying, re.compile(pattern, re.MULTILINE)


@rule("TEXT-005", "文字中的数与同名的数一致", "同一个数在表格、正文中只有一个值")
def numbers_are_the_figures(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """An amount or a share that a text gives by name, against every figure which that name can mean."""
    if not loaded.accounts.lines:
        return
    seen: set[tuple[str, str]] = set()
    for name in ("同名数", "同名占比"):
        by_saying, pattern = _labels(name)
        for found in corpus(loaded).numeric.find(pattern, SENTENCES):
            entry, unit = by_saying[found.match["label"]], found.match["unit"]
            if _speaks_of_another(found, loaded.accounts.year) or (found.written.path, found.match[0]) in seen:
                continue
            seen.add((found.written.path, found.match[0]))
            figures = _figures(entry.names, computed) if name == "同名数" else _shares(entry, computed)
            number = _number(found)
            if not figures or any(_same(number, f, unit) for f in figures) or _is_wan(number, unit, figures):
                continue
            cause = f"{found.excerpt}，而{figures[0].name}是 {_shown(figures[0].value, unit)}。"
            yield told("TEXT-005", Level.WARNING, found, cause, "改成相同的数，或不在文字里写这个数。", loaded)


def _speaks_of_another(found: Found, year: int) -> bool:
    """Whether the number is said to be last year's, a budget or a part."""
    before = found.written.text[max(0, found.at - _BEFORE) : found.at]
    clause = re.split("[，。；\n]", before)[-1]
    others = any(w in clause for w in words().lists["不是本年数"])
    return others or any(int(y) != year for y in _OTHER_YEAR.findall(clause))


def _number(found: Found) -> Decimal:
    return Decimal(found.match["number"].replace(",", "").replace("，", ""))


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _same(number: Decimal, figure: Figure, unit: str) -> bool:
    """Whether the number is the figure, to the decimals that the text writes."""
    return round_half_up(figure.value / _IN.get(unit, Decimal(1)), _places(number)) == number


def _shown(value: Decimal, unit: str) -> str:
    if unit not in _IN:
        return f"{round_half_up(value, 2)}%"
    return f"{plain_text(round_half_up(value / _IN[unit], WAN_YUAN_PLACES), strip_zeros=False)} {unit}"


def _figures(names: Sequence[str], computed: Computed) -> list[Figure]:
    found = [_value(name, computed) for name in names]
    return [f for f in found if f is not None]


def _value(name: str, computed: Computed) -> Figure | None:
    try:
        value = computed.tree.at(name)
    except (KeyError, TypeError):
        return None
    return value if isinstance(value, Figure) else None


def _shares(entry: Labelled, computed: Computed) -> list[Figure]:
    """What the share can be; none where the first of its meanings, the proper one, can't be computed."""
    pairs = zip(entry.parts, entry.wholes, strict=False)
    values = [(_value(part, computed), _value(whole, computed)) for part, whole in pairs]
    if not values or None in values[0]:
        return []
    return [
        Figure(f"{p.name}占{w.name}的比", p.value / w.value * 100, PERCENT, operands=(p, w))
        for p, w in values
        if p is not None and w is not None and w.value
    ]


_YUAN = re.compile(rf"(?<![0-9.,，]){_NUMBER}[ 　]?元")
_MARK = r"(?=[，。；、）)]|$)"


@cache
def _bare() -> re.Pattern[str]:
    """An amount with nothing behind it: 经费12.50, 支出840.70万."""
    money = words().any_of("金额词")
    return re.compile(
        rf"(?:{money})(?:合计|总额|共计|共|数)?(?:为|是|达|计)?[ 　]?[0-9]{{1,12}}\.[0-9]{{1,6}}{_MARK}"
        rf"|(?<![0-9.])[0-9]{{1,8}}(?:\.[0-9]{{1,6}})?万{_MARK}",
        re.MULTILINE,
    )


@rule("TEXT-006", "文字中的金额写明单位", "金额应写明元或万元；公开材料以万元为单位")
def amounts_have_their_unit(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """元 for 万元 (the number is that of a figure in 万元), and amounts without 元 behind them."""
    texts = corpus(loaded).numeric
    mend = "写明“万元”或“元”。"
    for found in texts.once(_bare(), SENTENCES):
        yield told("TEXT-006", Level.WARNING, found, f"{found.excerpt}里的金额没有写单位。", mend, loaded)
    printed: frozenset[Decimal] | None = None
    for found in texts.find(_YUAN, SENTENCES):
        number = _number(found)
        if _places(number) != WAN_YUAN_PLACES or not number:
            continue
        printed = _printed(computed) if printed is None else printed
        if number in printed:
            cause = f"{found.excerpt}写的是元，表格里有 {plain_text(number, strip_zeros=False)} 万元的数。"
            yield told("TEXT-006", Level.WARNING, found, cause, "核对单位是不是“万元”。", loaded)


def _printed(computed: Computed) -> frozenset[Decimal]:
    """Every amount of the packet as printed in 万元: the totals and what they are computed from."""
    totals = [f for f in computed.figures.values() if f.unit == YUAN]
    return frozenset(f.printed for total in totals for f in (total, *total.operands))


def _is_wan(number: Decimal, unit: str, figures: Sequence[Figure]) -> bool:
    """Whether only the unit is wrong: TEXT-006 tells it."""
    return unit == "元" and _places(number) == WAN_YUAN_PLACES and any(_same(number, f, "万元") for f in figures)
