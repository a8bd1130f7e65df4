"""YAML ⇄ 填报表 without loss: every field, its exact digits, what is absent and what is stated as nothing."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from any_accounts import accounts
from books import CASES, read_book
from hypothesis import given
from said import read

from budgetgen.form.writer import Asked, write_form_book
from budgetgen.input.yaml_writer import blank_yaml, write_yaml
from budgetgen.model import Accounts, Amount, Declared
from budgetgen.reading import load


def margins(value: Any) -> Iterator[Decimal]:
    """How closely each amount is known, in order."""
    match value:
        case Amount():
            yield value.margin
        case Declared():
            for name in type(value).declared:
                yield from margins(getattr(value, name))
        case list():
            for item in value:
                yield from margins(item)
        case dict():
            for key in sorted(value):
                yield from margins(value[key])


def same(one: Accounts, other: Accounts) -> None:
    assert one == other
    assert list(margins(one)) == list(margins(other))


@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_every_example_is_the_same_in_either_form(case: Path) -> None:
    wanted = load(case).accounts
    book = read_book(write_form_book(wanted, [])).accepted.accounts
    same(book, wanted)
    same(read(write_yaml(book)).accepted.accounts, wanted)


@given(accounts())
def test_any_accounts_are_the_same_after_yaml(given_accounts: Accounts) -> None:
    same(read(write_yaml(given_accounts)).accepted.accounts, given_accounts)


@given(accounts())
def test_any_accounts_are_the_same_after_the_form(given_accounts: Accounts) -> None:
    same(read_book(write_form_book(given_accounts, [])).accepted.accounts, given_accounts)


def test_a_list_of_the_word_none_is_no_list_in_either_form() -> None:
    text = "年度: 2024\n金额单位: 万元\n单位: {名称: 甲局, 类型: 部门, 内设机构: [无]}\n收支明细: []\n"
    wanted = read(text).accepted.accounts
    assert wanted.unit.offices == []
    same(read_book(write_form_book(wanted, [])).accepted.accounts, wanted)


def test_the_same_accounts_give_the_same_bytes() -> None:
    wanted = load(CASES[0]).accounts
    assert write_form_book(wanted, ["a"]) == write_form_book(wanted, ["a"])


def test_an_empty_form_names_what_must_be_filled() -> None:
    outcome = read_book(write_form_book(None, ["standard"], Asked("standard")))
    said = [(i.rule, i.path) for i in outcome.errors]
    assert said == [
        ("INPUT-011", "单位.名称"),
        ("INPUT-011", "单位.类型"),
        ("INPUT-011", "年度"),
        ("INPUT-011", "金额单位"),
    ]


def test_an_empty_yaml_names_what_must_be_filled() -> None:
    outcome = read(blank_yaml("standard"))
    assert [i.path for i in outcome.errors] == ["年度", "单位.名称", "收支明细[1].科目"]
