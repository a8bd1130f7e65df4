"""TEXT-001, TEXT-002, TEXT-007 to TEXT-009, TEXT-012 to TEXT-016: what was left behind, copied, doubled, misnumbered or private."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from budgetgen.check.rules import rule
from budgetgen.check.text_corpus import ALL, SENTENCES, Corpus, Found, UnitText, any_of, corpus, told, words
from budgetgen.compute import Computed
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded
from budgetgen.model.declarations import TextKind as Kind
from budgetgen.model.wording import path_words

_BLOCK = 20
"""A text shorter than this can be the same twice by chance."""
_REPEATED = frozenset({Kind.REASON, Kind.NAME, Kind.CELL})
"""What rightly stands in several places: one reason for several changes, a project's name, an indicator."""
_EVALUATION, _GOALS = "绩效自评", "预期目标"
_PROJECT = re.compile(r"绩效自评\.项目\[[^\]]*\]")
_LEAST_REASON = 3
_MOST = {
    Kind.NAME: 60,
    Kind.REASON: 200,
    Kind.PLATFORM: 200,
    Kind.DUTY: 1500,
    Kind.TERM: 1500,
    Kind.PROSE: 3000,
    Kind.CELL: 500,
}


@rule("TEXT-012", "不同的节没有整段相同的文字", "各节应写各节的内容")
def blocks_are_not_copied(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """A long text that stands in two sections. Sections that share several are told once."""
    first: dict[str, UnitText] = {}
    copies: dict[tuple[str, str], list[UnitText]] = {}
    for written in corpus(loaded).texts:
        if written.kind in _REPEATED or len(written.text) < _BLOCK:
            continue
        original = first.setdefault(written.text, written)
        if original is not written and not _on_one_result(original.path, written.path):
            copies.setdefault(_sections(original.path, written.path), []).append(written)
    for (one, _), group in copies.items():
        count = f"有 {len(group)} 段文字" if len(group) > 1 else "这段文字"
        cause = f"{count}与 {path_words(one)} 的逐字相同（“{group[0].text[:_BLOCK]}…”）。"
        yield told("TEXT-012", Level.WARNING, group[0], cause, "两处各写各的；确实相同的可以不改。", loaded)


def _on_one_result(one: str, other: str) -> bool:
    """Whether two texts tell of one evaluation: in part three, in the report and in its table.

    One project's texts are none of another's, and what was done is not what was to be done.
    """
    if not any(path.startswith(_EVALUATION) for path in (one, other)):
        return False
    projects = (_of(one), _of(other))
    if all(projects):
        return projects[0] == projects[1] and (_GOALS in one) == (_GOALS in other)
    return any(projects) or (_GOALS in one) == (_GOALS in other)


def _of(path: str) -> str:
    """The project that a path is about; blank for the whole unit."""
    project = _PROJECT.match(path)
    return project[0] if project else ""


def _sections(one: str, other: str) -> tuple[str, str]:
    """The two paths without the keys that both end in."""
    left, right = one.split("."), other.split(".")
    while len(left) > 1 and len(right) > 1 and left[-1] == right[-1]:
        left.pop()
        right.pop()
    return ".".join(left), ".".join(right)


@rule("TEXT-016", "文字长短合理", "原因要说清事由；名称不写成句子")
def lengths_are_likely(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """A reason that says nothing, and texts far longer than published packets have."""
    empty = words().lists["空话"]
    for written in corpus(loaded).texts:
        length, text = len(written.text), written.text.strip("。 　\n")
        if written.kind is Kind.REASON and (len(text) < _LEAST_REASON or text in empty):
            cause = f"原因只写了“{text}”，没有说清事由。"
            yield told("TEXT-016", Level.NOTE, written, cause, "写明因为什么事。", loaded)
        elif length > _MOST[written.kind]:
            cause = f"有 {length} 个字，这样的{written.kind.value}一般不超过 {_MOST[written.kind]} 个字。"
            yield told("TEXT-016", Level.NOTE, written, cause, "核对是不是贴多了。", loaded)


_PLACEHOLDER = re.compile("【待填写")


@rule("COMPLETE-003", "文字中没有留待填写", "公开前应填写完整", Level.WARNING)
def texts_are_written(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """Texts that still say 【待填写…】."""
    for found in corpus(loaded).once(_PLACEHOLDER):
        cause = f"还写着“{found.written.text[:20]}”。"
        yield told("COMPLETE-003", Level.WARNING, found, cause, "填上后再生成一次。", loaded)


@rule("TEXT-001", "文字中没有占位的字样", "公开前应填写完整：XX、××、待填写、（如有…填写）等不得公开")
def nothing_holds_a_place(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """A place that was to be filled. 【待填写：…】 is COMPLETE-003's."""
    for found in corpus(loaded).once(words().patterns["占位式样"]):
        cause = f"{found.excerpt}里的“{found.match[0]}”是占位的字样，还没有填。"
        yield told("TEXT-001", Level.ERROR, found, cause, "换成实际内容；没有的删去这一句。", loaded)


@rule("TEXT-002", "文字中没有填表说明的残留", "公开前应删去填表说明和范本的提示")
def no_instructions_are_left(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """A note to the writer that would be published with his text."""
    for found in corpus(loaded).once(words().patterns["说明残留式样"]):
        cause = f"{found.excerpt}像是填表说明或范本的提示，不是单位自己的话。"
        yield told("TEXT-002", Level.WARNING, found, cause, "删去说明，只留实际内容。", loaded)


_DOUBLED = re.compile(r"([一-龥]{2,4})\1")
_PAIRS = {"《": "》", "“": "”", "（": "）", "(": ")", "【": "】", "〔": "〕", "「": "」"}
_ALIKE = {"(": "（", ")": "）"}
"""Half-width brackets close full-width ones: which of them is printed is not this rule's question."""
_CLOSES = {_ALIKE.get(c, c): _ALIKE.get(o, o) for o, c in _PAIRS.items()}
_OPENS = frozenset(_ALIKE.get(o, o) for o in _PAIRS)
_SIGNS = re.compile("[《》“”（）()【】〔〕「」]")
_ITEM = re.compile(r"(?:^|(?<=[，。；：、\n]))[ 　]*[0-9一二三四五六七八九十a-zA-Z]{1,3}[)）]", re.MULTILINE)
_STRAIGHT = '"'
_LONGEST = 30


@rule("TEXT-007", "文字中没有重复的字词和标点", "公文用字用标点")
def nothing_is_doubled(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """的的, 。。, 、， and a word of two to four characters written twice."""
    texts, fine = corpus(loaded), words().lists["叠词"]
    seen: set[str] = set()
    for pattern in (words().patterns["重字式样"], _DOUBLED):
        for found in texts.find(pattern):
            if found.match[0] not in fine and found.written.path not in seen:
                seen.add(found.written.path)
                cause = f"{found.excerpt}里的“{found.match[0]}”重复或连用了。"
                yield told("TEXT-007", Level.WARNING, found, cause, "删去多余的。", loaded)


@rule("TEXT-008", "引号、书名号和括号成对", "GB/T 15834 标点符号用法")
def marks_come_in_pairs(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """An opening mark without its closing one, or the other way round, within one text."""
    texts = corpus(loaded)
    if not _SIGNS.search(texts.joined) and _STRAIGHT not in texts.joined:
        return
    for written in texts.texts:
        wrong = _unmatched(written)
        if wrong:
            text = written.text if len(written.text) <= _LONGEST else f"{written.text[:_LONGEST]}…"
            cause = f"“{text}”里的 {wrong} 没有成对。"
            yield told("TEXT-008", Level.WARNING, written, cause, "补上另一半，或删去。", loaded)


def _unmatched(written: UnitText) -> str:
    """The first mark that has no other half; blank where all have."""
    text = _ITEM.sub("", written.text) if ")" in written.text or "）" in written.text else written.text
    waiting: list[str] = []
    for found in _SIGNS.finditer(text):
        mark = _ALIKE.get(found[0], found[0])
        if mark in _OPENS:
            waiting.append(mark)
        elif not waiting or waiting.pop() != _CLOSES[mark]:
            return mark
    return waiting[-1] if waiting else _STRAIGHT if text.count(_STRAIGHT) % 2 else ""


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


_ID = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9Xx](?![0-9A-Za-z])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_MONTHS, _DAYS = range(1, 13), range(1, 32)
_CONTACT = re.compile(
    r"(?<![0-9])1[3-9][0-9](?:[0-9]{8}|[ -][0-9]{4}[ -][0-9]{4})(?![0-9])"
    r"|(?<![0-9])[（(]?0[1-9][0-9]{1,2}[)）—－ -]{1,2}[2-9][0-9]{6,7}(?![0-9])"
    r"|(?:电话|手机|联系方式|传真)(?:号码)?[：: ]{0,2}[0-9]{7,12}(?![0-9])"
    r"|(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,40}@[A-Za-z0-9-]{1,40}\.[A-Za-z0-9.-]{2,40}"
)
_PROJECT_NAME = re.compile(r"绩效自评\.项目\[[^]]*\]")
"""A project of the annex is reviewed as a whole."""
_NAMES = frozenset({"评价项目", "项目名称", "名称", "团组"})


@cache
def _secret() -> re.Pattern[str]:
    lists = words().lists
    return re.compile(any_of([*lists["涉密字样"], *lists["敏感字样"], *lists["敏感除外"]]))


@rule("TEXT-013", "涉密字样先作保密审查", "《保守国家秘密法》《政府信息公开条例》：公开前应作保密审查")
def secrecy_is_reviewed(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """Words that call for a review, once per text or project. Of duties and offices, which are public, the strong ones."""
    seen: set[str] = set()
    lists = words().lists
    for found in corpus(loaded).find(_secret()):
        written, strong = found.written, found.match[0] in lists["涉密字样"]
        said_of_year = written.kind in SENTENCES or (written.key in _NAMES and not written.path.startswith("单位"))
        reviewed = _PROJECT_NAME.match(written.path)
        what = reviewed[0] if reviewed else written.path
        if found.match[0] in lists["敏感除外"] or what in seen or not (strong or said_of_year):
            continue
        seen.add(what)
        cause = f"{found.excerpt}有“{found.match[0]}”字样，公开前要作保密审查。"
        mend = "经审查可以公开的照写；不宜公开的删去或换个说法。"
        yield told("TEXT-013", Level.WARNING, found, cause, mend, loaded)


@rule("TEXT-014", "文字中没有身份证号", "《个人信息保护法》：公开文本不得有公民身份号码")
def no_identity_numbers(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """18 digits that are a citizen's number: a date within, and the check digit of GB 11643."""
    for found in corpus(loaded).numeric.find(_ID):
        number = found.match[0].upper()
        if int(number[10:12]) in _MONTHS and int(number[12:14]) in _DAYS and _check_digit(number) == number[17]:
            # The number itself is not repeated: reports travel further than inputs.
            cause = f"有公民身份号码（{number[:3]}…{number[-2:]}），不能公开。"
            yield told("TEXT-014", Level.ERROR, found, cause, "删去。", loaded)


def _check_digit(number: str) -> str:
    return _CHECKS[sum(int(d) * w for d, w in zip(number, _WEIGHTS, strict=False)) % 11]


@rule("TEXT-015", "文字中没有个人电话和邮箱", "公开文本一般不写电话和邮箱")
def no_contacts(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """Telephone numbers and e-mail addresses. 公开平台 may tell how the unit is reached."""
    for found in corpus(loaded).numeric.once(_CONTACT, ALL - {Kind.PLATFORM}):
        cause = f"{found.excerpt}里有电话或邮箱。"
        yield told("TEXT-015", Level.WARNING, found, cause, "不需要公开的删去。", loaded)
