"""用词: settings of wording that a 版式 opens to units: stated in an input, told by messages, carried, found in published packets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import docx
import pytest
import yaml

from budgetgen.convert import convert
from budgetgen.issues import Rejected
from budgetgen.layout import read_kind, read_profile, shelves
from budgetgen.layout.settings import read_settings
from budgetgen.packet.narratives import with_chosen
from budgetgen.packet.profile_check import check_profile
from budgetgen.pipeline import build
from budgetgen.reading import load
from tests.budget_samples import FOLDER, NAMES, document
from tests.shared import SHARED

ROOT = Path(__file__).parents[1]
BUDGET = (
    (ROOT / "tests" / "cases" / "budget.yaml").read_text(encoding="utf-8").replace("材料:", "版式: putuo-2025\n材料:")
)
WORDS = """
用词:
  项名式: 短横
  科目字: 写
  千分位: {总体: 否}
  金额小数: {总体: 整数不带}
  持平前: {三公: 与}
  接待费后: 逗号
  封面: 名称
  资金序号: 、
  表中小数: 两位
  表中零: "0.00"
"""


def unit(folder: Path, words: str = WORDS) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "unit.yaml"
    file.write_text(BUDGET + words, encoding="utf-8")
    return file


def made(source: Path) -> tuple[str, list[list[str]], Path]:
    """The paragraphs and the second table of a unit's document, and its file."""
    built = build(source, source.parent / "packet", force=True)
    file = next(f for f in built.files if f.suffix == ".docx")
    told = docx.Document(str(file))
    return "\n".join(p.text for p in told.paragraphs), [[c.text for c in r.cells] for r in told.tables[1].rows], file


def test_a_unit_words_its_packet_otherwise_than_its_place(tmp_path: Path) -> None:
    text, table, _ = made(unit(tmp_path / "own"))
    assert "某区档案局2026年部门预算" in text
    assert "1.“一般公共服务支出-档案事务-行政运行”科目300.00万元，主要用于" in text
    assert "2026年，某区档案局收入预算436万元" in text
    assert "公务接待费1万元，比2025年预算减少0.20万元" in text
    assert "与2025年预算持平" in text
    assert [row[4:] for row in table if row[3] == "合计"] == [
        ["4,360,000.00", "4,200,000.00", "50,000.00", "0.00", "10,000.00"]
    ]
    usual, table, _ = made(unit(tmp_path / "usual", ""))
    assert "1.“一般公共服务支出（类）档案事务（款）行政运行（项）”科目300.00万元，主要用于" in usual
    assert [row[4:] for row in table if row[3] == "合计"] == [["4,360,000", "4,200,000", "50,000", "", "10,000"]]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("用词: {项名是: 短横}", "用词：没有“项名是”这个键，是否想写“项名式”？"),
        ("用词: {项名式: 横}", "没有“横”这个选项，是否想写“短横”？ 只能填“类款项”、“短横”、“带码”。"),
        ("用词: {千分位: {总数: 是}}", "没有“总数”这个键"),
    ],
)
def test_what_cannot_be_chosen_is_told(tmp_path: Path, words: str, told: str) -> None:
    built = build(unit(tmp_path, words), tmp_path / "packet")
    assert not built.files
    assert any(told in str(issue) for issue in built.errors), [str(i) for i in built.errors]


def test_a_choice_lasts_through_forms_and_years(tmp_path: Path) -> None:
    source = unit(tmp_path)
    form = convert(source, tmp_path / "填报表.xlsx")[0]
    again = load(convert(form, tmp_path / "again.yaml")[0]).accounts
    assert again == load(source).accounts
    later = convert(form, tmp_path / "later.yaml", next_year=True)[0].read_text(encoding="utf-8")
    assert yaml.safe_load(later)["用词"]["项名式"] == "短横"


