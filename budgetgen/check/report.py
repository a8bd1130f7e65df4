"""What was found: what is still to be filled in, and what is wrong, at the levels that a 版式 sets, less what a unit waives, by cause."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any
from unicodedata import east_asian_width

from budgetgen import resources
from budgetgen.check.rules import GAP_RULES, RULES
from budgetgen.expression import environment
from budgetgen.form import layout
from budgetgen.input import ABSENT
from budgetgen.issues import REGISTER, Issue, Level, SourceRef, near_miss
from budgetgen.model import Accounts, Loaded, Waiver
from budgetgen.model.accounts import spec_at
from budgetgen.model.wording import JOINT, path_words
from budgetgen.records import record

GAPS = (GAP_RULES | ABSENT) - {"INPUT-049"}
"""Rules whose issues with a path say that something is not filled in."""


@record
class ToFill:
    """One thing to fill in: what it is in words of the form, and where; `stops` where nothing is written without it.

    `new` is what a text file needs to know of a part that it does not have at all; blank for others.
    """

    path: str
    words: str
    place: SourceRef | None
    hint: str
    stops: bool
    new: str = ""

    @property
    def sheet(self) -> str:
        """The sheet of the form; blank elsewhere."""
        return self.place.cell.partition("!")[0] if self.place else ""

    @property
    def named(self) -> str:
        """Its words below its sheet's own name: `年度`, `会议费·合计`, `2080505（…）的差异原因`."""
        own = f"{self.sheet}{JOINT}"
        if self.words == self.sheet:
            return "第一行起"
        return self.words.removeprefix(own).removeprefix(f"{self.sheet} ") if self.sheet else self.words

    @property
    def cell(self) -> str:
        """The cell on its sheet; blank elsewhere."""
        return self.place.cell.partition("!")[2] if self.place else ""


def is_to_fill(issue: Issue) -> bool:
    """Whether an issue says that something is not filled in, and not that something is wrong."""
    return issue.rule in GAPS and bool(issue.path)


def to_fill(issues: Iterable[Issue], loaded: Loaded | None = None) -> tuple[ToFill, ...]:
    """What `issues`, and the paths that `loaded` says are pending, ask to be filled in, each once."""
    found: dict[str, ToFill] = {}
    for issue in filter(is_to_fill, issues):
        hint = issue.mend if issue.rule in ABSENT else ""
        item = ToFill(issue.path, path_words(issue.path), issue.place, hint, issue.level is Level.ERROR)
        found.setdefault(issue.path, _in_its_file(_on_its_sheet(item, loaded), loaded))
    for path in loaded.pending if loaded else ():
        found.setdefault(path, ToFill(path, path_words(path), loaded.place(path) if loaded else None, "", stops=False))
    return tuple(sorted(found.values(), key=lambda item: layout.place_order(item.place)))


def _on_its_sheet(item: ToFill, loaded: Loaded | None) -> ToFill:
    """A thing whose row somebody has deleted from its sheet: it has no cell, and what stands around it is no place to fill it in."""
    if loaded is None or not item.cell or item.path in loaded.sources or item.path in loaded.blanks:
        return item
    assert item.place is not None
    words = f"{item.words}（没有这一行，从空白填报表复制过来）"
    return replace(item, words=words, place=item.place._replace(cell=item.sheet))


def _in_its_file(item: ToFill, loaded: Loaded | None) -> ToFill:
    """A thing in a part that a text file does not have: it has no line; the part's note says what to write."""
    if loaded is None or not item.place or not item.place.line or item.place != loaded.place(""):
        return item
    try:
        note = spec_at(type(loaded.accounts), item.path).note if "." not in item.path else ""
    except KeyError:
        return item
    return replace(item, new=f"{item.words}：{note}" if note else item.words)


_NEW = "文件里还没有"


