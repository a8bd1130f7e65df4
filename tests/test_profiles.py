"""版式: inheritance, folders of users' own, settings and their faults, the fixed 名词解释."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from io import BytesIO
from itertools import groupby
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from lxml import etree

from budgetgen.figures import Figure
from budgetgen.issues import Level, Rejected
from budgetgen.layout import Profile, profile_names, read_kind, read_profile, shelves
from budgetgen.layout.settings import read_glossary
from budgetgen.pipeline import Built, build
from budgetgen.template import ChartPlace
from budgetgen.verify import read_paragraphs
from tests.read_back import filled_for

ROOT = Path(__file__).parent.parent
EVERYTHING = ROOT / "tests" / "cases" / "everything.yaml"
SHIPPED = sorted(p.stem for p in (ROOT / "config" / "profiles").glob("*.yaml"))


def write(folder: Path, **files: str) -> Path:
    """`folder` with files in it: `profiles__甲_yaml="…"` is profiles/甲.yaml."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def profile(folder: Path, name: str = "甲") -> Profile:
    return read_profile(name, shelves([folder]))


def told(folder: Path, name: str = "甲") -> str:
    with pytest.raises(Rejected) as caught:
        profile(folder, name)
    return str(caught.value).replace(str(folder) + os.sep, "").replace(os.sep, "/")


def built(folder: Path, name: str, out: str = "out") -> Built:
    return build(EVERYTHING, folder / out, profile=name, templates=[folder])


def sentences(result: Built) -> str:
    assert result.packet, [str(i) for i in result.issues]
    return "\n".join(read_paragraphs(result.packet.document.data))


# ---------------------------------------------------------------------------------------------- what ships


def test_what_ships_stands_on_standard() -> None:
    accounts = ["dazhu", "sichuan", "standard", "tianyuan", "zhuzhou", "zhuzhou-2020", "zhuzhou-approval"]
    budgets = ["budget-standard", "putuo", "putuo-2024", "putuo-2025", "tongzhou"]
    assert sorted([*accounts, *budgets]) == SHIPPED
    ends = [{read_profile(name).chain[-1] for name in names} for names in (accounts, budgets)]
    assert ends == [{"standard"}, {"budget-standard"}]
    assert read_profile().name == "standard"


def test_no_name_of_a_place_or_of_a_layout_stands_in_the_code() -> None:
    titles = [re.sub(r"[省市]|本级|（.*", "", read_profile(n).title) for n in SHIPPED]
    provinces = [
        "北京",
        "天津",
        "上海",
        "重庆",
        "河北",
        "山西",
        "辽宁",
        "吉林",
        "黑龙江",
        "江苏",
        "浙江",
        "安徽",
        "福建",
        "江西",
        "山东",
        "河南",
        "湖北",
        "湖南",
        "广东",
        "海南",
        "四川",
        "贵州",
        "云南",
        "陕西",
        "甘肃",
        "青海",
        "台湾",
        "内蒙古",
        "广西",
        "西藏",
        "宁夏",
        "新疆",
        "香港",
        "澳门",
        "株洲",
        "天元",
        "长沙",
        "hunan",
    ]
    words = [*provinces, *(t for t in titles if t != "通用")]
    names = re.compile(rf"\b({'|'.join(SHIPPED)})\b|{'|'.join(words)}")
    for path in (ROOT / "budgetgen").rglob("*.py"):
        found = names.search(path.read_text(encoding="utf-8"))
        assert not found, f"{path}: {found[0]}"


def of_a_province(tmp_path: Path, layout: str) -> Built:
    source = tmp_path / "unit.yaml"
    source.write_text(filled_for(EVERYTHING, layout), encoding="utf-8")
    built = build(source, tmp_path, profile=layout, force=True)
    assert built.packet, [str(i) for i in built.issues]
    return built


def test_thirteen_tables_stand_behind_the_text_and_a_county_prints_ten_under_its_own_numbers(tmp_path: Path) -> None:
    for layout, count, names in (("sichuan", 13, {"公开01": "收入支出决算总表", "公开09": "一般公共预算财政拨款项目支出决算表"}),
                                 ("dazhu", 10, {"公开01": "收入支出决算表", "公开10": "部门决算量化评价表"})):  # fmt: skip
        packet = of_a_province(tmp_path, layout).packet
        assert packet
        book = openpyxl.load_workbook(BytesIO(packet.workbook.data))
        assert book.sheetnames == [f"公开{n:02}" for n in range(1, count + 1)]
        assert {name: book[name]["A1"].value for name in names} == names
        assert all(f"{sheet.title}表" in {c.value for row in sheet["A1:L2"] for c in row} for sheet in book)
        parts = [
            p for p in read_paragraphs(packet.document.data) if p.startswith("第") and "部分" in p and "\t" not in p
        ]
        assert [p.partition("\n")[2] for p in parts] == [
            "某市某局单位概况",
            "2024年度单位决算情况说明",
            "名词解释",
            "附件",
            "附表",
        ]


