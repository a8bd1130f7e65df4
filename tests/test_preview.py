"""`template preview`: the pages of a unit as the templates are, rendered anew when one is saved."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from lxml import html
from typer.testing import CliRunner

from budgetgen import preview
from budgetgen.cli import app
from budgetgen.preview import Preview

ROOT = Path(__file__).parent.parent
EVERYTHING = ROOT / "tests" / "cases" / "everything.yaml"
SECTION = Path("templates", "docx", "甲", "说明", "收入.md.j2")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """A unit with a layout of its own beside it."""
    target = tmp_path / "unit.yaml"
    target.write_bytes(EVERYTHING.read_bytes())
    made = CliRunner().invoke(app, ["template", "new", "甲", "-o", str(tmp_path / "templates")])
    assert made.exit_code == 0
    return target


def write_section(unit: Path, text: str) -> None:
    (unit.parent / SECTION).write_text(f"## 二、收入\n\n{text}\n", encoding="utf-8")


def test_the_page_has_every_text_and_table_of_the_document(unit: Path) -> None:
    shown = Preview(unit, html=True).show()
    (page,) = shown.files
    assert page == unit.parent / "预览" / "决算公开.html"
    root = html.fromstring(page.read_bytes())
    packet = preview.examine(unit).packet
    path = unit.parent / "决算公开.docx"
    path.write_bytes(packet.document.data)
    document = docx.Document(str(path))
    texts = {
        "".join(p.itertext()).replace("\xa0", "").replace("　", "") for p in root.iter("p", "h1", "h2", "h3", "h4")
    }
    for paragraph in document.paragraphs:
        plain = paragraph.text.replace("\t", "").replace("\n", "").replace("　", "")
        assert plain in texts
    assert len(root.findall(".//table")) == len(document.tables)
    for table, written in zip(root.iter("table"), document.tables, strict=True):
        shown_rows = [["".join(c.itertext()).replace("\xa0", "") for c in r.iter("td")] for r in table.iter("tr")]
        seen: set[object] = set()
        rows = []
        for row in written.rows:
            fresh = [c for c in row.cells if not (c._tc in seen or seen.add(c._tc))]
            rows.append([c.text.replace("\n", "") for c in fresh])
        assert shown_rows == rows
    assert sum(int(c.get("rowspan", "1")) > 1 for c in root.iter("td")) > 0
    assert sum(int(c.get("colspan", "1")) > 1 for c in root.iter("td")) > 0


def test_a_fault_keeps_the_page_and_is_told_with_its_place(unit: Path) -> None:
    one = Preview(unit, profile="甲", html=True)
    write_section(unit, "本年收入{{ 收入.合计 }}万元。")
    (page,) = one.show().files
    before = page.read_bytes()
    assert "本年收入" in before.decode()
    assert one.show().same
    write_section(unit, "本年收入{{ 收入.合汁 }}万元。")
    shown = one.show()
    assert (shown.files, shown.same) == ((), False)
    assert "收入.md.j2:3" in str(shown.issues[-1])
    assert "是否想写“合计”？" in str(shown.issues[-1])
    assert page.read_bytes() == before
    write_section(unit, "全年收入{{ 收入.合计 }}万元。")
    assert one.show().files == (page,)
    assert "全年收入" in page.read_text(encoding="utf-8")


def test_without_libreoffice_it_is_a_page(unit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "find_office", str)
    done = CliRunner().invoke(app, ["template", "preview", str(unit)])
    assert done.exit_code == 0
    assert done.output.startswith("没有找到 LibreOffice，写成网页。\n")
    assert [p.name for p in (unit.parent / "预览").iterdir()] == ["决算公开.html"]


def test_a_folder_that_refuses_is_told(unit: Path) -> None:
    (unit.parent / "预览").write_bytes(b"")
    shown = Preview(unit, html=True).show()
    assert shown.files == ()
    assert shown.issues[-1].rule == "OUTPUT-003"
    assert "用 -o 指定另一个文件夹" in shown.issues[-1].mend


@pytest.mark.usefixtures("soffice")
def test_only_what_changed_is_printed_anew(unit: Path) -> None:
    one = Preview(unit, profile="甲")
    assert [p.name for p in one.show().files] == ["公开表.pdf", "决算公开.pdf", "绩效自评表.pdf"]
    write_section(unit, "本年收入{{ 收入.合计 }}万元。")
    shown = one.show()
    assert [p.name for p in shown.files] == ["决算公开.pdf"]
    assert all(p.read_bytes().startswith(b"%PDF-") for p in shown.files)
    assert sorted(p.name for p in (unit.parent / "预览").iterdir()) == ["公开表.pdf", "决算公开.pdf", "绩效自评表.pdf"]


# ----------------------------------------------------------------------------------------------------- --watch


class Watch:
    """`template preview --watch` in a process of its own, and what it says."""

    def __init__(self, unit: Path) -> None:
        command = [sys.executable, "-m", "budgetgen", "template", "preview", unit.name, "--profile", "甲", "--html"]
        self.process = subprocess.Popen(
            [*command, "--watch"], cwd=unit.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self._lines.put(line.decode("utf-8"))

    def end(self) -> None:
        self.process.kill()
        self._reader.join(30)
        self.process.communicate(timeout=30)

    def until(self, words: str, seconds: float = 60) -> str:
        """What it says up to the line that holds `words`."""
        said, end = "", time.monotonic() + seconds
        while words not in said:
            try:
                said += self._lines.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"waited in vain for {words}; it said: {said}")
        return said


@pytest.fixture
def watch(unit: Path) -> Iterator[Watch]:
    running = Watch(unit)
    try:
        running.until("等着文件改动，按 Ctrl+C 结束。")
        yield running
    finally:
        running.end()


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_watch_renders_on_save_tells_faults_goes_on_and_ends_cleanly(unit: Path, watch: Watch) -> None:
    page = unit.parent / "预览" / "决算公开.html"
    assert page.is_file()
    write_section(unit, "本年收入{{ 收入.合计 }}万元。")
    said = watch.until("已写出")
    assert "改了 收入.md.j2：\n" in said
    assert "本年收入" in page.read_text(encoding="utf-8")
    write_section(unit, "{{ 收入.合汁 }}")
    assert "收入.md.j2:3" in watch.until("没有“合汁”这个名称")
    unit.write_text(
        EVERYTHING.read_text(encoding="utf-8").replace("名称: 某市某局\n", "名称: 某市某委\n"), encoding="utf-8"
    )
    assert "改了 unit.yaml：\n" in watch.until("没有“合汁”这个名称"), "a fault is told as long as it is there"
    (unit.parent / SECTION).unlink()
    assert "改了 收入.md.j2：\n" in watch.until("已写出")
    assert "某市某委" in page.read_text(encoding="utf-8")
    watch.process.send_signal(signal.SIGINT)
    assert "已停止。" in watch.until("已停止。")
    assert watch.process.wait(30) == 0
