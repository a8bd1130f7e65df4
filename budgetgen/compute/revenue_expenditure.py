"""收入, 支出 and carry-over over all money, 财政拨款 by fund, and what was spent by 经济分类 (FIELDS 4, and the places that tell 项目支出 too)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from budgetgen.classification import PERSONNEL_CLASSES, RUNNING_CLASSES, Classification, class_code
from budgetgen.compute.calculator import (
    ROW_LABELS,
    Calculator,
    declare_change,
    declare_completion,
    declare_list,
    declare_rows,
)
from budgetgen.compute.classified_table import BLOCKS, CLOSING, OPENING, LineFigures, Table, TableEntry, tabulate
from budgetgen.figures import CATALOGUE, NOUGHT, Blank, Figure, Group, Series, Value, change, completion, nested
from budgetgen.issues import Level
from budgetgen.model import FISCAL_FUNDS
from budgetgen.model.sections import Fund
from budgetgen.money import ZERO
from budgetgen.records import record

declare_rows("收入", BLOCKS["收入"], "本年收入")
declare_rows("支出", BLOCKS["支出"], "本年支出")
for _name, _columns in (("年初结转", OPENING), ("年末结转", CLOSING)):
    for _column, _label in _columns.items():
        CATALOGUE.declare(f"{_name}.{_column}", f"{_name}和结余：{_label}")
CATALOGUE.declare("收支总计", "收入合计 + 使用非财政拨款结余 + 年初结转和结余")
CATALOGUE.declare("支出总计", "支出合计 + 结余分配 + 年末结转和结余，应等于收支总计")
declare_list("功能类", "总表依次列示的功能科目类", {k: ROW_LABELS[k] for k in ("编码", "名称", "序号")})
CATALOGUE.declare("支出.列示类", "有数的和单位指定的功能科目类，行同 支出.类", "")
declare_change("收支总计.较上年")


def compute_overall(
    calculator: Calculator, facts: Group, lines: Sequence[LineFigures], names: Classification
) -> dict[str, object]:
    """收入, 支出, 年初结转, 年末结转, 收支总计, 支出总计."""
    revenue, expenditure = (_classified(calculator, part, lines, names) for part in ("收入", "支出"))
    opening, closing = (_carryover(calculator, name, lines) for name in ("年初结转", "年末结转"))
    total = calculator.total(
        "收支总计", [revenue.totals["合计"], facts.value("使用非财政拨款结余"), opening.value("合计")]
    )
    spent = calculator.total("支出总计", [expenditure.totals["合计"], facts.value("结余分配"), closing.value("合计")])
    shown = listed(expenditure.classes, facts, names)
    return {
        "收入": Group("收入", revenue.entries("收入")),
        "支出": Group("支出", {**expenditure.entries("支出"), "列示类": shown}),
        "功能类": disclosed_classes(expenditure.classes, names),
        "年初结转": opening,
        "年末结转": closing,
        "收支总计": beside(total, 较上年=change(total, facts.value("上年.收支总计"))),
        "支出总计": spent,
    }


def _classified(calculator: Calculator, part: str, lines: Iterable[LineFigures], names: Classification) -> Table:
    return tabulate(calculator, part, [TableEntry(n.code, n.block(part)) for n in lines], list(BLOCKS[part]), names)


def _carryover(calculator: Calculator, name: str, lines: Iterable[LineFigures]) -> Group:
    blocks = [n.block(name) for n in lines]
    parts = {c: calculator.total(f"{name}.{c}", [b[c] for b in blocks]) for c in BLOCKS[name] if c != "合计"}
    return Group(name, with_total(calculator, name, parts))


def with_total(calculator: Calculator, name: str, columns: Mapping[str, Value]) -> dict[str, Value]:
    """`columns` and their 合计."""
    return {**columns, "合计": calculator.total(f"{name}.合计", columns.values())}


def listed(classes: Series, facts: Group, names: Classification) -> list[Group]:
    """列示类: the 类 with money and those that the unit names, in code order."""
    wanted = facts.at("单位.列示类")
    more = wanted if isinstance(wanted, list) else []
    return [_labelled(classes.row(code), code, names) for code in sorted({*classes.codes(), *more})]


def disclosed_classes(classes: Series, names: Classification) -> list[Group]:
    """功能类: every 类 that full tables list, in their order, and after them any other with money."""
    codes = [*names.disclosed, *(c for c in classes.codes() if c not in names.disclosed)]
    return [Group("", {"编码": c, "名称": names.name(c), "序号": names.ordinal(c)}) for c in codes]


def _labelled(row: Group, code: str, names: Classification) -> Group:
    return row.extended(编码=code, 名称=names.name(code), 序号=names.ordinal(code))


def beside(value: Value, **related: object) -> Value:
    """`value` with what stands beside it under its own name (较上年, 完成)."""
    return replace(value, related=related)


GENERAL: Final[Fund] = "一般公共预算"
BUDGET = "年初预算"
_FLOWS = ("收入", "年初结转", "年末结转")
_BY_FUND: dict[str, str] = {f: f"{f}财政拨款" for f in FISCAL_FUNDS} | {"合计": "合计"}
_FUND_BLOCKS = {
    "年初结转": OPENING,
    "收入": {"基本": "基本支出", "项目": "项目支出", "合计": "小计"},
    "支出": {"基本": "基本支出", "项目": "项目支出", "合计": "小计"},
    "年末结转": CLOSING,
}
FUND_COLUMNS = {f"{block}.{c}": f"{block}，{label}" for block, cs in _FUND_BLOCKS.items() for c, label in cs.items()}

declare_rows("财政拨款.支出", _BY_FUND, "财政拨款支出")
for _flow in (*_FLOWS, "总计", "支出总计"):
    for _column in _BY_FUND:
        CATALOGUE.declare(f"财政拨款.{_flow}.{_column}", f"财政拨款{_flow}：{_column}")
CATALOGUE.declare("财政拨款.支出.列示类", "有数的和单位指定的功能科目类，行同 财政拨款.支出.类", "")
CATALOGUE.declare("财政拨款收支总计", "财政拨款收入 + 年初财政拨款结转和结余")
declare_change("财政拨款收支总计.较上年")
for _name in FISCAL_FUNDS:
    declare_rows(_name, FUND_COLUMNS, f"{_name}财政拨款")
    for _kind, _meaning in (("有数", "有没有收支或结转"), ("有支出", "有没有支出")):
        CATALOGUE.declare(f"{_name}.{_kind}", f"{_name}财政拨款{_meaning}", "")
    for _level in ("类", "款", "项"):
        CATALOGUE.declare(f"{_name}.{_level}[*].有支出", f"某{_level}有没有支出，冲平的也算", "")
        CATALOGUE.declare(f"{_name}.{_level}[*].有收支", f"某{_level}有没有收支或结转，冲平的也算", "")
    CATALOGUE.declare(f"{_name}.有数", f"{_name}财政拨款有任何收支结转时为真", "")
declare_rows(GENERAL, {BUDGET: "年初预算"}, "一般公共预算财政拨款")
declare_change(f"{GENERAL}.支出.合计.较上年")
DETAIL = "支出经济分类"
BY_ECONOMIC = "经济分类"
_PARTS = {"基本": "基本支出", "项目": "项目支出", "合计": "合计"}
_BY_FUND_AND_PART = {f"{f}.{c}": f"{f}财政拨款，{label}" for f in FISCAL_FUNDS for c, label in _PARTS.items()} | {
    "合计": "合计"
}
declare_rows(f"{GENERAL}.{BY_ECONOMIC}", _PARTS, "一般公共预算财政拨款支出，按支出经济分类")
declare_completion(f"{GENERAL}.完成")
declare_completion(f"{GENERAL}.项[*].完成")
CATALOGUE.declare(f"{GENERAL}.项[*].差异原因", "决算与年初预算不同的原因，输入的文字", "")


def compute_fiscal(
    calculator: Calculator, facts: Group, lines: Sequence[LineFigures], names: Classification
) -> dict[str, object]:
    """财政拨款 with its totals, 财政拨款收支总计, and each fund under its name."""
    fiscal = [n for n in lines if n.is_fiscal]
    funds = {f: _fund(calculator, f, [n for n in fiscal if n.fund == f], names) for f in FISCAL_FUNDS}
    spending = _spending(calculator, fiscal, names)
    flows = {flow: _by_fund(calculator, f"财政拨款.{flow}", {f: t.totals[f"{flow}.合计"] for f, t in funds.items()})
             for flow in _FLOWS}  # fmt: skip
    left = _joined(calculator, "财政拨款.总计", flows["收入"], flows["年初结转"])
    right = _joined(calculator, "财政拨款.支出总计", Group("", spending.totals), flows["年末结转"])
    shown = listed(spending.classes, facts, names)
    details = _details(calculator, facts, spending, funds[GENERAL].items)
    total = calculator.total("财政拨款收支总计", [flows["收入"].value("合计"), flows["年初结转"].value("合计")])
    return {
        "财政拨款": Group("财政拨款", {
            **flows,
            "支出": Group("财政拨款.支出", {**spending.entries("财政拨款.支出"), "列示类": shown}),
            "总计": left,
            "支出总计": right,
            BY_ECONOMIC: _economic_by_fund(calculator, details, names),
        }),
        "财政拨款收支总计": beside(total, 较上年=change(total, facts.value("上年.财政拨款收支总计"))),
        **{f: Group(f, _fund_entries(f, t, facts)) for f, t in funds.items()},
        GENERAL: Group(GENERAL, {
            **_fund_entries(GENERAL, funds[GENERAL], facts),
            BY_ECONOMIC: _economic_by_item(calculator, details, names),
        }),
    }  # fmt: skip


def _fund(calculator: Calculator, fund: str, lines: Sequence[LineFigures], names: Classification) -> Table:
    """One fund's lines, classified; 一般公共预算 has its 年初预算 beside."""
    if fund != GENERAL:
        return tabulate(
            calculator, fund, [TableEntry(n.code, n.columns) for n in lines], list(FUND_COLUMNS), names, _kinds
        )
    entries = [
        TableEntry(n.code, {**n.columns, BUDGET: n.facts.value(BUDGET)}, {"差异原因": n.facts["差异原因"]})
        for n in lines
    ]
    return tabulate(calculator, fund, entries, [*FUND_COLUMNS, BUDGET], names, _completed)


