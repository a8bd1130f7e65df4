"""The last pass over a filled story: line breaks of values become elements, figure marks become places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup

from budgetgen.template.outcome import ParagraphPlace, Printed
from budgetgen.template.word_xml import BREAK, TAB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from budgetgen.figures import Blank, Figure

_OPEN, _MIDDLE, _CLOSE = "\x01", "\x02", "\x03"
_TEXT = re.compile(r"<w:t(?: [^>/]*)?>([^<]*)|<w:(?:tab/|br/|br )")
_TAG = re.compile(r"<[^>]*>")
_START, _END, _TEXT_BOX = "<w:p>", "</w:p>", "<w:txbxContent"
_TEXT_START, _TEXT_END = '<w:t xml:space="preserve">', "</w:t></w:r>"
_ODD_START = re.compile(r"<w:p(?: [^>]*)?/?>")


def break_lines(xml: str) -> str:
    """Line breaks and tabs inside `w:t` as Word has them; between elements they are left alone."""
    for char, element in (("\n", BREAK), ("\t", TAB)):
        at = xml.find(char)
        if at < 0:
            continue
        out, done = [], 0
        while at >= 0:
            opened = xml.rfind("<", 0, at)
            out.append(xml[done:at])
            inside = xml.startswith(("<w:t>", "<w:t "), opened) or xml.startswith(("<w:br/>", "<w:tab/>"), opened)
            out.append(element if inside else char)
            done = at + 1
            at = xml.find(char, done)
        xml = "".join([*out, xml[done:]])
    return xml


def take_marks(xml: str, part: str, values: Sequence[Figure | Blank]) -> tuple[str, list[Printed]]:
    """`xml` without figure marks, and the places that they marked. ValueError: a mark that is none of ours."""
    if "<w:p/>" in xml or "<w:p " in xml:
        xml = _ODD_START.sub(_even_start, xml)
    paragraphs = xml.split(_START)
    printed: list[Printed] = []
    owners = _owners(paragraphs) if _TEXT_BOX in xml else None
    for index, paragraph in enumerate(paragraphs):
        if _OPEN in paragraph:
            own, end, behind = paragraph.partition(_END)
            own = _unmarked(own, ParagraphPlace(part, index - 1, 0, 0), values, printed)
            if _OPEN in behind:
                outer = owners[index] if owners else index - 1
                behind = _unmarked(behind, ParagraphPlace(part, outer, 0, 0), values, printed)
            paragraphs[index] = f"{own}{end}{behind}"
    return _START.join(paragraphs), printed


def _owners(paragraphs: Sequence[str]) -> list[int]:
    """For each stretch the paragraph that goes on when the one that begins it ends: text boxes stand inside some."""
    owners, open_ones = [], [-1]
    for index, stretch in enumerate(paragraphs):
        if index:
            open_ones.append(index - 1)
        owners.append(open_ones[-2] if len(open_ones) > 1 else index - 1)
        for _ in range(min(stretch.count(_END), len(open_ones) - 1)):
            open_ones.pop()
    return owners


def _even_start(found: re.Match[str]) -> str:
    """Every paragraph begins with the same characters: attributes of paragraphs mean nothing to a reader."""
    return f"{_START}</w:p>" if found[0].endswith("/>") else _START


def _unmarked(xml: str, at: ParagraphPlace, values: Sequence[Figure | Blank], printed: list[Printed]) -> str:
    """A paragraph (from `at` on) without its marks."""
    first, *pieces = xml.split(_OPEN)
    out = [first]
    length = 0 if first.endswith(_TEXT_START) and first.count("<w:t") == 1 else _length(first, inside=False)
    for piece in pieces:
        head, _, rest = piece.partition(_MIDDLE)
        text, closed, after = rest.partition(_CLOSE)
        if not closed or not head.isdigit() or int(head) >= len(values):
            raise ValueError("不可见的控制字符")
        plain = _TAG.sub("", text.replace(BREAK, "\n").replace(TAB, "\t")) if "<" in text else text
        plain = str(Markup(plain).unescape()) if "&" in plain else plain  # noqa: S704 - escaped text
        place = ParagraphPlace(at.part, at.paragraph, length, length + len(plain))
        printed.append(Printed(place, values[int(head)], plain))
        out += (text, after)
        length += len(plain) + (0 if after == _TEXT_END else _length(after, inside=True))
    return "".join(out)


def _length(xml: str, *, inside: bool) -> int:
    """How long the text of a stretch is; `inside` tells that it begins within a `w:t`."""
    front, found, _ = xml.partition("<")
    length = _text_length(front) if inside else 0
    if not found:
        return length
    for match in _TEXT.finditer(xml):
        length += 1 if match[1] is None else _text_length(match[1])
    return length


def _text_length(text: str) -> int:
    if "&" in text:
        text = Markup(text).unescape()  # noqa: S704 - escaped text
    return len(text)
