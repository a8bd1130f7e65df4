"""Compiled templates are kept between runs, and a damaged store is no harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from budgetgen.expression import compiled, environment
from budgetgen.expression.sandbox import bytecode_cache
from budgetgen.resources import CACHE_VARIABLE as VARIABLE


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    bytecode_cache.cache_clear()
    yield tmp_path
    bytecode_cache.cache_clear()


def kept(store: Path) -> list[Path]:
    return [p for p in store.rglob("*") if p.is_file()]


def test_what_was_compiled_is_read_in_the_next_run(store: Path) -> None:
    first = compiled(environment(), "{{ 1 }}甲", "一", "<一>")
    (file,) = kept(store)
    before = file.stat().st_mtime_ns
    assert compiled(environment(), "{{ 1 }}甲", "一", "<一>").co_code == first.co_code
    assert file.stat().st_mtime_ns == before


def test_two_sources_of_one_name_are_both_kept(store: Path) -> None:
    compiled(environment(), "{{ 1 }}", "一", "<一>")
    compiled(environment(), "{{ 2 }}", "一", "<一>")
    assert len(kept(store)) == 2


@pytest.mark.parametrize("damage", [b"", b"j2", b"\x80nothing", b"\x00" * 400])
def test_a_damaged_file_is_written_anew(store: Path, damage: bytes) -> None:
    compiled(environment(), "{{ 1 }}", "一", "<一>")
    (file,) = kept(store)
    whole = file.read_bytes()
    for spoilt in (damage, whole[:30], whole[:-10], whole[:20] + damage):
        file.write_bytes(spoilt)
        assert compiled(environment(), "{{ 1 }}", "一", "<一>") is not None
    assert file.read_bytes() == whole


def test_nothing_is_kept_where_that_is_not_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "-")
    bytecode_cache.cache_clear()
    try:
        assert bytecode_cache() is None
        assert compiled(environment(), "{{ 1 }}", "一", "<一>") is not None
    finally:
        bytecode_cache.cache_clear()


def test_a_place_that_cannot_be_had_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file"))
    bytecode_cache.cache_clear()
    try:
        assert bytecode_cache() is None
    finally:
        bytecode_cache.cache_clear()
