"""A packet against what lies beside it: last year's packet, and the unit's own input."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from budgetgen.audit.attachments import prior_year_of
from budgetgen.audit.grammar import read_grammar
from budgetgen.audit.hearing import Prose, hear
from budgetgen.audit.nine_tables import Nine, read_nine
from budgetgen.audit.packets import packets_of, read_packet
from budgetgen.audit.relations import DOUBT, Relation, equal
from budgetgen.audit.sentences import prior_years
from budgetgen.audit.stated import CENT, Statement, agree, show
from budgetgen.classification import LATEST, read_classification
from budgetgen.compute import compute
from budgetgen.figures import YUAN, Figure, Group, Series
from budgetgen.reading import load
from budgetgen.records import record

_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]+)\]")
_WAN = Decimal(10000)
_BLOCKS = {
    "政府采购": re.compile(r"政府采购\.(?:合计|货物|工程|服务|中小企业\.合计|小微企业)"),
    "“三公”经费": re.compile(r"三公经费\.决算\.\S+"),
    "会议费、培训费": re.compile(r"(?:会议费|培训费)\.(?:合计|会议\[\d+\]\.\S+|培训\[\d+\]\.\S+)"),
}
_ENOUGH = 3
"""So many numbers that are last year's to the last digit are no chance."""


@record
class Beside:
    """Files that a packet is held against: last year's packet, the unit's input, of a 部门 the packets of its units."""

    prior: Path | None = None
    unit: Path | None = None
    units: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.prior or self.unit or self.units)


NOTHING = Beside()


def relations_beside(prose: Prose, nine: Nine, beside: Beside, year: int) -> list[Relation]:
    """What last year's packet and the unit's input say otherwise. Rejected: one of them cannot be read."""
    found: list[Relation] = []
    if beside.prior is not None:
        found += _with_prior(prose, nine, beside.prior, year)
    if beside.unit is not None:
        found += _with_unit(prose, nine, beside.unit)
    return found


# ------------------------------------------------------------------------------------------------ last year's packet


class _Prior:
    """What last year's packet states, by the catalogue's names."""

    def __init__(self, path: Path, year: int) -> None:
        document = read_packet(packets_of([path])[0])
        codes = read_classification(min(year - 1, LATEST))
        self._nine = read_nine(document, codes)
        self._prose = hear(document, self._nine, codes)

    def one(self, name: str) -> Statement | None:
        """The statement of a figure, as one from another file: it has no place in this one."""
        names = [name, *read_grammar().cells.get(name, ())]
        cell = next((s for n in names if (s := self._nine.get(n))), None)
        said = cell or next(iter(self._prose.said.get(name, ())), None)
        return replace(said, where=f"上年公开：{said.where}", quote="", spot=(0, 0, 0)) if said else None


def _with_prior(prose: Prose, nine: Nine, path: Path, year: int) -> Iterator[Relation]:
    prior = _Prior(path, year)
    for subject, (actual, change) in prior_years(prose).items():
        before = prior.one(subject)
        if before is not None:
            yield prior_year_of(before, actual, change, "AUDIT-050")
    for name, all_said in prose.said.items():
        earlier = _last_year(name)
        before = prior.one(earlier) if earlier else None
        if before is not None:
            yield from (equal(said, before, "AUDIT-050") for said in all_said)
    yield from _copied(prose, nine, prior)


def _last_year(name: str) -> str:
    """The figure of last year's packet that a figure of this year's repeats: 上年.收支总计, 三公经费.上年决算.合计."""
    if name.startswith("上年."):
        return name.removeprefix("上年.").replace("一般公共预算支出", "一般公共预算.支出.合计")
    return name.replace(".上年决算", ".决算", 1) if ".上年决算" in name else ""


def _copied(prose: Prose, nine: Nine, prior: _Prior) -> Iterator[Relation]:
    """A block of numbers that are all last year's: the paragraph was not written anew."""
    for title, names in _BLOCKS.items():
        pairs = [
            (said[0], before)
            for name, said in prose.said.items()
            if names.fullmatch(name) and said[0].value and nine.get(name) is None and (before := prior.one(name))
        ]
        if len(pairs) >= _ENOUGH and all(agree(a, b) for a, b in pairs):
            yield _same_as_before(title, [a for a, _ in pairs])


def _same_as_before(title: str, said: Sequence[Statement]) -> Relation:
    told = f"本年的数（{title}的 {len(said)} 个数与上年公开的全同）"
    return Relation("AUDIT-051", said, holds=False, expected=lambda _: told, level=DOUBT)


# ------------------------------------------------------------------------------------------------ the unit's input


def _with_unit(prose: Prose, nine: Nine, path: Path) -> Iterator[Relation]:
    loaded = load(path)
    tree = compute(loaded.accounts, read_classification(loaded.accounts.year)).tree
    stated = [*nine.said.items(), *((n, s) for n, all_said in prose.said.items() for s in all_said)]
    for name, said in stated:
        computed = [s for n in _names_in_input(name) if (s := _computed(tree, n, said))]
        if computed and not any(_prints(said, c) for c in computed):
            yield equal(said, computed[0], "AUDIT-052")


def _names_in_input(name: str) -> tuple[str, ...]:
    """The figures that a statement may be of: a budget of 三公 without more is that of the year's start or the full year's."""
    if name.startswith("三公经费.预算."):
        return tuple(name.replace(".预算.", f".{which}预算.", 1) for which in ("年初", "全年"))
    own = [figure for figure, cells in read_grammar().cells.items() if name in cells]
    return tuple(read_grammar().either.get(name, own or (name,)))


def _computed(tree: Group, name: str, said: Statement) -> Statement | None:
    node = figure_at(tree, name)
    if node is None:
        return None
    value = node.value / _WAN if node.unit == YUAN else node.value
    places = max(-int(min(said.fine, CENT).as_tuple().exponent), 0)
    return Statement(name, value, show(value, places), "单位的数据", "", Decimal(0))


def figure_at(tree: Group, name: str) -> Figure | None:
    """The figure of a name in a unit's tree; None where there is none, or nothing is stated."""
    node: object = tree
    for step in _STEP.finditer(name):
        try:
            if step[1]:
                node = node.lookup(step[1]) if isinstance(node, Group | Figure) else None
            else:
                node = node.row(step[2]) if isinstance(node, Series) else None
        except KeyError:
            return None
    return node if isinstance(node, Figure) else None


def _prints(said: Statement, computed: Statement) -> bool:
    """Whether a number can be the print of the exact one, rounded or cut."""
    return abs(said.value - computed.value) <= max(said.fine, CENT)
