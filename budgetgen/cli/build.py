"""One unit: `budgetgen build`, `budgetgen check`, `budgetgen explain`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from budgetgen.cli.app import (
    argument,
    command,
    end,
    kind_option,
    one_of,
    option,
    pdf_option,
    prior_option,
    profile_option,
    say_written,
    templates_option,
    unit_argument,
)

if TYPE_CHECKING:
    from budgetgen.packet.render import Packet


@command("build")
@unit_argument()
@option("-o", "--out", metavar="文件夹", type=Path, help="写到哪里，默认写在数据文件旁的“<单位名称>-<年度>”文件夹。")
@profile_option()
@templates_option
@option("--force", is_flag=True, help="有错误也写出来，只用于查看。")
@prior_option
@pdf_option
@kind_option()
@option(
    "--verify", "reread", is_flag=True, help="写好后再由 openpyxl、python-docx 和 LibreOffice（装了才有）各读一遍，逐个核对。"
)  # fmt: skip
def build_command(
    unit: Path, out: Path | None, profile: str, templates: tuple[Path, ...], prior: Path | None, kind: str,
    *, force: bool, pdf: bool, reread: bool,
) -> None:  # fmt: skip
    """生成一个单位的公开表和决算公开文本。"""  # noqa: D400 - shown as help
    from budgetgen.check import by_cause  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.check.report import cause_text, summary  # noqa: PLC0415
    from budgetgen.pipeline import build  # noqa: PLC0415

    built = build(
        unit, out, profile=profile, templates=templates, force=force, pdf=pdf, prior=prior, reread=reread,
        kind=kind,
    )  # fmt: skip
    causes = by_cause(built.issues)
    for cause in causes:
        click.echo(cause_text(cause), err=cause.head.stops)
    say_written(built.files)
    if reread and built.files and built.packet:
        click.echo(_verified(built.packet))
    click.echo(_summary(summary(causes), written=bool(built.files), draft=built.draft))
    end(good=bool(built.files))


def _verified(packet: Packet) -> str:
    from budgetgen.verify.independent import OFFICE, readers  # noqa: PLC0415 - only `--verify` needs it

    by, count = readers(), sum(len(rendered.printed) for rendered in packet.files.values())
    lacking = "" if OFFICE in by else "没有找到 LibreOffice，装上它就多一遍核对。"
    return f"读回核对：{'、'.join(by)} 读出的 {count} 个数都与计算结果相符。{lacking}"


def _summary(found: str, *, written: bool, draft: bool) -> str:
    if not written:
        return f"没有写出文件：{found}。"
    return f"写出的是草稿，不能公开：{found}。" if draft else f"完成：{found}。"


@command("check")
@unit_argument()
@option(
    "--format", "form", metavar="text|json|html", callback=one_of("text", "json", "html"), default="text",
    help="文字、JSON 或网页；不写就是文字。",
)  # fmt: skip
@profile_option("用哪种版式。")
@templates_option
@prior_option
def check_command(unit: Path, form: str, profile: str, templates: tuple[Path, ...], prior: Path | None) -> None:
    """检查一个单位的数据，不写文件。"""  # noqa: D400 - shown as help
    from budgetgen.check.report import FORMATS  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.pipeline import examine  # noqa: PLC0415

    seen = examine(unit, profile=profile, templates=templates, prior=prior)
    report = FORMATS[form](seen.issues, seen.loaded.accounts if seen.loaded else None)
    click.echo(
        report if form == "text" else report.encode("utf-8"), nl=False
    )  # files are UTF-8, whatever the console is
    end(good=not seen.stops)


@command("explain")
@argument("name", "名称", "规则编号，或数的名称。")
@argument("unit", "[数据文件]", "单位数据：YAML 或填报表.xlsx。", type=Path, required=False)
def explain_command(name: str, unit: Path | None) -> None:
    """说明一条规则，或一个数怎么来的、印在哪里。"""  # noqa: D400 - shown as help
    from budgetgen.explain import explain  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.issues import Rejected  # noqa: PLC0415

    try:
        click.echo(explain(name, unit), nl=False)
    except Rejected as e:
        click.echo("\n".join(map(str, e.issues)), err=True)
        end(good=False)
