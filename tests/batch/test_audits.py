"""Many packets audited in one run: tables of all findings, one bad file stops nothing, a run goes on where it was."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from budgetgen.audit.packets import packets_of
from budgetgen.batch import audit_tables
from budgetgen.batch.audit_outcome import Audited, AuditRun, Verdict
from budgetgen.batch.audits import AUDITS, AuditJob, AuditOptions, audit_all, audit_one
from budgetgen.cli import main
from budgetgen.cli.batch import Progress

WRONG = "2024年度支出合计100.00万元，其中：基本支出60.00万元，占70.00%；项目支出40.00万元，占40.00%。"
RIGHT = WRONG.replace("70.00", "60.00")


def write(path: Path, sentence: str, unit: str = "清河县档案馆") -> Path:
    document = Document()
    for text in (
        f"{unit}2024年度部门决算",
        "一、收入支出决算总体情况说明",
        "二、收入决算情况说明",
        "三、支出决算情况说明",
        sentence,
    ):
        document.add_paragraph(text)
    path.parent.mkdir(parents=True, exist_ok=True)
    document.save(str(path))
    return path


def run(given: Sequence[Path], out: Path, *, resume: bool = False) -> tuple[AuditRun, list[Audited]]:
    with audit_all(given, out, AuditOptions(1, 60, resume), Progress()) as done:
        return done, list(done)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three units, each in a folder of its own, and what one of them sent is no document."""
    folder = tmp_path_factory.mktemp("packets")
    write(folder / "甲档案馆" / "决算公开.docx", WRONG)
    write(folder / "乙文化馆" / "决算公开.docx", RIGHT)
    (folder / "丙图书馆").mkdir()
    (folder / "丙图书馆" / "决算公开.docx").write_bytes(b"PK\x03\x04 no document")
    return folder


def test_a_folder_of_packets(folder: Path, tmp_path: Path) -> None:
    out = folder / "审核"
    others = [write(tmp_path / unit / "公开.docx", WRONG, unit) for unit in ("丁局机关", "戊局机关")]
    _, outcomes = run([folder, *others], out)
    assert Counter(o.verdict for o in outcomes) == {Verdict.WRONG: 3, Verdict.CLEAN: 1, Verdict.UNREADABLE: 1}
    copies = [name for o in outcomes for name in o.copies]
    assert copies == ["甲档案馆/决算公开.审核.docx", "公开.审核.docx", "戊局机关-公开.审核.docx"]
    assert all((out / name).is_file() for name in copies)
    book = load_workbook(out / audit_tables.BOOK)
    heads, *findings = book["问题"].iter_rows(values_only=True)
    finding, *_ = (dict(zip(heads, row, strict=True)) for row in findings)
    assert (finding["级别"], finding["写的是"], finding["应当是"]) == ("错误", "70.00", "60.00%（60.00/100.00）")
    assert finding["为什么"] == "占比由两个数算得出"
    units = [row[0] for row in book["单位"].iter_rows(min_row=2, values_only=True)]
    assert Counter(units) == {"有错误": 3, "没有发现": 1, "读不出来": 1}


def test_what_has_not_changed_is_not_done_again(tmp_path: Path) -> None:
    path, out = write(tmp_path / "公开.docx", WRONG), tmp_path / "审核"
    _, (first,) = run([path], out)
    done, (again,) = run([path], out, resume=True)
    assert (done.kept, again) == (1, first)
    (out / "公开.审核.docx").unlink()
    done, _ = run([path], out, resume=True)
    assert (done.kept, (out / "公开.审核.docx").is_file()) == (0, True)
    write(path, RIGHT)
    done, (right,) = run([path], out, resume=True)
    assert (done.kept, right.verdict) == (0, Verdict.CLEAN)


def test_the_page_shows_the_places_beside_each_other(tmp_path: Path) -> None:
    path = write(tmp_path / "<b>甲&乙.docx", WRONG)
    run([path], tmp_path / "审核")
    page = (tmp_path / "审核" / audit_tables.PAGE).read_text(encoding="utf-8")
    assert "占<mark>70.00</mark>%" in page
    assert "写的是“70.00”，应当是 60.00%（60.00/100.00）。" in page
    assert "&lt;b&gt;甲&amp;乙" in page
    assert "<b>甲" not in page
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


def test_an_outcome_is_a_line_and_back(tmp_path: Path) -> None:
    (source,) = packets_of([write(tmp_path / "文本.docx", WRONG)])
    outcome = audit_one(AuditJob(0, source))
    assert isinstance(outcome, Audited)
    assert Audited.from_line(outcome.to_line()) == outcome
    with pytest.raises(ValueError, match="another form"):
        Audited.from_line(b'{"verdict": "\xe6\x9c\x89\xe9\x94\x99\xe8\xaf\xaf", "more": 1}')


def test_the_text_begins_with_the_sum_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "文本.docx", WRONG)
    with pytest.raises(SystemExit) as ended:
        main(["audit", str(path), "-o", str(tmp_path / "审核")])
    assert ended.value.code == 1
    lines = capsys.readouterr().out.strip().splitlines()
    assert lines[0] == "文本（清河县档案馆）：错误 1 处。" or lines[0] == "文本：错误 1 处。"
    assert lines[1] == "1. 【错误】占比由两个数算得出（AUDIT-013）"
    assert "写的是“70.00”，应当是 60.00%（60.00/100.00）。" in lines[2]
    assert lines[-1].startswith("带批注的原件 1 个。结果：")
    assert len((tmp_path / "审核" / AUDITS).read_text(encoding="utf-8").splitlines()) == 1


def test_resume_needs_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["audit", str(tmp_path), "--resume"])
    assert ended.value.code == 2
    assert "--resume 要同 -o 一起用" in capsys.readouterr().err


def test_json_lines_are_all_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "文本.docx", WRONG)
    with pytest.raises(SystemExit):
        main(["audit", str(path), "--format", "json", "-o", str(tmp_path / "审核")])
    (line,) = capsys.readouterr().out.splitlines()
    assert list(json.loads(line)) == ["doc", "rule", "level", "quote", "stated", "expected", "where", "also"]
