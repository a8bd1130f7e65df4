"""What Word, Excel and WPS wrote before is read through LibreOffice; a locked file is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from docx import Document
from openpyxl import Workbook

from budgetgen.issues import Rejected
from budgetgen.office.libreoffice import convert, find_office
from budgetgen.office.package import OLE
from budgetgen.published.document import read_published, read_published_bytes

OFFICE = find_office()


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), "公开.docx", "有打开密码"),
        (b"", "公开.doc", "文件是空的"),
        (b"<html>", "公开.docx", "不是完好的 .docx"),
        (b"OFD", "公开.ofd", "审核不读 .ofd"),
        (b"PK\x03\x04", "公开.docx", "不是完好的压缩包"),
    ],
)
def test_what_cannot_be_read_is_told(data: bytes, name: str, words: str) -> None:
    with pytest.raises(Rejected) as refused:
        read_published_bytes(data, name)
    assert words in refused.value.issues[0].cause


@pytest.mark.outside
@pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed")
@pytest.mark.parametrize(("kind", "name"), [("doc", "公开.wps"), ("xls", "公开.et")])
def test_old_formats_are_read_through_libreoffice(tmp_path: Path, kind: str, name: str) -> None:
    if kind == "doc":
        document = Document()
        document.add_paragraph("支出决算表")
        table = document.add_table(2, 2, style="Table Grid")
        for cell, text in zip(table._cells, ("科目", "支出", "合计", "12.50"), strict=True):
            cell.text = text
        document.add_paragraph("说明")
        document.save(str(tmp_path / "new.docx"))
    else:
        book = Workbook()
        book.active.append(["合计", "12.50"])
        book.save(str(tmp_path / "new.docx").replace("docx", "xlsx"))
    (source,) = tmp_path.glob("new.*")
    assert not convert(OFFICE, kind, [source], tmp_path)
    made = (tmp_path / f"new.{kind}").rename(tmp_path / name)
    (grid,) = read_published(made).tables
    assert [c.text for c in grid.rows[-1]] == ["合计", "12.50"]
