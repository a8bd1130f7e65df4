"""The attachments: 基础数据表 and 自评表 within themselves, against the nine tables and against what is said of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from budgetgen.audit.hearing import Prose
from budgetgen.audit.nine_tables import Nine
from budgetgen.audit.relations import DOUBT, ERROR, SCOPE, Relation, adds_up, equal, ratio
from budgetgen.audit.self_report import PROJECT, project_name
from budgetgen.audit.sentences import bare_directions, one_of, prior_years
from budgetgen.audit.stated import BLANK, CENT, Statement, number_of, show, unit_of
from budgetgen.published.document import Published, Table

_FUNDS = ("年初预算数", "全年预算数", "全年执行数", "分值", "执行率", "得分")
_MONEY = _FUNDS[:3]
_HUNDRED = Decimal(100)
_ITEMS = {
    "合计": re.compile(r"^三公经费"),
    "公务用车小计": re.compile(r"公务用车购置(?:费)?[和及]"),
    "公务用车购置费": re.compile(r"^其中：公(?:务用)?车购置"),
    "公务用车运行维护费": re.compile(r"^公(?:务用)?车运行"),
    "因公出国费": re.compile(r"出国"),
    "公务接待费": re.compile(r"公务接待"),
}
_COLUMNS = ("上年决算", "本年预算", "本年决算")


def relations_of_attachments(document: Published, nine: Nine, prose: Prose) -> list[Relation]:
    """What must hold in the attachments."""
    known = {id(t) for t in nine.tables.values()}
    rest = [t for t in document.tables if id(t) not in known]
    return [*_scores(rest, nine, prose), *_base(rest, nine, prose), *_projects(rest, prose)]


def _projects(tables: Sequence[Table], prose: Prose) -> Iterator[Relation]:
    """Each project's amount in the report, in its lists and in its 自评表, matched by name."""
    told = {n: list(said) for n, said in prose.said.items() if n.startswith(PROJECT)}
    for table in tables:
        for funds in _funds(table, []):
            if "全年执行数" in funds.said and funds.project != "整体":
                told.setdefault(project_name(funds.project), []).append(funds.said["全年执行数"])
    for said in told.values():
        yield from (equal(a, b, "AUDIT-020") for n, a in enumerate(said) for b in said[n + 1 :])


def _said(table: Table, row: int, column: int, name: str, where: str) -> Statement | None:
    text = re.sub(r"\s+", "", table.rows[row][column].text)
    number = text.removesuffix("%").removesuffix("％")
    value = number_of(number)
    if value is None:
        return None
    printed = number
    if not number or number in "—-——":
        printed = BLANK
    fine = unit_of(number) if printed != BLANK and not name.endswith(("分值", "得分")) else CENT
    return Statement(name, value, printed, where, table.line(row), fine, (table.number, row, column))


def _own(table: Table, row: int) -> list[int]:
    return [n for n, c in enumerate(table.rows[row]) if c.own]


# ------------------------------------------------------------------------------------------------ 自评表


@dataclass(frozen=True)
class Funds:
    """年度资金总额 of one 自评表: the project's name (整体 for the unit's own), and its numbers by heading."""

    project: str
    table: Table
    said: dict[str, Statement]


def _scores(tables: Sequence[Table], nine: Nine, prose: Prose) -> list[Relation]:
    found: list[Relation] = []
    last: Funds | None = None
    for table in tables:
        funds = next(_funds(table, found), None)
        last = funds or last
        found += _points(table, last, prose)
        if funds is not None:
            last = funds
            found += _execution(funds, nine, prose)
    return found


