"""What templates may call, and how much they may do: a list, steps, room and a deadline.

Templates come by mail. The sandbox keeps them from Python; this keeps them from filling memory or never ending. Nothing
here needs a signal or a thread, so it holds on every system and in a browser.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any

from jinja2 import Undefined, filters, nodes, pass_context, tests
from jinja2.exceptions import SecurityError, TemplateSyntaxError
from jinja2.runtime import Context, LoopContext, Macro

from budgetgen.figures import Group

FILTERS = frozenset(
    {"count", "default", "first", "last", "length", "list", "map", "reject", "rejectattr", "replace", "select", "selectattr",
     "sort", "trim"}
)  # fmt: skip
"""Jinja's own filters that templates may use, beside those of this package."""
TESTS = frozenset({"defined", "undefined", "none", "true", "false", "string", "number", "odd", "even"})
COMPARING = frozenset({"eq", "equalto", "==", "ne", "!=", "gt", ">", "ge", ">=", "lt", "<", "le", "<=", "in"})
METHODS: tuple[tuple[type, frozenset[str]], ...] = (
    (
        str,
        frozenset({"startswith", "endswith", "strip", "lstrip", "rstrip", "removeprefix", "removesuffix", "replace"}),
    ),
    (dict, frozenset({"items", "keys", "values", "get"})),
    (LoopContext, frozenset({"cycle"})),
)
"""Methods that templates may call, by the kind of their owner."""
_STATEMENTS = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends, nodes.ScopedEvalContextModifier)
_REFUSED = {"Include": "include", "Import": "import", "FromImport": "from", "Extends": "extends"}

MAX_STEPS = 10_000_000
"""What one render may do: the turn of a loop is one step, a call is `CALL` (they take about as much longer)."""
CALL = 50
_FILTER = 10
MAX_SECONDS = 7
UNTIMED = 300_000
"""Steps that no clock is asked for: a whole packet takes fewer, so that a busy machine never stops one."""
_TIMED = MAX_STEPS - UNTIMED
"""With fewer steps left the clock is asked."""
_CHARACTERS = 200
"""Characters that are looked through in a step."""
MAX_LENGTH = 1_000_000
"""Characters of one text that a template makes."""
MAX_ITEMS = 200_000
"""Items of one list that a template makes."""
MAX_ROOM = 64 * 2**20
"""Bytes of everything that a render makes: texts, lists, and the literals that its loops and macros repeat."""
_POINTER = 8
_ITEM = 80
_MAX_BITS = 4096
_CONTAINERS = (list, tuple, dict, set)


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
    """A function of the engine's own that templates of others call, counted: it makes a text of its named arguments, handed over as one, and of others."""

    __slots__ = ()


class _Budget:
    __slots__ = ("begun", "room", "steps", "until")

    def __init__(self) -> None:
        self.steps, self.room = MAX_STEPS, MAX_ROOM
        self.begun, self.until = time.process_time(), time.monotonic() + MAX_SECONDS

    def check(self) -> None:
        if self.steps < 0:
            raise SecurityError("模板做的事太多（循环和调用过多）")
        if self.room < 0:
            raise SecurityError(f"模板做出的文字和列表合起来过大（上限 {MAX_ROOM // 2**20} MB）")
        if self.steps < _TIMED and time.monotonic() > self.until:
            self._look_again()

    def _look_again(self) -> None:
        """A machine that is busy with others is no fault of the template: what counts is what this process has worked."""
        left = self.begun + MAX_SECONDS - time.process_time()
        if left <= 0:
            raise SecurityError(f"模板做的事太久（超过 {MAX_SECONDS} 秒）")
        self.until = time.monotonic() + left


_BUDGET: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextmanager
def bounded() -> Iterator[None]:
    """While it is open, steps, room and time are counted; opened again inside, the count goes on."""
    token = None if _BUDGET.get() else _BUDGET.set(_Budget())
    try:
        yield
    finally:
        if token:
            _BUDGET.reset(token)


