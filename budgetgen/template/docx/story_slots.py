"""Slots for a story's tags: cut into its tree, in place of the text, run, paragraph, row or cell that each stands for."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING

from lxml import etree

from budgetgen.template.docx.word_xml import P, R, T, keep_spaces, serialized, w
from budgetgen.template.language.rendered import TemplateError
from budgetgen.template.language.slots import remove

if TYPE_CHECKING:
    from collections.abc import Iterable

    from budgetgen.template.docx.story_tags import Found, Placed
    from budgetgen.template.language.slots import Slots


class RenewedId:
    """A number or name in the XML that has to be another one in each turn of a loop."""

    def __init__(self, kind: str, key: str) -> None:
        self.kind, self.key = kind, key

    @property
    def call(self) -> str:
        """The expression that gives it."""
        return f"_id({json.dumps(self.kind)}, {json.dumps(self.key)})"


class Realizer:
    """Puts slots into the tree where the tags are, and takes out the elements that tags stand for."""

    def __init__(
        self, slots: Slots[Placed | RenewedId], shells: list[tuple[str, str]], shell_of: dict[int, int], file: str
    ) -> None:
        self._slots, self._shells, self._shell_of, self._file = slots, shells, shell_of, file

    def realize(self, found: Found) -> None:
        """TemplateError: a section break would vanish with its paragraph."""
        self._note_shells(found.tags)
        whole: dict[etree._Element, list[Placed]] = {}
        for placed in found.tags:
            if placed.level in ("p", "tr", "tc"):
                whole.setdefault(placed.element, []).append(placed)
        runs: dict[etree._Element, None] = {}
        for text, segments in found.segments.items():
            run = text.getparent()
            if any(not isinstance(s, str) and s.level in ("p", "tr", "tc") for s in segments) or run is None:
                continue
            runs.setdefault(run)
        for run in runs:
            self._rewrite(run, found)
        for element, tags in whole.items():
            self._take_out(element, tags)

    def _note_shells(self, tags: Iterable[Placed]) -> None:
        """What text gets around it that takes a tag's place: the paragraph's and the run's properties."""
        for placed in tags:
            if not placed.tag.is_output or placed.level not in ("p", "r"):
                continue
            run = placed.text.getparent()
            fonts = serialized(run.find(w("rPr"))) if run is not None else ""
            before, after = f'<w:r>{fonts}<w:t xml:space="preserve">', "</w:t></w:r>"
            if placed.level == "p":
                properties = copy.deepcopy(placed.paragraph.find(w("pPr")))
                if properties is not None:
                    for section in properties.findall(w("sectPr")):
                        properties.remove(section)
                    placed.paragraph.append(properties)
                    before = f"<w:p>{serialized(properties)}{before}"
                    placed.paragraph.remove(properties)
                else:
                    before = f"<w:p>{before}"
                after += "</w:p>"
            self._shell_of[id(placed)] = len(self._shells)
            self._shells.append((before, after))

    def _rewrite(self, run: etree._Element, found: Found) -> None:
        """A run with tags: slots in its texts, cut in two where a tag stands between runs."""
        lifted = any(not isinstance(s, str) and s.level == "r" for t in run.iter(T) for s in found.segments.get(t, []))
        if not lifted:
            for text in list(run.iter(T)):
                if text in found.segments:
                    self._fill(text, found.segments[text])
            if not _has_content(run):
                remove(run)
            return
        parts = self._cut(run, found)
        for part in parts:
            if isinstance(part, str):
                _put_text_before(run, part)
            elif _has_content(part):
                run.addprevious(part)
        remove(run)

    def _cut(self, run: etree._Element, found: Found) -> list[etree._Element | str]:
        """The run as runs and slots; every new run has the old one's properties."""
        parts: list[etree._Element | str] = [_like(run)]
        for child in list(run):
            if child.tag == w("rPr"):
                continue
            segments = found.segments.get(child)
            if segments is None:
                _last_run(parts, run).append(child)
                continue
            pending: list[str | Placed] = []
            for segment in segments:
                if not isinstance(segment, str) and segment.level == "r":
                    self._text_into(parts, run, pending)
                    pending = []
                    parts.append(self._slots.mark(segment))
                else:
                    pending.append(segment)
            self._text_into(parts, run, pending)
        return parts

    def _text_into(self, parts: list[etree._Element | str], run: etree._Element, segments: list[str | Placed]) -> None:
        if segments:
            text = etree.SubElement(_last_run(parts, run), T)
            self._fill(text, segments)

    def _fill(self, text: etree._Element, segments: list[str | Placed]) -> None:
        text.text = "".join(s if isinstance(s, str) else self._slots.mark(s) for s in segments)
        keep_spaces(text)
        if not text.text:
            parent = text.getparent()
            if parent is not None:
                parent.remove(text)

    def _take_out(self, element: etree._Element, tags: list[Placed]) -> None:
        section = element.find(f"{w('pPr')}/{w('sectPr')}") if element.tag == P else None
        if section is not None and any(not t.tag.is_output for t in tags):
            raise TemplateError(self._file, tags[0].place, f"{tags[0].tag} 所在段落带有分节符，会随它消失")
        for mark in list(element.iter(w("bookmarkStart"), w("bookmarkEnd"))):
            element.addprevious(mark)
        kept = [self._slots.mark(t) for t in tags if not t.tag.is_comment]
        if section is not None:
            leftover = etree.Element(P)
            etree.SubElement(leftover, w("pPr")).append(section)
            element.addnext(leftover)
        remove(element, "".join(kept))


def _like(run: etree._Element) -> etree._Element:
    new = etree.Element(R)
    properties = run.find(w("rPr"))
    if properties is not None:
        new.append(copy.deepcopy(properties))
    return new


def _last_run(parts: list[etree._Element | str], run: etree._Element) -> etree._Element:
    last = parts[-1]
    if isinstance(last, str):
        last = _like(run)
        parts.append(last)
    return last


def _put_text_before(element: etree._Element, text: str) -> None:
    before, parent = element.getprevious(), element.getparent()
    if before is not None:
        before.tail = (before.tail or "") + text
    elif parent is not None:
        parent.text = (parent.text or "") + text


def _has_content(run: etree._Element) -> bool:
    return any(c.tag != w("rPr") for c in run)
