"""YAML ⇄ accounts: a file's tree bound to the model, the place of every value, and what the reader noticed.

Codes must be known to the tables, each line stands once, and money only where it may be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from budgetgen.classification import (
    BASIC_CLASSES,
    CLASS_DIGITS,
    ITEM_DIGITS,
    LATEST,
    SECTION_DIGITS,
    Account,
    class_code,
    read_classification,
    section_code,
)
from budgetgen.input import raw
from budgetgen.input.bind import Bound, bind
from budgetgen.input.yaml import read_yaml
from budgetgen.issues import Findings, Rule
from budgetgen.model import FISCAL_FUNDS, Accounts, Line, Loaded, child_path, entry_path
from budgetgen.model.declarations import fields_of, known_keys
from budgetgen.model.sections import Unit
from budgetgen.office.files import decode

ABSENT = frozenset({Rule.MISSING.code, Rule.PENDING.code})
"""Errors that say that something is missing."""
_NEAR, _MOST_NEAR = 2, 3
_LINES = "收支明细"
_NON_FISCAL_FUND = "非财政拨款"
_FISCAL_REVENUE = ("财政拨款",)
_FISCAL_EXPENDITURE = ("基本", "项目")


def read_tree(data: bytes | str, file: str, findings: Findings) -> raw.Mapping | None:
    """The tree of a YAML file's content; None with an issue where there is none. `file` is its name in places."""
    text = decode(data, file, findings) if isinstance(data, bytes) else data
    return None if text is None else read_yaml(text, file, known_keys(Accounts), findings)


def to_accounts(
    root: raw.Mapping,
    findings: Findings,
    *,
    unfilled: bool = False,
    stand_in: bool = False,
    model: type[Accounts] = Accounts,
) -> Loaded:
    """The accounts that a file's tree tells, whatever kind of file it was read from.

    `model` is that of the 版式 in which they are told. `unfilled`: amounts that still say 【待填写】 are no fault; `Loaded.pending` names them.
    `stand_in`: what is missing is an error, and something stands in for it, so that one can see what else is. Raises
    `Rejected` with every fault found where another one of them is an error.
    """
    bound = bind(root, findings, unfilled=unfilled, stand_in=stand_in, model=model)
    _check_accounts(bound, findings)
    findings.stop(ABSENT if stand_in else frozenset())
    return Loaded(
        model(**bound.values), bound.sources, findings.issues(), pending=tuple(bound.pending), blanks=bound.blanks
    )


def _check_accounts(bound: Bound, findings: Findings) -> None:
    """Hold what was bound against the code tables and the rules of its own form."""
    rules = _Rules(bound, findings)
    rules.repeated()
    rules.own_names()
    for line in rules.lines:
        if findings.full:
            return
        path = entry_path("收支明细", line.key)
        rules.item(line, child_path(path, "科目"))
        rules.kinds(line, path)
    for code in bound.values.get("economic", ()):
        if findings.full:
            return
        rules.economic(code)
    unit = bound.values.get("unit")
    if isinstance(unit, Unit):
        rules.listed(unit.listed_classes)


def _names_of(line: Line) -> tuple[tuple[str, str, str], ...]:
    """(code, its name as the line gives it, the key that gives it) at 类, 款 and 项."""
    return (
        (class_code(line.code), line.class_name, "类名称"),
        (section_code(line.code), line.section_name, "款名称"),
        (line.code, line.item_name, "项名称"),
    )


