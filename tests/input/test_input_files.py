"""Files as they lie on a disk: encodings, wrong kinds, and what the system refuses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from said import HEAD, read

from budgetgen.issues import Rejected
from budgetgen.office.files import MAX_BYTES
from budgetgen.reading import load

LINES = HEAD + "变动原因: {收支总计: 人员增加}\n"


def refused(path: Path) -> str:
    with pytest.raises(Rejected) as caught:
        load(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("codec", "words"),
    [("gbk", "GBK"), ("gb18030", "GBK"), ("utf-8-sig", "UTF-8（带 BOM）"), ("utf-16", "UTF-16")],
)
def test_what_windows_writes_is_read_and_said(codec: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "unit.yaml"
    path.write_bytes(LINES.replace("\n", "\r\n").encode(codec))
    loaded = load(path)
    assert loaded.accounts.reasons.grand_total == "人员增加"
    assert str(loaded.place("变动原因.收支总计")) == "unit.yaml:6"
    assert [str(i) for i in loaded.issues] == [
        f"unit.yaml 提示 INPUT-004 文件的编码是 {words}，已按此读取。 用记事本另存为，“编码”选 UTF-8。"
    ]


def test_plain_utf_8_is_read_without_a_word(tmp_path: Path) -> None:
    path = tmp_path / "unit.yaml"
    path.write_bytes(LINES.encode())
    assert load(path).issues == ()
    assert load(str(path)).issues == ()


def test_a_damaged_file_is_not_taken_for_gbk() -> None:
    data = LINES.encode()
    damaged = data[: data.index("变动".encode()) + 1] + data[data.index("变动".encode()) + 2 :]
    read(damaged).refuses("unit.yaml:6", "编码认不出", "UTF-8")


def test_a_control_character_is_named_with_its_place() -> None:
    read(HEAD + "版式: 甲\x07\n").refuses("unit.yaml:6", "第 6 个字", "U+0007")


def test_bytes_that_are_no_text() -> None:
    read(b"\x00" * 50).refuses("unit.yaml", "不是文本文件")


@pytest.mark.parametrize("suffix", [".csv", ".wps"])
def test_kinds_of_files_that_are_not_read(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"填报表{suffix}"
    path.write_bytes(b"")
    assert f"填报表{suffix} 错误 INPUT-002" in refused(path)
    assert "只读 YAML 文件、填报表和公开表（.xlsx）、公开文本（.docx、.pdf）" in refused(path)


def test_a_pdf_that_is_none_or_tells_no_budget(tmp_path: Path) -> None:
    path = tmp_path / "预算.pdf"
    path.write_bytes(b"")
    assert "预算.pdf 错误 INPUT-001" in refused(path)


def test_a_missing_file(tmp_path: Path) -> None:
    said = refused(tmp_path / "没有.yaml")
    assert "没有.yaml 错误 INPUT-001 没有这个文件" in said


def test_a_folder(tmp_path: Path) -> None:
    assert "这是文件夹，不是文件" in refused(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs a user whom permissions bind")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "unit.yaml"
    path.write_text(LINES, encoding="utf-8")
    path.chmod(0)
    assert "没有权限" in refused(path)


def test_a_name_that_no_system_takes() -> None:
    assert "INPUT-001" in refused(Path("a\0b.yaml"))


def test_a_huge_file(tmp_path: Path) -> None:
    path = tmp_path / "unit.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    assert "文件超过 5 MB" in refused(path)


def test_the_example_is_read_without_a_word(example: Path) -> None:
    assert load(example).issues == ()
