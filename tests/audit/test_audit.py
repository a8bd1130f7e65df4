"""A packet of our own is clean; one thing changed in it is one finding, where it was changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.document import Document as Doc

from budgetgen.audit import audit_file
from budgetgen.pipeline import build
from tests.shared import SHARED

ROOT = Path(__file__).parent.parent.parent
Change = Callable[[Doc], None]


@pytest.fixture(scope="module")
def packet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packet")
    build(ROOT / "examples" / "tianyuan-party-office" / "unit.yaml", folder)
    return next(folder.glob("*决算公开.docx"))


def grave(path: Path) -> list[dict[str, Any]]:
    return [f for f in audit_file(path) if f["level"] in ("错误", "疑点")]


def written(old: str, new: str, *, last: bool = False) -> Change:
    """A change of the first paragraph that says `old`, or of the last."""

    def change(document: Doc) -> None:
        paragraph = [p for p in document.paragraphs if old in p.text][-1 if last else 0]
        paragraph.text = paragraph.text.replace(old, new, 1)

    return change


def cell(table: int, row: str, column: int, text: str) -> Change:
    def change(document: Doc) -> None:
        line = next(r for r in document.tables[table].rows if r.cells[0].text == row)
        line.cells[column].text = text

    return change


def total_score(old: str, new: str) -> Change:
    def change(document: Doc) -> None:
        rows = [r for t in document.tables for r in t.rows if "总分" in [c.text for c in r.cells]]
        found = [c for r in rows for c in r.cells if c.text == old]
        found[0].text = new

    return change


def without(table: int, row: str) -> Change:
    def change(document: Doc) -> None:
        line = next(r for r in document.tables[table].rows if r.cells[0].text == row)
        line._tr.getparent().remove(line._tr)

    return change


def test_a_packet_of_ours_is_clean(packet: Path) -> None:
    """But for what the unit itself weighed: points under 产出指标（40分） that make 30."""
    assert [f["rule"] for f in grave(packet)] == ["AUDIT-043"]


@pytest.mark.parametrize(
    ("change", "rule", "stated", "expected"),
    [
        (cell(2, "2013102", 2, "93.94"), "AUDIT-", "93.94", "93.49"),
        (cell(4, "合计", 2, ""), "AUDIT-", "空", "840.70"),
        (without(2, "2060199"), "AUDIT-005", "缺行", "1.96"),
        (written("占75.1%", "占85.1%"), "AUDIT-013", "85.1", "75.07%"),
        (written("完成年初预算的87.7%", "完成年初预算的78.7%"), "AUDIT-012", "78.7", "87.66%"),
        (written("支出决算为322.85万元", "支出决算为332.85万元"), "AUDIT-010", "332.85", "322.85"),
        (written("减少12.5%", "减少15.5%"), "AUDIT-016", "15.5", "12.50%"),
        (written("决算数小于年初预算数", "决算数大于年初预算数"), "AUDIT-014", "大于", "小于（145.09<147.2）"),
        (written("增长89.9%", "降低89.9%"), "AUDIT-015", "降低", "同一方向"),
        (written("机要通信用车0辆", "机要通信用车3辆"), "AUDIT-019", "1", "4（各项之和）"),
        (written("截止2024年12月31日", "截止2023年12月31日"), "AUDIT-031", "2023", "2024"),
        (written("2024年度收入合计", "2023年度收入合计"), "AUDIT-031", "2023", "2024"),
        (written("支出决算为322.85万元", "支出决算为322.85元"), "AUDIT-030", "322.85元", "322.85万元"),
        (written("、咨询费、", "、"), "AUDIT-033", "漏列", "咨询费"),
        (written("六、一般公共预算", "八、一般公共预算", last=True), "AUDIT-034", "八", "六（上一节是五）"),
        (total_score("96.77", "96.07"), "AUDIT-041", "96.07", "96.77"),
        (written("其中基本支出631.11万元", "其中基本支出613.11万元"), "AUDIT-020", "613.11", "631.11"),
    ],
)
def test_one_error_is_found(
    packet: Path, tmp_path: Path, change: Change, rule: str, stated: str, expected: str
) -> None:
    document = Document(str(packet))
    change(document)
    path = tmp_path / packet.name
    document.save(str(path))
    found = grave(path)
    first = next((f for f in found if f["stated"] == stated), None)
    assert first is not None, found
    assert str(first["rule"]).startswith(rule)
    assert expected in first["expected"]
    whole = "".join(re.sub(r"\s", "", t) for t in _texts(document))
    assert all(re.sub(r"\s", "", q) in whole for q in first["quote"])


def _texts(document: Doc) -> list[str]:
    lines = (row.tc_lst for table in document.tables for row in table._tbl.tr_lst)
    rows = [" ".join("".join(t.text or "" for t in tc.iter() if t.tag.endswith("}t")) for tc in line) for line in lines]
    return [*(p.text for p in document.paragraphs), *rows]


@pytest.mark.skipif(SHARED is None, reason="the published packets are not here")
def test_what_is_wrong_in_a_published_packet() -> None:
    assert SHARED is not None
    found = grave(SHARED / "audit" / "published" / "003.docx")
    assert ("小于", "大于（185.04>181.11）") in [(f["stated"], f["expected"]) for f in found]
    assert "3647.8" in [f["stated"] for f in found]
