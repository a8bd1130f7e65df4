"""From kind to kind and from year to year: the budget into the 决算, both into next year's budget, and held against each other."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from budgetgen.cli import app
from budgetgen.convert import convert
from budgetgen.issues import Issue, Rejected
from budgetgen.pipeline import examine
from budgetgen.reading import figures_of, load

ROOT = Path(__file__).parents[1]
BUDGET = ROOT / "tests" / "cases" / "budget.yaml"
SHIQUAN = ROOT / "examples" / "shiquan-street-budget" / "unit.yaml"
TO_FILL = "【待填写】"


def read(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


def write(path: Path, data: dict[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return path


def final_accounts(budget: Path, folder: Path, spent: float = 1) -> Path:
    """决算 of the same year, begun from the budget; every 项 spends `spent` of it, and so do the 三公 items."""
    target, _ = convert(budget, folder / "决算.yaml", kind="决算公开")
    data = read(target)
    for line in data["收支明细"]:
        amount = round(line["年初预算"] * spent)
        line |= {"收入": {"财政拨款": amount}, "支出": {"项目": amount}}
    for item in data["三公经费"].values():
        wanted = {key: 0 if key in ("团组", "人次", "购置数", "保有量") else item["年初预算"] for key in item}
        item |= {key: wanted[key] for key, value in item.items() if value == TO_FILL}
    data["机关运行经费"] |= dict.fromkeys(("决算", "上年决算"), data["机关运行经费"]["年初预算"])
    data.pop("绩效自评", None)
    return write(target, data)


def told(path: Path, rule: str) -> list[Issue]:
    return [i for i in examine(path).issues if i.rule == rule]


@pytest.mark.parametrize("budget", [BUDGET, SHIQUAN], ids=["样样都有", "石泉路"])
def test_the_accounts_begun_from_a_budget_have_its_amounts(budget: Path, tmp_path: Path) -> None:
    source = load(budget).accounts
    given = read(budget)
    made = load(convert(budget, tmp_path / "决算.yaml", kind="决算公开")[0], unfilled=True)
    fiscal = [line for line in given["预算明细"] if line["资金"] != "非财政"]
    assert {(n.code, n.fund): n.initial_budget for n in made.accounts.lines} == {
        (str(n["科目"]), n["资金"]): sum(Decimal(str(n["支出"].get(k, 0))) for k in ("基本", "项目")) for n in fiscal
    }
    assert made.accounts.unit.replaced(subordinates=None) == source.unit
    assert made.accounts.three_public is not None
    assert made.accounts.three_public.official_reception.initial_budget == given["三公预算"]["公务接待费"]["预算"]
    assert made.accounts.agency_running is not None
    assert made.accounts.agency_running.initial_budget == given["机关运行经费预算"]
    first = made.accounts.lines[0].key
    assert {f"收支明细[{first}].支出.基本", "三公经费.公务接待费.决算", "机关运行经费.上年决算"} <= set(made.pending)


def test_indicators_go_into_the_self_evaluation_without_what_was_reached(tmp_path: Path) -> None:
    data = read(BUDGET)
    row = {"一级": "产出指标", "二级": "数量指标", "三级": "数字化页数", "指标值": "≥10万页"}
    data["绩效目标项目"][0] |= {"年度目标": ["完成馆藏数字化。"]}
    data["绩效目标指标"] = [{"项目": "档案数字化", **row}, {"项目": "馆外道路修缮", **row, "三级": "长度"}]
    made = load(convert(write(tmp_path / "预算.yaml", data), tmp_path / "决算.yaml", kind="决算公开")[0], unfilled=True)
    assert made.accounts.evaluation is not None
    project, other = made.accounts.evaluation.projects
    assert (project.name, other.name) == ("档案数字化", "馆外道路修缮")
    assert project.goals == ["完成馆藏数字化。"]
    assert [(i.first, i.second, i.third, i.target, i.reached) for i in project.indicators or ()] == [
        (*row.values(), "")
    ]
    assert [i.third for i in other.indicators or ()] == ["长度"]
    assert (project.authority, project.executor) == ("某区档案局", "某区档案服务中心")
    assert project.funds is not None
    assert project.funds.initial_budget == Decimal(800000)


def test_both_packets_are_built_side_by_side_in_one_batch(tmp_path: Path) -> None:
    write(tmp_path / "预算.yaml", read(SHIQUAN))
    final_accounts(tmp_path / "预算.yaml", tmp_path)
    assert read(tmp_path / "决算.yaml")["预算文件"] == "预算.yaml"
    assert told(tmp_path / "决算.yaml", "YEAR-011") == []
    rest = read(ROOT / "tests" / "cases" / "everything.yaml")
    data = read(tmp_path / "决算.yaml")
    data |= {
        k: rest[k] for k in ("会议费", "培训费", "节庆活动", "政府采购", "国有资产", "预算绩效", "变动原因", "上年")
    }
    data["机关运行经费"]["决算"] = 0
    write(tmp_path / "决算.yaml", data)
    done = CliRunner().invoke(app, ["batch", str(tmp_path), "-o", str(tmp_path / "out"), "--jobs", "1"])
    assert done.exit_code == 0, done.output
    made = sorted(p.name for p in (tmp_path / "out").iterdir() if p.is_dir())
    name = read(SHIQUAN)["单位"]["名称"]
    assert {f"{name}-2026", f"{name}-2026-预算"} < set(made)
    assert len(made) == 3  # and the reports


def test_what_the_accounts_state_otherwise_than_the_budget_is_told(tmp_path: Path) -> None:
    write(tmp_path / "预算.yaml", read(SHIQUAN))
    data = read(final_accounts(tmp_path / "预算.yaml", tmp_path))
    data["收支明细"][0]["年初预算"] = 2200  # 0.12 万元 in the budget
    gone = data["收支明细"].pop(2)
    data["收支明细"].append({"科目": 2010399, "年初预算": 500})
    data["三公经费"]["公务接待费"]["年初预算"] = 15400
    data["三公经费"]["公务用车运行维护费"]["年初预算"] += 20  # prints alike
    causes = {i.path: i.cause for i in told(write(tmp_path / "决算.yaml", data), "YEAR-011")}
    assert causes == {
        "收支明细[2010506].年初预算": "填的是 0.22 万元，2026 年的部门预算公开是 0.12 万元。",
        "收支明细": f"2026 年的部门预算公开有“{gone['科目']}·一般公共预算”50.75 万元，这里没有这一行。",
        "收支明细[2010399].年初预算": "填的是 0.05 万元，2026 年的部门预算公开没有这一行。",
        "三公经费.公务接待费.年初预算": "填的是 1.54 万元，2026 年的部门预算公开是 1.53 万元。",
    }


def test_next_years_budget_takes_last_years_budget_and_what_was_spent(tmp_path: Path) -> None:
    write(tmp_path / "预算.yaml", read(SHIQUAN))
    accounts = final_accounts(tmp_path / "预算.yaml", tmp_path, spent=0.5)
    after, _ = convert(tmp_path / "预算.yaml", tmp_path / "明年.yaml", next_year=True, others=[accounts])
    before, data = read(SHIQUAN), read(after)
    assert (data["年度"], data["上年文件"], data["决算文件"]) == (2027, "预算.yaml", "决算.yaml")
    for old, new in zip(before["预算明细"], data["预算明细"], strict=True):
        amount = sum(old["支出"].values()) - old["支出"].get("公用", 0)
        assert (new["科目"], new["上年预算"], new["上年执行数"]) == (old["科目"], amount, round(amount * 0.5))
        assert set(new["支出"].values()) == {TO_FILL}
    figures = figures_of(load(SHIQUAN).accounts)
    assert {k: v for k, v in data["上年预算"].items() if v} == {
        fund: figures[f"预算.财政拨款.支出.{fund}"].value for fund in ("一般公共预算", "政府性基金")
    }
    assert {k: v["上年预算"] for k, v in data["三公预算"].items() if "上年预算" in v} == {
        k: v["预算"] for k, v in before["三公预算"].items() if "预算" in v
    }
    assert "收支明细" not in data
    assert "上年" not in data


def test_last_years_budget_is_held_against_this_years(tmp_path: Path) -> None:
    write(tmp_path / "去年.yaml", read(BUDGET) | {"年度": 2025})
    (other := read(BUDGET))["三公预算"]["公务用车运行费"]["上年预算"] = 39000
    issues = told(write(tmp_path / "今年.yaml", other | {"上年文件": "去年.yaml"}), "YEAR-011")
    paths = {i.path for i in issues}
    assert {"三公预算.公务用车运行费.上年预算", "上年预算.一般公共预算", "预算明细[1].上年预算"} <= paths
    given = CliRunner().invoke(app, ["check", str(BUDGET), "--prior", str(tmp_path / "去年.yaml")])
    assert "YEAR-011" in given.output


def test_what_can_not_be_carried_is_said(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="2026 年的部门预算公开没有能带到 2026 年部门预算公开的"):
        convert(BUDGET, tmp_path / "甲.yaml", others=[SHIQUAN])
    (data := read(BUDGET))["决算文件"] = "预算.yaml"
    write(tmp_path / "预算.yaml", read(BUDGET))
    (issue,) = told(write(tmp_path / "今年.yaml", data), "YEAR-012")
    assert issue.cause == "决算文件是某区档案局 2026 年的部门预算公开，用不上。"
