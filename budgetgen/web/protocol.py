"""What the page can ask: plain functions, files and a question in, data and files out; the same behind every page.

    answer({"acts": ["check", "look"], "main": "填报表.xlsx"}, {"填报表.xlsx": b"…"}) → Answer

A question names its acts, of which all look at one examination of the input, and what they need: `main` (the unit's input),
`prior` (last year's file), `profile`, `kind`, and what each function below says. Files that lie in `templates/` are a 版式
of the person's own. Nothing is kept from one question to the next but what the asker's own `Memory` keeps, which makes an
answer quicker, never another one; nothing raises for what a person gives.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from budgetgen import __version__
from budgetgen.issues import Issue, Level, Rejected
from budgetgen.layout import profile_names, read_profile
from budgetgen.office.files import plain_text
from budgetgen.office.package import Damaged
from budgetgen.pipeline import deliver, file_names
from budgetgen.reading import YAML_SUFFIXES
from budgetgen.records import record
from budgetgen.resources import root
from budgetgen.web.as_data import Figures, Inputs, issue_told, issues_told, without_paths
from budgetgen.web.desk import DOCUMENT, FORM, PDF, TABLES, Desk, Files, Memory, laid_out, what_is
from budgetgen.web.form_edit import set_in_form
from budgetgen.web.marked_html import document_html, look, plain_cell, published_html, workbook_html
from budgetgen.web.typed_values import CannotSetError, ModelOf
from budgetgen.web.yaml_edit import set_in_yaml

if TYPE_CHECKING:
    from budgetgen.audit.packets import PacketSource
    from budgetgen.audit.relations import Finding
    from budgetgen.published.document import Published

CANNOT_SET = "WEB-001"
UNKNOWN_ACT = "WEB-002"
Ask = Mapping[str, Any]


@record
class Answer:
    """What a page is told, and the files that come with it by name."""

    told: Mapping[str, Any]
    files: Files = field(default_factory=dict)


Told = tuple[dict[str, Any], Files]
Act = Callable[[Desk, Ask], Told]


def answer(ask: Ask, files: Files, memory: Memory | None = None) -> Answer:
    """Do what is asked with these files. Faults come as `issues` of the act that they stop."""
    told: dict[str, Any] = {"version": __version__}
    made: dict[str, bytes] = {}
    try:
        with laid_out(files, ask, memory) as desk:
            for name in ask.get("acts", ()):
                told[name], more = _done(name, desk, ask)
                made |= more
            hidden = without_paths(told, (*desk.folders, str(root())))
    except Rejected as e:
        return Answer({**told, "issues": [issue_told(i) for i in e.issues]})
    return Answer(hidden, made)


def _done(name: str, desk: Desk, ask: Ask) -> Told:
    if name not in ACTS:
        no_such = Issue(UNKNOWN_ACT, Level.ERROR, f"没有“{name}”这件事。", "重新打开这个网页。")
        return {"issues": [issue_told(no_such)]}, {}
    try:
        return ACTS[name](desk, ask)
    except Rejected as e:
        return {"issues": [issue_told(i) for i in e.issues]}, {}


# ------------------------------------------------------------------------------------------------------------ acts


def identify(desk: Desk, _ask: Ask) -> Told:
    """What each file is."""
    found = []
    for name in sorted(desk.names):
        told = what_is(desk, name, desk.path(name).read_bytes())
        found.append({**told, "issues": [issue_told(i) for i in told["issues"]]})
    return {"files": found}, {}


def check(desk: Desk, _ask: Ask) -> Told:
    """What is wrong with the input and what is still to be filled in, each with what may be typed there."""
    seen = desk.seen
    accounts = seen.loaded.accounts if seen.loaded else None
    told = {
        "unit": accounts.unit.name if accounts else "",
        "year": accounts.year if accounts else 0,
        "money_unit": accounts.money_unit if accounts else "",
        "profile": seen.profile.name if seen.profile else "",
        "kind": seen.kind.title if seen.kind else "",
        "stops": seen.stops,
        "draft": seen.draft,
        "can_build": seen.packet is not None and not seen.stops,
        **issues_told(seen.issues, _inputs(desk), seen.to_fill),
    }
    return told, {}


def set_values(desk: Desk, ask: Ask) -> Told:
    """Write `values` (path → text as typed) into the input itself; the file comes back under its own name."""
    data = desk.path(desk.main).read_bytes()
    values = {str(path): str(text) for path, text in dict(ask.get("values", {})).items()}
    try:
        changed = _with_values(desk, data, values)
    except CannotSetError as e:
        raise Rejected([Issue(CANNOT_SET, Level.ERROR, f"没有改：{e}。", "改好文件后，再拖进来。")]) from None
    return {"set": list(values)}, {desk.main: changed}


def build(desk: Desk, ask: Ask) -> Told:
    """The packet's files; with `force` as a draft where an error stops it."""
    built = deliver(desk.seen, desk.folder / "out", force=bool(ask.get("force")), pdf=bool(ask.get("pdf")))
    files = {path.name: path.read_bytes() for path in built.files}
    told = {"draft": built.draft, "files": list(files), **issues_told(built.issues)}
    if files and ask.get("zip"):
        files = {f"{Path(next(iter(files))).stem}.zip": _zipped(files)}
    return told, files


