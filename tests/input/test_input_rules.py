"""The table of the reader's rules: ids that others may cite."""

from __future__ import annotations

import re

from budgetgen.issues import Rule


def test_each_rule_has_an_id_and_a_chinese_name_of_its_own() -> None:
    assert len({r.code for r in Rule}) == len({r.title for r in Rule}) == len(Rule)
    assert all(re.fullmatch(r"(INPUT|CODE)-\d{3}", r.code) for r in Rule)
