"""A whole invented unit: the tree that its input file holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from invented import expenses
from invented.codes import RUNNING
from invented.draw import Cents, Draw, moved
from invented.lines import Row, economic, rows
from invented.performance import performance
from invented.plan import CAPITAL, FUND, GENERAL, NON_FISCAL, Plan
from invented.reasons import reason

FISCAL = (GENERAL, FUND, CAPITAL)
_DUTIES = ("照看本县的灯塔和渡口。", "整理并保存地方文献。", "培育林木，守护水源。", "承办交办的其他事项。")
_OFFICES = ("综合科", "财务科", "业务一科", "业务二科", "档案室")
_TOTALS = ("收支总计", "财政拨款收支总计", "一般公共预算支出")


@dataclass(frozen=True)
class Invented:
    """A unit: what it is, its lines and its 款 as numbers, and the whole of it as its file says it."""

    plan: Plan
    lines: list[Row]
    economic: dict[str, int]
    tree: dict[str, Any]


def invent(seed: int, plan: Plan) -> Invented:
    """All of one unit."""
    draw = Draw(seed, plan.index, "unit", grain=plan.grain)
    lines = rows(draw, plan)
    return assemble(draw, plan, lines, who(draw, plan))


def assemble(draw: Draw, plan: Plan, lines: list[Row], unit: dict[str, Any]) -> Invented:
    """The unit `unit` with `lines`, everything else drawn to go with them."""
    shares = economic(draw, lines)
    surplus, distributed, lines = _left_over(draw, lines)
    spent = {f: sum(r.spent for r in lines if r.fund == f) for f in (*FISCAL, NON_FISCAL)}
    spent["合计"] = sum(spent.values())
    projects = sum(r.spending["项目"] for r in lines if r.fund in FISCAL)
    public = expenses.three_public(draw, plan, shares, projects)
    cars = max(public["公务用车购置费"].get("购置数", 0), public["公务用车运行维护费"]["保有量"])
    totals = grand_totals(lines, surplus)
    prior = {k: expenses.around(draw, v) for k, v in totals.items()}
    if prior["收支总计"] == totals["收支总计"] > 0:
        prior["收支总计"] -= draw.grain  # no two years come to the same total
    tree = {
        "版式": plan.profile,
        "年度": plan.year,
        "金额单位": plan.money_unit,
        "单位": unit,
        "收支明细": [r.tree() for r in lines],
        "使用非财政拨款结余": Cents(surplus),
        "结余分配": Cents(distributed),
        "基本支出经济分类": {c: Cents(v) for c, v in shares.items()},
        "三公经费": public,
        "上年": {k: Cents(v) for k, v in prior.items()},
        "机关运行经费": expenses.agency_running(
            draw, plan, sum(v for c, v in shares.items() if c in RUNNING), alone=unit["决算单位"] == expenses.NONE
        ),
        "会议费": expenses.meetings(draw, plan, shares.get("30215", 0), projects),
        "培训费": expenses.trainings(draw, shares.get("30216", 0), projects),
        "节庆活动": expenses.festivals(draw),
        "政府采购": expenses.procurement(draw, spent["合计"]),
        "国有资产": expenses.assets(draw, cars),
        "预算绩效": performance(draw, plan, spent),
        "变动原因": why_totals(draw, totals, prior),
    }
    if draw.chance(15):
        tree["数字核定"] = {"收支总计": Cents(totals["收支总计"])}
    return Invented(plan, lines, shares, {k: v for k, v in tree.items() if v != {}})


def who(draw: Draw, plan: Plan) -> dict[str, Any]:
    """单位: name, duties, offices. The units of a department are only named here."""
    below = [f"{plan.name}{part}" for part in ("第一附属站", "第二附属站")[: draw.below(3)]]
    out: dict[str, Any] = {"名称": plan.name, "类型": plan.kind}
    if draw.chance(30):
        out["表头名称"] = f"{plan.name[-8:]}"
    if draw.chance(30):
        out["职责引言"] = "主要职责如下："
    offices = draw.some(_OFFICES, draw.below(len(_OFFICES) + 1))
    out |= {
        "职责": draw.some(_DUTIES, draw.between(1, len(_DUTIES))),
        "内设机构": offices or "无",
        "决算单位": below if plan.department and below else "无",
        "公开平台": "虚构市政府门户网站",
    }
    if offices and draw.chance(20):
        out["内设机构数"] = len(offices) + draw.below(3)
    if offices and draw.chance(20):
        out["另设"] = "机关党支部"
    if draw.chance(10):
        out["列示类"] = ["207"]
    return out


def _left_over(draw: Draw, lines: list[Row]) -> tuple[int, int, list[Row]]:
    """使用非财政拨款结余 and 结余分配, and the lines with as much less or more 其他收入."""
    chosen = next((i for i, r in enumerate(lines) if r.fund == NON_FISCAL), None)
    if chosen is None or draw.chance(60):
        return 0, 0, lines
    row = lines[chosen]
    used, given = draw.part(row.revenue["其他"]), draw.sized() if draw.chance(50) else 0
    revenue = row.revenue | {"其他": row.revenue["其他"] - used, "事业": row.revenue["事业"] + given}
    changed = Row(row.code, row.fund, revenue, row.spending, row.opening, row.closing)
    return used, given, [*lines[:chosen], changed, *lines[chosen + 1 :]]


def grand_totals(lines: list[Row], surplus: int) -> dict[str, int]:
    """The three totals that are compared with last year's."""

    def income(of: list[Row]) -> int:
        return sum(sum(r.revenue.values()) + sum(r.opening.values()) for r in of)

    fiscal = [r for r in lines if r.fund in FISCAL]
    general = sum(r.spent for r in lines if r.fund == GENERAL)
    return dict(zip(_TOTALS, (income(lines) + surplus, income(fiscal), general), strict=True))


def why_totals(draw: Draw, totals: dict[str, int], prior: dict[str, int]) -> dict[str, str]:
    """变动原因: each total's own; where it moved as the first did, the first's may do."""
    ways = {k: moved(v, prior[k]) for k, v in totals.items()}
    first = ways["收支总计"]
    out = {}
    for key, way in ways.items():
        if way and (key == "收支总计" or way != first or draw.chance(50)):
            out[key] = reason(draw, [way])
    return out
