"""The command line. Everything a person reads is Chinese; exit codes: 0 written, 1 errors, 2 wrong usage."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from budgetgen import __version__
from budgetgen.issues import Issue, Level, Rejected

WRITTEN, ERRORS, WRONG_USAGE = 0, 1, 2
_WORDS = {
    "Usage:": "用法：",
    "Arguments:": "参数：",
    "Options:": "选项：",
    "Commands:": "命令：",
    "[OPTIONS]": "[选项]",
    "COMMAND [ARGS]...": "命令 …",
    "[required]": "[必填]",
    "Show this message and exit.": "显示这段说明。",
}


def _in_chinese(text: str) -> str:
    for english, chinese in _WORDS.items():
        text = text.replace(english, chinese)
    return text


class Command(TyperCommand):
    """A command whose help is Chinese throughout."""

    def get_help(self, ctx: Any) -> str:
        """The help text, in Chinese."""
        return _in_chinese(super().get_help(ctx))


class Group(TyperGroup):
    """The commands, with Chinese help."""

    def get_help(self, ctx: Any) -> str:
        """The help text, in Chinese."""
        return _in_chinese(super().get_help(ctx))


_UNKNOWN_COMMAND = re.compile(r"No such command '(.*?)'\..*")
# Typer makes only this one of click's usage errors public; its base is what all of them share.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

app = typer.Typer(
    cls=Group, add_completion=False, rich_markup_mode=None, no_args_is_help=True, pretty_exceptions_enable=False,
    help="由一份单位决算数据生成整套部门决算公开材料：九张公开表（xlsx）和公开文本（docx）。",
)  # fmt: skip


def _version(asked: bool) -> None:  # noqa: FBT001 - typer's callback
    if asked:
        typer.echo(f"budgetgen {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="显示版本。")] = False,  # noqa: FBT002
) -> None:
    """由一份单位决算数据生成整套部门决算公开材料：九张公开表（xlsx）和公开文本（docx）。"""  # noqa: D400 - shown as help


@app.command("build", cls=Command, no_args_is_help=True)
def build_command(
    unit: Annotated[
        Path, typer.Argument(metavar="数据文件", help="单位数据：YAML 或填报表.xlsx。", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            metavar="文件夹",
            help="写到哪里，默认写在数据文件旁的“<单位名称>-<年度>”文件夹。",
            show_default=False,
        ),
    ] = None,
    profile: Annotated[
        str, typer.Option(metavar="版式", help="用哪种版式，默认用数据文件里写的。", show_default=False)
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="有错误也写出来，只用于查看。")] = False,  # noqa: FBT002
) -> None:
    """生成一个单位的公开表和决算公开文本。"""  # noqa: D400 - shown as help
    from budgetgen.pipeline import build  # noqa: PLC0415 - `--help` need not load it

    built = build(unit, out, profile=profile, force=force)
    for issue in sorted(built.issues, key=lambda i: -i.level):
        typer.echo(tell(issue), err=issue.level is Level.ERROR)
    for file in built.files:
        typer.echo(f"已写出 {file}")
    typer.echo(_summary(built.issues, written=bool(built.files), draft=built.draft))
    raise typer.Exit(WRITTEN if built.files else ERRORS)


@app.command("new", cls=Command, no_args_is_help=True)
def new_command(
    folder: Annotated[Path, typer.Argument(metavar="文件夹", help="写到哪里。", show_default=False)],
    profile: Annotated[str, typer.Option(metavar="版式", help="用哪种版式。", show_default=False)] = "",
    yaml: Annotated[bool, typer.Option("--yaml", help="写 unit.yaml 和补全用的结构文件，不写填报表。")] = False,  # noqa: FBT002
) -> None:
    """写一份空白的填报表（xlsx），填好后用 build 生成。"""  # noqa: D400 - shown as help
    from budgetgen.forms import new  # noqa: PLC0415 - `--help` need not load it

    _write(lambda: (new(folder, profile=profile, yaml=yaml), ()))


@app.command("convert", cls=Command, no_args_is_help=True)
def convert_command(
    source: Annotated[Path, typer.Argument(metavar="IN", help="YAML 或填报表.xlsx。", show_default=False)],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="写成 .xlsx 或 .yaml。", show_default=False)],
) -> None:
    """把 YAML 写成填报表，或把填报表写成 YAML，内容不变。"""  # noqa: D400 - shown as help
    from budgetgen.forms import convert  # noqa: PLC0415 - `--help` need not load it

    def write() -> tuple[list[Path], tuple[Issue, ...]]:
        path, loaded = convert(source, target)
        return [path], loaded.issues

    _write(write)


def _write(write: Callable[[], tuple[list[Path], tuple[Issue, ...]]]) -> None:
    """Run a command that writes files; tell its issues and its files, and end."""
    files: list[Path] = []
    try:
        files, issues = write()
    except Rejected as e:
        issues = e.issues
    for issue in sorted(issues, key=lambda i: -i.level):
        typer.echo(tell(issue), err=issue.level is Level.ERROR)
    for file in files:
        typer.echo(f"已写出 {file}")
    raise typer.Exit(WRITTEN if files else ERRORS)


def tell(issue: Issue) -> str:
    """An issue in two lines: what and where, and what to do."""
    place = f"（{issue.place}）" if issue.place else ""
    path = f"{issue.path}：" if issue.path else ""
    mend = f"\n    → {issue.mend}" if issue.mend else ""
    return f"{issue.level.label} {issue.rule}{place}{path}{issue.cause}{mend}"


def _summary(issues: tuple[Issue, ...], *, written: bool, draft: bool) -> str:
    counts = {level: sum(i.level is level for i in issues) for level in reversed(Level)}
    told = "、".join(f"{level.label} {n} 条" for level, n in counts.items() if n) or "没有发现问题"
    if not written:
        return f"没有写出文件：{told}。"
    return f"写出的是草稿，还有待填写的内容：{told}。" if draft else f"完成：{told}。"


def main() -> None:
    """Entry point: runs the command and ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a GBK console lacks some characters; none may stop a build
    try:
        code = app(standalone_mode=False)
    except UsageError as e:
        asks_for_help = type(e).__name__ == "NoArgsIsHelpError"
        told = str(e) if asks_for_help else f"用法不对：{_usage(e)}\n输入 budgetgen --help 看说明。"
        typer.echo(told, err=True)
        code = WRONG_USAGE
    except typer.Abort:
        typer.echo("已停止。", err=True)
        code = ERRORS
    sys.exit(code or WRITTEN)


def _usage(error: Any) -> str:
    """What was wrong with the command line, in Chinese."""
    param = getattr(error, "param", None)
    name = param.metavar or param.name if param else "参数"
    match type(error).__name__:
        case "NoSuchOption":
            return f"没有 {error.option_name} 这个选项。"
        case "MissingParameter":
            return f"缺少 {name}。"
        case "BadParameter":
            return f"{name} 的值不对：{error.message}"
        case _:
            return _UNKNOWN_COMMAND.sub(r"没有“\1”这个命令。", str(error.format_message()))


if __name__ == "__main__":
    main()
