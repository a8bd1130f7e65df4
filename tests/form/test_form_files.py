"""Files that are no form, are broken, or were made to hurt."""

from __future__ import annotations

import time
import tracemalloc
import zipfile
from io import BytesIO

import openpyxl
import pytest
from books import UNIT, form, read_book, repacked
from lxml import etree

from budgetgen.issues import Level

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def zipped(**parts: bytes) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "文件有打开密码"),
        (OLE + b"\0" * 600, "旧格式（.xls、.doc）"),
        (b"", "文件坏了，或不是 Excel 工作簿"),
        (b"<html>", "文件坏了，或不是 Excel 工作簿"),
        (None, "文件坏了，或不是 Excel 工作簿"),
        (zipped(**{"甲.txt": b"1"}), "这不是 Excel 工作簿"),
    ],
    ids=["password", "xls", "empty", "html", "cut", "zip"],
)
def test_what_is_no_workbook(data: bytes | None, words: str) -> None:
    read_book(form()[:2000] if data is None else data).refuses("填报表.xlsx", words)


def test_a_workbook_that_is_no_form() -> None:
    book, stream = openpyxl.Workbook(), BytesIO()
    book.save(stream)
    read_book(stream.getvalue()).refuses("填报表.xlsx", "这个文件不是填报表，也没有找到公开表")


def test_a_sheet_that_is_broken() -> None:
    data = repacked(form(), lambda name, part: part[:3000] if name.endswith("sheet3.xml") else part)
    read_book(data).refuses("填报表.xlsx 收支明细", "工作表“收支明细”坏了")


def test_a_zip_bomb() -> None:
    data = repacked(form(), lambda _n, part: part, {"xl/media/a.bin": b"\0" * 40_000_000})
    tracemalloc.start()
    read_book(data).refuses("填报表.xlsx", "压缩得不寻常")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000, "refused before it is unpacked"


def test_a_package_that_unpacks_to_too_much() -> None:
    data = repacked(form(), lambda _n, part: part, {"xl/media/a.bin": b"\0" * 140_000_000})
    read_book(data).refuses("填报表.xlsx", "解压后太大")


def test_an_entity_that_grows() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]>'
    data = repacked(form(), lambda name, part: bomb + part.partition(b"?>")[2] if name.endswith("sheet3.xml") else part)
    assert read_book(data).loaded is None


def test_many_empty_formatted_rows_cost_little() -> None:
    rows = b"".join(b'<row r="%d" spans="1:20" s="5" customFormat="1"><c r="A%d" s="5"/></row>' % (n, n)
                    for n in range(1000, 201_000))  # fmt: skip
    data = repacked(
        form(),
        lambda name, part: (
            part.replace(b"</sheetData>", rows + b"</sheetData>") if name.endswith("sheet3.xml") else part
        ),
    )
    begun = time.process_time()
    outcome = read_book(data)
    taken = time.process_time() - begun
    begun = time.process_time()
    for _ in etree.iterparse(BytesIO(b"<a>" + rows + b"</a>")):
        pass
    parsed = time.process_time() - begun
    assert outcome.accepted.accounts == read_book(form()).accepted.accounts
    assert taken < 12 * parsed  # no more for a row than a few times what it takes to parse it


def test_macros_and_links_are_ignored_and_said() -> None:
    data = repacked(
        form(),
        lambda _n, part: part,
        {"xl/vbaProject.bin": b"1", "xl/externalLinks/externalLink1.xml": b"<externalLink/>"},
    )
    outcome = read_book(data, "填报表.xlsm")
    assert outcome.accepted
    said = [i.cause for i in outcome.issues if i.level is Level.NOTE]
    assert "文件里有宏，没有运行。" in said
    assert any("别的工作簿" in s for s in said)


def test_strings_with_reading_aids_give_their_text_alone() -> None:
    old, new = "甲局".encode(), "<r><t>甲</t></r><r><t>局</t></r><rPh sb='0' eb='1'><t>jia</t></rPh>".encode()

    def change(name: str, part: bytes) -> bytes:
        return part.replace(b"<t>" + old + b"</t>", new) if name == "xl/sharedStrings.xml" else part

    assert read_book(repacked(form(UNIT), change)).accepted.accounts.unit.name == "甲局"
