"""The unit itself: who it is, what it does, how it is made up (FIELDS 1.1: part one of a packet)."""

from __future__ import annotations

from typing import ClassVar, Literal

from budgetgen.model.fields import ClassCode, Declared, Phrase, Prose, declare


class SubordinateDuty(Declared):
    """What one unit of a department does."""

    unit: Prose = declare("单位", note="所属单位的简称")
    text: Prose = declare("职责", note="该单位的职责，一段话")


class DisclosedUnit(Declared):
    """One unit of a department. Where it names its input, its figures are summed into the department's."""

    short: ClassVar[str] = "name"

    name: Prose = declare("名称", note="单位全称，印在正文")
    file: Prose = declare("数据", default="", note="汇总部门填：该单位的数据文件，相对本文件，如 ../某站/unit.yaml")


class Unit(Declared):
    """名称, 职责, 机构设置 and 决算单位构成."""

    name: Prose = declare("名称", note="单位全称，印在封面和正文")
    table_name: Prose = declare("表头名称", default="", note="九张表“部门：”后的名称，不填用全称")
    kind: Literal["部门", "单位"] = declare("类型", note="部门决算填“部门”，单位决算填“单位”")
    duty_lead: Prose = declare("职责引言", default="", note="职责列表前的一段话")
    duties: list[Prose] | None = declare("职责", optional=True, note="部门职责，一条一项")
    subordinate_duties: list[SubordinateDuty] = declare("所属单位职责", default=[], note="所属单位的职责")
    offices: list[Prose] | None = declare("内设机构", optional=True, note="内设机构名称，没有填“无”")
    office_count: int | None = declare("内设机构数", unit="个", optional=True, note="只列出部分机构时的总数")
    other_offices: Phrase = declare("另设", default="", note="如：机关党支部（人事科）")
    subordinates: list[DisclosedUnit] | None = declare(
        "决算单位", optional=True, note="除本级外纳入决算汇总公开的单位，没有填“无”"
    )
    own_file: Prose = declare("本级数据", default="", note="汇总部门填：本级自己的数据文件，相对本文件")
    platform: Phrase | None = declare("公开平台", optional=True, note="决算在哪里公开")
    listed_classes: list[ClassCode] = declare(
        "列示类", default=[], note="没有数也要在简表中列出的功能科目类，如上年有数的 207"
    )

    @property
    def names_inputs(self) -> bool:
        """Whether it is a department whose figures come from its units' own inputs."""
        return bool(self.own_file or any(u.file for u in self.subordinates or ()))
