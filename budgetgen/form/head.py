"""Whose input a file is, without reading all of it: the unit's name and year, and whether it is an input at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from budgetgen.form.reader import is_form, read_form_head
from budgetgen.input import raw
from budgetgen.input.scalars import Scalar, Scalars
from budgetgen.input.yaml import read_yaml_head
from budgetgen.issues import Findings, SourceRef
from budgetgen.model import Accounts
from budgetgen.model.declarations import fields_of, known_keys, part_of
from budgetgen.office import open_book, open_package
from budgetgen.office.files import is_office, read_bytes
from budgetgen.office.package import BOOK
from budgetgen.office.text import decode

YAML_SUFFIXES, BOOK_SUFFIXES = (".yaml", ".yml"), (".xlsx", ".xlsm")
OLD_BOOKS = (".xls", ".et")
FORM = "填报表"
_SIGN = re.compile(r"^\s*(?:单位|收支明细)\s*[:：]", re.MULTILINE)
_SIGNS = frozenset({"单位", "收支明细"})
_WANTED = frozenset({"年度", "单位"})


class Kind(Enum):
    """What a file turned out to be. DOUBTFUL: it can't be told, and a person should look."""

    INPUT = auto()
    DOUBTFUL = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Head:
    """What an input says at its head; `name` is blank and `year` 0 where it can't be told, and then no packet can be made."""

    kind: Kind
    name: str = ""
    year: int = 0


_DOUBTFUL, _OTHER = Head(Kind.DOUBTFUL), Head(Kind.OTHER)


def may_be_input(name: str) -> bool:
    """Whether a file of that name is worth opening: not Excel's own lock files, nothing hidden, no other formats."""
    suffix = Path(name).suffix.lower()
    known = suffix in YAML_SUFFIXES or suffix in BOOK_SUFFIXES or (suffix in OLD_BOOKS and FORM in name)
    return known and not name.startswith((".", "~$"))


def read_head(path: Path) -> Head:
    """The head of the file at `path`, read as `load` reads it. Nothing raises: what can't be read is DOUBTFUL."""
    findings = Findings()
    data = read_bytes(path, findings)
    if findings.failed:
        return _DOUBTFUL
    if is_office(data, path.name):
        package = open_package(data, path.name, findings)
        if package is None:
            return _DOUBTFUL
        book = open_book(package, findings) if BOOK in package else None
        if book is None:
            return _DOUBTFUL
        return _head(read_form_head(book).entries, _SIGNS) if is_form(book) else _OTHER
    text = decode(data, path.name, findings)
    if text is None:
        return _DOUBTFUL
    entries = read_yaml_head(text, path.name, known_keys(Accounts), _WANTED)
    signs = _SIGNS if _SIGN.search(text) else frozenset(e.key.strip() for e in entries)
    return _head(entries, signs)


def _head(entries: Sequence[raw.Entry], signs: frozenset[str]) -> Head:
    """The head from the top level's entries; `signs` are names that the file has."""
    if signs.isdisjoint(_SIGNS):
        return _OTHER
    top = fields_of(Accounts)
    year = _value(entries, "年度", top["年度"].shape)
    unit = next((e.value for e in entries if e.key.strip() == "单位" and isinstance(e.value, raw.Mapping)), None)
    part = part_of(top["单位"].shape)
    name = _value(unit.entries, "名称", fields_of(part)["名称"].shape) if unit and part else None
    whole = isinstance(year, int) and isinstance(name, str) and name
    return Head(Kind.INPUT, str(name), int(str(year))) if whole else Head(Kind.INPUT)


def _value(entries: Sequence[raw.Entry], key: str, shape: object) -> object:
    """The value under `key` as binding reads it."""
    typed = next((e.value.text for e in entries if e.key.strip() == key and isinstance(e.value, raw.Scalar)), "")
    assert isinstance(shape, Scalar)
    scalars = Scalars(Findings(), "万元", known_keys(Accounts))
    return scalars.read(shape, typed, key, SourceRef("")) if typed.strip() else None
