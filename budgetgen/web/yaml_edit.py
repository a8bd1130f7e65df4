"""Values put into a person's YAML file: the text of what is changed is changed, and not a character beside it.

三公经费: {公务接待费: {决算: 1.20}}  # 见台账          三公经费.公务接待费.预算 = 3 →
三公经费: {公务接待费: {决算: 1.20, 预算: 3}}  # 见台账
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any

import yaml

from budgetgen.input import raw
from budgetgen.input.bind import identity_of
from budgetgen.input.yaml import LOADER
from budgetgen.input.yaml_writer import scalar
from budgetgen.issues import SourceRef
from budgetgen.model import Accounts
from budgetgen.model.declarations import Declared, ListOf, Shape, fields_of, part_of
from budgetgen.records import record
from budgetgen.web.typed_values import CannotSetError, ModelOf, Step, Typed, lines_of, steps_of, typed_at

_NOWHERE = SourceRef("")
_INDENT = "  "
Route = tuple[str | int, ...]
"""The way to a node: keys, and positions in lists."""


@dataclass(slots=True)
class Node:
    """What stands in the text from `start` to `end`: a scalar, keys with values, or items."""

    start: int
    end: int
    text: str = ""
    entries: list[tuple[str, Node, Node]] | None = None
    items: list[Node] | None = None
    flow: bool = False
    waiting: Node | None = None
    names: dict[str, int] | None = None

    def under(self, key: str) -> Node | None:
        """What stands under a key."""
        return next((value for name, _, value in self.entries or () if name == key), None)


def set_in_yaml(text: str, values: Mapping[str, str], model_of: ModelOf = lambda _, __: Accounts) -> str:
    """`text` with each value (by its path) in it. CannotSetError: a path leads to no place of the file."""
    root = _tree(text)
    model = _model(root, model_of)
    for path, value in values.items():
        typed = typed_at(path, model)
        if typed is None:
            raise CannotSetError(f"“{path}”不是能直接填的一项，请在文件里改")
        text, root = _with(text, root, typed, value, model)
    return text


def typed_in_yaml(text: str, paths: Iterable[str], model_of: ModelOf) -> dict[str, tuple[Typed, str]]:
    """What may be typed at those of `paths` at which a value may be typed, and what stands there now."""
    try:
        root = _tree(text)
    except CannotSetError:
        return {}
    model = _model(root, model_of)
    wanted = {path: typed for path in paths if path and (typed := typed_at(path, model)) is not None}
    return {path: (typed, _text(_walk(root, steps_of(path), model))) for path, typed in wanted.items()}


def _text(at: _Walk) -> str:
    """What stands where a walk leads; the items of a list one a line, blank where there is nothing."""
    if at.left or at.node.entries is not None:
        return ""
    return at.node.text if at.node.items is None else "\n".join(item.text for item in at.node.items)


def _model(root: Node, model_of: ModelOf) -> type[Accounts]:
    """The model of accounts in the 版式 and for the kind of packet that a file names."""
    return model_of(*(node.text.strip() if (node := root.under(key)) else "" for key in ("版式", "材料")))


@record
class _Walk:
    """How far steps led: the node that was reached, the way to it, the steps that lead to nothing yet."""

    node: Node
    route: Route
    left: Sequence[Step]


def _walk(node: Node, steps: Sequence[Step], model: type[Accounts]) -> _Walk:
    route: Route = ()
    shape: Shape | None = None
    part: type[Declared] | None = model
    for number, step in enumerate(steps):
        key, found = _step(node, step, part)
        if found is None:
            return _Walk(node, route, steps[number:])
        route, node = (*route, key), found
        shape = _after(shape, step, part)
        part = part_of(shape) if shape is not None else None
    return _Walk(node, route, ())


def _with(text: str, root: Node, typed: Typed, value: str, model: type[Accounts]) -> tuple[str, Node]:
    """The text with one value in it, and its tree."""
    at = _walk(root, steps_of(typed.path), model)
    written = _written(typed, value)
    changed = _added(text, at.node, at.left, written) if at.left else _replaced(text, at.node, written)
    route = (*at.route, *(step.name for step in at.left))
    tree = _tree(changed)
    if dict(_leaves(root, route)) != dict(_leaves(tree, route)):
        raise CannotSetError("改了会牵动别的内容，请在文件里改")
    return changed, tree


def _leaves(node: Node, besides: Route, at: Route = ()) -> Iterator[tuple[Route, str]]:
    """Every value of a tree but those at or below `besides`, by the way to it."""
    if at == besides:
        return
    for key, _, value in node.entries or ():
        yield from _leaves(value, besides, (*at, key))
    for number, item in enumerate(node.items or ()):
        yield from _leaves(item, besides, (*at, number))
    if node.entries is None and node.items is None and node.text.strip():
        yield at, node.text


def _after(shape: Shape | None, step: Step, part: type[Declared] | None) -> Shape | None:
    if step.item:
        return shape.item if isinstance(shape, ListOf) else None
    return fields_of(part)[step.name].shape if part is not None else None


def _step(node: Node, step: Step, part: type[Declared] | None) -> tuple[str | int, Node | None]:
    """The node that a step leads to, and how it is reached; None where there is none yet."""
    if not step.item or node.entries is not None:
        return step.name, node.under(step.name)
    if node.names is None:
        node.names = {key: number for number, key in enumerate(_names(node.items or (), part))}
    number = node.names.get(step.name)
    return (step.name, None) if number is None else (number, (node.items or [])[number])


def _names(items: Sequence[Node], part: type[Declared] | None) -> Iterator[str]:
    """What paths call the items of a list: by their own key, else counted from 1."""
    seen: set[str] = set()
    for number, item in enumerate(items, 1):
        key = identity_of(part, _as_raw(item)) if part else ""
        yield key if key and key not in seen else str(number)
        seen.add(key)


def _as_raw(node: Node) -> raw.Node:
    if node.entries is None:
        return raw.Scalar(node.text, _NOWHERE)
    return raw.Mapping(tuple(raw.Entry(key, _NOWHERE, _as_raw(value)) for key, _, value in node.entries), _NOWHERE)


# ----------------------------------------------------------------------------------------------------------- reading


@lru_cache(maxsize=2)  # what was just written is looked at next
def _tree(text: str) -> Node:
    """The file's nodes with their stretches of the text. CannotSetError: it is no YAML."""
    starts = [0, *accumulate(len(line) for line in text.splitlines(keepends=True))]
    stack = [Node(0, len(text), items=[])]
    try:
        for event in yaml.parse(text, Loader=LOADER):
            _take(event, starts, stack)
    except yaml.YAMLError as e:
        raise CannotSetError("文件本身不合 YAML 的写法，先照所说的那一行改好") from e
    (top,) = stack
    if not top.items or top.items[0].entries is None:
        raise CannotSetError("文件里没有“键: 值”")
    return top.items[0]


