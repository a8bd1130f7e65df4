"""The command line. Everything a person reads is Chinese; exit codes: 0 written, 1 errors, 2 wrong usage."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from budgetgen import __version__

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


_Prior = Annotated[
    Path | None,
    typer.Option("--prior", metavar="上年.yaml", help="上年的数据文件，用来核对上年数。", show_default=False),
]


@app.command("build", cls=Command, no_args_is_help=True)
def build_command(
    unit: Annotated[Path, typer.Argument(metavar="UNIT.yaml", help="单位数据文件。", show_default=False)],
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
    prior: _Prior = None,
) -> None:
    """生成一个单位的公开表和决算公开文本。"""  # noqa: D400 - shown as help
    from budgetgen.check import by_cause  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.check.report import cause_text, summary  # noqa: PLC0415
    from budgetgen.pipeline import build  # noqa: PLC0415

    built = build(unit, out, profile=profile, force=force, prior=prior)
    causes = by_cause(built.issues)
    for cause in causes:
        typer.echo(cause_text(cause), err=cause.head.stops)
    for file in built.files:
        typer.echo(f"已写出 {file}")
    typer.echo(_summary(summary(causes), written=bool(built.files), draft=built.draft))
    raise typer.Exit(WRITTEN if built.files else ERRORS)


@app.command("check", cls=Command, no_args_is_help=True)
def check_command(
    unit: Annotated[Path, typer.Argument(metavar="UNIT.yaml", help="单位数据文件。", show_default=False)],
    form: Annotated[str, typer.Option("--format", metavar="text|json|html", help="文字、JSON 或网页。")] = "text",
    profile: Annotated[str, typer.Option(metavar="版式", help="用哪种版式。", show_default=False)] = "",
    prior: _Prior = None,
) -> None:
    """检查一个单位的数据，不写文件。"""  # noqa: D400 - shown as help
    from budgetgen.check.report import FORMATS  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.pipeline import examine  # noqa: PLC0415

    if form not in FORMATS:
        raise typer.BadParameter(f"只有 {'、'.join(FORMATS)}。", param_hint="--format")
    seen = examine(unit, profile=profile, prior=prior)
    told = FORMATS[form](seen.issues, seen.loaded.accounts if seen.loaded else None)
    typer.echo(told if form == "text" else told.encode("utf-8"), nl=False)  # files are UTF-8, whatever the console is
    raise typer.Exit(ERRORS if seen.stops else WRITTEN)


@app.command("explain", cls=Command, no_args_is_help=True)
def explain_command(
    name: Annotated[str, typer.Argument(metavar="名称", help="规则编号，或数的名称。", show_default=False)],
    unit: Annotated[Path | None, typer.Argument(metavar="UNIT.yaml", help="单位数据文件。", show_default=False)] = None,
) -> None:
    """说明一条规则，或一个数怎么来的、印在哪里。"""  # noqa: D400 - shown as help
    from budgetgen.explain import explain  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.issues import Rejected  # noqa: PLC0415

    try:
        typer.echo(explain(name, unit), nl=False)
    except Rejected as e:
        typer.echo("\n".join(map(str, e.issues)), err=True)
        raise typer.Exit(ERRORS) from e


def _summary(told: str, *, written: bool, draft: bool) -> str:
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
