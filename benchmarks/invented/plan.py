"""What kind of unit the n-th one is: drawn first, so that everything else can follow it."""

from __future__ import annotations

from dataclasses import dataclass

from invented.draw import Draw

PROFILES = ("standard", "zhuzhou", "tianyuan", "zhuzhou-approval")
GENERAL, FUND, CAPITAL, NON_FISCAL = "一般公共预算", "政府性基金", "国有资本经营", "非财政拨款"
_SIZES = (*[(5, 15)] * 10, *[(16, 40)] * 6, *[(41, 100)] * 3, (101, 200))
_GRAINS = {"元": (1, 100), "万元": (1, 10_000)}
"""分 in the smallest step of a unit's amounts: 分 or 元, and in files of 万元 also 0.01 万元."""
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_TRADES = ("林木培育", "水源守护", "街巷维护", "文献整理", "集市服务", "灯塔照看", "风物采集", "渡口管理")
_TIDS = {True: ("局", "办公室", "委员会"), False: ("中心", "站", "馆")}


@dataclass(frozen=True)
class Plan:
    """One unit before any of its figures. `only` names the one kind of money that an extreme unit has.

    A `summed` unit is one of a department: it states what all others of the department state.
    """

    index: int
    year: int
    profile: str
    kind: str
    administrative: bool
    money_unit: str
    grain: int
    size: int
    funds: tuple[str, ...]
    only: str
    carryovers: bool
    name: str
    summed: bool = False

    @property
    def department(self) -> bool:
        return self.kind == "部门"


def plan(seed: int, index: int, year: int, profile: str = "") -> Plan:
    """The `index`-th unit of a seed. 版式 take turns; all else is drawn."""
    draw = Draw(seed, index, "plan")
    administrative = draw.chance(65)
    money_unit = draw.pick(("元", "万元", "万元"))
    return Plan(
        index=index,
        year=year,
        profile=profile or PROFILES[index % len(PROFILES)],
        kind=draw.pick(("部门", "单位", "单位")),
        administrative=administrative,
        money_unit=money_unit,
        grain=draw.pick(_GRAINS[money_unit]),
        size=draw.between(*draw.pick(_SIZES)),
        funds=tuple(f for f, percent in ((FUND, 25), (CAPITAL, 10), (NON_FISCAL, 45)) if draw.chance(percent)),
        only=draw.pick(("",) * 20 + ("基本", "项目", NON_FISCAL)),
        carryovers=draw.chance(50),
        name=invented_name(draw, index, administrative=administrative),
    )


def invented_name(draw: Draw, index: int, *, administrative: bool) -> str:
    """A name that no unit has: its town is 虚构市, and it carries its number."""
    county = f"{draw.pick(_STEMS)}{draw.pick(_BRANCHES)}县"
    return f"虚构市{county}{draw.pick(_TRADES)}{index:05d}号{draw.pick(_TIDS[administrative])}"
