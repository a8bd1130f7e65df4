"""The attachments: 基础数据表 and 自评表 within themselves, against the nine tables and against what is said of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from budgetgen.audit.hearing import Prose
from budgetgen.audit.nine_tables import Nine
from budgetgen.audit.relations import DOUBT, ERROR, SCOPE, Relation, adds_up, equal, ratio
from budgetgen.audit.score_tables import own_columns, relations_of_scores, said_in
from budgetgen.audit.self_report import PROJECT
from budgetgen.audit.sentences import bare_directions, one_of, prior_years
from budgetgen.audit.stated import CENT, Statement, show
from budgetgen.published.document import Published, Table

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
    return [*relations_of_scores(rest, nine, prose), *_base(rest, nine, prose), *_projects(prose)]


def _projects(prose: Prose) -> Iterator[Relation]:
    """Each project's amount in the report, in its lists and in its 自评表, matched by name."""
    for name, said in prose.said.items():
        if name.startswith(PROJECT):
            yield from (equal(a, b, "AUDIT-020") for n, a in enumerate(said) for b in said[n + 1 :])


# ------------------------------------------------------------------------------------------------ 基础数据表


def _base(tables: Sequence[Table], nine: Nine, prose: Prose) -> list[Relation]:
    found: list[Relation] = []
    for table in tables:
        texts = [c.label for row in table.rows for c in row if c.own]
        if any("控制率" in t for t in texts):
            found += _people(table, prose)
        if any(re.fullmatch(r"20\d\d年决算数", t) for t in texts) and any(
            t.startswith("三公经费") for t in map(_bare, texts)
        ):
            found += _spending(table, nine, prose)
    return found


def _bare(text: str) -> str:
    return re.sub(r"[“”\"]|^[0-9]+[、.]", "", text)


def _people(table: Table, prose: Prose) -> list[Relation]:
    head = next((r for r, row in enumerate(table.rows) if any(c.label == "控制率" for c in row)), None)
    if head is None or head + 1 >= len(table.rows):
        return []
    values = [
        said_in(table, head + 1, n, "财政供养人员", "基础数据表 财政供养人员情况")
        for n in own_columns(table, head + 1)[-3:]
    ]
    if any(v is None or v.blank for v in values) or len(values) < len(_COLUMNS):
        return []
    posts, staff, rate = (v for v in values if v is not None)
    told = (("编制数", posts), ("在职人数", staff))
    said = ((s, cell) for key, cell in told for s in prose.said.get(f"绩效自评.人员.{key}", []))
    return [ratio(rate, staff, posts, "AUDIT-040"), *(equal(s, cell, "AUDIT-040") for s, cell in said)]


def _spending(table: Table, nine: Nine, prose: Prose) -> list[Relation]:
    rows: dict[str, dict[str, Statement]] = {}
    projects: list[dict[str, Statement]] = []
    kinds: list[dict[str, Statement]] = []
    under = ""
    heads = [
        [n for n in own_columns(table, r) if re.fullmatch(r"20\d\d年[预决]算数", c[n].label)]
        for r, c in enumerate(table.rows)
    ]
    places = next((h for h in heads if len(h) == len(_COLUMNS)), [])
    for r in range(len(table.rows)):
        label = _bare(next((c.label for c in table.rows[r] if c.own and c.text), ""))
        cells = zip(_COLUMNS, places, strict=False)
        where = f"基础数据表 {label}"
        said = {k: s for k, n in cells if (s := said_in(table, r, n, f"基础数据.{label}.{k}", f"{where} {k}"))}
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
            yield prior_year_of(rows[item]["上年决算"], *prior)
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


def prior_year_of(told: Statement, actual: Statement, change: Statement, rule: str = "AUDIT-040") -> Relation:
    """Last year's amount is this year's without the change that the sentence tells."""
    derived = actual.value - change.value
    holds = abs(told.value - derived) <= told.fine / 2 + CENT

    def expected(of: Statement) -> str:
        if of is told:
            word = "减少" if change.value < 0 else "增加"
            return f"{show(derived)}（本年 {actual.text}，与上年相比{word} {change.text}）"
        real = actual.value - told.value
        word = f"{'增加' if real > 0 else '减少'} {show(abs(real))}" if real else "持平"
        return f"{word}（本年 {actual.text}，上年 {told.text}，{told.where}）"

    return Relation(rule, (change, told, actual) if rule != "AUDIT-040" else (told, change, actual), holds, expected)