def show(desk: Desk, ask: Ask) -> Told:
    """The tables and documents (as HTML those that `panels` names, or all), and the figures that their numbers are marked by."""
    seen = desk.seen
    if seen.packet is None or seen.loaded is None:
        return {"files": [], "figures": []}, {}
    figures = Figures(seen.loaded)
    names = file_names(seen.loaded.accounts, seen.packet.files, draft=seen.draft)
    panels = ask.get("panels")
    files = look(seen.packet, names, figures, None if panels is None else set(map(str, panels)))
    return {"files": files, "figures": figures.told}, {}


def inputs(desk: Desk, ask: Ask) -> Told:
    """What may be typed at `paths` of the input, and what stands there now."""
    return {"inputs": _inputs(desk).at(map(str, ask.get("paths", ())))}, {}


def explain(desk: Desk, ask: Ask) -> Told:
    """A rule by its id, or whatever of the input `name` means: in words, and as data."""
    from budgetgen.explain import as_data, as_text  # noqa: PLC0415 - few questions are about names
    from budgetgen.explain import explain as find  # noqa: PLC0415

    unit = desk.path(desk.main) if desk.main else None
    found = find(str(ask.get("name", "")), unit, profile=desk.profile)
    return {"text": as_text(found), "told": as_data(found)}, {}


def report(desk: Desk, _ask: Ask) -> Told:
    """The check report as one page."""
    from budgetgen.check.report import as_html  # noqa: PLC0415 - only when it is asked for

    seen = desk.seen
    page = without_paths(
        as_html(seen.issues, seen.loaded.accounts if seen.loaded else None), (*desk.folders, str(root()))
    )
    return {}, {"检查报告.html": str(page).encode()}


def notes(desk: Desk, _ask: Ask) -> Told:
    """The 填报表 with what the check says as a note at each cell."""
    from budgetgen.audit.form_notes import annotated_form  # noqa: PLC0415 - only when it is asked for

    data = desk.path(desk.main).read_bytes()
    if what_is(desk, desk.main, data)["kind"] != FORM:
        raise Rejected([Issue(CANNOT_SET, Level.ERROR, "批注只写在填报表里。", "先写成填报表。")])
    made, count = annotated_form(data, desk.seen.issues, desk.seen.to_fill)
    return {"cells": count}, {f"{Path(desk.main).stem}.检查.xlsx": made}


def convert(desk: Desk, ask: Ask) -> Told:
    """The input as `target` (填报表.xlsx or unit.yaml); with `next_year` that of the year after."""
    from budgetgen.convert import convert as write  # noqa: PLC0415 - only when it is asked for

    target = desk.folder / "out" / Path(str(ask.get("target") or "填报表.xlsx")).name
    target.parent.mkdir(exist_ok=True)
    path, issues = write(desk.path(desk.main), target, next_year=bool(ask.get("next_year")), overwrite=True)
    return issues_told(issues), {path.name: path.read_bytes()}


def blank(desk: Desk, _ask: Ask) -> Told:
    """An empty 填报表 for a 版式 and a kind of packet."""
    from budgetgen.convert import new  # noqa: PLC0415 - only when it is asked for

    (path,) = new(desk.folder, profile=desk.profile, kind=desk.kind, overwrite=True)
    return {}, {path.name: path.read_bytes()}


