"""One unit: `budgetgen build`, `check`, `explain`, and the forms to fill in: `new`, `convert`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from budgetgen.cli.app import (
    Command,
    NoMarks,
    Pdf,
    Prior,
    Templates,
    app,
    end,
    kind_option,
    number,
    one_of,
    profile_option,
    say_issues,
    say_lines,
    say_written,
    unit_argument,
)
from budgetgen.issues import Issue, Level, Rejected

if TYPE_CHECKING:
    from budgetgen.check.report import ToFill
    from budgetgen.packet.render import Packet
    from budgetgen.pipeline import Built, Examined

Written = tuple[Sequence[Path], Sequence[Issue]]


@app.command("build", cls=Command, no_args_is_help=True)
def build_command(
    unit: Annotated[Path, unit_argument()],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            metavar="文件夹",
            parser=Path,
            help="写到哪里，默认写在数据文件旁的“<单位名称>-<年度>”文件夹。",
        ),
    ] = None,
    profile: Annotated[str, profile_option()] = "",
    templates: Templates,
    force: Annotated[bool, typer.Option("--force", help="有错误也写出来，只用于查看。")] = False,
    prior: Prior = None,
    pdf: Pdf = False,
    kind: Annotated[str, kind_option()] = "",
    reread: Annotated[
        bool,
        typer.Option(
            "--verify", help="写好后再由 openpyxl、python-docx 和 LibreOffice（装了才有）各读一遍，逐个核对。"
        ),
    ] = False,
    notes: Annotated[
        bool,
        typer.Option("--notes", help="另写底稿：每个数的批注说明怎么来的，表里的合计是公式；给签字的人看，不公开。"),
    ] = False,
    no_marks: NoMarks = False,
) -> None:
    """生成一个单位的公开表和决算公开文本。"""  # noqa: D400 - shown as help
    from budgetgen.pipeline import build  # noqa: PLC0415 - `--help` need not load it

    built = build(
        unit, out, profile=profile, templates=templates, force=force, pdf=pdf, prior=prior, reread=reread,
        kind=kind, marks=not no_marks,
    )  # fmt: skip
    _say_built(unit, built)
    if reread and built.files and built.packet:
        typer.echo(_verified(built.packet))
    if notes and built.files:
        from budgetgen.working_papers import write_working_papers  # noqa: PLC0415 - few builds write them

        _write(lambda: (write_working_papers(built), ()))
    if not built.files:
        _annotate(unit, built.issues, built.to_fill, unit.with_name(f"{unit.stem}.检查.xlsx"))
    end(good=bool(built.files))


def _verified(packet: Packet) -> str:
    from budgetgen.verify.independent import OFFICE, readers  # noqa: PLC0415 - only `--verify` needs it

    by, count = readers(), sum(len(rendered.printed) for rendered in packet.files.values())
    lacking = "" if OFFICE in by else "没有找到 LibreOffice，装上它就多一遍核对。"
    return f"读回核对：{'、'.join(by)} 读出的 {count} 个数都与计算结果相符。{lacking}"


def _say_built(unit: Path, built: Built) -> None:
    """Whether it worked and where, first; what there is to see, in a few lines where it did, whole where not."""
    from budgetgen.check.report import by_cause, entry_lines, is_to_fill, summary, to_fill_lines  # noqa: PLC0415

    causes = by_cause(i for i in built.issues if not is_to_fill(i))
    found = summary(causes, built.to_fill)
    if not built.files:
        say_lines([f"没有写出文件：{found}。" if causes or not built.to_fill else "没有写出文件。"])
    else:
        where = f"{len(built.files)} 个文件，在 {built.files[0].parent} 文件夹"
        done = f"写出的是草稿，不能公开（{where}）" if built.draft else f"完成：写好 {where}"
        say_lines([f"{done}。{found}。{f'{built.numbers.words}。' if built.numbers else ''}"])
        say_written(built.files)
    grave = [c for c in causes if c.head.stops]
    rest = [c for c in causes if not c.head.stops]
    say_lines([*entry_lines(grave), *to_fill_lines(built.to_fill)])
    notes = [c for c in rest if c.head.level is Level.NOTE]
    told = list(entry_lines((c for c in rest if c.head.level is not Level.NOTE), short=bool(built.files)))
    if notes:
        told.append(f"提示 {len(notes)} 处：{'、'.join(dict.fromkeys(c.head.rule for c in notes))}")
    if told:
        say_lines([*told, f"逐条看：budgetgen check {unit}"])


def _annotate(
    unit: Path, issues: Sequence[Issue], items: Sequence[ToFill], target: Path, *, aside: bool = False
) -> None:
    """Write a form with each message at its cell as `target`; where there is nothing to write it stays.

    Nothing where `unit` is no form, which is told where its notes were asked for. `aside`: what is told is no part of a report.
    """
    from budgetgen.audit.form_notes import annotated_form  # noqa: PLC0415 - few runs write notes
    from budgetgen.office.files import write_files  # noqa: PLC0415
    from budgetgen.reading import is_form_file  # noqa: PLC0415

    if not is_form_file(unit):
        if unit == target and unit.exists():
            typer.echo(f"批注只写在填报表里，{unit} 不是填报表。", err=aside)
        return
    data, count = annotated_form(unit.read_bytes(), issues, items)
    if count or unit == target:
        write_files(target.parent, {target.name: data}, lambda _name, _data: ())
        told = f"{count} 格有批注" if count else "没有要批注的，以前的批注去掉了"
        typer.echo(f"批注写在 {target}：{told}。", err=aside)


@app.command("check", cls=Command, no_args_is_help=True)
def check_command(
    unit: Annotated[
        Path, unit_argument("单位数据：YAML 或填报表.xlsx；也可以是公开的表（.xlsx）、公开文本（.docx）。")
    ],
    *,
    form: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="text|json|html",
            parser=one_of("text", "json", "html"),
            show_default=False,
            help="文字、JSON 或网页；不写就是文字。",
        ),
    ] = "text",
    profile: Annotated[str, profile_option("用哪种版式。")] = "",
    templates: Templates,
    prior: Prior = None,
    kind: Annotated[str, kind_option()] = "",
    annotate: Annotated[
        bool, typer.Option("--annotate", help="填报表：把每条问题写成它那一格的批注，并涂上颜色；以前写的批注去掉。")
    ] = False,
) -> None:
    """检查一个单位的数据，不写文件。"""  # noqa: D400 - shown as help
    from budgetgen.check.report import FORMATS  # noqa: PLC0415 - `--help` need not load it
    from budgetgen.pipeline import examine  # noqa: PLC0415
    from budgetgen.reading import is_published  # noqa: PLC0415

    look: Callable[..., Examined] = examine
    if is_published(unit):
        from budgetgen.audit.check_published import check_published  # noqa: PLC0415 - few inputs are published packets

        look = check_published
    seen = look(unit, profile=profile, templates=templates, prior=prior, kind=kind)
    report = FORMATS[form]((*seen.issues, *seen.in_texts), seen.loaded.accounts if seen.loaded else None, seen.to_fill)
    if form == "text":
        say_lines(report.splitlines())
    else:
        typer.echo(report.encode("utf-8"), nl=False)  # files are UTF-8, whatever the console is
    if annotate:
        _annotate(unit, seen.issues, seen.to_fill, unit, aside=form != "text")
    end(good=not seen.stops)


@app.command("explain", cls=Command, no_args_is_help=True)
def explain_command(
    what: Annotated[
        str,
        typer.Argument(
            metavar="问什么",
            help="数的名称或叫法，印出来的数（5197.49、8.61%），表的格（公开05!E11），数据的格或行（收支明细!O9、unit.yaml:57），一段文字，规则编号。",
        ),
    ],
    unit: Annotated[
        Path | None,
        typer.Argument(
            metavar="[数据文件]", parser=Path, help="单位数据：YAML 或填报表.xlsx；也可以是它旁边生成的文件。"
        ),
    ] = None,
    *,
    depth: Annotated[
        int, typer.Option("--depth", metavar="层数", parser=number(int, 0), show_default=False, help="往下看几层；不写就看到底。")
    ] = 12,
    form: Annotated[
        str,
        typer.Option(
            "--format", metavar="text|json|html", parser=one_of("text", "json", "html"), show_default=False,
            help="文字、JSON 或可以打印的网页；不写就是文字。",
        ),
    ] = "text",
    profile: Annotated[str, profile_option()] = "",
    templates: Templates,
) -> None:  # fmt: skip
    """说明一个数怎么来的、印在哪里、用在哪里；或一条规则。"""  # noqa: D400 - shown as help
    from budgetgen.explain import FORMATS, explain  # noqa: PLC0415 - `--help` need not load it

    try:
        said = FORMATS[form](explain(what, unit, profile=profile, templates=tuple(templates), depth=depth))
    except Rejected as e:
        say_issues(e.issues)
        end(good=False)
    typer.echo(said if form == "text" else said.encode("utf-8"), nl=False)


@app.command("new", cls=Command, no_args_is_help=True)
def new_command(
    folder: Annotated[Path, typer.Argument(metavar="文件夹", parser=Path, help="写到哪里。")],
    *,
    kind: Annotated[str, kind_option("做哪种材料的，如 绩效自评；不写是决算公开的。")] = "",
    profile: Annotated[str, profile_option("用哪种版式。")] = "",
    templates: Templates,
    yaml: Annotated[bool, typer.Option("--yaml", help="写 unit.yaml 和补全用的结构文件，不写填报表。")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="已有同名文件时覆盖它。")] = False,
) -> None:
    """写一份空白的填报表（xlsx），填好后用 build 生成。"""  # noqa: D400 - shown as help
    from budgetgen.convert import new  # noqa: PLC0415 - `--help` need not load it

    def write() -> Written:
        made = new(folder, profile=profile, kind=kind, templates=templates, yaml=yaml, overwrite=overwrite)
        return made, ()

    _write(write)


@app.command("convert", cls=Command, no_args_is_help=True)
def convert_command(
    source: Annotated[
        Path, typer.Argument(metavar="原文件", parser=Path, help="YAML、填报表，或公开的 .xlsx、.docx。")
    ],
    target: Annotated[
        Path, typer.Argument(metavar="新文件", parser=Path, help="写成哪个文件：填报表（.xlsx）或 YAML（.yaml）。")
    ],
    *,
    next_year: Annotated[
        bool, typer.Option("--next-year", help="写下一年的：上年数由它填好，金额和原因待填写。")
    ] = False,
    kind: Annotated[
        str, typer.Option("--to", metavar="材料", help="写成另一种材料的，如 决算公开：原文件里有的先填好。")
    ] = "",
    others: Annotated[
        list[Path],
        typer.Option(
            "--with",
            metavar="文件",
            parser=Path,
            default_factory=list,
            show_default=False,
            help="本单位的另一份材料，也从它带过来，如上年决算；可以写几次。",
        ),
    ],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="已有同名文件时覆盖它。")] = False,
) -> None:
    """把 YAML、填报表或已公开的表和文本写成填报表或 YAML；也写下一年的、另一种材料的。"""  # noqa: D400 - shown as help
    from budgetgen.convert import convert  # noqa: PLC0415 - `--help` need not load it

    def write() -> Written:
        path, issues = convert(source, target, next_year=next_year, kind=kind, others=others, overwrite=overwrite)
        return [path], issues

    _write(write)


def _write(write: Callable[[], Written]) -> None:
    """Run a command that writes files; tell its issues and its files, and end."""
    files: Sequence[Path] = ()
    issues: Sequence[Issue]
    try:
        files, issues = write()
    except Rejected as e:
        issues = e.issues
    say_issues(issues)
    say_written(files)
    end(good=bool(files))
