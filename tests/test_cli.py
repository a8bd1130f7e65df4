"""The commands as a person runs them: what they say, what they write, how they end."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from budgetgen import cli

ROOT = Path(__file__).parent.parent
EVERYTHING = ROOT / "tests" / "cases" / "everything.yaml"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `budgetgen …` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BUDGETGEN_TEMPLATES", raising=False)

    def command(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["budgetgen", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Ran(int(ended.value.code or 0), *capsys.readouterr())

    return command


def unit(folder: Path, *changes: tuple[str, str]) -> Path:
    text = EVERYTHING.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / "unit.yaml").write_text(text, encoding="utf-8")
    return folder / "unit.yaml"


# ------------------------------------------------------------------------------------------------------- build


FILES = ("公开表.xlsx", "决算公开.docx", "绩效自评表.xlsx")


def test_build_says_what_it_wrote(run: Run, tmp_path: Path) -> None:
    unit(tmp_path)
    ran = run("build", "unit.yaml", "-o", "包")
    first, *written, notes, further = ran.out.splitlines()
    assert (ran.code, ran.err, first) == (
        0,
        "",
        "完成：写好 3 个文件，在 包 文件夹。提示 3 处。957 个数，957 个有来处（13 个在自己写的文字里）。",
    )
    assert written == [f"已写出 {Path('包', f'某市某局2024年度{name}')}" for name in FILES]
    assert (notes, further) == ("提示 3 处：COMPLETE-010、TEXT-017", "逐条看：budgetgen check unit.yaml")


def test_the_first_command_of_the_readme_tells_a_first_time_user_that_it_worked(run: Run, example: Path) -> None:
    ran = run("build", str(example), "-o", "包")
    lines = ran.out.splitlines()
    assert lines[0].startswith("完成：写好 3 个文件，在 包 文件夹。")
    assert len(lines) <= 12


def test_build_says_what_is_wrong_and_writes_nothing(run: Run, tmp_path: Path) -> None:
    unit(tmp_path, ("收支总计: 2000000, ", ""))
    ran = run("build", "unit.yaml", "-o", "包")
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "没有写出文件：提示 2 处，还要填 1 处。",
        "还要填 1 处，没有的写 0 或“无”：",
        "  第62行：上年·收支总计",
        "提示 2 处：COMPLETE-010",
        "逐条看：budgetgen check unit.yaml",
    ]
    assert not Path("包").exists()


def test_build_with_a_layout_of_ones_own(run: Run, tmp_path: Path) -> None:
    unit(tmp_path)
    assert run("template", "new", "甲", "--from", "tianyuan", "-o", "我的").code == 0
    assert run("build", "unit.yaml", "--profile", "甲", "--templates", "我的").code == 0
    ran = run("build", "unit.yaml", "--profile", "甲")
    assert (ran.code, "错误 PROFILE-001：没有版式“甲”。" in ran.out) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bild"], "没有“bild”这个命令，是否想写“build”？"),
        (["build", "a.yaml", "--pdx"], "没有 --pdx 这个选项，是否想写“--pdf”？"),
        (["build", "a.yaml", "b.yaml"], "多了“b.yaml”。"),
        (["build", "a.yaml", "--profile"], "--profile 后面要写内容。"),
        (["template", "copy", "甲"], "缺少 文件…。"),
        (["template", "lst"], "没有“lst”这个命令，是否想写“list”？"),
        (["template", "check", "没有.xlsx"], "没有这个文件：没有.xlsx。"),
        (["check", "a.yaml", "--format", "xml"], "--format 的值不对：只有 text、json、html。"),
        (["batch", "a.yaml", "-o", "b", "--jobs", "多"], "--jobs 的值不对：“多”不是整数。"),
        (["batch", "a.yaml", "-o", "b", "--jobs", "0"], "--jobs 的值不对：最小是 1。"),
        (["batch", "a.yaml", "-o", "b", "--timeout", "nan"], "--timeout 的值不对：最小是 0.1。"),
        (["build", "a.yaml", "--pirior", "b"], "没有 --pirior 这个选项，是否想写“--prior”？"),
        (["batch", "a.yaml"], "缺少 --out 文件夹。"),
    ],
)
def test_wrong_usage_ends_with_2(run: Run, arguments: list[str], words: str) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    first, second = ran.err.splitlines()
    assert first == f"用法不对：{words}"
    assert re.fullmatch(r"输入 budgetgen( build| batch| check| template( copy| check)?)? --help 看说明。", second)


@pytest.mark.parametrize(
    "arguments",
    [[], ["build"], ["template"], ["template", "new"], ["build", "--help"], ["check", "-h"], ["batch", "--help"]],
)
def test_help_is_chinese(run: Run, arguments: list[str]) -> None:
    ran = run(*arguments)
    told = ran.out + ran.err
    assert "用法：" in told
    assert not any(word in told for word in ("Usage", "Options", "Commands", "Show this", "default"))


def test_help_tells_of_arguments_and_of_what_is_required(run: Run) -> None:
    out = run("batch", "--help").out
    assert out.startswith("用法： ")
    assert " batch [选项] 数据…\n" in out
    assert "参数：\n  数据…  文件夹、数据文件、带 * 的写法，或每行一个路径的 .txt 清单。  [必填]\n" in out
    assert "  -o, --out 文件夹    写到哪里。  [必填]\n" in out


def test_options_are_repeated_and_take_their_usual_values(run: Run, tmp_path: Path) -> None:
    unit(tmp_path)
    for name in ("甲", "乙"):
        run("template", "new", name, "-o", f"{name}的")
    both = ("--templates", "甲的", "--templates", "乙的")
    assert "甲  甲" in run("template", "list", *both).out
    assert run("check", "unit.yaml", "--profile", "乙", *both).code == 0
    assert run("check", "unit.yaml", "--format", "json").out.startswith("{")


def test_ctrl_c_ends_with_a_word(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(io.StringIO):
        def write(self, _text: str) -> int:
            signal.raise_signal(signal.SIGINT)
            return 0

    monkeypatch.setattr(sys, "stdout", Interrupted())
    ran = run("template", "list")
    assert (ran.code, ran.err) == (1, "已停止。\n")


def on_a_gbk_console(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """What a console of code page 936 is told."""
    ran = subprocess.run(
        [sys.executable, "-m", "budgetgen", *arguments], cwd=folder, capture_output=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": "gbk", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return ran.returncode, ran.stdout.decode("gbk"), ran.stderr.decode("gbk")


def test_a_gbk_console_shows_what_it_can(tmp_path: Path) -> None:
    unit(tmp_path, ("名称: 某市某局\n", "名称: 某市\U00020000局\n"))
    code, out, err = on_a_gbk_console(tmp_path, "check", "unit.yaml")
    assert (code, err) == (0, "")
    (tmp_path / "unit.yaml").rename(tmp_path / "\U00020000.yaml")
    code, out, err = on_a_gbk_console(tmp_path, "build", "\U00020000.yaml", "--profile", "\U00020000版式")
    assert (code, err) == (1, "")
    assert out.startswith("没有写出文件：错误 1 处。\n")
    assert "没有版式“?版式”" in out


# ---------------------------------------------------------------------------------------------------- template


def test_list_says_whose_files_a_layout_uses(run: Run) -> None:
    run("template", "new", "甲", "--from", "tianyuan")
    run("template", "copy", "甲", "收入.md.j2", "公开表.xlsx")
    out = run("template", "list").out
    lines = out.splitlines()
    at = lines.index("甲  甲，继承 tianyuan、standard")
    own = next(line for line in lines[at:] if line.startswith("    公开表.xlsx："))
    assert own.startswith("    公开表.xlsx：自己的（templates）")
    told = lines[at + 1 : at + 12]
    assert any(line.startswith("    决算公开.docx：standard") for line in told)
    assert any(line.startswith("    说明：自己的（templates） 1 个，tianyuan ") for line in told)
    assert "    设置：自己的（templates），tianyuan，standard" in told
    assert "standard  通用（默认）" in lines
    assert "budget-standard  部门预算通用（部门预算公开默认）" in lines


def test_list_of_one_layout_names_every_file(run: Run) -> None:
    run("template", "new", "甲", "--from", "tianyuan")
    run("template", "copy", "甲", "短语/占比")
    out = run("template", "list", "甲").out
    assert (
        f"    短语/占比.j2  自己的（templates）\n        {Path('templates', 'docx', '甲', '说明', '短语', '占比.j2')}\n"
        in out
    )
    assert "    短语/变动.j2  standard\n" in out


def test_list_tells_broken_settings_and_goes_on(run: Run) -> None:
    run("template", "new", "甲")
    Path("templates/profiles/甲.yaml").write_text("继成: standard\n", encoding="utf-8")
    ran = run("template", "list")
    assert ran.code == 1
    assert "甲  有错误，见下面\n" in ran.out
    assert "tianyuan  " in ran.out
    assert "没有“继成”这个键，是否想写“继承”？" in ran.out


def test_new_makes_only_what_one_edits(run: Run) -> None:
    ran = run("template", "new", "甲", "--from", "zhuzhou")
    assert ran.code == 0
    assert "budgetgen template check 甲\n" in ran.out
    made = sorted(p.relative_to("templates").as_posix() for p in Path("templates").rglob("*"))
    assert made == [
        "docx", "docx/甲", "docx/甲/先读我.txt", "docx/甲/说明", "docx/甲/说明/短语", "docx/甲/说明/设置.j2", "profiles",
        "profiles/甲.yaml", "xlsx", "xlsx/甲", "xlsx/甲/先读我.txt",
    ]  # fmt: skip
    settings = Path("templates/docx/甲/说明/设置.j2").read_text(encoding="utf-8")
    assert '{% set 减率 = "降低" %}' in settings, "zhuzhou's own word"
    assert '{% set 增额 = "增加" %}' in settings, "and what it inherits"
    assert run("template", "check", "甲").out == "甲：没有发现问题。\n"


def test_new_with_copy_brings_the_workbook_and_the_document(run: Run) -> None:
    run("template", "new", "甲", "--from", "tianyuan", "--copy", "-o", "我的")
    workbook, document = Path("我的/xlsx/甲/公开表.xlsx"), Path("我的/docx/甲/决算公开.docx")
    assert workbook.read_bytes() == (ROOT / "templates/xlsx/tianyuan/公开表.xlsx").read_bytes()
    assert document.read_bytes() == (ROOT / "templates/docx/standard/决算公开.docx").read_bytes()


@pytest.mark.parametrize("name", ["../甲", "con", ".甲", "a/b", "a:b", "", "甲" * 41])
def test_new_refuses_names_that_no_file_can_have(run: Run, name: str) -> None:
    ran = run("template", "new", name)
    assert ran.code == 1
    assert "不能作版式的名称" in ran.out
    assert not Path("templates").exists()


def test_new_and_copy_overwrite_nothing(run: Run) -> None:
    run("template", "new", "甲")
    Path("templates/docx/甲/说明/收入.md.j2").write_text("我写的", encoding="utf-8")
    again = run("template", "new", "甲")
    assert (again.code, "已经有这个文件或文件夹，没有改动" in again.out) == (1, True)
    copied = run("template", "copy", "甲", "支出", "收入")
    assert (copied.code, "收入.md.j2）已经有自己的 收入.md.j2" in copied.out) == (1, True)
    assert not Path("templates/docx/甲/说明/支出.md.j2").exists(), "all or nothing"
    assert Path("templates/docx/甲/说明/收入.md.j2").read_text(encoding="utf-8") == "我写的"


def test_copy_leaves_what_ships_alone(run: Run) -> None:
    ran = run("template", "copy", "zhuzhou", "收入")
    assert (ran.code, "zhuzhou 是自带的版式，不在原处改" in ran.out + ran.err) == (1, True)
    run("template", "new", "甲")
    assert "没有“收人”这个文件，是否想写“收入”？" in run("template", "copy", "甲", "收人").out


def test_find_says_where_a_sentence_stands(run: Run) -> None:
    ran = run("template", "find", "公开02表", "--profile", "tianyuan")
    assert ran.out == "公开表.xlsx（tianyuan）公开02!G2\n    公开02表\n"
    assert "决算公开.docx（standard）\n" in run("template", "find", "第三部分").out
    run("template", "new", "甲")
    text = "{# 一句，共收入 #}\n## 二、收入\n\n共收入{{ 收入.合计 }}万元。\n"
    Path("templates/docx/甲/说明/收入.md.j2").write_text(text, encoding="utf-8")
    found = run("template", "find", "共收入", "--profile", "甲").out
    assert found == "收入.md.j2（甲）第 4 行\n    共收入{{ 收入.合计 }}万元。\n"
    ran = run("template", "find", "没有这句话")
    assert (ran.code, "没有找到“没有这句话”" in ran.out) == (1, True)


def test_vars_searches_names_and_notes(run: Run) -> None:
    out = run("template", "vars", "--search", "三公 接待 率").out
    assert "  三公经费.决算.公务接待费.较上年.率（%）  公务接待费较上年：增减率，基数为零时没有\n" in out
    assert "收入" not in out
    assert "  短语.占比  " in run("template", "vars", "--search", "短语").out
    assert '  设置.减率  "降低"\n' in run("template", "vars", "--search", "设置", "--profile", "zhuzhou").out
    assert "没有找到“不存在的”。\n" in run("template", "vars", "--search", "不存在的").out


@pytest.mark.outside
def test_check_of_all_layouts_and_of_one_file(run: Run) -> None:
    ran = run("template", "check")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("：没有发现问题。\n") == len(list((ROOT / "config" / "profiles").glob("*.yaml")))
    paths = [ROOT / "templates" / "xlsx" / "tianyuan" / "公开表.xlsx", ROOT / "templates/docx/sichuan/决算公开.docx"]
    told = "".join(f"{one}：没有发现问题。\n" for one in (*paths, "tongzhou"))
    assert run("template", "check", "tongzhou", *paths).out == told  # what the 版式 of a file adds is known


def test_check_ends_with_1_where_something_is_wrong(run: Run) -> None:
    run("template", "new", "甲")
    Path("templates/docx/甲/说明/收入.md.j2").write_text("## 二\n\n{{ 收入.合汁 }}\n", encoding="utf-8")
    ran = run("template", "check", "甲")
    assert (ran.code, ran.out.endswith("甲：错误 1 条。\n")) == (1, True)
    assert "收入.md.j2:3）“收入”中没有“合汁”这个名称，是否想写“合计”？" in ran.out


def test_a_folder_of_templates_that_is_not_there(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unit(tmp_path)
    for arguments in (["build", "unit.yaml"], ["template", "list"], ["template", "check"], ["template", "new", "甲"]):
        ran = run(*arguments, "--templates", "没有")
        assert (ran.code, "错误 PROFILE-006（没有）没有这个模板文件夹" in ran.out) == (1, True)
    monkeypatch.setenv("BUDGETGEN_TEMPLATES", "没有")
    assert "由 BUDGETGEN_TEMPLATES 指定" in run("template", "list").out
