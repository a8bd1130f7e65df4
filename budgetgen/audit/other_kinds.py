"""Packets of other kinds than 决算 held against themselves, and against what lies beside them.

The templates read backwards say which figure each cell and number is. Which of these are one, which are sums, and what a kind
says of its sentences, years and words is in `config/reading/<kind>.yaml`; its rules of `config/checks` hold here as they do
when a packet is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from budgetgen.audit.beside import NOTHING, Beside, figure_at
from budgetgen.audit.budget_items import findings_of_items
from budgetgen.audit.budget_sums import Said, findings_of_sums, merged, said_of, where_of
from budgetgen.audit.budget_words import MISNUMBERED, findings_of_words, read_ways
from budgetgen.audit.packets import packets_of, read_packet
from budgetgen.audit.relations import DOUBT, ERROR, Finding, Side
from budgetgen.audit.slips import findings_of_slips
from budgetgen.audit.stated import BLANK
from budgetgen.carry import OtherPacket, held
from budgetgen.check import Written, rulebook
from budgetgen.check.rules import in_wan_yuan
from budgetgen.classification import LATEST, read_classification
from budgetgen.compute import Computed, compute
from budgetgen.figures import Figure, Group, Series
from budgetgen.inversion import Told, filled, recognized
from budgetgen.inversion.told import Stated
from budgetgen.issues import Issue, Level, Rejected, SourceRef
from budgetgen.layout import read_kind
from budgetgen.model import Loaded
from budgetgen.model.accounts import value_at
from budgetgen.money import YUAN_PER_WAN
from budgetgen.published.document import Published, holds_nine
from budgetgen.reading import load
from budgetgen.resources import shelves

_LONG, _HEAD = 40, 8
_OTHER = "YEAR-012"
_LEVELS = ("错误", "疑点", "提示", "口径")


def findings_of_other_kind(document: Published, beside: Beside = NOTHING) -> list[Finding] | None:
    """What a packet of another kind contradicts, itself and what lies beside it; None where it is of 决算 or of no known kind.

    Rejected: what lies beside it cannot be read.
    """
    told = None if _of_accounts(document) else recognized(document, shelves())
    ways = read_ways(told.learned.kind.name) if told else None
    if beside.units and ways is None:
        cause = "--units 只用来审部门预算，这份不是。"
        raise Rejected([Issue(_OTHER, Level.ERROR, cause, "不写 --units。", place=SourceRef(document.name))])
    if told is None:
        return None
    try:
        loaded = filled(told, document.name)
    except Rejected:
        return []
    computed = compute(loaded.accounts, read_classification(min(told.year, LATEST)))
    found = findings_of_slips(document)
    if ways:
        found += findings_of_sums(document, told, ways)
        found += findings_of_items(document, told, ways)
        found += findings_of_words(document, told, ways)
    misnumbered = {f.spot[0] for f in found if f.rule == MISNUMBERED and f.level == ERROR}
    ruled = [*_rules(document, told, loaded, computed), *_beside(document, told, loaded, beside)]
    found += [f for f in ruled if not any(s.spot[0] in misnumbered for s in f.sides)]
    return sorted(map(_Headings(document).placed, found), key=lambda f: (_LEVELS.index(f.level), f.spot))


_BUDGET = re.compile(r"(?:收支|收入|支出)预算(?:总表|表)|(?:部门|单位)预算")


def _of_accounts(document: Published) -> bool:
    """Whether it is of 决算: a heading says so, or none speaks of a budget over nine tables that have lost their titles."""
    short = [p.bare for p in document.paragraphs if len(p.bare) < _LONG]
    heads = [c.label for t in document.tables for row in t.rows[:_HEAD] for c in row if c.own]
    said = [text.replace("预决算", "") for text in (*short, *heads)]
    return any("决算" in text for text in said) or (holds_nine(document) and not any(map(_BUDGET.search, said)))


# ------------------------------------------------------------------------------------------------ rules, what lies beside

_RULED = ("WITHIN", "CROSS")


def _rules(document: Published, told: Told, loaded: Loaded, computed: Computed) -> Iterator[Finding]:
    """What the kind's own rules say of what the packet states."""
    kind, profile = told.learned.kind, told.learned.profile
    book = rulebook(profile, kind)
    own = {
        r.id: r
        for r in book.rules.values()
        if isinstance(r, Written) and kind.title in r.kinds and r.id.startswith(_RULED)
    }
    unsure = _unsure(told, computed)
    for issue in book.find(loaded, computed, {}, dict(profile.limits)):
        if issue.rule not in own or issue.level is Level.NOTE or set(issue.paths) & set(loaded.pending):
            continue
        rule = own[issue.rule]
        if not unsure & set(_ROOT.findall(f"{rule.left} {rule.right} {rule.require} {rule.each}")):
            yield from _ruled(document, told, loaded, issue, issue.rule)


