"""TEXT-007, TEXT-008: doubled words and marks, quotes and brackets that do not match."""

from __future__ import annotations

import re
from collections.abc import Iterator

from budgetgen.check.rules import rule
from budgetgen.check.texts.corpus import Written, corpus, told
from budgetgen.check.texts.words import words
from budgetgen.compute import Computed
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded

_DOUBLED = re.compile(r"([一-龥]{2,4})\1")
_PAIRS = {"《": "》", "“": "”", "（": "）", "(": ")", "【": "】", "〔": "〕", "「": "」"}
_ALIKE = {"(": "（", ")": "）"}
"""Half-width brackets close full-width ones: which of them is printed is not this rule's question."""
_CLOSES = {_ALIKE.get(c, c): _ALIKE.get(o, o) for o, c in _PAIRS.items()}
_OPENS = frozenset(_ALIKE.get(o, o) for o in _PAIRS)
_SIGNS = re.compile("[《》“”（）()【】〔〕「」]")
_ITEM = re.compile(r"(?:^|(?<=[，。；：、\n]))[ 　]*[0-9一二三四五六七八九十a-zA-Z]{1,3}[)）]", re.MULTILINE)
_STRAIGHT = '"'
_LONGEST = 30


@rule("TEXT-007", "文字中没有重复的字词和标点", "公文用字用标点")
def nothing_is_doubled(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """的的, 。。, 、， and a word of two to four characters written twice."""
    texts, fine = corpus(loaded), words().lists["叠词"]
    seen: set[str] = set()
    for pattern in (words().patterns["重字式样"], _DOUBLED):
        for found in texts.find(pattern):
            if found.match[0] not in fine and found.written.path not in seen:
                seen.add(found.written.path)
                cause = f"{found.excerpt}里的“{found.match[0]}”重复或连用了。"
                yield told("TEXT-007", Level.WARNING, found, cause, "删去多余的。", loaded)


@rule("TEXT-008", "引号、书名号和括号成对", "GB/T 15834 标点符号用法")
def marks_come_in_pairs(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """An opening mark without its closing one, or the other way round, within one text."""
    texts = corpus(loaded)
    if not _SIGNS.search(texts.joined) and _STRAIGHT not in texts.joined:
        return
    for written in texts.texts:
        wrong = _unmatched(written)
        if wrong:
            text = written.text if len(written.text) <= _LONGEST else f"{written.text[:_LONGEST]}…"
            cause = f"“{text}”里的 {wrong} 没有成对。"
            yield told("TEXT-008", Level.WARNING, written, cause, "补上另一半，或删去。", loaded)


def _unmatched(written: Written) -> str:
    """The first mark that has no other half; blank where all have."""
    text = _ITEM.sub("", written.text) if ")" in written.text or "）" in written.text else written.text
    waiting: list[str] = []
    for found in _SIGNS.finditer(text):
        mark = _ALIKE.get(found[0], found[0])
        if mark in _OPENS:
            waiting.append(mark)
        elif not waiting or waiting.pop() != _CLOSES[mark]:
            return mark
    return waiting[-1] if waiting else _STRAIGHT if text.count(_STRAIGHT) % 2 else ""