def by_sheet(items: Sequence[ToFill]) -> dict[str, list[ToFill]]:
    """The same by sheet of the form, or by line of a text file."""
    found: dict[str, list[ToFill]] = {}
    for item in items:
        line = f"第{item.place.line}行" if item.place and item.place.line else ""
        found.setdefault(_NEW if item.new else item.sheet or line, []).append(item)
    return found


_SLIP, _EXCHANGED = "WITHIN-031", "WITHIN-032"
_ORIGINS = frozenset({_SLIP, "INPUT-019", _EXCHANGED})
"""Rules that tell of one typed value, or of one column: what else rests on it follows from it."""
_SHOWN = 3
_LINE = 76
_FEW = 4
"""An issue that rests on no more inputs than these points at one of them, whatever its difference."""


@record
class Cause:
    """What is most likely one fault: the issue that comes nearest to it, the others, and the inputs all rest on."""

    head: Issue
    consequences: tuple[Issue, ...]
    suspects: tuple[str, ...]

    @property
    def all(self) -> tuple[Issue, ...]:
        """The issue and its consequences."""
        return (self.head, *self.consequences)


class _Group:
    def __init__(self, issue: Issue) -> None:
        self.issues = [issue]
        self.common = frozenset(issue.paths or (issue.path,))

    def takes(self, issue: Issue) -> bool:
        """Whether `issue` rests on the same inputs, and differs by as much or rests on little else."""
        paths = frozenset(issue.paths or (issue.path,))
        first = self.issues[0]
        wrong = {_SLIP: (first.path,), _EXCHANGED: first.paths}.get(first.rule, ())
        if any(p in wrong or p.startswith(f"{first.path}[") for p in paths if wrong):
            self.issues.append(issue)  # whatever rests on an amount in the wrong unit or column is wrong by it
            return True
        if issue.waived != self.issues[0].waived or not self.common & paths:
            return False
        same = bool(issue.difference) and any(issue.difference == i.difference for i in self.issues)
        if not same and len(paths) > _FEW:
            return False
        self.common &= paths
        self.issues.append(issue)
        return True


def by_cause(issues: Iterable[Issue]) -> list[Cause]:
    """Every issue once: the gravest causes first, in each the issue that rests on the fewest inputs.

    Issues belong together where they rest on an input in common and are off by the same amount (a wrong line breaks
    its own balance, its table's and the packet's alike), or where each rests on a few inputs only.
    """
    groups: list[_Group] = []
    for issue in sorted(issues, key=lambda i: (i.rule not in (_SLIP, _EXCHANGED), len(i.paths) or 1, -i.level)):
        if not issue.path or not any(group.takes(issue) for group in groups):
            groups.append(_Group(issue))
    causes = [_grouped(g) for g in groups]
    return sorted(
        causes,
        key=lambda c: (
            bool(c.head.waived),
            -max(i.level for i in c.all),
            layout.place_order(c.head.place),
            c.head.rule,
        ),
    )


def _grouped(group: _Group) -> Cause:
    head = min(group.issues, key=lambda i: (i.rule not in _ORIGINS, -i.level, len(i.paths)))
    rest = tuple(i for i in group.issues if i is not head)
    suspects = tuple(p for p in head.paths if p in group.common)
    return Cause(replace(head, level=max(i.level for i in group.issues)), rest, suspects)


def at_suspects(issues: Sequence[Issue], loaded: Loaded) -> tuple[Issue, ...]:
    """`issues`; where several are off by the same and have one input in common, the first of them is told at that input.

    row:    G9 + … = O9 + …     off by 0.02  ┐
    tables: O6 + … + O9 = C7 …  off by 0.02  ┘ both rest on O9 alone: told at O9, not at G9

    Notes stay where they are: no input is at fault for what rounding alone explains.
    """
    moved: dict[tuple[str, str, str], Issue] = {}
    for cause in by_cause(i for i in issues if i.level is not Level.NOTE and not is_to_fill(i)):
        head, path = cause.head, cause.suspects[0] if len(cause.suspects) == 1 else ""
        alike = cause.consequences and {i.difference for i in cause.all} == {head.difference} != {""}
        if alike and path not in ("", head.path) and loaded.place(path) and head.rule not in _ORIGINS:
            moved[head.rule, head.path, head.cause] = replace(head, path=path, place=loaded.place(path))
    shown = (moved.get((i.rule, i.path, i.cause)) for i in issues)
    return tuple(replace(to, level=i.level) if to else i for i, to in zip(issues, shown, strict=True))


