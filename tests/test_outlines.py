"""Packets stay as they are, part by part: cells, merges, formats; paragraphs, runs, styles, tables.

Where a template, a sentence or a figure was changed on purpose, `python tests/outlining.py` writes the outlines anew;
look at what changes in them before committing.
"""

from __future__ import annotations

from itertools import zip_longest

import pytest
from outlining import CASES, file_of, outline, packet_of


@pytest.mark.parametrize("name", CASES)
def test_packets_stay_as_they_are(name):
    kept = file_of(name).read_text(encoding="utf-8").rstrip("\n").split("\n")
    now = outline(packet_of(CASES[name]))
    sheet = ""
    for number, (before, after) in enumerate(zip_longest(kept, now, fillvalue="（没有这一行）"), start=1):
        if before.startswith("# "):
            sheet = before.split()[1]
        assert after == before, f"{file_of(name).name}:{number} {sheet}；有意改的，运行 python tests/outlining.py"


def test_outlines_are_of_cases_that_there_are():
    assert {p.stem for p in file_of("").parent.glob("*.txt")} == set(CASES)
