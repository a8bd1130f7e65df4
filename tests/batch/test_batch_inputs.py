"""What is taken for an input: by folder, by pattern, by list; and whose it is, from its head alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from budgetgen.batch.inputs import candidates
from budgetgen.convert import convert
from budgetgen.issues import Rejected
from budgetgen.pipeline import Built
from budgetgen.reading import Head, Nature, load, read_head

ROOT = Path(__file__).parents[2]
EVERYTHING = ROOT / "tests" / "cases" / "everything.yaml"


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def taken(folder: Path, *given: str) -> list[str]:
    out = (folder / "out").absolute()
    return [Path(c.path).relative_to(folder).as_posix() for c in candidates([str(folder / g) for g in given], out)]


def test_a_folder_gives_what_may_be_inputs_by_their_names(tmp_path: Path) -> None:
    touch(
        tmp_path, "乙/unit.yaml", "乙/填报表.xlsx", "乙/旧填报表.xls", "乙/名单.xls", "乙/~$填报表.xlsx", "乙/说明.docx",
        "乙/笔记.txt", "乙/.unit.yaml.swp", "乙/.git/unit.yaml", "乙/templates/profiles/甲.yaml", "甲/unit.yml",
        "out/甲局-2024/甲局2024年度公开表.xlsx",
    )  # fmt: skip
    assert taken(tmp_path, ".") == ["乙/unit.yaml", "乙/填报表.xlsx", "乙/旧填报表.xls", "甲/unit.yml"]


def test_a_pattern_that_no_shell_has_expanded(tmp_path: Path) -> None:
    touch(tmp_path, "甲/unit.yaml", "乙/unit.yaml", "乙/笔记.txt")
    assert sorted(taken(tmp_path, "*/unit.yaml")) == ["乙/unit.yaml", "甲/unit.yaml"]
    assert sorted(taken(tmp_path, "**/*.yaml")) == ["乙/unit.yaml", "甲/unit.yaml"]
    with pytest.raises(Rejected, match="相符的文件"):
        taken(tmp_path, "丙*/unit.yaml")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_list_has_one_path_a_line(tmp_path: Path, encoding: str) -> None:
    touch(tmp_path, "甲局/unit.yaml", "乙局/unit.yaml", "乙局/填报表.xlsx", "数据.dat")
    (tmp_path / "清单.txt").write_text(
        '# 今晚做\n甲局/unit.yaml\n\n"乙局"\r\n  数据.dat\n没有了.yaml\n', encoding=encoding, newline=""
    )
    assert taken(tmp_path, "清单.txt") == [
        "甲局/unit.yaml",
        "乙局/unit.yaml",
        "乙局/填报表.xlsx",
        "数据.dat",
        "没有了.yaml",
    ]


def test_lines_that_can_be_no_path_are_told_and_the_others_taken(tmp_path: Path) -> None:
    touch(tmp_path, "甲局/unit.yaml")
    lines = ["坏\0名.yaml", "长" * 5000 + ".yaml", "~没有的用户/unit.yaml", "甲局/unit.yaml"]
    (tmp_path / "清单.txt").write_text("\n".join(lines), encoding="utf-8")
    found = list(candidates([str(tmp_path / "清单.txt")], tmp_path / "out"))
    assert [c.fault for c in found] == ["有不能用的字符", "太长，或系统不认", "没有这个用户", ""]
    assert max(len(c.path) for c in found[:3]) <= 201
    with pytest.raises(Rejected, match="不能作路径"):
        taken(tmp_path, "长" * 5000)


def test_a_list_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "清单.txt").write_bytes(b"\xff\xff\xff\x80")
    with pytest.raises(Rejected, match="既不是 UTF-8，也不是 GBK"):
        taken(tmp_path, "清单.txt")


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="没有这个文件或文件夹"):
        taken(tmp_path, "没有.yaml")


# -------------------------------------------------------------------------------------------------------- head


@pytest.mark.parametrize("source", [EVERYTHING, ROOT / "examples" / "performance-2020" / "unit.yaml"], ids=str)
def test_the_head_says_what_the_whole_says(source: Path, tmp_path: Path) -> None:
    accounts = load(source).accounts
    expected = Head(Nature.INPUT, accounts.unit.name, accounts.year, accounts.kind)
    assert read_head(source) == replace(expected, sections=accounts.sections_told)
    convert(source, tmp_path / "填报表.xlsx")
    assert read_head(tmp_path / "填报表.xlsx") == expected


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("单位:\n  名称: ' 甲\n    局 '\n年度: '2024'\n后面: [坏", Head(Nature.INPUT, "甲局", 2024)),
        ("年度: 2024\n收支明细: [", Head(Nature.INPUT, sections=frozenset({"收支明细"}))),
        ("单位：\n  名称: 甲局\n", Head(Nature.INPUT)),
        ("单位: {名称: 甲局}\n年度: 今年\n", Head(Nature.INPUT)),
        ("单位: {名称: 甲局}\n", Head(Nature.INPUT)),
        ("继承: standard\n中文名: 甲\n", Head(Nature.OTHER)),
        ("- 一\n- 二\n", Head(Nature.OTHER)),
        ("名词解释: []\n", Head(Nature.OTHER)),
        ("", Head(Nature.OTHER)),
        ("年度: [", Head(Nature.DOUBTFUL)),
        ("年度: 2024\n", Head(Nature.DOUBTFUL)),
        ("三公经费: {}\n备注: 无\n", Head(Nature.DOUBTFUL)),
        ("- 一\n 二: {\n", Head(Nature.DOUBTFUL)),
    ],
)
def test_heads_of_texts(tmp_path: Path, text: str, head: Head) -> None:
    (tmp_path / "甲.yaml").write_text(text, encoding="utf-8")
    assert read_head(tmp_path / "甲.yaml") == head


@pytest.mark.parametrize(("name", "content"), [("unit.yaml", b""), ("unit.yml", b"- 1"), ("甲局填报表.yaml", b"a: 1")])
def test_what_is_named_as_an_input_is_doubtful_whatever_it_holds(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert read_head(tmp_path / name) == Head(Nature.DOUBTFUL)


def test_the_head_is_read_no_further_than_it_goes(tmp_path: Path) -> None:
    text = "年度: 2024\n单位: {名称: 甲局}\n" + "收支明细: &a [*a]\n" * 3 + "}{" * 50_000
    (tmp_path / "unit.yaml").write_text(text, encoding="utf-8")
    assert read_head(tmp_path / "unit.yaml") == Head(Nature.INPUT, "甲局", 2024, sections=frozenset({"收支明细"}))


Make = Callable[[Path], object]


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("坏.xlsx", lambda p: p.write_bytes(b"PK\x03\x04 broken")),
        ("坏.yaml", lambda p: p.write_bytes(b"\x00\xff\xfd")),
        ("没有.yaml", lambda p: None),
        ("夹.yaml", lambda p: p.mkdir()),
    ],
)
def test_what_can_not_be_told_is_doubtful(tmp_path: Path, name: str, make: Make) -> None:
    make(tmp_path / name)
    assert read_head(tmp_path / name) == Head(Nature.DOUBTFUL)


def test_a_built_workbook_is_no_input(built: Built) -> None:
    assert read_head(built.files[0]) == Head(Nature.OTHER)


@pytest.mark.parametrize("mark", ["&", "*"])
def test_a_name_of_a_million_letters_is_told_short(tmp_path: Path, mark: str) -> None:
    (tmp_path / "unit.yaml").write_text(f"年度: 2024\n单位: {mark}{'a' * 1_000_000}\n", encoding="utf-8")
    with pytest.raises(Rejected) as refused:
        load(tmp_path / "unit.yaml")
    told = [i for i in refused.value.issues if i.rule == "INPUT-007"]
    assert told
    assert all(len(i.cause) < 80 for i in refused.value.issues)
