"""预算: what a budget packet's tables and sentences print, from 预算明细 and the sections beside it.

Where a kind of packet asks for none of them there are no figures under 预算. Budgets of one 科目 from several funds are
several lines; 财政拨款收入 of a line is what it spends less what was carried over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from budgetgen.classification import (
    PERSONNEL_CLASSES,
    Classification,
    class_code,
    section_code,
)
from budgetgen.compute.calculator import Calculator, declare_change, declare_list, declare_rows
from budgetgen.compute.classified_table import Table, TableEntry, tabulate
from budgetgen.compute.revenue_expenditure import beside
from budgetgen.figures import BUDGET, CATALOGUE, NOUGHT, PRIOR_YEAR, Blank, Figure, Group, Series, Value, change
from budgetgen.model import FISCAL_FUNDS, Amount
from budgetgen.records import record

ROOT = "预算"
LINES, ECONOMIC, NAMES = "预算明细", "预算经济分类", "预算科目名称"
_REVENUE = {
    "财政拨款": "财政拨款收入",
    "上级补助": "上级补助收入",
    "事业": "事业收入",
    "经营": "事业单位经营收入",
    "附属单位上缴": "附属单位上缴收入",
    "其他": "其他收入",
    "上年结转": "上年结转",
    "合计": "收入合计",
}
_ENTERED = ("上级补助", "事业", "经营", "附属单位上缴", "其他")
_SPENDING = {"基本": "基本支出", "人员": "人员经费", "公用": "公用经费", "项目": "项目支出", "合计": "支出合计"}
_BY_FUND: Mapping[str, str] = {**{str(f): f"{f}财政拨款" for f in FISCAL_FUNDS}, "合计": "财政拨款"}
_ITEMS = {
    "因公出国费": "因公出国（境）费",
    "公务用车购置费": "公务用车购置费",
    "公务用车运行费": "公务用车运行费",
    "公务接待费": "公务接待费",
    "公务用车小计": "公务用车购置及运行费",
    "合计": "“三公”经费合计",
}
_VEHICLES = ("公务用车购置费", "公务用车运行费")
_CARS = (
    "部级领导干部用车",
    "主要领导干部用车",
    "机要通信用车",
    "应急保障用车",
    "执法执勤用车",
    "特种专业技术用车",
    "离退休干部用车",
    "其他用车",
)
_ASSETS = {"资产情况": "现有", "计划购置": "计划购置的"}
_CAR_UNIT = "辆"
_STAFF = {"行政": "行政单位", "参公": "参公单位", "事业": "事业单位"}
_KINDS = ("货物", "工程", "服务")

declare_rows(f"{ROOT}.收入", _REVENUE, "收入预算")
declare_rows(f"{ROOT}.支出", _SPENDING, "支出预算")
declare_rows(f"{ROOT}.财政拨款.支出", _BY_FUND, "财政拨款支出预算")
for _fund in FISCAL_FUNDS:
    declare_rows(f"{ROOT}.{_fund}", _SPENDING, f"{_fund}财政拨款支出预算")
    CATALOGUE.declare(f"{ROOT}.{_fund}.有数", f"有没有{_fund}财政拨款的预算", "")
for _name, _label in _BY_FUND.items():
    CATALOGUE.declare(f"{ROOT}.财政拨款.收入.{_name}", f"{_label}收入预算，不含上年结转")
    CATALOGUE.declare(f"{ROOT}.财政拨款.上年结转.{_name}", f"{_label}的上年结转")
    CATALOGUE.declare(f"{ROOT}.财政拨款.上年预算.{_name}", f"{_label}的上年预算")
    declare_change(f"{ROOT}.财政拨款.支出.{_name}.较上年", f"{_label}预算较上年预算")
declare_list(
    f"{ROOT}.财政拨款项",
    "每一行财政拨款的预算，按编码排列",
    {
        "编码": "科目编码",
        "名称": "项名称",
        "款名称": "款名称",
        "类名称": "类名称",
        "资金": "哪种资金",
        "类首": "是不是这一类的第一行",
        "类序": "这一类是第几类",
        "用途": "主要用于什么",
        "原因": "比上年执行数增减的原因",
    },
)
for _name in ("预算", "上年预算", "上年执行数"):
    CATALOGUE.declare(f"{ROOT}.财政拨款项[*].{_name}", f"这一行的{_name}")
declare_change(f"{ROOT}.财政拨款项[*].预算.较上年", "较上年预算")
declare_change(f"{ROOT}.财政拨款项[*].预算.较执行数", "较上年执行数")
for _level in ("类", "款"):
    declare_list(f"{ROOT}.经济分类.{_level}", f"有数的经济分类{_level}", {"编码": "编码", "名称": "名称"})
    for _name in ("人员", "公用", "合计"):
        CATALOGUE.declare(f"{ROOT}.经济分类.{_level}[*].{_name}", f"一般公共预算基本支出：{_name}")
CATALOGUE.declare(f"{ROOT}.经济分类.类[*].款", "某类下面的款，行同 预算.经济分类.款", "")
for _name in ("人员", "公用", "合计"):
    CATALOGUE.declare(f"{ROOT}.经济分类.{_name}", f"一般公共预算基本支出：{_name}")
for _name, _label in _ITEMS.items():
    CATALOGUE.declare(f"{ROOT}.三公.{_name}", f"{_label}预算")
    CATALOGUE.declare(f"{ROOT}.三公.上年预算.{_name}", f"{_label}的上年预算")
    declare_change(f"{ROOT}.三公.{_name}.较上年", f"{_label}较上年预算")
CATALOGUE.declare(f"{ROOT}.政府采购.合计", "政府采购预算：货物 + 工程 + 服务")
for _name, _label in _ASSETS.items():
    CATALOGUE.declare(f"{ROOT}.{_name}.车辆合计", f"{_label}车辆", _CAR_UNIT)
    declare_list(f"{ROOT}.{_name}.车辆", f"{_label}车辆，按公开顺序", {"名称": "种类"})
    CATALOGUE.declare(f"{ROOT}.{_name}.车辆[*].数量", "某类车辆的数量", _CAR_UNIT)
for _name, _label in {**_STAFF, "合计": "预算单位", "所属": "本部以外的预算单位"}.items():
    CATALOGUE.declare(f"{ROOT}.单位数.{_name}", _label, "家")


@record
class _Line:
    """One line of 预算明细: its facts, its revenue and its spending by column."""

    facts: Group
    code: str
    fund: str
    revenue: Mapping[str, Value]
    spending: Mapping[str, Value]

    @property
    def fiscal(self) -> bool:
        return self.fund in FISCAL_FUNDS


def compute_budget(calculator: Calculator, given: Group, known: Classification) -> dict[str, object]:
    """预算, where the input may tell its lines; else nothing."""
    if LINES not in given:
        return {}
    names = known.named({str(g["编码"]): str(g["名称"]) for g in _groups(given, NAMES)})
    lines = [_line(calculator, g) for g in _groups(given, LINES)]
    funds = {f: _spent(calculator, f, [n for n in lines if n.fund == f], names) for f in FISCAL_FUNDS}
    columns = {"收入": _REVENUE, "支出": _SPENDING}
    tables = {
        "收入": tabulate(
            calculator, f"{ROOT}.收入", [TableEntry(n.code, n.revenue) for n in lines], list(columns["收入"]), names
        ),
        "支出": _spent(calculator, "支出", lines, names),
    }
    entries: dict[str, object] = {
        **{name: Group(f"{ROOT}.{name}", table.entries(f"{ROOT}.{name}")) for name, table in tables.items()},
        **{f: Group(f"{ROOT}.{f}", {**t.entries(f"{ROOT}.{f}"), "有数": bool(len(t.items))}) for f, t in funds.items()},
        "财政拨款": _fiscal(calculator, given, [n for n in lines if n.fiscal], names),
        "财政拨款项": list(_items([n for n in lines if n.fiscal], names)),
        "经济分类": _economic(calculator, given, names),
        "三公": _three_public(calculator, given.group("三公预算")),
        "政府采购": _procurement(calculator, given.group("政府采购预算")),
        "单位数": _units(_groups(given, "预算单位")),
        **{name: _assets(calculator, name, given.group(name)) for name in _ASSETS},
    }
    return {ROOT: Group(ROOT, entries)}


def _groups(given: Group, key: str) -> list[Group]:
    if key not in given:
        return []
    found = given[key]
    return [g for g in found if isinstance(g, Group)] if isinstance(found, list) else []


def _line(calculator: Calculator, facts: Group) -> _Line:
    fund, name = str(facts["资金"]), facts.name
    basic, running, project = (facts.value(f"支出.{key}") for key in ("基本", "公用", "项目"))
    spending = {
        "基本": basic,
        "人员": calculator.difference(f"{name}.支出.人员", basic, running),
        "公用": running,
        "项目": project,
        "合计": calculator.total(f"{name}.支出.合计", [basic, project]),
    }
    carried = facts.value("上年结转")
    own = calculator.difference(f"{name}.收入.财政拨款", spending["合计"], carried) if fund in FISCAL_FUNDS else NOUGHT
    revenue = {"财政拨款": own, **{k: facts.value(f"收入.{k}") for k in _ENTERED}, "上年结转": carried}
    revenue["合计"] = calculator.total(f"{name}.收入.合计", revenue.values())
    return _Line(facts, str(facts["科目"]), fund, revenue, spending)


def _spent(calculator: Calculator, name: str, lines: Iterable[_Line], names: Classification) -> Table:
    entries = [TableEntry(n.code, n.spending) for n in lines]
    return tabulate(calculator, f"{ROOT}.{name}", entries, list(_SPENDING), names)


def _fiscal(calculator: Calculator, given: Group, lines: Sequence[_Line], names: Classification) -> Group:
    """财政拨款 by fund: 收入, 上年结转, 支出 by 科目 and in all, each against last year's budget."""
    name = f"{ROOT}.财政拨款"
    entries = [
        TableEntry(
            n.code,
            {**{f: n.spending["合计"] if f == n.fund else NOUGHT for f in FISCAL_FUNDS}, "合计": n.spending["合计"]},
        )
        for n in lines
    ]
    table = tabulate(calculator, f"{name}.支出", entries, list(_BY_FUND), names)
    flows = {
        flow: _by_fund(
            calculator, f"{name}.{flow}", {f: [n.revenue[key] for n in lines if n.fund == f] for f in FISCAL_FUNDS}
        )
        for flow, key in (("收入", "财政拨款"), ("上年结转", "上年结转"))
    }
    prior = given.group("上年预算")
    flows["上年预算"] = _by_fund(calculator, f"{name}.上年预算", {f: [prior.value(f)] for f in FISCAL_FUNDS})
    compared = {f: beside(total, 较上年=change(total, flows["上年预算"].value(f))) for f, total in table.totals.items()}
    spent = Group(f"{name}.支出", {**table.entries(f"{name}.支出"), **compared})
    return Group(name, {**flows, "支出": spent})


