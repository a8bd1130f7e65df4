"""Templates saved again by another program, and files that keep the rules of their formats."""

from __future__ import annotations

import posixpath
import shutil
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path

import docx
import openpyxl
import pytest
from lxml import etree
from office import cells, document_file, lines, sheet_file, yuan

from budgetgen import template
from budgetgen.figures import Group

OFFICE = shutil.which("soffice")
NAMES = {
    "单位": "某局", "列": [Group(n, {"名": n, "额": yuan(v)}) for n, v in (("甲", 10000), ("乙", 20000))],
    "收入": yuan(30000), "多行": "一\n二",
}  # fmt: skip
ROWS = [
    ["{{ 单位 }}决算表"],
    ["名称", "金额"],
    ["{%tr for x in 列 %}"],
    ["{{ x.名 }}", "{{ x.额 }}"],
    ["{%tr endfor %}"],
    ["合计", "{{ 收入 }}"],
    ["算", "=SUM(B4:B4)"],
]


def shape(sheet):
    sheet.merge_cells("A1:B1")
    for row in range(2, 8):
        sheet.cell(row, 2).number_format = "#,##0.00"
    sheet.row_dimensions[1].height = 30
    sheet.print_title_rows = "1:2"


def paragraphs(document):
    document.add_heading("{{ 单位 }}", 1)
    paragraph = document.add_paragraph("收入{{ ")
    paragraph.add_run("收入").bold = True
    paragraph.add_run(" }}万元，{{ 多行 }}")
    document.add_paragraph("{%p for x in 列 %}")
    document.add_paragraph("{{ x.名 }}：{{ x.额 }}{% if loop.last %}。{% else %}；{% endif %}")
    document.add_paragraph("{%p endfor %}")
    table = document.add_table(3, 2)
    for row, texts in zip(
        table.rows, [("{%tr for x in 列 %}", ""), ("{{ x.名 }}", "{{ x.额 }}"), ("{%tr endfor %}", "")], strict=True
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.sections[0].footer.paragraphs[0].text = "{{ 单位 }}"


SHEET = [["某局决算表", None], ["名称", "金额"], ["甲", 1], ["乙", 2], ["合计", 3], ["算", "=SUM(B3:B4)"]]
TEXT = ["某局", "收入3.00万元，一\n二", "甲：1.00；", "乙：2.00。"]


def saved_again(path: Path, folder: Path) -> Path:
    """The file as LibreOffice writes it."""
    folder.mkdir()
    profile = f"-env:UserInstallation=file://{folder}/profile"
    kind = path.suffix[1:]
    subprocess.run(
        [OFFICE, profile, "--headless", "--convert-to", kind, "--outdir", folder, path],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    return folder / path.name


def filled_sheet(path, env):
    return openpyxl.load_workbook(BytesIO(template.compile(path, env).render(NAMES).data)).worksheets[0]


def filled_document(path, env):
    return docx.Document(BytesIO(template.compile(path, env).render(NAMES).data))


def table_text(document):
    return [[c.text for c in row.cells] for row in document.tables[0].rows]


@pytest.mark.outside
@pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed")
def test_a_workbook_template_saved_by_libreoffice_gives_the_same(tmp_path, env):
    path = sheet_file(tmp_path / "t.xlsx", ROWS, shape)
    for made in (path, saved_again(path, tmp_path / "again")):
        sheet = filled_sheet(made, env)
        assert [row[:2] for row in cells(sheet)] == SHEET
        assert {str(m) for m in sheet.merged_cells.ranges} == {"A1:B1"}
        assert sheet["B4"].number_format == "#,##0.00"
        assert sheet.print_title_rows == "$1:$2"


@pytest.mark.outside
@pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed")
def test_a_document_template_saved_by_libreoffice_gives_the_same(tmp_path, env):
    path = document_file(tmp_path / "t.docx", paragraphs)
    for made in (path, saved_again(path, tmp_path / "again")):
        document = filled_document(made, env)
        assert lines(document)[:4] == TEXT
        assert table_text(document) == [["甲", "1.00"], ["乙", "2.00"]]
        assert document.sections[0].footer.paragraphs[0].text == "某局"


@pytest.mark.outside
@pytest.mark.skipif(not OFFICE, reason="LibreOffice is not installed")
def test_libreoffice_reads_what_was_filled(tmp_path, env):
    made = tmp_path / "out.xlsx"
    made.write_bytes(template.compile(sheet_file(tmp_path / "t.xlsx", ROWS, shape), env).render(NAMES).data)
    again = openpyxl.load_workbook(saved_again(made, tmp_path / "again"), data_only=True).worksheets[0]
    assert [row[:2] for row in cells(again)] == [*SHEET[:-1], ["算", 3]]
    made = tmp_path / "out.docx"
    made.write_bytes(template.compile(document_file(tmp_path / "t.docx", paragraphs), env).render(NAMES).data)
    document = docx.Document(saved_again(made, tmp_path / "once-more"))
    assert lines(document)[:4] == TEXT
    assert table_text(document) == [["甲", "1.00"], ["乙", "2.00"]]


# -------------------------------------------------------------------------------- rules of the formats

WORKSHEET = [
    "sheetPr",
    "dimension",
    "sheetViews",
    "sheetFormatPr",
    "cols",
    "sheetData",
    "sheetCalcPr",
    "sheetProtection",
    "protectedRanges",
    "scenarios",
    "autoFilter",
    "sortState",
    "dataConsolidate",
    "customSheetViews",
    "mergeCells",
    "phoneticPr",
    "conditionalFormatting",
    "dataValidations",
    "hyperlinks",
    "printOptions",
    "pageMargins",
    "pageSetup",
    "headerFooter",
    "rowBreaks",
    "colBreaks",
    "customProperties",
    "cellWatches",
    "ignoredErrors",
    "smartTags",
    "drawing",
    "legacyDrawing",
    "legacyDrawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
]
REL = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


def check_package(data: bytes) -> dict[str, etree._Element]:
    """Every part well formed, of a declared type, and every relation to a part that is there."""
    with zipfile.ZipFile(BytesIO(data)) as package:
        assert package.testzip() is None
        names = package.namelist()
        assert len(set(names)) == len(names)
        assert all(i.date_time == (1980, 1, 1, 0, 0, 0) for i in package.infolist())
        roots = {n: etree.fromstring(package.read(n)) for n in names if n.endswith((".xml", ".rels"))}
    types = roots["[Content_Types].xml"]
    overrides = {o.get("PartName", "").lstrip("/") for o in types.iter("{*}Override")}
    defaults = {d.get("Extension", "").lower() for d in types.iter("{*}Default")}
    assert overrides <= set(names)
    for name in names:
        assert name == "[Content_Types].xml" or name in overrides or name.rsplit(".", 1)[-1].lower() in defaults
    for name in names:
        if name.endswith(".rels"):
            folder = Path(name).parent.parent
            for rel in roots[name].iter(REL):
                if rel.get("TargetMode") != "External":
                    target = rel.get("Target") or ""
                    assert posixpath.normpath(posixpath.join("/", str(folder), target))[1:] in names
    return roots


def check_worksheet(root: etree._Element) -> None:
    order = [WORKSHEET.index(etree.QName(e).localname) for e in root]
    assert order == sorted(order)
    numbers = [int(r.get("r")) for r in root.iter("{*}row")]
    assert numbers == sorted(set(numbers))
    for row in root.iter("{*}row"):
        columns = [openpyxl.utils.cell.coordinate_from_string(c.get("r")) for c in row.iter("{*}c")]
        assert all(n == int(row.get("r")) for _, n in columns)
        indexes = [openpyxl.utils.column_index_from_string(c) for c, _ in columns]
        assert indexes == sorted(set(indexes))
    merged = [openpyxl.worksheet.cell_range.CellRange(m.get("ref")) for m in root.iter("{*}mergeCell")]
    assert not any(a.isdisjoint(b) is False for i, a in enumerate(merged) for b in merged[:i])


PROPERTIES = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs "
           "suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd "
           "snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment "
           "textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid "
           "vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs "
           "em lang eastAsianLayout specVanish oMath",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing "
             "tblInd tblBorders shd tblLayout tblCellMar tblLook",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark",
    "tcBorders": "top start left bottom end right insideH insideV tl2br tr2bl",
    "tblBorders": "top start left bottom end right insideH insideV",
}  # fmt: skip


def check_document(root: etree._Element) -> None:
    for name, order in PROPERTIES.items():
        for element in root.iter(f"{{*}}{name}"):
            found = [order.split().index(etree.QName(e).localname) for e in element]
            assert found == sorted(found), etree.tostring(element)
    for cell in root.iter("{*}tc"):
        assert etree.QName(cell[-1]).localname == "p"
    for table in root.iter("{*}tbl"):
        grid = len(table.find("{*}tblGrid"))
        for row in table.iterfind("{*}tr"):
            spans = [
                int(s[0].get(s[0].keys()[0])) if (s := c.findall("{*}tcPr/{*}gridSpan")) else 1
                for c in row.iterfind("{*}tc")
            ]
            assert sum(spans) == grid
    ids = [
        e.get("id") for e in root.iter("{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr")
    ]
    assert len(ids) == len(set(ids))


def test_files_keep_the_rules_of_their_formats(tmp_path, env):
    book = template.compile(sheet_file(tmp_path / "t.xlsx", ROWS, shape), env).render(NAMES)
    for name, root in check_package(book.data).items():
        if name.startswith("xl/worksheets/sheet"):
            check_worksheet(root)
    document = template.compile(document_file(tmp_path / "t.docx", paragraphs), env).render(NAMES)
    for name, root in check_package(document.data).items():
        if name.startswith(("word/document", "word/header", "word/footer")):
            check_document(root)
