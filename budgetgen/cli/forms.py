"""Forms to fill in: `budgetgen new` and `budgetgen convert`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from budgetgen.cli.app import argument, command, end, option, profile_option, say_issues, say_written
from budgetgen.issues import Issue, Rejected

Written = tuple[Sequence[Path], Sequence[Issue]]


@command("new")
@argument("folder", "文件夹", "写到哪里。", type=Path)
@profile_option("用哪种版式。")
@option("--yaml", is_flag=True, help="写 unit.yaml 和补全用的结构文件，不写填报表。")
@option("--overwrite", is_flag=True, help="已有同名文件时覆盖它。")
def new_command(folder: Path, profile: str, *, yaml: bool, overwrite: bool) -> None:
    """写一份空白的填报表（xlsx），填好后用 build 生成。"""  # noqa: D400 - shown as help
    from budgetgen.convert import new  # noqa: PLC0415 - `--help` need not load it

    _write(lambda: (new(folder, profile=profile, yaml=yaml, overwrite=overwrite), ()))


@command("convert")
@argument("source", "IN", "YAML、填报表，或有九张公开表的 .xlsx、.docx。", type=Path)
@argument("target", "OUT", "写成填报表（.xlsx）或 YAML（.yaml）。", type=Path)
@option("--next-year", is_flag=True, help="写下一年的：上年数由它填好，金额和原因待填写。")
@option("--overwrite", is_flag=True, help="已有 OUT 时覆盖它。")
def convert_command(source: Path, target: Path, *, next_year: bool, overwrite: bool) -> None:
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
