"""Packets of every 版式 to read back, and the cells of their nine tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from budgetgen.issues import Rejected
from budgetgen.layout import profile_names, read_kind, read_profile, shelves
from budgetgen.model import Loaded
from budgetgen.packet.render import Packet
from budgetgen.pipeline import make
from budgetgen.reading import load

ROOT = Path(__file__).parents[1]
INPUTS = {
    "市政府办": ROOT / "examples/municipal-government-office/unit.yaml",
    "政研室": ROOT / "examples/policy-research-office/unit.yaml",
    "区委办": ROOT / "examples/tianyuan-party-office/unit.yaml",
    "样样都有": ROOT / "tests/cases/everything.yaml",
    "什么都没有": ROOT / "tests/cases/nothing.yaml",
}
OF_FINAL_ACCOUNTS = [n for n in profile_names() if read_profile(n).has(read_kind())]
"""The 版式 that ship in which 决算公开 can be made."""
PROFILES = ("standard", "zhuzhou", "tianyuan", "zhuzhou-approval")


def each_once(*axes: Iterable[object]) -> list[Any]:
    """Every combination as parameters; those beyond each value once are for `-m outside`.

    each_once("甲乙丙", "12"): 甲1, 乙2, 丙1 are run at every save, 甲2, 乙1, 丙2 outside.
    """
    values = [list(axis) for axis in axes]
    longest = max(map(len, values))
    plain = [tuple(axis[n % len(axis)] for axis in values) for n in range(longest)]
    return [pytest.param(*c, marks=() if c in plain else pytest.mark.outside) for c in product(*values)]


@cache
def packet(unit: str, profile: str) -> Packet:
    """The packet of one of INPUTS."""
    return built(load(INPUTS[unit]), profile)


def built(loaded: Loaded, profile: str) -> Packet:
    return make(loaded, read_profile(profile, shelves([], ROOT)), read_kind(told=loaded.accounts.sections_told))[1]


def cells(workbook: bytes) -> dict[str, object]:
    """Every cell of a workbook that holds something: `公开01!C7` → value."""
    book = openpyxl.load_workbook(BytesIO(workbook))
    return {
        f"{sheet.title}!{cell.coordinate}": cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def accounts(path: Path) -> Loaded:
    return load(path)


@dataclass(frozen=True)
class Reading:
    """What reading a file gave, and everything that was said."""

    loaded: Loaded | None
    said: str


def reading(path: Path) -> Reading:
    try:
        loaded = accounts(path)
    except Rejected as e:
        return Reading(None, str(e))
    return Reading(loaded, "\n".join(map(str, loaded.issues)))
