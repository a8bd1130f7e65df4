"""三公经费, 机关运行经费, 会议费, 培训费, 节庆活动, 政府采购, 国有资产: each within what the lines leave room for."""

from __future__ import annotations

from typing import Any

from invented.draw import Cents, Draw, beside, moved, printed
from invented.plan import Plan
from invented.reasons import reason

Section = dict[str, Any]
ITEMS = {"因公出国费": "30212", "公务用车购置费": "31013", "公务用车运行维护费": "30231", "公务接待费": "30217"}
"""Items of 三公经费 and the 款 that is their 基本支出."""
MEASURES = ("年初预算", "全年预算", "决算", "上年决算")
CARS = (
    "副部级以上领导用车",
    "主要负责人用车",
    "机要通信用车",
    "应急保障用车",
    "执法执勤用车",
    "特种专业技术用车",
    "离退休干部服务用车",
    "其他用车",
)
KINDS = ("货物", "工程", "服务")
NONE = "无"
_PLACES = ("甲国", "乙国", "丙国", "丁国")
_TOPICS = ("农业技术", "城市治理", "文物保护", "防灾减灾", "职业教育")


def around(draw: Draw, amount: int) -> int:
    """Another year's figure or a budget: the same, nothing, some 元 off, less or more."""
    other = draw.portion(amount, draw.between(40, 220))
    return draw.pick((amount, amount, 0, amount + draw.grain * draw.below(40), other, other, other))


def three_public(draw: Draw, plan: Plan, economic: dict[str, int], projects: int) -> Section:
    """The four items with their counts, and the reasons of the total. `projects` leaves room for a little more."""
    room = draw.portion(projects, 4)
    out = {name: _item(draw, name, economic.get(code, 0), room) for name, code in ITEMS.items()}
    if plan.summed and "团组名单" in (travel := out["因公出国费"]):
        del travel["团组名单"]
        travel["内容"] = "开展业务交流"
    totals = {m: sum(item[m] for item in out.values()) for m in MEASURES}
    return out | ({"合计": given} if (given := reasons(draw, totals)) else {})


