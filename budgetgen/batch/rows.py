"""The columns of the table of outcomes, the same in the workbook and on the page."""

from __future__ import annotations

from decimal import Decimal
from pathlib import PurePosixPath

from budgetgen.batch.outcome import TOTALS, Outcome
from budgetgen.layout import DOCUMENT, WORKBOOK
from budgetgen.money import printed_wan_yuan

HEADERS = (
    "结果", "单位", "年度", "版式", "错误", "警告", "提示", "原因", *(f"{name}（万元）" for name in TOTALS),
    "公开表", "公开文本", "检查报告", "数据文件", "用时（秒）", "本次",
)  # fmt: skip
WIDTHS = (8, 34, 7, 18, 6, 6, 6, 60, *(18 for _ in TOTALS), 9, 9, 9, 40, 9, 8)
REDONE, KEPT = "新做", "未变"


class Link(str):
    """A path below the run's folder."""

    __slots__ = ()


def row(outcome: Outcome, *, kept: bool) -> tuple[object, ...]:
    """An outcome under `HEADERS`: texts, whole numbers, amounts in 万元, links; None where there is nothing."""
    amounts = (printed_wan_yuan(Decimal(outcome.totals[n])) if n in outcome.totals else None for n in TOTALS)
    twin = f"（与 {PurePosixPath(outcome.twin).name} 相同）" if outcome.twin else ""
    return (
        outcome.ending.value, outcome.name, outcome.year or None, outcome.profile, outcome.errors, outcome.warnings,
        outcome.notes, outcome.cause, *amounts, _file(outcome, WORKBOOK), _file(outcome, DOCUMENT),
        Link(outcome.report) if outcome.report else None, outcome.source + twin, outcome.seconds,
        KEPT if kept else REDONE,
    )  # fmt: skip


def _file(outcome: Outcome, kind: str) -> Link | None:
    """The file of that kind; where an input has none of it (绩效自评 alone), another one of the same format."""
    suffix = PurePosixPath(kind).suffix
    name = min((n for n in outcome.files if n.endswith(suffix)), key=lambda n: not n.endswith(kind), default=None)
    return Link(f"{outcome.folder}/{name}") if name else None
