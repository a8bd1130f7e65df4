"""How a run tells where it is: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Protocol

from budgetgen.batch.outcome import Ending

_EVERY_SECONDS = 10.0


class Progress(Protocol):
    """What a run calls. `total` is 0 where it is not known."""

    def begin(self, title: str, total: int) -> None:
        """A new stretch of work, in place of the one before."""

    def step(self, ending: Ending | None = None) -> None:
        """One more is done."""

    def end(self) -> None:
        """No more is to come, for whatever reason."""


class Plain:
    """A line at most every ten seconds."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self.begin("", 0)

    def begin(self, title: str, total: int) -> None:
        """A new stretch of work."""
        self._title, self._total, self._done = title, total, 0
        self._endings: Counter[Ending] = Counter()
        self._begun = self._told = time.monotonic()

    def step(self, ending: Ending | None = None) -> None:
        """One more is done."""
        self._done += 1
        if ending is not None:
            self._endings[ending] += 1
        now = time.monotonic()
        if now - self._told >= _EVERY_SECONDS:
            self._told = now
            self._tell(
                f"{self._title} {progress_text(self._done, self._total, now - self._begun)}{counted(self._endings)}"
            )

    def end(self) -> None:
        """The stretch is over."""


class Bar:
    """A bar that moves, with rate and time left."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - only where there is a terminal
        from rich.progress import BarColumn, TextColumn  # noqa: PLC0415
        from rich.progress import Progress as Bars  # noqa: PLC0415

        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"))
        self._bars: Any = Bars(*columns, console=Console(stderr=True), refresh_per_second=4, transient=True)
        self._task: Any = None

    def begin(self, title: str, total: int) -> None:
        """A new stretch of work."""
        self._total, self._done, self._begun = total, 0, time.monotonic()
        self._endings: Counter[Ending] = Counter()
        self.end()
        self._bars.start()
        self._task = self._bars.add_task(title, total=total or None, told="")

    def step(self, ending: Ending | None = None) -> None:
        """One more is done."""
        self._done += 1
        if ending is not None:
            self._endings[ending] += 1
        told = progress_text(self._done, self._total, time.monotonic() - self._begun) + counted(self._endings)
        self._bars.update(self._task, completed=self._done, told=told)

    def end(self) -> None:
        """Take the bar away."""
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._bars.stop()
        self._task = None


def shown_on(tell: Callable[[str], None]) -> Progress:
    """A bar where the error stream is a terminal and rich is there, else plain lines through `tell`."""
    if sys.stderr.isatty():
        try:
            return Bar()
        except ImportError:
            pass
    return Plain(tell)


def progress_text(done: int, total: int, seconds: float) -> str:
    """`120/2000，每分钟 480 个，还要 4 分钟`."""
    rate = done / seconds if seconds > 0 else 0.0
    told = f"{done}/{total}" if total else f"{done}"
    if done and seconds >= 1:
        told += f"，每分钟 {rate * 60:.0f} 个"
        if total > done:
            told += f"，还要 {duration((total - done) / rate)}"
    return told


def duration(seconds: float) -> str:
    """`3 小时 5 分钟`, `4 分钟`, `20 秒`."""
    minutes, hours = round(seconds / 60), int(seconds // 3600)
    if hours:
        return f"{hours} 小时 {round(seconds / 60) - hours * 60} 分钟"
    return f"{minutes} 分钟" if minutes else f"{round(seconds)} 秒"


def counted(endings: Counter[Ending]) -> str:
    """`，成品 118、草稿 2`: how many ended how."""
    told = "、".join(f"{e.value} {endings[e]}" for e in reversed(Ending) if endings[e])
    return f"，{told}" if told else ""
