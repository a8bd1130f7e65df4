"""`budgetgen new` and `budgetgen convert`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

from budgetgen.cli.frame import ERRORS, WRITTEN, Argument, Option, command
from budgetgen.cli.telling import tell_all, tell_written
from budgetgen.issues import Issue, Rejected

Written = tuple[Sequence[Path], Sequence[Issue]]


@command
def new_command(
    folder: Annotated[Path, Argument(metavar="文件夹", help="写到哪里。")],
    profile: Annotated[str, Option("--profile", metavar="版式", help="用哪种版式。")] = "",
    yaml: Annotated[bool, Option("--yaml", help="写 unit.yaml 和补全用的结构文件，不写填报表。")] = False,  # noqa: FBT002
) -> int:
    """写一份空白的填报表（xlsx），填好后用 build 生成。"""  # noqa: D400 - shown as help
    from budgetgen.forms import new  # noqa: PLC0415 - `--help` need not load it

    return _write(lambda: (new(folder, profile=profile, yaml=yaml), ()))


@command
def convert_command(
    source: Annotated[Path, Argument(metavar="IN", help="YAML 或填报表.xlsx。")],
    target: Annotated[Path, Argument(metavar="OUT", help="写成 .xlsx 或 .yaml。")],
) -> int:
    """把 YAML 写成填报表，或把填报表写成 YAML，内容不变。"""  # noqa: D400 - shown as help
    from budgetgen.forms import convert  # noqa: PLC0415 - `--help` need not load it

    def write() -> Written:
        path, loaded = convert(source, target)
        return [path], loaded.issues

    return _write(write)


def _write(write: Callable[[], Written]) -> int:
    """Run a command that writes files; tell its issues and its files, and end."""
    files: Sequence[Path] = ()
    issues: Sequence[Issue]
    try:
        files, issues = write()
    except Rejected as e:
        issues = e.issues
    tell_all(issues)
    tell_written(files)
    return WRITTEN if files else ERRORS
