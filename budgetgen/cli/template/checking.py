"""`budgetgen template check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from budgetgen.cli.app import ERRORS, WRITTEN, Command, Templates
from budgetgen.cli.telling import counted, tell_all
from budgetgen.cli.template.frame import places, template
from budgetgen.issues import Issue, Level, Rejected

_OFFICE = (".xlsx", ".docx")


@template.command("check", cls=Command)
def check_command(
    name: Annotated[
        str,
        typer.Argument(metavar="[版式或文件]", help="一个版式，或一个 xlsx、docx；不写就全查。", show_default=False),
    ] = "",
    templates: Templates = None,
) -> None:
    """检查版式的每个文件：标签、名称、短语。不用数据。"""  # noqa: D400 - shown as help
    found: dict[str, list[Issue]] = {}
    if Path(name).suffix.lower() in _OFFICE:
        found[name] = _file(Path(name))
    else:
        found = _profiles(name, templates)
    for one, issues in found.items():
        tell_all(issues)
        typer.echo(f"{one}：{counted(issues)}。")
    errors = any(i.level is Level.ERROR for issues in found.values() for i in issues)
    raise typer.Exit(ERRORS if errors else WRITTEN)


def _file(path: Path) -> list[Issue]:
    from budgetgen.packet.inspect import check_file  # noqa: PLC0415 - `--help` need not load it

    if not path.is_file():
        raise typer.BadParameter(f"没有这个文件：{path}。")
    return check_file(path)


def _profiles(name: str, templates: list[Path] | None) -> dict[str, list[Issue]]:
    from budgetgen.check import rulebook, unknown_rules  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.layout import profile_names, read_profile  # noqa: PLC0415
    from budgetgen.packet.inspect import check_profile  # noqa: PLC0415

    shelves = places(templates)
    found: dict[str, list[Issue]] = {}
    for one in [name] if name else profile_names(shelves):
        try:
            profile = read_profile(one, shelves)
            found[one] = [*unknown_rules(dict(profile.rules), one, rulebook(profile).rules), *check_profile(profile)]
        except Rejected as e:
            found[one] = list(e.issues)
    return found
