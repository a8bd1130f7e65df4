"""`budgetgen batch`, whole: what is built, refused, told, gone on with."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pytest

from budgetgen import cli
from budgetgen.batch.folder import RunFolder
from budgetgen.batch.job import Settings
from budgetgen.batch.run import Options, run
from budgetgen.batch.workers import Pool
from budgetgen.cli.batch import Progress, last_lines
from budgetgen.convert import convert as written_as
from budgetgen.issues import Rejected
from budgetgen.pipeline import build

ROOT = Path(__file__).parents[2]
EVERYTHING = (ROOT / "tests" / "cases" / "everything.yaml").read_text(encoding="utf-8")
NAME = "名称: 某市某局\n"
Batch = Callable[..., tuple[bool, str]]
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """One worker, which does the work of all these runs."""
    with Pool(1, 60) as one:
        yield one


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The empty folder in which a test is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BUDGETGEN_TEMPLATES", raising=False)


@pytest.fixture
def batch(empty: None, pool: Pool) -> Batch:
    """Do what `budgetgen batch data -o out` does; whether all was written, and what was said at the end."""

    def command(
        data: str = "in", *, resume: bool = False, fail_fast: bool = False, profile: str = ""
    ) -> tuple[bool, str]:
        options = Options(1, 60, resume=resume, fail_fast=fail_fast)
        summary = run([data], Path("out"), Settings(profile), options, Progress(), pool)
        return summary.all_written, last_lines(summary, Path("out"))

    return command


@pytest.fixture
def command(empty: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `budgetgen batch …`, whole; code, output, errors."""

    def run_it(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["batch", *arguments])
        said, errors = capsys.readouterr()
        # On a busy machine a run tells where it is.
        lines = [line for line in said.splitlines(keepends=True) if not line.startswith(("查找", "识别", "生成"))]
        return int(ended.value.code or 0), "".join(lines), errors

    return run_it


def unit(place: str, name: str, *changes: tuple[str, str]) -> Path:
    """An input for a unit of that name."""
    text = EVERYTHING
    for old, new in ((NAME, f"名称: {name}\n"), *changes):
        assert old in text, old
        text = text.replace(old, new)
    path = Path(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def convert(source: Path, target: str) -> None:
    written_as(source, Path(target))


def outcomes(out: str = "out") -> dict[str, dict[str, object]]:
    lines = Path(out, "outcomes.jsonl").read_text(encoding="utf-8").splitlines()
    return {Path(str(told["数据文件"])).as_posix(): told for told in map(json.loads, lines)}


def packet(folder: str) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in Path(folder).iterdir()}


def table(out: str = "out") -> list[tuple[object, ...]]:
    book = openpyxl.load_workbook(Path(out, "批量结果.xlsx"))
    return list(book.active.iter_rows(values_only=True))


# ----------------------------------------------------------------------------------------- what is built and told


@pytest.mark.outside
def test_the_command_itself(command: Command) -> None:
    unit("in/1.yaml", "甲局")
    unit("in/2.yaml", "乙局", ("收支总计: 2000000, ", ""))
    code, told, errors = command("in", "-o", "out", "--jobs", "2")
    assert (code, errors) == (1, "")
    assert told == (
        f"共 2 个单位，成品 1、未生成 1。\n结果：{Path('out', '批量结果.xlsx')}、{Path('out', '批量结果.html')}\n"
    )