def _by_fund(calculator: Calculator, name: str, parts: Mapping[str, Sequence[Value]]) -> Group:
    sums = {f: calculator.total(f"{name}.{f}", values) for f, values in parts.items()}
    return Group(name, {**sums, "合计": calculator.total(f"{name}.合计", sums.values())})


def _items(lines: Iterable[_Line], names: Classification) -> Iterable[Group]:
    """The lines in order of their codes, each against last year; the first of each 类 is numbered anew."""
    above, number = "", 0
    for line in sorted(lines, key=lambda n: n.code):
        first = class_code(line.code) != above
        above, number = class_code(line.code), number + first
        total, facts = line.spending["合计"], line.facts
        yield facts.extended(
            编码=line.code,
            名称=names.name(line.code),
            款名称=names.name(section_code(line.code)),
            类名称=names.name(above),
            类首=first,
            类序=number,
            预算=beside(
                total,
                较上年=change(total, facts.value("上年预算"), PRIOR_YEAR),
                较执行数=change(total, facts.value("上年执行数"), BUDGET),
            ),
        )


def _economic(calculator: Calculator, given: Group, names: Classification) -> Group:
    """经济分类: 款 with 人员 and 公用, their 类, and both in all."""
    name = f"{ROOT}.经济分类"
    rows: dict[str, Group] = {}
    for facts in sorted(_groups(given, ECONOMIC), key=lambda g: str(g["科目"])):
        code, total, running = str(facts["科目"]), facts.value("金额"), facts.value("公用")
        if isinstance(running, Blank):
            running = NOUGHT if class_code(code) in _PERSONNEL else total
        columns = {
            "人员": calculator.difference(f"{name}.款[{code}].人员", total, running),
            "公用": running,
            "合计": total,
        }
        rows[code] = Group(f"{name}.款[{code}]", {"编码": code, "名称": names.economic_name(code), **columns})
    classes: dict[str, Group] = {}
    for code in dict.fromkeys(map(class_code, rows)):
        below = {c: row for c, row in rows.items() if class_code(c) == code}
        sums = _column_sums(calculator, f"{name}.类[{code}]", below.values())
        labels = {"编码": code, "名称": names.economic_name(code), "款": Series(f"{name}.款", below, _COLUMNS)}
        classes[code] = Group(f"{name}.类[{code}]", {**labels, **sums})
    series = {"类": Series(f"{name}.类", classes, _COLUMNS), "款": Series(f"{name}.款", rows, _COLUMNS)}
    return Group(name, {**series, **_column_sums(calculator, name, classes.values())})