def _item(draw: Draw, name: str, basic: int, room: int) -> Section:
    actual = basic + (draw.part(room // 4) if draw.chance(35) else 0)
    adjusted = actual + (draw.part(actual + 100_000) if draw.chance(40) else 0)
    initial = draw.pick((adjusted, actual, around(draw, adjusted)))
    if not beside(actual, initial):
        initial = adjusted  # a reason that only some 版式 print is more than others want
    measures = dict(
        zip(MEASURES, (initial, adjusted, actual, around(draw, actual or draw.part(room // 4))), strict=True)
    )
    return (
        {m: Cents(v) for m, v in measures.items()}
        | reasons(draw, measures)
        | _COUNTS[name](draw, actual if printed(actual) else 0)
    )


def reasons(draw: Draw, measures: dict[str, int]) -> Section:
    """Why the actual differs from its budgets and from last year, where it does."""
    actual = measures["决算"]
    budget = reason(draw, [beside(actual, measures[m]) for m in ("年初预算", "全年预算")])
    prior = reason(draw, [moved(actual, measures["上年决算"])])
    return {k: v for k, v in (("预算差异原因", budget), ("上年差异原因", prior)) if v}


def _travel(draw: Draw, actual: int) -> Section:
    if not actual:
        return {"团组": 0, "人次": 0}
    groups = draw.between(1, 4)
    counts: Section = {"团组": groups, "人次": groups + draw.below(9)}
    if draw.chance(50):
        return counts | {"内容": f"赴{draw.pick(_PLACES)}开展{draw.pick(_TOPICS)}交流"}
    named = [
        {"团组": f"赴{draw.pick(_PLACES)}第{n}团", "金额": Cents(v), "用途": f"{draw.pick(_TOPICS)}考察"}
        for n, v in enumerate(draw.split(actual, groups), 1)
    ]
    return counts | {"团组名单": named}


def _purchase(draw: Draw, actual: int) -> Section:
    return {"购置数": draw.between(1, 3)} if actual else {}


def _running(draw: Draw, actual: int) -> Section:
    return {"保有量": draw.between(1, 12), "用途": "燃料费、维修费、保险费"} if actual else {"保有量": 0}


def _reception(draw: Draw, actual: int) -> Section:
    if not actual:
        return {"团组": 0, "人次": 0}
    groups = draw.between(1, 60)
    return {"团组": groups, "人次": groups + draw.below(400), "内容": f"外地来访交流{draw.pick(_TOPICS)}"}


_COUNTS = {"因公出国费": _travel, "公务用车购置费": _purchase, "公务用车运行维护费": _running, "公务接待费": _reception}


def agency_running(draw: Draw, plan: Plan, running: int, *, alone: bool) -> Section | str:
    """公用经费 of a 行政 unit; with other units in the department it may be less; none of a 事业 unit."""
    if not plan.administrative:
        return NONE
    actual = running if alone else draw.part(running)
    budget, prior = around(draw, actual), around(draw, actual)
    why = reason(draw, [moved(actual, budget), moved(actual, prior)])
    amounts = {"决算": Cents(actual), "年初预算": Cents(budget), "上年决算": Cents(prior)}
    return amounts | ({"原因": why} if why else {})


def meetings(draw: Draw, plan: Plan, basic: int, projects: int) -> Section | str:
    """会议费 and its meetings; a 版式 that does not list costs may have meetings without."""
    total = basic + (draw.part(draw.portion(projects, 2)) if draw.chance(40) else 0)
    if not total:
        return draw.pick((NONE, {"合计": Cents(0)}))
    costs = plan.profile == "zhuzhou" or plan.summed or draw.chance(75)
    count = draw.between(1, 3)
    parts = draw.split(total, 3 * count)
    events = [_meeting(draw, n) | (_costs(parts[3 * n : 3 * n + 3]) if costs else {}) for n in range(count)]
    return {"合计": Cents(total), "会议": events}


def _meeting(draw: Draw, number: int) -> Section:
    topic = draw.pick(_TOPICS)
    return {"名称": f"第{number + 1}次{topic}工作会议", "人数": draw.between(10, 300), "内容": f"部署{topic}工作"}


def _costs(parts: list[int]) -> Section:
    return {k: Cents(v) for k, v in zip(("场租费", "用餐费", "其他费用"), parts, strict=True)}


def trainings(draw: Draw, basic: int, projects: int) -> Section | str:
    """培训费 and its trainings."""
    total = basic + (draw.part(draw.portion(projects, 2)) if draw.chance(40) else 0)
    if not total:
        return draw.pick((NONE, {"合计": Cents(0)}))
    events: list[Section] = [
        {
            "名称": f"第{n}期{draw.pick(_TOPICS)}培训班",
            "人数": draw.between(5, 200),
            "内容": "业务能力提升",
            "金额": Cents(v),
        }
        for n, v in enumerate(draw.split(total, draw.between(1, 3)), 1)
    ]
    if draw.chance(30):
        events[0]["注"] = "网络授课"
    return {"合计": Cents(total), "培训": events}


def festivals(draw: Draw) -> list[Section] | str:
    """节庆活动: mostly none."""
    if draw.chance(80):
        return NONE
    return [
        {
            "名称": "全民阅读节",
            "人数": draw.between(50, 900),
            "金额": Cents(draw.money(1_000, 90_000)),
            "内容": "倡导阅读",
        }
    ]


def procurement(draw: Draw, spent: int) -> Section | str:
    """政府采购 of at most two fifths of what was spent."""
    total = draw.part(draw.portion(spent, 40)) if draw.chance(80) else 0
    if not printed(total):
        return NONE
    kinds = dict(zip(KINDS, draw.split(total, 3), strict=True))
    small = {k: draw.pick((v, draw.part(v))) for k, v in kinds.items()}
    contracts = sum(small.values())
    return {
        **{k: Cents(v) for k, v in kinds.items()},
        "中小企业": {k: Cents(v) for k, v in small.items()},
        "小微企业": Cents(draw.pick((contracts, draw.part(contracts)))),
    }


def assets(draw: Draw, needed: int) -> Section:
    """国有资产 with at least `needed` cars."""
    cars = needed + (draw.below(10) if draw.chance(50) else 0)
    cuts = sorted(draw.below(cars + 1) for _ in CARS[1:])
    counts = dict(zip(CARS, (b - a for a, b in zip([0, *cuts], [*cuts, cars], strict=True)), strict=True))
    other = {"其他用车说明": "一般公务用车"} if counts["其他用车"] else {}
    return counts | other | {"大型设备": draw.below(6) if draw.chance(40) else 0}
