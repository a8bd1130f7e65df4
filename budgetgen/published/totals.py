"""The nine tables read into plain values; the totals that they print, and which of them the accounts must keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from budgetgen.classification import CLASS_DIGITS, SECTION_DIGITS, Classification
from budgetgen.figures import Figure
from budgetgen.issues import Findings, Issue, Level, Rule, SourceRef
from budgetgen.model import FISCAL_FUNDS, Accounts, Amount
from budgetgen.money import ZERO, plain_text
from budgetgen.published.find import BY_FUND, BY_ITEM, CAPITAL, CAPITAL_FLOWS, PROJECTS, Found
from budgetgen.published.tables import Classified, Reader, Values, bare
from budgetgen.records import record

_LEVEL = {3: "类", 5: "款", 7: "项"}
_BY_CODE = {
    "02": "收入", "03": "支出", "05": "一般公共预算", "07": "政府性基金", CAPITAL: "国有资本经营", CAPITAL_FLOWS: "国有资本经营",
}  # fmt: skip
_OF_FUNDS, _OF_ITEMS = "财政拨款.经济分类", "一般公共预算.经济分类"
FUND_TABLES = {"一般公共预算": "05", "政府性基金": "07", "国有资本经营": "08"}
_KINDS = {
    "上级补助收入": "收入.上级补助", "事业收入": "收入.事业", "经营收入": "收入.经营",
    "附属单位上缴收入": "收入.附属单位上缴", "其他收入": "收入.其他",
}  # fmt: skip
_OVERALL = {
    "本年收入合计": "收入.合计", "年初结转和结余": "年初结转.合计", "收入总计": "收支总计",
    "本年支出合计": "支出.合计", "年末结转和结余": "年末结转.合计", "支出总计": "支出总计",
} | _KINDS  # fmt: skip


@record
class Stated:
    """A total that a table prints: the name of its figure, the amount in 元, its cell."""

    name: str
    amount: Amount
    place: SourceRef


@dataclass
class Tables:
    """What the tables hold. `by_code`: 02, 03, 05, 07, 08; `facts`: single amounts of 01 and 04 by name.

    `by_fund` is what all funds spent by 经济分类, `by_item` what the 项 of 一般公共预算 did, by (项, 款). `unfilled` are paths of amounts that a draft still prints as 【待填写】.
    """

    by_code: dict[str, Classified] = field(default_factory=dict)
    facts: Values = field(default_factory=Values)
    economic: Values | None = None
    by_fund: dict[str, Values] = field(default_factory=dict)
    by_item: dict[tuple[str, str], Values] = field(default_factory=dict)
    three_public: Values | None = None
    listed: list[str] = field(default_factory=list)
    totals: list[Stated] = field(default_factory=list)
    unfilled: list[str] = field(default_factory=list)

    def fund(self, fund: str) -> Classified:
        """A fund's own table, empty where there is none; the one that tells most where there are two."""
        number = FUND_TABLES[fund]
        richer = self.by_code.get(CAPITAL_FLOWS) if number == CAPITAL else None
        return richer or self.by_code.get(number, Classified())


def gather(found: Mapping[str, Found], unit: str, names: Classification, findings: Findings) -> Tables:
    """Read every table; `unit` holds for those that do not name their own 金额单位."""
    tables = Tables()
    for number in sorted(found):
        reader = Reader(found[number], found[number].money_unit or unit, findings)
        if number in _BY_CODE:
            tables.by_code[number] = reader.classified()
            tables.totals += _classified_totals(_BY_CODE[number], tables.by_code[number])
        elif number == BY_FUND:
            table = reader.classified(SECTION_DIGITS)
            tables.by_fund = {code: row for code, row in table.rows.items() if len(code) == SECTION_DIGITS}
            tables.totals += _classified_totals(_OF_FUNDS, table)
        elif number in (BY_ITEM, PROJECTS):
            table, below = reader.detailed()
            tables.by_item = tables.by_item or below
            tables.totals += _classified_totals(_OF_ITEMS, table)
        elif number == "06":
            tables.economic = reader.economic()
            tables.totals += _economic_totals(tables.economic)
        elif number == "09":
            tables.three_public = reader.three_public()
            tables.totals += _sums(tables.three_public, "三公经费")
            asked = (key.partition(".") for key in tables.three_public.unfilled)
            tables.unfilled += [f"三公经费.{item}.{measure}" for measure, _, item in asked if not _is_sum(item)]
        else:
            _two_sided(number, reader, tables, names, findings)
    return tables


def _classified_totals(prefix: str, table: Classified) -> Iterator[Stated]:
    yield from _stated(prefix, table.total)
    for code, row in table.rows.items():
        yield from _stated(f"{prefix}.{_LEVEL[len(code)]}[{code}]", row)