def _funds(table: Table, relations: list[Relation]) -> Iterator[Funds]:
    labels = [[re.sub(r"（.*?）", "", c.label) for c in row] for row in table.rows]
    head = next((r for r, row in enumerate(labels) if "全年预算数" in row and "执行率" in row), None)
    if head is None:
        return
    after = ((table.rows[r], n) for r, n in _labelled(table, "项目支出名称"))
    name = next((c.label for row, n in after for c in row[n + 1 :] if c.own and c.label), "整体")
    columns = {labels[head][n]: n for n in reversed(_own(table, head))}
    parts: list[dict[str, Statement]] = []
    for row in range(head + 1, len(table.rows)):
        label = next((c.label for c in table.rows[row] if c.own and re.search("[一-龥]", c.text)), "")
        where = f"自评表 {name} {label}"
        cells = ((k, columns[k]) for k in _FUNDS if k in columns)
        said = {k: s for k, n in cells if (s := _said(table, row, n, f"自评[{name}].{k}", where))}
        if label.startswith("年度资金总额"):
            if not re.search("[%％]", table.rows[row][columns.get("执行率", 0)].text):
                return
            if len(parts) > 1:
                for key in _MONEY:
                    inner = [p[key] for p in parts if key in p]
                    if key in said and len(inner) == len(parts) and any(i.value for i in inner):
                        relations.append(adds_up(said[key], inner, "AUDIT-041"))
            yield Funds(name, table, said)
            return
        if said and re.search("财政拨款|结转资金|其他资金", label):
            parts.append(said)


def _labelled(table: Table, word: str) -> Iterator[tuple[int, int]]:
    for r, row in enumerate(table.rows):
        for n, c in enumerate(row[:-1]):
            if c.own and c.label == word:
                yield r, n


def _execution(funds: Funds, nine: Nine, prose: Prose) -> list[Relation]:
    found: list[Relation] = []
    budget, spent, weight, rate, score = (funds.said.get(k) for k in _FUNDS[1:])
    if budget and spent and rate and not rate.blank:
        found.append(ratio(rate, spent, budget, "AUDIT-041"))
    if budget and spent and weight and score and not score.blank and budget.value and weight.value:
        found.append(_proportional(score, weight, spent, budget, rate))
    if funds.project == "整体":
        options = [s for n in ("支出.合计", "一般公共预算.支出.合计") if (s := nine.get(n))]
        if spent and options:
            found.append(one_of(spent, options, "AUDIT-041"))
        for key, said in (("预算绩效.整体自评.全年预算数", budget), ("预算绩效.整体自评.执行数", spent)):
            found += [equal(s, said, "AUDIT-020") for s in prose.said.get(key, []) if said]
    return found


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


def _points(table: Table, funds: Funds | None, prose: Prose) -> list[Relation]:
    labels = [[c.label for c in row] for row in table.rows]
    head = next((r for r, row in enumerate(labels) if "得分" in row and "分值" in row and "三级指标" in row), None)
    last = next((r for r in range(len(labels) - 1, -1, -1) if "总分" in labels[r]), None)
    if head is None or last is None:
        return []
    name = funds.project if funds else ""
    columns = {labels[head][n]: n for n in reversed(_own(table, head))}
    rows: dict[int, dict[str, Statement]] = {}
    for row in range(head + 1, last + 1):
        where = f"自评表 {name} {'总分' if row == last else f'第{row + 1}行'}"
        cells = [(k, columns.get(k, 0)) for k in ("分值", "得分")]
        said = {k: s for k, n in cells if (s := _said(table, row, n, f"自评[{name}].{k}", where))}
        if len(said) < len(cells):
            return []
        rows[row] = said
    total = rows.pop(last, None)
    if total is None or not rows or total["得分"].blank:
        return []
    if any(r["分值"].value and r["得分"].blank for r in rows.values()):
        return []
    weights = [r["分值"] for r in rows.values() if r["分值"].value]
    scores = [r["得分"] for r in rows.values() if not r["得分"].blank]
    if funds is not None and "得分" in funds.said and "分值" in funds.said:
        weights.append(funds.said["分值"])
        scores.append(funds.said["得分"])
    if sum((w.value for w in weights), Decimal(0)) != total["分值"].value:
        return []
    return [adds_up(total["得分"], scores, "AUDIT-041"), *_told_score(total["得分"], name, prose)]


