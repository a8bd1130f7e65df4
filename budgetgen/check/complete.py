"""COMPLETE: what a sentence or a cell needs and the input does not give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from budgetgen.check.rules import rule
from budgetgen.compute import Computed
from budgetgen.consolidate import DRAFT_UNIT
from budgetgen.figures import Blank, Figure, Group
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded, child_path
from budgetgen.template import Rendered

GAP_RULES = frozenset({"COMPLETE-001", "COMPLETE-002", "COMPLETE-003", "INPUT-021", "INPUT-049", DRAFT_UNIT})
"""Findings that leave something to be filled: the packet is a draft."""
_PLACEHOLDER = "【待填写"


def find_gaps(files: Iterable[Rendered], loaded: Loaded) -> list[Issue]:
    """Each fact that the printed files lack, once: an amount is an error, a text makes a draft."""
    gaps: dict[str, Blank] = {}
    for rendered in files:
        for item in rendered.printed:
            if isinstance(item.value, Blank):
                gaps.setdefault(item.value.path, item.value)
    return [_told(gap, loaded) for gap in gaps.values()]


def _told(gap: Blank, loaded: Loaded) -> Issue:
    if gap.level is Level.ERROR:
        return Issue(
            "COMPLETE-001", gap.level, "表格或句子要用这个数，但没有填。", "填上；确实没有的填 0。",
            gap.path, loaded.place(gap.path),
        )  # fmt: skip
    return Issue(
        "COMPLETE-002", gap.level, f"句子要用这段文字，但没有填，先写成“{gap}”。", "填上后再生成一次。",
        gap.path, loaded.place(gap.path),
    )  # fmt: skip


@rule("COMPLETE-003", "文字中没有留待填写", "公开前应填写完整", Level.WARNING)
def texts_are_written(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """Texts of the input that still say 【待填写…】."""
    found: dict[str, str] = {}
    _gather_unwritten(computed.tree, "", found)
    for path, text in found.items():
        yield Issue(
            "COMPLETE-003", Level.WARNING, f"还写着“{text[:20]}”。", "填上后再生成一次。", path, loaded.place(path)
        )


def _gather_unwritten(node: object, path: str, found: dict[str, str]) -> None:
    """Path → text of every text below `node` that still holds a place."""
    for at, value in _parts(node, path):
        if isinstance(value, str):
            if _PLACEHOLDER in value:
                found[at] = value
        elif not isinstance(value, Figure):  # most of a tree are figures, which hold no texts
            _gather_unwritten(value, at, found)


def _parts(node: object, path: str) -> Iterator[tuple[str, object]]:
    """What stands directly in `node`, with its path."""
    if isinstance(node, Group):
        for name in node.names():
            yield child_path(path, name), node[name]
    elif isinstance(node, Mapping):
        for name, value in node.items():
            yield f"{path}[{name}]", value
    elif isinstance(node, list) and not (node and isinstance(node[0], Figure)):
        for number, value in enumerate(node, 1):
            yield value.name if isinstance(value, Group) else f"{path}[{number}]", value