def _completed(row: Group) -> Mapping[str, object]:
    return {**_kinds(row), "完成": completion(row.value("支出.合计"), row.value(BUDGET))}


def _kinds(row: Group) -> dict[str, object]:
    """有支出 and 有收支: whether the row, or one below it, has any such amount, even one that another takes back."""
    below = [r for level in ("款", "项") if level in row for r in row.series(level)]
    spent = any(_amounts(row, "支出")) or any(r["有支出"] for r in below)
    moved = spent or any(_amounts(row, *_FLOWS)) or any(r["有收支"] for r in below)
    return {"有支出": spent, "有收支": moved}


def _amounts(row: Group, *blocks: str) -> Iterator[bool]:
    """Whether each column of `blocks` has an amount."""
    for block in blocks:
        for column in _FUND_BLOCKS[block]:
            value = row.value(f"{block}.{column}")
            yield isinstance(value, Blank) or value.value != 0


def _fund_entries(fund: str, table: Table, facts: Group) -> dict[str, object]:
    """The fund's names for the tree: its table, whether it has any money, and its comparisons."""
    entries = table.entries(fund) | {"有数": any(r["有收支"] for r in table.items)}
    entries["有支出"] = any(r["有支出"] for r in table.items)
    if fund != GENERAL:
        return entries
    spent = table.totals["支出.合计"]
    compared = beside(spent, 较上年=change(spent, facts.value("上年.一般公共预算支出")))
    block = Group(f"{fund}.支出", {c: table.totals[f"支出.{c}"] for c in _FUND_BLOCKS["支出"]} | {"合计": compared})
    return entries | {"支出": block, "完成": completion(spent, table.totals[BUDGET])}


