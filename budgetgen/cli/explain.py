"""`budgetgen explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from budgetgen.cli.app import ERRORS, Command, app


@app.command("explain", cls=Command, no_args_is_help=True)
def explain_command(
    name: Annotated[str, typer.Argument(metavar="名称", help="规则编号，或数的名称。", show_default=False)],
    unit: Annotated[
        Path | None, typer.Argument(metavar="数据文件", help="单位数据：YAML 或填报表.xlsx。", show_default=False)
    ] = None,
) -> None:
    """说明一条规则，或一个数怎么来的、印在哪里。"""  # noqa: D400 - shown as help
    from budgetgen.explain import explain  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.issues import Rejected  # noqa: PLC0415

    try:
        typer.echo(explain(name, unit), nl=False)
    except Rejected as e:
        typer.echo("\n".join(map(str, e.issues)), err=True)
        raise typer.Exit(ERRORS) from e
