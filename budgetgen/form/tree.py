"""Cells under paths of keys → the raw tree that every reader makes."""

from __future__ import annotations

from budgetgen.input import raw
from budgetgen.input.scalars import PENDING
from budgetgen.issues import SourceRef


class Branch:
    """A section that is being put together from cells anywhere in a workbook. A value given twice is kept twice."""

    def __init__(self, ref: SourceRef) -> None:
        self.ref = ref
        self._entries: list[tuple[str, SourceRef, raw.Scalar | Branch | Items]] = []

    def put(self, key: str, value: raw.Scalar) -> None:
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

    def sole(self) -> raw.Scalar | None:
        """The one value, where there is only one."""
        value = self._entries[0][2] if len(self._entries) == 1 else None
        return value if isinstance(value, raw.Scalar) else None

    def tree(self) -> raw.Mapping:
        """The finished section."""
        return raw.Mapping(
            tuple(raw.Entry(k, r, v if isinstance(v, raw.Scalar) else v.tree()) for k, r, v in self._entries), self.ref
        )


class Items:
    """A list that is being put together; sections of it are told apart by their number."""

    def __init__(self, ref: SourceRef) -> None:
        self.ref = ref
        self._items: list[raw.Scalar | Branch] = []
        self._numbered: dict[str, Branch] = {}

    def append(self, value: raw.Scalar) -> None:
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

    def tree(self) -> raw.Node:
        """The finished list; a 无 alone says that there are none, a 【待填写】 alone that nothing is said yet."""
        only = self._items[0] if len(self._items) == 1 else None
        word = only.sole() if isinstance(only, Branch) else only
        if word is not None and (word.text.strip() == "无" or PENDING.fullmatch(word.text.strip())):
            return word
        return raw.Sequence(tuple(v if isinstance(v, raw.Scalar) else v.tree() for v in self._items), self.ref)