def _spending(calculator: Calculator, lines: Sequence[LineFigures], names: Classification) -> Table:
    """财政拨款支出 by 科目, one column a fund."""
    entries = []
    for line in lines:
        spent = line.columns["支出.合计"]
        by_fund: dict[str, Value] = {f: spent if f == line.fund else NOUGHT for f in FISCAL_FUNDS}
        entries.append(TableEntry(line.code, {**by_fund, "合计": spent}))
    return tabulate(calculator, "财政拨款.支出", entries, list(_BY_FUND), names)


def _by_fund(calculator: Calculator, name: str, values: Mapping[str, Value]) -> Group:
    parts = {f: calculator.total(f"{name}.{f}", [v]) for f, v in values.items()}
    return Group(name, with_total(calculator, name, parts))


def _joined(calculator: Calculator, name: str, *parts: Group) -> Group:
    return Group(name, {f: calculator.total(f"{name}.{f}", [p.value(f) for p in parts]) for f in _BY_FUND})


_COLUMN = "合计"
CATALOGUE.declare("经济分类.类[*].合计", "一般公共预算财政拨款基本支出：经济分类某类")
CATALOGUE.declare("经济分类.款[*].合计", "一般公共预算财政拨款基本支出：经济分类某款")
CATALOGUE.declare("经济分类.合计", "人员经费 + 公用经费")
CATALOGUE.declare("人员经费", "301 工资福利支出 + 303 对个人和家庭的补助")
CATALOGUE.declare("公用经费", "302 商品和服务支出 + 307 + 310 + 399")
_LABELS = {"编码": "经济分类编码", "名称": "经济分类名称"}
_BELOW = "经济款"
for _level in ("类", "款"):
    declare_list(f"经济分类.{_level}", f"有数的经济分类{_level}，按编码排列", _LABELS)
    declare_list(f"财政拨款.{BY_ECONOMIC}.{_level}", f"财政拨款支出有数的经济分类{_level}，按编码排列", _LABELS)
    for _column, _label in _BY_FUND_AND_PART.items():
        CATALOGUE.declare(
            f"财政拨款.{BY_ECONOMIC}.{_level}[*].{_column}", f"财政拨款支出，经济分类某{_level}：{_label}"
        )
