"""`budgetgen template`: what a maintainer of 版式 needs: which there are, new ones, files to edit, checks, names, a look."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from budgetgen.cli.app import (
    Command,
    Group,
    Templates,
    app,
    counted,
    end,
    group,
    kind_option,
    profile_option,
    say_issues,
    say_written,
    unit_argument,
)
from budgetgen.issues import Issue, Level, Rejected

if TYPE_CHECKING:
    from collections.abc import Collection

    from budgetgen.layout import Kind, Profile, Shelf
    from budgetgen.layout.scaffold import Part
    from budgetgen.preview import Preview

template = group(Group, "版式：有哪些、新建、取文件来改、检查、查名称、预览。")
app.add_typer(template, name="template")

Out = Annotated[
    Path | None,
    typer.Option("-o", "--out", metavar="文件夹", parser=Path, help="自己的模板文件夹，默认是这里的 templates。"),
]


def _places(templates: Sequence[Path]) -> tuple[Shelf, ...]:
    """Where a command looks for 版式: as told, by the environment, in `templates` here, and what ships."""
    from budgetgen.layout import check_folders, shelves  # noqa: PLC0415 - `--help` need not load it

    found = shelves(templates, Path())
    check_folders(found)
    return found


def _there(folder: Path | None) -> list[Path]:
    """The folder, as one to look into, where it is there already."""
    return [folder] if folder is not None and folder.is_dir() else []


# ------------------------------------------------------------------------------------------------------------- list

_KINDS = ("工作簿", "文本", "说明", "短语", "设置", "名词解释")
_WHOLE = ("工作簿", "文本")
_MANY = ("说明", "短语")


@template.command("list", cls=Command)
def list_command(
    name: Annotated[str, typer.Argument(metavar="[版式]", help="写了就列出它的每个文件。")] = "",
    *,
    templates: Templates,
) -> None:
    """列出版式，各用谁的文件。"""  # noqa: D400 - shown as help
    from budgetgen.layout import profile_names, read_profile, usual_names  # noqa: PLC0415 - `--help` need not load it

    found = _places(templates)
    if name:
        _say(_files(read_profile(name, found)))
        return
    usual = usual_names(found)
    broken: list[Issue] = []
    for one in profile_names(found):
        try:
            _say(_summary(read_profile(one, found), usual.get(one, ())))
        except Rejected as e:
            typer.echo(f"{one}  有错误，见下面")
            broken += e.issues
    say_issues(broken)
    end(good=not broken)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def _summary(profile: Profile, used_for: Sequence[Kind]) -> Iterator[str]:
    """A 版式 in a few lines: what it is used for where no 版式 is named, and whose files it uses."""
    titles = "" if any(kind.default for kind in used_for) else "、".join(kind.title for kind in used_for)
    yield _title(profile) + (f"（{titles}默认）" if used_for else "")
    for kind, found in _by_kind(profile):
        if kind in _WHOLE:
            yield from (f"    {part.name}：{_owner(part, profile)}" for part in found)
            continue
        owners = Counter(_owner(p, profile) for p in found)
        shown = (f"{owner} {n} 个" if kind in _MANY else owner for owner, n in owners.items())
        yield f"    {kind}：{'，'.join(shown) or '没有'}"


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
    from budgetgen.layout.scaffold import parts  # noqa: PLC0415 - `--help` need not load it

    found = parts(profile)
    return ((kind, [p for p in found if p.kind == kind]) for kind in _KINDS)


def _owner(part: Part, profile: Profile) -> str:
    whose = "自己的" if part.owner == profile.name else part.owner
    return whose if part.shelf == profile.shelves[-1] else f"{whose}（{part.shelf.folder}）"


# -------------------------------------------------------------------------------------------------------- new, copy


@template.command("new", cls=Command, no_args_is_help=True)
def new_command(
    name: Annotated[str, typer.Argument(metavar="名称", help="新版式的名称，如 benshi。")],
    *,
    parent: Annotated[str, typer.Option("--from", metavar="版式", help="从哪个版式改起，不写就从默认的。")] = "",
    out: Out = None,
    copy: Annotated[bool, typer.Option("--copy", help="把那种材料的工作簿和文本也取一份来。")] = False,
    empty: Annotated[bool, typer.Option("--empty", help="不继承：工作簿和文本是空白的，从头做起。")] = False,
    kind: Annotated[str, kind_option("做哪种材料，不写就是决算公开。")] = "",
    templates: Templates,
) -> None:
    """新建一个版式：只有要改的文件，其余用上级的。"""  # noqa: D400 - shown as help
    from budgetgen.layout import read_kind, read_profile  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.layout.scaffold import new_profile  # noqa: PLC0415

    folder = out or Path("templates")
    places = _places([*_there(out), *templates])
    made = read_kind(kind, places)
    inherited = read_profile(parent, places, made)
    say_written(new_profile(name, inherited, folder, made, copy=copy, empty=empty))
    typer.echo(f"已建好版式 {name}，{'从空白做起' if empty else f'继承 {inherited.name}'}。改好后检查：")
    typer.echo(f"    budgetgen template check {name}{_option(out)}")
    typer.echo("用它生成：")
    typer.echo(f"    budgetgen build UNIT.yaml --profile {name}{_option(folder)}")


def _option(folder: Path | None) -> str:
    return f" --templates {folder}" if folder else ""


@template.command("copy", cls=Command, no_args_is_help=True)
def copy_command(
    name: Annotated[str, typer.Argument(metavar="版式", help="自己的版式。")],
    files: Annotated[list[str], typer.Argument(metavar="文件…", help="如 收入.md.j2、短语/占比.j2、公开表.xlsx。")],
    *,
    source: Annotated[str, typer.Option("--from", metavar="版式", help="取哪个版式的，不写就取自己现在用的。")] = "",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="已有自己的这个文件时换掉它。")] = False,
    out: Out = None,
    templates: Templates,
) -> None:
    """把一个文件取一份到自己的版式里来改：现在用的，或别的版式的。"""  # noqa: D400 - shown as help
    from budgetgen.layout import Shelf, read_profile  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.layout.scaffold import copy_parts, settings_shelf  # noqa: PLC0415

    found = _places([*_there(out), *templates])
    profile = read_profile(name, found)
    shelf = Shelf("", out, out) if out else settings_shelf(profile)
    if shelf == found[-1]:
        typer.echo(f"{name} 是自带的版式，不在原处改。先建自己的：", err=True)
        typer.echo(f"    budgetgen template new 名称 --from {name}", err=True)
        end(good=False)
    say_written(copy_parts(profile, files, shelf, read_profile(source, found) if source else None, overwrite=overwrite))


# ------------------------------------------------------------------------------------------------------------- find


@template.command("find", cls=Command, no_args_is_help=True)
def find_command(
    text: Annotated[str, typer.Argument(metavar="文字", help="几个字，不含数字和单位名称。")],
    *,
    profile: Annotated[str, profile_option("哪个版式，不写就是默认的。")] = "",
    templates: Templates,
) -> None:
    """找一句话在哪个文件里。"""  # noqa: D400 - shown as help
    from budgetgen.layout import read_profile  # noqa: PLC0415 - `--help` need not load it

    found = list(_found(read_profile(profile, _places(templates)), text))
    for place, line in found:
        typer.echo(place)
        typer.echo(f"    {line}")
    if not found:
        typer.echo(f"没有找到“{text}”。句子由几段拼成，少写几个字再找。")
    end(good=bool(found))


def _found(profile: Profile, text: str) -> Iterator[tuple[str, str]]:
    """Where the text stands in the files of a 版式, each place with its whole line."""
    from budgetgen.layout.scaffold import parts  # noqa: PLC0415 - `--help` need not load it

    for part in parts(profile):
        for place, line in _lines(part):
            if text in line:
                yield f"{part.name}（{part.owner}）{place}", line.strip()


def _lines(part: Part) -> Iterator[tuple[str, str]]:
    """The texts of a file, each with its place."""
    from budgetgen.layout import read_text  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.verify import read_cells, read_paragraphs  # noqa: PLC0415

    match part.path.suffix:
        case ".xlsx":
            cells = read_cells(part.path.read_bytes())
            yield from ((f"{sheet}!{cell}", value) for (sheet, cell), value in cells.items())
        case ".docx":
            yield from (("", paragraph) for paragraph in read_paragraphs(part.path.read_bytes()))
        case _:
            lines = enumerate(read_text(part.path).splitlines(), 1)
            yield from ((f"第 {number} 行", line) for number, line in lines if not line.startswith("{#"))


# ------------------------------------------------------------------------------------------------------------ check

_OFFICE = (".xlsx", ".docx")


@template.command("check", cls=Command)
def check_command(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[版式或文件…]", help="版式，或 xlsx、docx，可以写几个；不写就全查。")
    ] = None,
    *,
    templates: Templates,
) -> None:
    """检查版式的每个文件：标签、名称、短语。不用数据。"""  # noqa: D400 - shown as help
    files = [name for name in names or () if Path(name).suffix.lower() in _OFFICE]
    profiles = [name for name in names or () if name not in files]
    found = {name: _file(Path(name), templates) for name in files}
    if profiles or not names:
        found |= _profiles(profiles, templates)
    for one, issues in found.items():
        say_issues(issues)
        typer.echo(f"{one}：{counted(issues)}。")
    end(good=not any(i.level is Level.ERROR for issues in found.values() for i in issues))


def _file(path: Path, templates: Sequence[Path]) -> list[Issue]:
    """What is wrong with one file, which knows what its 版式 adds where it lies in its folder."""
    from budgetgen.layout import profile_names, read_profile  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.packet.literals import typed_in  # noqa: PLC0415
    from budgetgen.packet.narratives import Narratives  # noqa: PLC0415
    from budgetgen.packet.profile_check import check_file  # noqa: PLC0415

    if not path.is_file():
        raise typer.BadParameter(f"没有这个文件：{path}。")
    shelves, name = _places(templates), path.resolve().parent.name
    if name not in profile_names(shelves):
        return [*check_file(path), *typed_in(path)]
    profile = read_profile(name, shelves)
    settings = Narratives(profile.narrative_folders()).settings.names()
    return [*check_file(path, profile.widest_model, [f"设置.{one}" for one in settings]), *typed_in(path)]


def _profiles(names: Sequence[str], templates: Sequence[Path]) -> dict[str, list[Issue]]:
    """What is wrong with each of these 版式; with all, where none is named."""
    from budgetgen.audit.readback import check_reading  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.check import rulebook, unknown_rules  # noqa: PLC0415
    from budgetgen.layout import profile_names, read_profile  # noqa: PLC0415
    from budgetgen.packet.profile_check import check_profile  # noqa: PLC0415

    shelves = _places(templates)
    found: dict[str, list[Issue]] = {}
    for one in names or profile_names(shelves):
        try:
            profile = read_profile(one, shelves)
            wrong = [*unknown_rules(dict(profile.rules), one, rulebook(profile).rules), *check_profile(profile)]
            sound = not any(i.level is Level.ERROR for i in wrong)
            found[one] = [*wrong, *(check_reading(profile) if sound else ())]
        except Rejected as e:
            found[one] = list(e.issues)
    return found


# ------------------------------------------------------------------------------------------------------------- vars


@template.command("vars", cls=Command)
def vars_command(
    *,
    search: Annotated[str, typer.Option(metavar="文字", help="只列名称或说明里有这些字的，几个词用空格分开。")] = "",
    profile: Annotated[str, profile_option("列哪个版式的短语和设置，不写就列默认的。")] = "",
    markdown: Annotated[bool, typer.Option("--markdown", help="写成 docs/名称表.md 的样子。")] = False,
    templates: Templates,
) -> None:
    """列出模板里能用的名称：算出的数、填报的项、函数、过滤器、短语、设置。"""  # noqa: D400 - shown as help
    from budgetgen.layout import read_profile  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.packet.names import as_markdown, listed  # noqa: PLC0415

    chosen = read_profile(profile, _places(templates))
    if not markdown:
        typer.echo(listed(chosen, search))
        return
    # A file of the project: the same bytes whatever the console's encoding.
    sys.stdout.flush()
    sys.stdout.buffer.write(as_markdown(chosen).encode())


# ---------------------------------------------------------------------------------------------------------- preview


@template.command("preview", cls=Command, no_args_is_help=True)
def preview_command(
    unit: Annotated[Path, unit_argument("用哪个单位的数据：YAML 或填报表.xlsx。")],
    *,
    profile: Annotated[str, profile_option()] = "",
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="文件夹", parser=Path, help="写到哪里，默认写在数据文件旁的“预览”文件夹。"),
    ] = None,
    templates: Templates,
    html: Annotated[bool, typer.Option("--html", help="写成网页；没有 LibreOffice 时也这样写。")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="等着，文件一保存就重新生成；按 Ctrl+C 结束。")] = False,
) -> None:
    """看模板现在的样子：用一个单位的数据生成 PDF 或网页。"""  # noqa: D400 - shown as help
    from budgetgen.preview import Preview  # noqa: PLC0415 - `--help` need not load it

    preview = Preview(unit, out, profile=profile, templates=templates, html=html)
    if not html and not preview.is_pdf:
        typer.echo("没有找到 LibreOffice，写成网页。")
    right = False
    try:
        before = preview.state()
        right, seen = _show(preview, ())
        if watch:
            from budgetgen.preview import changes  # noqa: PLC0415 - as above

            typer.echo("等着文件改动，按 Ctrl+C 结束。")
            for changed in changes(preview, before):
                typer.echo(f"\n改了 {'、'.join(p.name for p in changed)}：")
                right, seen = _show(preview, seen)
    except KeyboardInterrupt:
        typer.echo("\n已停止。")
        right = watch  # the ordinary end of watching, whatever the last rendering came to
    end(good=right)


def _show(preview: Preview, seen: Collection[Issue]) -> tuple[bool, Collection[Issue]]:
    """Render once and tell of it: whether there was something to look at, and every issue, `seen` before or not.

    An error is told each time, for it keeps the pages as they were.
    """
    shown = preview.show()
    say_issues(i for i in shown.issues if i.stops or i not in seen)
    say_written(shown.files)
    if shown.same:
        typer.echo("和刚才一样，没有变化。")
    return bool(shown.files) or shown.same, shown.issues
