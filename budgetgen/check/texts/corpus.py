"""The texts of one unit, laid end to end: a rule looks through all of them at once."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate, groupby

from budgetgen.issues import Issue, Level
from budgetgen.model import Accounts, Declared, Loaded, child_path, item_path
from budgetgen.model.declarations import FieldSpec, Lines, ListOf, Text, fields_of

_AROUND = 8
_LONGEST = 20
_DIGIT = re.compile("[0-9]")


class Kind(Enum):
    """What a text is, as far as rules differ by it."""

    NAME = "名称"
    DUTY = "职责"
    REASON = "原因"
    PLATFORM = "公开平台"
    TERM = "名词"
    CELL = "表中的字"
    PROSE = "文字"


_KINDS = {
    **dict.fromkeys(
        (
            "名称",
            "表头名称",
            "类名称",
            "款名称",
            "项名称",
            "项目名称",
            "评价项目",
            "内设机构",
            "对方",
            "另设",
            "单位",
        ),
        Kind.NAME,
    ),
    **dict.fromkeys(("团组", "名词"), Kind.NAME),
    **dict.fromkeys(("一级", "二级", "三级", "指标值", "完成值", "扣分标准", "偏差原因"), Kind.CELL),
    **dict.fromkeys(("主管部门", "实施单位", "单位简称", "自称"), Kind.NAME),
    **dict.fromkeys(("职责引言", "职责"), Kind.DUTY),
    **dict.fromkeys(("差异原因", "预算差异原因", "上年差异原因", "原因"), Kind.REASON),
    "公开平台": Kind.PLATFORM,
    "解释": Kind.TERM,
}
_REASONS = "变动原因"
_UNREAD = frozenset({"版式", "数字核定", "数据", "本级数据", "上年文件"})
SENTENCES = frozenset({Kind.REASON, Kind.PROSE})
"""What the unit says of its year, in its own words."""
ALL = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class Written:
    """One text of the input: its path, its key, and what it is."""

    path: str
    key: str
    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Found:
    """What a pattern matched in one text; `at` is counted in that text."""

    written: Written
    match: re.Match[str]
    at: int

    @property
    def end(self) -> int:
        """Where the match ends in its text."""
        return self.at + len(self.match[0])

    @property
    def excerpt(self) -> str:
        """The match and a few characters around it, as a message quotes them."""
        text, first = self.written.text, max(0, self.at - _AROUND)
        last = min(len(text), min(self.end, self.at + _LONGEST) + _AROUND)
        head, tail = "…" if first else "", "…" if last < len(text) else ""
        return f"“{head}{text[first:last]}{tail}”".replace("\n", " ")


class Corpus:
    """Every text that a unit wrote, in the order of the input."""

    __slots__ = ("_numeric", "_starts", "joined", "texts")

    def __init__(self, texts: Iterable[Written]) -> None:
        self.texts = tuple(texts)
        self.joined = "\n".join(t.text for t in self.texts)
        self._starts = tuple(accumulate((len(t.text) + 1 for t in self.texts), initial=0))
        self._numeric: Corpus | None = None

    @property
    def numeric(self) -> Corpus:
        """The texts that hold a digit: what rules on numbers look through."""
        if self._numeric is None:
            self._numeric = Corpus(t for t in self.texts if _DIGIT.search(t.text))
        return self._numeric

    def find(self, pattern: re.Pattern[str], kinds: frozenset[Kind] = ALL) -> Iterator[Found]:
        """What `pattern`, which never runs over a line's end, matches in texts of these kinds."""
        for match in pattern.finditer(self.joined):
            index = bisect_right(self._starts, match.start()) - 1
            if self.texts[index].kind in kinds:
                yield Found(self.texts[index], match, match.start() - self._starts[index])

    def once(self, pattern: re.Pattern[str], kinds: frozenset[Kind] = ALL) -> Iterator[Found]:
        """The first match in each text."""
        for _, found in groupby(self.find(pattern, kinds), key=lambda f: f.written.path):
            yield next(found)


_latest: tuple[Accounts | None, Corpus] = (None, Corpus(()))


def corpus(loaded: Loaded) -> Corpus:
    """The texts of `loaded`, gathered once for all rules."""
    global _latest  # noqa: PLW0603 - a memory of one: rules run one after the other on the same unit
    kept, texts = _latest
    if kept is not loaded.accounts:
        texts = Corpus(_gather(loaded.accounts, ""))
        _latest = loaded.accounts, texts
    return texts


def _gather(model: Declared, path: str) -> Iterator[Written]:
    for key, spec in fields_of(type(model)).items():
        value = getattr(model, spec.name)
        if value is not None and key not in _UNREAD:
            yield from _written(value, spec, child_path(path, key))


def _written(value: object, spec: FieldSpec, path: str) -> Iterator[Written]:
    if isinstance(value, Declared):
        yield from _gather(value, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _written(item, spec, item_path(path, index, item))
    elif isinstance(value, str) and value and _is_text(spec):
        kind = Kind.REASON if path.startswith(_REASONS) else _KINDS.get(spec.key, Kind.PROSE)
        yield Written(path, spec.key, value, kind)


def _is_text(spec: FieldSpec) -> bool:
    shape = spec.shape.item if isinstance(spec.shape, ListOf) else spec.shape
    return isinstance(shape, (Text, Lines))


def told(rule_id: str, level: Level, found: Found | Written, cause: str, mend: str, loaded: Loaded) -> Issue:
    """An issue of the text in which something was found."""
    path = found.path if isinstance(found, Written) else found.written.path
    return Issue(rule_id, level, cause, mend, path, loaded.place(path))
