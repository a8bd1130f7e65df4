"""草稿 on every page of a draft."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from budgetgen.packet.stamp import stamped
from budgetgen.pipeline import Examined, examine
from budgetgen.verify.lines import read_lines

CASES = Path(__file__).parent.parent / "cases"


@pytest.fixture(scope="module")
def seen() -> Examined:
    return examine(CASES / "nothing.yaml")


@pytest.fixture(scope="module")
def packet(seen):
    assert seen.packet is not None
    return seen.packet


def parts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {n: file.read(n).decode() for n in file.namelist()}


def test_a_document_has_it_in_a_header_of_its_first_section(packet) -> None:
    found = parts(stamped(packet.document).data)
    (header,) = [n for n in found if n.startswith("word/header")]
    assert 'string="草稿"' in found[header]
    assert found["word/document.xml"].count("<w:headerReference ") == 1
    first = found["word/document.xml"].index("<w:sectPr")
    assert found["word/document.xml"].index("<w:headerReference ") - first < 20


def test_every_worksheet_has_it_in_its_header(packet) -> None:
    found = parts(stamped(packet.workbook).data)
    sheets = [text for name, text in found.items() if name.startswith("xl/worksheets/")]
    assert len(sheets) == 9
    assert all("<oddHeader>&amp;L&amp;16&amp;K808080草稿</oddHeader><oddFooter>" in sheet for sheet in sheets)


def words_of(data: bytes) -> list[str]:
    return [line.words for lines in read_lines(data).values() for line in lines]


def test_a_draft_prints_the_same(packet) -> None:
    for rendered in packet.files.values():
        draft = stamped(rendered)
        assert draft.printed == rendered.printed
        assert stamped(rendered).data == draft.data
        assert words_of(draft.data) == words_of(rendered.data)
