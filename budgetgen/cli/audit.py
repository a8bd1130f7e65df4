"""`budgetgen audit`: what is wrong in packets that somebody published."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from budgetgen.cli.app import ERRORS, WRITTEN, WRONG_USAGE, Command, app, number, one_of

if TYPE_CHECKING:
    from budgetgen.batch.audit_outcome import Audited, AuditRun

_TIMEOUT = 300.0
_KEYS = ("rule", "level", "quote", "stated", "expected", "where", "also")


@app.command("audit", cls=Command, no_args_is_help=True)
def audit_command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="文件…", parser=Path, help="公开的文件、文件夹或压缩包，可以几个。"),
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="文件夹", parser=Path, help="把带批注的原件、审核结果.xlsx 和 .html 写到哪里。"
        ),
    ] = None,
    form: Annotated[
        str,
        typer.Option("--format", metavar="text|json", parser=one_of("text", "json"), help="文字，或 JSON，一行一处。"),
    ] = "text",
    jobs: Annotated[
        int | None,
        typer.Option("-j", "--jobs", metavar="个数", parser=number(int, 1), help="同时审几份，默认与处理器一样多。"),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="接着做：没有变的不再审，要有 -o。")] = False,
    timeout: Annotated[
        float,
        typer.Option(metavar="秒", parser=number(float, 0.1), show_default=False, help="一份最多审多久。"),
    ] = _TIMEOUT,
    prior: Annotated[
        Path | None, typer.Option(metavar="上年公开", parser=Path, help="上年公开的同一份材料，核对增减和上年数。")
    ] = None,
    unit: Annotated[
        Path | None, typer.Option(metavar="单位数据", parser=Path, help="单位的 unit.yaml 或填报表，逐个核对公开的数。")
    ] = None,
    units: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="单位预算",
            parser=Path,
            help="审部门预算时，各单位的预算（公开的或数据文件），一个单位写一次，核对部门是不是各单位之和。",
        ),
    ] = None,
) -> None:
    """审核已公开的材料：哪里自相矛盾，写的是什么，应当是什么。"""  # noqa: D400 - shown as help
    if resume and out is None:
        raise typer.BadParameter("--resume 要同 -o 一起用。")
    if (prior or unit or units) and len(files) != 1:
        raise typer.BadParameter("--prior、--unit、--units 一次只审一份材料。")
    from budgetgen.audit.beside import Beside  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.batch.audits import AuditOptions, audit_all  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.batch.run import usual_jobs  # noqa: PLC0415
    from budgetgen.cli.batch import Progress  # noqa: PLC0415

    options = AuditOptions(jobs or usual_jobs(), timeout, resume, Beside(prior, unit, tuple(units or ())))
    with audit_all(files, out, options, Progress(err=True)) as run:
        _say_json(run) if form == "json" else _say(run)
        if out is not None:
            _say_written(run, out, quietly=form == "json")
        code = _code(run)
    raise typer.Exit(code)


def _code(run: AuditRun) -> int:
    """2 where a packet can't be read, 1 where one has an error, else 0."""
    from budgetgen.batch.audit_outcome import Verdict  # noqa: PLC0415 - as above

    if run.verdicts.keys() & {Verdict.CRASHED, Verdict.UNREADABLE, Verdict.NOT_DONE}:
        return WRONG_USAGE
    return ERRORS if run.verdicts[Verdict.WRONG] else WRITTEN


def _say_json(run: AuditRun) -> None:
    for outcome in run:
        _say_issues(outcome)
        for finding in outcome.findings:
            told = {"doc": outcome.packet, **{key: finding[key] for key in _KEYS}}
            typer.echo(json.dumps(told, ensure_ascii=False))


def _say_issues(outcome: Audited) -> None:
    for issue in outcome.issues:
        typer.echo(f"{outcome.packet}：{issue}", err=True)


def _say(run: AuditRun) -> None:
    """The summary first; then packet by packet what was found."""
    from budgetgen.batch.audit_outcome import Verdict  # noqa: PLC0415 - as above

    counts: Counter[str] = Counter()
    for outcome in run:
        counts += outcome.counts
    if len(run.outcomes) > 1:
        verdicts = "、".join(f"{v.value} {run.verdicts[v]} 份" for v in Verdict if run.verdicts[v])
        typer.echo(f"审核 {len(run.outcomes)} 份：{verdicts}；{_counted(counts)}。")
    for outcome in run:
        _say_issues(outcome)
        _say_packet(outcome)


def _counted(counts: Counter[str]) -> str:
    from budgetgen.batch.audit_outcome import LEVELS  # noqa: PLC0415 - as above

    told = "、".join(f"{level} {counts[level]} 处" for level in LEVELS if counts[level])
    return told or "没有发现自相矛盾的地方"


def _say_packet(outcome: Audited) -> None:
    from budgetgen.batch.audit_outcome import Verdict  # noqa: PLC0415 - as above

    if outcome.verdict in (Verdict.CRASHED, Verdict.UNREADABLE, Verdict.NOT_DONE):
        return
    unit = f"（{outcome.unit}）" if outcome.unit and outcome.unit not in outcome.packet else ""
    typer.echo(f"\n{outcome.packet}{unit}：{_counted(outcome.counts)}。")
    for n, finding in enumerate(outcome.findings, start=1):
        _say_finding(n, finding)


def _say_finding(n: int, finding: Any) -> None:
    where = f"{finding['where']}：" if finding["where"] else ""
    typer.echo(f"{n}. {finding['head']}\n   {where}{finding['sentence']}")
    for k, (at, *words) in enumerate(finding["sides"]):
        label = "原文" if k == 0 else f"{'又一处' if words[1] == finding['stated'] else '对照'} {at}"
        typer.echo(f"   {label}：“{''.join(words)}”")
    for line in finding["follow"]:
        typer.echo(f"   {line}")


def _say_written(run: AuditRun, out: Path, *, quietly: bool) -> None:
    from budgetgen.batch.audit_tables import BOOK, PAGE  # noqa: PLC0415 - as above

    copies = sum(len(outcome.copies) for outcome in run)
    kept = f"；其中未变的 {run.kept} 份没有再审" if run.kept else ""
    stopped = f"没有做完：{run.stopped}。处理后加上 --resume 再运行。\n" if run.stopped else ""
    typer.echo(f"\n{stopped}带批注的原件 {copies} 个{kept}。结果：{out / BOOK}、{out / PAGE}", err=quietly)
