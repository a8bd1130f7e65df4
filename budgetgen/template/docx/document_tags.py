"""The tags of a story (body, header, footer): found across runs, paired into blocks, and held against the tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from budgetgen.template.docx.word_xml import P, R, T, ancestor, texts, w
from budgetgen.template.language.rendered import TemplateError
from budgetgen.template.language.tags import LOOPING, Tag, check_statement, has_tags, outside, tags_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 40
_BLANKS = " \t\n\xa0\u3000"
_BETWEEN = (w("bookmarkStart"), w("bookmarkEnd"))
_HOLDERS = {"tr": w("tr"), "tc": w("tc"), "p": w("p"), "cell": w("tc")}
CELL_TAGS = {
    "vm": "",
    "hm": "",
    "colspan": "写合并几列，如 {% colspan 栏数 %}",
    "cellbg": "写底色，如 {% cellbg “FFFF00” %}",
}
"""The statements that say something of the cell that they stand in; what those that need a value are told without one."""


@dataclass(eq=False, slots=True)
class Placed:
    """One tag where it stands: in the `w:t` that it begins in, or for the element that it stands for."""

    tag: Tag
    text: etree._Element
    paragraph: etree._Element
    place: str
    level: str = "inline"  # inline (in its w:t), r, p, tr, tc, or cell (it says something of the cell around it)
    loops: int = 0

    @property
    def argument(self) -> str:
        """What comes behind the statement's word."""
        return self.tag.code[len(self.tag.keyword) :].strip()

    @property
    def element(self) -> etree._Element:
        """The element that it takes the place of, or the run that it stands in."""
        holder = ancestor(self.text, _HOLDERS.get(self.level, R))
        if holder is None:
            raise ValueError(f"{self.tag} 不在表格中")
        return holder


@dataclass(slots=True)
class Found:
    """A story's tags in order; for each `w:t` that holds some its literals and tags; and the paragraphs' whole texts."""

    tags: list[Placed] = field(default_factory=list)
    segments: dict[etree._Element, list[str | Placed]] = field(default_factory=dict)
    paragraphs: dict[etree._Element, str] = field(default_factory=dict)


