"""`budgetgen template find`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from budgetgen.cli.app import ERRORS, WRITTEN, Command, Templates
from budgetgen.cli.template.frame import places, template

if TYPE_CHECKING:
    from budgetgen.layout import Profile
    from budgetgen.layout.listing import Part


@template.command("find", cls=Command, no_args_is_help=True)
def find_command(
    text: Annotated[str, typer.Argument(metavar="文字", help="几个字，不含数字和单位名称。", show_default=False)],
    profile: Annotated[str, typer.Option(metavar="版式", help="哪个版式，不写就是默认的。", show_default=False)] = "",
    templates: Templates = None,
) -> None:
    """找一句话在哪个文件里。"""  # noqa: D400 - shown as help
    from budgetgen.layout import read_profile  # noqa: PLC0415 - `--help` need not load it

    found = list(_found(read_profile(profile, places(templates)), text))
    for place, line in found:
        typer.echo(place)
        typer.echo(f"    {line}")
    if not found:
        typer.echo(f"没有找到“{text}”。句子由几段拼成，少写几个字再找。")
    raise typer.Exit(WRITTEN if found else ERRORS)


def _found(profile: Profile, text: str) -> Iterator[tuple[str, str]]:
    """Where the text stands in the files of a 版式, each place with its whole line."""
    from budgetgen.layout.listing import parts  # noqa: PLC0415 - `--help` need not load it

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
