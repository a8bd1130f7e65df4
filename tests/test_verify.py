"""What was printed is found where it stands, and a hand that changed it is told."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from html import escape, unescape

import docx
import openpyxl
import pytest

from budgetgen.figures import PERCENT, Figure
from budgetgen.office.package import Package, read_parts, write_package
from budgetgen.pipeline import Built
from budgetgen.template import CellPlace, ParagraphPlace, Printed, Rendered
from budgetgen.verify import read_cells, read_paragraphs, sheet_parts, shows, spots, verify


def test_every_printed_figure_is_found_where_it_says(built: Built) -> None:
    workbook, document = built.packet.workbook, built.packet.document
    assert verify(workbook, built.files[0].read_bytes()) == []
    assert verify(document, built.files[1].read_bytes()) == []
    assert len(workbook.printed) > 300
    assert len(document.printed) > 300


def test_every_number_of_part_three_was_printed_from_a_figure(built: Built) -> None:
    """Digits of the prose that no figure printed: only years, dates, ordinals and what the unit wrote."""
    paragraphs = read_paragraphs(built.packet.document.data)
    spans: dict[int, list[tuple[int, int]]] = {}
    for item in built.packet.document.printed:
        spans.setdefault(item.place.paragraph, []).append((item.place.start, item.place.end))
    begin = next(n for n, text in enumerate(paragraphs) if text.startswith("2024年度收、支总计"))
    end = max(n for n, text in enumerate(paragraphs) if text.startswith("第四部分"))
    loose = [
        (found[0], text[:30])
        for number, text in enumerate(paragraphs[begin:end], begin)
        for found in re.finditer(r"\d+\.\d+", text)
        if not any(s <= found.start() and found.end() <= e for s, e in spans.get(number, []))
    ]
    assert loose == []


@pytest.mark.parametrize(
    ("found", "same"),
    [
        ("87.25714285714285", True),
        ("87.2571428571428571", True),
        ("87.25714285714", False),
        ("87.26", False),
        ("nan", False),
        ("1e9999", False),
    ],
)
def test_a_number_is_the_same_to_its_last_digit(found: str, same: bool) -> None:
    rate = Figure("率", Decimal("30.54") / 35 * 100, PERCENT)
    assert shows(found, Printed(CellPlace("表", "A1"), rate, "87.26%")) is same


def test_an_amount_in_yuan_is_another_number_in_wan_yuan(built: Built) -> None:
    item = next(p for p in built.packet.workbook.printed if p.value.name == "收支总计")
    in_yuan = item._replace(text="8,406,982.57")
    rendered = Rendered(built.packet.workbook.data, (in_yuan,))
    (issue,) = verify(rendered, built.files[0].read_bytes())
    assert "应是“8,406,982.57”，现在是“840.69" in issue.cause


def test_the_sheets_numbers_are_numbers_in_wan_yuan(built: Built) -> None:
    book = openpyxl.load_workbook(built.files[0], data_only=True)
    for item in built.packet.workbook.printed:
        assert isinstance(item.place, CellPlace)
        cell = book[item.place.sheet][item.place.cell]
        assert cell.data_type == "n", item.place
        if isinstance(item.value, Figure) and item.value.unit == "元":
            assert cell.value == pytest.approx(float(item.value.value) / 10000, abs=1e-12)


def test_the_readers_agree_with_openpyxl_and_python_docx(built: Built) -> None:
    cells = read_cells(built.files[0].read_bytes())
    book = openpyxl.load_workbook(built.files[0])
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str):
                    assert cells[sheet.title, cell.coordinate] == cell.value
    texts = [p.text for p in docx.Document(str(built.files[1])).paragraphs]
    assert set(texts) <= set(read_paragraphs(built.files[1].read_bytes()))


def test_one_cell_changed_by_hand_is_told_with_both_numbers(built: Built) -> None:
    book = openpyxl.load_workbook(built.files[0])
    place = next(p.place for p in built.packet.workbook.printed if p.value.name == "收支总计")
    book[place.sheet][place.cell] = 840.71
    changed = io.BytesIO()
    book.save(changed)
    (issue,) = verify(built.packet.workbook, changed.getvalue(), "甲公开表.xlsx")
    assert str(issue.place) == f"甲公开表.xlsx 公开01 第19行“总计” 决算数（{place.cell}）"
    assert "收支总计 应是“840.70”，现在是“840.71”" in issue.cause


def changed_document(built: Built, old: str, new: str) -> bytes:
    document = docx.Document(str(built.files[1]))
    (paragraph,) = [p for p in document.paragraphs if old in p.text]
    text = paragraph.text.replace(old, new, 1)
    for run in paragraph.runs[1:]:
        run._r.getparent().remove(run._r)
    paragraph.runs[0].text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_one_sentence_changed_by_hand_is_told_with_both_texts(built: Built) -> None:
    data = changed_document(built, "2024年度收、支总计840.70万元", "2024年度收、支总计840.07万元")
    (issue,) = verify(built.packet.document, data, "甲决算公开.docx")
    assert "收支总计 应是“840.70”，现在是“840.07”" in issue.cause
    assert str(issue.place) == "甲决算公开.docx 一、收入支出决算总体情况说明 第1段“2024年度收、支总…”"


def test_a_longer_number_is_told_and_its_neighbours_are_not(built: Built) -> None:
    data = changed_document(built, "2024年度收入合计840.70万元", "2024年度收入合计1840.70万元")
    (issue,) = verify(built.packet.document, data)
    assert "收入.合计 应是“840.70”，现在是“1840.70”" in issue.cause


def test_words_changed_around_a_figure_are_no_fault(built: Built) -> None:
    data = changed_document(built, "2024年度支出合计", "二〇二四年度支出合计")
    assert verify(built.packet.document, data) == []


def test_paragraphs_added_above_move_every_place_and_are_no_fault(built: Built) -> None:
    document = docx.Document(str(built.files[1]))
    for _ in range(3):
        document.paragraphs[5].insert_paragraph_before("编者按")
    out = io.BytesIO()
    document.save(out)
    assert verify(built.packet.document, out.getvalue()) == []


def test_a_sentence_taken_away_is_told(built: Built) -> None:
    document = docx.Document(str(built.files[1]))
    (paragraph,) = [p for p in document.paragraphs if p.text.startswith("2024年度收入合计")]
    paragraph._p.getparent().remove(paragraph._p)
    out = io.BytesIO()
    document.save(out)
    told = verify(built.packet.document, out.getvalue())
    gone = [p for p in built.packet.document.printed if isinstance(p.place, ParagraphPlace) and "收入" in p.value.name]
    assert told
    assert len(told) <= len(gone) + 12
    assert any("收入.合计" in i.cause for i in told)


def test_a_file_that_is_no_file_of_ours_is_an_issue(built: Built) -> None:
    (issue,) = verify(built.packet.workbook, b"not a zip")
    assert issue.rule == "VERIFY-001"


@pytest.mark.parametrize("offset", range(3))
def test_every_kind_of_place_that_was_changed_is_told_and_no_other(built: Built, offset: int) -> None:
    """A digit of every third figure changed in the XML itself: in cells of sheets, in cells of tables, in sentences."""
    for rendered in (built.packet.workbook, built.packet.document):
        changed, names = planted(rendered, offset)
        assert [i.path for i in verify(rendered, changed)] == names
        assert len(names) > 60


def planted(rendered: Rendered, offset: int) -> tuple[bytes, list[str]]:
    """The file with another digit in every third of its figures, and the names of these."""
    parts = dict(read_parts(rendered.data))
    sheets = dict(sheet_parts(Package(rendered.data))) if "xl/workbook.xml" in parts else {}
    pieces: dict[str, list[str]] = {}
    names = []
    for number, item in enumerate(rendered.printed):
        part = sheets[item.place.sheet] if sheets else item.place.part
        if part not in pieces:
            pieces[part] = re.split('(?=<c r=")' if sheets else "(?=<w:p[ >])", parts[part].decode())
        zero = sheets and not item.text  # a format may show it as nothing
        if number % 3 == offset and (zero or any(c.isdigit() for c in item.text)):
            told = pieces[part]
            at = (
                1 + item.place.paragraph
                if not sheets
                else next(n for n, piece in enumerate(told) if piece.startswith(f'<c r="{item.place.cell}"'))
            )
            told[at] = changed_text(told[at], 0 if sheets else item.place.start)
            names.append(item.value.name)
    return write_package(parts | {part: "".join(told).encode() for part, told in pieces.items()}), names


def other_digit(text: str, *, in_cell: bool) -> str:
    """The first digit as another one; in a document as one that no other paragraph has."""
    return re.sub(r"\d", lambda m: str((int(m[0]) + 5) % 10) if in_cell else "〇", text, count=1)


def changed_text(paragraph: str, start: int) -> str:
    """The XML of a paragraph or cell with another digit at or after the character `start` of its text."""
    at = 0
    for found in re.finditer(r"<(?:w:)?[tv](?: [^>]*)?>([^<]*)</|<w:(?:tab|br)", paragraph):
        if found[1] is None:
            at += 1
            continue
        text = unescape(found[1])
        if at + len(text) > start:
            here = text[: max(start - at, 0)] + other_digit(
                text[max(start - at, 0) :], in_cell=paragraph.startswith("<c ")
            )
            return f"{paragraph[: found.start(1)]}{escape(here)}{paragraph[found.end(1) :]}"
        at += len(text)
    raise AssertionError(paragraph)


def test_places_are_told_as_a_reader_finds_them(built: Built) -> None:
    for rendered in built.packet.workbook, built.packet.document:
        where = spots(rendered.data)
        named = [where.of(item.place) for item in rendered.printed]
        assert [
            n for n in named if ".xml" in n or not re.search(r"第\d+[行段]|标题|页[眉脚]|[脚尾]注|图表|封面", n)
        ] == []
    in_document = next(p.place for p in built.packet.document.printed if p.value.name == "收支总计")
    assert spots(built.packet.document.data).of(in_document) == "公开01表 第18行“总计” 决算数"
