"""The frame of all commands: Chinese help, values and usage errors in Chinese, what a console can show, the exit code."""

from __future__ import annotations

import atexit
import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from budgetgen import __version__
from budgetgen.issues import Issue, Level, Rejected, near_miss
from budgetgen.resources import collect_seldom

WRITTEN, ERRORS, WRONG_USAGE = 0, 1, 2
_INTERRUPTED = 130  # what Typer ends with after Ctrl+C
_WORDS = {
    "Usage:": "用法：",
    "Arguments:": "参数：",
    "Options:": "选项：",
    "Commands:": "命令：",
    "[OPTIONS]": "[选项]",
    "COMMAND [ARGS]...": "命令 …",
    "[required]": "[必填]",
    "Show this message and exit.": "显示这段说明。",
    "[default: ": "[默认 ",
}
_HOMES = {
    "build": "budgetgen.cli.build",
    "check": "budgetgen.cli.build",
    "batch": "budgetgen.cli.batch",
    "explain": "budgetgen.cli.build",
    "new": "budgetgen.cli.build",
    "convert": "budgetgen.cli.build",
    "audit": "budgetgen.cli.audit",
    "verify": "budgetgen.cli.packet_files",
    "diff": "budgetgen.cli.packet_files",
    "template": "budgetgen.cli.template",
    "serve": "budgetgen.cli.serve",
}
"""Command → the module that declares it, in the order of the help."""


# ------------------------------------------------------------------------------------------ how commands are declared


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
    """Commands below one name, whose help is Chinese throughout."""

    def get_help(self, ctx: Any) -> str:
        """The help text, in Chinese."""
        return _in_chinese(super().get_help(ctx))


class Commands(Group):
    """All commands; each one's module is imported when it is called, and all of them for the help."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's interface
        """Their names, in the order of the help."""
        return list(_HOMES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, or None."""
        if cmd_name in _HOMES and cmd_name not in self.commands:
            import_module(_HOMES[cmd_name])
            self.commands = get_group(app).commands
        return super().get_command(ctx, cmd_name)


def group(cls: type[Group], explained: str) -> typer.Typer:
    """Where commands are declared; without completion, and without rich, whose import takes longer than a unit's tables."""
    return typer.Typer(
        cls=cls, help=explained, no_args_is_help=True, add_completion=False, rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
    )  # fmt: skip


def unit_argument(explained: str = "单位数据：YAML 或填报表.xlsx。") -> Any:
    """The one input of a command."""
    return typer.Argument(metavar="数据文件", help=explained, parser=Path)


def profile_option(explained: str = "用哪种版式，默认用数据文件里写的。") -> Any:
    """The option of every command that uses a 版式."""
    return typer.Option("--profile", metavar="版式", help=explained)


def kind_option(explained: str = "做哪种材料，如 绩效自评；默认用数据文件里写的，没有写的做决算公开。") -> Any:
    """The option of every command that makes packets or forms."""
    return typer.Option("--kind", metavar="材料", help=explained)


Templates = Annotated[
    list[Path],
    typer.Option(
        "--templates", metavar="文件夹", parser=Path, default_factory=list, show_default=False,
        help="自己的版式在哪个文件夹，可以写几次，先写的先找。",
    ),
]  # fmt: skip
"""The option of every command that looks for 版式."""

Prior = Annotated[
    Path | None,
    typer.Option(
        "--prior", metavar="上年文件", parser=Path, help="上年的数据文件，或上年公开的 xlsx、docx，用来核对上年数。"
    ),
]
"""The option of every command that checks."""

Pdf = Annotated[bool, typer.Option("--pdf", help="另外转成 PDF（要装有 LibreOffice）。")]
"""The option of every command that builds."""

NoMarks = Annotated[
    bool,
    typer.Option("--no-marks", help="文件里不带印了哪些数的清单（带着它，budgetgen verify 才能核对有没有人改过）。"),
]
"""The other one."""


def number(kind: type[int | float], least: float) -> Callable[[str], float]:
    """Reads a number of at least `least`."""

    def read(text: str) -> float:
        try:
            found = kind(text)
        except ValueError:
            raise typer.BadParameter(f"“{text}”不是{'整数' if kind is int else '数'}。") from None
        if math.isnan(found) or found < least:
            raise typer.BadParameter(f"最小是 {least:g}。")
        return found

    return read


def one_of(*words: str) -> Callable[[str], str]:
    """Takes one of these words."""

    def read(text: str) -> str:
        if text not in words:
            raise typer.BadParameter(f"只有 {'、'.join(words)}。")
        return text

    return read


# ------------------------------------------------------------------------------------------------- what commands say


def say_issues(issues: Iterable[Issue]) -> None:
    """Every issue, the gravest first."""
    gravest_first = sorted(issues, key=lambda i: -i.level)
    if not gravest_first:
        return
    from budgetgen.check.report import issue_text  # noqa: PLC0415 - a run with nothing to tell need not load it

    say_lines(line for issue in gravest_first for line in issue_text(issue).splitlines())


