"""`budgetgen build`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from budgetgen.cli.app import ERRORS, WRITTEN, Command, Prior, Templates, app
from budgetgen.cli.telling import tell_written

if TYPE_CHECKING:
    from budgetgen.packet import Packet


class Only(StrEnum):
    """What of a packet is built."""

    ALL = "all"
    PERFORMANCE = "performance"


@app.command("build", cls=Command, no_args_is_help=True)
def build_command(
    unit: Annotated[
        Path, typer.Argument(metavar="数据文件", help="单位数据：YAML 或填报表.xlsx。", show_default=False)
    ],
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
    force: Annotated[bool, typer.Option("--force", help="有错误也写出来，只用于查看。")] = False,
    prior: Prior = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="另外转成 PDF（要装有 LibreOffice）。")] = False,
    only: Annotated[
        Only, typer.Option(help="只生成其中一部分：performance 只生成绩效自评报告和自评表。", show_default=False)
    ] = Only.ALL,
    reread: Annotated[
        bool,
        typer.Option(
            "--verify", help="写好后再由 openpyxl、python-docx 和 LibreOffice（装了才有）各读一遍，逐个核对。"
        ),
    ] = False,
) -> None:
    """生成一个单位的公开表和决算公开文本。"""  # noqa: D400 - shown as help
    from budgetgen.check import by_cause  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.check.report import cause_text, summary  # noqa: PLC0415
    from budgetgen.pipeline import build  # noqa: PLC0415

    built = build(
        unit, out, profile=profile, templates=templates or (), force=force, pdf=pdf, prior=prior, reread=reread,
        performance_only=only is Only.PERFORMANCE,
    )  # fmt: skip
    causes = by_cause(built.issues)
    for cause in causes:
        typer.echo(cause_text(cause), err=cause.head.stops)
    tell_written(built.files)
    if reread and built.files and built.packet:
        typer.echo(_verified(built.packet))
    typer.echo(_summary(summary(causes), written=bool(built.files), draft=built.draft))
    raise typer.Exit(WRITTEN if built.files else ERRORS)


def _verified(packet: Packet) -> str:
    from budgetgen.verify.independent import OFFICE, readers  # noqa: PLC0415 - only `--verify` needs it

    by, count = readers(), sum(len(rendered.printed) for rendered in packet.files.values())
    lacking = "" if OFFICE in by else "没有找到 LibreOffice，装上它就多一遍核对。"
    return f"读回核对：{'、'.join(by)} 读出的 {count} 个数都与计算结果相符。{lacking}"


def _summary(told: str, *, written: bool, draft: bool) -> str:
    if not written:
        return f"没有写出文件：{told}。"
    return f"写出的是草稿，不能公开：{told}。" if draft else f"完成：{told}。"
