"""What the later sections of part three state: 采购, 国有资产, last year's totals, reasons (FIELDS 1.5, 1.8, 1.9, 1.11)."""

from __future__ import annotations

from budgetgen.model.fields import Declared, Phrase, Prose, Yuan, declare


class ProcurementKinds(Declared):
    """Amounts by kind."""

    goods: Yuan | None = declare("货物", unit="元", optional=True)
    works: Yuan | None = declare("工程", unit="元", optional=True)
    services: Yuan | None = declare("服务", unit="元", optional=True)


class Procurement(ProcurementKinds):
    """政府采购支出, and the contracts given to 中小企业."""

    small_medium: ProcurementKinds | None = declare("中小企业", label="授予中小企业合同金额", optional=True)
    small_micro: Yuan | None = declare("小微企业", label="授予小微企业合同金额", unit="元", optional=True)


class StateAssets(Declared):
    """国有资产占用 on 31 December."""

    leader_cars: int | None = declare(
        "副部级以上领导用车", label="副部（省）级及以上领导用车", unit="辆", optional=True
    )
    head_cars: int | None = declare("主要负责人用车", unit="辆", optional=True)
    confidential_cars: int | None = declare("机要通信用车", unit="辆", optional=True)
    emergency_cars: int | None = declare("应急保障用车", unit="辆", optional=True)
    enforcement_cars: int | None = declare("执法执勤用车", unit="辆", optional=True)
    special_cars: int | None = declare("特种专业技术用车", unit="辆", optional=True)
    retiree_cars: int | None = declare("离退休干部服务用车", unit="辆", optional=True)
    other_cars: int | None = declare("其他用车", unit="辆", optional=True)
    other_cars_text: Phrase | None = declare("其他用车说明", optional=True, note="如：一般公务用车")
    equipment: int | None = declare(
        "大型设备", label="单位价值100万元以上设备（不含车辆）", unit="台（套）", optional=True
    )


class PriorYear(Declared):
    """Last year's totals: three facts, though they coincide while all money is 一般公共预算."""

    grand_total: Yuan | None = declare("收支总计", unit="元", optional=True)
    fiscal_grand_total: Yuan | None = declare("财政拨款收支总计", unit="元", optional=True)
    general_expenditure: Yuan | None = declare("一般公共预算支出", unit="元", optional=True)


class ChangeReasons(Declared):
    """Why totals changed against last year; the later ones default to the first."""

    grand_total: Phrase | None = declare("收支总计", optional=True, note="不写句号、不写增减")
    fiscal_grand_total: Phrase | None = declare("财政拨款收支总计", optional=True, note="不填同收支总计")
    general_expenditure: Phrase | None = declare("一般公共预算支出", optional=True, note="不填同收支总计")


class Waiver(Declared):
    """An issue that the unit lets stand, with its reason."""

    rule: Prose = declare("规则", note="规则的编号，如 CROSS-015")
    path: Prose = declare("路径", default="", note="问题的路径，不填就是这条规则的全部问题")
    reason: Prose = declare("原因", note="为什么不用改，写进检查报告")


class Term(Declared):
    """One entry of 名词解释."""

    name: Prose = declare("名词")
    text: Prose = declare("解释")
