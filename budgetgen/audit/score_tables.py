"""自评表: money, execution rate and scores, within each table, against the nine tables and against what is said of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from budgetgen.audit.hearing import Prose
from budgetgen.audit.nine_tables import Nine
from budgetgen.audit.relations import DOUBT, ERROR, Relation, adds_up, alike, equal, ratio
from budgetgen.audit.self_report import project_name
from budgetgen.audit.sentences import one_of
from budgetgen.audit.stated import BLANK, CENT, Statement, number_of, show, unit_of
from budgetgen.published.document import Table
from budgetgen.records import record

FUNDS = ("年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分")
_MONEY = FUNDS[:3]
_HUNDRED = Decimal(100)
_WHOLE = "整体"
_NAMED = ("项目支出名称", "项目名称")
_TOTALS = ("年度资金总额", "合计")
_GROUP = re.compile(r"(?:指标|标)（(\d+(?:\.\d+)?)分）")
_SHIFTS = (0, -1, 1)
"""A row that lacks a merged cell, or has one too many, stands a column off."""


@record
class Funds:
    """年度资金总额 of one 自评表: the project's name (整体 for the unit's own), and its numbers by heading."""

    project: str
    said: Mapping[str, Statement]


def said_in(table: Table, row: int, column: int, name: str, where: str) -> Statement | None:
    """The number of a cell as a statement; None where it holds words."""
    text = re.sub(r"\s+", "", table.rows[row][column].text)
    number = text.removesuffix("%").removesuffix("％")
    value = number_of(number)
    if value is None:
        return None
    printed = BLANK if not number or number in "—-——" else number
    fine = unit_of(number) if printed != BLANK and not name.endswith(("分值", "得分")) else CENT
    return Statement(name, value, printed, where, table.line(row), fine, (table.number, row, column))


def own_columns(table: Table, row: int) -> list[int]:
    """The columns of a row that are no part of a cell merged from the left or from above."""
    return [n for n, c in enumerate(table.rows[row]) if c.own]


def relations_of_scores(tables: Sequence[Table], nine: Nine, prose: Prose) -> list[Relation]:
    """What must hold in the 自评表 and between them and the rest; each project's spending goes to what was heard.

    One 自评表 may be several tables in a row: its money, then its points, these cut at the end of a page.
    """
    found: list[Relation] = []
    sheet = _Sheet(Funds("", {}))
    for table in tables:
        funds = next(_funds(table, found), None)
        if funds is not None:
            sheet = _Sheet(funds)
            found += _execution(funds, nine, prose)
            spent = funds.said.get("全年执行数")
            if spent is not None and funds.project != _WHOLE:
                prose.said[project_name(funds.project)].append(spent)
        if sheet.take(table):
            found += sheet.relations(prose)
            sheet = _Sheet(Funds("", {}))
    return found


# ------------------------------------------------------------------------------------------------ money


def _funds(table: Table, relations: list[Relation]) -> Iterator[Funds]:
    labels = [[re.sub(r"（.*?）", "", c.label) for c in row] for row in table.rows]
    head = next((r for r, row in enumerate(labels) if "全年预算数" in row and "执行率" in row), None)
    if head is None:
        return
    name = next((c for word in _NAMED for c in _beside(table, word)), _WHOLE)
    columns = {labels[head][n]: n for n in reversed(own_columns(table, head))}
    parts: list[dict[str, Statement]] = []
    for row in range(head + 1, len(table.rows)):
        label = next((c.label for c in table.rows[row] if c.own and re.search("[一-龥]", c.text)), "")
        said = _row_of_funds(table, row, columns, name, label)
        if label.startswith(_TOTALS):
            _parts_of_funds(said, parts, relations)
            yield Funds(name, said)
            return
        if said and re.search("财政拨款|结转资金|其他资金", label):
            parts.append(said)


def _row_of_funds(table: Table, row: int, columns: Mapping[str, int], name: str, label: str) -> dict[str, Statement]:
    """The numbers of one row by heading; the cell that bears a % says how far the row is off its headings."""
    rates = [n for n in own_columns(table, row) if re.search("[%％]", table.rows[row][n].text)]
    off = rates[0] - columns["执行率"] if len(rates) == 1 else 0
    where = f"自评表 {name} {label}"
    cells = ((k, columns[k] + off) for k in FUNDS if k in columns and 0 <= columns[k] + off < len(table.rows[row]))
    said = {k: s for k, n in cells if (s := said_in(table, row, n, f"自评[{name}].{k}", where))}
    return {k: replace(s, fine=min(s.fine, CENT)) if k in _MONEY else s for k, s in said.items()}


def _parts_of_funds(
    said: Mapping[str, Statement], parts: Sequence[Mapping[str, Statement]], relations: list[Relation]
) -> None:
    for key in _MONEY if len(parts) > 1 else ():
        inner = [p[key] for p in parts if key in p]
        if key in said and len(inner) == len(parts) and any(i.value for i in inner):
            relations.append(adds_up(said[key], inner, "AUDIT-041"))


def _beside(table: Table, word: str) -> Iterator[str]:
    """What stands to the right of a label."""
    for row in table.rows:
        for n, c in enumerate(row[:-1]):
            if c.own and c.label == word:
                yield from (other.label for other in row[n + 1 :] if other.own and other.label)


def _execution(funds: Funds, nine: Nine, prose: Prose) -> Iterator[Relation]:
    budget, spent, weight, rate, score = (funds.said.get(k) for k in FUNDS[1:])
    if budget and spent and rate and not rate.blank:
        yield ratio(rate, spent, budget, "AUDIT-041")
    if budget and spent and weight and score and not score.blank and budget.value and weight.value:
        yield _proportional(score, weight, spent, budget, rate)
    if funds.project == _WHOLE:
        options = [s for n in ("支出.合计", "一般公共预算.支出.合计") if (s := nine.get(n))]
        if spent and options:
            yield one_of(spent, options, "AUDIT-041")
        at_start = funds.said.get("年初预算数")
        for budgeted in prose.said.get("一般公共预算.年初预算", [])[:1]:
            if at_start is not None and not at_start.blank:
                yield alike(at_start, budgeted, "AUDIT-041")
        for key, said in (("预算绩效.整体自评.全年预算数", budget), ("预算绩效.整体自评.执行数", spent)):
            yield from (equal(s, said, "AUDIT-020") for s in prose.said.get(key, []) if said)


def _proportional(
    score: Statement, weight: Statement, spent: Statement, budget: Statement, rate: Statement | None
) -> Relation:
    """得分 = 分值 × 执行率, at most the 分值."""
    exact = min(weight.value * spent.value / budget.value, weight.value)
    printed = weight.value * rate.value / _HUNDRED if rate is not None and not rate.blank else exact
    holds = min(abs(score.value - exact), abs(score.value - printed)) <= max(score.fine, CENT)

    def expected(of: Statement) -> str:
        if of is score:
            return f"{show(exact)}（{weight.text}×{spent.text}/{budget.text}）"
        return f"与 {spent.text}/{budget.text}、{weight.text} 分、得分 {score.text} 相符的数"

    return Relation("AUDIT-041", (score, weight, spent, budget), holds, expected)


# ------------------------------------------------------------------------------------------------ points


@dataclass
class _Group:
    """产出指标（40分） with the points below it."""

    mark: Statement
    points: Decimal
    weights: list[Statement] = field(default_factory=list)


class _Sheet:
    """The points of one 自评表, gathered from its tables until the one with 总分."""

    def __init__(self, funds: Funds) -> None:
        self._funds = funds
        self._rows: list[tuple[Statement, Statement]] = []
        self._groups: list[_Group] = []
        self._total: tuple[Statement | None, Statement] | None = None

    def take(self, table: Table) -> bool:
        """Read the points of a table; whether it ends the sheet."""
        labels = [[c.label for c in row] for row in table.rows]
        head = next((r for r, row in enumerate(labels) if "得分" in row and "分值" in row and "三级指标" in row), None)
        if head is None:
            return False
        last = next((r for r in range(len(labels) - 1, head, -1) if "总分" in labels[r]), None)
        column = labels[head].index("分值")
        for r in range(head + 1, last if last is not None else len(labels)):
            self._begin(table, r)
            pair = _pair(table, r, column, self._funds.project)
            if pair is not None:
                self._rows.append(pair)
                if self._groups and pair[0].value:
                    self._groups[-1].weights.append(pair[0])
        if last is not None:
            self._total = _total(table, last, column, self._funds.project)
        return last is not None

    def _begin(self, table: Table, row: int) -> None:
        """A row that begins a group; one that goes on after a page's end is told by （续）."""
        for c in table.rows[row]:
            found = _GROUP.search(c.label) if c.own else None
            if found and "续" not in c.label:
                where, spot = f"自评表 {self._funds.project} 第{row + 1}行", (table.number, row, 0)
                mark = Statement("权重", Decimal(0), c.label, where, c.label, CENT, spot)
                self._groups.append(_Group(mark, Decimal(found[1])))

    def relations(self, prose: Prose) -> Iterator[Relation]:
        """What the points and scores must satisfy."""
        if self._total is None or not self._rows or any(w.value and s.blank for w, s in self._rows):
            return
        told = [(w, s) for w, s in self._rows if w.value and not s.blank]
        yield from (_within(s, w) for w, s in told)
        weights, scores = [w for w, _ in self._rows if w.value], [s for _, s in self._rows if not s.blank]
        money = self._funds.said
        if "得分" in money and "分值" in money:
            weights, scores = [*weights, money["分值"]], [*scores, money["得分"]]
        yield from self._full(self._total, weights, scores)
        if self._funds.project == _WHOLE:
            yield from (equal(s, self._total[1], "AUDIT-020") for s in prose.said.get("预算绩效.整体自评.得分", []))

    def _full(
        self, total: tuple[Statement | None, Statement], weights: Sequence[Statement], scores: Sequence[Statement]
    ) -> Iterator[Relation]:
        """The points make the full mark (100, or what stands there), and only then the scores the total, the groups theirs."""
        full = total[0].value if total[0] is not None else _HUNDRED
        found = _sum(weights)
        if found == full:
            yield adds_up(total[1], scores, "AUDIT-041")
            yield from (_not_the_sum(g) for g in self._groups if g.weights and _sum(g.weights) != g.points)
            return
        mark = total[0] or total[1]

        def expected(_: Statement) -> str:
            return f"分值之和是 {show(found)}，不是 {show(full)}（核对各项分值）"

        yield Relation("AUDIT-041", (mark, *weights[:1]), holds=False, expected=expected, level=DOUBT)


