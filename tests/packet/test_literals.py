"""Numbers typed into templates are told, and nothing that a form tells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from docx import Document

from budgetgen.layout import profile_names, read_profile, shelves
from budgetgen.layout.literal_forms import numbers
from budgetgen.packet.literals import literals
from budgetgen.pipeline import build
from budgetgen.resources import templates

EXAMPLE = Path(__file__).parents[2] / "examples" / "municipal-government-office" / "unit.yaml"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("截至2024年12月31日，共有车辆3辆", {"2024年12月31日": "日期", "3": ""}),
        ("（财库〔2020〕10号）支出999.99万元，占8.61%", {"〔2020〕10号": "文号", "999.99": "", "8.61%": ""}),
        ("1.因公出国（境）费1,234.50万元", {"1.": "序号", "1,234.50": ""}),
        ("注：2.本表依据《收入决算表》（财决03表）", {"注：2.": "序号", "财决03表": "表号"}),
        ("单价100万元（含）以上设备0台", {"单价100万元（含）以上": "固定用语", "0": "零"}),
        ("2010301（款）第3季度，比2023年增长三成，完成百分之九十", {"2010301": "编码", "第3季度": "序号", "2023": "年份", "三成": "", "百分之九十": ""}),
        ("3.2026年预算表", {"3.": "序号", "2026": "年份"}),
        ("2019-2021年办理12345热线40件", {"2019-2021": "年份", "12345": "电话", "40": ""}),
        ("见www.example.gov.cn/2024/06，传真0731-28680000", {"www.example.gov.cn/2024/06": "网址", "传真0731-28680000": "电话"}),
    ],
)  # fmt: skip
def test_what_a_form_tells(text: str, told: dict[str, str]) -> None:
    assert {one.text: one.form for one in numbers(text)} == told


def test_phrases_of_a_layout_are_meant_to_stay() -> None:
    assert [one.form for one in numbers("每人每天180元", ("每人每天180元",))] == ["固定用语"]


@pytest.mark.parametrize("name", profile_names())
def test_no_number_is_typed_into_what_ships(name: str) -> None:
    assert [str(i) for i in literals(read_profile(name))] == []


def cell(address: str, text: object) -> Callable[[Path], str]:
    def plant(folder: Path) -> str:
        path = folder / "xlsx" / "甲" / "公开表.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        book = openpyxl.load_workbook(templates("xlsx", "standard", "公开表.xlsx"))
        sheet, _, at = address.partition("!")
        book[sheet][at] = text
        book.save(path)
        return address

    return plant


def paragraph(text: str, *, header: bool = False) -> Callable[[Path], str]:
    def plant(folder: Path) -> str:
        path = folder / "docx" / "甲" / "决算公开.docx"
        path.parent.mkdir(parents=True, exist_ok=True)
        document = Document(str(templates("docx", "standard", "决算公开.docx")))
        place = document.sections[0].header if header else document
        place.add_paragraph(text)
        document.save(str(path))
        return f"{'页眉' if header else ''}“{text}”"

    return plant


def narrative(name: str, text: str) -> Callable[[Path], str]:
    def plant(folder: Path) -> str:
        path = folder / "docx" / "甲" / "说明" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        before = templates("docx", "standard", "说明", name)
        kept = before.read_text(encoding="utf-8") if before.is_file() else ""
        path.write_text(f"{kept}\n{text}\n", encoding="utf-8")
        return f"{name}:{kept.count(chr(10)) + 2}"

    return plant


PLANTS = (
    cell("公开02!C7", 999.99),
    cell("公开05!D9", "999.99"),
    cell("公开01!B9", "{{ 999.99 }}"),
    cell("公开01!D9", '{{ 功能类[0].名称 }}{{ "999.99" if 收入.合计 }}'),
    paragraph("机关运行经费支出999.99万元。"),
    paragraph("去年999.99万元", header=True),
    narrative("机关运行经费.md.j2", "本年支出999.99万元。"),
    narrative("机关运行经费.md.j2", "{{ 短语.占比(额=收入.合计, 总额=收入.合计, 后='999.99万元') }}"),
    narrative("短语/占比.j2", "约999.99万元"),
    narrative("设置.j2", '{% set 甲地说法 = "约999.99万元" %}'),
    narrative("机关运行经费.md.j2", "{% set 限额 = 999.99 %}支出{{ 限额 }}万元"),
)


@pytest.mark.parametrize("plant", PLANTS)
def test_a_number_that_is_typed_is_told_with_its_place(plant: Callable[[Path], str], tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "甲.yaml").write_text("中文名: 甲\n继承: standard\n", encoding="utf-8")
    place = plant(tmp_path)
    found = literals(read_profile("甲", shelves([tmp_path])))
    assert [(i.rule, "999.99" in i.cause, str(i.place).endswith(place)) for i in found] == [
        ("TEMPLATE-005", True, True)
    ]


def test_a_build_tells_it_and_counts_it(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "甲.yaml").write_text("中文名: 甲\n继承: standard\n", encoding="utf-8")
    narrative("机关运行经费.md.j2", "本年支出999.99万元。")(tmp_path)
    built = build(EXAMPLE, tmp_path / "out", profile="甲", templates=[tmp_path])
    assert [i.rule for i in built.issues if "999.99" in i.cause] == ["TEMPLATE-005"]
    assert built.numbers is not None
    assert built.numbers.typed == 1
    assert built.numbers.words == "2,516 个数，2,515 个有来处（121 个在自己写的文字里）"
