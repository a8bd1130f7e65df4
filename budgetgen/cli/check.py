"""`budgetgen check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from budgetgen.cli.app import ERRORS, WRITTEN, Command, Prior, Templates, app


@app.command("check", cls=Command, no_args_is_help=True)
def check_command(
    unit: Annotated[
        Path, typer.Argument(metavar="数据文件", help="单位数据：YAML 或填报表.xlsx。", show_default=False)
    ],
    form: Annotated[str, typer.Option("--format", metavar="text|json|html", help="文字、JSON 或网页。")] = "text",
    profile: Annotated[str, typer.Option(metavar="版式", help="用哪种版式。", show_default=False)] = "",
    templates: Templates = None,
    prior: Prior = None,
) -> None:
    """检查一个单位的数据，不写文件。"""  # noqa: D400 - shown as help
    from budgetgen.check.report import FORMATS  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.pipeline import examine  # noqa: PLC0415

    if form not in FORMATS:
        raise typer.BadParameter(f"只有 {'、'.join(FORMATS)}。", param_hint="--format")
    seen = examine(unit, profile=profile, templates=templates or (), prior=prior)
    told = FORMATS[form](seen.issues, seen.loaded.accounts if seen.loaded else None)
    typer.echo(told if form == "text" else told.encode("utf-8"), nl=False)  # files are UTF-8, whatever the console is
    raise typer.Exit(ERRORS if seen.stops else WRITTEN)
