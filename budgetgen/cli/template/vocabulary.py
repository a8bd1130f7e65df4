"""`budgetgen template vars`."""

from __future__ import annotations

from typing import Annotated

from budgetgen.cli.app import Templates
from budgetgen.cli.frame import Option, command
from budgetgen.cli.telling import write_utf8
from budgetgen.cli.template.frame import places


@command
def vars_command(
    search: Annotated[
        str,
        Option("--search", metavar="文字", help="只列名称或说明里有这些字的，几个词用空格分开。"),
    ] = "",
    profile: Annotated[str, Option("--profile", metavar="版式", help="列哪个版式的短语和设置，不写就列默认的。")] = "",
    markdown: Annotated[bool, Option("--markdown", help="写成 docs/名称表.md 的样子。")] = False,  # noqa: FBT002
    templates: Templates = None,
) -> None:
    """列出模板里能用的名称：算出的数、填报的项、函数、过滤器、短语、设置。"""  # noqa: D400 - shown as help
    from budgetgen.profiles import read_profile  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.render.name_list import as_markdown, listed  # noqa: PLC0415

    chosen = read_profile(profile, places(templates))
    if not markdown:
        print(listed(chosen, search))
    else:
        write_utf8(as_markdown(chosen))
