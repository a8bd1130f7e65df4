"""`budgetgen audit`: what is wrong in packets that somebody published."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from budgetgen.cli.app import ERRORS, WRITTEN, WRONG_USAGE, Command, app, say_issues
from budgetgen.issues import Rejected

Found = Mapping[str, Any]
_LEVELS = ("错误", "疑点", "提示", "口径")


@app.command("audit", cls=Command, no_args_is_help=True)
def audit_command(
    files: Annotated[list[Path], typer.Argument(metavar="文件", parser=Path, help="公开的 .docx 或 .xlsx，可以几个。")],
    *,
    form: Annotated[str, typer.Option("--format", metavar="格式", help="text（默认）或 json，一行一处。")] = "text",
) -> None:
    """审核已公开的材料：哪里自相矛盾，写的是什么，应当是什么。"""  # noqa: D400 - shown as help
    if form not in ("text", "json"):
        raise typer.BadParameter("--format 写 text 或 json。")
    from budgetgen.audit import audit_file  # noqa: PLC0415 - `--help` need not load it

    code = WRITTEN
    for file in files:
        try:
            findings = audit_file(file)
        except Rejected as e:
            say_issues(e.issues)
            code = WRONG_USAGE
            continue
        if any(f["level"] == _LEVELS[0] for f in findings):
            code = max(code, ERRORS)
        _say(file, findings, form)
    raise typer.Exit(code)


def _say(file: Path, findings: Sequence[Found], form: str) -> None:
    if form == "json":
        for finding in findings:
            typer.echo(json.dumps(finding, ensure_ascii=False))
        return
    counted = Counter(str(f["level"]) for f in findings)
    told = "、".join(f"{level} {counted[level]} 处" for level in _LEVELS if counted[level])
    typer.echo(f"{file.name}：{told or '没有发现自相矛盾的地方'}。")
    for finding in findings:
        typer.echo(
            f"{finding['level']} {finding['rule']} {finding['where']}：写的是“{finding['stated']}”，应当是 {finding['expected']}"
        )
        for quote in finding["quote"]:
            typer.echo(f"    “{quote}”")
        for other in finding["also"]:
            typer.echo(f"    同一原因：{other['where']} {other['stated']}，{other['expected']}")
