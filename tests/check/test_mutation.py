"""A change that another statement contradicts is always found, in every example."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from units import EXAMPLES

CONTRADICTED = re.compile(
    r"收支明细\[.*\]\.(收入|支出|年初结转|年末结转)\..*|基本支出经济分类\[.*\]"
    r"|三公经费\.因公出国费\.团组名单\[.*\]\.金额|会议费\.会议\[.*\]\..*|培训费\.培训\[.*\]\.金额"
    r"|预算绩效\..*执行数|预算绩效\.部门评价\[.*\]\.一般公共预算|预算绩效\.自评\..*\.金额"
)
"""Amounts that stand in an equation with others."""
AT_THE_BUDGET = re.compile(r"三公经费\..*\.决算")
"""Amounts that in every published packet spend their budget to the end; the invented unit spends less."""

FEW = 10
OF_FINAL_ACCOUNTS = [p for p in EXAMPLES if not p.parent.name.endswith(("-budget", "-intent"))]
"""Budgets and intents state each amount once: what is computed from the same lines cannot disagree."""


@pytest.fixture(scope="module")
def mutation() -> ModuleType:
    path = Path(__file__).parents[2] / "benchmarks" / "mutation.py"
    spec = importlib.util.spec_from_file_location("mutation", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.outside), 24])
@pytest.mark.parametrize("change", ["100 元", "10 %"])
@pytest.mark.parametrize("path", OF_FINAL_ACCOUNTS, ids=lambda p: p.parent.name)
def test_what_is_contradicted_is_found(mutation: ModuleType, path: Path, change: str, every: int) -> None:
    results = list(mutation.mutate(path, mutation.CHANGES[change], every))
    missed = [target for target, hit in results if not hit]
    assert [target for target in missed if CONTRADICTED.fullmatch(target)] == []
    assert path.parent.name == "invented-water-bureau" or not any(map(AT_THE_BUDGET.fullmatch, missed))
    # An evaluation alone has a few amounts, which nothing else states.
    assert len(results) < FEW or sum(hit for _, hit in results) / len(results) > 0.6