for _name in ("经济分类", f"财政拨款.{BY_ECONOMIC}"):
    CATALOGUE.declare(f"{_name}.类[*].款", f"某类下面的款，行同 {_name}.款", "")
for _column, _label in _BY_FUND_AND_PART.items():
    CATALOGUE.declare(f"财政拨款.{BY_ECONOMIC}.{_column}", f"财政拨款支出，按支出经济分类：{_label}")
declare_list(f"{GENERAL}.{BY_ECONOMIC}.项[*].{_BELOW}", "某项用在哪些经济分类款，按编码排列", _LABELS)
for _column, _label in _PARTS.items():
    CATALOGUE.declare(f"{GENERAL}.{BY_ECONOMIC}.项[*].{_BELOW}[*].{_column}", f"某项用在某款的钱：{_label}")
for _name, _kind in (("人员款", "人员经费"), ("公用款", "公用经费")):
    declare_list(_name, f"有数的{_kind}款，按编码排列", _LABELS)
    CATALOGUE.declare(f"{_name}[*].合计", f"{_kind}：某款")


def compute_economic(calculator: Calculator, facts: Group, names: Classification) -> dict[str, object]:
    """经济分类 (类, 款), 人员经费, 公用经费, and the lists of 款 that print an amount.

    Where the input tells 支出经济分类 alone, 基本支出 by 款 is its sum.
    """
    amounts = facts["基本支出经济分类"]
    assert isinstance(amounts, dict)
    entries = [EconomicEntry(code, {_COLUMN: amounts[code]}) for code in amounts]
    if not entries:
        spent = [d for d in _stated(facts) if d["资金"] == GENERAL]
        entries = [EconomicEntry(str(d["经济科目"]), {_COLUMN: d.value("基本")}) for d in spent]
    by_class, by_section = economic_rows(calculator, "经济分类", entries, (_COLUMN,), names)
    personnel, running = (
        calculator.total(name, [by_class.row(c).value(_COLUMN) for c in codes])
        for name, codes in (("人员经费", PERSONNEL_CLASSES), ("公用经费", RUNNING_CLASSES))
    )
    total = calculator.total("经济分类.合计", [personnel, running])
    return {
        "经济分类": Group("经济分类", {"类": by_class, "款": by_section, "合计": total}),
        "人员经费": personnel,
        "公用经费": running,
        "人员款": _shown(by_section, PERSONNEL_CLASSES),
        "公用款": _shown(by_section, RUNNING_CLASSES),
    }


