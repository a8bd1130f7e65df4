"""How much a template may do: steps of loops and calls, and the size of the texts and lists that it makes.

Templates come by mail. The sandbox keeps them from Python; these bounds keep them from filling memory or never ending.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any

from jinja2 import Undefined, nodes
from jinja2.exceptions import SecurityError

MAX_STEPS = 20_000_000
"""What one render may do: the turn of a loop is one step, a call is `CALL` (they take about as much longer)."""
CALL = 20
MAX_LENGTH = 32_000_000
"""Characters of a text, or items of a list, that a template makes."""
_MAX_WIDTH = 10_000
_MAX_BITS = 4096
_TOO_WIDE = re.compile(r"\d{5,}")
_REFUSED_FILTERS = ("safe", "xmlattr", "urlize", "random", "pprint", "attr")
_WIDTHS = frozenset({"center", "ljust", "rjust", "zfill", "expandtabs", "indent", "wordwrap", "truncate"})


class Trusted:
    """A function of the engine's own, which templates that it writes call without the sandbox's checks."""

    __slots__ = ("work",)

    def __init__(self, work: Callable[..., Any]) -> None:
        self.work = work


ENGINE_CALLS = frozenset(
    {"_row", "_turn", "_column", "_column_turn", "_value", "_spread_row", "_block", "_runs", "_id"}
)
"""The names by which scripts that the engine writes call its functions."""


class Spoken(Trusted):
    """A function of the engine's own that templates of others call by name: counted, with arguments by name too."""

    __slots__ = ()


class _Budget:
    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = MAX_STEPS

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise SecurityError("模板做的事太多（循环和调用过多）")


_BUDGET: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextmanager
def bounded() -> Iterator[None]:
    """While it is open, steps are counted; opened again inside, the count goes on."""
    token = None if _BUDGET.get() else _BUDGET.set(_Budget())
    try:
        yield
    finally:
        if token:
            _BUDGET.reset(token)


def spend(steps: int) -> None:
    """SecurityError: the render has used up its steps."""
    budget = _BUDGET.get()
    if budget is not None:
        budget.spend(steps)


def counted(items: Any) -> Any:
    """What a loop runs over, its turns paid for beforehand."""
    if isinstance(items, Undefined):
        return items
    if not isinstance(items, Sized):
        items = list(islice(iter(items), MAX_LENGTH + 1))
    spend(len(items))
    return sized(items)


def sized(value: Any) -> Any:
    """SecurityError: a text or list that is too long."""
    if isinstance(value, (str, list, tuple, dict)) and len(value) > MAX_LENGTH:
        raise SecurityError(f"模板做出的文字或列表过长（超过 {MAX_LENGTH}）")
    return value


def bound_tree(tree: nodes.Template) -> nodes.Template:
    """The same template with its loops counted and the texts that it puts together measured."""
    for loop in tree.find_all(nodes.For):
        loop.iter = _filtered(loop.iter, "_counted")
    for block in tree.find_all(nodes.AssignBlock):
        block.filter = _filtered(block.filter, "_sized")
    for node in list(tree.find_all(nodes.Node)):
        for name, value in list(node.iter_fields()):
            if isinstance(value, nodes.Concat):
                setattr(node, name, _filtered(value, "_sized"))
            elif isinstance(value, list):
                value[:] = [_filtered(v, "_sized") if isinstance(v, nodes.Concat) else v for v in value]
    return tree


def _filtered(node: Any, name: str) -> Any:
    return nodes.Filter(node, name, [], [], None, None, lineno=getattr(node, "lineno", 1))


def check_product(operator: str, left: Any, right: Any) -> None:
    """SecurityError: `left` operator `right` would be too large."""
    if operator == "**":
        power = getattr(right, "bit_length", None)
        bits = getattr(left, "bit_length", lambda: 64)()
        if power is not None and abs(right) * max(bits, 1) > _MAX_BITS:
            raise SecurityError("乘方过大")
        return
    for text, times in ((left, right), (right, left)):
        if operator == "*" and isinstance(text, (str, list, tuple)) and isinstance(times, int):
            _check_length(len(text) * times)
    if operator == "+" and isinstance(left, (str, list, tuple)) and isinstance(right, (str, list, tuple)):
        _check_length(len(left) + len(right))
    if operator == "%" and isinstance(left, str) and _TOO_WIDE.search(left):
        raise SecurityError("格式中的宽度过大")


def check_text_work(name: str, text: Any, arguments: tuple[Any, ...]) -> None:
    """SecurityError: the method or filter `name` of `text` would make a text that is too long."""
    if name in _WIDTHS and any(isinstance(a, int) and a > _MAX_WIDTH for a in arguments):
        raise SecurityError("宽度过大")
    if name in ("format", "format_map") and _TOO_WIDE.search(str(text)):
        raise SecurityError("格式中的宽度过大")
    if name == "replace" and len(arguments) > 1 and isinstance(text, str):
        old, new = str(arguments[0]), str(arguments[1])
        _check_length(len(text) + (text.count(old) if old else len(text) + 1) * len(new))
    if name == "join" and isinstance(text, str) and arguments and isinstance(arguments[0], Sized):
        _check_length(len(text) * len(arguments[0]))


def bound_filters(filters: dict[str, Callable[..., Any]]) -> None:
    """Take out the filters that write markup or differ from run to run, and bound those that can make long texts."""
    for name in _REFUSED_FILTERS:
        filters.pop(name, None)
    for name in (*_WIDTHS, "format", "replace"):
        if name in filters:
            filters[name] = _checked(name, filters[name])
    filters.update(_counted=counted, _sized=sized)


def _checked(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    kind = getattr(work, "jinja_pass_arg", None)

    def apply(*arguments: Any, **named: Any) -> Any:
        plain = arguments[1:] if kind is not None else arguments
        check_text_work(name, plain[0] if plain else "", (*plain[1:], *named.values()))
        return work(*arguments, **named)

    if kind is not None:
        apply.jinja_pass_arg = kind  # type: ignore[attr-defined]
    return apply


def _check_length(length: int) -> None:
    if length > MAX_LENGTH:
        raise SecurityError(f"模板做出的文字或列表过长（超过 {MAX_LENGTH}）")