FIXED = GAP_RULES
"""Rules that no 版式 changes: what is not filled in is never published as if it were."""


def with_levels(issues: Iterable[Issue], levels: Mapping[str, Level | None]) -> Iterator[Issue]:
    """`issues` without those of rules that are off, the others at their rule's level; notes (尾差) stay notes."""
    for issue in issues:
        level = levels.get(issue.rule, issue.level) if issue.rule not in FIXED else issue.level
        if level is not None:
            yield issue if issue.level is Level.NOTE else replace(issue, level=level)


def unknown_rules(levels: Mapping[str, Level | None], profile: str, known: Collection[str]) -> Iterator[Issue]:
    """An issue for each rule that a 版式 sets and that there is not, or that it must leave as it is."""
    for rule in levels:
        if rule in FIXED or rule not in known:
            why = "不能改" if rule in FIXED else f"不存在{near_miss(rule, known)}"
            cause = f"版式“{profile}”的“规则”里写了 {rule}，这条规则{why}。"
            yield Issue("PROFILE-007", Level.WARNING, cause, "改正编号，或删去这一行。")


UNUSED, REFUSED = "COMPLETE-008", "COMPLETE-009"


def waived(issues: Iterable[Issue], loaded: Loaded) -> list[Issue]:
    """`issues` with those marked that the unit waives; waivers that meet nothing, or must not, are told."""
    waivers = loaded.accounts.waivers
    if not waivers:
        return list(issues)
    used: set[int] = set()
    out: list[Issue] = []
    for issue in issues:
        index = next((n for n, w in enumerate(waivers) if _meets(w, issue)), None)
        if index is None or issue.rule in GAP_RULES:
            out.append(issue)
        else:
            used.add(index)
            out.append(replace(issue, waived=waivers[index].reason))
    return [*out, *(_told(w, n, loaded) for n, w in enumerate(waivers) if n not in used)]


def _meets(waiver: Waiver, issue: Issue) -> bool:
    if waiver.rule != issue.rule:
        return False
    path = waiver.path
    return not path or issue.path == path or issue.path.startswith((f"{path}.", f"{path}["))


def _told(waiver: Waiver, index: int, loaded: Loaded) -> Issue:
    path = f"豁免[{index + 1}]"
    place = loaded.place(path)
    if waiver.rule in GAP_RULES:
        cause = f"{waiver.rule} 不能豁免：没填的内容不能公开。"
        return Issue(REFUSED, Level.WARNING, cause, "填上内容，删去这条豁免。", path, place)
    cause = f"这条豁免没有用到：没有“{waiver.rule}”在“{waiver.path or '任何路径'}”的问题。"
    return Issue(UNUSED, Level.NOTE, cause, "问题已经改好的，删去它；否则核对编号和路径。", path, place)


_TEMPLATE = "检查报告.html.j2"


def as_text(issues: Iterable[Issue], items: Sequence[ToFill] = ()) -> str:
    """How many there are, then what is wrong and what is to be filled in (`items`), the gravest first."""
    causes = by_cause(i for i in issues if not is_to_fill(i))
    errors = [c for c in causes if c.head.stops]
    lines = [f"{summary(causes, items)}。"] if causes or not items else []  # what is to be filled in counts itself
    lines += [*entry_lines(errors), *to_fill_lines(items)]
    return "\n".join([*lines, *entry_lines(c for c in causes if not c.head.stops)])


