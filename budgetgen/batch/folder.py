"""The folder that a run writes to: one run at a time, cleared of what a killed run left, with room for the last word."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from budgetgen.batch.causes import FULL, IN_USE, of_run
from budgetgen.issues import Rejected
from budgetgen.office.files import clear_left_over, is_full

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
        aside = self.path / f".{name}.{os.getpid()}.tmp"
        try:
            yield aside
            aside.replace(self.path / name)
        finally:
            with suppress(OSError):
                aside.unlink(missing_ok=True)

    def refused(self, error: OSError) -> Rejected:
        """What is said where the system will not write here."""
        return _refused(self.path, error)


def _refused(out: Path, error: OSError) -> Rejected:
    if is_full(error):
        cause, mend = "磁盘满了，写不下。", "清理磁盘，或用 -o 指定另一个磁盘上的文件夹。"
        return Rejected([of_run(FULL, cause, mend, out)])
    cause = f"写不进去：{error.strerror or error}。"
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
