"""Compiled templates between runs: objects of this package as plain values, one file for each 版式 and kind of packet.

    Band(first=3, last=4, loops=())  →  values 3, 4, (); class Band, fields first, last, loops; numbers 0 1 2  →  the same Band

Why such a file is safe to read. It lies in a folder of this user's that nobody else may write in and belongs to this user,
else it is as good as none; a checksum of what it holds stands before it, so that a damaged one is not looked into. It is
marshalled, not pickled: reading makes numbers, texts, tuples and code, and calls nothing. From these come objects of
classes of this package alone, their fields set without `__init__`, or by their own `revive`. The code in it is that of
compiled templates, which runs in the sandbox as it did when it was compiled: as safe as a `.pyc` file in the same place.
"""

from __future__ import annotations

import marshal
import os
import stat
import sys
from array import array
from collections import deque
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.util import MAGIC_NUMBER
from itertools import groupby, islice, repeat
from pathlib import Path
from types import CodeType, FunctionType, MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import compiler

from budgetgen import __version__
from budgetgen.office import package
from budgetgen.office.files import placed
from budgetgen.records import is_record
from budgetgen.resources import cache_folder, carrier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FOLDER = "templates"
_MARK = b"budgetgen compiled templates 1\n"
_CHECKSUM = 4
_MOST = 64
"""As many files are kept; those that were written longest ago go."""
_SCALARS = (type(None), bool, int, float, str, bytes, CodeType)
_GROUPS: dict[str, type] = {kind.__name__: kind for kind in (tuple, list, set, frozenset)}
_PACKAGE = __name__.partition(".")[0]
_ROOT = Path(__file__).parents[1]


class NotStorableError(TypeError):
    """Something that no file can hold: an XML tree, a function within another."""


UNREVIVED = (LookupError, TypeError, ValueError, AttributeError, ImportError, OverflowError)
"""What comes of values that are none of `plain_values`."""


class _Node(NamedTuple):
    """How an object is made: of what kind, what of (its class, the names of its fields), of which objects of lower levels."""

    level: int
    kind: str
    about: tuple[str, ...]
    state: tuple[int, ...]


def plain_values(root: object, outside: Mapping[str, object]) -> tuple[Any, ...]:
    """`root` and all that it refers to as values that can be marshalled, but for the objects `outside`, which `revived` is given anew.

    A class may say by `stored()` what of an object is kept, and set what is needed by `revive`; of others all fields are.
    NotStorableError: something that no file can hold.
    """
    taker = _Taker(outside)
    top = taker.number(root)
    order = sorted(range(len(taker.nodes)), key=lambda n: taker.nodes[n][:3])
    place = {number: at for at, number in enumerate(order, len(taker.values))}
    place.update((-1 - at, at) for at in range(len(taker.values)))
    batches = []
    for (_, kind, about), found in groupby((taker.nodes[n] for n in order), key=lambda node: node[:3]):
        states = [node.state for node in found]
        numbers = array("I", [place[n] for state in states for n in state])
        batches.append((kind, about, array("I", map(len, states)).tobytes(), numbers.tobytes()))
    return taker.values, batches, place[top]


class _Taker:
    """Takes objects apart, each once; those that never change and are alike are one."""

    def __init__(self, outside: Mapping[str, object]) -> None:
        self.values: list[object] = []
        self.nodes: list[_Node] = []
        self._known: dict[int, int] = {}
        self._alike: dict[object, int] = {}
        self._held: list[object] = []  # so that no id is given twice
        for name, thing in outside.items():
            self._known[id(thing)] = self._add(_Node(0, "outside", (name,), ()))

    def number(self, thing: object) -> int:
        """The number of an object: that of its node, or of a plain value below zero."""
        if id(thing) not in self._known:
            self._held.append(thing)
            self._known[id(thing)] = self._value(thing) if _is_plain(thing) else self._object(thing)
        return self._known[id(thing)]

    def _value(self, value: object) -> int:
        # Codes of two files may be equal but for the names of these.
        plain = isinstance(value, _SCALARS) and not isinstance(value, CodeType)
        key: object = (type(value), value) if plain else marshal.dumps(value)  # type: ignore[arg-type]
        if key not in self._alike:
            self.values.append(value)
            self._alike[key] = -len(self.values)
        return self._alike[key]

    def _object(self, thing: Any) -> int:
        kind, about, parts, fixed = _apart(thing)
        state = tuple(map(self.number, parts))
        level = 1 + max((self.nodes[n].level for n in state if n >= 0), default=0)
        node = _Node(level, kind, about, state)
        if not fixed:
            return self._add(node)
        if node not in self._alike:
            self._alike[node] = self._add(node)
        return self._alike[node]

    def _add(self, node: _Node) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1