def entry_lines(causes: Iterable[Cause], *, short: bool = False) -> Iterator[str]:
    """Causes, many of one rule as one entry with its places; `short`: a line each."""
    found: dict[tuple[str, str], list[Cause]] = {}
    for cause in causes:
        found.setdefault((cause.head.rule, _level(cause.head)), []).append(cause)
    for alike in found.values():
        if short:
            yield _short(alike)
        elif len(alike) == 1:
            yield cause_text(alike[0])
        else:
            yield from _entry(alike)


def _entry(alike: Sequence[Cause]) -> Iterator[str]:
    head = alike[0].head
    mends = {c.head.mend for c in alike}
    yield f"{_level(head)} {head.rule}（{len(alike)} 处）{title_of(head.rule)}"
    for cause in alike:
        mend = f" → {cause.head.mend}" if len(mends) > 1 and cause.head.mend else ""
        yield f"    {_where(cause.head)}{cause.head.cause}{mend}"
        yield from (f"      连带：{_level(i)} {i.rule} {i.cause}" for i in cause.consequences)
    if len(mends) == 1 and head.mend and not head.waived:
        yield f"    → {head.mend}"


def _short(alike: Sequence[Cause]) -> str:
    places = [place.cell or f"第{place.line}行" for c in alike if (place := c.head.place)]
    more = f"等 {len(alike)} 处" if len(alike) > _SHOWN else ""
    head = alike[0].head
    what = title_of(head.rule) or head.cause
    return f"{_level(head)} {head.rule} {what}（{'、'.join(dict.fromkeys(places[:_SHOWN]))}{more}）"


def title_of(rule: str) -> str:
    """What a rule wants; blank where nobody says."""
    from budgetgen.check.book import read_written  # noqa: PLC0415 - the rulebook reports its own faults through this file

    if rule in REGISTER:
        return REGISTER[rule].title
    if rule in RULES:
        return RULES[rule].title
    written = read_written(tuple(resources.shelves()[-1].checks()))
    return written[rule].title if rule in written else ""


def to_fill_lines(items: Sequence[ToFill]) -> Iterator[str]:
    """What is still to be filled in, by sheet and cell, counted."""
    if not items:
        return
    stops = sum(item.stops for item in items)
    drafts = (
        ""
        if stops == len(items)
        else f"（其中 {stops} 处不填就不生成，其余不填只生成草稿）"
        if stops
        else "（不填只生成草稿）"
    )
    yield f"还要填 {len(items)} 处{drafts}，没有的写 0 或“无”："
    for sheet, found in by_sheet(items).items():
        if found[0].sheet:
            yield f"  {sheet}（{len(found)} 处）："
            yield from _wrapped([f"{item.cell} {item.named}".strip() for item in found])
        elif found[0].new:
            plain = "；".join(item.words for item in found if item.new == item.words)
            yield f"  {sheet}：{plain}"
            yield from (f"    {item.new}" for item in found if item.new != item.words)
        else:
            yield f"  {sheet}：{'；'.join(item.named for item in found)}" if sheet else f"  {found[0].words}"


def _wrapped(words: Sequence[str]) -> Iterator[str]:
    line = ""
    for word in words:
        if line and _width(line) + _width(word) > _LINE:
            yield f"    {line}"
            line = ""
        line += f"；{word}" if line else word
    if line:
        yield f"    {line}"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def cause_text(cause: Cause) -> str:
    """A cause in a few lines."""
    lines = [issue_text(cause.head)]
    if len(cause.consequences) > 0:
        lines.append("    连带的问题：")
        lines += [f"      {_level(i)} {i.rule} {_words(i)}{i.cause}" for i in cause.consequences]
    return "\n".join(lines)