def _stated(prefix: str, row: Values) -> Iterator[Stated]:
    for key, amount in row.amounts.items():
        yield Stated(f"{prefix}.{key}", amount, row.places[key])


def _economic_totals(row: Values) -> Iterator[Stated]:
    for key, amount in row.amounts.items():
        name = key if not key.isdigit() else f"经济分类.类[{key}].合计"
        if not key.isdigit() or len(key) == CLASS_DIGITS:
            yield Stated(name, amount, row.places[key])


def _sums(row: Values, prefix: str) -> Iterator[Stated]:
    for key, amount in row.amounts.items():
        if _is_sum(key.rpartition(".")[2]):
            yield Stated(f"{prefix}.{key}", amount, row.places[key])


def _is_sum(item: str) -> bool:
    return item in {"合计", "公务用车小计"}


def _two_sided(number: str, reader: Reader, tables: Tables, names: Classification, findings: Findings) -> None:
    left, right = reader.sides()
    revenue = _overall_revenue if number == "01" else _fiscal_revenue
    spent = _overall_spent if number == "01" else _fiscal_spent
    opening = False
    for label, row in left:
        opening = opening or label.startswith("年初")
        _put(tables, revenue(bare(label), opening=opening), row)
    nil: list[str] = []
    classes = 0
    beside = {n for n, (label, _) in enumerate(left) if number == "04" and label.startswith(("一、", "二、", "三、"))}
    for position, (label, row) in enumerate(right):
        code = class_of(label, names)
        if code:
            classes += 1
            prefix = "支出" if number == "01" else "财政拨款.支出"
            tables.totals += _stated(f"{prefix}.类[{code}]", row)
            if not any(row.amounts.values()) and position not in beside:
                nil.append(code)
        elif name := spent(label):
            _put(tables, name, row)
        elif any(row.amounts.values()) and not label.startswith("其中"):
            cause = f"“{label}”不是功能科目的类，也不是合计。"
            findings.warn(Rule.TABLE_ROW, cause, "核对名称；这一行没有用到。", row.place)
    # A full table lists every 类; a compact one lists a nil 类 because the unit wants it listed.
    if classes < len(names.disclosed):
        tables.listed += [c for c in nil if c not in tables.listed]


def _put(tables: Tables, names: Mapping[str, str], row: Values) -> None:
    """Keep a row's amounts as facts and as totals: column → the figure's name."""
    for column, name in names.items():
        if column in row.amounts:
            tables.facts.put(name, row.amounts[column], row.places[column])
            tables.totals.append(Stated(name, row.amounts[column], row.places[column]))


def _overall_revenue(label: str, *, opening: bool) -> Mapping[str, str]:
    for fund in FISCAL_FUNDS:
        if label.startswith(fund) and not opening:
            return {"合计": f"财政拨款.收入.{fund}"}
    if label.startswith("使用非财政拨款"):
        return {"合计": "使用非财政拨款结余"}
    name = _OVERALL.get("收入总计" if label in {"总计", "收入总计"} else label, "")
    return {"合计": name} if name else {}


def _overall_spent(label: str) -> Mapping[str, str]:
    if label == "结余分配":
        return {"合计": "结余分配"}
    name = _OVERALL.get("支出总计" if label in {"总计", "支出总计"} else label, "")
    return {"合计": name} if name else {}


def _fiscal_revenue(label: str, *, opening: bool) -> Mapping[str, str]:
    flow = "年初结转" if opening else "收入"
    for fund in FISCAL_FUNDS:
        if label.startswith(fund):
            return {"合计": f"财政拨款.{flow}.{fund}"}
    if re.fullmatch("年初(?:财政拨款)?结转和结余", label):
        return {"合计": "财政拨款.年初结转.合计"}
    return {
        "合计": {"本年收入合计": "财政拨款.收入.合计", "总计": "财政拨款收支总计", "收入总计": "财政拨款收支总计"}.get(
            label, ""
        )
    }


def _fiscal_spent(label: str) -> Mapping[str, str]:
    ends = {
        "本年支出合计": "支出", "总计": "支出总计", "支出总计": "支出总计",
        "年末结转和结余": "年末结转", "年末财政拨款结转和结余": "年末结转",
    }  # fmt: skip
    flow = ends.get(label)
    return {c: f"财政拨款.{flow}.{c}" for c in ("合计", *FISCAL_FUNDS)} if flow else {}


