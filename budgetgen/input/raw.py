"""The form between a file and the model: texts under keys and in lists, each with its place.

Every reader (YAML, a filled workbook) makes this tree and nothing above it knows which one did.
"""

from __future__ import annotations

from typing import NamedTuple

from budgetgen.input.scalars import PENDING
from budgetgen.issues import SourceRef


class Scalar(NamedTuple):
    """One value as it was typed; `quoted` where the file says that it is a text. Blank: nothing stands there."""

    text: str
    ref: SourceRef
    quoted: bool = False


class Empty(NamedTuple):
    """Nothing stands there; `ref` is where it would, so that a form can say which cell is still to be filled."""

    ref: SourceRef


class Entry(NamedTuple):
    """One key with its value. `ref` is the key's place."""

    key: str
    ref: SourceRef
    value: Node


class Mapping(NamedTuple):
    """Keys and values in order; a key may come twice. `told` is False where only places of what is blank are in it."""

    entries: tuple[Entry, ...]
    ref: SourceRef
    told: bool = True


def text_under(node: Mapping, key: str) -> str:
    """The text that stands directly under `key`; blank where none does."""
    texts = (e.value.text.strip() for e in node.entries if e.key.strip() == key and isinstance(e.value, Scalar))
    return next(texts, "")


class Sequence(NamedTuple):
    """Values in order."""

    items: tuple[Node, ...]
    ref: SourceRef
    told: bool = True


Node = Scalar | Mapping | Sequence | Empty


def is_told(node: Node) -> bool:
    """Whether a file says anything there, and not only where it would."""
    return isinstance(node, Scalar) or (not isinstance(node, Empty) and node.told)


class Branch:
    """A section that is being put together from cells anywhere in a workbook. A value given twice is kept twice."""

    def __init__(self, ref: SourceRef) -> None:
        self.ref = ref
        self._entries: list[tuple[str, SourceRef, Scalar | Empty | Branch | Items]] = []
        self._stands = False

    def put(self, key: str, value: Scalar | Empty) -> None:
        """A value under `key`, or the place of one."""
        self._entries.append((key, value.ref, value))

    def stand(self) -> None:
        """Keep the section though nothing is in it."""
        self._stands = True

    @property
    def told(self) -> bool:
        """Whether anything is said in it; a section that nothing was put into is there by its name alone."""
        return self._stands or not self._entries or any(_told(value) for _, _, value in self._entries)

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
        """Whether anything is said under `key`."""
        return any(k == key and _told(value) for k, _, value in self._entries)

    def sole(self) -> Scalar | None:
        """The one value, where there is only one."""
        values = [value for _, _, value in self._entries if _told(value)]
        return values[0] if len(values) == 1 and isinstance(values[0], Scalar) else None

    def tree(self) -> Mapping:
        """The finished section."""
        entries = tuple(Entry(k, r, _node(v)) for k, r, v in self._entries)
        return Mapping(entries, self.ref, self.told)


class Items:
    """A list that is being put together; sections of it are told apart by their number."""

    def __init__(self, ref: SourceRef) -> None:
        self.ref = ref
        self._items: list[Scalar | Empty | Branch] = []
        self._numbered: dict[str, Branch] = {}

    def append(self, value: Scalar | Empty) -> None:
        """One more value, or the place of one."""
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

    @property
    def told(self) -> bool:
        """Whether anything is said in it."""
        return not self._items or any(map(_told, self._items))

    def tree(self) -> Node:
        """The finished list, places of what is blank at its end; a 无 alone says that there are none, a 【待填写】 alone that nothing is said yet."""
        told = [item for item in self._items if _told(item)]
        only = told[0] if len(told) == 1 else None
        word = only.sole() if isinstance(only, Branch) else only
        if isinstance(word, Scalar) and (word.text.strip() == "无" or PENDING.fullmatch(word.text.strip())):
            return word
        blank = [item for item in self._items if not _told(item)]
        return Sequence(tuple(map(_node, (*told, *blank))), self.ref, self.told)


def _told(value: Scalar | Empty | Branch | Items) -> bool:
    return isinstance(value, Scalar) or (not isinstance(value, Empty) and value.told)


def _node(value: Scalar | Empty | Branch | Items) -> Node:
    return value if isinstance(value, (Scalar, Empty)) else value.tree()
