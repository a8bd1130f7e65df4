"""The frame of all commands: Chinese help, usage errors in Chinese, the exit code."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from budgetgen import __version__
from budgetgen.cli.plain import read_plainly
from budgetgen.cli.telling import tell_all
from budgetgen.issues import Rejected

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

    def get_params(self, ctx: Any) -> Any:
        """Its arguments and options, `--help` among them."""
        return read_plainly(super().get_params(ctx))

    def get_help(self, ctx: Any) -> str:
        """The help text, in Chinese."""
        return _in_chinese(super().get_help(ctx))


class Group(TyperGroup):
    """The commands, with Chinese help; each one's module is imported when it is called, and all of them for the help."""

    homes: ClassVar[Mapping[str, str]]
    """Command → the module that declares it."""
    declared: ClassVar[typer.Typer]
    """Where the modules declare."""

    def get_params(self, ctx: Any) -> Any:
        """Its arguments and options, `--help` among them."""
        return read_plainly(super().get_params(ctx))

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's interface
        """Their names, in the order of the help."""
        return list(self.homes)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, or None."""
        if cmd_name in self.homes and cmd_name not in self.commands:
            import_module(self.homes[cmd_name])
            self.commands[cmd_name] = _built(self.declared, cmd_name)
        return super().get_command(ctx, cmd_name)

    def get_help(self, ctx: Any) -> str:
        """The help text, in Chinese."""
        return _in_chinese(super().get_help(ctx))


# Typer makes only this one of click's usage errors public; its base is what all of them share.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

Templates = Annotated[
    list[Path] | None,
    typer.Option(
        "--templates", metavar="文件夹", help="自己的版式在哪个文件夹，可以写几次，先写的先找。", show_default=False
    ),
]
"""The option of every command that looks for 版式."""

Prior = Annotated[
    Path | None,
    typer.Option(
        "--prior",
        metavar="上年文件",
        help="上年的数据文件，或上年公开的 xlsx、docx，用来核对上年数。",
        show_default=False,
    ),
]
"""The option of every command that checks."""


def group(help_text: str, homes: Mapping[str, str]) -> typer.Typer:
    """A group of commands: `homes` says in which module each is declared."""
    commands: type[Group] = type("Commands", (Group,), {"homes": homes})
    commands.declared = _plain(cls=commands, no_args_is_help=True, help=help_text)
    return commands.declared


def _plain(**settings: Any) -> typer.Typer:
    """Typer without completion and without rich, which takes longer to load than a packet to fill."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, **settings)


def _built(declared: typer.Typer, name: str) -> Any:
    """What click runs for one of the commands that are declared."""
    for below in declared.registered_groups:
        if below.name == name and below.typer_instance is not None:
            return typer.main.get_group(below.typer_instance)
    single = _plain()
    single.registered_commands = [c for c in declared.registered_commands if c.name == name]
    return typer.main.get_command(single)


app = group(
    "由一份单位决算数据生成整套部门决算公开材料：九张公开表（xlsx）和公开文本（docx）。",
    {
        "build": "budgetgen.cli.build",
        "check": "budgetgen.cli.check",
        "batch": "budgetgen.cli.batch",
        "explain": "budgetgen.cli.explain",
        "new": "budgetgen.cli.forms",
        "convert": "budgetgen.cli.forms",
        "template": "budgetgen.cli.template",
    },
)


def _version(asked: bool) -> None:  # noqa: FBT001 - typer's callback
    if asked:
        typer.echo(f"budgetgen {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="显示版本。")] = False,
) -> None:
    """由一份单位决算数据生成整套部门决算公开材料：九张公开表（xlsx）和公开文本（docx）。"""  # noqa: D400 - shown as help


def main() -> None:
    """Entry point: runs the command and ends the process with its exit code."""
    # One command makes little garbage: looking for it every 700 new objects takes a tenth of its time.
    gc.set_threshold(100_000, 50, 50)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a GBK console lacks some characters; none may stop a build
    try:
        code = app(standalone_mode=False)
    except Rejected as e:
        tell_all(e.issues)
        code = ERRORS
    except UsageError as e:
        asks_for_help = type(e).__name__ == "NoArgsIsHelpError"
        told = str(e) if asks_for_help else f"用法不对：{_usage(e)}\n输入 budgetgen --help 看说明。"
        typer.echo(told, err=True)
        code = WRONG_USAGE
    except typer.Abort:
        typer.echo("已停止。", err=True)
        code = ERRORS
    sys.exit(code or WRITTEN)


_USUAL = (
    (re.compile(r"No such command '(.*?)'.*"), r"没有“\1”这个命令。"),
    (re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)"), r"多了“\1”。"),
    (re.compile(r"Option '(.*?)' requires (?:an|\d+) arguments?.*"), r"\1 后面要写内容。"),
    (re.compile(r"Option '(.*?)' does not take a value.*"), r"\1 后面不写内容。"),
)


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
            return f"{name} 的值不对：{error.message}" if param else str(error.message)
        case _:
            told = str(error.format_message())
            return next((p.sub(chinese, told) for p, chinese in _USUAL if p.match(told)), told)
