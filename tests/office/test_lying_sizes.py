"""What a package says of its sizes is not believed: files that would fill the memory are refused in little of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import product

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
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
from budgetgen.cli import main
for line in sys.stdin:
    try:
        main(json.loads(line))
    except SystemExit as e:
        print("{end}", e.code, flush=True)
"""
END = "== ended with"
SAYS = {
    "deflate": "解压出来比文件里说的大",
    "bzip2": "的压缩方法（bzip2）不是 Excel 和 Word 用的",
    "lzma": "的压缩方法（lzma）不是 Excel 和 Word 用的",
}
FRAME = ROOT / "templates/docx/standard/决算公开.docx"
SHEETS = ROOT / "templates/xlsx/standard/公开表.xlsx"


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, str], str]:
    """What the program says of each kind of file and method: all are read one after the other in the same little memory."""
    folder = tmp_path_factory.mktemp("lying")
    commands = {}
    for (kind, (honest, part, command)), method in product(FILES.items(), SIZES):
        path = folder / f"{kind}-{method}.{'docx' if '文本' in kind else 'xlsx'}"
        path.write_bytes(lying(honest(), part, method, SIZES[method]))
        commands[kind, method] = [*command, str(path)]
    code, lines = RUN.format(memory=MEMORY, end=END), "\n".join(map(json.dumps, commands.values()))
    ran = subprocess.run(
        [sys.executable, "-c", code], input=lines.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT,
        check=False, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    told = ran.stdout.decode()
    assert ran.returncode == 0, told
    assert "Traceback" not in told, told
    pieces = re.split(f"{END} (.+)\n", told)
    assert pieces[1::2] == ["1"] * len(commands)
    return dict(zip(commands, pieces[::2], strict=False))


def form() -> bytes:
    return write_form_book(None, ["standard"])


FILES: Mapping[str, tuple[Callable[[], bytes], str, Sequence[str]]] = {
    "填报表": (form, "xl/workbook.xml", ["check"]),
    "公开表": (lambda: packet("区委办", "tianyuan").workbook.data, "xl/worksheets/sheet1.xml", ["check"]),
    "公开文本": (lambda: packet("区委办", "tianyuan").document.data, "word/document.xml", ["check"]),
    "表的模板": (SHEETS.read_bytes, "xl/workbook.xml", ["template", "check"]),
    "文本的模板": (FRAME.read_bytes, "word/document.xml", ["template", "check"]),
}


@pytest.mark.parametrize("method", SIZES)
@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_lies_is_refused(kind: str, method: str, said: Mapping[tuple[str, str], str]) -> None:
    _, part, command = FILES[kind]
    before = "不是完好的 Office 文件：" if command[0] == "template" else ""
    assert f"{before}{part} {SAYS[method]}" in said[kind, method]
