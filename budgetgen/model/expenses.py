"""三公经费, 机关运行经费, 会议费, 培训费, 节庆活动 (FIELDS 1.4, 1.6, 1.7)."""

from __future__ import annotations

from budgetgen.model.fields import Declared, Phrase, Prose, Yuan, declare


class ThreePublicReasons(Declared):
    """Why the total of 三公经费 differs."""

    budget_reason: Phrase | None = declare("预算差异原因", optional=True, note="决算与预算不同的原因")
    prior_reason: Phrase | None = declare("上年差异原因", optional=True, note="决算与上年不同的原因")


class ThreePublicItem(ThreePublicReasons):
    """One item of 三公经费, of 财政拨款 (一般公共预算, 政府性基金 and 国有资本经营 together)."""

    initial_budget: Yuan | None = declare("年初预算", unit="元", optional=True)
    adjusted_budget: Yuan | None = declare("全年预算", unit="元", optional=True, note="按规定程序调整后的预算数")
    actual: Yuan | None = declare("决算", label="决算数", unit="元", optional=True)
    prior_actual: Yuan | None = declare("上年决算", unit="元", optional=True)


class Delegation(Declared):
    """One group that went abroad."""

    name: Prose = declare("团组", note="团组名称")
    amount: Yuan = declare("金额", unit="元")
    purpose: Phrase = declare("用途", default="", note="主要用于什么")


class OverseasTravel(ThreePublicItem):
    """因公出国（境）费."""

    groups: int | None = declare("团组", label="因公出国（境）团组", unit="个", optional=True)
    persons: int | None = declare("人次", label="因公出国（境）人次", unit="人次", optional=True)
    content: Phrase | None = declare("内容", optional=True, note="开支内容，不写句号")
    delegations: list[Delegation] = declare("团组名单", default=[], note="逐个团组列明时填")


class VehiclePurchase(ThreePublicItem):
    """公务用车购置费."""

    vehicles: int | None = declare("购置数", label="公务用车购置数", unit="辆", optional=True)


class VehicleRunning(ThreePublicItem):
    """公务用车运行维护费."""

    vehicles: int | None = declare(
        "保有量", label="公务用车保有量", unit="辆", optional=True, note="年末开支财政拨款的公务用车"
    )
    purpose: Phrase | None = declare("用途", optional=True, note="如：加油费、通行费、维修费、保险费")


class OfficialReception(ThreePublicItem):
    """公务接待费."""

    groups: int | None = declare("团组", label="来访团组", unit="个", optional=True)
    guests: int | None = declare("人次", label="来宾人次", unit="人次", optional=True)
    content: Phrase | None = declare("内容", optional=True, note="主要接待什么，不写句号")


class ThreePublic(Declared):
    """The four items and the reasons of their total."""

    overseas_travel: OverseasTravel = declare("因公出国费", label="因公出国（境）费")
    vehicle_purchase: VehiclePurchase = declare("公务用车购置费")
    vehicle_running: VehicleRunning = declare("公务用车运行维护费")
    official_reception: OfficialReception = declare("公务接待费")
    total: ThreePublicReasons = declare("合计", default=ThreePublicReasons())


class AgencyRunning(Declared):
    """机关运行经费 of 行政 and 参公 units; others state 无."""

    actual: Yuan | None = declare("决算", label="机关运行经费", unit="元", optional=True)
    initial_budget: Yuan | None = declare("年初预算", unit="元", optional=True)
    prior_actual: Yuan | None = declare("上年决算", unit="元", optional=True)
    reason: Phrase | None = declare("原因", optional=True)


class Meeting(Declared):
    """One meeting."""

    name: Prose = declare("名称")
    persons: int = declare("人数", unit="人")
    content: Phrase = declare("内容", default="")
    venue: Yuan | None = declare("场租费", unit="元", optional=True)
    meals: Yuan | None = declare("用餐费", unit="元", optional=True)
    other: Yuan | None = declare("其他费用", unit="元", optional=True)


class Meetings(Declared):
    """会议费 and what it was spent for."""

    total: Yuan | None = declare("合计", label="会议费", unit="元", optional=True)
    events: list[Meeting] = declare("会议", default=[])


class Training(Declared):
    """One training."""

    name: Prose = declare("名称")
    persons: int = declare("人数", unit="人")
    content: Phrase = declare("内容", default="")
    amount: Yuan | None = declare("金额", unit="元", optional=True)
    remark: Prose = declare("注", default="", note="如：赴厦门学习")


class Trainings(Declared):
    """培训费 and what it was spent for."""

    total: Yuan | None = declare("合计", label="培训费", unit="元", optional=True)
    events: list[Training] = declare("培训", default=[])


class Festival(Declared):
    """One 节庆, 晚会, 论坛 or 赛事."""

    name: Prose = declare("名称")
    persons: int = declare("人数", unit="人")
    amount: Yuan = declare("金额", unit="元")
    content: Phrase = declare("内容", default="")
