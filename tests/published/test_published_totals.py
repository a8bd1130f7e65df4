"""Totals of a published document, rounded each on its own: which of them the accounts must keep, found in one computation."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from read_back import packet

from budgetgen.figures import Figure
from budgetgen.issues import Findings
from budgetgen.model import Accounts
from budgetgen.office.package import open_package
from budgetgen.published import Disclosed, read_document
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
