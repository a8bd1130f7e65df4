"""What must hold in a sentence, between sentences, and between a sentence and the tables."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from budgetgen.audit.grammar import DOWN, LEVEL, UP, read_grammar
from budgetgen.audit.hearing import Prose, Turn
from budgetgen.audit.nine_tables import Nine, class_name, unlike
from budgetgen.audit.relations import DOUBT, ERROR, SCOPE, Relation, adds_up, alike, equal, ratio
from budgetgen.audit.stated import CENT, Statement, agree, show
from budgetgen.classification import ITEM_DIGITS

_NEAR = 3
"""A whole is told at most so many paragraphs before its shares."""
_SECTIONS = 3
"""The sections that tell one change on last year."""
_TOLD = {UP: "大于", DOWN: "小于", LEVEL: "等于"}
_HUNDRED = Decimal(100)
_THREE_ITEMS = ("合计", "因公出国费", "公务用车小计", "公务接待费", "公务用车购置费", "公务用车运行维护费")
_APART = re.compile(r"^(?:科目|类$|\.)|占比\(|\.较上年\.|\.与预算比\.|^(?:报告|某)\.|\[\d+\]\.|^附\.")
"""Names that several figures share: never held against each other by name alone."""


# ------------------------------------------------------------------------------------------------ relations


def relations_of(prose: Prose, nine: Nine) -> list[Relation]:
    """What must hold within sentences, between them, and against the tables."""
    found: list[Relation] = []
    for turn in prose.turns:
        found += _in_turn(turn, prose, nine)
    found += _against_cells(prose, nine)
    for name, all_said in prose.said.items():
        if not _APART.search(name):
            found += [equal(a, b, "AUDIT-011") for n, a in enumerate(all_said) for b in all_said[n + 1 : n + 5]]
    found += _sums(prose, nine)
    found += _counted(prose)
    found += _changes(prose, one=not unlike(nine))
    return found


def _cells_of(name: str, nine: Nine) -> list[Statement]:
    names = [name, *read_grammar().cells.get(name, ())]
    found = [s for n in names if (s := nine.get(n)) is not None]
    if name.startswith("一般公共预算.类["):
        found += _class_cells(nine.names.get(_code(name), ""), nine)
    return found


def _code(name: str) -> str:
    return name.partition("[")[2].partition("]")[0]


def _class_cells(label: str, nine: Nine) -> list[Statement]:
    """The cells of 04 that print a 类 in 一般公共预算."""
    cells = ((n.split("."), s) for n, s in nine.said.items() if n.startswith("财政拨款总表.支出."))
    return [s for n, s in cells if n[-1] == "一般公共预算" and class_name(n[2]) == class_name(label)]


def _against_cells(prose: Prose, nine: Nine) -> Iterator[Relation]:
    either = read_grammar().either
    for name, all_said in prose.said.items():
        cells = _cells_of(name, nine)
        options = [o for n in either.get(name, ()) for o in _cells_of(n, nine)[:1]]
        for said in all_said:
            yield from (equal(said, cell, "AUDIT-010") for cell in cells)
            if options:
                yield one_of(said, options, "AUDIT-010" if name.startswith("某.") else "AUDIT-020")
            if name.startswith("附.一般公共预算.类[") and name.endswith("支出.合计"):
                yield from _class_in_report(said, _code(name), nine)
            if name.startswith("一般公共预算.类[") and not cells:
                yield from _class_of_items(said, _code(name), nine)


def _class_in_report(said: Statement, code: str, nine: Nine) -> Iterator[Relation]:
    """A 类 in a report, which may tell all money or that of 一般公共预算."""
    options = _cells_of(f"一般公共预算.类[{code}].支出.合计", nine) + _cells_of(f"支出.类[{code}].合计", nine)
    if options:
        yield one_of(said, options, "AUDIT-020")


def _class_of_items(said: Statement, code: str, nine: Nine) -> Iterator[Relation]:
    """A 类 that no row prints, from its items in 05."""
    items = [c for c in nine.rows.get("05", {}) if len(c) == ITEM_DIGITS and c.startswith(code)]
    cells = [s for c in items if (s := nine.get(f"一般公共预算.项[{c}].支出.合计")) is not None]
    if cells:
        yield adds_up(said, cells, "AUDIT-010")


def one_of(said: Statement, options: Sequence[Statement], rule: str, level: str = ERROR) -> Relation:
    """A statement that must agree with one of several, whose scopes may differ."""
    distinct = list({o.value: o for o in options}.values())

    def expected(of: Statement) -> str:
        if of is said:
            return "、".join(f"{o.text}（{o.where}）" for o in distinct)
        return f"{said.text}（{said.where}）"

    return Relation(rule, (said, *distinct[:1]), any(agree(said, o) for o in options), expected, level)


def actual_of(turn: Turn, prose: Prose, nine: Nine) -> Statement | None:
    """The amount that a turn speaks of: told there, in the same paragraph, or by a table."""
    own = turn.slots.get(".")
    if own is not None:
        return own
    told = [s for s in prose.said.get(turn.subject, []) if s.spot[1] == turn.paragraph.number]
    return told[0] if told else next(iter(_cells_of(turn.subject, nine)), None)


def _in_turn(turn: Turn, prose: Prose, nine: Nine) -> Iterator[Relation]:
    actual = actual_of(turn, prose, nine)
    slots = turn.slots
    budget = slots.get(".年初预算") or slots.get(".预算") or slots.get(".全年预算")
    rate, share = slots.get(".完成率"), slots.get(".占比")
    if rate is not None and actual is not None and budget is not None:
        yield ratio(rate, actual, budget, "AUDIT-012")
    if share is not None and actual is not None:
        whole = _whole_of(turn, prose, nine)
        if whole is not None:
            yield ratio(share, actual, whole, "AUDIT-013")
    compared = turn.words[".较预算"]
    if actual is not None and budget is not None and not slots.get(".较预算额"):
        yield from (_compares(word, sign, actual, budget) for word, sign in compared)
    elif rate is not None and budget is None:
        yield from (_fits_rate(word, sign, rate) for word, sign in compared)
    for words in turn.words.values():
        yield from (_same_way(a, b) for n, a in enumerate(words) for b in words[n + 1 :])
    yield from _change_in(turn, actual, budget)


def _change_in(turn: Turn, actual: Statement | None, budget: Statement | None) -> Iterator[Relation]:
    """The amount and rate of a change against this amount, and against the base where it is told."""
    for key, base in ((".增减", turn.slots.get(".上年")), (".较预算", budget)):
        amount, percent = turn.slots.get(key + "额"), turn.slots.get(key + "率")
        signs = [sign for _, sign in turn.words[key]]
        if amount is None or actual is None or not signs:
            continue
        sign = Counter(signs).most_common(1)[0][0]
        words = [w for w, s in turn.words[key] if s == sign]
        if percent is not None:
            yield _rate_of_change(percent, amount, actual, sign, words)
        if base is not None and sign != LEVEL:
            yield _difference(amount, actual, base, sign, words[0])


def _difference(amount: Statement, actual: Statement, base: Statement, sign: int, word: Statement) -> Relation:
    """增加 2.00 万元 against this amount and the one that it is compared with."""
    real = actual.value - base.value
    holds = abs(real - sign * amount.value) <= amount.fine + actual.fine / 2 + base.fine / 2

    def expected(of: Statement) -> str:
        if of is amount or of is word:
            return f"{'增加' if real > 0 else '减少'} {show(abs(real))}（{actual.text}－{base.text}）"
        return f"与 {actual.text}、{base.text}、{word.text}{amount.text} 相符的数"

    return Relation("AUDIT-016", (amount, actual, base, word), holds, expected)


def _fits_rate(word: Statement, sign: int, rate: Statement) -> Relation:
    """决算数小于预算数 beside 完成预算的 89.53%, where no budget is told."""
    over = rate.value - _HUNDRED
    real = UP if over > 0 else DOWN if over < 0 else LEVEL
    holds = real == sign or abs(over) <= rate.fine

    def expected(of: Statement) -> str:
        if of is word:
            return f"{_TOLD[real]}（完成 {rate.text}%）"
        return f"与“{word.text}”相符的百分数"

    return Relation("AUDIT-014", (word, rate), holds, expected)


def _whole_of(turn: Turn, prose: Prose, nine: Nine) -> Statement | None:
    if not turn.share_of:
        return None
    near = [s for s in prose.said.get(turn.share_of, []) if abs(s.spot[1] - turn.paragraph.number) <= _NEAR]
    here = [s for s in near if s.spot[1] == turn.paragraph.number] or near
    return here[0] if here else next(iter(_cells_of(turn.share_of, nine)), None)


def _compares(word: Statement, sign: int, actual: Statement, budget: Statement) -> Relation:
    """决算数大于年初预算数 against the two amounts."""
    difference = actual.value - budget.value
    real = UP if difference > 0 else DOWN if difference < 0 else LEVEL
    holds = real == sign or (abs(difference) <= CENT and min(actual.fine, budget.fine) < CENT)

    def expected(of: Statement) -> str:
        mark = {UP: ">", DOWN: "<", LEVEL: "="}[real]
        if of is word:
            return f"{_TOLD[real]}（{actual.text}{mark}{budget.text}）"
        return f"与“{word.text}”相符的数（{actual.text}{mark}{budget.text}）"

    return Relation("AUDIT-014", (word, actual, budget), holds, expected)


def _same_way(one: tuple[Statement, int], two: tuple[Statement, int]) -> Relation:
    (a, up), (b, other) = one, two

    def expected(of: Statement) -> str:
        against = b if of is a else a
        return f"与“{against.text}”同一方向（{against.quote}）"

    return Relation("AUDIT-015", (a, b), up == other, expected)


def _rate_of_change(
    percent: Statement, amount: Statement, actual: Statement, sign: int, words: Sequence[Statement]
) -> Relation:
    """减少 155.72 万元，降低 19.1%: the rate over last year's amount, which is this year's without the change."""
    prior = Statement(
        "",
        actual.value - sign * amount.value,
        show(actual.value - sign * amount.value),
        "",
        "",
        amount.fine + actual.fine,
    )
    inner = ratio(percent, amount, prior, "AUDIT-016", bounds=_bounds_of_change(amount, actual, sign))
    if prior.value <= CENT and amount.value:
        return Relation("AUDIT-016", (percent, amount, actual), holds=True, expected=inner.expected)

    def expected(of: Statement) -> str:
        if of is percent:
            return f"{show(amount.value * 100 / prior.value) if prior.value else '—'}%（{amount.text}/{prior.text}）"
        return f"与 {actual.text}、{amount.text}、{percent.text}% 相符的数"

    return Relation("AUDIT-016", (percent, amount, actual, *words[:1]), inner.holds, expected, inner.level)


def _bounds_of_change(amount: Statement, actual: Statement, sign: int) -> tuple[Decimal, Decimal] | None:
    """The least and greatest rate of a change: the year before is this year's amount without it, whatever the digits hide.

    A change that was taken from two rounded amounts may be a whole last place off.
    """
    least, most = max(amount.value - amount.fine, Decimal(0)), amount.value + amount.fine
    if sign < 0:
        low, high = least + actual.high, most + max(actual.low, Decimal(0))
    else:
        low, high = actual.high - least, actual.low - most
    return (least * 100 / low, most * 100 / high) if low > 0 and high > 0 else None


def _signed(turn: Turn) -> Statement | None:
    """The change on last year with its sign."""
    words = turn.words[".增减"]
    amount = turn.slots.get(".增减额")
    if not words:
        return None
    sign = Counter(s for _, s in words).most_common(1)[0][0]
    if amount is None:
        word = next((w for w, s in words if s == LEVEL), None)
        return Statement("增减", Decimal(0), word.text, word.where, word.quote, CENT, word.spot) if word else None
    if LEVEL in [s for _, s in words]:
        return None
    return _cached(amount, sign)


def _cached(amount: Statement, sign: int) -> Statement:
    """The amount of a change with its sign; it is told as it is printed."""
    return replace(amount, name=f"{amount.name}±", value=amount.value * sign)


def _changes(prose: Prose, *, one: bool) -> list[Relation]:
    """The change on last year told in several sections (`one`: of one amount), and that of 三公 against its items'."""
    found: list[Relation] = []
    told: dict[str, list[tuple[Turn, Statement]]] = defaultdict(list)
    for turn in prose.turns:
        signed = _signed(turn)
        if signed is not None:
            told[turn.subject].append((turn, signed))
    alike = [
        (t, s)
        for subject in ("收支总计", "财政拨款收支总计", "一般公共预算.支出.合计")
        for t, s in told.get(subject, [])
    ]
    amounts = [t.slots["."].value for t, _ in alike if "." in t.slots]
    if one and len(alike) >= _SECTIONS and len(set(amounts)) < _SECTIONS:
        common = Counter(s.value for _, s in alike).most_common(1)[0]
        if common[1] > 1:
            statements = [s for _, s in alike]
            found += [equal(a, b, "AUDIT-017") for n, a in enumerate(statements) for b in statements[n + 1 :]]
    for subject, pairs in told.items():
        found += [equal(a[1], b[1], "AUDIT-017") for n, a in enumerate(pairs) for b in pairs[n + 1 :] if subject]
    part = {k: v[0][1] for k, v in told.items() if k.startswith("三公经费.决算.")}
    cars = ("三公经费.决算.公务用车购置费", "三公经费.决算.公务用车运行维护费")
    small, total = part.get("三公经费.决算.公务用车小计"), part.get("三公经费.决算.合计")
    if small is not None and all(c in part for c in cars):
        found.append(adds_up(small, [part[c] for c in cars], "AUDIT-017"))
    vehicles = [small] if small is not None else [part[c] for c in cars if c in part]
    others = [part.get("三公经费.决算.因公出国费"), part.get("三公经费.决算.公务接待费")]
    if total is not None and vehicles and all(o is not None for o in others):
        found.append(adds_up(total, [*vehicles, *[o for o in others if o is not None]], "AUDIT-017", level=DOUBT))
    return found


