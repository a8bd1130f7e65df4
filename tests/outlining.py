"""The outline of a packet: every cell, merge and format, every paragraph, run and table, as lines that can be compared.

    python tests/outlining.py        # writes tests/outlines anew, where a template was changed on purpose

Both files are read by openpyxl and python-docx, which know nothing of the engine.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from zlib import crc32

import docx
import openpyxl
from docx.oxml.ns import qn
from docx.table import Table
from lxml import etree

from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.layout import read_kind, read_profile
from budgetgen.packet.render import Packet
from budgetgen.pipeline import renderer_of
from budgetgen.reading import load

ROOT = Path(__file__).parents[1]
FOLDER = Path(__file__).parent / "outlines"
CASES = {path.parent.name: path for path in sorted((ROOT / "examples").glob("*/unit.yaml"))} | {
    name: ROOT / "tests" / "cases" / f"{name}.yaml" for name in ("everything", "nothing")
}


def packet_of(path: Path) -> Packet:
    loaded = load(path)
    computed = compute(loaded.accounts, read_classification(loaded.accounts.year))
    kind = read_kind(loaded.accounts.kind, told=loaded.accounts.sections_told)
    return renderer_of(read_profile(loaded.accounts.profile, None, kind), kind).render(computed)


def outline(packet: Packet) -> list[str]:
    lines: list[str] = []
    for file, rendered in packet.files.items():
        told = workbook_lines(rendered.data) if file.suffix == "xlsx" else document_lines(rendered.data)
        lines += ["", f"## {file.template}", *told]
    return lines[1:]


def digest(*values: object) -> str:
    return f"{crc32(repr(values).encode()):08x}"


# ------------------------------------------------------------------------------------------------ workbook


def workbook_lines(data: bytes) -> Iterator[str]:
    book = openpyxl.load_workbook(BytesIO(data), rich_text=True)
    for name, defined in sorted(book.defined_names.items()):
        yield f"名称 {name} {defined.attr_text}"
    for sheet in book.worksheets:
        yield ""
        yield f"# {sheet.title} {sheet.dimensions} 打印 {sheet.print_area} 标题 {sheet.print_title_rows} 冻结 {sheet.freeze_panes}"
        yield f"合并 {' '.join(sorted(map(str, sheet.merged_cells.ranges)))}"
        widths = ((letter, c.min, c.max, c.width, c.hidden) for letter, c in sorted(sheet.column_dimensions.items()))
        yield f"列 {digest(*widths)} 页 {digest(*page_look(sheet))}"
        for formats in sheet.conditional_formatting:
            yield f"条件格式 {formats.sqref} {[(r.type, r.formula) for r in formats.rules]}"
        for rule in sheet.data_validations.dataValidation:
            yield f"数据验证 {rule.sqref} {rule.type} {rule.formula1}"
        for row in sheet.iter_rows():
            values = "｜".join("" if c.value is None else str(c.value) for c in row).rstrip("｜")
            height = sheet.row_dimensions[row[0].row].height
            yield f"{row[0].row} [{height or ''}] {values}".replace("\n", "⏎") + f"  ~{digest(*map(cell_look, row))}"


def page_look(sheet: openpyxl.worksheet.worksheet.Worksheet) -> Iterator[object]:
    setup, margins = sheet.page_setup, sheet.page_margins
    yield from (setup.orientation, setup.paperSize, setup.fitToWidth, setup.fitToHeight, setup.scale)
    yield from (margins.left, margins.right, margins.top, margins.bottom)
    yield from (
        part.text for place in (sheet.oddHeader, sheet.oddFooter) for part in (place.left, place.center, place.right)
    )


def cell_look(cell: openpyxl.cell.Cell) -> tuple[object, ...]:
    """What a cell looks like, and whether it holds a number or a text."""
    font, border = cell.font, cell.border
    sides = [(s.style, s.color and s.color.rgb) for s in (border.left, border.top, border.right, border.bottom)]
    return (
        cell.data_type, cell.number_format, font.name, font.sz, font.b, font.i, cell.fill.fgColor.rgb, sides,
        cell.alignment.horizontal, cell.alignment.vertical, cell.alignment.wrap_text, cell.alignment.indent,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ document


def document_lines(data: bytes) -> Iterator[str]:
    document = docx.Document(BytesIO(data))
    for number, section in enumerate(document.sections):
        page = (section.orientation, section.page_width, section.page_height, section.left_margin, section.top_margin)
        texts = [p.text for part in (section.header, section.footer) for p in part.paragraphs]
        yield f"节{number} {digest(page, section.start_type)} {texts}"
    for block in document.iter_inner_content():
        if isinstance(block, Table):
            yield from table_lines(block)
        else:
            yield f"{block.style.name}：{paragraph_text(block._p)}"
    for part in sorted(document.part.package.iter_parts(), key=lambda part: part.partname):
        if part.partname.startswith("/word/charts/chart"):
            yield from chart_lines(part.partname, part.blob)


def chart_lines(name: str, part: bytes) -> Iterator[str]:
    """What a chart shows, series by series: its name, categories, values and labels; and all else by its digest."""
    root = etree.fromstring(part)
    yield f"图 {name.rpartition('/')[2]}"
    for series in root.iter("{*}ser"):
        kept = [[v.text for v in series.iterfind(f"{{*}}{axis}//{{*}}v")] for axis in ("tx", "cat", "val")]
        labels = ["".join(t.text or "" for t in label.iter("{*}t")) for label in series.iter("{*}dLbl")]
        yield f"  {kept} {labels}"
    for element in [*root.iter("{*}v"), *root.iter("{*}t")]:
        element.text = ""
    yield f"  ~{digest(etree.tostring(root, method='c14n'))}"


def paragraph_text(paragraph: docx.oxml.CT_P) -> str:
    """Its text; runs with properties of their own in braces, fields and bookmarks by what they say."""
    out = []
    for element in paragraph.iter(qn("w:t"), qn("w:br"), qn("w:tab"), qn("w:instrText"), qn("w:bookmarkStart")):
        tag = element.tag.rpartition("}")[2]
        look = element.getparent().find(qn("w:rPr"))
        text = {"br": "⏎", "tab": "⇥", "bookmarkStart": f"‹{element.get(qn('w:name'))}›"}.get(tag, element.text or "")
        if tag == "instrText":
            text = f"‹{text.strip()}›"
        out.append(f"{{{text}}}" if look is not None and len(look) else text)
    return "".join(out).replace("}{", "")


def table_lines(table: Table) -> Iterator[str]:
    grid = [c.get(qn("w:w")) for c in table._tbl.tblGrid]
    yield f"表 {digest(docx.oxml.xmlchemy.serialize_for_reading(table._tbl.tblPr))} 栏 {' '.join(grid)}"
    for row in table._tbl.tr_lst:
        texts = "｜".join("".join(map(paragraph_text, cell.p_lst)).strip("{}") for cell in row.tc_lst)
        head = "头" if row.trPr is not None and row.trPr.find(qn("w:tblHeader")) is not None else ""
        yield f"  {head}[{row.trHeight_val or ''}] {texts}  ~{digest(*map(word_look, row.tc_lst))}"


def word_look(cell: docx.oxml.table.CT_Tc) -> list[str]:
    """What a cell looks like, but for its text."""
    looks = [cell.tcPr, *(p.pPr for p in cell.p_lst), *(r.rPr for r in cell.iter(qn("w:r")))]
    return [docx.oxml.xmlchemy.serialize_for_reading(e) for e in looks if e is not None]


def file_of(name: str) -> Path:
    return FOLDER / f"{name}.txt"


def main() -> None:
    for name, path in CASES.items():
        file_of(name).write_text("\n".join(outline(packet_of(path))) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
