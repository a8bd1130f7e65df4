"""What became of one input: a line of outcomes.jsonl, a row of the table of outcomes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Self

TOTALS = {
    "收支总计": "收支总计",
    "本年收入": "收入.合计",
    "本年支出": "支出.合计",
    "三公经费决算": "三公经费.决算.合计",
}
"""The key totals of a unit, and their paths in the tree of figures."""


class Ending(Enum):
    """How it ended, in the order in which a person has to look at it."""

    CRASHED = "崩溃"
    TIMED_OUT = "超时"
    REFUSED = "重复"
    FAULTY = "未生成"
    NOT_DONE = "未做"
    DRAFT = "草稿"
    FINAL = "成品"

    @property
    def written(self) -> bool:
        """Whether there is a packet."""
        return self in {Ending.DRAFT, Ending.FINAL}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One input's outcome.

    `source` is the input's full path; `folder`, `files` (name → digest) and `report` are told relative to the run's
    folder; `totals` are in 元, as text. `basis` is what the packet rests on, for telling later whether it still holds.
    """

    source: str
    ending: Ending
    cause: str = ""
    name: str = ""
    year: int = 0
    profile: str = ""
    errors: int = 0
    warnings: int = 0
    notes: int = 0
    totals: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    report: str = ""
    twin: str = ""
    basis: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    details: str = ""
    disk_full: bool = False

    def to_line(self) -> bytes:
        """One line of outcomes.jsonl."""
        told = {key: getattr(self, name) for key, name in _KEYS.items()}
        told["结果"] = self.ending.value
        return json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """The outcome of a line. ValueError: the line is torn, or none of ours."""
        told = json.loads(line)
        if not isinstance(told, dict) or told.keys() != _KEYS.keys():
            raise ValueError("another form")
        values = {name: told[key] for key, name in _KEYS.items()}
        return cls(**{**values, "ending": Ending(told["结果"])})


_KEYS = {
    "结果": "ending",
    "单位": "name",
    "年度": "year",
    "版式": "profile",
    "错误": "errors",
    "警告": "warnings",
    "提示": "notes",
    "原因": "cause",
    "主要数": "totals",
    "文件夹": "folder",
    "文件": "files",
    "检查报告": "report",
    "数据文件": "source",
    "相同的": "twin",
    "秒": "seconds",
    "依据": "basis",
    "详情": "details",
    "磁盘满": "disk_full",
}
