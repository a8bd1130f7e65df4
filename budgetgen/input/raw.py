"""The form between a file and the model: texts under keys and in lists, each with its place.

Every reader (YAML, a filled workbook) makes this tree and nothing above it knows which one did.
"""

from __future__ import annotations

from dataclasses import dataclass

from budgetgen.input.scalars import PENDING
from budgetgen.issues import SourceRef


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value as it was typed; `quoted` where the file says that it is a text. Blank: nothing stands there."""

    text: str
    ref: SourceRef
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One key with its value. `ref` is the key's place."""

    key: str
    ref: SourceRef
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in order; a key may come twice."""

    entries: tuple[Entry, ...]
    ref: SourceRef


def text_under(node: Mapping, key: str) -> str:
    """The text that stands directly under `key`; blank where none does."""
    texts = (e.value.text.strip() for e in node.entries if e.key.strip() == key and isinstance(e.value, Scalar))
    return next(texts, "")


@dataclass(frozen=True, slots=True)
class Sequence:
    """Values in order."""

    items: tuple[Node, ...]
    ref: SourceRef


Node = Scalar | Mapping | Sequence


class Branch:
    """A section that is being put together from cells anywhere in a workbook. A value given twice is kept twice."""

    def __init__(self, ref: SourceRef) -> None:
        self.ref = ref
        self._entries: list[tuple[str, SourceRef, Scalar | Branch | Items]] = []

    def put(self, key: str, value: Scalar) -> None:
        """A value under `key`."""
        self._entries.append((key, value.ref, value))

    def branch(self, key: str, ref: SourceRef) -> Branch:
        """The section under `key`, begun where there is none yet."""
        found = next((v for k, _, v in self._entries if k == key and isinstance(v, Branch)), None)
        if found is None:
            found = Branch(ref)
            self._entries.append((key, ref, found))
        return found

    def items(self, key: str, ref: SourceRef) -> Items:
        """The list under `key`, begun where there is none yet."""
        found = next((v for k, _, v in self._entries if k == key and isinstance(v, Items)), None)
        if found is None:
            found = Items(ref)
            self._entries.append((key, ref, found))
        return found

    def has(self, key: str) -> bool:
        """Whether anything stands under `key`."""
        return any(k == key for k, _, _ in self._entries)

    def sole(self) -> Scalar | None:
        """The one value, where there is only one."""
        value = self._entries[0][2] if len(self._entries) == 1 else None
        return value if isinstance(value, Scalar) else None

    def tree(self) -> Mapping:
        """The finished section."""
        return Mapping(
            tuple(Entry(k, r, v if isinstance(v, Scalar) else v.tree()) for k, r, v in self._entries), self.ref
        )


class Items:
    """A list that is being put together; sections of it are told apart by their number."""

    def __init__(self, ref: SourceRef) -> None:
        self.ref = ref
        self._items: list[Scalar | Branch] = []
        self._numbered: dict[str, Branch] = {}

    def append(self, value: Scalar) -> None:
        """One more value."""
        self._items.append(value)

    def add(self, ref: SourceRef) -> Branch:
        """One more section."""
        branch = Branch(ref)
        self._items.append(branch)
        return branch

    def numbered(self, number: str, key: str, ref: SourceRef) -> Branch:
        """The section with this number; without a number the last one, or a new one where that has `key` already."""
        last = self._items[-1] if self._items else None
        if number in self._numbered:
            return self._numbered[number]
        if not number and isinstance(last, Branch) and not last.has(key):
            return last
        branch = self.add(ref)
        if number:
            self._numbered[number] = branch
        return branch

    def tree(self) -> Node:
        """The finished list; a 无 alone says that there are none, a 【待填写】 alone that nothing is said yet."""
        only = self._items[0] if len(self._items) == 1 else None
        word = only.sole() if isinstance(only, Branch) else only
        if word is not None and (word.text.strip() == "无" or PENDING.fullmatch(word.text.strip())):
            return word
        return Sequence(tuple(v if isinstance(v, Scalar) else v.tree() for v in self._items), self.ref)
