"""`budgetgen template new` and `budgetgen template copy`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from budgetgen.cli.app import ERRORS, Command, Templates
from budgetgen.cli.telling import tell_written
from budgetgen.cli.template.frame import Out, places, template


@template.command("new", cls=Command, no_args_is_help=True)
def new_command(
    name: Annotated[str, typer.Argument(metavar="名称", help="新版式的名称，如 benshi。", show_default=False)],
    parent: Annotated[
        str, typer.Option("--from", metavar="版式", help="从哪个版式改起，不写就从默认的。", show_default=False)
    ] = "",
    out: Out = None,
    copy: Annotated[bool, typer.Option("--copy", help="把 公开表.xlsx 和 决算公开.docx 也取一份来。")] = False,
    templates: Templates = None,
) -> None:
    """新建一个版式：只有要改的文件，其余用上级的。"""  # noqa: D400 - shown as help
    from budgetgen.layout import read_profile  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.layout.scaffold import new_profile  # noqa: PLC0415

    folder = out or Path("templates")
    inherited = read_profile(parent, places([*_there(out), *(templates or ())]))
    tell_written(new_profile(name, inherited, folder, copy=copy))
    typer.echo(f"已建好版式 {name}，继承 {inherited.name}。改好后检查：")
    typer.echo(f"    budgetgen template check {name}{_option(out)}")
    typer.echo("用它生成：")
    typer.echo(f"    budgetgen build UNIT.yaml --profile {name}{_option(folder)}")


@template.command("copy", cls=Command, no_args_is_help=True)
def copy_command(
    name: Annotated[str, typer.Argument(metavar="版式", help="自己的版式。", show_default=False)],
    files: Annotated[
        list[str],
        typer.Argument(metavar="文件…", help="如 收入.md.j2、短语/占比.j2、公开表.xlsx。", show_default=False),
    ],
    out: Out = None,
    templates: Templates = None,
) -> None:
    """把现在用的文件取一份到自己的版式里来改。"""  # noqa: D400 - shown as help
    from budgetgen.layout import Shelf, read_profile  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.layout.listing import settings_shelf  # noqa: PLC0415
    from budgetgen.layout.scaffold import copy_parts  # noqa: PLC0415

    found = places([*_there(out), *(templates or ())])
    profile = read_profile(name, found)
    shelf = Shelf("", out, out) if out else settings_shelf(profile)
    if shelf == found[-1]:
        typer.echo(f"{name} 是自带的版式，不在原处改。先建自己的：", err=True)
        typer.echo(f"    budgetgen template new 名称 --from {name}", err=True)
        raise typer.Exit(ERRORS)
    tell_written(copy_parts(profile, files, shelf))


def _there(folder: Path | None) -> list[Path]:
    """The folder, as one to look into, where it is there already."""
    return [folder] if folder is not None and folder.is_dir() else []


def _option(folder: Path | None) -> str:
    return f" --templates {folder}" if folder else ""
