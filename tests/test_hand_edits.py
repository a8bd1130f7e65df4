"""Files that somebody edited since they were built: told apart from our own older output, and never lost."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import docx
import openpyxl
import pytest

from budgetgen import build
from budgetgen.cli.app import main
from budgetgen.figures import Figure
from budgetgen.model.accounts import values_in
from budgetgen.money import Amount
from budgetgen.office.package import Package, read_parts, write_package
from budgetgen.pipeline import Built
from budgetgen.reading import load, loads
from budgetgen.template import ParagraphPlace, Printed, Rendered
from budgetgen.verify import read_paragraphs
from budgetgen.verify.changes import State, verdict_of
from budgetgen.verify.lines import read_lines
from budgetgen.verify.marks import PROPERTY, read_marks, with_marks

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
    assert {verdict_of(p.read_bytes()).state for p in first.files} == {State.UNTOUCHED}
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
    assert "改成 “999.99”" in words
    assert f"另存为 {kept.name}" in words
    assert kept.read_bytes() == by_hand
    assert verdict_of(document.read_bytes()).state is State.UNTOUCHED


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
    assert openpyxl.load_workbook(workbook).custom_doc_props[PROPERTY].value
    [words] = told(rebuilt(unit))
    assert "标记丢了" in words
    assert "公开表.改过.xlsx" in words


def test_a_changed_format_alone_is_kept_too(unit: Path) -> None:
    document = file_of(rebuilt(unit), "决算公开.docx")
    changed = docx.Document(str(document))
    changed.paragraphs[0].alignment = 2
    changed.save(str(document))
    [words] = told(rebuilt(unit))
    assert "正文和表格没有改动" in words


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


# ------------------------------------------------------------------------------------------------- what files carry


def test_a_file_carries_every_figure_that_it_prints_with_its_text(built: Built) -> None:
    for rendered in (built.packet.workbook, built.packet.document):
        marks = read_marks(with_marks(rendered, "数据"))
        assert marks.input == "数据"
        assert marks.groups == read_marks(with_marks(Rendered(rendered.data, rendered.printed))).groups
        lines = read_lines(rendered.data)
        assert [len(marks.groups[group]) for group in lines] == [len(each) for each in lines.values()]
        assert all(m.still(line) for group in lines for m, line in zip(marks.groups[group], lines[group], strict=True))
        carried = [(m.name, m.text) for lines in marks.groups.values() for line in lines for m in line.marks if m.name]
        printed = [(i.value.name, " ".join(i.text.split())) for i in rendered.printed if isinstance(i.value, Figure)]
        assert sorted(carried) == sorted(printed)


def test_what_a_file_carries_takes_little_of_it(built: Built) -> None:
    for rendered in (built.packet.workbook, built.packet.document):
        marked = with_marks(rendered)
        [item] = [part for part in Package(marked) if part == "customXml/item1.xml"]
        assert len(Package(marked).packed(item)) < 0.09 * len(rendered.data)


def test_a_file_is_read_alike_by_its_bytes_and_by_its_tree(built: Built) -> None:
    for rendered in (built.packet.workbook, built.packet.document):
        parts = read_parts(rendered.data)
        odd = write_package({n: d.replace(b"?>", b"?><!-- -->", 1) for n, d in parts.items()})
        plain, tree = (
            [(ln.group, ln.at, ln.sentence, ln.cells) for group in read_lines(data).values() for ln in group]
            for data in (rendered.data, odd)
        )
        assert plain == tree


def test_a_published_document_tells_by_its_marks_what_its_tables_do_not(built: Built, example: Path) -> None:
    stated = {h.path: h.value for h in values_in(load(example).accounts)}
    rendered = built.packet.document
    bare = loads(rendered.data, "文本.docx")
    told = loads(with_marks(rendered), "文本.docx")
    assert len(bare.pending) > 3 * len(told.pending)
    assert "机关运行经费.决算" in {*bare.pending} - {*told.pending}
    wrong = [
        (held.path, held.value)
        for held in values_in(told.accounts)
        if held.path not in told.pending
        and isinstance(held.value, Amount | int)
        and abs(held.value - stated[held.path]) > 50
    ]
    assert wrong == []


# ---------------------------------------------------------------------------------------------- what a hand changed

LINES = """
<w:p><w:r><w:t>一、收入情况说明</w:t></w:r></w:p>
<w:p><w:r><w:t>本年收入840.70万元，比上年增加3.20万元，增长0.38%。支出840.70万元。主要是人员减少。</w:t></w:r></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>公开05表</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>决算数</w:t></w:r></w:p></w:tc></w:tr>
<w:tr><w:tc><w:p><w:r><w:t>教育支出</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>12.00</w:t></w:r></w:p></w:tc></w:tr>
<w:tr><w:tc><w:p><w:r><w:t>卫生支出</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>30.50</w:t></w:r></w:p></w:tc></w:tr>
<w:tr><w:tc><w:p><w:r><w:t>住房支出</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>
"""
FIGURES = {
    (1, "840.70", 0): "收入.合计", (1, "3.20", 0): "收入.较上年.额", (1, "0.38", 0): "收入.较上年.率",
    (1, "840.70", 1): "支出.合计", (5, "12.00", 0): "支出.类[205].合计", (7, "30.50", 0): "支出.类[210].合计",
    (9, "", 0): "支出.类[221].合计",
}  # fmt: skip


def document(body: str) -> bytes:
    space = "http://schemas.openxmlformats.org"
    types = f'<Types xmlns="{space}/package/2006/content-types"><Default Extension="rels" ContentType="r"/></Types>'
    relations = f'<Relationships xmlns="{space}/package/2006/relationships"/>'
    return write_package(
        {
            "[Content_Types].xml": types.encode(),
            "_rels/.rels": relations.encode(),
            "word/document.xml": f'<w:document xmlns:w="{space}/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>'.encode(),
        }
    )


def written() -> bytes:
    data, printed = document(LINES), []
    texts = read_paragraphs(data)
    for (paragraph, text, nth), name in FIGURES.items():
        start = [m.start() for m in re.finditer(re.escape(text), texts[paragraph])][nth]
        place = ParagraphPlace("word/document.xml", paragraph, start, start + len(text))
        printed.append(Printed(place, Figure(name, Decimal(0)), text))
    return with_marks(Rendered(data, tuple(printed)))


def row(label: str, amount: str) -> str:
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    return f"<w:tr>{cell.format(label)}{cell.format(amount)}</w:tr>"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("840.70万元，比", "840.7万元，比", ["数 收入.合计 840.70→840.7"]),
        ("支出840.70", "支出1840.70", ["数 支出.合计 840.70→1840.70"]),
        ("比上年增加3.20", "比上年减少3.20", ["增减  增加→减少"]),
        ("增加3.20万元，增长", "减少2.20万元，增长", ["增减  增加→减少", "数 收入.较上年.额 3.20→2.20"]),
        ("主要是人员", "主要是在职人员", ["文字  →主要是在职人员减少。"]),
        ("本年收入", "2024年收入", ["文字  →2024年收入840.70万元，比上年增加3.20万元，增长0.38%。"]),
        ("支出840.70万元。", "", ["删去 支出.合计 840.70→"]),
        ("支出840.70万元。", "支出840.70万元。没有结余5.00万元。", ["增加  →没有结余5.00万元。"]),
        (row("教育支出", "12.00"), "", ["删去 支出.类[205].合计 12.00→"]),
        (row("教育支出", "12.00"), row("教育支出", "12.00") * 2, ["增加  →教育支出 12.00"]),
        (row("教育支出", "12.00"), "<w:tr><w:tc><w:p><w:r><w:t>教育支出</w:t></w:r></w:p></w:tc></w:tr>", ["数 支出.类[205].合计 12.00→"]),
        ("30.50", "", ["数 支出.类[210].合计 30.50→"]),
        ("<w:p/>", "<w:p><w:r><w:t>0.50</w:t></w:r></w:p>", ["数 支出.类[221].合计 →0.50"]),
        ("卫生支出", "卫生健康支出", ["文字  →卫生健康支出 30.50"]),
        ("<w:r><w:t>一、收入", '<w:r><w:t xml:space="preserve"> 一、</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>收入', []),
    ],
)  # fmt: skip
def test_each_change_is_told_and_nothing_else(old: str, new: str, expected: list[str]) -> None:
    parts = read_parts(written())
    text = parts["word/document.xml"].decode()
    parts["word/document.xml"] = text.replace(old, new, 1).encode()
    verdict = verdict_of(write_package(parts))
    assert [f"{c.what.value} {c.name} {c.then}→{c.now}" for c in verdict.changes] == expected
    assert verdict.state is (State.CHANGED if expected else State.RESAVED)


def test_a_change_is_placed_in_words_of_tables_and_headings() -> None:
    parts = read_parts(written())
    text = parts["word/document.xml"].decode().replace("支出840.70", "支出1.70").replace("30.50", "31.50")
    parts["word/document.xml"] = text.encode()
    assert [str(c) for c in verdict_of(write_package(parts)).changes] == [
        "一、收入情况说明 第1段“本年收入840.70…” 第2句：“840.70” 改成 “1.70”",
        "公开05表 第3行“卫生支出” 决算数：“30.50” 改成 “31.50”",
    ]


def test_verify_tells_and_ends_as_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = written()
    parts = read_parts(data)
    changed = {**parts, "word/document.xml": parts["word/document.xml"].replace(b"30.50", b"31.50")}
    lost = {n: d for n, d in parts.items() if not n.startswith("customXml/")}
    files = {
        "原样.docx": data,
        "改过.docx": write_package(changed),
        "丢了.docx": write_package(lost),
        "坏的.docx": b"PK",
    }
    said = {}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SystemExit) as end:
            main(["verify", str(tmp_path / name)])
        said[name] = end.value.code, capsys.readouterr().out.replace(str(tmp_path), "")
    assert said["原样.docx"] == (0, "/原样.docx：没有改动。\n")
    assert said["改过.docx"][0] == 1
    assert said["改过.docx"][1].startswith("/改过.docx：有改动 1 处。\n  1. ")
    assert said["丢了.docx"] == (2, f"/丢了.docx：{State.LOST.value}。\n")
    assert said["坏的.docx"] == (2, "/坏的.docx：读不出来（文件坏了，不是完好的压缩包）。\n")


def test_without_marks_a_file_carries_nothing_and_is_replaced_by_its_like(unit: Path) -> None:
    for _ in range(2):
        built = build(unit, unit.parent / "包", force=True, marks=False)
        assert told(built) == []
    assert {verdict_of(p.read_bytes()).state for p in built.files} == {State.UNMARKED}


@pytest.mark.outside
def test_edits_are_told_when_libreoffice_saves_the_file_again(soffice: str) -> None:
    """Half of the edited files go through LibreOffice; all numbers and words of direction that changed are told, no others."""
    script = Path(__file__).parent.parent / "benchmarks" / "hand_edits.py"
    done = subprocess.run([sys.executable, str(script), "--edits", "80", "--seed", "4"], capture_output=True, text=True, encoding="utf-8", check=False)  # fmt: skip
    assert soffice
    assert done.returncode == 0, done.stdout + done.stderr
    assert "80 edits in" in done.stdout


@pytest.mark.parametrize(
    "spoil",
    [
        lambda xml: xml[: len(xml) // 2],
        lambda xml: xml.replace(b"<texts>", b"<texts>\n\n"),
        lambda xml: re.sub(rb"<texts>.*</texts>", b"<texts/>", xml, flags=re.DOTALL),
        lambda xml: re.sub(rb"<forms>.*</forms>", b"<forms/>", xml, flags=re.DOTALL),
        lambda xml: xml.replace(b"\n0", b"\n99999999999999999999"),
        lambda xml: re.sub(rb"(<in [^>]*>)[^<]*", rb"\1?", xml),
    ],
)
def test_damaged_marks_are_told_in_a_sentence(spoil: Callable[[bytes], bytes]) -> None:
    parts = read_parts(written())
    parts["word/document.xml"] = parts["word/document.xml"].replace(b"30.50", b"31.50")
    parts["customXml/item1.xml"] = spoil(parts["customXml/item1.xml"])
    verdict = verdict_of(write_package(parts))
    assert verdict.state in (State.UNREADABLE, State.CHANGED)
    assert verdict.words