_ROOT = re.compile(r"预算\.[一-龥]+")


def _unsure(told: Told, computed: Computed) -> set[str]:
    """Beginnings of figures that the packet states otherwise than its input, as it was read, gives them: no rule holds there."""
    differ = (
        s for s in told.stated
        if s.kind != "%" and s.text and not s.sign and (s.spot[0] or not s.code) and (f := computed.figures.get(s.name)) is not None
        and abs(f.value - s.value) > s.value.margin + f.margin
    )  # fmt: skip
    return {m[0] for s in differ if (m := _ROOT.match(s.name))}


def _ruled(document: Published, told: Told, loaded: Loaded, issue: Issue, rule: str) -> Iterator[Finding]:
    """An issue of the input that a packet tells, at the words that tell it."""
    said = [s for path in dict.fromkeys((issue.path, *issue.paths)) if (s := _said(told, loaded, path))]
    if said:
        sides = [Side(s.words, s.text or BLANK, where_of(document, told, s), s.spot) for s in said]
        level = ERROR if issue.level is Level.ERROR else DOUBT
        expected = f"改到相符（{issue.cause.rstrip('。')}）"
        first = sides[0]
        yield Finding(
            rule, level, [s.quote for s in sides], first.text, expected, first.where, spot=first.spot, sides=sides
        )


def _said(told: Told, loaded: Loaded, path: str) -> Stated | None:
    """The statement of a field of the input: by its place, or by the 科目 of its row."""
    place = loaded.sources.get(path)
    if place is not None:
        here = [s for s in told.stated if s.place == place and s.text]
        own = (s for s in here if path in {f.path for f in told.learned.fields.get(s.general, ())})
        return next(own, here[0] if len(here) == 1 else None)
    name, _, rest = path.partition("[")
    rows = value_at(loaded.accounts, name.split(".")) if rest else None
    number = rest.partition("]")[0]
    if not isinstance(rows, (list, tuple)) or not number.isdigit():
        return None
    codes = [v for v in vars(rows[int(number) - 1]).values() if isinstance(v, str) and v.isdigit()]
    return next((s for s in told.stated if s.code and s.code in codes and s.spot[0] and s.text), None)


def _beside(document: Published, told: Told, loaded: Loaded, beside: Beside) -> Iterator[Finding]:
    """What last year's packet, the unit's own input and a 部门's units say otherwise."""
    kind = told.learned.kind
    yield from _units(document, told, beside)
    if beside.prior is not None:
        for issue in held(loaded, kind, _other(beside.prior, told), "上年文件"):
            yield from _ruled(document, told, loaded, issue, "AUDIT-050")
    if beside.unit is not None:
        unit = _fitting(load(beside.unit), told, told.year)
        tree = compute(unit.accounts, read_classification(min(unit.accounts.year, LATEST))).tree
        for stated in told.stated:
            figure = figure_at(tree, stated.name)
            if figure is None or stated.kind == "%" or not stated.text:
                continue
            if abs(abs(figure.value) - stated.value) > stated.value.margin + figure.margin:
                said = said_of(document, told, stated)
                amount = said.printed(abs(figure.value) / (1 if stated.kind else YUAN_PER_WAN))
                yield Finding(
                    "AUDIT-052", ERROR, [stated.words], stated.text, f"{amount}（单位的数据）", said.statement.where,
                    spot=stated.spot,
                )  # fmt: skip


def _units(document: Published, told: Told, beside: Beside) -> Iterator[Finding]:
    """What a 部门 states otherwise than its units come to; a row that only units have."""
    ways = read_ways(told.learned.kind.name)
    if not beside.units or ways is None:
        return
    units = [_fitting(_loaded(path), told, told.year) for path in beside.units]
    trees = [
        (u.accounts.unit.name, compute(u.accounts, read_classification(min(u.accounts.year, LATEST))).tree)
        for u in units
    ]
    unknown = {path for u in units for path in u.pending}
    seen: set[str] = set()
    found: list[Finding] = []
    for stated in (*told.stated, *told.blank):
        name = stated.name
        if name in seen | unknown or not ways.summed.fullmatch(name):
            continue
        seen.add(name)
        parts = [(whose, Decimal(f.value)) for whose, tree in trees if (f := figure_at(tree, name)) is not None]
        total = sum((value for _, value in parts), Decimal(0))
        if abs(total - stated.value) > stated.value.margin:
            found.append(_not_the_sum(said_of(document, told, stated), total, parts))
    yield from merged(found, {s.spot: s.code for s in (*told.stated, *told.blank)})
    yield from _lacking(document, told, trees)


