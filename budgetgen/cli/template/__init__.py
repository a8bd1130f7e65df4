"""`budgetgen template`: what a maintainer of 版式 needs."""

from __future__ import annotations

from budgetgen.cli.frame import Group

_HOME = "budgetgen.cli.template"
commands = Group(
    "版式：有哪些、新建、取文件来改、检查、查名称。",
    {
        "list": f"{_HOME}.listing:list_command",
        "new": f"{_HOME}.making:new_command",
        "copy": f"{_HOME}.making:copy_command",
        "find": f"{_HOME}.finding:find_command",
        "check": f"{_HOME}.checking:check_command",
        "vars": f"{_HOME}.vocabulary:vars_command",
    },
)
