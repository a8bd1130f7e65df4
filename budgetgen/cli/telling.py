"""How commands tell what they found and did."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import typer

from budgetgen.issues import Issue, Level


def tell_all(issues: Iterable[Issue]) -> None:
    """Every issue, the gravest first; errors go to the error stream."""
    gravest_first = sorted(issues, key=lambda i: -i.level)
    if not gravest_first:
        return
    from budgetgen.check.report import issue_text  # noqa: PLC0415 - a run with nothing to tell need not load it

    for issue in gravest_first:
        typer.echo(issue_text(issue), err=issue.level is Level.ERROR)


def tell_written(files: Iterable[Path]) -> None:
    """Each file that was written."""
    for file in files:
        typer.echo(f"已写出 {file}")


def counted(issues: Iterable[Issue]) -> str:
    """How many issues of each level: `错误 1 条、提示 2 条`."""
    levels = [i.level for i in issues]
    told = (f"{level.label} {n} 条" for level in reversed(Level) if (n := levels.count(level)))
    return "、".join(told) or "没有发现问题"
