"""Files that somebody edited since they were built: told apart from our own older output, and never lost."""

from __future__ import annotations

import re
from pathlib import Path

import docx
import openpyxl
import pytest

from budgetgen import build
from budgetgen.figures import Figure
from budgetgen.office.package import Package, parse_xml
from budgetgen.packet.printed_list import LIST, _entries, _list, _shortened, _whole_names, edited
from budgetgen.pipeline import Built

_AMOUNT = re.compile(r"[\d,]+\.\d+(?=万元)")
UNIT = (Path(__file__).parent / "cases" / "everything.yaml").read_text(encoding="utf-8")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    path = tmp_path / "unit.yaml"
    path.write_text(UNIT, encoding="utf-8")
    return path


def rebuilt(unit: Path) -> Built:
    return build(unit, unit.parent / "包", force=True)


def told(built: Built) -> list[str]:
    return [f"{i.cause} {i.mend}" for i in built.issues if i.rule == "OUTPUT-007"]


def file_of(built: Built, ending: str) -> Path:
    return next(p for p in built.files if p.name.endswith(ending))


def change_sentence(path: Path) -> None:
    document = docx.Document(str(path))
    paragraph = next(p for p in document.paragraphs if "万元" in p.text and "年度收、支总计" in p.text)
    run = next(r for r in paragraph.runs if _AMOUNT.search(r.text))
    run.text = _AMOUNT.sub("999.99", run.text, count=1)
    document.save(str(path))


def change_cell(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    cell = next(c for row in sheet.iter_rows() for c in row if isinstance(c.value, (int, float)) and c.value > 1)
    cell.value = 123456.78
    book.save(path)


def test_our_own_older_output_is_replaced_without_a_word(unit: Path) -> None:
    first = rebuilt(unit)
    assert [edited(p.read_bytes()) for p in first.files] == [None] * len(first.files)
    unit.write_text(UNIT.replace("会议费", "会议费", 1) + "\n# 改过的数据\n", encoding="utf-8")
    again = rebuilt(unit)
    assert told(again) == []
    assert not list((unit.parent / "包").glob("*改过*"))


def test_an_edited_document_is_kept_aside_and_told_by_its_numbers(unit: Path) -> None:
    document = file_of(rebuilt(unit), "决算公开.docx")
    change_sentence(document)
    by_hand = document.read_bytes()
    again = rebuilt(unit)
    [words] = told(again)
    kept = document.with_name(f"{document.stem}.改过.docx")
    assert document.name in words
    assert "改为“999.99”" in words
    assert f"另存为 {kept.name}" in words
    assert kept.read_bytes() == by_hand
    assert edited(document.read_bytes()) is None


def test_edited_again_the_first_edit_stays_too(unit: Path) -> None:
    for _ in range(2):
        change_sentence(file_of(rebuilt(unit), "决算公开.docx"))
    rebuilt(unit)
    names = sorted(p.name.partition("决算公开")[2] for p in (unit.parent / "包").glob("*决算公开*"))
    assert names == [".docx", ".改过.docx", ".改过2.docx"]


def test_a_program_that_drops_our_list_counts_as_a_hand(unit: Path) -> None:
    """openpyxl keeps the property and drops custom XML."""
    workbook = file_of(rebuilt(unit), "公开表.xlsx")
    change_cell(workbook)
    assert openpyxl.load_workbook(workbook).custom_doc_props["budgetgen"].value
    [words] = told(rebuilt(unit))
    assert "看不出改了哪里" in words
    assert "公开表.改过.xlsx" in words


def test_a_changed_format_alone_is_kept_too(unit: Path) -> None:
    document = file_of(rebuilt(unit), "决算公开.docx")
    changed = docx.Document(str(document))
    changed.paragraphs[0].alignment = 2
    changed.save(str(document))
    [words] = told(rebuilt(unit))
    assert "数字没有变，改的是文字或格式" in words


def test_an_edited_draft_outlives_the_final_packet(unit: Path) -> None:
    folder = unit.parent / "包"
    document = file_of(rebuilt(unit), "决算公开.docx")
    draft = document.with_name(f"草稿-{document.name}")
    document.rename(draft)
    change_sentence(draft)
    by_hand = draft.read_bytes()
    final = rebuilt(unit)
    assert not final.draft
    assert not draft.exists()
    assert by_hand in [p.read_bytes() for p in folder.glob("草稿-*.改过.docx")]


NAMES = [
    "收入.合计",
    "收入.事业",
    "支出.类[201].合计",
    "支出.类[201].基本",
    "支出.类[208].基本",
    "年度",
    "三公经费.决算.公务用车.购置",
    "三公经费.决算.合计",
    "甲",
]


def test_names_that_share_their_beginnings_are_read_again() -> None:
    short = list(_shortened(NAMES))
    assert short[:3] == ["收入.合计", ".事业", "支出.类[201].合计"]
    assert list(_whole_names(short)) == NAMES


def test_the_list_tells_every_place_and_text(built: Built) -> None:
    for rendered in (built.packet.workbook, built.packet.document):
        told = list(_entries(parse_xml(_list(rendered.printed, ""))))
        names = [i.value.name if isinstance(i.value, Figure) else i.value.path for i in rendered.printed]
        assert [(e.name, e.text) for e in told] == [
            (name, " ".join(i.text.split())) for name, i in zip(names, rendered.printed, strict=True)
        ]


def test_the_list_takes_little_of_a_file(built: Built) -> None:
    for rendered in (built.packet.workbook, built.packet.document):
        listed = len(Package(rendered.data).packed(LIST))
        assert listed < 0.11 * len(rendered.data)
