"""`budgetgen explain`: whatever a person asks about, answered in the words of the tables, as text, JSON or a page to print."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from budgetgen import resources
from budgetgen.check import rulebook
from budgetgen.check.rules_page import explain_rule
from budgetgen.explain.answers import DEEPEST, Answer, Step, Use, answers
from budgetgen.explain.figure_index import Index, Stand
from budgetgen.expression import environment
from budgetgen.issues import REGISTER, Issue, Level, Rejected, near_miss
from budgetgen.layout import read_profile
from budgetgen.office.files import is_office
from budgetgen.pipeline import Examined, examine, file_names
from budgetgen.reading import is_form_file, may_be_input
from budgetgen.records import record
from budgetgen.resources import shelves

_RULE = re.compile(r"[A-Z]+-\d{3}")
_MOST_USES, _MOST_STANDS, _NEAR_FILES = 15, 40, 20
_PAGE = "数的来处.html.j2"
_KEYS = {
    "title": "称呼", "name": "名称", "amount": "数", "note": "说明", "step": "来处", "stands": "印在", "uses": "用在",
    "others": "又叫", "lines": "内容", "words": "称呼", "how": "怎么来的", "place": "位置", "parts": "由", "left": "还有",
    "times": "处数", "first": "先在", "file": "文件", "text": "印作", "page": "页", "sentence": "句子",
}  # fmt: skip


@record
class Explained:
    """What was asked, of which unit and year, and the answers; `rule` is the text of a rule that was asked for."""

    asked: str
    unit: str = ""
    year: int = 0
    file: str = ""
    answers: tuple[Answer, ...] = ()
    rule: str = ""


def explain(
    what: str, unit: Path | None = None, *, profile: str = "", templates: tuple[Path, ...] = (), depth: int = DEEPEST
) -> Explained:
    """A rule by its id; or of `unit` a figure by its name or as it is printed, a cell or line, an amount, a text.

    `unit` is an input, or a file of a packet that was built beside it. Rejected where there is none such.
    """
    if _RULE.fullmatch(what.strip('"“” ')):
        return Explained(what, rule=_rule(what.strip('"“” '), unit, profile, templates))
    if unit is None:
        cause = f"要查“{what}”，还要写数据文件。"
        raise Rejected([Issue("EXPLAIN-001", Level.ERROR, cause, f"如 budgetgen explain {what} unit.yaml。")])
    seen = _examined(unit, profile, templates)
    index = Index.of(seen)
    accounts = index.loaded.accounts
    return Explained(what, accounts.unit.name, accounts.year, unit.name, tuple(answers(what, index, depth)))


def _rule(rule_id: str, unit: Path | None, profile: str, templates: tuple[Path, ...]) -> str:
    places = shelves(templates, unit.parent if unit else None)
    book = rulebook(read_profile(profile, places)) if profile or templates else rulebook()
    if rule_id not in book.rules and rule_id not in REGISTER:
        cause = f"没有规则 {rule_id}{near_miss(rule_id, [*book.rules, *REGISTER])}"
        raise Rejected([Issue("EXPLAIN-002", Level.ERROR, cause, "见 docs/勾稽规则.md。")])
    return explain_rule(rule_id, book)


def _examined(unit: Path, profile: str, templates: tuple[Path, ...]) -> Examined:
    """The unit of an input; of a file of a packet, that of the input near it from which files of this name are built."""
    if unit.is_file() and _is_printed(unit):
        for folder in (unit.parent, unit.parent.parent):
            for path in sorted(p for p in folder.glob("*") if p.is_file() and may_be_input(p.name))[:_NEAR_FILES]:
                seen = examine(path, profile=profile, templates=templates) if path != unit else None
                if seen and seen.loaded and seen.packet and unit.name in _names(seen):
                    return seen
        cause = f"{unit.name} 旁边没有生成它的数据文件。"
        raise Rejected([Issue("EXPLAIN-001", Level.ERROR, cause, "写数据文件：YAML 或填报表。")])
    return examine(unit, profile=profile, templates=templates)


def _is_printed(unit: Path) -> bool:
    """Whether a file is one of Office and no form."""
    with suppress(OSError, Rejected):
        return is_office(unit.read_bytes(), unit.name) and not is_form_file(unit)
    return False


def _names(seen: Examined) -> set[str]:
    assert seen.loaded is not None
    assert seen.packet is not None
    drafts = (True, False)
    return {name for draft in drafts for name in file_names(seen.loaded.accounts, seen.packet.files, draft=draft)}


# ---------------------------------------------------------------------------------------------------------- telling


def as_text(explained: Explained) -> str:
    """For a terminal."""
    if explained.rule:
        return explained.rule
    blocks = ["\n".join(_lines(answer)) for answer in explained.answers]
    head = [f"“{explained.asked}”有 {len(blocks)} 个："] if len(blocks) > 1 else []
    return "\n\n".join([*head, *blocks]) + "\n"


def _lines(answer: Answer) -> Iterator[str]:
    yield f"{answer.title}：{answer.amount}" if answer.amount else answer.title
    if answer.name and answer.name != answer.title:
        yield f"模板里的名称：{answer.name}"
    if answer.others:
        yield f"同一个数又叫：{'、'.join(answer.others)}"
    if answer.note:
        yield answer.note
    yield from (f"  {line}" for line in answer.lines)
    if answer.step:
        yield "怎么来的："
        yield from _tree(answer.step, 1)
    if answer.stands:
        yield from _listed(f"印在 {len(answer.stands)} 处：", [_place(s) for s in answer.stands], _MOST_STANDS)
    elif answer.step:
        yield "没有印出来。"
    if answer.uses:
        yield from _listed(f"用它算的有 {len(answer.uses)} 个数：", [_use(u) for u in answer.uses], _MOST_USES)


def _listed(head: str, entries: Sequence[str], most: int) -> Iterator[str]:
    yield head
    yield from (f"  {entry}" for entry in entries[:most])
    if len(entries) > most:
        yield f"  … 还有 {len(entries) - most} 个"


def _use(use: Use) -> str:
    more = f" 等 {use.times} 处" if use.times > 1 else ""
    return f"{use.words} {use.amount}（{f'印在 {use.first}{more}' if use.times else '没有印'}）"


def _tree(step: Step, depth: int) -> Iterator[str]:
    origin = f"{step.how} {step.place}".strip()
    yield f"{'  ' * depth}{step.words} {step.amount}（{origin}）"
    for part in step.parts:
        yield from _tree(part, depth + 1)
    if step.left:
        yield f"{'  ' * (depth + 1)}… 由 {step.left} 个数来"


def _place(stand: Stand) -> str:
    page = f"（目录第 {stand.page} 页）" if stand.page else ""
    said = f"：“{stand.sentence}”" if stand.sentence else f"：{stand.text}" if stand.text else ""
    return f"{stand.file} {stand.place}{page}{said}"


def as_data(explained: Explained) -> dict[str, Any]:
    """The same as data with Chinese keys."""
    return {
        "问": explained.asked,
        "单位": explained.unit,
        "年度": explained.year,
        "规则": explained.rule,
        "答": [_keyed(asdict(answer)) for answer in explained.answers],
    }


def _keyed(value: Any) -> Any:
    if isinstance(value, Stand):
        value = value._asdict()
    if isinstance(value, Mapping):
        return {_KEYS[key]: _keyed(inner) for key, inner in value.items()}
    return [_keyed(inner) for inner in value] if isinstance(value, Sequence) and not isinstance(value, str) else value


def as_json(explained: Explained) -> str:
    """The same as JSON."""
    return json.dumps(as_data(explained), ensure_ascii=False, indent=2) + "\n"


def as_html(explained: Explained) -> str:
    """The same as one page that can be printed as evidence."""
    page = environment().from_string(resources.templates("html", _PAGE).read_text(encoding="utf-8"))
    data = as_data(explained)
    for answer in data["答"]:
        answer["步"] = list(_rows(answer["来处"])) if answer["来处"] else []
    return page.render({**data, "文件": explained.file})


def _rows(step: Mapping[str, Any], depth: int = 0) -> Iterator[dict[str, Any]]:
    yield {**step, "层": depth}
    for part in step["由"]:
        yield from _rows(part, depth + 1)


FORMATS = {"text": as_text, "json": as_json, "html": as_html}
__all__ = ["FORMATS", "Answer", "Explained", "Index", "answers", "as_data", "as_html", "as_json", "as_text", "explain"]
