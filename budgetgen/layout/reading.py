"""Small text files that people edit beside templates: bytes → text, and YAML → keys with their places."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from budgetgen.input import raw
from budgetgen.input.yaml import read_yaml
from budgetgen.issues import Findings, Issue, Level, Rejected, SourceRef, near_miss

MAX_BYTES = 2_000_000
UNKNOWN_KEY, WRONG_VALUE = "PROFILE-004", "PROFILE-005"
_Value = TypeVar("_Value")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_text(path: Path) -> str:
    """The text of a file as Windows, WPS or Linux editors save it: UTF-8 with or without a mark, UTF-16, or GBK.

    UnicodeDecodeError: it is none of them; OSError: it can't be read.
    """
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise OSError(f"超过 {MAX_BYTES // 1_000_000} MB")
    if data.startswith(_UTF16):
        return _lines(data.decode("utf-16"))
    try:
        return _lines(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _lines(data.decode("gb18030"))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


class KeyedFile:
    """A YAML file whose `keys` (and those that stand `below` them) are known; gathers every fault before it stops."""

    def __init__(self, path: Path, keys: Iterable[str], below: Iterable[str] = ()) -> None:
        self._file = str(path)
        self._keys = tuple(keys)
        self._all = frozenset((*self._keys, *below))
        self._issues: list[Issue] = []
        self._root = self._read(path)

    def _read(self, path: Path) -> raw.Mapping | None:
        findings = Findings()
        try:
            text = read_text(path)
        except (OSError, UnicodeDecodeError) as e:
            cause = f"文件读不出来（{getattr(e, 'strerror', '') or e}）。"
            self.fault(WRONG_VALUE, cause, "用记事本打开，另存为 UTF-8。")
            return None
        empty = not any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines())
        root = None if empty else read_yaml(text, self._file, self._all, findings)
        self._issues += findings.issues()
        return root

    def entries(self) -> Iterator[raw.Entry]:
        """The top level's entries."""
        yield from self.entries_of(self._root, self._keys, "这里")

    def blocks(self) -> Iterator[raw.Entry]:
        """The top level's entries, whatever their keys."""
        yield from self.entries_of(self._root, None, "这里")

    def entries_of(self, node: raw.Node | None, keys: Iterable[str] | None, where: str) -> Iterator[raw.Entry]:
        """The entries below `node`, each key once and, where `keys` are given, one of them."""
        if node is None or (isinstance(node, raw.Scalar) and not node.text):
            return
        if not isinstance(node, raw.Mapping):
            self.fault(WRONG_VALUE, f"{where}要写成“键: 值”。", "照自带的写法改。", node.ref)
            return
        known = None if keys is None else tuple(keys)
        seen: set[str] = set()
        for entry in node.entries:
            if known is not None and entry.key not in known:
                cause = f"没有“{entry.key}”这个键{near_miss(entry.key, known) or '。'}"
                self.fault(UNKNOWN_KEY, cause, f"可以写的有：{'、'.join(known)}。", entry.ref)
            elif entry.key in seen:
                self.fault(UNKNOWN_KEY, f"“{entry.key}”写了两次。", "删去一个。", entry.ref)
            else:
                seen.add(entry.key)
                yield entry

    def items(self, entry: raw.Entry) -> tuple[raw.Node, ...]:
        """The items of the list under `entry`."""
        if isinstance(entry.value, raw.Sequence):
            return entry.value.items
        if not isinstance(entry.value, raw.Scalar) or entry.value.text:
            self.fault(WRONG_VALUE, f"“{entry.key}”要写成列表，每项前有“- ”。", "照自带的写法改。", entry.ref)
        return ()

    def text(self, entry: raw.Entry) -> str:
        """The text under `entry`."""
        if isinstance(entry.value, raw.Scalar):
            return entry.value.text
        self.fault(WRONG_VALUE, f"“{entry.key}”要写一段文字。", "照自带的写法改。", entry.ref)
        return ""

    def value(self, entry: raw.Entry, read: Callable[[str], _Value], form: str, otherwise: _Value) -> _Value:
        """The value under `entry` as `read` takes it; `form` says what it should be where that fails (ValueError)."""
        text = self.text(entry)
        try:
            return read(text)
        except (ValueError, ArithmeticError, KeyError):
            self.fault(WRONG_VALUE, f"“{entry.key}”写的是“{text}”，要写{form}。", "改过来。", entry.ref)
            return otherwise

    def fault(self, rule: str, cause: str, mend: str, place: SourceRef | None = None) -> None:
        """Keep a fault."""
        self._issues.append(Issue(rule, Level.ERROR, cause, mend, place=place or SourceRef(self._file)))

    def stop(self) -> None:
        """Rejected with all faults, where there are any."""
        if any(i.level is Level.ERROR for i in self._issues):
            raise Rejected(self._issues)
