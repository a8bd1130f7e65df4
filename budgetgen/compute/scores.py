"""One score table: its money, its indicators, 执行率, 得分, 总分 and 等级; how a place scores, and what a score may be.

What a person states stands over what is computed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from budgetgen.compute.calculator import STATED, Calculator, declare_list
from budgetgen.figures import CATALOGUE, PERCENT, Blank, Figure, Group, Value
from budgetgen.issues import Level
from budgetgen.model import Amount
from budgetgen.money import ZERO, round_half_up
from budgetgen.records import record

GRADES = (("优", Decimal(90)), ("良", Decimal(80)), ("中", Decimal(60)), ("差", Decimal(0)))
FULL = Decimal(100)
"""分值 of a whole table."""
PLACES = 2
"""Decimals of a score."""


@record
class Scoring:
    """`execution` is the 分值 of 预算执行; `grades` are names with the least 总分 that earns each, the best first."""

    execution: Decimal = Decimal(10)
    grades: tuple[tuple[str, Decimal], ...] = GRADES

    def grade(self, total: Decimal) -> str:
        """The grade that `total` earns; blank where it earns none."""
        return next((name for name, least in self.grades if total >= least), "")


STANDARD = Scoring()


_FORMS = str.maketrans("０１２３４５６７８９．％＝＞＜，　", "0123456789.%=><, ")
_NUMBER = r"(\d{1,12}(?:\.\d{1,6})?)"
_UNIT = r"(%|[一-鿿A-Za-z²㎡/]{0,6}?)"
_TARGET = re.compile(
    rf"(≥|>=|≧|≤|<=|≦|=|>|<|不低于|不少于|不小于|达到|不超过|不高于|不大于|控制在)?{_NUMBER}{_UNIT}(及以上|以上|以内|以下|及以下)?"
)
_REACHED = re.compile(rf"(?:≥|>=|达到|完成)?{_NUMBER}(余|多)?{_UNIT}(以上|多|余)?")
_MOST = {"≤", "<=", "≦", "<", "不超过", "不高于", "不大于", "控制在", "以内", "以下", "及以下"}
_FEWER = ("成本", "时效", "控制", "压减", "减少", "降低", "下降", "不超过", "≤", "以内")
_TIMES = frozenset({"天", "日", "个工作日", "工作日", "小时", "分钟", "分", "个月", "月"})


@record
class Judged:
    """Whether a target is met, and the share of its points that what was reached earns (1 where met)."""

    met: bool
    share: Decimal

    def score(self, points: Decimal) -> Decimal:
        """得分 of `points`, to the decimals that scores have."""
        return round_half_up(points * self.share, PLACES)


def judge(target: str, reached: str, kind: str) -> Judged | None:
    """What `reached` says of `target`; None where they are no numbers of one unit.

    `kind` is the indicator's 一级, 二级 and 三级. A bare target is a least; where the indicator speaks of a cost, a limit
    or a time it does not say: it is met by the same number and by less, and more is for a person to judge.
    What is “140余” is at least that much: it can meet a least, and says nothing otherwise.
    """
    wanted, got = _TARGET.fullmatch(_plain(target)), _REACHED.fullmatch(_plain(reached))
    if wanted is None or got is None or not _same_unit(wanted[3], got[3]):
        return None
    goal, value = Decimal(wanted[2]), Decimal(got[1])
    more = bool(got[2] or got[4])
    words = {wanted[1], wanted[4]} - {None}
    if wanted[1] == "=":
        return _judged(met=value == goal, share=_ratio(min(value, goal), max(value, goal))) if not more else None
    if not words:
        fewer = any(word in kind for word in _FEWER) or wanted[3] in _TIMES
        met = (value == goal and not more) or (not more and value < goal if fewer else value > goal)
        if met or fewer or more:
            return _judged(met=True, share=Decimal(1)) if met else None
        return _judged(met=False, share=_ratio(value, goal))
    if words & _MOST:
        strict = wanted[1] == "<"
        met = value < goal if strict else value <= goal
        return _judged(met=met, share=_ratio(goal, value)) if not more else None
    met = value > goal or (value == goal and (wanted[1] != ">" or more))
    return _judged(met=met, share=_ratio(value, goal)) if met or not more else None


def _judged(*, met: bool, share: Decimal) -> Judged | None:
    """What is met earns all, what is not its share; nothing is said of a number that the target just leaves out."""
    if met:
        return Judged(met, Decimal(1))
    return Judged(met, share) if share < 1 else None


def _ratio(part: Decimal, whole: Decimal) -> Decimal:
    return part / whole if whole else ZERO


def _plain(text: str) -> str:
    plain = text.translate(_FORMS).replace(" ", "")
    return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", plain)


def _same_unit(one: str, other: str) -> bool:
    """Whether two numbers can be compared: the same unit, or one left out that is no %."""
    return one == other or (not (one and other) and "%" not in (one, other))


POINTS = "分"
MEASURES = {"年初预算": "年初预算数", "全年预算": "全年预算数", "执行": "全年执行数"}
ORIGINS = ("当年财政拨款", "上年结转资金", "其他资金")
_PROPOSED = "按完成比例"
_NONE = frozenset({"", "无", "……", "…", "—", "-"})


def declare_scores(prefix: str, what: str) -> None:
    """Declare what `score_table` gives under `prefix`."""
    for measure, label in MEASURES.items():
        CATALOGUE.declare(f"{prefix}.资金.{measure}", f"{what}：{label}，不填是各来源之和")
        CATALOGUE.declare(f"{prefix}.资金.来源合计.{measure}", f"{what}：三种资金来源的{label}之和")
    declare_list(f"{prefix}.资金.对照", f"{what}：合计和来源都填了的数，供检查", {"名称": "哪个数"})
    CATALOGUE.declare(f"{prefix}.资金.对照[*].合计", f"{what}：填的合计")
    CATALOGUE.declare(f"{prefix}.资金.对照[*].之和", f"{what}：各来源之和")
    for name, meaning, unit in (
        ("执行率", "全年执行数 ÷ 全年预算数，核定了用核定的", PERCENT),
        ("执行分值", "预算执行的分值，不填用版式的", POINTS),
        ("执行得分", "执行分值 × 执行率，不超过分值，核定了用核定的", POINTS),
        ("分值合计", "执行分值 + 各指标分值", POINTS),
        ("总分", "执行得分 + 各指标得分，核定了用核定的", POINTS),
        ("等级", "总分所在的等级，核定了用核定的", ""),
        ("算出.执行率", "算出的执行率，不管核定的", PERCENT),
        ("算出.执行得分", "算出的执行得分，不管核定的", POINTS),
        ("算出.总分", "印出来的各得分之和，不管核定的", POINTS),
        ("算出.等级", "总分应得的等级，不管核定的", ""),
        ("公开", "公开指标和得分时为真；涉密项目为假", ""),
    ):
        CATALOGUE.declare(f"{prefix}.{name}", f"{what}：{meaning}", unit)
    declare_list(f"{prefix}.一级", f"{what}的一级指标，按先后", {"名称": "一级指标名称", "行数": "下面有几行"})
    CATALOGUE.declare(f"{prefix}.一级[*].权重", f"{what}：一级指标的分值，没有填权重的是空白", POINTS)
    CATALOGUE.declare(f"{prefix}.一级[*].分值", f"{what}：一级指标下各指标分值之和", POINTS)
    CATALOGUE.declare(f"{prefix}.一级[*].指标", f"{what}：一级指标下的各行，行同 {prefix}.指标", "")
    declare_list(f"{prefix}.一级[*].二级", f"{what}的二级指标", {"名称": "二级指标名称", "行数": "下面有几行"})
    CATALOGUE.declare(f"{prefix}.一级[*].二级[*].指标", f"{what}：二级指标下的各行，行同 {prefix}.指标", "")
    CATALOGUE.declare(f"{prefix}.指标[*].得分", f"{what}：填的得分，没有填的按完成比例算", POINTS)
    CATALOGUE.declare(f"{prefix}.指标[*].建议得分", f"{what}：指标值和完成值都是数时算出的得分", POINTS)
    CATALOGUE.declare(f"{prefix}.指标[*].自动得分", f"{what}：得分没有填、由程序算的为真", "")
    CATALOGUE.declare(f"{prefix}.指标[*].有指标", f"{what}：有这项指标时为真；只列出种类的行为假", "")


@record
class Scorer:
    """Makes score tables of one unit."""

    calculator: Calculator
    scoring: Scoring

    def table(self, facts: Group, funds: Group, *, public: bool = True) -> Group:
        """The table whose facts are `facts` and whose money is `funds` (年初预算, 全年预算, 执行 …).

        Where it is not `public` (涉密), there are no indicators and no results.
        """
        rows = [self._row(row) for row in groups(facts["指标"])] if public else []
        rate = _rate(f"{facts.name}.执行率", funds.value("执行"), funds.value("全年预算"))
        points = facts.value("执行分值")
        if isinstance(points, Blank):
            points = Figure(f"{facts.name}.执行分值", self.scoring.execution, POINTS, "版式")
        earned = _earned(f"{facts.name}.执行得分", points, rate)
        stated = facts.group("核定")
        execution = _stated(earned, stated.value("执行得分"))
        scores = [row.value("得分") for row in rows if row["有指标"]]
        total = self.calculator.total(f"{facts.name}.总分", [execution, *scores], POINTS)
        total = total if scores else Blank(f"{facts.name}.指标")  # what was spent alone is no result
        told = _stated(total, stated.value("总分"))
        grade = self.scoring.grade(told.value) if isinstance(told, Figure) else ""
        return facts.extended(
            资金=funds,
            指标=rows if public else [],
            一级=list(self._firsts(facts, rows)),
            公开=public,
            执行率=_stated(rate, stated.value("执行率")),
            执行分值=points,
            执行得分=execution,
            分值合计=self._all_points(facts, rows, points),
            总分=told if public else "",
            等级=(stated["等级"] or grade or Blank(f"{facts.name}.核定.等级", Level.WARNING)) if public else "",
            算出=Group(f"{facts.name}.算出", {"执行率": rate, "执行得分": earned, "总分": total, "等级": grade}),
        )

    def funds(self, facts: Group, otherwise: Mapping[str, Value]) -> Group:
        """资金 with its totals: what is given, else the sum over the sources, else `otherwise`."""
        sources = {m: self._over_sources(facts, m) for m in MEASURES}
        totals: dict[str, object] = {}
        for measure, source in sources.items():
            given = facts.value(measure)
            spare = otherwise.get(measure, given)
            known = source if isinstance(source, Figure) else spare
            named = self.calculator.total(f"{facts.name}.{measure}", [known]) if isinstance(known, Figure) else known
            totals[measure] = given if isinstance(given, Figure) else named
        inside = Group(f"{facts.name}.来源合计", dict(sources))
        twice = [
            Group(f"{facts.name}.{m}", {"名称": MEASURES[m], "合计": facts.value(m), "之和": source})
            for m, source in sources.items()
        ]
        origins = {o: _origin(facts.group(o), sources) for o in ORIGINS}
        return facts.extended(**totals, **origins, 来源合计=inside, 对照=twice)

    def _over_sources(self, facts: Group, measure: str) -> Value:
        name = f"{facts.name}.来源合计.{measure}"
        found = given_total(self.calculator, name, [facts.value(f"{o}.{measure}") for o in ORIGINS])
        return found if isinstance(found, Figure) else Blank(f"{facts.name}.{ORIGINS[0]}.{measure}")

    def _all_points(self, facts: Group, rows: Iterable[Group], execution: Value) -> Value:
        points = [row.value("分值") for row in rows if row["有指标"]]
        return self.calculator.total(f"{facts.name}.分值合计", [execution, *points], POINTS)

    def _row(self, facts: Group) -> Group:
        """One indicator; a kind that has none holds blanks for its numbers."""
        points, score = facts.value("分值"), facts.value("得分")
        if isinstance(points, Blank) and isinstance(score, Blank) and facts["三级"] in _NONE:
            return facts.extended(有指标=False, 分值="", 得分="", 建议得分="", 自动得分=False)
        proposed = _proposed(facts, points)
        reached = facts["完成值"] or Blank(f"{facts.name}.完成值", Level.WARNING)
        made = isinstance(score, Blank) and isinstance(proposed, Figure)
        settled = proposed if made else score
        return facts.extended(有指标=True, 完成值=reached, 得分=settled, 建议得分=proposed, 自动得分=made)

    def _firsts(self, facts: Group, rows: list[Group]) -> Iterator[Group]:
        """Indicators by 一级 and 二级, each in the order in which it comes first."""
        weights = facts["权重"]
        known = weights if isinstance(weights, Mapping) else {}
        for name in dict.fromkeys([*(str(r["一级"]) for r in rows), *known]):
            own = [r for r in rows if r["一级"] == name]
            path = f"{facts.name}.一级[{name}]"
            seconds = dict.fromkeys(str(r["二级"]) for r in own)
            yield Group(path, {
                "名称": name,
                "权重": known.get(name, ""),
                "分值": self.calculator.total(f"{path}.分值", [r.value("分值") for r in own if r["有指标"]], POINTS),
                "行数": len(own),
                "指标": own,
                "二级": [_second(f"{path}.二级[{s}]", s, [r for r in own if r["二级"] == s]) for s in seconds],
            })  # fmt: skip


def groups(found: object) -> list[Group]:
    """The rows of a list of the tree; none where there is no list."""
    return [g for g in found if isinstance(g, Group)] if isinstance(found, list) else []


def cell(value: Value) -> object:
    """A figure, or the blank cell that a form leaves for what is not stated."""
    return value if isinstance(value, Figure) else ""


def shown(facts: Group) -> Group:
    """A part of a form: figures, and blank cells for what is not stated."""
    return Group(facts.name, {k: cell(facts.value(k)) for k in facts.names()}, given=facts.given)


def given_total(calculator: Calculator, name: str, values: Iterable[Value]) -> Value:
    """The sum of what is stated of `values`; a gap where nothing is."""
    given = [v for v in values if isinstance(v, Figure)]
    return calculator.total(name, given) if given else Blank(name)


def _origin(facts: Group, sums: Mapping[str, Value]) -> Group:
    """One source of money: nothing beside another one that is given, and blank where none is."""
    known = {m: facts.value(m) for m in MEASURES}
    noughts = {m: Figure(f"{facts.name}.{m}", Amount(0), operation="零") for m in MEASURES}
    told = {m: noughts[m] if isinstance(v, Blank) and isinstance(sums[m], Figure) else v for m, v in known.items()}
    return shown(Group(facts.name, told, given=facts.given))


def _second(path: str, name: str, rows: list[Group]) -> Group:
    return Group(path, {"名称": name, "行数": len(rows), "指标": rows})


def _rate(name: str, actual: Value, budget: Value) -> Value:
    """执行率; nothing of nothing is carried out wholly."""
    if isinstance(budget, Blank):
        return budget
    if isinstance(actual, Blank):
        return actual
    hundred = Decimal(100)
    rate = actual.value / budget.value * hundred if budget.value else hundred if not actual.value else ZERO
    return Figure(name, rate, PERCENT, "比率", (actual, budget))


def _earned(name: str, points: Value, rate: Value) -> Value:
    """执行得分: the points by the rate, never above them."""
    if isinstance(points, Blank):
        return points
    if isinstance(rate, Blank):
        return rate
    earned = round_half_up(points.value * min(rate.value, Decimal(100)) / 100, PLACES)
    return Figure(name, earned, POINTS, "分值 × 执行率", (points, rate))


def _stated(computed: Value, stated: Value) -> Value:
    """What is stated, else what is computed."""
    if isinstance(stated, Blank):
        return computed
    operands = (computed,) if isinstance(computed, Figure) else ()
    name = computed.name if isinstance(computed, Figure) else stated.name
    return Figure(name, stated.value, stated.unit, STATED, operands, stated.path)


def _proposed(facts: Group, points: Value) -> Value:
    """得分 as the numbers have it; a gap where they say nothing, or where the unit has a 扣分标准 of its own."""
    path = f"{facts.name}.得分"
    judged = _judge_row(facts)
    if judged is None or isinstance(points, Blank) or (facts["扣分标准"] and not judged.met):
        return Blank(path)
    return Figure(path, judged.score(points.value), POINTS, _PROPOSED, (points,))


def _judge_row(facts: Group) -> Judged | None:
    return judge(str(facts["指标值"]), str(facts["完成值"]), f"{facts['一级']}{facts['二级']}{facts['三级']}")