def _first(prose: Prose, *names: str) -> Statement | None:
    return next((prose.said[n][0] for n in names if prose.said.get(n)), None)


def _sums(prose: Prose, nine: Nine) -> Iterator[Relation]:
    yield from _adds(_first(prose, "一般公共预算.年初预算"), _item_budgets(prose, nine))
    goods = [_first(prose, f"政府采购.{k}") for k in _KINDS]
    yield from _adds(_first(prose, "政府采购.合计"), goods)
    yield from _small_firms(prose)
    for small, large in _WITHIN:
        a, b = _first(prose, small), _first(prose, large)
        if a is not None and b is not None:
            yield _within_whole(a, b)
    for measure in ("预算", "年初预算", "全年预算"):
        three = {k: _first(prose, f"三公经费.{measure}.{k}") for k in _THREE_ITEMS}
        car = three["公务用车小计"]
        cars = [three["公务用车购置费"], three["公务用车运行维护费"]]
        yield from _adds(car, cars)
        yield from _adds(three["合计"], [three["因公出国费"], three["公务接待费"], *([car] if car else cars)])
    evaluated = [_first(prose, f"预算绩效.自评.{f}.金额") for f in _EVALUATED]
    yield from _adds(_first(prose, "预算绩效.自评.涉及资金"), [e for e in evaluated if e is not None])
    yield from _scopes(prose, nine)
    yield from _mistyped(prose, nine)
    whole = _first(prose, "一般公共预算.支出.基本", "某.财政拨款基本支出")
    yield from _adds(whole, [_first(prose, "人员经费"), _first(prose, "公用经费")])


