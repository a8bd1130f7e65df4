"""Totals of a published document, rounded each on its own: which of them the accounts must keep, found in one computation."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from read_back import packet

from budgetgen.classification import read_classification
from budgetgen.figures import Figure
from budgetgen.issues import Findings
from budgetgen.model import Accounts
from budgetgen.office.package import open_package
from budgetgen.published import Disclosed, read_document
from budgetgen.published.totals import class_of
from budgetgen.reading import figures_of


def document(unit: str, profile: str) -> Disclosed:
    findings = Findings()
    package = open_package(packet(unit, profile).document.data, "2024年度.docx", findings)
    assert package
    return read_document(package, findings)


@pytest.mark.parametrize(("unit", "profile"), [("政研室", "tianyuan"), ("市政府办", "standard")])
def test_every_printed_total_is_printed_again_and_none_is_kept_in_vain(unit: str, profile: str) -> None:
    disclosed = document(unit, profile)
    computed: list[Accounts] = []

    def counted(accounts: Accounts) -> Mapping[str, Figure]:
        computed.append(accounts)
        return figures_of(accounts)

    accounts = disclosed.settled(counted).accounts
    assert len(computed) == 1

    def lost(stated: Mapping[str, object]) -> set[str]:
        figures = figures_of(accounts.replaced(stated=stated))
        return {t.name for t in disclosed.stated if t.name in figures and figures[t.name].value != t.amount}

    assert accounts.stated
    assert not lost(accounts.stated)
    for name in accounts.stated:
        assert lost({n: a for n, a in accounts.stated.items() if n != name}), f"{name} is kept in vain"


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("二、教育支出", "205"),
        ("二、教育支岀", "205"),  # the name decides, though it is mistyped
        ("二、外交支岀", "202"),
        ("十八、国土海洋气象等支出", "220"),  # as it was called before
        ("五、", "205"),
        ("五十、某某", ""),
    ],
)
def test_a_class_is_told_by_its_name_before_its_ordinal(label: str, code: str) -> None:
    assert class_of(label, read_classification(2024)) == code
