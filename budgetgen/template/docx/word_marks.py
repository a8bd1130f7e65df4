"""The last pass over a filled story: line breaks of values become elements, figure marks become places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from markupsafe import Markup

from budgetgen.expression import ASIDE
from budgetgen.template.docx.word_xml import BREAK, TAB
from budgetgen.template.language.rendered import ParagraphPlace, Passage, Printed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from budgetgen.figures import Blank, Figure

_OPEN, _MIDDLE, _CLOSE = "\x01", "\x02", "\x03"
_START, _TEXT_BOX = "<w:p>", "<w:txbxContent"
_TEXT_START, _TEXT_END = '<w:t xml:space="preserve">', "</w:t></w:r>"
_TEXT = re.compile(r"<w:t(?: [^>/]*)?>([^<]*)|<w:(?:tab/|br/|br )")
_TAG = re.compile(r"<[^>]*>")
_EDGE = re.compile("<w:p>|</w:p>")
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
            out.append(element if xml.startswith(("<w:t>", "<w:t "), opened) else char)
            done = at + 1
            at = xml.find(char, done)
        xml = "".join([*out, xml[done:]])
    return xml


def take_marks(
    xml: str, part: str, values: Sequence[Figure | Blank], aside: Sequence[object]
) -> tuple[list[str | bytes], list[Printed]]:
    """`xml` without figure marks and with the passages laid aside, in pieces, and the places of what both print.

    ValueError: a mark that is none of ours, or a passage within a text.
    """
    if "<w:p/>" in xml or "<w:p " in xml:
        xml = _ODD_START.sub(_even_start, xml)
    taker = _Taker(part, values, _Nested() if _TEXT_BOX in xml else _Position())
    stretches = xml.split(ASIDE)
    taker.stretch(stretches[0])
    for number, following in zip(stretches[1::2], stretches[2::2], strict=True):
        passage = aside[int(number)] if number.isdigit() and int(number) < len(aside) else None
        if not isinstance(passage, Passage):
            raise ValueError("不可见的控制字符")  # noqa: TRY004 - a faulty text, whatever it points to
        taker.passage(passage)
        taker.stretch(following)
    return taker.pieces, taker.printed


class _Taker:
    """Goes over a story from its first byte to its last."""

    def __init__(self, part: str, values: Sequence[Figure | Blank], position: _Position) -> None:
        self._part, self._values, self._position = part, values, position
        self.pieces: list[str | bytes] = []
        self.printed: list[Printed] = []

    def stretch(self, xml: str) -> None:
        """XML of the template with the values in it."""
        part, position, values = self._part, self._position, self._values
        first, *pieces = xml.split(_OPEN)
        position.begin(first)
        out = [first]
        for piece in pieces:
            head, _, rest = piece.partition(_MIDDLE)
            text, closed, after = rest.partition(_CLOSE)
            if not closed or not head.isdigit() or int(head) >= len(values):
                raise ValueError("不可见的控制字符")
            plain = _plain(text)
            start = position.length
            end = position.length = start + len(plain)
            place = ParagraphPlace(part, position.paragraph, start, end)
            self.printed.append(Printed(place, values[int(head)], plain))
            position.pass_over(after)
            out += (text, after)
        self.pieces.append("".join(out))

    def passage(self, passage: Passage) -> None:
        """What was laid aside, its places counted from where it stands."""
        before = self.pieces[-1]
        if isinstance(before, str) and before.startswith(("<w:t>", "<w:t "), before.rfind("<")):
            raise ValueError("说明和表要用 {{p … }} 放在一段里，前后不能有别的字")
        new, part, printed = tuple.__new__, self._part, self.printed
        for item in passage.items:
            self.pieces.append(item.xml)
            at = self._position.leave_out(item.paragraphs)
            for number, start, end, value, text in item.prints:
                printed.append(new(Printed, (new(ParagraphPlace, (part, at + number, start, end)), value, text)))


def _even_start(found: re.Match[str]) -> str:
    """Every paragraph begins with the same characters: attributes of paragraphs mean nothing to a reader."""
    return f"{_START}</w:p>" if found[0].endswith("/>") else _START


def _plain(text: str) -> str:
    """What the inside of a mark reads as."""
    if "<" in text:
        text = _TAG.sub("", text.replace(BREAK, "\n").replace(TAB, "\t"))
    return str(Markup(text).unescape()) if "&" in text else text  # noqa: S704 - escaped text


class _Position:
    """Where in a story a stretch of XML ends: in which paragraph, and how far into its text."""

    def __init__(self) -> None:
        self.paragraph = -1
        self.length = 0

    def begin(self, xml: str) -> None:
        """Go over the stretch before the first mark."""
        self.pass_over(xml[xml.find("<") :])

    def leave_out(self, paragraphs: int) -> int:
        """Go over that many paragraphs; the number of the first."""
        first = self.paragraph + 1
        self.paragraph += paragraphs
        return first

    def pass_over(self, xml: str) -> None:
        """Go over a stretch that begins inside a `w:t`."""
        begun = xml.count(_START)
        if not begun:
            self.length += 0 if xml == _TEXT_END else _length(xml)
            return
        self.paragraph += begun
        xml = xml[xml.rfind(_START) :]
        self.length = 0 if xml.endswith(_TEXT_START) and xml.count("<w:t") == 1 else _length(xml)


class _Nested(_Position):
    """The same where text boxes stand inside paragraphs: behind one, the paragraph around it goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._outer: list[tuple[int, int]] = []

    def leave_out(self, paragraphs: int) -> int:
        """Go over that many paragraphs; the number of the first."""
        first = self._count
        self._count += paragraphs
        return first

    def pass_over(self, xml: str) -> None:
        """Go over a stretch that begins inside a `w:t`."""
        at = 0
        for found in _EDGE.finditer(xml):
            self.length += _length(xml[at : found.start()])
            at = found.end()
            if found[0] == _START:
                self._outer.append((self.paragraph, self.length))
                self.paragraph, self.length = self._count, 0
                self._count += 1
            elif self._outer:
                self.paragraph, self.length = self._outer.pop()
        self.length += _length(xml[at:])


def _length(xml: str) -> int:
    """How long the text of a stretch is; it begins inside a `w:t` or with an element."""
    front, found, _ = xml.partition("<")
    length = _text_length(front)
    if found:
        for match in _TEXT.finditer(xml):
            length += 1 if match[1] is None else _text_length(match[1])
    return length


def _text_length(text: str) -> int:
    return len(Markup(text).unescape() if "&" in text else text)  # noqa: S704 - escaped text
