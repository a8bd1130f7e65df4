"""The commands there are, and the frame of a run: streams, usage errors in Chinese, the exit code."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from budgetgen import __version__
from budgetgen.cli.frame import ERRORS, WRONG_USAGE, Group, Option, WrongUsage
from budgetgen.issues import Rejected

Templates = Annotated[
    list[Path] | None,
    Option("--templates", metavar="文件夹", help="自己的版式在哪个文件夹，可以写几次，先写的先找。"),
]
"""The option of every command that looks for 版式."""

Prior = Annotated[
    Path | None,
    Option("--prior", metavar="上年文件", help="上年的数据文件，或上年公开的 xlsx、docx，用来核对上年数。"),
]
"""The option of every command that checks."""

_COMMANDS = {
    "build": "budgetgen.cli.build:build_command",
    "check": "budgetgen.cli.check:check_command",
    "explain": "budgetgen.cli.explain:explain_command",
    "new": "budgetgen.cli.forms:new_command",
    "convert": "budgetgen.cli.forms:convert_command",
    "template": "budgetgen.cli.template:commands",
}
app = Group(
    "由一份单位决算数据生成整套部门决算公开材料：九张公开表（xlsx）和公开文本（docx）。",
    _COMMANDS,
    **{"--version": "显示版本。"},
)


def main() -> None:
    """Entry point: runs the command and ends the process with its exit code."""
    # One command makes little garbage: looking for it every 700 new objects takes a tenth of its time.
    gc.set_threshold(100_000, 50, 50)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a GBK console lacks some characters; none may stop a build
    sys.exit(run(sys.argv[1:]))


def run(line: Sequence[str]) -> int:
    """Run the command that `line` gives, as behind `budgetgen` in a shell; its exit code."""
    if line and line[0] == "--version":
        print(f"budgetgen {__version__}")
        return 0
    try:
        return app.run("budgetgen", line)
    except Rejected as e:
        from budgetgen.cli.telling import tell_all  # noqa: PLC0415 - most runs end well

        tell_all(e.issues)
        return ERRORS
    except WrongUsage as e:
        told = str(e)
        is_help = told.startswith("用法：")
        print(told if is_help else f"用法不对：{told}\n输入 budgetgen --help 看说明。", file=sys.stderr)
        return WRONG_USAGE
    except KeyboardInterrupt:
        print("已停止。", file=sys.stderr)
        return ERRORS
    except BrokenPipeError:  # who reads has seen enough
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - the process ends here
        return ERRORS
