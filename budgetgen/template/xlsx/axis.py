"""Where the rows (or columns) of a template stand in the output, after loops have repeated them and tags vanished."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Scope = tuple[int, ...]
"""The turn of each loop that a line stands in, outermost first."""


@dataclass(frozen=True, slots=True)
class Band:
    """Neighbouring lines of the template that go together: `first` to `last`, in the loops `loops`.

    Most bands are one line; a stretch of lines that the file does not mention is one band.
    """

    first: int
    last: int
    loops: tuple[int, ...] = ()
    vanishes: bool = False

    @property
    def size(self) -> int:
        """How many lines."""
        return self.last - self.first + 1


class Axis:
    """The bands of one template in order, and the instances of each in one render."""

    __slots__ = ("_firsts", "bands", "instances", "limit", "next")

    def __init__(self, bands: Sequence[Band], limit: int) -> None:
        self.bands = bands
        self.limit = limit
        self.instances: list[list[tuple[int, Scope]]] = [[] for _ in bands]
        self.next = 1
        self._firsts = [b.first for b in bands]

    def add(self, index: int, scope: Scope) -> int:
        """One more instance of a band; the number of its first line."""
        at = self.next
        self.instances[index].append((at, scope))
        self.next += self.bands[index].size
        return at

    def index_of(self, line: int) -> int:
        """The band that holds a line of the template."""
        return bisect_right(self._firsts, line) - 1

    def loops_of(self, line: int) -> tuple[int, ...]:
        """The loops that a line of the template stands in."""
        return self.bands[self.index_of(line)].loops if self.bands and line <= self.bands[-1].last else ()

    def runs(self, first: int, last: int, loops: tuple[int, ...] = (), scope: Scope = ()) -> list[tuple[int, int]]:
        """The lines of the output that the template's `first` to `last` became, as stretches in order.

        With `loops` and `scope`, as seen from a line in these loops at these turns.
        """
        if not self.bands:
            return [(first, last)]
        plain = self._between(first, last)
        if plain:
            return [plain]
        found = sorted(self._stretches(first, last, loops, scope))
        joined: list[tuple[int, int]] = []
        for start, end in found:
            if joined and start == joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        return joined

    def span(self, first: int, last: int, loops: tuple[int, ...] = (), scope: Scope = ()) -> tuple[int, int] | None:
        """From the first to the last line of the output; None where all of them vanished."""
        plain = self._between(first, last)
        if plain:
            return plain
        found = list(self._stretches(first, last, loops, scope))
        return (min(s for s, _ in found), max(e for _, e in found)) if found else None

    def _between(self, first: int, last: int) -> tuple[int, int] | None:
        """The easy case: `first` and `last` stand in no loop, and both came; all between them is one stretch."""
        if not self.bands:
            return first, last
        low, high = self.index_of(first), self.index_of(last)
        start, end = self.bands[low], self.bands[high]
        if start.loops or end.loops or last > end.last or not self.instances[low] or not self.instances[high]:
            return None
        return self.instances[low][0][0] + first - start.first, self.instances[high][0][0] + last - end.first

    def groups(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """One stretch for each turn of the loops that `first` to `last` all stand in: how a merge repeats."""
        if not self.bands:
            yield first, last
            return
        index = self.index_of(first)
        band = self.bands[index]
        if last <= band.last:
            offset, length = first - band.first, last - first
            for start, _ in self.instances[index]:
                yield start + offset, start + offset + length
            return
        covered = [i for i in self._covered(first, last) if not self.bands[i].vanishes]
        depth = _shared_depth([self.bands[i].loops for i in covered])
        ends: dict[Scope, tuple[int, int]] = {}
        for index in covered:
            for start, end, scope in self._clipped(index, first, last):
                low, high = ends.get(scope[:depth], (start, end))
                ends[scope[:depth]] = (min(low, start), max(high, end))
        tail = self._tail(first, last)
        if tail:
            low, high = ends.get((), tail)
            ends[()] = (min(low, tail[0]), max(high, tail[1]))
        yield from ends.values()

    def _covered(self, first: int, last: int) -> range:
        if not self.bands:
            return range(0)
        return range(max(0, self.index_of(first)), self.index_of(last) + 1)

    def _clipped(self, index: int, first: int, last: int) -> Iterator[tuple[int, int, Scope]]:
        band = self.bands[index]
        low, high = max(first, band.first) - band.first, min(last, band.last) - band.first
        if low <= high:
            for start, scope in self.instances[index]:
                yield start + low, start + high, scope

    def _stretches(self, first: int, last: int, loops: tuple[int, ...], scope: Scope) -> Iterator[tuple[int, int]]:
        for index in self._covered(first, last):
            depth = _shared_depth([self.bands[index].loops, loops]) if loops else 0
            for start, end, turn in self._clipped(index, first, last):
                if turn[:depth] == scope[:depth]:
                    yield start, end
        tail = self._tail(first, last)
        if tail:
            yield tail

    def _tail(self, first: int, last: int) -> tuple[int, int] | None:
        """Lines after the template's last one move along with it."""
        end = self.bands[-1].last if self.bands else 0
        if last <= end:
            return None
        shift = self.next - 1 - end
        low, high = max(first, end + 1) + shift, last + shift
        if last >= self.limit:
            high = self.limit
        return (low, min(high, self.limit)) if low <= self.limit else None


def _shared_depth(paths: Sequence[tuple[int, ...]]) -> int:
    """How many loops, from outside in, all of `paths` have in common."""
    if not paths:
        return 0
    depth = 0
    for turn in zip(*paths, strict=False):
        if len(set(turn)) != 1:
            break
        depth += 1
    return depth
