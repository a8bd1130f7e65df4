"""The rulebook: rules that are data, read from `checks/*.yaml` and compiled, beside those that are functions.

All written rules of a book are one template, each a block, so that compiling is kept between runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from html import unescape
from pathlib import Path
from types import CodeType
from typing import Any

from budgetgen.check.helpers import helpers, is_given
from budgetgen.check.rules import RULES, Rule, compared, leaf_paths
from budgetgen.compute import Computed
from budgetgen.expression import Environment, Missing, Trusted, bounded, compiled, environment
from budgetgen.figures import Blank, Figure, Group
from budgetgen.form.layout import place_order
from budgetgen.input import raw
from budgetgen.issues import Issue, Level, Rejected, SourceRef, near_miss
from budgetgen.layout import Kind, Profile
from budgetgen.layout.settings import UNKNOWN_KEY, KeyedFile
from budgetgen.model import Loaded
from budgetgen.records import record
from budgetgen.resources import shelves

KEYS = {
    "名称": "规则的中文名。",
    "级别": "错误、警告或提示；只是尾差时总是提示。",
    "依据": "来自哪个通知、哪张表。",
    "逐个": "要逐个看时写，如 行 in 收支明细。",
    "当": "什么时候才看，写条件。",
    "左": "左边的数。",
    "关系": "等于、不小于或不大于。",
    "右": "右边的数。",
    "要求": "不是比两个数时，写要成立的条件；这时左、右写条件涉及的数，用来归并同一处引起的问题。",
    "路径": "问题记在哪一项上；不写就是左边第一个输入数。",
    "说明": "不成立时怎么说；比两个数时，两个数和差额由程序接在后面。",
    "改法": "怎么改。",
    "版式": "只用于哪些版式，用顿号隔开；不写就都用。",
    "材料": "只用于哪些材料，用顿号隔开；不写就都用。",
}
"""The keys of a rule, and what each says."""
RELATIONS = ("等于", "不小于", "不大于")
_LEVELS = {level.label: level for level in Level}
_ID = re.compile(r"[A-Z]+-\d{3}")
_TAG = re.compile(r"\{[%#]|[%#]\}")
_BLOCK = re.compile(r"\{%-?\s*(end)?(block|macro|extends|include|import|from|raw)\b")
_EXPRESSIONS = ("逐个", "当", "左", "右", "要求", "路径")


@record
class Written:
    """One rule as written; what it does not say is blank. `place` is where its id stands."""

    id: str
    title: str
    level: Level
    source: str
    each: str
    when: str
    left: str
    relation: str
    right: str
    require: str
    path: str
    cause: str
    mend: str
    profiles: tuple[str, ...]
    kinds: tuple[str, ...]
    place: SourceRef

    def holds_for(self, chain: Iterable[str] | None, kind: Iterable[str] | None) -> bool:
        """Whether a 版式 with that 继承 chain has the rule, for a kind of packet with these names; None is any."""
        told = ((self.profiles, chain), (self.kinds, kind))
        return all(not only or names is None or not set(only).isdisjoint(names) for only, names in told)


def read_written(files: Iterable[Path]) -> dict[str, Written]:
    """The rules of `files` by id; one that a later file writes again is the later one. Rejected with every fault."""
    rules: dict[str, Written] = {}
    issues: list[Issue] = []
    for path in files:
        try:
            stat = path.stat()
            rules |= _read(path, stat.st_mtime_ns, stat.st_size)
        except Rejected as e:
            issues += e.issues
    if issues:
        raise Rejected(issues)
    return dict(sorted(rules.items()))


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int, _size: int) -> dict[str, Written]:
    file = KeyedFile(path, (), KEYS)
    rules = {entry.key: _rule(file, entry) for entry in file.blocks()}
    file.stop()
    return rules


def _rule(file: KeyedFile, entry: raw.Entry) -> Written:
    found = {e.key: (file.text(e).strip(), e.ref) for e in file.entries_of(entry.value, KEYS, f"“{entry.key}”下面")}
    for cause, mend, place in _faults(entry, found):
        file.fault(UNKNOWN_KEY, f"{entry.key}：{cause}", mend, place)
    get = {key: found[key][0] if key in found else "" for key in KEYS}
    return Written(
        entry.key, get["名称"], _LEVELS.get(get["级别"], Level.WARNING), get["依据"], get["逐个"], get["当"], get["左"],
        get["关系"], get["右"], get["要求"], get["路径"], get["说明"], get["改法"],
        _names(get["版式"]), _names(get["材料"]), entry.ref,
    )  # fmt: skip


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in re.split("[、，, ]+", text) if name)


def _faults(entry: raw.Entry, found: dict[str, tuple[str, SourceRef]]) -> Iterator[tuple[str, str, SourceRef]]:
    """(cause, mend, place) of everything that is wrong with a rule but its expressions' own syntax."""
    if not _ID.fullmatch(entry.key):
        yield "不是规则的编号。", "写大写字母、短横和三位数字，如 LOCAL-001。", entry.ref
    for key in ("名称", "级别", "说明"):
        if not found.get(key, ("",))[0]:
            yield f"没有写“{key}”。", KEYS[key], entry.ref
    if "级别" in found and found["级别"][0] not in _LEVELS:
        yield f"没有“{found['级别'][0]}”这个级别。", f"写{'、'.join(_LEVELS)}之一。", found["级别"][1]
    compares = all(found.get(k, ("",))[0] for k in ("左", "关系", "右"))
    requires = bool(found.get("要求", ("",))[0])
    if compares == requires or (requires and "关系" in found):
        yield "要么写“左”“关系”“右”，要么写“要求”。", "补上或删去。", entry.ref
    if "关系" in found and found["关系"][0] not in RELATIONS:
        yield f"没有“{found['关系'][0]}”这个关系。", f"写{'、'.join(RELATIONS)}之一。", found["关系"][1]
    yield from _forbidden(found)


