"""TEXT-009: numbering that skips, repeats, or is written where the program writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from budgetgen.check.rules import rule
from budgetgen.check.texts.corpus import Corpus, Found, Kind, corpus, told
from budgetgen.compute import Computed
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded

_ORDINAL = "[一二三四五六七八九十]{1,3}"
_START = r"(?:^|(?<=[，。；：\n]))[ 　]*"
_NUMBERED = re.compile(
    rf"{_START}(?:[（(](?P<round>{_ORDINAL})[）)]|第(?P<nth>{_ORDINAL})[，、：]"
    rf"|(?P<first>{_ORDINAL})(?:(?P<list>、)|是|要)"
    r"|(?P<point>[0-9]{1,2})(?:[.．](?![0-9])|、)|[（(]?(?P<digit>[0-9]{1,2})[）)])|(?P<ring>[①-⑳])",
    re.MULTILINE,
)
_STYLES = {
    "round": "（一）",
    "nth": "第一，",
    "list": "一、",
    "first": "一是",
    "point": "1.",
    "digit": "（1）",
    "ring": "①",
}
"""The group that tells a style → how messages call it; 一、 is told from 一是 by its mark."""
_OWN = re.compile(
    rf"^[ 　]*(?:[（(](?:{_ORDINAL}|[0-9]{{1,2}})[）)]|{_ORDINAL}、|[0-9]{{1,2}}(?:[.．](?![0-9])|、))", re.MULTILINE
)
_TENS = "十"


@rule("TEXT-009", "文字中的序号连续", "序号应从一起连续编排，不漏不重")
def numbering_is_whole(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """（一）…（三）, 一是…三是, 1. … 3.: a number left out or given twice; and a duty that brings its own number."""
    texts = corpus(loaded)
    for found, style, number, last in _breaks(texts):
        now = found.match[0].strip("，。；： 　")
        what = f"第 {last} 项以后{'又是' if number == last else '就到了'}“{now}”"
        cause = f"“{style}”这样的序号{what}：{found.excerpt}。"
        yield told("TEXT-009", Level.WARNING, found, cause, "核对是不是漏了一项，再把序号编连续。", loaded)
    for found in texts.find(_OWN, frozenset({Kind.DUTY})):
        if found.at == 0 and found.written.key == "职责" and found.written.path.startswith("单位.职责["):
            cause = f"{found.excerpt}带了序号，序号由程序编，会印成两个。"
            yield told("TEXT-009", Level.WARNING, found, cause, "删去序号。", loaded)


def _breaks(texts: Corpus) -> Iterator[tuple[Found, str, int, int]]:
    """Where a run that begins at one leaves a number out or repeats one: its style, the number and the one before."""
    path, last = "", dict[str, int]()
    for found in texts.find(_NUMBERED):
        if found.written.path != path:
            path, last = found.written.path, {}
        style = next(label for group, label in _STYLES.items() if found.match[group])
        number = _value(next(t for g, t in found.match.groupdict().items() if t and g != "list"))
        before = last.get(style, 0)
        if before and number != 1 and (number == before or number > before + 1):
            yield found, style, number, before
        if number == 1 or before:
            last[style] = number


def _value(text: str) -> int:
    """The number that is written: 十二, 12 or ⑫."""
    if text.isascii():
        return int(text)
    if "①" <= text[0] <= "⑳":
        return ord(text[0]) - ord("①") + 1
    tens, ten, ones = text.rpartition(_TENS)
    return (_digit(tens) or 1) * 10 * bool(ten) + _digit(ones)


def _digit(text: str) -> int:
    return "一二三四五六七八九".find(text[-1]) + 1 if text else 0
