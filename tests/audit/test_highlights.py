"""Highlights in a PDF: over the words that are meant, however the page lies; the file's own bytes stay."""

from __future__ import annotations

from io import BytesIO

import pytest

from budgetgen.audit.pdf_highlights import with_highlights
from budgetgen.audit.remarks import Place, Remark
from budgetgen.office.package import Damaged
from budgetgen.published.document import Published, read_published_bytes
from tests.drawn_pdf import Sheet, drawn

pdfplumber = pytest.importorskip("pdfplumber", reason="pdfplumber is not installed")
pytest.importorskip("pypdf", reason="pypdf is not installed")
LINES = ("【错误】占比由两个数算得出（AUDIT-013）", "写的是“70.00”，应当是 60.00%（60/100）。")


def sheet(rotate: int) -> bytes:
    page = Sheet(width=300, height=400, rotate=rotate)
    page.text(40, 60, "基本支出60.00万元，占70.00%；项目支出40.00万元。")
    page.table(40, 120, [80, 60], [["合计", "100.00"], ["基本", ""]])
    return drawn(page)


def under(data: bytes) -> list[str]:
    """The words under each annotation."""
    with pdfplumber.open(BytesIO(data)) as file:
        page = file.pages[0]
        return [
            "".join(
                c["text"]
                for c in page.chars
                if a["x0"] <= (c["x0"] + c["x1"]) / 2 <= a["x1"]
                and a["top"] <= (c["top"] + c["bottom"]) / 2 <= a["bottom"]
            )
            for a in page.annots
        ]


def at(read: Published, words: str) -> Place:
    for paragraph in read.paragraphs:
        if (start := paragraph.text.find(words)) >= 0:
            return Place("", paragraph.mark, start, start + len(words), in_cell=False)
    cell = next(c for t in read.tables for row in t.rows for c in row if c.text == words)
    return Place("", cell.mark, 0, len(words), in_cell=True)


@pytest.mark.parametrize("rotate", [0, 90, 270])
def test_a_highlight_lies_over_the_words(rotate: int) -> None:
    data = sheet(rotate)
    read = read_published_bytes(data, "文本.pdf")
    places = [at(read, "70.00"), at(read, "100.00")]
    marked = with_highlights(data, [Remark(p, "错误", LINES) for p in places])
    assert under(marked) == ["70.00", "100.00"]
    assert marked.startswith(data)
    with pdfplumber.open(BytesIO(marked)) as file:
        assert [a["contents"] for a in file.pages[0].annots] == ["\n".join(LINES)] * 2


def test_what_is_no_pdf_is_told() -> None:
    with pytest.raises(Damaged, match="PDF 的内部结构"):
        with_highlights(
            b"%PDF-1.7 nothing", [Remark(at(read_published_bytes(sheet(0), "a.pdf"), "70.00"), "错误", LINES)]
        )
