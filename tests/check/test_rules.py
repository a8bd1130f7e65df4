"""Every rule: one case that breaks it, and its nearest look-alike that does not (`tests/cases/rules/<id>.yaml`).

A case is told as changes to the unit that has everything, or that is named by `本`: `改错` and what must be said of it (`说`, at `路径`), `像错`
of which the rule must say nothing but 尾差. `上年`, where it stands, makes last year's input of the same unit.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from budgetgen.check import Rule, check, rulebook
from budgetgen.check.book import BUDGET, PRIOR
from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.figures import Group
from budgetgen.issues import Issue, Level
from budgetgen.layout import read_kind, read_profile
from budgetgen.reading import load

FOLDER = Path(__file__).parents[1] / "cases"
ON_TEXTS = "TEXT-"
"""Rules on texts have their cases in `test_texts.py`, texts side by side."""
RULES = {i: r for i, r in rulebook().rules.items() if not i.startswith(ON_TEXTS)}


@cache
def case(rule_id: str) -> dict:
    path = FOLDER / "rules" / f"{rule_id}.yaml"
    assert path.is_file(), f"{rule_id} has no case: write {path.relative_to(FOLDER.parents[1])}"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def written(path: Path, changes: list[list[str]], base: str) -> Path:
    text = (FOLDER / f"{base}.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


def figures(path: Path) -> Group:
    accounts = load(path).accounts
    return compute(accounts, read_classification(accounts.year)).tree


def found(rule_id: str, tmp_path: Path, changes: str) -> list[Issue]:
    told = case(rule_id)
    base = told.get("本", "everything")
    files = {PRIOR: ("上年", base), BUDGET: ("当年预算", "budget")}
    others = {
        name: figures(written(tmp_path / "other.yaml", told[key], other))
        for name, (key, other) in files.items()
        if key in told
    }
    loaded = load(written(tmp_path / "unit.yaml", told[changes], base))
    computed = compute(loaded.accounts, read_classification(loaded.accounts.year))
    kind = read_kind(loaded.accounts.kind)
    profile = read_profile(loaded.accounts.profile, None, kind)
    return [i for i in check(loaded, computed, profile, others, kind) if i.rule == rule_id]


@pytest.mark.parametrize("rule_id", RULES)
def test_a_breach_is_told(rule_id: str, tmp_path: Path) -> None:
    issues = found(rule_id, tmp_path, "改错")
    told = case(rule_id)
    assert any(told["说"] in i.cause and i.path == told["路径"] for i in issues), [str(i) for i in issues]
    assert all((i.path and i.place) or rule_id == "YEAR-004" for i in issues)


@pytest.mark.parametrize("rule_id", RULES)
def test_its_nearest_look_alike_is_not(rule_id: str, tmp_path: Path) -> None:
    issues = found(rule_id, tmp_path, "像错")
    rule = RULES[rule_id]
    least = Level.NOTE if isinstance(rule, Rule) or rule.level is Level.NOTE else Level.WARNING
    assert [str(i) for i in issues if i.level >= least] == []


def test_rules_on_texts_have_their_cases() -> None:
    on_texts = [i for i in rulebook().rules if i.startswith(ON_TEXTS)]
    cases = Path(__file__).with_name("test_texts.py")
    text = cases.read_text(encoding="utf-8") if on_texts else ""
    assert [i for i in on_texts if text.count(i) < 2] == []


def test_no_case_is_left_over() -> None:
    assert {p.stem for p in (FOLDER / "rules").glob("*.yaml")} <= set(RULES)
