"""The form between a file and the model: texts under keys and in lists, each with its place.

Every reader (YAML, a filled workbook) makes this tree and nothing above it knows which one did.
"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Sequence:
    """Values in order."""

    items: tuple[Node, ...]
    ref: SourceRef


Node = Scalar | Mapping | Sequence
