"""`budgetgen audit`: one object a line, and the exit code says whether something is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from docx import Document

from budgetgen.cli import main


@pytest.fixture
def packet(tmp_path: Path) -> Path:
    document = Document()
    document.add_paragraph("清河县档案馆2024年度部门决算")
    document.add_paragraph("三、支出决算情况说明")
    document.add_paragraph("一、收入支出决算总体情况说明")
    document.add_paragraph("二、收入决算情况说明")
    document.add_paragraph("三、支出决算情况说明")
    document.add_paragraph(
        "2024年度支出合计100.00万元，其中：基本支出60.00万元，占70.00%；项目支出40.00万元，占40.00%。"
    )
    path = tmp_path / "决算公开.docx"
    document.save(str(path))
    return path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["audit", *arguments])
    return int(ended.value.code or 0)


def test_a_finding_is_an_object_on_a_line(packet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(packet), "--format", "json") == 1
    (line,) = capsys.readouterr().out.splitlines()
    finding = json.loads(line)
    assert (finding["doc"], finding["rule"], finding["level"]) == ("决算公开", "AUDIT-013", "错误")
    assert (finding["stated"], finding["expected"]) == ("70.00", "60.00%（60.00/100.00）")


def test_what_cannot_be_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damaged = tmp_path / "坏.docx"
    damaged.write_bytes(b"PK\x03\x04 no packet")
    assert run(str(damaged)) == 2
    told = capsys.readouterr()
    assert "坏" in told.err + told.out
    assert "Traceback" not in told.err


def test_other_kinds_of_files_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "表.ofd"
    other.write_bytes(b"PK\x03\x04")
    assert run(str(other)) == 2
    told = capsys.readouterr()
    assert "审核不读 .ofd" in told.err + told.out
