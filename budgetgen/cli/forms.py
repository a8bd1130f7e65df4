"""Forms to fill in: `budgetgen new` and `budgetgen convert`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from budgetgen.cli.app import Command, app, end, profile_option, say_issues, say_written
from budgetgen.issues import Issue, Rejected

Written = tuple[Sequence[Path], Sequence[Issue]]


@app.command("new", cls=Command, no_args_is_help=True)
def new_command(
    folder: Annotated[Path, typer.Argument(metavar="文件夹", parser=Path, help="写到哪里。")],
    *,
    profile: Annotated[str, profile_option("用哪种版式。")] = "",
    yaml: Annotated[bool, typer.Option("--yaml", help="写 unit.yaml 和补全用的结构文件，不写填报表。")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="已有同名文件时覆盖它。")] = False,
) -> None:
    """写一份空白的填报表（xlsx），填好后用 build 生成。"""  # noqa: D400 - shown as help
    from budgetgen.convert import new  # noqa: PLC0415 - `--help` need not load it

    _write(lambda: (new(folder, profile=profile, yaml=yaml, overwrite=overwrite), ()))


@app.command("convert", cls=Command, no_args_is_help=True)
def convert_command(
    source: Annotated[
        Path, typer.Argument(metavar="IN", parser=Path, help="YAML、填报表，或有九张公开表的 .xlsx、.docx。")
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT", parser=Path, help="写成填报表（.xlsx）或 YAML（.yaml）。")],
    *,
    next_year: Annotated[
        bool, typer.Option("--next-year", help="写下一年的：上年数由它填好，金额和原因待填写。")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="已有 OUT 时覆盖它。")] = False,
) -> None:
    """把 YAML、填报表或已公开的九张表写成填报表或 YAML，内容不变。"""  # noqa: D400 - shown as help
    from budgetgen.convert import convert  # noqa: PLC0415 - `--help` need not load it

    def write() -> Written:
        path, issues = convert(source, target, next_year=next_year, overwrite=overwrite)
        return [path], issues

    _write(write)


def _write(write: Callable[[], Written]) -> None:
    """Run a command that writes files; tell its issues and its files, and end."""
    files: Sequence[Path] = ()
    issues: Sequence[Issue]
    try:
        files, issues = write()
    except Rejected as e:
        issues = e.issues
    say_issues(issues)
    say_written(files)
    end(good=bool(files))