@record
class EconomicEntry:
    """What one entry gives to a table by 经济分类: its 款 and its columns."""

    code: str
    columns: Mapping[str, Value]


def economic_rows(
    calculator: Calculator,
    prefix: str,
    entries: Iterable[EconomicEntry],
    columns: Sequence[str],
    names: Classification,
    below: str = "款",
) -> tuple[Series, Series]:
    """The 类, each with its 款 under it, and the 款 of a table by 经济分类: `prefix.类[301].column`, `prefix.款[30101]…`."""

    def row(level: str, code: str, parts: Sequence[Mapping[str, Value]], more: Mapping[str, object]) -> Group:
        name = f"{prefix}.{level}[{code}]"
        sums = {c: calculator.total(f"{name}.{c}", [p[c] for p in parts]) for c in columns}
        rows[level, code] = sums
        return Group(name, {"编码": code, "名称": names.economic_name(code), **nested(name, sums), **more})

    rows: dict[tuple[str, str], Mapping[str, Value]] = {}
    by_code: dict[str, list[Mapping[str, Value]]] = {}
    for entry in entries:
        by_code.setdefault(entry.code, []).append(entry.columns)
    sections = {code: row(below, code, by_code[code], {}) for code in sorted(by_code)}
    classes: dict[str, Group] = {}
    for code in dict.fromkeys(map(class_code, sections)):
        own = {c: section for c, section in sections.items() if class_code(c) == code}
        series = Series(f"{prefix}.{below}", own, columns)
        classes[code] = row("类", code, [rows[below, c] for c in own], {below: series})
    return Series(f"{prefix}.类", classes, columns), Series(f"{prefix}.{below}", sections, columns)


def _stated(facts: Group) -> list[Group]:
    """The items of 支出经济分类."""
    stated = facts[DETAIL]
    return [d for d in stated if isinstance(d, Group)] if isinstance(stated, list) else []


def _details(calculator: Calculator, facts: Group, spending: Table, general: Series) -> list[Group] | Blank:
    """The items of 支出经济分类, each with its 合计; a gap where there are none though there is money to tell of."""
    stated = _stated(facts)
    left = _left(calculator, facts, stated, general)
    if not stated and sum(_spent(d.value("基本")) for d in left) != _spent(spending.totals[_COLUMN]):
        return Blank(DETAIL, Level.ERROR)
    return [
        d.extended(合计=calculator.total(f"{d.name}.合计", [d.value("基本"), d.value("项目")]))
        for d in (*stated, *left)
    ]


def _left(calculator: Calculator, facts: Group, stated: Sequence[Group], general: Series) -> list[Group]:
    """The 基本支出 of the one 项 of 一般公共预算 that 支出经济分类 leaves out: of each 款 what 基本支出经济分类 has beyond the others.

        基本支出经济分类: {30101: 62, 30108: 18.6}
        支出经济分类: [{科目: 2080505, 经济科目: 30108, 基本: 18.6}]    →    2130301 spent 62 on 30101

    None where two 项 are left out, or one 款 has less than the others say: then the input is asked, or in conflict.
    """
    amounts = facts["基本支出经济分类"]
    assert isinstance(amounts, dict)
    own = [d for d in stated if d["资金"] == GENERAL and _spent(d.value("基本"))]
    told = {d["科目"] for d in own}
    (code, *more) = [c for c in general.codes() if c not in told and _spent(general.row(c).value("支出.基本"))] or [""]
    if not amounts or not code or more:
        return []
    rests: dict[str, Value] = {}
    for section in sorted(amounts):
        others = [d.value("基本") for d in own if d["经济科目"] == section]
        name = f"{DETAIL}[{code}].{section}"
        rests[section] = calculator.difference(name, amounts[section], *others) if others else amounts[section]
    if any(_spent(rest) < 0 for rest in rests.values()):
        return []
    return [
        Group(f"{DETAIL}[{code}·{section}]", {"科目": code, "资金": GENERAL, "经济科目": section, "基本": rest, "项目": NOUGHT})
        for section, rest in rests.items()
        if _spent(rest)
    ]  # fmt: skip


