"""What a double click starts: a blank form without a file, the packet with one; and the whole command line.

`budgetgen.cmd` (Windows) and `budgetgen` (Linux) run it. Without arguments it writes 填报表.xlsx where one stands, if there is
none, and opens it. With files it builds each and opens the folder that holds the packet. Any other arguments are a command
line (`budgetgen.cmd batch 各单位 -o 结果`) and are run as they stand.

Windows are opened, and a key is waited for, only where a person looks on: where the output is a terminal.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TextIO

from budgetgen import cli

FORM = "填报表.xlsx"
KINDS = (".xlsx", ".xlsm", ".yaml", ".yml")


def command(*arguments: str) -> int:
    """Run one command line as if it were the process's own; its exit code."""
    sys.argv = ["budgetgen", *arguments]
    try:
        cli.main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    return 0


def show(path: Path) -> None:
    """Open a file or a folder as a double click would; where nothing can, its name has been told."""
    if not sys.stdout.isatty():
        return
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            os.startfile(path)
        elif opener := shutil.which("open" if sys.platform == "darwin" else "xdg-open"):
            subprocess.Popen([opener, str(path)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait() -> None:
    """Keep the window that a double click opened until a key is pressed."""
    if sys.platform == "win32" and sys.stdin.isatty() and sys.stdout.isatty():
        import msvcrt  # noqa: PLC0415 - Windows alone has it

        print("\n按任意键关闭窗口。", flush=True)
        msvcrt.getwch()


def blank_form() -> int:
    """A form to fill in where the program was started, unless one lies there."""
    form = Path(FORM).absolute()
    if form.exists():
        print(f"已有 {form}，打开它。")
    elif code := command("new", str(form.parent)):
        return code
    print(f"填好、存盘、关闭后，把 {FORM} 拖到 budgetgen 的图标上，就生成公开材料。", flush=True)
    show(form)
    return 0


class Heard(io.TextIOBase):
    """The output, and what went into it."""

    def __init__(self, out: TextIO) -> None:
        self.out, self.text = out, ""

    def write(self, text: str) -> int:
        self.text += text
        return self.out.write(text)

    def flush(self) -> None:
        self.out.flush()

    def isatty(self) -> bool:
        return self.out.isatty()


def packets(files: list[str]) -> int:
    """The packet of each file; the worst of their exit codes."""
    worst = 0
    for file in files:
        print(f"== {file}", flush=True)
        with contextlib.redirect_stdout(Heard(sys.stdout)) as heard:
            worst = max(worst, command("build", file))
        if written := re.search(r"^已写出 (.+)$", heard.text, re.MULTILINE):
            show(Path(written[1]).absolute().parent)
    return worst


def main(arguments: list[str]) -> int:
    """Exit code: 0 written, 1 errors, 2 wrong usage."""
    if arguments and not all(Path(a).suffix.lower() in KINDS and Path(a).is_file() for a in arguments):
        return command(*arguments)
    code = packets(arguments) if arguments else blank_form()
    wait()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
