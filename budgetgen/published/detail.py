"""收支明细 from the tables: the fiscal lines of the funds' own, and what those of all 收入 and 支出 have beyond them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from budgetgen.classification import Classification
from budgetgen.issues import Findings, Rule, SourceRef
from budgetgen.model import FISCAL_FUNDS, Amount, Line, entry_path
from budgetgen.model.sections import (
    ClosingCarryover,
    EconomicDetail,
    Expenditure,
    FiscalSplit,
    Fund,
    OpeningCarryover,
    Revenue,
)
from budgetgen.money import plain_text
from budgetgen.published.grid import Cell
from budgetgen.published.tables import Classified, Values, less, plus
from budgetgen.published.totals import Tables

NON_FISCAL: Fund = "非财政拨款"
_OTHER_REVENUE = {
    "上级补助": "superior_subsidy", "事业": "institutional", "经营": "operating",
    "附属单位上缴": "subordinate_remittance", "其他": "other",
}  # fmt: skip
_REVENUE = {"财政拨款": "fiscal_appropriation"} | _OTHER_REVENUE
_SPENT = {"基本": "basic", "项目": "project"}
_OTHER_SPENT = {"上缴上级": "to_superior", "经营": "operating", "对附属单位补助": "to_subordinates"}
_NIL = Amount(0)


@dataclass
class Draft:
    """One line while it is made: amounts by path (`支出.项目`) and their cells."""

    code: str
    fund: Fund
    amounts: dict[str, Amount] = field(default_factory=dict)
    places: dict[str, SourceRef] = field(default_factory=dict)

    def get(self, path: str) -> Amount:
        """The amount under `path`, 0 where there is none."""
        return self.amounts.get(path, _NIL)

    def put(self, path: str, amount: Amount, place: SourceRef | None) -> None:
        """Keep an amount that is not nothing."""
        if amount:
            self.amounts[path] = amount
            if place is not None:
                self.places[path] = place

    @property
    def spent(self) -> Amount:
        """本年支出."""
        return plus(*(a for p, a in self.amounts.items() if p.startswith("支出.")))

    @property
    def received(self) -> Amount:
        """本年收入."""
        return plus(*(a for p, a in self.amounts.items() if p.startswith("收入.")))

    @property
    def part(self) -> str:
        """基本 or 项目: where carry-over stands whose table does not split it."""
        return "基本" if self.get("支出.基本") and not self.get("支出.项目") else "项目"


def make_lines(tables: Tables, findings: Findings) -> list[Draft]:
    """All lines: the fiscal ones by fund, then 非财政拨款, in code order."""
    revenue = tables.by_code.get("02", Classified())
    drafts = [d for fund in FISCAL_FUNDS for d in _of_fund(fund, tables.fund(fund))]
    _receive(drafts, revenue, tables, findings)
    for fund in FISCAL_FUNDS:
        own = [d for d in drafts if d.fund == fund]
        if "年初结转.合计" not in tables.fund(fund).columns:
            _carry(
                own,
                tables.facts.get(f"财政拨款.年初结转.{fund}"),
                tables.facts.get(f"财政拨款.年末结转.{fund}"),
                fund,
                findings,
            )
    others = _non_fiscal(drafts, revenue, tables, findings)
    opening, closing = (_beyond(tables, drafts, flow) for flow in ("年初结转", "年末结转"))
    if (opening or closing) and not others and drafts:
        others = [Draft(drafts[0].code, NON_FISCAL)]
    if others or opening or closing:
        _lump(others, opening, closing, NON_FISCAL, findings)
    kept = [d for d in (*drafts, *others) if d.amounts]
    return sorted(kept, key=lambda d: (d.code, (*FISCAL_FUNDS, NON_FISCAL).index(d.fund)))


def line_of(draft: Draft, own_names: Mapping[str, str]) -> Line:
    """The line; `own_names` has the names that differ from the code tables."""
    get = draft.get
    revenue: dict[str, Any] = {n: get(f"收入.{k}") for k, n in _REVENUE.items()}
    spent: dict[str, Any] = {n: get(f"支出.{k}") for k, n in (_SPENT | _OTHER_SPENT).items()}
    split = None
    basic, project = get("分项.基本"), get("分项.项目")
    usual = (
        get("支出.基本") + get("年末结转.基本") - get("年初结转.基本"),
        get("支出.项目") + get("年末结转.项目结转") + get("年末结转.项目结余") - get("年初结转.项目"),
    )
    if (basic or project) and (basic, project) != usual:
        split = FiscalSplit(basic=basic, project=project)
    return Line(
        code=draft.code,
        fund=draft.fund,
        class_name=own_names.get(draft.code[:3], ""),
        section_name=own_names.get(draft.code[:5], ""),
        item_name=own_names.get(draft.code, ""),
        revenue=Revenue(**revenue),
        fiscal_split=split,
        expenditure=Expenditure(**spent),
        opening=OpeningCarryover(basic=get("年初结转.基本"), project=get("年初结转.项目")),
        closing=ClosingCarryover(
            basic=get("年末结转.基本"),
            project_carryover=get("年末结转.项目结转"),
            project_surplus=get("年末结转.项目结余"),
        ),
    )


def economic_details(
    tables: Tables, drafts: Sequence[Draft], findings: Findings
) -> tuple[list[EconomicDetail], dict[str, SourceRef]]:
    """支出经济分类 and the cells of its amounts: of 一般公共预算 as its table has it, of the other funds laid on their lines."""
    found: list[tuple[str, Fund, str, Values]] = [
        (item, "一般公共预算", section, row) for (item, section), row in sorted(tables.by_item.items())
    ]
    for fund in FISCAL_FUNDS[1:]:
        own = [d for d in drafts if d.fund == fund and d.spent]
        rows = {c: _part_of(row, f"{fund}.") for c, row in sorted(tables.by_fund.items())}
        spent = {c: row for c, row in rows.items() if any(row.amounts.values())}
        if len(own) > 1 and spent:
            _assume(f"{fund}有几个科目，财政拨款支出决算明细表不分科目，暂按次序分到各科目。", own[0], findings)
        found += ((code, fund, section, row) for code, section, row in _laid(own, spent))
    details, places = list[EconomicDetail](), dict[str, SourceRef]()
    for code, fund, section, row in found:
        if any(row.get(part) for part in _SPENT):
            parts = {name: row.get(part) for part, name in _SPENT.items()}
            details.append(EconomicDetail(code=code, fund=fund, section=section, **parts))
            at = entry_path("支出经济分类", str(len(details)))
            places |= {f"{at}.{part}": row.places[part] for part in _SPENT if part in row.places}
    return details, places


def _part_of(row: Values, prefix: str) -> Values:
    """The amounts of a row whose names begin with `prefix`, without it."""
    cut = len(prefix)
    amounts = {k[cut:]: v for k, v in row.amounts.items() if k.startswith(prefix)}
    return Values(row.name, row.place, amounts, {k[cut:]: v for k, v in row.places.items() if k.startswith(prefix)})


def _laid(drafts: Sequence[Draft], rows: Mapping[str, Values]) -> Iterator[tuple[str, str, Values]]:
    """(项, 款, amounts): each 款's amounts on the lines in order, so far as each has spent as much; the rest on the last."""
    left = {(d.code, part): d.get(f"支出.{part}") for d in drafts for part in _SPENT}
    for section, row in rows.items():
        for draft in drafts:
            taken = Values(place=row.place, places=row.places)
            for part in _SPENT:
                rest = row.get(part)
                amount = rest if draft is drafts[-1] else min(rest, left[draft.code, part])
                left[draft.code, part] = less(left[draft.code, part], amount)
                row.amounts[part] = less(rest, amount)
                taken.amounts[part] = amount
            yield draft.code, section, taken


