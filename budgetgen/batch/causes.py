"""What a run as a whole finds wrong with an input, or with itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from budgetgen.batch.messages import Failed
from budgetgen.batch.outcome import Ending, Outcome
from budgetgen.batch.pool import Died, TimedOut
from budgetgen.check.report import issue_text
from budgetgen.issues import Issue, Level, SourceRef

REPEATED, TWINS_DIFFER, SHARED_FOLDER = "BATCH-003", "BATCH-004", "BATCH-006"
CRASHED, TIMED_OUT, FAILED, NOT_DONE, IN_USE, FULL, NO_WORKERS, CLUSTER = (f"BATCH-0{n:02}" for n in range(7, 15))


def failed(source: str, found: Failed | Died | TimedOut, name: str = "", year: int = 0) -> Outcome:
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


def of_run(rule: str, cause: str, mend: str, place: Path | None = None) -> Issue:
    """Something that stops the run."""
    return Issue(rule, Level.ERROR, cause, mend, place=SourceRef(str(place)) if place else None)


def _refused(path: str, issue: Issue, name: str, year: int) -> Outcome:
    return Outcome(path, Ending.REFUSED, issue_text(issue), name, year, errors=1)


def _issue(rule: str, cause: str, mend: str) -> Issue:
    return Issue(rule, Level.ERROR, cause, mend)


def _listed(paths: Sequence[str], count: int) -> str:
    return f" {'、'.join(paths)}{' 等' if count > len(paths) else ''}"