_COLOURS = {Level.ERROR.label: "red", Level.WARNING.label: "yellow", Level.NOTE.label: "blue", "还要填": "magenta"}


def say_lines(lines: Iterable[str]) -> None:
    """Lines of a report, all on one stream; the words of levels in colour where a terminal shows it."""
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for line in lines:
        word = next((w for w in _COLOURS if coloured and line.lstrip().startswith(w)), "")
        before, _, after = line.partition(word) if word else ("", "", line)
        typer.echo(f"{before}{typer.style(word, fg=_COLOURS[word], bold=True)}{after}" if word else line)


def say_written(files: Iterable[Path]) -> None:
    """Each file that was written."""
    for file in files:
        typer.echo(f"已写出 {file}")


def counted(issues: Iterable[Issue]) -> str:
    """How many issues of each level: `错误 1 条、提示 2 条`."""
    levels = [i.level for i in issues]
    found = (f"{level.label} {n} 条" for level in reversed(Level) if (n := levels.count(level)))
    return "、".join(found) or "没有发现问题"


def end(*, good: bool) -> NoReturn:
    """End the command with its exit code."""
    raise typer.Exit(WRITTEN if good else ERRORS)


# -------------------------------------------------------------------------------------------------------- the program

app = group(Commands, "由一份单位决算数据生成整套部门决算公开材料：九张公开表（xlsx）和公开文本（docx）。")


def _say_version(asked: bool) -> None:  # noqa: FBT001 - Typer's callback
    if asked:
        typer.echo(f"budgetgen {__version__}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="显示版本。")
    ] = False,
) -> None:
    """What can stand before a command."""


# Of click's usage errors Typer makes only this one public; its base is what all of them share.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command (`sys.argv`'s); SystemExit with its exit code."""
    if getattr(sys, "frozen", False):
        from multiprocessing import freeze_support  # noqa: PLC0415 - a frozen program starts its workers by its own name

        freeze_support()
    collect_seldom()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a GBK console lacks some characters; none may stop a build
    try:
        code = app(args=arguments, standalone_mode=False)
    except Rejected as e:
        say_issues(e.issues)
        code = ERRORS
    except UsageError as e:
        typer.echo(_wrong_usage(e), err=True)
        code = WRONG_USAGE
    except (typer.Abort, KeyboardInterrupt):
        code = _INTERRUPTED
    if code == _INTERRUPTED:
        typer.echo("已停止。", err=True)
        code = ERRORS
    sys.exit(code or WRITTEN)


def run() -> None:
    """Entry point of a process that is for one command: as `main`, and its memory is left to the system as it is.

    To take apart all modules and objects first takes a tenth of the time of a build.
    """
    ended: list[int] = []
    atexit.register(_leave, ended)  # the first to be registered is the last to run
    try:
        main()
    except SystemExit as e:
        ended += [e.code] if isinstance(e.code, int) else []
        raise


def _leave(ended: Sequence[int]) -> None:
    """End the process with its exit code, if it has come to one and all that it said can be written."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
        for code in ended:
            os._exit(code)


_NO_COMMAND = re.compile(r"No such command '(.*?)'.*")
_USUAL = (
    (re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)"), r"多了“\1”。"),
    (re.compile(r"Option '(.*?)' requires (?:an|\d+) arguments?.*"), r"\1 后面要写内容。"),
    (re.compile(r"Option '(.*?)' does not take a value.*"), r"\1 后面不写内容。"),
)


def _wrong_usage(error: Any) -> str:
    """What was wrong with the command line, and where it is told how it goes; the help itself where nothing was written."""
    names: list[str] = []
    above = error.ctx
    while above is not None and above.parent is not None:
        names, above = [str(above.info_name), *names], above.parent
    command = " ".join(["budgetgen", *names])
    if type(error).__name__ == "NoArgsIsHelpError":
        needed = next((p.metavar for p in error.ctx.command.params if p.required), "命令")
        return f"{command} 后面要写{needed}。\n{error}"
    return f"用法不对：{_usage(error)}\n输入 {command} --help 看说明。"


def _usage(error: Any) -> str:
    """What was wrong with the command line, in Chinese."""
    param = getattr(error, "param", None)
    name = (param.metavar or param.name or "参数") if param else "参数"
    option = f"{max(param.opts, key=len)} " if param is not None and param.param_type_name == "option" else ""
    match type(error).__name__:
        case "NoSuchOption":
            known = [option for p in error.ctx.command.params for option in p.opts] if error.ctx else []
            return f"没有 {error.option_name} 这个选项{near_miss(error.option_name, known) or '。'}"
        case "MissingParameter":
            return f"缺少 {option}{name}。"
        case "BadParameter":
            return f"{option or name}的值不对：{error.message}" if param else str(error.message)
        case _ if (wrong := _NO_COMMAND.match(str(error.message))) and error.ctx:
            return f"没有“{wrong[1]}”这个命令{near_miss(wrong[1], error.ctx.command.list_commands(error.ctx)) or '。'}"
        case _:
            said = str(error.format_message())
            return next((p.sub(chinese, said) for p, chinese in _USUAL if p.match(said)), said)