def issue_text(issue: Issue) -> str:
    """An issue in two lines: what and where, and what to do."""
    place = f"（{issue.place}）" if issue.place else ""
    words = _words(issue) if issue.place else f" {_words(issue)}" if issue.path else "："
    mend = f"\n    → {issue.mend}" if issue.mend and not issue.waived else ""
    waived = f"\n    已豁免：{issue.waived}" if issue.waived else ""
    return f"{_level(issue)} {issue.rule}{place}{words}{issue.cause}{mend}{waived}"


def _words(issue: Issue) -> str:
    """What an issue is about, in words of the form."""
    return f"{path_words(issue.path)}：" if issue.path else ""


def _where(issue: Issue) -> str:
    return f"{issue.place} {_words(issue)}" if issue.place else _words(issue)


def summary(causes: Sequence[Cause], items: Sequence[ToFill] = ()) -> str:
    """How many causes of each level, and things to fill in, in one line."""
    found = "、".join(f"{name} {n} 处" for name, n in count(causes).items() if n)
    return "，".join(filter(None, (found, f"还要填 {len(items)} 处" if items else ""))) or "没有发现问题"


def count(causes: Iterable[Cause]) -> dict[str, int]:
    """Causes by the gravest level in each, waived ones apart."""
    counts = {**{level.label: 0 for level in reversed(Level)}, "已豁免": 0}
    for cause in causes:
        counts["已豁免" if cause.head.waived else cause.head.level.label] += 1
    return counts


def as_json(issues: Iterable[Issue], accounts: Accounts | None, items: Sequence[ToFill] = ()) -> str:
    """The same as JSON: keys and their order never change; absent texts are blank, absent lists empty."""
    causes = by_cause(issues)
    told = {
        **_unit(accounts), "计数": count(causes), "问题": [_cause(c) for c in causes], "还要填": [_item(i) for i in items],
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def as_html(issues: Iterable[Issue], accounts: Accounts | None, items: Sequence[ToFill] = ()) -> str:
    """The same as one HTML file without any other beside it."""
    causes = by_cause(i for i in issues if not (items and is_to_fill(i)))
    sheets = {sheet: [_item(i) for i in found] for sheet, found in by_sheet(items).items()}
    names = {**_unit(accounts), "计数": count(causes), "问题": [_cause(c) for c in causes], "还要填": sheets}
    return _page()(names)


@cache
def _page() -> Callable[[Mapping[str, object]], str]:
    """What fills the page: compiled once for a batch's thousands of reports."""
    return environment().from_string(resources.templates("html", _TEMPLATE).read_text(encoding="utf-8")).render


FORMATS: Mapping[str, Callable[[Iterable[Issue], Accounts | None, Sequence[ToFill]], str]] = {
    "text": lambda issues, _, items: as_text(issues, items) + "\n",
    "json": as_json,
    "html": as_html,
}


def _unit(accounts: Accounts | None) -> dict[str, Any]:
    return {"单位": accounts.unit.name if accounts else "", "年度": accounts.year if accounts else 0}


def _cause(cause: Cause) -> dict[str, Any]:
    return {
        **_issue(cause.head),
        "可疑项": list(cause.suspects) if cause.consequences else [],
        "连带": [_issue(i) for i in cause.consequences],
    }


def _issue(issue: Issue) -> dict[str, Any]:
    return {
        "规则": issue.rule,
        "级别": issue.level.label,
        "路径": issue.path,
        "位置": str(issue.place or ""),
        "原因": issue.cause,
        "数": [{"名称": name, "数": amount} for name, amount in issue.figures],
        "相差": issue.difference,
        "改法": issue.mend,
        "豁免": issue.waived,
        "项目": path_words(issue.path),
    }


def _item(item: ToFill) -> dict[str, Any]:
    return {
        "路径": item.path,
        "位置": str(item.place or ""),
        "工作表": item.sheet,
        "单元格": item.cell,
        "项目": item.words,
        "称呼": item.named,
        "改法": item.hint,
        "不填不生成": item.stops,
    }


def _level(issue: Issue) -> str:
    return f"{issue.level.label}（已豁免）" if issue.waived else issue.level.label
