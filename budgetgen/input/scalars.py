"""One typed value → one value of the model: text, code, choice, whole number, amount, score. One parser reads every number.

One plain form of a number is the rule; what is unambiguous is read, all else is refused with its mend.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum, auto
from typing import Any

from budgetgen.input.spelling import half_width, keys_named, shown, wrong_marks
from budgetgen.issues import Findings, Rule, SourceRef, forbidden_characters, invisible_characters, near_miss
from budgetgen.model import Amount
from budgetgen.model.declarations import Choice, Code, Lines, Money, Score, Text, TextKind, Whole
from budgetgen.money import YUAN_PER_WAN, plain_text
from budgetgen.records import record

MAX_WHOLE_DIGITS = 15
MAX_DECIMALS = 8
_LONGEST = 60
_MANY = 3
"""As many amounts finer than 分 say that they are not in 元."""
CENTS = 2
"""Decimals of an amount in 元: 分 is the smallest."""

_PLAIN = re.compile(rf"-?(?:0|[1-9][0-9]{{0,{MAX_WHOLE_DIGITS - 1}}})(?:\.[0-9]{{1,{MAX_DECIMALS}}})?")
_NUMBER = r"[+-]?[0-9]+(?:\.[0-9]+)?"
_GROUPED = r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"
_BRACKETED = r"\(([^()+-]+)\)"
_SCALES = {"亿元": 8, "亿": 8, "千万元": 7, "千万": 7, "百万元": 6, "百万": 6, "万元": 4, "万": 4, "千元": 3, "千": 3}
_SCALES |= {"元": 0, "块": 0, "圆": 0}
_WITH_UNIT = rf"[¥$]?({_NUMBER}|{_GROUPED})\s*({'|'.join(_SCALES)})整?|¥\s*({_NUMBER})"
_SCORED = r"([0-9]+(?:\.[0-9]+)?)\s*[分%]"
_COUNTED = r"([0-9]+)\s*(?:年度?|[个人次辆批台套名户项]+|人次)"


@record
class Number:
    """What was read; `normalised` where it was typed in another form."""

    value: Decimal
    normalised: bool = False


@record
class Refusal:
    """Why a text is no number, and what to type in its place."""

    cause: str
    mend: str
    finer: bool = False
    """Whether all that is wrong is that 元 has no such decimals."""


def read_amount(text: str, unit: str) -> Number | Refusal:
    """An amount in `unit` (元 or 万元) as typed, exact.

    Full-width digits, thousands separators, a leading + and accounting brackets (a negative) are normalised.
    """
    number = _number(text)
    if number is None:
        plain = half_width(text[:_LONGEST])
        return next(r for refuse in _REFUSALS if (r := refuse(plain, text, unit)) is not None)
    if unit == "元" and number.value != round(number.value, CENTS):
        return Refusal(
            f"{shown(text)}的小数超过两位，元以下只到分。",
            "四舍五入到分再填；金额单位是万元的，改“金额单位”。",
            finer=True,
        )
    return number


def read_whole(text: str) -> Number | Refusal:
    """A whole number; full-width digits and thousands separators are normalised."""
    plain = half_width(text[:_LONGEST])
    number = _number(text)
    if number is not None and "." not in plain:
        return number
    if found := re.fullmatch(_COUNTED, plain):
        return Refusal(f"{shown(text)}带了单位。", f"只写数字：{found[1]}。")
    if found := re.fullmatch(r"0+([0-9]+)", plain):
        return Refusal(f"{shown(text)}前面有多余的 0。", f"如果是 {found[1]}，就写 {found[1]}。")
    return Refusal(f"{shown(text)}不是整数。", "只写阿拉伯数字，如 12；没有的写 0。")


def read_score(text: str, places: int) -> Number | Refusal:
    """Points of an evaluation with at most `places` decimals; normalised as amounts are."""
    number = _number(text)
    if number is not None:
        if number.value == round(number.value, places):
            return number
        return Refusal(f"{shown(text)}的小数超过 {places} 位。", f"四舍五入到 {places} 位小数以内再填。")
    plain = half_width(text[:_LONGEST])
    if found := re.fullmatch(_SCORED, plain):
        return Refusal(f"{shown(text)}带了单位。", f"只写数字：{found[1]}。")
    return _leading_zero(plain, text, "") or Refusal(f"{shown(text)}不是分数。", "只写数字，如 99.5；没有的写 0。")


def _number(text: str) -> Number | None:
    typed = text.strip()
    if len(typed) > _LONGEST:
        return None
    if _PLAIN.fullmatch(typed):
        return Number(Decimal(typed))
    plain = half_width(typed).removeprefix("+")
    bracketed = re.fullmatch(_BRACKETED, plain)
    if bracketed:
        plain = f"-{bracketed[1].strip()}"
    if re.fullmatch(_GROUPED, plain):
        plain = plain.replace(",", "")
    # "+-5" and "(-5)" have lost their meaning: two signs.
    if not _PLAIN.fullmatch(plain) or typed.startswith("+-"):
        return None
    return Number(Decimal(plain), normalised=True)


def _with_unit(plain: str, typed: str, unit: str) -> Refusal | None:
    found = re.fullmatch(_WITH_UNIT, plain)
    if not found:
        return None
    number = Decimal((found[1] or found[3]).replace(",", ""))
    yuan = number.scaleb(_SCALES.get(found[2] or "元", 0))
    exact = plain_text(yuan / YUAN_PER_WAN if unit == "万元" else yuan, strip_zeros=True)
    return Refusal(f"{shown(typed)}带了单位。", f"本文件的金额单位是{unit}，只写数字：{exact}。")


def _leading_zero(plain: str, typed: str, _unit: str) -> Refusal | None:
    found = re.fullmatch(r"([+-]?)0+([0-9]+(?:\.[0-9]+)?)", plain)
    if not found:
        return None
    meant = found[1].replace("+", "") + found[2]
    return Refusal(f"{shown(typed)}前面有多余的 0。", f"如果是 {meant}，就写 {meant}。")


def _exponent(plain: str, typed: str, _unit: str) -> Refusal | None:
    if not re.fullmatch(rf"{_NUMBER}[eE][+-]?[0-9]{{1,2}}", plain):
        return None
    meant = plain_text(Decimal(plain), strip_zeros=True)
    exact = f"：{meant}" if _PLAIN.fullmatch(meant) else "，如 1000"
    return Refusal(f"{shown(typed)}是科学计数法。", f"写成普通数字{exact}。")


def _too_long(plain: str, typed: str, _unit: str) -> Refusal | None:
    if not re.fullmatch(_NUMBER, plain.replace(",", "")) or not re.fullmatch(_NUMBER, plain):
        return None
    whole, _, decimals = plain.lstrip("+-").partition(".")
    if len(whole) > MAX_WHOLE_DIGITS:
        return Refusal(f"{shown(typed)}的整数部分超过 {MAX_WHOLE_DIGITS} 位。", "核对数字和金额单位。")
    return Refusal(
        f"{shown(typed)}有 {len(decimals)} 位小数，最多 {MAX_DECIMALS} 位。", "元到分为止，万元到小数点后六位为止。"
    )


def _likeness(plain: str, typed: str, _unit: str) -> Refusal | None:
    """Texts that look like something else: the first pattern that fits says what."""
    for pattern, what, mend in _LOOKS:
        if re.fullmatch(pattern, plain):
            return Refusal(f"{shown(typed)}{what}", mend)
    return None


def _no_number(_plain: str, typed: str, _unit: str) -> Refusal | None:
    return Refusal(f"{shown(typed)}不是金额。", "只写数字，如 12.34；没有的写 0。")


_SIGNED = "[+-]?[0-9.,]"
_LOOKS = (
    (r"[0-9]+(?::[0-9]+)+(?:\.[0-9]+)?", "像是时间，不是金额。", "只写数字，小数点用“.”，如 1.30。"),
    (rf"{_SIGNED}+\s*[%‰]", "是百分比，不是金额。", "写金额，百分比由程序计算。"),
    (r"[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}", "像是日期，不是金额。", "只写数字，如 12.34。"),
    (rf"{_SIGNED}*,[0-9.,]*", "的逗号位置不对。", "去掉逗号；小数点用“.”，如 1234.50。"),
    (r"[+-]?[0-9]*\.[0-9]*\.[0-9.]*", "有两个小数点。", "只留一个小数点，如 12.34。"),
    (r"[+-]?\.[0-9]+", "的小数点前没有数字。", "小于 1 的数写成 0.5 这样。"),
    (r"[+-]?[0-9]+\.", "的小数点后没有数字。", "补上小数，或去掉小数点。"),
    (rf"{_SIGNED}+(?:\s+[0-9.,]+)+", "的数字中间有空格。", "去掉空格。"),
    (rf"[(+-]\s*{_SIGNED}+\s*\)?", "的正负号写法不对。", "负数写成 -12.3。"),
)
_REFUSALS: tuple[Callable[[str, str, str], Refusal | None], ...] = (
    _with_unit,
    _leading_zero,
    _exponent,
    _too_long,
    _likeness,
    _no_number,
)


NIL_WORDS = frozenset({"无", "0", "０"})
"""A stated nothing."""
PENDING = re.compile(r"【待填写[^】]*】")
_SENTENCE_MARKS = "。；，、;,"
_ENDS = "。！？…”）"
_BEGINNING = re.compile(
    r"(?:[^，。；：:“”]{0,24}的)?(?:主要)?原因(?:主要)?[是为](?:因为|由于)?\s*[:：]?\s*"
    r"|(?:主要|都|也)?(?:是)?(?:因为|由于)\s*[:：]?\s*|主要是\s*[:：]?\s*"
)
"""How a reason begins that says what the sentence around it says already."""
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
        self._finer: list[tuple[str, Refusal, SourceRef, str]] = []
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
        if invisible := invisible_characters(typed):
            cause = f"文字里有看不见的字符 {'、'.join(invisible)}，印出来可能颠倒、断开，也搜不到。"
            self._findings.warn(Rule.INVISIBLE, cause, "把这段文字删掉，重新打一遍。", place, path)
        text = typed.strip()
        if shape.sentence and text and text not in NIL_WORDS and text[-1] not in _ENDS and not PENDING.search(text):
            self._findings.note(Rule.SENTENCE_END, "末尾加了句号，这段话单独成句。", "末尾写上句号。", place, path)
            text = f"{text.rstrip(_SENTENCE_MARKS)}。"
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
        if shape.kind is TextKind.REASON:
            words = self._reason(words, path, place)
        if not words or (words == "无" and not shape.may_be_none):
            return Gap.ABSENT
        if text[-1] in _SENTENCE_MARKS:
            cause = f"末尾的{shown(text[-1])}已去掉，句末标点由版式加。"
            self._findings.note(Rule.SENTENCE_MARK, cause, "原因和说明末尾不写标点。", place, path)
        line = words if words.isprintable() else re.sub(_LINE_BREAK, _between, words)
        if line != words:
            cause = "这里的换行已去掉，它是一句话的一部分。"
            self._findings.note(Rule.LINE_BREAK, cause, "写成一行。", place, path)
        return line

    def _reason(self, words: str, path: str, place: SourceRef) -> str:
        """A reason without the words that the sentence has before it: they would be printed twice."""
        left = words
        while (found := _BEGINNING.match(left)) and found[0] and left[found.end() :].strip():
            left = left[found.end() :].strip()
        if left != words:
            begun = words[: len(words) - len(left)]
            cause = f"开头的{shown(begun.strip())}已去掉，句子里有这几个字，不然印两遍。"
            self._findings.note(Rule.TOLD_TWICE, cause, "原因只写是什么，如 人员增加。", place, path)
        return left

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
        near = [w for w in shape.words if near_miss(word[:20], [w])]
        hint = near_miss(word[:20], near) if len(near) == 1 else ""
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
        if isinstance(number, Refusal) and number.finer:
            self._finer.append((typed.strip(), number, place, path))
            return Gap.FAULTY
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

    def tell_finer(self, unit: SourceRef | None) -> None:
        """Tell the amounts in 元 that are finer than 分: many of them are one wrong 金额单位, which stands at `unit`."""
        if unit is not None and len(self._finer) >= _MANY:
            typed, _, place, _ = self._finer[0]
            at = f" {place.cell} " if place.cell else f"第{place.line}行"
            cause = (
                f"金额单位写的是元，{len(self._finer)} 处金额却有两位以上的小数（如{at}的 {typed}），是不是应当是万元？"
            )
            mend = "数是万元的，把“金额单位”改成万元；不是的，四舍五入到分再填。"
            self._findings.error(Rule.AMOUNT, cause, mend, unit, "金额单位")
            return
        for _, refused, place, path in self._finer:
            self._findings.error(Rule.AMOUNT, refused.cause, refused.mend, place, path)

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
