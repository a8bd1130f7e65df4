"""Published budgets held against themselves: the faults that were found by hand are found, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from budgetgen.audit import audit
from budgetgen.audit.beside import Beside
from budgetgen.audit.relations import Finding
from budgetgen.audit.remarks import sentence
from budgetgen.audit.texts import unit_name
from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.issues import Rejected
from budgetgen.layout import read_kind, read_profile
from budgetgen.packet.render import PacketRenderer
from budgetgen.published.document import Published, read_published, read_published_bytes
from budgetgen.published.grid import Grid
from budgetgen.reading import loads
from tests.budget_samples import FOLDER, NAMES, document

ROOT = Path(__file__).parents[2]
FAULTS = {
    "cz25": {
        ("887.36", "87.36"), ("政府性基金预算", "国有资本经营预算"), ("一致0万元", "删去后面的数"), ("公务车用车", "公务用车"),
        ("本单位", "本部门"), ("87.70", "87.71"), ("78.21", "78.22"), ("204.91", "204.92"), ("268.77", "268.78"),
    },
    "sw25": {("预算", "预算执行数")},
    "wl24": {
        ("100.00%", "删去增减率"), ("352.67", "350.35"), ("公务车用车", "公务用车"), ("2", "02"), ("7", "07"),
        ("注:本部门2024年无“三公”经费和机关运行经费预算，故本表为空表。", "删去这条注"),
    },
    "wl25": {
        ("94,995,790", "94,995,789"), ("公务车用车", "公务用车"),
        ("卫生健康支出（类）卫生健康支出（款）计划生育事务（项）", "卫生健康支出"),
    },
    "fl24": {
        ("738.66", "696.48"), ("3.84%", "减少2.09%"), ("医疗卫生与计划生育支出", "卫生健康支出"), ("7", "210"), ("02", "03"),
        ("漏列", "补上一项：社会保障和就业支出-行政事业单位养老支出-其他行政事业单位养老支出 0.70万元"), ("原因是", "补上原因"),
        ("（增加内容）", "删去"),
    },
    "sq26": {
        ("43,863,930", "44,163,930"), ("3,680,000", "3,380,000"), ("11,185,800", "10,885,800"), ("空", "填上 300,000"),
        ("5.40%", "5.38%"), ("增加", "减少"), ("2024", "2025"), ("2025", "2026"), ("预算预算单位", "删去写重的两个字"),
        ("文化体育与传媒支出", "文化旅游体育与传媒支出"), ("医疗卫生与计划生育支出", "卫生健康支出"),
    },
    "sf26": {
        ("2026", "2025"), ("2025", "2026"), ("43269.3", "3269.3"), ("17.66%", "17.93%"), ("2.21%", "2.22%"), ("201.50", "208.80"),
        ("。。", "。"), ("公务车用车", "公务用车"), ("医疗卫生与计划生育支出", "卫生健康支出"), ("”", "补上另一半"),
    },
}  # fmt: skip
"""(what is printed, what it should be) of each packet."""


def told(found: Iterable[Finding]) -> set[tuple[str, str]]:
    return {(f.stated, f.expected.partition("（")[0]) for f in found}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(FOLDER is None, reason="the published packets are not here")
def test_the_faults_of_published_budgets_are_found_and_no_others(name: str, tmp_path: Path) -> None:
    found = audit(read_published(document(name, tmp_path)))
    assert told(found) == FAULTS.get(name, set())
    assert all(f.quote[0] and f.where for f in found)


@pytest.mark.skipif(FOLDER is None, reason="the published packets are not here")
def test_a_budget_beside_last_year_s(tmp_path: Path) -> None:
    """What 2025 says of 2024 is what 2024 said; a changed total of 2024 is told at the change of 2025."""
    this, prior = document("wl25", tmp_path), document("wl24", tmp_path)
    packet = read_published(this)
    assert told(audit(packet, Beside(prior=prior))) == FAULTS["wl25"]
    changed = planted(
        packet,
        [
            (
                "一般公共预算拨款支出预算18,976.76万元，比2024年预算增加3,355.65",
                "一般公共预算拨款支出预算18,976.76万元，比2024年预算增加3,355.75",
            )
        ],
    )
    other = [f for f in audit(changed, Beside(prior=prior)) if f.rule == "AUDIT-050"]
    assert [f.stated for f in other] == ["3355.75"]


@pytest.mark.skipif(FOLDER is None, reason="the published packets are not here")
def test_a_department_beside_its_only_unit(tmp_path: Path) -> None:
    """部门 and 单位 of one office have the same money; twice the unit has twice of everything."""
    whole, unit = document("bg25", tmp_path), document("bg25u", tmp_path)
    assert not audit(read_published(whole), Beside(units=(unit,)))
    found = audit(read_published(whole), Beside(units=(unit, unit)))
    assert {f.rule for f in found} == {"AUDIT-053"}
    assert ("28.50", "57.00") in told(found)


# ------------------------------------------------------------------------------------------------ planted


@pytest.fixture(scope="module")
def small() -> Published:
    """A small 部门 packet in the words of 2024, without a fault; nothing is carried over."""
    text = (ROOT / "tests/cases/budget.yaml").read_text(encoding="utf-8").replace("  上年结转: 100000\n", "")
    loaded = loads(text, "budget.yaml", profile="putuo-2024")
    kind = read_kind("部门预算公开")
    computed = compute(loaded.accounts, read_classification(2024))
    packet = PacketRenderer(read_profile("putuo-2024", kind=kind), kind).render(computed)
    return read_published_bytes(packet.document.data, "预算.docx")


def planted(packet: Published, changes: Iterable[tuple[str, str]]) -> Published:
    """The packet with each first `old` as `new`: in a paragraph, or `表: old` in a cell of the table with that title."""
    paragraphs, tables = list(packet.paragraphs), list(packet.tables)
    for old, new in changes:
        title, _, words = old.rpartition(": ")
        if title:
            n = next(n for n, t in enumerate(tables) if any(title in a for a in t.above))
            rows = [list(row) for row in tables[n].grid.rows]
            r, c = next(
                (r, c) for r, row in enumerate(rows) for c, cell in enumerate(row) if cell.own and words == cell.text
            )
            rows[r][c] = replace(rows[r][c], text=new)
            grid = tables[n].grid
            tables[n] = replace(tables[n], grid=Grid(grid.name, grid.place, rows, grid.above))
            continue
        n = next(n for n, p in enumerate(paragraphs) if words in p.text)
        paragraphs[n] = replace(paragraphs[n], text=paragraphs[n].text.replace(words, new, 1))
    return replace(packet, paragraphs=paragraphs, tables=tables)


def test_a_packet_without_a_fault(small: Published) -> None:
    assert not audit(small)
    assert unit_name(small) == "某区档案局"


def test_a_department_beside_its_units(small: Published, tmp_path: Path) -> None:
    """What one unit has more is told at the row, and in the sentence; a row that the 部门 lacks is asked for."""
    text = (ROOT / "tests/cases/budget.yaml").read_text(encoding="utf-8").replace("  上年结转: 100000\n", "")
    text = text.replace("类型: 部门", "类型: 单位").replace("支出: {项目: 200000}", "支出: {项目: 210000}")
    text = text.replace("科目: 30201, 金额: 440000", "科目: 30202, 金额: 440000").replace(
        "货物: 300000", "货物: 310000"
    )
    (tmp_path / "单位.yaml").write_text(text, encoding="utf-8")
    found = audit(small, Beside(units=(tmp_path / "单位.yaml",)))
    assert sum(f.stated == "200,000" for f in found) == 1, "two tables, one matter"
    assert told(found) == {
        ("200,000", "210,000"),
        ("440,000", "0"),
        ("30.00", "31.00"),
        ("缺行", "补上 30202 印刷费"),
    }
    assert any("有 44.00 万元，部门的表里没有" in f.expected for f in found)


@pytest.mark.parametrize("beside", ["prior", "unit", "units"])
def test_what_lies_beside_is_of_another_year(small: Published, tmp_path: Path, beside: str) -> None:
    """A packet of another year or kind is refused, not held against this one number by number."""
    text = (ROOT / "tests/cases/budget.yaml").read_text(encoding="utf-8")
    path = tmp_path / "别年.yaml"
    path.write_text(text.replace("年度: 2026", "年度: 2022"), encoding="utf-8")
    with pytest.raises(Rejected, match="2022 年的部门预算公开"):
        audit(small, Beside(**{beside: (path,) if beside == "units" else path}))


def test_units_are_of_budgets_only() -> None:
    with pytest.raises(Rejected, match="只用来审部门预算"):
        audit(Published("决算.docx", (), ()), Beside(units=(Path("单位.yaml"),)))


PLANTED = {
    "表": [
        ("部门收入预算总表: 300,000", "300,100", "300,100", "300,000"),  # B2
        ("部门支出预算总表: 3,860,000", "3,861,000", "3,861,000", "3,860,000"),  # B2, B3
        ("部门财政拨款收支预算总表: 200,000", "210,000", "210,000", "200,000"),  # B3, B4
        ("政府性基金预算支出功能分类预算表: 200,000", "", "空", "填上 200,000"),  # B2
        ("部门预算经济分类预算表: 40,000", "41,000", "41,000", "40,000"),  # B2, B6
        ("机关运行经费预算表: 23", "24", "24", "23.00"),  # B8, B9
    ],
    "句子": [
        (
            "一般公共预算拨款支出预算410.00万元，比2025年预算增加90.00",
            "一般公共预算拨款支出预算410.00万元，比2025年预算增加91.00",
            "110.00",
            "增加111.00万元",
        ),  # B14
        (
            "2026年预算安排300.00万元，比2025年预算执行数增加1.69%",
            "2026年预算安排300.00万元，比2025年预算执行数增加1.96%",
            "1.96%",
            "1.69%",
        ),  # B15
        (
            "执行数为0.00万元，2026年预算安排80.00万元。",
            "执行数为0.00万元，2026年预算安排80.00万元，比2025年预算执行数增加100%。",
            "100%",
            "删去增减率",
        ),  # B15
        ("（项）”30.00万元", "（项）”33.00万元", "33.00", "30.00"),  # B13
        ("三公”经费预算数为23万元", "三公”经费预算数为23.10万元", "23.10", "23.00"),  # B9
        ("政府采购预算80.00", "政府采购预算88.00", "88.00", "80.00"),  # B16
        ("共有车辆2辆", "共有车辆3辆", "3", "2"),  # B18
        ("财政拨款收入支出增加的", "财政拨款收入支出减少的", "减少", "增加"),  # B14
    ],
    "字样": [
        ("比2025年预算增加17.80", "比2026年预算增加17.80", "2026", "2025"),  # B23
        ("2026年某区档案局（部门）下属", "2025年某区档案局（部门）下属", "2025", "2026"),  # B23
        ("2026年本部门政府采购", "2026年本单位政府采购", "本单位", "本部门"),  # B22
        ("无国有资本经营预算财政拨款", "无政府性基金预算财政拨款", "政府性基金预算", "国有资本经营预算"),  # B22
        ("主要原因是压减接待", "主要原因是", "原因是", "补上原因"),
        ("五、国有资产占有使用情况", "五、国有资产占有使用情况（增加内容）", "（增加内容）", "删去"),
        ("运行费4万元，比2025年预算持平", "运行费4万元，比2025年预算持平0万元", "持平0万元", "删去后面的数"),
        ("六、年度预算安排", "六、预算", "档案数字化项目经费情况说明", "补上“年度预算安排”"),  # B24
        ("全年。", "2025年全年。", "2025", "2026"),  # B23
        ("“社会保障和就业支出（类）", "“医疗卫生与计划生育支出（类）", "医疗卫生与计划生育支出", "卫生健康支出"),
        ("部门预算经济分类预算表: 17", "15", "15", "17"),
    ],
    "规则": [
        ("机关运行经费预算表: 50", "51", "50.00", "51.00"),  # B9
        ("预留政府采购项目预算金额32.00", "预留政府采购项目预算金额22.00", "22.40", "改到相符"),  # B16
        ("涉及项目预算资金100.00", "涉及项目预算资金110.00", "110.00", "改到相符"),  # B17
        ("本部门2个预算单位", "本部门3个预算单位", "3", "改到相符"),  # B17
        (
            "机要通信用车1辆、应急保障用车0辆、执法执勤用车0辆、特种专业技术用车0辆、离退休干部用车0辆、其他用车0辆；部门",
            "机要通信用车0辆、应急保障用车0辆、执法执勤用车0辆、特种专业技术用车0辆、离退休干部用车0辆、其他用车0辆；部门",
            "1",
            "0",
        ),  # B18
    ],
}
"""What is changed, as `planted` takes it, and what is told of it."""


@pytest.mark.parametrize("what", PLANTED)
def test_planted_faults_are_told_and_nothing_else(small: Published, what: str) -> None:
    cases = PLANTED[what]
    found = audit(planted(small, [(old, new) for old, new, _, _ in cases]))
    assert told(found) == {(stated, expected) for _, _, stated, expected in cases}
    assert all(sentence(f) for f in found)