def test_every_unit_is_built_as_it_is_alone(batch: Batch) -> None:
    unit("in/甲/unit.yaml", "甲局")
    unit("in/乙.yaml", "乙局", ("年度: 2024", "年度: '2024'"))
    convert(unit("丙.yaml", "丙局"), "in/填报表.xlsx")
    Path("in/笔记.yaml").write_text("买菜: 明天\n", encoding="utf-8")
    shutil.copytree(ROOT / "config" / "profiles", "in/版式")
    alone = {name: packet(str(build(source, f"单独/{name}").files[0].parent)) for name, source in
             (("甲局", "in/甲/unit.yaml"), ("乙局", "in/乙.yaml"), ("丙局", "in/填报表.xlsx"))}  # fmt: skip
    done, told = batch()
    assert done
    others = 1 + len(list(Path("in/版式").iterdir()))
    assert told == (
        f"共 3 个单位，成品 3。\n另有 {others} 个文件不是数据文件，没有取。\n"
        f"结果：{Path('out', '批量结果.xlsx')}、{Path('out', '批量结果.html')}"
    )
    assert {name: packet(f"out/{name}-2024") for name in alone} == alone
    assert sorted(p.name for p in Path("out").iterdir() if p.name != "检查报告") == [
        "outcomes.jsonl", "丙局-2024", "乙局-2024", "批量结果.html", "批量结果.xlsx", "甲局-2024",
    ]  # fmt: skip
    assert outcomes()["in/乙.yaml"]["主要数"] == {
        "收支总计": "2856000.75", "本年收入": "2630000.25", "本年支出": "2635000.75", "三公经费决算": "260000",
    }  # fmt: skip


def test_one_bad_unit_never_costs_another_and_comes_first(batch: Batch) -> None:
    unit("in/1.yaml", "甲局")
    unit("in/2.yaml", "=1+1局", ("收支总计: 2000000, ", ""))
    Path("in/3.yaml").write_text("单位: [", encoding="utf-8")
    Path("in/填报表.xlsx").write_bytes(b"PK\x03\x04")
    Path("清单.txt").write_text("in\n没有.yaml\n", encoding="utf-8")
    done, told = batch("清单.txt")
    assert (done, told.splitlines()[0]) == (False, "共 5 个单位，成品 1、未生成 4。")
    causes = {path: str(o["原因"]) for path, o in outcomes().items()}
    assert "上年·收支总计：表格或句子要用这个数，但没有填" in causes["in/2.yaml"]
    assert "INPUT-006" in causes["in/3.yaml"]
    assert "INPUT-002" in causes["in/填报表.xlsx"]
    assert "没有这个文件" in causes["没有.yaml"]
    head, *rows = table()
    assert head[:4] == ("结果", "单位", "年度", "版式")
    assert [row[0] for row in rows] == ["未生成"] * 4 + ["成品"]
    assert not Path("out/=1+1局-2024").exists()
    for told_of in outcomes().values():
        if told_of["结果"] == "未生成":
            assert "决算公开检查报告" in Path("out", str(told_of["检查报告"])).read_text(encoding="utf-8")


def test_texts_in_the_table_are_texts_and_links_lead_there(batch: Batch) -> None:
    unit("in/1.yaml", "=HYPERLINK(1)#50%局", ("名称: =", "名称: ="))
    unit("in/2.yaml", "<script>局", ("收支总计: 2000000, ", ""))
    batch()
    sheet = openpyxl.load_workbook("out/批量结果.xlsx").active
    faulty, final = sheet[2], sheet[3]
    assert (final[1].value, final[1].data_type) == ("=HYPERLINK(1)#50%局", "s")
    assert final[12].value.startswith(
        '=HYPERLINK("=HYPERLINK(1)%2350%25局-2024/=HYPERLINK(1)%2350%25局2024年度公开表.xlsx"'
    )
    assert sheet.auto_filter.ref == "A1:R3"
    assert (sheet["I3"].value, sheet["I3"].number_format) == (285.6, "#,##0.00")
    page = Path("out/批量结果.html").read_text(encoding="utf-8")
    assert "<script>局" not in page
    assert "&lt;script&gt;局" in page
    links = [unquote(link) for link in re.findall(r'href="([^"]+)"', page)]
    assert len(links) >= 3
    assert all(Path("out", link).is_file() for link in links)
    assert faulty[1].value == "<script>局"


def test_a_draft_is_written_and_told_apart(batch: Batch) -> None:
    unit("in/1.yaml", "甲局", ("  差异原因: 年中追加专项\n", ""))
    done, told = batch()
    assert done
    assert "草稿 1" in told
    (told_of,) = outcomes().values()
    assert "待填写：" in str(told_of["原因"])
    assert all(p.name.startswith("草稿-") for p in Path("out/甲局-2024").iterdir())