def _told_score(total: Statement, name: str, prose: Prose) -> list[Relation]:
    return (
        [equal(s, total, "AUDIT-020") for s in prose.said.get("预算绩效.整体自评.得分", [])] if name == "整体" else []
    )


# ------------------------------------------------------------------------------------------------ 基础数据表


def _base(tables: Sequence[Table], nine: Nine, prose: Prose) -> list[Relation]:
    found: list[Relation] = []
    for table in tables:
        texts = [c.label for row in table.rows for c in row if c.own]
        if any("控制率" in t for t in texts):
            found += _people(table)
        if any(re.fullmatch(r"20\d\d年决算数", t) for t in texts) and any(
            t.startswith("三公经费") for t in map(_bare, texts)
        ):
            found += _spending(table, nine, prose)
    return found


def _bare(text: str) -> str:
    return re.sub(r"[“”\"]|^[0-9]+[、.]", "", text)


def _people(table: Table) -> list[Relation]:
    head = next((r for r, row in enumerate(table.rows) if any(c.label == "控制率" for c in row)), None)
    if head is None or head + 1 >= len(table.rows):
        return []
    values = [
        _said(table, head + 1, n, "财政供养人员", "基础数据表 财政供养人员情况") for n in _own(table, head + 1)[-3:]
    ]
    if any(v is None or v.blank for v in values) or len(values) < len(_COLUMNS):
        return []
    posts, staff, rate = (v for v in values if v is not None)
    return [ratio(rate, staff, posts, "AUDIT-040")]


def _spending(table: Table, nine: Nine, prose: Prose) -> list[Relation]:
    rows: dict[str, dict[str, Statement]] = {}
    projects: list[dict[str, Statement]] = []
    kinds: list[dict[str, Statement]] = []
    under = ""
    heads = [
        [n for n in _own(table, r) if re.fullmatch(r"20\d\d年[预决]算数", c[n].label)] for r, c in enumerate(table.rows)
    ]
    places = next((h for h in heads if len(h) == len(_COLUMNS)), [])
    for r in range(len(table.rows)):
        label = _bare(next((c.label for c in table.rows[r] if c.own and c.text), ""))
        cells = zip(_COLUMNS, places, strict=False)
        where = f"基础数据表 {label}"
        said = {k: s for k, n in cells if (s := _said(table, r, n, f"基础数据.{label}.{k}", f"{where} {k}"))}
        if len(said) < len(_COLUMNS):
            continue
        if label.startswith("项目支出"):
            under = "项目"
            rows["项目支出"] = said
        elif label.startswith("公用经费"):
            under = "公用"
            rows["公用经费"] = said
        elif under == "项目":
            (kinds if re.match(r"业务(?:工作)?经费$|运行维护经费|[省市区县]+级专项资金", label) else projects).append(
                said
            )
        else:
            key = next((k for k, p in _ITEMS.items() if not under and p.search(label)), label)
            rows.setdefault(key, said)
    return [*_spending_sums(rows, kinds, projects), *_spending_cells(rows, nine, prose)]


def _spending_sums(
    rows: dict[str, dict[str, Statement]],
    kinds: Sequence[dict[str, Statement]],
    projects: Sequence[dict[str, Statement]],
) -> Iterator[Relation]:
    sums = (
        ("合计", ("公务用车小计", "因公出国费", "公务接待费")),
        ("公务用车小计", ("公务用车购置费", "公务用车运行维护费")),
    )
    for column in _COLUMNS:
        for total, parts in sums:
            if total in rows and all(p in rows for p in parts):
                yield adds_up(rows[total][column], [rows[p][column] for p in parts], "AUDIT-040")
        inner = [k[column] for k in kinds if not k[column].blank]
        if "项目支出" in rows and inner:
            yield adds_up(rows["项目支出"][column], inner, "AUDIT-040")
        if kinds and projects and not kinds[-1][column].blank:
            yield adds_up(kinds[-1][column], [p[column] for p in projects], "AUDIT-040")