def spend(steps: int, room: int = 0) -> None:
    """SecurityError: the render has used up its steps, its room or its time."""
    budget = _BUDGET.get()
    if budget is not None:
        budget.steps -= steps
        budget.room -= room
        if budget.steps < _TIMED or budget.room < 0:
            budget.check()


def spend_text(text: str, steps: int = 0) -> str:
    """The text, its room paid for and the steps to it."""
    spend(steps + len(text) // _CHARACTERS, sys.getsizeof(text))
    return text


def sized(value: Any) -> Any:
    """The value, its room paid for. SecurityError: a text or list that is too long."""
    if isinstance(value, str):
        check_length(len(value))
        spend(1 + len(value) // _CHARACTERS, sys.getsizeof(value))
    elif isinstance(value, _CONTAINERS):
        check_items(len(value))
        spend(1 + len(value) // _POINTER, sys.getsizeof(value))
    return value


def check_length(length: int) -> None:
    """SecurityError: no text may have so many characters."""
    if length > MAX_LENGTH:
        raise SecurityError(f"模板做出的文字过长（超过 {MAX_LENGTH} 字）")


def check_items(length: int) -> None:
    """SecurityError: no list may have so many items."""
    if length > MAX_ITEMS:
        raise SecurityError(f"模板做出的列表过长（超过 {MAX_ITEMS} 项）")


def bound_tree(tree: nodes.Template, name: str | None, filename: str | None) -> nodes.Template:
    """The same template with its loops and macros paid for, and what it puts together measured.

    TemplateSyntaxError: a statement that reads another template, or that turns escaping off.
    """
    for node in list(tree.find_all(nodes.Node)):
        if isinstance(node, _STATEMENTS):
            word = _REFUSED.get(type(node).__name__, "autoescape")
            raise TemplateSyntaxError(f"不能用 {{% {word} %}}", node.lineno, name, filename)
        _measure_fields(node)
        if isinstance(node, nodes.For):
            weight = nodes.Const(0 if node.recursive else _weight_of(node))  # one that calls itself pays turn by turn
            node.iter = _filtered(node.iter, "_counted", weight)
        if isinstance(node, (nodes.Macro, nodes.CallBlock)) or (isinstance(node, nodes.For) and node.recursive):
            _pay(node)
        elif isinstance(node, nodes.AssignBlock):
            node.filter = _filtered(node.filter, "_sized")
        elif isinstance(node, nodes.Compare) and not all(_is_plain(side.expr) for side in node.ops):
            node.expr = _filtered(node.expr, "_flat")
            for side in node.ops:
                side.expr = _filtered(side.expr, "_flat")
        elif isinstance(node, nodes.Pair) and not _is_plain(node.key):
            node.key = _filtered(node.key, "_flat")
    return tree


def _is_plain(node: nodes.Node) -> bool:
    """Whether a side is written out: what is compared with words and numbers of the template's own takes no time."""
    return isinstance(node, nodes.Const) or (isinstance(node, nodes.List) and all(map(_is_plain, node.items)))


def _pay(node: nodes.For | nodes.Macro | nodes.CallBlock) -> None:
    """Let each turn of a loop or call of a macro pay for what it adds."""
    paid = _filtered(nodes.Const(_weight_of(node)), "_paid")
    node.body.insert(0, nodes.ExprStmt(paid, lineno=node.lineno))


def _weight_of(node: nodes.For | nodes.Macro | nodes.CallBlock) -> int:
    """Bytes of the literals and outputs that a turn of a loop or a call of a macro adds."""
    return sum(map(_weight, node.body))


def _weight(node: nodes.Node) -> int:
    """Bytes that a run of `node` adds by itself; loops and macros inside pay for themselves."""
    if isinstance(node, nodes.TemplateData):
        return len(node.data)
    if isinstance(node, (nodes.For, nodes.Macro, nodes.CallBlock)):
        return 0
    own = _POINTER * len(node.nodes) if isinstance(node, nodes.Output) else 0
    return own + sum(map(_weight, node.iter_child_nodes()))


def _measure_fields(node: nodes.Node) -> None:
    for name, value in list(node.iter_fields()):
        if isinstance(value, list):
            value[:] = [_filtered(v, "_sized") if _makes_more(v) else v for v in value]
        elif _makes_more(value):
            setattr(node, name, _filtered(value, "_sized"))


def _makes_more(node: Any) -> bool:
    return isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice)


def _filtered(node: Any, name: str, *arguments: nodes.Expr) -> Any:
    return nodes.Filter(node, name, [*arguments], [], None, None, lineno=getattr(node, "lineno", 1))


def _counted(items: Any, weight: int) -> Any:
    """What a loop runs over, its turns paid for beforehand, each of which adds `weight` bytes."""
    if isinstance(items, Undefined):
        return items
    if not isinstance(items, Sized):
        items = list(islice(iter(items), MAX_ITEMS + 1))
        check_items(len(items))
    spend(len(items), weight * len(items))
    return items


@pass_context
def _paid(_: Context, weight: int) -> None:
    spend(0, weight)


@pass_context
def _flat(_: Context, value: Any) -> Any:
    """One side of a comparison, or a key."""
    spend(1 + len(value) // _CHARACTERS if isinstance(value, str) else 1)
    return unfolded(value) if isinstance(value, _CONTAINERS) else value


def unfolded(value: Any) -> Any:
    """The value. SecurityError: lists in lists that hold one another so often that no work on all of them ends."""
    if isinstance(value, _CONTAINERS):
        left, waiting = MAX_ITEMS, [value]
        while waiting:
            inner = waiting.pop()
            left -= len(inner)
            if left < 0:
                raise SecurityError("一组套一组的数据过大")
            spend(len(inner))
            waiting += (v for v in (inner.values() if isinstance(inner, dict) else inner) if isinstance(v, _CONTAINERS))
    return value


def bound_filters(known: dict[str, Callable[..., Any]], own: Mapping[str, Callable[..., Any]]) -> None:
    """Leave what the list names of Jinja's filters, each bounded, and add those of this package."""
    allowed = {name: _bounded_call(name, known[name]) for name in FILTERS}
    known.clear()
    known.update(allowed, _counted=_counted, _sized=sized, _paid=_paid, _flat=_flat)
    known.update({name: _bounded_call(name, work) for name, work in own.items()})


def bound_tests(known: dict[str, Any]) -> None:
    """Leave what the list names of Jinja's tests, those that compare only on what can be compared quickly."""
    allowed = {name: known[name] for name in TESTS} | {name: _comparing(tests.TESTS[name]) for name in COMPARING}
    known.clear()
    known.update(allowed)


def _comparing(work: Any) -> Callable[..., Any]:
    @pass_context
    def apply(context: Context, value: Any, *arguments: Any) -> Any:
        return work(_flat(context, value), *map(unfolded, arguments))

    return apply


def _bounded_call(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    kind = str(getattr(work, "jinja_pass_arg", "")).rpartition(".")[2]
    before = _HANDED.get(kind, _nothing)

    # With the context it is never worked out while a template is compiled, where nothing is counted.
    @pass_context
    def apply(context: Context, value: Any, *arguments: Any, **named: Any) -> Any:
        length = len(value) if isinstance(value, _CONTAINERS) else 0
        spend(_FILTER + (length or (len(value) // _CHARACTERS if isinstance(value, str) else 0)))
        check_work(name, context, value, arguments, named)
        return sized(work(*before(context), value, *arguments, **named))

    return apply


def _nothing(_: Context) -> tuple[Any, ...]:
    return ()


_HANDED: dict[str, Callable[[Context], tuple[Any, ...]]] = {
    "context": lambda context: (context,),
    "eval_context": lambda context: (context.eval_ctx,),
    "environment": lambda context: (context.environment,),
}
"""What Jinja's filters ask for before the value."""


def check_work(name: str, context: Context, value: Any, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> None:
    """SecurityError: the filter or method `name` would make too much of `value`, or take too long over it."""
    if name in ("replace", "trim") and any(isinstance(v, _CONTAINERS) for v in (value, *arguments, *named.values())):
        raise SecurityError("是一组数据，不是文字")
    if name == "replace":
        old, new = (str(a) for a in (*arguments, *named.values(), "", "")[:2])
        text = str(value)
        check_length(len(text) + (text.count(old) if old else len(text) + 1) * len(new))
    elif name == "list" and isinstance(value, str):
        spend(0, _ITEM * len(value))
    elif name == "sort":
        attribute = named.get("attribute") or (arguments[2] if len(arguments) > 2 else None)  # noqa: PLR2004
        get = filters.make_attrgetter(context.environment, attribute) if attribute else None
        for item in value:
            unfolded(get(item) if get else item)


def check_call(obj: Any, arguments: tuple[Any, ...], named: Mapping[str, Any], context: Context) -> None:
    """SecurityError: the call would make too much. What may be called at all, `may_call` has said."""
    handed = len(arguments) + len(named)
    spend(CALL + handed, 4 * _POINTER * handed)
    if not isinstance(obj, (Macro, Trusted)):
        for value in (*arguments, *named.values()):
            unfolded(value)
    owner = getattr(obj, "__self__", None)
    if isinstance(owner, str):
        spend(len(owner) // _CHARACTERS)
        check_work(obj.__name__, context, owner, arguments, named)


def may_call(owner: Any, name: str, value: Any) -> bool:
    """Whether `owner.name`, which is `value`, may be had: what can't be called, and the methods of the list."""
    if not callable(value) or isinstance(value, (Trusted, Macro)):
        return True
    return any(isinstance(owner, kind) and name in allowed for kind, allowed in METHODS)


def check_operator(operator: str, left: Any, right: Any) -> None:
    """SecurityError: `left` operator `right` would be too large, or can be made large by a format."""
    if operator == "%" and isinstance(left, (str, bytes)):
        raise SecurityError("不能用 % 排文字，请用 ~ 连接")
    if isinstance(left, int) and isinstance(right, int):
        _check_numbers(operator, left, right)
    elif operator == "**":
        raise SecurityError("乘方只用于整数")
    elif operator == "*":
        for text, times in ((left, right), (right, left)):
            if isinstance(text, (str, list, tuple)) and isinstance(times, int):
                _check_made(text, len(text) * times)
    elif operator == "+" and isinstance(left, (str, list, tuple)) and isinstance(right, (str, list, tuple)):
        _check_made(left, len(left) + len(right))


def _check_numbers(operator: str, left: int, right: int) -> None:
    bits = {"*": left.bit_length() + right.bit_length(), "**": abs(right) * max(left.bit_length(), 1)}
    if bits.get(operator, 0) > _MAX_BITS:
        raise SecurityError("乘方过大" if operator == "**" else "数过大")


def _check_made(kind: Any, length: int) -> None:
    if isinstance(kind, str):
        check_length(length)
    else:
        check_items(length)


class EmptyRow(Group):
    """A row that only fills a form: every cell of it is empty."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("", {})

    def lookup(self, name: str) -> object:  # noqa: ARG002 - every cell is empty
        """Nothing, whatever the name."""
        return None

    def __bool__(self) -> bool:
        return False


def padded(rows: Iterable[object], length: int) -> list[object]:
    """补齐: the rows, and empty rows after them up to `length`."""
    items = list(islice(rows, MAX_ITEMS + 1))
    check_items(max(len(items), length))
    empty = max(length - len(items), 0)
    spend(empty, _ITEM * empty)
    return [*items, *(EmptyRow() for _ in range(empty))]


def side_by_side(*columns: Iterable[object]) -> list[tuple[object, ...]]:
    """并排: several lists as rows; a list that is shorter goes on with empty rows."""
    lists = [list(islice(c, MAX_ITEMS + 1)) for c in columns]
    longest = max((len(c) for c in lists), default=0)
    check_items(longest)
    spend(longest, _ITEM * longest * len(lists))
    return list(zip(*(padded(c, longest) for c in lists), strict=True))
