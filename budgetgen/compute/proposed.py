"""What 指标值 and 完成值 say of each other where both are numbers: whether the target is met, and the 得分 it earns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from budgetgen.compute.scoring import PLACES
from budgetgen.money import ZERO, round_half_up

_FORMS = str.maketrans("０１２３４５６７８９．％＝＞＜，　", "0123456789.%=><, ")
_NUMBER = r"(\d{1,12}(?:\.\d{1,6})?)"
_UNIT = r"(%|[一-鿿A-Za-z²㎡/]{0,6}?)"
_TARGET = re.compile(
    rf"(≥|>=|≧|≤|<=|≦|=|>|<|不低于|不少于|不小于|达到|不超过|不高于|不大于|控制在)?{_NUMBER}{_UNIT}(及以上|以上|以内|以下|及以下)?"
)
_REACHED = re.compile(rf"(?:≥|>=|达到|完成)?{_NUMBER}(余|多)?{_UNIT}(以上|多|余)?")
_MOST = {"≤", "<=", "≦", "<", "不超过", "不高于", "不大于", "控制在", "以内", "以下", "及以下"}
_FEWER = ("成本", "时效")
_TIMES = frozenset({"天", "日", "个工作日", "工作日", "小时", "分钟", "分", "个月", "月"})


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a target is met, and the share of its points that what was reached earns (1 where met)."""

    met: bool
    share: Decimal

    def score(self, points: Decimal) -> Decimal:
        """得分 of `points`, to the decimals that scores have."""
        return round_half_up(points * self.share, PLACES)


def judge(target: str, reached: str, kind: str) -> Judged | None:
    """What `reached` says of `target`; None where they are no numbers of one unit.

    `kind` is the indicator's 一级 and 二级. A bare target does not say whether it is a least or a most: it is met by the
    same number, by more, or, where it is a cost or a time, by less; what falls short of it is for a person to judge.
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
        return _judged(met=True, share=Decimal(1)) if met else None
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
