"""docs/模板维护.md, done: its commands in order, its three recipes by hand, and a layout made from an empty folder."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Callable
from copy import copy
from pathlib import Path
from zipfile import ZipFile

import docx
import openpyxl
import pytest
from openpyxl.chart import BarChart, PieChart, Reference

from budgetgen import cli
from budgetgen.packet.unprinted import UNPRINTED
from budgetgen.pipeline import Built, build
from budgetgen.verify import read_cells, read_paragraphs

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "模板维护.md").read_text(encoding="utf-8")
UNIT = ROOT / "examples" / "municipal-government-office" / "unit.yaml"

Budgetgen = Callable[[str], None]


@pytest.fixture
def budgetgen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Budgetgen:
    """Run one command line of the guide in a folder with `unit.yaml`; it must end well."""
    shutil.copy(UNIT, tmp_path / "unit.yaml")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BUDGETGEN_TEMPLATES", raising=False)

    def command(line: str) -> None:
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 0, line

    return command


def changed(path: Path, *pairs: tuple[str, str]) -> None:
    """What a hand does in an editor."""
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def headings(result: Built, style: str) -> list[str]:
    return [p.text for p in docx.Document(str(result.files[1])).paragraphs if p.style and p.style.name == style]


# ---------------------------------------------------------------------------------------- the guide's own words


@pytest.mark.outside
def test_every_command_of_the_guide_runs(budgetgen: Budgetgen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("budgetgen.office.libreoffice.find_office", str)  # the PDF has tests of its own
    blocks = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", GUIDE, re.DOTALL | re.MULTILINE)
    lines = [line.strip() for language, block in blocks if not language for line in block.splitlines()]
    commands = [line for line in lines if line.startswith("budgetgen ")]
    assert len(commands) >= 12
    for line in commands:
        budgetgen(line.removesuffix(" --watch"))  # which only a hand ends; it has a test of its own


def test_links_of_the_guide_lead_somewhere() -> None:
    anchors = {re.sub(r"[、.]", "", h).lower() for h in re.findall(r"^## (.+)$", GUIDE, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)]+)\)", GUIDE):
        assert (target.startswith("#") and target[1:] in anchors) or (ROOT / "docs" / target).is_file(), target


def test_the_settings_that_the_guide_names_are_those_that_python_reads() -> None:
    from budgetgen.expression import WORDING_NAMES
    from budgetgen.layout.settings import KEYS

    assert all(f"`{name}`" in GUIDE for name in (*WORDING_NAMES, *KEYS))


# ------------------------------------------------------------------------------------------------- the recipes


def test_a_sentence_is_changed(budgetgen: Budgetgen, tmp_path: Path) -> None:
    budgetgen("budgetgen template new 本市 --from standard")
    budgetgen("budgetgen template copy 本市 短语/与上年相比.j2")
    own = tmp_path / "templates" / "docx" / "本市" / "说明"
    changed(own / "短语" / "与上年相比.j2", ("主要是因为", "主要原因是"))
    changed(own / "设置.j2", ('{% set 减率 = "下降" %}', '{% set 减率 = "降低" %}'))
    budgetgen("budgetgen template check 本市")
    built = build("unit.yaml", profile="本市")
    text = "\n".join(read_paragraphs(built.files[1].read_bytes())).rpartition("第五部分")[0]
    assert "与上年相比，减少326.65万元，降低5.62%，主要原因是压减了运转经费开支。" in text
    assert "下降" not in text
    assert "主要是因为" not in text


def widened(path: Path) -> None:
    """The guide's third section, as Excel does it."""
    book = openpyxl.load_workbook(path)
    sheet = book["公开02"]
    for row in range(4, 17):
        sheet.cell(row, 10)._style = copy(sheet.cell(row, 9)._style)
    table = GUIDE[GUIDE.index("## 三、") : GUIDE.index("## 四、")]
    for cell, text in re.findall(r"^ *\| (J\d+)[^|]* \| `(.+?)` \|$", table, re.MULTILINE):
        sheet[cell] = int(text) if text.isdigit() else text
    for old, new in (("A1:I1", "A1:J1"), ("H2:I2", "H2:J2"), ("H3:I3", "H3:J3"), ("A17:I17", "A17:J17")):
        sheet.unmerge_cells(old)
        sheet.merge_cells(new)
    sheet.merge_cells("J4:J5")
    book.save(path)