def _spent(value: Value) -> Decimal:
    """What a value comes to; a gap to nothing."""
    return value.value if isinstance(value, Figure) else ZERO


def _told(details: list[Group] | Blank) -> list[Group]:
    return [] if isinstance(details, Blank) else details


def _economic_by_fund(calculator: Calculator, details: list[Group] | Blank, names: Classification) -> Group:
    """财政拨款支出 by 经济分类, each fund with its 基本 and 项目."""
    prefix, columns = f"财政拨款.{BY_ECONOMIC}", tuple(_BY_FUND_AND_PART)
    entries = []
    for detail in _told(details):
        own = {f"{detail['资金']}.{c}": detail.value(c) for c in _PARTS} | {_COLUMN: detail.value(_COLUMN)}
        entries.append(EconomicEntry(str(detail["经济科目"]), {c: own.get(c, NOUGHT) for c in columns}))
    classes, sections = economic_rows(calculator, prefix, entries, columns, names)
    totals = {c: _whole(calculator, f"{prefix}.{c}", details, [r.value(c) for r in classes]) for c in columns}
    return Group(prefix, {**nested(prefix, totals), "类": classes, "款": sections})


def _economic_by_item(calculator: Calculator, details: list[Group] | Blank, names: Classification) -> Group:
    """一般公共预算财政拨款支出 by 科目, each 项 with the 款 that it was spent on."""
    prefix, columns = f"{GENERAL}.{BY_ECONOMIC}", tuple(_PARTS)
    own = [d for d in _told(details) if d["资金"] == GENERAL]
    below: dict[str, list[EconomicEntry]] = {}
    for detail in own:
        entry = EconomicEntry(str(detail["经济科目"]), {c: detail.value(c) for c in columns})
        below.setdefault(str(detail["科目"]), []).append(entry)
    rows = {c: economic_rows(calculator, f"{prefix}.项[{c}]", e, columns, names, _BELOW)[1] for c, e in below.items()}
    entries = [TableEntry(code, e.columns, {_BELOW: rows[code]}) for code, found in below.items() for e in found]
    table = tabulate(calculator, prefix, entries, columns, names)
    totals = {c: _whole(calculator, f"{prefix}.{c}", details, [table.totals[c]]) for c in columns}
    return Group(prefix, {**table.entries(prefix), **totals})


def _whole(calculator: Calculator, name: str, details: list[Group] | Blank, parts: Sequence[Value]) -> Value:
    """A total of `parts`, or the gap where they are not stated."""
    return details if isinstance(details, Blank) else calculator.total(name, parts)


def _shown(sections: Series, classes: Sequence[str]) -> list[Group]:
    rows = [sections.row(code) for c in classes for code in sections.codes() if class_code(code) == c]
    return [r for r in rows if not isinstance(v := r.value(_COLUMN), Figure) or v]


def economic_accounts(economic: Group, classes: Sequence[str], names: Classification) -> list[Group]:
    """经济科目: each 类 followed by its 款, as table 06 lists them: those that published forms have, and any with money."""
    rows: list[Group] = []
    by_class, by_section = economic.series("类"), economic.series("款")
    for code in classes:
        rows.append(_listed(by_class, code, names))
        shown = {c for c in names.economic_sections(code) if names.economic[c].certainty == "document"}
        used = {c for c in by_section.codes() if class_code(c) == code}
        rows += [_listed(by_section, c, names) for c in sorted(shown | used)]
    return rows


def _listed(series: Series, code: str, names: Classification) -> Group:
    row = series.row(code)
    return Group(row.name, {"编码": code, "名称": names.economic_name(code), _COLUMN: row[_COLUMN]})
