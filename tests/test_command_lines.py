"""Command lines as the shell hands them over: what a command's function is given, and what is told instead."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest

from budgetgen.cli.frame import Argument, Command, Option, WrongUsage

GIVEN: list[tuple[object, ...]] = []


def work(
    unit: Annotated[Path, Argument("数据文件", "读什么。")],
    more: Annotated[list[str] | None, Argument("其他…", "还有什么。")] = None,
    *,
    out: Annotated[Path | None, Option("-o", "--out", metavar="文件夹", help="写到哪里。")] = None,
    jobs: Annotated[int, Option("-j", "--jobs", metavar="个数", help="几个一起。")] = 1,
    templates: Annotated[list[Path] | None, Option("--templates", metavar="文件夹", help="可以写几次。")] = None,
    force: Annotated[bool, Option("--force", help="有错误也写。")] = False,
) -> int | None:
    """做一件事。

    Not shown.
    """
    GIVEN.append((unit, more, out, jobs, templates, force))
    return 3 if force else None


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("u", ("u", None, None, 1, None, False)),
        ("u a b", ("u", ["a", "b"], None, 1, None, False)),
        ("-o 包 u --jobs=2 a -j3", ("u", ["a"], "包", 3, None, False)),
        ("--templates 甲 u --templates=乙 --force", ("u", None, None, 1, ["甲", "乙"], True)),
        ("-o包 -- -u --force", ("-u", ["--force"], "包", 1, None, False)),
    ],
)
def test_what_a_command_is_given(line: str, given: tuple[object, ...]) -> None:
    code = Command(work).run("做", line.split())
    unit, more, out, jobs, templates, force = GIVEN.pop()
    plain = [str(t) for t in templates] if isinstance(templates, list) else templates
    assert (str(unit), more, out and str(out), jobs, plain, force) == given
    assert isinstance(unit, Path)
    assert code == (3 if given[-1] else 0)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("-o 包", "缺少 数据文件。"),
        ("u --no", "没有 --no 这个选项。"),
        ("u -x", "没有 -x 这个选项。"),
        ("u -o", "-o 后面要写内容。"),
        ("u --force=1", "--force 后面不写内容。"),
        ("u --jobs 多", "--jobs 的值不对：“多”。"),
    ],
)
def test_what_is_told_of_a_line_that_does_not_fit(line: str, told: str) -> None:
    with pytest.raises(WrongUsage, match=told.replace("（", "[（]")):
        Command(work).run("做", line.split())
    assert not GIVEN


HELP = """\
用法：做 [选项] 数据文件 其他…

  做一件事。

参数：
  数据文件  读什么。 [必填]
  其他…     还有什么。

选项：
  -o, --out 文件夹    写到哪里。
  -j, --jobs 个数     几个一起。
  --templates 文件夹  可以写几次。
  --force             有错误也写。
  -h, --help          显示这段说明。
"""


def test_help_stands_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert Command(work).run("做", ["u", "--help"]) == 0
    assert capsys.readouterr().out == HELP
    with pytest.raises(WrongUsage) as told:
        Command(work).run("做", [])
    assert str(told.value) == HELP