_ALIKE = (
    ("会议费.合计", "经济分类.款[30215].合计"),
    ("培训费.合计", "经济分类.款[30216].合计"),
    ("机关运行经费.决算", "公用经费"),
    ("三公经费.决算.公务接待费", "经济分类.款[30217].合计"),
    ("三公经费.决算.公务用车运行维护费", "经济分类.款[30231].合计"),
)
"""Figures that are the same in most packets, and may rightly differ."""


def _mistyped(prose: Prose, nine: Nine) -> Iterator[Relation]:
    for one, other in _ALIKE:
        a, b = nine.get(one) or _first(prose, one), nine.get(other) or _first(prose, other)
        if a is not None and b is not None:
            yield alike(a, b, "AUDIT-011")


def _item_budgets(prose: Prose, nine: Nine) -> list[Statement]:
    """The 年初预算 of all items, where each row of 05 has one and no item is told that no table knows."""
    budgets = {n: s[0] for n, s in prose.said.items() if re.fullmatch(r"一般公共预算\.项\[\d+\]\.年初预算", n)}
    codes = [c for c in nine.rows.get("05", {}) if len(c) == ITEM_DIGITS]
    unknown = any(t.subject == "科目" and ".年初预算" in t.slots for t in prose.turns)
    told = all(f"一般公共预算.项[{c}].年初预算" in budgets for c in codes)
    return list(budgets.values()) if told and not unknown else []