def sources_of(draft: Draft) -> dict[str, SourceRef]:
    """Path in the accounts → cell."""
    base = entry_path("收支明细", Line.item_key({"code": draft.code, "fund": draft.fund}))
    named = {f"{base}.{p.replace('分项.', '财政拨款收入分项.')}": ref for p, ref in draft.places.items()}
    return named | ({base: next(iter(named.values()))} if named else {})


def names_of(tables: Tables, names: Classification) -> dict[str, str]:
    """Names in the tables that differ from the code tables' by more than blanks and brackets, or are not in them."""
    own: dict[str, str] = {}
    for table in tables.by_code.values():
        for code, row in table.rows.items():
            read = Cell(row.name, row.place or SourceRef("")).label
            known = Cell(names.name(code), SourceRef("")).label
            if read and read != known:
                own.setdefault(code, row.name.strip())
    return own


def _of_fund(fund: Fund, table: Classified) -> list[Draft]:
    drafts = []
    for code, row in table.items().items():
        draft = Draft(code, fund)
        for key in (
            "支出.基本",
            "支出.项目",
            "年初结转.基本",
            "年初结转.项目",
            "年末结转.基本",
            "年末结转.项目结转",
            "年末结转.项目结余",
        ):
            draft.put(key, row.get(key), row.places.get(key))
        if "收入.合计" in table.columns:
            draft.put("收入.财政拨款", row.get("收入.合计"), row.places.get("收入.合计"))
        for part in ("基本", "项目"):
            draft.put(f"分项.{part}", row.get(f"收入.{part}"), row.places.get(f"收入.{part}"))
        if "年初结转.基本" not in table.columns:
            for flow, part in (
                ("年初结转", draft.part),
                ("年末结转", {"项目": "项目结转"}.get(draft.part, draft.part)),
            ):
                draft.put(f"{flow}.{part}", row.get(f"{flow}.合计"), row.places.get(f"{flow}.合计"))
        drafts.append(draft)
    return drafts