_ROWS = ("预算.支出.项", "预算.经济分类.款")


def _lacking(document: Published, told: Told, trees: Sequence[tuple[str, Group]]) -> Iterator[Finding]:
    """The 项 and 款 that a unit has and the 部门 has not, each once."""
    rows = {s.code for s in (*told.stated, *told.blank) if s.code}
    last = max((t for t in document.tables if t.number in told.tables), key=lambda t: t.number, default=None)
    for whose, tree in trees if last is not None else ():
        for row in (row for name in _ROWS for row in _listed(tree, name)):
            code, figure = str(row["编码"]), row.value("合计")
            if code not in rows and isinstance(figure, Figure) and figure.value:
                rows.add(code)
                words = f"补上 {code} {row['名称']}（{whose}有 {in_wan_yuan(figure.value)}，部门的表里没有）"
                yield Finding("AUDIT-053", DOUBT, [last.line(0)], "缺行", words, "各表")  # type: ignore[union-attr]


def _listed(tree: Group, name: str) -> Iterator[Group]:
    node: object = tree
    for key in name.split("."):
        node = node.lookup(key) if isinstance(node, Group) and key in node else None
    yield from (row for row in node if isinstance(row, Group)) if isinstance(node, Series) else ()


def _not_the_sum(said: Said, total: Decimal, units: Sequence[tuple[str, Decimal]]) -> Finding:
    """A number of a 部门 that its units do not come to."""
    each = "＋".join(f"{unit} {said.printed(_scaled(said, value))}" for unit, value in units) or "各单位都没有"
    amount = said.printed(_scaled(said, total))
    statement = said.statement
    return Finding(
        "AUDIT-053",
        DOUBT,
        [statement.quote],
        statement.text,
        f"{amount}（{each}）",
        statement.where,
        spot=statement.spot,
        sides=[Side(statement.quote, statement.text, statement.where, statement.spot)],
    )


def _scaled(said: Said, value: Decimal) -> Decimal:
    return value if said.stated.kind else value / YUAN_PER_WAN


def _loaded(path: Path) -> Loaded:
    """A packet that was published, or an input of one's own. Rejected: it cannot be read."""
    try:
        document = read_packet(packets_of([path])[0])
        told = None if _of_accounts(document) else recognized(document, shelves())
    except Rejected:
        told = None
    return load(path) if told is None else filled(told, path.name)


def _other(path: Path, told: Told) -> OtherPacket:
    """Last year's packet, of the same kind. Rejected: it cannot be read, or is another."""
    accounts = _fitting(_loaded(path), told, told.year - 1).accounts
    tree = compute(accounts, read_classification(min(accounts.year, LATEST))).tree
    return OtherPacket(path.name, told.learned.kind, accounts, tree)


def _fitting(loaded: Loaded, told: Told, year: int) -> Loaded:
    """What lies beside a packet, where it is of the packet's kind and of that year. Rejected: it is not."""
    accounts, wanted = loaded.accounts, told.learned.kind
    kind = read_kind(accounts.kind, shelves(), accounts.sections_told)
    if (kind.name, accounts.year) == (wanted.name, year):
        return loaded
    cause = f"这是{accounts.unit.name} {accounts.year} 年的{kind.title}，要用 {year} 年的{wanted.title}来核对。"
    raise Rejected([Issue(_OTHER, Level.ERROR, cause, "换成对的那份，或不写。", place=loaded.place(""))])


# ------------------------------------------------------------------------------------------------ places

_TITLE = re.compile(
    r"^[一二三四五六七八九十]+、[^。；，]+$"
    r"|(?:说明|表|情况|职能|设置|解释|安排|目标|概述|概况|依据|主体|方案|周期)$"
)
_NUMBERED = re.compile(r"第(\d+)段")


class _Headings:
    """Under which short line each paragraph stands: what a person looks for in the document."""

    def __init__(self, document: Published) -> None:
        self._over: dict[int, str] = {}
        heading = ""
        for p in document.paragraphs:
            if len(p.bare) < _LONG and _TITLE.search(p.bare):
                heading = p.bare
            self._over[p.number] = heading

    def placed(self, finding: Finding) -> Finding:
        """The finding with the heading over each of its paragraphs."""
        sides = [replace(s, where=self._where(s.where)) if not s.spot[0] else s for s in finding.sides]
        also = [{**one, "where": self._where(str(one["where"]))} for one in finding.also]
        return replace(finding, where=self._where(finding.where), sides=sides, also=also)

    def _where(self, told: str) -> str:
        found = _NUMBERED.search(told)
        return f"{self._over.get(int(found[1]), '')[:_NAMED]} {found[0]}".strip() if found else told


_NAMED = 24
