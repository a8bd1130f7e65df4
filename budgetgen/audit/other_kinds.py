"""Packets of other kinds than 决算 held against themselves: what is printed against what its own items come to.

The templates read backwards say which figure each cell and number is; figures of items are the input, and every total, and
every amount and rate in a sentence, is held against what they come to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from budgetgen.audit.relations import DOUBT, ERROR, NOTE, Finding
from budgetgen.audit.stated import show
from budgetgen.classification import LATEST, read_classification
from budgetgen.compute import compute
from budgetgen.figures import Figure
from budgetgen.inversion import Told, filled, recognized
from budgetgen.issues import Rejected
from budgetgen.model import Loaded
from budgetgen.money import YUAN_PER_WAN
from budgetgen.published.document import Published, holds_nine
from budgetgen.resources import shelves

_CELL, _SENTENCE, _RATE = "AUDIT-001", "AUDIT-010", "AUDIT-016"
_NEAR = Decimal("0.011")
"""Per cent: what rounding may put a rate off."""
_LONG, _HEAD = 40, 8
_CENT = Decimal(100)
"""元: one in the last place of 万元."""


def findings_of_other_kind(document: Published) -> list[Finding] | None:
    """What a packet of another kind contradicts itself in; None where it is of 决算, or of no kind that is known."""
    told = None if holds_nine(document) or _of_accounts(document) else recognized(document, shelves())
    if told is None:
        return None
    try:
        loaded = filled(told, document.name)
    except Rejected:
        return []
    figures = compute(loaded.accounts, read_classification(min(told.year, LATEST))).figures
    found = [*_amounts(told, figures, _lines(told, loaded)), *_rates(told)]
    return sorted(found, key=lambda f: (f.level != ERROR, f.spot))


def _of_accounts(document: Published) -> bool:
    """Whether a heading speaks of 决算: its tables may have lost their titles."""
    short = (p.bare for p in document.paragraphs if len(p.bare) < _LONG)
    heads = (c.label for t in document.tables for row in t.rows[:_HEAD] for c in row if c.own)
    return any("决算" in text.replace("预决算", "") for text in (*short, *heads))


def _lines(told: Told, loaded: Loaded) -> Mapping[tuple[str, str], int]:
    """(list, code) → the number of the first item of the list that has the code."""
    found: dict[tuple[str, str], int] = {}
    for name in told.learned.coded_lists:
        spec = next((s for s in loaded.accounts.declared.items() if s[1].key == name), None)
        for number, item in enumerate(getattr(loaded.accounts, spec[0]) if spec else (), 1):
            for value in vars(item).values():
                if isinstance(value, str) and value.isdigit():
                    found.setdefault((name, value), number)
    return found


def _amounts(told: Told, figures: Mapping[str, Figure], lines: Mapping[tuple[str, str], int]) -> Iterator[Finding]:
    """Amounts that are not what their figures come to, each figure's once in tables and once in sentences."""
    seen: set[tuple[str, bool]] = set()
    for stated in told.stated:
        name, in_table = stated.name, bool(stated.spot[0])
        if "[#]" in stated.general and stated.code:
            number = lines.get((stated.general.partition("[#]")[0], stated.code), 0)
            name = stated.general.replace("[#]", f"[{number}]")
        figure = figures.get(name)
        if figure is None or stated.kind or stated.sign or not stated.text or "较" in name:
            continue
        if abs(figure.value - stated.value) <= stated.value.margin + figure.margin or (name, in_table) in seen:
            continue
        seen.add((name, in_table))
        unit = Decimal(1) if in_table and stated.money == "元" else YUAN_PER_WAN
        expected = (
            f"{show(figure.value / unit)}（各项之和）" if in_table else f"{show(figure.value / unit)}（表里的数）"
        )
        rule = _CELL if in_table else _SENTENCE
        cut = not in_table and abs(figure.value - stated.value) <= _CENT  # 87.70 for 87.708
        yield Finding(
            rule, NOTE if cut else ERROR, [stated.words], stated.text, expected, stated.place.cell, spot=stated.spot
        )


def _rates(told: Told) -> Iterator[Finding]:
    """Rates of a sentence that the two amounts beside them do not give."""
    for stated in told.stated:
        if stated.kind != "%" or not stated.code or not stated.sign:
            continue
        beside = [s for s in told.stated if s.code == stated.code and s.spot[:2] == stated.spot[:2] and not s.kind]
        before = next((s.value for s in beside if s.name.endswith("执行数")), None)
        now = next((s.value for s in reversed(beside) if s.name.endswith("合计")), None)
        if not before or now is None:
            continue
        rate = (now - before) / before * 100
        if abs(abs(rate) - stated.value) > _NEAR or (rate > 0) != (stated.sign > 0):
            word = "增加" if rate > 0 else "减少"
            expected = f"{word}{show(abs(rate))}%"
            yield Finding(
                _RATE, DOUBT, [stated.words], f"{stated.text}%", expected, stated.place.cell, spot=stated.spot
            )
