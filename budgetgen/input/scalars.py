"""One typed value → one value of the model: text, code, choice, whole number, amount, score."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from budgetgen.input.numbers import Number, Refusal, read_amount, read_score, read_whole
from budgetgen.input.wording import half_width, keys_named, shown, wrong_marks
from budgetgen.issues import Findings, Rule, SourceRef, forbidden_characters, near_miss
from budgetgen.model import Amount
from budgetgen.model.declarations import Choice, Code, Lines, Money, Score, Text, Whole
from budgetgen.money import plain_text

NIL_WORDS = frozenset({"无", "0", "０"})
"""A stated nothing."""
PENDING = re.compile(r"【待填写[^】]*】")
_SENTENCE_MARKS = "。；，、;,"
_LINES = re.compile(r"[\n\r\x85\u2028\u2029]+")
_LINE_BREAK = r"(\S?)\s*[\n\r\x85\u2028\u2029]\s*(?=(\S))"


Scalar = Text | Lines | Code | Choice | Whole | Money | Score
"""Shapes that hold one value."""


class Gap(Enum):
    """Why there is no value: nothing is stated, or what is stated is wrong (and an issue says so)."""

    ABSENT = auto()
    FAULTY = auto()


class Scalars:
    """Reads values; `unit` is the file's 金额单位."""

    def __init__(self, findings: Findings, unit: str, keys: frozenset[str]) -> None:
        self._findings = findings
        self._unit = unit
        self._keys = keys
        self._readers: Mapping[type, Callable[[Any, str, str, SourceRef], object]] = {
            Text: self.text,
            Lines: self.lines,
            Code: self.code,
            Choice: self.choice,
            Whole: self.whole,
            Money: self.amount,
            Score: self.score,
        }

    def read(self, shape: Scalar, typed: str, path: str, place: SourceRef) -> object:
        """The value that `shape` wants, or why there is none; a value still to be filled in is absent."""
        if not isinstance(shape, (Text, Lines)) and PENDING.fullmatch(typed.strip()):
            return Gap.ABSENT
        return self._readers[type(shape)](shape, typed, path, place)

    def text(self, shape: Text, typed: str, path: str, place: SourceRef) -> str | Gap:
        """A text without blanks around it; a phrase also on one line and without the mark at its end."""
        forbidden = forbidden_characters(typed)
        if forbidden:
            cause = f"文字里有不能用的字符 {'、'.join(forbidden)}。"
            self._findings.error(Rule.CHARACTER, cause, "删掉它；看不见的话，把这段文字重新打一遍。", place, path)
            return Gap.FAULTY
        text = typed.strip()
        return self._phrase(shape, text, path, place) if shape.phrase else text

    def lines(self, _shape: Lines, typed: str, path: str, place: SourceRef) -> list[str] | Gap:
        """One paragraph a line, blank ones left out; 无 alone says that there are none."""
        text = self.text(Text(), typed, path, place)
        if isinstance(text, Gap):
            return text
        found = [line for part in _LINES.split(text) if (line := part.strip())]
        return [] if found == ["无"] else found

    def _phrase(self, shape: Text, text: str, path: str, place: SourceRef) -> str | Gap:
        """A text as it stands inside a sentence; absent where it only says that there is none."""
        words = text.rstrip(_SENTENCE_MARKS)
        if not words or (words == "无" and not shape.may_be_none):
            return Gap.ABSENT
        if words != text:
            cause = f"末尾的{shown(text[-1])}已去掉，句末标点由版式加。"
            self._findings.note(Rule.SENTENCE_MARK, cause, "原因和说明末尾不写标点。", place, path)
        line = words if words.isprintable() else re.sub(_LINE_BREAK, _between, words)
        if line != words:
            cause = "这里的换行已去掉，它是一句话的一部分。"
            self._findings.note(Rule.LINE_BREAK, cause, "写成一行。", place, path)
        return line

    def code(self, shape: Code, typed: str, path: str, place: SourceRef) -> str | Gap:
        """A code of digits; whether it has the right number of them is a matter of the code tables."""
        code = half_width(typed)
        if code.isascii() and code.isdigit():
            return code
        cause = f"{shown(typed)}不是科目编码。"
        self._findings.error(Rule.CODE_DIGITS, cause, f"写 {shape.digits} 位数字的编码，不写名称。", place, path)
        return Gap.FAULTY

    def choice(self, shape: Choice, typed: str, path: str, place: SourceRef) -> str | Gap:
        """One of a few words."""
        word = half_width(typed)
        if word in shape.words:
            return word
        hint = near_miss(word[:20], shape.words)
        words = "、".join(f"“{w}”" for w in shape.words)
        self._findings.error(Rule.CHOICE, f"没有{shown(word)}这个选项{hint or '。'}", f"只能填{words}。", place, path)
        return Gap.FAULTY

    def whole(self, shape: Whole, typed: str, path: str, place: SourceRef) -> int | Gap:
        """A whole number within the shape's bounds; 无 is 0."""
        number = Number(Amount(0)) if typed.strip() == "无" else read_whole(typed)
        if isinstance(number, Refusal):
            self._findings.error(Rule.COUNT, number.cause, number.mend, place, path)
            return Gap.FAULTY
        value = int(number.value)
        if value < shape.least or value > shape.most:
            bounds = f"{shape.least} 到 {shape.most} 之间"
            rule = Rule.NEGATIVE if value < 0 else Rule.RANGE
            self._findings.error(rule, f"{value} 不在 {bounds}。", f"核对后填 {bounds}的整数。", place, path)
            return Gap.FAULTY
        self._say_normalised(number, typed, path, place)
        return value

    def amount(self, shape: Money, typed: str, path: str, place: SourceRef) -> Amount | Gap:
        """An amount in the file's 金额单位, held in 元; 无 is 0."""
        if typed.strip() == "无":
            return Amount(0)
        number = read_amount(typed, self._unit)
        if isinstance(number, Refusal):
            cause, mend = number.cause, number.mend
            if keys_named(typed, self._keys):
                cause, mend = wrong_marks(typed, self._keys) or (cause, mend)
            self._findings.error(Rule.AMOUNT, cause, mend, place, path)
            return Gap.FAULTY
        if number.value < 0 and not self._may_be_negative(shape, typed, path, place):
            return Gap.FAULTY
        self._say_normalised(number, typed, path, place)
        value = number.value or Decimal(0)  # -0 is 0
        return Amount(value) if self._unit == "元" else Amount.from_wan_yuan(value)

    def score(self, shape: Score, typed: str, path: str, place: SourceRef) -> Decimal | Gap:
        """Points within the shape's bounds; 无 is 0."""
        number = Number(Decimal(0)) if typed.strip() == "无" else read_score(typed, shape.places)
        if isinstance(number, Refusal):
            self._findings.error(Rule.SCORE, number.cause, number.mend, place, path)
            return Gap.FAULTY
        if number.value < 0 or number.value > shape.most:
            bounds = f"0 到 {shape.most} 之间"
            rule = Rule.NEGATIVE if number.value < 0 else Rule.RANGE
            self._findings.error(rule, f"{shown(typed)}不在 {bounds}。", f"核对后填 {bounds}的数。", place, path)
            return Gap.FAULTY
        self._say_normalised(number, typed, path, place)
        return number.value or Decimal(0)  # -0 is 0

    def _may_be_negative(self, shape: Money, typed: str, path: str, place: SourceRef) -> bool:
        if shape.signed:
            cause = f"{shown(typed)}是负数。"
            self._findings.warn(Rule.NEGATIVE, cause, "红字冲减才会是负数，请核对。", place, path)
        else:
            self._findings.error(
                Rule.NEGATIVE, f"{shown(typed)}是负数，这里不能为负。", "核对后填 0 或正数。", place, path
            )
        return shape.signed

    def _say_normalised(self, number: Number, typed: str, path: str, place: SourceRef) -> None:
        if number.normalised:
            read = plain_text(number.value, strip_zeros=False)
            self._findings.note(Rule.NORMALISED, f"{shown(typed)}按 {read} 读取。", "", place, path)


def _between(found: re.Match[str]) -> str:
    """What a line break leaves behind: a blank between words of letters or digits, else nothing."""
    parts_words = all(c.isascii() and c.isalnum() for c in found.groups())
    return f"{found[1]} " if parts_words else found[1]
