"""Packets of every 版式 to read back, and the cells of their nine tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from budgetgen.issues import Rejected
from budgetgen.layout import profile_names, read_kind, read_profile, shelves
from budgetgen.model import Loaded
from budgetgen.packet.render import Packet
from budgetgen.pipeline import make
from budgetgen.reading import load, loads

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
PROFILES = ("standard", "zhuzhou", "tianyuan", "zhuzhou-approval", "sichuan")
BY_ITEM = ("sichuan", "dazhu")
"""The 版式 that print what each 项 was spent on, by 经济分类, and when they were published."""


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
    return built(loads(filled_for(INPUTS[unit], profile), INPUTS[unit].name, profile=profile), profile)


def filled_for(path: Path, profile: str) -> str:
    """An input as it would be filled in for a 版式: for BY_ITEM its spending by 款, laid on its lines in order."""
    text = path.read_text(encoding="utf-8")
    if profile not in BY_ITEM:
        return text
    text = re.sub("^版式:.*$", f"版式: {profile}", text, flags=re.MULTILINE)
    rows = "".join(f"- {{{', '.join(f'{k}: {v}' for k, v in row.items())}}}\n" for row in by_item(text))
    scored = ", 量化评价: [{指标: 报送及时, 分值: 10, 得分: 9.5}]" if profile == "dazhu" else ""
    return f"{text}\n补充: {{公开时间: 2025年9月28日{scored}}}\n" + (f"支出经济分类:\n{rows}" if rows else "")


def by_item(text: str) -> Iterator[dict[str, object]]:
    """支出经济分类 of an input: 基本 takes its 基本支出经济分类 in order, two thirds of 项目 are 办公设备购置."""
    file = yaml.load(text, yaml.BaseLoader)
    left = {code: Decimal(amount) for code, amount in (file.get("基本支出经济分类") or {}).items()}
    lines = file["收支明细"] if isinstance(file["收支明细"], list) else []
    for line in lines:
        fund, spent = line.get("资金", "一般公共预算"), line.get("支出", {})
        basic, project = (Decimal(spent.get(part) or 0) for part in ("基本", "项目"))
        head = {"科目": line["科目"], "资金": fund}
        if fund == "非财政拨款":
            continue
        for code in left if fund == "一般公共预算" else ():
            taken = min(left[code], basic)
            left[code], basic = left[code] - taken, basic - taken
            if taken:
                yield {**head, "经济科目": code, "基本": taken}
        third = (project / 3).quantize(Decimal("0.01"))
        if project:
            yield {**head, "经济科目": 30299, "项目": third}
            yield {**head, "经济科目": 31002, "项目": project - third}


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


def accounts(path: Path, profile: str = "") -> Loaded:
    return load(path, profile=profile)


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