def test_a_column_is_added(budgetgen: Budgetgen, tmp_path: Path) -> None:
    budgetgen("budgetgen template new 本市 --from standard")
    budgetgen("budgetgen template copy 本市 公开表.xlsx")
    widened(tmp_path / "templates" / "xlsx" / "本市" / "公开表.xlsx")
    budgetgen("budgetgen template check 本市")
    built = build("unit.yaml", profile="本市")
    sheet = openpyxl.load_workbook(built.files[0])["公开02"]
    assert [sheet.cell(row, 10).value for row in (4, 6, 7)] == ["占比（%）", 8, 100]
    assert round(sheet["J8"].value, 2) == 78.68
    table = docx.Document(str(built.files[1])).tables[1]
    assert [table.rows[row].cells[-1].text for row in (2, 4, 5, 6)] == ["占比（%）", "8", "100.00", "78.68"]
    assert all(read_cells(built.files[0].read_bytes())["公开02", f"J{row}"] for row in range(7, 12))


@pytest.mark.outside
def test_a_whole_place_is_changed(budgetgen: Budgetgen, tmp_path: Path) -> None:
    budgetgen("budgetgen template new 某县 --from standard --copy")
    own = tmp_path / "templates" / "docx" / "某县"
    frame = docx.Document(str(own / "决算公开.docx"))
    placed = {p.text: p._p for p in frame.paragraphs}
    placed['{{p 说明("政府性基金") }}'].addprevious(placed['{{p 说明("三公经费") }}'])
    placed['{{p 说明("其他") }}'].getparent().remove(placed['{{p 说明("其他") }}'])
    frame.save(str(own / "决算公开.docx"))
    budgetgen("budgetgen template copy 某县 短语/标题.j2")
    changed(
        own / "说明" / "短语" / "标题.j2",
        ('"国有资本经营": "八、', '"国有资本经营": "九、'),
        ('"政府性基金": "七、', '"政府性基金": "八、'),
        ('"三公经费": "九、', '"三公经费": "七、'),
    )
    budgetgen("budgetgen template check 某县")
    built = build("unit.yaml", profile="某县")
    sections = headings(built, "Heading 2")[2:16]
    assert [s.partition("、")[0] for s in sections] == [
        "一",
        "二",
        "三",
        "四",
        "五",
        "六",
        "七",
        "八",
        "九",
        "十",
        "十一",
        "十二",
        "十三",
        "十四",
    ]
    assert sections[6].startswith("七、财政拨款“三公”经费")


@pytest.mark.outside
def test_two_charts_of_a_workbook_grow_with_their_rows(budgetgen: Budgetgen, tmp_path: Path) -> None:
    budgetgen("budgetgen template new 某县 --from sichuan --copy")
    path = tmp_path / "templates" / "xlsx" / "某县" / "公开表.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("图表")
    drawn = GUIDE[GUIDE.index("### 画一张图") : GUIDE.index("## 十一、")]
    for cell, text in re.findall(r"^\| ([AB]\d) \| `(.+?)` \|$", drawn, re.MULTILINE):
        sheet[cell] = text
    bars, pie = BarChart(), PieChart()
    bars.add_data(Reference(sheet, range_string="图表!B1:B3"), titles_from_data=True)
    bars.set_categories(Reference(sheet, range_string="图表!A2:A3"))
    pie.add_data(Reference(sheet, range_string="图表!B7:B7"))
    pie.set_categories(Reference(sheet, range_string="图表!A7:A7"))
    sheet.add_chart(bars, "D1")
    sheet.add_chart(pie, "M1")
    book.save(path)
    budgetgen("budgetgen template check 某县")
    built = build(
        ROOT / "examples" / "invented-water-bureau" / "unit.yaml", "包", profile="某县", templates=["templates"]
    )
    with ZipFile(built.files[0]) as package:
        charts = sorted(n for n in package.namelist() if re.fullmatch(r"xl/charts/chart\d+\.xml", n))
        told = [re.findall("<(?:c:)?f>(.*?)</|<(?:c:)?v>(.*?)</", package.read(n).decode()) for n in charts]
    assert [[formula or value for formula, value in one] for one in told] == [
        ["图表!B1", "一般公共预算财政拨款支出", "图表!$A$2:$A$3", "2023年", "2024年", "图表!$B$2:$B$3", "398.75", "431.15"],
        ["图表!$A$6:$A$9", "社会保障和就业支出", "卫生健康支出", "农林水支出", "住房保障支出",
         "图表!$B$6:$B$9", "18.6", "9.3", "387.05", "16.2"],
    ]  # fmt: skip


