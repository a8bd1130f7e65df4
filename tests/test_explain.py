"""`budgetgen explain` and `check` as a person runs them."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from budgetgen.explain import Explained, Index, answers, as_html, as_json, as_text, explain
from budgetgen.issues import REGISTER, Rejected, Rule
from budgetgen.pipeline import build, examine

EXAMPLE = Path(__file__).parent.parent / "examples" / "municipal-government-office" / "unit.yaml"


def line_of(text: str, nth: int = 0) -> int:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    return [n for n, line in enumerate(lines, 1) if text in line][nth]


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.of(examine(EXAMPLE))


def told(index: Index, what: str, depth: int = 12) -> list[str]:
    return as_text(Explained(what, answers=tuple(answers(what, index, depth)))).splitlines()


def test_a_figure_down_to_the_lines_of_the_input(index: Index) -> None:
    lines = told(index, "三公经费.决算.合计")
    assert lines[:7] == [
        "“三公”经费合计·决算数：136.85 万元",
        "模板里的名称：三公经费.决算.合计",
        "怎么来的：",
        "  “三公”经费合计·决算数 136.85 万元（合计）",
        f"    因公出国（境）费·决算数 49.98 万元（输入 unit.yaml:{line_of(' 决算: 49.98')}）",
        f"    公务用车运行维护费·决算数 85.75 万元（输入 unit.yaml:{line_of(' 决算: 85.75')}）",
        f"    公务接待费·决算数 1.12 万元（输入 unit.yaml:{line_of(' 决算: 1.12')}）",
    ]
    assert lines[7:9] == ["印在 5 处：", "  公开表 公开09 第8行 合计（G8）：136.85"]
    assert any(line.startswith("  公开文本 ") and "情况说明 第1段“" in line and "（目录第 " in line for line in lines)
    assert any(line.startswith("  “三公”经费合计·决算数与上年比的增减额 15.13 万元（印在 ") for line in lines)
    assert ".xml" not in "".join(lines)


def test_no_deeper_than_was_asked(index: Index) -> None:
    assert told(index, "三公经费.决算.合计", 0)[3:5] == [
        "  “三公”经费合计·决算数 136.85 万元（合计）",
        "    … 由 3 个数来",
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ('支出.类["201"].合计', "本年支出·201（一般公共服务支出）的本年支出合计：4317.24 万元"),
        ("支出.类[201].合计", "4317.24 万元"),
        ("收支明细[2010201].支出.基本", "139.69 万元"),
        ("收支明细[2010201].差异原因", "年中机构改革纳入了原金融办费用（unit.yaml:"),
        ("收支总计.较上年.率", "收支总计与上年比的增减率：5.6185 %"),
        ("机关运行经费.上年决算", "没有填"),
        ("三公经费.决算", "  合计：136.85 万元"),
        ("人员款", "有 14 行："),
        ("单位.名称", "株洲市人民政府办公室（unit.yaml:"),
        ("136.85", "“三公”经费合计·决算数：136.85 万元"),
        ("136.85万元", "“三公”经费合计·决算数：136.85 万元"),
        ("1,368,500元", "“三公”经费合计·决算数：136.85 万元"),
        ("5.62%", "收支总计与上年比的增减率：5.6185 %"),
        ("公开09!G8", "“三公”经费合计·决算数：136.85 万元"),
        ("'公开09'!$G$8", "“三公”经费合计·决算数：136.85 万元"),
        ("公开09!A1", "这一格是文字：“"),
        ("本年支出合计", "本年支出合计：5487.18 万元"),
        ("公用经费", "公用经费"),
        ("年中机构改革", "年中机构改革纳入了原金融办费用（unit.yaml:"),
        ("0", "个数是它，写名称看一个："),
    ],
)
def test_whatever_is_asked(index: Index, name: str, said: str) -> None:
    assert said in "\n".join(told(index, name))


def test_where_a_line_of_the_input_goes(index: Index) -> None:
    number = line_of(" 决算: 49.98")
    lines = told(index, f"unit.yaml:{number}")
    assert "因公出国（境）费·决算数：49.98 万元" in lines
    assert any(
        line.startswith("  “三公”经费合计·决算数 136.85 万元（印在 公开表 公开09 第8行 合计（G8） 等 5 处）")
        for line in lines
    )
    assert "  公开表 公开09 第8行 因公出国（境）费（H8）：49.98" in lines
    assert told(index, f":{number}") == lines


def test_an_amount_of_one_fact_is_told_once_with_its_other_names(index: Index) -> None:
    lines = told(index, "5487.18")
    assert lines[0].startswith("“5487.18”有 ")
    assert any(line.startswith("同一个数又叫：") and "收支总计" in line for line in lines)


def test_as_data_and_as_a_page(index: Index) -> None:
    explained = Explained("公开09!G8", "某局", 2024, "unit.yaml", tuple(answers("公开09!G8", index)))
    (answer,) = json.loads(as_json(explained))["答"]
    assert (answer["称呼"], answer["数"], len(answer["来处"]["由"])) == ("“三公”经费合计·决算数", "136.85 万元", 3)
    page = as_html(explained)
    assert "<title>公开09!G8 的来处</title>" in page
    assert page.count('<td class="number">49.98 万元</td>') == 1


def test_all_that_is_printed_is_explained_in_words_of_the_tables(index: Index) -> None:
    dotted = re.compile(r"[一-龥]\.[一-龥]|\.xml|\{")
    asked = [*list(index.by_name)[::40], *list(index.in_cells)[::40], *(f":{n}" for n in list(index.by_line)[::10])]
    for what in asked:
        lines = [line for line in told(index, what) if not line.startswith("模板里的名称：")]
        assert not [line for line in lines if dotted.search(line)], what


def test_a_file_of_the_packet_finds_the_input_beside_it(tmp_path: Path) -> None:
    unit = tmp_path / "unit.yaml"
    unit.write_bytes(EXAMPLE.read_bytes())
    book = build(unit).files[0]
    assert explain("公开09!G8", book).answers[0].amount == "136.85 万元"
    unit.unlink()
    with pytest.raises(Rejected, match="旁边没有生成它的数据文件"):
        explain("公开09!G8", book)


@pytest.mark.parametrize(
    ("name", "unit", "said"),
    [
        ("三公经费.决算.合汁", EXAMPLE, "“三公经费.决算”中没有“合汁”，是否想写“合计”？"),
        ("三公经费.决算.合计", None, "还要写数据文件"),
        ("CROSS-999", None, "没有规则 CROSS-999"),
        ("收入.合计", Path("没有.yaml"), "没有.yaml"),
        ("136.86", EXAMPLE, "没有 136.86 这个数。相近的有 136.85 万元（“三公”经费合计·"),
        ("公开09!G99", EXAMPLE, "公开09!G99 是空的。"),
        ("公开99!G8", EXAMPLE, "没有找到“公开99!G8”，是否想写“公开09”？"),
        (":9999", EXAMPLE, "第 9999 行没有填的值。最近的有值的是第 "),
        ("“三公”经费合记·决算数", EXAMPLE, "是否想写““三公”经费合计·决算数”"),
    ],
)
def test_what_there_is_not(name: str, unit: Path | None, said: str) -> None:
    with pytest.raises(Rejected) as e:
        explain(name, unit)
    assert said in str(e.value)


def test_a_rule_whole() -> None:
    assert as_text(explain("CROSS-012")).startswith("CROSS-012 “三公”决算不大于全年预算\n依据：")


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
        told = as_text(explain(rule_id))
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
    assert (missing.returncode, missing.stdout.count("没有“合汁”")) == (1, 1)
    assert "Traceback" not in missing.stderr
