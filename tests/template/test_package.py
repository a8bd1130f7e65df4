"""The zip that a render writes: the same parts with isal and without it."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from office import sheet_file

from budgetgen import template
from budgetgen.office import package

ROWS = [["{{ 名 }}"], ["{%tr for i in 列 %}"], ["{{ i }}"], ["{%tr endfor %}"]]


def parts(data):
    with zipfile.ZipFile(BytesIO(data)) as file:
        assert file.testzip() is None  # checksums hold
        return {name: file.read(name) for name in file.namelist()}


def test_parts_are_the_same_without_isal(tmp_path, env, monkeypatch):
    if package._fast is None:
        pytest.skip("isal is not installed")
    path, names = sheet_file(tmp_path / "t.xlsx", ROWS), {"名": "甲局" * 500, "列": list(range(500))}
    fast = template.compile(path, env).render(names).data
    monkeypatch.setattr(package, "_fast", None)
    plain = template.compile(path, env).render(names).data
    assert parts(fast) == parts(plain)
    assert fast != plain


def test_the_same_render_gives_the_same_bytes(tmp_path, env):
    path, names = sheet_file(tmp_path / "t.xlsx", ROWS), {"名": "甲局", "列": [1, 2]}
    assert template.compile(path, env).render(names).data == template.compile(path, env).render(names).data
