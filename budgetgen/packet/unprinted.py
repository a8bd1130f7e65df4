"""What a 版式 prints of an input: the fields that its templates ask for, themselves or through a figure made of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any

from budgetgen import __version__
from budgetgen.classification import read_classification
from budgetgen.compute import compute
from budgetgen.figures import CATALOGUE, Figure, Group, Series
from budgetgen.issues import Issue, Level, Rejected
from budgetgen.layout import Profile
from budgetgen.model import FIRST_YEAR, Amount, Loaded
from budgetgen.model.accounts import all_values, is_printed
from budgetgen.model.declarations import (
    Choice,
    Code,
    FieldSpec,
    Lines,
    ListOf,
    Money,
    Section,
    Shape,
    TableOf,
    Text,
    Whole,
    fields_of,
    known_keys,
)
from budgetgen.model.wording import path_words
from budgetgen.office.files import write_files
from budgetgen.packet.narratives import Narratives
from budgetgen.resources import cache_folder
from budgetgen.template import TemplateError

UNPRINTED = "COMPLETE-010"
_ITEM = re.compile(r"\[[^\]]*\]")
_TOKENS = re.compile(r"\[[^\]]*\]|[^.\[]+")
_SAMPLE = re.compile(r"样\d+号")
_MOST = 5
_YEAR = 2024


@lru_cache(maxsize=16)
def printed_fields(profile: Profile) -> frozenset[str] | None:
    """The fields that the templates of a 版式 print or ask for, as paths of keys; kept on disk from run to run.

    None where a template cannot be read: what is wrong with it is told where it is filled.
    """
    folder = cache_folder("printed-fields")
    known = (
        [e.name for e in CATALOGUE],
        sorted(known_keys(profile.model)),
        profile.extra_fields,
        profile.kind_fields,
        __version__,
    )
    name = sha256(repr((profile.chain, profile.state, known)).encode()).hexdigest()
    kept = folder / name if folder else None
    with suppress(OSError, UnicodeDecodeError):
        if kept and (lines := kept.read_text(encoding="utf-8").splitlines()) and lines[-1] == _END:
            return frozenset(lines[:-1])
    try:
        found = _printed(profile)
    except (TemplateError, Rejected, OSError):
        return None
    if folder and kept:
        with suppress(OSError):
            write_files(folder, {name: "\n".join([*sorted(found), _END]).encode()}, lambda _name, _data: ())
    return found


_END = "完"


def _printed(profile: Profile) -> frozenset[str]:
    """The fields behind every name that the templates ask for, found in accounts in which all is filled in."""
    sample = _Sample()
    accounts = sample.part(profile.model, "")
    tree = compute(accounts, read_classification(accounts.year), profile.scoring).tree
    found: set[str] = set()
    for name in _used(profile):
        for node in _at(tree, _TOKENS.findall(name)):
            found |= set(_fields(node, sample.texts))
    return frozenset(_keys(path) for path in found)


def _keys(path: str) -> str:
    """A path without its items."""
    return _ITEM.sub("", path) if "[" in path else path


def unprinted(loaded: Loaded, profile: Profile) -> Iterator[Issue]:
    """A note for what is filled in and printed nowhere by the 版式, one for each section."""
    asked = _asked(profile)
    lost: dict[str, list[str]] = {}
    for held in all_values(loaded.accounts):
        keys = _keys(held.path)
        if not asked[keys] and held.value and held.path in loaded.sources:
            lost.setdefault(keys.partition(".")[0], []).append(held.path)
    for paths in lost.values():
        told = "、".join(map(path_words, paths[:_MOST])) + (f"等 {len(paths)} 项" if len(paths) > _MOST else "")
        cause = f"{told}填了，版式“{profile.name}”没有地方印。"
        mend = "不用填；要印的，换一个版式，或在版式里加上。"
        yield Issue(UNPRINTED, Level.NOTE, cause, mend, paths[0], loaded.place(paths[0]), tuple(paths))


def asks_for(profile: Profile, keys: str) -> bool:
    """Whether a 版式 has a use for the field under `keys`: prints it, or needs it for something else."""
    return _asked(profile)[keys]


class _Asked(dict[str, bool]):
    """What `asks_for` says, found once for each field: a batch asks the same of every unit."""

    def __init__(self, profile: Profile) -> None:
        self._printed = printed_fields(profile)
        self._model = profile.model

    def __missing__(self, keys: str) -> bool:
        printed = self._printed
        self[keys] = printed is None or keys in printed or not is_printed(self._model, keys.split("."))
        return self[keys]


@lru_cache(maxsize=16)
def _asked(profile: Profile) -> _Asked:
    return _Asked(profile)


def _used(profile: Profile) -> Iterator[str]:
    """Every name that the templates of a 版式 ask for."""
    from budgetgen.packet.profile_check import (  # noqa: PLC0415 - seldom run
        names_in,
        names_in_use,
        placed_narratives,
        templates_of,
    )

    for path in templates_of(profile):
        yield from (used.name for used in names_in(path))
    yield from names_in_use(Narratives(profile.narrative_folders()), placed_narratives(profile))


def _at(node: object, tokens: list[str]) -> Iterator[object]:
    """What stands under a name; nothing where the sample has none."""
    if not tokens:
        yield node
        return
    token, *rest = tokens
    if isinstance(node, Series):
        node = list(node) if token.startswith("[") else node
    if isinstance(node, list):
        inner = rest if token.startswith("[") else tokens
        for item in node:
            yield from _at(item, inner)
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _at(value, rest)
    elif isinstance(node, Series):
        yield from _at(list(node), tokens)
    elif isinstance(node, (Group, Figure)) and token in node.names():
        yield from _at(node.lookup(token), rest)
    elif isinstance(node, Figure):
        yield node


def _fields(node: object, texts: Mapping[str, str]) -> Iterator[str]:
    """The fields behind everything at or below a node."""
    if isinstance(node, Figure):
        yield from (figure.path for figure in (node, *node.leaves()) if figure.path)
    elif isinstance(node, str):
        yield from (texts[token] for token in _SAMPLE.findall(node) if token in texts)
    elif isinstance(node, (list, Series)):
        for item in node:
            yield from _fields(item, texts)
    elif isinstance(node, Mapping):
        for item in node.values():
            yield from _fields(item, texts)
    elif isinstance(node, Group):
        for name in node.names():
            yield from _fields(node.lookup(name), texts)


class _Sample:
    """Accounts in which every field is filled in; `texts` tells which field a text is of."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def part(self, model: type[Any], path: str) -> Any:
        values = {}
        for key, spec in fields_of(model).items():
            at = f"{path}.{key}" if path else key
            values[spec.name] = self._value(spec, spec.shape, at)
        return model(**values)

    def _value(self, spec: FieldSpec, shape: Shape, path: str) -> Any:
        match shape:
            case Section(model):
                return self.part(model, path)
            case ListOf(item):
                return [self._value(spec, item, f"{path}[*]")]
            case TableOf(Code(digits), _):
                return {"30101"[:digits]: Amount(1)}
            case TableOf():
                return {}
            case Lines():
                return [self._text(path)]
            case Text():
                return self._text(path)
            case Code(digits):
                return "2010101"[:digits]
            case Choice(words):
                return spec.default if spec.default is not None else words[0]
            case _:
                return _number(shape)

    def _text(self, path: str) -> str:
        token = f"样{len(self.texts)}号"
        self.texts[token] = path
        return token


def _number(shape: Shape) -> Any:
    """A number that is not 0; a year is one of those that there are tables for."""
    if isinstance(shape, Whole):
        return _YEAR if shape.least >= FIRST_YEAR else max(shape.least, 1)
    return Amount(1) if isinstance(shape, Money) else Decimal(1)
