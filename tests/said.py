"""Reading a text as a file, and finding what was said about it."""

from __future__ import annotations

from dataclasses import dataclass

from budgetgen.issues import Issue, Level, Rejected
from budgetgen.model import Loaded
from budgetgen.reading import loads

HEAD = """\
年度: 2024
金额单位: 万元
单位: {名称: 甲局, 类型: 部门}
收支明细:
- 科目: 2013102
"""
"""A file that is right, of five lines; what a test adds begins on line 6."""


@dataclass(frozen=True)
class Outcome:
    """What reading gave: accounts where nothing was wrong, and everything that was said."""

    loaded: Loaded | None
    issues: tuple[Issue, ...]

    @property
    def accepted(self) -> Loaded:
        assert self.loaded, self.said
        return self.loaded

    @property
    def said(self) -> str:
        return "\n".join(map(str, self.issues))

    @property
    def errors(self) -> list[Issue]:
        return [i for i in self.issues if i.level is Level.ERROR]

    def says(self, where: str, level: Level, *words: str) -> Issue:
        """The issue of `level` at `where` that holds all of `words`."""
        for issue in self.issues:
            text = str(issue)
            if str(issue.place) == where and issue.level is level and all(w in text for w in words):
                return issue
        raise AssertionError(f"at {where} nothing says {'、'.join(words)}:\n{self.said}")

    def refuses(self, where: str, *words: str) -> Issue:
        """The error at `where` with `words`; the file gave no accounts."""
        assert self.loaded is None
        return self.says(where, Level.ERROR, *words)

    def notes(self, where: str, *words: str) -> Issue:
        return self.says(where, Level.NOTE, *words)


def read(data: str | bytes) -> Outcome:
    """Read `data` as the file `unit.yaml`."""
    try:
        loaded = loads(data, "unit.yaml")
    except Rejected as e:
        return Outcome(None, e.issues)
    return Outcome(loaded, loaded.issues)
