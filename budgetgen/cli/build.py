"""`budgetgen build`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from budgetgen.cli.app import ERRORS, WRITTEN, Command, Templates, app
from budgetgen.cli.telling import counted, tell_all, tell_written
from budgetgen.issues import Issue


@app.command("build", cls=Command, no_args_is_help=True)
def build_command(
    unit: Annotated[Path, typer.Argument(metavar="UNIT.yaml", help="单位数据文件。", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            metavar="文件夹",
            help="写到哪里，默认写在数据文件旁的“<单位名称>-<年度>”文件夹。",
            show_default=False,
        ),
    ] = None,
    profile: Annotated[
        str, typer.Option(metavar="版式", help="用哪种版式，默认用数据文件里写的。", show_default=False)
    ] = "",
    templates: Templates = None,
    force: Annotated[bool, typer.Option("--force", help="有错误也写出来，只用于查看。")] = False,  # noqa: FBT002
    pdf: Annotated[bool, typer.Option("--pdf", help="另外转成 PDF（要装有 LibreOffice）。")] = False,  # noqa: FBT002
) -> None:
    """生成一个单位的公开表和决算公开文本。"""  # noqa: D400 - shown as help
    from budgetgen.pipeline import build  # noqa: PLC0415 - `--help` need not load it

    built = build(unit, out, profile=profile, templates=templates or (), force=force, pdf=pdf)
    tell_all(built.issues)
    tell_written(built.files)
    typer.echo(_summary(built.issues, written=bool(built.files), draft=built.draft))
    raise typer.Exit(WRITTEN if built.files else ERRORS)


def _summary(issues: tuple[Issue, ...], *, written: bool, draft: bool) -> str:
    told = counted(issues)
    if not written:
        return f"没有写出文件：{told}。"
    return f"写出的是草稿，不能公开：{told}。" if draft else f"完成：{told}。"
