"""How commands tell what they found and did."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from budgetgen.issues import Issue, Level


def tell(text: str, *, error: bool = False) -> None:
    """A line on the screen, at once: the two streams stay in order."""
    print(text, file=sys.stderr if error else sys.stdout, flush=True)


def write_utf8(text: str) -> None:
    """What is meant for a file: UTF-8 with plain line ends, whatever the console's own way."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())


def tell_all(issues: Iterable[Issue]) -> None:
    """Every issue, the gravest first; errors go to the error stream."""
    gravest_first = sorted(issues, key=lambda i: -i.level)
    if not gravest_first:
        return
    from budgetgen.check.report import issue_text  # noqa: PLC0415 - a run with nothing to tell need not load it

    for issue in gravest_first:
        tell(issue_text(issue), error=issue.level is Level.ERROR)


def tell_written(files: Iterable[Path]) -> None:
    """Each file that was written."""
    for file in files:
        print(f"已写出 {file}")


def counted(issues: Iterable[Issue]) -> str:
    """How many issues of each level: `错误 1 条、提示 2 条`."""
    levels = [i.level for i in issues]
    told = (f"{level.label} {n} 条" for level in reversed(Level) if (n := levels.count(level)))
    return "、".join(told) or "没有发现问题"
