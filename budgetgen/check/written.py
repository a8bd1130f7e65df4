"""Rules that are data: `checks/*.yaml` read, each fault with its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from budgetgen.input import raw
from budgetgen.issues import Issue, Level, Rejected, SourceRef
from budgetgen.layout.settings import UNKNOWN_KEY, KeyedFile

KEYS = {
    "名称": "规则的中文名。",
    "级别": "错误、警告或提示；只是尾差时总是提示。",
    "依据": "来自哪个通知、哪张表。",
    "逐个": "要逐个看时写，如 行 in 收支明细。",
    "当": "什么时候才看，写条件。",
    "左": "左边的数。",
    "关系": "等于、不小于或不大于。",
    "右": "右边的数。",
    "要求": "不是比两个数时，写要成立的条件；这时左、右写条件涉及的数，用来归并同一处引起的问题。",
    "路径": "问题记在哪一项上；不写就是左边第一个输入数。",
    "说明": "不成立时怎么说；比两个数时，两个数和差额由程序接在后面。",
    "改法": "怎么改。",
    "版式": "只用于哪些版式，用顿号隔开；不写就都用。",
}
"""The keys of a rule, and what each says."""
RELATIONS = ("等于", "不小于", "不大于")
_LEVELS = {level.label: level for level in Level}
_ID = re.compile(r"[A-Z]+-\d{3}")
_TAG = re.compile(r"\{[%#]|[%#]\}")
_BLOCK = re.compile(r"\{%-?\s*(end)?(block|macro|extends|include|import|from|raw)\b")
_EXPRESSIONS = ("逐个", "当", "左", "右", "要求", "路径")


@dataclass(frozen=True, slots=True)
class Written:
    """One rule as written; what it does not say is blank. `place` is where its id stands."""

    id: str
    title: str
    level: Level
    source: str
    each: str
    when: str
    left: str
    relation: str
    right: str
    require: str
    path: str
    cause: str
    mend: str
    profiles: tuple[str, ...]
    place: SourceRef

    def holds_for(self, chain: Iterable[str]) -> bool:
        """Whether a 版式 with that 继承 chain has the rule."""
        return not self.profiles or not set(self.profiles).isdisjoint(chain)


def read_written(files: Iterable[Path]) -> dict[str, Written]:
    """The rules of `files` by id; one that a later file writes again is the later one. Rejected with every fault."""
    rules: dict[str, Written] = {}
    issues: list[Issue] = []
    for path in files:
        try:
            stat = path.stat()
            rules |= _read(path, stat.st_mtime_ns, stat.st_size)
        except Rejected as e:
            issues += e.issues
    if issues:
        raise Rejected(issues)
    return dict(sorted(rules.items()))


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int, _size: int) -> dict[str, Written]:
    file = KeyedFile(path, (), KEYS)
    rules = {entry.key: _rule(file, entry) for entry in file.blocks()}
    file.stop()
    return rules


def _rule(file: KeyedFile, entry: raw.Entry) -> Written:
    found = {e.key: (file.text(e).strip(), e.ref) for e in file.entries_of(entry.value, KEYS, f"“{entry.key}”下面")}
    for cause, mend, place in _faults(entry, found):
        file.fault(UNKNOWN_KEY, f"{entry.key}：{cause}", mend, place)
    get = {key: found[key][0] if key in found else "" for key in KEYS}
    return Written(
        entry.key, get["名称"], _LEVELS.get(get["级别"], Level.WARNING), get["依据"], get["逐个"], get["当"], get["左"],
        get["关系"], get["右"], get["要求"], get["路径"], get["说明"], get["改法"],
        tuple(p for p in re.split("[、，, ]+", get["版式"]) if p), entry.ref,
    )  # fmt: skip


def _faults(entry: raw.Entry, found: dict[str, tuple[str, SourceRef]]) -> Iterator[tuple[str, str, SourceRef]]:
    """(cause, mend, place) of everything that is wrong with a rule but its expressions' own syntax."""
    if not _ID.fullmatch(entry.key):
        yield "不是规则的编号。", "写大写字母、短横和三位数字，如 LOCAL-001。", entry.ref
    for key in ("名称", "级别", "说明"):
        if not found.get(key, ("",))[0]:
            yield f"没有写“{key}”。", KEYS[key], entry.ref
    if "级别" in found and found["级别"][0] not in _LEVELS:
        yield f"没有“{found['级别'][0]}”这个级别。", f"写{'、'.join(_LEVELS)}之一。", found["级别"][1]
    compares = all(found.get(k, ("",))[0] for k in ("左", "关系", "右"))
    requires = bool(found.get("要求", ("",))[0])
    if compares == requires or (requires and "关系" in found):
        yield "要么写“左”“关系”“右”，要么写“要求”。", "补上或删去。", entry.ref
    if "关系" in found and found["关系"][0] not in RELATIONS:
        yield f"没有“{found['关系'][0]}”这个关系。", f"写{'、'.join(RELATIONS)}之一。", found["关系"][1]
    yield from _forbidden(found)


def _forbidden(found: dict[str, tuple[str, SourceRef]]) -> Iterator[tuple[str, str, SourceRef]]:
    """What would let a rule out of its own block."""
    for key in _EXPRESSIONS:
        if key in found and _TAG.search(found[key][0]):
            yield f"“{key}”里只写表达式，不写标签。", "删去 {% %}。", found[key][1]
    for key in ("说明", "改法"):
        if key in found and _BLOCK.search(found[key][0]):
            yield f"“{key}”里只能用 {{{{ }}}} 和 if、for。", "改过来。", found[key][1]