def _spending_cells(rows: dict[str, dict[str, Statement]], nine: Nine, prose: Prose) -> Iterator[Relation]:
    priors = prior_years(prose)
    for item in _ITEMS:
        if item not in rows:
            continue
        cell = nine.get(f"三公经费.决算.{item}")
        if cell is not None:
            yield equal(rows[item]["本年决算"], cell, "AUDIT-040")
        budgets = [s for m in ("预算", "年初预算") for s in prose.said.get(f"三公经费.{m}.{item}", [])]
        full = nine.get(f"三公经费.全年预算.{item}")
        options = [*budgets, *([full] if full else [])]
        if options:
            # Where nothing but the full year's budget is told, the table may rightly tell that of the year's start.
            alike = full is not None and all(o.value == full.value for o in options)
            yield one_of(rows[item]["本年预算"], options, "AUDIT-040", SCOPE if alike else ERROR)
        prior = priors.get(f"三公经费.决算.{item}")
        if prior is not None:
            yield _prior(rows[item]["上年决算"], *prior)
    for subject, word, sign, actual in bare_directions(prose):
        item = subject.rpartition(".")[2]
        if item in rows and subject.startswith("三公经费.决算."):
            yield _grown(word, sign, actual, rows[item]["上年决算"])
    yield from _other_cells(rows, nine, prose)


def _other_cells(rows: dict[str, dict[str, Statement]], nine: Nine, prose: Prose) -> Iterator[Relation]:
    running = nine.get("公用经费")
    if running and "公用经费" in rows and not rows["公用经费"]["本年决算"].blank:
        yield equal(rows["公用经费"]["本年决算"], running, "AUDIT-040")
    meetings = [nine.get("经济分类.款[30215].合计"), nine.get("经济分类.款[30216].合计")]
    if "会议费、培训费" in rows and all(meetings):
        parts = [m for m in meetings if m]
        yield adds_up(rows["会议费、培训费"]["本年决算"], parts, "AUDIT-040", DOUBT)
    bought = prose.said.get("政府采购.合计", [])
    if bought and "政府采购金额" in rows and not rows["政府采购金额"]["本年决算"].blank:
        yield equal(rows["政府采购金额"]["本年决算"], bought[0], "AUDIT-040")
    for column in ("本年预算", "本年决算"):
        basic = rows.get("部门基本支出预算调整", {}).get(column)
        cell = nine.get("支出.基本")
        if (
            basic is not None
            and not basic.blank
            and cell is not None
            and "%" not in basic.text
            and basic.value > _HUNDRED
        ):
            yield one_of(basic, [cell], "AUDIT-040", DOUBT)


def _grown(word: Statement, sign: int, actual: Statement, prior: Statement) -> Relation:
    """增加 or 减少 without an amount, against the two years' amounts."""
    difference = actual.value - prior.value
    told = f"{'增加' if difference > 0 else '减少' if difference else '持平'}（本年 {actual.text}，上年 {prior.text}）"
    holds = difference * sign > 0
    return Relation("AUDIT-040", (word, actual, prior), holds, lambda _: told)


def _prior(told: Statement, actual: Statement, change: Statement) -> Relation:
    """Last year's amount is this year's without the change that the sentence tells."""
    derived = actual.value - change.value
    holds = abs(told.value - derived) <= told.fine / 2 + CENT

    def expected(of: Statement) -> str:
        if of is told:
            return f"{show(derived)}（{actual.text} 与上年相比 {change.text}）"
        return f"与上年 {told.text}、本年 {actual.text} 相符的数（{told.where}）"

    return Relation("AUDIT-040", (told, change, actual), holds, expected)
