"""Files that were made: `budgetgen verify` tells what a hand changed in them, `budgetgen diff` what differs between two."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from budgetgen.cli.app import (
    ERRORS,
    WRITTEN,
    WRONG_USAGE,
    Command,
    Templates,
    app,
    one_of,
    profile_option,
    say_lines,
    say_written,
)

if TYPE_CHECKING:
    from budgetgen.compare import Difference, FigureChange, Side, TextChange
    from budgetgen.verify.changes import Verdict

_SUFFIXES = (".xlsx", ".docx")
_PAGE = "比较.html.j2"
_SHOWN = 3


@app.command("verify", cls=Command, no_args_is_help=True)
def verify_command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="文件…", parser=Path, help="本程序生成的 .xlsx、.docx，或它们的文件夹，可以几个。"),
    ],
    *,
    unit: Annotated[
        Path | None,
        typer.Option("--input", metavar="数据文件", parser=Path, help="单位数据：另外说明现在重新生成，会有哪些不同。"),
    ] = None,
    form: Annotated[
        str,
        typer.Option("--format", metavar="text|json", parser=one_of("text", "json"), help="文字，或 JSON，一行一处。"),
    ] = "text",
) -> None:
    """核对生成的文件后来有没有人改过：改了哪个数、哪句话，原来是什么。不用数据文件。"""  # noqa: D400 - shown as help
    from budgetgen.verify.changes import State, verdict_of  # noqa: PLC0415 - `--help` need not load it

    code = WRITTEN
    anew = _read_side(unit) if unit else None
    for path in _packet_files(files):
        verdict = verdict_of(_content(path))
        say_lines(_verdict_lines(path, verdict)) if form == "text" else _say_json(path, verdict)
        if anew and form == "text" and verdict.state is not State.UNREADABLE:
            say_lines(_built_anew(path, anew))
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


def _built_anew(path: Path, anew: Side) -> Iterator[str]:
    """What a new build would print otherwise than a file does now."""
    from budgetgen.compare import compare, read_side  # noqa: PLC0415 - as above

    found = compare(read_side(path), anew)
    if not found:
        yield f"  按 {anew.title} 重新生成，与它相同。"
        return
    yield f"  按 {anew.title} 重新生成，会改 {_summary(found)}："
    yield from (f"    {line}" for line in _difference_lines(found))


# ---------------------------------------------------------------------------------------------------------- diff


@app.command("diff", cls=Command, no_args_is_help=True)
def diff_command(
    old: Annotated[
        Path,
        typer.Argument(
            metavar="旧", parser=Path, help="数据文件，或一套材料的文件夹，或其中一个文件（也可以是 PDF）。"
        ),
    ],
    new: Annotated[Path, typer.Argument(metavar="新", parser=Path, help="同上。")],
    *,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="text|html|xlsx",
            parser=one_of("text", "html", "xlsx"),
            show_default=False,
            help="文字、网页或 Excel 表；不写就看 -o 的文件名，也没有就是文字。",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="文件", parser=Path, help="写到哪个文件。")] = None,
    profile: Annotated[str, profile_option("数据文件用哪种版式。")] = "",
    templates: Templates,
) -> None:
    """比较两份数据、两套材料，或数据和材料：哪些数、句子、格不同，因为哪里改了。"""  # noqa: D400 - shown as help
    from budgetgen.compare import compare  # noqa: PLC0415 - `--help` need not load it

    chosen = form or {".html": "html", ".xlsx": "xlsx"}.get(out.suffix.lower() if out else "", "text")
    if chosen == "xlsx" and out is None:
        raise typer.BadParameter("写成 Excel 表要用 -o 写明文件。")
    found = compare(*(_read_side(path, profile=profile, templates=templates) for path in (old, new)))
    if chosen == "xlsx" and out is not None:
        _write_book(out, found)
    else:
        text = _page(found) if chosen == "html" else "".join(f"{line}\n" for line in _report(found))
        if out is not None:
            from budgetgen.office.files import write_files  # noqa: PLC0415 - as above

            write_files(out.parent, {out.name: text.encode("utf-8")}, lambda _name, _data: ())
        elif chosen == "html":
            typer.echo(text.encode("utf-8"), nl=False)
        else:
            say_lines(text.splitlines())
    if out is not None:
        say_written([out])
    raise typer.Exit(ERRORS if found else WRITTEN)


def _read_side(path: Path, **chosen: Any) -> Side:
    from budgetgen.check.report import issue_text  # noqa: PLC0415 - as above
    from budgetgen.compare import read_side  # noqa: PLC0415
    from budgetgen.issues import Rejected  # noqa: PLC0415

    try:
        return read_side(path, **chosen)
    except Rejected as e:
        errors = [i for i in e.issues if i.stops] or e.issues
        raise typer.BadParameter("\n".join([f"“{path}”用不了。", *map(issue_text, errors[:_SHOWN])])) from None


def _summary(found: Difference) -> str:
    """`数 3 个、句子 2 句、表格 4 格`."""
    counts = (
        ("数", len(found.figures), "个"),
        ("句子", len(found.sentences), "句"),
        ("表格", len(found.cells), "格"),
        ("数据", len(found.inputs), "处"),
        ("只有一边有的", len(found.missing), "份"),
    )
    return "、".join(f"{name} {count} {each}" for name, count, each in counts if count)


def _report(found: Difference) -> Iterator[str]:
    yield f"旧：{found.old}"
    yield f"新：{found.new}"
    if not found:
        yield "没有不同。"
        return
    yield f"不同的有 {_summary(found)}。"
    yield from _difference_lines(found)


def _difference_lines(found: Difference) -> Iterator[str]:
    """All that differs; of cells those whose numbers are not told already."""
    told = {(f.old, f.new) for f in found.figures}
    cells = [c for c in found.cells if (c.old, c.new) not in told]
    parts: tuple[tuple[str, Iterable[str]], ...] = (
        ("只有一边有的", found.missing),
        ("数据", (f"{i.words}{f'（{i.place}）' if i.place else ''}：{_turned(i.old, i.new)}" for i in found.inputs)),
        ("数", (f"{f.where}：{_turned(f.old, f.new)}{_because(f)}" for f in found.figures)),
        ("句子", (f"{s.where}：{_marked(s)}" for s in found.sentences)),
        ("表格", (f"{c.where}：{_turned(c.old, c.new)}" for c in cells)),
    )
    for title, lines in parts:
        for n, line in enumerate(lines, 1):
            if n == 1:
                yield f"{title}："
            yield f"  {n}. {line}"


def _turned(old: str, new: str) -> str:
    return f"{old or '（没有）'} → {new or '（没有）'}"


def _because(figure: FigureChange) -> str:
    words = [i.words for i in figure.why[:_SHOWN]]
    more = f"等 {len(figure.why)} 处" if len(figure.why) > len(words) else ""
    return f"，因为改了 {'、'.join(words)}{more}" if words else ""


def _marked(sentence: TextChange) -> str:
    """`收入合计［-840.70］［+850.70］万元`."""
    return "".join(f"［{sign}{text}］" if sign else text for sign, text in sentence.pieces())


def _page(found: Difference) -> str:
    from budgetgen import resources  # noqa: PLC0415 - as above
    from budgetgen.expression import environment  # noqa: PLC0415

    template = environment().from_string(resources.templates("html", _PAGE).read_text(encoding="utf-8"))
    return template.render(
        旧=found.old, 新=found.new, 总结=f"不同的有 {_summary(found)}" if found else "没有不同", 缺=found.missing,
        数据=[{"什么": i.words, "在哪里": i.place, "旧": i.old, "新": i.new} for i in found.inputs],
        数=[
            {"在哪里": f.where, "旧": f.old, "新": f.new, "因为": "；".join(f"{i.words}：{_turned(i.old, i.new)}" for i in f.why)}
            for f in found.figures
        ],
        句子=[{"在哪里": s.where, "字": s.pieces()} for s in found.sentences],
        格=[{"在哪里": c.where, "旧": c.old, "新": c.new} for c in found.cells],
    )  # fmt: skip


def _write_book(out: Path, found: Difference) -> None:
    from budgetgen.batch.results import Listing, write_workbook  # noqa: PLC0415 - as above

    why = ["；".join(f"{i.words}：{_turned(i.old, i.new)}" for i in f.why) for f in found.figures]
    sheets: tuple[tuple[str, tuple[tuple[str, int], ...], list[tuple[object, ...]]], ...] = (
        (
            "数",
            (("在哪里", 50), ("旧", 16), ("新", 16), ("因为", 60), ("名称", 40)),
            [(f.where, f.old, f.new, because, f.name) for f, because in zip(found.figures, why, strict=True)],
        ),
        ("句子", (("在哪里", 40), ("旧", 60), ("新", 60)), [(s.where, s.old, s.new) for s in found.sentences]),
        ("表格", (("在哪里", 50), ("旧", 30), ("新", 30)), [(c.where, c.old, c.new) for c in found.cells]),
        (
            "数据",
            (("填报的", 50), ("在哪里", 30), ("旧", 30), ("新", 30)),
            [(i.words, i.place, i.old, i.new) for i in found.inputs],
        ),
        ("只有一边有的", (("什么", 60),), [(text,) for text in found.missing]),
    )
    listings = [Listing(title, columns, rows, len(rows), {None: None}, "A2") for title, columns, rows in sheets]
    write_workbook(out, listings)
