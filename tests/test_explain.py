"""`budgetgen explain` and `check` as a person runs them."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from budgetgen.explain import explain
from budgetgen.issues import REGISTER, Rejected, Rule

EXAMPLE = Path(__file__).parent.parent / "examples" / "municipal-government-office" / "unit.yaml"


def line_of(text: str, nth: int = 0) -> int:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    return [n for n, line in enumerate(lines, 1) if text in line][nth]


def test_a_figure_down_to_the_lines_of_the_input() -> None:
    lines = explain("三公经费.决算.合计", EXAMPLE).splitlines()
    assert lines[:6] == [
        "三公经费.决算.合计：136.85 万元（“三公”经费合计：决算数）",
        "怎么来的：",
        "  三公经费.决算.合计 136.85 万元（合计）",
        f"    三公经费.因公出国费.决算 49.98 万元（输入 unit.yaml:{line_of(' 决算: 49.98')}）",
        f"    三公经费.公务用车运行维护费.决算 85.75 万元（输入 unit.yaml:{line_of(' 决算: 85.75')}）",
        f"    三公经费.公务接待费.决算 1.12 万元（输入 unit.yaml:{line_of(' 决算: 1.12')}）",
    ]
    assert lines[6:8] == ["印在：", "  公开表 公开09 第8行 合计（G8）：136.85"]
    assert any(line.startswith("  公开文本 ") and "情况说明 第1段“" in line for line in lines)
    assert ".xml" not in "".join(lines)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ('支出.类["201"].合计', "4317.24 万元"),
        ("支出.类[201].合计", "4317.24 万元"),
        ("收支明细[2010201].支出.基本", "139.69 万元"),
        ("收支明细[2010201].差异原因", "年中机构改革纳入了原金融办费用（unit.yaml:"),
        ("收支总计.较上年.率", "收支总计.较上年.率："),
        ("机关运行经费.上年决算", "没有填（机关运行经费.上年决算）"),
        ("三公经费.决算", "  合计：136.85 万元"),
        ("人员款", "人员款 有 14 行。"),
        ("单位.名称", "株洲市人民政府办公室（unit.yaml:"),
    ],
)
def test_whatever_has_a_name(name: str, said: str) -> None:
    assert said in explain(name, EXAMPLE)


@pytest.mark.parametrize(
    ("name", "unit", "said"),
    [
        ("三公经费.决算.合汁", EXAMPLE, "“三公经费.决算”中没有“合汁”，是否想写“合计”？"),
        ("三公经费.决算.合计", None, "还要写数据文件"),
        ("CROSS-999", None, "没有规则 CROSS-999"),
        ("收入.合计", Path("没有.yaml"), "没有.yaml"),
    ],
)
def test_what_there_is_not(name: str, unit: Path | None, said: str) -> None:
    with pytest.raises(Rejected) as e:
        explain(name, unit)
    assert said in str(e.value)


def test_a_rule_whole() -> None:
    assert explain("CROSS-012").startswith("CROSS-012 “三公”决算不大于全年预算\n依据：")


ROOT = Path(__file__).parent.parent
RULE_ID = re.compile(r"\b[A-Z]+-\d{3}\b")


def printed_ids() -> set[str]:
    """Every id that stands in a string of the program, or begins a rule in a file of rules."""
    found: set[str] = set()
    for path in (ROOT / "budgetgen").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and RULE_ID.fullmatch(node.value):
                found.add(node.value)
    for path in (ROOT / "config" / "checks").glob("*.yaml"):
        found |= set(re.findall(r"(?m)^([A-Z]+-\d{3}):", path.read_text(encoding="utf-8")))
    return found


def test_every_rule_that_can_be_printed_is_explained() -> None:
    ids = printed_ids()
    assert len(ids) > 190
    for rule_id in sorted(ids):
        told = explain(rule_id)
        assert told.startswith(f"{rule_id} "), told
        assert "改法：" in told, told
        assert not re.search(r"\{[{%]|site-packages|config/checks", told), told


def test_the_register_knows_no_rule_that_nothing_prints() -> None:
    source = (ROOT / "budgetgen" / "issues.py").read_text(encoding="utf-8")
    elsewhere = "".join(
        p.read_text(encoding="utf-8") for p in (ROOT / "budgetgen").rglob("*.py") if p.name != "issues.py"
    )
    for rule in Rule:
        assert f"Rule.{rule.name}" in elsewhere, rule
    others = set(REGISTER) - {rule.code for rule in Rule}
    assert [i for i in sorted(others) if f'"{i}"' not in elsewhere] == []
    assert source.count("Known(") > len(others)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "budgetgen", *arguments], capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_the_commands() -> None:
    done = run("check", str(EXAMPLE), "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["计数"]["错误"]) == (0, 0)
    assert run("check", str(EXAMPLE), "--format", "xml").returncode == 2
    assert run("explain", "CROSS-012").stdout.startswith("CROSS-012 ")
    missing = run("explain", "收入.合汁", str(EXAMPLE))
    assert (missing.returncode, missing.stderr.count("没有“合汁”")) == (1, 1)
    assert "Traceback" not in missing.stderr
