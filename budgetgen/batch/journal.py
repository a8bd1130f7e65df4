"""outcomes.jsonl: a line for each unit as it is finished, read back by the place of each line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from budgetgen.batch.ledger import Line
from budgetgen.batch.outcome import Outcome
from budgetgen.office.files import is_full

NAME = "outcomes.jsonl"
_LONGEST = 2**20


class Journal:
    """The file, open for reading and appending. `make_room` is called once where the disk is full."""

    def __init__(self, path: Path, *, resume: bool, make_room: Callable[[], bool]) -> None:
        self._make_room = make_room
        # Unbuffered: what is written is the system's at once, so that a killed run loses no finished unit.
        self._file = path.open("r+b" if resume and path.exists() else "w+b", buffering=0)
        self._end = self._mended() if resume else 0

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def _mended(self) -> int:
        """Cut off a last line that a killed run left torn; the end of the file."""
        size = self._file.seek(0, os.SEEK_END)
        end = size
        while end:
            begin = max(0, end - _LONGEST)
            self._file.seek(begin)
            cut = self._file.read(end - begin).rfind(b"\n")
            end = begin + cut + 1 if cut >= 0 else begin
            if cut >= 0:
                break
        if end != size:
            self._file.truncate(end)
        return end

    def earlier(self) -> Iterator[tuple[Outcome, Line]]:
        """The outcomes that are there, in order; lines that are none of ours are passed over."""
        place = 0
        with Path(self._file.name).open("rb") as lines:
            for text in lines:
                outcome = _read(text)
                if outcome is not None:
                    yield outcome, Line(place, len(text))
                place += len(text)

    def append(self, outcome: Outcome) -> Line:
        """Write an outcome. OSError: it can't be written; then nothing of it is."""
        text = outcome.to_line()
        try:
            self._write(text)
        except OSError as e:
            self._file.truncate(self._end)
            if not is_full(e) or not self._make_room():
                raise
            self._write(text)
        line = Line(self._end, len(text))
        self._end += len(text)
        return line

    def _write(self, text: bytes) -> None:
        self._file.seek(self._end)
        rest = memoryview(text)
        while rest:
            rest = rest[self._file.write(rest) :]

    def read(self, line: Line) -> Outcome:
        """The outcome at a place."""
        self._file.seek(line.place)
        return Outcome.from_line(self._file.read(line.length))


def _read(text: bytes) -> Outcome | None:
    try:
        return Outcome.from_line(text)
    except (ValueError, TypeError, KeyError):
        return None
