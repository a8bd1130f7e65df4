"""The frame of all commands: Chinese help, values and usage errors in Chinese, what a console can show, the exit code."""

from __future__ import annotations

import gc
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

from budgetgen import __version__
from budgetgen.issues import Issue, Level, Rejected

WRITTEN, ERRORS, WRONG_USAGE = 0, 1, 2
Decorated = TypeVar("Decorated", bound=Callable[..., Any])
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


# ------------------------------------------------------------------------------------------ how commands are declared


def _in_chinese(text: str) -> str:
    for english, chinese in _WORDS.items():
        text = text.replace(english, chinese)
    return text


class Argument(click.Argument):
    """An argument that the help explains."""

    def __init__(self, *names: Any, explained: str, **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.explained = explained


class Command(click.Command):
    """A command whose help is Chinese throughout and tells of its arguments."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The arguments, then the options."""
        arguments = [p for p in self.get_params(ctx) if isinstance(p, Argument)]
        if arguments:
            with formatter.section("Arguments"):
                formatter.write_dl([(str(p.metavar), p.explained + "  [required]" * p.required) for p in arguments])
        super().format_options(ctx, formatter)

    def get_help(self, ctx: click.Context) -> str:
        """The help text, in Chinese."""
        return _in_chinese(super().get_help(ctx))


class Group(click.Group):
    """The commands, with Chinese help; each one's module is imported when it is called, and all of them for the help."""

    command_class = Command

    def __init__(self, homes: Mapping[str, str] | None = None, **settings: Any) -> None:
        """`homes`: command → `module:name` of what is declared there."""
        super().__init__(**settings)
        self._homes = homes or {}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's interface
        """Their names, in the order of the help."""
        return [*self._homes, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name in self._homes:
            module, _, name = self._homes[cmd_name].partition(":")
            found: click.Command = getattr(import_module(module), name)
            return found
        return super().get_command(ctx, cmd_name)

    def get_help(self, ctx: click.Context) -> str:
        """The help text, in Chinese."""
        return _in_chinese(super().get_help(ctx))


def command(name: str, *, asks: bool = True) -> Callable[[Callable[..., Any]], click.Command]:
    """Declares a command; its docstring is its help. `asks`: without any argument it shows that."""
    return click.command(name, cls=Command, no_args_is_help=asks)


def argument(name: str, metavar: str, explained: str, **settings: Any) -> Callable[[Decorated], Decorated]:
    """Declares an argument, which is required where it has no default."""
    return click.argument(name, metavar=metavar, explained=explained, cls=Argument, **settings)


def option(*flags: str, **settings: Any) -> Callable[[Decorated], Decorated]:
    """Declares an option, which is required only where it says so."""
    return click.option(*flags, show_default=False, **settings)


def unit_argument(explained: str = "单位数据：YAML 或填报表.xlsx。") -> Callable[[Decorated], Decorated]:
    """The one input of a command."""
    return argument("unit", "数据文件", explained, type=Path)


def profile_option(explained: str = "用哪种版式，默认用数据文件里写的。") -> Callable[[Decorated], Decorated]:
    """The option of every command that uses a 版式."""
    return option("--profile", metavar="版式", default="", help=explained)


def kind_option(
    explained: str = "做哪种材料，如 绩效自评；默认用数据文件里写的，没有写的做决算公开。",
) -> Callable[[Decorated], Decorated]:
    """The option of every command that makes packets or forms."""
    return option("--kind", metavar="材料", default="", help=explained)


templates_option = option(
    "--templates", metavar="文件夹", type=Path, multiple=True, help="自己的版式在哪个文件夹，可以写几次，先写的先找。"
)
"""The option of every command that looks for 版式."""

prior_option = option(
    "--prior", metavar="上年文件", type=Path, help="上年的数据文件，或上年公开的 xlsx、docx，用来核对上年数。"
)
"""The option of every command that checks."""

pdf_option = option("--pdf", is_flag=True, help="另外转成 PDF（要装有 LibreOffice）。")
"""The option of every command that builds."""


Callback = Callable[[click.Context, click.Parameter, Any], Any]


def number(kind: type[int | float], least: float) -> Callback:
    """Reads what was given as a number of at least `least`; what was not given stays as it is."""

    def read(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | float | None:
        if value is None:
            return None
        try:
            found = kind(value)
        except ValueError:
            raise click.BadParameter(f"“{value}”不是{'整数' if kind is int else '数'}。") from None
        if math.isnan(found) or found < least:
            raise click.BadParameter(f"最小是 {least:g}。")
        return found

    return read


def one_of(*words: str) -> Callback:
    """Takes one of these words."""

    def read(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
        if value not in words:
            raise click.BadParameter(f"只有 {'、'.join(words)}。")
        return value

    return read


# ------------------------------------------------------------------------------------------------- what commands say


def say_issues(issues: Iterable[Issue]) -> None:
    """Every issue, the gravest first; errors go to the error stream."""
    gravest_first = sorted(issues, key=lambda i: -i.level)
    if not gravest_first:
        return
    from budgetgen.check.report import issue_text  # noqa: PLC0415 - a run with nothing to tell need not load it

    for issue in gravest_first:
        click.echo(issue_text(issue), err=issue.level is Level.ERROR)


def say_written(files: Iterable[Path]) -> None:
    """Each file that was written."""
    for file in files:
        click.echo(f"已写出 {file}")


def counted(issues: Iterable[Issue]) -> str:
    """How many issues of each level: `错误 1 条、提示 2 条`."""
    levels = [i.level for i in issues]
    found = (f"{level.label} {n} 条" for level in reversed(Level) if (n := levels.count(level)))
    return "、".join(found) or "没有发现问题"


def end(*, good: bool) -> None:
    """End the command with its exit code."""
    click.get_current_context().exit(WRITTEN if good else ERRORS)


# -------------------------------------------------------------------------------------------------------- the program

app = Group(
    name="budgetgen",
    help="由一份单位决算数据生成整套部门决算公开材料：九张公开表（xlsx）和公开文本（docx）。",
    no_args_is_help=True,
    homes={
        "build": "budgetgen.cli.build:build_command",
        "check": "budgetgen.cli.build:check_command",
        "batch": "budgetgen.cli.batch:batch_command",
        "explain": "budgetgen.cli.build:explain_command",
        "new": "budgetgen.cli.forms:new_command",
        "convert": "budgetgen.cli.forms:convert_command",
        "template": "budgetgen.cli.template:template",
    },
    params=[
        click.Option(
            ["--version"], is_flag=True, is_eager=True, expose_value=False, help="显示版本。",
            callback=lambda ctx, _, asked: _say_version(ctx) if asked else None,
        )
    ],
)  # fmt: skip


def _say_version(ctx: click.Context) -> None:
    click.echo(f"budgetgen {__version__}")
    ctx.exit()


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: runs the command (`sys.argv`'s) and ends the process with its exit code."""
    if getattr(sys, "frozen", False):
        from multiprocessing import freeze_support  # noqa: PLC0415 - a frozen program starts its workers by its own name

        freeze_support()
    # One command makes little garbage: looking for it every 700 new objects takes a tenth of its time.
    gc.set_threshold(100_000, 50, 50)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a GBK console lacks some characters; none may stop a build
    try:
        code = app.main(arguments, standalone_mode=False)
    except Rejected as e:
        say_issues(e.issues)
        code = ERRORS
    except click.UsageError as e:
        asks_for_help = type(e).__name__ == "NoArgsIsHelpError"  # of click 8.2 and later
        click.echo(str(e) if asks_for_help else f"用法不对：{_usage(e)}\n输入 budgetgen --help 看说明。", err=True)
        code = WRONG_USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("已停止。", err=True)
        code = ERRORS
    sys.exit(code or WRITTEN)


_USUAL = (
    (re.compile(r"No such command '(.*?)'.*"), r"没有“\1”这个命令。"),
    (re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)"), r"多了“\1”。"),
    (re.compile(r"Option '(.*?)' requires (?:an|\d+) arguments?.*"), r"\1 后面要写内容。"),
    (re.compile(r"Option '(.*?)' does not take a value.*"), r"\1 后面不写内容。"),
)


def _usage(error: click.UsageError) -> str:
    """What was wrong with the command line, in Chinese."""
    param = error.param if isinstance(error, click.BadParameter) else None
    name = (param.metavar or param.name or "参数") if param else "参数"
    match error:
        case click.NoSuchOption():
            return f"没有 {error.option_name} 这个选项。"
        case click.MissingParameter():
            return f"缺少 {name}。"
        case click.BadParameter():
            return f"{name} 的值不对：{error.message}" if param else error.message
        case _:
            said = error.format_message()
            return next((p.sub(chinese, said) for p, chinese in _USUAL if p.match(said)), said)
