"""`build --verify`: other programs read the files back, and tell what does not show as it was printed."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import openpyxl
import pytest
from typer.testing import CliRunner

from budgetgen.cli import app
from budgetgen.pipeline import Built
from budgetgen.template import Printed
from budgetgen.verify import independent
from budgetgen.verify.independent import verify_independently

EVERYTHING = Path(__file__).parent / "cases" / "everything.yaml"


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without LibreOffice."""
    monkeypatch.setattr(independent, "find_office", str)


def build(folder: Path) -> str:
    done = CliRunner().invoke(app, ["build", str(EVERYTHING), "-o", str(folder), "--verify"])
    assert done.exit_code == 0
    return done.output


def one(built: Built, name: str, text: str) -> Printed:
    packet = built.packet
    return next(
        p for p in (*packet.workbook.printed, *packet.document.printed) if p.value.name == name and p.text == text
    )


def changed_book(built: Built, change: object, number_format: str = "") -> bytes:
    book = openpyxl.load_workbook(built.files[0])
    place = one(built, "收支总计", "840.70").place
    cell = book[place.sheet][place.cell]
    cell.value = change
    if number_format:
        cell.number_format = number_format
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("value", [840.71, 8407, "840.7 ", None])
def test_a_cell_that_holds_another_value_is_told(built: Built, value: object) -> None:
    (issue,) = verify_independently(built.packet.workbook, changed_book(built, value), "甲.xlsx")
    assert issue.rule == "VERIFY-002"
    assert "openpyxl 读出来不对：这里的 收支总计 应是“840.70”" in issue.cause
    assert str(issue.place) == f"甲.xlsx 公开01 第19行“总计” 决算数（{one(built, '收支总计', '840.70').place.cell}）"


@pytest.mark.usefixtures("alone")
def test_a_sentence_with_another_number_is_told(built: Built) -> None:
    document = docx.Document(str(built.files[1]))
    paragraph = next(p for p in document.paragraphs if "2024年度收入合计840.70万元" in p.text)
    run = next(r for r in paragraph.runs if "840.70" in r.text)
    run.text = run.text.replace("840.70", "480.70", 1)
    out = io.BytesIO()
    document.save(out)
    (issue,) = verify_independently(built.packet.document, out.getvalue(), "甲.docx")
    assert "python-docx 读出来不对：这里的 收入.合计 应是“840.70”，现在是“480.70”。" in issue.cause
    assert "第1段“2024年度收入合计…”" in str(issue.place)


@pytest.mark.usefixtures("alone")
def test_a_file_that_none_can_read_is_told(built: Built) -> None:
    for rendered, by in ((built.packet.workbook, "openpyxl"), (built.packet.document, "python-docx")):
        (issue,) = verify_independently(rendered, rendered.data[:1000], "甲")
        assert issue.rule == "VERIFY-001"
        assert by in issue.cause


@pytest.mark.usefixtures("soffice")
def test_libreoffice_tells_what_it_shows(built: Built) -> None:
    workbook, document = built.packet.workbook, built.packet.document
    data = changed_book(built, 840.698, number_format='"共"0')
    (issue,) = verify_independently(workbook, data, "甲.xlsx")
    assert "LibreOffice 读出来不对：这里的 收支总计 应是“840.70”，现在是“共841”。" in issue.cause
    (issue,) = verify_independently(workbook, changed_book(built, 840.698, number_format="0.000"), "甲.xlsx")
    assert "现在是“840.698”。" in issue.cause
    assert verify_independently(document, document.data, "甲.docx") == []


@pytest.mark.usefixtures("soffice")
def test_build_says_who_read_it(tmp_path: Path) -> None:
    told = build(tmp_path)
    assert "读回核对：openpyxl、python-docx、LibreOffice 读出的 " in told
    assert {p.suffix for p in tmp_path.iterdir()} == {".docx", ".xlsx"}


@pytest.mark.usefixtures("alone")
def test_without_libreoffice_two_read_it(tmp_path: Path) -> None:
    told = build(tmp_path)
    assert "读回核对：openpyxl、python-docx 读出的 " in told
    assert "没有找到 LibreOffice，装上它就多一遍核对。" in told