def _is_plain(thing: object) -> bool:
    return type(thing) in _SCALARS or (type(thing) in (tuple, frozenset) and all(map(_is_plain, thing)))  # type: ignore[call-overload]


def _apart(thing: Any) -> tuple[str, tuple[str, ...], list[object], bool]:
    """The kind of an object, what it is of, its parts, and whether it never changes. NotStorableError."""
    kind = type(thing)
    if kind.__name__ in _GROUPS and _GROUPS[kind.__name__] is kind:
        return kind.__name__, (), list(thing), kind in (tuple, frozenset)
    if kind is dict or kind is MappingProxyType:
        return kind.__name__, (), [part for item in thing.items() for part in item], False
    about = (thing if kind is FunctionType else kind).__module__, (thing if kind is FunctionType else kind).__qualname__
    if not about[0].startswith(f"{_PACKAGE}.") or "." in about[1]:
        raise NotStorableError(".".join(about))
    if kind is FunctionType:
        return "function", about, [], True
    if hasattr(kind, "revive"):
        return "revive", about, list(thing.stored()), False
    if isinstance(thing, tuple):
        return "named", about, list(thing), True
    fields = {n: getattr(thing, n) for n in _slots(kind) if hasattr(thing, n)} | getattr(thing, "__dict__", {})
    if isinstance(thing, dict):
        fields[""] = dict(thing)
    parameters = getattr(kind, "__dataclass_params__", None)
    is_frozen = is_record(kind) or (parameters is not None and parameters.frozen)
    return "fields", (*about, *fields), list(fields.values()), is_frozen


def _slots(kind: type) -> list[str]:
    return [n for k in kind.__mro__ for n in vars(k).get("__slots__", ()) if not n.startswith("__")]


def revived(values: tuple[Any, ...], outside: Mapping[str, object]) -> Any:
    """What `plain_values` was given. Any error where `values` are something else."""
    found, batches, top = values
    objects: list[Any] = [*found]
    for kind, about, lengths, states in batches:
        counts, numbers = array("I"), array("I")
        counts.frombytes(lengths)
        numbers.frombytes(states)
        objects += _made(kind, about, counts, numbers, objects, outside)
    return objects[top]


def _made(
    kind: str, about: tuple[str, ...], counts: array[int], numbers: array[int], objects: list[Any],
    outside: Mapping[str, object],
) -> list[Any]:  # fmt: skip
    """The objects of one kind, from the `numbers` of the objects that they are of: each has as many as `counts` says."""
    get = objects.__getitem__
    if kind == "outside":
        return [outside[about[0]]]
    if not about:
        return _groups(kind, counts, map(get, numbers))
    cls = _named(*about[:2])
    if kind == "function":
        return [cls]
    columns = [map(get, numbers[column :: counts[0]]) for column in range(counts[0])]
    if kind == "named":
        return [*map(tuple.__new__, repeat(cls), zip(*columns, strict=True))]
    made = [*map(cls.__new__, repeat(cls, len(counts)))]
    if kind == "revive":
        for thing, *state in zip(made, *columns, strict=True):
            thing.revive(*state)
        return made
    slots = _slots(cls)
    for name, column in zip(about[2:], columns, strict=True):
        if name in slots:
            deque(map(getattr(cls, name).__set__, made, column), maxlen=0)
        elif name:
            deque(map(object.__setattr__, made, repeat(name), column), maxlen=0)
        else:
            deque(map(dict.update, made, column), maxlen=0)
    return made


