"""The annotated copy: a comment exactly at the words, everything else as it was."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from lxml import etree
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment

from budgetgen.audit import audit
from budgetgen.audit.annotate import annotated
from budgetgen.audit.docx_comments import with_comments
from budgetgen.audit.packets import packets_of, read_packet
from budgetgen.audit.relations import Finding, Side
from budgetgen.audit.remarks import Place, Remark, remarks
from budgetgen.audit.xlsx_notes import with_notes
from budgetgen.office.libreoffice import find_office
from budgetgen.office.package import DOCUMENT, ChangedParts, Package
from budgetgen.published.document import Published, read_published_bytes
from budgetgen.published.grid import Mark
from budgetgen.published.word import text_pieces

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
LINES = ("【错误】占比由两个数算得出（AUDIT-013）", "写的是“70.00”，应当是 60.00%（60/100 < 1 & 2）。")


@pytest.fixture(scope="module")
def document() -> bytes:
    """A sentence in several runs, one of them in a link; a table; a text box."""
    made = Document()
    sentence = made.add_paragraph("支出100.00万元，其中：基本支出60.00万元，占7")
    sentence.add_run("0.0").bold = True
    sentence.add_run("0%；\t项目支出40.00万元。")
    link = parse_xml(f'<w:hyperlink {nsdecls("w")} w:anchor="a"><w:r><w:t>见附表四</w:t></w:r></w:hyperlink>')
    sentence._p.append(link)
    table = made.add_table(1, 2)
    table.cell(0, 0).text = "合计"
    box = made.add_paragraph("框前").add_run()
    box._r.append(
        parse_xml(
            f'<w:pict {nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml"><v:rect style="width:90pt;height:30pt">'
            "<v:textbox><w:txbxContent><w:p><w:r><w:t>框里的字</w:t></w:r></w:p></w:txbxContent></v:textbox>"
            "</v:rect></w:pict>"
        )
    )
    held = BytesIO()
    made.save(held)
    return held.getvalue()


def remark(read: Published, words: str) -> Remark:
    """A remark at the words of a paragraph, or at the cell that says them."""
    for paragraph in read.paragraphs:
        at = paragraph.text.find(words)
        if at >= 0 and words:
            return Remark(Place("", paragraph.mark, at, at + len(words), in_cell=False), "错误", LINES)
    cell = next(c for t in read.tables for row in t.rows for c in row if c.text == words)
    return Remark(Place("", cell.mark, 0, len(words), in_cell=True), "错误", LINES)


def commented(data: bytes) -> Iterator[str]:
    """The words between the beginning and the end of each comment, as Word goes through them."""
    root = Package(data).root(DOCUMENT)
    under: dict[str, str] = {}
    for node in root.iter():
        number = node.get(f"{W}id", "")
        if node.tag == f"{W}commentRangeStart":
            under[number] = ""
        elif node.tag == f"{W}commentRangeEnd":
            yield under.pop(number)
        elif node.tag == f"{W}t":
            under = {k: v + (node.text or "") for k, v in under.items()}
    assert not under


@pytest.mark.parametrize(
    ("words", "under"),
    [
        ("70.00", "70.00"),  # over three runs
        ("支", "支"),  # the first character of the paragraph
        ("60.00", "60.00"),
        ("附表", "附表"),  # in a link
        ("表四", "表四"),
        ("%； 项目", "%；项目"),  # a tab reads as a blank
        ("合计", "合计"),
        ("", ""),  # a blank cell
        ("框前", "框前"),
    ],
)
def test_a_comment_stands_at_the_words(document: bytes, words: str, under: str) -> None:
    read = read_published_bytes(document, "文本.docx")
    marked = with_comments(document, [remark(read, words)])
    assert list(commented(marked)) == [under]
    again = read_published_bytes(marked, "文本.docx")
    assert [p.text for p in again.paragraphs] == [p.text for p in read.paragraphs]
    comments = Package(marked).root("word/comments.xml")
    assert [t.text for t in comments.iter(f"{W}t")] == list(LINES)
    assert len(list(comments.iter(f"{W}br"))) == len(LINES) - 1


def test_a_text_box_is_told_where_it_is_held(document: bytes) -> None:
    root = Package(document).root(DOCUMENT)
    number = next(n for n, p in enumerate(root.iter(f"{W}p")) if "".join(w for _, w in text_pieces(p)) == "框里的字")
    place = Place("", Mark(DOCUMENT, number), 0, 2, in_cell=False)
    marked = with_comments(document, [Remark(place, "错误", LINES)])
    (start,) = Package(marked).root(DOCUMENT).iter(f"{W}commentRangeStart")
    assert [a.tag for a in start.iterancestors()] == [f"{W}p", f"{W}body", f"{W}document"]


def test_a_foot_note_is_told_at_its_mark(document: bytes) -> None:
    changed = ChangedParts(Package(document))
    space = f'xmlns:w="{W[1:-1]}"'
    notes = f"<w:footnotes {space}><w:footnote w:id='1'><w:p><w:r><w:t>注里的字</w:t></w:r></w:p></w:footnote></w:footnotes>"
    changed.root("word/footnotes.xml", notes)
    changed.relate(DOCUMENT, "footnotes", "word/footnotes.xml")
    run = next(r for r in changed.root(DOCUMENT).iter(f"{W}r") if "框前" in "".join(r.itertext()))
    run.addnext(parse_xml(f"<w:r {space}><w:t>前</w:t><w:footnoteReference w:id='1'/></w:r>"))
    place = Place("", Mark("word/footnotes.xml", 0), 0, 2, in_cell=False)
    marked = with_comments(changed.whole(), [Remark(place, "错误", LINES)])
    assert list(commented(marked)) == ["前"]


def test_all_else_stays_as_it_was(document: bytes) -> None:
    """Comments that are there stay; of all parts only those that tell of comments are written again."""
    read = read_published_bytes(document, "文本.docx")
    one = with_comments(document, [remark(read, "70.00")])
    two = with_comments(one, [remark(read_published_bytes(one, "文本.docx"), "60.00")])
    before, after = Package(document), Package(two)
    other = {p for p in after if p not in before or before.packed(p) != after.packed(p)}
    assert other == {DOCUMENT, "word/comments.xml", "word/_rels/document.xml.rels", "[Content_Types].xml"}
    comments = list(after.root("word/comments.xml"))
    assert [c.get(f"{W}id") for c in comments] == ["0", "1"]
    assert sorted(commented(two)) == ["60.00", "70.00"]


def test_many_comments_in_one_paragraph(document: bytes) -> None:
    read = read_published_bytes(document, "文本.docx")
    words = ["40.00", "60.00", "100.00", "70.00", "60.00"]
    assert sorted(commented(with_comments(document, [remark(read, w) for w in words]))) == sorted(words)


@pytest.fixture(scope="module")
def book() -> bytes:
    made = Workbook()
    sheet = made.active
    sheet.title = "公开03"
    sheet["B2"], sheet["C2"], sheet["C3"] = "合计", 93.94, 5
    sheet["B2"].number_format = "@"
    made.create_sheet("另一张")["A1"] = 1
    sheet["C3"].comment = Comment("原来的话", "某人")
    held = BytesIO()
    made.save(held)
    return held.getvalue()


def test_notes_and_colours_of_cells(book: bytes) -> None:
    def at(cell: str, level: str) -> Remark:
        return Remark(Place("", Mark("公开03", cell=cell), 0, 1, in_cell=True), level, LINES)

    marked = with_notes(book, [at("C2", "错误"), at("C3", "疑点"), at("D3", "错误"), at("C2", "提示")])
    sheet = load_workbook(BytesIO(marked))["公开03"]
    said = "\n".join(LINES)
    assert {c: sheet[c].comment.text for c in ("C2", "C3", "D3")} == {
        "C2": f"{said}\n{said}",
        "C3": f"原来的话\n{said}",
        "D3": said,
    }
    fills = {c: sheet[c].fill.fgColor.rgb for c in ("B2", "C2", "C3", "D3")}
    assert fills == {"B2": "00000000", "C2": "FFF8CBAD", "C3": "FFFFE699", "D3": "FFF8CBAD"}
    assert (sheet["C2"].value, sheet["B2"].number_format) == (93.94, "@")
    before, after = Package(book), Package(marked)
    assert before.packed("xl/worksheets/sheet2.xml") == after.packed("xl/worksheets/sheet2.xml")


def test_what_is_told_at_which_place(document: bytes) -> None:
    """At the wrong words all of it, at the other of two places a reference; the same fault elsewhere is numbered."""
    read = read_published_bytes(document, "文本.docx")
    wrong, other = Side("占70.00%", "70.00", "三 第1段", (0, 1, 26)), Side("合计", "合计", "公开03 合计", (1, 0, 0))
    held = Finding(
        "AUDIT-013", "错误", ["占70.00%"], "70.00", "60.00%（60/100）", "三 第1段", [], (0, 1, 26), [wrong, other]
    )
    first, second = remarks(read, [held])
    assert first.lines[1:] == ("写的是“70.00”，应当是 60.00%（60/100）。", "对照 公开03 合计：“合计”")
    assert (read.paragraphs[0].text[first.place.start : first.place.end], second.place.in_cell) == ("70.00", True)
    assert second.lines[1] == "与另一处不符：三 第1段写的是“70.00”（“占70.00%”）。哪一处错，请核对。"

    lacking = Finding("AUDIT-033", "错误", ["支出"], "漏列", "补上 差旅费", "", [], (0, 1, 0))
    (only,) = remarks(read, [lacking])
    assert only.lines[1] == "漏了，应当补上 差旅费。"

    twice = Finding("AUDIT-034", "疑点", ["支出", "支出", "支出"], "支出", "删去填写说明", "", [], (0, 1, 0))
    told = remarks(read, [twice])
    assert [(r.place.start, r.place.end) for r in told] == [(0, 2), (16, 18), (37, 39)]
    assert told[2].lines[1].startswith("同一问题共 3 处，这是第 3 处：写的是“支出”")


@pytest.mark.outside
def test_an_old_file_comes_as_a_new_one(tmp_path: Path) -> None:
    office = find_office()
    if not office:
        pytest.skip("LibreOffice is not installed")
    made = Document()
    for text in (
        "某某县档案馆2024年度部门决算",
        "一、收入支出决算总体情况说明",
        "二、收入决算情况说明",
        "三、支出决算情况说明",
    ):
        made.add_paragraph(text)
    made.add_paragraph("2024年度支出合计100.00万元，其中：基本支出60.00万元，占70.00%；项目支出40.00万元，占40.00%。")
    made.save(str(tmp_path / "文本.docx"))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        office,
        profile,
        "--headless",
        "--convert-to",
        "doc",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "文本.docx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    (source,) = packets_of([tmp_path / "文本.doc"])
    read = read_packet(source)
    found = [f for f in audit(read) if f.rule == "AUDIT-013"]
    ((_, kind, data),) = annotated(source, read, found)
    assert (kind, isinstance(data, bytes) and list(commented(data))) == (".docx", ["70.00"])
    shutil.rmtree(tmp_path / "profile", ignore_errors=True)


@pytest.mark.outside
def test_libreoffice_shows_the_comments(document: bytes, tmp_path: Path) -> None:
    office = find_office()
    if not office:
        pytest.skip("LibreOffice is not installed")
    read = read_published_bytes(document, "文本.docx")
    path = tmp_path / "文本.docx"
    path.write_bytes(with_comments(document, [remark(read, "70.00"), remark(read, "合计")]))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "fodt", "--outdir", str(tmp_path), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    space = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
    found = [
        "".join(p.itertext())
        for a in etree.parse(tmp_path / "文本.fodt").iter(f"{space}annotation")
        for p in a.iter("{urn:oasis:names:tc:opendocument:xmlns:text:1.0}p")
    ]
    assert found == [*LINES, *LINES]
    shutil.rmtree(tmp_path / "profile", ignore_errors=True)