def _receive(drafts: list[Draft], revenue: Classified, tables: Tables, findings: Findings) -> None:
    """财政拨款收入 from 公开02 where a fund's own table has no such column."""
    told = {f for f in FISCAL_FUNDS if "收入.合计" in tables.fund(f).columns}
    for code, row in revenue.items().items():
        same = [d for d in drafts if d.code == code]
        rest = less(row.get("财政拨款"), *(d.get("收入.财政拨款") for d in same if d.fund in told))
        open_ones = [d for d in same if d.fund not in told]
        place = row.places.get("财政拨款")
        if len(open_ones) > 1:
            _assume(f"{code} 有两种资金，收入决算表只有合计，收入暂按各自的支出分开。", open_ones[0], findings)
        for draft in open_ones[1:]:
            draft.put("收入.财政拨款", draft.spent, draft.places.get("支出.项目"))
            rest = less(rest, draft.spent)
        if open_ones:
            open_ones[0].put("收入.财政拨款", rest, place)
        elif rest and not same:
            drafts.append(Draft(code, _unmet(drafts, tables, told)))
            drafts[-1].put("收入.财政拨款", rest, place)


def _unmet(drafts: Sequence[Draft], tables: Tables, told: set[Fund]) -> Fund:
    """The fund whose 收入 in 公开04 the lines do not reach: what was received and not spent is its."""
    for fund in FISCAL_FUNDS:
        have = plus(*(d.get("收入.财政拨款") for d in drafts if d.fund == fund))
        if fund not in told and less(tables.facts.get(f"财政拨款.收入.{fund}"), have) > 0:
            return fund
    return FISCAL_FUNDS[0]


def _carry(drafts: Sequence[Draft], opening: Amount, closing: Amount, fund: Fund, findings: Findings) -> None:
    """Carry-over of a fund whose table has none: what each line's own 收支 tells, the rest of the two totals on one."""
    for draft in drafts:
        kept = less(draft.received, draft.spent)
        if kept > 0 and closing:
            draft.put(_closing(draft), kept, draft.places.get("收入.财政拨款"))
        elif kept < 0 and opening:
            draft.put(_opening(draft), Amount(-kept, kept.margin), draft.places.get("支出.项目"))
    before, after = (plus(*(_carried(d, flow) for d in drafts)) for flow in ("年初结转", "年末结转"))
    _lump(drafts, less(opening, before), less(closing, after), fund, findings)


