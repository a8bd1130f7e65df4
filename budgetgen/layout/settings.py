"""The settings of a 版式 (`profiles/<版式>.yaml`): the few things that Python reads, each fault with its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from budgetgen.input import raw
from budgetgen.issues import Level, SourceRef
from budgetgen.layout.reading import UNKNOWN_KEY, KeyedFile

KEYS = {
    "中文名": "给人看的名称。",
    "继承": "自己没有的文件用哪个版式的。不写就什么都要自己有。",
    "默认": "写 true：数据文件没有写版式时用它。",
    "限额": "检查用的限额。",
    "评分": "绩效自评怎么评分。",
    "规则": "把某条检查规则改成 关闭、提示、警告 或 错误，如 WITHIN-002: 警告。",
}
"""The keys of the file, and what each says."""
LIMITS = {"增减率": "与上年相比的增减率（%）超过它就要特别说明。"}
SCORING = {
    "执行分值": "预算执行的分值；不写是 10。",
    "等级": "等级的名称和各等最低的总分，如 {优: 90, 良: 80, 中: 60, 差: 0}，这也是不写时的。",
}
LEVELS: Mapping[str, Level | None] = {"关闭": None, **{level.label: level for level in Level}}
_YES, _NO = ("true", "是"), ("false", "否", "")
_RULE_ID = re.compile(r"[A-Z]+-\d{3}")


@dataclass(frozen=True, slots=True)
class Settings:
    """What one file says. `rules` holds None for a rule that is switched off; `parent_place` is where 继承 stands.

    `execution` is 评分's 执行分值 and `grades` its 等级, the best first; None and () where the file does not say.
    """

    title: str = ""
    parent: str = ""
    default: bool = False
    limits: Mapping[str, Decimal] = field(default_factory=dict)
    rules: Mapping[str, Level | None] = field(default_factory=dict)
    execution: Decimal | None = None
    grades: tuple[tuple[str, Decimal], ...] = ()
    parent_place: SourceRef | None = None


def read_settings(path: Path) -> Settings:
    """The settings in the file at `path`. Rejected with every fault of it."""
    state = path.stat()
    return _read(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int, _size: int) -> Settings:
    file = KeyedFile(path, KEYS, (*LIMITS, *SCORING))
    found: dict[str, raw.Entry] = {entry.key: entry for entry in file.entries()}

    def text(key: str) -> str:
        return file.text(found[key]) if key in found else ""

    execution, grades = _scoring(file, found.get("评分"))
    settings = Settings(
        title=text("中文名"),
        parent=text("继承"),
        default="默认" in found and file.value(found["默认"], _truth, "true 或 false", otherwise=False),
        limits=_limits(file, found.get("限额")),
        rules=_rules(file, found.get("规则")),
        execution=execution,
        grades=grades,
        parent_place=found["继承"].ref if "继承" in found else None,
    )
    file.stop()
    return settings


def _scoring(file: KeyedFile, entry: raw.Entry | None) -> tuple[Decimal | None, tuple[tuple[str, Decimal], ...]]:
    """What 评分 says: 执行分值, and the grades with the least 总分 of each, the best first."""
    said = {e.key: e for e in file.entries_of(entry.value if entry else None, SCORING, "“评分”下面")}
    points = said.get("执行分值")
    execution = file.value(points, _limit, "数，如 10", otherwise=Decimal(0)) if points else None
    grades = file.entries_of(said["等级"].value if "等级" in said else None, None, "“等级”下面")
    least = [(e.key, file.value(e, _limit, "数，如 90", otherwise=Decimal(0))) for e in grades]
    return execution, tuple(sorted(least, key=lambda grade: -grade[1]))


def _truth(text: str) -> bool:
    word = text.lower()
    if word not in (*_YES, *_NO):
        raise ValueError(text)
    return word in _YES


def _limits(file: KeyedFile, entry: raw.Entry | None) -> dict[str, Decimal]:
    inner = file.entries_of(entry.value if entry else None, LIMITS, "“限额”下面")
    return {e.key: file.value(e, _limit, "数，如 30", otherwise=Decimal(0)) for e in inner}


def _limit(text: str) -> Decimal:
    limit = Decimal(text.rstrip("%％"))
    if not limit.is_finite() or limit < 0:
        raise ValueError(text)
    return limit


def _rules(file: KeyedFile, entry: raw.Entry | None) -> dict[str, Level | None]:
    rules: dict[str, Level | None] = {}
    for one in file.entries_of(entry.value if entry else None, None, "“规则”下面"):
        if not _RULE_ID.fullmatch(one.key):
            file.fault(UNKNOWN_KEY, f"“{one.key}”不是规则的编号。", "写编号，如 WITHIN-002。", one.ref)
            continue
        rules[one.key] = file.value(one, LEVELS.__getitem__, f"{'、'.join(LEVELS)}之一", otherwise=None)
    return rules
