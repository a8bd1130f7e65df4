"""What a package says of its sizes is not believed: files that would fill the memory are refused in little of it."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from lying import lying
from read_back import ROOT, packet

from budgetgen.form.writer import write_form_book

resource = pytest.importorskip("resource", reason="this system bounds no process's memory")

MEMORY = 700 * 2**20
"""What the program may take, its libraries included."""
SIZES = {"deflate": 1000, "bzip2": 24, "lzma": 24}
"""MB that a part unpacks to; the methods that are refused unread need no more."""
RUN = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
from budgetgen.cli import main
main()
"""
SAYS = {
    "deflate": "解压出来比文件里说的大",
    "bzip2": "的压缩方法（bzip2）不是 Excel 和 Word 用的",
    "lzma": "的压缩方法（lzma）不是 Excel 和 Word 用的",
}
FRAME = ROOT / "templates/docx/standard/决算公开.docx"
SHEETS = ROOT / "templates/xlsx/standard/公开表.xlsx"


def run(*arguments: str) -> str:
    code = RUN.format(memory=MEMORY)
    ran = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, cwd=ROOT, check=False)
    said = ran.stdout.decode() + ran.stderr.decode()
    assert ran.returncode == 1, said
    assert "Traceback" not in said, said
    return said


@cache
def form() -> bytes:
    return write_form_book(None, ["standard"])


@pytest.mark.parametrize("method", SIZES)
@pytest.mark.parametrize("kind", ["填报表", "公开表", "公开文本"])
def test_an_input(kind: str, method: str, tmp_path: Path) -> None:
    honest, part = {
        "填报表": (form, "xl/workbook.xml"),
        "公开表": (lambda: packet("区委办", "tianyuan").workbook.data, "xl/worksheets/sheet1.xml"),
        "公开文本": (lambda: packet("区委办", "tianyuan").document.data, "word/document.xml"),
    }[kind]
    path = tmp_path / f"甲.{'docx' if kind == '公开文本' else 'xlsx'}"
    path.write_bytes(lying(honest(), part, method, SIZES[method]))
    assert f"{part} {SAYS[method]}" in run("check", str(path))


@pytest.mark.parametrize("method", SIZES)
@pytest.mark.parametrize("source", [SHEETS, FRAME], ids=["xlsx", "docx"])
def test_a_template(source: Path, method: str, tmp_path: Path) -> None:
    part = "xl/workbook.xml" if source == SHEETS else "word/document.xml"
    path = tmp_path / source.name
    path.write_bytes(lying(source.read_bytes(), part, method, SIZES[method]))
    said = run("template", "check", str(path))
    assert f"不是完好的 Office 文件：{part} {SAYS[method]}" in said
