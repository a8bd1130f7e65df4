"""File names that every system allows; files written whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from budgetgen.issues import Issue, Level, Rejected
from budgetgen.office.files import file_name, placed, write_files


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("中共株洲市天元区委办公室", "中共株洲市天元区委办公室"),
        ('甲/乙\\丙:丁*"戊"', "甲_乙_丙_丁__戊_"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("甲局. ", "甲局"),
        ("CON", "_CON"),
        ("lpt1.txt", "_lpt1.txt"),
        ("…", "…"),
        ("", "_"),
        ("甲" * 300, "甲" * 60),
        ("甲\n乙\t丙", "甲_乙_丙"),
    ],
)
def test_names_that_windows_allows_and_that_stay_in_their_folder(name: str, safe: str) -> None:
    assert file_name(name) == safe


def fine(name: str, data: bytes) -> list[Issue]:
    return []


def test_files_are_written_and_nothing_else_stays(tmp_path: Path) -> None:
    written = write_files(tmp_path / "新" / "深", {"甲.xlsx": b"1", "乙.docx": b"2"}, fine)
    assert [p.read_bytes() for p in written] == [b"1", b"2"]
    assert names(tmp_path / "新" / "深") == ["乙.docx", "甲.xlsx"]


def test_what_the_reader_rejects_never_lands_and_the_old_file_stays(tmp_path: Path) -> None:
    (tmp_path / "甲").write_bytes(b"old")
    found = Issue("VERIFY-002", Level.ERROR, "不对")
    with pytest.raises(Rejected, match="不对"):
        write_files(tmp_path, {"甲": b"new", "乙": b"new"}, lambda name, data: [found] if name == "乙" else [])
    assert names(tmp_path) == ["甲"]
    assert (tmp_path / "甲").read_bytes() == b"old"


def test_when_one_place_cannot_be_had_all_old_files_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "甲").write_bytes(b"old")
    (tmp_path / "乙").write_bytes(b"old")
    replace = Path.replace

    def refuse(self: Path, target: Path) -> Path:  # what Windows does while Excel holds the file
        if self.name == "乙":
            raise PermissionError(13, "Permission denied")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(Rejected, match="请先在 Excel、WPS 或 Word 中关闭它"):
        write_files(tmp_path, {"甲": b"new", "乙": b"new"}, fine)
    assert names(tmp_path) == ["乙", "甲"]
    assert (tmp_path / "甲").read_bytes() == (tmp_path / "乙").read_bytes() == b"old"


def test_a_file_in_the_folders_place(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(Rejected, match="不能当文件夹用"):
        write_files(tmp_path / "out", {"甲": b""}, fine)


@pytest.mark.skipif(
    sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="needs a user whom permissions bind",
)
def test_a_folder_without_the_right_to_write(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(Rejected, match="写不进去"):
        write_files(tmp_path, {"甲": b""}, fine)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc takes no files on Linux only")
def test_a_folder_that_takes_no_files() -> None:
    with pytest.raises(Rejected, match="用 -o 指定另一个文件夹"):
        write_files(Path("/proc/budgetgen"), {"甲": b""}, fine)


def test_a_file_is_placed_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "甲.txt"
    target.write_text("old")
    with pytest.raises(OSError, match="full"), placed(target) as aside:  # noqa: PT012 - the half of a file is the point
        aside.write_text("ha")
        raise OSError("full")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]
    with placed(target) as aside:
        aside.write_text("new")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["new"]