def test_what_is_opened_is_checked(tmp_path: Path) -> None:
    file = tmp_path / "甲.yaml"
    file.write_text(
        '用词:\n- {设置: 增率, 选项: [增长]}\n- {设置: "1率", 选项: [是, 否]}\n- {设置: 减率, 选项: ["（一）", 甲]}\n'
    )
    with pytest.raises(Rejected) as caught:
        read_settings(file)
    told = "\n".join(map(str, caught.value.issues))
    assert "“增率”的“选项”至少要两个词。" in told
    assert "“1率”不能用作设置的名称。" in told
    assert "“（一）”不能作选项的词" in told


def test_what_is_opened_is_a_setting(tmp_path: Path) -> None:
    folder = tmp_path / "profiles"
    folder.mkdir()
    words = "用词:\n- {设置: 项名是, 选项: [甲, 乙]}\n- {设置: 千分位.总数, 选项: [是, 否]}\n- {设置: 千分位, 选项: [是, 否]}\n"
    (folder / "本区.yaml").write_text(f"继承: putuo\n{words}", encoding="utf-8")
    found = check_profile(read_profile("本区", shelves([tmp_path])))
    told = [i.cause for i in found if "用词" in i.cause]
    assert told == [
        "“用词”里的“项名是”，设置里没有，是否想写“项名式”？",
        "“用词”里的“千分位.总数”，设置里没有，是否想写“总体”？",
        "“用词”里的“千分位”，设置里没有，是否想写“表中千分位”？",
    ]


def test_a_packet_read_back_has_the_words_that_it_was_made_with(tmp_path: Path) -> None:
    """The 版式 with the fewest words of one's own, and these alone."""
    file = made(unit(tmp_path))[2]
    written = convert(file, tmp_path / "told.yaml")[0].read_text(encoding="utf-8")
    told = yaml.load(written, yaml.BaseLoader)
    assert told["版式"] == "putuo-2025"
    assert told["用词"] == {
        "封面": "名称",
        "金额小数": {"总体": "整数不带"},
        "持平前": {"三公": "与"},
        "项名式": "短横",
        "接待费后": "逗号",
        "资金序号": "、",
        "表中小数": "两位",
        "表中零": "0.00",
    }


def test_python_knows_no_place_s_words() -> None:
    """All that a place opens stands in its settings, and every one of these is set."""
    profile = read_profile("putuo-2024", kind=read_kind("部门预算公开"))
    code = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "budgetgen").rglob("*.py"))
    assert "项句式" not in code
    assert len(profile.open_settings) > 40


REACHED = {
    "cz25": 0.90, "bg25": 0.99, "bg25u": 0.98, "sw25": 0.95, "wl24": 0.97, "wl25": 0.97, "fl24": 0.93, "sq26": 0.92, "sf26": 0.91,
}  # fmt: skip
"""The least share of the published sentences, their faults too, that a packet made from what was read says again."""


@pytest.mark.outside
@pytest.mark.skipif(FOLDER is None, reason="the published packets are not here")
@pytest.mark.parametrize("name", NAMES)
def test_published_budgets_are_said_again_in_their_own_words(name: str, tmp_path: Path) -> None:
    assert SHARED is not None
    assert FOLDER is not None
    told = convert(document(name, tmp_path), tmp_path / "unit.yaml")[0]
    assert build(told, tmp_path / "packet", force=True).files
    compare = [
        sys.executable,
        str(SHARED / "acceptance" / "compare_any.py"),
        str(tmp_path / "packet"),
        str(FOLDER / f"{name}.txt"),
    ]
    said = subprocess.run(compare, capture_output=True, text=True, check=True).stdout
    share = {line.split()[0]: line.split()[1] for line in said.splitlines() if "/" in line}
    found, wanted = map(int, share["sentences"].split("/"))
    assert found / wanted >= REACHED[name], said


def test_a_choice_of_what_no_settings_say_is_of_its_usual_kind() -> None:
    chosen = with_chosen({}, [("金额末尾零", "false"), ("百分比小数", "1"), ("表中零", "0")])
    assert chosen == {"金额末尾零": False, "百分比小数": 1, "表中零": "0"}
