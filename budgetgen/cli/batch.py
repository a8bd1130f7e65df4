"""`budgetgen batch`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from budgetgen.cli.app import ERRORS, WRITTEN, Command, Templates, app
from budgetgen.issues import Rejected

if TYPE_CHECKING:
    from budgetgen.batch import Told

_TIMEOUT = 300.0


@app.command("batch", cls=Command, no_args_is_help=True)
def batch_command(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="数据…", help="文件夹、数据文件、带 * 的写法，或每行一个路径的 .txt 清单。", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="文件夹", help="写到哪里。", show_default=False)],
    jobs: Annotated[
        int | None, typer.Option(metavar="个数", min=1, help="同时做几个，默认与处理器一样多。", show_default=False)
    ] = None,
    profile: Annotated[
        str, typer.Option(metavar="版式", help="用哪种版式，默认用各数据文件里写的。", show_default=False)
    ] = "",
    templates: Templates = None,
    resume: Annotated[bool, typer.Option("--resume", help="接着做：没有变的不再做。")] = False,
    timeout: Annotated[
        float, typer.Option(metavar="秒", min=0.1, help="一个单位最多做多久。", show_default=False)
    ] = _TIMEOUT,
    pdf: Annotated[bool, typer.Option("--pdf", help="另外转成 PDF（要装有 LibreOffice）。")] = False,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="有一个没有写出就停。")] = False,
    scheduler: Annotated[
        str, typer.Option(metavar="地址", help="在 Dask 集群上做，如 tcp://主机:8786。", show_default=False)
    ] = "",
) -> None:
    """生成许多单位的公开表和决算公开文本，一个出错不影响别的。"""  # noqa: D400 - shown as help
    from budgetgen.batch import WRONG_INPUTS, Options, Settings, run, usual_jobs  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.batch.progress import shown_on  # noqa: PLC0415

    settings = Settings(profile, tuple(t.absolute() for t in templates or ()), pdf)
    options = Options(jobs or usual_jobs(), timeout, resume, fail_fast, scheduler)
    try:
        told = run(inputs, out, settings, options, shown_on(typer.echo))
    except Rejected as e:
        if any(i.rule not in WRONG_INPUTS for i in e.issues):
            raise
        raise typer.BadParameter("\n".join(f"{i.place or ''}{i.cause}" for i in e.issues)) from e
    typer.echo(_summary(told, out))
    raise typer.Exit(WRITTEN if told.all_written else ERRORS)


def _summary(told: Told, out: Path) -> str:
    """The last lines of a run."""
    from budgetgen.batch import page, progress, workbook  # noqa: PLC0415

    kept = f"；其中未变的 {told.kept} 个没有再做" if told.kept else ""
    lines = [f"共 {told.endings.total()} 个单位{progress.counted(told.endings)}{kept}。"]
    if told.others:
        lines.append(f"另有 {told.others} 个文件不是数据文件，没有取。")
    if told.stopped:
        lines.append(f"没有做完：{told.stopped}。处理后加上 --resume 再运行。")
    lines.append(f"结果：{out / workbook.NAME}、{out / page.NAME}")
    return "\n".join(lines)