def test_the_charts_of_a_packet_show_its_figures_and_those_with_nothing_are_not_there(tmp_path: Path) -> None:
    packet = of_a_province(tmp_path, "sichuan").packet
    assert packet
    drawn = [
        p
        for p in packet.document.printed
        if isinstance(p.place, ChartPlace) and isinstance(p.value, Figure) and not p.place.label
    ]
    by_chart = {part: [p.value.name for p in found] for part, found in groupby(drawn, lambda p: p.place.part)}
    assert len(by_chart) == 7
    assert by_chart["word/charts/chart3.xml"] == [
        "支出.基本",
        "支出.项目",
        "支出.上缴上级",
        "支出.经营",
        "支出.对附属单位补助",
    ]
    with ZipFile(BytesIO(packet.document.data)) as package:
        chart = etree.fromstring(package.read("word/charts/chart3.xml"))
        book = openpyxl.load_workbook(BytesIO(package.read("word/embeddings/Microsoft_Excel_Worksheet3.xlsx")))
    values = [Decimal(v.text or "") for v in chart.iterfind(".//{*}val//{*}v")]
    assert values == [p.value.value / 10000 for p in drawn if p.place.part.endswith("chart3.xml")]
    assert [Decimal(str(row[1])) for row in book.active.iter_rows(min_row=2, values_only=True)] == values
    shares = [t.text for t in chart.iterfind(".//{*}dLbl//{*}t")]
    assert shares == ["62.24%", "36.43%", "0.38%", "0.76%", "0.19%"]
    [sentence] = [p for p in read_paragraphs(packet.document.data) if p.startswith("2024年本年支出合计")]
    assert re.findall(r"占([\d.]+%)", sentence) == shares


# ------------------------------------------------------------------------------- where files are looked for


def test_the_nearest_folder_wins_file_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "docx__tianyuan__说明__设置_j2"
    given = write(tmp_path / "给定", profiles__甲_yaml="继承: tianyuan", **{words: '{% set 减率 = "少了" %}'})
    named = write(tmp_path / "环境", profiles__甲_yaml="中文名: 远", profiles__乙_yaml="继承: 甲", **{words: "乙"})
    near = write(tmp_path / "近" / "templates", profiles__丙_yaml="继承: 乙")
    monkeypatch.setenv("BUDGETGEN_TEMPLATES", f"{named}{os.pathsep}")
    places = shelves([given], near.parent)
    assert [s.folder for s in places[:3]] == [given, named, near]
    assert profile_names(places) == sorted([*SHIPPED, "甲", "乙", "丙"])
    found = read_profile("丙", places)
    assert found.chain == ("丙", "乙", "甲", "tianyuan", "standard")
    assert found.template(read_kind().files[0]) == ROOT / "templates" / "xlsx" / "tianyuan" / "公开表.xlsx"
    assert [p.parent.name for p in found.narrative_folders()] == ["tianyuan", "tianyuan", "tianyuan", "standard"]
    assert found.narrative_folders()[0] == given / "docx" / "tianyuan" / "说明"


def test_a_file_under_a_shipped_name_changes_the_shipped_layout(tmp_path: Path) -> None:
    folder = write(tmp_path, docx__tianyuan__说明__其他_md_j2="## 十五、别的\n\n只此一句。\n")
    text = sentences(built(folder, "tianyuan"))
    assert "十五、别的\n只此一句。" in text
    assert "一、收入支出决算总体情况说明" in text


def test_the_folder_beside_the_input_is_looked_into(tmp_path: Path) -> None:
    write(tmp_path / "templates", profiles__甲_yaml="继承: tianyuan", docx__甲__说明__其他_md_j2="旁边的。")
    text = EVERYTHING.read_text(encoding="utf-8").replace("版式: tianyuan", "版式: 甲")
    (tmp_path / "unit.yaml").write_text(text, encoding="utf-8")
    assert "旁边的。" in sentences(build(tmp_path / "unit.yaml"))


def test_a_file_that_changes_is_read_anew_in_the_same_process(tmp_path: Path) -> None:
    folder = write(tmp_path, profiles__甲_yaml="继承: tianyuan", docx__甲__说明__其他_md_j2="先写的。")
    assert "先写的。" in sentences(built(folder, "甲"))
    write(folder, docx__甲__说明__其他_md_j2="后来写的。", docx__甲__说明__设置_j2="{% set 百分比小数 = 3 %}")
    text = sentences(built(folder, "甲"))
    assert "后来写的。" in text
    assert re.search(r"占\d+\.\d{3}%", text)


