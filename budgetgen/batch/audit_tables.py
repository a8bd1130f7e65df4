"""审核结果.xlsx and 审核结果.html: every finding of a run, and the units by number and kind of findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from openpyxl.styles import PatternFill

from budgetgen import resources
from budgetgen.batch.audit_outcome import LEVELS, Audited, AuditRun, Verdict
from budgetgen.batch.results import RED, YELLOW, Link, Listing, write_workbook
from budgetgen.expression import environment
from budgetgen.issues import visible

BOOK, PAGE = "审核结果.xlsx", "审核结果.html"
_TEMPLATE = "审核结果.html.j2"
_TABLES, _SENTENCES, _ATTACHED, _WORDS, _OTHER = "表格", "情况说明", "附件", "文字", "其他"
_TENS = {"0": _TABLES, "1": _SENTENCES, "2": _ATTACHED, "3": _WORDS, "4": _ATTACHED, "5": _OTHER}
_ONES = {"AUDIT-042": _SENTENCES, "AUDIT-044": _TABLES}
"""What a rule of the audit is about: by the tens of its number, but for some."""
_KINDS = (_TABLES, _SENTENCES, _ATTACHED, _WORDS, _OTHER)
_INSIDE = 2
MOST_ON_PAGE = 5_000
"""Findings: more no browser shows at ease; the workbook has them all."""
_FINDINGS = (
    ("级别", 7), ("材料", 26), ("单位", 24), ("年度", 6), ("在哪里", 34), ("写的是", 18), ("应当是", 40), ("为什么", 30),
    ("规则", 11), ("原文", 46), ("对照", 46), ("同一原因引起的", 46), ("批注", 9),
)  # fmt: skip
_UNITS = (
    ("结果", 9), ("材料", 30), ("单位", 30), ("年度", 6), *((level, 6) for level in LEVELS), *((k, 9) for k in _KINDS),
    ("读不出来的", 50), ("批注", 9), ("文件", 50), ("用时（秒）", 9),
)  # fmt: skip


def write_book(path: Path, run: AuditRun) -> None:
    """Write the workbook: a row for each finding, a row for each packet. OSError: the system refuses."""
    findings = sum(len(outcome.findings) for outcome in run)
    levels: dict[object, PatternFill | None] = {LEVELS[0]: RED, LEVELS[1]: YELLOW}
    verdicts: dict[object, PatternFill | None] = {Verdict.CLEAN.value: None, Verdict.DOUBTFUL.value: YELLOW, None: RED}
    rows = (_unit_row(outcome) for outcome in run)
    listings = [
        Listing("问题", _FINDINGS, (row for outcome in run for row in _finding_rows(outcome)), findings, levels),
        Listing("单位", _UNITS, rows, len(run.outcomes), verdicts),
    ]
    write_workbook(path, listings)


def _finding_rows(outcome: Audited) -> Iterator[tuple[object, ...]]:
    link = _copy(outcome)
    for found in outcome.findings:
        sides = [_side(s) for s in found["sides"]]
        yield (
            found["level"],
            visible(outcome.packet),
            visible(outcome.unit),
            outcome.year or None,
            found["where"],
            found["stated"],
            found["expected"],
            found["wants"],
            found["rule"],
            "\n".join(found["quote"][:1]),
            "\n".join(sides[1:] or found["quote"][1:]),
            "\n".join(found["follow"]),
            link,
        )


def _side(side: list[str]) -> str:
    where, *words = side
    return f"{where}：{''.join(words)}" if where else "".join(words)


def _unit_row(outcome: Audited) -> tuple[object, ...]:
    counts, areas = outcome.counts, kinds_of(outcome)
    return (
        outcome.verdict.value,
        visible(outcome.packet),
        visible(outcome.unit),
        outcome.year or None,
        *(counts[level] for level in LEVELS),
        *(areas[kind] for kind in _KINDS),
        visible("\n".join(outcome.issues)),
        _copy(outcome),
        visible("\n".join(outcome.sources)),
        outcome.seconds,
    )


def kinds_of(outcome: Audited) -> Counter[str]:
    """How many findings are about the tables, the sentences, the attachments, the words."""
    return Counter(map(_kind, outcome.findings))


def _kind(found: Mapping[str, Any]) -> str:
    rule = str(found["rule"])
    if rule.startswith("AUDIT-"):
        return _ONES.get(rule) or _TENS.get(rule[-2], _OTHER)
    return _TABLES if str(found["where"]).startswith("公开") else _SENTENCES


def _copy(outcome: Audited) -> Link | None:
    return Link(next(iter(outcome.copies))) if outcome.copies else None


# -------------------------------------------------------------------------------------------------------- the page


def write_report(path: Path, run: AuditRun) -> None:
    """Write the page: the units, then each packet's findings with the quoted places side by side. OSError: as above."""
    template = environment().from_string(resources.templates("html", _TEMPLATE).read_text(encoding="utf-8"))
    levels: Counter[str] = Counter()
    for outcome in run:
        levels += outcome.counts
    names: dict[str, object] = {
        "级别": list(LEVELS),
        "种类": list(_KINDS),
        "处数": {level: levels[level] for level in LEVELS},
        "份数": len(run.outcomes),
        "结果": {v.value: run.verdicts[v] for v in Verdict},
        "停": run.stopped,
    }
    left = MOST_ON_PAGE
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.write(template.render({**names, "部分": "头"}))
        packets = [_shown(outcome, n, several=len(run.outcomes) > 1) for n, outcome in enumerate(run, start=1)]
        for shown in packets:
            file.write(template.render({**names, "部分": "单位", "份": shown}))
        file.write(template.render({**names, "部分": "中"}))
        for shown, outcome in zip(packets, run, strict=True):
            cards = [_card(f) for f in outcome.findings[: max(left, 0)]]
            left -= len(outcome.findings)
            file.write(template.render({**names, "部分": "份", "份": {**shown, "题": cards}}))
        file.write(template.render({**names, "部分": "尾"}))


def _shown(outcome: Audited, number: int, *, several: bool) -> dict[str, object]:
    counts, areas = outcome.counts, kinds_of(outcome)
    return {
        "号": number,
        "材料": visible(outcome.packet),
        "单位": visible(outcome.unit),
        "在": visible(_inside(outcome)) if several else "",
        "年度": outcome.year,
        "结果": outcome.verdict.value,
        "处": [counts[level] for level in LEVELS],
        "类": [areas[kind] for kind in _KINDS],
        "总": counts.total(),
        "读不出来": [visible(i) for i in outcome.issues],
        "批注": [{"名": visible(name), "链接": quote(name)} for name in outcome.copies],
        "题": [],
    }


def _inside(outcome: Audited) -> str:
    """The folder and the name of a packet's first file: units name their files alike."""
    return "/".join(Path(outcome.sources[0]).parts[-_INSIDE:]) if outcome.sources else ""


def _card(found: Mapping[str, Any]) -> dict[str, object]:
    sides = [{"在": where, "前": before, "字": word, "后": after} for where, before, word, after in found["sides"]] or [
        {"在": found["where"], "前": q, "字": "", "后": "", "同": False} for q in found["quote"]
    ]
    return {
        "级别": found["level"],
        "头": found["head"],
        "在": found["where"],
        "说": found["sentence"],
        "处": sides,
        "连带": found["follow"],
    }
