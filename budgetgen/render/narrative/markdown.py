"""Light Markdown to paragraphs of a Word document: headings, bold, and gaps that are highlighted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from budgetgen.template import Blocks

HEADINGS = {"#": "heading 1", "##": "heading 2", "###": "heading 3", "####": "heading 4"}
BODY = "公文正文"
# Values pass through Markdown untouched: their own marks travel as control characters, which no value can hold.
_PROTECTED = str.maketrans({"*": "\x04", "#": "\x05", "\n": "\x06"})
_RESTORED = str.maketrans({"\x04": "*", "\x05": "#"})
_LINES = re.compile(r"[ \t]*\n[ \t]*")
_PARAGRAPHS = re.compile(r"\n[ \t]*(?:\n[ \t]*)+|\x06")
_HEADING = re.compile(r"(#{1,4})\s+(.*)", re.DOTALL)
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_GAP = re.compile("((?:\x01\\d+\x02)?【[^【】]*待填写[^【】]*】\x03?)")


def protect(text: str) -> str:
    """A value's text as narratives print it, so that none of it is read as Markdown."""
    return text.translate(_PROTECTED)


def one_line(text: str) -> str:
    """Text laid out on several lines as one: line breaks and the blanks around them are for the eye only."""
    return _LINES.sub("", text.strip())


def read_markdown(text: str) -> Iterator[tuple[str, str]]:
    """Paragraphs, parted by empty lines, each with its style; `#` to `####` begin a heading."""
    for block in _PARAGRAPHS.split(text):
        line = one_line(block)
        if not line:
            continue
        heading = _HEADING.fullmatch(line)
        style, words = (HEADINGS[heading[1]], heading[2]) if heading else (BODY, line)
        yield style, words


def to_blocks(paragraphs: Sequence[tuple[str, str]], styles: Mapping[str, str]) -> Blocks:
    """Paragraphs as WordprocessingML: `**bold**`, and gaps (【待填写：…】) highlighted."""
    return Blocks("".join(_paragraph(words, styles[style]) for style, words in paragraphs))


def _paragraph(words: str, style: str) -> str:
    runs = "".join(_runs(words))
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{runs}</w:p>'


def _runs(words: str) -> Iterator[str]:
    for i, stretch in enumerate(_BOLD.split(words)):
        for j, piece in enumerate(_GAP.split(stretch)):
            if piece:
                properties = "<w:b/>" * (i % 2) + '<w:highlight w:val="yellow"/>' * (j % 2)
                yield _run(piece.translate(_RESTORED), properties)


def _run(text: str, properties: str) -> str:
    rpr = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{rpr}<w:t xml:space="preserve">{text}</w:t></w:r>'
