"""`budgetgen template vars`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from budgetgen.cli.app import Command, Templates
from budgetgen.cli.template.frame import places, template


@template.command("vars", cls=Command)
def vars_command(
    search: Annotated[
        str,
        typer.Option(
            "--search", metavar="文字", help="只列名称或说明里有这些字的，几个词用空格分开。", show_default=False
        ),
    ] = "",
    profile: Annotated[
        str, typer.Option(metavar="版式", help="列哪个版式的短语和设置，不写就列默认的。", show_default=False)
    ] = "",
    markdown: Annotated[bool, typer.Option("--markdown", help="写成 docs/名称表.md 的样子。")] = False,
    templates: Templates = None,
) -> None:
    """列出模板里能用的名称：算出的数、填报的项、函数、过滤器、短语、设置。"""  # noqa: D400 - shown as help
    from budgetgen.layout import read_profile  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.packet.name_list import as_markdown, listed  # noqa: PLC0415

    chosen = read_profile(profile, places(templates))
    if not markdown:
        typer.echo(listed(chosen, search))
        return
    # A file of the project: the same bytes whatever the console's encoding.
    sys.stdout.flush()
    sys.stdout.buffer.write(as_markdown(chosen).encode())
