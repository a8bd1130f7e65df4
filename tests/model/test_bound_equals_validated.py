"""What the reader binds is what pydantic would accept: built without validation, equal with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from budgetgen.input import load
from budgetgen.model import Accounts
from budgetgen.model.fields import Declared

ROOT = Path(__file__).parent.parent.parent
FILES = sorted([*ROOT.glob("examples/*/unit.yaml"), *ROOT.glob("tests/cases/*.yaml")])


def plain(value: object) -> object:
    """The value as pydantic takes it from outside: parts as dicts under their identifiers."""
    if isinstance(value, Declared):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_bound_accounts_pass_validation_unchanged(path: Path) -> None:
    accounts = load(path).accounts
    assert Accounts.model_validate(plain(accounts)) == accounts