_COLUMNS = ("人员", "公用", "合计")
_PERSONNEL = (*PERSONNEL_CLASSES, "304", "305", "306", "308", "311")


def _column_sums(calculator: Calculator, name: str, rows: Iterable[Group]) -> dict[str, Value]:
    held = list(rows)
    return {c: calculator.total(f"{name}.{c}", [row.value(c) for row in held]) for c in _COLUMNS}


def _three_public(calculator: Calculator, facts: Group) -> Group:
    """三公 as budgeted, each against last year's budget."""
    now, before = (
        _measure(calculator, facts, measure, name)
        for measure, name in (("预算", f"{ROOT}.三公"), ("上年预算", f"{ROOT}.三公.上年预算"))
    )
    compared = {item: beside(value, 较上年=change(value, before[item])) for item, value in now.items()}
    return Group(f"{ROOT}.三公", {**compared, "上年预算": Group(f"{ROOT}.三公.上年预算", before)})


def _measure(calculator: Calculator, facts: Group, measure: str, name: str) -> dict[str, Value]:
    values = {item: facts.value(f"{item}.{measure}") for item in _ITEMS if item not in ("公务用车小计", "合计")}
    vehicles = calculator.total(f"{name}.公务用车小计", [values[v] for v in _VEHICLES])
    total = calculator.total(f"{name}.合计", [values["因公出国费"], vehicles, values["公务接待费"]])
    return {**values, "公务用车小计": vehicles, "合计": total}


def _procurement(calculator: Calculator, facts: Group) -> Group:
    total = calculator.total(f"{ROOT}.政府采购.合计", [facts.value(k) for k in _KINDS])
    return Group(f"{ROOT}.政府采购", {"合计": total})


def _assets(calculator: Calculator, section: str, facts: Group) -> Group:
    total = calculator.total(f"{ROOT}.{section}.车辆合计", [facts.value(k) for k in _CARS], _CAR_UNIT)
    rows = [Group(f"{section}.{key}", {"名称": key, "数量": facts.value(key)}) for key in _CARS]
    return Group(f"{ROOT}.{section}", {"车辆合计": total, "车辆": rows})


def _units(units: Sequence[Group]) -> Group:
    """How many units of each nature there are, the department's own part among them."""
    counts = {kind: sum(u["性质"] == kind for u in units) for kind in _STAFF}
    counts |= {"合计": len(units), "所属": max(0, len(units) - 1)}
    figures = {k: Figure(f"{ROOT}.单位数.{k}", Amount(n), "家", "计数") for k, n in counts.items()}
    return Group(f"{ROOT}.单位数", figures)
