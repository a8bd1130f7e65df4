"""Rules that are functions: the register, and those over stated values, codes and gaps. Ids never change meaning.

A rule is written down as data (`book.py` reads it), or a function where it must be; those over texts are in `text_*.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from budgetgen.classification import LATEST, class_code, read_classification, section_code
from budgetgen.compute import Computed
from budgetgen.figures import CATALOGUE, NOUGHT, PERCENT, YUAN, Blank, Figure, Group, figure_words
from budgetgen.issues import Issue, Level, near_miss
from budgetgen.model import Loaded, Payment, child_path, entry_path
from budgetgen.model.wording import path_words
from budgetgen.money import WAN_YUAN_PLACES, YUAN_PER_WAN, ZERO, plain_text, round_half_up
from budgetgen.records import record
from budgetgen.template import Rendered

_PERCENT_PLACES = 4
"""Decimals of a per cent value that tell enough of it."""
Find = Callable[[Loaded, Computed], Iterator[Issue]]


@record
class Rule:
    """One relation: its id, its Chinese name, where it comes from, and the function that finds breaches.

    `level` is that of its issues, for the reference; None where they differ.
    """

    id: str
    title: str
    source: str
    find: Find
    level: Level | None = None


RULES: dict[str, Rule] = {}
"""The rules that are functions."""


def rule(rule_id: str, title: str, source: str, level: Level | None = None) -> Callable[[Find], Find]:
    """Register a function as the rule of that id."""

    def register(find: Find) -> Find:
        if rule_id in RULES:
            raise ValueError(f"rule {rule_id} is there already")
        RULES[rule_id] = Rule(rule_id, title, source, find, level)
        return find

    return register


def in_wan_yuan(yuan: Decimal) -> str:
    """An amount with all its digits, two decimals at least: `840.70 万元`."""
    exact = yuan / YUAN_PER_WAN
    decimals = len(plain_text(exact, strip_zeros=True).partition(".")[2])
    return f"{exact:.{max(WAN_YUAN_PLACES, decimals)}f} 万元"


def told(value: Decimal, unit: str) -> str:
    """A value with its unit, as messages print it."""
    if unit == YUAN:
        return in_wan_yuan(value)
    exact = value if unit != PERCENT else round_half_up(value, _PERCENT_PLACES)
    return f"{plain_text(exact, strip_zeros=True)} {unit}"


def both(left: Figure, right: Figure) -> str:
    """Two figures with their names, and their difference."""
    if NOUGHT in (left, right):
        return f"{said(left if right is NOUGHT else right)}"
    return f"{said(left)}，{said(right)}，相差 {told(abs(left.value - right.value), left.unit)}"


def said(figure: Figure) -> str:
    """A figure in words of the form or the tables, with its value."""
    words = path_words(figure.path) if figure.path == figure.name else figure_words(figure.name)
    return f"{words} {told(figure.value, figure.unit)}"


def by_rounding(left: Figure, right: Figure) -> bool:
    """Whether rounding of their leaves alone can tell the two apart (尾差)."""
    return abs(left.value - right.value) <= left.margin + right.margin


def leaf_paths(*figures: Figure) -> tuple[str, ...]:
    """The input paths that `figures` rest on, each once."""
    return tuple(dict.fromkeys(leaf.path for figure in figures for leaf in figure.leaves() if leaf.path))


def compared(
    rule_id: str,
    level: Level,
    left: Figure,
    right: Figure,
    cause: str,
    mend: str,
    loaded: Loaded,
    path: str = "",
    settle: str = "",
) -> Issue:
    """What is said of two figures that do not stand as they should: a note (尾差) where rounding alone explains it.

    Where `settle` says how a reader is spared the difference, one that can be seen in print is a warning.
    """
    paths = leaf_paths(left, right)
    path = path or next(iter(paths), "")
    if not by_rounding(left, right):
        said = f"{cause}：{both(left, right)}。"
    elif settle and left.printed != right.printed:
        level, mend = min(level, Level.WARNING), settle
        said = f"{cause}，虽只是尾差，公开时看得出：{both(left, right)}。"
    else:
        level, mend = Level.NOTE, ""
        said = f"{cause}，只是尾差：{both(left, right)}。"
    return Issue(
        rule_id, level, said, mend, path, loaded.place(path),
        tuple(dict.fromkeys((path, *paths))) if path else paths,
        tuple((f.name, told(f.value, f.unit)) for f in (left, right)),
        told(abs(left.value - right.value), left.unit),
    )  # fmt: skip


_MOST_CELLS = 5


@rule("WITHIN-001", "核定数与计算数一致", "各表合计等于其组成部分之和", Level.ERROR)
def stated_equals_computed(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """Each stated value against the figure computed from its parts."""
    for name, stated in loaded.accounts.stated.items():
        if name not in computed.summed:
            continue
        parts = replace(computed.summed[name], name="各部分之和")
        path = f"数字核定[{name}]"
        own = Figure("核定数", stated, path=path, margin=stated.margin)
        if own.value == parts.value:
            continue
        cause, mend = f"核定数与算出的数不同{_cells(parts, loaded)}", "改核定数，或改它的组成部分。"
        yield compared("WITHIN-001", Level.ERROR, own, parts, cause, mend, loaded, path)


def _cells(total: Figure, loaded: Loaded) -> str:
    """Where the parts of a total stand, where they were read from tables: a few cells and how many there are."""
    places = [place.cell for leaf in total.leaves() if (place := loaded.place(leaf.path)) and place.cell]
    more = f"等 {len(places)} 处" if len(places) > _MOST_CELLS else ""
    return f"（各部分在 {'、'.join(places[:_MOST_CELLS])}{more}）" if places else ""


@rule("WITHIN-005", "核定的指标名有效", "数字核定只写名称表中的数", Level.ERROR)
def stated_names_are_known(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """A stated value whose name no figure has."""
    for name in loaded.accounts.stated:
        if name not in computed.figures:
            path = f"数字核定[{name}]"
            if name in loaded.sources:
                cause, mend = f"“{name}”是填的数，不用核定。", "直接改它，删去这一行。"
            else:
                known = [*computed.figures, *(e.name for e in CATALOGUE)]
                cause, mend = f"没有“{name}”这个数{near_miss(name, known)}", "改名，或删去这一行。"
            yield Issue("WITHIN-005", Level.ERROR, cause, mend, path, loaded.place(path))


@rule("WITHIN-030", "内部往来不大于收支明细", "内部往来是收支明细中上级补助等收支的一部分", Level.ERROR)
def payments_are_within_lines(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """Payments that a unit states of its department, against the line's amount that they are part of."""
    stated: dict[str, list[Payment]] = {}
    for payment in loaded.stated_payments:
        stated.setdefault(payment.column, []).append(payment)
    for column, payments in stated.items():
        total, whole = sum((p.amount for p in payments), ZERO), _entered(computed, column)
        margin = sum((p.amount.margin for p in payments), ZERO)
        if total > whole + margin:
            first = payments[0]
            cause = f"内部往来的{first.kind} {in_wan_yuan(total)}，大于 {column} {in_wan_yuan(whole)}。"
            mend = "核对金额和科目；往来要记在“资金”为非财政拨款的那一行里。"
            yield Issue("WITHIN-030", Level.ERROR, cause, mend, first.path, first.place, (first.path, column))
    for payment in (p for found in stated.values() for p in found if p.partner == loaded.accounts.unit.name):
        cause = f"内部往来的对方写成了本单位“{payment.partner}”。"
        yield Issue("WITHIN-030", Level.ERROR, cause, "写对方单位的全称。", payment.path, payment.place)