def test_what_is_too_broken_to_be_known_as_an_input_is_told_by_name(batch: Batch) -> None:
    unit("in/1.yaml", "甲局")
    Path("in/2.yaml").write_text("年度: [", encoding="utf-8")
    Path("in/3").mkdir()
    Path("in/3/unit.yaml").write_bytes(b"")
    Path("in/笔记.yaml").write_text("买菜: 明天\n", encoding="utf-8")
    done, told = batch()
    assert (done, told.splitlines()[:2]) == (
        False,
        ["共 3 个单位，成品 1、未生成 2。", "另有 1 个文件不是数据文件，没有取。"],
    )
    causes = {path: str(o["原因"]) for path, o in outcomes().items()}
    assert causes["in/2.yaml"].startswith("错误 INPUT-006（2.yaml:1）")
    assert "INPUT-008" in causes["in/3/unit.yaml"]
    assert {row[15] for row in table()[1:] if row[0] == "未生成"} == {
        str(Path("in/2.yaml")),
        str(Path("in/3/unit.yaml")),
    }
    assert {row[1] for row in table()[1:]} == {"甲局", "（in/2.yaml）", "（3/unit.yaml）"}
    page = Path("out/批量结果.html").read_text(encoding="utf-8")
    assert '<td class="unit">（3/unit.yaml）</td>' in page
    assert page.count('<td class="cause">') == page.count('<td class="source">') == 3


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no UTF-8 are made as Linux does")
def test_names_that_are_no_text_cost_nothing_and_are_shown_escaped(batch: Batch) -> None:
    gbk, hidden = os.fsdecode("in/公安局".encode("gbk")), "in/\x01\n\u202e局"
    unit(f"{gbk}/unit.yaml", "甲局")
    unit(f"{hidden}/unit.yaml", "乙局")
    for number, folder in enumerate((gbk, hidden)):
        unit(f"{folder}{number}/{Path(folder).name}.yaml", f"丙{number}局", ("收支总计: 2000000, ", ""))
    Path("清单.txt").write_text("in\n没有\0这个.yaml\n", encoding="utf-8")
    for resume in (False, True):
        done, told = batch("清单.txt", resume=resume)
        kept = "；其中未变的 2 个没有再做" if resume else ""
        assert (done, told.splitlines()[0]) == (False, f"共 5 个单位，成品 2、未生成 3{kept}。")
        sources = {str(row[15]): row[0] for row in table()[1:]}
        assert sources == {
            "in/\\xb9\\xab\\xb0\\xb2\\xbe\\xd6/unit.yaml": "成品",
            "in/\\u0001\n\\u202e局/unit.yaml": "成品",
            "in/\\xb9\\xab\\xb0\\xb2\\xbe\\xd60/\\xb9\\xab\\xb0\\xb2\\xbe\\xd6.yaml": "未生成",
            "in/\\u0001\n\\u202e局1/\\u0001\n\\u202e局.yaml": "未生成",
            "没有\\u0000这个.yaml": "未生成",
        }
        page = Path("out/批量结果.html").read_text(encoding="utf-8")
        links = [unquote(link) for link in re.findall(r'href="([^"]+)"', page)]
        assert len(links) == 8
        assert all(Path("out", link).is_file() for link in links)
    assert "BATCH-015" in str(outcomes()["没有\0这个.yaml"]["原因"])
    assert "有不能用的字符" in str(outcomes()["没有\0这个.yaml"]["原因"])


def test_an_outcome_that_is_none_of_ours_is_done_again(batch: Batch) -> None:
    unit("in/1.yaml", "甲局")
    batch()
    journal = Path("out/outcomes.jsonl")
    whole = journal.read_bytes()
    for strange in (
        whole.replace(b'"\xe5\xb9\xb4\xe5\xba\xa6": 2024', b'"\xe5\xb9\xb4\xe5\xba\xa6": "2024"'),
        b"[" * 100_000 + b"\n",
    ):
        assert strange != whole
        journal.write_bytes(strange)
        done, told = batch(resume=True)
        assert (done, told.splitlines()[0]) == (True, "共 1 个单位，成品 1。")


