"""What a figure is: its value, how it came about down to the input's lines, and where it is printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from budgetgen.check import rulebook
from budgetgen.check.rules import told
from budgetgen.check.rules_page import explain_rule
from budgetgen.figures import CATALOGUE, Blank, Figure, Group, Series
from budgetgen.issues import REGISTER, Issue, Level, Rejected, near_miss
from budgetgen.layout import read_profile
from budgetgen.model import Loaded, Share
from budgetgen.pipeline import Examined, examine
from budgetgen.resources import shelves
from budgetgen.verify import spots

_RULE = re.compile(r"[A-Z]+-\d{3}")
_TOKENS = re.compile(r"[^.\[\]]+")
_DEEPEST = 12
_SUMMED, _OFFSET = "各单位之和", "抵销内部往来"


def explain(name: str, unit: Path | None = None, *, profile: str = "", templates: tuple[Path, ...] = ()) -> str:
    """A rule by its id, or a figure of `unit` by its name, for people to read. Rejected where there is none such."""
    if _RULE.fullmatch(name.strip('"“”')):
        return _rule(name, unit, profile, templates)
    if unit is None:
        cause = f"要看“{name}”这个数，还要写数据文件。"
        raise Rejected([Issue("EXPLAIN-001", Level.ERROR, cause, f"如 budgetgen explain {name} unit.yaml。")])
    seen = examine(unit, profile=profile, templates=templates)
    if seen.computed is None or seen.loaded is None:
        raise Rejected(seen.issues)
    value = _find(seen, name)
    return "\n".join(_lines(value, name, seen)) + "\n"


def _rule(rule_id: str, unit: Path | None, profile: str, templates: tuple[Path, ...]) -> str:
    places = shelves(templates, unit.parent if unit else None)
    book = rulebook(read_profile(profile, places)) if profile or templates else rulebook()
    if rule_id not in book.rules and rule_id not in REGISTER:
        raise Rejected(
            [
                Issue(
                    "EXPLAIN-002",
                    Level.ERROR,
                    f"没有规则 {rule_id}{near_miss(rule_id, [*book.rules, *REGISTER])}",
                    "见 docs/勾稽规则.md。",
                )
            ]
        )
    return explain_rule(rule_id, book)


def _find(seen: Examined, name: str) -> object:
    """What stands under `name`: a computed figure, or anything in the tree."""
    assert seen.computed is not None
    found = seen.computed.figures.get(name)
    if found is not None:
        return found
    node: object = seen.computed.tree
    path = ""
    for token in _TOKENS.findall(name.replace('"', "")):
        node, path = _step(node, token, path, name), f"{path}.{token}" if path else token
    return node


def _step(node: object, token: str, path: str, name: str) -> object:
    """What stands under `token` in a node of the tree; Rejected with what is near where nothing does."""
    known: list[str] = []
    if isinstance(node, (Group, Figure, Blank)):
        known = list(node.names())
        if token in known or isinstance(node, Blank):
            return node.lookup(token)
    elif isinstance(node, Series):
        known = list(node.codes())
        if token in node:
            return node.row(token)
    elif isinstance(node, Mapping):
        known = [str(k) for k in node]
        if token in node:
            return node[token]
    elif isinstance(node, list):
        rows = {row.name.rpartition("[")[2].rstrip("]"): row for row in node if isinstance(row, Group)}
        known = list(rows)
        if token in rows:
            return rows[token]
    inside = f"“{path}”中" if path else ""
    cause = f"{inside}没有“{token}”{near_miss(token, known) or '。'}"
    raise Rejected([Issue("EXPLAIN-003", Level.ERROR, cause, f"核对名称“{name}”。")])


def _lines(value: object, name: str, seen: Examined) -> Iterator[str]:
    assert seen.loaded is not None
    if isinstance(value, Figure):
        yield f"{name}：{told(value.value, value.unit)}{_note(name)}"
        yield "怎么来的："
        yield from _Trace(seen.loaded).lines(value)
        yield from _printed(value, seen)
    elif isinstance(value, Blank):
        yield f"{name}：没有填（{value.path}）。"
    elif isinstance(value, Group):
        yield f"{name} 里有："
        yield from (f"  {key}：{_brief(value[key])}" for key in value.names())
    elif isinstance(value, (Series, list, Mapping)):
        yield f"{name} 有 {len(value)} 行。"
        keys = [row.name for row in value if isinstance(row, Group)] if not isinstance(value, Mapping) else list(value)
        yield from (f"  {key}" for key in keys)
    else:
        place = seen.loaded.place(name)
        yield f"{name}：{value}{f'（{place}）' if place else ''}"


def _note(name: str) -> str:
    general = re.sub(r"\[[^\]]*\]", "[*]", name)
    return f"（{CATALOGUE[general].note}）" if general in CATALOGUE else ""


def _brief(value: object) -> str:
    if isinstance(value, Figure):
        return told(value.value, value.unit)
    if isinstance(value, Blank):
        return "没有填"
    if isinstance(value, (Group, Series, list, Mapping)):
        return "…"
    return (
        {True: "是", False: "否", None: "没有"}.get(value, str(value)) if value in (True, False, None) else str(value)
    )


@dataclass
class _Trace:
    """How a figure came about, as an indented tree."""

    loaded: Loaded

    def lines(self, figure: Figure, depth: int = 1) -> Iterator[str]:
        """The figure and what it was made from, one a line; sums of one amount are left out."""
        while len(figure.operands) == 1 and figure.operands[0].value == figure.value and not figure.path:
            figure = figure.operands[0]
        shares = self.loaded.shares.get(figure.path, ()) if not figure.operands else ()
        place = self.loaded.place(figure.path) if figure.path and not shares else None
        operation = _SUMMED if shares else figure.operation
        origin = f"{operation} {place}" if place else operation
        named = figure.path if figure.path and not figure.operands else figure.name
        yield f"{'  ' * depth}{named} {told(figure.value, figure.unit)}（{origin}）"
        if depth < _DEEPEST:
            for operand in figure.operands:
                yield from self.lines(operand, depth + 1)
            for share in shares:
                yield from _shares(share, figure.unit, depth + 1)


def _shares(share: Share, unit: str, depth: int) -> Iterator[str]:
    """What a unit gives to an amount of its department, and below it what its own units give."""
    origin = _OFFSET if share.offset else _SUMMED if share.parts else "输入"
    place = f" {share.place}" if share.place and not share.parts else ""
    yield f"{'  ' * depth}{share.unit}：{told(share.amount, unit)}（{origin}{place}）"
    for part in share.parts:
        yield from _shares(part, unit, depth + 1)


def _printed(value: Figure, seen: Examined) -> Iterator[str]:
    """Where the figure is printed, and as what."""
    if seen.packet is None:
        return
    places = []
    for file, rendered in seen.packet.files.items():
        where = spots(rendered.data)
        places += [
            f"  {file.label} {where.of(item.place)}：{item.text}"
            for item in rendered.printed
            if isinstance(item.value, Figure) and item.value.name == value.name and item.value.unit == value.unit
        ]
    yield "印在：" if places else "没有印出来。"
    yield from places
