"""What computing hands on: values that stay as they are, rows as tables list them, and every name in the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import FrozenInstanceError
from decimal import Decimal

import pytest
from test_compute import computed, line, value, wan

from budgetgen.classification import read_classification
from budgetgen.compute.calculator import Calculator
from budgetgen.compute.classified_table import LineFigures, Table, TableEntry
from budgetgen.compute.revenue_expenditure import economic_accounts
from budgetgen.compute.scores import FULL, STANDARD, Judged, Scorer
from budgetgen.compute.self_evaluation import KINDS
from budgetgen.compute.statements import CARS
from budgetgen.figures import CATALOGUE, Blank, Figure, Group, Series

NONE = Group("", {})
ROWS = Series("类", {})
SLOTTED = [(Figure("数", Decimal(1)), "value"), (Blank("数"), "path"), (CATALOGUE["收支总计"], "unit"),
           (STANDARD, "grades"), (Judged(True, Decimal(1)), "met")]  # fmt: skip
FROZEN = [*SLOTTED, (Scorer(Calculator({}), STANDARD), "scoring"), (LineFigures("201", "", NONE, {}), "code"),
          (TableEntry("201", {}), "code"), (Table({}, ROWS, ROWS, ROWS), "totals"), (computed([]), "tree")]  # fmt: skip


@pytest.mark.parametrize(("made", "field"), FROZEN, ids=lambda v: type(v).__name__)
def test_what_is_made_stays_as_it_is(made: object, field: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(made, field, None)


@pytest.mark.parametrize("made", [made for made, _ in SLOTTED], ids=lambda v: type(v).__name__)
def test_what_there_are_thousands_of_has_no_dictionary(made: object) -> None:
    assert not hasattr(made, "__dict__")


@pytest.mark.parametrize(
    ("codes", "listed"),
    [
        (["307"], ["307", "30701", "30702", "30704"]),  # 30704 only for its money, 30703 not at all
        (["399", "307"], ["399", "39907", "39908", "39909", "39910", "39999", "307", "30701", "30702", "30704"]),
        ([], []),
    ],
)
def test_table_06_lists_what_published_forms_have_and_what_has_money(codes: Sequence[str], listed: list[str]) -> None:
    result = computed([], 基本支出经济分类={"30101": wan("1"), "30704": wan("5"), "39999": wan("2")})
    rows = economic_accounts(result.tree.group("经济分类"), codes, read_classification(2024))
    assert [r["编码"] for r in rows] == listed
    amounts = {"307": 5, "30704": 5, "399": 2, "39999": 2}
    assert [r.value("合计").value / 10000 for r in rows] == [amounts.get(c, 0) for c in listed]  # type: ignore[union-attr]


def test_vehicles_are_counted_kind_by_kind() -> None:
    """One of the first kind, two of the second, up to eight of the eighth are 36; 大型设备 is no vehicle."""
    kinds = [
        "副部级以上领导用车", "主要负责人用车", "机要通信用车", "应急保障用车", "执法执勤用车", "特种专业技术用车",
        "离退休干部服务用车", "其他用车",
    ]  # fmt: skip
    assert list(CARS) == kinds
    assets = computed([], 国有资产={**{k: n for n, k in enumerate(kinds, 1)}, "大型设备": 100}).tree.group("国有资产")
    total = assets.value("车辆合计")
    assert isinstance(total, Figure)
    assert (total.value, total.unit) == (Decimal(36), "辆")
    rows = assets["车辆"]
    assert isinstance(rows, list)
    assert [(r["名称"], r.value("数量").value) for r in rows[:2]] == [
        ("副部（省）级及以上领导用车", 1), ("主要负责人用车", 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("total", "grade"),
    [
        ("100", "优"), ("90", "优"), ("89.99", "良"), ("80", "良"), ("79.99", "中"), ("60", "中"), ("59.99", "差"),
        ("0", "差"), ("-0.01", ""),
    ],
)  # fmt: skip
def test_a_total_earns_its_grade(total: str, grade: str) -> None:
    assert STANDARD.grade(Decimal(total)) == grade


def test_a_whole_table_has_a_hundred_points() -> None:
    assert FULL == 100


def test_projects_are_of_three_kinds() -> None:
    assert KINDS == ("业务工作经费", "运行维护经费", "专项资金")


def test_one_fact_has_one_amount_in_tables_made_before_its_stated_total() -> None:
    """收入.合计 has the amounts of 收支总计, which alone is stated; 项目 has others."""
    parts = [line("2012601", "60.002"), line("2012699", project="40.002")]
    result = computed(parts, 数字核定={"收支总计": wan("100.00")})
    assert [value(result, n) for n in ("收支总计", "收入.合计", "财政拨款收支总计")] == [100, 100, 100]
    assert value(result, "支出.项目") == Decimal("40.002")
    assert value(computed(parts), "收入.合计") == Decimal("100.004")


@pytest.mark.parametrize(
    "name",
    [
        "支出.款[*].名称", "支出.类", "支出.类[*].款", "支出.款[*].项", "支出.项[*].基本", "一般公共预算.有支出", "政府性基金.有数",
        "一般公共预算.项[*].有支出", "一般公共预算.款[*].有收支", "经济分类.类[*].编码", "经济分类.款", "人员款[*].名称",
        "公用款[*].合计", "三公经费.决算.合计", "三公经费.上年决算.公务接待费", "三公经费.决算.合计.较上年.率",
        "三公经费.决算.公务接待费.完成全年预算.小于", "国有资产.车辆[*].数量", "绩效自评.整体.资金.全年预算",
        "绩效自评.整体.资金.来源合计.执行", "绩效自评.项目[*].执行得分", "绩效自评.整体.算出.总分", "绩效自评.基础数据.公用经费.本年决算",
        "绩效自评.基础数据.三公经费.合计.上年决算", "绩效自评.基础数据.项目支出.专项资金.明细[*].名称",
        "绩效自评.基础数据.项目支出.专项资金.明细[*].本年预算", "绩效自评.年初项目.个数", "绩效自评.项目合计.结余",
    ],
)  # fmt: skip
def test_what_tables_and_forms_give_is_in_the_catalogue(name: str) -> None:
    assert name in CATALOGUE
