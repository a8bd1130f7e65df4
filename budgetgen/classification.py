"""政府收支分类科目: code → name, level, parents, and how surely the name is known (`config/codes/`)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

from budgetgen import resources
from budgetgen.records import record

CLASS_DIGITS, SECTION_DIGITS, ITEM_DIGITS = 3, 5, 7
PERSONNEL_CLASSES = ("301", "303")
RUNNING_CLASSES = ("302", "307", "310", "399")
BASIC_CLASSES = PERSONNEL_CLASSES + RUNNING_CLASSES
"""经济分类 classes of table 06: 人员经费 and 公用经费."""
LATEST = 2024
"""The tables of this year are used where an input's own year is missing."""
_ECONOMIC = ("3", "4", "5")
_NUMERALS = "零一二三四五六七八九"


@record
class Account:
    """One 科目. `certainty` is one of config/codes/README.md's words, or `input` where the unit named it."""

    code: str
    name: str
    level: str
    certainty: str


def class_code(code: str) -> str:
    """The 类 of a 款 or 项."""
    return code[:CLASS_DIGITS]


def section_code(code: str) -> str:
    """The 款 of a 项."""
    return code[:SECTION_DIGITS]


def is_functional(code: str) -> bool:
    """Whether a code is of 功能分类; those of 经济分类 begin with 3, 4 or 5."""
    return not code.startswith(_ECONOMIC)


def numeral(number: int) -> str:
    """1–99 in Chinese: 二十六."""
    tens, units = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{_NUMERALS[tens]}十"
    return head + (_NUMERALS[units] if units or not tens else "")


@dataclass(frozen=True)
class Classification:
    """The code tables of a year, with the names that a unit's input gives."""

    functional: Mapping[str, Account]
    economic: Mapping[str, Account]
    disclosed: tuple[str, ...]

    def named(self, names: Mapping[str, str]) -> Classification:
        """The same tables with `names` (code → name) in place of theirs, or added to them."""
        levels = {CLASS_DIGITS: "类", SECTION_DIGITS: "款", ITEM_DIGITS: "项"}
        own = {c: Account(c, n, levels[len(c)], "input") for c, n in names.items() if len(c) in levels}
        functional = {c: account for c, account in own.items() if is_functional(c)}
        economic = {c: account for c, account in own.items() if c not in functional}
        return replace(
            self,
            functional={**self.functional, **functional},
            economic={**self.economic, **economic} if economic else self.economic,
        )

    def name(self, code: str) -> str:
        """The name of a functional code; the code itself where no table knows it."""
        account = self.functional.get(code)
        return account.name if account else code

    def economic_name(self, code: str) -> str:
        """The name of an economic code; the code itself where no table knows it."""
        account = self.economic.get(code)
        return account.name if account else code

    def ordinal(self, code: str) -> str:
        """The Chinese ordinal of a functional 类 in 公开01 (六 for 206), blank for a class that it does not list."""
        return numeral(self.disclosed.index(code) + 1) if code in self.disclosed else ""

    def economic_sections(self, code: str) -> Sequence[str]:
        """The 款 below an economic 类, in code order."""
        return self._sections.get(code, ())

    @cached_property
    def _sections(self) -> Mapping[str, Sequence[str]]:
        """The 款 of each economic 类."""
        found: dict[str, list[str]] = {}
        for code in self.economic:
            if len(code) == SECTION_DIGITS:
                found.setdefault(class_code(code), []).append(code)
        return found


def _read(path: Path) -> dict[str, Account]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["code"]: Account(**row) for row in csv.DictReader(file)}


def _holding(path: Path, year: int) -> Iterator[dict[str, str]]:
    """The rows that hold in `year`; a blank end is open."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if int(row["from_year"] or year) <= year <= int(row["to_year"] or year):
                yield row


@cache
def read_classification(year: int) -> Classification:
    """The tables that ship, as of `year`: codes that have been renamed since have the name they had then."""
    folder = resources.config("codes")
    functional, economic = _read(folder / "functional.csv"), _read(folder / "economic.csv")
    for row in _holding(folder / "renames.csv", year):
        table = functional if row["code"] in functional else economic
        table[row["code"]] = replace(table[row["code"]], name=row["name"], certainty=row["certainty"])
    disclosed = tuple(row["code"] for row in _holding(folder / "disclosure_classes.csv", year))
    return Classification(functional, economic, disclosed)