def _groups(kind: str, counts: array[int], parts: Iterator[Any]) -> list[Any]:
    groups = (islice(parts, count) for count in counts)
    if kind in _GROUPS:
        return [*map(_GROUPS[kind], groups)]
    found = [dict(zip(*[iter(tuple(group))] * 2, strict=True)) for group in groups]
    return found if kind == dict.__name__ else [*map(MappingProxyType, found)]


def _named(module: str, name: str) -> Any:
    """A class or function of this package. ValueError: it is of none of its modules."""
    if not module.startswith(f"{_PACKAGE}."):
        raise ValueError(module)
    found = getattr(import_module(module), name)
    if not isinstance(found, (type, FunctionType)) or found.__module__ != module:
        raise ValueError(name)
    return found


@cache
def engine_state() -> bytes:
    """What tells versions of this package, of Jinja and of Python apart, and how parts are packed."""
    own = carrier(__file__)
    rooms = ("expression", "office", "packet", "template")
    modules = (
        [path for room in rooms for path in sorted((_ROOT / room).rglob("*.py"))] if own == Path(__file__) else [own]
    )
    stats = [path.stat() for path in (*modules, carrier(compiler.__file__))]
    packed = package.deflate((__doc__ or "").encode())
    return repr(
        (__version__, MAGIC_NUMBER, sys.byteorder, packed, [(s.st_size, s.st_mtime_ns) for s in stats])
    ).encode()


class StoredFile:
    """The place of one 版式's compiled templates. What cannot be read or written is as good as none."""

    def __init__(self, name: str, key: bytes) -> None:
        """`name` tells the 版式 and its kind, `key` (a digest) all that its compiled templates are made of."""
        folder = cache_folder(_FOLDER)
        own = folder is not None and _is_own(about := folder.stat()) and not _is_open(about)
        self._path = folder / sha256(name.encode()).hexdigest()[:32] if folder and own else None
        self._key = key

    def read(self) -> Any:
        """The values that were written under this key; None where there are none, or the file is damaged."""
        data = self._data()
        start = len(_MARK) + len(self._key)
        head, checksum, body = data[:start], data[start : start + _CHECKSUM], data[start + _CHECKSUM :]
        if head != _MARK + self._key or not body or package.checksum(body).to_bytes(_CHECKSUM, "little") != checksum:
            return None
        with suppress(ValueError, EOFError, TypeError):
            return marshal.loads(body)  # noqa: S302 - of our own writing, in a folder of ours: see above
        return None

    @property
    def was_asked(self) -> bool:
        """Whether `ask` was called under this key in an earlier run."""
        return self._data().startswith(_MARK + self._key)

    def ask(self) -> None:
        """Note that these templates were used: those of a layout that somebody edits are another every time."""
        self._write(b"")

    def write(self, values: Any) -> None:
        """Keep the values. ValueError: something in them cannot be marshalled."""
        body = marshal.dumps(values)
        self._write(package.checksum(body).to_bytes(_CHECKSUM, "little") + body)

    def _data(self) -> bytes:
        with suppress(OSError):
            if self._path:
                with self._path.open("rb") as file:
                    about = os.fstat(file.fileno())
                    return file.read() if stat.S_ISREG(about.st_mode) and _is_own(about) else b""
        return b""

    def _write(self, rest: bytes) -> None:
        if self._path is None:
            return
        with suppress(OSError):
            with placed(self._path) as aside:
                aside.write_bytes(_MARK + self._key + rest)
            for path in _oldest(self._path.parent):
                path.unlink()


def _is_own(about: os.stat_result) -> bool:
    """Whether a file or folder is this user's; on Windows it lies in the user's own profile."""
    return not hasattr(os, "getuid") or about.st_uid == os.getuid()


def _is_open(folder: os.stat_result) -> bool:
    """Whether others may write in a folder."""
    return os.name != "nt" and bool(folder.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def _oldest(folder: Path) -> Iterator[Path]:
    files = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    yield from files[_MOST:]
