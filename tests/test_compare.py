"""What differs between two inputs, two packets, an input and a packet: told by figures, sentences, cells, and why."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from budgetgen import build
from budgetgen.cli.app import main
from budgetgen.compare import Difference, Side, TextChange, as_shown, compare, read_side
from budgetgen.office.package import read_parts, write_package
from tests.drawn_pdf import Sheet, drawn

UNIT = Path(__file__).parent.parent / "examples" / "performance-2020" / "unit.yaml"
CHANGES = {"执行: 848.63": "执行: 838.63", "在职人数: 23": "在职人数: 24", "正处级行政机关": "正处级机关"}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same unit twice: in the second an amount, a count and a word are others."""
    old, new = (tmp_path_factory.mktemp(name) / "unit.yaml" for name in ("before", "after"))
    text = UNIT.read_text(encoding="utf-8")
    old.write_text(text, encoding="utf-8")
    for before, after in CHANGES.items():
        assert before in text
        text = text.replace(before, after)
    new.write_text(text, encoding="utf-8")
    return old, new


@pytest.fixture(scope="module")
def packets(inputs: tuple[Path, Path]) -> tuple[Path, Path]:
    """The packets of both, the second without marks: a stranger's."""
    folders = tuple(path.parent / "包" for path in inputs)
    for path, folder, marks in zip(inputs, folders, (True, False), strict=True):
        assert build(path, folder, marks=marks).files
    return folders


FIGURES = [
    "整体支出自评表 第4行“合计” 全年执行数（F4）：848.63→838.63",
    "整体支出自评表 第4行“合计” 执行率（H4）：100.00%→98.82%",
    "整体支出自评表 第4行“合计” 得分（分值×执行率）（I4）：10.00→9.88",
    "整体支出自评表 第20行“总分” 得分（H20）：100→99.88",
    "（三）人员编制情况 第1段“2020年末，我室实…”“…我室实有在职人员24人，…”：23→24",
]


def figures(found: Difference) -> list[str]:
    return [f"{f.where}：{f.old}→{f.new}" for f in found.figures]


def test_two_inputs_differ_in_figures_which_know_why(inputs: tuple[Path, Path]) -> None:
    old, new = map(read_side, inputs)
    assert not compare(old, old)
    found = compare(old, new)
    assert figures(found) == FIGURES
    assert [[i.words.rpartition("·")[2] for i in f.why] for f in found.figures] == [["全年执行数"]] * 4 + [["在职人数"]]
    assert [(i.old, i.new) for i in found.inputs] == [
        ("市委主管的正处级行政机关", "市委主管的正处级机关"),
        ("23", "24"),
        ("848.63 万元", "838.63 万元"),
    ]
    assert [[p for p in s.pieces() if p[0]] for s in found.sentences] == [[("-", "行政")], [("-", "23"), ("+", "24")]]


def test_an_input_and_its_own_packet_do_not_differ(inputs: tuple[Path, Path], packets: tuple[Path, Path]) -> None:
    side = read_side(inputs[0])
    assert not compare(side, read_side(packets[0]))
    assert [compare(side, read_side(p)).missing for p in sorted(packets[0].iterdir())] == [[], []]


def test_a_packet_with_marks_and_another_input_differ_by_name(
    inputs: tuple[Path, Path], packets: tuple[Path, Path]
) -> None:
    found = compare(read_side(packets[0]), read_side(inputs[1]))
    assert figures(found) == FIGURES
    assert all(f.why == () for f in found.figures)


def test_a_packet_of_a_stranger_differs_by_where_its_numbers_stand(packets: tuple[Path, Path]) -> None:
    found = compare(*map(read_side, packets))
    assert [(f.old, f.new) for f in found.figures if "全年执行数（F4）" in f.where] == [("848.63", "838.63")]
    neither = compare(
        *(
            Side(s.title, {t: [p.__class__(p.line, {}, p.where) for p in g] for t, g in s.groups.items()})
            for s in map(read_side, packets)
        )
    )
    assert not neither.figures
    assert ("848.63", "838.63") in {(c.old, c.new) for c in neither.cells}