# --------------------------------------------------------------------------------------------------- refused


def test_two_inputs_for_one_unit_are_refused_before_anything_is_built(batch: Batch) -> None:
    for place in ("in/1/unit.yaml", "in/2/unit.yaml", "in/3/unit.yaml"):
        unit(place, "甲局")
    unit("in/4.yaml", "甲局", ("年度: 2024", "年度: 2025"))
    unit("in/5.yaml", "ABC局")
    unit("in/6.yaml", "abc局")
    unit("in/7.yaml", "甲/局")
    unit("in/8.yaml", "甲:局")
    assert "重复 7" in batch()[1]
    found = outcomes()
    first = list(found)[:7]
    assert {found[path]["结果"] for path in first} == {"重复"}, "refused before any unit is built"
    assert "2024 年度有 3 份数据" in str(found["in/2/unit.yaml"]["原因"])
    assert "in/1/unit.yaml" in Path(str(found["in/2/unit.yaml"]["原因"])).as_posix()
    assert "写进同一个文件夹“abc局-2024”" in str(found["in/6.yaml"]["原因"])
    assert "写进同一个文件夹“甲_局-2024”" in str(found["in/7.yaml"]["原因"])
    assert not Path("out/甲局-2024").exists()


def test_a_yaml_and_its_form_count_once_where_they_are_equal(batch: Batch) -> None:
    convert(unit("in/1/unit.yaml", "甲局"), "in/1/填报表.xlsx")
    unit("in/2/unit.yaml", "乙局")
    convert(unit("乙.yaml", "乙局", ("结余分配: ", "结余分配: 1  # "), ("使用非财政拨款结余: ", "使用非财政拨款结余: 2  # ")), "in/2/填报表.xlsx")  # fmt: skip
    done, told = batch()
    assert (done, told.splitlines()[0]) == (False, "共 3 个单位，成品 1、重复 2。")
    found = outcomes()
    assert found["in/1/unit.yaml"]["结果"] == "成品"
    assert "填报表.xlsx 相同" in str(table()[-1][15])
    assert "内容不同：使用非财政拨款结余（含专用结余）、结余分配" in str(found["in/2/unit.yaml"]["原因"])


# ---------------------------------------------------------------------------------------------------- resume


@pytest.mark.outside
def test_resume_redoes_what_has_changed_and_nothing_else(batch: Batch) -> None:
    for name in ("甲", "乙", "丙", "丁"):
        unit(f"in/{name}/unit.yaml", f"{name}局")
    shutil.copytree(Path("in/丁"), Path("上年"))
    unit("上年/unit.yaml", "丁局", ("年度: 2024", "年度: 2023"))
    with Path("in/丁/unit.yaml").open("a", encoding="utf-8") as file:
        file.write("\n上年文件: ../../上年/unit.yaml\n")

    def kept(profile: str = "") -> int:
        _, told = batch(resume=True, profile=profile)
        found = re.search(r"其中未变的 (\d+) 个", told)
        return int(found[1]) if found else 0

    assert kept() == 0
    before = {path: path.stat().st_mtime_ns for path in Path("out").glob("*-2024/*")}
    assert kept() == 4
    assert {path: path.stat().st_mtime_ns for path in Path("out").glob("*-2024/*")} == before
    unit("in/甲/unit.yaml", "甲局", ("收支总计: 2000000", "收支总计: 2000001"))
    assert kept() == 3, "an input has changed"
    with Path("上年/unit.yaml").open("a", encoding="utf-8") as file:
        file.write("# 改过\n")
    assert kept() == 3, "a file that an input names has changed"
    next(Path("out/乙局-2024").iterdir()).write_bytes(b"by hand")
    assert kept() == 3, "a packet is not what was written"
    (Path("in/丙/templates/checks")).mkdir(parents=True)
    Path("in/丙/templates/checks/甲.yaml").write_text("", encoding="utf-8")
    assert kept() == 3, "a unit has rules of its own now"
    assert kept("zhuzhou") == 0, "the settings have changed"


