"""TEXT-012, TEXT-016: texts that are copied whole, and texts of an unlikely length."""

from __future__ import annotations

import re
from collections.abc import Iterator

from budgetgen.check.rules import rule
from budgetgen.check.texts.corpus import Kind, Written, corpus, told
from budgetgen.check.texts.words import words
from budgetgen.compute import Computed
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded

_BLOCK = 20
"""A text shorter than this can be the same twice by chance."""
_REPEATED = frozenset({Kind.REASON, Kind.NAME, Kind.CELL})
"""What rightly stands in several places: one reason for several changes, a project's name, an indicator."""
_EVALUATION, _GOALS = "绩效自评", "预期目标"
_PROJECT = re.compile(r"绩效自评\.项目\[[^\]]*\]")
_LEAST_REASON = 3
_MOST = {
    Kind.NAME: 60,
    Kind.REASON: 200,
    Kind.PLATFORM: 200,
    Kind.DUTY: 1500,
    Kind.TERM: 1500,
    Kind.PROSE: 3000,
    Kind.CELL: 500,
}


@rule("TEXT-012", "不同的节没有整段相同的文字", "各节应写各节的内容")
def blocks_are_not_copied(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """A long text that stands in two sections. Sections that share several are told once."""
    first: dict[str, Written] = {}
    copies: dict[tuple[str, str], list[Written]] = {}
    for written in corpus(loaded).texts:
        if written.kind in _REPEATED or len(written.text) < _BLOCK:
            continue
        original = first.setdefault(written.text, written)
        if original is not written and not _on_one_result(original.path, written.path):
            copies.setdefault(_sections(original.path, written.path), []).append(written)
    for (one, _), group in copies.items():
        count = f"有 {len(group)} 段文字" if len(group) > 1 else "这段文字"
        cause = f"{count}与 {one} 的逐字相同（“{group[0].text[:_BLOCK]}…”）。"
        yield told("TEXT-012", Level.WARNING, group[0], cause, "两处各写各的；确实相同的可以不改。", loaded)


def _on_one_result(one: str, other: str) -> bool:
    """Whether two texts tell of one evaluation: in part three, in the report and in its table.

    One project's texts are none of another's, and what was done is not what was to be done.
    """
    if not any(path.startswith(_EVALUATION) for path in (one, other)):
        return False
    projects = (_of(one), _of(other))
    if all(projects):
        return projects[0] == projects[1] and (_GOALS in one) == (_GOALS in other)
    return any(projects) or (_GOALS in one) == (_GOALS in other)


def _of(path: str) -> str:
    """The project that a path is about; blank for the whole unit."""
    project = _PROJECT.match(path)
    return project[0] if project else ""


def _sections(one: str, other: str) -> tuple[str, str]:
    """The two paths without the keys that both end in."""
    left, right = one.split("."), other.split(".")
    while len(left) > 1 and len(right) > 1 and left[-1] == right[-1]:
        left.pop()
        right.pop()
    return ".".join(left), ".".join(right)


@rule("TEXT-016", "文字长短合理", "原因要说清事由；名称不写成句子")
def lengths_are_likely(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """A reason that says nothing, and texts far longer than published packets have."""
    empty = words().lists["空话"]
    for written in corpus(loaded).texts:
        length, text = len(written.text), written.text.strip("。 　\n")
        if written.kind is Kind.REASON and (len(text) < _LEAST_REASON or text in empty):
            cause = f"原因只写了“{text}”，没有说清事由。"
            yield told("TEXT-016", Level.NOTE, written, cause, "写明因为什么事。", loaded)
        elif length > _MOST[written.kind]:
            cause = f"有 {length} 个字，这样的{written.kind.value}一般不超过 {_MOST[written.kind]} 个字。"
            yield told("TEXT-016", Level.NOTE, written, cause, "核对是不是贴多了。", loaded)
