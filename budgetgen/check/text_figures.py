"""TEXT-003 to TEXT-006, TEXT-010, TEXT-011: amounts, years, units and reasons in texts, held against the figures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache, lru_cache
from itertools import pairwise

from budgetgen.check.rules import in_wan_yuan, rule
from budgetgen.check.text_corpus import SENTENCES, Found, Labelled, UnitText, any_of, corpus, told, words
from budgetgen.compute import Computed
from budgetgen.figures import PERCENT, YUAN, Figure, Group, Series, figure_words
from budgetgen.issues import Issue, Level
from budgetgen.layout.literal_forms import numbers
from budgetgen.model import Accounts, Loaded
from budgetgen.model.declarations import TextKind as Kind
from budgetgen.model.declarations import fields_of
from budgetgen.model.sections import GENERAL_PUBLIC_BUDGET, ThreePublic
from budgetgen.model.wording import path_words
from budgetgen.money import WAN_YUAN_PLACES, YUAN_PER_WAN, plain_text, round_half_up
from budgetgen.records import record

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


OWN_NUMBERS = "TEXT-017"
_TOLD = 4
_LEAST_TELLING = 1000
"""An amount in 万元 below it that is that of a figure may be so by chance, unless it has decimals."""


def numbers_in_texts(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """One note for all numbers that the unit's own texts say, those that are a figure's first: what is printed there is no figure."""
    found = own_numbers(loaded)
    if not found:
        return
    wanted = {number: amount for _, number in found if (amount := _amount(number))}
    amounts = frozenset(wanted.values())
    by_amount: dict[Decimal, Figure] = {}
    for figure in computed.figures.values() if amounts else ():
        if figure.unit == YUAN and (printed := figure.printed) in amounts:
            by_amount.setdefault(printed, figure)
    same = {n: f"{n}（{figure_words(by_amount[a].name)}）" for n, a in wanted.items() if a in by_amount}
    told_first = list(same.values()) or list(dict.fromkeys(number for _, number in found))
    which = "其中与算出的数相同的有 " if same else "如 "
    more = "等" if len(told_first) > _TOLD else ""
    cause = f"自己写的文字里有 {len(found)} 个数，数据改了不会跟着变，{which}{'、'.join(told_first[:_TOLD])}{more}。"
    paths = tuple(dict.fromkeys(written.path for written, _ in found))
    mend = "改数据时一起核对。"
    yield Issue(OWN_NUMBERS, Level.NOTE, cause, mend, paths[0], loaded.place(paths[0]), paths)


def own_numbers(loaded: Loaded) -> list[tuple[UnitText, str]]:
    """The numbers in the unit's own texts that no form tells as a year, a date, a code, in the order of the input."""
    texts = corpus(loaded).numeric
    return [(texts.at(start), number) for start, number in _untold(texts.joined)]


@lru_cache(maxsize=2)
def _untold(text: str) -> Sequence[tuple[int, str]]:
    return [(one.start, one.text) for one in numbers(text) if not one.form]


def _amount(number: str) -> Decimal | None:
    """The amount that a number can be, to two decimals; None for what is none, or too small to tell."""
    try:
        amount = Decimal(number.replace(",", "").replace("，", ""))
    except ArithmeticError:
        return None
    return amount if _places(amount) or amount >= _LEAST_TELLING else None


_OWN_KINDS = frozenset({Kind.NAME, Kind.DUTY})
_CALLS = "我本"
_FOREIGN_KEYS = frozenset({"内容", "用途", "注"})
"""Texts that tell of visits and guests: other units belong there."""


@cache
def _full_name() -> re.Pattern[str]:
    """A unit's name that begins a clause with its place: `某市某区发展研究中心`."""
    data = words()
    return re.compile(
        rf"(?:(?<=[，。；：])|^)(?!{data.any_of('不是地名')})(?:中共)?[一-龥]{{1,3}}?[省市县区州旗][一-龥]{{1,16}}?"
        rf"(?:{data.any_of('机构后缀')})(?![一-龥]{{0,2}}(?:{data.any_of('机构后不算')}))",
        re.MULTILINE,
    )


