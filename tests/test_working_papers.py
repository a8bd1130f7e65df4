"""底稿: comments over exactly what was printed, formulas that give the figures again."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from budgetgen.office.package import BOOK, DOCUMENT, ChangedParts, Package
from budgetgen.pipeline import Built, build
from budgetgen.template import CellPlace, ParagraphPlace, Rendered
from budgetgen.verify import read_cells, read_paragraphs
from budgetgen.working_papers import working_paper, write_working_papers

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture(scope="module")
def papers(built: Built) -> dict[str, tuple[Rendered, bytes]]:
    assert built.packet
    assert built.loaded
    loaded = built.loaded
    return {file.label: (r, working_paper(r, loaded)) for file, r in built.packet.files.items()}


def books(papers: dict[str, tuple[Rendered, bytes]]) -> Iterator[tuple[Rendered, bytes]]:
    return ((r, data) for r, data in papers.values() if BOOK in Package(data))


def formulas(data: bytes) -> dict[CellPlace, str]:
    book = load_workbook(BytesIO(data))
    cells = ((sheet, cell) for sheet in book for row in sheet.iter_rows() for cell in row)
    return {CellPlace(s.title, c.coordinate): str(c.value) for s, c in cells if c.data_type == "f"}


def added_up(formula: str, at: CellPlace, numbers: dict[tuple[str, str], Decimal]) -> Decimal:
    """The value of a formula of ours over the numbers that the cells hold."""

    def terms() -> Iterator[Decimal]:
        pattern = r"([-+]?)(?:'([^']+)'!)?([A-Z]+)(\d+)(?::[A-Z]+(\d+))?([*/]10000)?"
        for sign, sheet, column, first, last, unit in re.findall(pattern, formula.removeprefix("=SUM")):
            rows = range(int(first), int(last or first) + 1)
            value = sum((numbers.get((sheet or at.sheet, f"{column}{r}"), Decimal(0)) for r in rows), Decimal(0))
            factor = {"*10000": Decimal(10000), "/10000": Decimal("0.0001")}.get(unit, Decimal(1))
            yield value * factor * (-1 if sign == "-" else 1)

    return sum(terms(), Decimal(0))


def test_totals_are_formulas_over_the_cells_that_they_add_up(papers: dict[str, tuple[Rendered, bytes]]) -> None:
    table = formulas(papers["公开表"][1])
    assert table[CellPlace("公开02", "C7")] == "=SUM(C8:C22)"
    assert table[CellPlace("公开01", "C16")] == "=C7"
    assert table[CellPlace("公开05", "E9")] == "='公开03'!C9"
    assert table[CellPlace("公开04", "F20")] == "=SUM(F7:F12)"


def test_formulas_give_what_the_cells_show(papers: dict[str, tuple[Rendered, bytes]]) -> None:
    for rendered, data in books(papers):
        found = formulas(data)
        texts = read_cells(rendered.data).items()
        numbers = {place: Decimal(t) for place, t in texts if re.fullmatch(r"-?\d+(\.\d+)?", t)}
        assert found
        for place, formula in found.items():
            assert added_up(formula, place, numbers) == numbers[place], (place, formula)


def test_a_cell_that_was_a_formula_already_shows_the_same(papers: dict[str, tuple[Rendered, bytes]]) -> None:
    for rendered, data in books(papers):
        assert read_cells(data) == read_cells(rendered.data)


def test_notes_say_the_operation_and_the_lines_of_the_input(papers: dict[str, tuple[Rendered, bytes]]) -> None:
    sheet = load_workbook(BytesIO(papers["公开表"][1]))["公开02"]
    note = sheet["C7"].comment
    assert note
    assert note.author == "底稿"
    name, operation, data = str(note.text).splitlines()
    assert name == "本年收入·本年收入合计 840.698 万元"
    assert operation.startswith("合计：")
    assert "unit.yaml:45、50、" in data


def test_every_number_of_the_document_is_commented_on_where_it_stands(
    papers: dict[str, tuple[Rendered, bytes]],
) -> None:
    rendered, data = papers["公开文本"]
    assert read_paragraphs(data) == read_paragraphs(rendered.data)
    Document(BytesIO(data))
    root, comments = Package(data).root(DOCUMENT), Package(data).root("word/comments.xml")
    words = {c.get(f"{W}id"): "".join(t.text or "" for t in c.iter(f"{W}t")) for c in comments}
    covered: dict[int, list[tuple[int, int, str]]] = {}
    for number, paragraph in enumerate(root.iter(f"{W}p")):
        at, begun = 0, {}
        for node in paragraph.iter(f"{W}commentRangeStart", f"{W}commentRangeEnd", f"{W}t", f"{W}tab", f"{W}br"):
            if node.tag == f"{W}commentRangeStart":
                begun[node.get(f"{W}id")] = at
            elif node.tag == f"{W}commentRangeEnd":
                name = str(node.get(f"{W}id"))
                covered.setdefault(number, []).append((begun[name], at, words[name]))
            elif node.getparent().tag == f"{W}r":
                at += len(node.text or "") if node.tag == f"{W}t" else 1
    places = [i for i in rendered.printed if isinstance(i.place, ParagraphPlace) and i.value.operands]  # type: ignore[union-attr]
    assert places
    for item in places:
        assert isinstance(item.place, ParagraphPlace)
        assert any(s <= item.place.start and item.place.end <= e for s, e, _ in covered[item.place.paragraph]), item
    assert all(a[1] <= b[0] for found in covered.values() for a, b in pairwise(found))


def test_the_files_are_written_beside_the_packet(tmp_path: Path) -> None:
    done = build(EXAMPLES / "science-museum-intent" / "unit.yaml", tmp_path)
    names = {p.name for p in write_working_papers(done)}
    assert names == {f"{p.stem}底稿{p.suffix}" for p in done.files}
    assert names <= {p.name for p in tmp_path.iterdir()}


@pytest.mark.outside
@pytest.mark.parametrize("unit", ["tianyuan-party-office", "wanli-street-budget", "municipal-government-office"])
def test_libreoffice_recalculates_the_same(soffice: str, tmp_path: Path, unit: str) -> None:
    """What the formulas had shown is taken out, so that it has to work them out."""
    done = build(EXAMPLES / unit / "unit.yaml", tmp_path / "built")
    assert done.packet
    assert done.loaded
    shown = {}
    for n, rendered in enumerate(done.packet.files.values()):
        data = working_paper(rendered, done.loaded)
        if BOOK not in Package(data):
            continue
        changed = ChangedParts(Package(data))
        for part in (p for p in Package(data) if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", p)):
            for cell in changed.root(part).iter(f"{S}c"):
                if cell.find(f"{S}f") is not None and (value := cell.find(f"{S}v")) is not None:
                    cell.remove(value)
        (tmp_path / f"{n}.xlsx").write_bytes(changed.whole())
        shown[n] = rendered
    command = [soffice, f"-env:UserInstallation={(tmp_path / 'lo').as_uri()}", "--headless", "--convert-to", "xlsx"]
    files = [str(tmp_path / f"{n}.xlsx") for n in shown]
    subprocess.run([*command, "--outdir", str(tmp_path / "out"), *files], check=True, timeout=180, capture_output=True)
    for n, rendered in shown.items():
        book = load_workbook(tmp_path / "out" / f"{n}.xlsx", data_only=True)
        for (sheet, cell), text in read_cells(rendered.data).items():
            if re.fullmatch(r"-?\d+(\.\d+)?", text):
                assert abs(Decimal(str(book[sheet][cell].value)) - Decimal(text)) < Decimal("1e-8"), (sheet, cell)
