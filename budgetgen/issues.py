"""What is wrong, where, and how it is mended: the one form in which every step reports, and the reader's rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, IntEnum
from unicodedata import category

FORBIDDEN = "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]"
"""What no XML file can hold, as a pattern; none of it is printable."""
MOST_ISSUES = 100
"""A file that is wrong from end to end is told so; more lines than this help nobody."""


_LONGEST_NAME = 60
"""What is longer is no mistyped name, and takes long to hold against others."""


class Level(IntEnum):
    """How grave an issue is. An error stops a packet from being written."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def label(self) -> str:
        """The level as users read it."""
        return {Level.NOTE: "提示", Level.WARNING: "警告", Level.ERROR: "错误"}[self]


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Where a value was read: a line of a text file (counted from 1) or a cell of a workbook."""

    file: str
    line: int = 0
    cell: str = ""

    def __str__(self) -> str:
        file = visible(self.file)
        if self.cell:
            return f"{file} {self.cell}"
        return f"{file}:{self.line}" if self.line else file


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding.

    `rule` is the id of the rule that found it (`INPUT-003`, `CROSS-012`), `path` the value's path in the accounts
    (`收支明细[2013102].支出.项目`), `place` where a person finds it, `cause` what is wrong with both figures, `mend`
    what to do. `paths` are all input values that the finding rests on, `figures` the names and amounts it holds against
    each other, `difference` what lies between them; `waived` is the reason for which the unit lets it stand.
    """

    rule: str
    level: Level
    cause: str
    mend: str = ""
    path: str = ""
    place: SourceRef | None = None
    paths: tuple[str, ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    difference: str = ""
    waived: str = ""

    @property
    def stops(self) -> bool:
        """Whether it keeps a packet from being written."""
        return self.level is Level.ERROR and not self.waived

    def __str__(self) -> str:
        where = f"{self.place} " if self.place else ""
        what = f"{self.path}：" if self.path else ""
        mend = f" {self.mend}" if self.mend else ""
        return f"{where}{self.level.label} {self.rule} {what}{self.cause}{mend}"


class Rejected(Exception):  # noqa: N818 - it carries findings about the user's input, not a failure of the program
    """A step could not give a result; `issues` say why."""

    def __init__(self, issues: Iterable[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("\n".join(map(str, self.issues)))


def visible(text: str) -> str:
    r"""`text` with what can't be shown as escapes: bytes of a name that is no UTF-8 (`\xb2`), control and hidden characters."""
    if text.isprintable():
        return text
    return "".join(_escape(c) if c not in "\n\t" and unicodedata.category(c) in _HIDDEN else c for c in text)


_HIDDEN = frozenset({"Cc", "Cf", "Cs"})
_BYTES = range(0xDC80, 0xDD00)  # how Python keeps a byte of a name that is no character


def _escape(character: str) -> str:
    code = ord(character)
    if code in _BYTES:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}"


def near_miss(name: str, known: Iterable[str]) -> str:
    """`，是否想写“…”？` with the nearest known name, or an empty text where none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - most runs find nothing wrong

    if len(name) > _LONGEST_NAME:
        return ""
    candidates = [k for k in known if k and k != name]
    close = get_close_matches(name, candidates, n=1, cutoff=0.5)
    if not close:
        close = [k for k in candidates if name and (name in k or k in name)][:1]
    return f"，是否想写“{close[0]}”？" if close else ""


def invisible_characters(text: str) -> list[str]:
    """Characters of `text` that nobody sees and that turn, join or part what stands around them, as `U+202E`."""
    if text.isprintable():
        return []
    return sorted({f"U+{ord(c):04X}" for c in text if category(c) == "Cf"})


def forbidden_characters(text: str) -> list[str]:
    """Characters of `text` that no XML file can hold, as `U+0001`."""
    return (
        [] if text.replace("\n", "").isprintable() else sorted({f"U+{ord(c):04X}" for c in re.findall(FORBIDDEN, text)})
    )


class Rule(Enum):
    """Id and Chinese name of each rule of the reader. An id never changes its meaning."""

    UNREADABLE = ("INPUT-001", "文件读不到")
    FILE_KIND = ("INPUT-002", "文件种类不支持")
    TOO_LARGE = ("INPUT-003", "文件太大、层次或内容太多")
    ENCODING = ("INPUT-004", "文字编码")
    CHARACTER = ("INPUT-005", "不能用的字符")
    SYNTAX = ("INPUT-006", "YAML 写法")
    UNSUPPORTED = ("INPUT-007", "不支持的 YAML 写法")
    NO_CONTENT = ("INPUT-008", "没有内容，或不是“键: 值”")
    UNKNOWN_KEY = ("INPUT-009", "没有这个键")
    DUPLICATE_KEY = ("INPUT-010", "键重复")
    MISSING = ("INPUT-011", "缺少必填项")
    SHAPE = ("INPUT-012", "该是列表、一组键值或一个值")
    AMOUNT = ("INPUT-013", "金额写法")
    NORMALISED = ("INPUT-014", "数的写法已规范")
    COUNT = ("INPUT-015", "整数写法")
    CHOICE = ("INPUT-016", "可选的词")
    BLANK = ("INPUT-017", "留空")
    SENTENCE_MARK = ("INPUT-018", "句末标点")
    NEGATIVE = ("INPUT-019", "负数")
    RANGE = ("INPUT-020", "超出范围")
    PENDING = ("INPUT-021", "还没有填")
    CODE_DIGITS = ("INPUT-022", "编码写法")
    SCORE = ("INPUT-023", "分数写法")
    LINE_BREAK = ("INPUT-024", "换行")
    SHEET = ("INPUT-025", "工作表缺少或重复")
    HEADER = ("INPUT-026", "表头或项目不认识")
    CELL = ("INPUT-027", "单元格里不是能用的值")
    MERGED = ("INPUT-028", "数据里有合并单元格")
    IGNORED = ("INPUT-029", "没有读的内容")
    DUPLICATE_ITEM = ("INPUT-030", "列表里同名的两项")
    TABLE_FOUND = ("INPUT-041", "找到的公开表")
    TABLE_MISSING = ("INPUT-042", "没有找到的公开表")
    TABLE_TWICE = ("INPUT-043", "同一张公开表找到两处")
    TABLE_CELL = ("INPUT-044", "公开表的单元格")
    TABLE_ROW = ("INPUT-045", "公开表里认不出的行和栏")
    TABLE_UNIT = ("INPUT-046", "公开表的金额单位")
    TABLE_TOTAL = ("INPUT-047", "公开表两处合计不同")
    TABLE_ASSUMED = ("INPUT-048", "公开表分不出、暂记在一处的数")
    TABLE_UNTOLD = ("INPUT-049", "公开表里没有的必填项")
    PACKAGE = ("INPUT-050", "不是完好的 Excel 或 Word 文件")
    INVISIBLE = ("INPUT-051", "看不见的字符")
    NOT_AN_ITEM = ("CODE-001", "不是项级科目")
    UNKNOWN_ITEM = ("CODE-002", "科目表没有的功能科目")
    REPEATED_LINE = ("CODE-003", "同一科目、同一资金写了两次")
    NOT_FISCAL = ("CODE-004", "财政资金的行有非财政收支")
    FISCAL = ("CODE-005", "非财政拨款的行有财政拨款")
    UNKNOWN_ECONOMIC = ("CODE-006", "科目表没有的经济分类款")
    NOT_BASIC = ("CODE-007", "表 06 不列的经济分类")
    UNKNOWN_CLASS = ("CODE-008", "科目表没有的功能科目类")
    TWO_NAMES = ("CODE-009", "同一科目写了两个名称")

    def __init__(self, code: str, title: str) -> None:
        self.code = code
        self.title = title


class Findings:
    """Gathers issues in the order found."""

    def __init__(self) -> None:
        self._issues: list[Issue] = []

    def error(self, rule: Rule, cause: str, mend: str, place: SourceRef | None, path: str = "") -> None:
        """Keep a fault that forbids reading."""
        self._add(Issue(rule.code, Level.ERROR, cause, mend, path, place))

    def warn(self, rule: Rule, cause: str, mend: str, place: SourceRef | None, path: str = "") -> None:
        """Keep something that is probably wrong."""
        self._add(Issue(rule.code, Level.WARNING, cause, mend, path, place))

    def note(self, rule: Rule, cause: str, mend: str, place: SourceRef | None, path: str = "") -> None:
        """Keep something that the reader did."""
        self._add(Issue(rule.code, Level.NOTE, cause, mend, path, place))

    def _add(self, issue: Issue) -> None:
        # Notes never crowd out an error: errors are kept for as long again.
        if len(self._issues) < MOST_ISSUES or (issue.level is Level.ERROR and not self.full):
            self._issues.append(issue)

    @property
    def full(self) -> bool:
        """Whether further errors would not be kept: looking for them helps nobody."""
        return len(self._issues) >= 2 * MOST_ISSUES

    @property
    def failed(self) -> bool:
        """Whether one of the findings is an error."""
        return any(i.level is Level.ERROR for i in self._issues)

    def issues(self) -> tuple[Issue, ...]:
        """All that was kept, and a word where there may be more."""
        if not self.full:
            return tuple(self._issues)
        last = self._issues[-1]
        cause = f"问题太多，只列出 {len(self._issues)} 处。"
        return (*self._issues, Issue(last.rule, Level.NOTE, cause, "先改前面的，再读一次。", place=last.place))

    def stop(self) -> None:
        """Raise `Rejected` with everything found where one of it is an error."""
        if self.failed:
            raise Rejected(self.issues())
