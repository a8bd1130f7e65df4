"""`budgetgen check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from budgetgen.cli.app import Prior, Templates
from budgetgen.cli.frame import ERRORS, WRITTEN, Argument, Option, WrongUsage, command
from budgetgen.cli.telling import write_utf8


@command
def check_command(
    unit: Annotated[Path, Argument(metavar="数据文件", help="单位数据：YAML 或填报表.xlsx。")],
    form: Annotated[str, Option("--format", metavar="text|json|html", help="文字、JSON 或网页。")] = "text",
    profile: Annotated[str, Option("--profile", metavar="版式", help="用哪种版式。")] = "",
    templates: Templates = None,
    prior: Prior = None,
) -> int:
    """检查一个单位的数据，不写文件。"""  # noqa: D400 - shown as help
    from budgetgen.check.report import FORMATS  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.pipeline import examine  # noqa: PLC0415

    if form not in FORMATS:
        raise WrongUsage(f"--format 只有 {'、'.join(FORMATS)}。")
    seen = examine(unit, profile=profile, templates=templates or (), prior=prior)
    told = FORMATS[form](seen.issues, seen.loaded.accounts if seen.loaded else None)
    if form == "text":
        print(told, end="")
    else:
        write_utf8(told)
    return ERRORS if seen.stops else WRITTEN
