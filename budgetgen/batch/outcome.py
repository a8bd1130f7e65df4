"""What became of one input: a line of outcomes.jsonl, a row of the table of outcomes; and what a run finds wrong with inputs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import Path
from typing import Any, Self

from budgetgen.batch.workers import Died, Failed, TimedOut, Unseen
from budgetgen.check.report import issue_text
from budgetgen.issues import Issue, Level, SourceRef
from budgetgen.records import record

REPEATED, TWINS_DIFFER, SHARED_FOLDER = "BATCH-003", "BATCH-004", "BATCH-006"
CRASHED, TIMED_OUT, FAILED, NOT_DONE, IN_USE, FULL, NO_WORKERS, CLUSTER = (f"BATCH-0{n:02}" for n in range(7, 15))
NO_PATH = "BATCH-015"


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


@record
class Outcome:
    """One input's outcome.

    `source` is the input's full path; `folder`, `files` (name → digest) and `report` are told relative to the run's
    folder; `totals` are in 元, as text. `fingerprint` is what the packet rests on, for telling later whether it still holds.
    """

    source: str
    ending: Ending
    cause: str = ""
    name: str = ""
    year: int = 0
    profile: str = ""
    kind: str = ""
    errors: int = 0
    warnings: int = 0
    notes: int = 0
    totals: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    report: str = ""
    twin: str = ""
    fingerprint: Mapping[str, Any] = field(default_factory=dict)
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
        try:
            told = json.loads(line)
        except RecursionError as e:
            raise ValueError("too deep") from e
        if not isinstance(told, dict) or told.keys() != _KEYS.keys():
            raise ValueError("another form")
        values = {name: told[key] for key, name in _KEYS.items()}
        outcome = cls(**{**values, "ending": Ending(told["结果"])})
        outcome.check()
        return outcome

    def check(self) -> None:
        """ValueError: a value is of a type that no outcome of ours has."""
        for name, kind in _TYPES.items():
            if not isinstance(getattr(self, name), kind) or isinstance(getattr(self, name), bool) is not (kind is bool):
                raise ValueError(name)
        if not all(isinstance(text, str) for text in (*self.files, *self.files.values(), *self.totals.values())):
            raise ValueError("files or totals")
        try:
            finite = all(Decimal(amount).is_finite() for amount in self.totals.values())
        except InvalidOperation as e:
            raise ValueError("totals") from e
        if not finite:
            raise ValueError("totals")


_KEYS = {
    "结果": "ending",
    "单位": "name",
    "年度": "year",
    "版式": "profile",
    "材料": "kind",
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
    "依据": "fingerprint",
    "详情": "details",
    "磁盘满": "disk_full",
}
_TYPES: Mapping[str, Any] = {
    **dict.fromkeys(("source", "cause", "name", "profile", "kind", "folder", "report", "twin", "details"), str),
    **dict.fromkeys(("year", "errors", "warnings", "notes"), int),
    **dict.fromkeys(("totals", "files", "fingerprint"), dict),
    "seconds": (int, float),
    "disk_full": bool,
}


# ---------------------------------------------------------------------------- inputs that were not built, and runs


def failed(source: str, found: Failed | Died | TimedOut | Unseen, name: str = "", year: int = 0) -> Outcome:
    """The outcome of a call that gave none."""
    match found:
        case TimedOut():
            ending = Ending.TIMED_OUT
            cause = f"超过 {found.seconds:g} 秒没有做完，已停止。"
            issue = _issue(TIMED_OUT, cause, "看它读的文件是不是在断开的网络盘上；只是数据多，用 --timeout 放宽。")
        case Died():
            ending = Ending.CRASHED
            issue = _issue(
                CRASHED, f"{found.cause}重做一次还是这样。", "单独生成它试试；内存不够的，减少 --jobs 再做。"
            )
        case Unseen():
            ending = Ending.CRASHED
            mend = "把它们放在各节点都能用同样路径打开的共享盘上。"
            issue = _issue(CLUSTER, "集群的节点看不见结果文件夹或数据文件。", mend)
        case Failed():
            ending = Ending.CRASHED
            mend = "减少 --jobs，或换内存大的机器再做。" if found.memory else "把“详情”和数据文件发给维护者。"
            issue = _issue(FAILED, found.cause, mend)
    details = found.details if isinstance(found, (Failed, Died)) else ""
    return Outcome(source, ending, issue_text(issue), name, year, errors=1, details=details)


def repeated(path: str, others: Sequence[str], count: int, name: str, year: int) -> Outcome:
    """One of several inputs for one unit and year."""
    issue = _issue(
        REPEATED, f"“{name}”{year} 年度有 {count} 份数据，另有{_listed(others, count - 1)}。", "留下对的一份。"
    )
    return _refused(path, issue, name, year)


def differing(path: str, other: str, difference: str, name: str, year: int) -> Outcome:
    """A unit.yaml and a 填报表 beside it that say different things."""
    issue = _issue(
        TWINS_DIFFER, f"与旁边的 {Path(other).name} {difference}。", "留下对的一份，或用 convert 重新转一次。"
    )
    return _refused(path, issue, name, year)


def sharing(path: str, others: Sequence[str], folder: str, name: str, year: int) -> Outcome:
    """One of several units whose packets would be in one folder."""
    cause = (
        f"会与{_listed(others, len(others))} 写进同一个文件夹“{folder}”：单位名称只差大小写或不能用在文件名里的字符。"
    )
    return _refused(path, _issue(SHARED_FOLDER, cause, "改其中一个的单位名称，或分两次做。"), name, year)


def not_done(path: str, why: str, name: str, year: int) -> Outcome:
    """An input that was not begun, because the run stopped."""
    return Outcome(
        path,
        Ending.NOT_DONE,
        issue_text(_issue(NOT_DONE, f"{why}，没有做。", "处理后加上 --resume 再运行。")),
        name,
        year,
    )


def no_path(path: str, why: str) -> Outcome:
    """What stands in a list and can't be the path of any file."""
    return _refused(
        path, _issue(NO_PATH, f"清单里的这一行不能作路径：{why}。", "改清单里的这一行。"), "", 0, Ending.FAULTY
    )


def of_run(rule: str, cause: str, mend: str, place: Path | None = None) -> Issue:
    """Something that stops the run."""
    return Issue(rule, Level.ERROR, cause, mend, place=SourceRef(str(place)) if place else None)


def _refused(path: str, issue: Issue, name: str, year: int, ending: Ending = Ending.REFUSED) -> Outcome:
    return Outcome(path, ending, issue_text(issue), name, year, errors=1)


def _issue(rule: str, cause: str, mend: str) -> Issue:
    return Issue(rule, Level.ERROR, cause, mend)


def _listed(paths: Sequence[str], count: int) -> str:
    return f" {'、'.join(paths)}{' 等' if count > len(paths) else ''}"
