"""Narratives and phrases looked at without any unit's data: what is wrong in them, and which names they use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jinja2 import TemplateSyntaxError, meta, nodes

from budgetgen.issues import Issue, Level, SourceRef, near_miss
from budgetgen.layout import PHRASE_SUFFIX, PHRASES
from budgetgen.packet.narrative import Narratives
from budgetgen.packet.narrative.faults import bad_syntax
from budgetgen.template import TemplateError as BadTemplate
from budgetgen.template.language.lint import _NameWalker as NameWalker

RULE, NAME_RULE = "TEMPLATE-001", "TEMPLATE-003"
_GUARDS = frozenset({"default", "d", "defined", "undefined"})
_ROOT = re.compile(r"[.\[(]")


@dataclass(frozen=True)
class Source:
    """One file as Jinja read it: `name` as it is called (`收入.md.j2`, `短语/占比.j2`), `path` where it is."""

    name: str
    path: str
    tree: nodes.Template

    @property
    def phrase(self) -> str:
        """The phrase's name; blank for a section."""
        folder, _, rest = self.name.partition("/")
        return rest.removesuffix(PHRASE_SUFFIX) if folder == PHRASES else ""

    def place(self, line: int) -> SourceRef:
        """A line of it."""
        return SourceRef(self.path, line)


def read_sources(narratives: Narratives) -> tuple[list[Source], list[Issue]]:
    """Every section and phrase that is in use, and an issue for each that Jinja cannot read."""
    env, sources, issues = narratives.env, [], []
    for name in env.list_templates():
        try:
            loader = env.loader
            assert loader is not None
            text, path, _ = loader.get_source(env, name)
            # What only the compiler refuses (a filter that there is not) is refused here too.
            env.compile(text, name, path, raw=True)
            sources.append(Source(name, path or name, env.parse(text, name, path)))
        except TemplateSyntaxError as e:
            issues.append(_told(bad_syntax(e, env)))
        except BadTemplate as e:
            issues.append(_told(e))
    return sources, issues


def _told(error: BadTemplate) -> Issue:
    return Issue(RULE, Level.ERROR, error.cause, "改这个文件。", place=SourceRef(error.file, cell=error.place))


def names_used(source: Source) -> Iterator[tuple[int, str]]:
    """The names that a file asks for, with their lines."""
    walker = NameWalker()
    walker.block(source.tree.body)
    own = _own_names(source.tree)
    for line, name in dict.fromkeys(walker.found):
        if root_of(name) not in own:
            yield line, name


def root_of(name: str) -> str:
    """`收入` of `收入.合计`, `短语` of `短语.占比()`."""
    return _ROOT.split(name, maxsplit=1)[0]


def parameters(source: Source, known: set[str]) -> tuple[set[str], set[str]]:
    """The names that a phrase takes from its caller: all of them, and those that it cannot do without."""
    takes = meta.find_undeclared_variables(source.tree) - known
    return takes, takes - set(_guarded(source.tree)) - _own_names(source.tree)


def _own_names(tree: nodes.Template) -> set[str]:
    """The names that a file sets itself."""
    return {n.name for n in tree.find_all(nodes.Name) if n.ctx == "store"}


def _guarded(tree: nodes.Template) -> Iterator[str]:
    """Names that a phrase asks after before it uses them: `x|default(…)`, `x is defined`."""
    for node in tree.find_all((nodes.Filter, nodes.Test)):
        if isinstance(node.node, nodes.Name) and node.name in _GUARDS:
            yield node.node.name


def check_calls(
    source: Source, spoken: Sequence[str], phrases: Mapping[str, Source], known: set[str]
) -> Iterator[Issue]:
    """Phrases that a file calls: each is there, gets what it needs, and nothing that it does not know.

    `spoken` names all phrases there are, `phrases` holds those that could be read.
    """
    for call in source.tree.find_all(nodes.Call):
        name = _phrase_called(call)
        if name is None:
            continue
        place = source.place(call.lineno)
        if name not in spoken:
            cause = f"没有“{name}”这个短语{near_miss(name, spoken) or '。'}"
            yield Issue(NAME_RULE, Level.ERROR, cause, "改名，或在 说明/短语/ 里加上。", place=place)
            continue
        if call.args:
            cause = f"短语.{name} 的参数要写名称，如 短语.{name}(参数=…)。"
            yield Issue(NAME_RULE, Level.ERROR, cause, "补上参数的名称。", place=place)
        if call.args or call.dyn_kwargs or call.dyn_args or name not in phrases:
            continue
        yield from _check_arguments(name, {k.key for k in call.kwargs}, parameters(phrases[name], known), known, place)


def _check_arguments(
    name: str, given: set[str], takes: tuple[set[str], set[str]], known: set[str], place: SourceRef
) -> Iterator[Issue]:
    may, must = takes
    if lacking := sorted(must - given):
        cause = f"短语.{name} 缺少参数 {'、'.join(lacking)}。"
        yield Issue(NAME_RULE, Level.ERROR, cause, f"补上，如 {lacking[0]}=…。", place=place)
    for extra in sorted(given - may - known):
        cause = f"短语.{name} 用不到参数“{extra}”{near_miss(extra, may) or '。'}"
        yield Issue(NAME_RULE, Level.WARNING, cause, "改名或删去。", place=place)


def _phrase_called(call: nodes.Call) -> str | None:
    target = call.node
    if isinstance(target, nodes.Getattr) and isinstance(target.node, nodes.Name) and target.node.name == PHRASES:
        return target.attr
    return None
