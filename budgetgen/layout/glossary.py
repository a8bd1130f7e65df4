"""名词解释 as a 版式 fixes it (`glossary/<版式>.yaml`): terms in order, each for the years in which its text holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from budgetgen.input import raw
from budgetgen.layout.reading import UNKNOWN_KEY, KeyedFile

LIST = "名词解释"
_KEYS = ("名词", "解释", "起", "止")


@dataclass(frozen=True, slots=True)
class Term:
    """One term. It holds for the years from `first` to `last`, both included; 0 leaves that end open."""

    name: str
    text: str
    first: int = 0
    last: int = 0

    def holds(self, year: int) -> bool:
        """Whether the text is that of `year`."""
        return self.first <= year and (not self.last or year <= self.last)


def read_glossary(path: Path) -> tuple[Term, ...]:
    """Every term of the file at `path`. Rejected with every fault of it."""
    state = path.stat()
    return _read(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _read(path: Path, _changed: int, _size: int) -> tuple[Term, ...]:
    file = KeyedFile(path, (LIST,), _KEYS)
    terms = [_term(file, item) for entry in file.entries() for item in file.items(entry)]
    file.stop()
    return tuple(terms)


def _term(file: KeyedFile, node: raw.Node) -> Term:
    found = {entry.key: entry for entry in file.entries_of(node, _KEYS, "每个名词")}
    for key in _KEYS[:2]:
        if key not in found or not file.text(found[key]).strip():
            file.fault(UNKNOWN_KEY, f"这个名词没有写“{key}”。", "补上。", node.ref)
    years = [file.value(found[k], int, "年份，如 2020", otherwise=0) if k in found else 0 for k in _KEYS[2:]]
    texts = [file.text(found[k]).strip() if k in found else "" for k in _KEYS[:2]]
    return Term(texts[0], texts[1], *years)
