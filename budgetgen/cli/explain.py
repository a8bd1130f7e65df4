"""`budgetgen explain`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from budgetgen.cli.frame import ERRORS, WRITTEN, Argument, command


@command
def explain_command(
    name: Annotated[str, Argument(metavar="名称", help="规则编号，或数的名称。")],
    unit: Annotated[Path | None, Argument(metavar="数据文件", help="单位数据：YAML 或填报表.xlsx。")] = None,
) -> int:
    """说明一条规则，或一个数怎么来的、印在哪里。"""  # noqa: D400 - shown as help
    from budgetgen.explain import explain  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.issues import Rejected  # noqa: PLC0415

    try:
        print(explain(name, unit), end="")
    except Rejected as e:
        print("\n".join(map(str, e.issues)), file=sys.stderr)
        return ERRORS
    return WRITTEN