def _entered(computed: Computed, column: str) -> Decimal:
    """The amount of a line under its path; nothing where there is no such line."""
    lines = computed.tree["收支明细"]
    found = (line for line in lines if isinstance(line, Group)) if isinstance(lines, list) else ()
    line = next((line for line in found if column.startswith(f"{line.name}.")), None)
    value = line.at(column.removeprefix(f"{line.name}.")) if line else None
    return value.value if isinstance(value, Figure) else ZERO


_SOURCE = "政府收支分类科目"


@rule("CODE-010", "科目名称与科目表一致", _SOURCE, Level.WARNING)
def names_agree_with_the_tables(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - a rule's form
    """Names that the input gives to codes which the tables know by another."""
    accounts = loaded.accounts
    tables = read_classification(accounts.year).functional
    for line in accounts.lines:
        path = entry_path("收支明细", line.key)
        for code, name, key in (
            (class_code(line.code), line.class_name, "类名称"),
            (section_code(line.code), line.section_name, "款名称"),
            (line.code, line.item_name, "项名称"),
        ):
            if name and code in tables and tables[code].name != name:
                at = child_path(path, key)
                cause = f"{code} 写作“{name}”，科目表是“{tables[code].name}”。"
                yield Issue(
                    "CODE-010", Level.WARNING, cause, "删去这个名称，用科目表的；确有改名的保留。", at,
                    loaded.place(at), (at,),
                )  # fmt: skip


@rule("CODE-013", "科目名称有可靠来源", "config/codes/README.md", Level.NOTE)
def names_are_verified(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """Codes whose names the tables have from no document."""
    told: set[str] = set()
    for line in loaded.accounts.lines:
        unsure = [c for c in (line.code[:3], line.code[:5], line.code) if _unverified(computed, c) and c not in told]
        told.update(unsure)
        if unsure:
            at = child_path(entry_path("收支明细", line.key), "科目")
            names = "、".join(f"{c}（{computed.names.name(c)}）" for c in unsure)
            cause = f"{names}的名称没有找到正式文件核对。"
            yield Issue(
                "CODE-013",
                Level.NOTE,
                cause,
                "与财政部门下发的科目表核对；不同的，填上名称。",
                at,
                loaded.place(at),
                (at,),
            )


def _unverified(computed: Computed, code: str) -> bool:
    account = computed.names.functional.get(code)
    return account is not None and account.certainty == "unverified"


GAP_RULES = frozenset(
    {"COMPLETE-001", "COMPLETE-002", "COMPLETE-003", "COMPLETE-011", "INPUT-021", "INPUT-049", "DEPT-007"}
)
"""Findings that leave something to be filled: the packet is a draft."""


def asked_for(issues: Iterable[Issue], sections: Collection[str]) -> Iterator[Issue]:
    """The issues but those that ask to fill in what a kind of packet does not have, which has these `sections`; none: all."""
    for issue in issues:
        if not sections or issue.rule not in GAP_RULES or re.split(r"[.\[]", issue.path)[0] in sections:
            yield issue


def find_gaps(files: Iterable[Rendered], loaded: Loaded) -> list[Issue]:
    """Each fact that the printed files lack, once: an amount is an error, a text makes a draft."""
    gaps: dict[str, Blank] = {}
    for rendered in files:
        for item in rendered.printed:
            if isinstance(item.value, Blank):
                gaps.setdefault(item.value.path, item.value)
    return [_told(gap, loaded) for gap in gaps.values()]


def _told(gap: Blank, loaded: Loaded) -> Issue:
    if gap.level is Level.ERROR:
        return Issue(
            "COMPLETE-001", gap.level, "表格或句子要用这个数，但没有填。", "填上；确实没有的填 0。",
            gap.path, loaded.place(gap.path),
        )  # fmt: skip
    return Issue(
        "COMPLETE-002", gap.level, "句子要用这段文字，但没有填，先写成【待填写】。", "填上后再生成一次。",
        gap.path, loaded.place(gap.path),
    )  # fmt: skip


_ECONOMIC = "基本支出经济分类"


_DETAILED = (
    ("收支明细", "一般公共预算.支出.基本", (_ECONOMIC, "支出经济分类")),
    ("预算明细", "预算.一般公共预算.基本", ("预算经济分类",)),
)
"""Lines, the 基本支出 that they come to, and where it may be told by 经济分类: one of these is enough."""


@rule("COMPLETE-011", "有基本支出的填经济分类", "财决08-1表：一般公共预算基本支出按经济分类款填列", Level.ERROR)
def untold_details(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """基本支出 whose 经济分类 is not told at all; what is told and differs is another matter."""
    tree = computed.tree
    for lines, name, places in _DETAILED:
        basic = tree.value(name) if lines in tree.names() and tree[lines] else None
        if isinstance(basic, Figure) and basic and not any(tree[place] for place in places):
            cause = f"一般公共预算财政拨款有基本支出 {in_wan_yuan(basic.value)}，没有填它的经济分类。"
            at = places[0]
            yield Issue("COMPLETE-011", Level.ERROR, cause, "按款填上基本支出的经济分类。", at, loaded.place(at))


_TIMES = {4: Decimal(4), 3: Decimal("1.1"), 2: Decimal("1.05")}
"""Power of ten → how far from it a factor may lie and still be meant: the larger, the surer."""
_WORDS = {4: "一万倍", 3: "一千倍", 2: "一百倍"}
_LEAST_TOTAL, _MOST_TOTAL = Decimal(50_000), Decimal(100_000_000_000)
"""Between these every unit's total of a year lies, in 元."""
_SMALLEST_LINE = Decimal(100)
_PER_HEAD = (Decimal(1_000), Decimal(20_000_000))
_YEARS_AHEAD = 2
_SLIP = "差{}：是不是把元填进了万元，或把万元填进了元？"


def _power(one: Decimal, other: Decimal) -> int:
    """4, 3 or 2 where one amount is about so many powers of ten times the other; 0 where neither is."""
    if one <= 0 or other <= 0:
        return 0
    factor = max(one, other) / min(one, other)
    near = (p for p, room in _TIMES.items() if Decimal(10) ** p / room <= factor <= Decimal(10) ** p * room)
    return next(near, 0)


@rule(
    "WITHIN-031", "数的大小没有差一万倍", "元、万元填错：与上年、年初预算、另一张表、人数相比差一万倍、一千倍、一百倍"
)
def sizes_are_likely(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """Amounts a power of ten off from what they should be near to: one issue, at the nearest cause."""
    tree, accounts = computed.tree, loaded.accounts
    spent = tree.value("支出.合计") if accounts.lines else None
    if not isinstance(spent, Figure) or not spent.value:
        return
    total = tree.value("收支总计")
    if isinstance(total, Figure) and not _LEAST_TOTAL <= total.value <= _MOST_TOTAL:
        cause = f"收支总计 {in_wan_yuan(total.value)}，一个单位不会这么{'少' if total.value < _LEAST_TOTAL else '多'}"
        unit = "万元" if accounts.money_unit == "元" else "元"
        if _slipped_line(loaded) is None:
            mend = f"数是{unit}的，把“金额单位”改成{unit}；不是的，核对各数。"
            yield _size("金额单位", f"{cause}：金额单位写的是{accounts.money_unit}，是不是应当是{unit}？", mend, loaded)
            return
    found = _slipped_line(loaded) or _slipped_detail(loaded, computed) or _slipped_total(loaded, computed)
    if found is not None:
        path, cause, power = found
        yield _size(path, f"{cause}，{_SLIP.format(_WORDS[power])}", "核对这个数和金额单位。", loaded, power)
    yield from _slipped_budget(loaded)
    yield from _pay_per_head(loaded, computed)


def _size(path: str, cause: str, mend: str, loaded: Loaded, power: int = 4) -> Issue:
    level = Level.ERROR if power == max(_TIMES) else Level.WARNING
    return Issue("WITHIN-031", level, cause, mend, path, loaded.place(path), (path,))


def _slipped_line(loaded: Loaded) -> tuple[str, str, int] | None:
    """A line that is a power of ten off from its budget, or alone outweighs last year's total by as much."""
    accounts = loaded.accounts
    prior = accounts.prior_year.grand_total
    whole = sum((abs(n.expenditure.basic) + abs(n.expenditure.project) for n in accounts.lines), ZERO)
    for line in accounts.lines:
        spent = line.expenditure.basic + line.expenditure.project
        budget = line.initial_budget or ZERO
        power = _power(spent, budget)
        # A budget may grow a hundredfold in its year: a slip also makes one of the two out of proportion with the unit.
        if max(spent, budget) <= whole - spent and min(spent, budget) > _SMALLEST_LINE:
            power = 0
        against = f"年初预算 {in_wan_yuan(budget)}" if budget else ""
        if not power and prior and spent > prior * 100:
            power, against = max(_TIMES), f"上年收支总计 {in_wan_yuan(prior)}"
        if power:
            key = "基本" if abs(line.expenditure.basic) >= abs(line.expenditure.project) else "项目"
            path = child_path(child_path(entry_path("收支明细", line.key), "支出"), key)
            return path, f"支出 {in_wan_yuan(spent)}，{against}", power
    return None


def _slipped_detail(loaded: Loaded, computed: Computed) -> tuple[str, str, int] | None:
    """One 款 of 经济分类 that is a power of ten too large for the whole to be 基本支出."""
    basic = computed.tree.value("一般公共预算.支出.基本")
    whole = sum(loaded.accounts.economic.values(), ZERO)
    if not isinstance(basic, Figure) or basic.value <= 0 or whole == basic.value:
        return None
    for code, amount in loaded.accounts.economic.items():
        for power in _TIMES:
            meant = whole - amount + amount / 10**power
            if amount and abs(meant - basic.value) * 50 < basic.value < abs(whole - basic.value) * 10:
                path = entry_path(_ECONOMIC, code)
                return path, f"填的是 {in_wan_yuan(amount)}，基本支出合计才 {in_wan_yuan(basic.value)}", power
    if power := _power(whole, basic.value):
        return _ECONOMIC, f"经济分类合计 {in_wan_yuan(whole)}，基本支出 {in_wan_yuan(basic.value)}", power
    return None


def _slipped_total(loaded: Loaded, computed: Computed) -> tuple[str, str, int] | None:
    """The whole year against last year's."""
    total, before = computed.tree.value("收支总计"), loaded.accounts.prior_year.grand_total
    if not isinstance(total, Figure) or not before or not (power := _power(total.value, before)):
        return None
    return "上年.收支总计", f"上年收支总计 {in_wan_yuan(before)}，本年 {in_wan_yuan(total.value)}", power


def _slipped_budget(loaded: Loaded) -> Iterator[Issue]:
    """全年预算数 of the whole unit against last year's total."""
    accounts, before = loaded.accounts, loaded.accounts.prior_year.grand_total
    whole = accounts.performance.whole if accounts.performance else None
    budget = whole.adjusted_budget if whole else None
    if budget and before and budget > before * 100:
        power = next(p for p in _TIMES if budget * 3 > before * 10**p)
        cause = f"整体支出全年预算数 {in_wan_yuan(budget)}，上年收支总计 {in_wan_yuan(before)}，约{_SLIP.format(_WORDS[power])}"
        yield _size("预算绩效.整体自评.全年预算数", cause, "核对这个数和金额单位。", loaded, power)


def _pay_per_head(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """人员经费 against the number of people."""
    evaluation = loaded.accounts.evaluation
    people = evaluation.staff.employed if evaluation and evaluation.staff else None
    pay = computed.tree.value("人员经费") if people else None
    if people and isinstance(pay, Figure) and pay.value and not _PER_HEAD[0] <= pay.value / people <= _PER_HEAD[1]:
        path = "绩效自评.人员.在职人数"
        cause = f"人员经费 {in_wan_yuan(pay.value)}，在职 {people} 人，一人合 {in_wan_yuan(pay.value / people)}，多半填错了一个。"
        yield _size(path, cause, "核对人数、人员经费和金额单位。", loaded, 2)


@rule("YEAR-010", "年度像是真的", "编制决算的年度", Level.ERROR)
def year_is_likely(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - a rule's form
    """A year that is far ahead of the tables of codes."""
    year = loaded.accounts.year
    if year > LATEST + _YEARS_AHEAD:
        cause = f"年度写的是 {year}，科目表到 {LATEST} 年，多半打错了。"
        yield Issue(
            "YEAR-010", Level.ERROR, cause, "改成决算的年度；没有打错的，可以豁免。", "年度", loaded.place("年度")
        )
