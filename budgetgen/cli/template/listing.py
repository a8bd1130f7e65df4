"""`budgetgen template list`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from budgetgen.cli.app import ERRORS, WRITTEN, Command, Templates
from budgetgen.cli.telling import tell_all
from budgetgen.cli.template.frame import places, template
from budgetgen.issues import Issue, Rejected

if TYPE_CHECKING:
    from budgetgen.layout import Profile
    from budgetgen.layout.listing import Part

_KINDS = ("工作簿", "文本", "说明", "短语", "设置", "名词解释")
_WHOLE = ("工作簿", "文本")
_MANY = ("说明", "短语")


@template.command("list", cls=Command)
def list_command(
    name: Annotated[str, typer.Argument(metavar="[版式]", help="写了就列出它的每个文件。", show_default=False)] = "",
    templates: Templates = None,
) -> None:
    """列出版式，各用谁的文件。"""  # noqa: D400 - shown as help
    from budgetgen.layout import default_name, profile_names, read_profile  # noqa: PLC0415 - `--help` need not load it

    found = places(templates)
    if name:
        _tell(_files(read_profile(name, found)))
        return
    default = default_name(found)
    broken: list[Issue] = []
    for one in profile_names(found):
        try:
            _tell(_summary(read_profile(one, found), is_default=one == default))
        except Rejected as e:
            typer.echo(f"{one}  有错误，见下面")
            broken += e.issues
    tell_all(broken)
    raise typer.Exit(ERRORS if broken else WRITTEN)


def _tell(lines: Iterator[str]) -> None:
    for line in lines:
        typer.echo(line)


def _summary(profile: Profile, *, is_default: bool) -> Iterator[str]:
    """A 版式 in a few lines: whose files it uses."""
    yield _title(profile) + ("（默认）" if is_default else "")
    for kind, found in _by_kind(profile):
        if kind in _WHOLE:
            yield from (f"    {part.name}：{_owner(part, profile)}" for part in found)
            continue
        owners = Counter(_owner(p, profile) for p in found)
        told = (f"{owner} {n} 个" if kind in _MANY else owner for owner, n in owners.items())
        yield f"    {kind}：{'，'.join(told) or '没有'}"


def _files(profile: Profile) -> Iterator[str]:
    """Every file of a 版式, with its owner and its place."""
    yield _title(profile)
    for kind, found in _by_kind(profile):
        yield f"{kind}{'' if found else '：没有'}"
        for part in found:
            yield f"    {part.name}  {_owner(part, profile)}"
            yield f"        {part.path}"


def _title(profile: Profile) -> str:
    parents = f"，继承 {'、'.join(profile.chain[1:])}" if profile.chain[1:] else ""
    return f"{profile.name}  {profile.title}{parents}"


def _by_kind(profile: Profile) -> Iterator[tuple[str, list[Part]]]:
    from budgetgen.layout.listing import parts  # noqa: PLC0415 - `--help` need not load it

    found = parts(profile)
    return ((kind, [p for p in found if p.kind == kind]) for kind in _KINDS)


def _owner(part: Part, profile: Profile) -> str:
    whose = "自己的" if part.owner == profile.name else part.owner
    return whose if part.shelf == profile.shelves[-1] else f"{whose}（{part.shelf.folder}）"