@pytest.mark.outside
def test_a_department_is_done_again_when_one_of_its_units_changes(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    from generate import generate_departments

    generate_departments(1, 8, Path("in"))
    done, told = batch()
    assert done, told
    (count,) = re.findall(r"共 (\d+) 个单位", told)
    with next(Path("in/D00001").glob("*/unit.yaml")).open("a", encoding="utf-8") as file:
        file.write("# 改过\n")
    _, told = batch(resume=True)
    assert f"其中未变的 {int(count) - 2} 个没有再做" in told, "the unit and its department are done again"


def test_what_failed_is_done_again_and_a_refused_one_is_free_when_the_other_is_gone(batch: Batch) -> None:
    unit("in/1.yaml", "甲局")
    unit("in/2.yaml", "甲局")
    unit("in/3.yaml", "乙局", ("收支总计: 2000000, ", ""))
    assert not batch()[0]
    Path("in/2.yaml").unlink()
    unit("in/3.yaml", "乙局")
    done, told = batch(resume=True)
    assert (done, told.splitlines()[0]) == (True, "共 2 个单位，成品 2。")
    assert [row[0] for row in table()[1:]] == ["成品", "成品"]


def test_fail_fast_stops_and_resume_goes_on(batch: Batch) -> None:
    for number in range(4):
        unit(f"in/{number}.yaml", f"{number}局", *[("收支总计: 2000000, ", "")] * (number == 0))
    done, told = batch(fail_fast=True)
    assert not done
    assert "没有做完：前面有单位没有写出" in told
    assert [o["结果"] for o in outcomes().values()] == ["未生成", *["未做"] * 3]
    unit("in/0.yaml", "0局")
    done, told = batch(resume=True)
    assert (done, told.splitlines()[0]) == (True, "共 4 个单位，成品 4。")


def test_what_a_killed_run_left_aside_is_cleared(batch: Batch) -> None:
    unit("in/1.yaml", "甲局")
    left = [
        Path("out/甲局-2024/.甲局2024年度公开表.xlsx.99.tmp"),
        Path("out/旧局-2024/.旧.docx.7.old"),
        Path("out/.批量结果.xlsx.8.tmp"),
    ]
    mine = Path("out/旧局-2024/说明.tmp")
    for path in (*left, mine, Path("out/.批量进行中")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert batch()[0]
    assert not any(path.exists() for path in left)
    assert mine.exists()


# ------------------------------------------------------------------------------------------------------ usage


def test_one_run_at_a_time(batch: Batch, tmp_path: Path) -> None:
    unit("in/1.yaml", "甲局")
    with RunFolder(tmp_path / "out"), pytest.raises(Rejected, match="另一个批量正在写这个文件夹"):
        batch()
    assert batch()[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["没有", "-o", "out"], "没有这个文件或文件夹：没有。"),
        (["空", "-o", "out"], "没有找到数据文件。"),
        (["in"], "缺少 --out 文件夹。"),
        (["in", "-o", "out", "--jobs", "0"], "--jobs 的值不对"),
        (["in", "-o", "out", "--timeout", "快"], "--timeout 的值不对"),
    ],
)
def test_wrong_usage_ends_with_2(command: Command, arguments: list[str], words: str) -> None:
    unit("in/1.yaml", "甲局")
    Path("空").mkdir()
    code, _, errors = command(*arguments)
    assert (code, words in errors) == (2, True), errors


@pytest.mark.outside
def test_no_cluster_there(command: Command) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    unit("in/1.yaml", "甲局")
    code, told, errors = command("in", "-o", "out", "--scheduler", "127.0.0.1")
    assert (code, "BATCH-014" in told + errors) == (1, True)


def test_a_unit_of_evaluation_alone_has_no_totals(batch: Batch) -> None:
    assert batch(str(ROOT / "examples" / "performance-2020"))[0]
    (told,) = outcomes().values()
    assert told["主要数"] == {}
    assert {Path(name).suffix for name in told["文件"]} >= {".xlsx", ".docx"}
