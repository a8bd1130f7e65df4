"""Word lists and patterns of the text rules, as `config/checks/texts.yaml` holds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

from budgetgen.input import raw
from budgetgen.layout.settings import WRONG_VALUE, KeyedFile
from budgetgen.resources import config

_PATTERNS = (
    "占位式样", "说明残留式样", "年份前式样", "年份后式样", "下年后式样", "自称式样", "重字式样", "增加式样", "减少式样",
)  # fmt: skip
_WORDS = (
    "不是地名", "机构后缀", "机构后不算", "常提到的机构", "不是本年数", "金额词", "叠词", "不比方向", "涉密字样",
    "敏感字样", "敏感除外", "空话",
)  # fmt: skip
_LABELLED = ("同名数", "同名占比")
_PARTS = ("说法", "数", "部分", "总数")
_REFERENCE = re.compile(r"\\([1-9])")


@dataclass(frozen=True, slots=True)
class Labelled:
    """Ways of saying what some figures are: names of amounts, or of the part and the whole of a share."""

    sayings: tuple[str, ...]
    names: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    wholes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """The lists by their name in the file; patterns of one list are compiled to one that finds any of them."""

    patterns: Mapping[str, re.Pattern[str]]
    lists: Mapping[str, tuple[str, ...]]
    labelled: Mapping[str, tuple[Labelled, ...]]

    def any_of(self, name: str) -> str:
        """The words of a list as a part of a pattern, the longest first."""
        return any_of(self.lists[name])


def any_of(words: Iterable[str]) -> str:
    """Words as alternatives of a pattern, the longest first."""
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))


@cache
def words() -> Words:
    """The file's content, read once per process. Rejected with every fault of it."""
    file = KeyedFile(config("checks", "texts.yaml"), (*_PATTERNS, *_WORDS, *_LABELLED), _PARTS)
    patterns: dict[str, re.Pattern[str]] = {}
    lists: dict[str, tuple[str, ...]] = {}
    labelled: dict[str, tuple[Labelled, ...]] = {}
    for entry in file.entries():
        if entry.key in _PATTERNS:
            patterns[entry.key] = _pattern(file, entry)
        elif entry.key in _WORDS:
            lists[entry.key] = _texts(file, entry)
        else:
            labelled[entry.key] = tuple(_labelled(file, node) for node in file.items(entry))
    missing = [k for k in (*_PATTERNS, *_WORDS, *_LABELLED) if not {k} & {*patterns, *lists, *labelled}]
    if missing:
        file.fault(WRONG_VALUE, f"没有写“{'”“'.join(missing)}”。", "补上，没有的写空的列表。")
    file.stop()
    return Words(patterns, lists, labelled)


def _texts(file: KeyedFile, entry: raw.Entry) -> tuple[str, ...]:
    nodes = (entry.value,) if isinstance(entry.value, raw.Scalar) and entry.value.text else file.items(entry)
    return tuple(file.text(raw.Entry(entry.key, node.ref, node)) for node in nodes)


def _pattern(file: KeyedFile, entry: raw.Entry) -> re.Pattern[str]:
    texts = _texts(file, entry)
    try:
        return _joined(texts)
    except re.error:
        return _joined([text for text in texts if _is_pattern(text, file, entry)])


def _is_pattern(text: str, file: KeyedFile, entry: raw.Entry) -> bool:
    try:
        re.compile(text)
    except re.error as e:
        file.fault(WRONG_VALUE, f"“{entry.key}”里的“{text}”不是正则表达式（{e}）。", "改过来。", entry.ref)
        return False
    return True


def _joined(patterns: Sequence[str]) -> re.Pattern[str]:
    """One pattern that finds what any of `patterns` finds; of none, one that finds nothing. `re.error` where one is none.

    Each keeps its own back-references: a number counts the groups of the pattern in which it stands.
    """
    groups, numbered = 0, []
    refer = any(map(_REFERENCE.search, patterns))
    for pattern in patterns:
        numbered.append(f"(?:{_REFERENCE.sub(partial(_shifted, groups), pattern)})")
        groups += re.compile(pattern).groups if refer else 0
    return re.compile("|".join(numbered) or "(?!)", re.MULTILINE)


def _shifted(by: int, reference: re.Match[str]) -> str:
    return f"\\{int(reference[1]) + by}"


def _labelled(file: KeyedFile, node: raw.Node) -> Labelled:
    found = {e.key: _texts(file, e) for e in file.entries_of(node, _PARTS, "每个说法")}
    return Labelled(*(found.get(part, ()) for part in _PARTS))