class TagFinder:
    """Finds the tags of one story. TemplateError: what cannot be filled, by name."""

    def __init__(self, file: str, label: str) -> None:
        self._file, self._label = file, label

    def find(self, root: etree._Element) -> Found:
        """All tags under `root`, each at the level that it has in the end."""
        found = Found()
        self._join_paragraphs(root)
        for paragraph in root.iter(P):
            self._paragraph(paragraph, found)
        for code in root.iter(w("instrText")):
            if has_tags(code.text or ""):
                raise self.error(code.text or "", "域代码中的标签不会填写")
        self._pair(found.tags)
        for placed in found.tags:
            self._check_alone(placed, found)
        return found

    def error(self, text: str, cause: str) -> TemplateError:
        """`cause`, at the paragraph with `text`."""
        return TemplateError(self._file, self.place(text), cause)

    def place(self, text: str) -> str:
        """How a paragraph is told: by its text."""
        short = " ".join(text.split())
        return f"{self._label}“{short[:_SHOWN]}{'…' if len(short) > _SHOWN else ''}”"

    def _join_paragraphs(self, root: etree._Element) -> None:
        """`{%- … %}` goes on where the text before it ends, `{% … -%}` is gone on with at once: no line or paragraph ends there.

        合计           →   合计{% if 有 %}若干{% endif %}。
        {%- if 有 -%}
        若干
        {%- endif -%}
        。
        """
        for paragraph in list(root.iter(P)):
            current: etree._Element | None = paragraph if paragraph.getparent() is not None else None
            while current is not None:
                current = self._joined(current)

    def _joined(self, paragraph: etree._Element) -> etree._Element | None:
        """The paragraph after the first join that it asks for; None where it asks for none (any more)."""
        pieces = list(texts(paragraph))
        text = "".join(t for _, t in pieces)
        if "-" not in text or not has_tags(text):
            return None
        for tag in tags_of(text, self._file, self.place(text)):
            if tag.is_comment or tag.scope:
                continue
            for is_asked, is_before in ((text[tag.start + 2] == "-", True), (text[tag.end - 3] == "-", False)):
                gap = _gap(text, tag, is_before=is_before) if is_asked else None
                if gap is None:
                    continue
                _close(pieces, gap)
                if gap.has_edge:
                    return self._join(
                        paragraph, is_before=is_before, cause=f"{tag} 的“-”要与相邻的一段接起来，那里没有段落"
                    )
                return paragraph
        return None

    def _join(self, paragraph: etree._Element, *, is_before: bool, cause: str) -> etree._Element:
        """The paragraph and its neighbour as one; it looks as the first of them."""
        beside = _neighbour(paragraph, is_before=is_before)
        if beside is None:
            raise self.error("".join(t for _, t in texts(paragraph)), cause)
        first, second = (beside, paragraph) if is_before else (paragraph, beside)
        if first.find(f"{w('pPr')}/{w('sectPr')}") is not None:
            raise self.error("".join(t for _, t in texts(first)), "这一段带有分节符，不能与后一段接起来")
        section = second.find(f"{w('pPr')}/{w('sectPr')}")
        for child in list(second):
            if child.tag != w("pPr"):
                first.append(child)
        if section is not None:
            properties = first.find(w("pPr"))
            if properties is None:
                properties = etree.Element(w("pPr"))
                first.insert(0, properties)
            properties.append(section)
        _drop(second)
        return first

    def _paragraph(self, paragraph: etree._Element, found: Found) -> None:
        pieces = list(texts(paragraph))
        text = "".join(t for _, t in pieces)
        if not has_tags(text):
            return
        tags = tags_of(text, self._file, self.place(text))
        found.paragraphs[paragraph] = outside(text, tags)
        self._place_tags(pieces, tags, paragraph, self.place(text), found)

    def _place_tags(
        self, pieces: list[tuple[etree._Element, str]], tags: Sequence[Tag], paragraph: etree._Element, place: str,
        found: Found,
    ) -> None:  # fmt: skip
        """Give each tag whole to the `w:t` it begins in; what it held in later ones goes."""
        at, queue = 0, list(tags)
        inside_until = 0
        for element, text in pieces:
            end = at + len(text)
            if element.tag != T:
                if at < inside_until:
                    _drop(element)
                at = end
                continue
            segments: list[str | Placed] = []
            cursor = max(at, min(inside_until, end))
            touched = cursor > at
            while queue and queue[0].start < end:
                tag = queue.pop(0)
                touched = True
                if tag.start > cursor:
                    segments.append(text[cursor - at : tag.start - at])
                placed = Placed(tag, element, paragraph, place, _level(tag))
                if placed.level != "cell" and not (tag.is_comment and not tag.scope):
                    segments.append(placed)
                if not (tag.is_comment and not tag.scope):
                    found.tags.append(placed)
                inside_until = tag.end
                cursor = min(tag.end, end)
            if cursor < end:
                segments.append(text[cursor - at :])
            if touched:
                found.segments[element] = segments
            at = end

    def _pair(self, tags: list[Placed]) -> None:
        """Match the ends of blocks to their beginnings, and lift the tags of blocks that leave their `w:t`."""
        open_blocks: list[list[Placed]] = []
        for placed in tags:
            tag = placed.tag
            if tag.kind != "{%" or placed.level == "cell":
                placed.loops = _loops(open_blocks)
                if placed.level == "cell":
                    self._check_cell(placed, _innermost(open_blocks))
                continue
            words = [b[0].tag.opens for b in open_blocks]
            check_statement(tag, words, self._file, placed.place)
            if tag.opens:
                open_blocks.append([placed])
            elif tag.closes:
                self._settle([*open_blocks.pop(), placed])
            elif tag.keyword in ("else", "elif"):
                open_blocks[-1].append(placed)
            placed.loops = _loops(open_blocks)
        if open_blocks:
            opener = open_blocks[-1][0]
            raise TemplateError(self._file, opener.place, f"{opener.tag} 没有结束")

    def _check_cell(self, placed: Placed, loop: Placed | None) -> None:
        """`loop` is the innermost around it."""
        self._has_holder(placed)
        word = placed.tag.keyword
        if CELL_TAGS[word] and not placed.argument:
            raise TemplateError(self._file, placed.place, f"{placed.tag} 少了值：{CELL_TAGS[word]}")
        if word == "hm" and (loop is None or loop.level != "tc"):
            raise TemplateError(self._file, placed.place, f"{placed.tag} 要放在 {{%tc for … %}} 里")
        if word == "vm" and not placed.argument and (loop is None or loop.level == "tc"):
            raise TemplateError(
                self._file,
                placed.place,
                f"{placed.tag} 要放在 {{%tr for … %}} 里，或写明按什么合并，如 {{% vm 名称 %}}",
            )

    def _settle(self, block: list[Placed]) -> None:
        levels = {p.level for p in block}
        if levels == {"inline"} and len({p.text for p in block}) == 1:
            return
        if levels <= {"inline", "r"}:
            for placed in block:
                placed.level = "r"
        elif len(levels) > 1:
            raise TemplateError(
                self._file, block[0].place, f"{block[0].tag} 与它的结尾要用同一种标签（{'、'.join(sorted(levels))}）"
            )
        self._check_container(block)

    def _check_container(self, block: list[Placed]) -> None:
        """All tags of a block must be taken out of one place, or what is left is no document."""
        if block[0].level == "r":
            homes = {p.text.getparent().getparent() for p in block}  # type: ignore[union-attr]
            if len(homes) > 1 and homes == {p.paragraph for p in block}:
                homes = {p.paragraph.getparent() for p in block}
        else:
            homes = {p.element.getparent() for p in block if self._has_holder(p)}
        if len(homes) > 1:
            hint = {"r": "{%p … %} 或 {%tr … %}", "p": "{%tr … %}", "tr": "同一张表格", "tc": "同一行"}[block[0].level]
            raise TemplateError(
                self._file,
                block[0].place,
                f"{block[0].tag} 和它的结尾不在同一处（跨了单元格、表格或链接），请用 {hint}",
            )

    def _has_holder(self, placed: Placed) -> bool:
        try:
            return placed.element is not None
        except ValueError as error:
            raise TemplateError(self._file, placed.place, str(error)) from None

    def _check_alone(self, placed: Placed, found: Found) -> None:
        """A tag that stands for a paragraph, row or cell has it to itself: what else is there would vanish unseen.

        Comments take away what stands beside them, and say so.
        """
        if placed.level in ("inline", "r", "cell"):
            return
        self._has_holder(placed)
        element = placed.element
        for paragraph in () if placed.tag.is_comment else element.iter(P):
            rest = found.paragraphs.get(paragraph)
            rest = "".join(t for _, t in texts(paragraph)) if rest is None else rest
            if rest.strip():
                raise TemplateError(
                    self._file, placed.place, f"{placed.tag} 所在之处还有“{rest.strip()[:20]}”，会随它消失"
                )
        for other in found.tags:
            if placed.tag.is_comment and other.level in ("inline", "r", "cell"):
                continue
            if other.level != placed.level and any(
                e is element for e in (other.paragraph, *other.paragraph.iterancestors())
            ):
                raise TemplateError(self._file, placed.place, f"{placed.tag} 所在之处还有 {other.tag}，会随它消失")
        if placed.tag.is_output and placed.level in ("tr", "tc"):
            raise TemplateError(self._file, placed.place, f"没有 {{{{{placed.level} … }}}} 这种标签")


