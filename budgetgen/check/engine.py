"""Written rules compiled and run: all of a book are one template, each a block, so that compiling is kept between runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from types import CodeType
from typing import Any

from budgetgen.check.helpers import helpers, is_given
from budgetgen.check.rules import compared, leaf_paths
from budgetgen.check.written import Written
from budgetgen.compute import Computed
from budgetgen.expression import Environment, Missing, Trusted, bounded, compiled, environment
from budgetgen.figures import Blank, Figure, Group
from budgetgen.issues import Issue, Level, Rejected
from budgetgen.model import Loaded

PRIOR = "上年公开"
"""The name under which rules see last year's figures; nothing where they are not given."""
FAULTY = "CHECK-001"
_SYNTAX = "不是写得通的表达式"


def _block(rule: Written, number: int) -> str:
    """One rule in the template language."""
    path = f"({rule.path})" if rule.path else "none"
    told = f"{{% set _说 %}}{rule.cause}{{% endset %}}{{% set _改 %}}{rule.mend}{{% endset %}}"
    left, right = (f"({side})" if side else "none" for side in (rule.left, rule.right))
    broken = f"not ({rule.require})" if rule.require else f"_不合({number}, 左, 右)"
    body = (
        f"{{% set 左 = {left} %}}{{% set 右 = {right} %}}{{% if {broken} %}}"
        f"{told}{{% do _记({number}, 左, 右, {path}, _说, _改) %}}{{% endif %}}"
    )
    if rule.when:
        body = f"{{% if {rule.when} %}}{body}{{% endif %}}"
    if rule.each:
        body = f"{{% for {rule.each} %}}{body}{{% endfor %}}"
    return f"{{% block r{number} %}}{body}{{% endblock %}}"


@dataclass
class _Run:
    """One unit under the rules: what is compared, and what is said."""

    rules: tuple[Written, ...]
    loaded: Loaded
    figures: Mapping[str, Figure]
    found: list[Issue]

    def breaks(self, number: int, left: object, right: object) -> bool:
        """Whether two figures stand otherwise than the rule has it; never where one of them is missing."""
        for side in (left, right):
            if isinstance(side, Missing):
                str(side)  # raises, naming what there is not
        if not isinstance(left, Figure) or not isinstance(right, Figure):
            return False
        relation = self.rules[number].relation
        if relation == "等于":
            return left.value != right.value
        return left.value > right.value if relation == "不大于" else left.value < right.value

    def say(self, number: int, left: object, right: object, at: object, cause: object, mend: object) -> None:
        """Keep a breach."""
        rule = self.rules[number]
        path = _path(at)
        words, mended = unescape(str(cause)).strip(), unescape(str(mend)).strip()
        if not rule.require and isinstance(left, Figure) and isinstance(right, Figure):
            settle = self._settling(rule, left, right)
            self.found.append(compared(rule.id, rule.level, left, right, words, mended, self.loaded, path, settle))
            return
        figures = [f for f in (left, right) if isinstance(f, Figure)]
        paths = tuple(dict.fromkeys(p for p in (path, *leaf_paths(*figures)) if p))
        self.found.append(Issue(rule.id, rule.level, words, mended, path, self.loaded.place(path), paths))

    def _settling(self, rule: Written, left: Figure, right: Figure) -> str:
        """How two totals that should be one are given one number; blank where they are no totals of a packet."""
        if rule.relation != "等于" or not {left.name, right.name} <= self.figures.keys():
            return ""
        return f"在 数字核定 里把“{left.name}”和“{right.name}”写成同一个数。"


def _path(value: object) -> str:
    if isinstance(value, Figure):
        return next((leaf.path for leaf in value.leaves() if leaf.path), "")
    if isinstance(value, Blank):
        return value.path
    if isinstance(value, Group):
        return value.name
    return str(value) if isinstance(value, str) else ""


class Engine:
    """The written rules of one book, compiled. Rejected where an expression cannot be read, with every such rule."""

    def __init__(self, rules: tuple[Written, ...]) -> None:
        self.rules = rules
        self._env = rule_environment()
        source = "".join(_block(r, n) for n, r in enumerate(rules))
        try:
            code = compiled(self._env, source, "checks", "checks")
        except Exception as e:
            raise Rejected(_unreadable(self._env, rules)) from e
        self._blocks = _blocks(self._env, code)

    def run(
        self, loaded: Loaded, computed: Computed, prior: Group | None, limits: Mapping[str, Decimal]
    ) -> Iterator[Issue]:
        """Every breach, in the order of the rules; a rule that fails itself is told as such and stops no other."""
        tree = computed.tree
        run = _Run(self.rules, loaded, computed.figures, [])
        own = {"_不合": run.breaks, "_记": run.say}
        names: dict[str, Any] = {k: tree[k] for k in tree.names()} | {PRIOR: prior}
        names |= {k: Trusted(f) if callable(f) else f for k, f in {**helpers(limits, computed.scoring), **own}.items()}
        context = self._blocks.new_context(names)
        with bounded():
            for number, rule in enumerate(self.rules):
                try:
                    for _ in self._blocks.blocks[f"r{number}"](context):
                        pass
                except Exception as e:  # noqa: BLE001 - a rule by a stranger may fail in any way
                    run.found.append(_failed(rule, str(e)))
        return iter(run.found)


def rule_environment() -> Environment:
    """The language of rules."""
    env = environment()
    env.tests["已填"] = is_given
    return env


def _blocks(env: Environment, code: CodeType) -> Any:
    return env.template_class.from_code(env, code, env.make_globals(None))


def _unreadable(env: Environment, rules: tuple[Written, ...]) -> list[Issue]:
    issues = []
    for number, rule in enumerate(rules):
        try:
            env.compile(_block(rule, number))
        except Exception as e:  # noqa: BLE001 - whatever Jinja says of it
            issues.append(_failed(rule, f"{_SYNTAX}（{e}）"))
    return issues


def _failed(rule: Written, why: str) -> Issue:
    return Issue(
        FAULTY, Level.ERROR, f"规则 {rule.id} 用不了：{why}。", "改这条规则，或在版式里关闭它。", place=rule.place
    )
