"""`budgetgen template preview`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from budgetgen.cli.app import ERRORS, WRITTEN, Command, Templates
from budgetgen.cli.telling import tell_all, tell_written
from budgetgen.cli.template.frame import template

if TYPE_CHECKING:
    from collections.abc import Collection

    from budgetgen.issues import Issue
    from budgetgen.preview import Preview


@template.command("preview", cls=Command, no_args_is_help=True)
def preview_command(
    unit: Annotated[
        Path, typer.Argument(metavar="数据文件", help="用哪个单位的数据：YAML 或填报表.xlsx。", show_default=False)
    ],
    profile: Annotated[
        str, typer.Option(metavar="版式", help="用哪种版式，默认用数据文件里写的。", show_default=False)
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="文件夹", help="写到哪里，默认写在数据文件旁的“预览”文件夹。", show_default=False
        ),
    ] = None,
    templates: Templates = None,
    html: Annotated[bool, typer.Option("--html", help="写成网页；没有 LibreOffice 时也这样写。")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="等着，文件一保存就重新生成；按 Ctrl+C 结束。")] = False,
) -> None:
    """看模板现在的样子：用一个单位的数据生成 PDF 或网页。"""  # noqa: D400 - shown as help
    from budgetgen.preview import Preview  # noqa: PLC0415 - `--help` need not load it

    preview = Preview(unit, out, profile=profile, templates=templates or (), html=html)
    if not html and not preview.is_pdf:
        typer.echo("没有找到 LibreOffice，写成网页。")
    try:
        before = preview.state()
        right, told = _show(preview, ())
        if watch:
            from budgetgen.preview import changes  # noqa: PLC0415 - as above

            typer.echo("等着文件改动，按 Ctrl+C 结束。")
            for changed in changes(preview, before):
                typer.echo(f"\n改了 {'、'.join(p.name for p in changed)}：")
                right, told = _show(preview, told)
    except KeyboardInterrupt:
        typer.echo("\n已停止。")
    raise typer.Exit(WRITTEN if right else ERRORS)


def _show(preview: Preview, told: Collection[Issue]) -> tuple[bool, Collection[Issue]]:
    """Render once and tell of it: whether there was something to look at, and every issue, `told` before or not.

    An error is told each time, for it keeps the pages as they were.
    """
    shown = preview.show()
    tell_all(i for i in shown.issues if i.stops or i not in told)
    tell_written(shown.files)
    if shown.same:
        typer.echo("和刚才一样，没有变化。")
    return bool(shown.files) or shown.same, shown.issues
