"""Published budgets held against themselves: the faults that were found by hand are found, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from budgetgen.audit import audit
from budgetgen.published.document import read_published
from tests.budget_samples import FOLDER, NAMES, document

FAULTS = {
    "cz25": {("887.36", "87.36")},
    "wl24": {("352.67", "350.35"), ("0.53%", "增加1.19%")},
    "wl25": {("94,995,790", "94995789.00")},
    "fl24": {("738.66", "696.48")},
    "sq26": {
        ("43,863,930", "44163930.00"),
        ("3,680,000", "3380000.00"),
        ("11,185,800", "10885800.00"),
        ("5.40%", "增加5.38%"),
    },
}
"""(what is printed, what it should be) of each packet; what is cut instead of rounded is only noted."""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(FOLDER is None, reason="the published packets are not here")
def test_the_faults_of_published_budgets_are_found_and_no_others(name: str, tmp_path: Path) -> None:
    found = audit(read_published(document(name, tmp_path)))
    grave = {(f.stated, f.expected.partition("（")[0]) for f in found if f.level != "提示"}
    assert grave == FAULTS.get(name, set())
    assert all(f.quote[0] and f.where for f in found)
