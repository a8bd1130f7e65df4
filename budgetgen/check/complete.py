"""COMPLETE: what a sentence or a cell needs and the input does not give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from budgetgen.check.rules import rule
from budgetgen.compute import Computed
from budgetgen.figures import Blank, Figure, Group
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded, child_path
from budgetgen.template import Rendered

GAP_RULES = frozenset({"COMPLETE-001", "COMPLETE-002", "COMPLETE-003", "INPUT-021", "INPUT-049"})
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
    for path, text in _texts(computed.tree, ""):
        if _PLACEHOLDER in text:
            yield Issue(
                "COMPLETE-003", Level.WARNING, f"还写着“{text[:20]}”。", "填上后再生成一次。", path, loaded.place(path)
            )


def _texts(node: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, Group):
        for name in node.names():
            yield from _texts(node[name], child_path(path, name))
    elif isinstance(node, Mapping):
        for name, value in node.items():
            yield from _texts(value, f"{path}[{name}]")
    elif isinstance(node, list) and not (node and isinstance(node[0], Figure)):
        for index, value in enumerate(node):
            yield from _texts(value, value.name if isinstance(value, Group) else f"{path}[{index + 1}]")