# ---------------------------------------------------------------------------------------------- settings

FAULTS = """
中文名: 甲\\n继成: standard          | 甲.yaml:2 错误 PROFILE-004 没有“继成”这个键，是否想写“继承”？ 可以写的有：中文名、继承、默认、限额、评分、补充字段、用词、固定用语、规则。
中文名: 甲\\n中文名: 乙              | 甲.yaml:2 错误 PROFILE-004 “中文名”写了两次。
中文名：甲                           | 甲.yaml:1 错误 INPUT-006 “中文名：甲”的冒号是全角的。
继承: standart                       | 甲.yaml:1 错误 PROFILE-003 没有版式“standart”，不能继承，是否想写“standard”？
继承: 甲                             | 甲.yaml:1 错误 PROFILE-003 版式“甲”继承了自己。
继承: [standard]                     | 甲.yaml:1 错误 PROFILE-005 “继承”要写一段文字。
默认: 也许                           | 甲.yaml:1 错误 PROFILE-005 “默认”写的是“也许”，要写true 或 false。
限额: 30                             | 甲.yaml:1 错误 PROFILE-005 “限额”下面要写成“键: 值”。
限额: {增减绿: 30}                   | 甲.yaml:1 错误 PROFILE-004 没有“增减绿”这个键，是否想写“增减率”？
评分: {等级: {优: 九十}}              | 甲.yaml:1 错误 PROFILE-005 “优”写的是“九十”，要写数，如 90。
限额: {增减率: 三成}                 | 甲.yaml:1 错误 PROFILE-005 “增减率”写的是“三成”，要写数，如 30。
规则: {WITHIN-002: 不管}             | 甲.yaml:1 错误 PROFILE-005 “WITHIN-002”写的是“不管”，要写关闭、提示、警告、错误之一。
规则: {收支平衡: 关闭}               | 甲.yaml:1 错误 PROFILE-004 “收支平衡”不是规则的编号。
- 中文名                             | 甲.yaml:1 错误 INPUT-008 整个文件是一个列表
"""


@pytest.mark.parametrize("line", FAULTS.strip().splitlines())
def test_faults_of_settings(tmp_path: Path, line: str) -> None:
    text, _, words = (part.strip() for part in line.partition("|"))
    assert words in told(write(tmp_path, profiles__甲_yaml=text.replace("\\n", "\n")))


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    message = told(write(tmp_path, profiles__甲_yaml="默认: 也许\n继成: 乙\n限额: {增减率: 少}\n"))
    assert [line.partition(" ")[0] for line in message.splitlines()] == [
        "profiles/甲.yaml:2",
        "profiles/甲.yaml:1",
        "profiles/甲.yaml:3",
    ]


def test_layouts_that_inherit_from_each_other(tmp_path: Path) -> None:
    write(tmp_path, profiles__甲_yaml="继承: 乙", profiles__乙_yaml="继承: 甲")
    assert "乙.yaml:1 错误 PROFILE-003 版式“乙”继承的“甲”又继承它自己。" in told(tmp_path)


def test_a_layout_that_nobody_knows(tmp_path: Path) -> None:
    assert "没有版式“standart”，是否想写“standard”？ 可用的版式：budget-standard、" in told(tmp_path, "standart")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "没有 错误 PROFILE-006 没有这个模板文件夹，由 --templates 指定。" in told(tmp_path / "没有")


def test_a_layout_without_a_workbook(tmp_path: Path) -> None:
    folder = write(tmp_path, profiles__甲_yaml="中文名: 甲")
    with pytest.raises(Rejected, match=r"PROFILE-002 版式“甲”没有 公开表\.xlsx，做不出“决算公开”。"):
        profile(folder).templates(read_kind())


def test_a_fault_in_another_layouts_settings_does_no_harm(tmp_path: Path) -> None:
    folder = write(tmp_path, profiles__甲_yaml="继承: standard", profiles__乙_yaml="不: 对")
    assert profile(folder).title == "甲"
    assert read_profile("", shelves([folder])).name == "standard"


def test_limits_and_rules_are_inherited_one_by_one(tmp_path: Path) -> None:
    write(
        tmp_path,
        profiles__甲_yaml="继承: 乙\n默认: true\n规则: {WITHIN-002: 关闭}",
        profiles__乙_yaml="继承: standard\n限额: {增减率: 20%}\n规则: {WITHIN-002: 警告, WITHIN-004: 提示}",
    )
    found = read_profile("", shelves([tmp_path]))
    assert found.name == "甲"
    assert dict(found.limits) == {"增减率": Decimal(20)}
    assert dict(found.rules) == {"WITHIN-002": None, "WITHIN-004": Level.NOTE}


