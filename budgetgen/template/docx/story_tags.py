"""The tags of a story (body, header, footer): found across runs, paired into blocks, and held against the tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from budgetgen.template.docx.word_xml import R, T, ancestor, in_text_box, texts, w
from budgetgen.template.language.rendered import TemplateError
from budgetgen.template.language.tags import LOOPING, Tag, check_statement, has_tags, outside, tags_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml import etree

_SHOWN = 40
_HOLDERS = {"tr": w("tr"), "tc": w("tc"), "p": w("p")}


@dataclass(eq=False, slots=True)
class Placed:
    """One tag where it stands: in the `w:t` that it begins in, or for the element that it stands for."""

    tag: Tag
    text: etree._Element
    paragraph: etree._Element
    place: str
    level: str = "inline"  # inline (in its w:t), r, p, tr or tc
    loops: int = 0

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
        for paragraph in root.iter(w("p")):
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

    def _paragraph(self, paragraph: etree._Element, found: Found) -> None:
        pieces = list(texts(paragraph))
        text = "".join(t for _, t in pieces)
        if not has_tags(text):
            return
        if in_text_box(paragraph):
            raise self.error(text, "文本框中的标签不会填写，请把文字移出文本框")
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
                placed = Placed(tag, element, paragraph, place, tag.scope or "inline")
                if not (tag.is_comment and not tag.scope):
                    segments.append(placed)
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
            if tag.kind != "{%":
                placed.loops = _loops(open_blocks)
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
        """A tag that stands for a paragraph, row or cell has it to itself: what else is there would vanish unseen."""
        if placed.level in ("inline", "r"):
            return
        self._has_holder(placed)
        element = placed.element
        for paragraph in [element] if element.tag == w("p") else element.iter(w("p")):
            rest = found.paragraphs.get(paragraph)
            rest = "".join(t for _, t in texts(paragraph)) if rest is None else rest
            if rest.strip():
                raise TemplateError(
                    self._file, placed.place, f"{placed.tag} 所在之处还有“{rest.strip()[:20]}”，会随它消失"
                )
        for other in found.tags:
            if other.level != placed.level and any(
                e is element for e in (other.paragraph, *other.paragraph.iterancestors())
            ):
                raise TemplateError(self._file, placed.place, f"{placed.tag} 所在之处还有 {other.tag}，会随它消失")
        if placed.tag.is_output and placed.level in ("tr", "tc"):
            raise TemplateError(self._file, placed.place, f"没有 {{{{{placed.level} … }}}} 这种标签")


def _loops(open_blocks: list[list[Placed]]) -> int:
    return sum(b[0].tag.opens in LOOPING for b in open_blocks)


def _drop(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