def _sum(said: Sequence[Statement]) -> Decimal:
    return sum((s.value for s in said), Decimal(0))


def _pair(table: Table, row: int, column: int, name: str) -> tuple[Statement, Statement] | None:
    """分值 and 得分 of one row: two numbers side by side, at their column or one beside it; a 得分 may be blank."""
    found: list[tuple[Statement, Statement]] = []
    for shift in _SHIFTS:
        at = column + shift
        if not 0 < at < len(table.rows[row]) - 1:
            continue
        where = f"自评表 {name} 第{row + 1}行"
        weight = said_in(table, row, at, f"自评[{name}].分值", where)
        score = said_in(table, row, at + 1, f"自评[{name}].得分", where)
        if weight and score and not weight.blank and "%" not in table.rows[row][at].text + table.rows[row][at + 1].text:
            found.append((weight, score))
    return next((p for p in found if not p[1].blank), found[0] if found else None)


def _total(table: Table, row: int, column: int, name: str) -> tuple[Statement | None, Statement] | None:
    """分值 and 得分 in the row 总分; of one number alone, the 得分."""
    where = f"自评表 {name} 总分"
    said = [said_in(table, row, n, f"自评[{name}].总分", where) for n in own_columns(table, row)]
    numbers = [s for s in said if s is not None and not s.blank]
    pair = _pair(table, row, column, name)
    if pair is not None and not pair[1].blank:
        return replace(pair[0], where=where), replace(pair[1], where=where)
    return (None, numbers[0]) if len(numbers) == 1 else None


def _within(score: Statement, weight: Statement) -> Relation:
    def expected(of: Statement) -> str:
        return f"不大于 {weight.text}（分值）" if of is score else f"不小于 {score.text}（得分）"

    return Relation("AUDIT-041", (score, weight), score.value <= weight.value, expected, ERROR)


def _not_the_sum(group: _Group) -> Relation:
    told = f"{show(_sum(group.weights), 0)} 分（下面各项分值之和）"
    return Relation("AUDIT-043", (group.mark, *group.weights), holds=False, expected=lambda _: told, level=DOUBT)
