"""Compiled templates are kept between runs: the same packets come of them, and whatever stands in their place is no harm."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from budgetgen import resources
from budgetgen.classification import read_classification
from budgetgen.compute import Computed, compute
from budgetgen.layout import Kind, Profile, read_kind, read_profile
from budgetgen.packet import render
from budgetgen.packet.render import PacketRenderer
from budgetgen.reading import load
from budgetgen.template.stored import UNREVIVED, NotStorableError, StoredFile, plain_values, revived

EXAMPLES = Path(__file__).parents[2] / "examples"
KEY = bytes(32)


class Given(NamedTuple):
    store: Path
    profile: Profile
    kind: Kind
    computed: Computed

    def packet(self) -> list[bytes]:
        """The files as another run makes them."""
        return [
            rendered.data for rendered in PacketRenderer(self.profile, self.kind).render(self.computed).files.values()
        ]

    @property
    def file(self) -> Path:
        (found,) = (self.store / "templates").iterdir()
        return found


@pytest.fixture
def given(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Given:
    """A unit whose templates are few, or one of the other examples."""
    monkeypatch.setenv(resources.CACHE_VARIABLE, str(tmp_path / "store"))
    accounts = load(EXAMPLES / getattr(request, "param", "science-museum-intent") / "unit.yaml").accounts
    layout, kind = read_profile(accounts.profile), read_kind(told=accounts.sections_told)
    return Given(tmp_path / "store", layout, kind, compute(accounts, read_classification(accounts.year)))


def refuse(*_: object) -> None:
    raise AssertionError("compiled again")


@pytest.mark.parametrize("given", ["policy-research-office"], indirect=True)
def test_packets_of_kept_templates_are_the_same(given: Given, monkeypatch: pytest.MonkeyPatch):
    first = given.packet()
    whole = given.file.read_bytes()
    monkeypatch.setattr(render, "compile_workbook", refuse)
    monkeypatch.setattr(render, "compile_document", refuse)
    assert given.packet() == first
    assert given.file.read_bytes() == whole
    for said in ("中共株洲市委政策研究室", "全省和全市系统培训", "187.98"):
        assert said.encode() not in whole, "what a unit says is not kept"


def test_what_is_damaged_or_old_is_as_good_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(resources.CACHE_VARIABLE, str(tmp_path))
    stored = StoredFile("版式", KEY)
    stored.write(("甲" * 100, 1))
    (file,) = (tmp_path / "templates").iterdir()
    whole = file.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + b"\xff" + whole[middle + 1 :]
    for spoilt in (b"", b"\x80\x04K\x01.", whole[:60], whole[:-1], flipped, b"x" + whole[1:]):
        file.write_bytes(spoilt)
        assert stored.read() is None
    assert StoredFile("版式", bytes(31) + b"1").read() is None
    stored.write(("甲" * 100, 1))
    assert file.read_bytes() == whole


@pytest.mark.parametrize(
    "values",
    [
        ([], [], 0),
        ([1], [("fields", ("os", "environ"), b"", b"")], 0),
        ([], [("function", ("os", "abort"), b"\0" * 4, b"")], 0),
        ([], [("named", ("budgetgen.template.stored", "os"), b"\0" * 4, b"")], 0),
        ([], [("fields", ("budgetgen.layout", "Profile", "name"), b"\1\0\0\0", b"\7\0\0\0")], 0),
    ],
)
def test_other_values_make_nothing(values: object):
    with pytest.raises(UNREVIVED):
        revived(values, {})


def test_what_cannot_be_made_of_a_file_is_written_anew(given: Given):
    first = given.packet()
    again = PacketRenderer(given.profile, given.kind)
    again._stored.write((again._narratives.stored(), ([], [], 0)))
    assert given.packet() == first
    assert again._stored.read()[1][0], "the whole of it is written"


@pytest.mark.parametrize("given", ["policy-research-office"], indirect=True)
def test_a_template_that_changes_is_compiled_anew(given: Given, tmp_path: Path):
    own = tmp_path / "own"
    narrative = own / "docx" / "甲" / "说明" / "收入.md.j2"
    narrative.parent.mkdir(parents=True)
    (own / "profiles").mkdir()
    (own / "profiles" / "甲.yaml").write_text(f"继承: {given.profile.name}\n", encoding="utf-8")
    told, sizes = [], []
    for text in ("一", "一", "一", "二"):
        narrative.write_text(f"第{text}句。\n", encoding="utf-8")
        told.append(given._replace(profile=read_profile("甲", resources.shelves([own]))).packet())
        sizes.append(given.file.stat().st_size)
    assert told[0] == told[1] == told[2] != told[3]
    assert max(sizes[0], sizes[3]) < 100 < min(sizes[1:3]), (
        "what was used once is only noted: it may be edited just now"
    )


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows keeps a user's own folder private")
def test_a_folder_that_others_may_write_in_is_not_used(given: Given):
    folder = given.store / "templates"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    given.packet()
    assert not list(folder.iterdir())


def test_a_file_of_somebody_else_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(resources.CACHE_VARIABLE, str(tmp_path))
    stored = StoredFile("版式", KEY)
    stored.write((1,))
    assert stored.read() == (1,)
    monkeypatch.setattr(os, "getuid", lambda: 12345, raising=False)
    assert stored.read() is None
    assert StoredFile("版式", KEY).read() is None


def test_nothing_is_kept_where_that_is_not_wanted(given: Given, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(resources.CACHE_VARIABLE, "-")
    given.packet()
    assert not given.store.exists()


def test_a_page_keeps_nothing(given: Given, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    monkeypatch.delenv(resources.CACHE_VARIABLE)
    assert StoredFile("版式", KEY).read() is None
    assert not given.store.exists()


def test_old_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(resources.CACHE_VARIABLE, str(tmp_path))
    for number in range(70):
        StoredFile(f"版式{number}", KEY).ask()
    assert len(list((tmp_path / "templates").iterdir())) == 64


def test_values_of_every_kind_come_back():
    shared = ["甲"]
    thing = {"一": [shared, shared, (1, 1.0, True, None)], "集": {1, 2}, "函数": plain_values, "字节": b"\0"}
    back = revived(plain_values(thing, {}), {})
    assert back == thing
    assert back["一"][0] is back["一"][1]
    assert [type(v) for v in back["一"][2]] == [int, float, bool, type(None)]


@pytest.mark.parametrize("thing", [etree.Element("a"), lambda: 1, Path(), open, len])
def test_what_no_file_can_hold_is_refused(thing: object):
    with pytest.raises(NotStorableError):
        plain_values([thing], {})
