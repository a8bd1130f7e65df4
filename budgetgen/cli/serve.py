"""`budgetgen serve`: the page from this machine."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from budgetgen.cli.app import Command, Templates, app, number, profile_option
from budgetgen.issues import refusal

_LOCAL = "127.0.0.1"


@app.command("serve", cls=Command)
def serve_command(
    unit: Annotated[
        Path | None,
        typer.Argument(metavar="数据文件", parser=Path, help="打开网页就看这一份；它和版式的文件一保存就重新生成。"),
    ] = None,
    *,
    profile: Annotated[str, profile_option()] = "",
    templates: Templates,
    port: Annotated[int, typer.Option("--port", metavar="端口", parser=number(int, 0), help="默认用空着的。")] = 0,
    host: Annotated[
        str, typer.Option("--host", metavar="地址", help="只给这台电脑用时不写；写了，别的电脑也能连上来。")
    ] = _LOCAL,
    quiet: Annotated[bool, typer.Option("--no-browser", help="不打开浏览器，只显示地址。")] = False,
) -> None:
    """在浏览器里做：同一个网页，由这台电脑上的程序处理。"""  # noqa: D400 - shown as help
    try:
        from budgetgen.web import server  # noqa: PLC0415 - needs what only `budgetgen[serve]` brings
    except ModuleNotFoundError as e:
        raise typer.BadParameter(f'还没有装 {e.name}：pip install "budgetgen[serve]"。') from e
    if unit is not None and not unit.is_file():
        raise typer.BadParameter(f"没有 {unit} 这个文件。")
    local = server.Local(unit, profile, tuple(templates)) if unit else None
    try:
        bound = server.listen(host, port)
    except OSError as e:
        raise typer.BadParameter(f"不能在 {host}:{port} 上等待（{refusal(e)}），换一个 --port。") from e
    made = server.service(bound, host, local)
    shown = server.address(bound, host, made.token)
    if host != _LOCAL:
        typer.echo(
            f"注意：在 {host} 上等待，能连到它、知道下面地址的人都能用。没有加密，只在可信的网络里这样用。", err=True
        )
    typer.echo(f"在浏览器里打开：{shown}\n按 Ctrl+C 停止。")
    if not quiet:
        webbrowser.open(shown)
    server.serve(bound, made)
