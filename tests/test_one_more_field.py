"""A field costs one line and one sentence: form, schema, guide, rules on texts, next year and department follow."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.consolidate.small_department import write_department

ROOT = Path(__file__).parents[1]
LINE = '    more: Prose | None = declare("补充情况", optional=True, note="一句话", next_year=NextYear.EMPTIED)\n'
AFTER = 'class AgencyRunning(Declared, next_year=ASKED, department=SUMMED):\n    """机关运行经费 of 行政 and 参公 units; others state 无."""\n\n'
SENTENCE = "{% if 机关运行经费.补充情况 %}{{ 机关运行经费.补充情况 }}{% endif %}\n"
SCRIPT = """
import sys
from pathlib import Path

from docx import Document
from openpyxl import load_workbook

from budgetgen.convert import convert, new
from budgetgen.form.layout import guide_text
from budgetgen.model.schema import json_schema
from budgetgen.packet.profile_check import check_profile
from budgetgen.layout import read_profile
from budgetgen.packet.unprinted import asks_for
from budgetgen.pipeline import build
from budgetgen.reading import load, read

here = Path(sys.argv[1])
department = Path(sys.argv[2])
assert "补充情况" in json_schema()["$defs"]["AgencyRunning"]["properties"]
assert "| 补充情况 | `机关运行经费.补充情况` |" in guide_text().replace("机关运行经费·补充情况", "补充情况")
(form,) = new(here / "form")
assert any(c.value == "补充情况" for row in load_workbook(form)["文字"].iter_rows() for c in row)
assert not [i for i in check_profile(read_profile("standard")) if i.stops]
assert asks_for(read_profile("standard"), "机关运行经费.补充情况")
built = build(here / "unit.yaml", here / "out", profile="standard")
assert "电话13812345678。" in "".join(p.text for p in Document(str(built.files[1])).paragraphs), built.issues
assert [i.rule for i in built.issues if i.path == "机关运行经费.补充情况"]
rolled, _ = convert(here / "unit.yaml", here / "next.yaml", next_year=True)
assert "# 上年填的“补充情况”：电话13812345678。" in rolled.read_text(encoding="utf-8")
assert load(rolled, unfilled=True).accounts.agency_running.more is None
loaded, _ = read(department)
assert loaded.accounts.agency_running.more == "只有甲站有。"
"""


@pytest.mark.outside
def test_a_field_is_one_line_and_one_sentence(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for folder in ("budgetgen", "templates", "config"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    sections = copy / "budgetgen" / "model" / "sections.py"
    code = sections.read_text(encoding="utf-8")
    assert code.count(AFTER) == 1
    sections.write_text(code.replace(AFTER, AFTER + LINE), encoding="utf-8")
    narrative = copy / "templates" / "docx" / "standard" / "说明" / "机关运行经费.md.j2"
    narrative.write_text(narrative.read_text(encoding="utf-8") + "\n" + SENTENCE, encoding="utf-8")
    unit = tmp_path / "unit.yaml"
    everything = (ROOT / "tests" / "cases" / "everything.yaml").read_text(encoding="utf-8")
    unit.write_text(
        everything.replace("原因: 厉行节约}", "原因: 厉行节约, 补充情况: 电话13812345678。}", 1), encoding="utf-8"
    )
    given = "机关运行经费: {决算: 1, 年初预算: 1, 上年决算: 1, 补充情况: 只有甲站有。}"
    department = write_department(tmp_path / "部门", {"甲站/unit.yaml": [("机关运行经费: 无", given)]})
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(department)],
        env={"PYTHONPATH": str(copy), "BUDGETGEN_CACHE": str(tmp_path / "cache"), "PATH": "", "PYTHONUTF8": "1"},
        cwd=copy, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
