"""A template looked at without any unit's data: what is wrong with it, and which names it uses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError

from budgetgen.issues import Issue, Level, SourceRef
from budgetgen.records import record
from budgetgen.template.language.rendered import TemplateError
from budgetgen.template.language.script import TOO_DEEP, UNCOMPILED, Script, syntax_cause, watch_scripts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from budgetgen.expression import Environment


RULE = "TEMPLATE-001"
_ITEM = "[*]"
_CALCULATIONS = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.Neg)
_INTERNAL = re.compile("_[a-z0-9_]+$")


@record
class UsedName:
    """A name that a template asks for, as the catalogue writes it (`支出.类[*].合计`; `表()` is called), and where.

    `calculated` says that the template adds to it, or takes from it, or multiplies it.
    """

    place: str
    name: str
    calculated: bool = False


def check(path: Path, env: Environment, compile_template: Callable[..., object]) -> list[Issue]:
    """Everything that keeps the template at `path` from being used; empty where it can be compiled."""
    found: list[TemplateError] = []
    with watch_scripts() as scripts:
        try:
            compile_template(path, env, found.append)
        except TemplateError as error:
            found.append(error)
    faulty = [error for script in scripts if not script.is_whole for error in _faulty_tags(script, env, path.name)]
    if any(error.cause == TOO_DEEP for error in faulty):  # told with the tag that is
        found = [error for error in found if error.cause != TOO_DEEP]
    found += faulty
    order = {place: n for n, (place, *_) in enumerate(t for s in scripts for t in s.source.tags)}
    unique = {(e.place, e.cause): e for e in sorted(found, key=lambda e: order.get(e.place, -1))}
    return [
        Issue(RULE, Level.ERROR, e.cause, "改模板。", place=SourceRef(e.file, cell=e.place)) for e in unique.values()
    ]


def used_names(path: Path, env: Environment, compile_template: Callable[..., object]) -> list[UsedName]:
    """The names that the template at `path` asks the namespace for, each with its place, in order, without repeats.

    TemplateError: it cannot be compiled.
    """
    with watch_scripts() as scripts:
        compile_template(path, env)
    found: dict[UsedName, None] = {}
    for script in scripts:
        walker = _NameWalker()
        walker.block(env.parse(script.source.text).body)
        for line, name in walker.found:
            root = re.split(r"[.\[(]", name, maxsplit=1)[0]
            if root not in env.globals and not _INTERNAL.match(root):
                found.setdefault(UsedName(script.source.place(line), name, (line, name) in walker.calculated))
    return list(found)


def _faulty_tags(script: Script, env: Environment, file: str) -> Iterator[TemplateError]:
    """Every tag that is wrong by itself; compiling stops at the first."""
    for place, code, is_output in script.source.tags:
        text = f"{{{{ {code} }}}}" if is_output else _whole_statement(code)
        if text:
            try:
                env.compile(text, raw=True)
            except TemplateSyntaxError as error:
                yield TemplateError(file, place, syntax_cause(error, env))
            except UNCOMPILED:
                yield TemplateError(file, place, TOO_DEEP)


def _whole_statement(code: str) -> str:
    """A statement with what it needs to stand alone; blank for ends and middles."""
    word = code.split(maxsplit=1)[0] if code.split() else ""
    if word.startswith("end") or word in ("else", "elif", "break", "continue"):
        return ""
    blocks = ("for", "if", "macro", "call", "filter", "with")
    opens = word in blocks or (word == "set" and "=" not in code)
    return f"{{% {code} %}}{{% end{word} %}}" if opens else f"{{% {code} %}}"


@dataclass
class _NameWalker:
    """Follows names through loops and assignments: `{% for 行 in 支出.类 %}{{ 行.合计 }}` asks for `支出.类[*].合计`."""

    found: list[tuple[int, str]] = field(default_factory=list)
    calculated: set[tuple[int, str]] = field(default_factory=set)
    """Those of `found` that stand beside + - * / or a sign."""
    _bound: dict[str, str] = field(default_factory=dict)

    def block(self, body: Sequence[nodes.Node]) -> None:
        """Walk statements in order; what they bind stays bound for those after them."""
        for node in body:
            self._statement(node)

    def _statement(self, node: nodes.Node) -> None:
        if isinstance(node, nodes.For):
            self._loop(node)
        elif isinstance(node, nodes.Assign):
            self._read(node.node)
            self._bind(node.target, self._path(node.node) or "")
        elif isinstance(node, (nodes.Macro, nodes.CallBlock)):
            self._within(node.body, [a.name for a in node.args])
            if isinstance(node, nodes.Macro):
                self._bound[node.name] = ""
            else:
                self._read(node.call)
        elif isinstance(node, nodes.Expr):
            self._read(node)
        else:
            for child in node.iter_child_nodes():
                self._statement(child)

    def _loop(self, node: nodes.For) -> None:
        self._read(node.iter)
        path = self._path(node.iter)
        before = dict(self._bound)
        self._bind(node.target, f"{path}{_ITEM}" if path else "")
        self._bound["loop"] = ""
        if node.test is not None:
            self._read(node.test)
        self.block([*node.body, *node.else_])
        self._bound = before

    def _within(self, body: Sequence[nodes.Node], names: Sequence[str]) -> None:
        before = dict(self._bound)
        self._bound.update(dict.fromkeys([*names, "caller", "varargs", "kwargs"], ""))
        self.block(body)
        self._bound = before

    def _bind(self, target: nodes.Node, path: str) -> None:
        if isinstance(target, nodes.Name):
            self._bound[target.name] = "" if _INTERNAL.match(target.name) else path
        else:
            for name in target.find_all(nodes.Name):
                self._bound[name.name] = ""

    def _read(self, node: nodes.Node) -> None:
        """Note the longest names inside an expression."""
        if isinstance(node, _CALCULATIONS):
            sides = (self._path(side) for side in node.iter_child_nodes())
            self.calculated.update((node.lineno, side) for side in sides if side)
        if isinstance(node, nodes.Call) and (called := self._path(node.node)):
            self.found.append((node.lineno, f"{called}()"))
            for argument in (*node.args, *node.kwargs):
                self._read(argument)
            return
        path = self._path(node)
        if path:
            self.found.append((node.lineno, path))
        if path is not None and isinstance(node, (nodes.Name, nodes.Getattr, nodes.Getitem)):
            inner: nodes.Node = node
            while isinstance(inner, (nodes.Getattr, nodes.Getitem)):
                if isinstance(inner, nodes.Getitem):
                    self._read(inner.arg)
                inner = inner.node
            return
        for child in node.iter_child_nodes():
            self._read(child)

    def _path(self, node: nodes.Node) -> str | None:
        """The name that an expression is; blank for one of the template's own, None for anything that is no name."""
        if isinstance(node, nodes.Filter) and node.name.startswith("_") and node.node is not None:
            return self._path(node.node)
        if isinstance(node, nodes.Name):
            return self._bound.get(node.name, node.name)
        if isinstance(node, (nodes.Getattr, nodes.Getitem)):
            owner = self._path(node.node)
            if not owner:
                return owner
            if isinstance(node, nodes.Getattr):
                return f"{owner}.{node.attr}"
            return f"{owner}{_ITEM}"
        return None