def _take(event: Any, starts: Sequence[int], stack: list[Node]) -> None:
    """Put what an event tells where it belongs."""
    start = starts[event.start_mark.line] + event.start_mark.column
    end = starts[event.end_mark.line] + event.end_mark.column
    match event:
        case yaml.ScalarEvent():
            _put(stack, Node(start, end, str(event.value)))
        case yaml.MappingStartEvent():
            stack.append(_put(stack, Node(start, end, entries=[], flow=bool(event.flow_style))))
        case yaml.SequenceStartEvent():
            stack.append(_put(stack, Node(start, end, items=[], flow=bool(event.flow_style))))
        case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
            stack.pop().end = end


def _put(stack: list[Node], node: Node) -> Node:
    parent = stack[-1]
    if parent.items is not None:
        parent.items.append(node)
    elif parent.waiting is None:
        parent.waiting = node
    else:
        assert parent.entries is not None
        parent.entries.append((parent.waiting.text.strip(), parent.waiting, node))
        parent.waiting = None
    return node


# ----------------------------------------------------------------------------------------------------------- writing


def _written(typed: Typed, value: str) -> str:
    """A value as YAML on one line."""
    if not typed.many:
        return scalar(" ".join(lines_of(value)))
    lines = list(lines_of(value))
    if len(lines) == 1 and lines[0] in ("无", "0"):
        return lines[0]
    return f"[{', '.join(map(scalar, lines))}]"


def _replaced(text: str, node: Node, written: str) -> str:
    """The text with a value in place of the one that stands there."""
    start, end = node.start, node.end
    if node.entries:
        raise CannotSetError("这里已有几项内容，请在文件里改")
    while end > start and text[end - 1] in "\r\n ":  # a block ends where the next thing begins
        end -= 1
    if start == end:
        before = " " if text[start - 1 : start] not in (" ", "") else ""
        return f"{text[:start]}{before}{written}{text[end:]}"
    return f"{text[:start]}{written}{text[end:]}"


def _added(text: str, node: Node, steps: Sequence[Step], written: str) -> str:
    """The text with a value under keys that are not there yet below `node`."""
    if any(s.item and not s.name.isdigit() for s in steps) or node.entries is None:
        raise CannotSetError("文件里还没有这一部分，请在文件里加")
    keys = [s.name for s in steps]
    if node.flow:
        for key in reversed(keys[1:]):
            written = f"{{{scalar(key)}: {written}}}"
        last = node.entries[-1][2].end if node.entries else node.start + 1
        comma = ", " if node.entries else ""
        return f"{text[:last]}{comma}{scalar(keys[0])}: {written}{text[last:]}"
    return _block_added(text, node, keys, written)


def _block_added(text: str, node: Node, keys: Sequence[str], written: str) -> str:
    """New lines after the last one of a block, indented as its keys are."""
    assert node.entries
    first = node.entries[0][1]
    column = first.start - (text.rfind("\n", 0, first.start) + 1)
    newline = "\r\n" if "\r\n" in text else "\n"
    at = _last(node)
    while at > 0 and text[at - 1] in "\r\n \t":
        at -= 1
    line_end = text.find("\n", at)
    line_end = len(text) if line_end < 0 else line_end - (text[line_end - 1 : line_end] == "\r")
    lines = [f"{' ' * column}{_INDENT * n}{scalar(key)}:" for n, key in enumerate(keys)]
    return f"{text[:line_end]}{newline}{newline.join(lines)} {written}{text[line_end:]}"


def _last(node: Node) -> int:
    """Where the last thing in a node ends."""
    if node.flow or (not node.entries and not node.items):
        return node.end
    return _last(node.entries[-1][2]) if node.entries else _last((node.items or [])[-1])
