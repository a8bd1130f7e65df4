"""What an unknown key was meant to be."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from budgetgen.input.wording import half_width, keys_named, shown, wrong_marks
from budgetgen.issues import near_miss
from budgetgen.model import Accounts, Declared, child_path
from budgetgen.model.declarations import FieldSpec, fields_of, part_of

_KEY_LENGTH = 20
"""No key is longer: what is, is no mistyped key."""

Guess = tuple[str, str, set[str]]
"""Cause, mend, and the keys that were probably meant: they are not missing besides."""


def guess(key: str, value: str, specs: Mapping[str, FieldSpec], keys: frozenset[str]) -> Guess:
    """Why `key` is not among `specs`; `value` is the text behind it, `keys` are all keys of a file."""
    marks = wrong_marks(key, keys)
    if marks:
        return *marks, keys_named(key, keys)
    return _typing(key, value, keys) or _place(key, specs) or _near(key, specs)


def _typing(key: str, value: str, keys: frozenset[str]) -> Guess | None:
    if not key:
        return "冒号前面没有键名。", "补上键名，或删掉这一行。", set()
    bare = key.lstrip("-").strip()
    if bare != key and bare in keys:
        return f"{shown(key)}的“-”后面没有空格。", f"写成{shown('- ' + bare)}。", {bare}
    if not value and half_width(key).replace(".", "").isdigit():
        return f"{shown(key)}不是键，像是被逗号切断的金额。", "金额不写千位分隔符，如 1234.50。", set()
    return None


def _place(key: str, specs: Mapping[str, FieldSpec]) -> Guess | None:
    """A key that is printed so, or stands elsewhere."""
    labelled = next((s.key for s in specs.values() if s.label == key), "")
    if labelled:
        return f"没有{shown(key)}这个键，是否想写“{labelled}”？", f"改成“{labelled}”。", {labelled}
    homes = _homes().get(key)
    if not homes:
        return None
    where = "、".join(f"“{home}”下面" if home else "最上一级" for home in homes[:3])
    return f"这里没有{shown(key)}这个键，它在{where}。", "看看缩进，或移到那里去。", set()


def _near(key: str, specs: Mapping[str, FieldSpec]) -> Guess:
    hint = near_miss(key, specs) if len(key) <= _KEY_LENGTH else ""
    meant = {k for k in specs if f"“{k}”" in hint}
    mend = f"改成“{next(iter(meant))}”。" if meant else f"这里可以写：{'、'.join(specs)}。"
    return f"没有{shown(key)}这个键{hint or '。'}", mend, meant


@cache
def _homes() -> Mapping[str, tuple[str, ...]]:
    """Key → the sections that have it; blank is the top level."""
    homes: dict[str, dict[str, None]] = {}
    _gather(Accounts, "", homes)
    return {key: tuple(paths) for key, paths in homes.items()}


def _gather(model: type[Declared], path: str, homes: dict[str, dict[str, None]]) -> None:
    for spec in fields_of(model).values():
        homes.setdefault(spec.key, {})[path] = None
        part = part_of(spec.shape)
        if part:
            _gather(part, child_path(path, spec.key), homes)
