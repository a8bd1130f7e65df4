"""`budgetgen template vars`."""

from __future__ import annotations

from typing import Annotated

import typer

from budgetgen.cli.app import Command
from budgetgen.cli.template.frame import template


@template.command("vars", cls=Command)
def vars_command(
    search: Annotated[
        str,
        typer.Option(
            "--search", metavar="文字", help="只列名称或说明里有这些字的，几个词用空格分开。", show_default=False
        ),
    ] = "",
    markdown: Annotated[bool, typer.Option("--markdown", help="写成 docs/名称表.md 的样子。")] = False,  # noqa: FBT002
) -> None:
    """列出模板里能用的名称：算出的数、填报的项、函数、过滤器。"""  # noqa: D400 - shown as help
    from budgetgen.render.names import as_markdown, listed  # noqa: PLC0415 - `--help` need not load it

    typer.echo(as_markdown(), nl=False) if markdown else typer.echo(listed(search))