@pytest.mark.parametrize(("word", "level"), [("警告", Level.WARNING), ("关闭", None), ("错误", Level.ERROR)])
def test_rules_are_switched_by_the_layout(tmp_path: Path, word: str, level: Level | None) -> None:
    folder = write(tmp_path, profiles__甲_yaml=f"继承: tianyuan\n规则: {{WITHIN-004: {word}}}")
    text = EVERYTHING.read_text(encoding="utf-8").replace("30101: 900000", "30101: 900100")
    (tmp_path / "unit.yaml").write_text(text, encoding="utf-8")
    result = build(tmp_path / "unit.yaml", tmp_path / "out", profile="甲", templates=[folder])
    assert [i.level for i in result.issues if i.rule == "WITHIN-004"] == ([level] if level else [])
    assert bool(result.files) is (level is not Level.ERROR)


def test_rules_that_there_are_not_or_that_stay(tmp_path: Path) -> None:
    folder = write(tmp_path, profiles__甲_yaml="继承: tianyuan\n规则: {WITHIN-099: 关闭, COMPLETE-001: 提示}")
    messages = [str(i) for i in built(folder, "甲").issues if i.rule == "PROFILE-007"]
    assert len(messages) == 2
    assert "“规则”里写了 WITHIN-099，这条规则不存在，是否想写“WITHIN-0" in messages[0]
    assert "COMPLETE-001，这条规则不能改。" in messages[1]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_files_as_windows_saves_them(tmp_path: Path, encoding: str) -> None:
    folder = write(tmp_path, profiles__甲_yaml="", docx__甲__说明__其他_md_j2="")
    (folder / "profiles" / "甲.yaml").write_bytes("中文名: 甲地\r\n继承: tianyuan\r\n".encode(encoding))
    (folder / "docx" / "甲" / "说明" / "其他.md.j2").write_bytes(
        "## 十五、别的\r\n\r\n甲乙，\r\n丙丁。\r\n".encode(encoding)
    )
    assert profile(folder).title == "甲地"
    assert "十五、别的\n甲乙，丙丁。" in sentences(built(folder, "甲"))


# ---------------------------------------------------------------------------------------------- 名词解释

TERMS = """\
名词解释:
- {名词: 旧词, 解释: 旧的说法。, 止: 2018}
- {名词: 新词, 解释: 新的说法。, 起: 2019}
- {名词: 常用词, 解释: 一直这样说。}
"""


def test_terms_hold_for_their_years(tmp_path: Path) -> None:
    found = profile(write(tmp_path, profiles__甲_yaml="继承: tianyuan", glossary__甲_yaml=TERMS))
    assert [t.name for t in found.glossary(2018)] == ["旧词", "常用词"]
    assert [t.name for t in found.glossary(2019)] == ["新词", "常用词"]


def test_narratives_read_the_fixed_terms(tmp_path: Path) -> None:
    body = "{% for 词 in 固定名词解释 %}{{ 词.名词 }}：{{ 词.解释 }}{% endfor %}"
    folder = write(
        tmp_path, profiles__甲_yaml="继承: tianyuan", glossary__甲_yaml=TERMS, docx__甲__说明__名词解释_md_j2=body
    )
    assert "新词：新的说法。常用词：一直这样说。" in sentences(built(folder, "甲"))


def test_every_shipped_layout_has_its_terms() -> None:
    for name in SHIPPED:
        terms = read_profile(name).glossary(2024)
        assert [t.name for t in terms][:2] == ["财政拨款收入", "事业收入"]
        assert all(t.text.endswith("。") for t in terms)
    long, short = (read_profile(n).glossary(2024)[-1].text for n in ("zhuzhou-approval", "tianyuan"))
    assert long.startswith(short.rstrip("。"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("名词解释:\n- {名词: 甲}\n", "甲.yaml:2 错误 PROFILE-004 这个名词没有写“解释”。"),
        ("名词解释:\n- {名词: 甲, 解释: 乙, 起: 去年}\n", "“起”写的是“去年”，要写年份，如 2020。"),
        ("名词解释: 甲\n", "“名词解释”要写成列表"),
        ("名词解析: []\n", "没有“名词解析”这个键，是否想写“名词解释”？"),
    ],
)
def test_faults_of_terms(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(Rejected) as caught:
        read_glossary(write(tmp_path, 甲_yaml=text) / "甲.yaml")
    assert words in str(caught.value)