def audit(desk: Desk, ask: Ask) -> Told:
    """What is wrong in a published packet (`file`), and the packet as a page with places that findings name.

    With `copy` the file comes back with a comment at each place.
    """
    from budgetgen.audit import audit as find  # noqa: PLC0415 - few pages audit
    from budgetgen.audit.packets import PacketSource, SourceFile, read_packet  # noqa: PLC0415

    name = str(ask.get("file", ""))
    path = desk.path(name)
    data = path.read_bytes()
    kind = what_is(desk, name, data)["kind"]
    if kind == PDF and find_spec("pdfplumber") is None:
        raise Rejected([_only_docx(name)])
    source = PacketSource(path.name, (SourceFile(path),))
    document = read_packet(source)
    found = find(document)
    findings = [
        {
            "rule": f.rule, "level": f.level, "where": f.where, "stated": f.stated, "expected": f.expected,
            "quote": list(f.quote), "also": list(f.also), "spot": list(f.spot),
        }
        for f in found
    ]  # fmt: skip
    if ask.get("copy"):
        return _copies(source, document, found)
    return {"name": name, "findings": findings, **_page(kind, data, document)}, {}


def _copies(source: PacketSource, document: Published, findings: Sequence[Finding]) -> Told:
    """The files of a packet with comments at what was found, and why there is no such copy of one."""
    from budgetgen.audit.annotate import annotated  # noqa: PLC0415 - only when it is asked for

    copies, issues = {}, []
    for file, kind, made in annotated(source, document, findings):
        if isinstance(made, Issue):
            issues.append(issue_told(made))
        else:
            copies[f"{file.stem}.审核{kind}"] = made
    return {"copies": list(copies), "issues": issues}, copies


def _page(kind: str, data: bytes, document: Published) -> dict[str, Any]:
    """A published file as it looks; of a PDF, or where that can't be told, its texts and tables in their order."""
    with suppress(Damaged, KeyError, ValueError):
        if kind == DOCUMENT:
            return {"html": document_html(data)}
        if kind == TABLES:
            return {"sheets": list(workbook_html(data, plain_cell))}
    return {"html": published_html(document)}


def _only_docx(name: str) -> Issue:
    cause = f"{name} 是 PDF，在这里读不了。"
    return Issue(
        "INPUT-002", Level.ERROR, cause, "用公开的 .docx 或 .xlsx；只有 PDF 的，用命令 budgetgen audit 或 serve。"
    )


def profiles(desk: Desk, _ask: Ask) -> Told:
    """The 版式 that there are: name, title, whether it is the person's own."""
    own = set(profile_names(desk.places[:-1])) if len(desk.places) > 1 else set()
    found = []
    for name in profile_names(desk.places):
        try:
            title = read_profile(name, desk.places).title
        except Rejected as e:
            title = f"不能用：{e.issues[0].cause}"
        found.append({"name": name, "title": title, "own": name in own})
    return {"profiles": found}, {}


def check_profile(desk: Desk, _ask: Ask) -> Told:
    """What keeps the 版式 `profile` from being used."""
    from budgetgen.packet.profile_check import check_profile as find  # noqa: PLC0415 - maintainers only

    return issues_told(find(read_profile(desk.profile, desk.places))), {}


ACTS: Mapping[str, Act] = {
    "identify": identify,
    "check": check,
    "set": set_values,
    "build": build,
    "look": show,
    "inputs": inputs,
    "explain": explain,
    "report": report,
    "notes": notes,
    "convert": convert,
    "blank": blank,
    "audit": audit,
    "profiles": profiles,
    "check_profile": check_profile,
}


# ---------------------------------------------------------------------------------------------------------- helpers


def _inputs(desk: Desk) -> Inputs:
    return Inputs(desk.path(desk.main).read_bytes(), desk.main, desk.model_of)


def _with_values(desk: Desk, data: bytes, values: Mapping[str, str]) -> bytes:
    if Path(desk.main).suffix.lower() in YAML_SUFFIXES:
        return _yaml_with(data, values, desk.model_of)
    if what_is(desk, desk.main, data)["kind"] == FORM:
        return set_in_form(data, desk.main, values, desk.model_of)
    raise CannotSetError("只能改填报表和数据文件")


def _yaml_with(data: bytes, values: Mapping[str, str], model_of: ModelOf) -> bytes:
    """A YAML file with values in it, in its own encoding and with its own line ends."""
    text = plain_text(data)
    changed = set_in_yaml(text, values, model_of)
    marks = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
    codec = next((codec for mark, codec in marks if data.startswith(mark)), "utf-8")
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        codec = "gb18030"
    return (changed.replace("\n", "\r\n") if b"\r\n" in data else changed).encode(codec)


def _zipped(files: Files) -> bytes:
    """The files in one, the same bytes for the same files; each of them is packed already."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        for name, data in files.items():
            package.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return out.getvalue()
