"""Files that can't be read, and tables that are wrong: what is said, and where."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from lxml import etree
from openpyxl.workbook import Workbook
from read_back import accounts, packet, reading

from budgetgen.check import check
from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.issues import Level

BOOK = "区委办2024年度公开表.xlsx"


@pytest.fixture
def book(tmp_path: Path) -> Callable[[Callable[[Workbook], None]], Path]:
    """A published workbook, spoilt by a function."""

    def spoilt(spoil: Callable[[Workbook], None]) -> Path:
        path = tmp_path / BOOK
        path.write_bytes(packet("区委办", "tianyuan").workbook.data)
        opened = openpyxl.load_workbook(path)
        spoil(opened)
        opened.save(path)
        return path

    return spoilt


Spoil = Callable[[Callable[[Workbook], None]], Path]


def put(sheet: str, cell: str, value: object) -> Callable[[Workbook], None]:
    def spoil(book: Workbook) -> None:
        book[sheet][cell] = value

    return spoil


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "words"),
    [
        ("公开03", "E9", "#DIV/0!", ["公开03!E9", "错误值 #DIV/0!"]),
        ("公开03", "E9", "=1+1", ["公开03!E9", "没有算出结果的公式"]),
        ("公开03", "E9", True, ["公开03!E9", "逻辑值"]),
        ("公开03", "E9", "约40", ["公开03!E9", "“约40”不是金额"]),
        ("公开03", "E9", "40.00万元", ["公开03!E9", "带了单位", "只写数字：40"]),
        ("公开02", "A8", None, ["公开02!B8", "没有科目编码", "行政运行"]),
        ("公开02", "A14", "20601", ["公开02!A14", "20601 有金额，下面没有项级科目"]),
        ("公开02", "A9", "2012601", ["公开02!A9", "2012601 有两行", "公开02!A8"]),
        ("公开06", "C6", "一百六十七", ["公开06!C6", "不是金额"]),
        ("公开05", "A1", "支出表", ["没有找到一般公共预算财政拨款支出决算表，“公开05”像是它"]),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named(sheet: str, cell: str, value: object, words: list[str], book: Spoil) -> None:
    told = reading(book(put(sheet, cell, value)))
    assert told.loaded is None
    for word in words:
        assert word in told.said


def test_merged_cells_among_the_amounts_are_named(book: Spoil) -> None:
    told = reading(book(lambda b: b["公开03"].merge_cells("D9:E9")))
    assert told.loaded is None
    assert "公开03!D9" in told.said
    assert "合并的单元格" in told.said


def test_two_sheets_of_one_title_are_both_named(book: Spoil) -> None:
    def twice(opened: Workbook) -> None:
        opened.copy_worksheet(opened["公开03"]).title = "旧表"

    told = reading(book(twice))
    assert told.loaded is None
    assert "公开03 和 旧表" in told.said


def test_a_missing_optional_table_is_a_warning(book: Spoil) -> None:
    told = reading(book(lambda b: b.remove(b["公开09"])))
    assert told.loaded is not None
    assert told.loaded.accounts.three_public is None
    assert "没有找到财政拨款“三公”经费支出决算表" in told.said


def test_a_total_that_its_parts_contradict_is_told_with_both_figures_and_the_cells(book: Spoil) -> None:
    loaded = accounts(book(put("公开03", "E7", 309.59)))
    computed = compute(loaded.accounts, read_classification(2024))
    told = [i for i in check(loaded, computed) if i.rule == "WITHIN-001" and i.level is Level.ERROR]
    assert [i.path for i in told] == ["数字核定[支出.项目]"]
    text = str(told[0])
    for word in ("公开03!E7", "309.59", "209.59", "公开05!E9"):
        assert word in text


def test_two_tables_with_different_totals_are_both_named(book: Spoil) -> None:
    told = reading(book(put("公开01", "F16", 940.698)))
    assert "公开01!F16 是 940.698 万元" in told.said
    assert "公开03!C7 是 840.698 万元" in told.said


def test_an_unknown_unit_of_money_is_refused(book: Spoil) -> None:
    def thousand(opened: Workbook) -> None:
        for sheet in opened:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.value == "单位：万元":
                        cell.value = "单位：千元"

    assert "只认元和万元" in reading(book(thousand)).said


def test_a_year_that_nothing_names_is_to_be_filled(book: Spoil, tmp_path: Path) -> None:
    plain = tmp_path / "公开表.xlsx"
    plain.write_bytes(packet("区委办", "tianyuan").workbook.data)
    assert "表里没有单位.类型、年度" in reading(plain).said


def zipped(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return path


def test_files_that_are_no_workbook_are_told(tmp_path: Path) -> None:
    text, locked = tmp_path / "文字.xlsx", tmp_path / "有密码.xlsx"
    text.write_text("收入支出决算总表", encoding="utf-8")
    locked.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(500) + "EncryptedPackage".encode("utf-16-le"))
    broken = tmp_path / "断了.xlsx"
    broken.write_bytes(packet("区委办", "tianyuan").workbook.data[:5000])
    assert "文件坏了，或不是 Excel 工作簿（.xlsx）、Word 文档（.docx）" in reading(text).said
    assert "文件有打开密码" in reading(locked).said
    assert "文件坏了" in reading(broken).said
    assert "没有这个文件" in reading(tmp_path / "没有.xlsx").said
    assert "不是 Excel 工作簿" in reading(zipped(tmp_path / "别的.zip", {"a.txt": b"a"})).said


def test_a_zip_bomb_is_not_opened(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "大.xlsx", {"xl/workbook.xml": b" " * 50_000_000})
    assert "压缩得不寻常" in reading(bomb).said


def repacked(path: Path, change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> Path:
    """A published workbook with each part changed, and others added."""
    parts = {}
    with zipfile.ZipFile(BytesIO(packet("区委办", "tianyuan").workbook.data)) as old:
        parts = {name: change(name, old.read(name)) for name in old.namelist()}
    return zipped(path, parts | (extra or {}))


def test_many_empty_formatted_rows_cost_little(tmp_path: Path) -> None:
    rows = b"".join(b'<row r="%d" s="1" customFormat="1"><c r="A%d" s="1"/></row>' % (n, n)
                    for n in range(1000, 201_000))  # fmt: skip

    def change(name: str, part: bytes) -> bytes:
        return part.replace(b"</sheetData>", rows + b"</sheetData>") if name.endswith("sheet3.xml") else part

    begun = time.process_time()
    told = accounts(repacked(tmp_path / BOOK, change))
    taken = time.process_time() - begun
    begun = time.process_time()
    for _ in etree.iterparse(BytesIO(b"<a>" + rows + b"</a>")):
        pass
    assert taken < 12 * (time.process_time() - begun)  # no more for a row than a few times what it takes to parse it
    (tmp_path / "2024年度.xlsx").write_bytes(packet("区委办", "tianyuan").workbook.data)
    assert told.accounts == accounts(tmp_path / "2024年度.xlsx").accounts


def test_macros_and_links_are_ignored_and_said(tmp_path: Path) -> None:
    extra = {"xl/vbaProject.bin": b"1", "xl/externalLinks/externalLink1.xml": b"<externalLink/>"}
    told = reading(repacked(tmp_path / BOOK, lambda _name, part: part, extra))
    assert told.loaded is not None
    assert "文件里有宏，没有运行" in told.said
    assert "引用了别的工作簿，只读保存下来的值" in told.said


def test_an_amount_below_zero_where_none_may_be(book: Spoil) -> None:
    told = reading(book(put("公开09", "L8", -3)))
    assert told.loaded is None
    assert "公开09!L8 错误 INPUT-019 三公经费.公务接待费.决算" in told.said
    assert "这里不能为负" in told.said


def test_a_name_that_begins_with_an_equals_sign_stays_text(book: Spoil) -> None:
    def formula(opened: Workbook) -> None:
        opened["公开03"]["B9"].value = "=1+1"
        opened["公开03"]["B9"].data_type = "s"

    told = reading(book(formula))
    assert told.loaded is not None
    assert "=1+1" in {line.item_name for line in told.loaded.accounts.lines}


def test_a_merged_range_over_everything_costs_little(tmp_path: Path) -> None:
    whole = b'<mergeCell ref="A1:XFD1048576"/></mergeCells>'
    spent = []
    for end in (b"</mergeCells>", whole):
        path = repacked(tmp_path / BOOK, lambda _name, part, end=end: part.replace(b"</mergeCells>", end))
        begun = time.process_time()
        told = reading(path)
        spent.append(time.process_time() - begun)
    assert told.loaded is None
    assert spent[1] < 10 * spent[0]  # one step for each of its cells would be millions


def test_external_entities_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "实体.docx"
    evil = b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/hostname">]><d>&e;</d>'
    assert "外部定义" in reading(zipped(path, {"word/document.xml": evil})).said


def test_a_workbook_without_the_tables_is_told(tmp_path: Path) -> None:
    other = Workbook()
    other.active["A1"] = "通讯录"
    other.save(tmp_path / "通讯录.xlsx")
    assert "没有找到公开表" in reading(tmp_path / "通讯录.xlsx").said
