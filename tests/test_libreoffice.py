"""What LibreOffice makes of the files: opened without repair, printed page by page."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from budgetgen.packet import pages
from budgetgen.pipeline import Built, build

CASES = Path(__file__).parent / "cases"
EXAMPLES = Path(__file__).parent.parent / "examples"
A4_LANDSCAPE = (842, 595)


def run(*command: str | Path) -> str:
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, encoding="utf-8", timeout=180, check=True
    )
    return done.stdout


def to_pdf(soffice: str, folder: Path, *files: Path) -> list[Path]:
    profile = (folder / "lo").as_uri()
    run(soffice, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", "--outdir", folder, *files)
    return [folder / f"{f.stem}.pdf" for f in files]


UNITS = {
    "example": (EXAMPLES / "tianyuan-party-office" / "unit.yaml", "tianyuan", 9),
    "everything": (CASES / "everything.yaml", "tianyuan", 9),
    "charts": (EXAMPLES / "invented-water-bureau" / "unit.yaml", "sichuan", 13),
}
"""What is printed: the input, its 版式, and how many tables that has."""


@pytest.fixture(scope="module", params=UNITS)
def printed(
    request: pytest.FixtureRequest, soffice: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Built, Path, Path]:
    """A packet and its two files as PDF; digits as wide as in the fonts that are here."""
    if not shutil.which("pdftotext"):
        pytest.skip("poppler (pdftotext, pdfinfo) is not installed")
    source, profile, _ = UNITS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "LATIN_WIDTH", 0.55)  # the fonts that stand in for 仿宋 have wider digits
        built = build(source, folder, profile=profile)
    workbook, document = to_pdf(soffice, folder, *built.files[:2])
    return built, workbook, document


def page_texts(pdf: Path) -> list[str]:
    return [re.sub(r"\s+", "", p) for p in run("pdftotext", pdf, "-").split("\f")[:-1]]


def page_sizes(pdf: Path) -> list[tuple[int, int]]:
    info = run("pdfinfo", "-f", "1", "-l", "999", pdf)
    return [(round(float(w)), round(float(h))) for w, h in re.findall(r"size:\s+([\d.]+) x ([\d.]+)", info)]


def test_each_table_fits_the_width_of_its_page(
    request: pytest.FixtureRequest, printed: tuple[Built, Path, Path]
) -> None:
    _, workbook, _ = printed
    tables = UNITS[request.node.callspec.params["printed"]][2]
    texts, sizes = page_texts(workbook), page_sizes(workbook)
    assert set(sizes) == {A4_LANDSCAPE}
    # A table cut in width would give pages without its title rows, which are repeated on every page.
    told = [re.findall(r"公开(\d\d)表", text) for text in texts]
    assert sorted({number for (number,) in told}) == [f"{n:02}" for n in range(1, tables + 1)]
    assert len(texts) <= tables + 1
    assert not any("###" in text for text in texts)


def test_contents_name_the_page_on_which_each_heading_stands(printed: tuple[Built, Path, Path]) -> None:
    """Pages are counted, not laid out: where the fonts differ a heading near a page's edge may be one page off."""
    _, _, document = printed
    texts = page_texts(document)
    entries = re.findall(r"([^.]+?)\.{3,}(\d+)", re.sub("^目录(公开时间：.*?日)?", "", texts[1]))
    assert len(entries) > 25
    off = []
    for title, number in entries:
        stands_on = [n for n, text in enumerate(texts) if n > 1 and title in text]
        assert {int(number) - 1, int(number), int(number) + 1} & set(stands_on), title
        if int(number) not in stands_on:  # the cover has no number, so page 1 is the second
            off.append(title)
    assert len(off) <= len(entries) // 10, off


def test_tables_stand_on_landscape_pages_and_prose_on_portrait_ones(printed: tuple[Built, Path, Path]) -> None:
    _, _, document = printed
    annexed = False  # the score tables are the last part, and run over several pages
    for text, size in zip(page_texts(document), page_sizes(document), strict=True):
        annexed = annexed or bool(re.match(r"附件\d", text))
        assert (size == A4_LANDSCAPE) == (annexed or bool(re.search(r"公开\d\d表", text))), text[:40]
    assert annexed == any("自评表" in file.name for file in printed[0].files)


def test_no_heading_stands_alone_at_the_foot_of_a_page(printed: tuple[Built, Path, Path]) -> None:
    _, _, document = printed
    pages_of_prose = [
        t for t in run("pdftotext", "-layout", document, "-").split("\f") if not re.search(r"公开\d\d", t)
    ]
    for text in pages_of_prose[3:]:
        lines = [s for line in text.splitlines() if (s := line.strip()) and not re.fullmatch(r"— ?\d+ ?—", s)]
        if len(lines) > 3:
            assert not re.match(r"([一二三四五六七八九十]+、|（[一二三]）)[^，。]{4,30}$", lines[-1]), lines[-1]


def test_libreoffice_reads_the_same_numbers(soffice: str, built: Built, tmp_path: Path) -> None:
    import openpyxl

    source = built.files[0]
    profile = (tmp_path / "lo").as_uri()
    run(
        soffice,
        f"-env:UserInstallation={profile}",
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
        "--outdir",
        tmp_path,
        source,
    )
    ours, theirs = openpyxl.load_workbook(source), openpyxl.load_workbook(tmp_path / source.name)
    assert ours.sheetnames == theirs.sheetnames
    for sheet in ours:
        other = theirs[sheet.title]
        assert {str(m) for m in sheet.merged_cells.ranges} == {str(m) for m in other.merged_cells.ranges}
        for row in sheet.iter_rows():
            for cell in row:
                found = other[cell.coordinate].value
                if isinstance(cell.value, int | float):
                    assert found == pytest.approx(cell.value), cell
                else:
                    assert (found or "") == (cell.value or ""), cell
