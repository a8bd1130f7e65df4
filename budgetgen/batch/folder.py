"""The folder that a run writes to: one run at a time, cleared of what a killed run left, with room for the last word.

`outcomes.jsonl` in it gets a line for each unit as it is finished; a line is read back by its place.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Generic, Protocol, Self, TypeVar

from budgetgen.batch.outcome import FULL, IN_USE, of_run
from budgetgen.issues import Rejected, refusal
from budgetgen.office.files import clear_left_over, is_full, placed

OUTCOMES = "outcomes.jsonl"
_LONGEST = 2**20
_MARK, _ROOM = ".批量进行中", ".批量备用空间"
_ROOM_FOR_EACH, _ROOM_FOR_JOB, _ROOM_AT_LEAST, _ROOM_AT_MOST = 1000, 2**17, 2**18, 200 * 2**20


class RunFolder:
    """`out`, taken by this run. Rejected where another run has it, or the system refuses."""

    def __init__(self, out: Path) -> None:
        self.path = out
        try:
            out.mkdir(parents=True, exist_ok=True)
            killed = (out / _MARK).exists()
            self._mark: IO[bytes] = (out / _MARK).open("ab")
        except OSError as e:
            raise _refused(out, e) from e
        if not _locked(self._mark):
            self._mark.close()
            cause = "另一个批量正在写这个文件夹。"
            raise Rejected([of_run(IN_USE, cause, "等它做完，或用 -o 指定另一个文件夹。", out)])
        if killed:
            self._clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.make_room()
        self._mark.close()
        with suppress(OSError):
            (self.path / _MARK).unlink()

    def _clear(self) -> None:
        """Take away the files that a killed run was writing."""
        clear_left_over(self.path)
        with suppress(OSError), os.scandir(self.path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    clear_left_over(Path(entry.path))

    def take_away(self, names: tuple[str, ...]) -> None:
        """Take away earlier results, which this run's will replace. Rejected where a program holds one of them."""
        for name in names:
            try:
                (self.path / name).unlink(missing_ok=True)
            except OSError as e:
                cause, mend = "文件正被别的程序打开，写不了新的结果。", "请先关闭它，再运行一次。"
                raise Rejected([of_run(IN_USE, cause, mend, self.path / name)]) from e

    def keep_room(self, units: int, jobs: int) -> None:
        """Take the space that telling the outcomes of so many units needs, so that a full disk can be told."""
        size = min(_ROOM_AT_LEAST + units * _ROOM_FOR_EACH + jobs * _ROOM_FOR_JOB, _ROOM_AT_MOST)
        piece = bytes(2**16)
        try:
            with (self.path / _ROOM).open("wb") as file:
                for _ in range(0, size, len(piece)):
                    file.write(piece)
        except OSError as e:
            self.make_room()
            raise _refused(self.path, e) from e

    def make_room(self) -> bool:
        """Give that space back; whether there was any."""
        try:
            (self.path / _ROOM).unlink()
        except OSError:
            return False
        return True

    @contextmanager
    def placed(self, name: str) -> Iterator[Path]:
        """A path aside, whose file is moved to its `name` once it is whole."""
        with placed(self.path / name) as aside:
            yield aside

    def refused(self, error: OSError) -> Rejected:
        """What is said where the system will not write here."""
        return _refused(self.path, error)


def _refused(out: Path, error: OSError) -> Rejected:
    if is_full(error):
        cause, mend = "磁盘满了，写不下。", "清理磁盘，或用 -o 指定另一个磁盘上的文件夹。"
        return Rejected([of_run(FULL, cause, mend, out)])
    cause = f"写不进去：{refusal(error)}。"
    return Rejected([of_run(IN_USE, cause, "核对文件夹和权限，或用 -o 指定另一个文件夹。", out)])


def _locked(file: IO[bytes]) -> bool:
    """Whether the file could be locked until it is closed; a system that has no locks says yes."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - Windows alone has it

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - Windows has it not

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True


@dataclass(frozen=True, slots=True)
class Line:
    """Where an outcome stands in outcomes.jsonl; `kept`: it is an earlier run's."""

    place: int
    length: int
    kept: bool = False


class Record(Protocol):
    """What became of one input, as a line."""

    def to_line(self) -> bytes:
        """One line."""

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """The record of a line. ValueError: the line is torn, or none of ours."""


Recorded = TypeVar("Recorded", bound=Record)


class Journal(Generic[Recorded]):
    """The file, open for reading and appending. `make_room` is called once where the disk is full."""

    def __init__(self, path: Path, kind: type[Recorded], *, resume: bool, make_room: Callable[[], bool]) -> None:
        self._kind, self._make_room = kind, make_room
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

    def earlier(self) -> Iterator[tuple[Recorded, Line]]:
        """The outcomes that are there, in order; lines that are none of ours are passed over."""
        place = 0
        with Path(self._file.name).open("rb") as lines:
            for text in lines:
                with suppress(ValueError):
                    yield self._kind.from_line(text), Line(place, len(text))
                place += len(text)

    def append(self, outcome: Recorded) -> Line:
        """Write an outcome. Rejected: it can't be written; then nothing of it is."""
        text = outcome.to_line()
        try:
            self._put(text)
        except OSError as e:
            cause, place = f"写不进去：{refusal(e)}。", Path(self._file.name)
            raise Rejected([of_run(FULL, cause, "清理磁盘后加上 --resume 再运行。", place)]) from e
        line = Line(self._end, len(text))
        self._end += len(text)
        return line

    def _put(self, text: bytes) -> None:
        try:
            self._write(text)
        except OSError as e:
            self._file.truncate(self._end)
            if not is_full(e) or not self._make_room():
                raise
            self._write(text)

    def _write(self, text: bytes) -> None:
        self._file.seek(self._end)
        rest = memoryview(text)
        while rest:
            rest = rest[self._file.write(rest) :]

    def read(self, line: Line) -> Recorded:
        """The outcome at a place."""
        self._file.seek(line.place)
        return self._kind.from_line(self._file.read(line.length))
