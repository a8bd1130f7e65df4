"""`budgetgen build`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from budgetgen.cli.app import Prior, Templates
from budgetgen.cli.frame import ERRORS, WRITTEN, Argument, Option, command
from budgetgen.cli.telling import tell, tell_written


@command
def build_command(
    unit: Annotated[Path, Argument(metavar="数据文件", help="单位数据：YAML 或填报表.xlsx。")],
    out: Annotated[
        Path | None,
        Option("-o", "--out", metavar="文件夹", help="写到哪里，默认写在数据文件旁的“<单位名称>-<年度>”文件夹。"),
    ] = None,
    profile: Annotated[str, Option("--profile", metavar="版式", help="用哪种版式，默认用数据文件里写的。")] = "",
    templates: Templates = None,
    force: Annotated[bool, Option("--force", help="有错误也写出来，只用于查看。")] = False,  # noqa: FBT002
    prior: Prior = None,
    pdf: Annotated[bool, Option("--pdf", help="另外转成 PDF（要装有 LibreOffice）。")] = False,  # noqa: FBT002
) -> int:
    """生成一个单位的公开表和决算公开文本。"""  # noqa: D400 - shown as help
    from budgetgen.check import by_cause  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.check.report import cause_text, summary  # noqa: PLC0415
    from budgetgen.pipeline import build  # noqa: PLC0415

    built = build(unit, out, profile=profile, templates=templates or (), force=force, pdf=pdf, prior=prior)
    causes = by_cause(built.issues)
    for cause in causes:
        tell(cause_text(cause), error=cause.head.stops)
    tell_written(built.files)
    print(_summary(summary(causes), written=bool(built.files), draft=built.draft))
    return WRITTEN if built.files else ERRORS


def _summary(told: str, *, written: bool, draft: bool) -> str:
    if not written:
        return f"没有写出文件：{told}。"
    return f"写出的是草稿，不能公开：{told}。" if draft else f"完成：{told}。"
