"""Where a text stands in its file: the paragraph and the cell of a document, the cell of a sheet."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from docx import Document
from openpyxl import Workbook

from budgetgen.office.package import DOCUMENT, Package
from budgetgen.published.document import read_published
from budgetgen.published.word import text_pieces

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def test_paragraphs_and_cells_of_a_document(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("前言\t一")
    table = document.add_table(2, 2)
    table.cell(1, 0).text = "合计"
    table.cell(0, 0).merge(table.cell(0, 1)).text = "项目"
    document.add_paragraph("后记")
    path = tmp_path / "文本.docx"
    document.save(str(path))
    root = Package(path.read_bytes()).root(DOCUMENT)
    read = read_published(path)
    paragraphs, cells = list(root.iter(f"{W}p")), list(root.iter(f"{W}tc"))
    for paragraph in read.paragraphs:
        there = text_pieces(paragraphs[paragraph.mark.number])
        assert "".join(words for _, words in there) == paragraph.text
    (grid,) = read.tables
    for row in grid.rows:
        for cell in row:
            assert "".join(t.text or "" for t in cells[cell.mark.number].iter(f"{W}t")) == cell.text


def test_cells_of_a_sheet(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "公开01"
    book.active["C7"] = "合计"
    held = BytesIO()
    book.save(held)
    path = tmp_path / "表.xlsx"
    path.write_bytes(held.getvalue())
    (table,) = read_published(path).tables
    assert [(c.mark.part, c.mark.cell) for row in table.rows for c in row if c.text] == [("公开01", "C7")]
    assert {c.mark.part for row in table.rows for c in row} == {"公开01"}