# ----------------------------------------------------------------------------- a layout made from an empty folder


@pytest.mark.outside
def test_a_layout_from_an_empty_folder_needs_no_python(budgetgen: Budgetgen, tmp_path: Path) -> None:
    """Other order of sections, other words, rows at 类/款/项, one column more in 公开02; the parent lists 项 only."""
    budgetgen("budgetgen template new 邻市 --from tianyuan --copy -o 空")
    place = tmp_path / "空"
    path = place / "xlsx" / "邻市" / "公开表.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["公开02"]
    row_style = [copy(sheet.cell(9, c)._style) for c in range(1, 10)]
    sheet.unmerge_cells("A11:I11")
    note = sheet["A11"].value
    levels = ("收入.类", "类"), ("类.款", "款"), ("款.项", "项")
    lines: list[list[str | None]] = []
    columns = ("编码", "名称", "合计", "财政拨款", "上级补助", "事业", "经营", "附属单位上缴", "其他")
    for rows, level in levels:
        lines += [[f"{{%tr for {level} in {rows} %}}"], [f"{{{{ {level}.{c} }}}}" for c in columns]]
        lines[-1].append(f"{{{{ 占比({level}.合计, 收入.合计) }}}}")
    lines += [["{%tr endfor %}"]] * 3 + [[note]]
    for number, values in enumerate(lines, 8):
        for column in range(1, 11):
            cell = sheet.cell(number, column)
            cell.value = values[column - 1] if column <= len(values) else None
            cell._style = copy(row_style[min(column, 9) - 1])
    sheet.merge_cells("A17:J17")
    sheet["J4"], sheet["J6"], sheet["J7"] = "占比", 8, "{{ 占比(收入.合计, 收入.合计) }}"
    sheet.merge_cells("J4:J5")
    book.save(path)

    own = place / "docx" / "邻市"
    frame = docx.Document(str(own / "决算公开.docx"))
    placed = {p.text: p._p for p in frame.paragraphs}
    placed['{{p 说明("收入支出总体") }}'].addprevious(placed['{{p 说明("国有资产") }}'])
    frame.save(str(own / "决算公开.docx"))
    changed(own / "说明" / "设置.j2", ('减率 = "减少"', '减率 = "降低"'), ("百分比小数 = 1", "百分比小数 = 2"))
    (own / "说明" / "收入.md.j2").write_text(
        "## 二、收入情况\n\n{{ 单位.名称 }}{{ 年度 }}年共收入{{ 收入.合计 }}万元，其中财政拨款占{{ 占比(收入.财政拨款, 收入.合计) }}%。\n",
        encoding="utf-8",
    )

    budgetgen("budgetgen template check 邻市 --templates 空")
    built = build(ROOT / "tests" / "cases" / "everything.yaml", "包", profile="邻市", templates=[place])
    assert built.files, [str(i) for i in built.issues]
    assert [str(i) for i in built.issues if i.rule not in (UNPRINTED, "TEXT-017")] == []
    cells = read_cells(built.files[0].read_bytes())
    codes = [cells["公开02", f"A{row}"] for row in range(8, 12)]
    assert codes == ["201", "20103", "2010301", "2010302"]
    assert [cells["公开02", f"J{row}"] for row in (4, 6, 7)] == ["占比", "8", "100"]
    text = read_paragraphs(built.files[1].read_bytes())
    assert any(re.fullmatch(r"某市某局2024年共收入\d+\.\d\d万元，其中财政拨款占\d+\.\d\d%。", p) for p in text)
    assert headings(built, "Heading 2")[2].startswith("十三、")
    assert len(docx.Document(str(built.files[1])).tables[1].columns) == 10