def _lump(drafts: Sequence[Draft], opening: Amount, closing: Amount, fund: Fund, findings: Findings) -> None:
    """Put what no table tells by 科目 on the first line, and say so where there are more."""
    if not (opening or closing):
        return
    if not drafts:
        cause = f"{fund}的年初、年末结转和结余只有合计，没有一个科目可以记，没有读。"
        findings.warn(Rule.TABLE_ASSUMED, cause, "在收支明细里补上这个科目的一行。", None)
        return
    draft = drafts[0]
    draft.put(_opening(draft), plus(draft.get(_opening(draft)), opening), None)
    draft.put(_closing(draft), plus(draft.get(_closing(draft)), closing), None)
    if len(drafts) > 1:
        _assume(f"{fund}的年初、年末结转和结余只有合计，没有分到科目，差额暂记在 {draft.code}。", draft, findings)


def _assume(cause: str, draft: Draft, findings: Findings) -> None:
    """Say what was put on a line that no table puts there."""
    path = entry_path("收支明细", Line.item_key({"code": draft.code, "fund": draft.fund}))
    place = draft.places.get("支出.项目") or draft.places.get("支出.基本")
    findings.warn(Rule.TABLE_ASSUMED, cause, "按账分到各科目。", place, path)


def _non_fiscal(drafts: list[Draft], revenue: Classified, tables: Tables, findings: Findings) -> list[Draft]:
    """What 公开02 and 公开03 have beyond 财政拨款.

    Money that is below zero, or of which no table but 公开03 knows anything, is no other money: two tables do not agree.
    """
    spent = tables.by_code.get("03", Classified())
    known = _has_other_money(revenue, tables)
    others = []
    for code in sorted({*revenue.items(), *spent.items()}):
        same = [d for d in drafts if d.code == code]
        draft, row = Draft(code, NON_FISCAL), revenue.rows.get(code, Values())
        for key in _OTHER_REVENUE:
            draft.put(f"收入.{key}", row.get(key), row.places.get(key))
        row = spent.rows.get(code, Values())
        for key in _SPENT:
            rest = less(row.get(key), *(d.get(f"支出.{key}") for d in same))
            if rest and (rest < 0 or (same and not known)):
                _disagree(f"{code} 的{key}支出", row.get(key), rest, row.places.get(key), findings)
            else:
                draft.put(f"支出.{key}", rest, row.places.get(key))
        for key in _OTHER_SPENT:
            draft.put(f"支出.{key}", row.get(key), row.places.get(key))
        if draft.amounts:
            others.append(draft)
    return others


def _has_other_money(revenue: Classified, tables: Tables) -> bool:
    """Whether 公开01 or 02 tell money beyond 财政拨款, of this year or carried over; without them it may be so."""
    if not revenue.rows or "收入.合计" not in tables.facts.amounts:
        return True
    if any(row.get(key) for row in revenue.rows.values() for key in _OTHER_REVENUE):
        return True
    carried = (f"财政拨款.年初结转.{fund}" for fund in FISCAL_FUNDS)
    return bool(
        tables.facts.get("使用非财政拨款结余")
        or less(tables.facts.get("年初结转.合计"), *map(tables.facts.get, carried)) > 0
    )


def _disagree(what: str, told: Amount, rest: Amount, place: SourceRef | None, findings: Findings) -> None:
    amount, other = (plain_text(a.wan_yuan, strip_zeros=True) for a in (told, Amount(told - rest)))
    cause = (
        f"{what}，支出决算表是 {amount} 万元，财政拨款的表是 {other} 万元，对不上；按财政拨款的表读，没有记成别的资金。"
    )
    findings.warn(Rule.TABLE_TOTAL, cause, "核对两张表，改错的一处。", place)


def _beyond(tables: Tables, drafts: Sequence[Draft], flow: str) -> Amount:
    """Carry-over in 公开01 beyond that of the fiscal lines."""
    whole = tables.facts.amounts.get(f"{flow}.合计")
    return less(whole, *(_carried(d, flow) for d in drafts)) if whole is not None else _NIL


def _carried(draft: Draft, flow: str) -> Amount:
    return plus(*(a for p, a in draft.amounts.items() if p.startswith(f"{flow}.")))


def _opening(draft: Draft) -> str:
    return f"年初结转.{draft.part}"


def _closing(draft: Draft) -> str:
    return "年末结转.基本" if draft.part == "基本" else "年末结转.项目结转"