def _forbidden(found: dict[str, tuple[str, SourceRef]]) -> Iterator[tuple[str, str, SourceRef]]:
    """What would let a rule out of its own block."""
    for key in _EXPRESSIONS:
        if key in found and _TAG.search(found[key][0]):
            yield f"“{key}”里只写表达式，不写标签。", "删去 {% %}。", found[key][1]
    for key in ("说明", "改法"):
        if key in found and _BLOCK.search(found[key][0]):
            yield f"“{key}”里只能用 {{{{ }}}} 和 if、for。", "改过来。", found[key][1]


PRIOR = "上年公开"
"""The name under which rules see last year's figures; nothing where they are not given."""
BUDGET = "当年预算"
"""The same of this year's budget."""
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
        path = path or _path(left) or _path(right)
        figures = [f for f in (left, right) if isinstance(f, Figure)]
        paths = tuple(dict.fromkeys(p for p in (path, *leaf_paths(*figures)) if p))
        self.found.append(Issue(rule.id, rule.level, words, mended, path, self.loaded.place(path), paths))

    def where(self, figure: object) -> str:
        """Where the inputs of a figure stand: `收支明细 O6 到 O12`, `第34 到 120行`; blank where that is not known."""
        paths = leaf_paths(figure) if isinstance(figure, Figure) else ()
        places = sorted({place_order(p): p for path in paths if (p := self.loaded.place(path))}.items())
        if not places:
            return ""
        (_, first), (_, last) = places[0], places[-1]
        sheet, _, cell = first.cell.partition("!")
        if sheet:
            return f"{sheet} {cell}" if first == last else f"{sheet} {cell} 到 {last.cell.rpartition('!')[2]}"
        return f"第{first.line}行" if first == last else f"第{first.line} 到 {last.line}行"

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
        self, loaded: Loaded, computed: Computed, others: Mapping[str, Group], limits: Mapping[str, Decimal]
    ) -> Iterator[Issue]:
        """Every breach, in the order of the rules; a rule that fails itself is told as such and stops no other."""
        tree = computed.tree
        run = _Run(self.rules, loaded, computed.figures, [])
        own = {"_不合": run.breaks, "_记": run.say, "在哪": run.where}
        names: dict[str, Any] = {PRIOR: None, BUDGET: None, **{k: tree[k] for k in tree.names()}, **others}
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


class Rulebook:
    """Rules compiled once; a written rule with a function's id takes its place."""

    def __init__(self, written: Mapping[str, Written]) -> None:
        every: dict[str, Rule | Written] = {**RULES, **written}
        self.rules = dict(sorted(every.items()))
        self._engine = Engine(tuple(written.values()))

    def find(
        self, loaded: Loaded, computed: Computed, others: Mapping[str, Group], limits: Mapping[str, Decimal]
    ) -> Iterator[Issue]:
        """Every breach in one unit, in the order of the ids."""
        by_rule: dict[str, list[Issue]] = {}
        for issue in self._engine.run(loaded, computed, others, limits):
            by_rule.setdefault(issue.rule, []).append(issue)
        for rule in self.rules.values():
            if isinstance(rule, Rule):
                by_rule[rule.id] = list(rule.find(loaded, computed))
        for rule_id in sorted(by_rule):
            yield from by_rule[rule_id]

    def near(self, rule_id: str) -> str:
        """The nearest id to one that there is not, as a question."""
        return near_miss(rule_id, self.rules)


def rulebook(profile: Profile | None = None, kind: Kind | None = None) -> Rulebook:
    """The rulebook of a 版式, or all that ships, for one kind of packet or all. Rejected where a file of rules is faulty."""
    files = profile.rulebooks() if profile else tuple(shelves()[-1].checks())
    state = tuple((f, s.st_mtime_ns, s.st_size) for f in files for s in (f.stat(),))
    return _rulebook(state, profile.chain if profile else None, (kind.name, kind.title) if kind else None)


@lru_cache(maxsize=16)
def _rulebook(
    state: tuple[tuple[Path, int, int], ...], chain: tuple[str, ...] | None, kind: tuple[str, ...] | None
) -> Rulebook:
    written = read_written(path for path, _, _ in state)
    return Rulebook({i: r for i, r in written.items() if r.holds_for(chain, kind)})
