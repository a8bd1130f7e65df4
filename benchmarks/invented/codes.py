"""The 科目 that invented units use, read from `config/codes/`."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

_TABLES = Path(__file__).parents[2] / "config" / "codes"
_ITEM_DIGITS = 7
_STATE_CAPITAL = "223"
STAFF = ("2080505", "2080506", "2210201")
"""科目 of contributions for staff, each the same money as one 经济分类: see `CONTRIBUTED`."""


def _below(parent: str, endings: str) -> tuple[str, ...]:
    """The codes of `parent` with these endings."""
    return tuple(parent + ending for ending in endings.split())


_FUND_SECTIONS = (
    "20610",
    "20822",
    "20823",
    "20829",
    *_below("207", "07 09 10"),
    *_below("211", "60 61"),
    *_below("212", "08 10 11 13 14 15 16 17 18 19"),
    *_below("213", "66 67 69"),
    *_below("214", "60 62 63 64 68 69 70 71 72 73"),
    *_below("215", "60 62"),
    "21704",
    *_below("229", "04 08 60"),
    "23204",
    "23304",
)
PERSONNEL = (
    *_below("301", "01 02 03 06 07 10 11 12 14 99"),
    *_below("303", "01 02 03 04 05 06 07 08 09 10 11 99"),
)
RUNNING = (
    *_below("302", "01 02 03 04 05 06 07 08 09 11 12 13 14 15 16 17 18 24 25 26 27 28 29 31 39 40 99"),
    *_below("307", "01 02"),
    *_below("310", "01 02 03 05 06 07 08 09 10 11 12 13 19 21 22 99"),
    *_below("399", "07 08 09 10 99"),
)
CONTRIBUTED = ("30108", "30109", "30113")


@cache
def general_items() -> tuple[str, ...]:
    """项 of 一般公共预算 whose names are known from a document."""
    known = (c for c, certainty in _items() if certainty != "unverified")
    return tuple(c for c in known if not c.startswith(_STATE_CAPITAL) and c[:5] not in _FUND_SECTIONS)


@cache
def fund_items() -> tuple[str, ...]:
    """项 of 政府性基金."""
    return tuple(c for c, _ in _items() if c[:5] in _FUND_SECTIONS)


@cache
def capital_items() -> tuple[str, ...]:
    """项 of 国有资本经营预算."""
    return tuple(c for c, _ in _items() if c.startswith(_STATE_CAPITAL))


def _items() -> list[tuple[str, str]]:
    """Every 项, with how surely its name is known, of the 类 that tables list and a known 款; in code order."""
    with (_TABLES / "disclosure_classes.csv").open(encoding="utf-8", newline="") as file:
        classes = {row["code"] for row in csv.DictReader(file)}
    with (_TABLES / "functional.csv").open(encoding="utf-8", newline="") as file:
        known = {row["code"]: row["certainty"] for row in csv.DictReader(file)}
    items = (c for c in known if len(c) == _ITEM_DIGITS and c[:3] in classes and c[:5] in known)
    return [(c, known[c]) for c in sorted(items)]
