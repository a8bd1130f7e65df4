"""A new 版式 of any kind, from a parent or from nothing, and files copied from any 版式."""

from __future__ import annotations

from pathlib import Path

import pytest

from budgetgen import build
from budgetgen.issues import Rejected
from budgetgen.layout import kinds, read_kind, read_profile, shelves
from budgetgen.layout.scaffold import copy_parts, new_profile
from budgetgen.packet.profile_check import check_profile
from budgetgen.resources import Shelf

CASES = Path(__file__).parent / "cases"
OWN = {"采购意向公开": "intent.yaml", "部门预算公开": "budget.yaml"}
"""Kinds of packets whose input is a file of their own."""


@pytest.mark.parametrize("title", [kind.title for kind in kinds()])
def test_an_empty_one_of_any_kind_builds_at_once(title: str, tmp_path: Path) -> None:
    kind = read_kind(title)
    new_profile("空", read_profile("", None, kind), tmp_path, kind, empty=True)
    profile = read_profile("空", shelves([tmp_path]))
    assert profile.chain == ("空",)
    assert check_profile(profile) == []
    built = build(
        CASES / OWN.get(title, "everything.yaml"), tmp_path / "包", profile="空", templates=[tmp_path], kind=title
    )
    assert not built.errors, built.errors
    assert len(built.files) == len(kind.required_files)


def test_one_of_another_kind_copies_that_kinds_templates(tmp_path: Path) -> None:
    kind = read_kind("绩效自评")
    files = new_profile("评", read_profile("", None, kind), tmp_path, kind, copy=True)
    assert {f.name for f in files if f.suffix in (".xlsx", ".docx")} == {"绩效自评表.xlsx", "绩效自评.docx"}


def test_a_file_of_another_layout_and_nothing_lost(tmp_path: Path) -> None:
    new_profile("甲", read_profile("standard"), tmp_path, read_kind())
    places = shelves([tmp_path])
    own, shelf = read_profile("甲", places), Shelf("", tmp_path, tmp_path)
    [copied] = copy_parts(own, ["三公经费"], shelf, read_profile("tianyuan", places))
    shipped = next(p for p in read_profile("tianyuan").narrative_folders() if (p / copied.name).is_file()) / copied.name
    assert copied.read_bytes() == shipped.read_bytes()
    copied.write_text("自己写的", encoding="utf-8")
    with pytest.raises(Rejected, match=r"已经有自己的 三公经费\.md\.j2（.*改过）。 .*--overwrite"):
        copy_parts(own, ["三公经费"], shelf, read_profile("tianyuan", places))
    assert copied.read_text(encoding="utf-8") == "自己写的"
    copy_parts(own, ["三公经费"], shelf, read_profile("tianyuan", places), overwrite=True)
    assert copied.read_text(encoding="utf-8") != "自己写的"
