"""What was typed: half-width forms of it, how messages show it, and what a wrong mark or an unknown key was meant to be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from budgetgen.issues import near_miss
from budgetgen.model import Accounts, Declared, child_path
from budgetgen.model.declarations import FieldSpec, fields_of, part_of

QUOTE_IT = '把整个值放进引号里，如 "…"。'
_LONGEST = 40
_NUMBERED = re.compile(r"\[([0-9]+)\]")
_SEARCHED = 1000
"""A line is looked through no further than this: what is wrong with it stands at its beginning."""
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",  # the blank of a Chinese input method
    0x00A0: " ",
    0x2212: "-",  # − and – come from Word and from Excel's number formats
    0x2013: "-",
}


def half_width(text: str) -> str:
    """`text` with full-width digits, letters and marks in their half-width form, without blanks around it."""
    return text.strip() if text.isascii() else text.translate(_FULL_WIDTH).strip()


def shown(text: str) -> str:
    """`text` as a message quotes it: in quotes, on one line, shortened, unprintable characters spelled out."""
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return "“" + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in short.replace("\n", " ")) + "”"


@cache
def _patterns(keys: frozenset[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A known key (or a code) with a wrong colon behind it; with a full-width comma before it."""
    names = "|".join(sorted(map(re.escape, keys), key=len, reverse=True)) + r"|\d{3,7}"
    return (
        re.compile(rf"(^|[\s{{,，-])({names})\s*(?:：|:(?=\S))\s*"),
        re.compile(rf"\s*，\s*({names})\s*[:：]\s*"),
    )


def wrong_marks(text: str, keys: frozenset[str]) -> tuple[str, str] | None:
    """(cause, mend) where a known key in `text` has a full-width mark beside it, or no blank behind its colon."""
    text = text[:_SEARCHED]
    if ":" not in text and "：" not in text:
        return None
    colon, comma = _patterns(keys)
    at_colon, at_comma = colon.search(text), comma.search(text)
    if not at_colon and not at_comma:
        return None
    right = colon.sub(r"\1\2: ", comma.sub(r", \1: ", text)).strip()
    full_width = [n for n, found in (("冒号", "：" in text), ("逗号", at_comma)) if found]
    wrong = f"的{'、'.join(full_width)}是全角的" if full_width else "的冒号后面没有空格"
    mend = f"{'、'.join(full_width)}改成半角，" if full_width else ""
    return f"{shown(text.strip())}{wrong}。", f"{mend}冒号后面空一格：{shown(right)}。"


def begins_key(line: str, keys: frozenset[str]) -> bool:
    """Whether `line` begins with a known key and a wrong colon."""
    return (":" in line or "：" in line) and _patterns(keys)[0].match(line[:_SEARCHED].strip()) is not None


def keys_named(text: str, keys: frozenset[str]) -> set[str]:
    """The known keys that `text` writes with wrong marks beside them."""
    colon, comma = _patterns(keys)
    text = text[:_SEARCHED]
    return {m[2] for m in colon.finditer(text)} | {m[1] for m in comma.finditer(text)}


def last_year(name: str) -> str:
    """How a note begins that holds last year's text of `name`: a path from where the note stands; blank for the place itself."""
    return "上年填的“{}”".format(_NUMBERED.sub(r"第\1项", name).replace(".", "·")) if name else "上年填的"


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
