"""docs/填报指南.md says what the declarations say."""

from __future__ import annotations

from budgetgen.form import layout
from budgetgen.form.layout import guide_text
from budgetgen.model import Accounts


def test_every_field_is_on_it() -> None:
    page = guide_text()
    for leaf in layout.leaves(Accounts):
        keys = [f"{key}[]" if leaf.listed == n else key for n, key in enumerate(leaf.keys, 1)]
        # The indicators of a project stand in the table of those of 整体.
        shared = f"`{'.'.join(keys)}`".replace("收支明细[]", "收支明细").replace(".项目.指标[]", ".整体.指标[]")
        assert shared in page


def test_every_amount_says_where_it_is_found() -> None:
    lines = [line for line in guide_text().splitlines() if "按金额单位" in line and "`收支明细" in line]
    assert len(lines) == 19
    assert all("财决" in line or "部门预算" in line for line in lines)
