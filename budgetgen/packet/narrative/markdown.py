"""Light Markdown to paragraphs of a Word document: headings, bold, and gaps that are highlighted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from budgetgen.expression import printed_values, unmark
from budgetgen.figures import Blank, Figure
from budgetgen.template import Paragraph, Passage, Print
from budgetgen.template.docx.word_xml import break_text, read_text

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
    text = text.strip()
    return _LINES.sub("", text) if "\n" in text else text


def read_markdown(text: str) -> Iterator[tuple[str, str]]:
    """Paragraphs, parted by empty lines, each with its style; `#` to `####` begin a heading."""
    for block in _PARAGRAPHS.split(text):
        line = one_line(block)
        if not line:
            continue
        heading = _HEADING.fullmatch(line)
        style, words = (HEADINGS[heading[1]], heading[2]) if heading else (BODY, line)
        yield style, words


def to_passage(paragraphs: Sequence[tuple[str, str]], styles: Mapping[str, str]) -> Passage:
    """Paragraphs as they stand in a document: `**bold**`, and gaps (【待填写：…】) highlighted."""
    values = printed_values()
    return Passage([_paragraph(words, styles[style], values) for style, words in paragraphs])


def _paragraph(words: str, style: str, values: Sequence[Figure | Blank]) -> Paragraph:
    runs: list[str] = []
    texts: list[str] = []
    prints: list[Print] = []
    at = 0
    for piece, properties in _stretches(words):
        text, spans = unmark(piece)
        if "\x04" in text or "\x05" in text:
            text = text.translate(_RESTORED)
        for start, end, index in spans:
            first = at + len(read_text(text[:start]))
            shown = read_text(text[start:end])
            prints.append((0, first, first + len(shown), values[index], shown))
        at += len(read_text(text))
        texts.append(text)
        runs.append(f'<w:r>{properties}<w:t xml:space="preserve">{break_text(text)}</w:t></w:r>')
    return Paragraph(style, "".join(texts), "".join(runs), prints)


def _stretches(words: str) -> Iterator[tuple[str, str]]:
    """The runs of a paragraph: their text, still marked, and their properties."""
    if "**" not in words and "待填写" not in words:
        if words:
            yield words, ""
        return
    for i, stretch in enumerate(_BOLD.split(words)):
        for j, piece in enumerate(_GAP.split(stretch)):
            if piece:
                properties = "<w:b/>" * (i % 2) + '<w:highlight w:val="yellow"/>' * (j % 2)
                yield piece, f"<w:rPr>{properties}</w:rPr>" if properties else ""
