"""绩效自评 (part five of a packet): the report's figures, the score tables, and 基础数据.

基础数据 (附件1) has three columns a row; what the accounts know comes from them, what is stated stands over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from budgetgen.compute.calculator import Calculator, declare_list
from budgetgen.compute.scores import MEASURES, Scorer, Scoring, cell, declare_scores, given_total, groups, shown
from budgetgen.figures import CATALOGUE, PERCENT, Blank, Figure, Group, Value, share
from budgetgen.model import Amount
from budgetgen.model.declarations import Choice, Section, fields_of
from budgetgen.model.performance import (
    ADDED,
    INITIAL,
    ROW_FIGURES,
    BasicData,
    ProjectRow,
    ThreeColumns,
    ThreePublicRows,
)

BASIC = "绩效自评.基础数据"
COLUMNS = tuple(fields_of(ThreeColumns))
PRIOR, BUDGET, ACTUAL = COLUMNS
PUBLIC_ROWS = {key: spec.label for key, spec in fields_of(ThreePublicRows).items()}
_KINDS = fields_of(ProjectRow)["类别"].shape
KINDS = _KINDS.words if isinstance(_KINDS, Choice) else ()
_PLAIN_ROWS = {
    key: spec.label
    for key, spec in fields_of(BasicData).items()
    if isinstance(spec.shape, Section) and spec.shape.model is ThreeColumns
}
_PUBLIC, _PROJECTS, _MEETINGS = "三公经费", "项目支出", "会议培训费"

_SHOWN = {
    **{f"{_PUBLIC}.{key}": label for key, label in PUBLIC_ROWS.items()},
    _PROJECTS: "项目支出",
    f"{_PROJECTS}.明细合计": "项目支出，各项目之和",
    **{f"{_PROJECTS}.{kind}.合计": f"项目支出，{kind}合计" for kind in KINDS},
    **_PLAIN_ROWS,
}
for _name, _label in _SHOWN.items():
    for _column in COLUMNS:
        CATALOGUE.declare(f"{BASIC}.{_name}.{_column}", f"基础数据表，{_label}：{_column}；决算里有的不用填")
for _name in KINDS:
    declare_list(f"{BASIC}.{_PROJECTS}.{_name}.明细", f"基础数据表，项目支出的{_name}", {"名称": "项目名称"})
    for _column in COLUMNS:
        CATALOGUE.declare(f"{BASIC}.{_PROJECTS}.{_name}.明细[*].{_column}", f"项目支出的{_name}：{_column}")
CATALOGUE.declare(f"{BASIC}.已填", "填了基础数据时为真", "")
CATALOGUE.declare(f"{BASIC}.楼堂馆所.规模控制率", "实际规模 ÷ 批复规模", PERCENT)
CATALOGUE.declare(f"{BASIC}.楼堂馆所.投资控制率", "实际投资 ÷ 预算投资", PERCENT)
declare_list(f"{BASIC}.对照", "填了而决算里也有的数，供检查", {"名称": "哪一行哪一栏"})
CATALOGUE.declare(f"{BASIC}.对照[*].填报", "基础数据表里填的")
CATALOGUE.declare(f"{BASIC}.对照[*].账上", "决算里的")


def compute_basic_data(calculator: Calculator, facts: Group, accounts: Group | None) -> Group:
    """基础数据. `accounts` are the figures computed so far, None where the input has no accounts."""
    known = _known(calculator, facts, accounts) if accounts else {}
    public = {key: _row(facts.group(f"{_PUBLIC}.{key}"), known) for key in PUBLIC_ROWS}
    return facts.extended(
        已填=facts.given,
        **{key: _row(facts.group(key), known) for key in _PLAIN_ROWS},
        三公经费=Group(f"{BASIC}.{_PUBLIC}", public, given=facts.group(_PUBLIC).given),
        项目支出=_projects(calculator, facts.group(_PROJECTS), known),
        楼堂馆所=_buildings(facts.group("楼堂馆所")),
        对照=list(_twice(facts, known)),
    )


def _known(calculator: Calculator, facts: Group, accounts: Group) -> dict[str, Value]:
    """What the accounts tell, by the path of the cell that it fills."""
    basis = str(facts["三公预算口径"] if facts.given else "年初预算")
    measures = {PRIOR: "上年决算", BUDGET: basis, ACTUAL: "决算"}
    cells: dict[str, Value] = {}
    for item in PUBLIC_ROWS:
        for column, measure in measures.items():
            cells[f"{BASIC}.{_PUBLIC}.{item}.{column}"] = accounts.value(f"三公经费.{measure}.{item}")
    meetings = f"{BASIC}.{_MEETINGS}.{ACTUAL}"
    spent_on_meetings = [accounts.value("会议费.合计"), accounts.value("培训费.合计")]
    cells[meetings] = calculator.total(meetings, spent_on_meetings)
    return cells | {path: accounts.value(figure) for path, figure in ROW_FIGURES.items()}


def _row(facts: Group, known: Mapping[str, Value]) -> Group:
    return Group(facts.name, {c: _cell(facts, c, known) for c in COLUMNS}, given=facts.given)


def _cell(facts: Group, column: str, known: Mapping[str, Value]) -> object:
    """What is stated, else what the accounts know; a form leaves blank what neither tells."""
    stated, path = facts.value(column), f"{facts.name}.{column}"
    return stated if isinstance(stated, Figure) else known.get(path, "")


def _projects(calculator: Calculator, facts: Group, known: Mapping[str, Value]) -> Group:
    rows = groups(facts["明细"])
    kinds = {k: [r for r in rows if r["类别"] == k] for k in KINDS}
    path = f"{facts.name}.明细合计"
    totals = {c: given_total(calculator, f"{path}.{c}", [r.value(c) for r in rows]) for c in COLUMNS}
    own = {k: _row(facts, known)[k] for k in COLUMNS}
    by_kind = {k: _kind(calculator, f"{facts.name}.{k}", rs) for k, rs in kinds.items()}
    return Group(facts.name, {**own, **by_kind, "明细": rows, "明细合计": Group(path, dict(totals))})


def _kind(calculator: Calculator, path: str, rows: list[Group]) -> Group:
    """The projects of one kind, with blank cells where nothing is stated, and their totals."""
    totals: dict[str, object] = {}
    for column in COLUMNS:
        given = [v for r in rows if isinstance(v := r.value(column), Figure)]
        totals[column] = calculator.total(f"{path}.合计.{column}", given) if given else ""
    shown = [r.extended(**{c: cell(r.value(c)) for c in COLUMNS}) for r in rows]
    return Group(path, {"明细": shown, "合计": Group(f"{path}.合计", totals)})


def _buildings(facts: Group) -> Group:
    rates = {
        "规模控制率": (facts.value("实际规模"), facts.value("批复规模")),
        "投资控制率": (facts.value("实际投资"), facts.value("预算投资")),
    }
    shown = {k: cell(facts.value(k)) for k in facts.names()}
    return Group(facts.name, {**shown, **{k: cell(share(*pair)) for k, pair in rates.items()}}, given=facts.given)


def _twice(facts: Group, known: Mapping[str, Value]) -> Iterator[Group]:
    """Cells that are stated though the accounts know them."""
    for path, value in known.items():
        stated = facts.value(path.removeprefix(f"{BASIC}."))
        if isinstance(stated, Figure) and not isinstance(value, Blank):
            yield Group(path, {"名称": path.removeprefix(f"{BASIC}."), "填报": stated, "账上": value})


NAME = "绩效自评"
_COUNT = "个"
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_ARRANGED = {INITIAL: "年初项目", ADDED: "追加项目"}

CATALOGUE.declare(f"{NAME}.已填", "填了绩效自评时为真", "")
CATALOGUE.declare(f"{NAME}.只有自评", "数据文件只有绩效自评、没有决算时为真", "")
CATALOGUE.declare(f"{NAME}.人员.控制率", "在职人数 ÷ 编制数", PERCENT)
CATALOGUE.declare(f"{NAME}.整体.已填", "填了整体支出自评时为真", "")
declare_scores(f"{NAME}.整体", "整体支出自评")
CATALOGUE.declare(f"{NAME}.整体.资金.支出.基本支出", "整体支出自评：基本支出，不填是本年基本支出")
CATALOGUE.declare(f"{NAME}.整体.资金.支出.项目支出", "整体支出自评：项目支出，不填是本年项目支出")
CATALOGUE.declare(f"{NAME}.整体.资金.来源之和", "整体支出自评：按收入性质分的各项之和")
declare_scores(f"{NAME}.项目[*]", "项目支出自评")
declare_list(f"{NAME}.各表", "填了的整体和项目自评，供检查，行同 绩效自评.项目", {})
declare_list(f"{NAME}.各一级", "公开的各张自评表的一级指标，供检查，行同 绩效自评.整体.一级", {})
declare_list(f"{NAME}.各指标", "公开的各张自评表的指标，供检查，行同 绩效自评.整体.指标", {})
for _name, _label in (*((n, f"{a}项目") for a, n in _ARRANGED.items()), ("项目合计", "全部项目")):
    CATALOGUE.declare(f"{NAME}.{_name}.个数", f"{_label}的个数", _COUNT)
    for _measure, _meaning in (
        ("预算", "年初预算数之和，年中追加的和全部项目是全年预算数"),
        ("支出", "全年执行数之和"),
        ("结余", "年末结转结余之和"),
    ):
        CATALOGUE.declare(f"{NAME}.{_name}.{_measure}", f"{_label}的{_meaning}")
    declare_list(f"{NAME}.{_name}.名单", f"{_label}，行同 {NAME}.项目", {"名称": "项目名称"})


def compute_evaluation(calculator: Calculator, facts: Group, tree: Group, scoring: Scoring) -> dict[str, object]:
    """绩效自评. `tree` holds the facts and what is computed so far."""
    given = facts.group(NAME)
    alone = bool(facts["只有自评"])
    accounts = None if alone else tree
    name = str(facts.at("单位.名称"))
    scorer = Scorer(calculator, scoring)
    projects = [_project(scorer, p, name, accounts) for p in groups(given["项目"])]
    staff = given.group("人员")
    whole = _whole(scorer, given.group("整体"), name, accounts)
    tables = [table for table in (whole, *projects) if table.given]
    public = [table for table in tables if table["公开"]]
    rows = [row for table in public for row in groups(table["指标"])]
    return {
        NAME: given.extended(
            已填=given.given,
            只有自评=alone,
            单位简称=given["单位简称"] or name,
            落款日期=_day(given["落款日期"]),
            填报日期=_day(given["填报日期"]),
            人员=staff.extended(控制率=share(staff.value("在职人数"), staff.value("编制数"))),
            基础数据=compute_basic_data(calculator, given.group("基础数据"), accounts),
            整体=whole,
            项目=projects,
            各表=tables,
            各一级=[first for table in public for first in groups(table["一级"])],
            各指标=[row for row in rows if row["有指标"]],
            **{key: _summed(calculator, key, [p for p in projects if p["安排"] == a]) for a, key in _ARRANGED.items()},
            项目合计=_summed(calculator, "项目合计", projects),
        )
    }


def _whole(scorer: Scorer, facts: Group, name: str, accounts: Group | None) -> Group:
    money = facts.group("资金")
    known: dict[str, Value] = {}
    natures = money.group("支出")
    if accounts:
        known = {
            "年初预算": accounts.value("一般公共预算.年初预算"),
            "全年预算": accounts.value("预算绩效.整体自评.全年预算数"),
            "执行": accounts.value("支出.合计"),
        }
        spent = {"基本支出": accounts.value("支出.基本"), "项目支出": accounts.value("支出.项目")}
        stated = {k: natures.value(k) for k in spent}
        natures = natures.extended(**{k: spent[k] if isinstance(v, Blank) else v for k, v in stated.items()})
    funds = scorer.funds(money, known)
    sources = money.group("来源")
    total = given_total(scorer.calculator, f"{funds.name}.来源之和", [sources.value(k) for k in sources.names()])
    funds = funds.extended(支出=shown(natures), 来源=shown(sources), 来源之和=total)
    return scorer.table(facts.extended(已填=facts.given, 名称=facts["名称"] or name), funds)


def _project(scorer: Scorer, facts: Group, name: str, accounts: Group | None) -> Group:
    funds = scorer.funds(facts.group("资金"), {})
    table = scorer.table(facts, funds, public=facts["涉密"] != "是")
    return table.extended(
        主管部门=facts["主管部门"] or name, 实施单位=facts["实施单位"] or name, 结余结转=_left(facts, accounts)
    )


def _left(facts: Group, accounts: Group | None) -> Value:
    """年末结转结余 of a project: nothing where the unit has none at all."""
    left = facts.value("结余结转")
    if not isinstance(left, Blank) or accounts is None:
        return left
    closing = [accounts.value(f"年末结转.{kind}") for kind in ("项目结转", "项目结余")]
    if any(isinstance(c, Blank) or c.value for c in closing):
        return left
    return Figure(left.path, Amount(0), operation="零")


def _summed(calculator: Calculator, key: str, projects: list[Group]) -> Group:
    """Projects together: how many, and their money; those of the budget are told by what it first gave them."""
    name = f"{NAME}.{key}"
    count = Figure(f"{name}.个数", Amount(len(projects)), _COUNT, "计数")
    initial, adjusted, actual = MEASURES
    budget = initial if key == _ARRANGED[INITIAL] else adjusted
    return Group(name, {
        "名单": projects,
        "个数": count,
        "预算": calculator.total(f"{name}.预算", [p.value(f"资金.{budget}") for p in projects]),
        "支出": calculator.total(f"{name}.支出", [p.value(f"资金.{actual}") for p in projects]),
        "结余": calculator.total(f"{name}.结余", [p.value("结余结转") for p in projects]),
    })  # fmt: skip


def _day(text: object) -> object:
    """2021-04-28 as it is printed: 2021年4月28日. Any other text is left as it is."""
    found = _DAY.fullmatch(str(text).strip())
    return f"{found[1]}年{int(found[2])}月{int(found[3])}日" if found else text
