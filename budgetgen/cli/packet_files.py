"""Files that were made: `budgetgen verify` tells what a hand changed in them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from budgetgen.cli.app import ERRORS, WRITTEN, WRONG_USAGE, Command, app, one_of, say_lines

if TYPE_CHECKING:
    from budgetgen.verify.changes import Verdict

_SUFFIXES = (".xlsx", ".docx")


@app.command("verify", cls=Command, no_args_is_help=True)
def verify_command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="文件…", parser=Path, help="本程序生成的 .xlsx、.docx，或它们的文件夹，可以几个。"),
    ],
    *,
    form: Annotated[
        str,
        typer.Option("--format", metavar="text|json", parser=one_of("text", "json"), help="文字，或 JSON，一行一处。"),
    ] = "text",
) -> None:
    """核对生成的文件后来有没有人改过：改了哪个数、哪句话，原来是什么。不用数据文件。"""  # noqa: D400 - shown as help
    from budgetgen.verify.changes import State, verdict_of  # noqa: PLC0415 - `--help` need not load it

    code = WRITTEN
    for path in _packet_files(files):
        verdict = verdict_of(_content(path))
        say_lines(_verdict_lines(path, verdict)) if form == "text" else _say_json(path, verdict)
        known = ERRORS if verdict.state is State.CHANGED else WRITTEN
        code = max(code, known if verdict.state.known else WRONG_USAGE)
    raise typer.Exit(code)


def _packet_files(named: Iterable[Path]) -> list[Path]:
    """The files that are named, and those of folders that are."""
    found: list[Path] = []
    for path in named:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in _SUFFIXES and not p.name.startswith("~$"))
            if not inside:
                raise typer.BadParameter(f"“{path}”里没有 .xlsx、.docx 文件。")
            found += inside
        else:
            found.append(path)
    return found


def _content(path: Path) -> bytes:
    from budgetgen.issues import refusal  # noqa: PLC0415 - as above

    try:
        return path.read_bytes()
    except OSError as e:
        raise typer.BadParameter(f"“{path}”读不出来（{refusal(e)}）。") from None


def _verdict_lines(path: Path, verdict: Verdict) -> Iterable[str]:
    count = f" {len(verdict.changes)} 处" if verdict.changes else ""
    why = f"（{verdict.why}）" if verdict.why else ""
    yield f"{path}：{verdict.state.value}{count}{why}。"
    for n, change in enumerate(verdict.changes, 1):
        yield f"  {n}. {change}"


def _say_json(path: Path, verdict: Verdict) -> None:
    head = {"file": str(path), "state": verdict.state.value}
    told: list[dict[str, Any]] = [
        {"what": c.what.value, "where": c.where, "name": c.name, "then": c.then, "now": c.now} for c in verdict.changes
    ]
    for each in told or [{}]:
        typer.echo(json.dumps({**head, **each}, ensure_ascii=False))
