"""Amounts and counts from text. One plain form is the rule; what is unambiguous is read, all else is refused with its mend."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from budgetgen.input.wording import half_width, shown
from budgetgen.money import YUAN_PER_WAN, plain_text

MAX_WHOLE_DIGITS = 15
MAX_DECIMALS = 8
_LONGEST = 60
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


@dataclass(frozen=True, slots=True)
class Number:
    """What was read; `normalised` where it was typed in another form."""

    value: Decimal
    normalised: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a text is no number, and what to type in its place."""

    cause: str
    mend: str


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
            f"{shown(text)}的小数超过两位，元以下只到分。", "四舍五入到分再填；金额单位是万元的，改“金额单位”。"
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
