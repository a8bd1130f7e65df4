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
_TEXT = re.compile(r"<w:t(?: [^>]*)?>([^<]*)|<w:(?:tab/|br/|br )|<w:t(?: [^>]*)?/>")
_STARTS = ("<w:p>", "<w:p ", "<w:p/>")


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
    pieces = xml.split(_OPEN)
    out, printed = [pieces[0]], []
    position = _Position()
    position.pass_over(pieces[0])
    for piece in pieces[1:]:
        head, _, rest = piece.partition(_MIDDLE)
        text, closed, after = rest.partition(_CLOSE)
        if not closed or not head.isdigit() or int(head) >= len(values):
            raise ValueError("不可见的控制字符")
        start = position.length
        position.pass_over(text, inside=True)
        place = ParagraphPlace(part, position.paragraph, start, position.length)
        plain = re.sub(r"<[^>]*>", "", text.replace(BREAK, "\n").replace(TAB, "\t"))
        printed.append(Printed(place, values[int(head)], str(Markup(plain).unescape())))
        out += (text, after)
        position.pass_over(after, inside=True)
    return "".join(out), printed


class _Position:
    """How many paragraphs have begun, and how long the last one's text is so far."""

    __slots__ = ("length", "paragraph")

    def __init__(self) -> None:
        self.paragraph = -1
        self.length = 0

    def pass_over(self, xml: str, *, inside: bool = False) -> None:
        """`inside`: the stretch begins within a `w:t`."""
        begun = sum(map(xml.count, _STARTS))
        if begun:
            self.paragraph += begun
            self.length = 0
            xml = xml[max(map(xml.rfind, _STARTS)) :]
        elif inside:
            self.length += text_length(xml.partition("<")[0])
        if "<" in xml:
            self.length += sum(text_length(f[1]) if f[1] is not None else 1 for f in _TEXT.finditer(xml) if f[0][-2:] != "/>" or f[0][3] != "t" or f[0][:7] == "<w:tab/")


def text_length(text: str) -> int:
    return len(Markup(text).unescape()) if "&" in text else len(text)