def test_a_row_and_a_sentence_more_are_told_as_such(packets: tuple[Path, Path], tmp_path: Path) -> None:
    document = next(p for p in packets[0].iterdir() if p.suffix == ".docx")
    parts = read_parts(document.read_bytes())
    text = parts["word/document.xml"].decode()
    row = text[text.rindex("<w:tr>") : text.rindex("</w:tr>") + len("</w:tr>")]
    text = text.replace("退休人员7人；", "退休人员7人；离休人员1人；", 1).replace(row, row * 2, 1)
    parts["word/document.xml"] = text.encode()
    other = tmp_path / document.name
    other.write_bytes(write_package(parts))
    found = compare(read_side(document), read_side(other))
    assert [(s.old, s.new) for s in found.sentences] == [("", "离休人员1人；")]
    assert [bool(c.old) for c in found.cells] == [False]
    assert not found.figures


def test_pdfs_are_held_against_each_other_by_sentences_and_rows(tmp_path: Path) -> None:
    pytest.importorskip("pdfplumber")

    def drawn_file(name: str, total: str, road: str) -> Path:
        rows = [["项目", "决算数"], ["教育支出", "12.00"], ["道路支出", road]]
        sheet = (
            Sheet()
            .text(20, 20, "一、收入支出情况")
            .text(20, 40, f"本年收入{total}万元。")
            .table(20, 80, [80, 60], rows)
        )
        path = tmp_path / name
        path.write_bytes(drawn(sheet))
        return path

    found = compare(
        read_side(drawn_file("旧.pdf", "840.70", "3.00")), read_side(drawn_file("新.pdf", "850.70", "4.00"))
    )
    assert [(s.old, s.new) for s in found.sentences] == [("本年收入840.70万元。", "本年收入850.70万元。")]
    assert [(c.where, c.old, c.new) for c in found.cells] == [
        ("第1页 第1个表格 第3行“道路支出”", "道路支出 3.00", "道路支出 4.00")
    ]


def test_words_are_marked_and_numbers_stay_whole() -> None:
    change = TextChange("", "收入840.70万元，增加3.20万元。", "收入850.70万元，减少3.20万元。")
    assert change.pieces() == [
        ("", "收入"), ("-", "840.70"), ("+", "850.70"), ("", "万元，"), ("-", "增加"), ("+", "减少"), ("", "3.20万元。"),
    ]  # fmt: skip


@pytest.mark.parametrize(("held", "shown"), [("840.698", "840.70"), ("840.7", "840.7"), ("12", "12"), ("无", "无")])
def test_a_number_is_told_at_the_digits_that_are_shown(held: str, shown: str) -> None:
    assert as_shown(held) == shown


def run(*arguments: object) -> object:
    with pytest.raises(SystemExit) as end:
        main([str(a) for a in arguments])
    return end.value.code


def test_the_command_says_it_as_text_page_and_workbook(
    inputs: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("diff", *inputs) == 1
    text = capsys.readouterr().out
    assert "不同的有 数 5 个、句子 2 句、表格 4 格、数据 3 处。" in text
    assert "848.63 → 838.63，因为改了 绩效自评·整体支出绩效自评·资金·全年执行数" in text
    assert "正处级［-行政］机关" in text
    page, book = tmp_path / "比较.html", tmp_path / "比较.xlsx"
    assert run("diff", *inputs, "-o", page) == run("diff", *inputs, "-o", book) == 1
    assert "正处级<del>行政</del>机关" in page.read_text(encoding="utf-8")
    assert [
        row[:3] for row in openpyxl.load_workbook(book)["数"].iter_rows(min_row=2, max_row=2, values_only=True)
    ] == [("整体支出自评表 第4行“合计” 全年执行数（F4）", "848.63", "838.63")]
    assert run("diff", inputs[0], inputs[0]) == 0
    assert run("diff", inputs[0], tmp_path / "没有.yaml") == 2


def test_verify_with_an_input_tells_what_a_new_build_would_print(
    inputs: tuple[Path, Path], packets: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("verify", packets[0], "--input", inputs[0]) == 0
    assert capsys.readouterr().out.count("重新生成，与它相同") == 2
    assert run("verify", packets[0], "--input", inputs[1]) == 0
    assert "全年执行数（F4）：848.63 → 838.63" in capsys.readouterr().out
