"""绩效自评: the report's figures, 基础数据 and the score tables (part five of a packet)."""

from __future__ import annotations

import re

from budgetgen.compute.basic_data import compute_basic_data
from budgetgen.compute.book import Book, declare_list
from budgetgen.compute.scores import MEASURES, Scorer, declare_scores, given_total, groups, shown
from budgetgen.compute.scoring import Scoring
from budgetgen.figures import CATALOGUE, PERCENT, Blank, Figure, Group, Value, share
from budgetgen.model import Amount
from budgetgen.model.evaluation import ADDED, INITIAL

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


def compute_evaluation(book: Book, facts: Group, tree: Group, scoring: Scoring) -> dict[str, object]:
    """绩效自评. `tree` holds the facts and what is computed so far."""
    given = facts.group(NAME)
    alone = bool(facts["只有自评"])
    accounts = None if alone else tree
    name = str(facts.at("单位.名称"))
    scorer = Scorer(book, scoring)
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
            基础数据=compute_basic_data(book, given.group("基础数据"), accounts),
            整体=whole,
            项目=projects,
            各表=tables,
            各一级=[first for table in public for first in groups(table["一级"])],
            各指标=[row for row in rows if row["有指标"]],
            **{key: _summed(book, key, [p for p in projects if p["安排"] == a]) for a, key in _ARRANGED.items()},
            项目合计=_summed(book, "项目合计", projects),
        )
    }


def _whole(scorer: Scorer, facts: Group, name: str, accounts: Group | None) -> Group:
    money = facts.group("资金")
    known: dict[str, Value] = {}
    natures = money.group("支出")
    if accounts:
        known = {"年初预算": accounts.value("一般公共预算.年初预算"), "执行": accounts.value("支出.合计")}
        spent = {"基本支出": accounts.value("支出.基本"), "项目支出": accounts.value("支出.项目")}
        stated = {k: natures.value(k) for k in spent}
        natures = natures.extended(**{k: spent[k] if isinstance(v, Blank) else v for k, v in stated.items()})
    funds = scorer.funds(money, known)
    sources = money.group("来源")
    total = given_total(scorer.book, f"{funds.name}.来源之和", [sources.value(k) for k in sources.names()])
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


def _summed(book: Book, key: str, projects: list[Group]) -> Group:
    """Projects together: how many, and their money; those of the budget are told by what it first gave them."""
    name = f"{NAME}.{key}"
    count = Figure(f"{name}.个数", Amount(len(projects)), _COUNT, "计数")
    initial, adjusted, actual = MEASURES
    budget = initial if key == _ARRANGED[INITIAL] else adjusted
    return Group(name, {
        "名单": projects,
        "个数": count,
        "预算": book.total(f"{name}.预算", [p.value(f"资金.{budget}") for p in projects]),
        "支出": book.total(f"{name}.支出", [p.value(f"资金.{actual}") for p in projects]),
        "结余": book.total(f"{name}.结余", [p.value("结余结转") for p in projects]),
    })  # fmt: skip


def _day(text: object) -> object:
    """2021-04-28 as it is printed: 2021年4月28日. Any other text is left as it is."""
    found = _DAY.fullmatch(str(text).strip())
    return f"{found[1]}年{int(found[2])}月{int(found[3])}日" if found else text
