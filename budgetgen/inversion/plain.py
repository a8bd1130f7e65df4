"""Texts as they are matched: without blanks and quotation marks, and where each character stands in the original."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from budgetgen.records import record

_FULL = str.maketrans(
    {"(": "（", ")": "）", ":": "：", ";": "；", "％": "%", "﹪": "%", "．": ".", "﹙": "（", "﹚": "）"}
    | {chr(0xFF10 + n): str(n) for n in range(10)}
)
_IN_NUMBER = re.compile(r"[\d.][\d.]")
_DROPPED = frozenset("“”\"‘’'＂「」『』")


@record
class Plain:
    """A text for matching, without blanks and quotation marks, and where each character stands in the original."""

    text: str
    index: Sequence[int]
    original: str

    def quote(self, start: int, end: int, room: int = 22) -> str:
        """The words around [start, end), word for word, to the ends of their clause at most; no number is cut."""
        low = max(start - room, 0)
        for n in range(start - 1, low - 1, -1):
            if self.text[n] in "。；":
                low = n + 1
                break
        high = min(end + 8, len(self.text))
        while low and _IN_NUMBER.match(self.text, low - 1):
            low -= 1
        while high < len(self.text) and _IN_NUMBER.match(self.text, high - 1):
            high += 1
        first = self.index[low]
        last = self.index[high - 1] + 1
        return self.original[first:last].strip()


@lru_cache(maxsize=4096)
def plain(text: str) -> Plain:
    """Blanks and quotation marks dropped, marks full-width, commas out of numbers."""
    kept: list[str] = []
    index: list[int] = []
    for n, character in enumerate(text):
        if character.isspace() or character in _DROPPED or character in "\u200b\ufeff":
            continue
        if character in ",，" and re.match(r"\d{3}(?!\d)", text[n + 1 : n + 5].strip()) and kept and kept[-1].isdigit():
            continue
        kept.append("，" if character == "," else character.translate(_FULL))
        index.append(n)
    return Plain("".join(kept), index, text)
