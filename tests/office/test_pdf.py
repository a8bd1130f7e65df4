"""PDF: one call for many files, whole or not at all, and a word where there is none."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from budgetgen.office import libreoffice as office
from budgetgen.office.libreoffice import to_pdf
from budgetgen.pipeline import build

ROOT = Path(__file__).parent.parent.parent
EVERYTHING = ROOT / "tests" / "cases" / "everything.yaml"
posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for LibreOffice is a shell script")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    found = [tmp_path / "甲.xlsx", tmp_path / "乙.docx"]
    for file in found:
        file.write_bytes(b"")
    return found


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A program in LibreOffice's place; $out is the folder it is to write to, $@ the files."""
    program = tmp_path / "soffice"
    program.write_text(
        '#!/bin/sh\necho "$@" >> "$0.calls"\n'
        'while [ "$1" != --outdir ]; do shift; done\nout=$2; shift 2\n' + script
    )  # fmt: skip
    program.chmod(0o755)
    monkeypatch.setattr(office, "find_office", lambda: str(program))


MAKE = 'mkdir -p "$out"\nfor f in "$@"; do b=$(basename "$f"); echo new > "$out/${b%.*}.pdf"; done\n'


@posix
def test_one_call_for_many_files(tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, MAKE)
    made, missed = to_pdf(files)
    assert (made, missed) == ((tmp_path / "甲.pdf", tmp_path / "乙.pdf"), ())
    (call,) = (tmp_path / "soffice.calls").read_text(encoding="utf-8").splitlines()
    assert "-env:UserInstallation=file:///" in call, "a running LibreOffice is left alone"
    assert call.endswith(f"{files[0]} {files[1]}")


@posix
def test_files_of_one_name_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, MAKE.replace("echo new", 'echo "$f"'))
    twins = [tmp_path / "一" / "甲.docx", tmp_path / "二" / "甲.docx"]
    for file in twins:
        file.parent.mkdir()
        file.write_bytes(b"")
    made, _ = to_pdf(twins)
    assert [p.read_text(encoding="utf-8").strip() for p in made] == [str(f) for f in twins]


@posix
def test_what_is_not_made_is_told_and_an_older_one_is_named(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, 'mkdir -p "$out"; echo new > "$out/甲.pdf"; exit 7\n')
    (tmp_path / "乙.pdf").write_text("old")
    made, (missed,) = to_pdf(files)
    assert made == (tmp_path / "甲.pdf",)
    assert "警告 PDF-001 LibreOffice 没有转成 PDF（退出码 7）；其他文件已写好。旁边的 PDF 是以前的" in str(missed)
    assert (tmp_path / "乙.pdf").read_text() == "old"


@posix
def test_a_hang_is_ended_with_all_that_it_started(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, 'sleep 60 & echo $! > "$0.child"; wait\n')
    made, missed = to_pdf(files, timeout=0.5)
    assert (made, len(missed)) == ((), 2)
    assert "（0 秒没有做完，已停止）" in missed[0].cause or "秒没有做完，已停止）" in missed[0].cause
    child = int((tmp_path / "soffice.child").read_text())
    for _ in range(50):  # a killed process is gone once its parent has been told
        if not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split(")")[1][:3]:
            break
        time.sleep(0.1)
    else:
        pytest.fail("the child still runs")


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root writes anywhere")
def test_a_place_that_refuses(tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, MAKE)
    tmp_path.chmod(0o555)
    try:
        made, missed = to_pdf(files)
    finally:
        tmp_path.chmod(0o755)
    assert (made, len(missed)) == ((), 2)


def test_without_libreoffice_the_packet_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "find_office", str)
    built = build(EVERYTHING, tmp_path, pdf=True)
    assert [p.suffix for p in built.files] == [".xlsx", ".docx", ".xlsx"]
    assert [str(i.level.label) for i in built.issues if i.rule == "PDF-001"] == ["警告"] * 3
    assert "没有找到 LibreOffice，没有生成 PDF；其他文件已写好。" in built.issues[-1].cause
    assert "安装 LibreOffice" in built.issues[-1].mend


def test_libreoffice_is_found_in_its_usual_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office.shutil, "which", lambda _: None)
    for platform, variable in (("win32", "ProgramFiles"), ("darwin", "HOME")):
        monkeypatch.setattr(office.sys, "platform", platform)
        for name in ("ProgramW6432", "ProgramFiles", "ProgramFiles(x86)"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv(variable, str(tmp_path))
        if platform == "win32":
            program = tmp_path / "LibreOffice" / "program" / "soffice.exe"
        else:
            program = tmp_path / "Applications" / "LibreOffice.app" / "Contents" / "MacOS" / "soffice"
        program.parent.mkdir(parents=True)
        program.write_bytes(b"")
        assert office.find_office() == str(program)


def test_a_packet_as_pdf(tmp_path: Path, soffice: str) -> None:
    built = build(EVERYTHING, tmp_path, pdf=True)
    assert soffice
    names = ("公开表", "决算公开", "绩效自评表")
    assert [p.name for p in built.files[3:]] == [f"某市某局2024年度{name}.pdf" for name in names]
    assert all(p.read_bytes().startswith(b"%PDF-") for p in built.files[3:])
    left = sorted(p.suffix for p in tmp_path.iterdir())
    assert left == [".docx", ".pdf", ".pdf", ".pdf", ".xlsx", ".xlsx"], "nothing else is left"


FONTS = 'for f in "$@"; do b=$(basename "$f"); printf "/BaseFont/BAAAAA+%s\\n/BaseFont /CAAAAA+SimSun\\n" NAME > "$out/${b%.*}.pdf"; done\n'


@posix
@pytest.mark.parametrize(("name", "told"), [("FZXBSJW--GB1-0", []), ("NotoSansCJKsc-Regular", ["PDF-002"])])
def test_fonts_that_stand_in_for_others_are_told(tmp_path, monkeypatch, name, told) -> None:
    """A workbook asks for 方正小标宋 and 宋体; the PDF has SimSun and one more."""
    stand_in(tmp_path, monkeypatch, FONTS.replace("NAME", name))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    file = tmp_path / "甲.xlsx"
    file.write_bytes((ROOT / "templates/xlsx/standard/公开表.xlsx").read_bytes())
    _, issues = to_pdf([file])
    assert [i.rule for i in issues] == told
    assert all("没有 方正小标宋简体，PDF 里用 NotoSansCJKsc 代替" in i.cause for i in issues)


@pytest.mark.outside
def test_a_pdf_is_tagged_and_tells_its_language(tmp_path: Path) -> None:
    if not office.find_office():
        pytest.skip("LibreOffice is not installed")
    built = build(EVERYTHING, tmp_path, pdf=True)
    pdfs = [f for f in built.files if f.suffix == ".pdf"]
    for pdf in pdfs:
        data = pdf.read_bytes()
        assert b"/Lang(zh-CN)\n/MarkInfo<</Marked true>>" in data  # of the catalogue: the file as a whole
        assert b"/DisplayDocTitle true" in data or pdf.stem.endswith("自评表")  # that workbook has no title
        if pdf.stem.endswith("决算公开"):  # of a workbook LibreOffice does not tell its table headers
            assert b"/TH" in data
