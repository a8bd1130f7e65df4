"""TEXT-010, TEXT-011: reasons, held against the direction in which their figures moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from budgetgen.check.rules import in_wan_yuan, rule
from budgetgen.check.texts.corpus import Kind, Written, told
from budgetgen.check.texts.words import words
from budgetgen.compute import Computed
from budgetgen.figures import Figure, Group, Series
from budgetgen.issues import Issue, Level
from budgetgen.model import Accounts, Loaded
from budgetgen.model.declarations import fields_of
from budgetgen.model.sections import GENERAL_PUBLIC_BUDGET, ThreePublic

_LONGEST = 30
_UP, _DOWN = "增加", "减少"
_ITEMS = {spec.key: spec.name for spec in fields_of(ThreePublic).values()}
_CHANGES = {
    "收支总计": ("收支总计.较上年", "grand_total"),
    "财政拨款收支总计": ("财政拨款收支总计.较上年", "fiscal_grand_total"),
    "一般公共预算支出": ("一般公共预算.支出.合计.较上年", "general_expenditure"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason with what it is a reason for: which way the figure went, and both values."""

    path: str
    text: str
    direction: str
    current: Figure
    base: Figure

    @property
    def told(self) -> str:
        """Both figures, as a message says them."""
        return f"{in_wan_yuan(self.base.value)} → {in_wan_yuan(self.current.value)}，{self.direction}"


@dataclass(frozen=True, slots=True)
class Given:
    """A reason as it is given: its path, its text, and the comparisons of the tree that it can be read for."""

    path: str
    text: str
    changes: tuple[str, ...] = ()
    code: str = ""


@rule("TEXT-010", "原因与增减方向一致", "原因应与增减方向相符")
def reasons_go_the_same_way(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """A reason that speaks only of more where the figure fell, or only of less where it rose."""
    seen: set[str] = set()
    for given in _given(loaded.accounts):
        said = _said(given.text)
        reason = _reason(given, computed) if said else None
        if reason and said != reason.direction and reason.path not in seen:
            seen.add(reason.path)
            cause = f"“{_short(reason.text)}”说的是{said}，而数是 {reason.told}。"
            mend = "核对原因是不是填错了行，或沿用了上年的。"
            yield told("TEXT-010", Level.WARNING, _as_written(reason), cause, mend, loaded)


@rule("TEXT-011", "一个原因不用于相反的方向", "增加和减少不会是同一个原因")
def reasons_are_not_copied(loaded: Loaded, computed: Computed) -> Iterator[Issue]:
    """One text that explains a rise here and a fall there."""
    by_text: dict[str, list[Given]] = {}
    for given in _given(loaded.accounts):
        by_text.setdefault(given.text.strip("。 　"), []).append(given)
    for text, group in by_text.items():
        found = [r for r in (_reason(g, computed) for g in group) if r] if len(group) > 1 else []
        for one, other in pairwise(found):
            if one.direction != other.direction:
                cause = (
                    f"“{_short(text)}”在这里解释{other.direction}（{other.told}），"
                    f"在 {one.path} 又解释{one.direction}（{one.told}）。"
                )
                yield told("TEXT-011", Level.WARNING, _as_written(other), cause, "两处各写各的原因。", loaded)
                break


@lru_cache(maxsize=1024)
def _said(text: str) -> str:
    """The one direction of money that a text tells; blank where it tells none or both, or speaks of last year."""
    data = words()
    if any(w in text for w in data.lists["不比方向"]):
        return ""
    up, down = bool(data.patterns["增加式样"].search(text)), bool(data.patterns["减少式样"].search(text))
    return "" if up == down else _UP if up else _DOWN


def _given(accounts: Accounts) -> Iterator[Given]:
    """Every reason that is given; one that stands for several totals comes once for each."""
    for line in accounts.lines:
        if line.reason and line.fund == GENERAL_PUBLIC_BUDGET:
            yield Given(f"收支明细[{line.key}].差异原因", line.reason, code=line.code)
    for key, field in _ITEMS.items() if accounts.three_public else ():
        item, actual = getattr(accounts.three_public, field), f"三公经费.决算.{key}"
        if item.budget_reason:
            changes = f"{actual}.完成年初预算", f"{actual}.完成全年预算"
            yield Given(f"三公经费.{key}.预算差异原因", item.budget_reason, changes)
        if item.prior_reason:
            yield Given(f"三公经费.{key}.上年差异原因", item.prior_reason, (f"{actual}.较上年",))
    agency = accounts.agency_running
    if agency and agency.reason:
        yield Given("机关运行经费.原因", agency.reason, ("机关运行经费.决算.较上年", "机关运行经费.决算.与预算比"))
    first = accounts.reasons.grand_total
    for key, (change, field) in _CHANGES.items():
        own: str | None = getattr(accounts.reasons, field)
        text = own or first
        if text:
            yield Given(f"变动原因.{key if own else '收支总计'}", text, (change,))


def _reason(given: Given, computed: Computed) -> Reason | None:
    """The reason with its figures, where all its comparisons go one way; None where they differ or nothing moved."""
    changes = [_completion(given.code, computed)] if given.code else [_at(computed, c) for c in given.changes]
    moved = [m for m in map(_moved, changes) if m]
    if not moved or len({direction for direction, _, _ in moved}) > 1:
        return None
    return Reason(given.path, given.text, *moved[0])


def _completion(code: str, computed: Computed) -> object:
    """How far the line of `code` fulfilled its 年初预算."""
    rows = computed.tree.group(GENERAL_PUBLIC_BUDGET).lookup("项")
    return rows.row(code).lookup("完成") if isinstance(rows, Series) and code in rows else None


def _at(computed: Computed, path: str) -> object:
    try:
        return computed.tree.at(path)
    except KeyError:
        return None


def _moved(change: object) -> tuple[str, Figure, Figure] | None:
    if not isinstance(change, Group):
        return None
    names = ("增", "减", "本数", "基数") if "增" in change else ("大于", "小于", "决算", "预算")
    up, down, current, base = (change.lookup(n) for n in names)
    if not (up or down) or not isinstance(current, Figure) or not isinstance(base, Figure):
        return None
    return (_UP if up else _DOWN), current, base


def _as_written(reason: Reason) -> Written:
    return Written(reason.path, "", reason.text, Kind.REASON)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