def class_of(label: str, names: Classification) -> str:
    """The 类 that a row of table 01 or 04 names: by its name, or how that begins; by its ordinal where it names none."""
    name = bare(label)
    official = {c: names.name(c).translate(_FULL) for c in names.disclosed}
    exact = next((c for c, n in official.items() if n == name), "")
    if exact:
        return exact
    ordinal = label.removesuffix(name).rstrip("、")
    alike = [c for c, n in official.items() if name and n.startswith(name[:_BEGINNING])]
    numbered = [c for c in alike or official if ordinal and names.ordinal(c) == ordinal]
    return next(iter(numbered), "") or (alike[0] if len(alike) == 1 else "")


_BEGINNING = 2
_FULL = str.maketrans("()", "（）")


Compute = Callable[[Accounts], Mapping[str, Figure]]
"""Accounts → their figures by name."""


@record
class Settled:
    """Accounts with their 数字核定, the cells of these by path, and what was noticed."""

    accounts: Accounts
    places: Mapping[str, SourceRef]
    issues: tuple[Issue, ...]


def settle(accounts: Accounts, totals: Sequence[Stated], compute: Compute) -> Settled:
    """`accounts` with those totals as 数字核定 that differ from the figure computed from their parts.

    Figures are computed once, with all totals stated: each is then made from parts as they are printed. Whether a
    difference is rounding is for the rule on stated values to say.
    """
    first: dict[str, Stated] = {}
    for total in totals:
        first.setdefault(total.name, total)
    figures = compute(accounts.replaced(stated={t.name: t.amount for t in first.values()}))
    needed = _needed([t for t in first.values() if t.name in figures], figures)
    places = {f"数字核定[{t.name}]": t.place for t in needed}
    stated = {t.name: t.amount for t in needed}
    return Settled(accounts.replaced(stated=stated), places, tuple(_odd(totals, figures)))


def _needed(totals: Sequence[Stated], figures: Mapping[str, Figure]) -> list[Stated]:
    """The totals without which another amount would be printed.

    Figures made from the same amounts are one fact under several names and take one stated amount: the first name is
    enough, unless they are printed differently.

        一般公共预算 100.01 (its parts: 33.34 + 66.66)   needed
        支出.合计     100.01 (the same parts)             one fact with it: not needed
        收支总计      100.01 (its part: 支出.合计)         one fact with it: not needed
    """
    facts: dict[frozenset[str] | str, list[Stated]] = {}
    for total in totals:
        facts.setdefault(_leaves(figures[total.name]) or total.name, []).append(total)
    kept: set[str] = set()
    for names in facts.values():
        missed = [t for t in names if _from_parts(figures[t.name]) != t.amount]
        if missed:
            kept |= {t.name for t in (missed[:1] if len({t.amount for t in names}) == 1 else names)}
    return [t for t in totals if t.name in kept]


def _leaves(figure: Figure) -> frozenset[str]:
    """The paths of the amounts that a figure is made from."""
    return frozenset(leaf.path for leaf in figure.leaves() if leaf.value)


def _from_parts(figure: Figure) -> Decimal:
    """What a figure comes to from its parts as they are printed; a part that is the same fact does not count as one."""
    while figure.path.startswith("数字核定["):
        figure = figure.operands[0]
    if figure.operation not in ("合计", "相减"):
        return figure.value
    own = _leaves(figure)
    first, *rest = [_from_parts(o) if _leaves(o) == own else o.value for o in figure.operands] or [ZERO]
    return first + sum(rest, ZERO) if figure.operation == "合计" else first - sum(rest, ZERO)


def _odd(totals: Sequence[Stated], figures: Mapping[str, Figure]) -> Iterator[Issue]:
    """Totals that two cells print differently, and those without any part."""
    first: dict[str, Stated] = {}
    for total in totals:
        other = first.setdefault(total.name, total)
        if other.amount != total.amount:
            yield _two(other, total, f"数字核定[{total.name}]")
        elif total.name not in figures and total.amount:
            yield _alone(total)


def _two(one: Stated, other: Stated, path: str) -> Issue:
    rounding = abs(one.amount - other.amount) <= one.amount.margin + other.amount.margin
    cause = f"{one.name} 有两个数：{one.place.cell} 是 {_told(one)}，{other.place.cell} 是 {_told(other)}"
    end = "，只是尾差。" if rounding else "。"
    level = Level.NOTE if rounding else Level.WARNING
    return Issue(Rule.TABLE_TOTAL.code, level, cause + end, "" if rounding else "核对两张表。", path, other.place)


def _alone(total: Stated) -> Issue:
    cause = f"{total.place.cell} 的 {total.name} 是 {_told(total)}，明细里没有它的组成部分。"
    return Issue(Rule.TABLE_TOTAL.code, Level.WARNING, cause, "核对明细表。", "", total.place)


def _told(total: Stated) -> str:
    return f"{plain_text(total.amount.wan_yuan, strip_zeros=True)} 万元"
