"""Accounts in, figures out: small units whose tables are drawn beside them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

import pytest

from budgetgen.classification import read_classification
from budgetgen.compute import Computed, compute
from budgetgen.figures import CATALOGUE, Blank, Figure, Group, Series
from budgetgen.model import Accounts, Amount, Declared
from budgetgen.model.declarations import ListOf, Section, Shape, fields_of

T = TypeVar("T", bound=Declared)

BASE = {"年度": 2024, "金额单位": "万元", "单位": {"名称": "甲局", "类型": "部门"}, "收支明细": []}


def wan(text: str) -> Amount:
    return Amount.from_wan_yuan(Decimal(text))


def line(code: str, basic: str = "0", project: str = "0", **more: object) -> dict[str, object]:
    spent = wan(basic) + wan(project)
    return {"科目": code, "收入": {"财政拨款": Amount(spent)}, "支出": {"基本": wan(basic), "项目": wan(project)},
            "年初预算": wan("0"), **more}  # fmt: skip


def computed(lines: list[dict[str, object]], **more: object) -> Computed:
    return compute(made(Accounts, {**BASE, "收支明细": lines, **more}), read_classification(2024))


def made(model: type[T], keys: dict[str, object]) -> T:
    """A part of the model from what stands under its keys."""
    specs = fields_of(model)
    return model(**{specs[key].name: filled(specs[key].shape, value) for key, value in keys.items()})


def filled(shape: Shape, value: Any) -> Any:
    match shape:
        case Section(model):
            return made(model, value)
        case ListOf(Section() as item):
            return [filled(item, v) for v in value]
    return value


def value(result: Computed, path: str) -> Decimal:
    found = result.tree.value(path)
    assert isinstance(found, Figure), found
    return found.value / 10000


def row(result: Computed, path: str, code: str) -> Group:
    series = result.tree.at(path)
    assert isinstance(series, Series)
    return series.row(code)


def test_lines_are_summed_to_every_level() -> None:
    result = computed([line("2012601", "145.09"), line("2012699", project="40"), line("2080505", "51.28")])
    assert value(result, "支出.合计") == Decimal("236.37")
    assert value(result, "支出.基本") == Decimal("196.37")
    expected = {("类", "201"): "185.09", ("款", "20126"): "185.09", ("项", "2012699"): "40", ("类", "208"): "51.28"}
    for (level, code), amount in expected.items():
        found = row(result, f"支出.{level}", code).value("合计")
        assert isinstance(found, Figure)
        assert found.value / 10000 == Decimal(amount)


def test_one_item_of_two_funds_is_one_row_of_table_03_and_one_of_each_fund() -> None:
    result = computed([line("2120801", project="3"), line("2120801", project="4", 资金="政府性基金")])
    assert value(result, "支出.合计") == 7
    assert len(result.tree.at("支出.项")) == 1  # type: ignore[arg-type]
    assert value(result, "一般公共预算.支出.合计") == 3
    assert value(result, "政府性基金.支出.合计") == 4
    assert value(result, "财政拨款.支出.合计") == 7
    assert result.tree.at("国有资本经营.有数") is False


def test_money_of_its_own_is_no_fiscal_appropriation() -> None:
    own = {
        "科目": "2080505",
        "资金": "非财政拨款",
        "收入": {"事业": wan("5"), "其他": wan("1")},
        "支出": {"基本": wan("6")},
    }
    result = computed([line("2012601", "10"), own])
    assert value(result, "收入.合计") == 16
    assert value(result, "收入.事业") == 5
    assert value(result, "财政拨款收支总计") == value(result, "财政拨款.支出.合计") == 10


def test_both_sides_of_the_total_carry_what_was_brought_forward_and_kept() -> None:
    carried = {
        "科目": "2012601", "收入": {"财政拨款": wan("10")}, "支出": {"项目": wan("11")}, "年初预算": wan("10"),
        "年初结转": {"项目": wan("3")}, "年末结转": {"项目结转": wan("1.5"), "项目结余": wan("0.5")},
    }  # fmt: skip
    result = computed([carried])
    assert value(result, "收支总计") == value(result, "支出总计") == 13
    assert value(result, "财政拨款.年初结转.一般公共预算") == 3
    assert value(result, "一般公共预算.收入.项目") == 10  # 11 spent + 2 kept − 3 brought forward
    assert value(result, "一般公共预算.年末结转.项目结转") == Decimal("1.5")


def test_a_total_is_rounded_from_exact_parts_not_summed_from_rounded_ones() -> None:
    result = computed([line("2012601", "1.0040"), line("2013101", "1.0040")])
    total = result.tree.value("支出.合计")
    assert isinstance(total, Figure)
    assert total.printed == Decimal("2.01")


def test_a_stated_total_within_rounding_takes_the_computed_ones_place_and_is_used_from_there_on() -> None:
    item = {"年初预算": wan("0"), "全年预算": wan("0"), "上年决算": wan("0")}
    spent = {"因公出国费": "5.38", "公务用车购置费": "0", "公务用车运行维护费": "3.50", "公务接待费": "0.13"}
    three = {k: {**item, "决算": wan(v)} for k, v in spent.items()}
    result = computed([], 三公经费=three, 数字核定={"三公经费.决算.合计": wan("9.00")})
    total = result.tree.value("三公经费.决算.合计")
    assert isinstance(total, Figure)
    assert (total.value, total.operation) == (90000, "核定")
    assert value(result, "三公经费.决算.合计.较上年.额") == 9


def test_a_stated_total_beyond_rounding_changes_nothing() -> None:
    result = computed([line("2012601", "10")], 数字核定={"支出.合计": wan("10.02")})
    assert value(result, "支出.合计") == 10


def test_personnel_and_running_expenses_take_their_classes() -> None:
    amounts = {"30101": "1", "30302": "2", "30201": "4", "31002": "8", "39999": "16", "30702": "32"}
    result = computed([], 基本支出经济分类={k: wan(v) for k, v in amounts.items()})
    assert value(result, "人员经费") == 3
    assert value(result, "公用经费") == 60
    names = [r["名称"] for r in result.tree["公用款"]]  # type: ignore[union-attr]
    assert names == ["办公费", "国外债务付息", "办公设备购置", "其他支出"]


@pytest.mark.parametrize(
    ("amounts", "told", "found"),
    [  # what 2012601 (基本 10, 项目 5) spent by 款, where 2080505 (基本 3) is told or not
        ({"30101": "10", "30108": "3"}, [("2080505", "30108", "3")], {"30101": 10}),
        ({"30101": "9", "30108": "4"}, [("2080505", "30108", "3")], {"30101": 9, "30108": 1}),
        ({"30101": "10", "30108": "3"}, [], None),  # two 项 are left out
        ({"30101": "11", "30108": "2"}, [("2080505", "30108", "3")], {}),  # a conflict, told by rules
        ({}, [("2080505", "30108", "3")], {}),
    ],
)
def test_what_one_item_leaves_untold_by_economic_classification_is_what_the_others_leave(
    amounts: dict[str, str], told: list[tuple[str, str, str]], found: dict[str, int] | None
) -> None:
    details = [{"科目": c, "经济科目": e, "基本": wan(a)} for c, e, a in told]
    project = [{"科目": "2012601", "经济科目": "30227", "项目": wan("5")}] if told else []
    result = computed(
        [line("2012601", "10", "5"), line("2080505", "3")],
        基本支出经济分类={k: wan(v) for k, v in amounts.items()},
        支出经济分类=[*details, *project],
    )
    if found is None:
        assert str(result.tree.at("财政拨款.经济分类.合计")) == "【待填写：支出经济分类】"
        return
    spent = [r for r in result.tree.series("一般公共预算.经济分类.项") if r["编码"] == "2012601"]
    rows = {r["编码"]: r.value("基本") for one in spent for r in one.series("经济款")}
    assert {k: v.value / 10000 for k, v in rows.items() if isinstance(v, Figure) and v} == found


def test_a_unit_with_one_basic_item_and_nothing_else_is_asked_for_no_more_than_its_basic_expenditure() -> None:
    result = computed([line("2012601", "10")], 基本支出经济分类={"30101": wan("7"), "30201": wan("3")})
    assert value(result, "财政拨款.经济分类.合计") == 10
    assert value(result, "一般公共预算.经济分类.基本") == 10


def test_names_of_the_input_win_and_unknown_codes_can_be_named() -> None:
    result = computed([line("2019998", "1", 项名称="新事务"), line("2012601", "1", 款名称="档案工作")])
    assert row(result, "支出.项", "2019998")["名称"] == "新事务"
    assert row(result, "支出.项", "2012601")["款名称"] == "档案工作"


def test_listed_classes_are_those_with_money_and_those_the_unit_names() -> None:
    unit = {"名称": "甲局", "类型": "部门", "列示类": ["207"]}
    result = computed([line("2060199", "1"), line("2210201", "2")], 单位=unit)
    shown = result.tree.at("支出.列示类")
    assert [(r["序号"], r["名称"]) for r in shown] == [  # type: ignore[union-attr]
        ("六", "科学技术支出"), ("七", "文化旅游体育与传媒支出"), ("十九", "住房保障支出"),
    ]  # fmt: skip


def test_what_is_not_stated_is_a_gap_with_its_path() -> None:
    result = computed([line("2012601", "1")])
    gap = result.tree.at("收支总计.较上年")
    assert isinstance(gap, Blank)
    assert gap.path == "上年.收支总计"
    assert str(result.tree.at("三公经费.决算.合计")) == "【待填写：三公经费·因公出国（境）费·决算数】"
    assert str(result.tree.at("会议费.合计")) == "【待填写：会议费·合计】"


def test_a_figure_can_be_followed_down_to_the_input() -> None:
    result = computed([line("2012601", "1"), line("2080505", "2", "3")])
    total = result.tree.value("支出总计")
    assert isinstance(total, Figure)
    assert [f.path for f in total.leaves()] == [
        "收支明细[2012601].支出.基本", "收支明细[2080505].支出.基本", "收支明细[2080505].支出.项目",
    ]  # fmt: skip


def test_every_computed_name_is_in_the_catalogue() -> None:
    import re

    result = computed([line("2012601", "1"), line("2080505", "1")], 基本支出经济分类={"30101": wan("2")})
    for name in result.figures:
        if not name.startswith("收支明细["):
            assert re.sub(r"\[[^\]]*\]", "[*]", name) in CATALOGUE, name


@pytest.mark.parametrize("fund", ["一般公共预算", "政府性基金", "国有资本经营"])
def test_the_two_sides_of_each_fund_are_figures(fund: str) -> None:
    result = computed([line("2012601", project="1", 资金=fund)])
    assert value(result, f"财政拨款.总计.{fund}") == value(result, f"财政拨款.支出总计.{fund}") == 1
