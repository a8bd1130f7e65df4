"""Last year's packet and the unit's own input beside what was published."""

from __future__ import annotations

from pathlib import Path

import pytest
from docx import Document

from budgetgen.audit import audit_file
from tests.read_back import INPUTS, packet

UNIT = "政研室"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("beside") / "决算公开.docx"
    path.write_bytes(packet(UNIT, "zhuzhou-approval").document.data)
    return path


def changed(path: Path, folder: Path, old: str, new: str) -> Path:
    document = Document(str(path))
    paragraph = next(p for p in document.paragraphs if old in p.text)
    paragraph.text = paragraph.text.replace(old, new, 1)
    document.save(str(folder / path.name))
    return folder / path.name


def rules(found: list[dict[str, object]]) -> set[object]:
    return {f["rule"] for f in found}


def test_a_packet_says_what_its_input_says(published: Path) -> None:
    assert "AUDIT-052" not in rules(audit_file(published, unit=INPUTS[UNIT]))


def test_a_number_that_the_input_has_otherwise(published: Path, tmp_path: Path) -> None:
    """来宾人次 stands nowhere else in the packet: only the input tells."""
    path = changed(published, tmp_path, "来宾107人次", "来宾170人次")
    assert "AUDIT-052" not in rules(audit_file(path))
    found = [f for f in audit_file(path, unit=INPUTS[UNIT]) if f["rule"] == "AUDIT-052"]
    assert [(f["stated"], f["level"]) for f in found] == [("170", "错误")]
    assert "107" in str(found[0]["expected"])


def test_a_change_that_last_year_s_packet_contradicts(published: Path) -> None:
    """This very packet as last year's: whatever is told to have changed has not, and blocks are copied."""
    found = audit_file(published, prior=published)
    assert {"AUDIT-050", "AUDIT-051"} <= rules(found)
    total = next(f for f in found if f["rule"] == "AUDIT-050")
    assert str(total["expected"]).startswith("持平（本年 660.56，上年 660.56")
    assert all("上年公开" not in str(f["where"]) for f in found)
    assert all(q for f in found for q in f["quote"])  # type: ignore[attr-defined]
