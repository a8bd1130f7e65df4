"""`budgetgen batch`, and how it shows where it is."""

from __future__ import annotations

import sys
import time
from collections import Counter
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from budgetgen.cli.app import Command, NoMarks, Pdf, Templates, app, end, kind_option, number, profile_option
from budgetgen.issues import Rejected

if TYPE_CHECKING:
    from budgetgen.batch.run import Summary

_TIMEOUT = 300.0
_EVERY_SECONDS, _MOVES_SECONDS = 10.0, 0.25


@app.command("batch", cls=Command, no_args_is_help=True)
def batch_command(
    inputs: Annotated[
        list[str], typer.Argument(metavar="数据…", help="文件夹、数据文件、带 * 的写法，或每行一个路径的 .txt 清单。")
    ],
    *,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="文件夹", parser=Path, help="写到哪里。")],
    jobs: Annotated[
        int | None, typer.Option(metavar="个数", parser=number(int, 1), help="同时做几个，默认与处理器一样多。")
    ] = None,
    kind: Annotated[str, kind_option("做哪种材料，默认用各数据文件里写的。")] = "",
    profile: Annotated[str, profile_option("用哪种版式，默认用各数据文件里写的。")] = "",
    templates: Templates,
    resume: Annotated[bool, typer.Option("--resume", help="接着做：没有变的不再做。")] = False,
    timeout: Annotated[
        float,
        typer.Option(metavar="秒", parser=number(float, 0.1), show_default=False, help="一个单位最多做多久。"),
    ] = _TIMEOUT,
    pdf: Pdf = False,
    no_marks: NoMarks = False,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="有一个没有写出就停。")] = False,
    scheduler: Annotated[str, typer.Option(metavar="地址", help="在 Dask 集群上做，如 tcp://主机:8786。")] = "",
) -> None:
    """生成许多单位的公开表和决算公开文本，一个出错不影响别的。"""  # noqa: D400 - shown as help
    from budgetgen.batch.inputs import WRONG_INPUTS  # noqa: PLC0415
    from budgetgen.batch.job import Settings  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.batch.run import Options, run, usual_jobs  # noqa: PLC0415

    settings = Settings(profile, tuple(t.absolute() for t in templates), pdf, kind, not no_marks)
    options = Options(jobs or usual_jobs(), timeout, resume, fail_fast, scheduler)
    try:
        summary = run(inputs, out, settings, options, Progress())
    except Rejected as e:
        if any(i.rule not in WRONG_INPUTS for i in e.issues):
            raise
        raise typer.BadParameter("\n".join(f"{i.place or ''}{i.cause}" for i in e.issues)) from e
    typer.echo(last_lines(summary, out))
    end(good=summary.all_written)


def last_lines(summary: Summary, out: Path) -> str:
    """The last lines of a run."""
    from budgetgen.batch.results import BOOK, PAGE  # noqa: PLC0415 - `--help` need not load it

    kept = f"；其中未变的 {summary.kept} 个没有再做" if summary.kept else ""
    lines = [f"共 {summary.endings.total()} 个单位{_counted(summary.endings)}{kept}。"]
    if summary.others:
        lines.append(f"另有 {summary.others} 个文件不是数据文件，没有取。")
    if summary.stopped:
        lines.append(f"没有做完：{summary.stopped}。处理后加上 --resume 再运行。")
    lines.append(f"结果：{out / BOOK}、{out / PAGE}")
    return "\n".join(lines)


class Progress:
    """Where a run is: a line that changes in place on a terminal, a plain line at most every ten seconds elsewhere.

    `err`: plain lines go to the error stream as well.
    """

    def __init__(self, *, err: bool = False) -> None:
        self._err = err
        self._moves = sys.stderr is not None and sys.stderr.isatty()
        self.begin("", 0)

    def begin(self, title: str, total: int) -> None:
        """A new stretch of work, in place of the one before."""
        self._title, self._total, self._done = title, total, 0
        self._endings: Counter[Enum] = Counter()
        self._begun = self._shown = time.monotonic()

    def step(self, ending: Enum | None = None) -> None:
        """One more is done."""
        self._done += 1
        if ending is not None:
            self._endings[ending] += 1
        now = time.monotonic()
        if now - self._shown < (_MOVES_SECONDS if self._moves else _EVERY_SECONDS):
            return
        self._shown = now
        line = f"{self._title} {progress_text(self._done, self._total, now - self._begun)}{_counted(self._endings)}"
        if self._moves:
            typer.echo(f"\r\x1b[K{line}", nl=False, err=True)
        else:
            typer.echo(line, err=self._err)

    def end(self) -> None:
        """No more is to come, for whatever reason: the line is taken away."""
        if self._moves:
            typer.echo("\r\x1b[K", nl=False, err=True)


def progress_text(done: int, total: int, seconds: float) -> str:
    """`120/2000，每分钟 480 个，还要 4 分钟`."""
    rate = done / seconds if seconds > 0 else 0.0
    text = f"{done}/{total}" if total else f"{done}"
    if done and seconds >= 1:
        text += f"，每分钟 {rate * 60:.0f} 个"
        if total > done:
            text += f"，还要 {_duration((total - done) / rate)}"
    return text


def _duration(seconds: float) -> str:
    """`3 小时 5 分钟`, `4 分钟`, `20 秒`."""
    minutes, hours = round(seconds / 60), int(seconds // 3600)
    if hours:
        return f"{hours} 小时 {round(seconds / 60) - hours * 60} 分钟"
    return f"{minutes} 分钟" if minutes else f"{round(seconds)} 秒"


def _counted(endings: Counter[Any]) -> str:
    """`，成品 118、草稿 2`: how many ended how, the best first."""
    kind: type[Enum] | None = next((type(e) for e in endings), None)
    text = "、".join(f"{e.value} {endings[e]}" for e in reversed(list(kind)) if endings[e]) if kind else ""
    return f"，{text}" if text else ""