_KINDS = ("货物", "工程", "服务")
_WITHIN = (("政府采购.小微企业", "政府采购.中小企业.合计"), ("政府采购.中小企业.合计", "政府采购.合计"))
_EVALUATED = ("一般公共预算", "政府性基金", "国有资本经营", "社会保险基金")


def _adds(total: Statement | None, parts: Sequence[Statement | None]) -> Iterator[Relation]:
    there = [p for p in parts if p is not None]
    if total is not None and there and len(there) == len(parts):
        yield adds_up(total, there, "AUDIT-018")


def _scopes(prose: Prose, nine: Nine) -> Iterator[Relation]:
    """The budget of 三公 in the prose beside that of 09, which its note calls the full year's: two figures, not a fault."""
    for said in prose.said.get("三公经费.预算.合计", [])[:1]:
        cell = nine.get("三公经费.全年预算.合计")
        if cell is not None and said.spot:
            yield equal(said, cell, "AUDIT-042", SCOPE)


def _small_firms(prose: Prose) -> Iterator[Relation]:
    """What is awarded of goods, works and services, told as shares of each, makes what is awarded in all."""
    whole = _first(prose, "政府采购.中小企业.合计")
    pairs = [
        (share, kind)
        for k in _KINDS
        if (kind := _first(prose, f"政府采购.{k}")) and kind.value
        for share in prose.said.get(f"占比(政府采购.中小企业.{k}, 政府采购.{k})", [])[:1]
    ]
    kinds = [k for k in _KINDS if (s := _first(prose, f"政府采购.{k}")) and s.value]
    if whole is None or not pairs or len(pairs) < len(kinds):
        return
    least = sum((k.low * max(s.low, Decimal(0)) for s, k in pairs), Decimal(0)) / _HUNDRED
    most = sum((k.high * s.high for s, k in pairs), Decimal(0)) / _HUNDRED
    told = "＋".join(f"{k.text}×{s.text}%" for s, k in pairs)

    def expected(of: Statement) -> str:
        if of is whole:
            return f"{show(least)} 至 {show(most)}（{told}）"
        return f"与 {whole.text} 相符的数（{told}）"

    holds = whole.high >= least and whole.low <= most
    yield Relation("AUDIT-013", (whole, *(s for s, _ in pairs)), holds, expected)


