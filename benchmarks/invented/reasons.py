"""Reasons for changes, each for the one direction that it can explain."""

from __future__ import annotations

from collections.abc import Iterable

from invented.draw import Draw

_UP = ("年中追加专项任务", "新增重点项目", "新进人员较多", "上级下达新的任务", "年中调整了缴费基数", "任务量大于预期")
_DOWN = ("厉行节约", "部分人员退休", "项目按进度分期结算", "严格控制日常开支", "压减非急需事项", "任务量小于预期")
_MIXED = ("工作安排有调整", "按实际进度安排", "口径与预算编制时不同")
_WHERE = ("", "，主要在一季度", "，涉及两个科室", "，已按程序报批", "，由主管科室核定")


def reason(draw: Draw, directions: Iterable[int]) -> str:
    """A reason for figures that moved in `directions`; blank where none moved."""
    ways = sorted({d for d in directions if d})
    if not ways:
        return ""
    pool = _MIXED if len(ways) > 1 else _UP if ways[0] > 0 else _DOWN
    return draw.pick(pool) + draw.pick(_WHERE)
