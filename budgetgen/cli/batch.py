"""`budgetgen batch`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from budgetgen.cli.app import argument, command, end, number, option, pdf_option, profile_option, templates_option
from budgetgen.issues import Rejected

if TYPE_CHECKING:
    from budgetgen.batch import Told

_TIMEOUT = 300.0


@command("batch")
@argument("inputs", "数据…", "文件夹、数据文件、带 * 的写法，或每行一个路径的 .txt 清单。", nargs=-1, required=True)
@option("-o", "--out", metavar="文件夹", type=Path, required=True, help="写到哪里。")
@option("--jobs", metavar="个数", callback=number(int, 1), help="同时做几个，默认与处理器一样多。")
@profile_option("用哪种版式，默认用各数据文件里写的。")
@templates_option
@option("--resume", is_flag=True, help="接着做：没有变的不再做。")
@option("--timeout", metavar="秒", callback=number(float, 0.1), default=str(_TIMEOUT), help="一个单位最多做多久。")
@pdf_option
@option("--fail-fast", is_flag=True, help="有一个没有写出就停。")
@option("--scheduler", metavar="地址", default="", help="在 Dask 集群上做，如 tcp://主机:8786。")
def batch_command(
    inputs: tuple[str, ...], out: Path, jobs: int | None, profile: str, templates: tuple[Path, ...], timeout: float,
    scheduler: str, *, resume: bool, pdf: bool, fail_fast: bool,
) -> None:  # fmt: skip
    """生成许多单位的公开表和决算公开文本，一个出错不影响别的。"""  # noqa: D400 - shown as help
    from budgetgen.batch import WRONG_INPUTS, Options, Settings, run, usual_jobs  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.batch.progress import shown_on  # noqa: PLC0415

    settings = Settings(profile, tuple(t.absolute() for t in templates), pdf)
    options = Options(jobs or usual_jobs(), timeout, resume, fail_fast, scheduler)
    try:
        told = run(inputs, out, settings, options, shown_on(click.echo))
    except Rejected as e:
        if any(i.rule not in WRONG_INPUTS for i in e.issues):
            raise
        raise click.BadParameter("\n".join(f"{i.place or ''}{i.cause}" for i in e.issues)) from e
    click.echo(_summary(told, out))
    end(good=told.all_written)


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
