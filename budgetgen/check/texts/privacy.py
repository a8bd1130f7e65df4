"""TEXT-013 to TEXT-015: what must not, or not without a second look, be published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from budgetgen.check.rules import rule
from budgetgen.check.texts.corpus import ALL, SENTENCES, Kind, corpus, told
from budgetgen.check.texts.words import words
from budgetgen.compute import Computed
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded

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
_PROJECT = re.compile(r"绩效自评\.项目\[[^]]*\]")
"""A project of the annex is reviewed as a whole."""
_NAMES = frozenset({"评价项目", "项目名称", "名称", "团组"})


@cache
def _secret() -> re.Pattern[str]:
    data = words()
    strong, weak, fine = data.any_of("涉密字样"), data.any_of("敏感字样"), data.any_of("敏感除外")
    return re.compile(f"(?P<fine>{fine})|(?P<strong>{strong})|(?P<weak>{weak})")


@rule("TEXT-013", "涉密字样先作保密审查", "《保守国家秘密法》《政府信息公开条例》：公开前应作保密审查")
def secrecy_is_reviewed(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """Words that call for a review, once per text or project. Of duties and offices, which are public, the strong ones."""
    seen: set[str] = set()
    for found in corpus(loaded).find(_secret()):
        written, strong = found.written, found.match["strong"]
        said_of_year = written.kind in SENTENCES or (written.key in _NAMES and not written.path.startswith("单位"))
        reviewed = _PROJECT.match(written.path)
        what = reviewed[0] if reviewed else written.path
        if found.match["fine"] or what in seen or not (strong or said_of_year):
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
    for found in corpus(loaded).once(_CONTACT, ALL - {Kind.PLATFORM}):
        cause = f"{found.excerpt}里有电话或邮箱。"
        yield told("TEXT-015", Level.WARNING, found, cause, "不需要公开的删去。", loaded)