class _Rules:
    """One rule, one method; each knows what was bound, the code tables and the names that the input gives."""

    def __init__(self, bound: Bound, findings: Findings) -> None:
        self.lines: Sequence[Line] = bound.values.get("lines", ())
        self._bound = bound
        self._findings = findings
        own = {code: name for line in self.lines for code, name, _ in _names_of(line) if name}
        self._names = read_classification(bound.values.get("year", LATEST)).named(own)

    def _error(self, rule: Rule, path: str, cause: str, mend: str) -> None:
        place = self._bound.sources.get(path) or self._bound.sources.get("")
        self._findings.error(rule, cause, mend, place, path)

    def repeated(self) -> None:
        """Each 科目 × 资金 is written once."""
        for item in self._bound.repeated:
            if not item.path.startswith(_LINES):
                cause = f"“{item.key}”写了两次，前一次在 {item.first}。"
                self._findings.error(Rule.DUPLICATE_ITEM, cause, "名称相同的只写一次。", item.place, item.path)
                continue
            cause = f"{item.key} 写了两次，前一次在 {item.first}。"
            mend = "同一科目、同一资金合并成一行；资金不同的，写明“资金”。"
            self._findings.error(Rule.REPEATED_LINE, cause, mend, item.place, item.path)

    def own_names(self) -> None:
        """A code has one name throughout the input."""
        given: dict[str, tuple[str, str]] = {}
        for line in self.lines:
            for code, name, key in _names_of(line):
                path = child_path(entry_path("收支明细", line.key), key)
                first, where = given.setdefault(code, (name, path)) if name else (name, path)
                if first != name:
                    cause = f"{code} 写成“{name}”，前面（{self._bound.sources[where]}）写成“{first}”。"
                    self._error(Rule.TWO_NAMES, path, cause, "同一编码只能有一个名称。")

    def item(self, line: Line, path: str) -> None:
        """科目 is a 项, and the tables or the input name it and what it belongs to."""
        if len(line.code) != ITEM_DIGITS:
            cause = f"“{line.code}”不是项级科目：有 {len(line.code)} 位数字，项级科目是 {ITEM_DIGITS} 位。"
            self._error(Rule.NOT_AN_ITEM, path, cause, "写到项，如 2013102。")
            return
        lacking = {code: key for code, _, key in _names_of(line) if code not in self._names.functional}
        if not lacking:
            return
        keys = "、".join(f"“{key}”" for key in lacking.values())
        if line.code in lacking:
            near = _near(line.code, self._names.functional)
            cause, mend = f"科目表里没有 {line.code}。", f"{near}编码没有错的话，在这一行填上{keys}。"
        else:
            cause, mend = f"科目表里没有 {line.code} 所属的 {'、'.join(lacking)}。", f"在这一行填上{keys}。"
        self._error(Rule.UNKNOWN_ITEM, path, cause, mend)

    def kinds(self, line: Line, path: str) -> None:
        """财政拨款 stands only on fiscal lines, all other kinds of revenue and expenditure only on 非财政拨款 lines."""
        parts = (("收入", line.revenue, _FISCAL_REVENUE), ("支出", line.expenditure, _FISCAL_EXPENDITURE))
        for part, amounts, fiscal in parts:
            for key, spec in fields_of(type(amounts)).items():
                at = child_path(child_path(path, part), key)
                if not getattr(amounts, spec.name):
                    continue
                if line.fund in FISCAL_FUNDS and key not in fiscal:
                    mend = f"另起一行，写“资金: {_NON_FISCAL_FUND}”，把{spec.label}移过去。"
                    self._error(Rule.NOT_FISCAL, at, f"{spec.label}写在资金为“{line.fund}”的行里。", mend)
                if line.fund not in FISCAL_FUNDS and key in _FISCAL_REVENUE:
                    self._fiscal(line, at)
        if line.fund not in FISCAL_FUNDS and line.fiscal_split is not None:
            self._fiscal(line, child_path(path, "财政拨款收入分项"))

    def _fiscal(self, line: Line, path: str) -> None:
        mend = f"资金改成{'、'.join(f'“{f}”' for f in FISCAL_FUNDS)}之一，或把它移到那样的行里。"
        self._error(Rule.FISCAL, path, f"财政拨款收入写在资金为“{line.fund}”的行里。", mend)

    def economic(self, code: str) -> None:
        """基本支出经济分类 lists known 款 of the classes that table 06 has."""
        path = entry_path("基本支出经济分类", code)
        if len(code) != SECTION_DIGITS:
            cause = f"“{code}”不是款级经济分类：有 {len(code)} 位数字，款级是 {SECTION_DIGITS} 位。"
            self._error(Rule.UNKNOWN_ECONOMIC, path, cause, "写到款，如 30101。")
        elif code not in self._names.economic:
            mend = f"{_near(code, self._names.economic)}核对编码。"
            self._error(Rule.UNKNOWN_ECONOMIC, path, f"经济分类科目表里没有 {code}。", mend)
        elif class_code(code) not in BASIC_CLASSES:
            name, classes = self._names.economic_name(code), "、".join(BASIC_CLASSES)
            cause = f"{code}（{name}）不在表 06 里，表 06 只列 {classes} 类。"
            self._error(Rule.NOT_BASIC, path, cause, "基本支出没有这一类，核对编码，或改列项目支出。")

    def listed(self, codes: Sequence[str]) -> None:
        """列示类 are known 类 of the functional classification."""
        for number, code in enumerate(codes, 1):
            if len(code) != CLASS_DIGITS or code not in self._names.functional:
                path = entry_path("单位.列示类", str(number))
                self._error(Rule.UNKNOWN_CLASS, path, f"没有“{code}”这个功能科目类。", "写 3 位数字的类，如 207。")


def _near(code: str, accounts: Mapping[str, Account]) -> str:
    """`是否想写 2013102（一般行政管理事务）？`: known codes that differ in two digits at most, of the same 款 first."""
    ranked = sorted(
        (sum(a != b for a, b in zip(code, known, strict=True)), known[:SECTION_DIGITS] != code[:SECTION_DIGITS], known)
        for known in accounts
        if len(known) == len(code)
    )
    near = [f"{known}（{accounts[known].name}）" for distance, _, known in ranked[:_MOST_NEAR] if 0 < distance <= _NEAR]
    return f"是否想写 {'、'.join(near)}？" if near else ""
