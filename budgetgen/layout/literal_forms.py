"""Numbers in texts: which are told by their form as years, dates, codes, and which say an amount, a rate, a count.

The forms are data: `config/checks/numbers.yaml`, and the 固定用语 of a 版式.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from budgetgen.layout.settings import WRONG_VALUE, KeyedFile
from budgetgen.records import record
from budgetgen.resources import NUMBERS, config

TAG = "\ufffc"
"""Stands in a template's text for what a tag prints."""
FIXED = "固定用语"
COUNTED, CODED, ACROSS = "数列的表头", "编码的表头", "数行的表头"
"""Lists of headings: of columns of numbers of lines, of columns of codes, of rows of numbers of columns."""
_NUMBER = (
    r"(?:(?<![0-9.,A-Za-z])[-−])?[0-9０-９](?:[0-9０-９]|[,，](?=[0-9]{3}))*(?:[.．][0-9０-９]+)?(?:[ ]?[%％‰])?"
    r"|百分之[〇零一二两三四五六七八九十百点]+"
    r"|[一二三四五六七八九]成(?=[以左，。；、的多]|$)"
    r"|[〇零一二两三四五六七八九十百千]+[余多]?[万亿]元"
)
_DIGIT = re.compile(
    r"(?:[A-Za-z][A-Za-z:/@._?=&%#~-]*)?[0-9０-９]|百分之|[一二三四五六七八九]成|[〇零一二两三四五六七八九十百千][余多]?[万亿]元"
)
_BEFORE = 12
"""As far before its first digit a form may begin, but for addresses of the web."""
_BLANKS = re.compile(r"\s+")


@record
class Number:
    """A number in a text: where, as which text; `form` is the name of the form that tells what it is, blank for none."""

    start: int
    end: int
    text: str
    form: str


@lru_cache(maxsize=1)
def _forms() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """The patterns of each form by its name, and the lists of headings. Rejected with every fault of the file."""
    file = KeyedFile(config("checks", NUMBERS), ())
    found = {entry.key: tuple(map(_text, file.items(entry))) for entry in file.blocks()}
    for name, patterns in found.items():
        for pattern in patterns:
            try:
                groups = re.compile(pattern).groups
            except re.error as e:
                file.fault(WRONG_VALUE, f"“{name}”里的“{pattern}”不是正则表达式（{e}）。", "改过来。")
            else:
                if groups:
                    file.fault(WRONG_VALUE, f"“{name}”里的“{pattern}”有成组的括号。", "“(”后面加“?:”。")
    file.stop()
    return found, {name: found.pop(name, ()) for name in (COUNTED, CODED, ACROSS)}


def _text(node: object) -> str:
    return str(getattr(node, "text", ""))


@lru_cache(maxsize=32)
def _scanner(fixed: tuple[str, ...]) -> tuple[re.Pattern[str], Sequence[str]]:
    """One pattern whose groups are the forms, and last any number; and the forms' names."""
    forms, _ = _forms()
    own = {FIXED: tuple(re.escape(phrase) for phrase in sorted(fixed, key=len, reverse=True))} if fixed else {}
    pairs = [*own.items(), *forms.items()]
    groups = [f"({'|'.join(patterns)})" for _, patterns in pairs]
    return re.compile("|".join([*groups, f"({_NUMBER})"]), re.MULTILINE), [*(name for name, _ in pairs), ""]


def numbers(text: str, fixed: tuple[str, ...] = ()) -> Iterator[Number]:
    """The numbers of a text in order; `fixed` are phrases whose numbers are meant to stay."""
    pattern, names = _scanner(fixed)
    done = 0
    for digit in _DIGIT.finditer(text):  # forms are tried where a digit is near, a tenth of most texts
        at = digit.end() - 1
        while done <= at and (found := pattern.search(text, max(done, digit.start() - _BEFORE))):
            if found.start() > at:
                break
            done = found.end()
            yield Number(found.start(), done, found[0], names[(found.lastindex or 1) - 1])


def heads(heading: str, kind: str) -> bool:
    """Whether a text of a worksheet is a heading of that list (COUNTED, CODED, ACROSS)."""
    return _BLANKS.sub("", heading) in _forms()[1][kind]