def _counted(prose: Prose) -> Iterator[Relation]:
    """Counts and their parts: vehicles by kind, projects by fund."""
    for total_of, parts_of in (
        ("国有资产.车辆合计", re.compile(r"国有资产\.(?!车辆合计|大型设备)")),
        ("预算绩效.自评.项目个数", re.compile(r"预算绩效\.自评\.[^.]+\.项目个数")),
    ):
        total = _first(prose, total_of)
        counts = [said[0] for name, said in prose.said.items() if parts_of.match(name)]
        if total is not None and counts and total.spot[1] not in prose.unheard:
            yield _counts(total, counts)


def _within_whole(part: Statement, whole: Statement) -> Relation:
    def expected(of: Statement) -> str:
        return f"不小于 {part.text}（{part.where}）" if of is whole else f"不大于 {whole.text}（{whole.where}）"

    return Relation("AUDIT-018", (part, whole), part.low <= whole.high, expected)


def _counts(total: Statement, parts: Sequence[Statement]) -> Relation:
    found = sum((p.value for p in parts), Decimal(0))

    def expected(of: Statement) -> str:
        if of is total:
            return f"{found}（各项之和）"
        return f"{of.value + total.value - found}（{total.text} 减其余各项）"

    return Relation("AUDIT-019", (total, *parts), total.value == found, expected)


def prior_years(prose: Prose) -> dict[str, tuple[Statement, Statement]]:
    """For each subject whose change on last year is told: this year's amount and the signed change."""
    found: dict[str, tuple[Statement, Statement]] = {}
    for turn in prose.turns:
        signed = _signed(turn)
        if signed is not None and "." in turn.slots:
            found.setdefault(turn.subject, (turn.slots["."], signed))
    return found


def bare_directions(prose: Prose) -> list[tuple[str, Statement, int, Statement]]:
    """(subject, word, its sign, this year's amount) where a change on last year is told without an amount."""
    return [
        (turn.subject, word, sign, turn.slots["."])
        for turn in prose.turns
        if "." in turn.slots and ".增减额" not in turn.slots
        for word, sign in turn.words[".增减"]
        if sign != LEVEL
    ]