class _Gap(NamedTuple):
    """What stands between a tag and the text beside it: its breaks go, and the blanks between tag and break (or edge)."""

    start: int
    end: int
    blanks: range
    has_edge: bool


def _gap(text: str, tag: Tag, *, is_before: bool) -> _Gap | None:
    """The gap before or behind `tag`; None where there is nothing to close.

    A statement closes it where a line or the paragraph ends in it; an output only drops the blanks beside it.
    """
    blanks = " \xa0\u3000" if tag.is_output else _BLANKS
    if is_before:
        start, end = len(text[: tag.start].rstrip(blanks)), tag.start
        nearest = text.rfind("\n", start, end)
        dropped = range(max(nearest, start), end)
    else:
        start, end = tag.end, len(text) - len(text[tag.end :].lstrip(blanks))
        nearest = text.find("\n", start, end)
        dropped = range(start, nearest if nearest >= 0 else end)
    has_edge = not tag.is_output and (start == 0 if is_before else end == len(text))
    is_open = has_edge or nearest >= 0 or (tag.is_output and start < end)
    return _Gap(start, end, dropped, has_edge) if is_open else None


def _close(pieces: Sequence[tuple[etree._Element, str]], gap: _Gap) -> None:
    at = 0
    for element, text in pieces:
        if element.tag != T:
            if gap.start <= at < gap.end:
                _drop(element)
        elif text:
            element.text = "".join(c for n, c in enumerate(text, at) if n not in gap.blanks)
        at += len(text)


def _neighbour(paragraph: etree._Element, *, is_before: bool) -> etree._Element | None:
    """The paragraph beside it; bookmarks between them do not count."""
    beside = next((e for e in paragraph.itersiblings(preceding=is_before) if e.tag not in _BETWEEN), None)
    return beside if beside is not None and beside.tag == P else None


def _level(tag: Tag) -> str:
    if tag.kind == "{%" and not tag.scope and tag.keyword in CELL_TAGS:
        return "cell"
    return tag.scope or "inline"


def _innermost(open_blocks: list[list[Placed]]) -> Placed | None:
    """The beginning of the innermost loop."""
    return next((b[0] for b in reversed(open_blocks) if b[0].tag.opens == "for"), None)


def _loops(open_blocks: list[list[Placed]]) -> int:
    return sum(b[0].tag.opens in LOOPING for b in open_blocks)


def _drop(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