# ------------------------------------------------------------------------------------- a kind of packet from nothing


def test_a_kind_of_packet_from_nothing(
    budgetgen: Budgetgen, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the chapter says it: its files as they stand there, its table in Excel, its lines in Word, its commands."""
    (tmp_path / "unit.yaml").unlink()
    chapter = re.split(r"^###? ", GUIDE[GUIDE.index("### 从头做一种材料") + 4 :], flags=re.MULTILINE)[0]
    blocks = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", chapter, re.DOTALL | re.MULTILINE)
    kind, rule = (re.sub("^   ", "", text, flags=re.MULTILINE) for language, text in blocks if language == "yaml")
    (words,) = (text.split("\n") for language, text in blocks if not language)
    new, *commands = (
        line.strip() for language, text in blocks if language == "sh" for line in text.split("\n") if line
    )
    templates = tmp_path / "templates"
    for file, text in (("kinds/收支快报.yaml", kind), ("checks/快报.yaml", rule)):
        (templates / file).parent.mkdir(parents=True, exist_ok=True)
        (templates / file).write_text(text, encoding="utf-8")
    budgetgen(new)

    book = openpyxl.load_workbook(templates / "xlsx" / "快报" / "收支表.xlsx")
    sheet = book.active
    sheet.title = "收支表"
    for number, line in enumerate(re.findall(r"^ *\| \d \|(.*)\|$", chapter, re.MULTILINE), 1):
        for column, text in enumerate((cell.strip().strip("`") for cell in line.split("|")), 1):
            sheet.cell(number, column).value = text or None
            sheet.cell(number, column).number_format = "0.00" if column > 2 else "General"
    book.save(templates / "xlsx" / "快报" / "收支表.xlsx")
    paper = docx.Document(str(templates / "docx" / "快报" / "快报.docx"))
    first, *rest = (text.strip() for text in words if text.strip())
    paper.paragraphs[0].text = first
    for text in rest:
        paper.add_paragraph(text)
    paper.save(str(templates / "docx" / "快报" / "快报.docx"))

    check, form, *_, build_it = commands
    budgetgen(check)
    budgetgen(form)
    book = openpyxl.load_workbook("填报表.xlsx")
    assert book.sheetnames[1:4] == ["单位", "收支明细", "文字"]
    facts = {"年度": 2024, "金额单位": "万元", "名称": "某站", "类型": "单位", "报送日期": "2025年01月15日"}
    for row in (r for name in ("单位", "文字") for r in book[name].iter_rows(min_row=5)):
        row[3].value = facts.get(str(row[1].value or row[0].value), row[3].value)
    for cell, value in {"A6": "2010301", "C6": "一般公共预算", "G6": 100, "O6": 90, "P6": 30.5, "T6": 20.5}.items():
        book["收支明细"][cell] = value
    book.save("填报表.xlsx")
    capsys.readouterr()
    budgetgen(build_it)
    assert "KB-001" in capsys.readouterr().out
    (document,) = tmp_path.glob("某站-2024-快报/*.docx")
    text = read_paragraphs(document.read_bytes())
    assert "本年收入100.00万元，本年支出120.50万元。" in text
    assert "报送日期：2025年01月15日" in text
    (table,) = tmp_path.glob("某站-2024-快报/*.xlsx")
    cells = read_cells(table.read_bytes())
    assert (cells["收支表", "A3"], cells["收支表", "D3"], cells["收支表", "D4"]) == ("2010301", "120.5", "120.5")