@rule("TEXT-004", "文字中的单位是本单位", "沿用别的单位的文字时，名称和自称应改为本单位")
def units_are_this_one(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """Another unit as the subject of a clause, or 我局 of a unit that is no 局. Names in duties count as its own."""
    own = loaded.accounts.unit.name
    texts = corpus(loaded)
    known = "\n".join(t.text for t in texts.texts if t.kind in _OWN_KINDS)
    names = "\n".join(t.text for t in texts.texts if t.kind is Kind.NAME and t.path.startswith("单位"))
    seen: set[str] = set()
    for found in [*texts.find(_full_name(), SENTENCES), *texts.find(words().patterns["自称式样"], SENTENCES)]:
        name = found.match[0]
        foreign = name[1:] not in names if name[0] in _CALLS else _is_foreign(name, known)
        if foreign and found.written.path not in seen and not _tells_of_others(found):
            seen.add(found.written.path)
            cause = f"{found.excerpt}说的是“{name}”，本单位是“{own}”。"
            mend = "核对是不是沿用了别的单位的文字；确是所属单位的，填在“决算单位”里。"
            yield told("TEXT-004", Level.WARNING, found, cause, mend, loaded)


def _is_foreign(name: str, known: str) -> bool:
    often = words().lists["常提到的机构"]
    return name not in known and not any(o in name for o in often)


def _tells_of_others(found: Found) -> bool:
    return found.written.key in _FOREIGN_KEYS


_YEAR = re.compile(
    r"(?<![0-9〔\[（(—–~～至到-])(20[0-9]{2})[ 　]?年(?![0-9]?号)|二[〇○零]([〇○零一二三四五六七八九]{2})年"
)
_DIGITS = {**{d: str(n) for n, d in enumerate("〇一二三四五六七八九")}, "○": "0", "零": "0"}
_OPENING, _CLOSING = "《“", "》”"
_BEFORE_YEAR, _BEHIND = 12, 20
_QUOTED = 200
"""How far before a year its quotation may open."""


@rule("TEXT-003", "文字中的年份是本年度", "沿用上年文字时，年份应改为本年度")
def years_are_the_packets(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """Another year where the text tells of this one. Titles, quotations and names that carry a year keep it."""
    own, texts, told_paths = loaded.accounts.year, corpus(loaded), set()
    named = [t.text for t in texts.texts if t.kind is Kind.NAME and "年" in t.text]
    for found in texts.find(_YEAR, SENTENCES):
        year = _year(found.match)
        if year == own or found.written.path in told_paths or _fits(found, year > own) or _in_name(found, named):
            continue
        told_paths.add(found.written.path)
        level = (
            Level.WARNING if year >= own - 1 or found.written.text[found.end : found.end + 1] == "度" else Level.NOTE
        )
        cause = f"{found.excerpt}写的是 {year} 年，本套材料是 {own} 年度。"
        yield told("TEXT-003", level, found, cause, f"核对是不是沿用了别的年份的文字，是就改成 {own} 年。", loaded)


def _year(match: re.Match[str]) -> int:
    return int(match[1]) if match[1] else 2000 + int("".join(_DIGITS[c] for c in match[2]))


def _fits(found: Found, coming: bool) -> bool:  # noqa: FBT001 - one fact of the year that is looked at
    """Whether the year may be another: quoted, compared with, a starting point, or one that is planned for."""
    text, patterns = found.written.text, words().patterns
    before, behind = text[max(0, found.at - _BEFORE_YEAR) : found.at], text[found.end : found.end + _BEHIND]
    first = max(0, found.at - _QUOTED)
    quoted = any(
        text.rfind(o, first, found.at) > text.rfind(c, first, found.at) for o, c in zip(_OPENING, _CLOSING, strict=True)
    )
    return bool(
        quoted
        or patterns["年份前式样"].search(before)
        or patterns["年份后式样"].match(behind)
        or (coming and patterns["下年后式样"].match(behind))
    )


def _in_name(found: Found, named: list[str]) -> bool:
    """Whether the year is part of a name (a project's) that the input gives."""
    text = found.written.text
    return any(text.find(name, max(0, found.end - len(name)), found.at + len(name)) >= 0 for name in named)


_LONGEST = 30
_UP, _DOWN = "增加", "减少"
_ITEMS = {spec.key: spec.name for spec in fields_of(ThreePublic).values()}
_CHANGES = {
    "收支总计": ("收支总计.较上年", "grand_total"),
    "财政拨款收支总计": ("财政拨款收支总计.较上年", "fiscal_grand_total"),
    "一般公共预算支出": ("一般公共预算.支出.合计.较上年", "general_expenditure"),
}


@record
class Reason:
    """A reason with what it is a reason for: which way the figure went, and both values."""

    path: str
    text: str
    direction: str
    current: Figure
    base: Figure

    @property
    def told(self) -> str:
        """Both figures, as a message says them."""
        return f"{in_wan_yuan(self.base.value)} → {in_wan_yuan(self.current.value)}，{self.direction}"


@record
class Given:
    """A reason as it is given: its path, its text, and the comparisons of the tree that it can be read for."""

    path: str
    text: str
    changes: tuple[str, ...] = ()
    code: str = ""


@rule("TEXT-010", "原因与增减方向一致", "原因应与增减方向相符")
def reasons_go_the_same_way(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """A reason that speaks only of more where the figure fell, or only of less where it rose."""
    seen: set[str] = set()
    for given in _given(loaded.accounts):
        said = _said(given.text)
        reason = _reason(given, computed) if said else None
        if reason and said != reason.direction and reason.path not in seen:
            seen.add(reason.path)
            cause = f"“{_short(reason.text)}”说的是{said}，而数是 {reason.told}。"
            mend = "核对原因是不是填错了行，或沿用了上年的。"
            yield told("TEXT-010", Level.WARNING, _as_written(reason), cause, mend, loaded)


@rule("TEXT-011", "一个原因不用于相反的方向", "增加和减少不会是同一个原因")
def reasons_are_not_copied(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """One text that explains a rise here and a fall there."""
    by_text: dict[str, list[Given]] = {}
    for given in _given(loaded.accounts):
        by_text.setdefault(given.text.strip("。 　"), []).append(given)
    for text, group in by_text.items():
        found = [r for r in (_reason(g, computed) for g in group) if r] if len(group) > 1 else []
        for one, other in pairwise(found):
            if one.direction != other.direction:
                cause = (
                    f"“{_short(text)}”在这里解释{other.direction}（{other.told}），"
                    f"在 {path_words(one.path)} 又解释{one.direction}（{one.told}）。"
                )
                yield told("TEXT-011", Level.WARNING, _as_written(other), cause, "两处各写各的原因。", loaded)
                break


@lru_cache(maxsize=1024)
def _said(text: str) -> str:
    """The one direction of money that a text tells; blank where it tells none or both, or speaks of last year."""
    data = words()
    if any(w in text for w in data.lists["不比方向"]):
        return ""
    up, down = bool(data.patterns["增加式样"].search(text)), bool(data.patterns["减少式样"].search(text))
    return "" if up == down else _UP if up else _DOWN


def _given(accounts: Accounts) -> Iterator[Given]:
    """Every reason that is given; one that stands for several totals comes once for each."""
    for line in accounts.lines:
        if line.reason and line.fund == GENERAL_PUBLIC_BUDGET:
            yield Given(f"收支明细[{line.key}].差异原因", line.reason, code=line.code)
    for key, field in _ITEMS.items() if accounts.three_public else ():
        item, actual = getattr(accounts.three_public, field), f"三公经费.决算.{key}"
        if item.budget_reason:
            changes = f"{actual}.完成年初预算", f"{actual}.完成全年预算"
            yield Given(f"三公经费.{key}.预算差异原因", item.budget_reason, changes)
        if item.prior_reason:
            yield Given(f"三公经费.{key}.上年差异原因", item.prior_reason, (f"{actual}.较上年",))
    agency = accounts.agency_running
    if agency and agency.reason:
        yield Given("机关运行经费.原因", agency.reason, ("机关运行经费.决算.较上年", "机关运行经费.决算.与预算比"))
    first = accounts.reasons.grand_total
    for key, (change, field) in _CHANGES.items():
        own: str | None = getattr(accounts.reasons, field)
        text = own or first
        if text:
            yield Given(f"变动原因.{key if own else '收支总计'}", text, (change,))


def _reason(given: Given, computed: Computed) -> Reason | None:
    """The reason with its figures, where all its comparisons go one way; None where they differ or nothing moved."""
    changes = [_completion(given.code, computed)] if given.code else [_at(computed, c) for c in given.changes]
    moved = [m for m in map(_moved, changes) if m]
    if not moved or len({direction for direction, _, _ in moved}) > 1:
        return None
    return Reason(given.path, given.text, *moved[0])


def _completion(code: str, computed: Computed) -> object:
    """How far the line of `code` fulfilled its 年初预算."""
    rows = computed.tree.group(GENERAL_PUBLIC_BUDGET).lookup("项")
    return rows.row(code).lookup("完成") if isinstance(rows, Series) and code in rows else None


def _at(computed: Computed, path: str) -> object:
    try:
        return computed.tree.at(path)
    except KeyError:
        return None


def _moved(change: object) -> tuple[str, Figure, Figure] | None:
    if not isinstance(change, Group):
        return None
    names = ("增", "减", "本数", "基数") if "增" in change else ("大于", "小于", "决算", "预算")
    up, down, current, base = (change.lookup(n) for n in names)
    if not (up or down) or not isinstance(current, Figure) or not isinstance(base, Figure):
        return None
    return (_UP if up else _DOWN), current, base


def _as_written(reason: Reason) -> UnitText:
    return UnitText(reason.path, "", reason.text, Kind.REASON)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
